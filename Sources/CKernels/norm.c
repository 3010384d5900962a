#include "common.h"

ZK_CLONES void zk_bias_dropout_residual(float *restrict sum, const float *restrict bias, const float *restrict residual, zk_dropout dropout,
                                        size_t first_row, size_t rows, size_t columns) {
    float factors[ZK_CHUNK];
    for (size_t r = 0; r < rows; r++) {
        float *s = sum + r * columns;
        if (bias)
            for (size_t i = 0; i < columns; i++) s[i] += bias[i];
        if (dropout.threshold)
            for (size_t c = 0; c < columns; c += ZK_CHUNK) {
                zk_factors(dropout, (uint32_t)(c / ZK_CHUNK), (uint32_t)(first_row + r), factors);
                size_t n = columns - c < ZK_CHUNK ? columns - c : ZK_CHUNK;
                for (size_t i = 0; i < n; i++) s[c + i] *= factors[i];
            }
        if (residual) {
            const float *x = residual + r * columns;
            for (size_t i = 0; i < columns; i++) s[i] += x[i];
        }
    }
}

ZK_CLONES void zk_dropout_rows(const float *x, float *out, zk_dropout dropout, size_t first_row, size_t rows, size_t columns) {
    float factors[ZK_CHUNK];
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c += ZK_CHUNK) {
            zk_factors(dropout, (uint32_t)(c / ZK_CHUNK), (uint32_t)(first_row + r), factors);
            size_t n = columns - c < ZK_CHUNK ? columns - c : ZK_CHUNK;
            const float *s = x + r * columns + c;
            float *o = out + r * columns + c;
            for (size_t i = 0; i < n; i++) o[i] = s[i] * factors[i];
        }
}

ZK_CLONES void zk_layer_norm(const float *x, const float *restrict gain, const float *restrict bias, float epsilon, float *out,
                             float *mean, float *rstd, size_t rows, size_t columns) {
    ZK_FAST
    for (size_t r = 0; r < rows; r++) {
        const float *s = x + r * columns;
        float *o = out + r * columns;
        float total = 0;
        for (size_t i = 0; i < columns; i++) total += s[i];
        float m = total / (float)columns, squares = 0;
        for (size_t i = 0; i < columns; i++) {
            float d = s[i] - m;
            squares += d * d;
        }
        float inverse = 1.0f / zk_sqrt(squares / (float)columns + epsilon);
        for (size_t i = 0; i < columns; i++) o[i] = (s[i] - m) * inverse * gain[i] + bias[i];
        if (mean) mean[r] = m;
        if (rstd) rstd[r] = inverse;
    }
}

ZK_CLONES void zk_layer_norm_backward(float *restrict gradient, const float *restrict x, const float *restrict gain,
                                      const float *restrict mean, const float *restrict rstd, float *restrict gain_gradient,
                                      float *restrict bias_gradient, size_t rows, size_t columns) {
    ZK_FAST
    for (size_t r = 0; r < rows; r++) {
        float *g = gradient + r * columns;
        const float *s = x + r * columns;
        float m = mean[r], inverse = rstd[r], sum_g = 0, sum_gx = 0;
        for (size_t i = 0; i < columns; i++) {
            float normal = (s[i] - m) * inverse, weighted = g[i] * gain[i];
            sum_g += weighted;
            sum_gx += weighted * normal;
        }
        if (gain_gradient)
            for (size_t i = 0; i < columns; i++) {
                gain_gradient[i] += g[i] * ((s[i] - m) * inverse);
                bias_gradient[i] += g[i];
            }
        float mean_g = sum_g / (float)columns, mean_gx = sum_gx / (float)columns;
        for (size_t i = 0; i < columns; i++) {
            float normal = (s[i] - m) * inverse;
            g[i] = (g[i] * gain[i] - mean_g - normal * mean_gx) * inverse;
        }
    }
}
