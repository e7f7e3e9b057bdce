#include "prom/channel_text.h"

#include <stdio.h>
#include <string.h>

#include "rpc/client.h"

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
    const char *id = prom_told_text(told, "contract");
    const char *money = prom_told_text(told, "money");
    const char *unreadable = prom_told_text(told, "unreadable");
    (void)printf("%-20s  %-16.16s  %-8s  %-12s  %-12s  %s%s%s%s%s\n", prom_told_text(told, "number"),
                 id[0] != '\0' ? id : "-", prom_told_text(told, "role"), prom_told_text(told, "state"),
                 money[0] != '\0' ? money : "-", prom_told_text(told, "name"),
                 prom_told_true(told, "restored") ? "  restored" : "", prom_told_true(told, "closed") ? "  closed" : "",
                 unreadable[0] != '\0' ? "  it cannot be read: " : "", unreadable);
}

static bool is_given(const json_t *told)
{
    return strcmp(prom_told_text(told, "phase"), prom_setup_phase_name(PROM_SETUP_GIVEN)) == 0;
}

/* What the machine does for the contract now. */
static void print_work(const json_t *work)
{
    static const char *const WORDS[][2] = {
        {"open", "looks at program and input"},
        {"compute", "computes"},
        {"openings", "makes the openings"},
        {"key", "opens the key"},
        {"check", "checks"},
        {"result", "checks the result"},
        {"keygen", "makes the arbiters' key"},
    };
    const char *text = prom_told_text(work, "what");
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        text = strcmp(text, WORDS[i][0]) == 0 ? WORDS[i][1] : text;
    }
    (void)printf("work      this node %s", text);
    if (prom_told_number(work, "of") > 0) {
        (void)printf(", %lld of %lld steps are done", prom_told_number(work, "done"), prom_told_number(work, "of"));
    }
    (void)putchar('\n');
}

static void print_head(const json_t *told)
{
    const json_t *txs = json_object_get(told, "transactions");
    const long long tip = prom_told_number(told, "tip");
    (void)printf("channel   %s, %s\n", prom_told_text(told, "number"), prom_told_text(told, "name"));
    if (prom_told_text(told, "contract")[0] != '\0') {
        (void)printf("contract  %s\n", prom_told_text(told, "contract"));
    }
    (void)printf("role      %s\n", prom_told_text(told, "role"));
    (void)printf("state     %s%s%s\n", prom_told_text(told, "state"), is_given(told) ? "" : ", the setup is ",
                 is_given(told) ? "" : prom_told_text(told, "phase"));
    (void)printf("money     %s", prom_told_text(told, "money"));
    if (json_is_integer(json_object_get(told, "scheme"))) {
        (void)printf(", by scheme #%lld", prom_told_number(told, "scheme"));
    }
    (void)printf("\ntip       %lld%s\n", tip,
                 prom_told_number(told, "own_tip") > tip ? ", below the highest that was seen" : "");
    if (prom_told_number(told, "read_tip") < tip) {
        (void)printf("catching up, %lld blocks are left: the node begins no contract before it has read them\n",
                     tip - prom_told_number(told, "read_tip"));
    }
    if (json_is_object(json_object_get(told, "work"))) {
        print_work(json_object_get(told, "work"));
    }
    for (size_t i = 0; i < json_array_size(txs); i++) {
        const json_t *tx = json_array_get(txs, i);
        (void)printf("%-9s in block %lld, %s\n", prom_told_text(tx, "name"), prom_told_number(tx, "height"),
                     prom_told_text(tx, "txid"));
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
        (void)printf("  %-12s from tip %lld on%s", prom_told_text(move, "transaction"),
                     prom_told_number(move, "from_tip"), prom_told_true(move, "anybody") ? ", by anybody" : ", by us");
        if (json_is_integer(json_object_get(move, "scheme"))) {
            (void)printf(", settles by #%lld", prom_told_number(move, "scheme"));
        }
        if (strcmp(prom_told_text(move, "late_costs"), "money") == 0) {
            (void)printf("; in a block by %lld, or %s sat may be lost", prom_told_number(move, "by_block"),
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
            (void)snprintf(latest, sizeof latest, "to %lld", prom_told_number(step, "to_tip"));
        }
        (void)printf("  %7lld %-10s %s %s\n", prom_told_number(step, "from_tip"), latest, prom_told_text(step, "who"),
                     prom_told_text(step, "what"));
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
                         sat_of(least, stake, "least"), sat_of(most, stake, "most"), prom_told_number(stake, "worst"));
        }
    }
}

void prom_channel_print(const json_t *told)
{
    if (!prom_told_true(told, "kept")) {
        (void)printf("channel   %s, %s\nstate     closed; nothing of it was kept\n", prom_told_text(told, "number"),
                     prom_told_text(told, "name"));
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
    bool quiet = !prom_told_true(arbiter, "answered") && !prom_told_true(arbiter, "void");
    (void)printf("  arbiter %zu", index + 1);
    for (size_t i = 0; i < sizeof rounds / sizeof rounds[0]; i++) {
        const json_t *receipt = json_object_get(receipts, rounds[i]);
        if (receipt != NULL) {
            quiet = false;
            (void)printf("; %s receipted at %lld%s", rounds[i], prom_told_number(receipt, "height"),
                         prom_told_true(receipt, "counts") ? "" : ", which does not count");
        }
    }
    (void)printf("%s%s%s\n", quiet ? "; has said nothing yet" : "",
                 prom_told_true(arbiter, "answered") ? "; answered the final question" : "",
                 prom_told_true(arbiter, "void") ? "; its words are void, they contradict each other" : "");
}

void prom_channel_print_why(const json_t *told)
{
    const json_t *reasons = json_object_get(told, "reasons");
    const json_t *arbiters = json_object_get(told, "arbiters");
    if (!prom_told_true(told, "kept")) {
        prom_channel_print(told);
        return;
    }
    (void)printf("%s, of the %s: %s%s%s; the money: %s\n", prom_told_text(told, "name"), prom_told_text(told, "role"),
                 prom_told_text(told, "state"), is_given(told) ? "" : ", the setup is ",
                 is_given(told) ? "" : prom_told_text(told, "phase"), prom_told_text(told, "money"));
    for (size_t i = 0; i < json_array_size(reasons); i++) {
        const json_t *reason = json_array_get(reasons, i);
        (void)printf("  %-10s %s\n", prom_told_text(reason, "about"), prom_told_text(reason, "text"));
    }
    for (size_t i = 0; i < json_array_size(arbiters); i++) {
        print_arbiter(i, json_array_get(arbiters, i));
    }
}
