package forms_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rounds/fieldwork/forms"

	"github.com/google/go-cmp/cmp"
)

// table is a sheet of rows written as "type | name | label"; the first is the header, and empty lines are left out.
func table(text string) forms.Sheet {
	var s forms.Sheet
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		cells := strings.Split(line, "|")
		for j := range cells {
			cells[j] = strings.TrimSpace(cells[j])
		}
		switch {
		case i == 0:
			s.Line, s.Header = 1, cells
		case strings.TrimSpace(line) != "":
			s.Rows = append(s.Rows, forms.Row{Line: i + 1, Cells: cells})
		}
	}
	return s
}

func TestImport(t *testing.T) {
	t.Parallel()
	got, err := forms.FromXLSForm(forms.Workbook{
		Survey: table(`
			type | name | label::English (en) | label::中文 (zh) | hint | required | relevant | constraint | parameters | means | min_label::en | min_label::中文 (zh) | appearance
			note | welcome | Welcome | 欢迎 | | | | | | | | | w1
			select_one yes_no | open | Open? | 是否营业？ | Look | yes | | | | price_tagged
			begin_group | inside | Inside | 店内 | | | ${open} = 'yes'
			select_multiple goods | sells | Sells | 销售 | | TRUE
			begin group | tea | Tea | 茶 | | | selected(${sells}, 'tea')
			integer | tins | Tins | 罐数 | | | ${open} != '' | . >= 0 and . < 100
			end group
			decimal | width | Width | 宽 | | false() | | (. <= 2.5)
			end_group

			range | mood | Mood | 心情 | | | | | start=1 end=5 step=1 | satisfied | bad | 差
			range | stock | Stock | 库存 | | | | | start=0; end=100
			text | remark | Remark | 备注 | | no | | string-length(.) <= 200
			image | front | Front | 店面`),
		Choices: table(`
			list name | name | label::English (en) | label::中文 (zh)
			yes_no | yes | Yes | 是
			yes_no | no | No | 否
			goods | tea | Tea | 茶
			goods | salt | Salt | 盐`),
		Settings: table(`
			form_title | form_id | version | default_language
			检查表 | shop_check | 2024060101 | 中文 (zh)`),
	})
	if err != nil {
		t.Fatal(faults(t, err))
	}
	label := func(en, zh string) string { return `"label":{"en":"` + en + `","zh":"` + zh + `"}` }
	want := `{"name":"shop_check","title":{"zh":"检查表"},"questions":[
		{"name":"welcome","type":"note",` + label("Welcome", "欢迎") + `},
		{"name":"open","type":"choice","required":true,"means":"price_tagged","hint":{"zh":"Look"},` + label("Open?", "是否营业？") + `,"choices":[
			{"name":"yes",` + label("Yes", "是") + `},{"name":"no",` + label("No", "否") + `}]},
		{"name":"sells","type":"choice","several":true,"required":true,"relevant":"(${open} = 'yes')",` + label("Sells", "销售") + `,"choices":[
			{"name":"tea",` + label("Tea", "茶") + `},{"name":"salt",` + label("Salt", "盐") + `}]},
		{"name":"tins","type":"number","whole":true,"min":0,"max":99,` + label("Tins", "罐数") + `,
			"relevant":"(${open} = 'yes') and (selected(${sells}, 'tea')) and (${open} != '')"},
		{"name":"width","type":"number","max":2.5,"relevant":"(${open} = 'yes')",` + label("Width", "宽") + `},
		{"name":"mood","type":"scale","min":1,"max":5,"means":"satisfied","min_label":{"en":"bad","zh":"差"},` + label("Mood", "心情") + `},
		{"name":"stock","type":"number","whole":true,"min":0,"max":100,` + label("Stock", "库存") + `},
		{"name":"remark","type":"text","max_length":200,` + label("Remark", "备注") + `},
		{"name":"front","type":"photo",` + label("Front", "店面") + `}]}`
	form, err := forms.Parse([]byte(want))
	if err != nil {
		t.Fatal(faults(t, err))
	}
	if diff := cmp.Diff(form, got); diff != "" {
		t.Error(diff)
	}
}

func TestTitlesOfForms(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, settings string
		want           forms.Texts
	}{
		{"none", "", forms.Texts{"en": "audit"}},
		{"the form's name", "form_id\nshop", forms.Texts{"en": "shop"}},
		{"without a language", "form_title\nShop", forms.Texts{"en": "Shop"}},
		{"in the default language", "form_title | default_language\n门店 | 中文 (zh)", forms.Texts{"zh": "门店"}},
		{"in a language", "form_title::中文 (zh)\n门店", forms.Texts{"zh": "门店"}},
		{"in a language that is not the default one", "form_title::English (en) | default_language\nShop | 中文 (zh)", forms.Texts{"en": "Shop"}},
		{"in two languages", "form_title::English (en) | form_title::中文 (zh)\nShop | 门店", forms.Texts{"en": "Shop", "zh": "门店"}},
		{"in two languages, one by default", "form_title | form_title::English (en) | default_language\n门店 | Shop | 中文 (zh)", forms.Texts{"en": "Shop", "zh": "门店"}},
	} {
		got, err := forms.FromXLSForm(forms.Workbook{Survey: table("type | name | label::en | label::zh\ntext | a | A | 甲"), Settings: table(tt.settings)})
		if diff := cmp.Diff(tt.want, got.Title); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
}

func TestWhatIsNotImported(t *testing.T) {
	t.Parallel()
	const head = "type | name | label | relevant | constraint | parameters\n"
	const yesNoList = "list_name | name | label\nyn | yes | Yes\nyn | no | No"
	for _, tt := range []struct{ name, survey, choices, settings, want string }{
		{"the least", head + "text | a | A", "", "", ""},
		{"nothing", "", "", "", "/survey wrong_count"},
		{"no rows", head, "", "", "/survey wrong_count"},
		{"no column for the type", "name | label\na | A", "", "", "/survey/1/type required /survey/2/type required"},
		{"a row without a type", head + " | a | A", "", "", "/survey/2/type required"},
		{"a repeated group", head + "begin repeat | g\ntext | a | A\nend repeat", "", "", "/survey/2/type type_not_taken /survey/4/type type_not_taken"},
		{"a calculation", head + "calculate | c | C", "", "", "/survey/2/type type_not_taken"},
		{"a row that is not taken, which has more", "type | name | label | constraint | parameters\ngeopoint | p | P | . <= 10 | max-pixels=640", "", "", "/survey/2/type type_not_taken"},
		{"the phone's number", head + "text | a | A\ndeviceid | d", "", "", "/survey/3/type type_not_taken"},
		{"a list with another answer", head + "select_one yn or_other | a | A", yesNoList, "", "/survey/2/type type_not_taken"},
		{"a list that is not there", head + "select_one maybe | a | A", yesNoList, "", "/survey/2/type no_such_list"},
		{"a list whose name has _group in it", head + "select_one a_group | a | A", "list_name | name | label\na_group | x | X", "", ""},
		{"a list with a fault, told once", head + "select_one yn | a | A\nselect_one yn | b | B", yesNoList + "\nyn | no | No", "", "/choices/4/name given_twice"},
		{"choices without a name", head + "select_one yn | a | A", "list_name | label\nyn | Yes", "", "/choices/1/name required"},
		{"a name that is none", head + "text | Q-1 | A", "", "", "/survey/2/name not_a_name"},
		{"no label", head + "text | a", "", "", "/survey/2/label required"},
		{"a label that is no UTF-8", head + "text | a | \xa5", "", "", "/survey/2/label/en not_utf8"},
		{"a condition that is no UTF-8", head + "text | a | A\ntext | b | B | ${a} = '\xa5'", "", "", "/survey/3/relevant not_utf8"},
		{"a group that does not end", head + "begin group | g\ntext | a | A", "", "", "/survey/2/type group_open"},
		{"a group that did not begin", head + "text | a | A\nend group", "", "", "/survey/3/type no_group_open"},
		{"a group's condition that is none", head + "begin group | g | | yes\ntext | a | A\nend group", "", "", "/survey/2/relevant no_condition"},
		{"a condition on a later question", head + "text | a | A | ${b} = 'x'\n\ntext | b | B", "", "", "/survey/2/relevant condition_later"},
		{"a constraint beyond ranges", head + "integer | a | A | | . mod 2 = 0", "", "", "/survey/2/constraint no_bounds"},
		{"a constraint with three parts", head + "integer | a | A | | . > 1 and . < 9 and . > 2", "", "", "/survey/2/constraint no_bounds"},
		{"two upper bounds", head + "integer | a | A | | . < 1 and . < 9", "", "", "/survey/2/constraint no_bounds"},
		{"an open end of decimals", head + "decimal | a | A | | . > 0", "", "", "/survey/2/constraint no_bounds"},
		{"a length of numbers", head + "integer | a | A | | string-length(.) <= 9", "", "", "/survey/2/constraint no_bounds"},
		{"text below one character", head + "text | a | A | | string-length(.) < 1", "", "", "/survey/2/constraint no_bounds"},
		{"text longer than is kept", head + "text | a | A | | string-length(.) <= 9999", "", "", "/survey/2/constraint not_between"},
		{"bounds that contradict each other", head + "integer | a | A | | . >= 9 and . <= 1", "", "", "/survey/2/constraint too_small"},
		{"a range by halves", head + "range | a | A | | | start=1 end=5 step=0.5", "", "", "/survey/2/parameters no_range"},
		{"a range by twos", head + "range | a | A | | | start=1 end=5 step=2", "", "", "/survey/2/parameters no_range"},
		{"a range without ends", head + "range | a | A", "", "", "/survey/2/parameters no_range"},
		{"a range with a constraint", head + "range | a | A | | . > 1 | start=1 end=5", "", "", "/survey/2/constraint no_bounds"},
		{"parameters of text", head + "text | a | A | | | rows=3", "", "", "/survey/2/parameters only_for_range"},
		{"a column that would change answers", "type | name | label | default\ntext | a | A | x", "", "", "/survey/1/default column_not_taken"},
		{"the same without a cell", "type | name | label | default\ntext | a | A |", "", "", ""},
		{"a language without its code", "type | name | label::English\ntext | a | A", "", "", "/survey/1/label::English language_without_code"},
		{"a heading of a Chinese keyboard", "type | name | label：：中文（zh）\ntext | a | 甲", "", "", ""},
		{"a language twice", "type | name | label | label::English (en)\ntext | a | A | A", "", "", "/survey/1/label::English (en) given_twice"},
		{"a default language without its code", head + "text | a | A", "", "default_language\nKlingonish", "/settings/2/default_language language_without_code"},
		{"a label in one language of two", "type | name | label::en | label::zh\ntext | a | A | 甲\ntext | b | B", "", "", "/survey/3/label missing_language"},
		{"required, perhaps", "type | name | label | required\ntext | a | A | perhaps", "", "", "/survey/2/required not_yes_or_no"},
		{"a meaning of the wrong question", "type | name | label | means\ntext | a | A | satisfied", "", "", "/survey/2/means means_scale"},
		{"a form whose id is none", head + "text | a | A", "", "form_id\nShop Check", "/settings/form_id not_a_name"},
	} {
		_, err := forms.FromXLSForm(forms.Workbook{Survey: table(tt.survey), Choices: table(tt.choices), Settings: table(tt.settings)})
		if got := strings.Join(faults(t, err), " "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if _, err := forms.FromXLSForm(forms.Workbook{}); strings.Join(faults(t, err), " ") != "/survey no_header" {
		t.Errorf("empty sheets: %v", faults(t, err))
	}
	sheet := table(head + "text | a | A")
	sheet.Bad = []int{3}
	if _, err := forms.FromXLSForm(forms.Workbook{Survey: sheet}); strings.Join(faults(t, err), " ") != "/survey/3 not_readable" {
		t.Errorf("a row that cannot be read: %v", faults(t, err))
	}
	sheet.Rows = make([]forms.Row, 5001)
	if _, err := forms.FromXLSForm(forms.Workbook{Survey: sheet}); strings.Join(faults(t, err), " ") != "/survey sheet_too_large" {
		t.Errorf("more rows than anybody asks: %v", faults(t, err))
	}
}

// A small file may have thousands of questions, each with the same thousands of choices in a hundred languages.
func TestLargeSheetsAreRefusedSoon(t *testing.T) {
	t.Parallel()
	survey, choices := forms.Sheet{Line: 1, Header: []string{"type", "name", "label"}}, forms.Sheet{Line: 1, Header: []string{"list_name", "name"}}
	for i := range 98 {
		choices.Header = append(choices.Header, "label::de-x-"+strconv.Itoa(i))
	}
	row := append([]string{"all", "same"}, slices.Repeat([]string{"x"}, 98)...)
	for i := range 5000 {
		survey.Rows = append(survey.Rows, forms.Row{Line: i + 2, Cells: []string{"select_one all", "q" + strconv.Itoa(i), "Q"}})
		choices.Rows = append(choices.Rows, forms.Row{Line: i + 2, Cells: row})
	}
	_, err := forms.FromXLSForm(forms.Workbook{Survey: survey, Choices: choices})
	if got := strings.Join(faults(t, err), " "); got != "/survey wrong_count" {
		t.Error(got)
	}
	survey.Rows = survey.Rows[:200]
	if _, err = forms.FromXLSForm(forms.Workbook{Survey: survey, Choices: choices}); strings.Join(faults(t, err), " ") != "/survey too_many_languages" {
		t.Error(faults(t, err)[0])
	}
	choices.Header = choices.Header[:12]
	if _, err = forms.FromXLSForm(forms.Workbook{Survey: survey, Choices: choices}); len(faults(t, err)) > 1000 {
		t.Errorf("%d faults are told", len(faults(t, err)))
	}
}

// FuzzXLSForm reads any tables: what comes out is a form, and is the same after it was written and read.
func FuzzXLSForm(f *testing.F) {
	f.Add("type | name | label::English (en) | relevant\nselect_one yn | a | A | \nbegin group | g | | ${a} = 'yes'\ntext | b | B | ${a} != ''\nend group", "list_name | name | label::en\nyn | yes | Yes", "form_id | form_title\nx | X")
	f.Add("type | name | label | constraint | parameters\ninteger | a | A | . >= 0 and . < 10\nrange | b | B | | start=1 end=5 step=1\ntext | c | C | string-length(.) < 9", "", "default_language\n中文 (zh)")
	f.Add("||\n|", "\n\n", "::")
	f.Add("type|name|label::(\nend group\nbegin group||\nrange||", "", "")
	f.Fuzz(func(t *testing.T, survey, choices, settings string) {
		form, err := forms.FromXLSForm(forms.Workbook{Survey: table(survey), Choices: table(choices), Settings: table(settings)})
		if err != nil {
			faults(t, err)
			return
		}
		data, err := json.Marshal(form)
		if err != nil {
			t.Fatal(err)
		}
		again, err := forms.Parse(data)
		if err != nil || !cmp.Equal(form, again) {
			t.Fatalf("%s: %v", data, err)
		}
	})
}
