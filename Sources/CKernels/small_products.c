#include "common.h"

// Products with few rows: a general matrix product would copy every weight into its packed layout first, which costs more than the product.
// Here the weights are read once, in place. Two widths of vectors, chosen at run time, since their register tiles differ.

#if defined(__x86_64__) && defined(__clang__)
#define VECTOR vector16
#define QUARTET quartet16
#define LANES 16
#define NAME(x) wide_##x
#define TARGET __attribute__((target("arch=x86-64-v4,prefer-256-bit"))) __attribute__((min_vector_width(512)))
#define ROWS 6
#include "small_products.inc"

#define VECTOR vector8
#define QUARTET quartet8
#define LANES 8
#define NAME(x) narrow_##x
#define TARGET __attribute__((target("arch=x86-64-v3")))
#define ROWS 3
#include "small_products.inc"
#endif

#define VECTOR vector4
#define QUARTET quartet4
#define LANES 4
#define NAME(x) plain_##x
#define TARGET
#define ROWS 3
#include "small_products.inc"

void zk_small_product(const float *x, size_t ldx, const float *w, size_t ldw, float *y, size_t ldy, size_t rows, size_t columns, size_t inner) {
#if defined(__x86_64__) && defined(__clang__)
    if (__builtin_cpu_supports("x86-64-v4")) {
        wide_transposed(x, ldx, w, ldw, y, ldy, rows, columns, inner);
        return;
    }
    if (__builtin_cpu_supports("x86-64-v3")) {
        narrow_transposed(x, ldx, w, ldw, y, ldy, rows, columns, inner);
        return;
    }
#endif
    plain_transposed(x, ldx, w, ldw, y, ldy, rows, columns, inner);
}
