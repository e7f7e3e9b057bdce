/* Bodies that are fetched, of one node and of several. */
#include "net/pair_bodies.h"

static void test_bodies_of_every_size(void **state)
{
    static const size_t sizes[] = {1, 30, CHUNK - 33, CHUNK - 32, CHUNK, CHUNK + 1, 3 * CHUNK - 33, 5 * CHUNK + 7};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct pair it;
        open_pair(*state, &it, sizes[i]);
        name_body(&it, 1, i % 3 == 0 ? 0 : i % 3 == 1 ? 33 : 64);
        it.order.length_min = i % 2 == 0 ? 1 : sizes[i]; /* packages: their length is not known */
        it.order.length_max = i % 2 == 0 ? PROM_PAYLOAD_MAX : sizes[i];
        begin(&it);
        comes_whole(&it);
        close_pair(&it);
    }
}

/* Whoever dialled dials the link for bodies, too: who fetches need not be reachable, nor who serves. */
static void test_either_side_fetches(void **state)
{
    struct pair it;
    open_pair(*state, &it, 3 * CHUNK);
    struct side *server = &it.servers[0];
    it.client.served = server->served;
    (void)snprintf(it.order.path, sizeof it.order.path, "%s/fetched", server->folder);
    (void)snprintf(it.order.part, sizeof it.order.part, "%s/part", server->folder);
    UNTIL_ALL(server->ups == 1, &it);
    assert_ok(prom_net_fetch(server->net, server->link, &it.order, &server->test->error), &server->test->error);
    UNTIL_ALL(server->fetched == 1, &it);
    assert_string_equal(server->fetch_reason, "");
    assert_true(same_files(it.order.path, it.body));
    assert_true(bodies_of(&it.client)->ours);
    assert_int_equal(it.client.ups + server->ups, 2); /* nobody is told of it */
    close_pair(&it);
}

static void test_a_fetch_goes_on_where_it_was(void **state)
{
    struct pair it;
    open_pair(*state, &it, 40 * CHUNK + 3);
    begin(&it);
    const struct transfer *transfer = &it.client.net->transfers[0];
    UNTIL_ALL(transfer->proven >= 20, &it);
    prom_net_end(it.client.net, it.links[0], "enough");
    fails(&it, "the link was lost");
    assert_true(is_there(it.order.part));
    it.servers[0].serves = 0;
    UNTIL_ALL((it.links[0] = prom_net_link_to(it.client.net, &it.servers[0].address, NULL)) != 0, &it);
    begin(&it);
    comes_whole(&it);
    assert_true(it.servers[0].serves <= 21 + 8); /* not from the beginning */
    close_pair(&it);
}

/* As after kill -9: another process opens the file of parts. */
static void test_a_fetch_goes_on_after_a_crash(void **state)
{
    for (int spoilt = 0; spoilt < 2; spoilt++) {
        struct pair it;
        const prom_net_limits limits = prom_net_limits_usual();
        char folder[64];
        open_pair(*state, &it, 40 * CHUNK + 3);
        begin(&it);
        UNTIL_ALL(it.client.net->transfers[0].proven >= 20, &it);
        prom_net_free(it.client.net);
        memcpy(folder, it.client.folder, sizeof folder);
        if (spoilt != 0) {
            spoil_file(it.order.part, 40 * CHUNK);
        }
        it.servers[0].serves = 0;
        open_client(&it, *state, &limits);
        begin(&it);
        comes_whole(&it);
        assert_true(spoilt != 0 ? it.servers[0].serves >= 41 : it.servers[0].serves <= 21);
        assert_int_equal(it.client.lies, 0);
        close_pair(&it);
        memcpy(it.client.folder, folder, sizeof folder);
        it.client.net = NULL;
        side_close(&it.client);
    }
}

/* A file that could not be read for a moment is all that came: nobody need have it for us to see that. */
static void test_a_body_that_was_set_aside_needs_nobody(void **state)
{
    for (int package = 0; package < 2; package++) {
        struct pair it;
        open_pair(*state, &it, 3 * CHUNK + 1);
        assert_true(copy_file(it.body, it.order.part));
        it.servers[0].served.path[0] = '\0';
        it.order.length_min = package != 0 ? 1 : it.order.length_min;
        it.order.length_max = package != 0 ? PROM_PAYLOAD_MAX : it.order.length_max;
        begin(&it);
        comes_whole(&it);
        assert_int_equal(it.servers[0].serves, 0);
        close_pair(&it);
    }
}

/* Garbage that came before is not kept, and is nobody's fault. */
static void test_garbage_that_came_before(void **state)
{
    static const size_t lengths[] = {1, 43, 44, 45, 3 * CHUNK, 3 * CHUNK + 44, 9 * CHUNK};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct pair it;
        open_pair(*state, &it, 3 * CHUNK);
        write_file(it.order.part, lengths[i]);
        begin(&it);
        comes_whole(&it);
        assert_int_equal(it.client.lies, 0);
        close_pair(&it);
    }
}

/* What came before is hashed a little at each look: a body of any size holds up nobody. */
static void test_what_came_before_is_hashed_bit_by_bit(void **state)
{
    struct pair it;
    open_pair(*state, &it, 3 * CHUNK + 1);
    assert_true(copy_file(it.body, it.order.part));
    begin(&it);
    const struct transfer *transfer = &it.client.net->transfers[0];
    size_t looks = 0;
    for (uint64_t hashed = 0; transfer->again; looks++) {
        it.client.net->body_bytes = CHUNK;
        (void)prom_transfer_due(it.client.net, prom_clock_milliseconds());
        assert_true(transfer->at > hashed && transfer->at - hashed <= CHUNK / 4);
        hashed = transfer->at;
    }
    assert_int_equal(looks, 13);
    comes_whole(&it);
    close_pair(&it);
}

static void test_what_is_not_there(void **state)
{
    struct pair it;
    open_pair(*state, &it, 1000);
    it.servers[0].served.path[0] = '\0';
    begin(&it);
    fails(&it, "the peer does not have it");
    assert_int_equal(it.client.lies, 0);
    close_pair(&it);
}

/* Of another length than was agreed: by whom that was wrong is not known. */
static void test_another_length(void **state)
{
    for (int more = -1; more <= 1; more += 2) {
        struct pair it;
        open_pair(*state, &it, 1000);
        it.order.length_min = it.order.length_max = (uint64_t)(1000 + more);
        begin(&it);
        fails(&it, "the peer sent something else than was asked for");
        assert_int_equal(it.client.lies, 0);
        close_pair(&it);
    }
}

static void test_several_at_once(void **state)
{
    fixture *test = *state;
    struct pair it;
    open_pair(test, &it, CHUNK + 5);
    for (uint8_t i = 0; i < PROM_NET_FETCHES_MAX; i++) {
        it.order.channel = bytes_of(i);
        (void)snprintf(it.order.path, sizeof it.order.path, "%s/body%u", it.client.folder, i);
        (void)snprintf(it.order.part, sizeof it.order.part, "%s/part%u", it.client.folder, i);
        begin(&it);
    }
    assert_fails(prom_net_fetch(it.client.net, it.links[0], &it.order, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "cannot be fetched"); /* the same twice, and one too many */
    UNTIL_ALL(it.client.fetched == PROM_NET_FETCHES_MAX, &it);
    assert_string_equal(it.client.fetch_reason, "");
    assert_true(same_files(it.order.path, it.body));
    close_pair(&it);
}

static void test_a_fetch_that_is_stopped(void **state)
{
    struct pair it;
    open_pair(*state, &it, 20 * CHUNK);
    for (unsigned i = 0; i < 5; i++) { /* what was asked for still comes, and is passed over */
        begin(&it);
        UNTIL_ALL(it.client.net->transfers[0].proven > 3 * i, &it);
        prom_net_fetch_stop(it.client.net, &it.order.channel, it.order.what, &it.order.hash);
    }
    let_pass(&it.client, 20);
    assert_int_equal(it.client.fetched, 0);
    begin(&it);
    comes_whole(&it);
    assert_int_equal(it.client.downs, 0);
    close_pair(&it);
}

/* Of one hash there may be a body of another channel, and of another kind: a fetch of it is another one. */
static void test_bodies_of_one_hash(void **state)
{
    struct pair it;
    open_pair(*state, &it, 3 * CHUNK);
    const prom_net_order order = it.order;
    begin(&it);
    for (unsigned i = 0; i < 2; i++) {
        it.order.channel = bytes_of(i == 0 ? 7 : 1);
        it.order.what = i == 0 ? PROM_BODY_INPUT : PROM_BODY_PACKAGE_A;
        (void)snprintf(it.order.path, sizeof it.order.path, "%s/other%u", it.client.folder, i);
        (void)snprintf(it.order.part, sizeof it.order.part, "%s/other%u.part", it.client.folder, i);
        begin(&it);
        prom_net_fetch_stop(it.client.net, &it.order.channel, it.order.what, &it.order.hash);
    }
    assert_true(it.client.net->transfers[0].used);
    it.order = order;
    comes_whole(&it);
    close_pair(&it);
}

/* -- Several sources -- */

static void test_all_who_have_it_bring_it(void **state)
{
    struct pair it;
    open_some(*state, &it, SERVERS, 60 * CHUNK, 30 * 1000);
    begin_with(&it, SERVERS);
    comes_whole(&it);
    for (size_t i = 0; i < SERVERS; i++) {
        assert_true(it.servers[i].serves >= 10);
    }
    assert_int_equal(it.client.lies, 0);
    close_pair(&it);
}

/* Whoever changes a byte anywhere is named, and the body comes from the others. */
static void test_who_sends_wrong_bytes_is_named(void **state)
{
    for (size_t liar = 0; liar < SERVERS; liar++) {
        struct pair it;
        open_some(*state, &it, SERVERS, 30 * CHUNK, 30 * 1000);
        spoil_file(it.servers[liar].served.path, liar == 0 ? 30 * CHUNK - 1 : liar == 1 ? 0 : 11 * CHUNK);
        begin_with(&it, SERVERS);
        comes_whole(&it);
        assert_int_equal(it.client.lies, 1);
        assert_true(prom_bytes32_equal(&it.client.liar, &it.servers[liar].key.public_key));
        close_pair(&it);
    }
}

/* What is proven when the only one lies is kept, and another goes on from there. */
static void test_what_is_proven_outlives_a_liar(void **state)
{
    struct pair it;
    open_some(*state, &it, 2, 30 * CHUNK, 30 * 1000);
    begin(&it);
    UNTIL_ALL(it.client.net->transfers[0].proven >= 10, &it);
    it.servers[0].net->served[0].states[5].bytes[0] ^= 1; /* a wrong state, with right bytes */
    fails(&it, "the peer sent a body of another hash");
    assert_int_equal(it.client.lies, 1);
    it.links[0] = it.links[1];
    begin(&it);
    comes_whole(&it);
    assert_true(it.servers[1].serves <= 20);
    close_pair(&it);
}

/* The length of a package is not known: who claims a wrong one is found by the first chunk. */
static void test_a_wrong_length(void **state)
{
    struct pair it;
    open_some(*state, &it, 2, 5 * CHUNK, 30 * 1000);
    it.order.length_min = 1;
    it.order.length_max = PROM_PAYLOAD_MAX;
    assert_int_equal(truncate(it.servers[0].served.path, 20 * CHUNK), 0);
    begin_with(&it, 2);
    comes_whole(&it);
    assert_int_equal(it.client.lies, 1);
    assert_true(prom_bytes32_equal(&it.client.liar, &it.servers[0].key.public_key));
    close_pair(&it);
}

/* One takes part in the protocol and sends nothing; one goes in the middle. Neither holds up the third for as long as
 * it may be silent. */
static void test_sources_that_fail(void **state)
{
    struct pair it;
    open_some(*state, &it, SERVERS, 60 * CHUNK, 60 * 1000);
    UNTIL_ALL(it.servers[0].ups == 1 && it.servers[1].ups == 1, &it);
    struct side silent = it.servers[0];
    it.servers[0].net = NULL; /* it is not polled any more */
    begin_with(&it, SERVERS);
    const struct transfer *transfer = &it.client.net->transfers[0];
    UNTIL_ALL(transfer->proven >= 5, &it);
    prom_net_end(it.client.net, it.links[1], "enough");
    const int64_t begun = prom_clock_milliseconds();
    comes_whole(&it);
    assert_true(prom_clock_milliseconds() - begun < 40 * 1000);
    assert_int_equal(it.client.lies, 0);
    it.servers[0] = silent;
    close_pair(&it);
}

static void test_a_source_alone_that_is_silent(void **state)
{
    struct pair it;
    open_some(*state, &it, 1, 60 * CHUNK, 60 * 1000);
    begin(&it);
    UNTIL_ALL(it.client.net->transfers[0].proven >= 5, &it);
    struct side silent = it.servers[0];
    it.servers[0].net = NULL;
    it.client.net->limits.stall_ms = 300; /* not before: on a machine with much to do none would come so far */
    const size_t before = it.client.fetched;
    UNTIL_ALL(it.client.fetched > before, &it);
    assert_true(is_there(it.order.part));
    it.servers[0] = silent;
    close_pair(&it);
}

/* -- Pace -- */

/* A source that brings chunks of its own accord, at times of our own. */
static void bring(struct transfer *transfer, uint64_t bytes, int64_t now)
{
    transfer->sources[0].moved = now;
    transfer->sources[0].came += bytes;
}

static void test_a_peer_that_is_slow(void **state)
{
    for (int shared = 0; shared < 2; shared++) {
        for (int slow = 0; slow < 2; slow++) {
            struct pair it;
            open_pair(*state, &it, 1000);
            begin(&it);
            struct transfer *transfer = &it.client.net->transfers[0];
            const int64_t stall = it.client.net->limits.stall_ms;
            const int64_t begun = transfer->sources[0].since;
            const uint64_t least = PROM_NET_PACE_MIN * (uint64_t)stall / 1000 / (shared != 0 ? 2 : 1);
            if (shared != 0) {
                it.order.hash = bytes_of(3);
                (void)snprintf(it.order.part, sizeof it.order.part, "%s/other.part", it.client.folder);
                begin(&it);
                it.client.net->transfers[1].sources[0].moved = begun + stall;
                it.client.net->transfers[1].sources[0].since = begun + stall;
            }
            transfer->window[0].state = SLOT_ASKED;
            bring(transfer, least - (uint64_t)slow, begun + stall);
            (void)prom_transfer_due(it.client.net, begun + stall + 1);
            assert_int_equal(it.client.fetched, slow);
            assert_true(slow == 0 || strcmp(it.client.fetch_reason, "the peer sends it too slowly") == 0);
            close_pair(&it);
        }
    }
}

/* A body of a gibibyte would else take four hours at the least pace. */
static void test_a_large_body_must_come_faster(void **state)
{
    for (int slow = 0; slow < 2; slow++) {
        struct pair it;
        open_pair(*state, &it, 1000);
        begin(&it);
        struct transfer *transfer = &it.client.net->transfers[0];
        const int64_t stall = it.client.net->limits.stall_ms;
        const int64_t begun = transfer->sources[0].since;
        transfer->chunks.total = PROM_PAYLOAD_MAX;
        transfer->window[0].state = SLOT_ASKED;
        bring(transfer, PROM_PAYLOAD_MAX / PROM_NET_HELD_UP_MAX * (uint64_t)stall / 1000 - (uint64_t)slow,
              begun + stall);
        (void)prom_transfer_due(it.client.net, begun + stall + 1);
        assert_int_equal(it.client.fetched, slow);
        close_pair(&it);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_bodies_of_every_size),
        FIXTURE_TEST(test_either_side_fetches),
        FIXTURE_TEST(test_a_fetch_goes_on_where_it_was),
        FIXTURE_TEST(test_a_fetch_goes_on_after_a_crash),
        FIXTURE_TEST(test_a_body_that_was_set_aside_needs_nobody),
        FIXTURE_TEST(test_garbage_that_came_before),
        FIXTURE_TEST(test_what_came_before_is_hashed_bit_by_bit),
        FIXTURE_TEST(test_what_is_not_there),
        FIXTURE_TEST(test_another_length),
        FIXTURE_TEST(test_several_at_once),
        FIXTURE_TEST(test_a_fetch_that_is_stopped),
        FIXTURE_TEST(test_bodies_of_one_hash),
        FIXTURE_TEST(test_all_who_have_it_bring_it),
        FIXTURE_TEST(test_who_sends_wrong_bytes_is_named),
        FIXTURE_TEST(test_what_is_proven_outlives_a_liar),
        FIXTURE_TEST(test_a_wrong_length),
        FIXTURE_TEST(test_sources_that_fail),
        FIXTURE_TEST(test_a_source_alone_that_is_silent),
        FIXTURE_TEST(test_a_peer_that_is_slow),
        FIXTURE_TEST(test_a_large_body_must_come_faster),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
