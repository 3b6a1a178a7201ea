#ifndef CRAPTORQ_H
#define CRAPTORQ_H

// The inner loops of the RaptorQ codec. Symbols lie in slots of a buffer.
//
// The caller proves: slot numbers lie in the buffers; base, stride and `length`, the octets to work on, are multiples of
// CRQ_UNIT; length <= stride. Nothing here comes from the network but the octets of symbols.

#include <stddef.h>
#include <stdint.h>

enum { CRQ_UNIT = 64, CRQ_MOST_OUTPUTS = 16 };
#define CRQ_NONE UINT32_MAX
#define CRQ_SELF (UINT32_MAX - 1)

// Memory aligned to CRQ_UNIT; NULL if there is none. `huge` asks for pages of 2 MiB, as far as they fit: fewer faults, but
// a page counts as soon as an octet of it is touched.
uint8_t *_Nullable crq_allocate(size_t size, int huge);
// With the size that was asked for.
void crq_free(uint8_t *_Nonnull memory, size_t size);

typedef enum { CRQ_PORTABLE, CRQ_AVX2 } crq_level;

// The best that this processor has.
crq_level crq_best_level(void);

typedef struct {
    uint8_t *_Nonnull base;
    size_t stride;
} crq_slots;

// Octets outside the slots, of any alignment: `count` symbols of `length` octets, thought to go on with zeros.
typedef struct {
    const uint8_t *_Nullable base;
    size_t stride, length, count;
} crq_external;

// target = initial ^ the columns [first, middle) or [first, last) of a list of slots. `initial` is the number of an
// external symbol, one beyond those there are being zero, or CRQ_SELF: what the target holds.
typedef struct {
    uint32_t target, initial, first, middle, last;
} crq_row;

// Rows in order; a row may read the targets of earlier ones.
void crq_rows(
    crq_level level, crq_slots targets, crq_slots sources, crq_external externals, const crq_row *_Nonnull rows,
    size_t count, const uint32_t *_Nonnull columns, int to_last, size_t length);

// The sum of slots, into `length` octets of any alignment.
void crq_sum(
    crq_level level, uint8_t *_Nonnull target, size_t length, crq_slots sources, const uint32_t *_Nonnull columns,
    size_t count);

// Product of a bit matrix and symbols (Four Russians): inputs in groups of `bits`, a table of the sums of each group;
// `choices` has for each output the index in each table. Outputs may be slots of inputs. `tables` is aligned to
// CRQ_UNIT and has groups << bits units.
void crq_combine(
    crq_level level, crq_slots targets, crq_slots sources, const uint32_t *_Nonnull inputs, size_t input_count,
    unsigned bits, const uint8_t *_Nonnull choices, const uint32_t *_Nonnull outputs, size_t output_count,
    int accumulate, uint8_t *_Nonnull tables, size_t length);

// Right-hand sides of the HDPC rows (RFC 6330, 5.3.3.3): column j has its symbol in slots[j], or none, and ones of MT
// in the rows pairs[2j] and pairs[2j+1]; the last column has the powers of alpha.
void crq_hdpc(
    crq_level level, crq_slots symbols, const uint32_t *_Nonnull slots, const uint8_t *_Nonnull pairs, size_t count,
    const uint32_t *_Nonnull outputs, size_t output_count, size_t length);

// Outputs = matrix over GF(256) * inputs; coefficients input by input, output_count each, which is at most
// CRQ_MOST_OUTPUTS. `products` has for each octet its 16 products with low and 16 with high nibbles. Outputs may be
// slots of inputs.
void crq_multiply(
    crq_level level, crq_slots targets, crq_slots sources, const uint32_t *_Nonnull inputs, size_t input_count,
    const uint8_t *_Nonnull coefficients, const uint8_t *_Nonnull products, const uint32_t *_Nonnull outputs,
    size_t output_count, size_t length);

// target ^= factor * source.
typedef struct {
    uint32_t target, source;
    uint8_t factor;
} crq_multiple;

// Multiples in order; one may use what an earlier one has given. `products` as above.
void crq_add_multiples(
    crq_level level, crq_slots symbols, const crq_multiple *_Nonnull multiples, size_t count,
    const uint8_t *_Nonnull products, size_t length);

#endif
