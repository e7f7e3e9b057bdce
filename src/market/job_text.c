/* What a job says of itself. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "market/job.h"
#include "market/job_parts.h"

static const char *const state_names[PROM_PART_STATES] = {"waiting", "running", "done", "failed"};
static const char *const phase_names[PROM_ATTEMPT_PHASES] = {"queue", "transfer", "compute",
                                                             "proof", "verdict",  "over"};
static const char *const mishap_names[PROM_MISHAPS] = {
    [PROM_MISHAP_NONE] = "none",
    [PROM_MISHAP_SETUP] = "setup_ended",
    [PROM_MISHAP_LATE] = "setup_late",
    [PROM_MISHAP_SILENT] = "worker_silent",
    [PROM_MISHAP_BAD] = "bad_package",
    [PROM_MISHAP_CANCELLED] = "cancelled",
    [PROM_MISHAP_NEEDLESS] = "needless",
    [PROM_MISHAP_UNDECIDED] = "undecided",
    [PROM_MISHAP_OUTPUT] = "output_gone",
    [PROM_MISHAP_WORKER_LEFT] = "worker_left",
    [PROM_MISHAP_VERIFIER_LEFT] = "verifier_left",
};
static const char *const mishap_texts[PROM_MISHAPS] = {
    [PROM_MISHAP_NONE] = "nothing has gone wrong",
    [PROM_MISHAP_SETUP] = "the setup ended before anything was locked",
    [PROM_MISHAP_LATE] = "the contract was not set up in time, and nothing was locked",
    [PROM_MISHAP_SILENT] = "the worker delivered nothing in time",
    [PROM_MISHAP_BAD] = "what the worker delivered is proven wrong",
    [PROM_MISHAP_CANCELLED] = "it was cancelled before anything was locked",
    [PROM_MISHAP_NEEDLESS] = "another attempt was quicker, and nothing was locked",
    [PROM_MISHAP_UNDECIDED] = "the arbiters have not decided",
    [PROM_MISHAP_OUTPUT] = "it was paid for, and nobody has the output any more",
    [PROM_MISHAP_WORKER_LEFT] = "the worker did not take part, and nothing was locked",
    [PROM_MISHAP_VERIFIER_LEFT] = "the verifier did not take part, and nothing was locked",
};
static const char *const end_names[PROM_JOB_ENDS] = {"none",      "done",     "partly_done",
                                                     "no_worker", "failures", "cancelled"};
static const char *const end_texts[PROM_JOB_ENDS] = {
    "the job has not ended",
    "every item has its output",
    "some items have their output, and the others get none",
    "nobody was found who does the job",
    "too many workers have failed",
    "the job was cancelled",
};
static const char *const settlements[PROM_SCHEMES + 1] = {
    "it never came to a contract",
    "#1: the worker was silent",
    "#2: the verifier was silent, and the worker is paid",
    "#3: the result was accepted",
    "#4: the worker was accused, and did not appeal",
    "#5: the arbiters did not decide",
    "#6: the arbiters found the worker at fault",
    "#7: the arbiters found the verifier at fault, and the worker is paid",
};

const char *prom_part_state_name(unsigned state)
{
    return state < PROM_PART_STATES ? state_names[state] : NULL;
}

const char *prom_attempt_phase_name(unsigned phase)
{
    return phase < PROM_ATTEMPT_PHASES ? phase_names[phase] : NULL;
}

const char *prom_mishap_name(unsigned loss)
{
    return loss < PROM_MISHAPS ? mishap_names[loss] : NULL;
}

const char *prom_job_end_name(unsigned end)
{
    return end < PROM_JOB_ENDS ? end_names[end] : NULL;
}

/* Whom a job tells. */
struct telling {
    const prom_market_job *job;
    prom_job_tell tell;
    void *context;
};

static void say(const struct telling *it, uint32_t part, uint32_t attempt, const char *format, ...) PROM_PRINTF(4, 5);
static void say(const struct telling *it, uint32_t part, uint32_t attempt, const char *format, ...)
{
    prom_job_line line = {.part = part, .attempt = attempt};
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line.text, sizeof line.text, format, arguments);
    va_end(arguments);
    it->tell(it->context, &line);
}

#define ITEMS_TEXT 48
static const char *items_of(const struct telling *it, char text[ITEMS_TEXT], uint32_t first, uint32_t items)
{
    if (prom_market_job_joins(it->job, first)) {
        (void)snprintf(text, ITEMS_TEXT, "the folds that join %u parts", items);
    } else if (items == 1) {
        (void)snprintf(text, ITEMS_TEXT, "item %u", first);
    } else {
        (void)snprintf(text, ITEMS_TEXT, "items %u to %u", first, first + items - 1);
    }
    return text;
}

static const char *end_text_of(const prom_market_job *job)
{
    const bool unjoined = job->end == PROM_JOB_END_PARTLY && prom_market_job_items_done(job) == job->order.items;
    return unjoined ? "every item has its output, and nobody has joined what the parts have folded"
                    : end_texts[job->end];
}

/* -- Why -- */

static void tell_waiting(const struct telling *it, const prom_job_part *part)
{
    char items[ITEMS_TEXT];
    char blocks[PROM_UNITS];
    const uint32_t waited = it->job->tip - part->since;
    const uint32_t allowed = it->job->order.search_blocks;
    const char *reason = part->reason != 0 ? prom_reason_name(part->reason) : NULL;
    say(it, part->first, 0,
        "%s wait for a worker since block %u; in %s they are given up; %zu have failed with them%s%s",
        items_of(it, items, part->first, part->items), part->since,
        prom_units_count(blocks, waited > allowed ? 0 : (uint64_t)allowed - waited + 1, "block"), part->failed_count,
        reason != NULL ? "; the last answer was: " : "", reason != NULL ? reason : "");
}

static void tell_running(const struct telling *it, const prom_job_part *part)
{
    static const char *const doing[PROM_ATTEMPT_PHASES] = {
        "the contract is being set up", "program and input are on their way to the arbiters",
        "the worker computes",          "the worker proves",
        "the package is being checked", "it is paid for, and the output is being looked for",
    };
    char items[ITEMS_TEXT];
    char blocks[PROM_UNITS];
    const prom_attempt *attempt = prom_market_job_attempt(it->job, part->attempt);
    const uint32_t spent = it->job->tip - attempt->since;
    const uint32_t clock = it->job->order.clocks[attempt->phase];
    say(it, part->first, attempt->number, "%s, attempt %u: %s since block %u%s%s",
        items_of(it, items, part->first, part->items), attempt->number, doing[attempt->phase], attempt->since,
        spent > clock ? ", late by " : ", within its time",
        spent > clock ? prom_units_count(blocks, spent - clock, "block") : "");
    if (attempt->given_up && !attempt->live) {
        say(it, part->first, attempt->number, "this attempt is given up: its setup ends as soon as that is certain");
    }
}

/* What the last ones that took no part have answered, of a part that is not done. Who did not answer, and why a setup
 * ended later, its attempt says. */
static void tell_declined(const struct telling *it, const prom_job_part *part)
{
    enum { TOLD_MAX = 4 };
    const prom_attempt *told[TOLD_MAX];
    size_t count = 0;
    for (size_t i = it->job->attempt_count; i-- > 0 && count < TOLD_MAX;) {
        const prom_attempt *attempt = &it->job->attempts[i];
        if (attempt->declined.code != 0 && prom_attempt_was_about(attempt, part)) {
            told[count++] = attempt;
        }
    }
    while (count > 0) {
        const prom_attempt *attempt = told[--count];
        char text[PROM_REASON_SENTENCE];
        say(it, part->first, attempt->number, "attempt %u: the %s takes no part, and says: %s", attempt->number,
            attempt->loss == PROM_MISHAP_VERIFIER_LEFT ? "verifier" : "worker",
            prom_reason_sentence(text, &attempt->declined));
    }
}

/* Contracts whose part no longer waits for them: their money is still on its way. */
static void tell_settling(const struct telling *it)
{
    for (size_t i = 0; i < it->job->attempt_count; i++) {
        const prom_attempt *attempt = &it->job->attempts[i];
        if (prom_attempt_open(attempt) && (attempt->loss != PROM_MISHAP_NONE || attempt->has_result)) {
            say(it, attempt->first, attempt->number, "attempt %u is not settled yet: %s", attempt->number,
                attempt->has_result ? "its result is here" : mishap_texts[attempt->loss]);
        }
    }
}

enum { FAILURES_TEXT = PROM_UNITS + sizeof " failed with them" };

static const char *failures_of(char text[FAILURES_TEXT], size_t count)
{
    char workers[PROM_UNITS];
    (void)snprintf(text, FAILURES_TEXT, "%s failed with them", prom_units_count(workers, count, "worker"));
    return text;
}

void prom_market_job_why(const prom_market_job *job, prom_job_tell tell, void *context)
{
    const struct telling it = {job, tell, context};
    char items[ITEMS_TEXT];
    char failed[FAILURES_TEXT];
    if (job->state == PROM_JOB_ENDED) {
        say(&it, UINT32_MAX, 0, "the job ended at block %u: %s", job->ended, end_text_of(job));
    } else if (job->state == PROM_JOB_CANCELLED) {
        say(&it, UINT32_MAX, 0, "the job is cancelled: contracts that are signed go on to their end");
    }
    for (size_t i = 0; i < job->part_count; i++) {
        const prom_job_part *part = &job->parts[i];
        switch (part->state) {
        case PROM_PART_WAITING:
            tell_waiting(&it, part);
            tell_declined(&it, part);
            break;
        case PROM_PART_RUNNING:
            tell_running(&it, part);
            tell_declined(&it, part);
            break;
        case PROM_PART_DONE:
            say(&it, part->first, part->attempt, "%s are done, by attempt %u",
                items_of(&it, items, part->first, part->items), part->attempt);
            break;
        case PROM_PART_FAILED:
            say(&it, part->first, 0, "%s get no output: %s, and no worker is asked any more",
                items_of(&it, items, part->first, part->items), failures_of(failed, part->failed_count));
            tell_declined(&it, part);
            break;
        case PROM_PART_STATES:
            break;
        }
    }
    tell_settling(&it);
    if (prom_job_settled(job) && !job->merged && prom_job_count_parts(job, PROM_PART_DONE) > 0) {
        say(&it, UINT32_MAX, 0, "the outputs of the parts are being put together%s",
            prom_market_job_joiner(job) == PROM_JOINER_OWN ? ", and this node joins what they have folded" : "");
    }
}

/* -- The receipt -- */

#define GOT_TEXT 128
/* What somebody got who had locked a stake. */
static const char *got_of(char text[GOT_TEXT], prom_amount got, const prom_amount *stake)
{
    char sat[2][PROM_AMOUNT_GROUPED];
    if (stake == NULL) {
        (void)snprintf(text, GOT_TEXT, "%s sat", prom_amount_grouped(sat[0], got));
    } else if (prom_amount_at_least(got, *stake)) {
        (void)snprintf(text, GOT_TEXT, "%s sat, and its stake of %s sat back",
                       prom_amount_grouped(sat[0], prom_amount_subtract(got, *stake)),
                       prom_amount_grouped(sat[1], *stake));
    } else {
        (void)snprintf(text, GOT_TEXT, "%s sat back of its stake of %s sat", prom_amount_grouped(sat[0], got),
                       prom_amount_grouped(sat[1], *stake));
    }
    return text;
}

static void tell_attempt(const struct telling *it, const prom_attempt *attempt, const prom_parameters *P)
{
    char items[ITEMS_TEXT];
    char txid[PROM_HEX32] = "none";
    char sat[3][PROM_AMOUNT_GROUPED];
    static const prom_bytes32 none;
    if (!prom_bytes32_equal(&attempt->txid, &none)) {
        (void)prom_hex32_reversed(txid, &attempt->txid);
    }
    say(it, attempt->first, attempt->number, "attempt %u, %s: %s%s%s; transaction %s", attempt->number,
        items_of(it, items, attempt->first, attempt->items), settlements[attempt->end],
        attempt->loss != PROM_MISHAP_NONE ? "; " : "",
        attempt->loss != PROM_MISHAP_NONE ? mishap_texts[attempt->loss] : "", txid);
    if (attempt->end != PROM_ATTEMPT_UNSIGNED) {
        char got[2][GOT_TEXT];
        say(it, attempt->first, attempt->number, "attempt %u: the worker got %s; the verifier %s", attempt->number,
            got_of(got[0], attempt->got[PROM_PAYEE_W], P != NULL ? &P->w : NULL),
            got_of(got[1], attempt->got[PROM_PAYEE_V], P != NULL ? &P->v : NULL));
        say(it, attempt->first, attempt->number, "attempt %u: the client got %s sat of its deposit, the fund %s sat",
            attempt->number, prom_amount_grouped(sat[0], attempt->got[PROM_PAYEE_C]),
            prom_amount_grouped(sat[1], attempt->got[PROM_PAYEE_F]));
    }
    say(it, attempt->first, attempt->number, "attempt %u: %s sat paid, %s sat gained, %s sat of fees", attempt->number,
        prom_amount_grouped(sat[0], attempt->paid), prom_amount_grouped(sat[1], attempt->gained),
        prom_amount_grouped(sat[2], attempt->fees));
}

void prom_market_job_receipt(const prom_market_job *job, const prom_parameters *P, prom_job_tell tell, void *context)
{
    const struct telling it = {job, tell, context};
    const prom_job_sums sums = prom_market_job_sums(job);
    char sat[4][PROM_AMOUNT_GROUPED];
    say(&it, UINT32_MAX, 0, "%u of %u items have their output; %s", prom_market_job_items_done(job), job->order.items,
        end_text_of(job));
    for (size_t i = 0; i < job->attempt_count; i++) {
        if (!prom_attempt_open(&job->attempts[i])) {
            tell_attempt(&it, &job->attempts[i], P);
        }
    }
    say(&it, UINT32_MAX, 0, "%s sat paid, %s sat promised, %s sat of fees, %s sat gained",
        prom_amount_grouped(sat[0], sums.spent), prom_amount_grouped(sat[1], sums.promised),
        prom_amount_grouped(sat[2], sums.fees), prom_amount_grouped(sat[3], sums.gained));
}
