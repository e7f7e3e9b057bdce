#include "trade/answerer.h"

#include <stdlib.h>
#include <string.h>

#include "market/preflight.h"
#include "node/capacity.h"
#include "system/clock.h"
#include "trade/inbox.h"

enum {
    MICROSECONDS_A_TURN = 5000, /* contracts have their turn then */
    MILLION = 1000000,
    BRIEF = 136, /* of reasons, that the client is told */
    LISTS_MEMORY = 1 << 22,
};

/* Rates that were told to others, and until which height they hold. */
struct earlier {
    prom_rates rates[PROM_ROLES];
    uint32_t until;
};

struct prom_answerer {
    prom_node *node;
    prom_inbox *inbox;
    prom_arena arena; /* of the lists */
    prom_selling selling;
    struct earlier earlier[PROM_ANSWERER_EARLIER_MAX]; /* the latest first */
    size_t earlier_count;
    prom_answerer_told told;
};

/* -- What is asked about -- */

static bool is_sold(prom_role role)
{
    return role == PROM_ROLE_WORKER || role == PROM_ROLE_VERIFIER;
}

static prom_policy policy_of(const prom_answerer *it, prom_role role, const prom_node_capacity *capacity)
{
    const prom_selling *selling = &it->selling;
    return (prom_policy){.on = is_sold(role) && (prom_node_roles(it->node) & PROM_ROLE_BIT(role)) != 0,
                         .rates = is_sold(role) ? selling->rates[role] : (prom_rates){.macs = 0},
                         .contracts_max = capacity->open + capacity->room,
                         .quote_blocks = selling->quote_blocks,
                         .accepted = selling->accepted,
                         .allowed = selling->allowed,
                         .denied = selling->denied,
                         .limits = prom_node_config(it->node)->limits,
                         .peer_max = selling->standing.peer,
                         .machine = selling->machine};
}

static prom_policy_view view_of(const prom_answerer *it, const prom_bytes32 *peer, prom_role role,
                                const prom_bytes32 *p_txid, const prom_node_capacity *capacity)
{
    const prom_channel_config *config = prom_node_config(it->node);
    return (prom_policy_view){.genesis = config->genesis,
                              .signet_challenge = config->signet_challenge,
                              .curve = prom_node_curve(it->node),
                              .P = prom_node_known_p(it->node, p_txid),
                              .node = *prom_node_key(it->node),
                              .peer = peer,
                              .tip = capacity->tip,
                              .role = role,
                              .open = capacity->open,
                              .staked = prom_node_staked_with(it->node, peer),
                              .work_ahead = capacity->work_ahead,
                              .disk = capacity->disk,
                              .begins = capacity->begins,
                              .feerate = capacity->feerate,
                              .coins = 1,
                              .funds = prom_amount_zero(),
                              .fee_coin = prom_amount_zero()};
}

/* Coins are looked at last, as that is the dearest look: only for who and what is taken otherwise. */
static void add_funds(const prom_answerer *it, prom_policy_view *view, const prom_policy *policy, const prom_ask *ask)
{
    const prom_amount none = prom_amount_zero();
    const prom_amount price = prom_price_of_ask(&policy->rates, ask, view->P, none);
    const bool worker = ask->role == PROM_ROLE_WORKER;
    const prom_prices prices = {worker ? price : none, worker ? none : price};
    prom_terms terms = {.genesis = view->genesis,
                        .signet_challenge = view->signet_challenge,
                        .P = *view->P,
                        .retainer = none,
                        .feerate = view->feerate};
    prom_node_purse purse;
    prom_reward reward;
    terms.c = prom_reward_of(&reward, view->P, none, &prices) ? reward.c : reward.largest;
    prom_node_purse_for(it->node, ask->role, &terms, &purse);
    view->funds = purse.funds;
    view->fee_coin = purse.fee_coin;
    view->coins = purse.coins;
}

/* -- Answering -- */

static prom_result make_quote(const prom_answerer *it, prom_quote *quote, const prom_bytes32 *peer, const prom_ask *ask,
                              prom_error *error)
{
    prom_node_capacity capacity;
    prom_reasons reasons = {.count = 0};
    prom_bytes32 hash;
    prom_node_capacity_of(it->node, peer, ask->role, &capacity);
    const prom_policy policy = policy_of(it, ask->role, &capacity);
    prom_policy_view view = view_of(it, peer, ask->role, &ask->p_txid, &capacity);
    prom_policy_judge(&reasons, &policy, &ask->p_txid, &view);
    if (reasons.count == 0) {
        add_funds(it, &view, &policy, ask);
    }
    prom_policy_answer(quote, &policy, ask, &view);
    prom_quote_hash(&hash, quote);
    return prom_node_sign_as_itself(it->node, &quote->signature, &hash, error);
}

static void answer(prom_answerer *it, uint64_t link, const prom_ask *ask)
{
    prom_net *net = prom_node_net(it->node);
    const prom_bytes32 *peer = prom_net_node_of(net, link);
    prom_packet packet = {.kind = PROM_PACKET_QUOTE};
    prom_error ignored; /* of a machine that computes wrongly nobody gets an answer */
    if (peer == NULL || !prom_is_ok(make_quote(it, &packet.as.quote, peer, ask, &ignored)) ||
        !prom_net_put(net, link, &packet)) {
        it->told.unanswered++;
    } else if (packet.as.quote.reason_count == 0) {
        it->told.quoted++;
    } else {
        it->told.refused++;
        for (size_t i = 0; i < packet.as.quote.reason_count; i++) {
            it->told.reasons[packet.as.quote.reasons[i].code]++; /* ours: it is known */
        }
    }
}

static void take_ask(void *context, uint64_t link, const prom_packet *packet)
{
    prom_answerer *it = context;
    if (packet->kind == PROM_PACKET_ASK) {
        it->told.asks++;
        it->told.unanswered += !prom_inbox_put(it->inbox, link, &packet->as.ask, prom_clock_milliseconds());
    }
}

static void forget_link(void *context, uint64_t link)
{
    const prom_answerer *it = context;
    prom_inbox_drop(it->inbox, link);
}

static void answer_some(void *context)
{
    prom_answerer *it = context;
    uint64_t spent = 0;
    uint64_t link = 0;
    prom_ask ask;
    while (spent < MICROSECONDS_A_TURN && prom_inbox_take(it->inbox, &link, &ask, prom_clock_milliseconds())) {
        const double begun = prom_clock_seconds();
        answer(it, link, &ask);
        const uint64_t took = (uint64_t)((prom_clock_seconds() - begun) * MILLION) + 1;
        prom_inbox_spend(it->inbox, took);
        spent += took;
    }
}

/* -- Judging what is proposed -- */

static prom_result refuse(const prom_reasons *reasons, prom_error *error)
{
    char text[BRIEF];
    return prom_fail(error, PROM_CATEGORY_PEER, "%s", prom_reasons_brief(text, sizeof text, reasons));
}

/* The same that its ask was answered by. How long it takes, and what it costs, is judged once the program is here. */
static prom_result judge_begin(void *context, const prom_node_asked *asked, prom_quote_reason *why, prom_error *error)
{
    const prom_answerer *it = context;
    prom_node_capacity capacity;
    prom_reasons reasons = {.count = 0};
    prom_node_capacity_of(it->node, asked->peer, asked->role, &capacity);
    const prom_policy policy = policy_of(it, asked->role, &capacity);
    const prom_policy_view view = view_of(it, asked->peer, asked->role, &asked->terms->p_txid, &capacity);
    prom_policy_judge(&reasons, &policy, &asked->terms->p_txid, &view);
    *why = reasons.count == 0 ? (prom_quote_reason){.code = 0} : reasons.list[0];
    return reasons.count == 0 ? prom_ok() : refuse(&reasons, error);
}

/* Whether the price is in the reward by rates that were told before, and still hold. */
static bool suits_earlier(const prom_answerer *it, const prom_preflight *preflight)
{
    bool suits = false;
    for (size_t i = 0; i < it->earlier_count && !suits; i++) {
        prom_preflight by = *preflight;
        prom_preflight_found found;
        by.rates = &it->earlier[i].rates[preflight->role];
        prom_preflight_look(&found, &by);
        suits = found.reasons.count == 0 && preflight->tip <= it->earlier[i].until;
    }
    return suits;
}

/* Of several setups that began at once each is counted by now, with its own stake. */
static void judge_stake(const prom_answerer *it, prom_reasons *reasons, const prom_node_asked *asked)
{
    const prom_party party = asked->role == PROM_ROLE_WORKER ? PROM_PARTY_W : PROM_PARTY_V;
    const prom_amount stake = prom_terms_deposit(asked->terms, party);
    const prom_amount staked = prom_node_staked_with(it->node, asked->peer);
    const prom_amount others =
        prom_amount_at_least(staked, stake) ? prom_amount_subtract(staked, stake) : prom_amount_zero();
    prom_standing_need(reasons, PROM_REASON_CAP_PEER, stake, it->selling.standing.peer, others);
}

/* A client that is its own verifier pays itself, and knows what it takes: its machine must do it all the same. */
static prom_result judge_job(void *context, const prom_node_asked *asked, const prom_work *work, prom_error *error)
{
    const prom_answerer *it = context;
    prom_node_capacity capacity;
    prom_preflight_found found;
    prom_reasons staked = {.count = 0};
    if (!is_sold(asked->role)) {
        return prom_ok();
    }
    if (!asked->own) {
        judge_stake(it, &staked, asked);
    }
    if (staked.count > 0) {
        return refuse(&staked, error);
    }
    prom_node_capacity_of(it->node, asked->peer, asked->role, &capacity);
    const prom_preflight preflight = {.role = asked->role,
                                      .work = work,
                                      .terms = asked->terms,
                                      .machine = &it->selling.machine,
                                      .work_ahead = asked->work_ahead,
                                      .limits = asked->own ? NULL : &prom_node_config(it->node)->limits,
                                      .curve = prom_node_curve(it->node),
                                      .rates = asked->own ? NULL : &it->selling.rates[asked->role],
                                      .coins = 1,
                                      .tip = capacity.tip};
    prom_preflight_look(&found, &preflight);
    return found.reasons.count == 0 || (!asked->own && suits_earlier(it, &preflight)) ? prom_ok()
                                                                                      : refuse(&found.reasons, error);
}

/* -- What is sold -- */

static prom_result copy_list(prom_arena *arena, prom_key_list *list, prom_error *error)
{
    prom_bytes32 *keys = NULL;
    PROM_TRY_NEW(keys, arena, list->count, error);
    if (list->count > 0) {
        memcpy(keys, list->keys, list->count * sizeof *keys);
    }
    list->keys = keys;
    return prom_ok();
}

static prom_result copy_selling(prom_arena *arena, prom_selling *copy, const prom_selling *selling, prom_error *error)
{
    *copy = *selling;
    PROM_TRY(copy_list(arena, &copy->accepted, error));
    PROM_TRY(copy_list(arena, &copy->allowed, error));
    return copy_list(arena, &copy->denied, error);
}

static void keep_earlier(prom_answerer *it)
{
    prom_node_capacity capacity;
    struct earlier told = {.until = 0};
    prom_node_capacity_of(it->node, NULL, PROM_ROLE_WORKER, &capacity);
    memcpy(told.rates, it->selling.rates, sizeof told.rates);
    told.until = capacity.tip + it->selling.quote_blocks;
    it->earlier_count += it->earlier_count < PROM_ANSWERER_EARLIER_MAX;
    memmove(&it->earlier[1], &it->earlier[0], (it->earlier_count - 1) * sizeof told);
    it->earlier[0] = told;
}

prom_result prom_answerer_set(prom_answerer *answerer, const prom_selling *selling, prom_error *error)
{
    prom_arena arena;
    prom_selling copy;
    prom_arena_init(&arena, LISTS_MEMORY);
    const prom_result result = copy_selling(&arena, &copy, selling, error);
    if (!prom_is_ok(result)) {
        prom_arena_free(&arena);
        return result;
    }
    keep_earlier(answerer);
    prom_arena_free(&answerer->arena);
    answerer->arena = arena;
    answerer->selling = copy;
    return prom_ok();
}

const prom_selling *prom_answerer_selling(const prom_answerer *answerer)
{
    return &answerer->selling;
}

prom_answerer_told prom_answerer_tell(const prom_answerer *answerer)
{
    return answerer->told;
}

/* -- Opening -- */

static prom_result make(prom_answerer *made, const prom_selling *selling, prom_error *error)
{
    const prom_node_guest guest = {.context = made, .down = forget_link, .packet = take_ask, .turn = answer_some};
    const prom_node_judge judge = {made, judge_begin, judge_job};
    made->inbox = prom_inbox_new(prom_clock_milliseconds());
    if (made->inbox == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "the machine has nothing left for answering other nodes");
    }
    PROM_TRY(copy_selling(&made->arena, &made->selling, selling, error));
    PROM_TRY(prom_node_add_guest(made->node, &guest, error));
    prom_node_set_judge(made->node, &judge);
    return prom_ok();
}

prom_result prom_answerer_open(prom_answerer **answerer, prom_node *node, const prom_selling *selling,
                               prom_error *error)
{
    prom_answerer *made = calloc(1, sizeof *made);
    *answerer = NULL;
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "the machine has nothing left for answering other nodes");
    }
    made->node = node;
    prom_arena_init(&made->arena, LISTS_MEMORY);
    const prom_result result = make(made, selling, error);
    if (!prom_is_ok(result)) {
        prom_answerer_close(made);
        return result;
    }
    *answerer = made;
    return prom_ok();
}

void prom_answerer_close(prom_answerer *answerer)
{
    if (answerer != NULL) {
        prom_inbox_free(answerer->inbox);
        prom_arena_free(&answerer->arena);
        free(answerer);
    }
}
