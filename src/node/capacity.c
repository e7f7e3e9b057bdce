#include "node/capacity.h"

#include "node/customers.h"
#include "node/room.h"
#include "prometheus/contract/deadline.h"

enum { THOUSAND = 1000 };

/* Of arbiters nothing is asked that would read it. */
static const prom_party parties[PROM_ROLES] = {
    [PROM_ROLE_CLIENT] = PROM_PARTY_C, [PROM_ROLE_WORKER] = PROM_PARTY_W, [PROM_ROLE_VERIFIER] = PROM_PARTY_V};

/* -- Contracts -- */

/* When an open contract is over in its usual course: closed when there is no verdict in time, or as it was, and then
 * so deep that it is no longer open. Before its Tx0 is in a block nobody knows. */
static int64_t over_at(const prom_channel *channel)
{
    const prom_chain_parameters *network = prom_terms_network(&channel->terms);
    const prom_facts *facts = &channel->facts;
    if (network == NULL || !facts->tx0.there) {
        return INT64_MAX;
    }
    const int64_t closed =
        prom_deadline_window(PROM_DEADLINE_TX3, &channel->terms.P, network, facts->tx0.height).earliest;
    return closed + prom_deadline_window(PROM_DEADLINE_KEEP, &channel->terms.P, network, 0).latest + 1;
}

static uint32_t first_over(const prom_node *node, prom_role role)
{
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_channel *channel = node->channels[i]->channel;
        const bool open = channel != NULL && !node->channels[i]->kept && channel->facts.role == role;
        const int64_t its = open ? over_at(channel) : INT64_MAX;
        first = its < first ? its : first;
    }
    return first > node->best_tip && first < UINT32_MAX ? (uint32_t)first : node->best_tip;
}

static uint32_t less(size_t most, size_t taken)
{
    return most > taken ? (uint32_t)(most - taken) : 0;
}

static uint32_t room_for(const prom_node *node, prom_role role, uint32_t open, const prom_node_way *way)
{
    const uint32_t own_max = node->policies[role].channels_max;
    const uint32_t of_all = less(node->channels_max, prom_node_count_open(node) - way->in_all);
    const uint32_t of_role = own_max == 0 ? of_all : less(own_max, open);
    const uint32_t asked = less(PROM_ASKED_MAX, prom_node_count_asked(node, 0) - way->in_all);
    const uint32_t room = of_all < of_role ? of_all : of_role;
    prom_error ignored;
    const bool may = prom_node_is_ready(node) && !node->disk_short && !node->backup_fails &&
                     prom_is_ok(prom_node_check_means(node, role, &ignored));
    return !may ? 0 : room < asked ? room : asked;
}

void prom_node_capacity_of(const prom_node *node, const prom_bytes32 *client, prom_role role,
                           prom_node_capacity *capacity)
{
    const prom_node_way way = prom_node_way_for(node, client, role);
    const uint32_t feerate = node->estimates.soon / THOUSAND + (node->estimates.soon % THOUSAND != 0);
    *capacity = (prom_node_capacity){.tip = node->best_tip,
                                     .open = (uint32_t)(prom_node_count_in(node, role) - way.in_role),
                                     .work_ahead = prom_node_work_ahead(node, NULL),
                                     .feerate = feerate == 0 ? 1 : feerate};
    prom_node_room room;
    prom_node_room_of(node, role, &room);
    capacity->disk = way.bytes > room.over ? prom_count_add(room.left, way.bytes - room.over) : room.left;
    capacity->room = room_for(node, role, capacity->open, &way);
    capacity->begins = capacity->room > 0 ? node->best_tip : first_over(node, role);
}

prom_amount prom_node_staked_with(const prom_node *node, const prom_bytes32 *client)
{
    prom_amount sum = prom_amount_zero();
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_channel *channel = node->channels[i]->channel;
        if (channel != NULL && !node->channels[i]->kept && channel->facts.setup.phase != PROM_SETUP_OVER &&
            (PROM_ROLES_PAID & PROM_ROLE_BIT(channel->facts.role)) != 0 &&
            prom_bytes32_equal(&channel->facts.nodes[PROM_PARTY_C].key, client)) {
            sum = prom_amount_add(sum, prom_terms_deposit(&channel->terms, parties[channel->facts.role]));
        }
    }
    return sum;
}

/* -- Coins -- */

static prom_amount sum_of(const prom_own *own)
{
    prom_amount sum = prom_amount_zero();
    for (size_t i = 0; i < own->coin_count; i++) {
        sum = prom_amount_add(sum, own->coins[i].value);
    }
    return sum;
}

void prom_node_purse_for(const prom_node *node, prom_role role, const prom_terms *terms, prom_node_purse *purse)
{
    const prom_wallet_coin *kept = NULL;
    prom_own own = {.coin_count = 0};
    prom_fee_coin needed;
    prom_error ignored;
    *purse = (prom_node_purse){.funds = prom_amount_zero(), .fee_coin = prom_amount_zero(), .coins = 1};
    if (!prom_is_ok(prom_node_fee_coin_needed(node, &needed, role, terms, &ignored))) {
        return;
    }
    purse->fee_coin = needed.value;
    const prom_coin_list but = {&kept, 1};
    const prom_funding funding = {prom_node_needs(terms, parties[role]), terms->feerate, PROM_COIN_ELSEWHERE, &but,
                                  false};
    if (prom_is_ok(prom_node_find_coin(node, &kept, role, terms, NULL, &ignored)) &&
        prom_is_ok(prom_node_fund(node, &own, &funding, &ignored))) {
        purse->funds = prom_amount_add(sum_of(&own), kept->coin.value);
        purse->coins = (uint32_t)own.coin_count;
    }
}

/* -- The chain -- */

const prom_parameters *prom_node_known_p(const prom_node *node, const prom_bytes32 *txid)
{
    const prom_index_record *P = prom_index_find(node->fold->index, PROM_INDEX_P, txid);
    const uint64_t depth = (uint64_t)node->network->offer_age + node->network->snapshot_depth.low;
    return P != NULL && P->height + depth <= node->best_tip ? &P->P : NULL;
}
