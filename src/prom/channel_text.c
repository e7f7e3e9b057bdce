#include "prom/channel_text.h"

#include <stdio.h>
#include <string.h>

/* What a member says, "" where there is none; and a number, 0 where there is none. */
static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

static long long number_of(const json_t *object, const char *name)
{
    return (long long)json_integer_value(json_object_get(object, name));
}

static bool is(const json_t *object, const char *name)
{
    return json_is_true(json_object_get(object, name));
}

static const char *sat_of(char text[PROM_AMOUNT_GROUPED], const json_t *object, const char *name)
{
    const json_t *sat = json_object_get(object, name);
    return prom_amount_grouped(text, json_is_integer(sat) ? prom_amount_of((uint64_t)json_integer_value(sat))
                                                          : prom_amount_invalid());
}

/* The schemes of a list, "#1, #3". */
#define SCHEMES 40
static const char *schemes_text(char text[SCHEMES], const json_t *schemes)
{
    size_t length = 0;
    (void)snprintf(text, SCHEMES, "none");
    for (size_t i = 0; i < json_array_size(schemes) && length < SCHEMES; i++) {
        length += (size_t)snprintf(text + length, SCHEMES - length, "%s#%lld", length > 0 ? ", " : "",
                                   (long long)json_integer_value(json_array_get(schemes, i)));
    }
    return text;
}

void prom_channel_print_line(const json_t *told)
{
    const char *id = text_of(told, "contract");
    const char *money = text_of(told, "money");
    (void)printf("%-20s  %-16.16s  %-8s  %-12s  %-12s  %s%s%s\n", text_of(told, "number"), id[0] != '\0' ? id : "-",
                 text_of(told, "role"), text_of(told, "state"), money[0] != '\0' ? money : "-", text_of(told, "name"),
                 is(told, "restored") ? "  restored" : "", is(told, "closed") ? "  closed" : "");
}

static bool is_given(const json_t *told)
{
    return strcmp(text_of(told, "phase"), prom_setup_phase_name(PROM_SETUP_GIVEN)) == 0;
}

static void print_head(const json_t *told)
{
    const json_t *txs = json_object_get(told, "transactions");
    const long long tip = number_of(told, "tip");
    (void)printf("channel   %s, %s\n", text_of(told, "number"), text_of(told, "name"));
    if (text_of(told, "contract")[0] != '\0') {
        (void)printf("contract  %s\n", text_of(told, "contract"));
    }
    (void)printf("role      %s\n", text_of(told, "role"));
    (void)printf("state     %s%s%s\n", text_of(told, "state"), is_given(told) ? "" : ", the setup is ",
                 is_given(told) ? "" : text_of(told, "phase"));
    (void)printf("money     %s", text_of(told, "money"));
    if (json_is_integer(json_object_get(told, "scheme"))) {
        (void)printf(", by scheme #%lld", number_of(told, "scheme"));
    }
    (void)printf("\ntip       %lld%s\n", tip,
                 number_of(told, "own_tip") > tip ? ", below the highest that was seen" : "");
    if (number_of(told, "read_tip") < tip) {
        (void)printf("catching up, %lld blocks are left: the node begins no contract before it has read them\n",
                     tip - number_of(told, "read_tip"));
    }
    for (size_t i = 0; i < json_array_size(txs); i++) {
        const json_t *tx = json_array_get(txs, i);
        (void)printf("%-9s in block %lld, %s\n", text_of(tx, "name"), number_of(tx, "height"), text_of(tx, "txid"));
    }
}

static void print_moves(const json_t *moves)
{
    if (json_array_size(moves) > 0) {
        (void)puts("\nwhat comes next, when nobody else moves");
    }
    for (size_t i = 0; i < json_array_size(moves); i++) {
        const json_t *move = json_array_get(moves, i);
        char amount[PROM_AMOUNT_GROUPED];
        if (!json_is_integer(json_object_get(move, "from_tip"))) {
            continue;
        }
        (void)printf("  %-12s from tip %lld on%s", text_of(move, "transaction"), number_of(move, "from_tip"),
                     is(move, "anybody") ? ", by anybody" : ", by us");
        if (json_is_integer(json_object_get(move, "scheme"))) {
            (void)printf(", settles by #%lld", number_of(move, "scheme"));
        }
        if (strcmp(text_of(move, "late_costs"), "money") == 0) {
            (void)printf("; in a block by %lld, or %s sat may be lost", number_of(move, "by_block"),
                         sat_of(amount, move, "at_risk"));
        }
        (void)putchar('\n');
    }
}

static void print_steps(const json_t *steps)
{
    if (json_array_size(steps) > 0) {
        (void)puts("\nsteps that are open or to come, by tips");
    }
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        char latest[32] = "on";
        if (json_is_integer(json_object_get(step, "to_tip"))) {
            (void)snprintf(latest, sizeof latest, "to %lld", number_of(step, "to_tip"));
        }
        (void)printf("  %7lld %-10s %s %s\n", number_of(step, "from_tip"), latest, text_of(step, "who"),
                     text_of(step, "what"));
    }
}

static void print_stakes(const json_t *told)
{
    static const char *const names[][2] = {
        {"C", "client"}, {"W", "worker"}, {"V", "verifier"}, {"A", "each arbiter"}, {"F", "F"}};
    const json_t *stakes = json_object_get(told, "stakes");
    char schemes[SCHEMES];
    if (json_object_size(stakes) == 0) {
        (void)puts("\nnothing is at stake");
        return;
    }
    (void)printf("\nschemes that can still come: %s; in sat, before fees:\n",
                 schemes_text(schemes, json_object_get(told, "schemes")));
    (void)printf("  %-13s %14s %14s %14s\n", "", "put in", "at least", "at most");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const json_t *stake = json_object_get(stakes, names[i][0]);
        char deposit[PROM_AMOUNT_GROUPED];
        char least[PROM_AMOUNT_GROUPED];
        char most[PROM_AMOUNT_GROUPED];
        if (stake != NULL) {
            (void)printf("  %-13s %14s %14s %14s  worst by #%lld\n", names[i][1], sat_of(deposit, stake, "put_in"),
                         sat_of(least, stake, "least"), sat_of(most, stake, "most"), number_of(stake, "worst"));
        }
    }
}

void prom_channel_print(const json_t *told)
{
    if (!is(told, "kept")) {
        (void)printf("channel   %s, %s\nstate     closed; nothing of it was kept\n", text_of(told, "number"),
                     text_of(told, "name"));
        return;
    }
    print_head(told);
    print_moves(json_object_get(told, "next"));
    print_steps(json_object_get(told, "steps"));
    print_stakes(told);
}

/* What an arbiter has said, in a line. */
static void print_arbiter(size_t index, const json_t *arbiter)
{
    static const char *const rounds[] = {"package", "openings", "notice"};
    const json_t *receipts = json_object_get(arbiter, "receipts");
    bool quiet = !is(arbiter, "answered") && !is(arbiter, "void");
    (void)printf("  arbiter %zu", index + 1);
    for (size_t i = 0; i < sizeof rounds / sizeof rounds[0]; i++) {
        const json_t *receipt = json_object_get(receipts, rounds[i]);
        if (receipt != NULL) {
            quiet = false;
            (void)printf("; %s receipted at %lld%s", rounds[i], number_of(receipt, "height"),
                         is(receipt, "counts") ? "" : ", which does not count");
        }
    }
    (void)printf("%s%s%s\n", quiet ? "; has said nothing yet" : "",
                 is(arbiter, "answered") ? "; answered the final question" : "",
                 is(arbiter, "void") ? "; its words are void, they contradict each other" : "");
}

void prom_channel_print_why(const json_t *told)
{
    const json_t *reasons = json_object_get(told, "reasons");
    const json_t *arbiters = json_object_get(told, "arbiters");
    if (!is(told, "kept")) {
        prom_channel_print(told);
        return;
    }
    (void)printf("%s, of the %s: %s%s%s; the money: %s\n", text_of(told, "name"), text_of(told, "role"),
                 text_of(told, "state"), is_given(told) ? "" : ", the setup is ",
                 is_given(told) ? "" : text_of(told, "phase"), text_of(told, "money"));
    for (size_t i = 0; i < json_array_size(reasons); i++) {
        const json_t *reason = json_array_get(reasons, i);
        (void)printf("  %-10s %s\n", text_of(reason, "about"), text_of(reason, "text"));
    }
    for (size_t i = 0; i < json_array_size(arbiters); i++) {
        print_arbiter(i, json_array_get(arbiters, i));
    }
}
