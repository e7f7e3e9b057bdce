/* What became of a job's contracts, as events of the job: from the facts of their channels, whatever was seen of them
 * before. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "node/guest.h"
#include "system/clock.h"
#include "trade/jobs_parts.h"

/* That a worker and a verifier have to say that they take part, from when there is a link to them: as long as they had
 * for their price. Who is not reached, as it begins anew or is behind Tor, has longer; not for ever, as nobody else can
 * be asked meanwhile. */
enum { ASKING_MILLISECONDS = PROM_ASKER_PATIENCE_MS, REACHING_MILLISECONDS = 60000 };

static prom_result tell(prom_jobs *jobs, struct driven *driven, const prom_job_event *event, prom_error *error)
{
    prom_job_outcome outcome;
    return prom_jobs_take(jobs, driven, event, &outcome, error);
}

static prom_result tell_lost(prom_jobs *jobs, struct driven *driven, uint32_t attempt, prom_mishap loss,
                             prom_error *error)
{
    const prom_job_event event = {.kind = PROM_JOB_EVENT_LOST, .attempt = attempt, .as.lost = {.mishap = loss}};
    return tell(jobs, driven, &event, error);
}

/* -- Phases -- */

/* What the worker does between Tx0 and its package it tells nobody: by the contract's own table it has program and
 * input, and computes, from a certain tip on. A proof that is seen to be made is that of a scheme in two rounds. */
static prom_attempt_phase phase_of(const prom_deal *deal, uint32_t tip)
{
    if (deal->delivered) {
        return deal->opened ? PROM_ATTEMPT_VERDICT : PROM_ATTEMPT_PROOF;
    }
    return tip >= deal->compute_from ? PROM_ATTEMPT_COMPUTE : PROM_ATTEMPT_TRANSFER;
}

static prom_result tell_phase(prom_jobs *jobs, struct driven *driven, const prom_attempt *attempt,
                              const prom_deal *deal, prom_error *error)
{
    const prom_job_event event = {.kind = PROM_JOB_EVENT_PHASE,
                                  .attempt = attempt->number,
                                  .as.phase = phase_of(deal, prom_node_tip(jobs->options.node))};
    return deal->tx0_height != 0 ? tell(jobs, driven, &event, error) : prom_ok();
}

static prom_result tell_loss(prom_jobs *jobs, struct driven *driven, const prom_attempt *attempt, const prom_deal *deal,
                             prom_error *error)
{
    static const prom_mishap mishaps[] = {[PROM_DEAL_LOSS_NONE] = PROM_MISHAP_NONE,
                                          [PROM_DEAL_LOSS_SILENT] = PROM_MISHAP_SILENT,
                                          [PROM_DEAL_LOSS_BAD] = PROM_MISHAP_BAD,
                                          [PROM_DEAL_LOSS_UNDECIDED] = PROM_MISHAP_UNDECIDED};
    return deal->loss == PROM_DEAL_LOSS_NONE ? prom_ok()
                                             : tell_lost(jobs, driven, attempt->number, mishaps[deal->loss], error);
}

/* -- Results and ends -- */

/* Whether its output is here, and of use: it is the channel's until it is taken, and then the job's; and nobody waits
 * for it where its part was split meanwhile. */
static bool has_output(const struct driven *driven, const prom_attempt *attempt, const prom_deal *deal)
{
    const prom_market_job *job = driven->ordered->job;
    bool of_use = false;
    for (size_t i = 0; i < job->part_count && !of_use; i++) {
        of_use = job->parts[i].first == attempt->first && job->parts[i].items == attempt->items;
    }
    return of_use && !attempt->has_result && (deal->result || prom_batch_has_output(&driven->folder, attempt));
}

/* Returns whether the output's file was looked at, and has its place. */
static bool is_taken(prom_jobs *jobs, struct driven *driven, const prom_attempt *attempt, const prom_deal *deal)
{
    prom_errand wish = {.kind = PROM_ERRAND_OUTPUT, .folder = driven->folder, .attempt = *attempt};
    struct stat status;
    (void)snprintf(wish.input, sizeof wish.input, "%s", deal->output);
    const bool there = stat(deal->output, &status) == 0 && status.st_size > 0;
    return prom_errand_do(jobs->errands, &driven->errand, &wish,
                          there ? (uint64_t)status.st_size : prom_batch_bytes(&driven->folder));
}

static prom_result tell_result(prom_jobs *jobs, struct driven *driven, const prom_attempt *attempt,
                               const prom_deal *deal, prom_error *error)
{
    prom_job_event event = {.kind = PROM_JOB_EVENT_RESULT, .attempt = attempt->number};
    const int64_t now = prom_clock_milliseconds();
    if (!prom_jobs_may_use_files(driven, now) || !is_taken(jobs, driven, attempt, deal)) {
        return prom_ok();
    }
    const prom_result result = driven->errand->result;
    event.as.result.output = driven->errand->taken.hash;
    event.as.result.fits = driven->errand->taken.fits;
    *error = driven->errand->error;
    prom_errand_leave(&driven->errand);
    driven->files_ms = prom_is_ok(result) ? 0 : now;
    PROM_TRY(result);
    return tell(jobs, driven, &event, error);
}

static prom_result tell_closed(prom_jobs *jobs, struct driven *driven, const prom_attempt *attempt,
                               const prom_deal *deal, prom_error *error)
{
    prom_job_event event = {.kind = PROM_JOB_EVENT_CLOSED,
                            .attempt = attempt->number,
                            .as.closed = {.end = (uint8_t)deal->scheme,
                                          .paid = deal->paid,
                                          .gained = deal->gained,
                                          .fees = deal->fees,
                                          .txid = deal->settled_by,
                                          .height = deal->settled_height}};
    memcpy(event.as.closed.got, deal->got, sizeof deal->got);
    return tell(jobs, driven, &event, error);
}

/* -- Setups -- */

/* Others than us. */
static unsigned missing_of(const prom_attempt *attempt, const prom_deal *deal)
{
    static const prom_bytes32 own;
    return prom_bytes32_equal(&attempt->verifier, &own) ? deal->missing & ~(1U << PROM_PARTY_V) : deal->missing;
}

/* Who let a setup come to nothing, by the bits of those who are known to; of both, or of none, it may be either. */
static prom_mishap mishap_of(unsigned missing)
{
    return missing == 1U << PROM_PARTY_W   ? PROM_MISHAP_WORKER_LEFT
           : missing == 1U << PROM_PARTY_V ? PROM_MISHAP_VERIFIER_LEFT
                                           : PROM_MISHAP_SETUP;
}

/* Returns the bits of those that have said that they take no part. */
static unsigned declined_of(const prom_deal *deal)
{
    unsigned declined = 0;
    for (size_t i = PROM_PARTY_W; i < PROM_PARTIES; i++) {
        declined |= deal->declined[i].code != 0 ? 1U << i : 0;
    }
    return declined;
}

/* Returns the bits of those that have had their time. */
static unsigned silent_of(const prom_deal *deal, int64_t now)
{
    unsigned silent = 0;
    for (size_t i = PROM_PARTY_W; i < PROM_PARTIES; i++) {
        const int64_t linked = deal->linked_since[i];
        const bool told = linked != 0 && now - linked >= ASKING_MILLISECONDS;
        silent |= told || now - deal->asking_since >= REACHING_MILLISECONDS ? 1U << i : 0;
    }
    return silent;
}

/* Who does not answer while it is asked whether it takes part holds up its part: so it has less time than a block.
 * Where nobody asks it is we who cannot go on: that time is not the worker's. */
static prom_result watch_new(prom_jobs *jobs, struct driven *driven, const prom_attempt *attempt, const prom_deal *deal,
                             prom_error *error)
{
    const unsigned missing = missing_of(attempt, deal);
    const unsigned declined = missing & declined_of(deal);
    const unsigned left = declined != 0 ? declined : missing & silent_of(deal, prom_clock_milliseconds());
    const size_t whose = (declined & 1U << PROM_PARTY_W) != 0 ? PROM_PARTY_W : PROM_PARTY_V;
    prom_job_event lost = {
        .kind = PROM_JOB_EVENT_LOST, .attempt = attempt->number, .as.lost = {.mishap = mishap_of(left)}};
    if (declined != 0) { /* who has not answered yet is not to blame */
        lost.as.lost.declined = deal->declined[whose];
    }
    return deal->asking && left != 0 ? tell(jobs, driven, &lost, error) : prom_ok();
}

static prom_result watch_live(prom_jobs *jobs, struct driven *driven, const prom_attempt *attempt,
                              const prom_deal *deal, prom_error *error)
{
    const prom_job_event live = {.kind = PROM_JOB_EVENT_LIVE, .attempt = attempt->number};
    PROM_TRY(tell(jobs, driven, &live, error));
    PROM_TRY(tell_phase(jobs, driven, attempt, deal, error));
    if (has_output(driven, attempt, deal)) {
        PROM_TRY(tell_result(jobs, driven, attempt, deal, error));
    }
    PROM_TRY(tell_loss(jobs, driven, attempt, deal, error));
    return deal->state == PROM_DEAL_SETTLED ? tell_closed(jobs, driven, attempt, deal, error) : prom_ok();
}

static prom_result watch_open(prom_jobs *jobs, struct driven *driven, const prom_attempt *attempt,
                              const prom_deal *deal, prom_error *error)
{
    switch (deal->state) {
    case PROM_DEAL_NONE: /* it was closed before it was proposed: that is no fault of the worker's */
        PROM_TRY(tell_lost(jobs, driven, attempt->number, PROM_MISHAP_CANCELLED, error));
        return tell_closed(jobs, driven, attempt, deal, error);
    case PROM_DEAL_ENDED:
        if (deal->missing != 0) { /* our own verifier's refusal is no fault of the worker's either */
            const unsigned others = missing_of(attempt, deal);
            PROM_TRY(tell_lost(jobs, driven, attempt->number, others != 0 ? mishap_of(others) : PROM_MISHAP_CANCELLED,
                               error));
        }
        return tell_closed(jobs, driven, attempt, deal, error);
    case PROM_DEAL_NEW:
        return watch_new(jobs, driven, attempt, deal, error);
    case PROM_DEAL_LIVE:
    case PROM_DEAL_SETTLED:
        return watch_live(jobs, driven, attempt, deal, error);
    case PROM_DEAL_SETUP:
        break;
    }
    return prom_ok();
}

/* One that is over is looked at for its result alone, until it is certain that nobody has it. */
static prom_result watch_over(prom_jobs *jobs, struct driven *driven, const prom_attempt *attempt,
                              const prom_deal *deal, prom_error *error)
{
    if (has_output(driven, attempt, deal)) {
        return tell_result(jobs, driven, attempt, deal, error);
    }
    return deal->closed ? tell_lost(jobs, driven, attempt->number, PROM_MISHAP_OUTPUT, error) : prom_ok();
}

static bool is_looked_at(const prom_market_job *job, const prom_attempt *attempt)
{
    const bool open = attempt->phase != PROM_ATTEMPT_OVER;
    const bool paid = attempt->end != PROM_ATTEMPT_UNSIGNED && attempt->loss == PROM_MISHAP_NONE;
    return job->state != PROM_JOB_ENDED && attempt->contract != 0 && (open || (paid && !attempt->has_result));
}

prom_result prom_jobs_watch(prom_jobs *jobs, struct driven *driven, prom_error *error)
{
    const prom_market_job *job = driven->ordered->job;
    const prom_job_event tip = {.kind = PROM_JOB_EVENT_TIP, .as.tip = prom_node_tip(jobs->options.node)};
    PROM_TRY(tell(jobs, driven, &tip, error));
    for (size_t i = 0; i < job->attempt_count; i++) {
        const prom_attempt *attempt = &job->attempts[i];
        prom_deal deal;
        if (!is_looked_at(job, attempt)) {
            continue;
        }
        PROM_TRY(prom_jobs_deal(jobs, &deal, job, attempt->number, error));
        PROM_TRY(attempt->phase != PROM_ATTEMPT_OVER ? watch_open(jobs, driven, attempt, &deal, error)
                                                     : watch_over(jobs, driven, attempt, &deal, error));
    }
    return prom_ok();
}
