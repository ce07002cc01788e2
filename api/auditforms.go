package api

import (
	"context"

	"rounds"
	"rounds/fieldwork/forms"
)

// ListAuditForms lists the newest version of each form that the caller may see.
func (s *Server) ListAuditForms(ctx context.Context, r ListAuditFormsRequestObject) (ListAuditFormsResponseObject, error) {
	n := limit(r.Params.Limit)
	key, err := readCursor(r.Params.After, 1)
	if err != nil {
		return nil, err
	}
	var after rounds.FormID
	if r.Params.After != nil {
		if after, err = rounds.ParseID[rounds.AuditForm](key[0]); err != nil {
			return nil, errCursor()
		}
	}
	found, err := s.office.AuditForms(ctx, actor(ctx), after, n+1)
	found, next := page(found, n, func(f rounds.AuditForm) []string { return []string{f.ID.String()} })
	return ListAuditForms200JSONResponse{Items: mapped(found, wireAuditForm), Next: next}, err
}

// PostAuditForm keeps a form.
func (s *Server) PostAuditForm(ctx context.Context, r PostAuditFormRequestObject) (PostAuditFormResponseObject, error) {
	form, err := forms.Parse(*r.Body)
	if err != nil {
		return nil, err
	}
	added, created, err := s.office.AddAuditForm(ctx, actor(ctx), nounID[rounds.AuditForm](r.Params.Form), form)
	if created {
		return PostAuditForm201JSONResponse(wireAuditForm(added)), err
	}
	return PostAuditForm200JSONResponse(wireAuditForm(added)), err
}

// ImportAuditForm keeps a form that is a workbook.
func (s *Server) ImportAuditForm(ctx context.Context, r ImportAuditFormRequestObject) (ImportAuditFormResponseObject, error) {
	added, created, err := s.office.ImportAuditForm(ctx, actor(ctx), nounID[rounds.AuditForm](r.Params.Form), r.Body)
	if created {
		return ImportAuditForm201JSONResponse(wireAuditForm(added)), err
	}
	return ImportAuditForm200JSONResponse(wireAuditForm(added)), err
}

// GetDefaultAuditForm is the program's own form.
func (s *Server) GetDefaultAuditForm(ctx context.Context, _ GetDefaultAuditFormRequestObject) (GetDefaultAuditFormResponseObject, error) {
	found, err := s.office.AuditForm(ctx, actor(ctx), rounds.FormID{}, 0)
	return GetDefaultAuditForm200JSONResponse(wireAuditForm(found)), err
}

// GetAuditForm is a version of a form.
func (s *Server) GetAuditForm(ctx context.Context, r GetAuditFormRequestObject) (GetAuditFormResponseObject, error) {
	if id := rounds.FormID(r.ID); !id.IsZero() {
		found, err := s.office.AuditForm(ctx, actor(ctx), id, orZero(r.Params.Version))
		return GetAuditForm200JSONResponse(wireAuditForm(found)), err
	}
	return nil, rounds.Errorf(rounds.NotFound, "there is no such thing here, or it is not yours to see")
}

func wireAuditForm(f rounds.AuditForm) AuditForm {
	w := AuditForm{ID: maybeID(f.ID), Version: f.Version, Form: Questionnaire(f.Form)}
	if !f.ID.IsZero() {
		w.CreatedAt, w.CreatedBy = &f.CreatedAt, maybeID(f.CreatedBy)
	}
	return w
}
