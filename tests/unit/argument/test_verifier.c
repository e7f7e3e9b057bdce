/* Provers that lie. Each is the honest prover with a witness in which something is wrong, and all else follows suit as
 * well as it can. */
#include "argument/lying.h"
#include "argument/proving.h"

/* A lie, on its way: `witness` is a copy of the truth to change. */
typedef struct liar {
    proving made;
    prom_witness witness;
    uint64_t *random;
    size_t layer; /* of the argument, that it is about */
    size_t place; /* of the layer's polynomial */
} liar;

/* -- Copies, and values in them -- */

static prom_element *copy_elements(prom_arena *arena, const prom_element *from, size_t variables)
{
    prom_element *copy = new_bytes(arena, (size_t)1 << variables, sizeof *copy);
    memcpy(copy, from, sizeof *copy << variables);
    return copy;
}

static prom_witness copy_witness(prom_arena *arena, const prom_argument *argument, const prom_witness *from)
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

static int64_t value_of(prom_element element)
{
    const int64_t value = prom_element_value(element);
    return value > PROM_FIELD_PRIME / 2 ? value - PROM_FIELD_PRIME : value;
}

static void add_to(prom_element *element, int64_t change)
{
    const int64_t sum = (value_of(*element) + change) % (int64_t)PROM_FIELD_PRIME;
    *element = prom_element_of((uint32_t)(sum < 0 ? sum + PROM_FIELD_PRIME : sum));
}

static const argument_layer *layer_of(const liar *told)
{
    return &told->made.argument.layers[told->layer];
}

static const prom_layer *from_of(const liar *told)
{
    return &told->made.statement.program->layers[layer_of(told)->value - 1];
}

static layer_witness *numbers_of(const liar *told)
{
    return &told->witness.layers[told->layer];
}

static bool is_output(const liar *told)
{
    return told->made.argument.values[layer_of(told)->value].role == ARGUMENT_OUTPUT;
}

/* One row of a table is looked up once less, another once more. False, and no row more, where there is no such row. */
static bool move_count(const liar *told, size_t lookup, int64_t from, int64_t to)
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
static size_t real_place(const proving *made, const argument_layer *layer, size_t item, size_t at)
{
    const prom_value *value = prom_program_value(made->statement.program, layer->value);
    const argument_value *layout = &made->argument.values[layer->value];
    uint32_t *places = new_bytes(made->arena, value->count, sizeof *places);
    prom_argument_padded_places(places, layout, &value->shape);
    return item << layout->variables | places[at];
}

/* Writes the layer's value at the place, and says so in the statement where it is the output. False for a place of an
 * output that is not zero and stands for nothing. */
static bool set_value(liar *told, int64_t to)
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

/* -- Lies on one number. Each is false where it can not be told. -- */

static bool wrong_activation(liar *told)
{
    const int64_t value = value_of(numbers_of(told)->value[told->place]);
    return layer_of(told)->places == 0 &&
           set_value(told, value > from_of(told)->output.range.low ? value - 1 : value + 1);
}

static int64_t clamped(const liar *told, int64_t quotient)
{
    const prom_range range = from_of(told)->output.range;
    return quotient < range.low ? range.low : quotient > range.high ? range.high : quotient;
}

/* Another row of the activation's table. False when it has none for that quotient. */
static bool set_quotient(liar *told, int64_t to)
{
    prom_element *quotient = &numbers_of(told)->quotient[told->place];
    const int64_t before = value_of(*quotient);
    add_to(quotient, to - before);
    return set_value(told, clamped(told, to)) && move_count(told, layer_of(told)->activation, before, to);
}

static bool wrong_quotient(liar *told)
{
    if (layer_of(told)->places > 0) {
        return false;
    }
    const int64_t quotient = value_of(numbers_of(told)->quotient[told->place]);
    return set_quotient(told, quotient > 0 ? quotient - 1 : quotient + 1);
}

/* All limbs of a number, to say another one. Its bits beyond the limbs go to the last one. */
static void set_limbs(liar *told, const argument_limbs *limbs, int64_t number)
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

static int64_t number_in(const liar *told, const argument_limbs *limbs)
{
    int64_t number = 0;
    for (size_t i = limbs->count; i-- > 0;) {
        number = (number << limbs->bits[i]) + value_of(told->witness.columns[limbs->columns[i]][told->place]);
    }
    return number;
}

/* q + 1 and r - 2^shift: the same dividend. */
static bool quotient_at_the_remainders_cost(liar *told)
{
    const argument_layer *layer = layer_of(told);
    if (layer->places > 0) {
        return false;
    }
    set_limbs(told, &layer->remainder, number_in(told, &layer->remainder) - (INT64_C(1) << layer->remainder_bits));
    return set_quotient(told, value_of(numbers_of(told)->quotient[told->place]) + 1);
}

/* The quotient of a number that is the dividend modulo p, but not the dividend. */
static bool wrapped_around(liar *told)
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

static bool wrong_remainder(liar *told)
{
    const argument_layer *layer = layer_of(told);
    if (layer->places > 0) {
        return false;
    }
    const int64_t remainder = number_in(told, &layer->remainder);
    set_limbs(told, &layer->remainder, remainder > 0 ? remainder - 1 : 1);
    return true;
}

static bool wrong_multiplicity(liar *told)
{
    const argument_table *table =
        &told->made.argument.tables[random_below(told->random, told->made.argument.table_count)];
    add_to(&told->witness.columns[table->column][random_below(told->random, (size_t)1 << table->bits)], 1);
    return true;
}

/* high + 1 and rest - 2^split: the same sum. */
static bool high_part_at_the_rests_cost(liar *told)
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
static bool carry_at_the_low_parts_cost(liar *told)
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
static bool wrong_high_part(liar *told)
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
static bool wrong_low_part(liar *told)
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

static bool shift_differences(liar *told, int64_t change)
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

static bool winner_too_large(liar *told)
{
    if (layer_of(told)->places == 0) {
        return false;
    }
    const int64_t value = value_of(numbers_of(told)->value[told->place]);
    return value < from_of(told)->output.range.high && set_value(told, value + 1) && shift_differences(told, 1);
}

/* One that lies under the window, but is not the largest. */
static bool winner_too_small(liar *told)
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
static bool wrong_difference(liar *told)
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

/* -- Telling them -- */

typedef struct lie {
    const char *name;
    bool (*tell)(liar *told);
    bool of_padding; /* it can be told where there is no value */
    bool fits;       /* the tables have all that is looked up: the fractions add up to zero */
    const char *refusal;
    const char *other_refusal; /* another that is possible, or NULL */
} lie;

#define NO_WINNER "a pool's value is none of those under its window"
#define TABLES "what is looked up is not in the tables"
#define SUMS "a layer's sums are not those of its inputs and biases"

static const lie lies[] = {
    {"an activation", wrong_activation, true, false, NULL, NULL},
    {"a quotient", wrong_quotient, true, true, SUMS, NULL},
    {"a quotient, at the remainder's cost", quotient_at_the_remainders_cost, true, false, NULL, NULL},
    {"a dividend that wraps around", wrapped_around, true, false, NULL, NULL},
    {"a remainder", wrong_remainder, true, true, SUMS, NULL},
    {"a multiplicity", wrong_multiplicity, true, false, NULL, NULL},
    {"a high part, at the rest's cost", high_part_at_the_rests_cost, true, false, NULL, NULL},
    {"a carry, at the low part's cost", carry_at_the_low_parts_cost, true, false, NULL, NULL},
    {"a high part", wrong_high_part, true, true, SUMS, NULL},
    {"a low part", wrong_low_part, true, true, "a sum's high part is not multiplied as it should be", NULL},
    {"a pool's winner, too large", winner_too_large, true, true, NO_WINNER, NULL},
    {"a pool's winner, too small", winner_too_small, false, false, NULL, NULL},
    {"a difference in a pool", wrong_difference, true, true, SUMS, NO_WINNER},
};

static void assert_refused_with(const liar *told, prom_span proof, const lie *kind, const char *first,
                                const char *second)
{
    prom_error error = {""};
    const prom_result checked = prom_statement_verify(told->made.arena, &told->made.statement, proof, NULL, &error);
    if (checked.category != PROM_CATEGORY_PEER ||
        (strstr(error.sentence, first) == NULL && (second == NULL || strstr(error.sentence, second) == NULL))) {
        fail_msg("%s: %s, %s", kind->name, prom_category_name(checked.category), error.sentence);
    }
}

/* A proof with `committed` for the columns and `shown` among the fractions. */
static prom_result prove_with(const proving *made, prom_span *proof, const prom_witness *committed,
                              const prom_witness *shown)
{
    const told_witnesses told = {committed, shown, committed};
    return prove_falsely(made->arena, proof, &made->argument, &made->statement, &told, NULL);
}

/* The liar may also show the truth among the fractions, and say there what it has committed to. */
static void assert_in_vain(const liar *told, const lie *kind)
{
    prom_span proof;
    const prom_result made = prove_with(&told->made, &proof, &told->witness, &told->witness);
    if (kind->fits) {
        assert_true(prom_is_ok(made));
        assert_refused_with(told, proof, kind, kind->refusal, kind->other_refusal);
    } else {
        assert_int_equal(made.category, PROM_CATEGORY_MISUSE); /* the fractions do not add up to zero */
    }
    assert_true(prom_is_ok(prove_with(&told->made, &proof, &told->witness, &told->made.witness)));
    assert_refused_with(told, proof, kind, TABLES, NULL);
}

static liar new_liar(prom_arena *arena, uint64_t *random, size_t layers, size_t items)
{
    liar told = {.random = random};
    do {
        told.made = random_proving(arena, random, layers, items);
    } while (told.made.argument.layer_count == 0);
    told.witness = copy_witness(arena, &told.made.argument, &told.made.witness);
    told.layer = random_below(random, told.made.argument.layer_count);
    return told;
}

/* A place that stands for a value, or one that stands for nothing: false where there is none. */
static bool choose_place(liar *told, bool padded)
{
    const argument_layer *layer = layer_of(told);
    const size_t count = from_of(told)->output.count;
    const size_t items = told->made.statement.items;
    if (!padded) {
        told->place =
            real_place(&told->made, layer, random_below(told->random, items), random_below(told->random, count));
        return true;
    }
    const size_t size = (size_t)1 << layer->variables;
    bool *used = new_bytes(told->made.arena, size, sizeof *used);
    for (size_t i = 0; i < items * count; i++) {
        used[real_place(&told->made, layer, i / count, i % count)] = true;
    }
    for (size_t tries = 0; tries < 100; tries++) {
        told->place = random_below(told->random, size);
        if (!used[told->place]) {
            return true;
        }
    }
    return false;
}

static void tell(const lie *kind, bool padded, uint64_t *random, size_t wanted)
{
    size_t told_count = 0;
    for (size_t tries = 0; tries < 5000 && told_count < wanted; tries++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena;
        prom_arena_init(&arena, PROVING_MEMORY);
        liar told = new_liar(&arena, random, 1 + tries % 4, 1 + tries % 3);
        if (choose_place(&told, padded) && kind->tell(&told)) {
            assert_in_vain(&told, kind);
            told_count++;
        }
    }
    if (told_count < wanted) {
        fail_msg("%s: told %zu times, not %zu", kind->name, told_count, wanted);
    }
}

/* Columns that lie anywhere are committed to as those that lie in rows. */
static void test_copied_columns(void **state)
{
    uint64_t random = 7;
    (void)state;
    for (size_t tries = 0; tries < 20; tries++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena;
        prom_arena_init(&arena, PROVING_MEMORY);
        const liar told = new_liar(&arena, &random, 1 + tries % 4, 1 + tries % 3);
        prom_span proof;
        assert_true(prom_is_ok(prove_with(&told.made, &proof, &told.witness, &told.witness)));
        assert_true(prom_span_equal(proof, honest_proof(&told.made)));
    }
}

static void test_lies_on_values(void **state)
{
    uint64_t random = 1;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        tell(&lies[i], false, &random, 12);
    }
}

/* Places that stand for nothing: behind the last of an axis, behind the last item. */
static void test_lies_on_padding(void **state)
{
    uint64_t random = 2;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        if (lies[i].of_padding) {
            tell(&lies[i], true, &random, 6);
        }
    }
}

/* A winner that is too large, with differences that say so everywhere but in the product, where one of them is zero.
 * False where there is no pool. */
static bool tell_the_product_alone(liar *told)
{
    if (!winner_too_large(told)) {
        return false;
    }
    const size_t place = random_below(told->random, layer_of(told)->places);
    const prom_witness pooled = copy_witness(told->made.arena, &told->made.argument, &told->witness);
    const told_witnesses witnesses = {&told->witness, &told->witness, &pooled};
    prom_error error = {""};
    prom_span proof;
    pooled.layers[told->layer].differences[place][told->place] = prom_element_zero();
    assert_ok(prove_falsely(told->made.arena, &proof, &told->made.argument, &told->made.statement, &witnesses, &error),
              &error);
    const prom_result checked = prom_statement_verify(told->made.arena, &told->made.statement, proof, NULL, &error);
    assert_int_equal(checked.category, PROM_CATEGORY_PEER);
    assert_non_null(strstr(error.sentence, SUMS));
    return true;
}

static void test_lies_in_a_product_of_differences(void **state)
{
    uint64_t random = 6;
    size_t told_count = 0;
    (void)state;
    for (size_t tries = 0; tries < 5000 && told_count < 12; tries++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena;
        prom_arena_init(&arena, PROVING_MEMORY);
        liar told = new_liar(&arena, &random, 1 + tries % 4, 1 + tries % 3);
        told_count += choose_place(&told, false) && tell_the_product_alone(&told);
    }
    assert_int_equal(told_count, 12);
}

/* -- Lies on what all know -- */

static bool same_numbers(const prom_argument *argument, const prom_witness *a, const prom_witness *b)
{
    bool same = true;
    for (size_t i = 0; i < argument->column_count; i++) {
        same = same && memcmp(a->columns[i], b->columns[i], sizeof *a->columns[i] << argument->columns[i]) == 0;
    }
    return same;
}

/* The numbers of the other program, or of other inputs, as if they were of this statement. True when there was anything
 * wrong with them. */
static bool assert_not_of(prom_arena *arena, proving *told, const proving *other)
{
    prom_span proof;
    if (same_numbers(&told->argument, &told->witness, &other->witness)) {
        return false;
    }
    told->statement.outputs = other->outputs;
    assert_true(prom_is_ok(prove_with(told, &proof, &other->witness, &other->witness)));
    assert_refuted(arena, &told->statement, proof);
    return true;
}

/* The program with one weight, bias or multiplier of a layer changed. NULL when it has none, or the bounds forbid. */
static const prom_program *changed_program(prom_arena *arena, uint64_t *random, const prom_program *program)
{
    const prom_program *changed = NULL;
    prom_program parts = *program;
    prom_layer *layers = new_bytes(arena, program->layer_count, sizeof *layers);
    memcpy(layers, program->layers, program->layer_count * sizeof *layers);
    prom_layer *layer = &layers[random_below(random, program->layer_count)];
    const size_t count = layer->rescale.count;
    const size_t manner = random_below(random, 3);
    parts.layers = layers;
    if (count == 0 || (manner < 2 && layer->weights == NULL)) {
        return NULL;
    }
    int8_t *weights = new_bytes(arena, count * layer->weight_count, 1);
    int32_t *biases = new_bytes(arena, count, sizeof *biases);
    uint32_t *multipliers = new_bytes(arena, count, sizeof *multipliers);
    memcpy(multipliers, layer->rescale.multipliers, count * sizeof *multipliers);
    if (layer->weights != NULL) {
        memcpy(weights, layer->weights, count * layer->weight_count);
        memcpy(biases, layer->biases, count * sizeof *biases);
        int8_t *weight = &weights[random_below(random, count * layer->weight_count)];
        *weight = (int8_t)(manner == 0 ? *weight / 2 - 1 : *weight);
        biases[random_below(random, count)] += manner == 1;
        layer->weights = weights;
        layer->biases = biases;
    }
    uint32_t *multiplier = &multipliers[random_below(random, count)];
    *multiplier = manner == 2 && *multiplier > 1 ? *multiplier - 1 : *multiplier;
    layer->rescale.multipliers = multipliers;
    return prom_is_ok(prom_program_build(arena, &changed, &parts, NULL)) ? changed : NULL;
}

static proving with_inputs(const proving *source, const prom_program *program, const uint8_t *inputs)
{
    proving made = *source;
    made.outputs = new_bytes(source->arena, source->statement.items * prom_program_output(program)->count, 1);
    made.statement = (prom_statement){program, source->statement.items, inputs, made.outputs};
    assert_true(prom_is_ok(prom_argument_new(source->arena, &made.argument, program, source->statement.items, NULL)));
    const witness_request request = {&made.argument, inputs, NULL, NULL};
    assert_true(prom_is_ok(prom_witness_new(source->arena, &made.witness, made.outputs, &request, NULL)));
    return made;
}

/* The statement is of one program; run, sums and sumchecks are of the other. All is in order among itself, up to the
 * end of the products, where the verifier has the statement's weights. */
static void assert_not_by_sums_of(prom_arena *arena, const proving *told, const proving *other)
{
    const told_witnesses witnesses = {&other->witness, &other->witness, &other->witness};
    const prom_statement statement = {told->statement.program, told->statement.items, told->statement.inputs,
                                      other->outputs};
    prom_error error = {""};
    prom_span proof;
    assert_ok(prove_falsely(arena, &proof, &other->argument, &statement, &witnesses, &error), &error);
    assert_refuted(arena, &statement, proof);
}

static void test_another_program(void **state)
{
    uint64_t random = 3;
    size_t told = 0;
    (void)state;
    for (size_t tries = 0; tries < 2000 && told < 30; tries++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena;
        prom_arena_init(&arena, PROVING_MEMORY);
        proving made = random_proving(&arena, &random, 1 + tries % 4, 1 + tries % 3);
        const prom_program *changed = changed_program(&arena, &random, made.statement.program);
        if (changed != NULL) {
            const proving other = with_inputs(&made, changed, made.statement.inputs);
            const prom_span proof = honest_proof(&other);
            assert_refuted(&arena, &made.statement, proof);
            if (!same_numbers(&made.argument, &made.witness, &other.witness)) { /* as with a weight of zeros alone */
                assert_not_by_sums_of(&arena, &made, &other);
            }
            told += assert_not_of(&arena, &made, &other);
        }
    }
    assert_int_equal(told, 30);
}

static void test_other_inputs(void **state)
{
    uint64_t random = 4;
    size_t told = 0;
    (void)state;
    for (size_t tries = 0; tries < 2000 && told < 30; tries++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena;
        prom_arena_init(&arena, PROVING_MEMORY);
        proving made = random_proving(&arena, &random, 1 + tries % 4, 1 + tries % 3);
        const prom_program *program = made.statement.program;
        const size_t count = made.statement.items * program->input.count;
        uint8_t *inputs = new_bytes(&arena, count, 1);
        memcpy(inputs, made.statement.inputs, count);
        uint8_t *input = &inputs[random_below(&random, count)];
        *input = (uint8_t)(*input > 0 ? *input - 1 : 1);
        const proving other = with_inputs(&made, program, inputs);
        told += assert_not_of(&arena, &made, &other);
    }
    assert_int_equal(told, 30);
}

/* An honest run, and another output: the prover knows that it will be asked for it. */
static void test_another_output(void **state)
{
    uint64_t random = 5;
    (void)state;
    for (size_t i = 0; i < 60; i++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena;
        prom_arena_init(&arena, PROVING_MEMORY);
        const proving made = random_proving(&arena, &random, 1 + i % 4, 1 + i % 3);
        const prom_value *output = prom_program_output(made.statement.program);
        uint8_t *code = &made.outputs[random_below(&random, made.statement.items * output->count)];
        *code = (uint8_t)(*code > 0 ? *code - 1 : 1);
        assert_refuted(&arena, &made.statement, honest_proof(&made));
    }
}

/* An honest proof, held against something else: what a statement says is part of every challenge. */
static void test_the_statement_is_bound(void **state)
{
    uint64_t random = 6;
    (void)state;
    for (size_t i = 0; i < 60; i++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena;
        prom_error error = {""};
        prom_arena_init(&arena, PROVING_MEMORY);
        const proving made = random_proving(&arena, &random, 1 + i % 4, 1 + i % 3);
        const size_t inputs = made.statement.items * made.statement.program->input.count;
        const prom_range range = made.statement.program->input.range;
        const prom_span proof = honest_proof(&made);
        if (made.argument.column_count == 0) {
            continue;
        }
        uint8_t *changed = new_bytes(&arena, inputs, 1);
        memcpy(changed, made.statement.inputs, inputs);
        uint8_t *code = &changed[random_below(&random, inputs)];
        *code = (uint8_t)(*code > 0 ? *code - 1 : 1);
        prom_statement other = made.statement;
        other.inputs = changed;
        assert_refuted(&arena, &other, proof);
        if (range.high - range.low < PROM_CODE_MAX) {
            *code = PROM_CODE_MAX;
            assert_refused(prom_statement_verify(&arena, &other, proof, NULL, &error), &error,
                           "of the input lies outside");
        }
        other = made.statement;
        if (other.items > 1) {
            other.items--;
            assert_refuted(&arena, &other, proof);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_copied_columns),  TEST(test_lies_on_values),
        TEST(test_lies_on_padding), TEST(test_lies_in_a_product_of_differences),
        TEST(test_another_program), TEST(test_other_inputs),
        TEST(test_another_output),  TEST(test_the_statement_is_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
