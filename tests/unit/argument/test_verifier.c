/* Provers that lie. Each is the honest prover with a witness in which something is wrong, and all else follows suit as
 * well as it can. */
#include "argument/layout.h"
#include "argument/lying.h"

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
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
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
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
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
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
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
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
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
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
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
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
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
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
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
