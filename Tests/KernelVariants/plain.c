#define VARIANT(name) kernels_plain_##name
#define TARGET
#include "variant.inc"
