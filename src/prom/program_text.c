#include "prom/program_text.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"

prom_result prom_parse_fuel(uint64_t *fuel, const char *text, const char *option, prom_error *error)
{
    static const char UNITS[] = "kMGT";
    const char *at = text;
    uint64_t number = 0;
    while (*at >= '0' && *at <= '9' && number <= PROM_MODULE_FUEL_MAX) {
        number = 10 * number + (uint64_t)(*at++ - '0');
    }
    const char *unit = at > text && *at != '\0' ? strchr(UNITS, *at) : NULL;
    for (ptrdiff_t i = 0; unit != NULL && i <= unit - UNITS && number <= PROM_MODULE_FUEL_MAX; i++) {
        number *= 1000;
    }
    if (at == text || (unit != NULL ? at[1] : at[0]) != '\0' || number == 0 || number > PROM_MODULE_FUEL_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s is '%.40s': give a number from 1 to 2^48, such as 5000000 or 10G", option, text);
    }
    *fuel = number;
    return prom_ok();
}

prom_result prom_limits_suffice(const prom_module_limits *limits, const prom_module_facts *facts, prom_error *error)
{
    const bool item = !limits->folds_alone && limits->fuel < facts->setup_fuel;
    char fuel[PROM_UNITS];
    char setup[PROM_UNITS];
    if (!item && !(limits->folds && limits->fold_fuel < facts->setup_fuel)) {
        return prom_ok();
    }
    return prom_fail(
        error, PROM_CATEGORY_BAD_INPUT,
        "no %s can succeed: it may take fuel %s, and setting up an instance takes %s already; allow more by "
        "'prom program make %s'",
        item ? "item" : "fold", prom_units_number(fuel, item ? limits->fuel : limits->fold_fuel),
        prom_units_number(setup, facts->setup_fuel), item ? "--fuel" : "--fold-fuel");
}

json_t *prom_limits_json(const prom_module_limits *limits)
{
    const bool folds = limits->folds;
    const bool maps = !limits->folds_alone;
    return json_pack("{s:I, s:o, s:o, s:o, s:o}",                                                         //
                     "memory_bytes", (json_int_t)limits->pages * PROM_MODULE_PAGE,                        //
                     "result_bytes", maps ? json_integer((json_int_t)limits->result_bytes) : json_null(), //
                     "fuel", maps ? json_integer((json_int_t)limits->fuel) : json_null(),                 //
                     "fold_bytes", folds ? json_integer((json_int_t)limits->fold_bytes) : json_null(),    //
                     "fold_fuel", folds ? json_integer((json_int_t)limits->fold_fuel) : json_null());
}

void prom_limits_print(FILE *stream, const prom_module_limits *limits)
{
    char bytes[PROM_UNITS];
    char fuel[PROM_UNITS];
    (void)fprintf(stream, "memory up to %s\n", prom_units_bytes(bytes, (uint64_t)limits->pages * PROM_MODULE_PAGE));
    if (limits->folds_alone) {
        (void)fprintf(stream, "an item     is folded as it is, up to %s\n",
                      prom_units_bytes(bytes, limits->fold_bytes));
    } else {
        (void)fprintf(stream, "an item     fuel %s, result up to %s\n", prom_units_number(fuel, limits->fuel),
                      prom_units_bytes(bytes, limits->result_bytes));
    }
    if (limits->folds) {
        (void)fprintf(stream, "a fold      fuel %s, result up to %s\n", prom_units_number(fuel, limits->fold_fuel),
                      prom_units_bytes(bytes, limits->fold_bytes));
    }
}

/* -- What was measured -- */

static prom_node_measure folds_of(const prom_module_measure *sample)
{
    prom_node_measure all = {0};
    for (uint32_t i = 0; i < sample->levels; i++) {
        all = prom_node_measure_join(&all, &sample->folds[i]);
    }
    return all;
}

/* Sums of fuel may be larger than JSON's integers. */
static json_int_t integer(uint64_t number)
{
    return number > INT64_MAX ? INT64_MAX : (json_int_t)number;
}

static json_t *node_json(const prom_node_measure *measure)
{
    return measure->nodes == 0 ? json_null()
                               : json_pack("{s:I, s:I, s:I, s:I}",                                  //
                                           "count", (json_int_t)measure->nodes,                     //
                                           "fuel_max", integer(measure->fuel_most),                 //
                                           "fuel_average", integer(measure->fuel / measure->nodes), //
                                           "result_bytes_max", (json_int_t)measure->bytes_most);
}

json_t *prom_measure_json(const prom_module_measure *sample, const prom_module_limits *limits)
{
    const prom_node_measure folds = folds_of(sample);
    return json_pack("{s:o, s:o, s:I, s:I, s:I, s:I}",                             //
                     "items", node_json(&sample->items),                           //
                     "folds", node_json(&folds),                                   //
                     "memory_bytes", (json_int_t)sample->pages * PROM_MODULE_PAGE, //
                     "input_items", (json_int_t)sample->whole,                     //
                     "input_fuel_average", integer(prom_fuel_expected(sample)),    //
                     "input_fuel_max",
                     integer(prom_module_fuel(limits, prom_module_nodes(sample->whole, limits->folds))));
}

static void print_node(FILE *stream, const char *what, const prom_node_measure *measure)
{
    char texts[3][PROM_UNITS];
    (void)fprintf(stream, "  %s   fuel %s at most, %s on average; result up to %s\n", what,
                  prom_units_number(texts[0], measure->fuel_most),
                  prom_units_number(texts[1], measure->fuel / measure->nodes),
                  prom_units_bytes(texts[2], measure->bytes_most));
}

void prom_measure_print(FILE *stream, const prom_module_measure *sample, const prom_module_limits *limits)
{
    const prom_node_measure folds = folds_of(sample);
    char texts[2][PROM_UNITS];
    (void)fprintf(stream, "sample      %s of %s", prom_units_number(texts[0], sample->items.nodes),
                  prom_units_count(texts[1], sample->whole, "item"));
    if (folds.nodes > 0) {
        (void)fprintf(stream, ", %s", prom_units_count(texts[0], folds.nodes, "fold"));
    }
    (void)fprintf(stream, "\n");
    print_node(stream, "an item", &sample->items);
    if (folds.nodes > 0) {
        print_node(stream, "a fold ", &folds);
    }
    (void)fprintf(stream, "  memory    %s are enough\n",
                  prom_units_bytes(texts[0], (uint64_t)sample->pages * PROM_MODULE_PAGE));
    (void)fprintf(
        stream, "all of it   fuel %s by these averages, at most %s by the limits:\n",
        prom_units_number(texts[0], prom_fuel_expected(sample)),
        prom_units_number(texts[1], prom_module_fuel(limits, prom_module_nodes(sample->whole, limits->folds))));
}
