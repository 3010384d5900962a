#include "common.h"

// A macro per activation: the switch must be outside the loop for the loop to vectorise.
#define DEFINE(name, kind)                                                                                                              \
    ZK_CLONES static void forward_##name(float *restrict pre, const float *restrict bias, float *restrict out, size_t n, size_t cols) { \
        ZK_FAST                                                                                                                         \
        for (size_t r = 0; r < n; r++, pre += cols, out += cols)                                                                        \
            for (size_t i = 0; i < cols; i++) {                                                                                         \
                float x = pre[i] + bias[i];                                                                                             \
                pre[i] = x;                                                                                                             \
                out[i] = zk_activate(kind, x);                                                                                          \
            }                                                                                                                           \
    }                                                                                                                                   \
    ZK_CLONES static void in_place_##name(float *restrict pre, const float *restrict bias, size_t n, size_t cols) {                     \
        ZK_FAST                                                                                                                         \
        for (size_t r = 0; r < n; r++, pre += cols)                                                                                     \
            for (size_t i = 0; i < cols; i++) pre[i] = zk_activate(kind, pre[i] + bias[i]);                                             \
    }                                                                                                                                   \
    ZK_CLONES static void backward_##name(const float *restrict pre, float *restrict g, float *restrict sums, size_t n, size_t cols) {  \
        ZK_FAST                                                                                                                         \
        for (size_t r = 0; r < n; r++, pre += cols, g += cols)                                                                          \
            for (size_t i = 0; i < cols; i++) {                                                                                         \
                float d = g[i] * zk_derive(kind, pre[i]);                                                                               \
                g[i] = d;                                                                                                               \
                sums[i] += d;                                                                                                           \
            }                                                                                                                           \
    }

DEFINE(identity, ZK_IDENTITY)
DEFINE(gelu, ZK_GELU)
DEFINE(gelu_tanh, ZK_GELU_TANH)
DEFINE(relu, ZK_RELU)
DEFINE(tanh, ZK_TANH)
DEFINE(silu, ZK_SILU)
DEFINE(quick_gelu, ZK_QUICK_GELU)

#define SELECT(function, ...)                                   \
    switch (activation) {                                       \
    case ZK_GELU: function##_gelu(__VA_ARGS__); break;          \
    case ZK_GELU_TANH: function##_gelu_tanh(__VA_ARGS__); break; \
    case ZK_RELU: function##_relu(__VA_ARGS__); break;          \
    case ZK_TANH: function##_tanh(__VA_ARGS__); break;          \
    case ZK_SILU: function##_silu(__VA_ARGS__); break;          \
    case ZK_QUICK_GELU: function##_quick_gelu(__VA_ARGS__); break; \
    default: function##_identity(__VA_ARGS__); break;           \
    }

// Columns are done in pieces, so that bias and sums stay in registers' reach and a zero bias needs no buffer of the row's length.
#define PIECE 1024

void zk_bias_activation(int activation, float *pre, const float *bias, float *out, size_t rows, size_t columns) {
    static const float zeros[PIECE];
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < columns; c += PIECE) {
            size_t n = columns - c < PIECE ? columns - c : PIECE;
            float *p = pre + r * columns + c, *o = out + r * columns + c;
            const float *b = bias ? bias + c : zeros;
            if (p == o) {
                SELECT(in_place, p, b, 1, n)
            } else {
                SELECT(forward, p, b, o, 1, n)
            }
        }
    }
}

void zk_activation_backward(int activation, const float *pre, float *gradient, float *bias_gradient, size_t rows, size_t columns) {
    SELECT(backward, pre, gradient, bias_gradient, rows, columns)
}

ZK_CLONES void zk_add_bias(float *restrict x, const float *restrict bias, size_t rows, size_t columns, size_t stride) {
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < columns; i++) x[r * stride + i] += bias[i];
}

ZK_CLONES void zk_column_sums(const float *restrict x, float *restrict sums, size_t rows, size_t columns, size_t stride) {
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < columns; i++) sums[i] += x[r * stride + i];
}
