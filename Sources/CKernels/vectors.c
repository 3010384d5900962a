#include "common.h"

ZK_CLONES void zk_add(float *restrict x, const float *restrict y, size_t count) {
    for (size_t i = 0; i < count; i++) x[i] += y[i];
}

ZK_CLONES void zk_scale(float *restrict x, float factor, size_t count) {
    for (size_t i = 0; i < count; i++) x[i] *= factor;
}

ZK_CLONES void zk_add_scaled(float *restrict x, const float *restrict y, float factor, size_t count) {
    for (size_t i = 0; i < count; i++) x[i] += factor * y[i];
}

ZK_CLONES void zk_copy_scaled(float *restrict x, const float *restrict y, float factor, size_t count) {
    for (size_t i = 0; i < count; i++) x[i] = factor * y[i];
}

ZK_CLONES double zk_sum_squares(const float *restrict x, size_t count) {
    ZK_FAST
    double total = 0;
    // Single precision within a short stretch, double precision over stretches.
    for (size_t start = 0; start < count; start += 1024) {
        size_t end = count - start < 1024 ? count : start + 1024;
        float part = 0;
        for (size_t i = start; i < end; i++) part += x[i] * x[i];
        total += part;
    }
    return total;
}

double zk_cross_entropy_row(const float *logits, size_t classes, size_t label, float smoothing, float weight, float *gradient) {
    double largest = logits[0], total = 0, sum = 0;
    for (size_t i = 1; i < classes; i++) largest = logits[i] > largest ? logits[i] : largest;
    for (size_t i = 0; i < classes; i++) {
        total += exp(logits[i] - largest);
        sum += logits[i];
    }
    double log_total = log(total), uniform = (double)smoothing / (double)classes;
    // Differences first: with huge logits log(total) would vanish beside them.
    double loss = (1.0 - smoothing) * (largest - logits[label]) + smoothing * (largest - sum / (double)classes) + log(total);
    if (gradient)
        for (size_t i = 0; i < classes; i++) {
            double target = uniform + (i == label ? 1.0 - smoothing : 0.0);
            gradient[i] = (float)(weight * (exp(logits[i] - largest - log_total) - target));
        }
    return loss;
}

void zk_normal(float *x, uint64_t key, size_t count) {
    uint32_t words[4][ZK_LANES];
    for (size_t start = 0; start < count; start += 4 * ZK_LANES) {
        uint64_t chunk = start / (4 * ZK_LANES);
        zk_philox(10, (uint32_t)(chunk * ZK_LANES), (uint32_t)(chunk >> 28), 0, 0, key, words);
        for (size_t i = 0; i < 4 * ZK_LANES && start + i < count; i += 2) {
            // Each pair of words gives two numbers; u is in (0, 1].
            double u = ((double)words[(i / 2) % 2 * 2][i / 4] + 1.0) / 4294967296.0;
            double v = (double)words[(i / 2) % 2 * 2 + 1][i / 4] / 4294967296.0;
            double radius = sqrt(-2.0 * log(u)), angle = 6.283185307179586 * v;
            x[start + i] = (float)(radius * cos(angle));
            if (start + i + 1 < count) x[start + i + 1] = (float)(radius * sin(angle));
        }
    }
}
