package bench_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"
	"time"

	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/spec"
)

// placed places all customers by the workload, and returns the engine with one
// bound of it edited: no metric changes.
func placed(ctx context.Context, e *pipeline.Engine) (*pipeline.Engine, error) {
	names, err := fs.Glob(workload, "workload/*.yaml")
	if err != nil {
		return nil, err
	}
	e.Files = map[string]string{}
	files, edited := map[string]string{}, fstest.MapFS{}
	bound := false
	for _, name := range names {
		text, err := fs.ReadFile(workload, name)
		if err != nil {
			return nil, err
		}
		short := strings.TrimPrefix(name, "workload/")
		e.Files[short] = string(text)
		files[short] = strings.Replace(string(text), "high: 50000,", "high: 60000,", 1)
		bound = bound || files[short] != e.Files[short]
		edited[short] = &fstest.MapFile{Data: []byte(files[short])}
	}
	if !bound {
		return nil, errors.New("the workload has no bound to edit")
	}
	if _, err := e.Run(ctx, pipeline.RunRequest{Now: planNow()}); err != nil {
		return nil, err
	}
	s, problems := spec.Load(edited)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return &pipeline.Engine{Warehouse: e.Warehouse, State: e.State, Strategy: s, Files: files}, nil
}

func planNow() time.Time { return asOf.Time().Add(12 * time.Hour) }

func planOf(ctx context.Context, e *pipeline.Engine) (string, error) {
	plan, err := e.Plan(ctx, pipeline.PlanRequest{Now: planNow(), Limit: 10})
	if err == nil && plan.Moves() == 0 {
		err = errors.New("the edited bound moves nobody")
	}
	return fmt.Sprint(plan.Moves(), " moves"), err
}
