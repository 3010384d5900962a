#include "common.h"

ZK_CLONES static void adamw_dense(float *restrict w, float *restrict m, float *restrict v, const float *restrict g, zk_adamw_step s,
                                  size_t count) {
    ZK_FAST
    float b1 = s.beta1, b2 = s.beta2, c1 = 1.0f - b1, c2 = 1.0f - b2;
    for (size_t i = 0; i < count; i++) {
        float d = g[i] * s.gradient_scale;
        float first = b1 * m[i] + c1 * d, second = b2 * v[i] + c2 * d * d;
        m[i] = first;
        v[i] = second;
        w[i] = w[i] * s.decay_factor - s.rate_over_correction * first / (zk_sqrt(second) * s.inverse_root_correction + s.epsilon);
    }
}

ZK_CLONES static void adamw_zero(float *restrict w, float *restrict m, float *restrict v, zk_adamw_step s, size_t count) {
    ZK_FAST
    for (size_t i = 0; i < count; i++) {
        float first = s.beta1 * m[i], second = s.beta2 * v[i];
        m[i] = first;
        v[i] = second;
        w[i] = w[i] * s.decay_factor - s.rate_over_correction * first / (zk_sqrt(second) * s.inverse_root_correction + s.epsilon);
    }
}

void zk_adamw(float *weight, float *first, float *second, const float *gradient, zk_adamw_step step, size_t count) {
    if (gradient)
        adamw_dense(weight, first, second, gradient, step, count);
    else
        adamw_zero(weight, first, second, step, count);
}

ZK_CLONES static void sgd_plain(float *restrict w, const float *restrict g, zk_sgd_step s, size_t count) {
    ZK_FAST
    for (size_t i = 0; i < count; i++) w[i] = w[i] * s.decay_factor - s.rate * (g[i] * s.gradient_scale);
}

ZK_CLONES static void sgd_momentum(float *restrict w, float *restrict v, const float *restrict g, zk_sgd_step s, size_t count) {
    ZK_FAST
    for (size_t i = 0; i < count; i++) {
        float d = g[i] * s.gradient_scale;
        float velocity = s.momentum * v[i] + d;
        v[i] = velocity;
        float move = s.nesterov ? d + s.momentum * velocity : velocity;
        w[i] = w[i] * s.decay_factor - s.rate * move;
    }
}

void zk_sgd(float *weight, float *velocity, const float *gradient, zk_sgd_step step, size_t count) {
    if (velocity)
        sgd_momentum(weight, velocity, gradient, step, count);
    else
        sgd_plain(weight, gradient, step, count);
}
