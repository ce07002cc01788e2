package sheet

import (
	"fmt"
	"math"
	"reflect"
	"time"
)

// Writer writes a table row by row. Close completes the file and must be called; it does not close the
// io.Writer below. After an error the file is not usable.
type Writer interface {
	// Row writes text, numbers, booleans and times, or pointers to them; nil and NaN are empty cells.
	// Any other kind is an error.
	Row(cells ...any) error
	Close() error
}

// plainCell reduces what Row takes to nil, string, bool, int64, float64 or [time.Time]. A type that
// writes itself as a string does so.
func plainCell(cell any) (any, error) {
	switch cell := cell.(type) {
	case nil:
		return nil, nil
	case time.Time:
		return cell, nil
	case string:
		return cell, checkText(cell)
	}
	value := reflect.ValueOf(cell)
	if value.Kind() != reflect.Pointer {
		return plainKind(value)
	}
	if value.IsNil() {
		return nil, nil
	}
	return plainCell(value.Elem().Interface())
}

// plainKind reduces values by their kind, so that a Meters is a number and a status is text.
func plainKind(value reflect.Value) (any, error) {
	if words, ok := value.Interface().(fmt.Stringer); ok {
		return words.String(), checkText(words.String())
	}
	switch {
	case value.Kind() == reflect.String:
		return value.String(), checkText(value.String())
	case value.Kind() == reflect.Bool:
		return value.Bool(), nil
	case value.CanInt():
		return value.Int(), nil
	case value.CanUint() && value.Uint() <= math.MaxInt64:
		return int64(value.Uint()), nil
	case value.CanFloat() && (math.IsNaN(value.Float()) || math.IsInf(value.Float(), 0)):
		return nil, nil
	case value.CanFloat():
		return value.Float(), nil
	}
	return nil, fmt.Errorf("sheet: a %s cannot be a cell", value.Type())
}

// plainRow reduces a whole row.
func plainRow(cells []any) ([]any, error) {
	plain := make([]any, len(cells))
	for i, cell := range cells {
		var err error
		if plain[i], err = plainCell(cell); err != nil {
			return nil, err
		}
	}
	return plain, nil
}

// checkText refuses text that a reader of the file would have to refuse or would see cut off.
func checkText(text string) error {
	if len(text) > maxExcelText && len([]rune(text)) > maxExcelText {
		return fmt.Errorf("sheet: a cell of more than %d characters", maxExcelText)
	}
	return nil
}

const maxExcelText = 32_767 // characters Excel keeps in a cell
