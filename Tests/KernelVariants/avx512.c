#if defined(__x86_64__)
#define VARIANT(name) kernels_avx512_##name
#define TARGET __attribute__((target("arch=x86-64-v4")))
#include "variant.inc"
#endif
