package suggest

// Plain is how names are compared.
func Plain(name string) string { return plain(name) }

// DatedPattern is the pattern of a file whose name has a date.
func DatedPattern(file string) string { return datedPattern(file) }
