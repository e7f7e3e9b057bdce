/* Jobs to try steps with. */
#ifndef PROMETHEUS_TEST_MARKET_ORDERS_H
#define PROMETHEUS_TEST_MARKET_ORDERS_H

#include "market/jobs.h"

#include "market/job.h"

#define NO_CAP prom_amount_of(PROM_AMOUNT_MAX)

enum { BEGIN_TIP = 1000 };

static inline prom_order plain_order(uint32_t items)
{
    return (prom_order){.id = named("job", 0),
                        .p_txid = named("P", 0),
                        .program_digest = named("program", 0),
                        .input_hash = named("input", 0),
                        .scheme = 2,
                        .items = items,
                        .caps = {NO_CAP, NO_CAP, NO_CAP, NO_CAP, NO_CAP, 10000},
                        .failures_max = 3,
                        .search_blocks = 20,
                        .clocks = {6, 3, 10, 10, 5, 20}};
}

static inline prom_market_job *new_job(fixture *test, const prom_order *order)
{
    prom_market_job *job = NULL;
    assert_ok(prom_market_job_new(&test->arena, &job, order, BEGIN_TIP, &test->error), &test->error);
    return job;
}

/* Takes an event that no rule refuses; the facts stay such as can be. */
static inline prom_job_outcome take(fixture *test, prom_market_job *job, prom_job_event event)
{
    prom_job_outcome outcome;
    assert_ok(prom_market_job_step(job, &event, &outcome, &test->error), &test->error);
    assert_ok(prom_market_job_check(job, &test->error), &test->error);
    return outcome;
}

static inline __attribute__((unused)) prom_job_event placed(uint32_t first, uint32_t items, size_t worker)
{
    return (prom_job_event){.kind = PROM_JOB_EVENT_PLACED,
                            .as.placed = {.first = first,
                                          .items = items,
                                          .worker = named("worker", worker),
                                          .cost = prom_amount_of(1000),
                                          .fees = prom_amount_of(100),
                                          .day = prom_amount_zero(),
                                          .peer = prom_amount_zero()}};
}

/* A contract that ended so. */
static inline __attribute__((unused)) prom_job_event closed(uint32_t attempt, uint8_t end)
{
    prom_job_event event = {.kind = PROM_JOB_EVENT_CLOSED,
                            .attempt = attempt,
                            .as.closed = {.end = end,
                                          .paid = prom_amount_of(end == 2 || end == 3 || end == 7 ? 1000 : 0),
                                          .gained = prom_amount_zero(),
                                          .fees = prom_amount_of(end == 0 ? 0 : 90),
                                          .height = 1}};
    for (size_t i = 0; i < PROM_PAYEES; i++) {
        event.as.closed.got[i] = prom_amount_of(end == 0 ? 0 : 10 * i);
    }
    event.as.closed.txid = end == 0 ? (prom_bytes32){{0}} : named("closing", attempt);
    return event;
}

static inline __attribute__((unused)) prom_job_event about(prom_job_event_kind kind, uint32_t attempt)
{
    return (prom_job_event){.kind = kind, .attempt = attempt};
}

static inline __attribute__((unused)) prom_job_event begun(uint32_t attempt, uint64_t contract)
{
    return (prom_job_event){.kind = PROM_JOB_EVENT_BEGUN, .attempt = attempt, .as.contract = contract};
}

static inline __attribute__((unused)) prom_job_event at_phase(uint32_t attempt, prom_attempt_phase phase)
{
    return (prom_job_event){.kind = PROM_JOB_EVENT_PHASE, .attempt = attempt, .as.phase = phase};
}

static inline __attribute__((unused)) prom_job_event lost(uint32_t attempt, prom_mishap loss)
{
    return (prom_job_event){.kind = PROM_JOB_EVENT_LOST, .attempt = attempt, .as.lost = {.mishap = loss}};
}

static inline __attribute__((unused)) prom_job_event result(uint32_t attempt)
{
    return (prom_job_event){.kind = PROM_JOB_EVENT_RESULT,
                            .attempt = attempt,
                            .as.result = {.output = named("output", attempt), .fits = true}};
}

static inline __attribute__((unused)) prom_job_event tip(uint32_t height)
{
    return (prom_job_event){.kind = PROM_JOB_EVENT_TIP, .as.tip = height};
}

/* The wants, one letter each: Place, Begin, Give up, Output, Merge. */
static inline const char *wants_of(const prom_market_job *job, char text[PROM_JOB_WANTS_MAX + 1])
{
    static prom_job_want wants[PROM_JOB_WANTS_MAX];
    const size_t count = prom_market_job_wants(job, wants);
    for (size_t i = 0; i < count; i++) {
        text[i] = "PBGOM"[wants[i].kind];
    }
    text[count] = '\0';
    return text;
}

static inline void assert_wants(const prom_market_job *job, const char *wanted)
{
    char text[PROM_JOB_WANTS_MAX + 1];
    assert_string_equal(wants_of(job, text), wanted);
}

#endif
