package fieldwork

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMalformedNetworksAreWarnings(t *testing.T) {
	t.Parallel()
	o, rep, r := blindTown(t, shared())
	for name, c := range map[string]struct {
		evidence string
		want     []string
	}{
		"nothing wrong":   {sees, nil},
		"another kind":    {`{"kind": "tag", "cells": 7}`, nil},
		"a kind of seven": {`{"kind": 7}`, nil},
		"cells a word":    {`{"kind": "network", "cells": "many"}`, []string{"/evidence/0/cells not_a_list"}},
		"one that is none beside a good one": {
			`{"kind": "tag"}, {"kind": "network", "wifi": [7, {"mac": "00259ccf1cac"}, {"mac": "x"}]}`,
			[]string{"/evidence/1/wifi/0 wrong_form", "/evidence/1/wifi/0/mac not_a_mac", "/evidence/1/wifi/2/mac not_a_mac"},
		},
		"a network in quotes": {
			`{"kind": "network", "cells": [{"radio": "lte", "mcc": 460, "mnc": "00"}]}`,
			[]string{"/evidence/0/cells/0 wrong_form", "/evidence/0/cells/0/radio not_one_of"},
		},
		"too many":     {`{"kind": "network", "cells": [` + strings.Repeat(`{"radio": "gsm"},`, 20) + `{"radio": "gsm"}]}`, []string{"/evidence/0/cells wrong_count"}},
		"out of range": {`{"kind": "network", "cells": [{"radio": "gsm", "cid": 65536}]}`, []string{"/evidence/0/cells/0/cid not_between"}},
	} {
		_, raw := blind(r, morning, c.evidence)
		result := o.uploaded(rep, raw)
		var got []string
		for _, w := range result.Warnings {
			got = append(got, w.Pointer+" "+w.Code)
		}
		if diff := cmp.Diff(c.want, got); diff != "" || result.Status != Created {
			t.Errorf("%s: %s %s", name, result.Status, diff)
		}
	}
}
