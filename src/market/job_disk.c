/* A job's canonical bytes, and whether facts are such as steps make. */
#include <string.h>

#include "channel/codec.h"
#include "market/job.h"
#include "market/job_parts.h"

/* Version 1 has no reasons of those who take no part, version 2 nothing of who joins parts: the own node did; and
 * version 3 not who had joined what is merged. */
enum { MAGIC = 0x504a, VERSION = 4, VERSION_REASONS = 2, VERSION_JOINING = 3, VERSION_JOINED = 4 };

/* -- Bytes -- */

static void code_amount(struct codec *codec, prom_amount *amount)
{
    uint64_t sat = 0;
    prom_codec_must(codec, prom_amount_get(*amount, &sat) || !codec->writes);
    prom_code_u64(codec, &sat);
    *amount = prom_amount_of(sat);
    prom_codec_must(codec, prom_amount_is_valid(*amount));
}

static void code_joining(struct codec *codec, prom_order *order, uint16_t version)
{
    prom_joining *joining = &order->joining;
    if (version < VERSION_JOINING) {
        *joining = (prom_joining){.folds = order->scheme == PROM_SCHEME_REPLAY_MODULE, .own_folds = UINT32_MAX};
        return;
    }
    prom_code_bool(codec, &joining->folds);
    prom_code_u32(codec, &joining->own_folds);
    prom_code_u32(codec, &joining->parts_max);
}

static void code_order(struct codec *codec, prom_order *order, uint16_t version)
{
    prom_code_bytes32(codec, &order->id);
    prom_code_bytes32(codec, &order->p_txid);
    prom_code_bytes32(codec, &order->program_digest);
    prom_code_bytes32(codec, &order->input_hash);
    prom_code_u16(codec, &order->scheme);
    prom_code_u32(codec, &order->items);
    CODE_ENUM(codec, order->verifier, PROM_JOB_VERIFIERS);
    prom_code_bytes32(codec, &order->verifier_key);
    code_amount(codec, &order->caps.contract);
    code_amount(codec, &order->caps.job);
    code_amount(codec, &order->caps.day);
    code_amount(codec, &order->caps.peer);
    code_amount(codec, &order->caps.fees);
    prom_code_u16(codec, &order->caps.fees_share);
    prom_code_u8_up_to(codec, &order->failures_max, PROM_JOB_FAILURES_MAX);
    prom_code_u32(codec, &order->search_blocks);
    for (size_t i = 0; i < PROM_ATTEMPT_PHASES; i++) {
        prom_code_u32(codec, &order->clocks[i]);
    }
    code_joining(codec, order, version);
}

static void code_part(struct codec *codec, prom_job_part *part, uint16_t version)
{
    prom_code_u32(codec, &part->first);
    prom_code_u32(codec, &part->items);
    CODE_ENUM(codec, part->state, PROM_PART_STATES);
    prom_code_u32(codec, &part->since);
    prom_code_u32(codec, &part->attempt);
    prom_code_bytes32(codec, &part->output);
    if (version >= VERSION_JOINING) {
        prom_code_bool(codec, &part->fits);
    }
    prom_code_count(codec, &part->failed_count, PROM_JOB_FAILED_MAX);
    for (size_t i = 0; i < part->failed_count; i++) {
        prom_code_bytes32(codec, &part->failed[i]);
    }
    prom_code_u16(codec, &part->reason);
}

static void code_reason(struct codec *codec, prom_quote_reason *reason)
{
    prom_code_u16(codec, &reason->code);
    prom_code_u8(codec, &reason->unit);
    prom_code_u64(codec, &reason->needed);
    prom_code_u64(codec, &reason->there);
}

static void code_attempt(struct codec *codec, prom_attempt *attempt, uint16_t version)
{
    prom_code_u32(codec, &attempt->number);
    prom_code_u32(codec, &attempt->first);
    prom_code_u32(codec, &attempt->items);
    prom_code_bytes32(codec, &attempt->worker);
    prom_code_bytes32(codec, &attempt->verifier);
    prom_code_u64(codec, &attempt->contract);
    CODE_ENUM(codec, attempt->phase, PROM_ATTEMPT_PHASES);
    prom_code_u32(codec, &attempt->since);
    prom_code_bool(codec, &attempt->live);
    prom_code_bool(codec, &attempt->given_up);
    prom_code_bool(codec, &attempt->has_result);
    CODE_ENUM(codec, attempt->loss, PROM_MISHAPS);
    if (version >= VERSION_REASONS) {
        code_reason(codec, &attempt->declined);
    }
    code_amount(codec, &attempt->cost);
    code_amount(codec, &attempt->fees);
    prom_code_u8_up_to(codec, &attempt->end, PROM_SCHEMES);
    code_amount(codec, &attempt->paid);
    code_amount(codec, &attempt->gained);
    for (size_t i = 0; i < PROM_PAYEES; i++) {
        code_amount(codec, &attempt->got[i]);
    }
    prom_code_bytes32(codec, &attempt->txid);
    prom_code_u32(codec, &attempt->height);
}

/* Of a job whose items are all done, and which is done in part, nobody had. */
static void find_joined(prom_market_job *job)
{
    const bool undone = job->end == PROM_JOB_END_PARTLY && prom_market_job_items_done(job) == job->order.items;
    job->merged = false;
    job->joined = undone ? PROM_JOINER_NOBODY : prom_market_job_joiner(job);
    job->merged = true;
}

static void code_job(struct codec *codec, prom_market_job *job)
{
    uint16_t magic = MAGIC;
    uint16_t version = VERSION;
    prom_code_u16(codec, &magic);
    prom_code_u16(codec, &version);
    prom_codec_must(codec, magic == MAGIC && version >= 1 && version <= VERSION);
    code_order(codec, &job->order, version);
    CODE_ENUM(codec, job->state, PROM_JOB_STATES);
    CODE_ENUM(codec, job->end, PROM_JOB_ENDS);
    prom_code_u32(codec, &job->tip);
    prom_code_u32(codec, &job->created);
    prom_code_u32(codec, &job->ended);
    prom_code_bool(codec, &job->merged);
    if (version >= VERSION_JOINED) {
        CODE_ENUM(codec, job->joined, PROM_JOINERS);
    }
    prom_code_count(codec, &job->part_count, PROM_JOB_PARTS_MAX + 1);
    for (size_t i = 0; i < job->part_count; i++) {
        code_part(codec, &job->parts[i], version);
    }
    prom_code_count(codec, &job->attempt_count, PROM_JOB_ATTEMPTS_MAX);
    for (size_t i = 0; i < job->attempt_count; i++) {
        code_attempt(codec, &job->attempts[i], version);
    }
    if (version < VERSION_JOINED && job->merged) {
        find_joined(job);
    }
}

prom_result prom_market_job_write(prom_arena *arena, prom_span *bytes, const prom_market_job *job, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_market_job *copy = NULL;
    prom_arena_init_within(&scratch, arena);
    PROM_TRY_NEW(copy, &scratch, 1, error);
    *copy = *job; /* the walk is one for both ways, and so has no const */
    struct codec codec = prom_codec_writer(arena);
    code_job(&codec, copy);
    return prom_within(prom_codec_written(&codec, bytes, error), error, "a job");
}

prom_result prom_market_job_read(prom_arena *arena, prom_market_job **job, prom_span bytes, prom_error *error)
{
    prom_market_job *read = NULL;
    *job = NULL;
    PROM_TRY_NEW(read, arena, 1, error);
    struct codec codec = prom_codec_reader(arena, bytes);
    code_job(&codec, read);
    PROM_TRY(prom_within(prom_codec_read(&codec, error), error, "a job"));
    PROM_TRY(prom_market_job_check(read, error));
    *job = read;
    return prom_ok();
}

/* -- Facts that can be -- */

static prom_result cannot_be(prom_error *error, const char *what, uint32_t number)
{
    return prom_fail(error, PROM_CATEGORY_BROKEN, "the job's facts cannot be: %s (%u)", what, (unsigned)number);
}

/* It may still give the result that is waited for. */
static bool may_give(const prom_attempt *attempt)
{
    return attempt->loss == PROM_MISHAP_NONE && !attempt->has_result &&
           (prom_attempt_open(attempt) || prom_attempt_shows_key(attempt));
}

static prom_result check_part(const prom_market_job *job, const prom_job_part *part, prom_error *error)
{
    const prom_attempt *attempt = prom_market_job_attempt(job, part->attempt);
    const bool same = attempt != NULL && attempt->first == part->first && attempt->items == part->items;
    const size_t faults = prom_job_count_faults(job, part, true);
    if (part->failed_count != (faults < PROM_JOB_FAILED_MAX ? faults : PROM_JOB_FAILED_MAX)) {
        return cannot_be(error, "other workers have failed with a part than its attempts say", part->first);
    }
    switch (part->state) {
    case PROM_PART_WAITING:
    case PROM_PART_FAILED:
        return part->attempt == 0 ? prom_ok() : cannot_be(error, "a part waits, and runs", part->first);
    case PROM_PART_RUNNING:
        return same && may_give(attempt) ? prom_ok() : cannot_be(error, "nothing runs for a part", part->first);
    case PROM_PART_DONE:
        return same && attempt->has_result ? prom_ok() : cannot_be(error, "nobody has done a part", part->first);
    case PROM_PART_STATES:
        break;
    }
    return cannot_be(error, "a part is in no state", part->first);
}

/* Where an attempt may still give a result, its part waits for this one, or is done by another. */
static prom_result check_attempt(const prom_market_job *job, const prom_attempt *attempt, prom_error *error)
{
    const size_t parts = prom_market_job_batch_parts(job);
    const bool joins = prom_market_job_joins(job, attempt->first);
    const bool within = joins ? parts < job->part_count && attempt->first == job->order.items && attempt->items == parts
                              : attempt->items > 0 && attempt->items <= job->order.items - attempt->first;
    const bool phased = attempt->live || attempt->phase == PROM_ATTEMPT_QUEUE || attempt->phase == PROM_ATTEMPT_OVER;
    if (attempt->number != (uint32_t)(attempt - job->attempts) + 1 || !within || !phased) {
        return cannot_be(error, "an attempt is out of place", attempt->number);
    }
    if (attempt->declined.code != 0 && !prom_job_mishap_is_setup(attempt->loss)) {
        return cannot_be(error, "an attempt was declined, and was not", attempt->number);
    }
    for (size_t i = 0; i < job->part_count && may_give(attempt); i++) {
        const prom_job_part *part = &job->parts[i];
        const bool overlaps =
            part->first < attempt->first + attempt->items && attempt->first < part->first + part->items;
        const bool known =
            part->state == PROM_PART_DONE || (part->state == PROM_PART_RUNNING && part->attempt == attempt->number);
        if (overlaps && !known) {
            return cannot_be(error, "a part has two attempts at once", attempt->number);
        }
    }
    return prom_ok();
}

/* The one that joins takes the results of all others, which are done. */
static prom_result check_joining_part(const prom_market_job *job, prom_error *error)
{
    const size_t parts = prom_market_job_batch_parts(job);
    const prom_job_part *part = &job->parts[parts];
    if (parts == job->part_count) {
        return prom_ok();
    }
    if (part->first != job->order.items || part->items != parts || !job->order.joining.folds || parts < 2) {
        return cannot_be(error, "a part joins what is not there", part->first);
    }
    for (size_t i = 0; i < parts; i++) {
        if (job->parts[i].state != PROM_PART_DONE) {
            return cannot_be(error, "a part joins others, and they are not done", job->parts[i].first);
        }
    }
    return check_part(job, part, error);
}

static prom_result check_parts(const prom_market_job *job, prom_error *error)
{
    const size_t parts = prom_market_job_batch_parts(job);
    uint32_t next = 0;
    for (size_t i = 0; i < parts; i++) {
        const prom_job_part *part = &job->parts[i];
        if (part->first != next || part->items == 0 || part->items > job->order.items - next) {
            return cannot_be(error, "the parts are not the batch", next);
        }
        next += part->items;
        PROM_TRY(check_part(job, part, error));
    }
    if (next != job->order.items || job->order.items == 0 || parts > PROM_JOB_PARTS_MAX) {
        return cannot_be(error, "the parts are not the batch", next);
    }
    return check_joining_part(job, error);
}

prom_result prom_market_job_check(const prom_market_job *job, prom_error *error)
{
    bool open = false;
    PROM_TRY(check_parts(job, error));
    for (size_t i = 0; i < job->attempt_count; i++) {
        PROM_TRY(check_attempt(job, &job->attempts[i], error));
        open = open || prom_attempt_open(&job->attempts[i]);
    }
    if (job->order.failures_max == 0) {
        return cannot_be(error, "no attempt may fail", 0);
    }
    const bool ended = job->state == PROM_JOB_ENDED;
    if (ended != (job->end != PROM_JOB_END_NONE) || (ended && (open || !prom_job_settled(job)))) {
        return cannot_be(error, "it has ended, and has not", (uint32_t)job->end);
    }
    return prom_ok();
}
