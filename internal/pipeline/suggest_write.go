package pipeline

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/suggest"
)

// exportsFolder is where exports are put that lie outside of the project.
const exportsFolder = "exports"

// NameExports says how a strategy in the folder root names files: by their way
// from there, or as they are called once they have been copied into its folder
// exports. outside are the files of the second sort.
func NameExports(root string, files []string) (names map[string]string, outside []string, err error) {
	base, err := filepath.Abs(root)
	if err != nil {
		return nil, nil, err
	}
	names = map[string]string{}
	used := map[string]string{}
	for _, f := range files {
		whole, err := filepath.Abs(f)
		if err != nil {
			return nil, nil, err
		}
		rel, err := filepath.Rel(base, whole)
		if err == nil && filepath.IsLocal(rel) {
			names[f] = filepath.ToSlash(rel)
			continue
		}
		name := path.Join(exportsFolder, filepath.Base(f))
		if other, twice := used[name]; twice {
			return nil, nil, fmt.Errorf("two files are called %s: %s and %s; rename one, for both would be copied to %s", filepath.Base(f), other, f, name)
		}
		used[name], names[f] = f, name
		outside = append(outside, f)
	}
	return names, outside, nil
}

// CopyExports copies files into the project. A file that is there already with
// the same content stays; one with other content is replaced only when told.
func CopyExports(root string, files []string, names map[string]string, replace bool) (copied []string, err error) {
	for _, f := range files {
		to := filepath.Join(root, filepath.FromSlash(names[f]))
		same, exists := sameContent(f, to)
		if same {
			continue
		}
		if exists && !replace {
			return copied, fmt.Errorf("copy %q: there is another %s already; take it away, or rename one", f, names[f])
		}
		if err := copyFile(f, to); err != nil {
			return copied, fmt.Errorf("copy %q: %w", f, err)
		}
		copied = append(copied, names[f])
	}
	return copied, nil
}

func sameContent(a, b string) (same, exists bool) {
	one, err1 := digest(a)
	other, err2 := digest(b)
	return err1 == nil && err2 == nil && one == other, err2 == nil
}

// copyFile copies a file, whole or not at all.
func copyFile(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), ".copy-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return errors.Join(err, os.Remove(out.Name()))
	}
	if err := os.Chmod(out.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}

// ErrOpenQuestions is returned where a proposal cannot be written before
// somebody has answered what the files do not say.
var ErrOpenQuestions = errors.New("the files do not say all that is needed")

// WriteProposal writes a proposal into the folder of a strategy, and returns the
// names of the files written. Nothing that is there is changed: a second
// proposal goes into a file of its own. strategy.yaml is written where there is
// no strategy yet.
func WriteProposal(root string, p suggest.Proposal, hasStrategy bool) ([]string, error) {
	if open := p.Open(); len(open) > 0 {
		return nil, ErrOpenQuestions
	}
	if len(p.Sources) == 0 {
		return nil, nil
	}
	var written []string
	if !hasStrategy {
		name := "strategy.yaml"
		if err := WriteNew(root, name, p.StrategyYAML(ProjectName(root), "UTC")); err != nil {
			return nil, err
		}
		written = append(written, name)
	}
	name := "sources.yaml"
	for i := 2; ; i++ {
		err := WriteNew(root, name, p.YAML())
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) {
			return written, err
		}
		name = fmt.Sprintf("sources_%d.yaml", i)
	}
	return append(written, name), nil
}

// WriteNew writes a file that must not be there yet.
func WriteNew(root, name, text string) error {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	f, err := os.OpenFile(filepath.Join(root, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// ProjectName is the name of a strategy's folder as a name.
func ProjectName(root string) string {
	whole, err := filepath.Abs(root)
	if err != nil {
		return "strategy"
	}
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '_'
	}, filepath.Base(whole))
	if name = strings.Trim(name, "_"); name == "" || name[0] >= '0' && name[0] <= '9' {
		return "strategy"
	}
	return name
}

// HasStrategy reports whether a folder has files of a strategy.
func HasStrategy(root string) bool {
	entries, err := os.ReadDir(root)
	return err == nil && slices.ContainsFunc(entries, func(d os.DirEntry) bool {
		ext := filepath.Ext(d.Name())
		return !d.IsDir() && !strings.HasPrefix(d.Name(), ".") && (ext == ".yaml" || ext == ".yml")
	})
}
