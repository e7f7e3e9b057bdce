/* The owner's standing caps (market/caps.h): a contract is held to them when it is planned, placed and begun, by
 * what the database has of all jobs, and of payments by which coins were split for them. */
#include <string.h>

#include "node/needs.h"
#include "node/own.h"
#include "trade/jobs_parts.h"

/* -- What was spent before -- */

/* What was paid for splitting coins. */
struct splits {
    const prom_jobs *jobs;
    const struct driven *own; /* NULL: no job */
    prom_amount of_own;
    prom_amount of_day;
};

static bool is_for(const prom_split_paid *split, const struct driven *driven)
{
    char reference[PROM_NODE_REFERENCE_MAX + 1];
    (void)prom_jobs_split_reference(reference, &driven->ordered->job->order.id);
    return strncmp(split->reference, reference, strlen(reference)) == 0;
}

/* A job may have ended, and what was paid for it be of this day. */
static bool is_of_day(const prom_jobs *jobs, const prom_split_paid *split)
{
    bool found = split->height == 0 || split->height + PROM_LEDGER_DAY > prom_node_tip(jobs->options.node);
    for (size_t i = 0; i < jobs->open_count && !found; i++) {
        found = is_for(split, jobs->open[i]);
    }
    return found;
}

static void add_split(void *context, const prom_split_paid *split)
{
    struct splits *splits = context;
    if (split->lost) {
        return;
    }
    if (splits->own != NULL && is_for(split, splits->own)) {
        splits->of_own = prom_amount_add(splits->of_own, split->fee);
    }
    if (is_of_day(splits->jobs, split)) {
        splits->of_day = prom_amount_add(splits->of_day, split->fee);
    }
}

prom_result prom_jobs_spent(const prom_jobs *jobs, const struct driven *driven, prom_spent *spent, prom_error *error)
{
    const prom_amount zero = prom_amount_zero();
    struct splits splits = {jobs, driven, zero, zero};
    PROM_TRY(prom_node_each_split(jobs->options.node, add_split, &splits, error));
    *spent = (prom_spent){.job = zero, .fees = zero};
    spent->day = prom_amount_add(prom_ledger_day(jobs->ledger, prom_node_tip(jobs->options.node)), splits.of_day);
    for (size_t i = 0; i < jobs->open_count; i++) {
        const prom_job_sums sums = prom_market_job_sums(jobs->open[i]->ordered->job);
        spent->day = prom_amount_add(spent->day, prom_job_sums_whole(&sums));
    }
    if (driven != NULL) {
        const prom_job_sums sums = prom_market_job_sums(driven->ordered->job);
        spent->job = prom_amount_add(prom_job_sums_whole(&sums), splits.of_own);
        spent->fees = prom_amount_add(sums.fees, splits.of_own);
    }
    return prom_ok();
}

/* -- Standing caps -- */

prom_standing_caps prom_jobs_standing(const prom_jobs *jobs)
{
    return jobs->options.standing != NULL ? *jobs->options.standing(jobs->options.context)
                                          : (prom_standing_caps){.job = prom_amount_zero()};
}

prom_amount prom_jobs_open_with(const prom_jobs *jobs, const prom_bytes32 *worker)
{
    prom_amount sum = prom_amount_zero();
    for (size_t i = 0; i < jobs->open_count; i++) {
        sum = prom_amount_add(sum, prom_market_job_open_with(jobs->open[i]->ordered->job, worker));
    }
    return sum;
}

prom_result prom_jobs_judge_caps(const prom_jobs *jobs, const struct driven *driven, const prom_attempt *attempt,
                                 prom_reasons *refused, prom_error *error)
{
    const prom_standing_caps caps = prom_jobs_standing(jobs);
    const prom_amount whole = prom_amount_add(attempt->cost, attempt->fees);
    const prom_amount counted = attempt->number != 0 ? whole : prom_amount_zero();
    prom_spent spent;
    PROM_TRY(prom_jobs_spent(jobs, driven, &spent, error));
    const prom_caps_sums before = {
        .job = prom_amount_subtract(spent.job, counted),
        .day = prom_amount_subtract(spent.day, counted),
        .open = prom_amount_subtract(prom_jobs_open_with(jobs, &attempt->worker), counted),
    };
    prom_standing_judge(refused, refused, &caps, &before, attempt->cost, attempt->fees);
    return prom_ok();
}

prom_result prom_jobs_check_caps(const prom_jobs *jobs, const struct driven *driven, const prom_attempt *attempt,
                                 prom_error *error)
{
    prom_reasons refused = {.count = 0};
    char text[PROM_REASON_SENTENCE];
    if (attempt->contract == 0) { /* else it is begun, and is proposed once more */
        PROM_TRY(prom_jobs_judge_caps(jobs, driven, attempt, &refused, error));
    }
    return refused.count == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s", prom_reason_sentence(text, &refused.list[0]));
}
