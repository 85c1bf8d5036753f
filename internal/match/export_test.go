package match

// Within is how names that differ by a slip are told.
var Within = within
