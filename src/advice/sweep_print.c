#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice/sweep.h"
#include "advice/words.h"
#include "base/units.h"
#include "outlook/paragraph.h"

enum {
    SHORT = 7,    /* columns of an amount of three digits, with the blank before it */
    VERDICT = 11, /* and of a verdict */
    PAYS = 6,     /* of "pays" */
};

static const prom_game_player PLAYERS[] = {PROM_GAME_C, PROM_GAME_W, PROM_GAME_V, PROM_GAME_A};
enum { PLAYER_COUNT = sizeof PLAYERS / sizeof *PLAYERS };

const char *prom_sweep_verdict(const prom_sweep_row *row)
{
    return row->verdict == PROM_SWEEP_IMPOSSIBLE ? "impossible"
                                                 : prom_advice_verdict_name((prom_advice_verdict)row->verdict);
}

static const char *worst_name(const prom_sweep_row *row)
{
    return row->worst == PROM_RISKS ? "" : prom_game_risk_name((prom_game_risk)row->worst);
}

static bool pays(const prom_sweep_row *row, prom_game_player player)
{
    return (row->pays & (1U << player)) != 0;
}

/* -- A table -- */

static const char *axis_name(const prom_sweep *sweep, size_t axis)
{
    return prom_game_parameter_at(sweep->axes[axis].parameter)->name;
}

static int axis_width(const prom_sweep *sweep, size_t axis)
{
    char text[PROM_UNITS];
    const prom_sweep_axis *it = &sweep->axes[axis];
    const int name = (int)strlen(axis_name(sweep, axis));
    const int number = snprintf(text, sizeof text, "%.0f", it->values[it->count - 1]); /* the largest */
    return 1 + (name > number ? name : number);
}

static int worst_width(const prom_sweep *sweep)
{
    size_t width = strlen("worst");
    for (size_t i = 0; i < sweep->set_count; i++) {
        const size_t length = strlen(worst_name(&sweep->rows[i]));
        width = length > width ? length : width;
    }
    return 1 + (int)width;
}

/* Which columns there are, and how wide they are. */
struct table {
    int worst;
    bool utilities; /* there is room for them */
};

static struct table table_of(const prom_sweep *sweep)
{
    struct table table = {.worst = worst_width(sweep)};
    int width = VERDICT + table.worst + 2 * SHORT + PAYS;
    for (size_t axis = 0; axis < sweep->axis_count; axis++) {
        width += axis_width(sweep, axis);
    }
    table.utilities = width + PLAYER_COUNT * SHORT <= PROM_PARAGRAPH_WIDTH;
    return table;
}

static void print_head(const prom_sweep *sweep, const struct table *table)
{
    for (size_t axis = 0; axis < sweep->axis_count; axis++) {
        (void)printf("%*s", axis_width(sweep, axis), axis_name(sweep, axis));
    }
    (void)printf(" %-*s %-*s%*s%*s", VERDICT - 1, "verdict", table->worst - 1, "worst", SHORT, "amount", SHORT, "gain");
    for (size_t i = 0; table->utilities && i < PLAYER_COUNT; i++) {
        (void)printf("%*s", SHORT, prom_advice_player_letter(PLAYERS[i]));
    }
    (void)printf("%*s\n", PAYS, "pays");
}

static void print_row(const prom_sweep *sweep, const struct table *table, size_t set)
{
    const prom_sweep_row *row = &sweep->rows[set];
    char text[PROM_ADVICE_SHORT];
    char letters[PLAYER_COUNT + 1] = "";
    for (size_t axis = 0; axis < sweep->axis_count; axis++) {
        (void)printf("%*.0f", axis_width(sweep, axis), prom_sweep_value(sweep, set, axis));
    }
    if (!row->solved) {
        (void)printf(" %s\n", prom_sweep_verdict(row));
        return;
    }
    (void)printf(" %-*s %-*s", VERDICT - 1, prom_sweep_verdict(row), table->worst - 1, worst_name(row));
    (void)printf("%*s", SHORT, row->worst == PROM_RISKS ? "-" : prom_advice_short(text, row->amount));
    (void)printf("%*s", SHORT, prom_advice_short(text, row->gain));
    for (size_t i = 0; i < PLAYER_COUNT; i++) {
        letters[i] = pays(row, PLAYERS[i]) ? prom_advice_player_letter(PLAYERS[i])[0] : '-';
        if (table->utilities) {
            (void)printf("%*s", SHORT, prom_advice_short(text, row->honest[PLAYERS[i]]));
        }
    }
    (void)printf("%*s\n", PAYS, letters);
}

static void print_sum(const prom_sweep *sweep)
{
    size_t counts[PROM_SWEEP_IMPOSSIBLE + 1] = {0};
    char text[PROM_PARAGRAPH_MAX];
    char number[PROM_UNITS];
    int at = snprintf(text, sizeof text, "\n%s", prom_units_count(number, sweep->set_count, "set"));
    for (size_t i = 0; i < sweep->set_count; i++) {
        counts[sweep->rows[i].verdict]++;
    }
    const char *between = ": ";
    for (unsigned verdict = 0; verdict <= PROM_SWEEP_IMPOSSIBLE; verdict++) {
        if (counts[verdict] > 0) {
            const prom_sweep_row row = {.verdict = (uint8_t)verdict};
            at += snprintf(text + at, sizeof text - (size_t)at, "%s%s %s", between,
                           prom_units_number(number, counts[verdict]), prom_sweep_verdict(&row));
            between = ", ";
        }
    }
    prom_paragraph(0, "%s.", text);
}

void prom_sweep_print(const prom_sweep *sweep)
{
    const struct table table = table_of(sweep);
    print_head(sweep, &table);
    for (size_t set = 0; set < sweep->set_count; set++) {
        print_row(sweep, &table, set);
    }
    print_sum(sweep);
    prom_paragraph(0,
                   "Amounts are sat. \"gain\" is what the group of at most n - k arbiters that gains most gets by "
                   "breaking the rules; \"pays\" names those for whom keeping them is the best that they can do "
                   "alone, and better than staying away. Which bound is broken, and why numbers are impossible, "
                   "stands in --csv and --json.%s",
                   table.utilities ? " C, W, V and A: what each gets when all keep the rules."
                                   : " What each gets when all keep the rules stands there too.");
}

/* -- For programs -- */

/* Writes a number to the thousandth below 100,000, else whole. */
static const char *number_text(char text[PROM_UNITS], double number)
{
    json_auto_t *value = prom_advice_number(number);
    if (json_is_integer(value)) {
        (void)snprintf(text, PROM_UNITS, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else if (json_is_real(value)) {
        (void)snprintf(text, PROM_UNITS, "%.3f", json_real_value(value));
    } else {
        (void)snprintf(text, PROM_UNITS, "null");
    }
    return text;
}

/* In quotes, as it may have commas and quotes in it; nothing of NULL. */
static void print_csv_text(const char *text)
{
    for (const char *at = text == NULL ? "" : text; *at != '\0'; at++) {
        (void)printf("%s%s%c", at == text ? "\"" : "", *at == '"' ? "\"" : "", *at);
    }
    (void)printf("%s", text == NULL || *text == '\0' ? "" : "\"");
}

/* No name and no number has a comma, a quote or the end of a line in it. */
void prom_sweep_print_csv(const prom_sweep *sweep)
{
    for (size_t axis = 0; axis < sweep->axis_count; axis++) {
        (void)printf("%s,", axis_name(sweep, axis));
    }
    (void)printf("verdict,bound,worst,amount,group,gain");
    for (size_t i = 0; i < PLAYER_COUNT; i++) {
        (void)printf(",honest_%s", prom_advice_player_letter(PLAYERS[i]));
    }
    for (size_t i = 0; i < PLAYER_COUNT; i++) {
        (void)printf(",pays_%s", prom_advice_player_letter(PLAYERS[i]));
    }
    (void)printf("\r\n");
    for (size_t set = 0; set < sweep->set_count; set++) {
        const prom_sweep_row *row = &sweep->rows[set];
        char text[PROM_UNITS];
        char group[PROM_ADVICE_LETTERS];
        for (size_t axis = 0; axis < sweep->axis_count; axis++) {
            (void)printf("%.0f,", prom_sweep_value(sweep, set, axis));
        }
        (void)printf("%s,", prom_sweep_verdict(row));
        print_csv_text(row->bound);
        (void)printf(",%s,", worst_name(row));
        if (!row->solved) {
            (void)printf(",,,,,,,,,,\r\n");
            continue;
        }
        (void)printf("%s,%s,", row->worst == PROM_RISKS ? "" : number_text(text, row->amount),
                     prom_advice_letters(group, &row->group));
        (void)printf("%s", number_text(text, row->gain));
        for (size_t i = 0; i < PLAYER_COUNT; i++) {
            (void)printf(",%s", number_text(text, row->honest[PLAYERS[i]]));
        }
        for (size_t i = 0; i < PLAYER_COUNT; i++) {
            (void)printf(",%d", pays(row, PLAYERS[i]));
        }
        (void)printf("\r\n");
    }
}

/* The numbers of a row by player: {"C": 1, "W": 2, ...}. */
static void print_by_player(const prom_sweep_row *row, const char *name, bool flags)
{
    char text[PROM_UNITS];
    (void)printf(", \"%s\": {", name);
    for (size_t i = 0; i < PLAYER_COUNT; i++) {
        (void)printf("%s\"%s\": %s", i == 0 ? "" : ", ", prom_advice_player_letter(PLAYERS[i]),
                     flags ? (pays(row, PLAYERS[i]) ? "true" : "false") : number_text(text, row->honest[PLAYERS[i]]));
    }
    (void)printf("}");
}

/* The sentence, or null. */
static void print_json_text(const char *text)
{
    json_auto_t *value = text == NULL ? json_null() : json_string(text);
    char *written = json_dumps(value, JSON_ENCODE_ANY);
    (void)printf("%s", written == NULL ? "null" : written);
    free(written);
}

/* All findings by name, in the order of the risks. */
static void print_json_findings(const prom_sweep_row *row)
{
    const char *between = "";
    (void)printf("[");
    for (unsigned risk = 0; risk < PROM_RISKS; risk++) {
        if ((row->findings & UINT32_C(1) << risk) != 0) {
            (void)printf("%s\"%s\"", between, prom_game_risk_name((prom_game_risk)risk));
            between = ", ";
        }
    }
    (void)printf("]");
}

static void print_json_row(const prom_sweep *sweep, size_t set)
{
    const prom_sweep_row *row = &sweep->rows[set];
    char text[PROM_UNITS];
    char group[PROM_ADVICE_LETTERS];
    (void)printf("    {\"values\": {");
    for (size_t axis = 0; axis < sweep->axis_count; axis++) {
        (void)printf("%s\"%s\": %.0f", axis == 0 ? "" : ", ", axis_name(sweep, axis),
                     prom_sweep_value(sweep, set, axis));
    }
    (void)printf("}, \"verdict\": \"%s\", \"bound\": ", prom_sweep_verdict(row));
    print_json_text(row->bound);
    (void)printf(", \"findings\": ");
    if (row->verdict == PROM_SWEEP_IMPOSSIBLE) {
        (void)printf("null");
    } else {
        print_json_findings(row);
    }
    (void)printf(", ");
    if (row->worst == PROM_RISKS) {
        (void)printf("\"worst\": null, \"amount\": null");
    } else {
        (void)printf("\"worst\": \"%s\", \"amount\": %s", worst_name(row), number_text(text, row->amount));
    }
    if (row->solved) {
        (void)printf(", \"group\": \"%s\", \"gain\": %s", prom_advice_letters(group, &row->group),
                     number_text(text, row->gain));
        print_by_player(row, "honest", false);
        print_by_player(row, "pays", true);
    } else {
        (void)printf(", \"group\": null, \"gain\": null, \"honest\": null, \"pays\": null");
    }
    (void)printf("}%s\n", set + 1 < sweep->set_count ? "," : "");
}

/* Row by row: as one object of the library, a million of them would need gigabytes. */
void prom_sweep_print_json(const prom_sweep *sweep)
{
    (void)printf("{\n  \"over\": [\n");
    for (size_t axis = 0; axis < sweep->axis_count; axis++) {
        const prom_sweep_axis *it = &sweep->axes[axis];
        const prom_game_parameter *parameter = prom_game_parameter_at(it->parameter);
        (void)printf("    {\"name\": \"%s\", \"unit\": \"%s\", \"values\": [", parameter->name, parameter->unit);
        for (size_t i = 0; i < it->count; i++) {
            (void)printf("%s%.0f", i == 0 ? "" : ", ", it->values[i]);
        }
        (void)printf("]}%s\n", axis + 1 < sweep->axis_count ? "," : "");
    }
    (void)printf("  ],\n  \"sets\": %zu,\n  \"rows\": [\n", sweep->set_count);
    for (size_t set = 0; set < sweep->set_count; set++) {
        print_json_row(sweep, set);
    }
    (void)printf("  ]\n}\n");
}
