#include "contacts/meeting.h"

static bool is_linked(void *context)
{
    const struct guest *guest = context;
    return guest->contacts->peers_used > 0 && guest->contacts->peers[0].link != 0;
}

static bool is_alone(void *context)
{
    return !is_linked(context);
}

/* Whoever sends what nobody asked for is left. */
static void an_answer_that_nobody_asked_for(void **state)
{
    fixture *test = *state;
    struct guest *client = guest_new(test, PROM_ROLE_CLIENT, 1);
    struct guest *liar = guest_new(test, PROM_ROLE_WORKER, 2);
    struct guest *const both[] = {client, liar};
    const prom_packet packet = {.kind = PROM_PACKET_POINTERS,
                                .as.pointers = {.p_txid = named("P", 0), .role = PROM_ROLE_WORKER}};
    guest_name(liar, client);
    guest_start(client);
    guest_start(liar);
    meet(both, 2, is_linked, client);
    meet(both, 2, is_linked, liar);
    assert_true(prom_net_put(prom_node_net(liar->host->node), liar->contacts->peers[0].link, &packet));
    liar->options.peer_count = liar->contacts->options.peer_count = 0; /* it does not come again */
    meet(both, 2, is_alone, client);
    assert_non_null(strstr(client->host->last[PROM_REPORT_REFUSED], "nobody asked"));
    guest_free(client);
    guest_free(liar);
}

struct flood {
    struct guest *client;
    struct guest *liar;
    prom_bytes32 honest;
    prom_bytes32 p_txid;
};

static bool knows_the_honest(void *context)
{
    const struct flood *flood = context;
    prom_contact list[600];
    const size_t count = prom_contacts_list(flood->client->contacts, list, 600, &flood->p_txid, PROM_ROLE_WORKER);
    for (size_t i = 0; i < count; i++) {
        if (prom_bytes32_equal(&list[i].node, &flood->honest)) {
            return true;
        }
    }
    return false;
}

/* A peer whose every answer is full of nodes that it made up fills a part of the places; whom another tells of has one.
 */
static void a_flood_by_one_peer(void **state)
{
    fixture *test = *state;
    struct flood flood = {.client = guest_new(test, PROM_ROLE_CLIENT, 1), .p_txid = named("P", 0)};
    struct guest *client = flood.client;
    guest_start(client);
    prom_contacts_want(client->contacts, &flood.p_txid, PROM_ROLE_WORKER);
    const prom_source liar = {PROM_SOURCE_PEER, prom_span_of((const uint8_t *)"198.51.100.1:1", 14)};
    const size_t before = client->contacts->arena.used;
    for (size_t i = 0; i < 1000; i++) {
        char name[16];
        char address[32];
        (void)snprintf(name, sizeof name, "made up%zu", i);
        (void)snprintf(address, sizeof address, "%zu.%zu.0.1:7067", 11 + i / 256, i % 256);
        (void)prom_directory_take(client->contacts->directory,
                                  pointer_for(test, client, &flood.p_txid, PROM_ROLE_WORKER, name, address), &liar,
                                  prom_node_tip(client->host->node));
    }
    const prom_directory_counts counts =
        prom_directory_count(client->contacts->directory, &flood.p_txid, PROM_ROLE_WORKER);
    assert_in_range(counts.heard_peers, PROM_DIRECTORY_BUCKET_MAX,
                    PROM_DIRECTORY_SPREAD_MAX * PROM_DIRECTORY_BUCKET_MAX);
    assert_int_equal(client->contacts->arena.used, before); /* no more memory */
    flood.honest = named_key(test, "honest", 0).public_key;
    size_t other = 0; /* some other peer of many tells of him */
    while (!knows_the_honest(&flood) && other < 8) {
        char teller[32];
        (void)snprintf(teller, sizeof teller, "%zu.51.100.1:1", 50 + other++);
        const prom_source source = {PROM_SOURCE_PEER, prom_span_of((const uint8_t *)teller, strlen(teller))};
        (void)prom_directory_take(
            client->contacts->directory,
            pointer_for(test, client, &flood.p_txid, PROM_ROLE_WORKER, "honest", "203.0.113.5:7067"), &source,
            prom_node_tip(client->host->node));
    }
    assert_true(knows_the_honest(&flood));
    guest_free(client);
}

static bool is_spent(void *context)
{
    const struct guest *guest = context;
    return guest->contacts->peers[0].exchange.answers.owed >= (PROM_EXCHANGE_ANSWERS_MAX - 1) * PROM_EXCHANGE_ANSWER_MS;
}

/* Whoever asks 10,000 times is answered a few times, and costs no memory; the link stays. */
static void questions_without_end(void **state)
{
    fixture *test = *state;
    struct guest *client = guest_new(test, PROM_ROLE_CLIENT, 1);
    struct guest *asker = guest_new(test, PROM_ROLE_WORKER, 2);
    struct guest *const both[] = {client, asker};
    const prom_packet packet = {.kind = PROM_PACKET_GET_POINTERS,
                                .as.get_pointers = {.p_txid = named("P", 0), .role = PROM_ROLE_WORKER, .most = 64}};
    guest_name(asker, client);
    guest_start(client);
    guest_start(asker);
    meet(both, 2, is_linked, client);
    meet(both, 2, is_linked, asker);
    const uint64_t link = client->contacts->peers[0].link;
    for (unsigned i = 0; i < 10000; i++) {
        prom_contacts_take(client->contacts, link, &packet);
    }
    assert_true(is_spent(client));
    assert_true(prom_net_memory(prom_node_net(client->host->node)) < 1 << 20);
    assert_true(is_linked(client));
    guest_free(client);
    guest_free(asker);
}

/* A peer that never answers is asked a few times, and then now and then. */
static void questions_without_an_answer(void **state)
{
    fixture *test = *state;
    struct guest *client = guest_new(test, PROM_ROLE_CLIENT, 1);
    struct guest *mute = guest_new(test, PROM_ROLE_WORKER, 2);
    struct guest *const both[] = {client, mute};
    const prom_bytes32 P = named("P", 0);
    guest_name(client, mute);
    guest_start(client);
    guest_start(mute);
    meet(both, 2, is_linked, client);
    prom_contacts_want(client->contacts, &P, PROM_ROLE_WORKER);
    prom_peer *peer = &client->contacts->peers[0];
    unsigned asked = 0;
    int64_t last = 0;
    const int64_t start = peer->exchange.questions.at;
    for (int64_t now = start; now < start + 3600 * INT64_C(1000); now += 250) {
        prom_contacts_ask(client->contacts, now);
        asked += peer->exchange.asked_at != last;
        last = peer->exchange.asked_at;
    }
    assert_in_range(asked, 10, 60); /* in an hour */
    guest_free(client);
    guest_free(mute);
}

/* Where discovery is off, nothing is said and nothing is asked. */
static void a_quiet_node(void **state)
{
    fixture *test = *state;
    struct guest *quiet = guest_new(test, PROM_ROLE_CLIENT, 1);
    struct guest *other = guest_new(test, PROM_ROLE_WORKER, 2);
    struct guest *const both[] = {quiet, other};
    quiet->options.quiet = true;
    guest_name(quiet, other);
    guest_start(quiet);
    guest_start(other);
    meet(both, 2, is_linked, quiet); /* its static peers are linked to */
    meet(both, 2, is_linked, other);
    assert_false(quiet->contacts->peers[0].answers);
    assert_false(other->contacts->peers[0].answers);
    guest_free(quiet);
    guest_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(an_answer_that_nobody_asked_for),
        FIXTURE_TEST(a_flood_by_one_peer),
        FIXTURE_TEST(questions_without_end),
        FIXTURE_TEST(questions_without_an_answer),
        FIXTURE_TEST(a_quiet_node),
    };
    return cmocka_run_group_tests_name("contacts/peers", tests, NULL, NULL);
}
