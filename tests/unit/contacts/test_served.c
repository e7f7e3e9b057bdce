#include "contacts/meeting.h"

static bool serves(struct guest *guest, const prom_bytes32 *p_txid, prom_role role)
{
    const prom_topic *topic = prom_contacts_topic_of(guest->contacts, p_txid, role);
    return topic != NULL && topic->served;
}

static prom_directory_counts counts_of(const struct guest *guest, const prom_bytes32 *p_txid, prom_role role)
{
    return prom_directory_count(guest->contacts->directory, p_txid, role);
}

/* A worker serves what the chain has, and follows its arbiters; what its owner refuses it does not. */
static void what_the_chain_has_is_served(void **state)
{
    struct guest *guest = guest_new(*state, PROM_ROLE_WORKER, 1);
    guest_serve(guest, PROM_ROLE_WORKER);
    guest_start(guest);
    prom_contacts_serve(guest->contacts);
    assert_int_equal(prom_contacts_active(guest->contacts), 0);
    const struct market market = publish(guest->host, 0);
    const prom_tx *tx = market.published;
    host_block(guest->host, &tx, 1);
    prom_contacts_serve(guest->contacts);
    assert_true(serves(guest, &market.p_txid, PROM_ROLE_WORKER));
    assert_false(serves(guest, &market.p_txid, PROM_ROLE_VERIFIER));
    assert_true(prom_contacts_topic_of(guest->contacts, &market.p_txid, PROM_ROLE_ARBITER)->needed);
    assert_true(prom_contacts_topic_of(guest->contacts, &market.p_txid, PROM_ROLE_VERIFIER)->relayed);
    assert_false(prom_topic_is_looked_for(prom_contacts_topic_of(guest->contacts, &market.p_txid, PROM_ROLE_VERIFIER)));
    assert_int_equal(counts_of(guest, &market.p_txid, PROM_ROLE_WORKER).own, 1);
    prom_policy policies[PROM_ROLES];
    memcpy(policies, guest->options.policies, sizeof policies);
    policies[PROM_ROLE_WORKER].limits.three_max = prom_amount_zero();
    policies[PROM_ROLE_WORKER].limits.any_fund = false;
    prom_contacts_set_policies(guest->contacts, policies);
    prom_contacts_serve(guest->contacts);
    assert_false(serves(guest, &market.p_txid, PROM_ROLE_WORKER));
    assert_int_equal(prom_contacts_active(guest->contacts), 0);
    assert_int_equal(counts_of(guest, &market.p_txid, PROM_ROLE_WORKER).own, 0); /* the pointer is withdrawn */
    guest_free(guest);
}

/* Where the owner names P these alone are served, once they are there; and a reorganisation takes them away. */
static void what_the_owner_names_is_served(void **state)
{
    struct guest *guest = guest_new(*state, PROM_ROLE_VERIFIER, 1);
    const struct market markets[] = {publish(guest->host, 0), publish(guest->host, 1)};
    const prom_bytes32 named_ones[] = {named("P", 0), markets[1].p_txid};
    guest_serve(guest, PROM_ROLE_VERIFIER);
    guest->options.policies[PROM_ROLE_VERIFIER].accepted = (prom_key_list){named_ones, 2};
    guest_start(guest);
    const prom_tx *txs[] = {markets[0].published, markets[1].published};
    host_block(guest->host, txs, 2);
    prom_contacts_serve(guest->contacts);
    assert_false(serves(guest, &markets[0].p_txid, PROM_ROLE_VERIFIER));
    assert_true(serves(guest, &markets[1].p_txid, PROM_ROLE_VERIFIER));
    host_unblock(guest->host);
    prom_contacts_serve(guest->contacts);
    assert_false(serves(guest, &markets[1].p_txid, PROM_ROLE_VERIFIER));
    guest_free(guest);
}

/* Of many P so many are served, those where more arbiters stand ready first. */
static void the_fullest_are_served(void **state)
{
    enum { MANY = PROM_CONTACTS_SERVED_MAX + 3 };
    struct guest *guest = guest_new(*state, PROM_ROLE_WORKER, 1);
    const prom_tx *txs[MANY + 1];
    struct market last;
    prom_announcement announcement;
    size_t served = 0;
    guest_serve(guest, PROM_ROLE_WORKER);
    guest_start(guest);
    for (size_t i = 0; i < MANY; i++) {
        last = publish(guest->host, i);
        txs[i] = last.published;
    }
    txs[MANY] = offer_of(guest->host, &last, 0, &announcement);
    host_block(guest->host, txs, MANY + 1);
    prom_contacts_serve(guest->contacts);
    for (size_t i = 0; i < PROM_TOPICS_MAX; i++) {
        served += guest->contacts->topics[i].served;
    }
    assert_int_equal(served, PROM_CONTACTS_SERVED_MAX);
    assert_true(serves(guest, &last.p_txid, PROM_ROLE_WORKER));
    guest_free(guest);
}

/* An arbiter serves where its offers can be drawn, as long as they can. */
static void offers_are_served(void **state)
{
    struct guest *guest = guest_new(*state, PROM_ROLE_ARBITER, 1);
    fixture *test = guest->host->test;
    const struct market market = publish(guest->host, 0);
    prom_announcement own;
    const prom_tx *txs[] = {market.published, offer_of(guest->host, &market, 0, &own)};
    guest->options.arbiter = true;
    guest_start(guest);
    host_block(guest->host, txs, 2);
    prom_contacts_serve(guest->contacts);
    assert_false(serves(guest, &market.p_txid, PROM_ROLE_ARBITER)); /* somebody's */
    assert_ok(prom_node_take_offers(guest->host->node, &own, 1, &test->error), &test->error);
    host_block(guest->host, NULL, 0);
    prom_contacts_serve(guest->contacts);
    assert_true(serves(guest, &market.p_txid, PROM_ROLE_ARBITER));
    assert_int_equal(prom_contacts_looked_for(guest->contacts), 0); /* an arbiter asks no arbiters */
    const prom_tx *withdrawn = host_payment(guest->host, 52, 1);
    withdrawn->inputs[0].outpoint = own.offer;
    host_block(guest->host, &withdrawn, 1);
    prom_contacts_serve(guest->contacts);
    assert_false(serves(guest, &market.p_txid, PROM_ROLE_ARBITER));
    guest_free(guest);
}

/* Before all blocks are read nothing is told. */
static void who_is_not_ready_tells_nothing(void **state)
{
    struct guest *guest = guest_new(*state, PROM_ROLE_WORKER, 1);
    const struct market market = publish(guest->host, 0);
    const prom_tx *tx = market.published;
    guest_serve(guest, PROM_ROLE_WORKER);
    guest_start(guest);
    host_block(guest->host, &tx, 1);
    guest->host->node->health.may_begin = false;
    prom_contacts_serve(guest->contacts);
    assert_int_equal(prom_contacts_active(guest->contacts), 0);
    guest->host->node->health.may_begin = true;
    prom_contacts_serve(guest->contacts);
    assert_true(serves(guest, &market.p_txid, PROM_ROLE_WORKER));
    guest_free(guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_the_chain_has_is_served),   FIXTURE_TEST(what_the_owner_names_is_served),
        FIXTURE_TEST(the_fullest_are_served),         FIXTURE_TEST(offers_are_served),
        FIXTURE_TEST(who_is_not_ready_tells_nothing),
    };
    return cmocka_run_group_tests_name("contacts/served", tests, NULL, NULL);
}
