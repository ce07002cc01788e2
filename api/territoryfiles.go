package api

import (
	"context"
	"io"
	"net/http"
	"strings"

	"rounds"
	"rounds/fieldwork"
	"rounds/fieldwork/districting"
)

// ImportTerritories proposes territories from an owner column.
func (s *Server) ImportTerritories(ctx context.Context, r ImportTerritoriesRequestObject) (ImportTerritoriesResponseObject, error) {
	im, err := s.office.ImportTerritories(ctx, actor(ctx), r.Body, fieldwork.NewTerritoryProposal{
		Name: orZero(r.Params.Name), Purpose: rounds.Purpose(r.Params.Purpose), UnitID: nounID[rounds.Unit](r.Params.Unit),
	})
	if err != nil {
		return nil, err
	}
	l := about(ctx).lang
	w := OwnerImport{Rows: im.Rows, Findings: mapped(im.Findings[:min(len(im.Findings), maxFindings)], func(f fieldwork.BeatFinding) BeatFinding {
		return BeatFinding{Row: f.Line, Column: maybe(f.Column), Code: f.Code, Detail: l.field(rounds.Field{Code: f.Code, Args: f.Args})}
	})}
	if len(im.Findings) > 0 {
		return ImportTerritories422JSONResponse(w), nil
	}
	w.Proposal = new(wireCut(im.Proposal, l))
	return ImportTerritories201JSONResponse(w), nil
}

// ownerColumns are those of an owner file; what imports it goes by their names.
var ownerColumns = []any{"code", "name", "territory", "rep", "lat", "lon"}

// ExportTerritories gives territories as a file.
func (s *Server) ExportTerritories(ctx context.Context, r ExportTerritoriesRequestObject) (ExportTerritoriesResponseObject, error) {
	on, err := day(r.Params.Date, "date", "")
	if err != nil {
		return nil, err
	}
	retailers, err := s.office.PlacedRetailers(ctx, actor(ctx), rounds.Purpose(r.Params.Purpose), on)
	if err != nil {
		return nil, err
	}
	name := "territories-" + string(r.Params.Purpose)
	switch format := string(r.Params.Format); format {
	case string(Csv), string(Xlsx):
		return asFile(name, "territories", FileFormat(format), ownerColumns, retailers, ownerRow), nil
	default:
		m, err := fieldwork.MapPlaced(name, retailers)
		if format == "kml" {
			return drawn{name + ".kml", kmlType, m.WriteKML}, err
		}
		return drawn{name + ".geojson", geoJSONType, m.WriteGeoJSON}, err
	}
}

func ownerRow(r fieldwork.PlacedRetailer) []any {
	row := []any{r.Code, r.Name, r.Territory, r.Rep, nil, nil}
	if r.Pin != nil {
		row[4], row[5] = r.Pin.Point.Lat(), r.Pin.Point.Lon()
	}
	return row
}

// VisitExportTerritoriesResponse writes the file.
func (d download) VisitExportTerritoriesResponse(w http.ResponseWriter) error {
	return d.VisitListVisitsResponse(w)
}

// VisitExportTerritoriesResponse writes the map.
func (d drawn) VisitExportTerritoriesResponse(w http.ResponseWriter) error { return d.send(w) }

// maxDisagreements is how many one answer lists.
const maxDisagreements = 10_000

// maxGrounds is how many polygons an answer names in which one retailer stands.
const maxGrounds = 10

// PostTerritoryDisagreements holds territories against a map.
func (s *Server) PostTerritoryDisagreements(ctx context.Context, r PostTerritoryDisagreementsRequestObject) (PostTerritoryDisagreementsResponseObject, error) {
	found, err := s.office.Disagreements(ctx, actor(ctx), rounds.Purpose(r.Params.Purpose), datum(r.Params.Datum), io.LimitReader(r.Body, districting.MaxMapBytes+1))
	if err != nil {
		return nil, err
	}
	return PostTerritoryDisagreements200JSONResponse{
		Count: len(found),
		Items: mapped(found[:min(len(found), maxDisagreements)], func(d fieldwork.Disagreement) TerritoryDisagreement {
			return TerritoryDisagreement{
				Kind: TerritoryDisagreementKind(d.Kind), RetailerID: wireID(d.Retailer.ID), Code: d.Code, Name: d.Retailer.Name,
				Territory: maybe(strings.TrimSpace(d.Owner)), In: d.In[:min(len(d.In), maxGrounds)],
			}
		}),
	}, nil
}
