#include "CRaptorQ.h"

// Functions that take and return vectors are all static: how others would call them does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

// Vectors of 32 octets; where registers are narrower the compiler splits them.
typedef uint8_t vector __attribute__((vector_size(32), may_alias));
typedef int8_t signed_vector __attribute__((vector_size(32)));

// Product with a constant bit by bit: products[1 << n] of both nibble tables are the constant times 2^n.
static inline vector scaled_portable(vector value, const uint8_t *products) {
    vector sum = {0};
    for (int bit = 0; bit < 8; bit++) {
        const uint8_t product = bit < 4 ? products[1 << bit] : products[16 + (1 << (bit - 4))];
        sum ^= (vector)((signed_vector)(value << (7 - bit)) < 0) & product;
    }
    return sum;
}

#define NAME(kernel) kernel##_portable
#define MULTIPLY scaled_portable
#include "kernels.h"
#undef NAME
#undef MULTIPLY

#ifdef __x86_64__
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

static inline vector scaled_avx2(vector value, const uint8_t *products) {
    const __m256i nibble = _mm256_set1_epi8(15), octets = (__m256i)value;
    const __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)products));
    const __m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(products + 16)));
    return (vector)_mm256_xor_si256(
        _mm256_shuffle_epi8(low, _mm256_and_si256(octets, nibble)),
        _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(octets, 4), nibble)));
}

#define NAME(kernel) kernel##_avx2
#define MULTIPLY scaled_avx2
#include "kernels.h"
#undef NAME
#undef MULTIPLY

#pragma clang attribute pop
#define DISPATCH(kernel, ...) \
    if (level == CRQ_AVX2) \
        kernel##_avx2(__VA_ARGS__); \
    else \
        kernel##_portable(__VA_ARGS__)
crq_level crq_best_level(void) { return __builtin_cpu_supports("avx2") ? CRQ_AVX2 : CRQ_PORTABLE; }
#else
#define DISPATCH(kernel, ...) \
    (void)level; \
    kernel##_portable(__VA_ARGS__)
crq_level crq_best_level(void) { return CRQ_PORTABLE; }
#endif

void crq_rows(
    crq_level level, crq_slots targets, crq_slots sources, crq_external externals, const crq_row *rows, size_t count,
    const uint32_t *columns, int to_last, size_t length) {
    DISPATCH(rows, targets, sources, externals, rows, count, columns, to_last, length);
}

void crq_sum(
    crq_level level, uint8_t *target, size_t length, crq_slots sources, const uint32_t *columns, size_t count) {
    DISPATCH(sum, target, length, sources, columns, count);
}

void crq_combine(
    crq_level level, crq_slots targets, crq_slots sources, const uint32_t *inputs, size_t input_count, unsigned bits,
    const uint8_t *choices, const uint32_t *outputs, size_t output_count, int accumulate, uint8_t *tables,
    size_t length) {
    DISPATCH(
        combine, targets, sources, inputs, input_count, bits, choices, outputs, output_count, accumulate, tables,
        length);
}

void crq_hdpc(
    crq_level level, crq_slots symbols, const uint32_t *slots, const uint8_t *pairs, size_t count,
    const uint32_t *outputs, size_t output_count, size_t length) {
    DISPATCH(hdpc, symbols, slots, pairs, count, outputs, output_count, length);
}

void crq_multiply(
    crq_level level, crq_slots targets, crq_slots sources, const uint32_t *inputs, size_t input_count,
    const uint8_t *coefficients, const uint8_t *products, const uint32_t *outputs, size_t output_count, size_t length) {
    DISPATCH(
        multiply, targets, sources, inputs, input_count, coefficients, products, outputs, output_count, length);
}

void crq_add_multiples(
    crq_level level, crq_slots symbols, const crq_multiple *multiples, size_t count, const uint8_t *products,
    size_t length) {
    DISPATCH(add_multiples, symbols, multiples, count, products, length);
}
