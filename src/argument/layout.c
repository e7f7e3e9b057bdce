#include "argument/layout.h"

#include <string.h>

#include "base/units.h"
#include "program/layer_traits.h"
#include "prometheus/proof/commitment.h"

/* Room for all of a layer's columns, lookups and tables, whatever its kind. */
enum { COLUMNS_OF_A_LAYER = 8, LOOKUPS_OF_A_LAYER = 9 };

size_t prom_argument_bits(size_t size)
{
    size_t bits = 0;
    while (((size_t)1 << bits) < size) {
        bits++;
    }
    return bits;
}

void prom_argument_padded_places(uint32_t *places, const argument_value *value, const prom_shape *shape)
{
    size_t index[PROM_RANK_MAX] = {0};
    size_t count = 1;
    for (size_t axis = 0; axis < shape->rank; axis++) {
        count *= shape->sizes[axis];
    }
    for (size_t at = 0; at < count; at++) {
        size_t place = 0;
        for (size_t axis = 0; axis < shape->rank; axis++) {
            place = place << value->bits[axis] | index[axis];
        }
        places[at] = (uint32_t)place;
        for (size_t axis = shape->rank; axis-- > 0 && ++index[axis] == shape->sizes[axis];) {
            index[axis] = 0;
        }
    }
}

static void read_inputs(const prom_argument *argument, bool *reads, uint32_t value)
{
    const prom_layer *layer = &argument->program->layers[value - 1];
    for (size_t i = 0; i < layer->input_count; i++) {
        reads[layer->inputs[i]] = true;
    }
}

void prom_argument_begin_reads(const prom_argument *argument, bool *reads, uint32_t value)
{
    memset(reads, 0, value * sizeof *reads);
    read_inputs(argument, reads, value);
}

void prom_argument_pass_reads(const prom_argument *argument, bool *reads, uint32_t value)
{
    reads[value] = false;
    read_inputs(argument, reads, value);
}

void prom_argument_reads(const prom_argument *argument, bool *reads, uint32_t value)
{
    prom_argument_begin_reads(argument, reads, value);
    for (uint32_t v = value - 1; v > 0; v--) {
        if (reads[v] && argument->values[v].role == ARGUMENT_MOVED) {
            prom_argument_pass_reads(argument, reads, v);
        }
    }
}

static size_t add_column(prom_argument *argument, size_t variables)
{
    argument->columns[argument->column_count] = variables;
    return argument->column_count++;
}

static size_t find_table(prom_argument *argument, bool activation, size_t bits, prom_range range)
{
    for (size_t i = 0; i < argument->table_count; i++) {
        const argument_table *table = &argument->tables[i];
        if (table->activation == activation && table->bits == bits && table->range.low == range.low &&
            table->range.high == range.high) {
            return i;
        }
    }
    argument->tables[argument->table_count] = (argument_table){activation, bits, range, ARGUMENT_NONE, 0};
    return argument->table_count++;
}

static size_t add_lookup(prom_argument *argument, size_t table, size_t variables)
{
    argument->lookups[argument->lookup_count] = (argument_lookup){table, variables, 0};
    return argument->lookup_count++;
}

static size_t add_range_lookup(prom_argument *argument, size_t bits, size_t variables)
{
    return add_lookup(argument, find_table(argument, false, bits, (prom_range){0, 0}), variables);
}

/* Limbs as even as can be: the tables are then as small as can be. */
static void add_limbs(prom_argument *argument, argument_limbs *limbs, size_t bits, size_t variables)
{
    limbs->count = (bits + ARGUMENT_LIMB_BITS - 1) / ARGUMENT_LIMB_BITS;
    for (size_t i = 0; i < limbs->count; i++) {
        limbs->bits[i] = (bits + limbs->count - 1 - i) / limbs->count;
        limbs->columns[i] = add_column(argument, variables);
        limbs->lookups[i] = add_range_lookup(argument, limbs->bits[i], variables);
    }
}

static prom_result add_rescale(prom_argument *argument, argument_layer *layer, const prom_layer *from,
                               prom_error *error)
{
    const size_t split = from->rescale.split;
    layer->remainder_bits = from->rescale.shift - split;
    const size_t quotient_bits = ARGUMENT_NUMBER_BITS + 1 - layer->remainder_bits;
    if (quotient_bits > ARGUMENT_QUOTIENT_BITS) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "its shift of %d leaves a quotient of %zu bits: at most %d can be proven", from->rescale.shift,
                         quotient_bits, ARGUMENT_QUOTIENT_BITS);
    }
    add_limbs(argument, &layer->remainder, layer->remainder_bits, layer->variables);
    layer->activation =
        add_lookup(argument, find_table(argument, true, quotient_bits, from->output.range), layer->variables);
    layer->split = split != 0;
    if (layer->split) {
        add_limbs(argument, &layer->high, ARGUMENT_NUMBER_BITS + 1 - split, layer->variables);
        add_limbs(argument, &layer->carry, ARGUMENT_NUMBER_BITS - split, layer->variables);
        layer->rest = add_range_lookup(argument, split, layer->variables);
        layer->low = add_range_lookup(argument, split, layer->variables);
    }
    return prom_ok();
}

static prom_result add_max_pool(prom_argument *argument, argument_layer *layer, const prom_layer *from,
                                prom_error *error)
{
    enum { CODE_BITS = 8 };
    const prom_window_axis *axes = from->window.axes;
    const uint64_t places = (uint64_t)axes[PROM_WINDOW_HEIGHT].kernel * axes[PROM_WINDOW_WIDTH].kernel;
    if (places > ARGUMENT_PLACES_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its window has %llu places: at most %d can be proven",
                         (unsigned long long)places, ARGUMENT_PLACES_MAX);
    }
    layer->places = (size_t)places;
    layer->first_place = argument->lookup_count;
    for (size_t i = 0; i < layer->places; i++) {
        (void)add_range_lookup(argument, CODE_BITS, layer->variables);
    }
    return prom_ok();
}

static void describe_value(argument_value *value, const prom_value *source)
{
    value->rank = source->shape.rank;
    value->variables = 0;
    for (size_t axis = 0; axis < source->shape.rank; axis++) {
        value->bits[axis] = prom_argument_bits(source->shape.sizes[axis]);
        value->variables += value->bits[axis];
    }
}

static prom_result add_layer(prom_argument *argument, uint32_t index, prom_error *error)
{
    const prom_layer *from = &argument->program->layers[index - 1];
    argument_value *value = &argument->values[index];
    const bool last = index == argument->program->layer_count;
    const bool rescales = prom_layer_traits_of(from->kind)->rescaling;
    if (!rescales && from->kind != PROM_LAYER_MAX_POOL) {
        value->role = ARGUMENT_MOVED;
        return prom_ok();
    }
    argument_layer *layer = &argument->layers[argument->layer_count++];
    *layer = (argument_layer){.value = index, .variables = value->variables + argument->batch_bits};
    value->role = last ? ARGUMENT_OUTPUT : ARGUMENT_COMMITTED;
    value->column = last ? ARGUMENT_NONE : add_column(argument, layer->variables);
    return rescales ? add_rescale(argument, layer, from, error) : add_max_pool(argument, layer, from, error);
}

/* Leaves in blocks, the larger ones first: so each stands at a multiple of its size. */
static prom_result place_leaves(prom_argument *argument, prom_error *error)
{
    uint64_t next = 0;
    uint64_t lookups = 0;
    for (size_t variables = ARGUMENT_VARIABLES_MAX + 1; variables-- > 0;) {
        for (size_t i = 0; i < argument->lookup_count; i++) {
            if (argument->lookups[i].variables == variables) {
                argument->lookups[i].start = (size_t)next;
                next += UINT64_C(1) << variables;
                lookups += UINT64_C(1) << variables;
            }
        }
        for (size_t i = 0; i < argument->table_count; i++) {
            if (argument->tables[i].bits == variables) {
                argument->tables[i].start = (size_t)next;
                next += UINT64_C(1) << variables;
            }
        }
    }
    if (lookups >= PROM_FIELD_PRIME || next > UINT64_C(1) << ARGUMENT_VARIABLES_MAX) {
        char items[PROM_UNITS];
        char taken[PROM_UNITS];
        char most[PROM_UNITS];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s take %s, and must take less than the field has elements (%s): prove fewer items at a time",
                         prom_units_count(items, argument->items, "item"), prom_units_count(taken, lookups, "lookup"),
                         prom_units_number(most, PROM_FIELD_PRIME));
    }
    argument->leaves_used = (size_t)next;
    argument->leaf_variables = prom_argument_bits((size_t)next);
    return prom_ok();
}

/* One commitment has to hold all columns. */
static prom_result check_columns(const prom_argument *argument, prom_error *error)
{
    const prom_commitment_parameters parameters = prom_commitment_setup_for(prom_cpu_of_machine()).parameters;
    const uint64_t most = UINT64_C(1) << (PROM_FIELD_TWO_ADICITY - parameters.log_blowup + parameters.log_columns);
    uint64_t values = 0;
    for (size_t i = 0; i < argument->column_count; i++) {
        values += UINT64_C(1) << argument->columns[i];
    }
    if (values > most) {
        char items[PROM_UNITS];
        char taken[PROM_UNITS];
        char possible[PROM_UNITS];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s take a commitment to %s, and %s is the most: prove fewer items at a time",
                         prom_units_count(items, argument->items, "item"), prom_units_count(taken, values, "value"),
                         prom_units_number(possible, most));
    }
    return prom_ok();
}

static prom_result make_room(prom_arena *arena, prom_argument *argument, prom_error *error)
{
    const prom_program *program = argument->program;
    size_t lookups = 0;
    for (size_t i = 0; i < program->layer_count; i++) {
        lookups += program->layers[i].kind == PROM_LAYER_MAX_POOL ? ARGUMENT_PLACES_MAX : LOOKUPS_OF_A_LAYER;
    }
    PROM_TRY_NEW(argument->values, arena, program->layer_count + 1, error);
    PROM_TRY_NEW(argument->layers, arena, program->layer_count, error);
    PROM_TRY_NEW(argument->lookups, arena, lookups, error);
    PROM_TRY_NEW(argument->tables, arena, lookups, error);
    PROM_TRY_NEW(argument->columns, arena, program->layer_count * COLUMNS_OF_A_LAYER + lookups, error);
    return prom_ok();
}

prom_result prom_argument_lay_out(prom_arena *arena, prom_argument *argument, const prom_program *program, size_t items,
                                  prom_error *error)
{
    char text[PROM_UNITS];
    if (items == 0 || items > UINT64_C(1) << ARGUMENT_VARIABLES_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a proof for %s: 1 to 2^%d are possible",
                         prom_units_count(text, items, "item"), ARGUMENT_VARIABLES_MAX);
    }
    *argument = (prom_argument){.program = program, .items = items, .batch_bits = prom_argument_bits(items)};
    PROM_TRY(make_room(arena, argument, error));
    for (uint32_t i = 0; i <= program->layer_count; i++) {
        describe_value(&argument->values[i], prom_program_value(program, i));
        if (argument->values[i].variables + argument->batch_bits > ARGUMENT_VARIABLES_MAX) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s are too many for one proof of this program",
                             prom_units_count(text, items, "item"));
        }
        if (i > 0) {
            PROM_TRY(prom_within(add_layer(argument, i, error), error, "layer %u", (unsigned)i - 1));
        }
    }
    for (size_t i = 0; i < argument->table_count; i++) {
        argument->tables[i].column = add_column(argument, argument->tables[i].bits);
    }
    PROM_TRY(check_columns(argument, error));
    return place_leaves(argument, error);
}
