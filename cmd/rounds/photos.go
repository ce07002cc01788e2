package main

import (
	"errors"
	"io"
	"path/filepath"

	"rounds/blobs"
	"rounds/internal/localpg"
)

// photoStore says where photographs are kept.
type photoStore struct {
	Photos string `name:"photos" placeholder:"DIR" help:"Where photographs are kept; beside the private PostgreSQL's data if left out. With a database of your own none are kept until you say where."`

	Endpoint     string       `name:"s3-endpoint" env:"ROUNDS_S3_ENDPOINT" placeholder:"URL" help:"S3-compatible service to keep photographs in, like https://s3.eu-central-1.amazonaws.com."`
	Region       string       `name:"s3-region" env:"ROUNDS_S3_REGION" default:"us-east-1" help:"Its region."`
	Bucket       string       `name:"s3-bucket" env:"ROUNDS_S3_BUCKET" help:"Its bucket."`
	Prefix       string       `name:"s3-prefix" env:"ROUNDS_S3_PREFIX" help:"Put before every key."`
	PathStyle    bool         `name:"s3-path-style" env:"ROUNDS_S3_PATH_STYLE" help:"The bucket is in the path, not in the host's name: MinIO and the like."`
	AccessKey    string       `name:"s3-access-key" env:"ROUNDS_S3_ACCESS_KEY" help:"Its access key."`
	SecretKey    blobs.Secret `name:"s3-secret-key" env:"ROUNDS_S3_SECRET_KEY" help:"Its secret key; better in ROUNDS_S3_SECRET_KEY, as flags can be seen."`
	SessionToken blobs.Secret `name:"s3-session-token" env:"ROUNDS_S3_SESSION_TOKEN" help:"Of temporary keys."`
}

// keeper is a store of photographs that has to be closed.
type keeper interface {
	blobs.Store
	io.Closer
}

// Validate refuses two places at once.
func (p photoStore) Validate() error {
	if p.Photos != "" && p.Endpoint != "" {
		return errors.New("photographs are kept in one place: give --photos or --s3-endpoint")
	}
	if (p.Endpoint == "") != (p.Bucket == "") {
		return errors.New("--s3-endpoint and --s3-bucket belong together")
	}
	return nil
}

// open opens the store; nil if there is none.
func (p photoStore) open(d database) (keeper, error) {
	if p.Endpoint != "" {
		return blobs.NewS3(blobs.S3Config{
			Endpoint: p.Endpoint, Region: p.Region, Bucket: p.Bucket, Prefix: p.Prefix, PathStyle: p.PathStyle,
			AccessKey: p.AccessKey, SecretKey: p.SecretKey, SessionToken: p.SessionToken,
		})
	}
	dir := p.Photos
	if dir == "" && d.DatabaseURL != "" {
		return nil, nil
	}
	if dir == "" {
		var err error
		if dir, err = photosBeside(d); err != nil {
			return nil, err
		}
	}
	return blobs.OpenDir(dir)
}

func photosBeside(d database) (string, error) {
	if d.Data != "" {
		return filepath.Clean(d.Data) + "-photos", nil
	}
	data, err := localpg.DefaultDir()
	return data + "-photos", err
}
