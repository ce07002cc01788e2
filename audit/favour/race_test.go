//go:build race

package favour

func init() { raced = true }
