// Package roads makes road networks of OpenStreetMap's files, and tells how long the way from place to
// place takes along them. It knows tags, speeds and where roads are; how cheapest ways are found is
// package routing's, and what is at a place is the caller's.
//
//	an extract    blocks checked, ways of a profile, their nodes    frames.go extract.go
//	a profile     which roads, how fast, which way                  profile.go tags.go
//	a network     streets between junctions, the largest part       build.go network.go
//	  turns       junctions parted where turning is restricted      turns.go
//	a place       the nearest street                                grid.go snap.go
//	an answer     times from all to all, the way with its line      times.go
//	a file        all that was prepared, checked when read          file.go
//	travel        seconds and metres from all to all, by a source   travel.go
//	  none        straight lines, by how dense the places lie       straight.go
//	  a network   with the ways to the nearest street               along.go
//	  a service   an OSRM or a Valhalla, when it answers well       service.go osrm.go valhalla.go
//	a line        for a map                                         line.go
//
// Costs are milliseconds. A street is what lies between two junctions or ends; its shape is kept in 10⁻⁷
// degrees of WGS-84, as OpenStreetMap has it. What goes into a time: the speed of the road's class, no more than
// maxspeed, and a wait at each traffic light; of a ferry, its duration. Turns cost nothing, but those that restrictions at
// a node forbid are not taken; restrictions through ways and with conditions are not read, and nothing is known of the
// hour: the times are those of free roads.
//
// Roads that the largest strongly connected part cannot reach and be reached from are left out: nobody who
// starts there would come back. Extracts lack nodes of ways that cross their border; such ways end there.
package roads
