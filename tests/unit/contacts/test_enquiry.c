#include "contacts/meeting.h"

#include "prometheus/contract/offer.h"

struct pair {
    struct guest *client;
    struct guest *other;
    struct market market;
    struct guest *both[2];
};

/* Two nodes on one chain, with a P; the client, which knows the other, looks for that role. */
static struct pair pair_of(fixture *test, prom_role role)
{
    struct pair pair = {guest_new(test, PROM_ROLE_CLIENT, 1), guest_new(test, role, 2), {0}, {0}};
    pair.both[0] = pair.client;
    pair.both[1] = pair.other;
    guest_name(pair.client, pair.other);
    pair.market = publish(pair.client->host, 0);
    (void)publish(pair.other->host, 0);
    return pair;
}

static void pair_free(struct pair *pair)
{
    guest_free(pair->client);
    guest_free(pair->other);
}

static void mine(struct pair *pair, const prom_tx *const *txs, size_t count)
{
    host_block(pair->client->host, txs, count);
    host_block(pair->other->host, txs, count);
}

static bool knows_an_offer(void *context)
{
    const struct pair *pair = context;
    return prom_node_heard_at(pair->client->host->node, 0) != NULL;
}

static prom_peer *peer_of(struct guest *guest)
{
    return &guest->contacts->peers[0];
}

static bool is_linked(void *context)
{
    struct pair *pair = context;
    return peer_of(pair->client)->link != 0 && peer_of(pair->other)->link != 0;
}

static bool is_alone(void *context)
{
    return !is_linked(context);
}

static bool is_offered(void *context)
{
    struct pair *pair = context;
    return peer_of(pair->client)->offers != 0;
}

/* The announcement of that offer, as the other node would make it. */
static const prom_tx *announced_by_other(const struct pair *pair, prom_announcement *announcement)
{
    const prom_tx *tx = offer_of(pair->other->host, &pair->market, 0, announcement);
    const prom_key Q = named_key(pair->other->host->test, "Q", 0);
    announcement->node_key = *guest_key(pair->other);
    sign_announcement(pair->other->host, announcement, &Q);
    return tx;
}

/* Whoever looks for a worker has the arbiters of its P asked, and their offers can be drawn. */
static void arbiters_are_asked_for_their_offers(void **state)
{
    fixture *test = *state;
    struct pair pair = pair_of(test, PROM_ROLE_ARBITER);
    prom_announcement own;
    const prom_tx *txs[] = {pair.market.published, announced_by_other(&pair, &own)};
    pair.other->options.arbiter = true;
    guest_start(pair.client);
    guest_start(pair.other);
    assert_ok(prom_node_take_offers(pair.other->host->node, &own, 1, &test->error), &test->error);
    mine(&pair, txs, 2);
    assert_int_equal(pair.client->host->node->announced_count, 0);
    prom_contacts_want(pair.client->contacts, &pair.market.p_txid, PROM_ROLE_WORKER);
    meet(pair.both, 2, knows_an_offer, &pair);
    assert_int_equal(pair.client->host->node->announced_count, 1);
    assert_true(prom_outpoint_equal(&pair.client->host->node->announced[0].offer, &own.offer));
    pair_free(&pair);
}

/* A worker that listens nowhere, and came to us, is known by what it says of itself. */
static void who_came_to_us_is_known(void **state)
{
    fixture *test = *state;
    struct pair pair = pair_of(test, PROM_ROLE_WORKER);
    const prom_tx *tx = pair.market.published;
    prom_contact found[2];
    pair.client->options.peer_count = 0;
    guest_name(pair.other, pair.client);
    pair.other->options.told.length = 0;
    guest_serve(pair.other, PROM_ROLE_WORKER);
    guest_start(pair.client);
    guest_start(pair.other);
    mine(&pair, &tx, 1);
    prom_contacts_want(pair.client->contacts, &pair.market.p_txid, PROM_ROLE_WORKER);
    meet(pair.both, 2, is_offered, &pair);
    assert_int_equal(prom_contacts_list(pair.client->contacts, found, 2, &pair.market.p_txid, PROM_ROLE_WORKER), 1);
    assert_true(prom_bytes32_equal(&found[0].node, guest_key(pair.other)));
    assert_int_equal(found[0].address.length, 0);
    assert_true(found[0].reached);
    pair_free(&pair);
}

/* Has the client ask the other, which never answers by itself, about arbiters. */
static struct pair asked(fixture *test, prom_announcement *own)
{
    struct pair pair = pair_of(test, PROM_ROLE_CLIENT);
    const prom_tx *txs[] = {pair.market.published, announced_by_other(&pair, own)};
    guest_start(pair.client);
    guest_start(pair.other);
    mine(&pair, txs, 2);
    meet(pair.both, 2, is_linked, &pair);
    prom_contacts_want(pair.client->contacts, &pair.market.p_txid, PROM_ROLE_ARBITER);
    prom_contacts_ask(pair.client->contacts, peer_of(pair.client)->enquiry.questions.at + 1);
    assert_true(peer_of(pair.client)->enquiry.waits);
    return pair;
}

static void answer(struct pair *pair, const prom_announcement *announcement, prom_role role)
{
    fixture *test = pair->client->host->test;
    prom_span bytes;
    assert_ok(prom_announcement_write(&test->arena, &bytes, announcement, &test->error), &test->error);
    const prom_listings given = {.p_txid = pair->market.p_txid, .role = role, .listings = {&bytes, 1}};
    prom_contacts_take_listings(pair->client->contacts, peer_of(pair->client), &given);
}

/* An announcement under another's name, one that is stolen and changed, and one that nobody asked for. */
static void lies_about_offers_are_worth_nothing(void **state)
{
    fixture *test = *state;
    prom_announcement own;
    struct pair pair = asked(test, &own);
    const prom_key Q = named_key(test, "Q", 0);
    prom_announcement lie = own;
    lie.address = prom_span_of((const uint8_t *)"/liar", 5); /* not signed by Q */
    answer(&pair, &lie, PROM_ROLE_ARBITER);
    assert_false(knows_an_offer(&pair));
    assert_true(is_linked(&pair));
    peer_of(pair.client)->enquiry.waits = true;
    answer(&pair, &own, PROM_ROLE_ARBITER); /* the true one still finds its place */
    assert_true(knows_an_offer(&pair));
    assert_memory_equal(prom_node_heard_at(pair.client->host->node, 0)->address.data, "/a", 2);
    peer_of(pair.client)->enquiry.waits = true;
    lie = own;
    lie.node_key = *guest_key(pair.client);
    sign_announcement(pair.client->host, &lie, &Q);
    answer(&pair, &lie, PROM_ROLE_ARBITER);
    assert_non_null(strstr(pair.client->host->last[PROM_REPORT_REFUSED], "not its own"));
    meet(pair.both, 2, is_alone, &pair);
    pair_free(&pair);
}

static void an_answer_that_nobody_asked_for(void **state)
{
    fixture *test = *state;
    prom_announcement own;
    struct pair pair = asked(test, &own);
    peer_of(pair.client)->enquiry.waits = false; /* it was answered already */
    answer(&pair, &own, PROM_ROLE_ARBITER);
    assert_int_equal(pair.client->host->reports[PROM_REPORT_REFUSED], 1);
    assert_false(knows_an_offer(&pair));
    peer_of(pair.client)->enquiry.waits = true;
    answer(&pair, &own, PROM_ROLE_WORKER); /* about something else */
    assert_non_null(strstr(pair.client->host->last[PROM_REPORT_REFUSED], "nobody asked"));
    assert_false(knows_an_offer(&pair));
    meet(pair.both, 2, is_alone, &pair);
    pair_free(&pair);
}

/* Whoever asks 10,000 times at once is answered a few times. */
static void questions_are_answered_now_and_then(void **state)
{
    fixture *test = *state;
    prom_announcement own;
    struct pair pair = asked(test, &own);
    prom_net *net = prom_node_net(pair.other->host->node);
    const prom_get_listings question = {pair.market.p_txid, PROM_ROLE_ARBITER};
    const size_t before = prom_net_memory(net);
    for (size_t i = 0; i < 10000; i++) {
        prom_contacts_answer_enquiry(pair.other->contacts, peer_of(pair.other), &question, 1000000000);
    }
    assert_true(prom_net_memory(net) - before <= 65536);
    assert_int_equal(peer_of(pair.other)->enquiry.answers.owed, PROM_EXCHANGE_ANSWERS_MAX * PROM_EXCHANGE_ANSWER_MS);
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(arbiters_are_asked_for_their_offers), FIXTURE_TEST(who_came_to_us_is_known),
        FIXTURE_TEST(lies_about_offers_are_worth_nothing), FIXTURE_TEST(an_answer_that_nobody_asked_for),
        FIXTURE_TEST(questions_are_answered_now_and_then),
    };
    return cmocka_run_group_tests_name("contacts/enquiry", tests, NULL, NULL);
}
