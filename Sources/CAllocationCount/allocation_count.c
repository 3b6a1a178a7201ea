// Counts by taking the place of the C library's functions, which a program may define for itself; each then does what
// the library's own does. The count is the thread's, so that other threads do not matter.

#include "include/CAllocationCount.h"
#include <errno.h>
#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_OTHER_ALLOCATOR 1
#endif
#endif

static _Thread_local uint64_t count __attribute__((tls_model("initial-exec")));

uint64_t lc_allocation_count(void) { return count; }

#if HAS_OTHER_ALLOCATOR

int lc_counts_allocations(void) { return 0; }

#else

int lc_counts_allocations(void) { return 1; }

// Of glibc, under names that stay its own.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t number, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
    count++;
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count++;
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    count++;
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count++;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
    count++;
    void *octets = __libc_memalign(alignment, size);
    if (!octets) return ENOMEM;
    *result = octets;
    return 0;
}

#endif
