// The kernels of Sources/CKernels once for each instruction set: there the loader picks the best one, and the others run on older processors only.
#ifndef KERNEL_VARIANTS_H
#define KERNEL_VARIANTS_H

#include "CKernels.h"

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-completeness"

/// The functions of CKernels.h.
typedef struct {
    void (*_Nonnull bias_activation)(int, float *, const float *, float *, size_t, size_t);
    void (*_Nonnull activation_backward)(int, const float *, float *, float *, size_t, size_t);
    void (*_Nonnull add_bias)(float *, const float *, size_t, size_t, size_t);
    void (*_Nonnull column_sums)(const float *, float *, size_t, size_t, size_t);
    void (*_Nonnull bias_dropout_residual)(float *, const float *, const float *, zk_dropout, size_t, size_t, size_t);
    void (*_Nonnull dropout_rows)(const float *, float *, zk_dropout, size_t, size_t, size_t);
    void (*_Nonnull layer_norm)(const float *, const float *, const float *, float, float *, float *, float *, size_t, size_t);
    void (*_Nonnull layer_norm_backward)(float *, const float *, const float *, const float *, const float *, float *, float *, size_t, size_t);
    void (*_Nonnull softmax)(float *, float *, size_t, zk_dropout, size_t, size_t, size_t);
    void (*_Nonnull softmax_backward)(float *, const float *, size_t, float *, const float *, float, zk_dropout, size_t, size_t, size_t);
    void (*_Nonnull row_dots)(const float *, const float *, float *, size_t, size_t, size_t);
    void (*_Nonnull add)(float *, const float *, size_t);
    void (*_Nonnull scale)(float *, float, size_t);
    void (*_Nonnull add_scaled)(float *, const float *, float, size_t);
    void (*_Nonnull copy_scaled)(float *, const float *, float, size_t);
    double (*_Nonnull sum_squares)(const float *, size_t);
    void (*_Nonnull adamw)(float *, float *, float *, const float *, zk_adamw_step, size_t);
    void (*_Nonnull sgd)(float *, float *, const float *, zk_sgd_step, size_t);
    void (*_Nonnull resample_rows)(const uint8_t *, size_t, uint8_t *, size_t, size_t, size_t, zk_resampling);
    void (*_Nonnull resample_columns)(const uint8_t *, size_t, uint8_t *, size_t, size_t, size_t, zk_resampling);
    void (*_Nonnull patches)(const uint8_t *, size_t, size_t, size_t, const float *, const float *, float, float, float *);
} kernel_table;

/// The instruction sets.
enum kernel_level {
    KERNELS_CHOSEN = 0,  // what the loader picked
    KERNELS_PLAIN = 1,   // what every processor of this architecture has
    KERNELS_AVX2 = 2,    // x86-64-v3
    KERNELS_AVX512 = 3,  // x86-64-v4
};

/// The kernels of a level; NULL where this processor cannot run them.
const kernel_table *_Nullable kernels_of(int level);

#pragma clang diagnostic pop
#endif
