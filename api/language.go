package api

import (
	"fmt"
	"net/http"
	"strings"

	"rounds"
	"rounds/hours"

	"golang.org/x/text/language"
)

// lang is one of the languages that people are answered in.
type lang string

const (
	english lang = "en"
	chinese lang = "zh"
)

var languages = language.NewMatcher([]language.Tag{language.English, language.Chinese})

// languageOf is the one of ours that the caller likes best.
func languageOf(header string) lang {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return english
	}
	if _, i, _ := languages.Match(tags...); i == 1 {
		return chinese
	}
	return english
}

func requestLanguage(r *http.Request) lang { return languageOf(r.Header.Get("Accept-Language")) }

// text says a sentence, whose English form is its key.
func (l lang) text(format string, args []any) string {
	if translated, ok := chineseTexts[format]; ok && l == chinese {
		format = translated
	}
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, l.spoken(args)...)
}

// spoken are the arguments, in the language where they speak it themselves.
func (l lang) spoken(args []any) []any {
	out := make([]any, len(args))
	for i, arg := range args {
		switch is := arg.(type) {
		case interface{ Located(lang string) string }:
			out[i] = is.Located(string(l))
		case interface{ Text(lang string) string }:
			out[i] = is.Text(string(l))
		case rounds.CutStatus:
			out[i] = l.word(string(is))
		case rounds.JourneyStatus:
			out[i] = l.word(string(is))
		case rounds.AuditStatus:
			out[i] = l.word(string(is))
		case rounds.ProposalStatus:
			out[i] = l.word(string(is))
		default:
			out[i] = arg
		}
	}
	return out
}

// word says a status.
func (l lang) word(status string) string {
	if translated, ok := chineseWords[status]; ok && l == chinese {
		return translated
	}
	return strings.ReplaceAll(status, "_", " ")
}

// fields says what is wrong with each field.
func (l lang) fields(fields []rounds.Field) []FieldError {
	out := make([]FieldError, 0, len(fields))
	for _, f := range fields {
		out = append(out, FieldError{Pointer: f.Pointer, Code: f.Code, Detail: l.field(f)})
	}
	return out
}

func (l lang) field(f rounds.Field) string {
	texts, ok := fieldTexts[f.Code]
	if !ok {
		texts, ok = hours.Texts[f.Code]
	}
	if !ok {
		return f.Code
	}
	format := texts[0]
	if l == chinese {
		format = texts[1]
	}
	if len(f.Args) == 0 {
		return format
	}
	return fmt.Sprintf(format, l.spoken(f.Args)...)
}
