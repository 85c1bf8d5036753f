package metric

import "strings"

func label(title, name string) string {
	if title != "" {
		return title
	}
	words := strings.ReplaceAll(name, "_", " ")
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}
