package api

import (
	"context"
	"io"
	"net/http"

	"rounds"
	"rounds/fieldwork"
)

// drawn is a map of territories, written while it is sent, with the name under which a browser keeps it.
type drawn struct {
	name  string // "": it is looked at, not kept
	kind  string // Content-Type
	write func(io.Writer) error
}

func (d drawn) send(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", d.kind)
	if d.name != "" {
		w.Header().Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
	}
	w.WriteHeader(http.StatusOK)
	return d.write(w)
}

const (
	geoJSONType = "application/geo+json"
	kmlType     = "application/vnd.google-earth.kml+xml"
	pageType    = "text/html; charset=utf-8"
	pagePolicy  = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
)

func (s *Server) proposalMap(ctx context.Context, id ID, name, kind string, write func(fieldwork.ProposalMap, io.Writer) error) (drawn, error) {
	m, err := s.office.ProposalMap(ctx, actor(ctx), rounds.TerritoryProposalID(id))
	return drawn{name, kind, func(w io.Writer) error { return write(m, w) }}, err
}

// GetTerritoryGeoJSON draws a proposal.
func (s *Server) GetTerritoryGeoJSON(ctx context.Context, r GetTerritoryGeoJSONRequestObject) (GetTerritoryGeoJSONResponseObject, error) {
	return s.proposalMap(ctx, r.ID, "territories.geojson", geoJSONType, fieldwork.ProposalMap.WriteGeoJSON)
}

// VisitGetTerritoryGeoJSONResponse writes the map.
func (d drawn) VisitGetTerritoryGeoJSONResponse(w http.ResponseWriter) error { return d.send(w) }

// GetTerritoryKML draws a proposal.
func (s *Server) GetTerritoryKML(ctx context.Context, r GetTerritoryKMLRequestObject) (GetTerritoryKMLResponseObject, error) {
	return s.proposalMap(ctx, r.ID, "territories.kml", kmlType, fieldwork.ProposalMap.WriteKML)
}

// VisitGetTerritoryKMLResponse writes the map.
func (d drawn) VisitGetTerritoryKMLResponse(w http.ResponseWriter) error { return d.send(w) }

// GetTerritoryPage shows a proposal to whoever decides on it.
func (s *Server) GetTerritoryPage(ctx context.Context, r GetTerritoryPageRequestObject) (GetTerritoryPageResponseObject, error) {
	return s.proposalMap(ctx, r.ID, "", pageType, fieldwork.ProposalMap.WritePage)
}

// VisitGetTerritoryPageResponse writes the page, which holds all that it needs.
func (d drawn) VisitGetTerritoryPageResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Security-Policy", pagePolicy)
	return d.send(w)
}
