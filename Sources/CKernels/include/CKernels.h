// The element-wise loops: plain C that the compiler vectorises, one clone per instruction set, chosen by the loader.
//
// All arrays are Float32 in row-major order. Pointers do not alias unless a comment says "in place". No function allocates.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Activation functions.
enum zk_activation {
    ZK_IDENTITY = 0,
    ZK_GELU = 1,       // x * Phi(x), exact
    ZK_GELU_TANH = 2,  // the tanh approximation
    ZK_RELU = 3,
    ZK_TANH = 4,
    ZK_SILU = 5,
    ZK_QUICK_GELU = 6,  // x * sigmoid(1.702 x)
};

/// Where dropout's random numbers are: one 64-bit key a step, and a counter for the place.
///
/// Philox4x32 with 7 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011). One counter value gives eight 16-bit
/// decisions. An element is dropped when its number is below `threshold`; the others are multiplied by `scale`.
typedef struct {
    uint64_t key;
    uint32_t site;       // the dropout layer
    uint32_t stream;     // the attention head of a sequence, 0 elsewhere
    uint32_t threshold;  // probability * 65536; 0 turns dropout off
    float scale;         // 65536 / (65536 - threshold)
} zk_dropout;

// MARK: activations

/// pre += bias (in place, bias may be NULL); out = activation(pre). `out` may be `pre`.
void zk_bias_activation(int activation, float *pre, const float *bias, float *out, size_t rows, size_t columns);

/// gradient *= activation'(pre) (in place); bias_gradient += column sums of the result.
void zk_activation_backward(int activation, const float *pre, float *gradient, float *bias_gradient, size_t rows, size_t columns);

/// x += bias, for `columns` of rows that are `stride` apart.
void zk_add_bias(float *x, const float *bias, size_t rows, size_t columns, size_t stride);

/// sums += column sums of x.
void zk_column_sums(const float *x, float *sums, size_t rows, size_t columns, size_t stride);

// MARK: dropout, residual, layer norm

/// sum = dropout(sum + bias) + residual, in place; bias and residual may be NULL. Rows are counted from `first_row` for dropout.
void zk_bias_dropout_residual(float *sum, const float *bias, const float *residual, zk_dropout dropout, size_t first_row, size_t rows,
                              size_t columns);

/// out = x with dropout, row by row. `out` may be `x`.
void zk_dropout_rows(const float *x, float *out, zk_dropout dropout, size_t first_row, size_t rows, size_t columns);

/// out = (x - mean) * rstd * gain + bias, per row; mean and rstd are written when not NULL. `out` may be `x`.
void zk_layer_norm(const float *x, const float *gain, const float *bias, float epsilon, float *out, float *mean, float *rstd, size_t rows,
                   size_t columns);

/// gradient (of the output) becomes the gradient of x, in place; gain_gradient and bias_gradient are added to when not NULL.
void zk_layer_norm_backward(float *gradient, const float *x, const float *gain, const float *mean, const float *rstd, float *gain_gradient,
                            float *bias_gradient, size_t rows, size_t columns);

// MARK: attention

/// scores (already scaled) become probabilities with dropout, in place; log-sum-exp of each row is written when lse is not NULL.
/// Dropout's counters start anew for each block of query rows.
void zk_softmax(float *scores, float *lse, size_t lse_stride, zk_dropout dropout, size_t block, size_t rows, size_t columns);

/// Backward of `zk_softmax` followed by the product with the values.
///
/// scores (already scaled) become the probabilities after dropout, in place; gradient (of those) becomes the gradient of the unscaled
/// scores, in place. `delta[i]` is the dot product of the output row and its gradient.
void zk_softmax_backward(float *scores, const float *lse, size_t lse_stride, float *gradient, const float *delta, float scale,
                         zk_dropout dropout, size_t block, size_t rows, size_t columns);

/// out[i] = dot product of row i of a and row i of b, both with `stride`.
void zk_row_dots(const float *a, const float *b, float *out, size_t rows, size_t columns, size_t stride);

// MARK: products

/// The number of columns of a panel on this processor.
size_t zk_panel_width(void);

/// Takes panels of another width from now on, for tests: before anything is multiplied, in a process of its own.
///
/// Returns 0, and changes nothing, where this processor has no kernel for it.
int zk_choose_panel_width(size_t width);

/// Writes one panel, `[inner, width]`, of the matrix b, `[inner, columns]` with rows `ldb` apart; missing columns become 0.
void zk_pack(const float *b, size_t ldb, float *panel, size_t width, size_t columns, size_t inner);

/// The same where the columns of b are its rows in memory: `[columns, inner]`.
void zk_pack_transposed(const float *b, size_t ldb, float *panel, size_t width, size_t columns, size_t inner);

/// c = a b, or c += a b. a: `[rows, inner]`, or, transposed, `[inner, rows]`, c: `[rows, columns]`, b in panels, one after the other.
///
/// The panels have zk_panel_width() columns.
void zk_packed_product(const float *a, size_t lda, int transposed, const float *panels, float *c, size_t ldc, size_t rows, size_t columns, size_t inner,
                       int adds);

/// The same for panels of another width that this processor has a kernel for: 8 always, 16 with AVX2, 32 with AVX-512.
///
/// Returns 0, and computes nothing, where it has none.
int zk_packed_product_of(size_t width, const float *a, size_t lda, int transposed, const float *panels, float *c, size_t ldc, size_t rows, size_t columns,
                         size_t inner, int adds);

/// c = a^T b, or c += a^T b, of two matrices that are not packed. a: `[inner, rows]`, b: `[inner, columns]`, c: `[rows, columns]`.
///
/// - Parameter scratch: zk_transposed_product_scratch(rows) elements to work in.
void zk_transposed_product(const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, size_t rows, size_t columns, size_t inner,
                           int adds, float *scratch);

/// The number of elements that zk_transposed_product needs as scratch memory.
size_t zk_transposed_product_scratch(size_t rows);

/// The same by the kernel of another panel width, as zk_packed_product_of.
int zk_transposed_product_of(size_t width, const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, size_t rows, size_t columns,
                             size_t inner, int adds, float *scratch);

// MARK: loss

/// One row of softmax cross-entropy: returns the loss, and writes weight * (softmax - target) to `gradient` if that is not NULL.
double zk_cross_entropy_row(const float *logits, size_t classes, size_t label, float smoothing, float weight, float *gradient);

// MARK: vectors

void zk_add(float *x, const float *y, size_t count);                              // x += y
void zk_scale(float *x, float factor, size_t count);                              // x *= factor
void zk_add_scaled(float *x, const float *y, float factor, size_t count);         // x += factor * y
void zk_copy_scaled(float *x, const float *y, float factor, size_t count);        // x = factor * y
double zk_sum_squares(const float *x, size_t count);

// MARK: watching memory

/// Under AddressSanitizer, `count` bytes may not be touched from now on; else nothing.
void zk_forbid(const void *bytes, size_t count);
/// They may again.
void zk_allow(const void *bytes, size_t count);

// MARK: optimizers

/// AdamW (Loshchilov and Hutter, 2019). The gradient is multiplied by `gradient_scale` first; NULL stands for zeros.
typedef struct {
    float rate_over_correction;   // learning rate / (1 - beta1^t)
    float decay_factor;           // 1 - learning rate * weight decay
    float beta1, beta2;
    float inverse_root_correction;  // 1 / sqrt(1 - beta2^t)
    float epsilon;
    float gradient_scale;
} zk_adamw_step;
void zk_adamw(float *weight, float *first, float *second, const float *gradient, zk_adamw_step step, size_t count);

/// SGD with (Nesterov) momentum and decoupled weight decay. `velocity` may be NULL when momentum is 0.
typedef struct {
    float rate, decay_factor, momentum;
    int nesterov;
    float gradient_scale;
} zk_sgd_step;
void zk_sgd(float *weight, float *velocity, const float *gradient, zk_sgd_step step, size_t count);

// MARK: images

/// The weights of a resampled axis: output i is the sum of `counts[i]` inputs from `starts[i]` on, each multiplied by
/// `weights[i * taps + t]`, a fixed-point number with 22 bits after the point.
typedef struct {
    const int32_t *starts;
    const int32_t *counts;
    const int32_t *weights;
    size_t taps;
} zk_resampling;

/// Resamples the rows of RGB pixels: `[rows, *, 3]` to `[rows, columns, 3]`. Three bytes beyond the last pixel of `in` and one beyond that of
/// `out` are touched. Rounds and clips like Pillow.
void zk_resample_rows(const uint8_t *in, size_t in_stride, uint8_t *out, size_t out_stride, size_t rows, size_t columns, zk_resampling axis);

/// Resamples the columns: `[*, width]` bytes to `[rows, width]` bytes.
void zk_resample_columns(const uint8_t *in, size_t in_stride, uint8_t *out, size_t out_stride, size_t rows, size_t width, zk_resampling axis);

/// RGB pixels `[height, width, 3]` to patches `[height / patch * width / patch, 3 * patch * patch]`, channel by channel within a patch:
/// pixel * scale[channel] + shift[channel]. `out = share * that + keep * out`, so that images can be mixed.
void zk_patches(const uint8_t *pixels, size_t width, size_t height, size_t patch, const float scale[3], const float shift[3], float share,
                float keep, float *out);

// MARK: threads

/// Tells the processor that this thread waits in a loop.
static inline void zk_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// MARK: mapped files

/// Watches a mapped file: where a page of it is gone when it is read, it and those behind it become zeros, and `lost` becomes 1.
///
/// Returns the number of the guard, or -1 where there is none left: then such a read ends the process. SIGBUS of anything else is handled as it
/// was before the first call.
int zk_guard_mapping(const void *start, size_t count, int32_t *lost);

/// Ends a guard, before the file is unmapped.
void zk_end_guard(int number);

/// Whether a page was gone, or `zk_set_lost` was called.
int zk_is_lost(const int32_t *lost);
void zk_set_lost(int32_t *lost);

// MARK: random numbers

/// Standard normal (Box-Muller on Philox4x32-10), for fresh parameters: element i depends on key and i alone.
void zk_normal(float *x, uint64_t key, size_t count);

/// The number of processors that the scheduler lets this process run on; 0 if that is not known.
int zk_allowed_processors(void);

/// The bytes of `count` of OpenBLAS' work buffers, one for each product that runs at the same time, if the system refuses them; else 0.
size_t zk_refused_product_buffers(size_t count);

/// Ends the threads that OpenBLAS starts when it is loaded, if it has the memory to work; they spin for a while before they sleep.
void zk_end_product_threads(void);

/// Maps the first `bytes` of OpenBLAS' first `count` work buffers, at most 64.
void zk_touch_product_buffers(size_t count, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
