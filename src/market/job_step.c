/* The step of a job: an event changes the facts; clocks and the end follow. */
#include <string.h>

#include "market/job.h"
#include "market/job_parts.h"

/* What a step works on. */
struct step {
    prom_market_job *job;
    const prom_job_event *event;
    prom_job_outcome *outcome;
    prom_error *error;
    uint32_t placed; /* tip at which the attempt that it is about was placed, of one that never came to a contract */
};

static const prom_bytes32 nobody;

static prom_attempt *find_attempt(prom_market_job *job, uint32_t number)
{
    return number >= 1 && number <= job->attempt_count ? &job->attempts[number - 1] : NULL;
}

/* The part that an attempt's items are in: parts are split only while nothing of them runs. */
static prom_job_part *part_of(prom_market_job *job, uint32_t first)
{
    for (size_t i = 0; i < job->part_count; i++) {
        prom_job_part *part = &job->parts[i];
        if (first - part->first < part->items) {
            return part;
        }
    }
    return NULL;
}

/* -- Parts -- */

/* What it has waited before a setup that came to nothing counts on, and that setup as a block: else whoever takes part
 * in nothing, with a new key each time, would keep it waiting for ever. After a contract it begins anew. */
static void wait_again(struct step *it, prom_job_part *part, prom_mishap loss)
{
    const uint32_t tip = it->job->tip;
    const uint32_t before =
        prom_job_mishap_is_setup(loss) && it->placed >= part->since ? it->placed - part->since + 1 : 0;
    part->state = PROM_PART_WAITING;
    part->attempt = 0;
    part->since = tip - (before < tip ? before : tip);
    part->reason = 0;
    if (prom_job_part_has_failed(it->job, part)) {
        part->state = PROM_PART_FAILED;
    }
}

static bool has_failed(const prom_job_part *part, const prom_bytes32 *worker)
{
    for (size_t i = 0; i < part->failed_count; i++) {
        if (prom_bytes32_equal(&part->failed[i], worker)) {
            return true;
        }
    }
    return false;
}

static void give_up(struct step *it, prom_attempt *attempt)
{
    if (prom_attempt_open(attempt) && !attempt->live && !attempt->given_up) {
        attempt->given_up = true;
        it->outcome->changed = true;
    }
}

/* The attempt gives nothing: its part waits for another one, where it was this one that it waited for. That its setup
 * was ended by ourselves is no failure of the worker's. */
static void lose(struct step *it, prom_attempt *attempt, prom_mishap loss)
{
    prom_job_part *part = part_of(it->job, attempt->first);
    if (attempt->loss != PROM_MISHAP_NONE || attempt->has_result) {
        return;
    }
    attempt->loss = loss;
    it->outcome->changed = true;
    give_up(it, attempt);
    if (prom_job_mishap_is_fault(loss)) {
        prom_job_part_note_failed(it->job, part, &attempt->worker);
    }
    if (part->state == PROM_PART_RUNNING && part->attempt == attempt->number) {
        wait_again(it, part, loss);
    }
}

/* -- Placing -- */

static void judge_caps(struct step *it)
{
    const prom_market_job *job = it->job;
    const prom_caps *caps = &job->order.caps;
    prom_reasons *refused = &it->outcome->refused;
    const prom_job_sums sums = prom_market_job_sums(job);
    const prom_amount cost = it->event->as.placed.cost;
    const prom_amount so_far = prom_job_sums_whole(&sums);
    const prom_caps_sums before = {
        .job = so_far,
        .day = prom_amount_add(it->event->as.placed.day, so_far),
        .fees = sums.fees,
        .peer = prom_amount_add(it->event->as.placed.peer, prom_market_job_with(job, &it->event->as.placed.worker))};
    prom_reasons_need_amount(refused, PROM_REASON_CAP_PRICE, cost, caps->contract);
    prom_caps_judge(refused, refused, caps, &before, cost, it->event->as.placed.fees);
}

/* The part that begins there and waits, with room for a split where that is needed; NULL: there is none. */
static prom_job_part *waiting_part(struct step *it, uint32_t first, uint32_t items)
{
    prom_market_job *job = it->job;
    prom_job_part *part = part_of(job, first);
    const bool fits =
        part != NULL && part->first == first && part->state == PROM_PART_WAITING && items >= 1 && items <= part->items;
    const bool splits = !prom_market_job_joins(job, first) && job->part_count < PROM_JOB_PARTS_MAX;
    const bool room = fits && (items == part->items || splits);
    return job->state == PROM_JOB_RUNNING && room && job->attempt_count < PROM_JOB_ATTEMPTS_MAX ? part : NULL;
}

/* What is left of a part is one of its own, with the same past. */
static void split(prom_market_job *job, prom_job_part *part, uint32_t items)
{
    const size_t at = (size_t)(part - job->parts);
    if (items == part->items) {
        return;
    }
    memmove(part + 1, part, (job->part_count - at) * sizeof *part);
    job->part_count++;
    part[1].first += items;
    part[1].items -= items;
    part->items = items;
}

static bool verifier_suits(const prom_order *order, const prom_bytes32 *worker, const prom_bytes32 *verifier)
{
    const bool own = prom_bytes32_equal(verifier, &nobody);
    switch (order->verifier) {
    case PROM_VERIFIER_SELF:
        return own;
    case PROM_VERIFIER_MARKET:
        return !own && !prom_bytes32_equal(verifier, worker);
    case PROM_VERIFIER_KEY:
        return prom_bytes32_equal(verifier, &order->verifier_key) && !prom_bytes32_equal(verifier, worker);
    case PROM_JOB_VERIFIERS:
        break;
    }
    return false;
}

static prom_result take_placed(struct step *it)
{
    prom_market_job *job = it->job;
    const prom_job_event *event = it->event;
    prom_job_part *part = waiting_part(it, event->as.placed.first, event->as.placed.items);
    if (part == NULL) {
        prom_reasons_add(&it->outcome->refused, PROM_REASON_UNPLACED, event->as.placed.items, 0);
        return prom_ok();
    }
    if (!verifier_suits(&job->order, &event->as.placed.worker, &event->as.placed.verifier)) {
        return prom_fail(it->error, PROM_CATEGORY_MISUSE, "the job was ordered with another verifier");
    }
    if (has_failed(part, &event->as.placed.worker) ||
        (job->order.verifier == PROM_VERIFIER_MARKET &&
         prom_market_job_verifier_failed(job, part, &event->as.placed.verifier))) {
        prom_reasons_add(&it->outcome->refused, PROM_REASON_PEER_FAILED, 0, 0);
    }
    judge_caps(it);
    if (it->outcome->refused.count > 0) {
        return prom_ok();
    }
    split(job, part, event->as.placed.items);
    const prom_amount zero = prom_amount_zero();
    job->attempts[job->attempt_count] = (prom_attempt){.number = (uint32_t)job->attempt_count + 1,
                                                       .first = part->first,
                                                       .items = part->items,
                                                       .worker = event->as.placed.worker,
                                                       .verifier = event->as.placed.verifier,
                                                       .since = job->tip,
                                                       .cost = event->as.placed.cost,
                                                       .fees = event->as.placed.fees,
                                                       .paid = zero,
                                                       .gained = zero};
    for (size_t i = 0; i < PROM_PAYEES; i++) {
        job->attempts[job->attempt_count].got[i] = zero;
    }
    job->attempt_count++;
    part->state = PROM_PART_RUNNING;
    part->attempt = (uint32_t)job->attempt_count;
    part->reason = 0;
    it->outcome->changed = true;
    return prom_ok();
}

static prom_result take_unplaced(struct step *it)
{
    prom_job_part *part = part_of(it->job, it->event->as.unplaced.first);
    if (part != NULL && part->first == it->event->as.unplaced.first && part->state == PROM_PART_WAITING &&
        part->reason != it->event->as.unplaced.reason) {
        part->reason = it->event->as.unplaced.reason;
        it->outcome->changed = true;
    }
    return prom_ok();
}

/* -- An attempt's way -- */

static prom_result take_begun(struct step *it, prom_attempt *attempt)
{
    if (it->event->as.contract == 0 || (attempt->contract != 0 && attempt->contract != it->event->as.contract)) {
        return prom_fail(it->error, PROM_CATEGORY_MISUSE, "attempt %u has a contract already, or is to have none",
                         attempt->number);
    }
    it->outcome->changed = attempt->contract == 0;
    attempt->contract = it->event->as.contract;
    return prom_ok();
}

static void make_live(struct step *it, prom_attempt *attempt)
{
    if (prom_attempt_open(attempt) && !attempt->live) {
        attempt->live = true;
        it->outcome->changed = true;
    }
}

static prom_result take_phase(struct step *it, prom_attempt *attempt)
{
    const prom_attempt_phase phase = it->event->as.phase;
    if (phase >= PROM_ATTEMPT_OVER) {
        return prom_fail(it->error, PROM_CATEGORY_MISUSE, "attempt %u cannot come to its end so", attempt->number);
    }
    if (phase > attempt->phase && prom_attempt_open(attempt)) {
        attempt->phase = phase;
        attempt->since = it->job->tip;
        it->outcome->changed = true;
        make_live(it, attempt);
    }
    return prom_ok();
}

static prom_result take_lost(struct step *it, prom_attempt *attempt)
{
    const prom_mishap mishap = it->event->as.lost.mishap;
    if (mishap == PROM_MISHAP_NONE || mishap >= PROM_MISHAPS) {
        return prom_fail(it->error, PROM_CATEGORY_MISUSE, "attempt %u is lost for no reason", attempt->number);
    }
    if (attempt->loss == PROM_MISHAP_NONE && prom_job_mishap_is_setup(mishap)) {
        attempt->declined = it->event->as.lost.declined;
    }
    lose(it, attempt, mishap);
    return prom_ok();
}

/* The first result of a part is the part's, whoever has made it: it is checked. */
static prom_result take_result(struct step *it, prom_attempt *attempt)
{
    prom_job_part *part = part_of(it->job, attempt->first);
    if (part->first != attempt->first || part->items != attempt->items || attempt->has_result) {
        return prom_ok(); /* it came too late: what it is of was split meanwhile, or it is here already */
    }
    it->outcome->changed = true;
    attempt->has_result = true;
    if (part->state == PROM_PART_DONE) {
        return prom_ok();
    }
    for (size_t i = 0; i < it->job->attempt_count; i++) {
        prom_attempt *other = &it->job->attempts[i];
        if (other != attempt && other->first == attempt->first) {
            give_up(it, other);
        }
    }
    it->job->merged = false; /* what was written lacks this */
    part->state = PROM_PART_DONE;
    part->attempt = attempt->number;
    part->output = it->event->as.result.output;
    part->fits = it->event->as.result.fits;
    return prom_ok();
}

static prom_mishap loss_of_end(uint8_t end)
{
    static const prom_mishap of_scheme[PROM_SCHEMES + 1] = {
        PROM_MISHAP_SETUP, PROM_MISHAP_SILENT,    PROM_MISHAP_NONE, PROM_MISHAP_NONE,
        PROM_MISHAP_BAD,   PROM_MISHAP_UNDECIDED, PROM_MISHAP_BAD,  PROM_MISHAP_NONE};
    return of_scheme[end];
}

/* Why a setup was given up by ourselves. */
static prom_mishap loss_of_setup(const struct step *it, const prom_attempt *attempt)
{
    const prom_market_job *job = it->job;
    for (size_t i = 0; i < job->part_count; i++) {
        if (job->parts[i].state == PROM_PART_DONE && job->parts[i].first == attempt->first) {
            return PROM_MISHAP_NEEDLESS;
        }
    }
    return job->state == PROM_JOB_CANCELLED ? PROM_MISHAP_CANCELLED : PROM_MISHAP_LATE;
}

static prom_result take_closed(struct step *it, prom_attempt *attempt)
{
    const prom_job_event *event = it->event;
    const uint8_t end = event->as.closed.end;
    bool valid = end <= PROM_SCHEMES;
    for (size_t i = 0; i < PROM_PAYEES && valid; i++) {
        valid = prom_amount_is_valid(event->as.closed.got[i]);
    }
    if (!valid || !prom_amount_is_valid(event->as.closed.paid) || !prom_amount_is_valid(event->as.closed.gained) ||
        !prom_amount_is_valid(event->as.closed.fees)) {
        return prom_fail(it->error, PROM_CATEGORY_MISUSE, "attempt %u ended in no way that there is", attempt->number);
    }
    if (!prom_attempt_open(attempt)) {
        return prom_ok();
    }
    attempt->phase = PROM_ATTEMPT_OVER;
    attempt->since = it->job->tip;
    attempt->end = end;
    attempt->paid = event->as.closed.paid;
    attempt->gained = event->as.closed.gained;
    attempt->fees = event->as.closed.fees;
    memcpy(attempt->got, event->as.closed.got, sizeof attempt->got);
    attempt->txid = event->as.closed.txid;
    attempt->height = event->as.closed.height;
    it->outcome->changed = true;
    const prom_mishap loss =
        end == PROM_ATTEMPT_UNSIGNED && attempt->given_up ? loss_of_setup(it, attempt) : loss_of_end(end);
    if (loss != PROM_MISHAP_NONE) {
        lose(it, attempt, loss);
    }
    return prom_ok();
}

/* -- The job as a whole -- */

static void run_clocks(struct step *it)
{
    prom_market_job *job = it->job;
    const prom_order *order = &job->order;
    for (size_t i = 0; i < job->attempt_count; i++) {
        prom_attempt *attempt = &job->attempts[i];
        if (attempt->phase == PROM_ATTEMPT_QUEUE && job->tip - attempt->since > order->clocks[PROM_ATTEMPT_QUEUE]) {
            give_up(it, attempt);
        }
    }
    for (size_t i = 0; i < job->part_count; i++) {
        prom_job_part *part = &job->parts[i];
        if (part->state == PROM_PART_WAITING &&
            (job->state != PROM_JOB_RUNNING || job->tip - part->since > order->search_blocks)) {
            part->state = PROM_PART_FAILED;
            it->outcome->changed = true;
        }
    }
}

/* Where all is done, and more is to be joined than the own node does, a contract joins it. */
static void add_joining_part(struct step *it)
{
    prom_market_job *job = it->job;
    const size_t parts = job->part_count;
    bool fit = job->state == PROM_JOB_RUNNING && prom_market_job_batch_parts(job) == parts &&
               prom_joining_decide(&job->order.joining, (uint32_t)parts) == PROM_JOINER_CONTRACT;
    for (size_t i = 0; i < parts && fit; i++) {
        fit = job->parts[i].state == PROM_PART_DONE && job->parts[i].fits;
    }
    if (fit) {
        job->parts[job->part_count++] =
            (prom_job_part){.first = job->order.items, .items = (uint32_t)parts, .since = job->tip};
        it->outcome->changed = true;
    }
}

static bool all_over(const prom_market_job *job)
{
    for (size_t i = 0; i < job->attempt_count; i++) {
        if (prom_attempt_open(&job->attempts[i])) {
            return false;
        }
    }
    return true;
}

static prom_job_end end_of(const prom_market_job *job)
{
    const size_t done = prom_job_count_parts(job, PROM_PART_DONE);
    bool failures = false;
    for (size_t i = 0; i < job->part_count; i++) {
        failures = failures || prom_job_part_has_failed(job, &job->parts[i]);
    }
    if (done > 0) {
        const bool all = prom_market_job_items_done(job) == job->order.items;
        return all && prom_market_job_joiner(job) != PROM_JOINER_NOBODY ? PROM_JOB_END_DONE : PROM_JOB_END_PARTLY;
    }
    if (job->state == PROM_JOB_CANCELLED) {
        return PROM_JOB_END_CANCELLED;
    }
    return failures ? PROM_JOB_END_FAILURES : PROM_JOB_END_NO_WORKER;
}

/* Nothing is open any more, and what there is of outputs is written. */
static void end_job(struct step *it)
{
    prom_market_job *job = it->job;
    if (prom_job_settled(job) && all_over(job) && (job->merged || prom_job_count_parts(job, PROM_PART_DONE) == 0)) {
        job->end = end_of(job);
        job->state = PROM_JOB_ENDED;
        job->ended = job->tip;
        it->outcome->changed = true;
    }
}

static prom_result take_cancel(struct step *it)
{
    if (it->job->state == PROM_JOB_RUNNING) {
        it->job->state = PROM_JOB_CANCELLED;
        it->outcome->changed = true;
        for (size_t i = 0; i < it->job->attempt_count; i++) {
            give_up(it, &it->job->attempts[i]);
        }
    }
    return prom_ok();
}

static prom_result take_merged(struct step *it)
{
    const prom_market_job *job = it->job;
    if (prom_job_settled(job) && !job->merged) {
        it->job->joined = prom_market_job_joiner(job);
        it->job->merged = true;
        it->outcome->changed = true;
    }
    return prom_ok();
}

static prom_result take_tip(struct step *it)
{
    if (it->event->as.tip > it->job->tip) {
        it->job->tip = it->event->as.tip;
        it->outcome->changed = true;
    }
    return prom_ok();
}

static prom_result take(struct step *it)
{
    prom_attempt *attempt = find_attempt(it->job, it->event->attempt);
    it->placed = attempt != NULL ? attempt->since : 0;
    switch (it->event->kind) {
    case PROM_JOB_EVENT_TIP:
        return take_tip(it);
    case PROM_JOB_EVENT_PLACED:
        return take_placed(it);
    case PROM_JOB_EVENT_UNPLACED:
        return take_unplaced(it);
    case PROM_JOB_EVENT_BEGUN:
        return attempt != NULL ? take_begun(it, attempt) : prom_ok();
    case PROM_JOB_EVENT_PHASE:
        return attempt != NULL ? take_phase(it, attempt) : prom_ok();
    case PROM_JOB_EVENT_LIVE:
        if (attempt != NULL) {
            make_live(it, attempt);
        }
        return prom_ok();
    case PROM_JOB_EVENT_LOST:
        return attempt != NULL ? take_lost(it, attempt) : prom_ok();
    case PROM_JOB_EVENT_RESULT:
        return attempt != NULL ? take_result(it, attempt) : prom_ok();
    case PROM_JOB_EVENT_CLOSED:
        return attempt != NULL ? take_closed(it, attempt) : prom_ok();
    case PROM_JOB_EVENT_CANCEL:
        return take_cancel(it);
    case PROM_JOB_EVENT_MERGED:
        return take_merged(it);
    case PROM_JOB_EVENTS:
        break;
    }
    return prom_fail(it->error, PROM_CATEGORY_MISUSE, "a job was told of an event that there is not");
}

prom_result prom_market_job_step(prom_market_job *job, const prom_job_event *event, prom_job_outcome *outcome,
                                 prom_error *error)
{
    struct step it = {job, event, outcome, error, 0};
    *outcome = (prom_job_outcome){false, {.count = 0}};
    if (job->state == PROM_JOB_ENDED) {
        return prom_ok(); /* nothing that comes afterwards is waited for */
    }
    PROM_TRY(take(&it));
    run_clocks(&it);
    add_joining_part(&it);
    end_job(&it);
    return prom_ok();
}
