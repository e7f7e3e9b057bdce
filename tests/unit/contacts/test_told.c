#include "contacts/meeting.h"

#include "listing/listing.h"

/* A guest that serves a P of its chain in that role. */
static struct market serve(struct guest *guest)
{
    const struct market market = publish(guest->host, 0);
    const prom_tx *tx = market.published;
    guest_start(guest);
    host_block(guest->host, &tx, 1);
    prom_contacts_serve(guest->contacts);
    return market;
}

static prom_pointer own_pointer(struct guest *guest, const prom_bytes32 *p_txid)
{
    prom_directory_entry entry;
    const prom_bytes32 random = named("random", 0);
    assert_int_equal(prom_directory_pick(guest->contacts->directory, p_txid, PROM_ROLE_WORKER, &random, &entry, 1), 1);
    assert_true(entry.own);
    return entry.pointer;
}

/* It names us, where we listen, for a week; once more with the next block, and then every day. */
static void pointers_are_renewed(void **state)
{
    struct guest *guest = guest_new(*state, PROM_ROLE_WORKER, 1);
    fixture *test = guest->host->test;
    guest_serve(guest, PROM_ROLE_WORKER);
    const struct market market = serve(guest);
    prom_pointer pointer = own_pointer(guest, &market.p_txid);
    const uint32_t first = prom_node_tip(guest->host->node);
    assert_int_equal(pointer.issued_at, first);
    assert_int_equal(pointer.expires_at, first + PROM_POINTER_BLOCKS_MAX);
    assert_true(prom_bytes32_equal(&pointer.node, guest_key(guest)));
    assert_int_equal(pointer.addresses[0].length, guest->options.told.length);
    assert_memory_equal(pointer.addresses[0].data, guest->options.told.bytes, guest->options.told.length);
    assert_ok(prom_pointer_signed(test->curve, &test->arena, &pointer, &test->error), &test->error);
    for (uint32_t i = 1; i <= 146; i++) {
        host_block(guest->host, NULL, 0);
        prom_contacts_serve(guest->contacts);
        pointer = own_pointer(guest, &market.p_txid);
        assert_int_equal(pointer.issued_at, first + (i < 145 ? 1 : 145));
    }
    guest_free(guest);
}

/* Who listens nowhere publishes nothing, and hands its listing out all the same. */
static void who_listens_nowhere_has_no_pointer(void **state)
{
    struct guest *guest = guest_new(*state, PROM_ROLE_WORKER, 1);
    guest_serve(guest, PROM_ROLE_WORKER);
    guest->options.told.length = 0;
    const struct market market = serve(guest);
    const prom_get_listings question = {market.p_txid, PROM_ROLE_WORKER};
    prom_listings answer;
    assert_int_equal(prom_directory_count(guest->contacts->directory, &market.p_txid, PROM_ROLE_WORKER).own, 0);
    assert_ok(prom_contacts_own_listings(guest->contacts, &guest->host->test->arena, &answer, &question,
                                         &guest->host->test->error),
              &guest->host->test->error);
    assert_int_equal(answer.listings.count, 1);
    guest_free(guest);
}

/* A listing says what the policy says, signed by the node. */
static void listings_are_the_policy(void **state)
{
    struct guest *guest = guest_new(*state, PROM_ROLE_WORKER, 1);
    fixture *test = guest->host->test;
    guest_serve(guest, PROM_ROLE_WORKER);
    const struct market market = serve(guest);
    prom_get_listings question = {market.p_txid, PROM_ROLE_WORKER};
    prom_listings answer;
    static prom_listing listing;
    assert_ok(prom_contacts_own_listings(guest->contacts, &test->arena, &answer, &question, &test->error),
              &test->error);
    assert_int_equal(answer.listings.count, 1);
    assert_ok(prom_listing_read(&listing, answer.listings.items[0], &test->error), &test->error);
    assert_ok(prom_listing_check(test->curve, &test->arena, &listing, &guest->host->network.genesis, guest_key(guest),
                                 prom_node_tip(guest->host->node), &test->error),
              &test->error);
    assert_int_equal(listing.role, PROM_ROLE_WORKER);
    assert_int_equal(listing.features, PROM_FEATURE_DISCOVERY);
    assert_int_equal(listing.price_macs, 250000);
    assert_int_equal(listing.price_bytes, 7);
    assert_int_equal(listing.price_effort, 9);
    assert_int_equal(listing.capacity, 3);
    assert_int_equal(listing.macs, 900);
    assert_int_equal(listing.bytes_up, 80);
    assert_true(prom_listing_has_contract(&listing, &market.p_txid));
    assert_true(prom_listing_has_scheme(&listing, 1));
    assert_true(prom_listing_has_scheme(&listing, 2));
    static const prom_runner runner;
    guest->host->node->runner = &runner;
    assert_ok(prom_contacts_own_listings(guest->contacts, &test->arena, &answer, &question, &test->error),
              &test->error);
    assert_ok(prom_listing_read(&listing, answer.listings.items[0], &test->error), &test->error);
    assert_int_equal(listing.features, PROM_FEATURE_DISCOVERY | PROM_FEATURE_MODULES);
    question.role = PROM_ROLE_VERIFIER; /* which it is not */
    assert_ok(prom_contacts_own_listings(guest->contacts, &test->arena, &answer, &question, &test->error),
              &test->error);
    assert_int_equal(answer.listings.count, 0);
    guest_free(guest);
}

/* An arbiter's are the announcements of the offers that can be drawn, for the P that was asked about. */
static void announcements_are_those_of_our_offers(void **state)
{
    struct guest *guest = guest_new(*state, PROM_ROLE_ARBITER, 1);
    fixture *test = guest->host->test;
    const struct market markets[] = {publish(guest->host, 0), publish(guest->host, 1)};
    prom_announcement own[3];
    prom_announcement shown;
    const prom_tx *txs[] = {markets[0].published, markets[1].published, offer_of(guest->host, &markets[0], 0, &own[0]),
                            offer_of(guest->host, &markets[1], 1, &own[1]),
                            offer_of(guest->host, &markets[0], 2, &own[2])};
    guest->options.arbiter = true;
    guest_start(guest);
    assert_ok(prom_node_take_offers(guest->host->node, own, 3, &test->error), &test->error);
    host_block(guest->host, txs, 4); /* the third offer is in no block */
    prom_contacts_serve(guest->contacts);
    const prom_get_listings question = {markets[0].p_txid, PROM_ROLE_ARBITER};
    prom_listings answer;
    assert_ok(prom_contacts_own_listings(guest->contacts, &test->arena, &answer, &question, &test->error),
              &test->error);
    assert_int_equal(answer.listings.count, 1);
    assert_ok(prom_announcement_read(&shown, answer.listings.items[0], &test->error), &test->error);
    assert_true(prom_outpoint_equal(&shown.offer, &own[0].offer));
    guest_free(guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(pointers_are_renewed),
        FIXTURE_TEST(who_listens_nowhere_has_no_pointer),
        FIXTURE_TEST(listings_are_the_policy),
        FIXTURE_TEST(announcements_are_those_of_our_offers),
    };
    return cmocka_run_group_tests_name("contacts/told", tests, NULL, NULL);
}
