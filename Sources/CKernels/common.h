// Shared by the kernels: clones for instruction sets, and the elementary functions as polynomials.
#ifndef ZK_COMMON_H
#define ZK_COMMON_H

#include "CKernels.h"
#include <math.h>
#include <string.h>

// One clone per instruction set; the loader picks one, before ThreadSanitizer is ready to watch it do so. Clang lets loops of reductions be
// vectorised only where reassociation is allowed.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ZK_WATCHES_THREADS
#endif
#endif
#if defined(__x86_64__) && defined(__ELF__) && !defined(ZK_WATCHES_THREADS)
#define ZK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ZK_CLONES
#endif
#define ZK_INLINE static inline __attribute__((always_inline))
#define ZK_FAST _Pragma("clang fp reassociate(on) contract(fast)")

/// The square root as one instruction: sqrtf may set errno, which keeps loops from being vectorised.
#if defined(__clang__)
#define zk_sqrt(x) __builtin_elementwise_sqrt((float)(x))
#else
#define zk_sqrt(x) sqrtf(x)
#endif

/// e^x, relative error below 2e-7; 1e-38 below -87.3, finite above 88.3.
ZK_INLINE float zk_exp(float x) {
    x = x < -87.33654f ? -87.33654f : x;
    x = x > 88.3762f ? 88.3762f : x;
    const float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
    float shifted = x * 1.44269504f + magic;
    float n = shifted - magic;
    float f = x - n * 0.693359375f;
    f = f + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * f + 1.3981999507e-3f;
    p = p * f + 8.3334519073e-3f;
    p = p * f + 4.1665795894e-2f;
    p = p * f + 1.6666665459e-1f;
    p = p * f + 5.0000001201e-1f;
    p = p * f * f + f + 1.0f;
    int32_t bits;
    memcpy(&bits, &shifted, 4);
    union {
        int32_t i;
        float f;
    } power = {.i = (int32_t)((uint32_t)(bits + 127 - 0x4b400000) << 23)};
    return p * power.f;
}

/// erf(x), absolute error below 2e-7: a rational minimax approximation on [-4, 4].
ZK_INLINE float zk_erf(float x) {
    x = x < -4.0f ? -4.0f : x;
    x = x > 4.0f ? 4.0f : x;
    float s = x * x;
    float p = -2.72614225801306e-10f;
    p = p * s + 2.77068142495902e-08f;
    p = p * s - 2.10102402082508e-06f;
    p = p * s - 5.69250639462346e-05f;
    p = p * s - 7.34990630326855e-04f;
    p = p * s - 2.95459980854025e-03f;
    p = p * s - 1.60960333262415e-02f;
    float q = -1.45660718464996e-05f;
    q = q * s - 2.13374055278905e-04f;
    q = q * s - 1.68282697438203e-03f;
    q = q * s - 7.37332916720468e-03f;
    q = q * s - 1.42647390514189e-02f;
    return x * p / q;
}

ZK_INLINE float zk_sigmoid(float x) { return 1.0f / (1.0f + zk_exp(-x)); }

ZK_INLINE float zk_tanh(float x) {
    // Near zero the quotient cancels; x - x^3/3 + 2x^5/15 is exact there to single precision.
    float small = x * (1.0f - x * x * (0.33333333f - x * x * 0.13333333f));
    float large = 1.0f - 2.0f / (zk_exp(2.0f * x) + 1.0f);
    return x > -0.04f && x < 0.04f ? small : large;
}

ZK_INLINE float zk_activate(int kind, float x) {
    switch (kind) {
    case ZK_GELU: return 0.5f * x * (1.0f + zk_erf(x * 0.70710678f));
    case ZK_GELU_TANH: return 0.5f * x * (1.0f + zk_tanh(0.79788456f * (x + 0.044715f * x * x * x)));
    case ZK_RELU: return x > 0 ? x : 0;
    case ZK_TANH: return zk_tanh(x);
    case ZK_SILU: return x * zk_sigmoid(x);
    case ZK_QUICK_GELU: return x * zk_sigmoid(1.702f * x);
    default: return x;
    }
}

ZK_INLINE float zk_derive(int kind, float x) {
    switch (kind) {
    case ZK_GELU: return 0.5f * (1.0f + zk_erf(x * 0.70710678f)) + x * 0.39894228f * zk_exp(-0.5f * x * x);
    case ZK_GELU_TANH: {
        x = x < -16.0f ? -16.0f : x > 16.0f ? 16.0f : x;  // the derivative is 0 and 1 beyond; no overflow
        float t = zk_tanh(0.79788456f * (x + 0.044715f * x * x * x));
        return 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * 0.79788456f * (1.0f + 0.134145f * x * x);
    }
    case ZK_RELU: return x > 0 ? 1.0f : 0.0f;
    case ZK_TANH: {
        float t = zk_tanh(x);
        return 1.0f - t * t;
    }
    case ZK_SILU: {
        float s = zk_sigmoid(x);
        return s * (1.0f + x * (1.0f - s));
    }
    case ZK_QUICK_GELU: {
        float s = zk_sigmoid(1.702f * x);
        return s * (1.0f + 1.702f * x * (1.0f - s));
    }
    default: return 1.0f;
    }
}

#define ZK_CHUNK 128  // elements that one call of `zk_factors` decides: 16 counters, 8 elements each
#define ZK_LANES 16

/// Philox4x32 on 16 counters at once; counter word 0 is `first` + lane.
ZK_INLINE void zk_philox(int rounds, uint32_t first, uint32_t c1, uint32_t c2, uint32_t c3, uint64_t key, uint32_t out[4][ZK_LANES]) {
    uint32_t a[ZK_LANES], b[ZK_LANES], c[ZK_LANES], d[ZK_LANES];
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int l = 0; l < ZK_LANES; l++) {
        a[l] = first + (uint32_t)l;
        b[l] = c1;
        c[l] = c2;
        d[l] = c3;
    }
#pragma clang loop unroll(full)
    for (int round = 0; round < rounds; round++) {
        for (int l = 0; l < ZK_LANES; l++) {
            uint64_t p = (uint64_t)a[l] * 0xD2511F53u, q = (uint64_t)c[l] * 0xCD9E8D57u;
            uint32_t a1 = (uint32_t)(q >> 32) ^ b[l] ^ k0, c1_ = (uint32_t)(p >> 32) ^ d[l] ^ k1;
            b[l] = (uint32_t)q;
            d[l] = (uint32_t)p;
            a[l] = a1;
            c[l] = c1_;
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    for (int l = 0; l < ZK_LANES; l++) {
        out[0][l] = a[l];
        out[1][l] = b[l];
        out[2][l] = c[l];
        out[3][l] = d[l];
    }
}

/// The factors (0 or `scale`) of elements chunk*128 ..< chunk*128 + 128 of a row.
ZK_INLINE void zk_factors(zk_dropout dropout, uint32_t chunk, uint32_t row, float factors[ZK_CHUNK]) {
    uint32_t words[4][ZK_LANES];
    zk_philox(7, chunk * ZK_LANES, row, dropout.stream, dropout.site, dropout.key, words);
    for (int w = 0; w < 4; w++) {
        for (int l = 0; l < ZK_LANES; l++) {
            factors[w * 32 + l] = (words[w][l] & 0xFFFFu) < dropout.threshold ? 0.0f : dropout.scale;
            factors[w * 32 + 16 + l] = (words[w][l] >> 16) < dropout.threshold ? 0.0f : dropout.scale;
        }
    }
}

#endif
