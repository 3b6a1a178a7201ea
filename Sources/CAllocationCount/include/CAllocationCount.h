#pragma once
#include <stdint.h>

/// How often this thread has asked for memory so far: every malloc, calloc, realloc and aligned allocation of the program
/// and its libraries. Only in programs that are linked with this; not with the address or thread sanitizer, whose own
/// allocators come first.
uint64_t lc_allocation_count(void);

/// 0 where allocations cannot be counted: see above.
int lc_counts_allocations(void);
