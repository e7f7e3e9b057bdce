#include "market/reason.h"
#include "node/asked.h"
#include "node/deal.h"

/* Who is not reached when it is to be asked is asked as soon as it is, whenever it would be asked the next time. */
static void who_is_reached_is_asked_at_once(void **state)
{
    enum { TURNS = 2000 };
    struct host *worker = host_listening(*state, PROM_ROLE_WORKER, 9);
    struct host *client = host_new(*state, PROM_ROLE_CLIENT);
    prom_node_proposal proposal = {
        .name = "wish", .what = {.proposal = &client->world->session.terms}, .program = "none", .input = "none"};
    uint64_t number = 0;
    (void)host_pay(client, 3);
    proposal.what.peers[PROM_PARTY_W] = worker->node->key.public_key;
    proposal.what.addresses[PROM_PARTY_W] = worker->options.config.address;
    proposal.what.peers[PROM_PARTY_V] = named("verifier", 0);
    assert_ok(prom_node_propose(client->node, &proposal, &number, &client->test->error), &client->test->error);
    prom_node_go_on_beginning(client->node);
    assert_true(client->node->pending[0].asked > 0);
    client->node->pending[0].asked += 60 * 60 * 1000;
    for (unsigned i = 0; i < TURNS && worker->reports[PROM_REPORT_REFUSED] == 0; i++) {
        prom_node_mail_turn(client->node);
        prom_node_go_on_beginning(client->node);
        prom_node_mail_turn(worker->node);
        (void)usleep(500);
    }
    assert_true(worker->reports[PROM_REPORT_REFUSED] > 0); /* it has no coins: it was asked */
    host_free(client);
    host_free(worker);
}

/* A client that asks a worker which it is linked with, and a verifier that is not there. */
struct asking {
    struct host *worker;
    struct host *client;
    uint64_t link; /* the client's, to the worker */
    prom_bytes32 contract;
};

enum { ASKING_TURNS = 2000 };

static void asking_turn(const struct asking *it)
{
    prom_node_mail_turn(it->client->node);
    prom_node_go_on_beginning(it->client->node);
    prom_node_mail_turn(it->worker->node);
    (void)usleep(500);
}

static const prom_quote_reason *asking_declined(const struct asking *it, prom_party party)
{
    return &it->client->node->pending[0].declined[party];
}

static struct asking asking_new(fixture *test)
{
    struct asking it = {.worker = host_listening(test, PROM_ROLE_WORKER, 9),
                        .client = host_new(test, PROM_ROLE_CLIENT)};
    prom_node_proposal proposal = {
        .name = "wish", .what = {.proposal = &it.client->world->session.terms}, .program = "none", .input = "none"};
    uint64_t number = 0;
    (void)host_pay(it.client, 3);
    proposal.what.peers[PROM_PARTY_W] = it.worker->node->key.public_key;
    proposal.what.addresses[PROM_PARTY_W] = it.worker->options.config.address;
    proposal.what.peers[PROM_PARTY_V] = named("verifier", 0);
    assert_ok(prom_node_propose(it.client->node, &proposal, &number, &test->error), &test->error);
    it.contract = it.client->node->channels[0]->channel->facts.client;
    for (unsigned i = 0; i < ASKING_TURNS && it.link == 0; i++) {
        asking_turn(&it);
        it.link = prom_net_link_of(it.client->node->net, &it.worker->node->key.public_key);
    }
    assert_true(it.link != 0);
    return it;
}

static void asking_free(const struct asking *it)
{
    host_free(it->client);
    host_free(it->worker);
}

/* So many contracts are begun at a time, each asked for on its own; the same one again is no other. */
static void several_are_asked_for_at_a_time(void **state)
{
    struct host *client = host_new(*state, PROM_ROLE_CLIENT);
    fixture *test = client->test;
    uint64_t numbers[PROM_PENDING_MAX + 1] = {0};
    (void)host_pay(client, 4 * PROM_PENDING_MAX);
    for (size_t i = 0; i <= PROM_PENDING_MAX; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "wish %zu", i);
        prom_node_proposal proposal = {
            .name = name, .what = {.proposal = &client->world->session.terms}, .program = "none", .input = "none"};
        proposal.what.peers[PROM_PARTY_W] = named("worker", i);
        proposal.what.peers[PROM_PARTY_V] = named("verifier", i);
        const prom_result proposed = prom_node_propose(client->node, &proposal, &numbers[i], &test->error);
        if (i < PROM_PENDING_MAX) {
            uint64_t again = 0;
            assert_ok(proposed, &test->error);
            assert_ok(prom_node_propose(client->node, &proposal, &again, &test->error), &test->error);
            assert_int_equal(again, numbers[i]);
        } else {
            assert_fails(proposed, PROM_CATEGORY_MISUSE, &test->error, "8 other contracts are being begun");
        }
    }
    assert_int_equal(client->node->channel_count, PROM_PENDING_MAX);
    for (size_t i = 0; i < PROM_PENDING_MAX; i++) {
        const prom_bytes32 worker = named("worker", i);
        const prom_pending *pending = prom_node_pending_of(client->node, numbers[i]);
        assert_non_null(pending);
        assert_true(prom_bytes32_equal(&pending->what.peers[PROM_PARTY_W], &worker));
    }
    assert_null(prom_node_pending_of(client->node, 0));
    prom_node_pending_of(client->node, numbers[3])->since -= 1000;
    assert_ok(prom_node_give_up(client->node, numbers[3], &test->error), &test->error);
    assert_null(prom_node_pending_of(client->node, numbers[3]));
    assert_non_null(prom_node_pending_of(client->node, numbers[4]));
    assert_true(prom_node_can_propose(client->node));
    host_free(client);
}

/* Why not is known as soon as it was asked, until it takes part after all. */
static void who_takes_no_part_says_why(void **state)
{
    struct asking it = asking_new(*state);
    for (unsigned i = 0; i < ASKING_TURNS && asking_declined(&it, PROM_PARTY_W)->code == 0; i++) {
        asking_turn(&it);
    }
    assert_int_equal(asking_declined(&it, PROM_PARTY_W)->code, PROM_REASON_TERMS); /* it knows no such P */
    assert_int_equal(asking_declined(&it, PROM_PARTY_V)->code, 0);
    assert_non_null(strstr(it.client->last[PROM_REPORT_NOTE], "the worker takes no part in it, and says: "));
    const size_t told = it.client->reports[PROM_REPORT_NOTE];
    const size_t refused = it.worker->reports[PROM_REPORT_REFUSED];
    for (unsigned i = 0; i < ASKING_TURNS && it.worker->reports[PROM_REPORT_REFUSED] < refused + 2; i++) {
        it.client->node->pending[0].asked = 0;
        asking_turn(&it);
    }
    assert_int_equal(it.client->reports[PROM_REPORT_NOTE], told); /* once for each reason */
    struct asked asked = asked_publish_p(it.worker);
    (void)host_pay(it.worker, 4);
    const prom_begin begin = {.channel = it.contract, .role = PROM_ROLE_WORKER, .terms = asked.bytes};
    prom_begun begun;
    prom_quote_reason why;
    assert_true(prom_node_begin(it.worker->node, 1, &begin, &begun, &why)); /* what changed: the next answer is a yes */
    for (unsigned i = 0; i < ASKING_TURNS && asking_declined(&it, PROM_PARTY_W)->code != 0; i++) {
        it.client->node->pending[0].asked = 0;
        asking_turn(&it);
    }
    assert_int_equal(it.client->node->pending[0].answered, 1U << PROM_PARTY_W);
    asking_free(&it);
}

/* Nobody says it of others, or of what it was not asked for: that changes nothing. */
static void nobody_declines_for_another(void **state)
{
    struct asking it = asking_new(*state);
    const prom_declined true_one = {it.contract, PROM_ROLE_WORKER, {PROM_REASON_BUSY, PROM_UNIT_NUMBER, 2, 1}};
    prom_declined forged[] = {true_one, true_one, true_one};
    const uint64_t links[] = {it.link, it.link, it.link + 1};
    forged[0].role = PROM_ROLE_VERIFIER;
    forged[1].channel = named("another contract", 0);
    for (size_t i = 0; i < COUNT_OF(forged); i++) {
        it.client->node->pending[0].declined[PROM_PARTY_W] = (prom_quote_reason){.code = 0};
        it.client->node->pending[0].answered = PROM_PARTIES_ASKED;
        prom_node_declined(it.client->node, links[i], &forged[i]);
        assert_int_equal(asking_declined(&it, PROM_PARTY_W)->code, 0);
        assert_int_equal(asking_declined(&it, PROM_PARTY_V)->code, 0);
        assert_int_equal(it.client->node->pending[0].answered, PROM_PARTIES_ASKED);
    }
    prom_node_declined(it.client->node, it.link, &true_one);
    assert_int_equal(asking_declined(&it, PROM_PARTY_W)->code, PROM_REASON_BUSY);
    assert_int_equal(it.client->node->pending[0].answered, 1U << PROM_PARTY_V); /* it has thought better of it */
    it.client->node->pending[0].channel = 0;
    prom_node_declined(it.client->node, it.link, &true_one); /* nobody is asked any more */
    asking_free(&it);
}

/* A worker's word for another contract, which its client has, is no answer of the worker's in this one. */
static void nobody_takes_part_for_another(void **state)
{
    struct asking it = asking_new(*state);
    struct asked asked = asked_publish_p(it.worker);
    (void)host_pay(it.worker, 4);
    const prom_begin begin = {.channel = named("another contract", 0), .role = PROM_ROLE_WORKER, .terms = asked.bytes};
    prom_begun begun;
    prom_quote_reason why;
    prom_node *client = it.client->node;
    assert_true(prom_node_begin(it.worker->node, 1, &begin, &begun, &why));
    begun.channel = it.contract;
    client->pending[0].answered = 0;
    prom_node_begun(client, 0, &begun);
    prom_node_begun(client, it.link + 1, &begun);
    assert_int_equal(client->pending[0].answered, 0);
    prom_node_begun(client, it.link, &begun); /* what it says itself */
    assert_int_equal(client->pending[0].answered, 1U << PROM_PARTY_W);
    asking_free(&it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(who_is_reached_is_asked_at_once), FIXTURE_TEST(several_are_asked_for_at_a_time),
        FIXTURE_TEST(who_takes_no_part_says_why),      FIXTURE_TEST(nobody_declines_for_another),
        FIXTURE_TEST(nobody_takes_part_for_another),
    };
    return cmocka_run_group_tests_name("node/pending", tests, NULL, NULL);
}
