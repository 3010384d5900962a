#include "common.h"

// Products with a matrix that was brought into panels before, as weights are once for all batches. OpenBLAS copies both matrices into such a
// layout in every call; here the left-hand one is read in place. Each output is one chain of multiply-adds in the order of the inner axis, so
// it does not depend on which rows are computed together. Vectors of several widths, chosen at run time, since their register tiles differ.

#if defined(__x86_64__) && defined(__clang__)
#define LANES 16
#define NAME(x) wide_##x
#define TARGET __attribute__((target("arch=x86-64-v4"))) __attribute__((min_vector_width(512)))
#define TILE 12
#include "packed_products.inc"

#define LANES 8
#define NAME(x) narrow_##x
#define TARGET __attribute__((target("arch=x86-64-v3")))
#define TILE 6
#include "packed_products.inc"
#endif

#define LANES 4
#define NAME(x) plain_##x
#define TARGET
#if defined(__aarch64__)
#define TILE 6
#else
#define TILE 3
#endif
#include "packed_products.inc"

size_t zk_panel_width(void) {
#if defined(__x86_64__) && defined(__clang__)
    if (__builtin_cpu_supports("x86-64-v4")) return 32;
    if (__builtin_cpu_supports("x86-64-v3")) return 16;
#endif
    return 8;
}

int zk_packed_product_of(size_t width, const float *a, size_t lda, const float *panels, float *c, size_t ldc, size_t rows, size_t columns, size_t inner,
                         int adds) {
#if defined(__x86_64__) && defined(__clang__)
    if (width == 32 && __builtin_cpu_supports("x86-64-v4")) {
        wide_product(a, lda, panels, c, ldc, rows, columns, inner, adds);
        return 1;
    }
    if (width == 16 && __builtin_cpu_supports("x86-64-v3")) {
        narrow_product(a, lda, panels, c, ldc, rows, columns, inner, adds);
        return 1;
    }
#endif
    if (width != 8) return 0;
    plain_product(a, lda, panels, c, ldc, rows, columns, inner, adds);
    return 1;
}

void zk_packed_product(const float *a, size_t lda, const float *panels, float *c, size_t ldc, size_t rows, size_t columns, size_t inner, int adds) {
    zk_packed_product_of(zk_panel_width(), a, lda, panels, c, ldc, rows, columns, inner, adds);
}

#define BLOCK 16  // elements of a row that are spread at once: one line of the cache

void zk_pack_transposed(const float *b, size_t ldb, float *panel, size_t width, size_t columns, size_t inner) {
    if (columns < width) memset(panel, 0, width * inner * sizeof(float));
    for (size_t k = 0; k < inner; k += BLOCK) {
        size_t count = inner - k < BLOCK ? inner - k : BLOCK;
        for (size_t l = 0; l < columns; l++) {
            const float *source = b + l * ldb + k;
            float *target = panel + k * width + l;
            for (size_t t = 0; t < count; t++) target[t * width] = source[t];
        }
    }
}

void zk_pack(const float *b, size_t ldb, float *panel, size_t width, size_t columns, size_t inner) {
    if (columns < width) memset(panel, 0, width * inner * sizeof(float));
    for (size_t k = 0; k < inner; k++) memcpy(panel + k * width, b + k * ldb, columns * sizeof(float));
}
