// Package catalog holds what comes ready made: the kinds of fact that every
// customer success team records, in the format in which a strategy declares
// its own. Package spec reads it.
package catalog

import "embed"

// Files holds facts/*.yaml, one fact kind each, as a strategy's files, and
// recipes/*.yaml, ready-made mappings of common exports.
//
//go:embed facts/*.yaml recipes/*.yaml
var Files embed.FS
