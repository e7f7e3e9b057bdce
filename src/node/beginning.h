/* What beginning a contract takes, inside this room: roles, offers, coins for deposits and for fees, and transactions
 * of the owner's alone. */
#ifndef NODE_BEGINNING_H
#define NODE_BEGINNING_H

#include "node/state.h"
#include "prometheus/channel/fee_coin.h"

/* For whom something is looked at that has no channel yet. */
typedef struct prom_newcomer {
    prom_role role;
    const prom_bytes32 *client;     /* by which the contract is known; NULL: it has no name yet */
    const prom_announcement *offer; /* A: what it would take part with; else NULL */
} prom_newcomer;

/* What a step of a channel of theirs would see (view.c). */
PROM_MUST_USE prom_result prom_node_view_new(const prom_node *node, const prom_newcomer *newcomer, prom_arena *arena,
                                             prom_channel_view *view, prom_error *error);

/* Counts the jobs that may come before the work of a contract that we begin now, or of `own`, shared by the threads
 * (view.c). */
uint32_t prom_node_work_ahead(const prom_node *node, const prom_node_channel *own);

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
/* Of the same, whether there are fewer channels than the owner allows; and all but that. */
PROM_MUST_USE prom_result prom_node_check_counts(const prom_node *node, prom_role role, prom_error *error);
PROM_MUST_USE prom_result prom_node_check_means(const prom_node *node, prom_role role, prom_error *error);
/* Counts the channels in that role, without those that are over and kept for their clients. */
size_t prom_node_count_in(const prom_node *node, prom_role role);
/* Counts them in all roles. */
size_t prom_node_count_open(const prom_node *node);
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

/* Coins of ours that are left to something else. */
typedef struct prom_coin_list {
    const prom_wallet_coin **items;
    size_t count;
} prom_coin_list;
/* Returns whether it is one of the list's; NULL is an empty list (funding.c). */
bool prom_coin_listed(const prom_coin_list *list, const prom_wallet_coin *coin);

/* -- Coins for fees (reserve.c) -- */

PROM_MUST_USE prom_result prom_node_load_reserved(prom_node *node, prom_error *error);
/* Computes what the coin for the fees of such a contract must hold, by the feerates that the owner pays. Fails as
 * prom_fee_coin_of does. */
PROM_MUST_USE prom_result prom_node_fee_coin_needed(const prom_node *node, prom_fee_coin *needed, prom_role role,
                                                    const prom_terms *terms, prom_error *error);
/* Finds the free coin for the fees of a contract of such terms, base terms or full ones, but for those of a list (NULL:
 * but for none): the smallest that holds what prom_fee_coin_of asks of that role; those that none of our channels would
 * spend come before others. PROM_CATEGORY_BAD_INPUT, with what is needed, why, and what is there, when there is none;
 * as prom_fee_coin_of. */
PROM_MUST_USE prom_result prom_node_find_coin(const prom_node *node, const prom_wallet_coin **coin, prom_role role,
                                              const prom_terms *terms, const prom_coin_list *but, prom_error *error);
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
/* Whether the channel keeps a coin for fees: one that has named its coins, but for an arbiter's no to a second seat. */
bool prom_node_takes_coin(const prom_node *node, const prom_node_channel *channel);
/* Whether a channel of ours would spend the coin; `named`: and has named it. */
bool prom_node_is_input(const prom_node *node, const prom_outpoint *outpoint, bool named);
/* The same of channels that we mean to go on with: strangers' setups in which we have given no part are none of them.
 */
bool prom_node_is_meant(const prom_node *node, const prom_outpoint *outpoint);
/* Whether the channel's coins, which it has not named yet, are still free, and beside them one for the fees of its base
 * terms. */
bool prom_node_can_name(const prom_node *node, const prom_channel *channel);
/* Whether a coin is free: in no Tx0 and no payment of ours, no offer, and reserved for no fees. */
bool prom_node_is_free(const prom_node *node, const prom_wallet_coin *coin);

/* -- Beginning a contract (funding.c, begin.c, pending.c) -- */

/* Returns what a party's coins must hold beside what they cost themselves. */
prom_amount prom_node_needs(const prom_terms *terms, prom_party party);
/* Returns the tip from which on the coin is so old that arbiters take it for an input of a contract that is begun then;
 * and whether it is by now. */
uint32_t prom_node_old_from(const prom_node *node, const prom_wallet_coin *coin);
bool prom_node_is_old(const prom_node *node, const prom_wallet_coin *coin);
/* Kinds of coins that can be had, the better ones first. What another channel of ours would spend before may be gone
 * then. */
typedef enum prom_coin_kind { PROM_COIN_OLD, PROM_COIN_YOUNG, PROM_COIN_ELSEWHERE, PROM_COIN_KINDS } prom_coin_kind;
typedef struct prom_funding {
    prom_amount needs; /* beside what the coins cost themselves (prom_node_needs) */
    uint32_t feerate;  /* sat/vB */
    prom_coin_kind worst;
    const prom_coin_list *but; /* as the one that is kept for fees; NULL: none */
    bool wished;               /* for a contract that our owner wants: strangers' setups have no coins against it */
} prom_funding;
/* Returns what one coin must hold for that. */
prom_amount prom_node_coin_for(const prom_funding *funding);
/* Chooses coins for a contract: old ones before young ones, and those that none of our channels would spend before
 * others. The smallest that is enough, or, where none is, the largest first. PROM_CATEGORY_BAD_INPUT, with both
 * numbers, when the wallet's do not suffice. */
PROM_MUST_USE prom_result prom_node_fund(const prom_node *node, prom_own *own, const prom_funding *funding,
                                         prom_error *error);
/* The same for a party of a contract, beside the coin that is kept for its fees; `wished` as above. */
PROM_MUST_USE prom_result prom_node_fund_contract(const prom_node *node, prom_own *own, const prom_terms *terms,
                                                  prom_party party, bool wished, prom_error *error);
/* Channels for an invitation that came to our node's key, once it has been judged: one for each of our offers that is
 * drawn and has none, of which the first takes a seat where it can, and the others refuse theirs (invited.c).
 * PROM_CATEGORY_PEER, with the reason, when there is none that we take, or not now; PROM_CATEGORY_BAD_INPUT when we
 * have no offer, or what is short. */
PROM_MUST_USE prom_result prom_node_begin_invited(prom_node *node, uint64_t link, const prom_bytes32 *client,
                                                  const prom_message *message, prom_error *error);
/* A channel that somebody asked for, written, and in the backup before anybody hears of it. */
PROM_MUST_USE prom_result prom_node_add_asked(prom_node *node, prom_node_channel **begun, uint64_t link,
                                              prom_facts *facts, const prom_terms *terms, prom_error *error);
/* Counts setups that a worker or verifier of ours was asked for, and that came to no contract, until they are closed;
 * `link`: on one link, 0: on all. */
size_t prom_node_count_asked(const prom_node *node, uint64_t link);
/* A party of ours in a contract, which is begun where it is not yet. `link`: of who asks; 0: we ourselves. After a
 * failure `why` has what who asks is told; the error is the owner's. */
PROM_MUST_USE prom_result prom_node_take_part(prom_node *node, uint64_t link, const prom_begin *begin,
                                              prom_begun *begun, prom_quote_reason *why, prom_error *error);
/* Ends a setup in which we have given no part, tells the others where they are reached at once, and closes it, for the
 * place that it takes. Returns whether it is closed (close.c). */
bool prom_node_close_for_another(prom_node *node, prom_node_channel *channel);
/* Somebody asks for a party of ours; somebody whom we asked answers. */
bool prom_node_begin(void *context, uint64_t link, const prom_begin *begin, prom_begun *begun, prom_quote_reason *why);
void prom_node_begun(void *context, uint64_t link, const prom_begun *begun);
void prom_node_declined(void *context, uint64_t link, const prom_declined *declined);
/* Returns what is being asked for in that channel; NULL: nothing. */
prom_pending *prom_node_pending_of(prom_node *node, uint64_t channel);
/* Asks again, or proposes, when both have answered. */
void prom_node_go_on_beginning(prom_node *node);
/* The node's word on the own-words key of a new channel. */
void prom_node_sign_word(const prom_node *node, prom_own *own);
/* Notes a hash that no other contract may have. */
PROM_MUST_USE prom_result prom_node_note_seen(prom_node *node, const prom_bytes32 *hash, uint64_t channel,
                                              prom_error *error);

#endif
