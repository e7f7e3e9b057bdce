/* What beginning a contract takes, inside this room: roles, offers, coins for deposits and for fees, and transactions
 * of the owner's alone. */
#ifndef NODE_BEGINNING_H
#define NODE_BEGINNING_H

#include "node/state.h"

/* For whom something is looked at that has no channel yet. */
typedef struct prom_newcomer {
    prom_role role;
    const prom_bytes32 *client;     /* by which the contract is known; NULL: it has no name yet */
    const prom_announcement *offer; /* A: what it would take part with; else NULL */
} prom_newcomer;

/* What a step of a channel of theirs would see (view.c). */
PROM_MUST_USE prom_result prom_node_view_new(const prom_node *node, const prom_newcomer *newcomer, prom_arena *arena,
                                             prom_channel_view *view, prom_error *error);

/* -- Roles (roles.c) -- */

/* Returns whether the role is switched on. */
bool prom_node_has_role(const prom_node *node, prom_role role);
/* Returns a channel of ours in the contract that this client names, other than `own`, of those roles; NULL: none. */
const prom_node_channel *prom_node_sibling(const prom_node *node, const prom_bytes32 *client,
                                           const prom_node_channel *own, unsigned roles);
/* Succeeds when we may take a part in the contract that this client names: we have none, or are the client that is to
 * be its own verifier. PROM_CATEGORY_PEER says what we are there. */
PROM_MUST_USE prom_result prom_node_check_part(const prom_node *node, const prom_bytes32 *client, prom_role role,
                                               prom_error *error);
/* Succeeds when one more channel in that role leaves enough for defending those that are open, and is within the
 * owner's limits; PROM_CATEGORY_BAD_INPUT says what is short. */
PROM_MUST_USE prom_result prom_node_check_limits(const prom_node *node, prom_role role, prom_error *error);
/* Sets `config` to what holds for one in that role: the owner's policy, and the offer that is taken part with. */
PROM_MUST_USE prom_result prom_node_config_for(const prom_node *node, const prom_newcomer *newcomer, prom_arena *arena,
                                               const prom_channel_config **config, prom_error *error);

/* -- Announcements (offers.c) -- */

/* Takes those of others that the options name, and our own ones. */
PROM_MUST_USE prom_result prom_node_take_announcements(prom_node *node, const prom_announcement *told, size_t count,
                                                       prom_error *error);
PROM_MUST_USE prom_result prom_node_take_offers(prom_node *node, const prom_announcement *own, size_t count,
                                                prom_error *error);
/* Returns our own announcement of that offer; NULL: it is none of ours. */
const prom_announcement *prom_node_offer_of(const prom_node *node, const prom_outpoint *offer);
/* Whether the coin is an offer, by what we know of our own, or by the chain. */
bool prom_node_is_offer(const prom_node *node, const prom_outpoint *outpoint);
/* Looks again which of them are of offers that can be asked. */
void prom_node_look_at_offers(prom_node *node);

/* -- Coins for fees (reserve.c) -- */

PROM_MUST_USE prom_result prom_node_load_reserved(prom_node *node, prom_error *error);
/* Finds the free coin for the fees of a contract of such terms, base terms or full ones: the smallest that holds what
 * prom_fee_coin_of asks of that role. PROM_CATEGORY_BAD_INPUT, with what is needed, why, and what is there, when there
 * is none; as prom_fee_coin_of. */
PROM_MUST_USE prom_result prom_node_find_coin(const prom_node *node, const prom_wallet_coin **coin, prom_role role,
                                              const prom_terms *terms, prom_error *error);
/* Reserves that coin for the channel, in the open transaction, where what it has holds less. Fails as
 * prom_node_find_coin does, and changes nothing then. */
PROM_MUST_USE prom_result prom_node_reserve(prom_node *node, const prom_node_channel *channel, const prom_terms *terms,
                                            prom_error *error);
/* The same for the channel's full terms, in a transaction of its own: they may ask for more than those that it was
 * begun with. */
PROM_MUST_USE prom_result prom_node_reserve_for_tx0(prom_node *node, prom_node_channel *channel, prom_error *error);
/* Gives the channel's coins back, in the open transaction. */
PROM_MUST_USE prom_result prom_node_release(prom_node *node, uint64_t channel, prom_error *error);
void prom_node_forget_reserved(prom_node *node, uint64_t channel);
/* Returns the coin that the channel's fees are paid with now, or NULL. */
const prom_wallet_coin *prom_node_coin_of(const prom_node *node, uint64_t channel);
/* Gives the channel's coin, and reserves one where it has none, be it too small; `found` is false when there is none.
 */
PROM_MUST_USE prom_result prom_node_reserved_coin(prom_node *node, const prom_node_channel *channel, bool *found,
                                                  prom_bump_coin *coin, prom_key *key, prom_error *error);
/* Whether the channel has named its coins to others, or may have: they are tied up. Until a worker or verifier gives
 * its part others may take them, and whoever is first has them: to ask for a part costs nothing. */
bool prom_node_has_named(const prom_facts *facts);
/* Whether a channel of ours would spend the coin; `named`: and has named it. */
bool prom_node_is_input(const prom_node *node, const prom_outpoint *outpoint, bool named);
/* Whether the channel's coins, which it has not named yet, are still free, and beside them one for the fees of its base
 * terms. */
bool prom_node_can_name(const prom_node *node, const prom_channel *channel);
/* Whether a coin is free: in no Tx0 and no payment of ours, no offer, and reserved for no fees. */
bool prom_node_is_free(const prom_node *node, const prom_wallet_coin *coin);

/* -- Beginning a contract (funding.c, begin.c) -- */

/* Returns what a party's coins must hold beside what they cost themselves. */
prom_amount prom_node_needs(const prom_terms *terms, prom_party party);
/* Chooses coins for a contract, those that none of our channels would spend before others, and not the one that is to
 * be `kept` for its fees (NULL: none is): the smallest that is enough, or, where none is, the largest first.
 * PROM_CATEGORY_BAD_INPUT, with both numbers, when the wallet's do not suffice. */
PROM_MUST_USE prom_result prom_node_fund(const prom_node *node, prom_own *own, prom_amount needs, uint32_t feerate,
                                         const prom_wallet_coin *kept, prom_error *error);
/* Channels for an invitation that came to our node's key, once it has been judged: one for each of our offers that is
 * drawn and has none, of which the first takes a seat where it can, and the others refuse theirs (invited.c).
 * PROM_CATEGORY_PEER, with the reason, when there is none that we take, or not now; PROM_CATEGORY_BAD_INPUT when we
 * have no offer, or what is short. */
PROM_MUST_USE prom_result prom_node_begin_invited(prom_node *node, uint64_t link, const prom_bytes32 *client,
                                                  const prom_message *message, prom_error *error);
/* A channel that somebody asked for, written, and in the backup before anybody hears of it. */
PROM_MUST_USE prom_result prom_node_add_asked(prom_node *node, prom_node_channel **begun, uint64_t link,
                                              prom_facts *facts, const prom_terms *terms, prom_error *error);
/* Counts setups that others began, and that are not finished; `link`: on one link, 0: on all. */
size_t prom_node_count_asked(const prom_node *node, uint64_t link);
/* Somebody asks for a party of ours; somebody whom we asked answers. */
bool prom_node_begin(void *context, uint64_t link, const prom_begin *begin, prom_begun *begun);
void prom_node_begun(void *context, uint64_t link, const prom_begun *begun);
/* Asks again, or proposes, when both have answered. */
void prom_node_go_on_beginning(prom_node *node);
/* The node's word on the own-words key of a new channel. */
void prom_node_sign_word(const prom_node *node, prom_own *own);
/* Notes a hash that no other contract may have. */
PROM_MUST_USE prom_result prom_node_note_seen(prom_node *node, const prom_bytes32 *hash, uint64_t channel,
                                              prom_error *error);

#endif
