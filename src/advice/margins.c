#include "advice/margins.h"

#include <math.h>

json_t *prom_margins_json(const prom_game_margin *margins, const prom_game_question *question)
{
    json_t *array = json_array();
    for (size_t i = 0; i < prom_game_parameter_count(); i++) {
        const prom_game_margin *margin = &margins[i];
        const bool none = !isfinite(margin->change);
        (void)json_array_append_new(array,
                                    json_pack("{s:s, s:I, s:o, s:o, s:o, s:o}", "parameter",
                                              prom_game_parameter_at(margin->parameter)->name, "now",
                                              (json_int_t)prom_game_parameter_get(question, margin->parameter), "value",
                                              none ? json_null() : json_integer((json_int_t)margin->value), "change",
                                              none ? json_null() : json_real(round(margin->change * 1e6) / 1e6), "risk",
                                              none ? json_null() : json_string(prom_game_risk_name(margin->risk)),
                                              "comes", none ? json_null() : json_boolean(margin->comes)));
    }
    return array;
}

static bool stands_before(const prom_game_margin *a, const prom_game_margin *b)
{
    return fabs(a->change) < fabs(b->change) || (fabs(a->change) == fabs(b->change) && a->parameter < b->parameter);
}

/* A number beyond this is no number that can be varied, and a double does not hold it. */
#define VALUE_MAX ((json_int_t)1 << 53)

static prom_result read_margin(prom_game_margin *margin, const json_t *object, const prom_game_question *question,
                               prom_error *error)
{
    const json_t *value = json_object_get(object, "value");
    const char *name = json_string_value(json_object_get(object, "parameter"));
    const char *risk = json_string_value(json_object_get(object, "risk"));
    const size_t parameter = name == NULL ? prom_game_parameter_count() : prom_game_parameter_find(name);
    if (parameter == prom_game_parameter_count()) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it is of no known parameter");
    }
    const double base = prom_game_parameter_get(question, parameter);
    *margin = (prom_game_margin){.parameter = parameter, .change = INFINITY, .value = base, .risk = PROM_RISKS};
    if (json_is_null(value)) {
        return prom_ok();
    }
    const json_int_t number = json_integer_value(value);
    const prom_game_risk found = risk == NULL ? PROM_RISKS : prom_game_risk_find(risk);
    if (!json_is_integer(value) || number < 0 || number > VALUE_MAX || found == PROM_RISKS || !(base > 0) ||
        (double)number == base) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it has no value, or names no known risk");
    }
    margin->value = (double)number;
    margin->change = margin->value / base - 1;
    margin->risk = found;
    margin->comes = json_is_true(json_object_get(object, "comes"));
    return prom_ok();
}

prom_result prom_margins_read(prom_game_margin *margins, const json_t *array, const prom_game_question *question,
                              prom_error *error)
{
    uint64_t seen = 0;
    if (json_array_size(array) != prom_game_parameter_count()) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'margins' has %zu entries, and there are %zu parameters",
                         json_array_size(array), prom_game_parameter_count());
    }
    for (size_t i = 0; i < prom_game_parameter_count(); i++) {
        PROM_TRY(
            prom_within(read_margin(&margins[i], json_array_get(array, i), question, error), error, "margins[%zu]", i));
        if ((seen >> margins[i].parameter & 1U) != 0) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "margins[%zu] is of %s, as one before", i,
                             prom_game_parameter_at(margins[i].parameter)->name);
        }
        if (i > 0 && stands_before(&margins[i], &margins[i - 1])) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "margins[%zu] is smaller than the one before", i);
        }
        seen |= UINT64_C(1) << margins[i].parameter;
    }
    return prom_ok();
}
