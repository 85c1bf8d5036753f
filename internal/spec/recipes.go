package spec

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/segue-cs/segue/internal/catalog"
	"github.com/segue-cs/segue/internal/diag"
)

// Recipe is a ready-made mapping of the catalogue.
type Recipe struct {
	Name  string
	Title string
	Why   string
	Cites []string
	Fact  string       // the fact kind that the rows become
	Where string       // which rows count; "" is all
	Names []RecipeName // in the order written

	Columns []RecipeColumn // in the order written
}

// RecipeName is what a recipe calls a column of the file.
type RecipeName struct {
	Name     string
	Columns  []string // how files call it: the first that a file has is taken
	Optional bool     // a file may lack it
}

// RecipeColumn is a column of the fact kind, and what fills it.
type RecipeColumn struct {
	Name string
	From string // as in YAML, on one line
}

// Recipes returns the recipes of the catalogue, sorted by file and then in the
// order written.
func Recipes() ([]Recipe, error) {
	entries, found := readRecipes()
	var list []Recipe
	for _, e := range entries {
		v := e.value
		r := Recipe{
			Name: e.key, Title: v.textOf("title"), Why: v.textOf("why"), Cites: v.textsOf("cites"), Fact: v.textOf("fact"),
			Where: v.textOf("where"),
		}
		for _, n := range v.entriesOf("names") {
			r.Names = append(r.Names, RecipeName{n.key, texts(n.value), slices.Contains(v.textsOf("optional"), n.key)})
		}
		for _, c := range v.entriesOf("columns") {
			r.Columns = append(r.Columns, RecipeColumn{c.key, c.value.flow(1000)})
		}
		list = append(list, r)
	}
	return list, found.Err()
}

var recipesShape = record(field{key: "recipes", shape: dictOf("recipe", aName, recipeShape), required: true, doc: "Recipes by name."})

// readRecipes reads recipes/*.yaml of the catalogue.
func readRecipes() ([]entry, diag.List) {
	var all []entry
	var found diag.List
	files, err := fs.Glob(catalog.Files, "recipes/*.yaml")
	if err != nil || len(files) == 0 {
		found.Errorf(diag.Pos{}, "catalog", "", "the catalogue has no recipes")
	}
	for _, file := range files {
		content, err := fs.ReadFile(catalog.Files, file)
		if err != nil {
			found.Errorf(diag.Pos{File: file}, "unreadable", "", "read the file: %v", err)
			continue
		}
		root, problems := parse(file, content)
		found = append(found, problems...)
		if root == nil {
			continue
		}
		recipesShape.check(root, "the catalogue", "", &found)
		all = append(all, root.entriesOf("recipes")...)
	}
	return all, found
}

// notAlike are the keys of a source that another one like it does not take
// over: what its rows become.
var notAlike = []string{
	"title", "why", "like", "fact", "recipe", "rows", "keys", "covers", "fresh_within", "complete", "where", "unpivot", "split", "columns",
}

// whole returns a source with what it takes over from another source and from
// a recipe.
func (l *loader) whole(e entry) *value {
	v := &value{form: mapping, pos: e.value.pos, entries: slices.Clone(e.value.entries)}
	seen := []string{e.key}
	for like := e.value.get("like"); like != nil; {
		i := slices.IndexFunc(l.parts["sources"], func(s entry) bool { return s.key == like.text })
		if i < 0 || slices.Contains(seen, like.text) {
			var others []string
			for _, s := range l.parts["sources"] {
				if s.key != e.key {
					others = append(others, s.key)
				}
			}
			hint := diag.DidYouMean(like.text, others)
			if hint == "" && len(others) > 0 {
				hint = "there are " + strings.Join(others, ", ")
			}
			l.errorf(like.pos, "unknown_source", hint, "source %q is like %q, which is no other source", e.key, like.text)
			break
		}
		seen = append(seen, like.text)
		other := l.parts["sources"][i].value
		for _, taken := range other.fitting() {
			if !slices.Contains(notAlike, taken.key) {
				v.inherit(taken)
			}
		}
		like = other.get("like")
	}
	if recipe := e.value.get("recipe"); recipe != nil {
		l.addRecipe(v, recipe, e.key)
	}
	return v
}

func (l *loader) addRecipe(v, named *value, source string) {
	if l.recipes == nil {
		var found diag.List
		l.recipes, found = readRecipes()
		l.found = append(l.found, found...)
	}
	var names []string
	for _, r := range l.recipes {
		names = append(names, r.key)
		if r.key != named.text {
			continue
		}
		for _, taken := range r.value.fitting() {
			if taken.key != "title" && taken.key != "why" && taken.key != "cites" {
				v.inherit(taken)
			}
		}
		return
	}
	hint := diag.DidYouMean(named.text, names)
	if hint == "" {
		hint = "there are " + strings.Join(names, ", ")
	}
	l.errorf(named.pos, "unknown_recipe", hint, "there is no recipe %q", named.text)
}

// inherit adds an entry to a mapping that does not have it. Of names and
// columns it adds those that the mapping does not have, before its own.
func (v *value) inherit(taken entry) {
	own := v.entry(taken.key)
	switch {
	case own == nil:
		v.entries = append(v.entries, taken)
	case taken.key == "names" || taken.key == "columns":
		if own.value.form != mapping {
			return
		}
		both := &value{form: mapping, pos: own.value.pos, bad: own.value.bad}
		for _, e := range taken.value.entries {
			if replaced := own.value.entry(e.key); replaced != nil {
				e = *replaced
			}
			both.entries = append(both.entries, e)
		}
		for _, e := range own.value.entries {
			if taken.value.entry(e.key) == nil {
				both.entries = append(both.entries, e)
			}
		}
		own.value = both
	case taken.key == "optional":
		own.value = &value{form: list, pos: own.value.pos, items: append(slices.Clone(own.value.all()), taken.value.all()...)}
	}
}

// all returns the items of a list, or a scalar as the only one.
func (v *value) all() []*value {
	if v.form == list {
		return v.items
	}
	return []*value{v}
}

// texts reads a text or a list of texts.
func texts(v *value) []string {
	var list []string
	for _, item := range v.all() {
		if !item.bad {
			list = append(list, item.text)
		}
	}
	return list
}
