// Files that are mapped, and cut by another process, or unreadable, when a page of them is needed: the processor then raises SIGBUS, which ends a
// process. Here the pages that are lost are replaced by zeros and the loss is noted, so that the computation runs on and its result can be
// thrown away with an error.
#define _GNU_SOURCE
#include "CKernels.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST 4096

typedef struct {
    _Atomic(uintptr_t) start;  // 0 for an entry that is not used
    _Atomic(uintptr_t) end;
    _Atomic(int32_t *) lost;
} mapping;

static mapping mappings[MOST];
static _Atomic(size_t) used;  // no entry from here on was ever used
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct sigaction earlier;
static uintptr_t page_size;
static int is_installed;

static void handle(int number, siginfo_t *info, void *context) {
    int saved = errno;
    uintptr_t place = (uintptr_t)info->si_addr;
    size_t count = atomic_load(&used);
    for (size_t i = 0; i < count && info->si_code > 0; i++) {
        uintptr_t start = atomic_load(&mappings[i].start), end = atomic_load(&mappings[i].end);
        int32_t *lost = atomic_load(&mappings[i].lost);
        if (!start || place < start || place >= end || !lost) continue;
        // What lies behind the page is lost with it: a file is cut at its end.
        uintptr_t page = place / page_size * page_size;
        if (mmap((void *)page, end - page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) break;
        __atomic_store_n(lost, 1, __ATOMIC_SEQ_CST);
        errno = saved;
        return;
    }
    errno = saved;
    // Not of a file of ours: what would have happened without this.
    if (earlier.sa_flags & SA_SIGINFO) {
        earlier.sa_sigaction(number, info, context);
    } else if (earlier.sa_handler == SIG_DFL || earlier.sa_handler == SIG_IGN) {
        struct sigaction standard = {.sa_handler = SIG_DFL};
        sigaction(number, &standard, NULL);
        if (info->si_code <= 0) raise(number);  // sent by a process; else the instruction is tried again
    } else {
        earlier.sa_handler(number);
    }
}

static void install(void) {
    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    is_installed = sigaction(SIGBUS, &action, &earlier) == 0;
}

int zk_guard_mapping(const void *start, size_t count, int32_t *lost) {
    pthread_once(&once, install);
    if (!is_installed || count == 0) return -1;
    int result = -1;
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < MOST && result < 0; i++) {
        if (atomic_load(&mappings[i].start)) continue;
        atomic_store(&mappings[i].lost, lost);
        atomic_store(&mappings[i].end, ((uintptr_t)start + count + page_size - 1) / page_size * page_size);
        atomic_store(&mappings[i].start, (uintptr_t)start);
        if (atomic_load(&used) < (size_t)i + 1) atomic_store(&used, (size_t)i + 1);
        result = i;
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

void zk_end_guard(int number) {
    if (number < 0 || number >= MOST) return;
    pthread_mutex_lock(&mutex);
    atomic_store(&mappings[number].start, 0);
    atomic_store(&mappings[number].lost, NULL);
    pthread_mutex_unlock(&mutex);
}

int zk_is_lost(const int32_t *lost) { return __atomic_load_n(lost, __ATOMIC_SEQ_CST) != 0; }

void zk_set_lost(int32_t *lost) { __atomic_store_n(lost, 1, __ATOMIC_SEQ_CST); }
