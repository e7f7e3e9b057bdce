#include "market/job.h"

#include "market/job_parts.h"

static const prom_bytes32 nobody;

/* -- A new job -- */

prom_result prom_market_job_new(prom_arena *arena, prom_market_job **job, const prom_order *order, uint32_t tip,
                                prom_error *error)
{
    const bool named = !prom_bytes32_equal(&order->verifier_key, &nobody);
    *job = NULL;
    if (order->items == 0 || order->failures_max == 0 || order->failures_max > PROM_JOB_FAILED_MAX ||
        order->verifier >= PROM_JOB_VERIFIERS) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a job of %u items of which each may fail %u times is none: at least an item, and 1 to %u "
                         "failures",
                         (unsigned)order->items, (unsigned)order->failures_max, PROM_JOB_FAILED_MAX);
    }
    const prom_amount caps[] = {order->caps.contract, order->caps.job, order->caps.day, order->caps.peer,
                                order->caps.fees};
    for (size_t i = 0; i < sizeof caps / sizeof caps[0]; i++) {
        if (!prom_amount_is_valid(caps[i])) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a cap of the job is no amount");
        }
    }
    if (named != (order->verifier == PROM_VERIFIER_KEY)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a verifier's key is named %s",
                         named ? "where another is to verify" : "nowhere, and it is to verify");
    }
    PROM_TRY_NEW(*job, arena, 1, error);
    (*job)->order = *order;
    (*job)->tip = tip;
    (*job)->created = tip;
    (*job)->part_count = 1;
    (*job)->parts[0] = (prom_job_part){.items = order->items, .since = tip};
    return prom_ok();
}

/* -- Looking up -- */

const prom_attempt *prom_market_job_attempt(const prom_market_job *job, uint32_t number)
{
    return number >= 1 && number <= job->attempt_count ? &job->attempts[number - 1] : NULL;
}

bool prom_attempt_open(const prom_attempt *attempt)
{
    return attempt->phase != PROM_ATTEMPT_OVER;
}

bool prom_attempt_shows_key(const prom_attempt *attempt)
{
    return attempt->phase == PROM_ATTEMPT_OVER && (attempt->end == 2 || attempt->end == 3 || attempt->end == 7);
}

size_t prom_job_count_parts(const prom_market_job *job, prom_part_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < job->part_count; i++) {
        count += job->parts[i].state == state;
    }
    return count;
}

bool prom_job_settled(const prom_market_job *job)
{
    return prom_job_count_parts(job, PROM_PART_WAITING) + prom_job_count_parts(job, PROM_PART_RUNNING) == 0;
}

/* -- Sums -- */

prom_job_sums prom_market_job_sums(const prom_market_job *job)
{
    const prom_amount zero = prom_amount_zero();
    prom_job_sums sums = {zero, zero, zero, zero};
    for (size_t i = 0; i < job->attempt_count; i++) {
        const prom_attempt *attempt = &job->attempts[i];
        sums.fees = prom_amount_add(sums.fees, attempt->fees);
        if (prom_attempt_open(attempt)) {
            sums.promised = prom_amount_add(sums.promised, attempt->cost);
        } else {
            sums.spent = prom_amount_add(sums.spent, attempt->paid);
            sums.gained = prom_amount_add(sums.gained, attempt->gained);
        }
    }
    return sums;
}

prom_amount prom_market_job_with(const prom_market_job *job, const prom_bytes32 *worker)
{
    prom_amount sum = prom_amount_zero();
    for (size_t i = 0; i < job->attempt_count; i++) {
        const prom_attempt *attempt = &job->attempts[i];
        if (prom_bytes32_equal(&attempt->worker, worker)) {
            sum = prom_amount_add(sum, prom_attempt_open(attempt) ? attempt->cost : attempt->paid);
        }
    }
    return sum;
}

/* -- Wants -- */

/* Whether it was paid for, and its part waits for the output. */
static bool wants_output(const prom_market_job *job, const prom_attempt *attempt)
{
    for (size_t i = 0; i < job->part_count; i++) {
        const prom_job_part *part = &job->parts[i];
        if (part->attempt == attempt->number && part->state == PROM_PART_RUNNING) {
            return prom_attempt_shows_key(attempt);
        }
    }
    return false;
}

size_t prom_market_job_wants(const prom_market_job *job, prom_job_want *wants)
{
    size_t count = 0;
    if (job->state == PROM_JOB_ENDED) {
        return 0;
    }
    for (size_t i = 0; i < job->part_count; i++) {
        if (job->parts[i].state == PROM_PART_WAITING && job->state == PROM_JOB_RUNNING) {
            wants[count++] = (prom_job_want){.kind = PROM_JOB_WANT_PLACE, .part = &job->parts[i]};
        }
    }
    for (size_t i = 0; i < job->attempt_count; i++) {
        const prom_attempt *attempt = &job->attempts[i];
        if (prom_attempt_open(attempt) && attempt->given_up && !attempt->live) {
            wants[count++] = (prom_job_want){.kind = PROM_JOB_WANT_GIVE_UP, .attempt = attempt};
        } else if (attempt->phase == PROM_ATTEMPT_QUEUE && attempt->contract == 0) {
            wants[count++] = (prom_job_want){.kind = PROM_JOB_WANT_BEGIN, .attempt = attempt};
        } else if (wants_output(job, attempt)) {
            wants[count++] = (prom_job_want){.kind = PROM_JOB_WANT_OUTPUT, .attempt = attempt};
        }
    }
    const bool settled = prom_job_settled(job);
    if (settled && !job->merged && prom_job_count_parts(job, PROM_PART_DONE) > 0) {
        wants[count++] = (prom_job_want){.kind = PROM_JOB_WANT_MERGE};
    }
    return count;
}
