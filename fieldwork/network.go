package fieldwork

import (
	"encoding/json"
	"fmt"

	"rounds"
	"rounds/locate"
)

// networkIn is what an event's evidence says of networks, whether it says anything, and what of it is malformed:
// that is no reason to refuse the event, nor the rest of it.
func networkIn(evidence json.RawMessage) (seen locate.Network, given bool, wrong []rounds.Field) {
	var items []map[string]json.RawMessage
	if json.Unmarshal(evidence, &items) != nil { // there is none
		return seen, false, nil
	}
	for i, item := range items {
		var kind string
		if json.Unmarshal(item["kind"], &kind) != nil || kind != locate.KindNetwork {
			continue
		}
		n, problems := readNetwork(item, fmt.Sprintf("/evidence/%d", i))
		wrong = append(wrong, problems...)
		seen.Kind, seen.Cells, seen.WiFi, given = kind, append(seen.Cells, n.Cells...), append(seen.WiFi, n.WiFi...), true
	}
	return seen, given, wrong
}

func readNetwork(item map[string]json.RawMessage, at string) (locate.Network, []rounds.Field) {
	cells, wrong := listIn[locate.Cell](item["cells"], at+"/cells")
	wifi, wrongToo := listIn[locate.AccessPoint](item["wifi"], at+"/wifi")
	n := locate.Network{Kind: locate.KindNetwork, Cells: cells, WiFi: wifi}
	wrong = append(wrong, wrongToo...)
	for _, p := range n.Validate() {
		wrong = append(wrong, rounds.Field{Pointer: at + p.Pointer, Code: p.Code, Args: p.Args})
	}
	return n, wrong
}

// listIn reads each item by itself. One that cannot be read is left empty: half of it could mean something else.
func listIn[T any](raw json.RawMessage, at string) (list []T, wrong []rounds.Field) {
	var items []json.RawMessage
	if raw != nil && json.Unmarshal(raw, &items) != nil {
		return nil, []rounds.Field{{Pointer: at, Code: "not_a_list"}}
	}
	for i, item := range items {
		var v T
		if json.Unmarshal(item, &v) != nil {
			v = *new(T)
			wrong = append(wrong, rounds.Field{Pointer: fmt.Sprintf("%s/%d", at, i), Code: "wrong_form"})
		}
		list = append(list, v)
	}
	return list, wrong
}
