// How many processors the scheduler lets this process run on: taskset and containers may allow fewer than there are.
#define _GNU_SOURCE
#include "CKernels.h"

#ifdef __linux__
#include <sched.h>

int zk_allowed_processors(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}
#else
int zk_allowed_processors(void) { return 0; }
#endif
