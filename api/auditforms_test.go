package api_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"rounds"
	"rounds/fieldwork/forms"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"
)

const auditForms = "/v1/audit-forms"

// questions is a form of one question, whose title tells it from others.
func questions(title string) string {
	return fmt.Sprintf(`{"name":"check","title":{"en":%q},"questions":[{"name":"open","type":"text","label":{"en":"Open?","zh":"是否营业？"}}]}`, title)
}

// rowsOf are sheets by name, rows of cells.
type rowsOf map[string][][]any

// workbook is an XLSForm of one question, or of the sheets given.
func workbook(t testing.TB, sheets rowsOf) []byte {
	t.Helper()
	if sheets == nil {
		sheets = rowsOf{"survey": {{"type", "name", "label::English (en)", "label::中文 (zh)"}, {"text", "open", "Open?", "是否营业？"}}}
	}
	book := excelize.NewFile()
	for name, rows := range sheets {
		if _, err := book.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			if err := book.SetSheetRow(name, fmt.Sprintf("A%d", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	out, err := book.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func (c client) importForm(path string, data []byte) answer {
	c.t.Helper()
	return c.with("Content-Type", "application/octet-stream").post(path, data)
}

// A questionnaire as a Chinese office writes it: every label, list and answer in Chinese, with the signs of its keyboard.
func TestAQuestionnaireInChinese(t *testing.T) {
	t.Parallel()
	f := setup(t)
	written := func(scale string) answer {
		return f.as("planner").importForm(auditForms+"/import", workbook(t, rowsOf{
			"survey": {
				{"type", "name", "label：：中文（zh）", "required", "relevant", "means", "parameters"},
				{"note", "welcome", "您好，我们来自市局"},
				{"select_one 是否", "prices", "是否明码标价？", "yes", "", "price_tagged"},
				{"select_multiple 品类", "sells", "经营哪些品类？"},
				{"text", "other", "其他品类", "", "selected(${sells}, 'other')"},
				{"range", "mood", "对服务满意吗？", "", "", "satisfied", scale},
			},
			"choices": {
				{"list_name", "name", "label::中文 (zh)"},
				{"是否", "yes", "是"},
				{"是否", "no", "否"},
				{"品类", "smoke", "卷烟"},
				{"品类", "other", "其他"},
			},
			"settings": {{"form_title", "form_id", "default_language"}, {"零售户核查表（二〇二六年）", "shop_check", "中文（zh）"}},
		}))
	}
	written("一到五").want(400).wantField("/survey/6/parameters", "no_range")
	form := written("start=1 end=5").want(201)
	got := []any{form.at("form", "title", "zh"), form.at("form", "questions", 2, "choices", 1, "label", "zh"), form.at("form", "questions", 0, "label", "en")}
	if !cmp.Equal(got, []any{"零售户核查表（二〇二六年）", "其他", nil}) {
		t.Errorf("%v", got)
	}
	audit := f.audit("rep1", id[rounds.AuditForm](f, form.text("id")), 1, "rep3")
	find := seen(audit, f.first("rep1"), but(object{
		"form_id": form.text("id"), "note": "店主王女士很满意",
		"answers": object{"prices": "yes", "sells": []string{"smoke", "other"}, "other": "茶叶、土特产", "mood": 4},
	}))
	f.wantSaid("answered in Chinese", f.as("rep3").find(find), "created")
	file := f.as("supervisor").with("Accept-Language", "zh").get("/v1/audits/" + audit.ID.String() + "/findings?format=csv").want(200)
	for _, text := range []string{"是否明码标价？", "卷烟; 其他", "茶叶、土特产", "店主王女士很满意"} {
		if !strings.Contains(string(file.body), text) {
			t.Errorf("%s is not in the file:\n%s", text, file.body)
		}
	}
}

func TestANewVersionIsNeverAChange(t *testing.T) {
	t.Parallel()
	f := setup(t)
	planner := f.as("planner")
	first := planner.post(auditForms, questions("first")).want(201)
	path := auditForms + "?form=" + first.text("id")
	planner.post(path, questions("first")).want(200)
	second := f.as("supervisor").post(path, questions("second")).want(201)
	third := f.as("admin").importForm(auditForms+"/import?form="+first.text("id"), workbook(t, rowsOf{
		"survey":   {{"type", "name", "label"}, {"select_one yn", "open", "Open?"}, {"integer", "tills", "Tills"}},
		"choices":  {{"list_name", "name", "label"}, {"yn", "yes", "Yes"}, {"yn", "no", "No"}},
		"settings": {{"form_id", "form_title"}, {"check", "third"}},
	})).want(201)
	for i, a := range []answer{first, second, third} {
		one := auditForms + "/" + first.text("id")
		got := planner.get(fmt.Sprintf("%s?version=%d", one, i+1)).want(200)
		if diff := cmp.Diff(a.json(), got.json()); diff != "" || got.at("version") != float64(i+1) {
			t.Errorf("version %d is %s", i+1, diff)
		}
	}
	newest := planner.get(auditForms + "/" + first.text("id")).want(200)
	if got := newest.at("form", "questions", 0, "choices", 1, "name"); got != "no" || newest.at("form", "title", "en") != "third" {
		t.Errorf("the newest is %s", newest)
	}
	planner.get(auditForms + "/" + first.text("id") + "?version=4").want(404)
	other := planner.post(auditForms, questions("other")).want(201)
	listed := planner.get(auditForms).want(200)
	if got := each(listed.at("items"), "id"); !cmp.Equal(got, []string{first.text("id"), other.text("id")}) || listed.at("items", 0, "version") != 3.0 {
		t.Errorf("listed are %s", listed)
	}
	if got := planner.pages(auditForms, "id"); len(got) != 2 {
		t.Errorf("page by page there are %v", got)
	}
	planner.post(auditForms+"?form="+uuid.NewString(), questions("of nothing")).want(404)
}

func TestFaultyFormsAreRefusedByTheirFields(t *testing.T) {
	t.Parallel()
	f := setup(t)
	planner := f.as("planner")
	faulty := strings.Replace(questions("x"), `"label"`, `"relevant":"${shut} = 'no'","label"`, 1)
	planner.post(auditForms, faulty).want(400).wantField("/questions/0/relevant", "condition_unknown")
	a := planner.with("Accept-Language", "zh").post(auditForms, faulty).want(400)
	if got := a.at("errors", 0, "detail"); got != "依赖于 shut，但本表单没有此题：请改正名称" {
		t.Errorf("in Chinese: %v", got)
	}
	planner.breaking().post(auditForms, strings.Replace(questions("x"), `"type":"text"`, `"type":"date"`, 1)).want(400).wantField("/questions/0/type", "not_one_of")
	planner.breaking().post(auditForms, strings.Replace(questions("x"), `"open"`, `"open","colour":"red"`, 1)).want(400).wantField("/questions/0/colour", "unknown_field")
	imported := func(data []byte) answer { t.Helper(); return planner.importForm(auditForms+"/import", data) }
	a = imported(workbook(t, rowsOf{"survey": {{"type", "name", "label"}, {"text", "open", "Open?"}, {"geopoint", "place", "Where?"}}})).want(400)
	a.wantField("/survey/3/type", "type_not_taken")
	imported(workbook(t, rowsOf{"questions": {{"type"}}})).want(400)
	imported(workbook(t, rowsOf{"survey": {}})).want(400).wantField("/survey", "no_header")
	imported(workbook(t, rowsOf{"survey": {{"text", "open", "Open?"}, {"text", "shut", "Shut?"}}})).want(400).wantField("/survey/1/type", "required")
	imported(workbook(t, rowsOf{"survey": {{"type", "name", "label"}, {"select_one yn", "a", "A"}}, "choices": {{"yn", "yes", "Yes"}, {"yn", "no", "No"}}})).
		want(400).wantField("/choices/1/list_name", "required")
	imported([]byte("type,name,label\ntext,open,Open?\n")).want(400)
	imported([]byte("PK\x03\x04 and no more")).want(400)
	imported(nil).want(400)
	imported(bomb(t)).want(413)
	imported(append([]byte("PK\x03\x04"), make([]byte, 4<<20)...)).want(413)
	var long []string
	for i := range 200 {
		long = append(long, fmt.Sprintf(`{"name":"q%d","type":"note","label":{"en":%q},"hint":{"en":%q}}`, i, strings.Repeat("x", 1000), strings.Repeat("y", 1000)))
	}
	planner.post(auditForms, `{"name":"long","title":{"en":"Long"},"questions":[`+strings.Join(long, ",")+`]}`).want(413)
	if got := list(planner.get(auditForms).want(200).at("items")); len(got) != 0 {
		t.Errorf("stored are %v", got)
	}
}

// bomb is a workbook of few bytes whose survey unpacks to more than is read.
func bomb(t testing.TB) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(workbook(t, nil)), int64(len(workbook(t, nil))))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, part := range in.File {
		if err := w.Copy(part); err != nil {
			t.Fatal(err)
		}
	}
	more, err := w.Create("xl/media/more")
	if err == nil {
		_, err = more.Write(make([]byte, 65<<20))
	}
	if err != nil || w.Close() != nil || out.Len() > 1<<20 {
		t.Fatal(err, out.Len())
	}
	return out.Bytes()
}

func TestTheDefaultFormIsEverybodys(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a := f.as("rep1").get(auditForms + "/default").want(200)
	data, err := json.Marshal(a.at("form"))
	f.must(err)
	form, err := forms.Parse(data)
	if err != nil || !cmp.Equal(form, forms.Default()) || a.at("version") != 1.0 || a.at("id") != nil {
		t.Errorf("%v: %s", err, a)
	}
}

// audit is one that has drawn retailers of a rep, asks by a form, and has an auditor's route to the first of them.
func (f *fixture) audit(rep string, form rounds.FormID, version int, auditor string) rounds.Audit {
	f.t.Helper()
	a := f.drawnOf("north", f.retailers[rep], func(a *rounds.Audit) { a.FormID, a.FormVersion = form, version })
	f.sent(a.ID, auditor, f.first(rep))
	return a
}

// An auditor, who may be anybody, sees the version that an audit on their route asks by. Others of their role see nothing of it.
func TestAuditorsSeeTheFormsOfTheirRoutes(t *testing.T) {
	t.Parallel()
	f := setup(t)
	planner := f.as("planner")
	form := planner.post(auditForms, questions("first")).want(201).text("id")
	one := auditForms + "/" + form
	planner.post(auditForms+"?form="+form, questions("second")).want(201)
	f.as("rep3").get(one).want(404)
	id, err := rounds.ParseID[rounds.AuditForm](form)
	f.must(err)
	f.audit("rep1", id, 1, "rep3")
	if got := f.as("rep3").get(one).want(200).at("version"); got != 1.0 {
		t.Errorf("the auditor sees version %v", got)
	}
	f.as("rep3").get(one + "?version=2").want(404)
	if got := list(f.as("rep3").get(auditForms).want(200).at("items")); len(got) != 1 || at(got[0], "version") != 1.0 {
		t.Errorf("the auditor's list is %v", got)
	}
	f.as("rep1").get(one).want(404)
	if got := list(f.as("rep1").get(auditForms).want(200).at("items")); len(got) != 0 {
		t.Errorf("the audited rep's list is %v", got)
	}
}
