package demo

import "math"

// topic separates the random streams of one account, so that a change in how
// one export is drawn leaves the others as they were.
type topic uint64

const (
	topicFamily topic = iota + 1
	topicProfile
	topicName
	topicContract
	topicContact
	topicVoice
	topicTicket
	topicActivity
	topicJourney
	topicUsage
	topicTeammate
	topicRate
	topicRecord
)

// stream is a sequence of random numbers that depends on nothing but how it
// was made. The zero value is a stream too.
type stream struct{ state uint64 }

// newStream returns the stream of one account, or of whatever number, and
// topic.
func newStream(seed uint64, number int, about topic) stream {
	return stream{mix(seed ^ mix(uint64(number)*0x9e3779b97f4a7c15+uint64(about)))}
}

// mix spreads the bits of x. Source: SplitMix64, Steele, Lea and Flood, 2014.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (s *stream) next() uint64 {
	s.state += 0x9e3779b97f4a7c15
	return mix(s.state)
}

// unit returns a number in [0, 1).
func (s *stream) unit() float64 { return float64(s.next()>>11) * 0x1p-53 }

// below returns a whole number in [0, n). n must be positive.
func (s *stream) below(n int) int { return int(s.unit() * float64(n)) }

// between returns a whole number in [low, high].
func (s *stream) between(low, high int) int { return low + s.below(high-low+1) }

// within returns a number in [low, high).
func (s *stream) within(low, high float64) float64 { return low + s.unit()*(high-low) }

// chance is true with probability p.
func (s *stream) chance(p float64) bool { return s.unit() < p }

// normal returns a draw from the standard normal distribution.
func (s *stream) normal() float64 {
	return math.Sqrt(-2*math.Log(1-s.unit())) * math.Cos(2*math.Pi*s.unit())
}

// wait returns a draw from the exponential distribution with that mean.
func (s *stream) wait(mean float64) float64 { return -mean * math.Log(1-s.unit()) }

// count returns a draw from the Poisson distribution with that mean.
func (s *stream) count(mean float64) int {
	if mean <= 0 {
		return 0
	}
	if mean > 30 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*s.normal())))
	}
	u := s.unit()
	if u < 1-mean { // below exp(-mean), without asking for it
		return 0
	}
	p := math.Exp(-mean)
	n := 0
	for sum := p; u >= sum && n < 200; sum += p {
		n++
		p *= mean / float64(n)
	}
	return n
}

// pick returns an index of weights with probability in proportion to them.
func (s *stream) pick(weights []float64) int {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	at := s.unit() * total
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// weigh returns the weight of each element, for pick.
func weigh[T any](list []T, of func(T) float64) []float64 {
	weights := make([]float64, len(list))
	for i, v := range list {
		weights[i] = of(v)
	}
	return weights
}

// one returns an element of list.
func one[T any](s *stream, list []T) T { return list[s.below(len(list))] }

// logistic maps any number into (0, 1).
func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func clamp(x, low, high float64) float64 { return math.Min(math.Max(x, low), high) }
