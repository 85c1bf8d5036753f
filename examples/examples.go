// Package examples holds whole strategies that can be run as they are.
package examples

import (
	"embed"
	"io/fs"
)

//go:embed acme/*.yaml
var files embed.FS

// Acme returns the strategy of the demo base.
func Acme() fs.FS {
	sub, err := fs.Sub(files, "acme")
	if err != nil { // the folder is embedded above
		return files
	}
	return sub
}
