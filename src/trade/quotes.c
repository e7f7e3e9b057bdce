/* Quotes: a round of asking and a plan that nothing comes of, in memory alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/random.h"
#include "trade/jobs_parts.h"

static void free_quote(struct quote *quote)
{
    if (quote != NULL) {
        prom_arena_free(&quote->arena);
        free(quote);
    }
}

void prom_jobs_drop_quotes(prom_jobs *jobs)
{
    for (size_t i = 0; i < jobs->quote_count; i++) {
        free_quote(jobs->quotes[i]);
    }
    jobs->quote_count = 0;
}

static void add_quote(prom_jobs *jobs, struct quote *quote)
{
    if (jobs->quote_count == PROM_JOBS_QUOTES_MAX) {
        free_quote(jobs->quotes[0]);
        jobs->quote_count--;
        memmove(jobs->quotes, jobs->quotes + 1, jobs->quote_count * sizeof(struct quote *));
    }
    jobs->quotes[jobs->quote_count++] = quote;
}

/* The program is the quote's from now on. A quote stays until others take its place, and has no use for the batch. */
static prom_result begin_quote(prom_jobs *jobs, struct quote *quote, prom_errand *loaded,
                               const prom_job_request *request, prom_error *error)
{
    const prom_trade_market market = prom_jobs_market(jobs);
    prom_sketch *sketch = &quote->quoted.sketch;
    PROM_TRY(prom_jobs_sketch(jobs, sketch, loaded, request, error));
    quote->arena = loaded->arena;
    loaded->arena = (prom_arena){0};
    prom_placing_subject subject = {.order = &sketch->order,
                                    .wishes = &sketch->wishes,
                                    .work = sketch->batch.work,
                                    .terms = &sketch->terms,
                                    .items = sketch->order.items};
    PROM_TRY(prom_jobs_spent(jobs, NULL, &subject.spent, error));
    quote->quoted.id = prom_random_bytes32();
    quote->quoted.placing = &quote->placing;
    return prom_placing_begin(&quote->placing, &market, &subject, error);
}

static prom_result quote_staged(prom_jobs *jobs, prom_bytes32 *id, struct staged *staged,
                                const prom_job_request *request, prom_error *error)
{
    struct quote *quote = calloc(1, sizeof *quote);
    if (quote == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    const prom_result begun = begin_quote(jobs, quote, staged->errand, request, error);
    if (!prom_is_ok(begun)) {
        free_quote(quote);
        return begun;
    }
    *id = quote->quoted.id;
    add_quote(jobs, quote);
    return prom_ok();
}

prom_result prom_jobs_quote(prom_jobs *jobs, prom_bytes32 *id, bool *later, const prom_job_request *request,
                            prom_error *error)
{
    struct staged *staged = NULL;
    PROM_TRY(prom_sketch_check(jobs->options.node, request, error));
    PROM_TRY(prom_jobs_stage(jobs, &staged, request, PROM_STAGED_QUOTE, error));
    *later = staged == NULL;
    if (*later) {
        return prom_ok();
    }
    const prom_result result = quote_staged(jobs, id, staged, request, error);
    prom_jobs_unstage(jobs, staged);
    return result;
}

const prom_quoted *prom_jobs_quoted(const prom_jobs *jobs, const prom_bytes32 *id)
{
    for (size_t i = 0; i < jobs->quote_count; i++) {
        if (prom_bytes32_equal(&jobs->quotes[i]->quoted.id, id)) {
            return &jobs->quotes[i]->quoted;
        }
    }
    return NULL;
}

/* One that cannot be planned has no plan. */
static void plan(prom_jobs *jobs, struct quote *quote)
{
    prom_planned planned;
    prom_error ignored;
    if (prom_is_ok(prom_jobs_plan(jobs, NULL, &quote->placing, &quote->arena, &planned, &ignored))) {
        quote->quoted.placed = planned.placed;
        (void)snprintf(quote->quoted.coins, sizeof quote->quoted.coins, "%s", planned.text);
    }
    quote->quoted.over = true;
}

void prom_jobs_turn_quotes(prom_jobs *jobs)
{
    const prom_trade_market market = prom_jobs_market(jobs);
    for (size_t i = 0; i < jobs->quote_count; i++) {
        struct quote *quote = jobs->quotes[i];
        if (!quote->quoted.over && prom_placing_is_over(&quote->placing) &&
            !prom_placing_renew(&quote->placing, &market)) {
            plan(jobs, quote);
        }
    }
}
