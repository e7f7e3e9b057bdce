/* Guests of a node: what they are told, and what they can say. */
#include "node/host.h"

#include "net/parts.h"
#include "node/guest.h"

enum { TURNS = 2000 };

struct seen {
    struct host *host;
    uint64_t link;
    uint64_t features;
    unsigned ups;
    unsigned downs;
    unsigned turns;
    unsigned packets;
    unsigned failures;
    bool failed_named; /* it was said whose address it was */
    prom_get_listings asked;
};

static void see_up(void *context, uint64_t link, const prom_hello *hello)
{
    struct seen *seen = context;
    seen->ups++;
    seen->link = link;
    seen->features = hello->features;
}

static void see_down(void *context, uint64_t link)
{
    struct seen *seen = context;
    seen->downs += link == seen->link;
}

static void see_unreached(void *context, const prom_address *address, const prom_bytes32 *node)
{
    struct seen *seen = context;
    seen->failures++;
    seen->failed_named = address->length > 0 && node != NULL;
}

static void see_packet(void *context, uint64_t link, const prom_packet *packet)
{
    struct seen *seen = context;
    assert_int_equal(link, seen->link);
    assert_int_equal(packet->kind, PROM_PACKET_GET_LISTINGS);
    seen->packets++;
    seen->asked = packet->as.get_listings;
}

static void see_turn(void *context)
{
    struct seen *seen = context;
    seen->turns++;
}

static void take_in(fixture *test, struct seen *seen, struct host *host, uint64_t features)
{
    const prom_node_guest guest = {.context = seen,
                                   .features = features,
                                   .up = see_up,
                                   .down = see_down,
                                   .unreached = see_unreached,
                                   .packet = see_packet,
                                   .turn = see_turn};
    *seen = (struct seen){.host = host};
    assert_ok(prom_node_add_guest(host->node, &guest, &test->error), &test->error);
}

static void turn(struct seen *a, struct seen *b)
{
    prom_node_mail_turn(a->host->node);
    prom_node_mail_turn(b->host->node);
    (void)usleep(500);
}

static struct host *open_at(fixture *test, prom_role role, uint8_t seed)
{
    struct host *host = host_new(test, role);
    host_listen(host, seed);
    return host;
}

static void guests_hear_of_links_and_of_packets(void **state)
{
    fixture *test = *state;
    struct seen a;
    struct seen b;
    const prom_packet packet = {.kind = PROM_PACKET_GET_LISTINGS,
                                .as.get_listings = {.p_txid = named("P", 0), .role = PROM_ROLE_WORKER}};
    take_in(test, &a, open_at(test, PROM_ROLE_CLIENT, 1), 0);
    take_in(test, &b, open_at(test, PROM_ROLE_WORKER, 2), PROM_FEATURE_DISCOVERY);
    assert_memory_equal(prom_node_key(b.host->node), &b.host->node->key.public_key, 32);
    assert_ptr_equal(prom_node_curve(b.host->node), b.host->node->curve);
    for (unsigned i = 0; i < TURNS && (a.ups == 0 || b.ups == 0); i++) {
        (void)prom_net_link_to(prom_node_net(a.host->node), &b.host->options.config.address,
                               &b.host->node->key.public_key);
        turn(&a, &b);
    }
    assert_int_equal(a.ups, 1);
    assert_int_equal(b.ups, 1);
    assert_int_equal(a.features, PROM_FEATURE_DISCOVERY | PROM_FEATURE_DECLINED);
    assert_int_equal(b.features, PROM_FEATURE_DECLINED);
    assert_true(prom_net_put(prom_node_net(a.host->node), a.link, &packet));
    assert_false(prom_net_put(prom_node_net(a.host->node), a.link + 1000, &packet));
    for (unsigned i = 0; i < TURNS && b.packets == 0; i++) {
        turn(&a, &b);
    }
    assert_int_equal(b.packets, 1);
    assert_memory_equal(&b.asked.p_txid, &packet.as.get_listings.p_txid, 32);
    prom_node_guests_turn(b.host->node);
    assert_int_equal(b.turns, 1);
    const prom_address nowhere = {.bytes = "/tmp/prom-nobody-listens-here", .length = 29};
    const prom_bytes32 nobody = named_key(test, "nobody", 0).public_key;
    for (unsigned i = 0; i < TURNS && a.failures == 0; i++) {
        (void)prom_net_link_to(prom_node_net(a.host->node), &nowhere, &nobody);
        turn(&a, &b);
    }
    assert_int_equal(a.failures, 1);
    assert_true(a.failed_named);
    prom_net_end(prom_node_net(b.host->node), b.link, "enough");
    for (unsigned i = 0; i < TURNS && a.downs == 0; i++) {
        turn(&a, &b);
    }
    assert_int_equal(a.downs, 1);
    assert_int_equal(b.downs, 1);
    host_free(a.host);
    host_free(b.host);
}

/* What a guest signs is the node's word. */
static void guests_sign_as_the_node(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_CLIENT);
    const prom_bytes32 hash = named("hash", 0);
    prom_signature signature;
    assert_ok(prom_node_sign_as_itself(host->node, &signature, &hash, &test->error), &test->error);
    assert_true(prom_signature_valid(prom_node_curve(host->node), &signature, prom_span_of32(&hash),
                                     &host->node->key.public_key));
    host_free(host);
}

static void a_house_that_is_full_takes_no_guest(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_CLIENT);
    const prom_node_guest guest = {0}; /* who wants to know nothing is not called */
    for (unsigned i = 0; i < PROM_NODE_GUESTS_MAX; i++) {
        assert_ok(prom_node_add_guest(host->node, &guest, &test->error), &test->error);
    }
    assert_fails(prom_node_add_guest(host->node, &guest, &test->error), PROM_CATEGORY_MISUSE, &test->error, "8 guests");
    prom_node_guests_up(host->node, 1, NULL);
    prom_node_guests_down(host->node, 1);
    prom_node_guests_unreached(host->node, NULL, NULL);
    prom_node_guests_take(host->node, 1, NULL);
    prom_node_guests_turn(host->node);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(guests_hear_of_links_and_of_packets),
        FIXTURE_TEST(guests_sign_as_the_node),
        FIXTURE_TEST(a_house_that_is_full_takes_no_guest),
    };
    return cmocka_run_group_tests_name("node/guest", tests, NULL, NULL);
}
