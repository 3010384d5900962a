// What OpenBLAS has beside its BLAS functions: its threads, and its work buffers. All is looked up weakly: another build of BLAS lacks it, and
// then there is nothing to do.
#define _GNU_SOURCE
#include "CKernels.h"
#include <sys/mman.h>
#include <unistd.h>

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

#ifdef __ELF__
extern int blas_thread_shutdown_(void) __attribute__((weak));
extern void *blas_memory_alloc(int) __attribute__((weak));
extern void blas_memory_free(void *) __attribute__((weak));
#else
static int (*const blas_thread_shutdown_)(void);
static void *(*const blas_memory_alloc)(int);
static void (*const blas_memory_free)(void *);
#endif

#define BUFFER_BYTES ((size_t)128 << 20)  // of one work buffer
#define PAGE 4096
#define MOST_BUFFERS 64

// Where the system refuses a buffer, OpenBLAS asks again without end, its threads as soon as they start.
size_t zk_refused_product_buffers(size_t count) {
    // Only what limits the address space counts: OpenBLAS takes as many as compute at once, and touches little of each.
    size_t bytes = count * BUFFER_BYTES;
    void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) return bytes;
    munmap(room, bytes);
    return 0;
}

void zk_end_product_threads(void) {
    long processors = sysconf(_SC_NPROCESSORS_CONF);
    // A thread that still asks for its buffer cannot be waited for.
    if (!blas_thread_shutdown_ || processors < 1 || zk_refused_product_buffers((size_t)processors)) return;
    blas_thread_shutdown_();
}

// OpenBLAS' kernels fetch ahead beyond the end of what they packed. Where a buffer's next page was never touched, each such prefetch walks the
// page table in vain: on a virtual machine with AMD Zen 1 a product of 192 x 192 x 6304 then runs at 10 GFLOP/s instead of 34. Large products
// touch the pages by themselves; ours are tiles, and small.
void zk_touch_product_buffers(size_t count, size_t bytes) {
    if (!blas_memory_alloc || !blas_memory_free) return;
    void *buffers[MOST_BUFFERS];
    if (count > MOST_BUFFERS) count = MOST_BUFFERS;
    // All are taken before one is given back: the allocator hands out the first that is free.
    for (size_t i = 0; i < count; i++) {
        buffers[i] = blas_memory_alloc(0);
        // Read, not written: the pages are mapped, and take no memory yet.
        const volatile char *start = buffers[i];
        for (size_t offset = 0; start && offset < bytes; offset += PAGE) (void)start[offset];
    }
    for (size_t i = 0; i < count; i++) {
        if (buffers[i]) blas_memory_free(buffers[i]);
    }
}
