#include "common.h"

/// Multiplies a contiguous block by dropout's factors.
ZK_INLINE void drop_block(float *restrict x, zk_dropout dropout, uint32_t block, size_t count) {
    float factors[ZK_CHUNK];
    for (size_t c = 0; c < count; c += ZK_CHUNK) {
        zk_factors(dropout, (uint32_t)(c / ZK_CHUNK), block, factors);
        size_t n = count - c < ZK_CHUNK ? count - c : ZK_CHUNK;
        for (size_t i = 0; i < n; i++) x[c + i] *= factors[i];
    }
}

ZK_CLONES void zk_softmax(float *restrict scores, float *restrict lse, size_t lse_stride, zk_dropout dropout, size_t block, size_t rows,
                          size_t columns) {
    ZK_FAST
    for (size_t r = 0; r < rows; r++) {
        float *s = scores + r * columns;
        float largest = s[0];
        for (size_t i = 1; i < columns; i++) largest = s[i] > largest ? s[i] : largest;
        float total = 0;
        for (size_t i = 0; i < columns; i++) {
            float e = zk_exp(s[i] - largest);
            s[i] = e;
            total += e;
        }
        float inverse = 1.0f / total;
        for (size_t i = 0; i < columns; i++) s[i] *= inverse;
        if (lse) lse[r * lse_stride] = largest + logf(total);
    }
    if (dropout.threshold) drop_block(scores, dropout, (uint32_t)block, rows * columns);
}

ZK_CLONES void zk_softmax_backward(float *restrict scores, const float *restrict lse, size_t lse_stride, float *restrict gradient,
                                   const float *restrict delta, float scale, zk_dropout dropout, size_t block, size_t rows,
                                   size_t columns) {
    ZK_FAST
    for (size_t r = 0; r < rows; r++) {
        float *s = scores + r * columns;
        float l = lse[r * lse_stride];
        for (size_t i = 0; i < columns; i++) s[i] = zk_exp(s[i] - l);
    }
    if (dropout.threshold == 0) {
        for (size_t r = 0; r < rows; r++) {
            float *s = scores + r * columns, *g = gradient + r * columns;
            float d = delta[r];
            for (size_t i = 0; i < columns; i++) g[i] = s[i] * (g[i] - d) * scale;
        }
        return;
    }
    // ds = p * (m * dp - delta) * scale, then p *= m. The gradient is multiplied first, over the flat block as the forward pass did.
    drop_block(gradient, dropout, (uint32_t)block, rows * columns);
    for (size_t r = 0; r < rows; r++) {
        float *s = scores + r * columns, *g = gradient + r * columns;
        float d = delta[r];
        for (size_t i = 0; i < columns; i++) g[i] = s[i] * (g[i] - d) * scale;
    }
    drop_block(scores, dropout, (uint32_t)block, rows * columns);
}

ZK_CLONES void zk_row_dots(const float *restrict a, const float *restrict b, float *restrict out, size_t rows, size_t columns,
                           size_t stride) {
    ZK_FAST
    for (size_t r = 0; r < rows; r++) {
        float total = 0;
        for (size_t i = 0; i < columns; i++) total += a[r * stride + i] * b[r * stride + i];
        out[r] = total;
    }
}
