#include "rpc/channel_json.h"

#include <stdio.h>

#include "rpc/values.h"

#define EXPLAIN_BYTES ((size_t)1 << 26)

static const char *const PAYEES[PROM_PAYEES] = {"C", "W", "V", "A", "A", "F"};

static const char *state_of(const prom_channel_told *told)
{
    const prom_explanation *it = told->explanation;
    return it == NULL ? "closed" : prom_lambda_name(it->lambda);
}

static json_t *tip_json(int64_t tip)
{
    return tip == PROM_WINDOW_OPEN ? json_null() : json_integer((json_int_t)tip);
}

static json_t *txs_json(const prom_explanation *it)
{
    json_t *list = json_array();
    for (size_t i = 0; i < it->tx_count; i++) {
        char txid[PROM_HEX32];
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:I}", "name", it->txs[i].name, "txid",
                                                    prom_hex32_reversed(txid, &it->txs[i].txid), "height",
                                                    (json_int_t)it->txs[i].height));
    }
    return list;
}

static json_t *moves_json(const prom_explanation *it)
{
    json_t *list = json_array();
    for (size_t i = 0; i < it->move_count; i++) {
        const prom_explained_move *move = &it->moves[i];
        const bool money = move->due.lateness == PROM_LATE_COSTS_MONEY;
        (void)json_array_append_new(
            list, json_pack("{s:s, s:o, s:b, s:o, s:o, s:s, s:o}", "transaction", move->name, "scheme",
                            move->scheme != 0 ? json_integer(move->scheme) : json_null(), "anybody", (int)move->lasts,
                            "from_tip", move->known ? tip_json(move->due.first_tip) : json_null(), "by_block",
                            move->known ? tip_json(move->due.last_block) : json_null(), "late_costs",
                            money ? "money" : "time", "at_risk", prom_rpc_sat(move->due.at_risk)));
    }
    return list;
}

static json_t *steps_json(const prom_explanation *it)
{
    json_t *list = json_array();
    for (size_t i = 0; i < it->step_count; i++) {
        const prom_explained_step *step = &it->steps[i];
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o, s:o}", "who", prom_actor_name(step->who),
                                                    "what", step->what, "counted_from", prom_milestone_name(step->from),
                                                    "from_tip", tip_json(step->window.earliest), "to_tip",
                                                    tip_json(step->window.latest)));
    }
    return list;
}

static json_t *stakes_json(const prom_explanation *it)
{
    json_t *object = json_object();
    for (size_t i = 0; i < it->stake_count; i++) {
        const prom_explained_stake *stake = &it->stakes[i];
        (void)json_object_set_new(object, PAYEES[stake->payee],
                                  json_pack("{s:o, s:o, s:o, s:i}", "put_in", prom_rpc_sat(stake->deposit), "least",
                                            prom_rpc_sat(stake->least), "most", prom_rpc_sat(stake->most), "worst",
                                            (int)stake->worst));
    }
    return object;
}

static json_t *schemes_json(unsigned schemes)
{
    json_t *list = json_array();
    for (unsigned scheme = 1; scheme <= PROM_SCHEMES; scheme++) {
        if ((schemes >> scheme & 1) != 0) {
            (void)json_array_append_new(list, json_integer(scheme));
        }
    }
    return list;
}

static json_t *work_json(const prom_job_progress *work)
{
    static const char *const WHAT[PROM_JOBS] = {
        [PROM_JOB_OPEN_JOB] = "open", [PROM_JOB_COMPUTE] = "compute", [PROM_JOB_OPENINGS] = "openings",
        [PROM_JOB_OPEN_KEY] = "key",  [PROM_JOB_CHECK] = "check",     [PROM_JOB_RESULT] = "result",
        [PROM_JOB_KEYGEN] = "keygen",
    };
    return json_pack("{s:s, s:I, s:I}", "what", WHAT[work->job], "done", (json_int_t)work->done, "of",
                     (json_int_t)work->total);
}

/* What stands in every answer about a channel. */
static json_t *head_json(const prom_channel_told *told)
{
    const prom_explanation *it = told->explanation;
    const prom_store_channel *record = told->record;
    char id[PROM_HEX32];
    char number[24]; /* as text: programs that read all numbers as floating-point ones would round it */
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)record->number);
    json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:b}", "number", number, "name", record->name, "role",
                               prom_role_name((prom_role)record->role), "state", state_of(told), "closed",
                               (int)record->closed, "restored", (int)record->restored, "kept", it != NULL);
    (void)json_object_set_new(object, "work", told->work != NULL ? work_json(told->work) : json_null());
    if (it != NULL) {
        (void)json_object_set_new(object, "contract",
                                  it->has_id ? json_string(prom_hex32(id, &it->contract_id)) : json_null());
        (void)json_object_set_new(object, "phase", json_string(prom_setup_phase_name(it->phase)));
        (void)json_object_set_new(object, "money", json_string(it->money));
        (void)json_object_set_new(object, "scheme", it->scheme != 0 ? json_integer(it->scheme) : json_null());
        (void)json_object_set_new(object, "tip", json_integer(it->tips.best));
        (void)json_object_set_new(object, "own_tip", json_integer(it->tips.own));
        (void)json_object_set_new(object, "read_tip", json_integer(it->tips.read));
    }
    return object;
}

json_t *prom_channel_json(const prom_channel_told *told)
{
    const prom_explanation *it = told->explanation;
    json_t *object = head_json(told);
    if (it != NULL) {
        (void)json_object_set_new(object, "transactions", txs_json(it));
        (void)json_object_set_new(object, "next", moves_json(it));
        (void)json_object_set_new(object, "steps", steps_json(it));
        (void)json_object_set_new(object, "schemes", schemes_json(it->schemes));
        (void)json_object_set_new(object, "stakes", stakes_json(it));
    }
    return object;
}

static json_t *arbiter_json(const prom_explained_arbiter *arbiter)
{
    static const char *const rounds[PROM_ROUNDS] = {"package", "openings", "notice"};
    json_t *receipts = json_object();
    for (size_t i = 0; i < PROM_ROUNDS; i++) {
        if (arbiter->receipted[i]) {
            (void)json_object_set_new(
                receipts, rounds[i],
                json_pack("{s:I, s:b}", "height", (json_int_t)arbiter->height[i], "counts", (int)arbiter->counts[i]));
        }
    }
    return json_pack("{s:o, s:b, s:b}", "receipts", receipts, "answered", (int)arbiter->answered, "void",
                     (int)arbiter->voided);
}

json_t *prom_channel_why_json(const prom_channel_told *told)
{
    const prom_explanation *it = told->explanation;
    json_t *object = head_json(told);
    json_t *reasons = json_array();
    json_t *arbiters = json_array();
    for (size_t i = 0; it != NULL && i < it->reason_count; i++) {
        (void)json_array_append_new(
            reasons, json_pack("{s:s, s:s}", "about", it->reasons[i].about, "text", it->reasons[i].text));
    }
    for (size_t i = 0; it != NULL && i < it->arbiter_count; i++) {
        (void)json_array_append_new(arbiters, arbiter_json(&it->arbiters[i]));
    }
    (void)json_object_set_new(object, "reasons", reasons);
    (void)json_object_set_new(object, "arbiters", arbiters);
    return object;
}

/* -- Of a node -- */

struct listing {
    prom_look *look;
    json_t *list;
    uint64_t after;
    size_t most;
    bool more;
    uint64_t last;
};

static prom_result explain(prom_look *look, prom_arena *arena, prom_channel_told *told, prom_job_progress *work,
                           const prom_store_channel *record, prom_error *error)
{
    *told = (prom_channel_told){record, NULL, prom_look_work(look, work, record) ? work : NULL};
    return prom_look_explain(look, arena, &told->explanation, record, error);
}

static prom_result list_one(void *context, const prom_store_channel *record, prom_error *error)
{
    struct listing *listing = context;
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_channel_told told;
    prom_job_progress work;
    prom_error reason;
    if (record->number <= listing->after || listing->more) {
        return prom_ok();
    }
    if (json_array_size(listing->list) == listing->most) {
        listing->more = true;
        return prom_ok();
    }
    prom_arena_init(&arena, EXPLAIN_BYTES);
    /* One that cannot be read hides no other. */
    const prom_result explained = explain(listing->look, &arena, &told, &work, record, &reason);
    listing->last = record->number;
    json_t *object = prom_channel_json(&told);
    if (!prom_is_ok(explained)) {
        (void)json_object_set_new(object, "unreadable", json_string(reason.sentence));
    }
    return json_array_append_new(listing->list, object) == 0 ? prom_ok()
                                                             : prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
}

prom_result prom_channel_list_json(prom_look *look, json_t **result, uint64_t after, size_t most, prom_error *error)
{
    struct listing listing = {.look = look, .list = json_array(), .after = after, .most = most};
    char last[24];
    *result = NULL;
    const prom_result listed = prom_look_each(look, list_one, &listing, error);
    if (!prom_is_ok(listed)) {
        json_decref(listing.list);
        return listed;
    }
    (void)snprintf(last, sizeof last, "%llu", (unsigned long long)listing.last);
    *result = json_pack("{s:s, s:o, s:o}", "network", prom_look_network(look)->name, "channels", listing.list, "next",
                        listing.more ? json_string(last) : json_null());
    return prom_ok();
}

prom_result prom_channel_show_json(prom_look *look, json_t **result, const char *id, bool why, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_store_channel record;
    prom_channel_told told;
    prom_job_progress work;
    *result = NULL;
    prom_arena_init(&arena, EXPLAIN_BYTES);
    PROM_TRY(prom_look_find(look, &record, id, error));
    PROM_TRY(explain(look, &arena, &told, &work, &record, error));
    *result = why ? prom_channel_why_json(&told) : prom_channel_json(&told);
    return prom_ok();
}
