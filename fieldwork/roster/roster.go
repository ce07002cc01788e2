// Package roster reads a file of retailers: it finds out which column means what, takes the rows, and says
// what is doubtful about them.
//
// It knows headings in English and Chinese, codes, and how coordinates are written down and mixed up. It
// does not know the retailers already stored, the clock or the database: the same file always reads the
// same. What is wrong with one row is a [Finding]; nothing is ever corrected behind anyone's back.
package roster

import (
	"cmp"
	"slices"

	"rounds/geo"
	"rounds/internal/sheet"

	"github.com/paulmach/orb"
)

// Options say what the file itself cannot.
type Options struct {
	Map    map[string]string // field → heading, over what the headings say; see [Fields]
	Datum  geo.Datum         // of the file's coordinates; there is no default
	Datums geo.Datums        // how they are converted
	Bounds *orb.Bound        // WGS-84; positions beyond get a warning. nil: anywhere
}

// Row is one retailer as the file gives it. Text is trimmed, "" where the file has none; so is nil for
// numbers.
type Row struct {
	Line            int
	Code            string // unique in the file
	Name            string
	Address         string
	City            string
	Zip             string
	Class           string
	Status          string      // [Active], [Suspended], [Closed] or ""
	ServiceSeconds  *int        // service_minutes of the file, in seconds
	VisitsPer8Weeks *int        // visit_frequency of the file, which is in four weeks, twice
	OrderVolume     *int64      // rounded to a whole unit
	Radius          *geo.Meters // radius_m of the file
	OpeningHours    string      // that can be read
	VisitDays       uint8       // weekdays on which it may be called on, bit 0 is Monday; 0: not given
	WishedDays      uint8
	MinDays         *int // between two visits
	MaxDays         *int
	Point           *orb.Point // WGS-84, as given, doubtful or not; nil: no usable position
	Rep             string
	Territory       string
	RetailerID      string
	Extra           map[string]string // by heading, the other columns that are not empty
}

// File is what a table of retailers holds.
type File struct {
	Rows     []Row             // those without an error, in file order
	Findings []Finding         // by line
	Repeats  int               // rows told apart by a suffix alone: their text repeats an earlier row's
	Columns  map[string]string // field → the heading it was read from
}

// Parse reads a table of retailers. A table whose headings do not say enough, or contradict the options,
// is an error of type [Finding]; a bad row is none.
func Parse(table *sheet.Table, options Options) (*File, error) {
	if _, err := geo.ParseDatum(string(options.Datum)); err != nil {
		return nil, problem(0, "unknown_datum", "", string(options.Datum))
	}
	columns, err := findColumns(table, options.Map)
	if err != nil {
		return nil, err
	}
	r := newReader(columns, options)
	for _, bad := range table.Bad {
		r.found(problem(bad.Line, "unreadable_row", "", bad))
	}
	for _, row := range table.Rows {
		r.read(row)
	}
	file := r.finish()
	file.Findings = append(file.Findings, doubtfulPlaces(file.Rows, options.Bounds)...)
	slices.SortStableFunc(file.Findings, func(a, b Finding) int { return cmp.Compare(a.Line, b.Line) })
	return file, nil
}
