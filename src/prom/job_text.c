#include "prom/job_text.h"

#include <string.h>

#include "base/units.h"
#include "rpc/client.h"

/* An amount, or a dash. */
static const char *sat(char shown[PROM_UNITS], const json_t *object, const char *name)
{
    const json_t *amount = json_object_get(object, name);
    if (!json_is_integer(amount)) {
        return "-";
    }
    return prom_units_number(shown, (uint64_t)json_integer_value(amount));
}

static void print_reasons(const char *who, const json_t *reasons)
{
    const json_t *reason = NULL;
    size_t i = 0;
    json_array_foreach(reasons, i, reason)
    {
        (void)printf("  %-*.*s  %s\n", PROM_JOB_ID_SHOWN, PROM_JOB_ID_SHOWN, who, prom_told_text(reason, "text"));
    }
}

/* -- Quotes -- */

static void print_asked(const json_t *asked)
{
    char price[PROM_UNITS];
    char begins[PROM_UNITS];
    const bool quoted = strcmp(prom_told_text(asked, "state"), "quoted") == 0;
    const json_t *reasons = json_object_get(asked, "reasons");
    const bool takes = quoted && json_array_size(reasons) == 0;
    (void)printf("  %-*.*s  %-8s  %5lld  %-8s  %12s  %9lld  %10s\n", PROM_JOB_ID_SHOWN, PROM_JOB_ID_SHOWN,
                 prom_told_text(asked, "node"), prom_told_text(asked, "role"), prom_told_number(asked, "trust"),
                 takes    ? "takes it"
                 : quoted ? "refuses"
                          : "no reply",
                 takes ? sat(price, asked, "price_of_an_item") : "-", prom_told_number(asked, "capacity"),
                 quoted ? prom_units_number(begins, (uint64_t)prom_told_number(asked, "begins")) : "-");
}

static void print_refusals(const json_t *quoted)
{
    const json_t *asked = NULL;
    const json_t *offer = NULL;
    size_t i = 0;
    json_array_foreach(json_object_get(quoted, "asked"), i, asked)
    {
        if (strcmp(prom_told_text(asked, "state"), "failed") == 0) {
            (void)printf("  %-*.*s  %s\n", PROM_JOB_ID_SHOWN, PROM_JOB_ID_SHOWN, prom_told_text(asked, "node"),
                         prom_told_text(asked, "why"));
        }
        if (strcmp(prom_told_text(asked, "role"), "verifier") == 0) {
            print_reasons(prom_told_text(asked, "node"), json_object_get(asked, "reasons"));
        }
    }
    json_array_foreach(json_object_get(json_object_get(quoted, "plan"), "offers"), i, offer)
    {
        print_reasons(prom_told_text(offer, "worker"), json_object_get(offer, "reasons"));
    }
    print_reasons("", json_object_get(json_object_get(quoted, "plan"), "reasons"));
    print_reasons("", json_object_get(json_object_get(json_object_get(quoted, "plan"), "reduce"), "reasons"));
    print_reasons("", json_object_get(quoted, "reasons"));
}

/* A part of a plan, or what joins all. */
static void print_part(const json_t *part, const char *items)
{
    char amounts[4][PROM_UNITS];
    (void)printf("  %-17s  %-*.*s  %12s  %12s  %10s  %10s\n", items, PROM_JOB_ID_SHOWN, PROM_JOB_ID_SHOWN,
                 prom_told_text(part, "worker"), sat(amounts[0], part, "reward"), sat(amounts[1], part, "cost"),
                 sat(amounts[2], part, "fees"), sat(amounts[3], part, "ready"));
}

/* What comes last, when the parts are there. */
static void print_reduce(const json_t *reduce)
{
    char folds[PROM_UNITS];
    char text[PROM_UNITS];
    const json_t *part = json_object_get(reduce, "part");
    const json_t *seconds = json_object_get(reduce, "seconds");
    if (!json_is_object(reduce)) {
        return;
    }
    (void)prom_units_count(folds, (uint64_t)prom_told_number(reduce, "folds"), "fold");
    if (json_is_object(part)) {
        print_part(part, "join of the parts");
        (void)printf("\n  When the last part is there, from block %lld on, the last contract joins the parts: %s.\n",
                     prom_told_number(reduce, "begins"), folds);
    } else if (strcmp(prom_told_text(reduce, "by"), "own") == 0) {
        (void)printf("\n  When the last part is there, from block %lld on, this node joins the parts: %s", //
                     prom_told_number(reduce, "begins"), folds);
        if (json_is_integer(seconds)) {
            (void)printf(", %s at most", prom_units_seconds(text, (double)json_integer_value(seconds)));
        }
        (void)printf(", and nothing to pay.\n");
    } else {
        (void)printf("\n  Nobody takes the contract that joins the parts (%s), for the reasons below: if that is so "
                     "when they are there, this node does it.\n",
                     folds);
    }
}

static void print_parts(const json_t *plan)
{
    char amounts[2][PROM_UNITS];
    const json_t *part = NULL;
    size_t i = 0;
    (void)printf("\n  %-17s  %-*s  %12s  %12s  %10s  %10s\n", "items", PROM_JOB_ID_SHOWN, "worker", "reward", "cost",
                 "fees", "by block");
    json_array_foreach(json_object_get(plan, "parts"), i, part)
    {
        char items[PROM_UNITS];
        (void)snprintf(items, sizeof items, "%lld to %lld", prom_told_number(part, "first"),
                       prom_told_number(part, "first") + prom_told_number(part, "items") - 1);
        print_part(part, items);
    }
    print_reduce(json_object_get(plan, "reduce"));
    (void)printf("\n  in all %s sat, and %s sat of fees on the chain\n", sat(amounts[0], plan, "cost"),
                 sat(amounts[1], plan, "fees"));
    if (prom_told_number(plan, "left") > 0) {
        (void)printf("  %lld items are placed with nobody, for the reasons below\n", prom_told_number(plan, "left"));
    }
}

void prom_job_print_quote(const json_t *quoted)
{
    const json_t *asked = NULL;
    const json_t *plan = json_object_get(quoted, "plan");
    size_t i = 0;
    (void)printf("%lld items, contract P %s\n\n  %-*s  %-8s  %5s  %-8s  %12s  %9s  %10s\n",
                 prom_told_number(quoted, "items"), prom_told_text(quoted, "contract"), PROM_JOB_ID_SHOWN, "node",
                 "role", "trust", "answer", "1 item, sat", "contracts", "from block");
    json_array_foreach(json_object_get(quoted, "asked"), i, asked)
    {
        print_asked(asked);
    }
    if (json_array_size(json_object_get(quoted, "asked")) > 0) {
        (void)printf(
            "\n  The price is that of a contract of one item, with what it costs on the chain. In larger parts an "
            "item costs less.\n");
    } else {
        (void)printf("  nobody is known who could be asked: name one by --worker\n");
    }
    if (json_array_size(json_object_get(plan, "parts")) > 0) {
        print_parts(plan);
    }
    if (prom_told_text(quoted, "coins")[0] != '\0') {
        (void)printf("\n  %s\n", prom_told_text(quoted, "coins"));
    }
    (void)printf("\n");
    print_refusals(quoted);
}

/* -- Jobs -- */

void prom_job_print_list(const json_t *jobs)
{
    const json_t *job = NULL;
    size_t i = 0;
    if (json_array_size(jobs) == 0) {
        (void)printf("there are no jobs\n");
        return;
    }
    (void)printf("%-*s  %-9s  %-11s  %15s  %5s  %14s  %10s  %10s\n", PROM_JOB_ID_SHOWN, "job", "state", "end",
                 "items done", "parts", "sat spent", "promised", "on disk");
    json_array_foreach(jobs, i, job)
    {
        char amounts[2][PROM_UNITS];
        char items[PROM_UNITS];
        char bytes[PROM_UNITS];
        (void)snprintf(items, sizeof items, "%lld of %lld", prom_told_number(job, "done"),
                       prom_told_number(job, "items"));
        (void)printf("%-*.*s  %-9s  %-11s  %15s  %5lld  %14s  %10s  %10s\n", PROM_JOB_ID_SHOWN, PROM_JOB_ID_SHOWN,
                     prom_told_text(job, "job"), prom_told_text(job, "state"), prom_told_text(job, "end"), items,
                     prom_told_number(job, "parts"), sat(amounts[0], job, "spent"), sat(amounts[1], job, "promised"),
                     prom_units_bytes(bytes, (uint64_t)prom_told_number(job, "bytes")));
    }
}

/* What happens in a phase, by its name in docs/market.md; a later node's that is not known here: that name. */
static const char *phase_text(const char *phase)
{
    static const char *const phases[][2] = {
        {"queue", "the contract is being set up"},
        {"transfer", "Tx0 is in a block, program and input go to the arbiters"},
        {"compute", "the worker computes"},
        {"proof", "the output is delivered, its openings are not"},
        {"verdict", "the package is delivered, and is checked"},
    };
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        if (strcmp(phases[i][0], phase) == 0) {
            return phases[i][1];
        }
    }
    return phase;
}

const char *prom_job_attempt_items(char shown[PROM_ATTEMPT_ITEMS], const json_t *attempt)
{
    const long long first = prom_told_number(attempt, "first");
    const long long items = prom_told_number(attempt, "items");
    if (prom_told_true(attempt, "reduces")) {
        (void)snprintf(shown, PROM_ATTEMPT_ITEMS, "join of %lld parts", items);
    } else {
        (void)snprintf(shown, PROM_ATTEMPT_ITEMS, "%lld to %lld", first, first + items - 1);
    }
    return shown;
}

const char *prom_job_attempt_text(char shown[PROM_ATTEMPT_TEXT], const json_t *attempt)
{
    char blocks[PROM_UNITS];
    if (json_is_true(json_object_get(attempt, "over"))) {
        const long long end = prom_told_number(attempt, "end");
        (void)snprintf(shown, PROM_ATTEMPT_TEXT, end == 0 ? "over: it never came to a contract" : "settled by #%lld",
                       end);
    } else if (json_is_true(json_object_get(attempt, "has_result"))) {
        (void)snprintf(shown, PROM_ATTEMPT_TEXT, "the result is here, the contract is being settled");
    } else if (strcmp(prom_told_text(attempt, "loss"), "none") != 0) {
        (void)snprintf(shown, PROM_ATTEMPT_TEXT, "lost (%s), the contract is being settled",
                       prom_told_text(attempt, "loss"));
    } else {
        (void)snprintf(shown, PROM_ATTEMPT_TEXT, "%s, %s left", phase_text(prom_told_text(attempt, "phase")),
                       prom_units_count(blocks, (uint64_t)prom_told_number(attempt, "blocks_left"), "block"));
    }
    return shown;
}

void prom_job_print(const json_t *job)
{
    const json_t *attempt = NULL;
    size_t i = 0;
    char shown[PROM_ATTEMPT_TEXT];
    (void)printf("job %s: %s, %lld of %lld items done, at block %lld\n\n", prom_told_text(job, "job"),
                 prom_told_text(job, "state"), prom_told_number(job, "done"), prom_told_number(job, "items"),
                 prom_told_number(job, "tip"));
    (void)printf("  %-7s  %-17s  %-*s  %s\n", "attempt", "items", PROM_JOB_ID_SHOWN, "worker", "stands");
    json_array_foreach(json_object_get(job, "attempts"), i, attempt)
    {
        char items[PROM_ATTEMPT_ITEMS];
        (void)prom_job_attempt_items(items, attempt);
        (void)printf("  %7lld  %-17s  %-*.*s  %s\n", prom_told_number(attempt, "attempt"), items, PROM_JOB_ID_SHOWN,
                     PROM_JOB_ID_SHOWN, prom_told_text(attempt, "worker"), prom_job_attempt_text(shown, attempt));
    }
    if (prom_told_text(job, "hindrance")[0] != '\0') {
        (void)printf("\n  %s\n", prom_told_text(job, "hindrance"));
    }
    prom_job_print_risk(stdout, json_object_get(job, "verifier_until"));
}

void prom_job_print_lines(const json_t *told)
{
    const json_t *line = NULL;
    size_t i = 0;
    json_array_foreach(json_object_get(told, "lines"), i, line)
    {
        (void)printf("%s\n", prom_told_text(line, "text"));
    }
    if (prom_told_text(told, "hindrance")[0] != '\0') {
        (void)printf("%s\n", prom_told_text(told, "hindrance"));
    }
}

/* -- What the owner must know -- */

void prom_job_print_who_sees(FILE *stream, const char *verifier)
{
    const bool self = verifier == NULL || strcmp(verifier, "self") == 0;
    (void)fprintf(stream,
                  "The program and the input will be seen by each worker%s; and by the arbiters of a part where worker "
                  "and verifier do not agree. Nothing of them is on the chain.\n",
                  self ? ", and by this node, which verifies" : " and each verifier");
}

void prom_job_print_risk(FILE *stream, const json_t *verifier_until)
{
    char amount[PROM_UNITS];
    if (json_is_object(verifier_until)) {
        (void)fprintf(stream,
                      "\nThis node is the verifier, with its own stake: keep it up. A contract that begins now may "
                      "need it until block %lld; one whose verdict it does not give costs it %s sat.\n",
                      prom_told_number(verifier_until, "until"), sat(amount, verifier_until, "loses"));
    }
}
