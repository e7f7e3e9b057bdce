/* What strangers cannot keep from clients that have a contract with us. */
#include "node/customers.h"

#include "node/asked.h"
#include "node/capacity.h"
#include "node/deal.h"
#include "node/room.h"

static struct host *linked_client(fixture *test, struct host *worker, uint64_t *link)
{
    enum { TURNS = 2000 };
    struct host *client = host_new(test, PROM_ROLE_CLIENT);
    *link = 0;
    for (unsigned i = 0; i < TURNS && *link == 0; i++) {
        (void)prom_net_link_to(client->node->net, &worker->options.config.address, &worker->node->key.public_key);
        prom_node_mail_turn(client->node);
        prom_node_mail_turn(worker->node);
        *link = prom_net_link_of(worker->node->net, &client->node->key.public_key);
        (void)usleep(500);
    }
    assert_true(*link != 0);
    return client;
}

/* Who has a contract with us in a block is not kept from us by what strangers let come to nothing. */
static void customers_come_first(void **state)
{
    struct host *worker = host_listening(*state, PROM_ROLE_WORKER, 9);
    const struct asked asked = asked_publish_p(worker);
    uint64_t link = 0;
    struct host *client = linked_client(*state, worker, &link);
    (void)host_pay(worker, 6);
    for (size_t i = 0; i < PROM_VAIN_MAX + PROM_VAIN_OF_CUSTOMERS; i++) {
        prom_node_channel *had = NULL;
        prom_facts facts = {.role = PROM_ROLE_WORKER, .batch_count = 1};
        char name[PROM_STORE_NAME_MAX + 1];
        (void)snprintf(name, sizeof name, "vain %zu", i);
        if (i == PROM_VAIN_MAX) {
            assert_false(asked_for(worker, link, 0, PROM_ROLE_WORKER, &asked));
            assert_non_null(strstr(worker->last[PROM_REPORT_REFUSED], "no contract with this node in a block"));
            assert_ok(host_add(worker, &had, "sold", &facts), &worker->test->error);
            had->channel->facts.setup.phase = PROM_SETUP_GIVEN;
            had->channel->facts.nodes[PROM_PARTY_C].key = client->node->key.public_key;
            assert_false(asked_for(worker, link, 0, PROM_ROLE_WORKER, &asked));
            had->channel->facts.tx0.there = true;
            assert_true(asked_for(worker, link, 0, PROM_ROLE_WORKER, &asked));
            assert_false(asked_for(worker, link + 1, 1, PROM_ROLE_WORKER, &asked));
        }
        assert_ok(host_add(worker, &had, name, &facts), &worker->test->error);
        had->channel->facts.setup.accepting = true;
        had->channel->facts.setup.phase = PROM_SETUP_OVER;
        prom_node_close_finished(worker->node);
    }
    assert_false(asked_for(worker, link, 2, PROM_ROLE_WORKER, &asked));
    assert_non_null(strstr(worker->last[PROM_REPORT_REFUSED], "no more are begun for others"));
    host_free(client);
    host_free(worker);
}

static prom_node_capacity capacity_for(const struct host *host, const prom_bytes32 *client)
{
    prom_node_capacity capacity;
    prom_node_capacity_of(host->node, client, PROM_ROLE_WORKER, &capacity);
    return capacity;
}

/* Nor is it by setups that cost them nothing, whatever those would take: places, channels of the owner's limit, the
 * disk. In some nothing was proposed, in some our part was not given, some have ended; where it was given they stay. */
static void strangers_give_way_to_customers(void **state)
{
    enum { STRANGER = 1000 }; /* a link that there is not */
    struct host *worker = host_listening(*state, PROM_ROLE_WORKER, 9);
    const struct asked asked = asked_publish_p(worker);
    prom_node *node = worker->node;
    prom_node_channel *sold = NULL;
    prom_facts facts = {.role = PROM_ROLE_WORKER, .batch_count = 1};
    uint64_t link = 0;
    struct host *client = linked_client(*state, worker, &link);
    const prom_bytes32 *key = &client->node->key.public_key;
    const uint64_t bytes = prom_room_of_terms(&asked.terms);
    (void)host_pay(worker, 6);
    assert_ok(host_add(worker, &sold, "sold", &facts), &worker->test->error);
    sold->channel->facts.setup.phase = PROM_SETUP_GIVEN;
    node->channels_max = PROM_ASKED_MAX + 1;
    node->disk_max = (PROM_ASKED_MAX + 1) * bytes;
    for (size_t i = 0; i < PROM_ASKED_MAX; i++) {
        assert_true(asked_for(worker, STRANGER + i, i, PROM_ROLE_WORKER, &asked));
        prom_channel *channel = node->channels[i + 1]->channel;
        channel->terms = asked.terms;
        channel->facts.setup.phase = i % 4 == 0 ? PROM_SETUP_NEW : PROM_SETUP_ACCEPTED;
        channel->facts.setup.accepting = i == 1;
        if (i % 4 == 2) {
            assert_ok(prom_node_give_up(node, node->channels[i + 1]->record.number, &worker->test->error),
                      &worker->test->error);
        }
    }
    const uint64_t given = node->channels[2]->record.number;
    assert_false(asked_for(worker, link, PROM_ASKED_MAX, PROM_ROLE_WORKER, &asked));
    assert_int_equal(capacity_for(worker, key).room, 0);
    sold->channel->facts.nodes[PROM_PARTY_C].key = *key;
    sold->channel->facts.tx0.there = true;
    assert_int_equal(capacity_for(worker, NULL).room, 0);
    assert_int_equal(capacity_for(worker, key).room, PROM_ASKED_MAX - 1);
    assert_int_equal(capacity_for(worker, NULL).disk, 0);
    assert_int_equal(capacity_for(worker, key).disk, (PROM_ASKED_MAX - 1) * bytes);
    for (size_t i = 0; i < PROM_ASKED_BY_ONE_MAX; i++) {
        assert_false(asked_for(worker, STRANGER, PROM_ASKED_MAX + i, PROM_ROLE_WORKER, &asked));
        assert_true(asked_for(worker, link, PROM_ASKED_MAX + i, PROM_ROLE_WORKER, &asked));
        assert_int_equal(node->channel_count, PROM_ASKED_MAX + 1);
    }
    /* Who gets no place anyway puts nobody out of one: it has its four. */
    assert_false(asked_for(worker, link, 3 * PROM_ASKED_MAX, PROM_ROLE_WORKER, &asked));
    assert_int_equal(node->channel_count, PROM_ASKED_MAX + 1);
    assert_non_null(prom_node_channel_of(node, given));
    assert_int_equal(capacity_for(worker, key).room, PROM_ASKED_MAX - 1 - PROM_ASKED_BY_ONE_MAX);
    host_free(client);
    host_free(worker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(customers_come_first),
        FIXTURE_TEST(strangers_give_way_to_customers),
    };
    return cmocka_run_group_tests_name("node/customers", tests, NULL, NULL);
}
