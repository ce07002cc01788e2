package api

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"

	"rounds"
)

// PostPhoto takes a photograph; what it is, is decided by its content.
func (s *Server) PostPhoto(ctx context.Context, r PostPhotoRequestObject) (PostPhotoResponseObject, error) {
	data, err := io.ReadAll(r.Body)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, tooLarge()
	}
	if err != nil {
		return nil, rounds.Errorf(rounds.Invalid, "the photograph is damaged or cut off: send it again, or take a new one")
	}
	p, created, err := s.office.AddPhoto(ctx, actor(ctx), data)
	wire := SentPhoto{Sha256: hex.EncodeToString(p.SHA256), Type: p.Type, Size: len(data)}
	if created {
		return PostPhoto201JSONResponse(wire), err
	}
	return PostPhoto200JSONResponse(wire), err
}

// photoAge is for how long a browser may show a photograph again without asking: for one look at a visit, as every
// other look is written down.
const photoAge = 300

// GetPhoto streams a photograph to its rep, or to whoever says what for.
func (s *Server) GetPhoto(ctx context.Context, r GetPhotoRequestObject) (GetPhotoResponseObject, error) {
	sum, err := hex.DecodeString(r.Sha256)
	if err != nil {
		return nil, err
	}
	blob, p, err := s.office.Photo(ctx, actor(ctx), sum, orZero(r.Params.Purpose))
	if err != nil {
		return nil, err
	}
	return GetPhoto200ImageResponse{
		Body: blob.Content, ContentType: p.Type, ContentLength: blob.Size,
		Headers: GetPhoto200ResponseHeaders{CacheControl: fmt.Sprintf("private, max-age=%d", photoAge)},
	}, nil
}
