// What the pool of buffers tells AddressSanitizer, which sees only what comes from the system.
#include "CKernels.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ZK_WATCHED 1
#endif
#endif

#ifdef ZK_WATCHED
#include <sanitizer/asan_interface.h>
void zk_forbid(const void *bytes, size_t count) { ASAN_POISON_MEMORY_REGION(bytes, count); }
void zk_allow(const void *bytes, size_t count) { ASAN_UNPOISON_MEMORY_REGION(bytes, count); }
#else
void zk_forbid(const void *bytes, size_t count) {}
void zk_allow(const void *bytes, size_t count) {}
#endif
