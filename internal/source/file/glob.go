package file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Glob returns the files that match any of the patterns, each once, sorted by
// path.
//
// Patterns are written with slashes and as path.Match has them; ** stands for
// any number of directories, none included, and is a whole part of the path.
// As in a shell, wildcards pass over names that start with a dot. Directories
// do not match, and ** does not follow links to them.
//
// Relative patterns start at root and must not leave it by way of "..";
// absolute ones are taken as they are. It fails on every pattern that matches
// no file, naming all of them, and on directories that cannot be read.
func Glob(patterns []string, root string) ([]string, error) {
	var files []string
	var failures []error
	for _, pattern := range patterns {
		found, err := glob(pattern, root)
		if err != nil {
			failures = append(failures, fmt.Errorf("find files %q: %w", pattern, plainCause(err)))
		}
		files = append(files, found...)
	}
	if len(failures) > 0 {
		return nil, errors.Join(failures...)
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

func glob(pattern, root string) ([]string, error) {
	clean := filepath.ToSlash(strings.TrimSpace(pattern))
	if clean == "" {
		return nil, errors.New("the file name is blank")
	}
	if _, err := path.Match(clean, ""); err != nil {
		return nil, errors.New("the pattern is not well formed: a bracket is not closed")
	}
	dir := root
	if volume := filepath.VolumeName(clean); filepath.IsAbs(filepath.FromSlash(clean)) {
		dir = filepath.FromSlash(volume + "/")
		clean = strings.TrimLeft(clean[len(volume):], "/")
	} else if leaves(clean) {
		return nil, errors.New("it leads out of the project; write an absolute path for files elsewhere")
	}
	whole := filepath.Join(dir, filepath.FromSlash(clean))
	if info, err := os.Stat(whole); err == nil {
		if info.IsDir() {
			return nil, fmt.Errorf("it is a directory; name the files in it, as in %q", path.Join(clean, "*.csv"))
		}
		return []string{whole}, nil
	} else if errors.Is(err, fs.ErrPermission) {
		return nil, err
	}
	found, err := match(dir, strings.Split(path.Clean(clean), "/"))
	if err == nil && len(found) == 0 {
		err = fs.ErrNotExist
		if strings.ContainsAny(clean, `*?[`) {
			err = noMatch(dir, clean)
		}
	}
	return found, err
}

// noMatch says that a pattern matches no file, and which folder it does match.
func noMatch(dir, pattern string) error {
	all, _ := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
	for _, found := range all {
		name := filepath.Base(found)
		if info, err := os.Stat(found); err == nil && info.IsDir() && !strings.HasPrefix(name, ".") {
			return fmt.Errorf("%w, only the folder %s; name the files in it, as in %q", errNoMatch, name, path.Join(pattern, "*.csv"))
		}
	}
	return errNoMatch
}

// errNoMatch is fs.ErrNotExist in words of its own.
var errNoMatch = notThere("no file matches")

type notThere string

func (n notThere) Error() string { return string(n) }
func (n notThere) Unwrap() error { return fs.ErrNotExist }

// leaves reports whether any part of the way leads above where it starts.
func leaves(pattern string) bool {
	depth := 0
	for part := range strings.SplitSeq(pattern, "/") {
		switch part {
		case "", ".", "**":
		case "..":
			if depth--; depth < 0 {
				return true
			}
		default:
			depth++
		}
	}
	return false
}

// match returns the files below dir that the parts of a pattern lead to.
func match(dir string, parts []string) ([]string, error) {
	part, rest := parts[0], parts[1:]
	if !strings.ContainsAny(part, `*?[\`) {
		return step(filepath.Join(dir, part), rest)
	}
	if part == "**" && len(rest) == 0 {
		parts, rest = []string{"**", "*"}, []string{"*"}
	}
	entries, err := os.ReadDir(cwdIfBlank(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("directory %q: %w", dir, plainCause(err))
	}
	var found []string
	if part == "**" {
		if found, err = match(dir, rest); err != nil {
			return nil, err
		}
	}
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasPrefix(name, ".") && !strings.HasPrefix(part, ".") {
			continue
		}
		var more []string
		if part == "**" {
			if entry.IsDir() {
				more, err = match(filepath.Join(dir, name), parts)
			}
		} else if ok, _ := path.Match(part, name); ok {
			more, err = step(filepath.Join(dir, name), rest)
		}
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

// step goes on from a name that matched.
func step(name string, rest []string) ([]string, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%q: %w", name, plainCause(err))
	case len(rest) == 0 && !info.IsDir():
		return []string{name}, nil
	case len(rest) > 0 && info.IsDir():
		return match(name, rest)
	}
	return nil, nil
}

func cwdIfBlank(dir string) string {
	if dir == "" {
		return "."
	}
	return dir
}
