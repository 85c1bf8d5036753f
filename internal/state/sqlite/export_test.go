package sqlite

// Migrate is migrate, for tests that bring their own migrations.
var Migrate = migrate
