/* What many open contracts cost a node: it holds so many channels of contracts with three arbiters, and takes blocks.
 *
 *   CHANNELS=500 unit.node.channels_many      500 when not given
 *
 * Prints the memory of each channel, and how long a block takes that spends an output of every one of them, and one
 * that spends none. */
#include "node/host.h"

#include <malloc.h>
#include <time.h>

#include "system/clock.h"

enum { CHANNELS = 500, CHANNELS_UNSEEN = 50, CHANNEL_BYTES_MAX = 64 << 10, RELEVANT_SECONDS_MAX = 1 };

/* 0 in a build with sanitizers, which have a heap of their own. */
static size_t heap(void)
{
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static double cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static void keep(struct host *host, prom_facts *facts, prom_kept_kind kind, prom_span bytes)
{
    assert_ok(prom_span_copy(&host->test->arena, &facts->kept[kind], bytes, &host->test->error), &host->test->error);
}

/* What a party of a delivered package has, beside what signed it: W's statement and all receipts, and on disk the
 * signed base terms, Tx0, what the key generation left. */
static void fill(struct host *host, size_t place)
{
    static const prom_base_signatures signatures;
    static const uint8_t recovery[1000];
    fixture *test = host->test;
    struct world *world = host->world;
    prom_facts *facts = world_facts(world, place);
    prom_evidence *statements = &facts->batches[0].evidence.statements;
    const prom_attestation package = world_statement(world, world_claim(PROM_ROUND_A, 0));
    prom_span bytes;
    assert_ok(prom_terms_write_signed(&test->arena, &bytes, &world->session.terms, &signatures, &test->error),
              &test->error);
    keep(host, facts, PROM_KEPT_SIGNED_BASE, bytes);
    assert_ok(prom_tx_serialize(&test->arena, &bytes, world_tx(world, PROM_TX0), true, &test->error), &test->error);
    keep(host, facts, PROM_KEPT_TX0, bytes);
    if (place >= PLACE_A) {
        keep(host, facts, PROM_KEPT_RECOVERY, prom_span_of(recovery, sizeof recovery));
    }
    assert_true(add_evidence(test, statements, &package));
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        const prom_attestation receipt =
            world_statement(world, world_receipt(i, PROM_ROUND_A, &package.as.package.hash, VALID_TIP + 2));
        assert_true(add_evidence(test, statements, &receipt));
    }
}

static void talk_to_all(struct host *host, prom_node_channel *channel)
{
    const prom_terms *terms = &host->world->session.terms;
    for (size_t i = 0; i < WORLD_PLACES; i++) {
        if (i != channel->channel->place) {
            assert_non_null(prom_node_peer_of(host->node, channel, prom_place_key(terms, i), true));
        }
    }
}

/* The contract of each channel is the same one, but every channel has a tree and terms of its own, as if it were not.
 */
static void make(struct host *host, size_t channels)
{
    static const size_t places[] = {PLACE_C, PLACE_W, PLACE_V, PLACE_A};
    for (size_t i = 0; i < channels; i += 4) {
        (void)host_pay(host, 4);
    }
    host_mine_to(host, VALID_TIP);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        fill(host, places[i]);
    }
    for (size_t i = 0; i < channels; i++) {
        (void)host_give(host, places[i % COUNT_OF(places)]);
    }
}

static void load(struct host *host, size_t channels)
{
    prom_node_drop_channels(host->node);
    const size_t before = heap();
    const double begun = prom_clock_seconds();
    assert_ok(prom_node_load_channels(host->node, &host->test->error), &host->test->error);
    const double taken = prom_clock_seconds() - begun;
    assert_int_equal(host->node->channel_count, channels);
    for (size_t i = 0; i < channels; i++) {
        assert_non_null(host->node->channels[i]->channel);
        talk_to_all(host, host->node->channels[i]);
    }
    const size_t each = (heap() - before) / channels;
    print_message("%zu channels: %zu bytes each, loaded in %.3f s\n", channels, each, taken);
    assert_true(each <= CHANNEL_BYTES_MAX);
}

/* What the machine does besides counts in what is printed alone. */
static void take_block(struct host *host, const prom_tx *tx)
{
    const double cpu = cpu_seconds();
    const double begun = prom_clock_seconds();
    host_block(host, &tx, tx != NULL);
    const double taken = prom_clock_seconds();
    prom_node_look_at_wants(host->node);
    print_message("block %u, %s: %.3f s to take, %.3f s for its wants\n", host->node->best_tip,
                  tx != NULL ? "relevant" : "quiet", taken - begun, prom_clock_seconds() - taken);
    assert_true(cpu_seconds() - cpu < RELEVANT_SECONDS_MAX);
}

static void every_channel_is_small_and_quick(void **state)
{
    const char *asked = getenv("CHANNELS");
    const size_t unasked = heap() == 0 ? CHANNELS_UNSEEN : CHANNELS;
    const size_t channels = asked == NULL ? unasked : strtoul(asked, NULL, 10);
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    make(host, channels);
    load(host, channels);
    take_block(host, NULL);
    take_block(host, world_tx(host->world, PROM_TX0));
    take_block(host, NULL);
    take_block(host, world_tx(host->world, PROM_TX4));
    take_block(host, NULL);
    for (size_t i = 0; i < channels; i++) {
        assert_int_equal(prom_channel_scheme(host->node->channels[i]->channel, 0), 3);
    }
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(every_channel_is_small_and_quick)};
    return cmocka_run_group_tests_name("node/channels_many", tests, NULL, NULL);
}
