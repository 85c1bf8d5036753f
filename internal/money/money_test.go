package money_test

import (
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/segue-cs/segue/internal/money"
)

func TestAmountText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		amount        money.Amount
		text, rounded string
	}{
		{"dollars", money.Amount{Minor: 123456789, Currency: "USD"}, "$1,234,567.89", "$1,234,568"},
		{"cents only", money.Amount{Minor: 5, Currency: "USD"}, "$0.05", "$0"},
		{"a debt", money.Amount{Minor: -123456, Currency: "EUR"}, "-€1,234.56", "-€1,235"},
		{"a small debt", money.Amount{Minor: -40, Currency: "GBP"}, "-£0.40", "£0"},
		{"no decimals", money.Amount{Minor: 1234, Currency: "JPY"}, "¥1,234", "¥1,234"},
		{"three decimals", money.Amount{Minor: 1234567, Currency: "BHD"}, "BHD 1,234.567", "BHD 1,235"},
		{"half a unit, to even", money.Amount{Minor: 250, Currency: "USD"}, "$2.50", "$2"},
		{"half a unit, up to even", money.Amount{Minor: 350, Currency: "USD"}, "$3.50", "$4"},
		{"a debt of half a unit", money.Amount{Minor: -250, Currency: "USD"}, "-$2.50", "-$2"},
		{"nothing", money.Amount{Currency: "CHF"}, "CHF 0.00", "CHF 0"},
		{"the largest amount", money.Amount{Minor: math.MaxInt64, Currency: "USD"}, "$92,233,720,368,547,758.07", "$92,233,720,368,547,758"},
		{"the smallest amount", money.Amount{Minor: math.MinInt64, Currency: "USD"}, "-$92,233,720,368,547,758.08", "-$92,233,720,368,547,758"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.amount.String(); got != tt.text {
				t.Errorf("text: got %s, want %s", got, tt.text)
			}
			if got := tt.amount.Rounded(); got != tt.rounded {
				t.Errorf("rounded: got %s, want %s", got, tt.rounded)
			}
		})
	}
}

func TestFromMajor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		major    float64
		currency money.Currency
		want     int64
	}{
		{"cents", 12.34, "USD", 1234},
		{"half a cent that binary can hold, to even", 0.125, "USD", 12},
		{"half a cent that binary can hold, up to even", 0.375, "USD", 38},
		{"a number below the half that is written", 1.005, "USD", 100}, // 1.00499999999999989...
		{"no decimals", 2.5, "JPY", 2},
		{"a debt", -0.375, "USD", -38},
		{"what is no number", math.NaN(), "USD", 0},
		{"infinity", math.Inf(1), "USD", 0},
		{"more than there is", 1e300, "USD", math.MaxInt64},
		{"a debt of more than there is", -1e300, "USD", math.MinInt64},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := money.FromMajor(tt.major, tt.currency); got.Minor != tt.want || got.Currency != tt.currency {
				t.Errorf("got %+v, want %d %s", got, tt.want, tt.currency)
			}
		})
	}
}

func TestParseCurrency(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		want       money.Currency
	}{
		{"capitals", "USD", "USD"},
		{"small letters and spaces", " eur ", "EUR"},
		{"a sign", "$", ""},
		{"a word", "dollars", ""},
		{"nothing", "", ""},
		{"letters of another alphabet", "ДОЛ", ""},
	} {
		got, err := money.ParseCurrency(tt.text)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: got %q (%v), want %q", tt.name, got, err, tt.want)
		}
	}
}

func TestAddRefusesTwoCurrencies(t *testing.T) {
	t.Parallel()
	usd, eur := money.Amount{Minor: 1, Currency: "USD"}, money.Amount{Minor: 2, Currency: "EUR"}
	if _, err := usd.Add(eur); !errors.Is(err, money.ErrCurrencies) {
		t.Errorf("got %v, want ErrCurrencies", err)
	}
	sum, err := usd.Add(usd)
	if err != nil || sum.Minor != 2 || sum.Currency != "USD" {
		t.Errorf("got %+v (%v), want 2 USD", sum, err)
	}
}

// A text says the amount: without its signs it is minor units over a power of
// ten; and amounts that doubles hold exactly come back from major units.
func TestAmountLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := money.Amount{
			Minor:    rapid.Int64().Draw(t, "minor"),
			Currency: rapid.SampledFrom([]money.Currency{"USD", "JPY", "BHD", "CLF", "SEK"}).Draw(t, "currency"),
		}
		digits := strings.NewReplacer(",", "", "$", "", "¥", "", string(a.Currency)+" ", "").Replace(a.String())
		said, ok := new(big.Rat).SetString(digits)
		if !ok {
			t.Fatalf("%q is no number", digits)
		}
		unit := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(a.Currency.Exponent())), nil))
		if want := new(big.Rat).Quo(new(big.Rat).SetInt64(a.Minor), unit); said.Cmp(want) != 0 {
			t.Errorf("%d %s reads %q", a.Minor, a.Currency, a)
		}
		if a.Minor > -1<<50 && a.Minor < 1<<50 {
			if got := money.FromMajor(a.Major(), a.Currency); got != a {
				t.Errorf("got %+v from major units, want %+v", got, a)
			}
		}
	})
}
