// Tells ThreadSanitizer of the part of Swift's Mutex that it cannot see: where a lock is contended, the library that comes with the compiler
// takes and leaves it in code that is not watched, and everything that the lock guards looks like a race. Loaded before that library by
// scripts/sanitize; it goes on to the library's own functions.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self
#define NAMED(name) __asm__("$s15Synchronization12_MutexHandleV" name)
#define NEXT(type, name) ((type)dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleV" name))

// Absent in programs that are not watched.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

SWIFT void lock_slow(uint32_t owner, SELF) NAMED("9_lockSlowyys6UInt32VF");
SWIFT void lock_slow(uint32_t owner, SELF) {
    typedef SWIFT void (*Lock)(uint32_t, SELF);
    NEXT(Lock, "9_lockSlowyys6UInt32VF")(owner, self);
    if (__tsan_acquire) __tsan_acquire(self);
}

SWIFT bool try_lock_slow(SELF) NAMED("12_tryLockSlowSbyF");
SWIFT bool try_lock_slow(SELF) {
    typedef SWIFT bool (*TryLock)(SELF);
    bool is_locked = NEXT(TryLock, "12_tryLockSlowSbyF")(self);
    if (is_locked && __tsan_acquire) __tsan_acquire(self);
    return is_locked;
}

SWIFT void unlock_slow(SELF) NAMED("11_unlockSlowyyF");
SWIFT void unlock_slow(SELF) {
    typedef SWIFT void (*Unlock)(SELF);
    if (__tsan_release) __tsan_release(self);
    NEXT(Unlock, "11_unlockSlowyyF")(self);
}
