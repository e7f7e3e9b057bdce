#include "contacts/meeting.h"

#include "net/parts.h"

struct three {
    struct guest *client;
    struct guest *friend;
    struct guest *arbiter;
    struct guest *all[3];
};

static bool knows_the_offer(void *context)
{
    const struct three *three = context;
    return prom_node_heard_at(three->client->host->node, 0) != NULL;
}

static bool has_heard_of_it(void *context)
{
    const struct three *three = context;
    const struct guest *friend = three->friend;
    const prom_topic *topic = &friend->contacts->topics[0];
    return prom_directory_count(friend->contacts->directory, &topic->p_txid, topic->role).heard_peers > 0;
}

/* Of an arbiter a node knows by its peer alone: it is linked to, asked, and its offer can be drawn. */
static void an_arbiter_that_was_heard_of_is_asked(void **state)
{
    fixture *test = *state;
    struct three three = {guest_new(test, PROM_ROLE_CLIENT, 1),
                          guest_new(test, PROM_ROLE_CLIENT, 2),
                          guest_new(test, PROM_ROLE_ARBITER, 3),
                          {0}};
    prom_announcement own;
    memcpy(three.all, (struct guest *[]){three.client, three.friend, three.arbiter}, sizeof three.all);
    guest_name(three.client, three.friend);
    guest_name(three.arbiter, three.friend);
    three.arbiter->options.arbiter = true;
    for (size_t i = 0; i < 3; i++) {
        const struct market market = publish(three.all[i]->host, 0);
        const prom_tx *txs[] = {market.published, offer_of(three.all[i]->host, &market, 0, &own)};
        host_block(three.all[i]->host, txs, 2);
        guest_start(three.all[i]);
    }
    const prom_key Q = named_key(test, "Q", 0);
    own.node_key = *guest_key(three.arbiter);
    own.address = prom_span_of(three.arbiter->options.told.bytes, three.arbiter->options.told.length);
    sign_announcement(three.arbiter->host, &own, &Q);
    assert_ok(prom_node_take_offers(three.arbiter->host->node, &own, 1, &test->error), &test->error);
    prom_contacts_want(three.friend->contacts, &own.p_txid, PROM_ROLE_ARBITER);
    meet(&three.all[1], 2, has_heard_of_it, &three);
    prom_contacts_want(three.client->contacts, &own.p_txid, PROM_ROLE_WORKER);
    meet(three.all, 3, knows_the_offer, &three);
    assert_true(
        prom_bytes32_equal(&prom_node_heard_at(three.client->host->node, 0)->node_key, guest_key(three.arbiter)));
    for (size_t i = 0; i < 3; i++) {
        guest_free(three.all[i]);
    }
}

static size_t used(const struct guest *guest)
{
    size_t count = 0;
    for (size_t i = 0; i < PROM_OUTREACH_MAX; i++) {
        count += guest->contacts->outreach.slots[i].used;
    }
    return count;
}

/* Pointers that lead nowhere: each is tried, not again for a while, and is forgotten after a second time. */
static void who_is_not_there_is_given_up(void **state)
{
    fixture *test = *state;
    struct guest *guest = guest_new(test, PROM_ROLE_CLIENT, 1);
    const prom_bytes32 P = named("P", 0);
    char address[128];
    guest_start(guest);
    prom_contacts_want(guest->contacts, &P, PROM_ROLE_ARBITER);
    for (size_t i = 0; i < 2 * PROM_OUTREACH_MAX; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "gone%zu", i);
        (void)snprintf(address, sizeof address, "203.%zu.113.5:7067", i);
        guest_hears(guest, pointer_for(test, guest, &P, PROM_ROLE_ARBITER, name, address));
    }
    guest->contacts->peers[0].link = UINT64_MAX; /* some link is up, so the fault is not ours */
    guest->contacts->peers_used = 1;
    prom_contacts_reach_out(guest->contacts, 1000);
    assert_int_equal(used(guest), PROM_OUTREACH_MAX); /* no more at once */
    prom_contacts_reach_out(guest->contacts, 2000);
    assert_int_equal(used(guest), PROM_OUTREACH_MAX);
    prom_contacts_reach_out(guest->contacts, 1000 + 60000); /* their time is over, and the others are tried */
    assert_int_equal(used(guest), PROM_OUTREACH_MAX);
    prom_contacts_reach_out(guest->contacts, 1000 + 120000);
    assert_int_equal(used(guest), 0); /* all were tried */
    const prom_directory_counts counts = prom_directory_count(guest->contacts->directory, &P, PROM_ROLE_ARBITER);
    assert_int_equal(counts.heard_dht, 2 * PROM_OUTREACH_MAX);
    prom_contacts_reach_out(guest->contacts, 1000 + 30 * 60000);
    assert_int_equal(used(guest), PROM_OUTREACH_MAX);
    prom_contacts_reach_out(guest->contacts, 1000 + 31 * 60000);
    prom_contacts_reach_out(guest->contacts, 1000 + 32 * 60000);
    assert_int_equal(prom_directory_count(guest->contacts->directory, &P, PROM_ROLE_ARBITER).heard_dht, 0);
    guest_free(guest);
}

/* A node whose own line is down forgets nobody. */
static void our_own_fault_is_nobodys(void **state)
{
    fixture *test = *state;
    struct guest *guest = guest_new(test, PROM_ROLE_CLIENT, 1);
    const prom_bytes32 P = named("P", 0);
    guest_start(guest);
    prom_contacts_want(guest->contacts, &P, PROM_ROLE_WORKER);
    guest_hears(guest, pointer_for(test, guest, &P, PROM_ROLE_WORKER, "worker", "203.0.113.5:7067"));
    for (int64_t hour = 1; hour < 20; hour++) {
        prom_contacts_reach_out(guest->contacts, hour * 3600000);
        assert_int_equal(used(guest), 1);
        prom_contacts_reach_out(guest->contacts, hour * 3600000 + 60000);
        assert_int_equal(used(guest), 0);
    }
    assert_int_equal(prom_directory_count(guest->contacts->directory, &P, PROM_ROLE_WORKER).heard_dht, 1);
    guest_free(guest);
}

/* What the network says of an address ends the try at once. */
static void a_refusal_ends_the_try(void **state)
{
    fixture *test = *state;
    struct guest *guest = guest_new(test, PROM_ROLE_CLIENT, 1);
    const prom_bytes32 P = named("P", 0);
    guest_start(guest);
    prom_contacts_want(guest->contacts, &P, PROM_ROLE_WORKER);
    guest_hears(guest, pointer_for(test, guest, &P, PROM_ROLE_WORKER, "gone", "/tmp/prom-nobody-listens-here"));
    for (unsigned i = 0; i < 200 && (i < 2 || used(guest) > 0); i++) {
        prom_contacts_reach_out(guest->contacts, 1000);
        prom_node_mail_turn(guest->host->node);
        (void)usleep(500);
    }
    assert_int_equal(used(guest), 0);
    assert_int_equal(guest->host->node->net->dials_used, 0);
    prom_contacts_reach_out(guest->contacts, 1000 + 4999);
    assert_int_equal(used(guest), 0);
    prom_contacts_reach_out(guest->contacts, 1000 + 5000); /* it may begin anew */
    assert_int_equal(used(guest), 1);
    guest_free(guest);
}

/* Somebody whose link ends before it was asked is tried again soon, later with every time, and not for ever later; with
 * those first that were not tried yet. Who was asked has its time. */
static void a_link_that_fails_is_tried_again(void **state)
{
    enum { LAST_MS = 20 * 60 * 1000 };
    fixture *test = *state;
    struct guest *guest = guest_new(test, PROM_ROLE_CLIENT, 1);
    const prom_bytes32 P = named("P", 0);
    int64_t now = 1000;
    guest_start(guest);
    prom_outreach *outreach = &guest->contacts->outreach;
    prom_contacts_want(guest->contacts, &P, PROM_ROLE_ARBITER);
    guest_hears(guest, pointer_for(test, guest, &P, PROM_ROLE_ARBITER, "arbiter", "203.0.113.5:7067"));
    prom_contacts_reach_out(guest->contacts, now);
    for (int64_t pause = 5000; pause < 4 * LAST_MS; pause *= 2) {
        const int64_t its = pause < LAST_MS ? pause : LAST_MS;
        assert_true(outreach->slots[0].used);
        outreach->slots[0].up = true; /* and the link is gone */
        now += 70000;
        prom_contacts_reach_out(guest->contacts, now);
        assert_int_equal(used(guest), 0);
        prom_contacts_reach_out(guest->contacts, now + its - 1);
        assert_int_equal(used(guest), 0);
        now += its;
        prom_contacts_reach_out(guest->contacts, now);
        assert_int_equal(used(guest), 1);
    }
    outreach->slots[0].up = outreach->slots[0].asked = true;
    prom_contacts_reach_out(guest->contacts, now + 1000);
    prom_contacts_reach_out(guest->contacts, now + LAST_MS - 1);
    assert_int_equal(used(guest), 0);
    now += LAST_MS;
    prom_contacts_reach_out(guest->contacts, now);
    outreach->slots[0].up = true;
    prom_contacts_reach_out(guest->contacts, now + 1); /* it fails for the first time again */
    assert_int_equal(used(guest), 0);
    for (size_t i = 0; i < PROM_OUTREACH_MAX; i++) {
        char name[16];
        char address[32];
        (void)snprintf(name, sizeof name, "new%zu", i);
        (void)snprintf(address, sizeof address, "203.%zu.113.5:7067", i + 1);
        guest_hears(guest, pointer_for(test, guest, &P, PROM_ROLE_ARBITER, name, address));
    }
    const uint64_t mark = outreach->tried[0].mark;
    prom_contacts_reach_out(guest->contacts, now + 1 + 5000);
    assert_int_equal(used(guest), PROM_OUTREACH_MAX);
    assert_true(outreach->tried[0].mark == mark && outreach->tried[0].at == now + 1);
    guest_free(guest);
}

/* Who was there once, and then says nothing for a whole minute, is as one who was never there. */
static void who_fails_and_is_silent_then_is_left_alone(void **state)
{
    enum { SILENT_MS = 60 * 1000, LAST_MS = 20 * 60 * 1000 };
    fixture *test = *state;
    struct guest *guest = guest_new(test, PROM_ROLE_CLIENT, 1);
    const prom_bytes32 P = named("P", 0);
    int64_t now = 1000;
    guest_start(guest);
    prom_contacts_want(guest->contacts, &P, PROM_ROLE_ARBITER);
    guest_hears(guest, pointer_for(test, guest, &P, PROM_ROLE_ARBITER, "arbiter", "203.0.113.5:7067"));
    prom_contacts_reach_out(guest->contacts, now);
    guest->contacts->outreach.slots[0].up = true; /* and the link is gone */
    prom_contacts_reach_out(guest->contacts, now);
    assert_int_equal(used(guest), 0);
    now += 5000;
    prom_contacts_reach_out(guest->contacts, now);
    assert_int_equal(used(guest), 1);
    now += SILENT_MS;
    prom_contacts_reach_out(guest->contacts, now);
    assert_int_equal(used(guest), 0);
    prom_contacts_reach_out(guest->contacts, now + LAST_MS - 1);
    assert_int_equal(used(guest), 0);
    prom_contacts_reach_out(guest->contacts, now + LAST_MS);
    assert_int_equal(used(guest), 1);
    guest_free(guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(an_arbiter_that_was_heard_of_is_asked),
        FIXTURE_TEST(who_is_not_there_is_given_up),
        FIXTURE_TEST(our_own_fault_is_nobodys),
        FIXTURE_TEST(a_refusal_ends_the_try),
        FIXTURE_TEST(a_link_that_fails_is_tried_again),
        FIXTURE_TEST(who_fails_and_is_silent_then_is_left_alone),
    };
    return cmocka_run_group_tests_name("contacts/outreach", tests, NULL, NULL);
}
