package roster

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"rounds/internal/sheet"

	"golang.org/x/text/unicode/norm"
)

// headings says which headings mean which field, the better one first. They are compared without case,
// spaces and punctuation; any other heading is an extra column.
var headings = []struct{ field, headings string }{
	{"code", "code, retailer code, outlet code, store code, shop code, customer code, licence, license, " +
		"licence no, license no, licence number, license number, licence id, license id, store id, outlet id, customer id, " +
		"零售户编码, 零售戶編碼, 客户编码, 客戶編碼, 客户代码, 客戶代碼, 客户编号, 客戶編號, 许可证号, 許可證號, 许可证号码, 許可證號碼, " +
		"烟草专卖许可证号, 烟草专卖零售许可证号, 商户编码, 商戶編碼, 门店编码, 門店編碼, 编码, 編碼"},
	{"name", "name, retailer name, outlet name, store name, shop name, customer name, operation name, trade name, business name, dba, " +
		"店名, 店铺名称, 店鋪名稱, 门店名称, 門店名稱, 零售户名称, 零售戶名稱, 零售户, 零售戶, 客户名称, 客戶名稱, 商户名称, 商戶名稱, " +
		"企业名称, 企業名稱, 字号名称, 名称, 名稱"},
	{"address", "address, street address, business address, 经营地址, 經營地址, 详细地址, 詳細地址, 门店地址, 門店地址, 地址"},
	{"city", "city, town, 城市, 地市, 市"},
	{"zip", "zip, zip code, postcode, post code, postal code, 邮编, 郵編, 邮政编码, 郵政編碼, 郵遞區號"},
	{"class", "class, retailer class, customer class, segment, grade, tier, 档位, 檔位, 等级, 等級, 客户等级, 客戶等級, 类别, 類別, 客户类别, 客戶類別"},
	{"status", "status, license status, licence status, 状态, 狀態, 经营状态, 經營狀態, 营业状态, 營業狀態"},
	{"lat", "lat, latitude, 纬度, 緯度"},
	{"lon", "lon, lng, long, longitude, 经度, 經度"},
	{"location", "location, geo location, georeference, geo point, coordinates, lat lon, lat lng, 位置, 坐标, 座標, 经纬度坐标"},
	{"service_minutes", "service minutes, service time, service time min, visit minutes, visit duration, 服务时长, 服務時長, 服务时长分钟, 服務時長分鐘, 拜访时长, 拜訪時長"},
	{"visit_frequency", "visit frequency, visits per 4 weeks, frequency, 拜访频次, 拜訪頻次, 拜访频率, 拜訪頻率"},
	{"volume", "volume, order volume, monthly volume, 订货量, 訂貨量, 订单量, 訂單量, 月订货量, 月訂貨量"},
	{"radius_m", "radius m, radius, fence m, 半径, 半徑, 半径米, 半徑米, 围栏半径, 圍欄半徑"},
	{"opening_hours", "opening hours, business hours, store hours, 营业时间, 營業時間, 经营时间, 經營時間, 营业时段, 營業時段"},
	{"opens", "opens, opening time, open time, 开门时间, 開門時間, 开店时间, 营业开始时间, 營業開始時間"},
	{"closes", "closes, closing time, close time, 关门时间, 關門時間, 闭店时间, 打烊时间, 营业结束时间, 營業結束時間"},
	{"hours_mon", "hours mon, mon hours, monday hours, 周一营业时间, 星期一营业时间, 週一營業時間, 星期一營業時間"},
	{"hours_tue", "hours tue, tue hours, tuesday hours, 周二营业时间, 星期二营业时间, 週二營業時間, 星期二營業時間"},
	{"hours_wed", "hours wed, wed hours, wednesday hours, 周三营业时间, 星期三营业时间, 週三營業時間, 星期三營業時間"},
	{"hours_thu", "hours thu, thu hours, thursday hours, 周四营业时间, 星期四营业时间, 週四營業時間, 星期四營業時間"},
	{"hours_fri", "hours fri, fri hours, friday hours, 周五营业时间, 星期五营业时间, 週五營業時間, 星期五營業時間"},
	{"hours_sat", "hours sat, sat hours, saturday hours, 周六营业时间, 星期六营业时间, 週六營業時間, 星期六營業時間"},
	{"hours_sun", "hours sun, sun hours, sunday hours, 周日营业时间, 星期日营业时间, 周天营业时间, 週日營業時間, 星期日營業時間"},
	{"visit_days", "visit days, visit weekdays, allowed weekdays, 可拜访日, 可拜訪日, 可拜访星期, 拜访日"},
	{"wished_days", "wished days, wished weekdays, preferred weekdays, 期望拜访日, 期望拜訪日, 偏好星期"},
	{"min_days", "min days, min days between visits, 最小间隔天数, 最小間隔天數"},
	{"max_days", "max days, max days between visits, 最大间隔天数, 最大間隔天數"},
	{"rep", "rep, sales rep, account manager, 客户经理, 客戶經理"},
	{"territory", "territory, 片区, 片區, 线路, 線路, 辖区, 轄區"},
	{"retailer_id", "retailer id"},
}

// Fields are the names that [Options].Map may give a heading to.
func Fields() []string {
	names := make([]string, len(headings))
	for i, known := range headings {
		names[i] = known.field
	}
	return names
}

// columns says where each field of a table stands.
type columns struct {
	line     int
	headings []string       // none empty
	at       map[string]int // field → column
	findings []Finding
}

// PositionColumns says by their headings which columns of any table are the latitude and the longitude; ok is
// false unless each is there exactly once. Of several known headings the better one counts.
func PositionColumns(header []string) (lat, lon int, ok bool) {
	c := &columns{headings: header, at: map[string]int{}}
	for _, known := range headings {
		if known.field == "lat" || known.field == "lon" {
			c.recognise(known.field, strings.Split(known.headings, ", "))
		}
	}
	return c.at["lat"], c.at["lon"], c.once("lat") && c.once("lon")
}

// FieldColumn says by its heading which column of any table is a field, one of [Fields]; ok is false unless it is there
// exactly once.
func FieldColumn(header []string, field string) (at int, ok bool) {
	c := &columns{headings: header, at: map[string]int{}}
	for _, known := range headings {
		if known.field == field {
			c.recognise(field, strings.Split(known.headings, ", "))
		}
	}
	return c.at[field], c.once(field)
}

// SameHeading says whether two headings differ in case, width, spaces and punctuation at most.
func SameHeading(a, b string) bool { return key(a) == key(b) }

// once reports whether a field was found, and no other column has its heading.
func (c *columns) once(field string) bool {
	at, found := c.at[field]
	return found && !slices.ContainsFunc(c.headings[at+1:], func(h string) bool { return key(h) == key(c.headings[at]) })
}

func findColumns(table *sheet.Table, mapped map[string]string) (*columns, error) {
	c := &columns{line: table.Line, headings: named(table.Header), at: map[string]int{}}
	if err := c.refuseDuplicates(); err != nil {
		return nil, err
	}
	for _, field := range slices.Sorted(maps.Keys(mapped)) {
		if err := c.mapTo(field, mapped[field]); err != nil {
			return nil, err
		}
	}
	for _, known := range headings {
		c.recognise(known.field, strings.Split(known.headings, ", "))
	}
	if _, ok := c.at["name"]; !ok {
		return nil, problem(c.line, "no_name_column", "name", c.list())
	}
	c.settlePosition(mapped)
	return c, nil
}

// named gives columns without a heading one, so that nothing of them is lost.
func named(header []string) []string {
	headings := slices.Clone(header)
	for i, heading := range headings {
		if heading == "" {
			headings[i] = fmt.Sprintf("column_%d", i+1)
		}
	}
	return headings
}

func (c *columns) refuseDuplicates() error {
	seen := map[string]int{}
	for i, heading := range c.headings {
		if first, repeated := seen[fold(heading)]; repeated {
			return problem(c.line, "duplicate_header", "", heading, first+1, i+1)
		}
		seen[fold(heading)] = i
	}
	return nil
}

// mapTo takes the caller's word for what a heading means.
func (c *columns) mapTo(field, heading string) error {
	if !slices.Contains(Fields(), field) {
		return problem(c.line, "unknown_field", field, field, strings.Join(Fields(), ", "))
	}
	column := c.column(fold, heading)
	if column < 0 {
		column = c.column(key, heading)
	}
	if column < 0 {
		return problem(c.line, "unknown_header", field, heading, c.list())
	}
	c.at[field] = column
	return nil
}

// recognise gives the field the first of its known headings that is there and free. Columns that look like
// the same field are kept as extra ones, with a warning.
func (c *columns) recognise(field string, known []string) {
	for _, heading := range known {
		column := c.column(key, heading)
		if column < 0 || c.taken(column) {
			continue
		}
		if used, found := c.at[field]; found {
			c.warn("column_not_used", field, c.headings[column], field, c.headings[used])
		} else {
			c.at[field] = column
		}
	}
}

// settlePosition makes latitude and longitude win over a location column, unless only the latter was
// mapped, and does without half a pair.
func (c *columns) settlePosition(mapped map[string]string) {
	_, lat := c.at["lat"]
	_, lon := c.at["lon"]
	_, location := c.at["location"]
	_, chosen := mapped["location"]
	if lat && lon && !(chosen && mapped["lat"] == "" && mapped["lon"] == "") {
		delete(c.at, "location")
		return
	}
	delete(c.at, "lat")
	delete(c.at, "lon")
	switch {
	case !location && lat != lon:
		c.warn("half_position", "", c.list())
	case !location:
		c.warn("no_position_columns", "", c.list())
	}
}

func (c *columns) warn(code, field string, args ...any) {
	c.findings = append(c.findings, doubt(c.line, code, field, args...))
}

// column is the place of a heading that is the same under a simplification, -1 if there is none.
func (c *columns) column(simplify func(string) string, heading string) int {
	want := simplify(heading)
	return slices.IndexFunc(c.headings, func(h string) bool { return want != "" && simplify(h) == want })
}

func (c *columns) taken(column int) bool {
	for _, used := range c.at {
		if used == column {
			return true
		}
	}
	return false
}

// list is all headings, for a message.
func (c *columns) list() string { return strings.Join(c.headings, ", ") }

// fold makes headings equal that differ in case or width only.
func fold(heading string) string {
	return strings.ToLower(norm.NFKC.String(strings.TrimSpace(heading)))
}

// key also drops spaces, underscores and punctuation.
func key(heading string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return r
		}
		return -1
	}, fold(heading))
}
