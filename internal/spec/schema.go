package spec

import (
	"encoding/json"
	"strings"
)

// SchemaID names the schema of strategies; editors only compare it.
const SchemaID = "urn:segue:strategy"

// Schema returns the JSON Schema (2020-12) of a strategy's files for editors:
// of *.test.yaml files where they have tests, of all others otherwise. It is
// written from what Load checks files against.
func Schema() []byte {
	schema := jsonSchema(strategyShape)
	tests := jsonSchema(testShape)
	root := object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", SchemaID},
		{"title", "Segue strategy"},
		{"if", object{{"required", []string{"tests"}}}},
		{"then", tests},
		{"else", schema},
	}
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil { // texts, booleans and lists
		return nil
	}
	return append(text, '\n')
}

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	key   string
	value any
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(m.key)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return []byte(b.String()), nil
}

func jsonSchema(s *shape) object {
	switch s.kind {
	case ofAny:
		var any []object
		for _, a := range s.any {
			any = append(any, jsonSchema(a))
		}
		return object{{"anyOf", any}}
	case ofList:
		return object{{"type", "array"}, {"items", jsonSchema(s.item)}}
	case ofDict:
		o := object{{"type", "object"}}
		if s.keys.pattern != nil {
			o = append(o, member{"propertyNames", object{{"pattern", s.keys.pattern.String()}}})
		}
		return append(o, member{"additionalProperties", jsonSchema(s.item)})
	case ofRecord:
		return recordSchema(s)
	case ofNull:
		return object{{"type", "null"}}
	case ofNumber:
		return object{{"type", "number"}}
	case ofBool:
		if s.words != nil {
			return object{{"const", true}}
		}
		return object{{"type", "boolean"}}
	}
	return textSchema(s)
}

// textSchema takes anything that is not a list or a mapping: without quotes a
// text may look like a number or like true.
func textSchema(s *shape) object {
	var o object
	switch {
	case s.words != nil:
		o = object{{"enum", s.words}}
	case s.pattern != nil && s.pattern.MatchString("1"):
		o = object{{"type", []string{"string", "number"}}, {"pattern", s.pattern.String()}}
	case s.pattern != nil:
		o = object{{"type", "string"}, {"pattern", s.pattern.String()}}
	case s == day:
		o = object{{"type", "string"}, {"format", "date"}}
	default:
		o = object{{"type", []string{"string", "number", "boolean"}}}
	}
	if s.doc != "" {
		o = append(o, member{"description", s.doc})
	}
	return o
}

func recordSchema(s *shape) object {
	var properties, dependent object
	var required []string
	for _, f := range s.fields {
		field := jsonSchema(f.shape)
		if f.doc != "" {
			field = append(object{{"description", f.doc}}, without(field, "description")...)
		}
		properties = append(properties, member{f.key, field})
		if f.required {
			required = append(required, f.key)
		}
		if f.needs != "" {
			dependent = append(dependent, member{f.key, []string{f.needs}})
		}
	}
	o := object{{"type", "object"}, {"properties", properties}, {"additionalProperties", false}}
	if required != nil {
		o = append(o, member{"required", required})
	}
	if dependent != nil {
		o = append(o, member{"dependentRequired", dependent})
	}
	var all []object
	for _, c := range s.choose {
		var one []object
		for _, key := range c.keys {
			one = append(one, object{{"required", []string{key}}})
		}
		choice := object{{"oneOf", one}}
		if c.given != "" {
			choice = object{{"if", object{{"required", []string{c.given}}}}, {"then", choice}}
		}
		all = append(all, choice)
	}
	if all != nil {
		o = append(o, member{"allOf", all})
	}
	return o
}

func without(o object, key string) object {
	var rest object
	for _, m := range o {
		if m.key != key {
			rest = append(rest, m)
		}
	}
	return rest
}
