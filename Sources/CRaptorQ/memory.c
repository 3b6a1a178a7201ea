#include "CRaptorQ.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAPPED = 256 << 10, LARGE_PAGE = 2 << 20 };

static size_t rounded(size_t size, size_t unit) { return (size + unit - 1) / unit * unit; }

// Memory of blocks is mapped and unmapped, not left to the heap: what is given back is gone at once.
uint8_t *crq_allocate(size_t size, int huge) {
    if (size > PTRDIFF_MAX - 2 * LARGE_PAGE) return NULL;
    if (size < MAPPED) return aligned_alloc(CRQ_UNIT, rounded(size + 1, CRQ_UNIT));
    const size_t margin = huge && size >= LARGE_PAGE ? LARGE_PAGE : 0;
    uint8_t *mapped = mmap(NULL, size + margin, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return NULL;
    if (!margin) return mapped;
    const size_t page = sysconf(_SC_PAGESIZE);
    uint8_t *memory = (uint8_t *)rounded((size_t)mapped, LARGE_PAGE);
    uint8_t *end = memory + rounded(size, page), *mapped_end = mapped + rounded(size + margin, page);
    if (memory > mapped) munmap(mapped, memory - mapped);
    if (mapped_end > end) munmap(end, mapped_end - end);
    madvise(memory, size, MADV_HUGEPAGE);
    return memory;
}

void crq_free(uint8_t *memory, size_t size) {
    if (size < MAPPED)
        free(memory);
    else
        munmap(memory, size);
}
