/* What nodes offer themselves: asked of each peer, and answered, within what that may cost. */
#include "contacts/state.h"
#include "listing/listing.h"

enum { ENQUIRY_MEMORY = 1 << 20 };

bool prom_contacts_enquire(prom_contacts *contacts, prom_peer *peer, const prom_topic *topic, int64_t now)
{
    const prom_packet packet = {.kind = PROM_PACKET_GET_LISTINGS, .as.get_listings = {topic->p_txid, topic->role}};
    if (!prom_exchange_may_ask(&peer->enquiry, now) ||
        !prom_net_put(prom_node_net(contacts->options.node), peer->link, &packet)) {
        return false;
    }
    prom_exchange_asked(&peer->enquiry, &topic->p_txid, topic->role, now);
    return true;
}

void prom_contacts_answer_enquiry(const prom_contacts *contacts, prom_peer *peer, const prom_get_listings *question,
                                  int64_t now)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_packet packet = {.kind = PROM_PACKET_LISTINGS};
    prom_error reason;
    if (!prom_exchange_quota_take(&peer->enquiry.answers, now)) {
        return;
    }
    prom_arena_init(&arena, ENQUIRY_MEMORY);
    if (!prom_is_ok(prom_contacts_own_listings(contacts, &arena, &packet.as.listings, question, &reason))) {
        prom_contacts_report(contacts, PROM_REPORT_FAULT, "a peer is not told what we offer: %s", reason.sentence);
        return;
    }
    (void)!prom_net_put(prom_node_net(contacts->options.node), peer->link, &packet); /* it may ask again */
}

/* -- Answers -- */

/* Of a worker or a verifier: that the peer itself says so, for this P, now. */
static prom_result take_listing(const prom_contacts *contacts, prom_peer *peer, prom_span bytes, uint32_t topic,
                                prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_listing *listing = NULL;
    prom_arena_init(&arena, ENQUIRY_MEMORY);
    PROM_TRY_NEW(listing, &arena, 1, error);
    PROM_TRY(prom_listing_read(listing, bytes, error));
    if (!prom_lifetime_holds(listing->issued_at, listing->expires_at, prom_node_tip(contacts->options.node))) {
        return prom_ok(); /* its chain is ahead of ours, or behind */
    }
    PROM_TRY(prom_listing_check(prom_node_curve(contacts->options.node), &arena, listing, &contacts->options.genesis,
                                &peer->node, prom_node_tip(contacts->options.node), error));
    if (listing->role == peer->enquiry.role && prom_listing_has_contract(listing, &peer->enquiry.p_txid)) {
        peer->offers |= topic;
    }
    return prom_ok();
}

/* Of an arbiter: its own offer. One that is not on our chain may be there tomorrow, and is no fault of the peer's. */
static prom_result take_announcement(const prom_contacts *contacts, prom_peer *peer, prom_span bytes, uint32_t topic,
                                     prom_error *error)
{
    prom_announcement announcement;
    bool fresh = false;
    prom_error reason;
    PROM_TRY(prom_announcement_read(&announcement, bytes, error));
    if (!prom_bytes32_equal(&announcement.p_txid, &peer->enquiry.p_txid) ||
        !prom_bytes32_equal(&announcement.node_key, &peer->node)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "a peer sent the announcement of an offer that is not its own");
    }
    if (!prom_is_ok(prom_node_hear(contacts->options.node, &announcement, &fresh, &reason))) {
        prom_contacts_report(contacts, PROM_REPORT_REFUSED, "an announcement is passed over: %s", reason.sentence);
        return prom_ok();
    }
    peer->offers |= topic;
    if (fresh) {
        char hex[PROM_HEX32];
        prom_contacts_report(contacts, PROM_REPORT_NOTE, "the offer %.16s is announced by its arbiter",
                             prom_hex32_reversed(hex, &announcement.offer.txid));
    }
    return prom_ok();
}

static prom_result take(prom_contacts *contacts, prom_peer *peer, const prom_listings *answer, prom_error *error)
{
    if (!prom_exchange_answered(&peer->enquiry, &answer->p_txid, answer->role)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "a peer sent listings that nobody asked it for");
    }
    const prom_topic *topic = prom_contacts_topic_of(contacts, &answer->p_txid, answer->role);
    const uint32_t bit = topic == NULL ? 0 : prom_topic_bit(contacts, topic);
    peer->offers &= ~bit;
    for (size_t i = 0; i < answer->listings.count && topic != NULL; i++) { /* else nobody looks for it any more */
        const prom_span bytes = answer->listings.items[i];
        PROM_TRY(answer->role == PROM_ROLE_ARBITER ? take_announcement(contacts, peer, bytes, bit, error)
                                                   : take_listing(contacts, peer, bytes, bit, error));
    }
    return prom_ok();
}

void prom_contacts_take_listings(prom_contacts *contacts, prom_peer *peer, const prom_listings *answer)
{
    prom_error reason;
    if (!prom_is_ok(take(contacts, peer, answer, &reason))) {
        prom_contacts_leave(contacts, peer, &reason);
    }
}
