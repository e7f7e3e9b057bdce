#include "argument/claims.h"

#include <string.h>

static void add_slot(claim_slot *slots, size_t *count, prom_extension *value, size_t column, size_t layer)
{
    slots[(*count)++] = (claim_slot){value, column, layer, ARGUMENT_NONE};
}

static void add_limb_slots(claim_slot *slots, size_t *count, prom_extension *values, const argument_limbs *limbs,
                           size_t layer)
{
    for (size_t i = 0; i < limbs->count; i++) {
        add_slot(slots, count, &values[i], limbs->columns[i], layer);
    }
}

static void add_layer_slots(claim_slot *slots, size_t *count, const prom_argument *argument, size_t at,
                            layer_claims *claims)
{
    const argument_layer *layer = &argument->layers[at];
    const argument_value *value = &argument->values[layer->value];
    if (value->role == ARGUMENT_COMMITTED) {
        add_slot(slots, count, &claims->value, value->column, at);
    }
    for (size_t i = 0; i < layer->places; i++) {
        add_slot(slots, count, &claims->differences[i], ARGUMENT_NONE, at);
    }
    if (layer->places > 0) {
        return;
    }
    add_limb_slots(slots, count, claims->remainder, &layer->remainder, at);
    if (layer->split) {
        add_limb_slots(slots, count, claims->high, &layer->high, at);
        add_limb_slots(slots, count, claims->carry, &layer->carry, at);
        add_slot(slots, count, &claims->sum, ARGUMENT_NONE, at);
        add_slot(slots, count, &claims->product_high, ARGUMENT_NONE, at);
    }
    add_slot(slots, count, &claims->product, ARGUMENT_NONE, at);
}

prom_result prom_argument_claim_slots(prom_arena *arena, claim_slot **slots, size_t *count,
                                      const prom_argument *argument, layer_claims *layers,
                                      prom_extension *multiplicities, prom_error *error)
{
    enum { SLOTS_OF_A_LAYER = ARGUMENT_PLACES_MAX + 3 * ARGUMENT_LIMBS_MAX + 4 };
    PROM_TRY_NEW(*slots, arena, argument->layer_count * SLOTS_OF_A_LAYER + argument->table_count, error);
    *count = 0;
    for (size_t i = 0; i < argument->layer_count; i++) {
        add_layer_slots(*slots, count, argument, i, &layers[i]);
    }
    for (size_t i = 0; i < argument->table_count; i++) {
        add_slot(*slots, count, &multiplicities[i], argument->tables[i].column, ARGUMENT_NONE);
        (*slots)[*count - 1].table = i;
    }
    return prom_ok();
}

/* a * 2^bits. */
static prom_extension raised(const prom_extension *a, size_t bits)
{
    return prom_extension_scale(a, prom_element_of(UINT32_C(1) << bits));
}

static prom_extension lowered(const prom_extension *a, size_t bits)
{
    return prom_extension_scale(a, prom_element_inverse(prom_element_of(UINT32_C(1) << bits)));
}

static prom_extension power_of_two(size_t bits)
{
    return prom_extension_of(prom_element_of(UINT32_C(1) << (bits % 32)));
}

prom_extension prom_argument_number(const argument_limbs *limbs, const prom_extension *values)
{
    prom_extension number = prom_extension_zero();
    for (size_t i = 0, offset = 0; i < limbs->count; offset += limbs->bits[i++]) {
        const prom_extension limb = raised(&values[i], offset);
        number = prom_extension_add(&number, &limb);
    }
    return number;
}

looked_up prom_argument_looked_up(const argument_layer *layer, const prom_layer *from, const layer_claims *claims)
{
    looked_up found = {prom_extension_zero(), prom_extension_zero(), prom_extension_zero()};
    const size_t split = from->rescale.split;
    const prom_extension half = power_of_two(layer->remainder_bits - 1);
    const prom_extension remainder = prom_argument_number(&layer->remainder, claims->remainder);
    prom_extension dividend = claims->product;
    if (layer->split) {
        const prom_extension offset = power_of_two(ARGUMENT_NUMBER_BITS - split);
        const prom_extension shifted = prom_argument_number(&layer->high, claims->high);
        const prom_extension high = prom_extension_subtract(&shifted, &offset);
        const prom_extension carry = prom_argument_number(&layer->carry, claims->carry);
        const prom_extension high_part = raised(&high, split);
        const prom_extension product_part = raised(&claims->product_high, split);
        const prom_extension carry_part = raised(&carry, split);
        const prom_extension product_rest = prom_extension_subtract(&claims->product, &product_part);
        found.rest = prom_extension_subtract(&claims->sum, &high_part);
        found.low = prom_extension_subtract(&product_rest, &carry_part);
        dividend = prom_extension_add(&claims->product_high, &carry);
    }
    dividend = prom_extension_add(&dividend, &half);
    dividend = prom_extension_subtract(&dividend, &remainder);
    found.quotient = lowered(&dividend, layer->remainder_bits);
    return found;
}

prom_extension prom_argument_equal(const prom_extension *point, size_t bits, size_t index)
{
    const prom_extension one = prom_extension_one();
    prom_extension product = one;
    for (size_t i = 0; i < bits; i++) {
        const bool set = (index >> (bits - 1 - i) & 1) != 0;
        const prom_extension other = prom_extension_subtract(&one, &point[i]);
        product = prom_extension_multiply(&product, set ? &point[i] : &other);
    }
    return product;
}

prom_extension prom_argument_equal_below(const prom_extension *point, size_t bits, size_t end)
{
    const prom_extension one = prom_extension_one();
    prom_extension prefix = one;
    prom_extension sum = prom_extension_zero();
    if (end == (size_t)1 << bits) {
        return one;
    }
    for (size_t i = 0; i < bits; i++) {
        const prom_extension other = prom_extension_subtract(&one, &point[i]);
        const bool set = (end >> (bits - 1 - i) & 1) != 0;
        const prom_extension left = prom_extension_multiply(&prefix, &other);
        if (set) {
            sum = prom_extension_add(&sum, &left);
            prefix = prom_extension_multiply(&prefix, &point[i]);
        } else {
            prefix = left;
        }
    }
    return sum;
}

/* The polynomial of the numbers 0 to 2^bits - 1. */
static prom_extension counted(const prom_extension *point, size_t bits)
{
    prom_extension sum = prom_extension_zero();
    for (size_t i = 0; i < bits; i++) {
        const prom_extension term = raised(&point[i], bits - 1 - i);
        sum = prom_extension_add(&sum, &term);
    }
    return sum;
}

/* The sum of eq(point, x) * x over x below `end`, which is at most 2^bits: bit by bit, the lowest first. Over the
 * numbers of the bits so far, `sum` is that sum, `share` the one of eq alone, and `all` the sum over all numbers of
 * these bits. */
static prom_extension counted_below(const prom_extension *point, size_t bits, size_t end)
{
    const prom_extension one = prom_extension_one();
    prom_extension sum = prom_extension_zero();
    prom_extension share = prom_extension_zero();
    prom_extension all = prom_extension_zero();
    for (size_t bit = 0; bit < bits; bit++) {
        const prom_extension *set = &point[bits - 1 - bit];
        const prom_extension clear = prom_extension_subtract(&one, set);
        const prom_extension step = raised(set, bit);
        if ((end >> bit & 1) != 0) { /* all numbers without this bit, and those with it that lie below */
            const prom_extension above = raised(&share, bit);
            prom_extension lower = prom_extension_multiply(&clear, &all);
            sum = prom_extension_add(&sum, &above);
            sum = prom_extension_multiply(set, &sum);
            sum = prom_extension_add(&sum, &lower);
            share = prom_extension_multiply(set, &share);
            share = prom_extension_add(&share, &clear);
        } else {
            sum = prom_extension_multiply(&clear, &sum);
            share = prom_extension_multiply(&clear, &share);
        }
        all = prom_extension_add(&all, &step);
    }
    return end == (size_t)1 << bits ? all : sum;
}

/* Of the numbers q from -2^(bits-1) on, each clamped: `low` up to it, `high` from it on, and itself between. A row's
 * index is q + 2^(bits-1). */
static prom_extension clamped_at(const argument_table *table, const prom_extension *point)
{
    const int64_t lowest = -(INT64_C(1) << table->bits) / 2;
    const int64_t highest = -lowest - 1;
    const int64_t low = table->range.low > lowest ? table->range.low : lowest;
    const int64_t high = table->range.high < highest ? table->range.high : highest;
    const size_t first = (size_t)(low - lowest);
    const size_t end = (size_t)(high - lowest) + 1;
    const prom_extension one = prom_extension_one();
    const prom_extension below = prom_argument_equal_below(point, table->bits, first);
    const prom_extension up_to_high = prom_argument_equal_below(point, table->bits, end);
    const prom_extension above = prom_extension_subtract(&one, &up_to_high);
    const prom_extension between = prom_extension_subtract(&up_to_high, &below);
    const prom_extension indices_below = counted_below(point, table->bits, first);
    const prom_extension indices = counted_below(point, table->bits, end);
    const prom_extension at_low = prom_extension_scale(&below, prom_element_of_signed((int32_t)low));
    const prom_extension at_high = prom_extension_scale(&above, prom_element_of_signed((int32_t)high));
    const prom_extension offset = prom_extension_scale(&between, prom_element_of_signed((int32_t)lowest));
    prom_extension sum = prom_extension_subtract(&indices, &indices_below);
    sum = prom_extension_add(&sum, &offset);
    sum = prom_extension_add(&sum, &at_low);
    return prom_extension_add(&sum, &at_high);
}

void prom_argument_table_at(prom_extension *first, prom_extension *second, const argument_table *table,
                            const prom_extension *point)
{
    *first = counted(point, table->bits);
    *second = prom_extension_zero();
    if (table->activation) {
        const prom_extension offset = power_of_two(table->bits - 1);
        *first = prom_extension_subtract(first, &offset);
        *second = clamped_at(table, point);
    }
}

prom_extension prom_argument_denominator(const lookup_challenges *challenges, size_t table, const prom_extension *first,
                                         const prom_extension *second)
{
    const prom_extension square = prom_extension_multiply(&challenges->beta, &challenges->beta);
    const prom_extension tag = prom_extension_scale(&square, prom_element_of((uint32_t)table + 1));
    const prom_extension scaled = prom_extension_multiply(&challenges->beta, second);
    prom_extension denominator = prom_extension_subtract(&challenges->alpha, &tag);
    denominator = prom_extension_subtract(&denominator, first);
    return prom_extension_subtract(&denominator, &scaled);
}

prom_result prom_argument_add_claim(claim_list *list, size_t column, const prom_extension *point,
                                    const prom_extension *value, prom_error *error)
{
    enum { ROOM_AT_FIRST = 64 };
    if (list->count == list->room) {
        prom_claim *larger = NULL;
        const size_t room = list->room > 0 ? 2 * list->room : ROOM_AT_FIRST;
        PROM_TRY_NEW(larger, list->arena, room, error);
        if (list->count > 0) {
            memcpy(larger, list->claims, list->count * sizeof *larger);
        }
        list->claims = larger;
        list->room = room;
    }
    list->claims[list->count++] = (prom_claim){0, column, point, *value};
    return prom_ok();
}
