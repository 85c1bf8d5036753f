package match_test

import (
	"strings"
	"testing"

	"github.com/segue-cs/segue/internal/match"
)

func TestNameOf(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, key, form string }{
		{"Acme", "acme", ""},
		{"ACME, Inc.", "acme", "inc"},
		{"Acme Incorporated", "acme", "inc"},
		{"The Acme Company, LLC", "acme", "co"},
		{"Acme Corp", "acme", "corp"},
		{"Acme Holdings Limited", "acme holdings", "ltd"},
		{"Acme Co., Ltd.", "acme", "ltd"},
		{"Acme (Pty) Ltd", "acme", "pty ltd"},
		{"Acme Pte. Ltd.", "acme", "pte ltd"},
		{"Acme Sdn. Bhd.", "acme", "sdn bhd"},
		{"Müller & Söhne GmbH & Co. KG", "muller sohne", "gmbh co kg"},
		{"Müller und Söhne", "muller sohne", ""},
		{"Straße AG", "strasse", "ag"},
		{"Acme Gesellschaft mit beschränkter Haftung", "acme", "gmbh"},
		{"Foo UG (haftungsbeschränkt)", "foo", "ug"},
		{"Grupo Ejemplo, S.A. de C.V.", "grupo ejemplo", "sa de cv"},
		{"Grupo Ejemplo S A de C V", "grupo ejemplo", "sa de cv"},
		{"Ejemplo S. de R.L. de C.V.", "ejemplo", "s de rl de cv"},
		{"Société Générale S.A.", "societe generale", "sa"},
		{"Exemple SARL", "exemple", "sarl"},
		{"Esempio S.p.A.", "esempio", "spa"},
		{"Esempio S.r.l.", "esempio", "srl"},
		{"Exemplo Ltda.", "exemplo", "ltda"},
		{"Voorbeeld B.V.", "voorbeeld", "bv"},
		{"Ørsted A/S", "orsted", "as"},
		{"Telefonaktiebolaget AB (publ)", "telefonaktiebolaget", "ab"},
		{"Nokia Oyj", "nokia", "oyj"},
		{"Esimerkki Oy Ab", "esimerkki", "oy"},
		{"Przykład Sp. z o.o.", "przyklad", "sp z oo"},
		{"Příklad s.r.o.", "priklad", "sro"},
		{"Příklad, spol. s r.o.", "priklad", "sro"},
		{"Primjer d.o.o.", "primjer", "doo"},
		{"Örnek A.Ş.", "ornek", "as"},
		{"Örnek Ltd. Şti.", "ornek", "sti"},
		{"ООО «Ромашка»", "ромашка", "ооо"},
		{"Ромашка, ООО", "ромашка", "ооо"},
		{"Toyota K.K.", "toyota", "kk"},
		{"株式会社トヨタ", "トヨタ", "kk"},
		{"トヨタ㈱", "トヨタ", "kk"},
		{"华为技术有限公司", "华为技术", "有限"},
		{"주식회사 카카오", "카카오", "주식회사"},
		{"Johnson & Johnson", "johnson johnson", ""},
		{"Johnson and Johnson", "johnson johnson", ""},
		{"I.B.M.", "ibm", ""},
		{"I B M Corporation", "ibm", "corp"},
		{"McDonald's", "mcdonalds", ""},
		{"McDonald’s", "mcdonalds", ""},
		{"Économie, The", "economie", ""},
		{"Ａｃｍｅ　Ｉｎｃ", "acme", "inc"},
		{"Limited", "limited", ""},
		{"The Limited", "limited", ""},
		{"3M Company", "3m", "co"},
		{"", "", ""},
		{"   ", "", ""},
		{"---", "", ""},
		{"N/A", "", ""},
		{"Test", "", ""},
		{"X", "", ""},
		{"a\x00b\u202ec\u200d\xff Inc", "a bc", "inc"},
		{"'; DROP TABLE account; --", "drop table account", ""},
		{strings.Repeat("a", 100_000), strings.Repeat("a", 200), ""},
	}
	for _, tt := range tests {
		if got := match.NameOf(tt.name); got.Key != tt.key || got.Form != tt.form {
			t.Errorf("%.40q: got %q and %q, want %q and %q", tt.name, got.Key, got.Form, tt.key, tt.form)
		}
	}
}

// A name that is taken apart again stays what it is, and never holds what a
// terminal would act on.
func FuzzNameOf(f *testing.F) {
	for _, s := range []string{"Acme Inc.", "株式会社トヨタ", "\u202e\x1b[31m", "Σίσυφος Α.Ε.", "İstanbul", "ﬁn", "a b c d e f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		first := match.NameOf(s)
		if strings.ContainsFunc(first.Key, func(r rune) bool { return r < ' ' || r == 0x1b }) {
			t.Fatalf("%q: the key %q holds control characters", s, first.Key)
		}
		if strings.TrimSpace(first.Key) != first.Key || strings.Contains(first.Key, "  ") {
			t.Fatalf("%q: the key %q holds spaces", s, first.Key)
		}
	})
}

func TestDomain(t *testing.T) {
	t.Parallel()
	tests := []struct{ address, want string }{
		{"acme.com", "acme.com"},
		{"https://www.Acme.com/about?x=1#top", "acme.com"},
		{"http://shop.eu.acme.co.uk:8080/", "acme.co.uk"},
		{"jane.doe@mail.acme.com", "acme.com"},
		{"mailto:jane@acme.com", "acme.com"},
		{"acme.com.", "acme.com"},
		{"acme.myshopify.com", "acme.myshopify.com"},
		{"münchen.de", "xn--mnchen-3ya.de"},
		{"acme.example", "acme.example"},
		{"https://www.linkedin.com/company/acme", ""},
		{"linkedin.com", "linkedin.com"},
		{"jane@gmail.com", ""},
		{"jane@yahoo.co.jp", ""},
		{"jane@outlook.de", ""},
		{"web.de", ""},
		{"co.uk", ""},
		{"com", ""},
		{"localhost", ""},
		{"server.internal", ""},
		{"10.0.0.1", ""},
		{"http://[::1]/", ""},
		{"n/a", ""},
		{"acme.com, other.com", ""},
		{"Acme Inc", ""},
		{"", ""},
		{"@", ""},
		{"http://", ""},
		{"a..b", ""},
		{strings.Repeat("a.", 5000) + "com", ""},
		{"<script>.com", ""},
	}
	for _, tt := range tests {
		if got := match.Domain(tt.address); got != tt.want {
			t.Errorf("%.60q: got %q, want %q", tt.address, got, tt.want)
		}
	}
}

func TestWithin(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		most int
		want bool
	}{
		{"initech", "inittech", 1, true},
		{"initech", "initeck", 1, true},
		{"initech", "inietch", 1, true}, // two neighbours swapped
		{"initech", "intiehc", 1, false},
		{"initech", "iinitechh", 1, false},
		{"initech", "iinitechh", 2, true},
		{"müller", "möller", 1, true}, // characters that share a byte in front
		{"müller", "mller", 1, true},
		{"aéb", "aèb", 1, true},
		{"東京電力", "東京電気", 1, true}, // and ones that share two
		{"aabaa", "aaa", 2, true},
		{"aaaa", "aaa", 1, true},
		{"store12", "store13", 1, false},
		{"store12", "store122", 2, false},
		{"7store", "7stoer", 1, true},
		{"", "ab", 1, false},
		{"", "a", 1, true},
	} {
		if got := match.Within(tt.a, tt.b, tt.most); got != tt.want {
			t.Errorf("%s and %s within %d: got %v, want %v", tt.a, tt.b, tt.most, got, tt.want)
		}
		if got := match.Within(tt.b, tt.a, tt.most); got != tt.want {
			t.Errorf("%s and %s within %d: got %v, want %v", tt.b, tt.a, tt.most, got, tt.want)
		}
	}
}
