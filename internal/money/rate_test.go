package money_test

import (
	"testing"

	"github.com/segue-cs/segue/internal/money"
)

func TestRateOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		from, to money.Currency
		want     money.Rate
	}{
		// 1 cent x 1.015 = 1015000 / 10^6 cents
		{"two currencies with cents", "GBP", "USD", money.Rate{Millionths: 1_015_000, Divisor: 1_000_000}},
		// 1 yen x 1.015 = 101.5 cents
		{"yen into cents", "JPY", "USD", money.Rate{Millionths: 1_015_000, Divisor: 10_000}},
		{"cents into yen", "USD", "JPY", money.Rate{Millionths: 1_015_000, Divisor: 100_000_000}},
		{"fils into yen", "BHD", "JPY", money.Rate{Millionths: 1_015_000, Divisor: 1_000_000_000}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := money.RateOf(tt.from, tt.to, 1_015_000); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}
