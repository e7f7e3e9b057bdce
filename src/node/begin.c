/* How channels of this node begin that somebody else asks for. */
#include <stdio.h>
#include <string.h>

#include "market/reason.h"
#include "node/beginning.h"
#include "node/customers.h"
#include "node/room.h"
#include "prometheus/crypto/hash.h"

void prom_node_sign_word(const prom_node *node, prom_own *own)
{
    static const prom_bytes32 auxiliary;
    prom_bytes32 hash;
    prom_error reason;
    prom_tagged_hash(&hash, "prometheus/node", prom_span_of32(&own->words));
    own->node_key = node->key.public_key;
    if (!prom_is_ok(prom_sign(node->curve, &own->node_signature, &hash, &node->key, &auxiliary, &reason))) {
        memset(&own->node_signature, 0, sizeof own->node_signature); /* others will refuse it */
    }
}

/* One that has ended is one of them until it is closed: else whoever hears of no end has as many as it likes. */
size_t prom_node_count_asked(const prom_node *node, uint64_t link)
{
    size_t count = 0;
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_channel *channel = node->channels[i]->channel;
        count += channel != NULL && channel->facts.setup.phase != PROM_SETUP_GIVEN &&
                 (PROM_ROLES_PAID & PROM_ROLE_BIT(channel->facts.role)) != 0 &&
                 (link == 0 || node->channels[i]->begun_by == link);
    }
    return count;
}

/* What went wrong, and what who asked is told of it. */
static prom_result because(prom_quote_reason *why, prom_reason_code code, uint64_t needed, uint64_t there,
                           prom_result result)
{
    if (!prom_is_ok(result)) {
        const prom_unit unit = prom_reason_unit(code);
        *why = (prom_quote_reason){(uint16_t)code, (uint8_t)unit, unit == PROM_UNIT_NONE ? 0 : needed,
                                   unit == PROM_UNIT_NONE ? 0 : there};
    }
    return result;
}

/* To let setups come to nothing costs a stranger nothing: it keeps other strangers from us by it, but no customer. */
static prom_result check_vain(const prom_node *node, uint64_t link, prom_quote_reason *why, prom_error *error)
{
    const bool customer = prom_node_is_customer(node, prom_net_node_of(node->net, link));
    const uint32_t from = node->own_tip > PROM_VAIN_BLOCKS ? node->own_tip - PROM_VAIN_BLOCKS : 0;
    const uint64_t most = PROM_VAIN_MAX + (customer ? PROM_VAIN_OF_CUSTOMERS : 0);
    uint64_t count = 0;
    PROM_TRY(
        because(why, PROM_REASON_NOT_READY, 0, 0, prom_store_channel_count_vain(node->store, &count, from, error)));
    return count < most ? prom_ok()
                        : because(why, PROM_REASON_VAIN, count + 1, most,
                                  prom_fail(error, PROM_CATEGORY_PEER,
                                            "%llu setups of the last %u blocks came to nothing, and no more are begun "
                                            "for %s",
                                            (unsigned long long)count, PROM_VAIN_BLOCKS,
                                            customer ? "others" : "who has no contract with this node in a block"));
}

/* Strangers cannot tie up more, whoever they are, and one of them less. */
static prom_result check_room(const prom_node *node, uint64_t link, prom_quote_reason *why, prom_error *error)
{
    const size_t all = prom_node_count_asked(node, 0);
    const size_t its = prom_node_count_asked(node, link);
    if (all >= PROM_ASKED_MAX) {
        return because(why, PROM_REASON_BUSY, all + 1, PROM_ASKED_MAX,
                       prom_fail(error, PROM_CATEGORY_PEER, "%u setups are under way, and no more are begun for others",
                                 (unsigned)PROM_ASKED_MAX));
    }
    return its < PROM_ASKED_BY_ONE_MAX ? check_vain(node, link, why, error)
                                       : because(why, PROM_REASON_BUSY, its + 1, PROM_ASKED_BY_ONE_MAX,
                                                 prom_fail(error, PROM_CATEGORY_PEER,
                                                           "%u setups of one peer are under way, and it gets no more",
                                                           (unsigned)PROM_ASKED_BY_ONE_MAX));
}

/* An arbiter may have several channels of one contract, of which each has another offer. */
static void name_of(char name[PROM_STORE_NAME_MAX + 1], const prom_facts *facts)
{
    char client[PROM_HEX32];
    char offer[PROM_HEX32];
    (void)prom_hex32(client, &facts->client);
    (void)prom_hex32_reversed(offer, &facts->own.coins[0].outpoint.txid);
    (void)snprintf(name, PROM_STORE_NAME_MAX + 1, facts->role == PROM_ROLE_ARBITER ? "%.16s-%s-%.16s" : "%.16s-%s",
                   client, prom_role_name(facts->role), offer);
}

/* Whoever did not hear how a setup ended brings it once more. */
static prom_result check_new(const prom_node *node, const char *name, prom_error *error)
{
    prom_store_channel before;
    bool found = false;
    PROM_TRY(prom_store_channel_named(node->store, &before, &found, name, error));
    return found ? prom_fail(error, PROM_CATEGORY_PEER,
                             "channel %llu had this part in that contract, and is over: it is not begun again",
                             (unsigned long long)before.number)
                 : prom_ok();
}

prom_result prom_node_add_asked(prom_node *node, prom_node_channel **begun, uint64_t link, prom_facts *facts,
                                const prom_terms *terms, prom_error *error)
{
    char name[PROM_STORE_NAME_MAX + 1];
    name_of(name, facts);
    PROM_TRY(check_new(node, name, error));
    PROM_TRY(prom_node_add_channel(node, begun, name, facts, terms, error));
    (*begun)->begun_by = link;
    return prom_node_back_up(node, true)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_IO, "nothing is begun before the backup can be written");
}

/* -- Asked for a worker or a verifier -- */

static prom_node_channel *find_begun(prom_node *node, const prom_begin *begin)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_channel *channel = node->channels[i]->channel;
        if (channel != NULL && channel->facts.role == begin->role &&
            prom_bytes32_equal(&channel->facts.client, &begin->channel)) {
            return node->channels[i];
        }
    }
    return NULL;
}

/* Nothing is begun for terms that we would refuse when they are proposed. */
static prom_result judge_terms(const prom_node *node, const prom_begin *begin, const prom_terms *terms,
                               prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_newcomer newcomer = {.role = begin->role, .client = &begin->channel};
    prom_channel_view view;
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    PROM_TRY(prom_node_view_new(node, &newcomer, &arena, &view, error));
    return prom_proposal_judge(node->curve, &arena, begin->role, terms, &view, error);
}

/* Whether we are the client of the contract that somebody asks for a part in. Whose contract it is each of its parties
 * knows, and could ask in the client's name. */
static bool is_own_client(const prom_node *node, const prom_begin *begin)
{
    return prom_node_sibling(node, &begin->channel, NULL, PROM_ROLE_BIT(PROM_ROLE_CLIENT)) != NULL;
}

/* The client that we are ourselves: no stranger, and needs no role of ours to be switched on. */
static bool is_own_verifier(const prom_node *node, uint64_t link, const prom_begin *begin)
{
    return link == 0 && begin->role == PROM_ROLE_VERIFIER && is_own_client(node, begin);
}

/* How many are open, whatever it is that is full: what else there is to say of that is the owner's. */
static prom_result check_limits(const prom_node *node, prom_role role, prom_quote_reason *why, prom_error *error)
{
    const size_t open = prom_node_count_in(node, role);
    return because(why, PROM_REASON_BUSY, open + 1, open, prom_node_check_limits(node, role, error));
}

static prom_result check_disk(const prom_node *node, prom_role role, const prom_terms *terms, prom_quote_reason *why,
                              prom_error *error)
{
    const uint64_t needed = prom_room_of_terms(terms);
    prom_node_room room;
    prom_node_room_of(node, role, &room);
    return because(why, PROM_REASON_DISK, needed, room.left, prom_node_check_room(node, role, needed, error));
}

/* As in a quote, nobody is told how many coins are free. */
static prom_result find_coins(const prom_node *node, prom_own *own, const prom_terms *terms, prom_role role,
                              bool wished, prom_quote_reason *why, prom_error *error)
{
    const prom_party party = role == PROM_ROLE_WORKER ? PROM_PARTY_W : PROM_PARTY_V;
    uint64_t needed = 0;
    (void)!prom_amount_get(prom_node_needs(terms, party), &needed);
    return because(why, PROM_REASON_STAKE, needed, 0, prom_node_fund_contract(node, own, terms, party, wished, error));
}

/* What speaks against a part in a contract of which the terms are known. */
static prom_result check_contract(prom_node *node, uint64_t link, const prom_begin *begin, const prom_terms *terms,
                                  prom_quote_reason *why, prom_error *error)
{
    const bool own = is_own_verifier(node, link, begin);
    PROM_TRY(check_disk(node, begin->role, terms, why, error));
    PROM_TRY(own ? prom_ok() : prom_node_judge_begin(node, link, begin->role, terms, why, error));
    return because(why, PROM_REASON_TERMS, 0, 0, judge_terms(node, begin, terms, error));
}

static bool is_full(const prom_node *node, prom_role role, const prom_terms *terms)
{
    prom_error ignored;
    return prom_node_count_asked(node, 0) >= PROM_ASKED_MAX ||
           !prom_is_ok(prom_node_check_counts(node, role, &ignored)) ||
           !prom_is_ok(prom_node_check_room(node, role, prom_room_of_terms(terms), &ignored));
}

/* Whether nothing but the place is in the way of a part in this contract. */
static bool may_have_place(prom_node *node, uint64_t link, const prom_begin *begin, const prom_terms *terms)
{
    const prom_bytes32 *peer = prom_net_node_of(node->net, link);
    const prom_node_way way = prom_node_way_for(node, peer, begin->role);
    prom_node_room room;
    prom_quote_reason why;
    prom_error ignored;
    prom_own own;
    prom_node_room_of(node, begin->role, &room);
    return way.in_all > 0 && prom_count_add(room.left, way.bytes) >= prom_room_of_terms(terms) &&
           prom_node_count_asked(node, link) < PROM_ASKED_BY_ONE_MAX &&
           prom_is_ok(check_vain(node, link, &why, &ignored)) &&
           prom_is_ok(prom_node_judge_begin(node, link, begin->role, terms, &why, &ignored)) &&
           prom_is_ok(judge_terms(node, begin, terms, &ignored)) &&
           prom_is_ok(find_coins(node, &own, terms, begin->role, false, &why, &ignored));
}

/* A customer whose contract we would take gets the place of strangers whose setups cost them nothing. */
static void make_way(prom_node *node, uint64_t link, const prom_begin *begin)
{
    prom_terms terms;
    prom_error ignored;
    if (prom_node_is_customer(node, prom_net_node_of(node->net, link)) &&
        prom_is_ok(prom_terms_read_base(&terms, begin->terms, &ignored)) && is_full(node, begin->role, &terms) &&
        may_have_place(node, link, begin, &terms)) {
        while (is_full(node, begin->role, &terms) && prom_node_make_way(node, begin->role)) {
        }
    }
}

static prom_result begin_party(prom_node *node, prom_node_channel **begun, uint64_t link, const prom_begin *begin,
                               prom_quote_reason *why, prom_error *error)
{
    prom_facts facts = {.role = begin->role, .client = begin->channel, .batch_count = 1};
    prom_terms terms;
    const bool own = is_own_verifier(node, link, begin);
    if (!own && !prom_node_has_role(node, begin->role)) {
        return because(
            why, PROM_REASON_ROLE, 0, 0,
            prom_fail(error, PROM_CATEGORY_PEER, "this node takes no contract as a %s", prom_role_name(begin->role)));
    }
    PROM_TRY(because(why, PROM_REASON_NOT_READY, 0, 0, prom_node_check_ready(node, error)));
    PROM_TRY(because(why, PROM_REASON_PART, 0, 0, prom_node_check_part(node, &begin->channel, begin->role, error)));
    make_way(node, link, begin);
    PROM_TRY(check_limits(node, begin->role, why, error));
    PROM_TRY(own ? prom_ok() : check_room(node, link, why, error));
    PROM_TRY(because(why, PROM_REASON_TERMS, 0, 0, prom_blame_peer(prom_terms_read_base(&terms, begin->terms, error))));
    PROM_TRY(check_contract(node, link, begin, &terms, why, error));
    PROM_TRY(find_coins(node, &facts.own, &terms, begin->role, own, why, error));
    return because(why, PROM_REASON_NOT_READY, 0, 0, prom_node_add_asked(node, begun, link, &facts, &terms, error));
}

prom_result prom_node_take_part(prom_node *node, uint64_t link, const prom_begin *begin, prom_begun *begun,
                                prom_quote_reason *why, prom_error *error)
{
    prom_node_channel *channel = find_begun(node, begin);
    *why = (prom_quote_reason){.code = 0};
    if (link != 0 && is_own_client(node, begin)) {
        return because(why, PROM_REASON_PART, 0, 0,
                       prom_fail(error, PROM_CATEGORY_PEER,
                                 "this node is the client of that contract, and asks its %s itself",
                                 prom_role_name(begin->role)));
    }
    PROM_TRY(channel != NULL ? prom_ok() : begin_party(node, &channel, link, begin, why, error));
    const prom_own *own = &channel->channel->facts.own;
    *begun = (prom_begun){begin->channel, begin->role, own->words, {own->node_key, own->node_signature}};
    return prom_ok();
}

bool prom_node_begin(void *context, uint64_t link, const prom_begin *begin, prom_begun *begun, prom_quote_reason *why)
{
    prom_node *node = context;
    prom_error reason;
    const bool takes_part = prom_is_ok(prom_node_take_part(node, link, begin, begun, why, &reason));
    if (!takes_part) {
        prom_node_report(node, PROM_REPORT_REFUSED, 0, "%s", reason.sentence);
    }
    return takes_part;
}
