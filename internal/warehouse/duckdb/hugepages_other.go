//go:build !linux || !cgo

package duckdb

// adviseHugePages does nothing here: only the Linux kernel takes this advice.
func adviseHugePages() int { return 0 }
