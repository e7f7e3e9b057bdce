#include "advice/sweep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "base/units.h"
#include "outlook/question.h"
#include "system/progress_bar.h"

enum { STEPS_DEFAULT = 5, NAME_TEXT = 64 };

#define WHOLE_MAX (UINT64_C(1) << 53)    /* up to it all whole numbers are doubles as well */
#define SOLVE_BYTES ((size_t)1 << 26)    /* of one set */
#define SENTENCE_BYTES ((size_t)1 << 29) /* of a million sentences, about as long as the longest */

/* -- What to vary -- */

/* The value that the question would have. */
static double held(const prom_game_question *question, size_t parameter, double value)
{
    prom_game_question tried = *question;
    prom_game_parameter_set(&tried, parameter, value);
    return prom_game_parameter_get(&tried, parameter);
}

static prom_result unknown_name(const char *name, prom_error *error)
{
    prom_suggestion near = prom_suggestion_for(name, strlen(name));
    for (size_t i = 0; i < prom_game_parameter_count(); i++) {
        prom_suggestion_consider(&near, prom_game_parameter_at(i)->name);
    }
    return near.best == NULL
               ? prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "the game has no number '%s'; 'prom help game sweep' lists those that it has", name)
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the game has no number '%s' (did you mean '%s'?)", name,
                           near.best);
}

/* Reads the digits at `*text`, and steps over them and what ends them. */
static bool read_whole(double *number, const char **text, char end)
{
    const size_t length = strspn(*text, "0123456789");
    const uint64_t value = strtoull(*text, NULL, 10);
    if (length == 0 || (*text)[length] != end || value > WHOLE_MAX) {
        return false;
    }
    *number = (double)value;
    *text += length + (end != '\0');
    return true;
}

/* What "FROM:TO" or "FROM:TO:STEPS" says. */
typedef struct span {
    double ends[2];
    bool has_steps;
    double steps;
} span;

static bool read_range(span *it, const char *text)
{
    *it = (span){.steps = STEPS_DEFAULT};
    if (!read_whole(&it->ends[0], &text, ':')) {
        return false;
    }
    it->has_steps = strchr(text, ':') != NULL;
    return read_whole(&it->ends[1], &text, it->has_steps ? ':' : '\0') &&
           (!it->has_steps || read_whole(&it->steps, &text, '\0'));
}

/* Adds a value unless it is the last one. */
static void add_value(prom_sweep_axis *axis, double value)
{
    if (axis->count == 0 || axis->values[axis->count - 1] != value) {
        axis->values[axis->count++] = value;
    }
}

static prom_result make_default(prom_sweep_axis *axis, prom_arena *arena, const prom_game_question *question,
                                prom_error *error)
{
    static const double factors[STEPS_DEFAULT] = {0.25, 0.5, 1, 2, 4};
    const double now = prom_game_parameter_get(question, axis->parameter);
    const char *name = prom_game_parameter_at(axis->parameter)->name;
    if (now == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s is 0, and a quarter to four times of it is as well: give a range, %s=FROM:TO", name, name);
    }
    PROM_TRY_NEW(axis->values, arena, STEPS_DEFAULT, error);
    for (size_t i = 0; i < STEPS_DEFAULT; i++) {
        add_value(axis, held(question, axis->parameter, round(factors[i] * now)));
    }
    return prom_ok();
}

/* That the steps are as many as the range can have, and that the number can be at both ends. */
static prom_result check_range(const span *it, const prom_game_question *question, size_t parameter, prom_error *error)
{
    const char *name = prom_game_parameter_at(parameter)->name;
    const double numbers = it->ends[1] - it->ends[0] + 1;
    char count[PROM_UNITS];
    for (size_t i = 0; i < sizeof it->ends / sizeof *it->ends; i++) {
        const double nearest = held(question, parameter, it->ends[i]);
        if (nearest != it->ends[i]) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s cannot be %.0f: the nearest that it can be is %.0f",
                             name, it->ends[i], nearest);
        }
    }
    if (it->steps < 1 || it->steps > PROM_SWEEP_SETS_MAX || (it->steps < 2 && numbers > 1)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.0f steps of %s: a range has 2 to %d", it->steps, name,
                         PROM_SWEEP_SETS_MAX);
    }
    if (it->has_steps && it->steps > numbers) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.0f steps of %s: from %.0f to %.0f are no more than %s",
                         it->steps, name, it->ends[0], it->ends[1],
                         prom_units_count(count, (uint64_t)numbers, "whole number"));
    }
    return prom_ok();
}

static prom_result make_range(prom_sweep_axis *axis, prom_arena *arena, const prom_game_question *question,
                              const char *text, prom_error *error)
{
    span it;
    if (!read_range(&it, text) || it.ends[0] > it.ends[1]) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "'%.100s' is no range of %s: give FROM:TO or FROM:TO:STEPS, whole numbers up to %llu, the "
                         "smaller first",
                         text, prom_game_parameter_at(axis->parameter)->name, (unsigned long long)WHOLE_MAX);
    }
    PROM_TRY(check_range(&it, question, axis->parameter, error));
    PROM_TRY_NEW(axis->values, arena, (size_t)it.steps, error);
    for (size_t i = 0; i < (size_t)it.steps; i++) {
        const double share = it.steps < 2 ? 0 : (double)i / (it.steps - 1);
        add_value(axis, held(question, axis->parameter, round(it.ends[0] + (it.ends[1] - it.ends[0]) * share)));
    }
    return prom_ok();
}

/* Reads one of the list. */
static prom_result add_axis(prom_sweep *sweep, const char *word, size_t length, prom_error *error)
{
    char name[NAME_TEXT];
    char range[NAME_TEXT] = "";
    const size_t name_length = strcspn(word, "=,");
    const bool has_range = name_length < length;
    (void)snprintf(name, sizeof name, "%.*s", (int)(name_length < sizeof name ? name_length : sizeof name - 1), word);
    if (has_range) {
        const size_t rest = length - name_length - 1;
        (void)snprintf(range, sizeof range, "%.*s", (int)(rest < sizeof range ? rest : sizeof range - 1),
                       word + name_length + 1);
    }
    const size_t parameter = prom_game_parameter_find(name);
    if (name_length == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the list of what to vary has an empty name");
    }
    if (parameter == prom_game_parameter_count()) {
        return unknown_name(name, error);
    }
    for (size_t i = 0; i < sweep->axis_count; i++) {
        if (sweep->axes[i].parameter == parameter) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is to be varied twice", name);
        }
    }
    if (sweep->axis_count == PROM_SWEEP_AXES_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "more than %d numbers are to be varied", PROM_SWEEP_AXES_MAX);
    }
    prom_sweep_axis *axis = &sweep->axes[sweep->axis_count++];
    *axis = (prom_sweep_axis){.parameter = parameter};
    return has_range ? make_range(axis, &sweep->advice->arena, &sweep->advice->question, range, error)
                     : make_default(axis, &sweep->advice->arena, &sweep->advice->question, error);
}

/* Measures the transactions of each n: of P and what else FILE says with as many arbiters. Other numbers change no
 * size by more than the few bytes in which a script writes a time. */
static prom_result measure(prom_sweep *sweep, prom_error *error)
{
    const prom_advice *advice = sweep->advice;
    const size_t n = prom_game_parameter_find("n");
    for (size_t axis = 0; axis < sweep->axis_count; axis++) {
        const prom_sweep_axis *it = &sweep->axes[axis];
        for (size_t i = 0; it->parameter == n && i < it->count; i++) {
            prom_contract_file file = advice->file;
            prom_game_question question;
            if (it->values[i] < PROM_ARBITERS_MIN || it->values[i] > PROM_ARBITERS_MAX) {
                continue; /* no question has it */
            }
            file.terms.P.n = (uint8_t)it->values[i];
            file.whole = file.whole && file.terms.P.n == advice->file.terms.P.n;   /* else it has not as many keys */
            file.setting = prom_game_setting_default(&file.terms.P, file.terms.c); /* sizes are of the contract */
            PROM_TRY(prom_contract_question(&question, &sweep->advice->arena, advice->curve, &file, NULL, error));
            sweep->sizes[file.terms.P.n] = question.sizes;
        }
    }
    sweep->sizes[advice->question.P.n] = advice->question.sizes;
    return prom_ok();
}

void prom_sweep_free(prom_sweep *sweep)
{
    prom_arena_free(&sweep->sentences);
}

prom_result prom_sweep_plan(prom_sweep *sweep, prom_advice *advice, const char *over, prom_error *error)
{
    char sets[PROM_UNITS];
    char most[PROM_UNITS];
    *sweep = (prom_sweep){.advice = advice, .set_count = 1};
    prom_arena_init(&sweep->sentences, SENTENCE_BYTES);
    for (const char *at = over; at != NULL;) {
        const size_t length = strcspn(at, ",");
        PROM_TRY(add_axis(sweep, at, length, error));
        at = at[length] == ',' ? at + length + 1 : NULL;
    }
    double count = 1;
    for (size_t i = 0; i < sweep->axis_count; i++) {
        count *= (double)sweep->axes[i].count;
    }
    if (count > PROM_SWEEP_SETS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "that makes %s sets of numbers, and %s are the most",
                         count < 1e18 ? prom_units_number(sets, (uint64_t)count) : "no end of",
                         prom_units_number(most, PROM_SWEEP_SETS_MAX));
    }
    sweep->set_count = (size_t)count;
    PROM_TRY_NEW(sweep->rows, &advice->arena, sweep->set_count, error);
    return measure(sweep, error);
}

/* -- Each set -- */

double prom_sweep_value(const prom_sweep *sweep, size_t set, size_t axis)
{
    for (size_t i = sweep->axis_count; i-- > axis + 1;) {
        set /= sweep->axes[i].count;
    }
    return sweep->axes[axis].values[set % sweep->axes[axis].count];
}

/* The question of a set. The price comes first, as it moves the costs, which the set may say as well. */
static prom_game_question question_of(const prom_sweep *sweep, size_t set)
{
    prom_game_question question = sweep->advice->question;
    const size_t price = prom_game_parameter_find("price");
    for (int pass = 0; pass < 2; pass++) {
        for (size_t axis = 0; axis < sweep->axis_count; axis++) {
            const size_t parameter = sweep->axes[axis].parameter;
            if ((pass == 0) == (parameter == price)) {
                prom_game_parameter_set(&question, parameter, prom_sweep_value(sweep, set, axis));
            }
        }
    }
    if (question.P.n <= PROM_ARBITERS_MAX) {
        question.sizes = sweep->sizes[question.P.n];
    }
    return question;
}

/* Keeps a sentence for the row. */
static prom_result keep(prom_sweep *sweep, prom_sweep_row *row, const prom_error *sentence, prom_error *error)
{
    const size_t size = strlen(sentence->sentence) + 1;
    char *text = NULL;
    PROM_TRY_NEW(text, &sweep->sentences, size, error);
    memcpy(text, sentence->sentence, size);
    row->bound = text;
    return prom_ok();
}

/* Finds the group of at most n - k arbiters that gains most. */
static void find_group(prom_sweep_row *row, const prom_game_solution *solution)
{
    const prom_parameters *P = &solution->question->P;
    const uint32_t few = prom_parameters_tolerated(P);
    const unsigned owners = solution->question->fund_is_nobodys ? PROM_GAME_GROUPS / 2 : PROM_GAME_GROUPS;
    for (unsigned players = 0; players < owners; players++) {
        for (uint32_t m = players == 0 ? 1 : 0; m <= few; m++) {
            const prom_game_attack *attack = &solution->gains[players][m];
            if (attack->gain > row->gain + PROM_GAME_TOLERANCE) {
                row->gain = attack->gain;
                row->group = attack->group;
            }
        }
    }
}

static void fill_row(prom_sweep_row *row, const prom_game_solution *solution, uint32_t accepted)
{
    const prom_game_finding *worst = prom_game_weakest(solution);
    row->verdict = (uint8_t)prom_advice_verdict_of(solution, accepted);
    if (worst != NULL) {
        row->worst = (uint8_t)worst->risk;
        row->amount = worst->amount;
    }
    for (size_t i = 0; i < solution->finding_count; i++) {
        row->findings |= UINT32_C(1) << solution->findings[i].risk;
    }
    if (solution->games[0] == NULL) {
        return;
    }
    row->solved = true;
    find_group(row, solution);
    for (unsigned player = 0; player <= PROM_GAME_A; player++) {
        const double alone = player == PROM_GAME_A ? solution->gains[0][1].gain : solution->gains[1U << player][0].gain;
        row->honest[player] = solution->honest[player];
        if (row->honest[player] >= -PROM_GAME_TOLERANCE && alone <= PROM_GAME_TOLERANCE) {
            row->pays |= (uint8_t)(1U << player);
        }
    }
}

/* Numbers that make no question are told as such: the others are still of interest. */
static prom_result solve_set(prom_sweep_row *row, prom_sweep *sweep, size_t set, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_game_question question = question_of(sweep, set);
    prom_game_solution *solution = NULL;
    prom_error why = {.sentence = ""};
    prom_arena_init(&arena, SOLVE_BYTES);
    *row = (prom_sweep_row){.verdict = PROM_SWEEP_IMPOSSIBLE, .worst = PROM_RISKS};
    const prom_result judged = prom_game_judge(&arena, &solution, sweep->advice->curve, &question, &why);
    if (judged.category == PROM_CATEGORY_BAD_INPUT) {
        return keep(sweep, row, &why, error);
    }
    if (!prom_is_ok(judged)) {
        return prom_fail(error, judged.category, "%s", why.sentence);
    }
    fill_row(row, solution, sweep->advice->accepted);
    return row->verdict == PROM_VERDICT_BOUND ? keep(sweep, row, &solution->bound, error) : prom_ok();
}

prom_result prom_sweep_run(prom_sweep *sweep, prom_error *error)
{
    prom_progress_bar bar = prom_progress_bar_start("sweep");
    prom_result result = prom_ok();
    for (size_t set = 0; set < sweep->set_count && prom_is_ok(result); set++) {
        result = solve_set(&sweep->rows[set], sweep, set, error);
        prom_progress_bar_draw(&bar, set + 1, sweep->set_count);
    }
    prom_progress_bar_end(&bar);
    return result;
}
