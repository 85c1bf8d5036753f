package duckdb

/*
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>

// The engine's allocator, jemalloc under a prefix. Weak: a build against a library without it does without.
int duckdb_je_mallctl(const char *, void *, size_t *, void *, size_t) __attribute__((weak));
void *duckdb_je_mallocx(size_t, int) __attribute__((weak));
void duckdb_je_dallocx(void *, int) __attribute__((weak));

enum { lg_huge = 21, chunk = 64 << 20, per_arena = 8, budget = 64 };

// of_arena gives the flags of mallocx for memory of an arena at a huge page's border, past the thread's cache.
static int of_arena(unsigned arena) { return (int)(arena + 1) << 20 | 1 << 8 | lg_huge; }

// advise_arena takes chunks from an arena, advises them and gives them back for it to keep.
static int advise_arena(unsigned arena, unsigned chunks) {
	void *taken[per_arena];
	int advised = 0;
	for (unsigned i = 0; i < chunks; i++) {
		taken[i] = duckdb_je_mallocx(chunk, of_arena(arena));
		if (taken[i] && madvise(taken[i], chunk, MADV_HUGEPAGE) == 0) {
			advised++;
		}
	}
	for (unsigned i = 0; i < chunks; i++) {
		if (taken[i]) {
			duckdb_je_dallocx(taken[i], of_arena(arena));
		}
	}
	char purge[32];
	snprintf(purge, sizeof purge, "arena.%u.purge", arena);
	duckdb_je_mallctl(purge, NULL, NULL, NULL, 0);
	return advised;
}

static int advise_huge_pages(void) {
	if (!duckdb_je_mallctl || !duckdb_je_mallocx || !duckdb_je_dallocx) {
		return 0;
	}
	unsigned arenas = 0;
	size_t size = sizeof arenas;
	if (duckdb_je_mallctl("arenas.narenas", &arenas, &size, NULL, 0) || arenas == 0) {
		return 0;
	}
	unsigned chunks = budget / arenas;
	chunks = chunks < 1 ? 1 : chunks > per_arena ? per_arena : chunks;
	int advised = 0;
	for (unsigned i = 0; i < arenas; i++) {
		advised += advise_arena(i, chunks);
	}
	return advised;
}
*/
import "C"

import "sync"

// adviseHugePages asks the kernel, once in a process, for pages of 2 MiB below the engine's memory, and gives the number of chunks of
// 64 MiB so advised: 8 of each of the allocator's arenas, fewer where there are many arenas. The chunks are addresses and no memory
// until they are used. Zero where the engine has another allocator or the kernel has no such pages.
//
// A run touches its memory once, so that a new process pays for its pages: docs/adr/0016-huge-pages.md has what was measured.
var adviseHugePages = sync.OnceValue(func() int { return int(C.advise_huge_pages()) })
