#include "outlook/explain.h"

#include <stdio.h>

#include "outlook/prospects.h"
#include "outlook/words.h"
#include "prometheus/contract/deadline.h"
#include "prometheus/contract/draw.h"
#include "prometheus/scheme/scheme.h"

static json_t *json_m(uint32_t m)
{
    return m == 0 ? json_null() : json_integer(m);
}

static json_t *json_text(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

static json_t *json_endings(const prom_contract_ending *endings, size_t count)
{
    static const char *const names[PROM_PAYEES] = {"C", "W", "V", "A_plus", "A_minus", "F"};
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *payouts = json_object();
        for (size_t j = 0; j < PROM_PAYEES; j++) {
            (void)json_object_set_new(payouts, names[j], prom_contract_amount_json(endings[i].payouts.to[j]));
        }
        (void)json_array_append_new(list, json_pack("{s:i, s:o, s:o}", "id", (int)endings[i].scheme, "m",
                                                    json_m(endings[i].m), "payouts", payouts));
    }
    return list;
}

static json_t *json_names(const prom_contract_path *path)
{
    json_t *list = json_array();
    for (size_t i = 0; i < path->count; i++) {
        (void)json_array_append_new(list, json_string(path->steps[i]->name));
    }
    return list;
}

static json_t *json_loss(const prom_contract_loss *loss)
{
    const prom_contract_path path = prom_contract_path_to(loss->step);
    return json_pack("{s:o, s:i, s:o, s:o, s:o, s:o}", "loses", prom_contract_amount_json(loss->loses), "scheme",
                     (int)loss->step->tx->scheme, "transactions", json_names(&path), "by",
                     prom_contract_signers_json(path.by), "without", prom_contract_signers_json(path.without), "shows",
                     json_text(prom_contract_shows(loss->step->tx)));
}

static prom_result json_losses(json_t **list, const prom_contract_outlook *outlook, prom_error *error)
{
    static const char *const losers[PROM_LOSERS] = {"C", "W", "V", "A"};
    json_auto_t *all = json_array();
    for (prom_contract_loser loser = PROM_LOSER_C; loser < PROM_LOSERS; loser++) {
        prom_contract_loss losses[PROM_CONTRACT_STEPS];
        size_t count = 0;
        json_t *ways = json_array();
        json_t *party =
            json_pack("{s:s, s:o, s:o}", "party", losers[loser], "deposit",
                      prom_contract_amount_json(prom_contract_deposit(outlook->terms, loser)), "ways", ways);
        (void)json_array_append_new(all, party);
        PROM_TRY(prom_contract_losses(outlook, loser, losses, &count, error));
        for (size_t i = 0; i < count; i++) {
            (void)json_array_append_new(ways, json_loss(&losses[i]));
        }
        (void)json_object_set_new(party, "worst",
                                  prom_contract_amount_json(count > 0 ? losses[0].loses : prom_amount_zero()));
    }
    *list = json_incref(all);
    return prom_ok();
}

/* What a transaction waits for beside time: "V" (its signature), "h_p", "k_p", "Y" (the arbiters' signature). */
static json_t *json_waits(const prom_tree_tx *tx)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {{PROM_WAITS_V, "V"}, {PROM_WAITS_H_P, "h_p"}, {PROM_WAITS_K_P, "k_p"}, {PROM_WAITS_Y, "Y"}};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if ((tx->waits_for & names[i].bit) != 0) {
            (void)json_array_append_new(list, json_string(names[i].name));
        }
    }
    return list;
}

static json_t *json_step(const prom_contract_step *step)
{
    const prom_tree_tx *tx = step->tx;
    return json_pack("{s:s, s:o, s:i, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:o}",       //
                     "name", step->name,                                                             //
                     "m", json_m(step->m),                                                           //
                     "count", (int)step->count,                                                      //
                     "scheme", tx->scheme == 0 ? json_null() : json_integer((json_int_t)tx->scheme), //
                     "stage", (int)prom_contract_stage(tx),                                          //
                     "spends", json_text(step->spends),                                              //
                     "presigned_by", prom_contract_signers_json(prom_contract_presigned_by(tx)),     //
                     "completed_by", prom_contract_signers_json(prom_contract_completed_by(tx)),     //
                     "waits_for", json_waits(tx),                                                    //
                     "without", prom_contract_signers_json(step->without),                           //
                     "shows", json_text(prom_contract_shows(tx)),                                    //
                     "weight", (json_int_t)tx->weight,                                               //
                     "vsize", (json_int_t)prom_vsize(tx->weight),                                    //
                     "fee", prom_contract_amount_json(tx->fee));
}

/* What each has to do and when, by the table that the channel keeps. Tips are counted from the block of `after`. */
static json_t *json_duties(const prom_terms *terms)
{
    const prom_chain_parameters *network = prom_terms_network(terms);
    json_t *list = json_array();
    for (prom_deadline_id id = 0; id < PROM_DEADLINES; id++) {
        const prom_deadline *duty = prom_deadline_of(id);
        const prom_tip_window window = prom_deadline_window(id, &terms->P, network, 0);
        if (duty->sampled && terms->P.varsigma == PROM_BASIS_POINTS_ONE) {
            continue;
        }
        json_t *last = window.latest == PROM_WINDOW_OPEN ? json_null() : json_integer(window.latest);
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I, s:o}", "who", prom_actor_name(duty->who),
                                                    "does", duty->what, "after", prom_milestone_name(duty->from),
                                                    "first_tip", (json_int_t)window.earliest, "last_tip", last));
    }
    return list;
}

static json_t *json_deadline(const char *name, const char *after, uint32_t blocks)
{
    return json_pack("{s:s, s:s, s:I, s:f}", "transaction", name, "after", after, "blocks", (json_int_t)blocks, "hours",
                     prom_contract_hours(blocks));
}

static json_t *json_path(const prom_contract_step *step)
{
    const prom_contract_path path = prom_contract_path_to(step);
    return json_pack("{s:i, s:o, s:o, s:I, s:o, s:o, s:I, s:f, s:I, s:f}",    //
                     "scheme", (int)step->tx->scheme,                         //
                     "m", json_m(step->m),                                    //
                     "transactions", json_names(&path),                       //
                     "vsize", (json_int_t)path.vsize,                         //
                     "fee", prom_contract_amount_json(path.fee),              //
                     "anchors",                                               //
                     prom_contract_amount_json(prom_contract_anchors(&path)), //
                     "earliest_blocks", (json_int_t)path.earliest,            //
                     "earliest_hours", prom_contract_hours(path.earliest),    //
                     "latest_blocks", (json_int_t)path.latest,                //
                     "latest_hours", prom_contract_hours(path.latest));
}

/* Transactions, deadlines and paths of the answer. */
static void add_steps(json_t *answer, const prom_contract_outlook *outlook)
{
    json_t *transactions = json_array();
    json_t *deadlines = json_array();
    json_t *paths = json_array();
    for (size_t i = 0; i < outlook->step_count; i++) {
        const prom_contract_step *step = &outlook->steps[i];
        (void)json_array_append_new(transactions, json_step(step));
        if (step->lock != 0) {
            (void)json_array_append_new(deadlines, json_deadline(step->name, step->parent->name, step->lock));
        }
        if (step->tx->scheme != 0) {
            (void)json_array_append_new(paths, json_path(step));
        }
    }
    (void)json_object_set_new(answer, "transactions", transactions);
    (void)json_object_set_new(answer, "deadlines", deadlines);
    (void)json_object_set_new(answer, "paths", paths);
    (void)json_object_set_new(answer, "duties", json_duties(outlook->terms));
}

/* What each ending moves, and what it costs at some feerates. */
static prom_result json_costs(json_t **list, const prom_contract_outlook *outlook, prom_error *error)
{
    json_auto_t *all = json_array();
    for (size_t i = 0; i < outlook->step_count; i++) {
        const prom_contract_step *step = &outlook->steps[i];
        const prom_contract_path path = prom_contract_path_to(step);
        json_t *costs = json_array();
        prom_amount moves = prom_amount_zero();
        json_t *entry =
            json_pack("{s:i, s:o, s:o}", "scheme", (int)step->tx->scheme, "m", json_m(step->m), "at", costs);
        if (step->tx->scheme == 0) {
            json_decref(entry);
            continue;
        }
        (void)json_array_append_new(all, entry);
        PROM_TRY(prom_contract_moves(&moves, outlook, step, error));
        (void)json_object_set_new(entry, "moves", prom_contract_amount_json(moves));
        for (size_t j = 0; j < PROM_CONTRACT_FEERATES; j++) {
            const prom_amount cost = prom_contract_cost(&path, prom_contract_feerates[j]);
            (void)json_array_append_new(costs,
                                        json_pack("{s:I, s:o, s:b}", "feerate", (json_int_t)prom_contract_feerates[j],
                                                  "costs", prom_contract_amount_json(cost), "more_than_it_moves",
                                                  prom_amount_above(cost, moves)));
        }
    }
    *list = json_incref(all);
    return prom_ok();
}

static json_t *json_chances(const prom_parameters *P)
{
    json_t *list = json_array();
    for (size_t i = 0; i < PROM_CONTRACT_SHARES; i++) {
        const double share = (double)prom_contract_shares[i] / 100;
        (void)json_array_append_new(list, json_pack("{s:f, s:f}", "share", share, "chance",
                                                    prom_pool_chance_of_share(P->n, prom_parameters_quorum(P), share)));
    }
    return list;
}

static json_t *json_lies(const prom_contract_job *job)
{
    json_t *list = json_array();
    for (size_t i = 0; i < PROM_CONTRACT_LIES; i++) {
        (void)json_array_append_new(
            list, json_pack("{s:I, s:f}", "wrong", (json_int_t)job->lies[i].wrong, "found", job->lies[i].found));
    }
    return list;
}

static json_t *json_job(const prom_terms *terms)
{
    const prom_contract_job job = prom_contract_job_fit(terms);
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:i, s:I, s:o, s:o, s:I, s:o}",                                  //
                     "scheme", prom_scheme_by_number(terms->job.scheme)->name,                                   //
                     "program_bytes", (json_int_t)terms->job.program_bytes,                                      //
                     "input_bytes", (json_int_t)terms->job.input_bytes,                                          //
                     "items", (json_int_t)terms->job.items,                                                      //
                     "package_bytes", (json_int_t)terms->package_max,                                            //
                     "rounds", job.two_rounds ? 2 : 1,                                                           //
                     "bytes_per_second", (json_int_t)PROM_CONTRACT_LINE,                                         //
                     "compute_seconds", job.fits ? json_integer((json_int_t)job.compute_seconds) : json_null(),  //
                     "verify_seconds", job.fetched ? json_integer((json_int_t)job.verify_seconds) : json_null(), //
                     "checked", (json_int_t)job.checked,                                                         //
                     "lies", json_lies(&job));
}

/* What an explanation says beside the steps. */
static prom_result add_prospects(json_t *answer, const prom_contract_outlook *outlook, prom_error *error)
{
    const prom_terms *terms = outlook->terms;
    prom_bytes32 F;
    char hex[PROM_HEX32];
    PROM_TRY(prom_parameters_fund(outlook->curve, &F, &terms->P, error));
    const prom_amount alone = prom_amount_add(prom_contract_deposit(terms, PROM_LOSER_C), terms->P.v);
    (void)json_object_set_new(answer, "retainer", prom_contract_amount_json(terms->retainer));
    (void)json_object_set_new(answer, "client_as_verifier_locks", prom_contract_amount_json(alone));
    (void)json_object_set_new(answer, "fund_is_nobodys", json_boolean(prom_bytes32_equal(&F, &terms->P.F)));
    (void)json_object_set_new(answer, "nobodys_fund", json_string(prom_hex32(hex, &F)));
    (void)json_object_set_new(answer, "chances", json_chances(&terms->P));
    (void)json_object_set_new(answer, "job", json_job(terms));
    return prom_ok();
}

prom_result prom_contract_explain_json(json_t **answer, const prom_contract_outlook *outlook,
                                       const prom_contract_verdict *verdict, prom_error *error)
{
    const prom_terms *terms = outlook->terms;
    prom_contract_ending endings[PROM_CONTRACT_ENDINGS];
    size_t count = 0;
    char encoding[PROM_CONTRACT_ENCODING];
    json_auto_t *losses = NULL;
    json_auto_t *costs = NULL;
    PROM_TRY(prom_contract_endings(endings, &count, outlook, error));
    PROM_TRY(prom_contract_encoding(encoding, &terms->P, error));
    PROM_TRY(json_losses(&losses, outlook, error));
    PROM_TRY(json_costs(&costs, outlook, error));
    json_auto_t *all = json_pack("{s:s, s:s, s:i, s:{s:o, s:o}, s:{s:I, s:o, s:o, s:o}, s:o, s:O, s:O}",      //
                                 "network", prom_terms_network(terms)->name,                                  //
                                 "encoding", encoding,                                                        //
                                 "k", (int)prom_parameters_quorum(&terms->P),                                 //
                                 "shares",                                                                    //
                                 "W", prom_contract_amount_json(prom_share_of_worker(&terms->P, terms->c)),   //
                                 "V", prom_contract_amount_json(prom_share_of_verifier(&terms->P, terms->c)), //
                                 "fees",                                                                      //
                                 "feerate", (json_int_t)terms->feerate,                                       //
                                 "tx0", prom_contract_amount_json(outlook->steps[0].tx->fee),                 //
                                 "reserve", prom_contract_amount_json(outlook->tree->reserve),                //
                                 "most", prom_contract_amount_json(prom_contract_client_fees(outlook)),       //
                                 "schemes", json_endings(endings, count),                                     //
                                 "losses", losses, "costs", costs);
    add_steps(all, outlook);
    PROM_TRY(add_prospects(all, outlook, error));
    (void)json_object_set_new(all, "game", prom_contract_verdict_json(verdict));
    *answer = json_incref(all);
    return prom_ok();
}
