#include "rpc/job_json.h"

#include <stdio.h>

#include "node/survey.h"
#include "rpc/values.h"

static const char *const STATES[PROM_JOB_STATES] = {"running", "cancelled", "ended"};
static const char *const VERIFIERS[PROM_JOB_VERIFIERS] = {"self", "market", "key"};
static const char *const PAYEES[PROM_PAYEES] = {"C", "W", "V", "A_plus", "A_minus", "F"};
static const prom_bytes32 nobody;

static json_t *key_json(const prom_bytes32 *key)
{
    char hex[PROM_HEX32];
    return prom_bytes32_equal(key, &nobody) ? json_null() : json_string(prom_hex32(hex, key));
}

static json_t *txid_json(const prom_bytes32 *txid)
{
    char hex[PROM_HEX32];
    return prom_bytes32_equal(txid, &nobody) ? json_null() : json_string(prom_hex32_reversed(hex, txid));
}

/* -- Jobs -- */

json_t *prom_job_head_json(const prom_jobs *jobs, const prom_market_job *job)
{
    const prom_job_sums sums = prom_market_job_sums(job);
    return json_pack(
        "{s:o, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:b, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:I, s:s}", "job",
        key_json(&job->order.id), "state", STATES[job->state], "end", prom_job_end_name(job->end), "items",
        (json_int_t)job->order.items, "done", (json_int_t)prom_market_job_items_done(job), "parts",
        (json_int_t)prom_market_job_batch_parts(job), "created", (json_int_t)job->created, "ended",
        (json_int_t)job->ended, "merged", (int)job->merged, "spent", prom_rpc_sat(sums.spent), "promised",
        prom_rpc_sat(sums.promised), "fees", prom_rpc_sat(sums.fees), "gained", prom_rpc_sat(sums.gained), "contract",
        txid_json(&job->order.p_txid), "verifier", VERIFIERS[job->order.verifier], "verifier_key",
        key_json(&job->order.verifier_key), "program", key_json(&job->order.program_digest), "input",
        key_json(&job->order.input_hash), "bytes", (json_int_t)prom_jobs_bytes(jobs, &job->order.id), "reduce",
        prom_joiner_name(prom_market_job_joiner(job)));
}

static json_t *part_json(const prom_market_job *job, const prom_job_part *part)
{
    json_t *failed = json_array();
    for (size_t i = 0; i < part->failed_count; i++) {
        (void)json_array_append_new(failed, key_json(&part->failed[i]));
    }
    const char *reason = part->reason != 0 ? prom_reason_name(part->reason) : NULL;
    return json_pack("{s:I, s:I, s:b, s:s, s:I, s:I, s:o, s:s?}", "first", (json_int_t)part->first, "items",
                     (json_int_t)part->items, "reduces", (int)prom_market_job_joins(job, part->first), "state",
                     prom_part_state_name(part->state), "since", (json_int_t)part->since, "attempt",
                     (json_int_t)part->attempt, "failed", failed, "reason", reason);
}

/* Blocks until the phase must be over: by the contract's deadline where there is one, else by the job's clock. */
static uint32_t blocks_left(const prom_market_job *job, const prom_attempt *attempt, const prom_deal *deal,
                            uint32_t tip)
{
    const bool computing = attempt->phase >= PROM_ATTEMPT_TRANSFER && attempt->phase <= PROM_ATTEMPT_PROOF;
    const uint32_t until =
        computing && deal->deliver_by != 0 ? deal->deliver_by : attempt->since + job->order.clocks[attempt->phase];
    return until > tip ? until - tip : 0;
}

static json_t *got_json(const prom_attempt *attempt)
{
    json_t *got = json_object();
    for (size_t i = 0; i < PROM_PAYEES; i++) {
        (void)json_object_set_new(got, PAYEES[i], prom_rpc_sat(attempt->got[i]));
    }
    return got;
}

static json_t *attempt_json(prom_jobs *jobs, const prom_ordered *ordered, const prom_attempt *attempt, uint32_t tip)
{
    const prom_market_job *job = ordered->job;
    const bool over = attempt->phase == PROM_ATTEMPT_OVER;
    char name[PROM_ATTEMPT_NAME];
    prom_error ignored;
    prom_deal deal = {.state = PROM_DEAL_NONE};
    if (!prom_is_ok(prom_jobs_deal(jobs, &deal, job, attempt->number, &ignored))) {
        deal = (prom_deal){.state = PROM_DEAL_NONE};
    }
    json_t *object = json_pack(
        "{s:I, s:I, s:I, s:o, s:o, s:s, s:s, s:I, s:I, s:b, s:b, s:b, s:s, s:o, s:o, s:o, s:o}", "attempt",
        (json_int_t)attempt->number, "first", (json_int_t)attempt->first, "items", (json_int_t)attempt->items, "worker",
        key_json(&attempt->worker), "verifier", key_json(&attempt->verifier), "channel",
        prom_attempt_name(name, &job->order.id, attempt->number), "phase", prom_attempt_phase_name(attempt->phase),
        "since", (json_int_t)attempt->since, "blocks_left",
        over ? (json_int_t)0 : (json_int_t)blocks_left(job, attempt, &deal, tip), "live", (int)attempt->live,
        "given_up", (int)attempt->given_up, "has_result", (int)attempt->has_result, "loss",
        prom_mishap_name(attempt->loss), "reward", prom_rpc_sat(ordered->terms[attempt->number - 1].c), "cost",
        prom_rpc_sat(attempt->cost), "fees", prom_rpc_sat(attempt->fees), "tx0", txid_json(&deal.tx0));
    (void)json_object_set_new(object, "scheme", deal.scheme != 0 ? json_integer((json_int_t)deal.scheme) : json_null());
    (void)json_object_set_new(object, "declined",
                              prom_rpc_reasons(&attempt->declined, attempt->declined.code != 0 ? 1 : 0));
    (void)json_object_set_new(object, "over", json_boolean(over));
    (void)json_object_set_new(object, "reduces", json_boolean(prom_market_job_joins(job, attempt->first)));
    if (over) {
        (void)json_object_set_new(object, "end", json_integer(attempt->end));
        (void)json_object_set_new(object, "paid", prom_rpc_sat(attempt->paid));
        (void)json_object_set_new(object, "gained", prom_rpc_sat(attempt->gained));
        (void)json_object_set_new(object, "got", got_json(attempt));
        (void)json_object_set_new(object, "txid", txid_json(&attempt->txid));
        (void)json_object_set_new(object, "height", json_integer((json_int_t)attempt->height));
    }
    if (deal.reason[0] != '\0') {
        (void)json_object_set_new(object, "why", json_string(deal.reason));
    }
    return object;
}

json_t *prom_job_json(prom_jobs *jobs, const prom_ordered *ordered, uint32_t tip)
{
    const prom_market_job *job = ordered->job;
    json_t *object = prom_job_head_json(jobs, job);
    json_t *parts = json_array();
    json_t *attempts = json_array();
    for (size_t i = 0; i < job->part_count; i++) {
        (void)json_array_append_new(parts, part_json(job, &job->parts[i]));
    }
    for (size_t i = 0; i < job->attempt_count; i++) {
        (void)json_array_append_new(attempts, attempt_json(jobs, ordered, &job->attempts[i], tip));
    }
    (void)json_object_set_new(object, "part_list", parts);
    (void)json_object_set_new(object, "attempts", attempts);
    (void)json_object_set_new(object, "hindrance", json_string(prom_jobs_hindrance(jobs, &job->order.id)));
    (void)json_object_set_new(object, "tip", json_integer((json_int_t)tip));
    return object;
}

static void add_line(void *context, const prom_job_line *line)
{
    (void)json_array_append_new(context,
                                json_pack("{s:o, s:I, s:s}", "part",
                                          line->part != UINT32_MAX ? json_integer((json_int_t)line->part) : json_null(),
                                          "attempt", (json_int_t)line->attempt, "text", line->text));
}

/* What the wallet paid to have coins for the job's contracts. */
static prom_result add_split_line(prom_jobs *jobs, json_t *lines, const prom_bytes32 *job, prom_error *error)
{
    char text[128];
    char sat[PROM_AMOUNT_GROUPED];
    prom_split_sums splits;
    PROM_TRY(prom_jobs_splits(jobs, job, &splits, error));
    (void)snprintf(text, sizeof text, "the wallet's coins were split for it by %zu %s, for %s sat of fees besides",
                   splits.paid, splits.paid == 1 ? "payment" : "payments", prom_amount_grouped(sat, splits.fees));
    if (splits.paid > 0) {
        (void)json_array_append_new(lines,
                                    json_pack("{s:n, s:I, s:s}", "part", "attempt", (json_int_t)0, "text", text));
    }
    return prom_ok();
}

static json_t *stakes_json(const prom_parameters *P)
{
    return P != NULL ? json_pack("{s:o, s:o}", "W", prom_rpc_sat(P->w), "V", prom_rpc_sat(P->v)) : json_null();
}

/* Who is waited for, and is not there. */
static void add_away_lines(const prom_jobs *jobs, json_t *lines, const prom_ordered *ordered)
{
    for (size_t i = 0; i < ordered->job->attempt_count; i++) {
        const prom_attempt *attempt = &ordered->job->attempts[i];
        char why[PROM_JOBS_AWAY_TEXT];
        char text[PROM_JOBS_AWAY_TEXT + 64];
        if (prom_jobs_is_away(jobs, ordered, attempt, why)) {
            (void)snprintf(text, sizeof text, "attempt %u: the worker's node is away: %s", (unsigned)attempt->number,
                           why);
            (void)json_array_append_new(lines, json_pack("{s:I, s:I, s:s}", "part", (json_int_t)attempt->first,
                                                         "attempt", (json_int_t)attempt->number, "text", text));
        }
    }
}

prom_result prom_job_add_lines(json_t *object, const prom_job_telling *telling, prom_error *error)
{
    const prom_market_job *job = telling->ordered->job;
    json_t *lines = json_array();
    (void)json_object_set_new(object, "lines", lines);
    if (!telling->receipt) {
        prom_market_job_why(job, add_line, lines);
        add_away_lines(telling->jobs, lines, telling->ordered);
        return prom_ok();
    }
    prom_market_job_receipt(job, telling->P, add_line, lines);
    (void)json_object_set_new(object, "stakes", stakes_json(telling->P));
    return add_split_line(telling->jobs, lines, &job->order.id, error);
}

/* -- The risk -- */

/* The block of the last Tx0 of the job at the latest, where it has or may get a contract that is not over; 0: none.
 * Each attempt has a time of its own, which a block more does not move. */
static uint64_t last_begins(const prom_node *node, prom_jobs *jobs, const prom_ordered *ordered)
{
    const prom_market_job *job = ordered->job;
    const uint32_t setup = prom_node_network(node)->setup_time.high;
    uint64_t last = 0;
    for (size_t i = 0; i < job->part_count; i++) {
        const bool waits = job->parts[i].state == PROM_PART_WAITING && job->state == PROM_JOB_RUNNING;
        last = waits ? (uint64_t)prom_node_tip(node) + setup : last;
    }
    for (size_t i = 0; i < job->attempt_count; i++) {
        const prom_attempt *attempt = &job->attempts[i];
        prom_deal deal = {.tx0_height = 0};
        prom_error ignored;
        if (attempt->phase == PROM_ATTEMPT_OVER) {
            continue;
        }
        const bool found = prom_is_ok(prom_jobs_deal(jobs, &deal, job, attempt->number, &ignored));
        const uint64_t at = found && deal.tx0_height != 0 ? deal.tx0_height : (uint64_t)attempt->since + setup;
        last = at > last ? at : last;
    }
    return last;
}

/* What the client's own node has at stake as a verifier, and until when at most. */
json_t *prom_job_risk_json(const prom_node *node, prom_jobs *jobs, const prom_ordered *ordered)
{
    const prom_order *order = &ordered->job->order;
    const prom_index_record *P = prom_index_find(prom_node_index(node), PROM_INDEX_P, &order->p_txid);
    prom_amount quantities[PROM_QUANTITIES];
    if (order->verifier != PROM_VERIFIER_SELF || P == NULL) {
        return json_null();
    }
    const prom_stakes stakes = {&P->P, prom_amount_of(1), ordered->wishes.retainer};
    prom_quantities_of(quantities, &stakes);
    const uint64_t begun = last_begins(node, jobs, ordered);
    const uint64_t until = begun + prom_parameters_duration(&P->P) + P->P.t4;
    return begun == 0 ? json_null()
                      : json_pack("{s:I, s:o}", "until", (json_int_t)until, "loses",
                                  prom_rpc_sat(quantities[PROM_QUANTITY_BETA_V]));
}

/* -- Quotes -- */

static json_t *asked_json(const prom_asked *asked)
{
    static const char *const states[] = {"waits", "quoted", "failed"};
    const bool quoted = asked->state == PROM_ASKED_QUOTED;
    json_t *points = json_object();
    for (unsigned part = 0; part < PROM_TRUST_PARTS; part++) {
        (void)json_object_set_new(points, prom_trust_part_name(part), json_integer(asked->reputation.points[part]));
    }
    return json_pack("{s:o, s:s, s:b, s:s, s:s, s:I, s:o, s:o, s:o, s:I, s:I, s:o}", "node", key_json(&asked->peer.key),
                     "role", prom_role_name(asked->ask.role), "named", (int)asked->peer.named, "state",
                     states[asked->state], "why", asked->why, "trust", (json_int_t)asked->reputation.trust, "points",
                     points, "stake", prom_rpc_sat(asked->chain.stake), "price_of_an_item",
                     quoted ? prom_rpc_sat(asked->quote.price) : json_null(), "begins",
                     quoted ? (json_int_t)asked->quote.begins : 0, "capacity",
                     quoted ? (json_int_t)asked->quote.capacity : 0, "reasons",
                     prom_rpc_reasons(asked->quote.reasons, quoted ? asked->quote.reason_count : 0));
}

static json_t *plan_part_json(const prom_placed *placed, const prom_plan_part *part)
{
    return json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "first", (json_int_t)part->first, "items",
                     (json_int_t)part->items, "worker", key_json(&placed->workers[part->offer]->peer.key),
                     "price_worker", prom_rpc_sat(part->price_w), "price_verifier", prom_rpc_sat(part->price_v),
                     "reward", prom_rpc_sat(part->c), "cost", prom_rpc_sat(part->cost), "fees",
                     prom_rpc_sat(part->fees), "ready", (json_int_t)part->ready);
}

/* What joins the parts: the own node, or a contract that an offer takes, or none does. */
static json_t *join_json(const prom_placed *placed)
{
    const prom_plan_join *join = &placed->plan->join;
    const bool bought = join->joiner == PROM_JOINER_CONTRACT && join->reasons.count == 0;
    if (join->joiner == PROM_JOINER_NONE) {
        return json_null();
    }
    return json_pack("{s:s, s:I, s:I, s:o, s:o, s:o}", "by", prom_joiner_name(join->joiner), "folds",
                     (json_int_t)join->parts - 1, "begins", (json_int_t)join->begins, "seconds",
                     join->joiner == PROM_JOINER_OWN && join->seconds <= INT32_MAX
                         ? json_integer((json_int_t)join->seconds)
                         : json_null(),
                     "part", bought ? plan_part_json(placed, &join->part) : json_null(), "reasons",
                     prom_rpc_reasons(join->reasons.list, join->reasons.count));
}

static json_t *refusals_json(const prom_placed *placed)
{
    json_t *list = json_array();
    for (size_t i = 0; i < placed->plan->offer_count; i++) {
        const prom_plan_verdict *verdict = &placed->plan->offers[i];
        (void)json_array_append_new(
            list, json_pack("{s:o, s:I, s:I, s:o}", "worker", key_json(&placed->workers[i]->peer.key), "parts",
                            (json_int_t)verdict->parts, "items_max", (json_int_t)verdict->items_max, "reasons",
                            prom_rpc_reasons(verdict->reasons.list, verdict->reasons.count)));
    }
    return list;
}

static json_t *plan_json(const prom_placed *placed)
{
    json_t *parts = json_array();
    if (placed->plan == NULL) {
        json_decref(parts);
        return json_null();
    }
    for (size_t i = 0; i < placed->plan->part_count; i++) {
        (void)json_array_append_new(parts, plan_part_json(placed, &placed->plan->parts[i]));
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o}", "parts", parts, "reduce", join_json(placed), "offers",
                     refusals_json(placed), "cost", prom_rpc_sat(prom_plan_cost(placed->plan)), "fees",
                     prom_rpc_sat(prom_plan_fees(placed->plan)), "left", (json_int_t)placed->plan->left, "reasons",
                     prom_rpc_reasons(placed->plan->reasons.list, placed->plan->reasons.count), "verifier",
                     placed->verifier != NULL ? key_json(&placed->verifier->peer.key) : json_null());
}

json_t *prom_quoted_json(const prom_quoted *quoted)
{
    json_t *asked = json_array();
    for (size_t i = 0; i < quoted->placing->count; i++) {
        (void)json_array_append_new(asked, asked_json(&quoted->placing->asked[i]));
    }
    return json_pack("{s:o, s:b, s:I, s:o, s:o, s:I, s:I, s:o, s:o, s:s, s:o}", "quote", key_json(&quoted->id), "over",
                     (int)quoted->over, "items", (json_int_t)quoted->sketch.order.items, "contract",
                     txid_json(&quoted->sketch.order.p_txid), "retainer", prom_rpc_sat(quoted->sketch.wishes.retainer),
                     "feerate", (json_int_t)quoted->sketch.wishes.feerate, "scheme",
                     (json_int_t)quoted->sketch.order.scheme, "asked", asked, "plan", plan_json(&quoted->placed),
                     "coins", quoted->coins, "reasons",
                     prom_rpc_reasons(quoted->placed.reasons.list, quoted->placed.reasons.count));
}

json_t *prom_job_done_json(const prom_jobs *jobs, const prom_market_job *job)
{
    json_t *list = json_array();
    char output[PATH_MAX];
    const size_t parts = prom_market_job_batch_parts(job);
    for (size_t i = 0; i < parts; i++) {
        if (job->parts[i].state == PROM_PART_DONE) {
            const bool there = prom_jobs_part_file(jobs, output, &job->order.id, &job->parts[i]);
            (void)json_array_append_new(list, json_pack("{s:I, s:I, s:s?}", "first", (json_int_t)job->parts[i].first,
                                                        "items", (json_int_t)job->parts[i].items, "output_file",
                                                        there ? output : NULL));
        }
    }
    return list;
}
