/* An arbiter's channels: for invitations to seats that our offers are drawn for. An owner has one seat in a contract at
 * most: to the invitation of every other offer of its own a signed no is said, so that nobody waits for it. */
#include "node/beginning.h"
#include "node/payments.h"
#include "node/room.h"

/* The offer that an arbiter stands by, as a coin. */
static const prom_wallet_coin *coin_of(const prom_node *node, const prom_announcement *offer)
{
    return prom_coins_find(node->fold->coins, &offer->offer);
}

static bool has_said_yes(const prom_facts *facts)
{
    bool yes = false;
    for (size_t i = 0; i < facts->setup.candidate_count; i++) {
        const prom_candidate *candidate = &facts->setup.candidates[i];
        yes = yes || (candidate->answered && candidate->seat.yes &&
                      prom_outpoint_equal(&candidate->offer, &facts->own.coins[0].outpoint));
    }
    return yes;
}

/* Setups that we have said no to, or have not answered yet, which others may not have heard of. */
static size_t count_declined(const prom_node *node)
{
    size_t count = 0;
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_channel *channel = node->channels[i]->channel;
        count += channel != NULL && channel->facts.role == PROM_ROLE_ARBITER &&
                 channel->facts.setup.phase != PROM_SETUP_GIVEN && !has_said_yes(&channel->facts);
    }
    return count;
}

/* Setups in which we may get a seat. */
static size_t count_invited(const prom_node *node)
{
    size_t count = 0;
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_channel *channel = node->channels[i]->channel;
        count += channel != NULL && channel->facts.role == PROM_ROLE_ARBITER &&
                 channel->facts.setup.phase < PROM_SETUP_GIVEN;
    }
    return count;
}

/* What came, and to whom. */
struct invited {
    uint64_t link;
    const prom_bytes32 *client;
    const prom_message *message;
    prom_terms terms; /* spans in the message */
};

/* Nothing is spent before it is sure that C, W and V have signed for a draw of our offer: no number, no coin, no
 * backup. An offer takes part in one setup at a time, and coins are soon looked up, so that there is always room for
 * one that suits; a no is said to some. */
static prom_result judge(const prom_node *node, const struct invited *invited, const prom_announcement *offer,
                         prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_newcomer newcomer = {.role = PROM_ROLE_ARBITER, .client = invited->client, .offer = offer};
    prom_invitation judged = PROM_INVITATION_REFUSED;
    prom_channel_view view;
    prom_error reason;
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    PROM_TRY(prom_node_view_new(node, &newcomer, &arena, &view, error));
    PROM_TRY(prom_invitation_judge(node->curve, &arena, &judged, invited->client, invited->message, &view, &reason));
    switch (judged) {
    case PROM_INVITATION_REFUSED:
        return prom_fail(error, PROM_CATEGORY_PEER, "an invitation is passed over: %.200s", reason.sentence);
    case PROM_INVITATION_EARLY:
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "an invitation waits for its draw, for our offer, or until we begin something new");
    case PROM_INVITATION_UNSUITED:
        return count_declined(node) < PROM_DECLINED_MAX
                   ? prom_ok()
                   : prom_fail(error, PROM_CATEGORY_PEER, "no answer to an invitation that does not suit: %.200s",
                               reason.sentence);
    case PROM_INVITATION_SUITS:
        return count_invited(node) < PROM_ASKED_MAX
                   ? prom_ok()
                   : prom_fail(error, PROM_CATEGORY_PEER, "an invitation waits: the coins of others are looked up");
    }
    return prom_fail(error, PROM_CATEGORY_BROKEN, "an invitation was judged in no known way");
}

/* An offer that a payment of ours spends, once a block has it, takes no seat: what it would promise it could not keep.
 * Once it has said yes, nothing spends it (own_make.c). */
static bool can_take_seat(const prom_node *node, const prom_announcement *offer, const prom_bytes32 *p_txid)
{
    return coin_of(node, offer) != NULL && prom_bytes32_equal(&offer->p_txid, p_txid) &&
           !prom_node_is_paid_away(node, &offer->offer);
}

static bool has_channel(const prom_node *node, const prom_bytes32 *client, const prom_outpoint *offer)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_channel *channel = node->channels[i]->channel;
        if (channel != NULL && channel->facts.role == PROM_ROLE_ARBITER &&
            prom_bytes32_equal(&channel->facts.client, client) &&
            prom_outpoint_equal(&channel->facts.own.coins[0].outpoint, offer)) {
            return true;
        }
    }
    return false;
}

static prom_result begin_for(prom_node *node, const struct invited *invited, const prom_announcement *offer,
                             prom_error *error)
{
    prom_facts facts = {.role = PROM_ROLE_ARBITER, .client = *invited->client, .batch_count = 1};
    prom_node_channel *begun = NULL;
    PROM_TRY(prom_node_check_limits(node, PROM_ROLE_ARBITER, error));
    PROM_TRY(prom_node_check_room(node, PROM_ROLE_ARBITER, prom_room_of_terms(&invited->terms), error));
    facts.own.coins[0] = coin_of(node, offer)->coin;
    facts.own.coin_count = 1;
    PROM_TRY(judge(node, invited, offer, error));
    return prom_node_add_asked(node, &begun, invited->link, &facts, &invited->terms, error);
}

prom_result prom_node_begin_invited(prom_node *node, uint64_t link, const prom_bytes32 *client,
                                    const prom_message *message, prom_error *error)
{
    struct invited invited = {.link = link, .client = client, .message = message};
    prom_base_signatures signatures;
    bool begun = false;
    if (!prom_node_has_role(node, PROM_ROLE_ARBITER) || message->kind != PROM_MESSAGE_INVITATION) {
        return prom_fail(error, PROM_CATEGORY_PEER, "a %s begins no contract with this node",
                         prom_message_name(message->kind));
    }
    PROM_TRY(prom_node_check_limits(node, PROM_ROLE_ARBITER, error));
    prom_error reason;
    if (!prom_is_ok(
            prom_terms_read_signed(&invited.terms, &signatures, message->as.invitation.signed_terms, &reason))) {
        return prom_fail(error, PROM_CATEGORY_PEER, "an invitation is passed over: %.200s", reason.sentence);
    }
    prom_result result = prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                   "our offer is not on the chain, is spent or about to be, or is for another P");
    for (size_t i = 0; i < node->offer_count; i++) {
        const prom_announcement *offer = &node->offers[i];
        if (has_channel(node, client, &offer->offer)) {
            begun = true;
            continue;
        }
        if (!can_take_seat(node, offer, &invited.terms.p_txid)) {
            continue;
        }
        result = begin_for(node, &invited, offer, &reason);
        begun = begun || prom_is_ok(result);
        if (!prom_is_ok(result)) {
            *error = reason;
        }
    }
    return begun ? prom_ok() : result;
}
