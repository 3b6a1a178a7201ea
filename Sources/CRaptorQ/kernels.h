// The kernels, compiled once for each instruction set: NAME gives them their names, MULTIPLY the product of an octet
// vector and a constant. No include guard: this is a template.

static inline vector NAME(load)(const uint8_t *from) { return *(const vector *)from; }
static inline void NAME(store)(uint8_t *to, vector value) { *(vector *)to = value; }

// A unit is two vectors.
static inline void NAME(load_external)(crq_external from, uint32_t index, size_t offset, vector *low, vector *high) {
    const uint8_t *octets = from.base + index * from.stride;
    if (offset + CRQ_UNIT <= from.length) {
        __builtin_memcpy(low, octets + offset, 32);
        __builtin_memcpy(high, octets + offset + 32, 32);
        return;
    }
    uint8_t tail[CRQ_UNIT] __attribute__((aligned(32))) = {0};
    if (offset < from.length) __builtin_memcpy(tail, octets + offset, from.length - offset);
    *low = NAME(load)(tail);
    *high = NAME(load)(tail + 32);
}

// The sums of one row for `units` units, a constant, so that they stay in registers.
static inline __attribute__((always_inline)) void NAME(row)(
    const unsigned units, uint8_t *target, crq_slots sources, crq_external externals, crq_row row, uint32_t last,
    const uint32_t *columns, size_t at) {
    vector sums[2 * units];
    if (row.initial == CRQ_SELF) {
        for (unsigned part = 0; part < 2 * units; part++) sums[part] = NAME(load)(target + at + 32 * part);
    } else if (row.initial < externals.count) {
        for (unsigned unit = 0; unit < units; unit++)
            NAME(load_external)
            (externals, row.initial, at + unit * CRQ_UNIT, &sums[2 * unit], &sums[2 * unit + 1]);
    } else {
        for (unsigned part = 0; part < 2 * units; part++) sums[part] = (vector){0};
    }
    for (uint32_t column = row.first; column < last; column++) {
        const uint8_t *source = sources.base + columns[column] * sources.stride + at;
        for (unsigned part = 0; part < 2 * units; part++) sums[part] ^= NAME(load)(source + 32 * part);
    }
    for (unsigned part = 0; part < 2 * units; part++) NAME(store)(target + at + 32 * part, sums[part]);
}

static void NAME(rows)(
    crq_slots targets, crq_slots sources, crq_external externals, const crq_row *rows, size_t count,
    const uint32_t *columns, int to_last, size_t length) {
    for (size_t index = 0; index < count; index++) {
        const crq_row row = rows[index];
        const uint32_t last = to_last ? row.last : row.middle;
        uint8_t *target = targets.base + row.target * targets.stride;
        size_t at = 0;
        for (; at + 4 * CRQ_UNIT <= length; at += 4 * CRQ_UNIT)
            NAME(row)(4, target, sources, externals, row, last, columns, at);
        for (; at < length; at += CRQ_UNIT) NAME(row)(1, target, sources, externals, row, last, columns, at);
    }
}

static void NAME(sum)(
    uint8_t *target, size_t length, crq_slots sources, const uint32_t *columns, size_t count) {
    for (size_t at = 0; at < length; at += CRQ_UNIT) {
        vector sums[2] = {0};
        for (size_t column = 0; column < count; column++) {
            const uint8_t *source = sources.base + columns[column] * sources.stride + at;
            sums[0] ^= NAME(load)(source);
            sums[1] ^= NAME(load)(source + 32);
        }
        __builtin_memcpy(target + at, sums, length - at < CRQ_UNIT ? length - at : CRQ_UNIT);
    }
}

static void NAME(combine)(
    crq_slots targets, crq_slots sources, const uint32_t *inputs, size_t input_count, unsigned bits,
    const uint8_t *choices, const uint32_t *outputs, size_t output_count, int accumulate, uint8_t *tables,
    size_t length) {
    const size_t groups = (input_count + bits - 1) / bits, table = (size_t)CRQ_UNIT << bits;
    for (size_t at = 0; at < length; at += CRQ_UNIT) {
        for (size_t group = 0; group < groups; group++) {
            uint8_t *sums = tables + group * table;
            const vector zero = {0};
            NAME(store)(sums, zero);
            NAME(store)(sums + 32, zero);
            for (size_t bit = 0; bit < bits && group * bits + bit < input_count; bit++) {
                const uint8_t *source = sources.base + inputs[group * bits + bit] * sources.stride + at;
                const vector low = NAME(load)(source), high = NAME(load)(source + 32);
                const size_t half = (size_t)CRQ_UNIT << bit;
                for (size_t known = 0; known < half; known += CRQ_UNIT) {
                    NAME(store)(sums + half + known, NAME(load)(sums + known) ^ low);
                    NAME(store)(sums + half + known + 32, NAME(load)(sums + known + 32) ^ high);
                }
            }
        }
        for (size_t output = 0; output < output_count; output++) {
            uint8_t *target = targets.base + outputs[output] * targets.stride + at;
            const uint8_t *choice = choices + output * groups;
            vector low = {0}, high = {0};
            if (accumulate) {
                low = NAME(load)(target);
                high = NAME(load)(target + 32);
            }
            for (size_t group = 0; group < groups; group++) {
                const uint8_t *sum = tables + group * table + (size_t)choice[group] * CRQ_UNIT;
                low ^= NAME(load)(sum);
                high ^= NAME(load)(sum + 32);
            }
            NAME(store)(target, low);
            NAME(store)(target + 32, high);
        }
    }
}

// Times alpha, which is 2: a shift, and the polynomial's lower part 0x1d where a bit fell out.
static inline vector NAME(doubled)(vector value) {
    return (value + value) ^ ((vector)((signed_vector)value < 0) & 0x1d);
}

// `parts` vectors of all symbols, a constant, so that the running sums stay in registers.
static inline __attribute__((always_inline)) void NAME(hdpc_parts)(
    const unsigned parts, crq_slots symbols, const uint32_t *slots, const uint8_t *pairs, size_t count,
    const uint32_t *outputs, size_t output_count, size_t at) {
    vector rows[CRQ_MOST_OUTPUTS][parts], sums[parts];
    for (unsigned part = 0; part < parts; part++) sums[part] = (vector){0};
    for (size_t output = 0; output < output_count; output++)
        for (unsigned part = 0; part < parts; part++) rows[output][part] = (vector){0};
    for (size_t column = 0; column < count; column++) {
        for (unsigned part = 0; part < parts; part++) sums[part] = NAME(doubled)(sums[part]);
        if (slots[column] != CRQ_NONE) {
            const uint8_t *source = symbols.base + slots[column] * symbols.stride + at;
            for (unsigned part = 0; part < parts; part++) sums[part] ^= NAME(load)(source + 32 * part);
        }
        if (column + 1 == count) break;
        vector *first = rows[pairs[2 * column]], *second = rows[pairs[2 * column + 1]];
        for (unsigned part = 0; part < parts; part++) first[part] ^= sums[part];
        for (unsigned part = 0; part < parts; part++) second[part] ^= sums[part];
    }
    for (size_t output = 0; output < output_count; output++) {
        uint8_t *target = symbols.base + outputs[output] * symbols.stride + at;
        for (unsigned part = 0; part < parts; part++) {
            NAME(store)(target + 32 * part, rows[output][part] ^ sums[part]);
            sums[part] = NAME(doubled)(sums[part]);
        }
    }
}

static void NAME(hdpc)(
    crq_slots symbols, const uint32_t *slots, const uint8_t *pairs, size_t count, const uint32_t *outputs,
    size_t output_count, size_t length) {
    size_t at = 0;
    for (; at + 4 * CRQ_UNIT <= length; at += 4 * CRQ_UNIT)
        NAME(hdpc_parts)(8, symbols, slots, pairs, count, outputs, output_count, at);
    for (; at < length; at += CRQ_UNIT)
        NAME(hdpc_parts)(2, symbols, slots, pairs, count, outputs, output_count, at);
}

// A unit of `some` outputs, a constant, so that the sums stay in registers.
static inline __attribute__((always_inline)) void NAME(multiply_some)(
    const unsigned some, vector *results, crq_slots sources, const uint32_t *inputs, size_t input_count,
    const uint8_t *coefficients, size_t output_count, const uint8_t *products, size_t at) {
    vector sums[2 * some];
    for (unsigned part = 0; part < 2 * some; part++) sums[part] = (vector){0};
    for (size_t input = 0; input < input_count; input++) {
        const uint8_t *source = sources.base + inputs[input] * sources.stride + at;
        const vector low = NAME(load)(source), high = NAME(load)(source + 32);
        for (unsigned output = 0; output < some; output++) {
            const uint8_t *product = products + 32 * (size_t)coefficients[input * output_count + output];
            sums[2 * output] ^= MULTIPLY(low, product);
            sums[2 * output + 1] ^= MULTIPLY(high, product);
        }
    }
    for (unsigned part = 0; part < 2 * some; part++) results[part] = sums[part];
}

static void NAME(multiply)(
    crq_slots targets, crq_slots sources, const uint32_t *inputs, size_t input_count, const uint8_t *coefficients,
    const uint8_t *products, const uint32_t *outputs, size_t output_count, size_t length) {
    for (size_t at = 0; at < length; at += CRQ_UNIT) {
        vector results[2 * CRQ_MOST_OUTPUTS];
        size_t output = 0;
        for (; output + 4 <= output_count; output += 4)
            NAME(multiply_some)(
                4, results + 2 * output, sources, inputs, input_count, coefficients + output, output_count, products,
                at);
        for (; output < output_count; output++)
            NAME(multiply_some)(
                1, results + 2 * output, sources, inputs, input_count, coefficients + output, output_count, products,
                at);
        for (output = 0; output < output_count; output++) {
            uint8_t *target = targets.base + outputs[output] * targets.stride + at;
            NAME(store)(target, results[2 * output]);
            NAME(store)(target + 32, results[2 * output + 1]);
        }
    }
}

static void NAME(add_multiples)(
    crq_slots symbols, const crq_multiple *multiples, size_t count, const uint8_t *products, size_t length) {
    for (size_t index = 0; index < count; index++) {
        uint8_t *target = symbols.base + multiples[index].target * symbols.stride;
        const uint8_t *source = symbols.base + multiples[index].source * symbols.stride;
        const uint8_t *product = products + 32 * (size_t)multiples[index].factor;
        for (size_t at = 0; at < length; at += 32)
            NAME(store)(target + at, NAME(load)(target + at) ^ MULTIPLY(NAME(load)(source + at), product));
    }
}
