package fieldwork

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"

	"rounds"
	"rounds/fieldwork/forms"
	"rounds/internal/sheet"
	"rounds/store"
)

// DefaultFormVersion is the version of the form that the program itself has.
const DefaultFormVersion = 1

// maxForm is how many bytes of JSON a phone is made to download.
const maxForm = 256 << 10

// AddAuditForm keeps a form, as another version of the one given or, where that is zero, as the first of a new one. The same as
// the newest version changes nothing: created is false.
func (o *Office) AddAuditForm(ctx context.Context, a rounds.Actor, of rounds.FormID, form forms.Form) (f rounds.AuditForm, created bool, err error) {
	if err := allow(a, writingForms); err != nil {
		return f, false, err
	}
	if err := form.Validate(); err != nil {
		return f, false, err
	}
	f = rounds.AuditForm{ID: of, Version: 1, Title: titleOf(form), CreatedAt: o.now(), CreatedBy: a.UserID}
	if f.Form, err = json.Marshal(form); err != nil {
		return f, false, err
	}
	if len(f.Form) > maxForm {
		return f, false, rounds.Errorf(rounds.TooLarge, "a form has at most %d KiB: ask less, or in fewer words", maxForm>>10)
	}
	err = o.store.InTx(ctx, func(tx *store.Store) error {
		created = true
		if of.IsZero() {
			f.ID = rounds.NewID[rounds.AuditForm]()
			return putForm(ctx, tx, a, f)
		}
		if err := tx.LockAuditForm(ctx, a.OrgID, of); err != nil {
			return err
		}
		newest, err := tx.AuditForm(ctx, a.OrgID, rounds.UserID{}, of, 0)
		if err != nil {
			return err
		}
		if sameForm(newest.Form, f.Form) {
			f, created = newest, false
			return nil
		}
		f.Version = newest.Version + 1
		return putForm(ctx, tx, a, f)
	})
	return f, created, err
}

func putForm(ctx context.Context, tx *store.Store, a rounds.Actor, f rounds.AuditForm) error {
	if err := tx.InsertAuditForm(ctx, a.OrgID, f); err != nil {
		return err
	}
	return tx.Log(ctx, a.OrgID, a.UserID, f.CreatedAt, store.Action{
		Name: "audit_form.add", Subject: f.ID.String(), Detail: map[string]any{"version": f.Version, "title": f.Title},
	})
}

func titleOf(form forms.Form) string {
	first := slices.Sorted(maps.Keys(form.Title))[0]
	return cmp.Or(form.Title["zh"], form.Title["en"], form.Title[first])
}

// sameForm compares what is stored, whose names come back in another order, with a form.
func sameForm(stored, form json.RawMessage) bool {
	var old forms.Form
	if json.Unmarshal(stored, &old) != nil {
		return false
	}
	again, err := json.Marshal(old)
	return err == nil && bytes.Equal(again, form)
}

// ImportAuditForm keeps a form that is a workbook, as AddAuditForm does.
func (o *Office) ImportAuditForm(ctx context.Context, a rounds.Actor, of rounds.FormID, r io.Reader) (f rounds.AuditForm, created bool, err error) {
	if err := allow(a, writingForms); err != nil {
		return f, false, err
	}
	book, err := readXLSForm(r)
	if err != nil {
		return f, false, err
	}
	form, err := forms.FromXLSForm(book)
	if err != nil {
		return f, false, err
	}
	return o.AddAuditForm(ctx, a, of, form)
}

// maxWorkbook is how large a workbook of a form may be. Larger ones carry pictures or data, and no questions.
const maxWorkbook = 4 << 20

// readXLSForm reads the sheets of a workbook; choices and settings may be missing.
func readXLSForm(r io.Reader) (book forms.Workbook, err error) {
	data, err := io.ReadAll(io.LimitReader(r, maxWorkbook+1))
	if err != nil {
		return book, err
	}
	if len(data) > maxWorkbook {
		return book, rounds.Errorf(rounds.TooLarge, "the workbook of a form has at most %d MiB: take pictures and other sheets out", maxWorkbook>>20)
	}
	if !bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return book, rounds.Errorf(rounds.Invalid, "a form is imported from an XLSX workbook with the sheets survey, choices and settings")
	}
	if book.Survey, err = readFormSheet(data, "survey", false); err != nil {
		return book, err
	}
	if book.Choices, err = readFormSheet(data, "choices", true); err != nil {
		return book, err
	}
	book.Settings, err = readFormSheet(data, "settings", true)
	return book, err
}

// readFormSheet reads a worksheet; one that is empty, or may be missing and is, has no header.
func readFormSheet(data []byte, name string, optional bool) (s forms.Sheet, err error) {
	table, err := sheet.Read(bytes.NewReader(data), name)
	refusal, refused := errors.AsType[*sheet.Error](err)
	switch {
	case refused && (refusal.Code == sheet.EmptyFile || refusal.Code == sheet.NoWorksheet && optional):
		return s, nil
	case refused && slices.Contains(tooLarge, refusal.Code):
		return s, rounds.Errorf(rounds.TooLarge, "the worksheet %s is too large: %s", name, refusal)
	case refused:
		return s, rounds.Errorf(rounds.Invalid, "this file cannot be read: %s", refusal)
	case err != nil:
		return s, err
	}
	s = forms.Sheet{Line: table.Line, Header: table.Header}
	for _, row := range table.Rows {
		s.Rows = append(s.Rows, forms.Row{Line: row.Line, Cells: row.Cells})
	}
	for _, bad := range table.Bad {
		s.Bad = append(s.Bad, bad.Line)
	}
	return s, nil
}

// formViewer is whose routes decide which forms somebody may see; zero: all of them.
func formViewer(a rounds.Actor) rounds.UserID {
	if allow(a, watchingAudits) == nil {
		return rounds.UserID{}
	}
	return a.UserID
}

// AuditForm is a version of a form, 0 the newest, if the actor may see it. The zero id is the default form's.
func (o *Office) AuditForm(ctx context.Context, a rounds.Actor, id rounds.FormID, version int) (rounds.AuditForm, error) {
	if !id.IsZero() {
		return o.store.AuditForm(ctx, a.OrgID, formViewer(a), id, version)
	}
	if version != 0 && version != DefaultFormVersion {
		return rounds.AuditForm{}, errNotHere()
	}
	form := forms.Default()
	data, err := json.Marshal(form)
	return rounds.AuditForm{Version: DefaultFormVersion, Title: titleOf(form), Form: data}, err
}

// AuditForms are the newest versions that the actor may see, by their ids after the given one.
func (o *Office) AuditForms(ctx context.Context, a rounds.Actor, after rounds.FormID, limit int) ([]rounds.AuditForm, error) {
	return o.store.AuditForms(ctx, a.OrgID, formViewer(a), after, limit)
}
