package api

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"rounds"
	"rounds/fieldwork"
)

// ListCalendarFeeds lists a rep's feeds.
func (s *Server) ListCalendarFeeds(ctx context.Context, r ListCalendarFeedsRequestObject) (ListCalendarFeedsResponseObject, error) {
	found, err := s.office.Feeds(ctx, actor(ctx), rounds.UserID(r.ID))
	return ListCalendarFeeds200JSONResponse{Items: mapped(found, wireFeed)}, err
}

// PostCalendarFeed makes one.
func (s *Server) PostCalendarFeed(ctx context.Context, r PostCalendarFeedRequestObject) (PostCalendarFeedResponseObject, error) {
	made, token, err := s.office.AddFeed(ctx, actor(ctx), rounds.UserID(r.ID))
	w := wireFeed(made)
	w.Path = new("/v1/calendars/" + token)
	return PostCalendarFeed201JSONResponse(w), err
}

// DeleteCalendarFeed revokes one.
func (s *Server) DeleteCalendarFeed(ctx context.Context, r DeleteCalendarFeedRequestObject) (DeleteCalendarFeedResponseObject, error) {
	return DeleteCalendarFeed204Response{}, s.office.RevokeFeed(ctx, actor(ctx), rounds.UserID(r.ID), rounds.CalendarFeedID(r.Feed))
}

func wireFeed(f rounds.CalendarFeed) CalendarFeed {
	return CalendarFeed{ID: wireID(f.ID), CreatedAt: f.CreatedAt, CreatedBy: wireID(f.CreatedBy), RevokedAt: f.RevokedAt}
}

// GetCalendarFeed is what calendar programs read.
func (s *Server) GetCalendarFeed(ctx context.Context, r GetCalendarFeedRequestObject) (GetCalendarFeedResponseObject, error) {
	stops, err := s.office.ReadFeed(ctx, r.Token, about(ctx).address)
	if err != nil {
		return nil, err
	}
	text := icalendar(stops, s.now())
	return GetCalendarFeed200TextCalendarResponse{Body: strings.NewReader(text), ContentLength: int64(len(text))}, nil
}

// icalendar writes stops as RFC 5545 has it, in UTC. An event keeps its UID as long as retailer and day are the same.
func icalendar(stops []fieldwork.FeedStop, now time.Time) string {
	const form = "20060102T150405Z"
	var b strings.Builder
	line := func(name, value string) { fold(&b, name+":"+value) }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//Rounds//Rounds//EN")
	line("METHOD", "PUBLISH")
	for _, s := range stops {
		line("BEGIN", "VEVENT")
		line("UID", fmt.Sprintf("%s-%s@rounds", s.Day, s.RetailerID))
		line("DTSTAMP", now.UTC().Format(form))
		line("DTSTART", s.PlannedAt.UTC().Format(form))
		line("DTEND", s.PlannedAt.UTC().Add(time.Duration(s.ServiceSeconds)*time.Second).Format(form))
		line("SUMMARY", escapeText(s.Retailer.Name))
		if s.Retailer.Address != "" {
			line("LOCATION", escapeText(s.Retailer.Address))
		}
		line("DESCRIPTION", escapeText(s.Retailer.Code))
		line("END", "VEVENT")
	}
	line("END", "VCALENDAR")
	return b.String()
}

// escapeText is RFC 5545, 3.3.11; other control characters have no place in a line.
func escapeText(text string) string {
	text = strings.NewReplacer("\r\n", `\n`, "\n", `\n`, "\r", `\n`, `\`, `\\`, ";", `\;`, ",", `\,`).Replace(text)
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, text)
}

// lineOctets is how long a line is at most, without its end (RFC 5545, 3.1).
const lineOctets = 75

// fold breaks a line that is too long, never within a character.
func fold(b *strings.Builder, line string) {
	for room := lineOctets; len(line) > room; room = lineOctets - 1 { // a blank leads the next
		cut := room
		for !utf8.RuneStart(line[cut]) {
			cut--
		}
		b.WriteString(line[:cut] + "\r\n ")
		line = line[cut:]
	}
	b.WriteString(line + "\r\n")
}
