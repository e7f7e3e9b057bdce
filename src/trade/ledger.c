#include "trade/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "trade/order.h"

#define JOB_BYTES ((size_t)1 << 24)

struct entry {
    prom_bytes32 node;
    prom_history history;
    prom_amount spent;
};

/* What ended in one block. */
struct day {
    uint32_t height;
    prom_amount cost;
};

struct prom_ledger {
    struct entry nodes[PROM_LEDGER_NODES_MAX];
    size_t node_count;
    struct day days[PROM_LEDGER_DAY]; /* a ring: that of height h at h % PROM_LEDGER_DAY */
};

static struct entry *entry_of(prom_ledger *ledger, const prom_bytes32 *node)
{
    for (size_t i = 0; i < ledger->node_count; i++) {
        if (prom_bytes32_compare_vartime(&ledger->nodes[i].node, node) == 0) {
            return &ledger->nodes[i];
        }
    }
    if (ledger->node_count == PROM_LEDGER_NODES_MAX) {
        return NULL;
    }
    struct entry *made = &ledger->nodes[ledger->node_count++];
    *made = (struct entry){.node = *node, .history = prom_history_empty(), .spent = prom_amount_zero()};
    return made;
}

/* Whether the node had a part in an earlier attempt: of each the job tells once. */
static bool is_repeated(const prom_market_job *job, size_t attempt, const prom_bytes32 *node)
{
    for (size_t i = 0; i < attempt; i++) {
        if (prom_bytes32_compare_vartime(&job->attempts[i].worker, node) == 0 ||
            prom_bytes32_compare_vartime(&job->attempts[i].verifier, node) == 0) {
            return true;
        }
    }
    return false;
}

static void add_node(prom_ledger *ledger, const prom_market_job *job, size_t attempt, const prom_bytes32 *node)
{
    static const prom_bytes32 own;
    const bool counts = !prom_bytes32_equal(node, &own) && !is_repeated(job, attempt, node);
    struct entry *entry = counts ? entry_of(ledger, node) : NULL;
    if (entry != NULL) {
        prom_history_add(&entry->history, job, node);
        entry->spent = prom_amount_add(entry->spent, prom_market_job_with(job, node));
    }
}

void prom_ledger_add(prom_ledger *ledger, const prom_market_job *job)
{
    const prom_job_sums sums = prom_market_job_sums(job);
    struct day *day = &ledger->days[job->ended % PROM_LEDGER_DAY];
    if (job->ended >= day->height) {
        if (job->ended > day->height) {
            *day = (struct day){job->ended, prom_amount_zero()};
        }
        day->cost = prom_amount_add(day->cost, prom_amount_add(sums.spent, sums.fees));
    }
    for (size_t i = 0; i < job->attempt_count; i++) {
        add_node(ledger, job, i, &job->attempts[i].worker);
        add_node(ledger, job, i, &job->attempts[i].verifier);
    }
}

static prom_result read_job(void *context, const prom_store_job *record, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_ordered *ordered = NULL;
    (void)error;
    prom_arena_init(&arena, JOB_BYTES);
    if (record->ended && prom_is_ok(prom_ordered_read(&arena, &ordered, record->bytes, NULL))) {
        prom_ledger_add(context, ordered->job);
    }
    return prom_ok();
}

prom_result prom_ledger_open(prom_ledger **ledger, prom_store *store, prom_error *error)
{
    *ledger = calloc(1, sizeof **ledger);
    if (*ledger == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    const prom_result read = prom_store_job_each(store, false, read_job, *ledger, error);
    if (!prom_is_ok(read)) {
        prom_ledger_close(*ledger);
        *ledger = NULL;
    }
    return read;
}

void prom_ledger_close(prom_ledger *ledger)
{
    free(ledger);
}

void prom_ledger_of(const prom_ledger *ledger, prom_history *history, prom_amount *spent, const prom_bytes32 *node)
{
    for (size_t i = 0; i < ledger->node_count; i++) {
        const struct entry *entry = &ledger->nodes[i];
        if (prom_bytes32_compare_vartime(&entry->node, node) == 0) {
            history->done += entry->history.done;
            history->setups += entry->history.setups;
            history->silent += entry->history.silent;
            history->bad += entry->history.bad;
            history->lied += entry->history.lied;
            history->undecided += entry->history.undecided;
            history->volume = prom_amount_add(history->volume, entry->history.volume);
            history->last_fault =
                history->last_fault > entry->history.last_fault ? history->last_fault : entry->history.last_fault;
            *spent = prom_amount_add(*spent, entry->spent);
        }
    }
}

prom_amount prom_ledger_day(const prom_ledger *ledger, uint32_t tip)
{
    prom_amount sum = prom_amount_zero();
    for (size_t i = 0; i < PROM_LEDGER_DAY; i++) {
        const struct day *day = &ledger->days[i];
        if (day->height > 0 && (uint64_t)day->height + PROM_LEDGER_DAY > tip) { /* above the tip: a reorganisation */
            sum = prom_amount_add(sum, day->cost);
        }
    }
    return sum;
}
