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

void prom_limits_print(const prom_module_limits *limits)
{
    char bytes[PROM_UNITS];
    char fuel[PROM_UNITS];
    (void)printf("memory up to %s\n", prom_units_bytes(bytes, (uint64_t)limits->pages * PROM_MODULE_PAGE));
    if (limits->folds_alone) {
        (void)printf("an item     is folded as it is, up to %s\n", prom_units_bytes(bytes, limits->fold_bytes));
    } else {
        (void)printf("an item     fuel %s, result up to %s\n", prom_units_number(fuel, limits->fuel),
                     prom_units_bytes(bytes, limits->result_bytes));
    }
    if (limits->folds) {
        (void)printf("a fold      fuel %s, result up to %s\n", prom_units_number(fuel, limits->fold_fuel),
                     prom_units_bytes(bytes, limits->fold_bytes));
    }
}
