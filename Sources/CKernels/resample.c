// Resampling of images in fixed point, as Pillow does it (Resample.c), and the cut into patches.
#include "common.h"

#define BITS 22

typedef int32_t quartet __attribute__((vector_size(16)));
typedef uint8_t pixel __attribute__((vector_size(4)));

ZK_INLINE quartet zk_load_pixel(const uint8_t *p) {
    pixel bytes;
    memcpy(&bytes, p, 4);
    return __builtin_convertvector(bytes, quartet);
}

ZK_INLINE void zk_store_pixel(uint8_t *p, quartet sum) {
    quartet value = sum >> BITS;
    value = __builtin_elementwise_max(value, (quartet){0, 0, 0, 0});
    value = __builtin_elementwise_min(value, (quartet){255, 255, 255, 255});
    pixel bytes = __builtin_convertvector(value, pixel);
    memcpy(p, &bytes, 3);
}

ZK_CLONES
void zk_resample_rows(const uint8_t *in, size_t in_stride, uint8_t *out, size_t out_stride, size_t rows, size_t columns, zk_resampling axis) {
    const int32_t half = 1 << (BITS - 1);
    size_t row = 0;
    for (; row + 4 <= rows; row += 4) {
        const uint8_t *source = in + row * in_stride;
        uint8_t *target = out + row * out_stride;
        for (size_t x = 0; x < columns; x++) {
            const int32_t *weights = axis.weights + x * axis.taps;
            const uint8_t *p = source + 3 * (size_t)axis.starts[x];
            quartet a = {half, half, half, half}, b = a, c = a, d = a;
            for (int32_t t = 0; t < axis.counts[x]; t++) {
                int32_t w = weights[t];
                a += zk_load_pixel(p) * w;
                b += zk_load_pixel(p + in_stride) * w;
                c += zk_load_pixel(p + 2 * in_stride) * w;
                d += zk_load_pixel(p + 3 * in_stride) * w;
                p += 3;
            }
            zk_store_pixel(target + 3 * x, a);
            zk_store_pixel(target + 3 * x + out_stride, b);
            zk_store_pixel(target + 3 * x + 2 * out_stride, c);
            zk_store_pixel(target + 3 * x + 3 * out_stride, d);
        }
    }
    for (; row < rows; row++) {
        for (size_t x = 0; x < columns; x++) {
            const int32_t *weights = axis.weights + x * axis.taps;
            const uint8_t *p = in + row * in_stride + 3 * (size_t)axis.starts[x];
            quartet sum = {half, half, half, half};
            for (int32_t t = 0; t < axis.counts[x]; t++) sum += zk_load_pixel(p + 3 * t) * weights[t];
            zk_store_pixel(out + row * out_stride + 3 * x, sum);
        }
    }
}

#define STRIP 64

ZK_CLONES
void zk_resample_columns(const uint8_t *in, size_t in_stride, uint8_t *out, size_t out_stride, size_t rows, size_t width, zk_resampling axis) {
    for (size_t row = 0; row < rows; row++) {
        const int32_t *weights = axis.weights + row * axis.taps;
        const uint8_t *first = in + (size_t)axis.starts[row] * in_stride;
        uint8_t *target = out + row * out_stride;
        for (size_t start = 0; start < width; start += STRIP) {
            int32_t sums[STRIP];
            size_t count = width - start < STRIP ? width - start : STRIP;
            for (size_t i = 0; i < STRIP; i++) sums[i] = 1 << (BITS - 1);
            for (int32_t t = 0; t < axis.counts[row]; t++) {
                const uint8_t *p = first + (size_t)t * in_stride + start;
                int32_t w = weights[t];
                if (count == STRIP)
                    for (size_t i = 0; i < STRIP; i++) sums[i] += p[i] * w;
                else
                    for (size_t i = 0; i < count; i++) sums[i] += p[i] * w;
            }
            for (size_t i = 0; i < count; i++) {
                int32_t value = sums[i] >> BITS;
                value = value < 0 ? 0 : value;
                target[start + i] = (uint8_t)(value > 255 ? 255 : value);
            }
        }
    }
}

ZK_CLONES
void zk_patches(const uint8_t *pixels, size_t width, size_t height, size_t patch, const float scale[3], const float shift[3], float share,
                float keep, float *out) {
    size_t across = width / patch, down = height / patch, area = patch * patch;
    for (size_t y = 0; y < down * patch; y++) {
        for (size_t column = 0; column < across; column++) {
            float *target = out + (y / patch * across + column) * 3 * area + y % patch * patch;
            const uint8_t *source = pixels + 3 * (y * width + column * patch);
            for (int c = 0; c < 3; c++) {
                float factor = share * scale[c], offset = share * shift[c];
                float *row = target + (size_t)c * area;
                if (keep == 0)
                    for (size_t x = 0; x < patch; x++) row[x] = (float)source[3 * x + (size_t)c] * factor + offset;
                else
                    for (size_t x = 0; x < patch; x++) row[x] = (float)source[3 * x + (size_t)c] * factor + offset + keep * row[x];
            }
        }
    }
}
