package spec

import (
	"github.com/segue-cs/segue/internal/diag"
	"github.com/segue-cs/segue/internal/fact"
	"github.com/segue-cs/segue/internal/rule"
)

// readRows reads which rows of a source count, and what one becomes.
func (l *loader) readRows(m *fact.Mapping, v *value) {
	for _, e := range v.entriesOf("names") {
		if m.Names == nil {
			m.Names = map[string][]string{}
		}
		m.Names[e.key] = texts(e.value)
	}
	m.Optional = v.textsOf("optional")
	m.Where = l.formula(v.get("where"), rule.TypeBool)
	if u := v.get("unpivot"); u != nil {
		m.Unpivot = &fact.Unpivot{
			Columns: u.textsOf("columns"), Except: u.textsOf("except"), Name: u.textOf("name"), Value: u.textOf("value"), Empty: u.textOf("next_empty"),
			Pos: u.posOf("columns"),
		}
		switch name, value := m.Unpivot.NameColumn(), m.Unpivot.ValueColumn(); {
		case name == value:
			l.errorf(u.posOf("value"), "duplicate_name", "choose another", "the names and the values of an unpivot share the column %q", name)
		case m.Unpivot.Empty == name || m.Unpivot.Empty == value:
			l.errorf(u.posOf("next_empty"), "duplicate_name", "choose another", "next_empty of an unpivot shares the column %q with its names or values", m.Unpivot.Empty)
		}
	}
	if s := v.get("split"); s != nil {
		m.Split = &fact.Split{Column: s.textOf("column"), By: s.textOf("by"), Pos: s.posOf("column")}
		if m.Split.By == "" {
			l.errorf(s.posOf("by"), "wrong_value", `such as by: ";"`, "nothing stands between the items of %q", m.Split.Column)
		}
	}
}

// formula checks a formula over the columns of a file. It returns nil when
// there is none, or a finding.
func (l *loader) formula(v *value, want rule.Type) *rule.Expr {
	if v == nil {
		return nil
	}
	if l.rows == nil {
		env, err := rule.NewRowEnv()
		if err != nil {
			l.errorf(diag.Pos{}, "unreadable", "", "%v", err)
			return nil
		}
		l.rows = env
	}
	x, found := l.rows.Compile(v.source(), want, v.inside)
	l.found = append(l.found, found...)
	return x
}
