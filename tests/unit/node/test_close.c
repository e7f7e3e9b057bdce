#include "node/host.h"

#include "node/capacity.h"
#include "node/room.h"

static prom_node_channel *asked(struct host *host, prom_role role)
{
    prom_facts facts = {.role = role, .batch_count = 1};
    prom_node_channel *added = NULL;
    assert_ok(host_add(host, &added, prom_role_name(role), &facts), &host->test->error);
    return added;
}

/* Whoever asks and proposes nothing is forgotten after ten minutes, with what it tied up; our own wish is not while
 * somebody is asked for it. */
static void what_nobody_proposes_is_let_go(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    (void)host_pay(host, 2);
    prom_node_channel *worker = asked(host, PROM_ROLE_WORKER);
    prom_node_channel *client = asked(host, PROM_ROLE_CLIENT);
    const uint64_t number = worker->record.number;
    prom_node_close_finished(host->node);
    assert_int_equal(host->node->channel_count, 2);
    worker->begun -= 11 * 60 * 1000;
    client->begun -= 11 * 60 * 1000;
    host->node->pending[0].channel = client->record.number;
    prom_node_close_finished(host->node);
    assert_int_equal(host->node->channel_count, 1);
    assert_ptr_equal(host->node->channels[0], client);
    assert_null(prom_node_coin_of(host->node, number));
    assert_int_equal(host->node->reserved_count, 1);
    host_reopen(host);
    assert_int_equal(host->node->channel_count, 1);
    assert_int_equal(host->node->reserved_count, 1);
    /* After a restart nobody is asked before it is wished again: its coins are not held for ever. */
    prom_node_close_finished(host->node);
    assert_int_equal(host->node->channel_count, 1);
    host->node->channels[0]->begun -= 11 * 60 * 1000;
    prom_node_close_finished(host->node);
    assert_int_equal(host->node->channel_count, 0);
    assert_int_equal(host->node->reserved_count, 0);
    (void)asked(host, PROM_ROLE_CLIENT); /* its name is free */
    host_free(host);
}

/* Who restarts and asks for the contract once more gets the one that there was. */
static void what_was_begun_and_is_over_is_not_begun_again(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    const prom_terms terms = {.genesis = {{0}}};
    const prom_node_proposal proposal = {
        .name = prom_role_name(PROM_ROLE_CLIENT), .what.proposal = &terms, .program = "", .input = ""};
    uint64_t number = 0;
    (void)host_pay(host, 1);
    prom_node_channel *channel = asked(host, PROM_ROLE_CLIENT);
    const uint64_t before = channel->record.number;
    channel->channel->facts.setup.phase = PROM_SETUP_OVER;
    prom_node_close_finished(host->node);
    assert_int_equal(host->node->channel_count, 0);
    assert_ok(prom_node_propose(host->node, &proposal, &number, &host->test->error), &host->test->error);
    assert_int_equal(number, before);
    assert_int_equal(host->node->channel_count, 0);
    host_free(host);
}

/* A setup that is over stays until the others know, or ten minutes are gone. */
static void what_is_over_is_told_first(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    (void)host_pay(host, 1);
    prom_node_channel *channel = asked(host, PROM_ROLE_WORKER);
    const prom_bytes32 key = named("peer", 0);
    channel->channel->facts.setup.phase = PROM_SETUP_OVER;
    prom_correspondent *peer = prom_node_peer_of(host->node, channel, &key, true);
    (void)prom_outgoing_add(&peer->outgoing);
    prom_node_close_finished(host->node);
    assert_int_equal(host->node->channel_count, 1);
    channel->over -= 11 * 60 * 1000;
    prom_node_close_finished(host->node);
    assert_int_equal(host->node->channel_count, 0);
    host_free(host);
}

/* A settled contract is kept until the settlement is 100 deep; then its bodies go, but for those of others. */
static void what_is_settled_is_kept_for_a_hundred_blocks(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_node_channel *channel = host_with(host, PLACE_C);
    char path[PATH_MAX];
    assert_ok(prom_node_body_path(host->node, path, channel->record.number, PROM_BODY_INPUT,
                                  &channel->channel->terms.job.input_hash, &host->test->error),
              &host->test->error);
    char part[PATH_MAX];
    prom_body_part(part, path, channel->record.number);
    FILE *body = fopen(path, "w");
    FILE *begun = fopen(part, "w"); /* of a fetch that never came to its end */
    assert_true(body != NULL && begun != NULL);
    (void)fclose(body);
    (void)fclose(begun);
    host_mine_tx(host, PROM_TX0);
    host_mine_tx(host, PROM_TX1);
    const uint32_t settled = host->node->best_tip;
    host_mine_to(host, settled + 98);
    prom_node_close_finished(host->node);
    assert_int_equal(host->node->channel_count, 1);
    host_mine_to(host, settled + 100);
    prom_node_close_finished(host->node);
    assert_int_equal(host->node->channel_count, 0);
    assert_true(access(path, F_OK) == -1 && access(part, F_OK) == -1);
    host_free(host);
}

static void assert_kept_until(struct host *host, uint32_t height)
{
    host_mine_to(host, height);
    prom_node_close_finished(host->node);
    assert_int_equal(host->node->channel_count, 1);
    host_mine_to(host, height + 1);
    prom_node_close_finished(host->node);
    assert_int_equal(host->node->channel_count, 0);
}

/* A client that was away has paid for a package: who holds it keeps it until the client has heard of it. */
static void what_a_client_has_not_heard_of_is_kept(void **state)
{
    for (int heard = 0; heard < 2; heard++) {
        struct host *host = host_new(*state, PROM_ROLE_VERIFIER);
        prom_node_channel *channel = host_with(host, PLACE_V);
        prom_facts *facts = &channel->channel->facts;
        host_mine_tx(host, PROM_TX0);
        host_mine_tx(host, PROM_TX4);
        const uint32_t settled = host->node->best_tip;
        assert_true(facts->tx0.height + channel->channel->terms.retention > settled + 99);
        facts->batches[0].evidence.bodies[PROM_BODY_PACKAGE_A].here = true;
        prom_correspondent *client = prom_node_peer_of(host->node, channel, &facts->client, true);
        const uint64_t number = prom_outgoing_add(&client->outgoing);
        client->outgoing.acknowledged = heard != 0 ? number : 0;
        assert_kept_until(host, heard != 0 ? settled + 99 : facts->tx0.height + channel->channel->terms.retention);
        host_free(host);
    }
}

/* Such a contract is over all the same: it takes no place of another, no coin for fees is held for it and nothing is at
 * stake. Only the disk has it still. */
static void what_is_kept_for_a_client_takes_no_place(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_VERIFIER);
    prom_node *node = host->node;
    prom_node_channel *channel = host_with(host, PLACE_V);
    prom_facts *facts = &channel->channel->facts;
    const prom_bytes32 client_node = facts->nodes[PROM_PARTY_C].key;
    const uint64_t number = channel->record.number;
    prom_node_capacity capacity;
    prom_node_room room;
    node->channels_max = node->policies[PROM_ROLE_VERIFIER].channels_max = 1;
    host_mine_tx(host, PROM_TX0);
    host_mine_tx(host, PROM_TX4);
    const uint32_t settled = node->best_tip;
    facts->batches[0].evidence.bodies[PROM_BODY_PACKAGE_A].here = true;
    (void)prom_outgoing_add(&prom_node_peer_of(node, channel, &facts->client, true)->outgoing);
    for (unsigned over = 0; over < 2; over++) {
        host_mine_to(host, settled + 99 + over);
        prom_node_close_finished(node);
        assert_int_equal(node->channel_count, 1);
        prom_node_capacity_of(node, NULL, PROM_ROLE_VERIFIER, &capacity);
        assert_int_equal(capacity.open, 1 - over);
        assert_int_equal(capacity.room, over);
        assert_int_equal(prom_amount_is_zero(prom_node_staked_with(node, &client_node)), over != 0);
        assert_int_equal(prom_node_coin_of(node, number) == NULL, over != 0);
        assert_int_equal(prom_is_ok(prom_node_check_limits(node, PROM_ROLE_VERIFIER, &test->error)), over != 0);
        prom_node_room_of(node, PROM_ROLE_VERIFIER, &room);
        assert_int_equal(room.taken, prom_room_of_terms(&channel->channel->terms));
    }
    assert_ok(prom_node_load_reserved(node, &test->error), &test->error); /* so it is in the store */
    assert_null(prom_node_coin_of(node, number));
    host_free(host);
}

/* And the client looks for it as long as anybody may have it. */
static void a_client_looks_for_what_it_has_paid_for(void **state)
{
    for (int found = 0; found < 2; found++) {
        struct host *host = host_new(*state, PROM_ROLE_CLIENT);
        prom_node_channel *channel = host_with(host, PLACE_C);
        prom_facts *facts = &channel->channel->facts;
        host_mine_tx(host, PROM_TX0);
        host_mine_tx(host, PROM_TX4);
        const uint32_t settled = host->node->best_tip;
        facts->batches[0].evidence.result = found != 0 ? PROM_CHECKED_GOOD : PROM_CHECKED_UNKNOWN;
        assert_kept_until(host, found != 0 ? settled + 99 : facts->tx0.height + channel->channel->terms.retention);
        host_free(host);
    }
}

/* What another channel has of its program and input stays, and so does what one may have that cannot be loaded. */
static void what_others_have_is_left(void **state)
{
    for (int loaded = 0; loaded < 2; loaded++) {
        struct host *host = host_new(*state, PROM_ROLE_CLIENT);
        prom_node_channel *channel = host_with(host, PLACE_C);
        char path[PATH_MAX];
        assert_ok(prom_node_body_path(host->node, path, channel->record.number, PROM_BODY_INPUT,
                                      &channel->channel->terms.job.input_hash, &host->test->error),
                  &host->test->error);
        FILE *body = fopen(path, "w");
        assert_non_null(body);
        (void)fclose(body);
        prom_node_channel *other = host_give(host, PLACE_C);
        prom_channel *its = other->channel;
        other->channel = loaded != 0 ? its : NULL;
        channel->channel->facts.setup.phase = PROM_SETUP_OVER;
        prom_node_close_finished(host->node);
        assert_int_equal(host->node->channel_count, 1);
        assert_int_equal(access(path, F_OK), 0);
        other->channel = its;
        other->channel->facts.setup.phase = PROM_SETUP_OVER;
        prom_node_close_finished(host->node);
        assert_int_equal(host->node->channel_count, 0);
        assert_int_equal(access(path, F_OK), -1);
        host_free(host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_nobody_proposes_is_let_go),
        FIXTURE_TEST(what_was_begun_and_is_over_is_not_begun_again),
        FIXTURE_TEST(what_is_over_is_told_first),
        FIXTURE_TEST(what_is_settled_is_kept_for_a_hundred_blocks),
        FIXTURE_TEST(what_a_client_has_not_heard_of_is_kept),
        FIXTURE_TEST(what_is_kept_for_a_client_takes_no_place),
        FIXTURE_TEST(a_client_looks_for_what_it_has_paid_for),
        FIXTURE_TEST(what_others_have_is_left),
    };
    return cmocka_run_group_tests_name("node/close", tests, NULL, NULL);
}
