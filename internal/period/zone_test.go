package period_test

import (
	"testing"
	"time"

	"github.com/segue-cs/segue/internal/period"
	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) period.Zone {
	t.Helper()
	z, err := period.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func instant(t testing.TB, s string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMicro()
}

func TestStart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, zone, day, want string }{
		{"a plain day", "Europe/Berlin", "2026-01-15", "2026-01-14T23:00:00Z"},
		{"UTC as the unnamed zone", "", "2026-01-15", "2026-01-15T00:00:00Z"},
		{"a clock that skips midnight", "America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"},
		{"a day that the zone skips", "Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"},
		{"the day after it", "Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
		{"a midnight that comes twice", "America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z"},
		{"a skip across midnight", "America/Toronto", "1919-03-31", "1919-03-31T04:30:00Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			day, err := period.ParseDate(tt.day)
			if err != nil {
				t.Fatal(err)
			}
			got := time.UnixMicro(zone(t, tt.zone).Start(day)).UTC().Format(time.RFC3339)
			if got != tt.want {
				t.Errorf("start of %s in %s: got %s, want %s", tt.day, tt.zone, got, tt.want)
			}
		})
	}
}

var zones = []string{
	"UTC", "America/New_York", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia", "America/St_Johns",
	"Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Kwajalein", "Asia/Gaza", "America/Toronto",
}

// Start is the first instant of its day: the instant before is of an earlier
// day.
func TestStartIsFirst(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		z, err := period.LoadZone(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		day := period.Date(rapid.Int32Range(int32(period.Earliest), int32(period.Latest)).Draw(t, "day"))
		start := z.Start(day)
		if got := z.Date(start); got < day || got > day+1 {
			t.Errorf("start of %s lies on %s", day, got)
		}
		if got := z.Date(start - 1); got >= day {
			t.Errorf("an instant before the start of %s lies on %s", day, got)
		}
	})
}

func TestClock(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, zone, civil, want string }{
		{"a plain time", "Europe/Berlin", "2026-07-01T12:00:00Z", "2026-07-01T10:00:00Z"},
		{"a time that is skipped", "Europe/Berlin", "2026-03-29T02:30:00Z", "2026-03-29T01:30:00Z"},
		{"a time that comes twice", "Europe/Berlin", "2026-10-25T02:30:00Z", "2026-10-25T00:30:00Z"},
		{"the last of the first pass", "Europe/Berlin", "2026-10-25T02:59:59Z", "2026-10-25T00:59:59Z"},
		{"the first that comes once again", "Europe/Berlin", "2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z"},
		{"a midnight that is skipped", "America/Sao_Paulo", "2018-11-04T00:00:00Z", "2018-11-04T03:00:00Z"},
		{"a day that is skipped", "Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-30T22:00:00Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			clock := zone(t, tt.zone).Clock(period.Earliest, period.Latest)
			got := time.UnixMicro(clock.Instant(instant(t, tt.civil))).UTC().Format(time.RFC3339)
			if got != tt.want {
				t.Errorf("%s in %s: got %s, want %s", tt.civil, tt.zone, got, tt.want)
			}
		})
	}
}

// A civil time that the clocks show comes back from its instant, and no
// earlier instant shows it; one that they skip comes out later.
func TestClockAgreesWithZone(t *testing.T) {
	t.Parallel()
	clocks := map[string]*period.Clock{}
	for _, name := range zones {
		clocks[name] = zone(t, name).Clock(period.Earliest, period.Latest)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(zones).Draw(t, "zone")
		z, _ := period.LoadZone(name)
		clock := clocks[name]
		offsets := z.Offsets(period.NewDate(1910, 1, 1).Micros(), period.NewDate(2060, 1, 1).Micros())
		near := offsets[rapid.IntRange(0, len(offsets)-1).Draw(t, "change")]
		civil := near.From + near.Micros + rapid.Int64Range(-3*3600, 3*3600).Draw(t, "seconds")*1_000_000

		at := clock.Instant(civil)
		shown := z.Civil(at)
		if got := clock.Civil(at); got != shown {
			t.Errorf("civil time of an instant: got %d, want %d", got, shown)
		}
		if shown < civil {
			t.Errorf("%s: the clocks show a time earlier than was asked for, by %d", name, civil-shown)
		}
		for _, o := range offsets {
			if earlier := civil - o.Micros; earlier < at && z.Civil(earlier) == civil {
				t.Errorf("%s: an earlier instant shows the same time", name)
			}
			if shown != civil && z.Civil(civil-o.Micros) == civil {
				t.Errorf("%s: the time is shown, yet counts as skipped", name)
			}
		}
	})
}

func TestOffsetsCoverEveryInstant(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		z, _ := period.LoadZone(rapid.SampledFrom(zones).Draw(t, "zone"))
		from := rapid.Int64Range(period.Earliest.Micros(), period.Latest.Micros()).Draw(t, "from")
		to := from + rapid.Int64Range(0, 1000*period.MicrosPerDay).Draw(t, "length")
		at := rapid.Int64Range(from, to).Draw(t, "at")
		list := z.Offsets(from, to)
		if list[0].From > from {
			t.Fatalf("first stretch begins at %d, after %d", list[0].From, from)
		}
		var offset int64
		for _, o := range list {
			if o.From <= at {
				offset = o.Micros
			}
		}
		if at < to && at+offset != z.Civil(at) {
			t.Errorf("civil time of %d: got %d, want %d", at, at+offset, z.Civil(at))
		}
	})
}

func TestLoadZoneRefuses(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Local", "Berlin", "../etc/passwd", "UTC+2"} {
		if _, err := period.LoadZone(name); err == nil {
			t.Errorf("zone %q was accepted", name)
		}
	}
}
