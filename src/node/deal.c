#include "node/deal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "node/beginning.h"
#include "node/look.h"
#include "prometheus/bitcoin/script.h"

#define LOAD_BYTES ((size_t)1 << 26)

/* -- What it says of the contract -- */

/* Both of us where the client is its own verifier. */
static bool is_ours(const prom_node *node, const prom_channel *channel, size_t party)
{
    return party == PROM_PARTY_C ||
           (party == PROM_PARTY_V &&
            prom_bytes32_equal(&channel->facts.nodes[PROM_PARTY_V].key, &node->key.public_key));
}

static prom_result paid_to(prom_arena *arena, prom_amount *sum, const prom_tx *tx, const prom_bytes32 *key,
                           prom_error *error)
{
    prom_span script;
    PROM_TRY(prom_script_p2tr(arena, &script, key, error));
    for (size_t i = 0; i < tx->output_count; i++) {
        if (prom_span_equal(tx->outputs[i].script, script)) {
            *sum = prom_amount_add(*sum, tx->outputs[i].value);
        }
    }
    return prom_ok();
}

/* What the contract took from us and gave to us: as its transactions say, with fees, and as its scheme says, without.
 */
static prom_result count_money(const prom_node *node, prom_arena *arena, prom_deal *deal, const prom_channel *channel,
                               const prom_tree_tx *closing, prom_error *error)
{
    const prom_terms *terms = &channel->terms;
    const prom_stakes stakes = {&terms->P, terms->c, terms->retainer};
    prom_payouts payouts;
    prom_amount in = prom_amount_zero();
    prom_amount out = prom_amount_zero();
    prom_amount put = prom_amount_zero();
    prom_amount got = prom_amount_zero();
    PROM_TRY(prom_payouts_of(&payouts, &stakes, closing->scheme, prom_arbiters_count(closing->deciders), error));
    memcpy(deal->got, payouts.to, sizeof deal->got);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        if (is_ours(node, channel, i)) {
            in = prom_amount_add(in, prom_coins_sum(&terms->parties[i]));
            PROM_TRY(paid_to(arena, &out, channel->tree->tx[PROM_TX0].tx, &terms->parties[i].change, error));
            PROM_TRY(paid_to(arena, &out, closing->tx, &terms->parties[i].payout, error));
            put = prom_amount_add(put, prom_terms_deposit(terms, (prom_party)i));
            got = prom_amount_add(got, payouts.to[i]);
        }
    }
    const bool lost = prom_amount_above(put, got);
    deal->paid = lost ? prom_amount_subtract(put, got) : prom_amount_zero();
    deal->gained = lost ? prom_amount_zero() : prom_amount_subtract(got, put);
    deal->fees = prom_amount_subtract(prom_amount_subtract(prom_amount_add(in, deal->gained), out), deal->paid);
    if (!prom_amount_is_valid(deal->fees)) {
        deal->fees = prom_amount_zero(); /* somebody else has paid to a key of ours in it */
    }
    return prom_ok();
}

static prom_result find_settlement(const prom_node *node, prom_arena *arena, prom_deal *deal,
                                   const prom_channel *channel, prom_error *error)
{
    const prom_spend *spent = channel->facts.batches[0].money.spent;
    deal->scheme = prom_channel_scheme(channel, 0);
    for (size_t i = 0; i < PROM_TREE_OUTPUTS && deal->scheme != 0; i++) {
        if (spent[i].there && spent[i].tx < channel->tree->tx_count && channel->tree->tx[spent[i].tx].scheme != 0) {
            deal->settled_by = spent[i].txid;
            deal->settled_height = spent[i].height;
            PROM_TRY(count_money(node, arena, deal, channel, &channel->tree->tx[spent[i].tx], error));
        }
    }
    return prom_ok();
}

static void find_delivery(prom_deal *deal, const prom_channel *channel)
{
    const prom_evidence *statements = &channel->facts.batches[0].evidence.statements;
    bool rounds[2] = {false, false};
    for (size_t i = 0; i < statements->count; i++) {
        const prom_attestation *said = &statements->list[i];
        if (said->kind == PROM_ATTESTATION_PACKAGE) {
            rounds[said->as.package.round == PROM_ROUND_A ? 0 : 1] = true;
        }
    }
    deal->delivered = rounds[0];
    deal->opened = rounds[0] && (rounds[1] || channel->terms.P.varsigma == PROM_BASIS_POINTS_ONE);
}

/* What the verifier in us has found, before the chain says it. */
static prom_deal_loss loss_of_verdict(const prom_node *node, const prom_channel *channel)
{
    const prom_node_channel *own =
        prom_node_sibling(node, &channel->facts.client, NULL, PROM_ROLE_BIT(PROM_ROLE_VERIFIER));
    if (own == NULL || own->channel->facts.batches[0].money.verdict != PROM_VERDICT_ACCUSE) {
        return PROM_DEAL_LOSS_NONE;
    }
    switch (own->channel->facts.batches[0].money.verdict_reason) {
    case PROM_REASON_TWO_PACKAGES:
    case PROM_REASON_TWO_NOTICES:
    case PROM_REASON_BAD:
        return PROM_DEAL_LOSS_BAD;
    case PROM_REASON_NO_PACKAGE:
    case PROM_REASON_NOTICE:
    case PROM_REASON_BLOCK:
    case PROM_REASON_FEW_RECEIPTS:
    case PROM_REASON_KEY_NOT_SHOWN:
        return PROM_DEAL_LOSS_SILENT;
    case PROM_REASON_GOOD:
    case PROM_REASON_NOT_CHECKED:
        break;
    }
    return PROM_DEAL_LOSS_NONE;
}

/* A worker that is accused and does not appeal has delivered nothing, as far as we know. A package that is here shows
 * nothing else: a verifier may accuse a good one while its worker is away. Our own check does (find_loss). */
static prom_deal_loss loss_without_appeal(const prom_node *node, const prom_channel *channel)
{
    const prom_deal_loss found = loss_of_verdict(node, channel);
    return found != PROM_DEAL_LOSS_NONE ? found : PROM_DEAL_LOSS_SILENT;
}

static prom_deal_loss loss_of_scheme(const prom_node *node, const prom_channel *channel, unsigned scheme)
{
    static const prom_deal_loss of_scheme[PROM_SCHEMES + 1] = {
        [1] = PROM_DEAL_LOSS_SILENT, [5] = PROM_DEAL_LOSS_UNDECIDED, [6] = PROM_DEAL_LOSS_BAD};
    return scheme == 4 ? loss_without_appeal(node, channel) : of_scheme[scheme];
}

static void find_loss(const prom_node *node, prom_deal *deal, const prom_channel *channel)
{
    deal->loss = deal->state == PROM_DEAL_SETTLED && deal->scheme != 0 ? loss_of_scheme(node, channel, deal->scheme)
                                                                       : loss_of_verdict(node, channel);
    if ((deal->loss == PROM_DEAL_LOSS_NONE || deal->loss == PROM_DEAL_LOSS_SILENT) && deal->scheme != 0 &&
        channel->facts.batches[0].evidence.result == PROM_CHECKED_BAD) {
        deal->loss = PROM_DEAL_LOSS_BAD; /* our own check says so, whoever signed for it */
    }
}

static bool is_deep(const prom_node *node, uint32_t height)
{
    return node->best_tip >= height && node->best_tip - height + 1 >= node->network->safety_margin;
}

static prom_deal_state state_of(const prom_node *node, const prom_deal *deal, const prom_facts *facts)
{
    if (facts->setup.phase == PROM_SETUP_NEW) {
        return deal->closed ? PROM_DEAL_NONE : PROM_DEAL_NEW;
    }
    if (facts->setup.phase != PROM_SETUP_GIVEN) {
        return facts->setup.phase == PROM_SETUP_OVER ? PROM_DEAL_ENDED : PROM_DEAL_SETUP;
    }
    const bool spoilt = facts->spoilt.there && is_deep(node, facts->spoilt.height);
    const bool settled = deal->scheme != 0 && is_deep(node, deal->settled_height);
    return spoilt || settled || deal->closed ? PROM_DEAL_SETTLED : PROM_DEAL_LIVE;
}

static void find_result(const prom_node *node, prom_deal *deal, const prom_facts *facts)
{
    struct stat status;
    deal->result = facts->batches[0].evidence.result_open &&
                   prom_is_ok(prom_node_output_path(node, deal->output, facts, NULL)) &&
                   stat(deal->output, &status) == 0 && S_ISREG(status.st_mode);
}

static prom_result tell(const prom_node *node, prom_deal *deal, const prom_channel *channel, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_facts *facts = &channel->facts;
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    (void)snprintf(deal->reason, sizeof deal->reason, "%s", facts->setup.reason);
    if (channel->tree != NULL) {
        deal->tx0 = channel->tree->tx[PROM_TX0].txid;
        PROM_TRY(find_settlement(node, &arena, deal, channel, error));
    }
    if (facts->tx0.there) {
        deal->tx0_height = facts->tx0.height;
        const prom_parameters *P = &channel->terms.P;
        deal->compute_from =
            (uint32_t)prom_deadline_window(PROM_DEADLINE_COMPUTE, P, node->network, deal->tx0_height).earliest;
        deal->deliver_by =
            (uint32_t)prom_deadline_window(PROM_DEADLINE_DELIVER, P, node->network, deal->tx0_height).latest;
    }
    find_delivery(deal, channel);
    deal->state = state_of(node, deal, facts);
    deal->missing = deal->asking                     ? deal->missing
                    : deal->state == PROM_DEAL_ENDED ? PROM_PARTIES_ASKED & facts->setup.refused_by
                                                     : 0;
    find_loss(node, deal, channel);
    find_result(node, deal, facts);
    return prom_ok();
}

/* -- Finding it -- */

/* Where the node holds it, `held` is set too: the disk is asked only where it does not. */
static prom_result find_named(const prom_node *node, prom_store_channel *record, const prom_node_channel **held,
                              bool *found, const char *name, prom_error *error)
{
    *held = prom_node_channel_named(node, name);
    if (*held != NULL) {
        *record = (*held)->record;
        *found = true;
    } else {
        PROM_TRY(prom_store_channel_named(node->store, record, found, name, error));
    }
    *found = *found && record->role == (uint8_t)PROM_ROLE_CLIENT;
    return prom_ok();
}

/* One that the node does not hold any more. */
static prom_result tell_closed(prom_node *node, prom_deal *deal, const prom_store_channel *record, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    PROM_SCOPED(prom_look_close) prom_look *look = NULL;
    prom_channel *channel = NULL;
    prom_arena_init(&arena, LOAD_BYTES);
    PROM_TRY(prom_look_at(&look, node, error));
    PROM_TRY(prom_look_load(look, &arena, &channel, record, error));
    if (channel == NULL) {
        return prom_ok(); /* nothing was ever asked for in it */
    }
    const prom_result told = tell(node, deal, channel, error);
    prom_channel_wipe(channel);
    return told;
}

static void tell_asking(prom_deal *deal, const prom_pending *pending)
{
    deal->asking = pending != NULL;
    if (pending != NULL) {
        deal->missing = PROM_PARTIES_ASKED & ~pending->answered;
        deal->asking_since = pending->since;
        memcpy(deal->linked_since, pending->linked, sizeof deal->linked_since);
        memcpy(deal->declined, pending->declined, sizeof deal->declined);
    }
}

prom_result prom_node_deal(prom_node *node, prom_deal *deal, const char *name, prom_error *error)
{
    const prom_node_channel *held = NULL;
    prom_store_channel record;
    bool found = false;
    *deal = (prom_deal){.paid = prom_amount_zero(), .gained = prom_amount_zero(), .fees = prom_amount_zero()};
    for (size_t i = 0; i < PROM_PAYEES; i++) {
        deal->got[i] = prom_amount_zero();
    }
    PROM_TRY(find_named(node, &record, &held, &found, name, error));
    if (!found) {
        return prom_ok();
    }
    deal->channel = record.number;
    deal->closed = record.closed;
    tell_asking(deal, prom_node_pending_of(node, deal->channel));
    if (held != NULL && (held->channel == NULL || held->stale)) {
        return prom_fail(error, PROM_CATEGORY_IO, "the channel %s is not loaded now", name);
    }
    return held != NULL ? tell(node, deal, held->channel, error) : tell_closed(node, deal, &record, error);
}

prom_result prom_node_give_up(prom_node *node, uint64_t number, prom_error *error)
{
    const prom_event event = {.kind = PROM_EVENT_ABANDON};
    prom_node_channel *channel = prom_node_channel_of(node, number);
    prom_node_step step;
    if (channel == NULL || channel->channel == NULL || channel->channel->facts.setup.phase >= PROM_SETUP_GIVEN) {
        return prom_ok();
    }
    prom_pending *pending = prom_node_pending_of(node, number);
    if (pending != NULL) {
        pending->channel = 0; /* nobody is asked for it any more */
    }
    PROM_TRY(prom_node_take_alone(node, channel, &step, &event, error));
    if (step.failed) {
        *error = step.reason;
        return (prom_result){PROM_CATEGORY_BROKEN};
    }
    return prom_ok();
}

/* -- The rest -- */

uint32_t prom_node_feerate(const prom_node *node)
{
    enum { VBYTES = 1000 };
    return (node->estimates.soon + VBYTES - 1) / VBYTES;
}

static int smallest_first(const void *a, const void *b)
{
    const prom_amount *one = a;
    const prom_amount *other = b;
    return prom_amount_above(*one, *other) ? 1 : prom_amount_above(*other, *one) ? -1 : 0;
}

/* How many of these, the smallest first, leave room for a reward in contracts on P: one above that takes no part in
 * any, and counts for nothing, else whoever announces it would keep everybody's contracts from being made. */
static size_t count_possible(const prom_parameters *P, const prom_amount *asked, size_t count)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (prom_amount_is_zero(prom_stakes_reward_max(P, asked[middle]))) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

prom_amount prom_node_retainer(const prom_node *node, const prom_bytes32 *p_txid)
{
    enum { TENTHS = 10, TAKEN = 9 };
    const prom_index_record *P = prom_index_find(node->fold->index, PROM_INDEX_P, p_txid);
    const prom_amount most = node->config.retainer_max;
    prom_amount *asked = calloc(node->announced_count + 1, sizeof *asked);
    size_t count = 0;
    for (size_t i = 0; i < node->announced_count && asked != NULL; i++) {
        const bool dear = !prom_amount_is_zero(most) && prom_amount_above(node->announced[i].retainer, most);
        if (!dear && prom_bytes32_equal(&node->announced[i].p_txid, p_txid)) {
            asked[count++] = node->announced[i].retainer;
        }
    }
    if (count > 0) {
        qsort(asked, count, sizeof *asked, smallest_first);
        count = P != NULL ? count_possible(&P->P, asked, count) : count;
    }
    const prom_amount found = count > 0 ? asked[(count * TAKEN + TENTHS - 1) / TENTHS - 1] : prom_amount_invalid();
    free(asked);
    return found;
}

/* Whether an announcement before that one is of the same P and the same node. */
static bool is_known_before(const prom_node *node, size_t number)
{
    const prom_announcement *its = &node->announced[number];
    bool before = false;
    for (size_t i = 0; i < number && !before; i++) {
        before = prom_bytes32_equal(&node->announced[i].node_key, &its->node_key) &&
                 prom_bytes32_equal(&node->announced[i].p_txid, &its->p_txid);
    }
    return before;
}

bool prom_node_knows_arbiters(const prom_node *node, const prom_bytes32 *p_txid, size_t wanted)
{
    size_t count = 0;
    for (size_t i = 0; i < node->announced_count && count < wanted; i++) {
        count += prom_bytes32_equal(&node->announced[i].p_txid, p_txid) && !is_known_before(node, i);
    }
    return count >= wanted;
}

prom_store *prom_node_store(prom_node *node)
{
    return node->store;
}

static prom_result put_job(prom_node *node, void *context, prom_error *error)
{
    return prom_store_job_put(node->store, context, error);
}

prom_result prom_node_put_job(prom_node *node, const prom_store_job *job, prom_error *error)
{
    prom_store_job copy = *job;
    return prom_node_transact(node, put_job, &copy, error);
}

const prom_chain_parameters *prom_node_network(const prom_node *node)
{
    return node->network;
}
