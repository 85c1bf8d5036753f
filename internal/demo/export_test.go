package demo

// TeammateOf returns the name and address of a member of a block's team.
func TeammateOf(block, member int) (name, address string) { return new(base).teammate(block, member) }

// TeamSize is the number of members of a block's team.
var TeamSize = len(teamRoles)
