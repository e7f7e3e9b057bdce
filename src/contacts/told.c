/* What others are told of us: a pointer for each P and role that we serve; and to who asks, what we ask for. */
#include <stdlib.h>
#include <string.h>

#include "contacts/state.h"
#include "listing/listing.h"
#include "node/own.h"
#include "node/owner.h"
#include "prometheus/scheme/scheme.h"

enum {
    POINTER_MEMORY = 1 << 14,
    RENEWED_BLOCKS = 144, /* a day; a pointer lives for a week, so that who was away for days finds us */
    THOUSAND = 1000,      /* rates are for a million, prices of multiplications for 10^9 */
    SCHEMES_LOOKED_AT = 256,
};

/* -- Pointers -- */

static prom_result issue(const prom_contacts *contacts, prom_arena *arena, prom_span *bytes, const prom_topic *topic,
                         uint32_t tip, prom_error *error)
{
    const prom_address *told = &contacts->options.told;
    prom_pointer pointer = {.genesis = contacts->options.genesis,
                            .p_txid = topic->p_txid,
                            .role = topic->role,
                            .node = contacts->self,
                            .issued_at = tip,
                            .expires_at = tip + PROM_POINTER_BLOCKS_MAX,
                            .address_count = 1,
                            .addresses = {prom_span_of(told->bytes, told->length)}};
    prom_bytes32 hash;
    PROM_TRY(prom_pointer_hash(arena, &hash, &pointer, error));
    PROM_TRY(prom_node_sign_as_itself(contacts->options.node, &pointer.signature, &hash, error));
    return prom_pointer_write(arena, bytes, &pointer, error);
}

/* With the first block after a start it is issued once more: what an earlier start, which listened elsewhere, has
 * issued at the same height is not certain to be replaced. */
static bool is_due(const prom_topic *topic, uint32_t tip)
{
    return topic->told_at == 0 || tip < topic->told_at || tip - topic->told_at >= RENEWED_BLOCKS ||
           (!topic->told_again && tip > topic->told_at);
}

void prom_contacts_tell(prom_contacts *contacts, prom_topic *topic, uint32_t tip)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_source source = {.kind = PROM_SOURCE_OWN};
    prom_span bytes;
    prom_error reason;
    if (contacts->options.told.length == 0 || !is_due(topic, tip)) {
        return;
    }
    prom_arena_init(&arena, POINTER_MEMORY);
    topic->told_again = topic->told_at != 0;
    topic->told_at = tip;
    if (!prom_is_ok(issue(contacts, &arena, &bytes, topic, tip, &reason))) {
        prom_contacts_report(contacts, PROM_REPORT_FAULT, "no pointer tells of us: %s", reason.sentence);
        return;
    }
    prom_directory_withdraw(contacts->directory, &topic->p_txid, topic->role); /* one is enough */
    (void)prom_directory_take(contacts->directory, bytes, &source, tip);
    prom_contacts_table_put(contacts, topic, bytes);
}

/* -- Listings -- */

static int compare_txids(const void *a, const void *b)
{
    return prom_bytes32_compare_vartime(a, b);
}

static void list_served(const prom_contacts *contacts, prom_listing *listing)
{
    for (size_t i = 0; i < PROM_TOPICS_MAX; i++) {
        const prom_topic *topic = &contacts->topics[i];
        if (topic->used && topic->served && topic->role == listing->role) {
            listing->contracts[listing->contract_count++] = topic->p_txid;
        }
    }
    qsort(listing->contracts, listing->contract_count, sizeof listing->contracts[0], compare_txids);
    for (uint16_t number = 0; number < SCHEMES_LOOKED_AT && listing->scheme_count < PROM_LISTING_SCHEMES_MAX;
         number++) {
        if (prom_scheme_by_number(number) != NULL) {
            listing->schemes[listing->scheme_count++] = number;
        }
    }
}

/* Contracts that it would take now: no more than the node has room for. */
static uint32_t capacity_of(const prom_contacts *contacts, const prom_policy *policy)
{
    prom_node_told told;
    prom_node_tell(contacts->options.node, &told);
    const uint32_t open = (uint32_t)told.channels;
    const uint32_t room = told.channels_max > open ? told.channels_max - open : 0;
    return policy->contracts_max < room ? policy->contracts_max : room;
}

static uint64_t at_most(uint64_t number, uint64_t most)
{
    return number < most ? number : most;
}

static void fill(const prom_contacts *contacts, prom_listing *listing, prom_role role)
{
    const prom_policy *policy = &contacts->options.policies[role];
    const uint32_t tip = prom_node_tip(contacts->options.node);
    const bool runs_modules = prom_node_runner(contacts->options.node) != NULL;
    *listing = (prom_listing){
        .genesis = contacts->options.genesis,
        .node = contacts->self,
        .role = role,
        .issued_at = tip,
        .expires_at = tip + RENEWED_BLOCKS,
        .version_min = PROM_WIRE_VERSION,
        .version_max = PROM_WIRE_VERSION,
        .features = PROM_FEATURE_DISCOVERY | (runs_modules ? PROM_FEATURE_MODULES : 0),
        .capacity = capacity_of(contacts, policy),
        .price_macs = at_most(policy->rates.macs, PROM_PRICE_MAX / THOUSAND) * THOUSAND,
        .price_bytes = at_most(policy->rates.bytes, PROM_PRICE_MAX),
        .price_effort = at_most(policy->rates.effort, PROM_PRICE_MAX),
        .reward_min = policy->rates.least,
        .macs = policy->machine.macs_per_second,
        .bytes_up = policy->machine.bytes_per_second,
        .bytes_down = policy->machine.bytes_per_second,
    };
    list_served(contacts, listing);
}

static prom_result make_listing(const prom_contacts *contacts, prom_arena *arena, prom_span *bytes, prom_role role,
                                prom_error *error)
{
    prom_listing *listing = NULL;
    prom_bytes32 hash;
    PROM_TRY_NEW(listing, arena, 1, error);
    fill(contacts, listing, role);
    PROM_TRY(prom_listing_hash(arena, &hash, listing, error));
    PROM_TRY(prom_node_sign_as_itself(contacts->options.node, &listing->signature, &hash, error));
    return prom_listing_write(arena, bytes, listing, error);
}

static bool is_served(const prom_contacts *contacts, const prom_bytes32 *p_txid, prom_role role)
{
    bool found = false;
    for (size_t i = 0; i < PROM_TOPICS_MAX && !found; i++) {
        const prom_topic *topic = &contacts->topics[i];
        found = topic->used && topic->served && topic->role == role && prom_bytes32_equal(&topic->p_txid, p_txid);
    }
    return found;
}

static bool is_offered(const prom_own_offer *offer, const prom_bytes32 *p_txid)
{
    return offer->on_chain && offer->fate == PROM_OFFER_UNSPENT && !offer->leaving &&
           prom_bytes32_equal(&offer->announcement.p_txid, p_txid);
}

static prom_result list_announcements(const prom_contacts *contacts, prom_arena *arena, prom_span_list *list,
                                      const prom_bytes32 *p_txid, prom_error *error)
{
    prom_own_offer *offers = NULL;
    prom_span *items = NULL;
    size_t count = 0;
    size_t bytes = 0;
    PROM_TRY(prom_node_list_offers(contacts->options.node, arena, &offers, &count, error));
    PROM_TRY_NEW(items, arena, PROM_LISTINGS_MAX, error);
    *list = (prom_span_list){items, 0};
    for (size_t i = 0; i < count && list->count < PROM_LISTINGS_MAX; i++) {
        if (!is_offered(&offers[i], p_txid)) {
            continue;
        }
        PROM_TRY(prom_announcement_write(arena, &items[list->count], &offers[i].announcement, error));
        bytes += items[list->count].length;
        list->count += bytes <= PROM_LISTINGS_CARRIED_MAX;
    }
    return prom_ok();
}

prom_result prom_contacts_own_listings(const prom_contacts *contacts, prom_arena *arena, prom_listings *answer,
                                       const prom_get_listings *question, prom_error *error)
{
    prom_span *item = NULL;
    *answer = (prom_listings){.p_txid = question->p_txid, .role = question->role};
    if (!is_served(contacts, &question->p_txid, question->role)) {
        return prom_ok();
    }
    if (question->role == PROM_ROLE_ARBITER) {
        return list_announcements(contacts, arena, &answer->listings, &question->p_txid, error);
    }
    PROM_TRY_NEW(item, arena, 1, error);
    PROM_TRY(make_listing(contacts, arena, item, question->role, error));
    answer->listings = (prom_span_list){item, 1};
    return prom_ok();
}
