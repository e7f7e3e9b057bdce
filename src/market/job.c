#include "market/job.h"

#include <string.h>

#include "market/job_parts.h"
#include "prometheus/contract/tree.h"

static const prom_bytes32 nobody;

/* -- A new job -- */

prom_result prom_market_job_new(prom_arena *arena, prom_market_job **job, const prom_order *order, uint32_t tip,
                                prom_error *error)
{
    const bool named = !prom_bytes32_equal(&order->verifier_key, &nobody);
    *job = NULL;
    if (order->items == 0 || order->failures_max == 0 || order->failures_max > PROM_JOB_FAILURES_MAX ||
        order->verifier >= PROM_JOB_VERIFIERS) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a job of %u items of which each may fail %u times is none: at least an item, and 1 to %u "
                         "failures",
                         (unsigned)order->items, (unsigned)order->failures_max, PROM_JOB_FAILURES_MAX);
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

bool prom_market_job_joins(const prom_market_job *job, uint32_t first)
{
    return first >= job->order.items;
}

size_t prom_market_job_batch_parts(const prom_market_job *job)
{
    const size_t count = job->part_count;
    return count > 0 && prom_market_job_joins(job, job->parts[count - 1].first) ? count - 1 : count;
}

uint32_t prom_market_job_items_done(const prom_market_job *job)
{
    const size_t parts = prom_market_job_batch_parts(job);
    uint32_t items = 0;
    for (size_t i = 0; i < parts; i++) {
        items += job->parts[i].state == PROM_PART_DONE ? job->parts[i].items : 0;
    }
    return items;
}

/* Where a contract was to join them and nobody took it, workers have failed with it, or a result is too long for one,
 * the own node does: all is paid for, and joining is what is missing. But not where some parts are missing too. */
static prom_joiner joiner_of_many(const prom_market_job *job, bool all)
{
    const prom_job_part *last = &job->parts[job->part_count - 1];
    if (prom_market_job_joins(job, last->first) && last->state != PROM_PART_FAILED) {
        return PROM_JOINER_CONTRACT;
    }
    return all ? PROM_JOINER_OWN : PROM_JOINER_NOBODY;
}

prom_joiner prom_market_job_joiner(const prom_market_job *job)
{
    const size_t parts = prom_market_job_batch_parts(job);
    uint32_t done = 0;
    if (job->merged) {
        return job->joined;
    }
    for (size_t i = 0; i < parts; i++) {
        if (job->parts[i].state == PROM_PART_WAITING || job->parts[i].state == PROM_PART_RUNNING) {
            return PROM_JOINER_NONE;
        }
        done += job->parts[i].state == PROM_PART_DONE ? 1 : 0;
    }
    prom_joiner joiner = prom_joining_decide(&job->order.joining, done);
    joiner = joiner == PROM_JOINER_CONTRACT ? joiner_of_many(job, done == parts) : joiner;
    return joiner == PROM_JOINER_OWN && job->state == PROM_JOB_CANCELLED ? PROM_JOINER_NOBODY : joiner;
}

bool prom_attempt_open(const prom_attempt *attempt)
{
    return attempt->phase != PROM_ATTEMPT_OVER;
}

bool prom_attempt_shows_key(const prom_attempt *attempt)
{
    return attempt->phase == PROM_ATTEMPT_OVER && prom_scheme_shows_key(attempt->end);
}

size_t prom_job_count_parts(const prom_market_job *job, prom_part_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < job->part_count; i++) {
        count += job->parts[i].state == state;
    }
    return count;
}

bool prom_job_mishap_is_fault(prom_mishap mishap)
{
    return mishap != PROM_MISHAP_NONE && mishap != PROM_MISHAP_CANCELLED && mishap != PROM_MISHAP_NEEDLESS &&
           mishap != PROM_MISHAP_VERIFIER_LEFT;
}

bool prom_job_mishap_is_verifiers(prom_mishap mishap)
{
    return prom_job_mishap_is_setup(mishap) && mishap != PROM_MISHAP_WORKER_LEFT;
}

bool prom_job_mishap_is_setup(prom_mishap loss)
{
    return loss == PROM_MISHAP_SETUP || loss == PROM_MISHAP_LATE || loss == PROM_MISHAP_WORKER_LEFT ||
           loss == PROM_MISHAP_VERIFIER_LEFT;
}

bool prom_attempt_was_about(const prom_attempt *attempt, const prom_job_part *part)
{
    return attempt->first <= part->first && part->first - attempt->first < attempt->items;
}

size_t prom_job_count_faults(const prom_market_job *job, const prom_job_part *part, bool setups)
{
    size_t count = 0;
    for (size_t i = 0; i < job->attempt_count; i++) {
        const prom_attempt *attempt = &job->attempts[i];
        count += prom_attempt_was_about(attempt, part) && prom_job_mishap_is_fault(attempt->loss) &&
                 (setups || !prom_job_mishap_is_setup(attempt->loss));
    }
    return count;
}

bool prom_job_part_has_failed(const prom_market_job *job, const prom_job_part *part)
{
    return prom_job_count_faults(job, part, false) >= job->order.failures_max;
}

bool prom_market_job_verifier_failed(const prom_market_job *job, const prom_job_part *part,
                                     const prom_bytes32 *verifier)
{
    for (size_t i = 0; i < job->attempt_count; i++) {
        const prom_attempt *attempt = &job->attempts[i];
        if (prom_attempt_was_about(attempt, part) && prom_job_mishap_is_verifiers(attempt->loss) &&
            prom_bytes32_equal(&attempt->verifier, verifier)) {
            return true;
        }
    }
    return false;
}

/* One with a contract is never forgotten; of the others the last ones are known. */
static bool failed_with_contract(const prom_market_job *job, const prom_job_part *part, const prom_bytes32 *worker)
{
    for (size_t i = 0; i < job->attempt_count; i++) {
        const prom_attempt *attempt = &job->attempts[i];
        if (prom_attempt_was_about(attempt, part) && prom_bytes32_equal(&attempt->worker, worker) &&
            prom_job_mishap_is_fault(attempt->loss) && !prom_job_mishap_is_setup(attempt->loss)) {
            return true;
        }
    }
    return false;
}

void prom_job_part_note_failed(const prom_market_job *job, prom_job_part *part, const prom_bytes32 *worker)
{
    size_t oldest = part->failed_count;
    for (size_t i = part->failed_count; i-- > 0;) {
        oldest = failed_with_contract(job, part, &part->failed[i]) ? oldest : i;
    }
    if (part->failed_count == PROM_JOB_FAILED_MAX && oldest < part->failed_count) {
        part->failed_count--;
        memmove(&part->failed[oldest], &part->failed[oldest + 1],
                (part->failed_count - oldest) * sizeof part->failed[0]);
    }
    if (part->failed_count < PROM_JOB_FAILED_MAX) {
        part->failed[part->failed_count++] = *worker;
    }
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

prom_amount prom_job_sums_whole(const prom_job_sums *sums)
{
    return prom_amount_add(prom_amount_add(sums->spent, sums->promised), sums->fees);
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

prom_amount prom_market_job_open_with(const prom_market_job *job, const prom_bytes32 *worker)
{
    prom_amount sum = prom_amount_zero();
    for (size_t i = 0; i < job->attempt_count; i++) {
        const prom_attempt *attempt = &job->attempts[i];
        if (prom_attempt_open(attempt) && prom_bytes32_equal(&attempt->worker, worker)) {
            sum = prom_amount_add(sum, prom_amount_add(attempt->cost, attempt->fees));
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
