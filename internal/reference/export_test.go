package reference

// Example is one example of the condition language.
type Example struct{ Given, Source, Want string }

// AllExamples returns all of them.
func AllExamples() []Example {
	all := append(append([]example{}, missingExamples...), unitExamples...)
	for _, f := range append(append([]form{}, operators...), functions...) {
		all = append(all, f.examples...)
	}
	var list []Example
	for _, e := range all {
		list = append(list, Example{e.given, e.source, e.want})
	}
	return list
}

// FunctionForms returns how functions are written.
func FunctionForms() []string {
	var list []string
	for _, f := range functions {
		list = append(list, f.written)
	}
	return list
}

// Finding is one code with what its example prints.
type Finding struct {
	Code, Means, Remedy, Printed string
	HasFile                      bool
	Others                       []string // codes of errors that the example has beside its own
}

// Findings returns all that are documented.
func Findings() []Finding {
	var list []Finding
	for _, g := range findingGroups {
		for _, f := range g.findings {
			d := Finding{Code: f.code, Means: f.means, Remedy: f.remedy, Printed: f.printed(), HasFile: f.file != ""}
			if d.HasFile {
				for _, other := range f.found() {
					if other.Code != f.code {
						d.Others = append(d.Others, other.String())
					}
				}
			}
			list = append(list, d)
		}
	}
	return list
}
