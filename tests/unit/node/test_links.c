/* Which link leads to whom: nodes are known by their keys, wherever they are. */
#include "node/host.h"

#include "net/parts.h"
#include "node/owner.h"

enum { TURNS = 500 };

struct two {
    struct host *client;
    struct host *worker;
    prom_node_channel *from; /* the client's */
    prom_node_channel *to;
    const prom_bytes32 *client_key; /* own words, in the contract */
    const prom_bytes32 *worker_key;
};

static void open_two(fixture *test, struct two *it)
{
    it->client = host_new(test, PROM_ROLE_CLIENT);
    it->worker = host_new(test, PROM_ROLE_WORKER);
    it->from = host_at(it->client, PLACE_C);
    it->to = host_at(it->worker, PLACE_W);
    it->client_key = prom_place_key(&it->client->world->session.terms, PLACE_C);
    it->worker_key = prom_place_key(&it->client->world->session.terms, PLACE_W);
    it->from->channel->facts.addresses[PLACE_W] = it->worker->options.config.address;
}

static void close_two(struct two *it)
{
    host_free(it->client);
    host_free(it->worker);
}

static void turn(struct two *it)
{
    prom_node_mail_turn(it->client->node);
    prom_node_mail_turn(it->worker->node);
    (void)usleep(500);
}

static uint64_t reach(struct two *it)
{
    uint64_t link = 0;
    for (unsigned i = 0; i < TURNS && link == 0; i++) {
        link = prom_node_link_to(it->client->node, it->from, it->worker_key);
        turn(it);
    }
    return link;
}

/* Where it is known which node a party is at, that one is reached, and no other at its address. */
static void only_its_own_node_is_reached(void **state)
{
    struct two it;
    open_two(*state, &it);
    it.from->channel->facts.nodes[PROM_PARTY_W].key = named("another node", 0);
    for (unsigned i = 0; i < TURNS && it.client->reports[PROM_REPORT_NOTE] == 0; i++) {
        assert_int_equal(prom_node_link_to(it.client->node, it.from, it.worker_key), 0);
        turn(&it);
    }
    assert_non_null(strstr(it.client->last[PROM_REPORT_NOTE], "another node answers there"));
    it.from->channel->facts.nodes[PROM_PARTY_W].key = it.worker->node->key.public_key;
    const uint64_t link = reach(&it);
    assert_int_not_equal(link, 0);
    assert_memory_equal(prom_net_node_of(it.client->node->net, link), &it.worker->node->key.public_key, 32);
    close_two(&it);
}

/* Of whom nobody has said where it is, anybody at its address is taken: what is said is signed in any case. */
static void a_node_that_is_not_known(void **state)
{
    struct two it;
    open_two(*state, &it);
    assert_int_not_equal(reach(&it), 0);
    close_two(&it);
}

static void add_traffic(void *context, const prom_node_peer *peer)
{
    prom_net_traffic *traffic = context;
    traffic->received += peer->traffic.received;
    traffic->sent += peer->traffic.sent;
}

/* A party that does not listen opens a link to us: it is kept as soon as it is up, and it is the way back. */
static void who_comes_to_us_is_known_and_kept(void **state)
{
    struct two it;
    open_two(*state, &it);
    it.to->channel->facts.nodes[PROM_PARTY_C].key = it.client->node->key.public_key;
    prom_correspondent *peer = prom_node_peer_of(it.worker->node, it.to, it.client_key, true);
    assert_int_equal(prom_node_link_to(it.worker->node, it.to, it.client_key), 0);
    assert_int_not_equal(reach(&it), 0);
    for (unsigned i = 0; i < TURNS && peer->link == 0; i++) {
        turn(&it);
    }
    assert_int_not_equal(peer->link, 0);
    assert_int_equal(peer->kept, peer->link);
    assert_int_equal(prom_link_find(it.worker->node->net, peer->link)->kept, 1);
    assert_int_equal(prom_node_link_to(it.worker->node, it.to, it.client_key), peer->link);
    prom_net_traffic traffic = {0};
    prom_node_peer_each(it.worker->node, add_traffic, &traffic);
    assert_true(traffic.received > 0 && traffic.sent > 0);
    close_two(&it);
}

/* What somebody has signed, and another brings, is no reason to answer that other. */
static void who_repeats_what_others_said_is_not_answered(void **state)
{
    struct two it;
    open_two(*state, &it);
    assert_int_not_equal(reach(&it), 0);
    prom_correspondent *peer = prom_node_peer_of(it.worker->node, it.to, it.client_key, true);
    const uint64_t link = prom_net_link_of(it.worker->node->net, &it.client->node->key.public_key);
    assert_int_not_equal(link, 0);
    it.to->channel->facts.nodes[PROM_PARTY_C].key = named("another node", 0);
    peer->link = 0;
    prom_node_heard_on(it.worker->node, it.to, peer, link);
    assert_int_equal(peer->link, 0);
    it.to->channel->facts.nodes[PROM_PARTY_C].key = it.client->node->key.public_key;
    prom_node_heard_on(it.worker->node, it.to, peer, link);
    assert_int_equal(peer->link, link);
    prom_node_heard_on(it.worker->node, it.to, peer, 0); /* of what came early: it was heard before */
    assert_int_equal(peer->link, link);
    close_two(&it);
}

/* Who announces its own offer at another's node, at an address where nobody is, hides nobody. */
static void a_dead_address_hides_no_other(void **state)
{
    struct two it;
    prom_candidate candidates[3] = {{.announced = true}, {.announced = true}, {.announced = true}};
    open_two(*state, &it);
    const prom_bytes32 *key = &it.worker->node->key.public_key;
    prom_setup_session *setup = &it.from->channel->facts.setup;
    it.from->channel->facts.addresses[PLACE_W] = (prom_address){.length = 0};
    candidates[0].seat.announcement.node_key = *key;
    candidates[0].address = (prom_address){8, "/nowhere"};
    candidates[1].seat.announcement.node_key = named("another node", 0);
    candidates[1].address = (prom_address){9, "/elsewhere"};
    candidates[2].seat.announcement.node_key = *key;
    candidates[2].address = it.worker->options.config.address;
    prom_candidate *before = setup->candidates;
    setup->candidates = candidates;
    setup->candidate_count = COUNT_OF(candidates);
    uint64_t link = 0;
    for (unsigned i = 0; i < TURNS && link == 0; i++) {
        link = prom_node_link_to(it.client->node, it.from, key);
        turn(&it);
    }
    assert_int_not_equal(link, 0);
    assert_memory_equal(prom_net_node_of(it.client->node->net, link), key, 32);
    setup->candidates = before;
    setup->candidate_count = 0;
    close_two(&it);
}

static void several_addresses_and_a_wrong_one(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_WORKER);
    prom_address at[2] = {{0}, {0}};
    (void)host_at(host, PLACE_W);
    for (unsigned i = 0; i < 2; i++) {
        const int length = snprintf((char *)at[i].bytes, sizeof at[i].bytes, "%s/socket%u", host->folder, i);
        at[i].length = (uint8_t)length;
    }
    host->options.listen = at;
    host->options.listen_count = 2;
    host_reopen(host);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(access((const char *)at[i].bytes, F_OK), 0);
    }
    assert_int_not_equal(access((const char *)host->options.config.address.bytes, F_OK), 0); /* what others are told */
    prom_node_links_close(host->node);
    host->options.proxy = (prom_address){3, "a:1"};
    assert_fails(prom_node_links_open(host->node, &host->options, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "a proxy");
    host->options.proxy = (prom_address){0};
    assert_ok(prom_node_links_open(host->node, &host->options, &test->error), &test->error);
    assert_true(host->node->net->anywhere); /* on regtest */
    host_free(host);
}

static void who_runs_modules_says_so(void **state)
{
    static const prom_runner runner;
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    assert_int_equal(host->node->net->hello.features, PROM_FEATURE_DECLINED);
    assert_null(prom_node_runner(host->node));
    host->options.runner = &runner;
    host_reopen(host);
    assert_int_equal(host->node->net->hello.features, PROM_FEATURE_DECLINED | PROM_FEATURE_MODULES);
    assert_ptr_equal(prom_node_runner(host->node), &runner);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(only_its_own_node_is_reached),      FIXTURE_TEST(a_node_that_is_not_known),
        FIXTURE_TEST(who_comes_to_us_is_known_and_kept), FIXTURE_TEST(who_repeats_what_others_said_is_not_answered),
        FIXTURE_TEST(several_addresses_and_a_wrong_one), FIXTURE_TEST(a_dead_address_hides_no_other),
        FIXTURE_TEST(who_runs_modules_says_so),
    };
    return cmocka_run_group_tests_name("node/links", tests, NULL, NULL);
}
