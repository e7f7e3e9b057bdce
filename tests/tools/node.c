/* What many open contracts cost a node: loads so many channels of contracts with three arbiters, and takes blocks.
 *
 *   CHANNELS=500 tool.node      500 when not given
 *
 * Prints the memory of each channel, and how long a block takes that spends an output of every one of them, and one
 * that spends none. */
#include "node/host.h"

#include <malloc.h>

#include "system/clock.h"

static size_t heap(void)
{
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* The contract of each channel is the same one, but every channel has a tree and terms of its own, as if it were not.
 */
static prom_node_channel *give(struct host *host, size_t i)
{
    static const size_t places[] = {PLACE_C, PLACE_W, PLACE_V};
    return host_give(host, places[i % COUNT_OF(places)]);
}

static void make(struct host *host, size_t channels)
{
    for (size_t i = 0; i < channels; i += 4) {
        (void)host_pay(host, 4);
    }
    host_mine_to(host, VALID_TIP);
    for (size_t i = 0; i < channels; i++) {
        (void)give(host, i);
    }
}

static double block_seconds(struct host *host, const prom_tx *tx)
{
    const double begun = prom_clock_seconds();
    host_block(host, &tx, tx != NULL);
    const double taken = prom_clock_seconds();
    prom_node_look_at_wants(host->node);
    printf("  block %u: %.3f s to take, %.3f s for its wants\n", host->node->best_tip, taken - begun,
           prom_clock_seconds() - taken);
    return taken - begun;
}

static void measure(void **state)
{
    const char *asked = getenv("CHANNELS");
    const size_t channels = asked == NULL ? 500 : strtoul(asked, NULL, 10);
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    make(host, channels);
    for (size_t i = 0; i < channels; i++) {
        host->node->channels[i]->stale = true;
        prom_node_unload(host->node->channels[i]);
    }
    const size_t before = heap();
    const double begun = prom_clock_seconds();
    for (size_t i = 0; i < channels; i++) {
        assert_ok(prom_node_refresh(host->node, host->node->channels[i], &host->test->error), &host->test->error);
    }
    printf("  %zu channels: %zu bytes each, loaded in %.3f s\n", channels, (heap() - before) / channels,
           prom_clock_seconds() - begun);
    (void)block_seconds(host, NULL);
    (void)block_seconds(host, world_tx(host->world, PROM_TX0));
    (void)block_seconds(host, NULL);
    (void)block_seconds(host, world_tx(host->world, PROM_TX4));
    (void)block_seconds(host, NULL);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(measure)};
    return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}
