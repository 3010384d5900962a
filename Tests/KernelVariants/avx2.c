#if defined(__x86_64__)
#define VARIANT(name) kernels_avx2_##name
#define TARGET __attribute__((target("arch=x86-64-v3")))
#include "variant.inc"
#endif
