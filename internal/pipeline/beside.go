package pipeline

import "context"

// aside is an answer that is looked for beside other work.
type aside[T any] struct {
	cancel context.CancelFunc
	done   chan struct{}
	answer T
	err    error
}

// beside begins to look for an answer. The caller stops it in the end.
func beside[T any](ctx context.Context, look func(context.Context) (T, error)) *aside[T] {
	ctx, cancel := context.WithCancel(ctx)
	a := &aside[T]{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(a.done)
		a.answer, a.err = look(ctx)
	}()
	return a
}

// wait returns the answer once it is there. It may be called again.
func (a *aside[T]) wait() (T, error) {
	<-a.done
	return a.answer, a.err
}

// stop gives up looking and returns when nothing is under way any more.
func (a *aside[T]) stop() {
	a.cancel()
	<-a.done
}
