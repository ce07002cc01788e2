package api

import (
	"bytes"
	"context"
	"encoding/hex"

	"rounds"
	"rounds/fieldwork"
	"rounds/internal/sheet"
)

// listedCodes is how many codes a printed list has if nobody says.
const listedCodes = 50

// ListTokens lists what a retailer has to show.
func (s *Server) ListTokens(ctx context.Context, r ListTokensRequestObject) (ListTokensResponseObject, error) {
	found, err := s.office.Tokens(ctx, actor(ctx), rounds.RetailerID(r.ID))
	return ListTokens200JSONResponse{Items: mapped(found, wireToken)}, err
}

// PostToken makes something for a retailer to show.
func (s *Server) PostToken(ctx context.Context, r PostTokenRequestObject) (PostTokenResponseObject, error) {
	codes := listedCodes
	if r.Body.Count != nil {
		codes = *r.Body.Count
	}
	made, err := s.office.AddToken(ctx, actor(ctx), rounds.RetailerID(r.ID), rounds.TokenKind(r.Body.Kind), codes)
	if err != nil {
		return nil, err
	}
	if orZero(r.Params.Csv) {
		return codesFile(made)
	}
	wire := MadeToken{Token: wireToken(made.Token), Codes: made.Codes}
	if made.URI != "" {
		wire.URI = &made.URI
	}
	if made.Secret != "" {
		wire.Secret = &made.Secret
	}
	return PostToken201JSONResponse(wire), nil
}

// codesFile is a list to print and cut up: every line names its shop.
func codesFile(made fieldwork.MadeToken) (PostTokenResponseObject, error) {
	var file bytes.Buffer
	out, err := sheet.ExcelCSV(&file)
	if err != nil {
		return nil, err
	}
	if err := out.Row("retailer_code", "retailer_name", "code"); err != nil {
		return nil, err
	}
	for _, code := range made.Codes {
		if err := out.Row(made.Retailer.Code, made.Retailer.Name, code); err != nil {
			return nil, err
		}
	}
	err = out.Close()
	return PostToken201TextCsvResponse{Body: &file, ContentLength: int64(file.Len())}, err
}

// DeleteToken revokes a token.
func (s *Server) DeleteToken(ctx context.Context, r DeleteTokenRequestObject) (DeleteTokenResponseObject, error) {
	err := s.office.RevokeToken(ctx, actor(ctx), rounds.RetailerID(r.ID), rounds.TokenID(r.Token))
	return DeleteToken204Response{}, err
}

func wireToken(t rounds.Token) Token {
	return Token{ID: wireID(t.ID), RetailerID: wireID(t.RetailerID), Kind: TokenKind(t.Kind), CreatedAt: t.CreatedAt, RevokedAt: t.RevokedAt}
}

func wireProof(p rounds.Proof) Proof {
	w := Proof{
		N: p.N, Kind: ProofKind(p.Kind), Status: ProofStatus(p.Status), TokenID: maybeID(p.TokenID),
		DistanceM: rounded(p.Distance, 3), TakenAt: p.TakenAt,
	}
	if p.Reason != "" {
		w.Reason = new(string(p.Reason))
	}
	if p.Photo != nil {
		w.Photo = new(SHA256(hex.EncodeToString(p.Photo)))
	}
	return w
}
