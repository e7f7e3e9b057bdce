/* Functionals against their definition: sums over all outputs of the sums that the reference interpreter's values give,
 * each times eq at its place, which is computed bit by bit. */
#include "program/random_program.h"
#include "program/reference.h"

#include "argument/closed_form.h"
#include "argument/layout.h"
#include "prometheus/base/cpu.h"
#include "prometheus/proof/multilinear.h"

typedef struct functional_case {
    prom_arena *arena;
    const prom_program *program;
    prom_argument argument;
    const reference_value *values;
    functional_task task;
    prom_extension *point;
    uint32_t value; /* whose functional it is */
    prom_extension constant;
} functional_case;

static prom_extension random_extension(uint64_t *random)
{
    prom_extension made;
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        made.coefficients[i] = prom_element_of((uint32_t)random_below(random, PROM_FIELD_PRIME));
    }
    return made;
}

static prom_extension integer(int64_t value)
{
    const int64_t residue = value % (int64_t)PROM_FIELD_PRIME;
    return prom_extension_of(prom_element_of((uint32_t)(residue < 0 ? residue + PROM_FIELD_PRIME : residue)));
}

static void add_product(prom_extension *sum, const prom_extension *a, const prom_extension *b)
{
    const prom_extension product = prom_extension_multiply(a, b);
    *sum = prom_extension_add(sum, &product);
}

static size_t bits_for(size_t size)
{
    size_t bits = 0;
    while ((size_t)1 << bits < size) {
        bits++;
    }
    return bits;
}

/* eq(point, place of value `at`), the place's bits axis after axis, the highest first. */
static prom_extension equal_at(const prom_extension *point, const prom_shape *shape, size_t at)
{
    const prom_extension one = prom_extension_one();
    prom_extension product = one;
    size_t index[PROM_RANK_MAX];
    reference_index(index, shape, at);
    for (size_t axis = 0; axis < shape->rank; axis++) {
        for (size_t bit = bits_for(shape->sizes[axis]); bit-- > 0; point++) {
            const prom_extension other = prom_extension_subtract(&one, point);
            product = prom_extension_multiply(&product, (index[axis] >> bit & 1) == 1 ? point : &other);
        }
    }
    return product;
}

/* What the functional gives on the values that the interpreter has. */
static prom_extension applied(const functional_case *to, const functional *made)
{
    prom_extension sum = to->constant;
    for (size_t v = 0; v < made->count; v++) {
        if (made->coefficients[v].plane[0] == NULL) {
            continue;
        }
        assert_int_not_equal(to->argument.values[v].role, ARGUMENT_MOVED);
        for (size_t i = 0; i < to->values[v].count; i++) {
            const prom_extension coefficient = prom_planes_get(made->coefficients[v], i);
            const prom_extension value = integer(to->values[v].values[i]);
            add_product(&sum, &coefficient, &value);
        }
    }
    return sum;
}

static size_t multiplier_of(const prom_layer *layer, size_t at)
{
    const prom_shape *shape = &layer->output.shape;
    size_t index[PROM_RANK_MAX];
    reference_index(index, shape, at);
    if (layer->kind == PROM_LAYER_AVERAGE_POOL) {
        return layer->rescale.count == 1 ? 0 : index[1] * shape->sizes[2] + index[2];
    }
    return index[layer->kind == PROM_LAYER_DENSE ? shape->rank - 1 : 0];
}

/* The sum of output `at`, without its multiplier. */
static int64_t sum_at(const functional_case *of, size_t at)
{
    const prom_layer *layer = &of->program->layers[of->value - 1];
    const reference_value *from = &of->values[layer->inputs[0]];
    size_t index[PROM_RANK_MAX];
    int64_t sum = 0;
    reference_index(index, &layer->output.shape, at);
    if (layer->kind == PROM_LAYER_CONV) {
        return reference_conv_sum(layer, from, index[0], index[1], index[2]);
    }
    if (layer->kind == PROM_LAYER_DENSE) {
        const size_t inputs = layer->weight_count;
        const size_t o = index[layer->output.shape.rank - 1];
        for (size_t i = 0; i < inputs; i++) {
            sum += from->values[at / layer->rescale.count * inputs + i] * layer->weights[o * inputs + i];
        }
        return sum + layer->biases[o];
    }
    for (size_t i = 0; i < layer->window.axes[0].kernel; i++) {
        for (size_t j = 0; j < layer->window.axes[1].kernel; j++) {
            int64_t value = 0;
            sum += reference_under(&value, from, &layer->window, index[0], index[1], index[2], i, j) ? value : 0;
        }
    }
    return sum;
}

static prom_extension sums_by_definition(const functional_case *of, const prom_extension *mix)
{
    const prom_layer *layer = &of->program->layers[of->value - 1];
    prom_extension whole = prom_extension_zero();
    for (size_t at = 0; at < layer->output.count; at++) {
        const prom_extension equal = equal_at(of->point, &layer->output.shape, at);
        prom_extension scaled;
        if (layer->kind == PROM_LAYER_ADD) {
            int64_t sum = 0;
            for (size_t i = 0; i < layer->input_count; i++) {
                sum += (int64_t)layer->rescale.multipliers[i] * of->values[layer->inputs[i]].values[at];
            }
            scaled = integer(sum);
        } else {
            const prom_extension sum = integer(sum_at(of, at));
            const prom_extension multiplier = integer(layer->rescale.multipliers[multiplier_of(layer, at)]);
            prom_extension factor = multiplier;
            if (mix != NULL) {
                factor = prom_extension_one();
                add_product(&factor, mix, &multiplier);
            }
            scaled = prom_extension_multiply(&factor, &sum);
        }
        add_product(&whole, &equal, &scaled);
    }
    return whole;
}

static prom_extension places_by_definition(const functional_case *of, const prom_extension *weights)
{
    const prom_layer *layer = &of->program->layers[of->value - 1];
    const reference_value *from = &of->values[layer->inputs[0]];
    const size_t across = layer->window.axes[1].kernel;
    prom_extension whole = prom_extension_zero();
    for (size_t at = 0; at < layer->output.count; at++) {
        const prom_extension equal = equal_at(of->point, &layer->output.shape, at);
        size_t index[PROM_RANK_MAX];
        reference_index(index, &layer->output.shape, at);
        for (size_t place = 0; place < layer->window.axes[0].kernel * across; place++) {
            int64_t value = 0;
            const bool inside = reference_under(&value, from, &layer->window, index[0], index[1], index[2],
                                                place / across, place % across);
            const prom_extension under = integer(inside ? value : from->range.low);
            const prom_extension weighted = prom_extension_multiply(&weights[place], &under);
            add_product(&whole, &equal, &weighted);
        }
    }
    return whole;
}

static prom_extension moved_by_definition(const functional_case *of)
{
    const prom_value *value = prom_program_value(of->program, of->value);
    prom_extension whole = prom_extension_zero();
    for (size_t at = 0; at < value->count; at++) {
        const prom_extension equal = equal_at(of->point, &value->shape, at);
        const prom_extension element = integer(of->values[of->value].values[at]);
        add_product(&whole, &equal, &element);
    }
    return whole;
}

static void assert_same(const prom_extension *a, const prom_extension *b, const functional_case *of)
{
    if (!prom_extension_equal(a, b)) {
        fail_msg("layer %u: %s", (unsigned)of->value - 1,
                 prom_layer_kind_name(of->program->layers[of->value - 1].kind));
    }
}

/* The sum of all, and the polynomial at a point, without writing them down. */
static void check_multipliers_at(const functional_case *of, prom_planes padded, uint64_t *random)
{
    const size_t variables = of->argument.values[of->value].variables;
    prom_extension *at = new_bytes(of->arena, variables, sizeof *at);
    prom_extension sum = prom_extension_zero();
    prom_extension got;
    prom_extension wanted;
    prom_error error = {""};
    for (size_t i = 0; i < variables; i++) {
        at[i] = random_extension(random);
    }
    for (size_t i = 0; i < (size_t)1 << variables; i++) {
        const prom_extension one = prom_planes_get(padded, i);
        sum = prom_extension_add(&sum, &one);
    }
    assert_ok(prom_multipliers_at(&of->task, &got, of->value, NULL, &error), &error);
    assert_same(&got, &sum, of);
    assert_ok(prom_multipliers_at(&of->task, &got, of->value, at, &error), &error);
    assert_ok(prom_multilinear_evaluate_extensions(of->arena, of->task.kernels, &wanted, padded, at, variables, &error),
              &error);
    assert_same(&got, &wanted, of);
}

static void check_multipliers(const functional_case *of, uint64_t *random)
{
    const prom_layer *layer = &of->program->layers[of->value - 1];
    const size_t size = (size_t)1 << of->argument.values[of->value].variables;
    uint32_t *places = new_bytes(of->arena, layer->output.count, sizeof *places);
    bool *used = new_bytes(of->arena, size, sizeof *used);
    prom_error error = {""};
    prom_planes padded;
    prom_argument_padded_places(places, &of->argument.values[of->value], &layer->output.shape);
    assert_ok(prom_functional_multipliers(&of->task, &padded, of->value, &error), &error);
    for (size_t at = 0; at < layer->output.count; at++) {
        const prom_extension equal = equal_at(of->point, &layer->output.shape, at);
        const prom_extension multiplier = integer(layer->rescale.multipliers[multiplier_of(layer, at)]);
        const prom_extension wanted = prom_extension_multiply(&equal, &multiplier);
        const prom_extension got = prom_planes_get(padded, places[at]);
        assert_same(&got, &wanted, of);
        assert_false(used[places[at]]);
        used[places[at]] = true;
    }
    for (size_t i = 0; i < size; i++) {
        const prom_extension got = prom_planes_get(padded, i);
        assert_true(used[i] || prom_extension_is_zero(&got));
    }
    check_multipliers_at(of, padded, random);
}

static void random_point(prom_extension *point, size_t count, uint64_t *random)
{
    for (size_t i = 0; i < count; i++) {
        point[i] = random_extension(random);
    }
}

/* The polynomial of some coefficients, by its definition. */
static prom_extension polynomial_at(const functional_case *to, uint32_t value, prom_planes coefficients,
                                    const prom_extension *at)
{
    const prom_value *of = prom_program_value(to->program, value);
    prom_extension sum = prom_extension_zero();
    for (size_t i = 0; i < of->count; i++) {
        const prom_extension equal = equal_at(at, &of->shape, i);
        const prom_extension coefficient = prom_planes_get(coefficients, i);
        add_product(&sum, &equal, &coefficient);
    }
    return sum;
}

/* What the verifier computes without the coefficients is what they give: of what is read directly by the closed form,
 * of the rest by planes that hold nothing else. */
static void check_closed_form(const functional_case *of, const functional *whole, const closed_form *form,
                              const functional_target *what, uint64_t *random)
{
    PROM_SCOPED(prom_functional_free) functional rest = {.count = 0};
    functional_task task = of->task;
    prom_error error = {""};
    task.all = false;
    assert_ok(prom_functional_new(&task, &rest, what, &error), &error);
    for (uint32_t v = 1; v < whole->count; v++) {
        const size_t variables = of->argument.values[v].variables;
        prom_extension *at = new_bytes(of->arena, variables, sizeof *at);
        prom_extension got = prom_extension_zero();
        prom_extension wanted = prom_extension_zero();
        if (of->argument.values[v].role == ARGUMENT_MOVED) {
            assert_null(whole->coefficients[v].plane[0]);
            continue;
        }
        random_point(at, variables, random);
        if (of->argument.values[of->value].role != ARGUMENT_MOVED) {
            assert_ok(prom_closed_form_at(form, &got, v, at, &error), &error);
        }
        if (rest.coefficients[v].plane[0] != NULL) {
            prom_extension moved;
            assert_ok(prom_coefficients_at(&of->task, &moved, v, rest.coefficients[v], at, &error), &error);
            got = prom_extension_add(&got, &moved);
        }
        if (whole->coefficients[v].plane[0] != NULL) {
            wanted = polynomial_at(of, v, whole->coefficients[v], at);
        }
        assert_same(&got, &wanted, of);
    }
}

/* The functional and its constant, to be freed. */
static functional make_functional(functional_case *of, const functional_target *what, uint64_t *random)
{
    prom_error error = {""};
    functional made;
    closed_form form;
    assert_ok(prom_functional_new(&of->task, &made, what, &error), &error);
    assert_ok(prom_closed_form_new(&of->task, &form, what, &error), &error);
    of->constant = form.constant;
    check_closed_form(of, &made, &form, what, random);
    return made;
}

static void check_sums(functional_case *of, uint64_t *random)
{
    const prom_layer_kind kind = of->program->layers[of->value - 1].kind;
    const prom_extension mix = random_extension(random);
    const prom_extension *const mixes[] = {NULL, &mix};
    for (size_t i = 0; i < (kind == PROM_LAYER_ADD ? 1 : COUNT_OF(mixes)); i++) {
        const functional_target what = {of->value, mixes[i], NULL};
        PROM_SCOPED(prom_functional_free) functional made = make_functional(of, &what, random);
        const prom_extension got = applied(of, &made);
        const prom_extension wanted = sums_by_definition(of, mixes[i]);
        assert_same(&got, &wanted, of);
    }
    if (kind != PROM_LAYER_ADD) {
        check_multipliers(of, random);
    }
}

static void check_layer(functional_case *of, uint64_t *random)
{
    const bool pools = of->program->layers[of->value - 1].kind == PROM_LAYER_MAX_POOL;
    prom_extension weights[ARGUMENT_PLACES_MAX];
    random_point(weights, COUNT_OF(weights), random);
    const functional_target what = {of->value, NULL, pools ? weights : NULL};
    if (!pools && of->argument.values[of->value].role != ARGUMENT_MOVED) {
        check_sums(of, random);
        return;
    }
    PROM_SCOPED(prom_functional_free) functional made = make_functional(of, &what, random);
    const prom_extension wanted = pools ? places_by_definition(of, weights) : moved_by_definition(of);
    const prom_extension got = applied(of, &made);
    assert_same(&got, &wanted, of);
}

static functional_case new_case(prom_arena *arena, uint64_t *random, const prom_program *program)
{
    functional_case made = {.arena = arena, .program = program};
    made.values = reference_values(arena, program, random_inputs(arena, random, program, 1));
    return made;
}

static void check_program(prom_arena *arena, uint64_t *random, const prom_program *program, size_t *seen)
{
    functional_case of = new_case(arena, random, program);
    if (!prom_is_ok(prom_argument_new(arena, &of.argument, program, 1 + random_below(random, 3), NULL))) {
        return;
    }
    for (of.value = 1; of.value <= program->layer_count; of.value++) {
        const size_t variables = of.argument.values[of.value].variables;
        of.point = new_bytes(arena, variables, sizeof *of.point);
        random_point(of.point, variables, random);
        of.task = (functional_task){arena, prom_field_kernels_for(prom_cpu_of_machine()), &of.argument, of.point, true};
        check_layer(&of, random);
        seen[program->layers[of.value - 1].kind]++;
    }
}

static void test_random_programs(void **state)
{
    uint64_t random = 1;
    size_t seen[PROM_LAYER_KINDS + 1] = {0};
    (void)state;
    for (size_t n = 0; n < 250; n++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_arena_init(&arena, ARENA_BYTES);
        check_program(&arena, &random, random_program(&arena, &random, 1 + n % 7), seen);
    }
    for (size_t kind = 1; kind <= PROM_LAYER_KINDS; kind++) {
        assert_true(seen[kind] >= 20);
    }
}

/* Axes longer than a table of eq, and values of more places than are summed at once. */
enum { LONG = 1500, LONG_LAYERS = 10, CHANNELS = 2, PARTS = 2 };

typedef struct long_program {
    prom_program contents;
    prom_layer layers[LONG_LAYERS];
    uint32_t inputs[LONG_LAYERS][PARTS];
    uint32_t multipliers[LONG];
    int32_t biases[CHANNELS];
    int8_t weights[PARTS * CHANNELS * LONG];
} long_program;

static prom_layer *add_long(long_program *made, prom_layer_kind kind, uint32_t input)
{
    const size_t at = made->contents.layer_count++;
    prom_layer *layer = &made->layers[at];
    assert_true(at < LONG_LAYERS);
    made->inputs[at][0] = made->inputs[at][1] = input;
    *layer = (prom_layer){.kind = kind, .input_count = 1, .inputs = made->inputs[at], .groups = 1};
    layer->output.range = (prom_range){-3, 100};
    layer->rescale = (prom_rescale){16, 0, CHANNELS, made->multipliers};
    layer->weights = made->weights;
    layer->biases = made->biases;
    return layer;
}

static prom_layer *add_long_window(long_program *made, prom_layer_kind kind, uint32_t input, prom_window_axis down,
                                   prom_window_axis across)
{
    prom_layer *layer = add_long(made, kind, input);
    layer->window = (prom_window){{down, across}};
    layer->rescale.count = kind == PROM_LAYER_CONV ? CHANNELS : 1;
    return layer;
}

static const prom_program *build_long(prom_arena *arena, long_program *made, uint64_t *random)
{
    const prom_window_axis one = {1, 1, 1, 0, 0};
    *made = (long_program){.contents = {.input_scale = 1, .output_scale = 1}};
    made->contents.input = (prom_value){{3, {CHANNELS, 1, LONG}}, (size_t)CHANNELS * LONG, {-1, 2}};
    made->contents.layers = made->layers;
    for (size_t i = 0; i < COUNT_OF(made->multipliers); i++) {
        made->multipliers[i] = 1 + (uint32_t)random_below(random, 9);
    }
    for (size_t i = 0; i < COUNT_OF(made->weights); i++) {
        made->weights[i] = (int8_t)((int)random_below(random, 3) - 1);
    }
    made->biases[1] = 5;
    add_long_window(made, PROM_LAYER_CONV, 0, one, (prom_window_axis){4, 1, 3, 5, 4}) /* 1 */
        ->weight_count = (size_t)CHANNELS * 4;
    (void)add_long_window(made, PROM_LAYER_AVERAGE_POOL, 1, one, (prom_window_axis){3, 1, 2, 2, 2}); /* 2 */
    add_long_window(made, PROM_LAYER_AVERAGE_POOL, 2, one, (prom_window_axis){3, 1, 1, 1, 1})        /* 3 */
        ->rescale.count = LONG;
    (void)add_long_window(made, PROM_LAYER_MAX_POOL, 3, one, (prom_window_axis){3, 1, 1, 1, 1}); /* 4 */
    prom_layer *joined = add_long(made, PROM_LAYER_CONCAT, 4);                                   /* 5 */
    joined->input_count = PARTS;
    joined->axis = 2;
    made->inputs[4][1] = 3;
    prom_layer *turned = add_long(made, PROM_LAYER_TRANSPOSE, 5); /* 6 */
    memcpy(turned->permutation, (uint8_t[]){2, 0, 1}, 3);
    turned->output.shape.rank = 3;
    prom_layer *flat = add_long(made, PROM_LAYER_RESHAPE, 6); /* 7 */
    flat->output.shape = (prom_shape){1, {(uint32_t)PARTS * CHANNELS * LONG}};
    prom_layer *sum = add_long(made, PROM_LAYER_ADD, 7); /* 8 */
    sum->rescale.count = 1;
    prom_layer *rows = add_long(made, PROM_LAYER_RESHAPE, 8); /* 9 */
    rows->output.shape = (prom_shape){2, {1, (size_t)PARTS * CHANNELS * LONG}};
    prom_layer *last = add_long(made, PROM_LAYER_DENSE, 9); /* 10 */
    last->rescale.count = 1;
    last->weight_count = (size_t)PARTS * CHANNELS * LONG;
    return build_program(arena, &made->contents);
}

static void test_long_axes(void **state)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    static long_program made;
    uint64_t random = 7;
    size_t seen[PROM_LAYER_KINDS + 1] = {0};
    (void)state;
    prom_arena_init(&arena, ARENA_BYTES);
    check_program(&arena, &random, build_long(&arena, &made, &random), seen);
    for (size_t kind = 1; kind <= PROM_LAYER_KINDS; kind++) {
        assert_true(seen[kind] >= 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_random_programs),
        TEST(test_long_axes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
