package sqlite

import "embed"

// The statements, each a file of sql of the same name.
var (
	//go:embed sql/batch_begin.sql
	batchBeginSQL string

	//go:embed sql/batch_end.sql
	batchEndSQL string

	//go:embed sql/batch_imports.sql
	batchImportsSQL string

	//go:embed sql/batch_recover.sql
	batchRecoverSQL string

	//go:embed sql/batch_settled.sql
	batchSettledSQL string

	//go:embed sql/batch_status.sql
	batchStatusSQL string

	//go:embed sql/batch_watermark.sql
	batchWatermarkSQL string
	//go:embed sql/batch_known_before.sql
	batchKnownBeforeSQL string

	//go:embed sql/decision_insert.sql
	decisionInsertSQL string

	//go:embed sql/decision_list.sql
	decisionListSQL string

	//go:embed sql/decision_scrub.sql
	decisionScrubSQL string

	//go:embed sql/erasure_finish.sql
	erasureFinishSQL string

	//go:embed sql/erasure_insert.sql
	erasureInsertSQL string

	//go:embed sql/erasure_key_insert.sql
	erasureKeyInsertSQL string

	//go:embed sql/erasure_key_list.sql
	erasureKeyListSQL string

	//go:embed sql/erasure_list.sql
	erasureListSQL string

	//go:embed sql/file_insert.sql
	fileInsertSQL string

	//go:embed sql/file_list.sql
	fileListSQL string

	//go:embed sql/lens_list.sql
	lensListSQL string

	//go:embed sql/lens_save.sql
	lensSaveSQL string

	//go:embed sql/pass_insert.sql
	passInsertSQL string

	//go:embed sql/pass_list.sql
	passListSQL string

	//go:embed sql/run_drop.sql
	runDropSQL string

	//go:embed sql/run_insert.sql
	runInsertSQL string

	//go:embed sql/run_list.sql
	runListSQL string

	//go:embed sql/run_result_insert.sql
	runResultInsertSQL string

	//go:embed sql/run_result_list.sql
	runResultListSQL string

	//go:embed sql/run_step_insert.sql
	runStepInsertSQL string

	//go:embed sql/run_step_list.sql
	runStepListSQL string

	//go:embed sql/summary_scrub.sql
	summaryScrubSQL string

	//go:embed sql/version_file_insert.sql
	versionFileInsertSQL string

	//go:embed sql/version_file_list.sql
	versionFileListSQL string

	//go:embed sql/version_insert.sql
	versionInsertSQL string

	//go:embed sql/version_list.sql
	versionListSQL string

	//go:embed sql/version_newest.sql
	versionNewestSQL string
)

//go:embed migrations/*.sql
var migrationFiles embed.FS
