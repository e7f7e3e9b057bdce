/* Provers that lie, and the lies that they tell of one number. Such a prover takes the steps of the honest one
 * (argument/prover.h), and points to another witness before some of them: what it commits to, what it shows among the
 * fractions, and what it multiplies under the pools' windows need not be the same. */
#ifndef TEST_ARGUMENT_LYING_H
#define TEST_ARGUMENT_LYING_H

#include "argument/proving.h"

/* Where nobody lies, all three are one. */
typedef struct told_witnesses {
    const prom_witness *committed; /* what the columns are committed to, and the claims made of */
    const prom_witness *shown;     /* what stands among the fractions, */
    const prom_witness *pooled;    /* and in the products of pools' differences; in all else it is as `committed` */
} told_witnesses;

/* Proves the statement, outputs included, by the layout of `argument`, which may be another program's. */
static inline prom_result prove_falsely(prom_arena *arena, prom_span *proof, const prom_argument *argument,
                                        const prom_statement *statement, const told_witnesses *told, prom_error *error)
{
    const proof_request request = {argument, told->committed, statement, prom_cpu_of_machine(), NULL, NULL};
    argument_prover prover;
    *proof = prom_span_of(NULL, 0);
    prom_argument_prover_init(&prover, arena, arena, &request);
    if (argument->column_count > 0) {
        PROM_TRY(prom_argument_commit(&prover, error));
        prover.witness = told->shown;
        PROM_TRY(prom_argument_prove_lookups(&prover, error));
        prover.witness = told->committed;
        PROM_TRY(prom_argument_claim_leaf(&prover, error));
        prover.witness = told->pooled;
        PROM_TRY(prom_argument_prove_layers(&prover, error));
        PROM_TRY(prom_argument_open(&prover, error));
    }
    return prom_writer_finish(&prover.writer, proof, error);
}

/* A lie, on its way: `witness` is a copy of the truth to change. */
typedef struct liar {
    proving made;
    prom_witness witness;
    uint64_t *random;
    size_t layer; /* of the argument, that it is about */
    size_t place; /* of the layer's polynomial */
} liar;

/* -- Copies, and values in them -- */

static inline prom_element *copy_elements(prom_arena *arena, const prom_element *from, size_t variables)
{
    prom_element *copy = new_bytes(arena, (size_t)1 << variables, sizeof *copy);
    memcpy(copy, from, sizeof *copy << variables);
    return copy;
}

static inline prom_witness copy_witness(prom_arena *arena, const prom_argument *argument, const prom_witness *from)
{
    prom_witness copy = {.columns = new_bytes(arena, argument->column_count, sizeof *copy.columns),
                         .layers = new_bytes(arena, argument->layer_count, sizeof *copy.layers)};
    for (size_t i = 0; i < argument->column_count; i++) {
        copy.columns[i] = copy_elements(arena, from->columns[i], argument->columns[i]);
    }
    for (size_t i = 0; i < argument->layer_count; i++) {
        const argument_layer *layer = &argument->layers[i];
        const argument_value *value = &argument->values[layer->value];
        const layer_witness *old = &from->layers[i];
        layer_witness *made = &copy.layers[i];
        made->value = value->role == ARGUMENT_COMMITTED ? copy.columns[value->column]
                                                        : copy_elements(arena, old->value, layer->variables);
        for (size_t place = 0; place < layer->places; place++) {
            made->differences[place] = copy_elements(arena, old->differences[place], layer->variables);
        }
        if (layer->places == 0) {
            made->quotient = copy_elements(arena, old->quotient, layer->variables);
        }
        if (layer->split) {
            made->rest = copy_elements(arena, old->rest, layer->variables);
            made->low = copy_elements(arena, old->low, layer->variables);
        }
    }
    return copy;
}

static inline int64_t value_of(prom_element element)
{
    const int64_t value = prom_element_value(element);
    return value > PROM_FIELD_PRIME / 2 ? value - PROM_FIELD_PRIME : value;
}

static inline void add_to(prom_element *element, int64_t change)
{
    const int64_t sum = (value_of(*element) + change) % (int64_t)PROM_FIELD_PRIME;
    *element = prom_element_of((uint32_t)(sum < 0 ? sum + PROM_FIELD_PRIME : sum));
}

static inline const argument_layer *layer_of(const liar *told)
{
    return &told->made.argument.layers[told->layer];
}

static inline const prom_layer *from_of(const liar *told)
{
    return &told->made.statement.program->layers[layer_of(told)->value - 1];
}

static inline layer_witness *numbers_of(const liar *told)
{
    return &told->witness.layers[told->layer];
}

static inline bool is_output(const liar *told)
{
    return told->made.argument.values[layer_of(told)->value].role == ARGUMENT_OUTPUT;
}

/* One row of a table is looked up once less, another once more. False, and no row more, where there is no such row. */
static inline bool move_count(const liar *told, size_t lookup, int64_t from, int64_t to)
{
    const argument_table *table = &told->made.argument.tables[told->made.argument.lookups[lookup].table];
    const int64_t lowest = table->activation ? -(INT64_C(1) << (table->bits - 1)) : 0;
    const int64_t rows = INT64_C(1) << table->bits;
    add_to(&told->witness.columns[table->column][from - lowest], -1);
    if (to - lowest < 0 || to - lowest >= rows) {
        return false;
    }
    add_to(&told->witness.columns[table->column][to - lowest], 1);
    return true;
}

/* The place of the polynomial that holds value `at` of item `item`. */
static inline size_t real_place(const proving *made, const argument_layer *layer, size_t item, size_t at)
{
    const prom_value *value = prom_program_value(made->statement.program, layer->value);
    const argument_value *layout = &made->argument.values[layer->value];
    uint32_t *places = new_bytes(made->arena, value->count, sizeof *places);
    prom_argument_padded_places(places, layout, &value->shape);
    return item << layout->variables | places[at];
}

/* Writes the layer's value at the place, and says so in the statement where it is the output. False for a place of an
 * output that is not zero and stands for nothing. */
static inline bool set_value(liar *told, int64_t to)
{
    const proving *made = &told->made;
    const prom_value *output = prom_program_output(made->statement.program);
    prom_element *value = &numbers_of(told)->value[told->place];
    const int64_t change = to - value_of(*value);
    add_to(value, change);
    for (size_t i = 0; is_output(told) && i < made->statement.items * output->count; i++) {
        if (real_place(made, layer_of(told), i / output->count, i % output->count) == told->place) {
            made->outputs[i] = (uint8_t)(made->outputs[i] + change);
            return true;
        }
    }
    return !is_output(told) || change == 0;
}

/* -- Lies on one number. Each is false where it cannot be told. -- */

static inline bool wrong_activation(liar *told)
{
    const int64_t value = value_of(numbers_of(told)->value[told->place]);
    return layer_of(told)->places == 0 &&
           set_value(told, value > from_of(told)->output.range.low ? value - 1 : value + 1);
}

static inline int64_t clamped(const liar *told, int64_t quotient)
{
    const prom_range range = from_of(told)->output.range;
    return quotient < range.low ? range.low : quotient > range.high ? range.high : quotient;
}

/* Another row of the activation's table. False when it has none for that quotient. */
static inline bool set_quotient(liar *told, int64_t to)
{
    prom_element *quotient = &numbers_of(told)->quotient[told->place];
    const int64_t before = value_of(*quotient);
    add_to(quotient, to - before);
    return set_value(told, clamped(told, to)) && move_count(told, layer_of(told)->activation, before, to);
}

static inline bool wrong_quotient(liar *told)
{
    if (layer_of(told)->places > 0) {
        return false;
    }
    const int64_t quotient = value_of(numbers_of(told)->quotient[told->place]);
    return set_quotient(told, quotient > 0 ? quotient - 1 : quotient + 1);
}

/* All limbs of a number, to say another one. Its bits beyond the limbs go to the last one. */
static inline void set_limbs(liar *told, const argument_limbs *limbs, int64_t number)
{
    for (size_t i = 0; i < limbs->count; i++) {
        prom_element *limb = &told->witness.columns[limbs->columns[i]][told->place];
        const int64_t before = value_of(*limb);
        const int64_t size = INT64_C(1) << limbs->bits[i];
        const int64_t now = i + 1 < limbs->count ? (number % size + size) % size : number;
        add_to(limb, now - before);
        (void)move_count(told, limbs->lookups[i], before, now);
        number = (number - now) / size;
    }
}

static inline int64_t number_in(const liar *told, const argument_limbs *limbs)
{
    int64_t number = 0;
    for (size_t i = limbs->count; i-- > 0;) {
        number = (number << limbs->bits[i]) + value_of(told->witness.columns[limbs->columns[i]][told->place]);
    }
    return number;
}

/* q + 1 and r - 2^shift: the same dividend. */
static inline bool quotient_at_the_remainders_cost(liar *told)
{
    const argument_layer *layer = layer_of(told);
    if (layer->places > 0) {
        return false;
    }
    set_limbs(told, &layer->remainder, number_in(told, &layer->remainder) - (INT64_C(1) << layer->remainder_bits));
    return set_quotient(told, value_of(numbers_of(told)->quotient[told->place]) + 1);
}

/* The quotient of a number that is the dividend modulo p, but not the dividend. */
static inline bool wrapped_around(liar *told)
{
    const argument_layer *layer = layer_of(told);
    if (layer->places > 0) {
        return false;
    }
    const int64_t size = INT64_C(1) << layer->remainder_bits;
    const int64_t quotient = value_of(numbers_of(told)->quotient[told->place]);
    const int64_t dividend = quotient * size + number_in(told, &layer->remainder);
    const int64_t other = dividend < 0 ? dividend + PROM_FIELD_PRIME : dividend - (int64_t)PROM_FIELD_PRIME;
    const int64_t remainder = (other % size + size) % size;
    set_limbs(told, &layer->remainder, remainder);
    (void)set_quotient(told, (other - remainder) / size);
    return true;
}

static inline bool wrong_remainder(liar *told)
{
    const argument_layer *layer = layer_of(told);
    if (layer->places > 0) {
        return false;
    }
    const int64_t remainder = number_in(told, &layer->remainder);
    set_limbs(told, &layer->remainder, remainder > 0 ? remainder - 1 : 1);
    return true;
}

static inline bool wrong_multiplicity(liar *told)
{
    const argument_table *table =
        &told->made.argument.tables[random_below(told->random, told->made.argument.table_count)];
    add_to(&told->witness.columns[table->column][random_below(told->random, (size_t)1 << table->bits)], 1);
    return true;
}

/* high + 1 and rest - 2^split: the same sum. */
static inline bool high_part_at_the_rests_cost(liar *told)
{
    const argument_layer *layer = layer_of(told);
    if (!layer->split) {
        return false;
    }
    const int64_t size = INT64_C(1) << from_of(told)->rescale.split;
    prom_element *rest = &numbers_of(told)->rest[told->place];
    const int64_t before = value_of(*rest);
    set_limbs(told, &layer->high, number_in(told, &layer->high) + 1);
    add_to(rest, -size);
    (void)move_count(told, layer->rest, before, before - size);
    return true;
}

/* carry - 1 and low + 2^split: the same product; the remainder takes the difference. */
static inline bool carry_at_the_low_parts_cost(liar *told)
{
    const argument_layer *layer = layer_of(told);
    if (!layer->split) {
        return false;
    }
    const int64_t size = INT64_C(1) << from_of(told)->rescale.split;
    const int64_t remainder = number_in(told, &layer->remainder);
    prom_element *low = &numbers_of(told)->low[told->place];
    const int64_t before = value_of(*low);
    if (remainder == 0) {
        return false;
    }
    set_limbs(told, &layer->carry, number_in(told, &layer->carry) - 1);
    set_limbs(told, &layer->remainder, remainder - 1);
    add_to(low, size);
    (void)move_count(told, layer->low, before, before + size);
    return true;
}

/* The sum itself, by its high part: all but the sums' own claim fits. */
static inline bool wrong_high_part(liar *told)
{
    const argument_layer *layer = layer_of(told);
    if (!layer->split) {
        return false;
    }
    const int64_t high = number_in(told, &layer->high);
    set_limbs(told, &layer->high, high > 0 ? high - 1 : high + 1);
    return true;
}

/* Another low part of the product, which leaves, modulo p, another dividend: sum, product and all ranges still fit. */
static inline bool wrong_low_part(liar *told)
{
    const argument_layer *layer = layer_of(told);
    if (!layer->split) {
        return false;
    }
    const int64_t size = INT64_C(1) << layer->remainder_bits;
    const int64_t dividend =
        value_of(numbers_of(told)->quotient[told->place]) * size + number_in(told, &layer->remainder);
    prom_element *low = &numbers_of(told)->low[told->place];
    const int64_t before = value_of(*low);
    const int64_t now = before > 0 ? before - 1 : 1;
    prom_element other = prom_element_of((uint32_t)(before - now + PROM_FIELD_PRIME) % PROM_FIELD_PRIME);
    other = prom_element_multiply(other,
                                  prom_element_inverse(prom_element_of(UINT32_C(1) << from_of(told)->rescale.split)));
    add_to(&other, dividend);
    const int64_t remainder = (value_of(other) % size + size) % size;
    add_to(low, now - before);
    set_limbs(told, &layer->remainder, remainder);
    return move_count(told, layer->low, before, now) && set_quotient(told, (value_of(other) - remainder) / size);
}

static inline bool shift_differences(liar *told, int64_t change)
{
    bool in_range = true;
    for (size_t place = 0; place < layer_of(told)->places; place++) {
        prom_element *difference = &numbers_of(told)->differences[place][told->place];
        const int64_t before = value_of(*difference);
        add_to(difference, change);
        in_range = move_count(told, layer_of(told)->first_place + place, before, before + change) && in_range;
    }
    return in_range;
}

static inline bool winner_too_large(liar *told)
{
    if (layer_of(told)->places == 0) {
        return false;
    }
    const int64_t value = value_of(numbers_of(told)->value[told->place]);
    return value < from_of(told)->output.range.high && set_value(told, value + 1) && shift_differences(told, 1);
}

/* One that lies under the window, but is not the largest. */
static inline bool winner_too_small(liar *told)
{
    for (size_t place = 0; place < layer_of(told)->places; place++) {
        const int64_t difference = value_of(numbers_of(told)->differences[place][told->place]);
        if (difference > 0) {
            const int64_t value = value_of(numbers_of(told)->value[told->place]);
            (void)shift_differences(told, -difference);
            return set_value(told, value - difference);
        }
    }
    return false;
}

/* The winner stays, but a difference says that it is another's value. */
static inline bool wrong_difference(liar *told)
{
    const argument_layer *layer = layer_of(told);
    if (layer->places == 0) {
        return false;
    }
    const size_t place = random_below(told->random, layer->places);
    prom_element *difference = &numbers_of(told)->differences[place][told->place];
    const int64_t before = value_of(*difference);
    const int64_t now = before > 0 ? 0 : 1;
    add_to(difference, now - before);
    return move_count(told, layer->first_place + place, before, now);
}

#endif
