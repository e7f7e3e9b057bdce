#include "module/measure.h"

enum { ROOM = 2, GROWTH_BITS = 16, GROWTH_MAX = 4, RESULT_BYTES_MIN = 16 };

static uint64_t lower(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t times(uint64_t a, uint64_t b)
{
    uint64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static uint64_t plus(uint64_t a, uint64_t b)
{
    uint64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* -- Measures -- */

void prom_node_measure_add(prom_node_measure *measure, const prom_node_result *result)
{
    const prom_node_measure one = {1, result->fuel, result->fuel, (uint32_t)result->bytes.length};
    *measure = prom_node_measure_join(measure, &one);
}

prom_node_measure prom_node_measure_join(const prom_node_measure *a, const prom_node_measure *b)
{
    return (prom_node_measure){
        .nodes = a->nodes + b->nodes,
        .fuel = plus(a->fuel, b->fuel),
        .fuel_most = a->fuel_most > b->fuel_most ? a->fuel_most : b->fuel_most,
        .bytes_most = a->bytes_most > b->bytes_most ? a->bytes_most : b->bytes_most,
    };
}

static uint32_t longest_of(const prom_items *items)
{
    uint32_t longest = 0;
    for (uint32_t i = 1; i < items->count; i++) {
        longest = items->list[i].length > items->list[longest].length ? i : longest;
    }
    return longest;
}

uint32_t prom_sample_choose(uint32_t chosen[PROM_SAMPLE_ITEMS], const prom_items *items)
{
    const uint32_t count = items->count < PROM_SAMPLE_ITEMS ? items->count : PROM_SAMPLE_ITEMS;
    const uint32_t longest = longest_of(items);
    for (uint32_t i = 0; i < count; i++) { /* the first and the last one of all among them */
        chosen[i] = count > 1 ? (uint32_t)((uint64_t)i * (items->count - 1) / (count - 1)) : 0;
    }
    /* In place of the last one before it, they stay in order. */
    for (uint32_t i = count; i > 0; i--) {
        if (chosen[i - 1] <= longest) {
            chosen[i - 1] = longest;
            break;
        }
    }
    return count;
}

/* -- Folds of higher levels -- */

static uint32_t levels_of(uint32_t items)
{
    uint32_t levels = 0;
    for (uint32_t nodes = items; nodes > 1; nodes = nodes / 2 + nodes % 2) {
        levels++;
    }
    return levels;
}

/* By how much the last level exceeds the one before it, in units of 2^-GROWTH_BITS, rounded up. */
static uint64_t growth_of(uint64_t before, uint64_t last)
{
    const uint64_t one = UINT64_C(1) << GROWTH_BITS;
    if (last <= before || before == 0) {
        return one;
    }
    const uint64_t scaled = times(last, one);
    return lower(scaled / before + (scaled % before != 0), GROWTH_MAX * one);
}

static uint64_t grow(uint64_t amount, uint64_t growth)
{
    const uint64_t product = times(amount, growth);
    return product == UINT64_MAX ? product : (product >> GROWTH_BITS) + (product % (UINT64_C(1) << GROWTH_BITS) != 0);
}

static uint64_t average(const prom_node_measure *measure)
{
    return measure->nodes == 0 ? 0 : measure->fuel / measure->nodes;
}

/* What folds of the measured levels take, and of those above them. */
struct folding {
    uint64_t fuel_most;
    uint64_t bytes_most;
    uint64_t fuel; /* of all folds of the batch, on average */
};

static uint64_t above(uint64_t fuel, uint64_t setup)
{
    return fuel > setup ? fuel - setup : 0;
}

/* The fuel of a fold one level higher: what it takes to be set up does not grow. */
static uint64_t grow_fuel(uint64_t fuel, uint64_t before, uint64_t last, uint64_t setup)
{
    return plus(setup, grow(above(fuel, setup), growth_of(above(before, setup), above(last, setup))));
}

static struct folding reckon_folds(const prom_module_measure *sample)
{
    const uint64_t setup = sample->setup;
    const uint32_t levels = levels_of(sample->whole);
    struct folding all = {0};
    uint64_t most = 0;
    uint64_t bytes = 0;
    uint64_t mean = 0;
    uint64_t nodes = sample->whole;
    for (uint32_t i = 0; i < levels && sample->levels > 0; i++, nodes = nodes / 2 + nodes % 2) {
        const prom_node_measure *last = &sample->folds[sample->levels - 1];
        const prom_node_measure *before = sample->levels > 1 ? last - 1 : last;
        const prom_node_measure *here = i < sample->levels ? &sample->folds[i] : NULL;
        most = here != NULL ? here->fuel_most : grow_fuel(most, before->fuel_most, last->fuel_most, setup);
        bytes = here != NULL ? here->bytes_most : grow(bytes, growth_of(before->bytes_most, last->bytes_most));
        mean = here != NULL ? average(here) : grow_fuel(mean, average(before), average(last), setup);
        all.fuel_most = most > all.fuel_most ? most : all.fuel_most;
        all.bytes_most = bytes > all.bytes_most ? bytes : all.bytes_most;
        all.fuel = plus(all.fuel, times(mean, nodes / 2));
    }
    return all;
}

/* -- Limits -- */

/* Up to two digits and zeros behind them. */
static uint64_t round_fuel(uint64_t fuel)
{
    uint64_t unit = 1;
    while (fuel / unit >= 100) {
        unit *= 10;
    }
    const uint64_t rounded = times(fuel / unit + (fuel % unit != 0), unit);
    return rounded == 0 ? 1 : lower(rounded, PROM_MODULE_FUEL_MAX);
}

/* Up to four to seven of a power of two. */
static uint64_t round_size(uint64_t size, uint64_t most)
{
    uint64_t unit = 1;
    while (size / unit >= 8) {
        unit *= 2;
    }
    return lower((size / unit + (size % unit != 0)) * unit, most);
}

/* Setting up takes what it takes. */
static uint64_t fuel_with_room(uint64_t most, uint64_t setup)
{
    return round_fuel(plus(setup, times(ROOM, above(most, setup))));
}

static uint32_t bytes_with_room(uint64_t most)
{
    const uint64_t twice = ROOM * lower(most, PROM_MODULE_RESULT_MAX);
    return (uint32_t)round_size(twice < RESULT_BYTES_MIN ? RESULT_BYTES_MIN : twice, PROM_MODULE_RESULT_MAX);
}

void prom_limits_with_room(prom_module_limits *limits, const prom_module_measure *sample)
{
    const struct folding folds = reckon_folds(sample);
    limits->fuel = fuel_with_room(sample->items.fuel_most, sample->setup);
    limits->result_bytes = bytes_with_room(sample->items.bytes_most);
    limits->pages = (uint32_t)round_size((uint64_t)ROOM * sample->pages, PROM_MODULE_PAGES_MAX);
    if (sample->levels > 0) {
        limits->fold_fuel = fuel_with_room(folds.fuel_most, sample->setup);
        limits->fold_bytes = bytes_with_room(folds.bytes_most);
    }
}

void prom_limits_exact(prom_module_limits *limits, const prom_module_measure *all)
{
    limits->fuel = all->items.fuel_most > 0 ? all->items.fuel_most : 1;
    limits->result_bytes = all->items.bytes_most;
    if (all->folds[0].nodes > 0) {
        limits->fold_fuel = all->folds[0].fuel_most > 0 ? all->folds[0].fuel_most : 1;
        limits->fold_bytes = all->folds[0].bytes_most;
    }
}

uint64_t prom_fuel_expected(const prom_module_measure *sample)
{
    const prom_node_measure *items = &sample->items;
    const uint64_t rest = items->nodes == 0 ? 0 : items->fuel % items->nodes;
    const uint64_t each = average(items);
    const uint64_t maps =
        items->nodes == 0 ? 0 : plus(times(each, sample->whole), times(rest, sample->whole) / items->nodes);
    return plus(maps, reckon_folds(sample).fuel);
}
