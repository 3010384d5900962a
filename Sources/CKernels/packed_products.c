#include "common.h"

// Products with a matrix that was brought into panels before, as weights are once for all batches. OpenBLAS copies both matrices into such a
// layout in every call; here the left-hand one is read in place. Each output is one chain of multiply-adds in the order of the inner axis, so
// it does not depend on which rows are computed together. Vectors of several widths, chosen at run time, since their register tiles differ.
//
// And products of two matrices that change in every step, as for the gradients of weights.

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

// The width that tests ask for; 0 for the widest that this processor has.
static size_t chosen_width;

size_t zk_panel_width(void) {
    if (chosen_width) return chosen_width;
#if defined(__x86_64__) && defined(__clang__)
    if (__builtin_cpu_supports("x86-64-v4")) return 32;
    if (__builtin_cpu_supports("x86-64-v3")) return 16;
#endif
    return 8;
}

int zk_choose_panel_width(size_t width) {
    int is_there = width == 8;
#if defined(__x86_64__) && defined(__clang__)
    is_there |= (width == 32 && __builtin_cpu_supports("x86-64-v4")) || (width == 16 && __builtin_cpu_supports("x86-64-v3"));
#endif
    if (is_there) chosen_width = width;
    return is_there;
}

// Returns 1 after a call of the kernel for `width`, 0 where this processor has none.
#if defined(__x86_64__) && defined(__clang__)
#define FOR_TUNED_WIDTH(call) \
    if (width == 32 && __builtin_cpu_supports("x86-64-v4")) { \
        wide_##call; \
        return 1; \
    } \
    if (width == 16 && __builtin_cpu_supports("x86-64-v3")) { \
        narrow_##call; \
        return 1; \
    }
#else
#define FOR_TUNED_WIDTH(call)
#endif
#define FOR_WIDTH(call) \
    FOR_TUNED_WIDTH(call) \
    if (width != 8) return 0; \
    plain_##call; \
    return 1;

int zk_packed_product_of(size_t width, const float *a, size_t lda, int transposed, const float *panels, float *c, size_t ldc, size_t rows, size_t columns,
                         size_t inner, int adds) {
    FOR_WIDTH(product(a, lda, transposed, panels, c, ldc, rows, columns, inner, adds))
}

void zk_packed_product(const float *a, size_t lda, int transposed, const float *panels, float *c, size_t ldc, size_t rows, size_t columns, size_t inner,
                       int adds) {
    zk_packed_product_of(zk_panel_width(), a, lda, transposed, panels, c, ldc, rows, columns, inner, adds);
}

size_t zk_transposed_product_scratch(size_t rows) {
    size_t most = plain_scratch(rows);
#if defined(__x86_64__) && defined(__clang__)
    if (narrow_scratch(rows) > most) most = narrow_scratch(rows);
    if (wide_scratch(rows) > most) most = wide_scratch(rows);
#endif
    return most;
}

int zk_transposed_product_of(size_t width, const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, size_t rows, size_t columns,
                             size_t inner, int adds, float *scratch) {
    FOR_WIDTH(transposed_product(a, lda, b, ldb, c, ldc, rows, columns, inner, adds, scratch))
}

void zk_transposed_product(const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, size_t rows, size_t columns, size_t inner,
                           int adds, float *scratch) {
    zk_transposed_product_of(zk_panel_width(), a, lda, b, ldb, c, ldc, rows, columns, inner, adds, scratch);
}

#define BLOCK 16  // elements of a row that are spread at once: one line of the cache

#if defined(__x86_64__) && defined(__clang__)
typedef float eight __attribute__((vector_size(32), aligned(4)));

/// target[k * width + l] = b[l * ldb + k] for 8 k and 8 l.
__attribute__((target("arch=x86-64-v3"))) static void turn_eight(const float *b, size_t ldb, float *target, size_t width) {
    eight r[8], s[8];
#pragma clang loop unroll(full)
    for (int l = 0; l < 8; l++) r[l] = *(const eight *)(b + (size_t)l * ldb);
#pragma clang loop unroll(full)
    for (int l = 0; l < 8; l += 2) {
        s[l] = __builtin_shufflevector(r[l], r[l + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        s[l + 1] = __builtin_shufflevector(r[l], r[l + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
#pragma clang loop unroll(full)
    for (int l = 0; l < 8; l += 4) {
        r[l] = __builtin_shufflevector(s[l], s[l + 2], 0, 1, 8, 9, 4, 5, 12, 13);
        r[l + 1] = __builtin_shufflevector(s[l], s[l + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        r[l + 2] = __builtin_shufflevector(s[l + 1], s[l + 3], 0, 1, 8, 9, 4, 5, 12, 13);
        r[l + 3] = __builtin_shufflevector(s[l + 1], s[l + 3], 2, 3, 10, 11, 6, 7, 14, 15);
    }
#pragma clang loop unroll(full)
    for (int k = 0; k < 4; k++) {
        *(eight *)(target + (size_t)k * width) = __builtin_shufflevector(r[k], r[k + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        *(eight *)(target + (size_t)(k + 4) * width) = __builtin_shufflevector(r[k], r[k + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}
#endif

void zk_pack_transposed(const float *b, size_t ldb, float *panel, size_t width, size_t columns, size_t inner) {
    if (columns < width) memset(panel, 0, width * inner * sizeof(float));
    size_t done = 0;  // of the inner axis, for the first `turned` columns
    size_t turned = 0;
#if defined(__x86_64__) && defined(__clang__)
    if (__builtin_cpu_supports("x86-64-v3")) {
        turned = columns / 8 * 8;
        for (; done + 8 <= inner; done += 8)
            for (size_t l = 0; l < turned; l += 8) turn_eight(b + l * ldb + done, ldb, panel + done * width + l, width);
    }
#endif
    for (size_t k = 0; k < inner; k += BLOCK) {
        size_t count = inner - k < BLOCK ? inner - k : BLOCK;
        for (size_t l = k + count <= done ? turned : 0; l < columns; l++) {
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
