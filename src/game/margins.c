/* How far each number may change before a verdict flips. */
#include <math.h>

#include "prometheus/game/solution.h"

/* Relative changes that are tried, upwards and downwards, from the nearest on. Between the last that changes nothing
 * and the first that does, the place is found by halving, to one whole number. Half and twice the number are among
 * them: whoever checks a margin that was not found looks there. */
static const double CHANGES[] = {0.002, 0.01, 0.03, 0.08, 0.16, 0.31, 0.5, 0.72, 0.9, 1, 1.4, 2.2, 3.6, 5.7, 9};
enum { CHANGE_COUNT = sizeof CHANGES / sizeof *CHANGES };
#define DOWN_MAX 0.9 /* to a tenth */

typedef struct search {
    prom_arena *arena;
    const prom_curve *curve;
    const prom_game_question *question;
    size_t parameter;
    double base;
    uint32_t found; /* risks as bits, 1 << risk, of the question as it is */
} search;

/* Finds the risks of the question where the parameter is `value`. What is no question then changes nothing. */
static prom_result find_risks(const search *it, double value, uint32_t *found, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_game_question question = *it->question;
    prom_game_solution *solution = NULL;
    prom_arena_init_within(&scratch, it->arena);
    *found = it->found;
    prom_game_parameter_set(&question, it->parameter, value);
    if (!prom_is_ok(prom_game_question_check(&question, NULL))) {
        return prom_ok();
    }
    const prom_result judged = prom_game_judge(&scratch, &solution, it->curve, &question, error);
    if (!prom_is_ok(judged)) {
        return judged.category == PROM_CATEGORY_BAD_INPUT ? prom_ok() : judged;
    }
    *found = 0;
    for (size_t i = 0; i < solution->finding_count; i++) {
        *found |= UINT32_C(1) << solution->findings[i].risk;
    }
    return prom_ok();
}

/* Begins with the risks of the question as it is. */
static prom_result begin(search *it, prom_arena *arena, const prom_curve *curve, const prom_game_question *question,
                         prom_error *error)
{
    *it = (search){.arena = arena, .curve = curve, .question = question};
    PROM_TRY(prom_game_question_check(question, error));
    return find_risks(it, prom_game_parameter_get(question, 0), &it->found, error);
}

static void vary(search *it, size_t parameter)
{
    it->parameter = parameter;
    it->base = prom_game_parameter_get(it->question, parameter);
}

/* The gravest of the risks that have come or gone: they stand in that order. PROM_RISKS: none has. */
static prom_game_risk flipped(uint32_t before, uint32_t after)
{
    prom_game_risk risk = PROM_RISK_BOUND;
    while (risk < PROM_RISKS && ((before ^ after) >> risk & 1U) == 0) {
        risk++;
    }
    return risk;
}

static void note(prom_game_margin *margin, const search *it, double value, uint32_t found)
{
    margin->value = value;
    margin->change = value / it->base - 1;
    margin->risk = flipped(it->found, found);
    margin->comes = (found >> margin->risk & 1U) != 0;
}

/* Halves what lies between a number that flips nothing and one that flips something. */
static prom_result narrow(prom_game_margin *margin, const search *it, double same, double other, prom_error *error)
{
    while (fabs(other - same) > 1) {
        const double middle = floor((same + other) / 2);
        uint32_t found = 0;
        PROM_TRY(find_risks(it, middle, &found, error));
        if (found == it->found) {
            same = middle;
        } else {
            other = middle;
            note(margin, it, other, found);
        }
    }
    return prom_ok();
}

/* Goes one way until something flips, or what is known to flip the other way is nearer. */
static prom_result go(prom_game_margin *margin, const search *it, double sign, prom_error *error)
{
    double same = it->base;
    for (size_t i = 0; i < CHANGE_COUNT && CHANGES[i] < fabs(margin->change); i++) {
        const double far = it->base * (1 + sign * CHANGES[i]);
        const double value = sign < 0 ? floor(far) : ceil(far);
        uint32_t found = it->found;
        if (sign < 0 && CHANGES[i] > DOWN_MAX) {
            break;
        }
        if (value != same) {
            PROM_TRY(find_risks(it, value, &found, error));
        }
        if (found != it->found) {
            prom_game_margin flipped = *margin;
            note(&flipped, it, value, found);
            PROM_TRY(narrow(&flipped, it, same, value, error));
            *margin = fabs(flipped.change) < fabs(margin->change) ? flipped : *margin;
            break;
        }
        same = value;
    }
    return prom_ok();
}

static bool is_nearer(const prom_game_margin *a, const prom_game_margin *b)
{
    return fabs(a->change) < fabs(b->change) || (fabs(a->change) == fabs(b->change) && a->parameter < b->parameter);
}

static void sort(prom_game_margin *margins, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const prom_game_margin moved = margins[i];
        size_t at = i;
        for (; at > 0 && is_nearer(&moved, &margins[at - 1]); at--) {
            margins[at] = margins[at - 1];
        }
        margins[at] = moved;
    }
}

prom_result prom_game_margins(prom_arena *arena, prom_game_margin *margins, const prom_curve *curve,
                              const prom_game_question *question, prom_error *error)
{
    const size_t count = prom_game_parameter_count();
    search it;
    PROM_TRY(begin(&it, arena, curve, question, error));
    for (size_t i = 0; i < count; i++) {
        vary(&it, i);
        margins[i] = (prom_game_margin){.parameter = i, .change = INFINITY, .value = it.base, .risk = PROM_RISKS};
        if (it.base > 0) {
            PROM_TRY(go(&margins[i], &it, 1, error));
            PROM_TRY(go(&margins[i], &it, -1, error));
        }
    }
    sort(margins, count);
    return prom_ok();
}

/* -- Checking -- */

/* Nothing nearer than what is said changes the verdict; where there is said to be no margin, nothing that is tried. */
static prom_result check_nearest(const search *it, const prom_game_margin *margin, prom_error *error)
{
    prom_game_margin found = *margin;
    const bool told = isfinite(margin->change);
    if (it->base > 0) {
        PROM_TRY(go(&found, it, 1, error));
        PROM_TRY(go(&found, it, -1, error));
    }
    if (!(fabs(found.change) < fabs(margin->change))) {
        return prom_ok();
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is said to have %s, and with %.0f already '%s' comes or goes",
                     prom_game_parameter_at(it->parameter)->name, told ? "a margin farther away" : "no margin",
                     found.value, prom_game_risk_name(found.risk));
}

static prom_result check_margin(const search *it, const prom_game_margin *margin, prom_error *error)
{
    const char *name = prom_game_parameter_at(it->parameter)->name;
    const double nearer = margin->value < it->base ? margin->value + 1 : margin->value - 1;
    uint32_t there = 0;
    uint32_t inside = 0;
    PROM_TRY(find_risks(it, margin->value, &there, error));
    PROM_TRY(find_risks(it, nearer, &inside, error));
    const prom_game_risk risk = flipped(it->found, there);
    if (risk == PROM_RISKS) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s = %.0f is said to change the verdict, and does not", name,
                         margin->value);
    }
    if (risk != margin->risk || margin->comes != ((there >> risk & 1U) != 0)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "with %s = %.0f '%s' is said to %s, and '%s' does %s", name,
                         margin->value, prom_game_risk_name(margin->risk), margin->comes ? "come" : "go",
                         prom_game_risk_name(risk), (there >> risk & 1U) != 0 ? "come" : "go");
    }
    if (inside != it->found) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s = %.0f is said to be the first that changes the verdict, but %.0f does already", name,
                         margin->value, nearer);
    }
    return prom_ok();
}

prom_result prom_game_margins_check(prom_arena *arena, const prom_game_margin *margins, const prom_curve *curve,
                                    const prom_game_question *question, prom_error *error)
{
    search it;
    PROM_TRY(begin(&it, arena, curve, question, error));
    for (size_t i = 0; i < prom_game_parameter_count(); i++) {
        vary(&it, margins[i].parameter);
        PROM_TRY(isfinite(margins[i].change) ? check_margin(&it, &margins[i], error) : prom_ok());
        PROM_TRY(check_nearest(&it, &margins[i], error));
    }
    return prom_ok();
}
