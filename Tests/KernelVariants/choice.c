#include "KernelVariants.h"

extern const kernel_table kernels_plain_table;
#if defined(__x86_64__)
extern const kernel_table kernels_avx2_table, kernels_avx512_table;
#endif

// Filled in when asked for: the addresses are the loader's choice.
static kernel_table chosen;

const kernel_table *kernels_of(int level) {
    switch (level) {
    case KERNELS_CHOSEN:
        chosen = (kernel_table){
            zk_bias_activation, zk_activation_backward, zk_add_bias, zk_column_sums, zk_bias_dropout_residual, zk_dropout_rows, zk_layer_norm,
            zk_layer_norm_backward, zk_softmax, zk_softmax_backward, zk_row_dots, zk_add, zk_scale, zk_add_scaled, zk_copy_scaled,
            zk_sum_squares, zk_adamw, zk_sgd, zk_resample_rows, zk_resample_columns, zk_patches,
        };
        return &chosen;
    case KERNELS_PLAIN: return &kernels_plain_table;
#if defined(__x86_64__)
    case KERNELS_AVX2: return __builtin_cpu_supports("x86-64-v3") ? &kernels_avx2_table : NULL;
    case KERNELS_AVX512: return __builtin_cpu_supports("x86-64-v4") ? &kernels_avx512_table : NULL;
#endif
    default: return NULL;
    }
}
