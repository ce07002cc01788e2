package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"path"
	"strings"
)

// A workbook is read here as a stream of XML tokens, not as a tree: five bytes of XML can cost a tree a
// kilobyte, so that no limit on size would bound its memory.

// readXLSX reads one worksheet. A row's missing cells at the end are empty, as Excel shows them.
func readXLSX(data []byte, worksheet string) (*Table, error) {
	book, err := openWorkbook(data)
	if err != nil {
		return nil, err
	}
	part, err := book.worksheet(worksheet)
	if err != nil {
		return nil, err
	}
	texts, err := book.sharedTexts()
	if err != nil {
		return nil, err
	}
	reader := worksheetReader{texts: texts}
	if err := walk(part, reader.token); err != nil {
		return nil, err
	}
	return reader.table.finish()
}

// workbook is the parts of an XLSX file and how its main part refers to the others.
type workbook struct {
	parts     map[string]*zip.File // by lower-case path
	main      string
	relations map[string]relation // of the main part, by id
}

// relation is one part as another part refers to it.
type relation struct{ kind, target string }

func openWorkbook(data []byte) (*workbook, error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, refuse(BadWorkbook, 0)
	}
	if err := checkSizes(archive); err != nil {
		return nil, err
	}
	book := &workbook{parts: map[string]*zip.File{}}
	for _, part := range archive.File {
		book.parts[partName(part.Name)] = part
	}
	root, err := book.relationsOf("")
	if err != nil {
		return nil, err
	}
	for _, r := range root {
		if r.kind == "officeDocument" {
			book.main = r.target
		}
	}
	book.relations, err = book.relationsOf(book.main)
	return book, err
}

// checkSizes refuses what would unpack to too much, before anything is unpacked. A part that holds more
// than its directory entry says is refused by archive/zip itself while it is read.
func checkSizes(archive *zip.Reader) error {
	left := uint64(UnzipLimit)
	for _, part := range archive.File {
		if part.UncompressedSize64 > left {
			return refuse(UnzipTooLarge, 0, UnzipLimit>>20)
		}
		left -= part.UncompressedSize64
	}
	return nil
}

// relationsOf reads what a part refers to; "" is the file itself.
func (b *workbook) relationsOf(part string) (map[string]relation, error) {
	folder, name := path.Split(part)
	relations := map[string]relation{}
	err := walk(b.parts[folder+"_rels/"+name+".rels"], func(token xml.Token) error {
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "Relationship" {
			relations[attr(start, "Id")] = relation{
				kind:   path.Base(attr(start, "Type")),
				target: resolve(folder, attr(start, "Target")),
			}
		}
		return nil
	})
	return relations, err
}

// worksheet finds the worksheet of that name; for "" the first that is not hidden.
func (b *workbook) worksheet(name string) (*zip.File, error) {
	var names []string
	var found *zip.File
	err := walk(b.parts[b.main], func(token xml.Token) error {
		start, ok := token.(xml.StartElement)
		to := b.relations[attr(start, "id")]
		if !ok || start.Name.Local != "sheet" || to.kind != "worksheet" {
			return nil
		}
		names = append(names, attr(start, "name"))
		visible := attr(start, "state") == "" || attr(start, "state") == "visible"
		if found == nil && (names[len(names)-1] == name || name == "" && visible) {
			found = b.parts[to.target]
		}
		return nil
	})
	if err == nil && found == nil {
		err = refuse(NoWorksheet, 0, name, strings.Join(names, ", "))
	}
	return found, err
}

// sharedTexts reads the texts that cells refer to by number; a workbook may have none.
func (b *workbook) sharedTexts() ([]string, error) {
	for _, to := range b.relations {
		if part := b.parts[to.target]; to.kind == "sharedStrings" && part != nil {
			var reader textsReader
			err := walk(part, reader.token)
			return reader.texts, err
		}
	}
	return nil, nil
}
