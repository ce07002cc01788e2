package api

import (
	"context"
	"strings"

	"rounds"
	"rounds/fieldwork"
	"rounds/fieldwork/roster"
	"rounds/geo"
	"rounds/store"

	"github.com/paulmach/orb"
)

// ListRetailers lists retailers by code.
func (s *Server) ListRetailers(ctx context.Context, r ListRetailersRequestObject) (ListRetailersResponseObject, error) {
	a, n := actor(ctx), limit(r.Params.Limit)
	after, err := readCursor(r.Params.After, 1)
	if err != nil {
		return nil, err
	}
	found, err := s.store.Retailers(ctx, a.Scope(), s.today(a), store.RetailerFilter{
		Part:      orZero(r.Params.Q),
		Status:    rounds.RetailerStatus(orZero(r.Params.Status)),
		Territory: nounID[rounds.Territory](r.Params.Territory),
		AfterCode: after[0],
		Limit:     n + 1,
	})
	found, next := page(found, n, func(r rounds.Retailer) []string { return []string{r.Code} })
	return ListRetailers200JSONResponse{Items: mapped(found, wireRetailer), Next: next}, err
}

// GetRetailer shows a retailer.
func (s *Server) GetRetailer(ctx context.Context, r GetRetailerRequestObject) (GetRetailerResponseObject, error) {
	a := actor(ctx)
	found, err := s.store.Retailer(ctx, a.Scope(), s.today(a), rounds.RetailerID(r.ID))
	return GetRetailer200JSONResponse(wireRetailer(found)), err
}

// PostRetailer adds a retailer.
func (s *Server) PostRetailer(ctx context.Context, r PostRetailerRequestObject) (PostRetailerResponseObject, error) {
	b, fresh := r.Body, fieldwork.FreshRetailer()
	fresh.ID, fresh.Code, fresh.TerritoryID = nounID[rounds.Retailer](b.ID), b.Code, nounID[rounds.Territory](b.TerritoryID)
	change(RetailerChange{
		Name: &b.Name, Address: b.Address, Class: b.Class, Status: b.Status, ServiceS: b.ServiceS,
		VisitsPer8Weeks: b.VisitsPer8Weeks, OrderVolume: b.OrderVolume, RadiusM: b.RadiusM, OpeningHours: b.OpeningHours,
	})(&fresh)
	added, err := s.office.AddRetailer(ctx, actor(ctx), fresh, pinChange(actor(ctx), b.Pin))
	return PostRetailer201JSONResponse(wireRetailer(added)), err
}

// PatchRetailer changes a retailer.
func (s *Server) PatchRetailer(ctx context.Context, r PatchRetailerRequestObject) (PatchRetailerResponseObject, error) {
	changed, err := s.office.ChangeRetailer(ctx, actor(ctx), rounds.RetailerID(r.ID), change(*r.Body), pinChange(actor(ctx), r.Body.Pin))
	return PatchRetailer200JSONResponse(wireRetailer(changed)), err
}

// change writes the fields that were sent over a retailer.
func change(c RetailerChange) func(*rounds.Retailer) {
	return func(r *rounds.Retailer) {
		set(&r.Name, c.Name, strings.TrimSpace)
		set(&r.Address, c.Address, same)
		set(&r.Class, c.Class, same)
		set(&r.Status, c.Status, func(s RetailerStatus) rounds.RetailerStatus { return rounds.RetailerStatus(s) })
		set(&r.ServiceSeconds, c.ServiceS, same)
		set(&r.VisitsPer8Weeks, c.VisitsPer8Weeks, same)
		set(&r.OrderVolume, c.OrderVolume, same)
		set(&r.OpeningHours, c.OpeningHours, same)
		set(&r.Radius, c.RadiusM, func(m float64) geo.Meters { return geo.Meters(m) })
	}
}

func pinChange(a rounds.Actor, p *NewPin) *fieldwork.PinChange {
	if p == nil {
		return nil
	}
	on := chartOf(a, p.Datum)
	wgs84 := func(q Point) orb.Point { return on.read(q.Lat, q.Lon) }
	return &fieldwork.PinChange{
		Pin: geo.Pin{
			Point:     wgs84(Point{Lat: p.Lat, Lon: p.Lon}),
			Entrances: mapped(p.Entrances, wgs84),
			Sigma:     geo.Meters(orZero(p.SigmaM)),
		},
		Reason: p.Reason,
	}
}

// maxFindings is how many findings of an import an answer lists.
const maxFindings = 1000

// ImportRetailers brings in a retailer file.
func (s *Server) ImportRetailers(ctx context.Context, r ImportRetailersRequestObject) (ImportRetailersResponseObject, error) {
	columns, err := fieldwork.ParseMap(orZero(r.Params.Map))
	if err != nil {
		return nil, err
	}
	bounds, err := fieldwork.ParseBounds(orZero(r.Params.Bounds))
	if err != nil {
		return nil, err
	}
	report, err := s.office.ImportRetailers(ctx, actor(ctx), r.Body, fieldwork.ImportOptions{
		Options: roster.Options{Map: columns, Datum: datum(r.Params.Datum), Bounds: bounds},
		DryRun:  orZero(r.Params.DryRun),
		Strict:  orZero(r.Params.Strict),
	})
	if err != nil {
		return nil, err
	}
	wire := wireReport(report, about(ctx).lang)
	if report.Stopped {
		return ImportRetailers422JSONResponse(wire), nil
	}
	return ImportRetailers200JSONResponse(wire), nil
}

func wireReport(r fieldwork.ImportReport, l lang) ImportReport {
	return ImportReport{
		Rows: r.Rows, Created: r.Created, Changed: r.Changed, Unchanged: r.Unchanged, WithoutPin: r.WithoutPin,
		Assigned: r.Assigned, RepeatedCodes: r.Repeats, EventsTaken: &r.EventsTaken, DryRun: r.DryRun, Imported: r.Imported,
		Errors: r.Errors, Warnings: r.Warnings,
		Findings: mapped(r.Findings[:min(len(r.Findings), maxFindings)], func(f roster.Finding) ImportFinding {
			return ImportFinding{
				Row: f.Line, Severity: ImportFindingSeverity(f.Severity), Code: f.Code, Field: &f.Field, Detail: f.Text(string(l)),
			}
		}),
	}
}
