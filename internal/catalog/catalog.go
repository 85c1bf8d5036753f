// Package catalog holds what comes ready made: the kinds of fact that every
// customer success team records, and the approaches to segmentation with their
// metrics, dimensions and strategies, in the format in which a strategy
// declares its own. Package spec reads it.
package catalog

import "embed"

// Files holds facts/*.yaml, one fact kind each, recipes/*.yaml, ready-made
// mappings of common exports, and the approaches, one file each with where it
// comes from: lenses/*.yaml, measures/*.yaml and strategies/*.yaml. All are
// written as a strategy's files are; an approach also says under `approach:`
// what it is for.
//
//go:embed facts/*.yaml recipes/*.yaml lenses/*.yaml measures/*.yaml strategies/*.yaml
var Files embed.FS

// Order lists the approaches as people should meet them: lenses by what they
// say of a customer, then measures, then strategies from the plainest on.
var Order = []string{
	"lenses/value", "lenses/potential", "lenses/wallet", "lenses/alignment", "lenses/usage", "lenses/commitment",
	"lenses/firmographic", "lenses/need", "lenses/industry", "lenses/product", "lenses/geo", "lenses/stage",
	"lenses/experience", "lenses/effort", "lenses/fit",
	"measures/retention", "measures/renewal", "measures/onboarding", "measures/voice", "measures/health",
	"strategies/value_tiers", "strategies/value_potential", "strategies/needs_based", "strategies/usage_commitment",
	"strategies/journey_plays", "strategies/renewal_cycle",
}
