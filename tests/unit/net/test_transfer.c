/* Files in pieces. */
#include "net/pair.h"

#include <sys/stat.h>

#include "net/parts.h"

static void write_file(const char *path, size_t length)
{
    uint64_t random = length;
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (size_t i = 0; i < length; i += 8) {
        const uint64_t value = next_random(&random);
        assert_int_equal(fwrite(&value, 1, length - i < 8 ? length - i : 8, file), length - i < 8 ? length - i : 8);
    }
    assert_int_equal(fclose(file), 0);
}

static bool same_files(const char *a, const char *b)
{
    char command[3 * PATH_MAX];
    (void)snprintf(command, sizeof command, "cmp -s '%.4095s' '%.4095s'", a, b);
    return system(command) == 0;
}

static bool copy_file(const char *from, const char *to)
{
    char command[3 * PATH_MAX];
    (void)snprintf(command, sizeof command, "cp '%.4095s' '%.4095s'", from, to);
    return system(command) == 0;
}

static bool is_there(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

struct pair {
    struct side server;
    struct side client;
    prom_net_order order;
};

/* Of the same file one of many hashes: as bodies of different contracts have. */
static void name_body(struct pair *it, uint64_t number)
{
    uint8_t bytes[PROM_PIECE_MAX];
    size_t got = 0;
    prom_hasher_init(&it->order.hasher, "test/body");
    prom_hasher_add_number(&it->order.hasher, number, sizeof number);
    prom_hasher hasher = it->order.hasher;
    FILE *file = fopen(it->server.served, "rb");
    assert_non_null(file);
    while ((got = fread(bytes, 1, sizeof bytes, file)) > 0) {
        prom_hasher_add(&hasher, prom_span_of(bytes, got));
    }
    assert_int_equal(fclose(file), 0);
    prom_hasher_finish(&hasher, &it->order.hash);
}

static void open_pair(fixture *test, struct pair *it, size_t length)
{
    side_open(test, &it->server);
    side_open(test, &it->client);
    link_up(&it->client, &it->server);
    (void)snprintf(it->server.served, sizeof it->server.served, "%s/body", it->server.folder);
    write_file(it->server.served, length);
    it->order = (prom_net_order){.channel = bytes_of(1), .what = PROM_BODY_INPUT};
    name_body(it, 0);
    it->order.length_min = length;
    it->order.length_max = length;
    (void)snprintf(it->order.path, sizeof it->order.path, "%s/body", it->client.folder);
    (void)snprintf(it->order.part, sizeof it->order.part, "%s/body.part", it->client.folder);
}

static void begin(struct pair *it)
{
    fixture *test = it->client.test;
    assert_ok(prom_net_fetch(it->client.net, it->client.link, &it->order, &test->error), &test->error);
}

static void close_pair(struct pair *it)
{
    side_close(&it->server);
    side_close(&it->client);
}

static void test_files_of_every_size(void **state)
{
    static const size_t sizes[] = {1, PROM_PIECE_MAX - 1, PROM_PIECE_MAX, PROM_PIECE_MAX + 1, 40 * PROM_PIECE_MAX + 7};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct pair it;
        open_pair(*state, &it, sizes[i]);
        it.order.length_min = i % 2 == 0 ? 1 : sizes[i]; /* packages: their length is not known */
        it.order.length_max = i % 2 == 0 ? PROM_PAYLOAD_MAX : sizes[i];
        begin(&it);
        UNTIL(it.client.fetched == 1, &it.client, &it.server);
        assert_string_equal(it.client.fetch_reason, "");
        assert_true(same_files(it.order.path, it.server.served));
        assert_false(is_there(it.order.part));
        close_pair(&it);
    }
}

static void test_a_fetch_goes_on_where_it_was(void **state)
{
    struct pair it;
    const size_t length = 100 * PROM_PIECE_MAX + 3;
    open_pair(*state, &it, length);
    begin(&it);
    UNTIL(it.server.serves >= 20, &it.client, &it.server);
    prom_net_end(it.client.net, it.client.link, "enough");
    UNTIL(it.client.fetched == 1, &it.client, &it.server);
    assert_string_equal(it.client.fetch_reason, "the link was lost");
    assert_true(is_there(it.order.part));
    it.client.ups = 0;
    UNTIL(prom_net_link_to(it.client.net, &it.server.address, NULL) != 0, &it.client, &it.server);
    begin(&it);
    UNTIL(it.client.fetched == 2, &it.client, &it.server);
    assert_string_equal(it.client.fetch_reason, "");
    assert_true(same_files(it.order.path, it.server.served));
    assert_true(it.server.serves < 101 + 8); /* not from the beginning */
    close_pair(&it);
}

/* All of it had come before a crash; and more than all, of something else. */
static void test_parts_that_are_whole_or_too_long(void **state)
{
    struct pair it;
    const size_t length = 2 * PROM_PIECE_MAX;
    open_pair(*state, &it, length);
    assert_true(copy_file(it.server.served, it.order.part));
    begin(&it);
    UNTIL(it.client.fetched == 1, &it.client, &it.server);
    assert_string_equal(it.client.fetch_reason, "");
    UNTIL(it.server.serves == 1, &it.client, &it.server);
    let_pass(&it.client, 20); /* the answer comes too late */
    it.order.length_min = 1;
    it.order.length_max = PROM_PAYLOAD_MAX;
    write_file(it.order.part, length + 5);
    begin(&it);
    UNTIL(it.client.fetched == 2, &it.client, &it.server);
    assert_string_equal(it.client.fetch_reason, "the peer sent something else than was asked for");
    assert_false(is_there(it.order.part));
    begin(&it);
    UNTIL(it.client.fetched == 3, &it.client, &it.server);
    assert_string_equal(it.client.fetch_reason, "");
    close_pair(&it);
}

static void test_what_is_wrong_is_not_kept(void **state)
{
    struct pair it;
    open_pair(*state, &it, 1000);
    it.order.hash = bytes_of(2);
    begin(&it);
    UNTIL(it.client.fetched == 1, &it.client, &it.server);
    assert_string_equal(it.client.fetch_reason, "the peer sent a body of another hash");
    assert_false(is_there(it.order.part));
    assert_false(is_there(it.order.path));
    it.order.length_min = 1001; /* of another length than was agreed */
    it.order.length_max = 1001;
    begin(&it);
    UNTIL(it.client.fetched == 2, &it.client, &it.server);
    assert_string_equal(it.client.fetch_reason, "the peer sent something else than was asked for");
    it.order.length_min = 999;
    it.order.length_max = 999;
    begin(&it);
    UNTIL(it.client.fetched == 3, &it.client, &it.server);
    assert_string_equal(it.client.fetch_reason, "the peer sent something else than was asked for");
    close_pair(&it);
}

/* A file that could not be read for a moment is all that came: nobody need have it for us to see that. */
static void test_a_part_that_is_whole_needs_nobody(void **state)
{
    for (int package = 0; package < 2; package++) {
        struct pair it;
        open_pair(*state, &it, 100 * PROM_PIECE_MAX + 1);
        assert_true(copy_file(it.server.served, it.order.part));
        char served[PATH_MAX];
        (void)snprintf(served, sizeof served, "%s", it.server.served);
        it.server.served[0] = '\0';
        it.order.length_min = package != 0 ? 1 : it.order.length_min;
        it.order.length_max = package != 0 ? PROM_PAYLOAD_MAX : it.order.length_max;
        begin(&it);
        UNTIL(it.client.fetched == 1, &it.client, &it.server);
        assert_string_equal(it.client.fetch_reason, "");
        assert_true(same_files(it.order.path, served));
        assert_false(is_there(it.order.part));
        close_pair(&it);
    }
}

/* What is there of another length, or of another body, is no whole one, and stays for who has the rest. */
static void test_a_part_that_is_not_whole_is_kept(void **state)
{
    struct pair it;
    open_pair(*state, &it, 10 * PROM_PIECE_MAX);
    write_file(it.order.part, 9 * PROM_PIECE_MAX);
    it.server.served[0] = '\0';
    begin(&it);
    UNTIL(it.client.fetched == 1, &it.client, &it.server);
    assert_string_equal(it.client.fetch_reason, "the peer does not have it");
    assert_true(is_there(it.order.part));
    close_pair(&it);
}

/* What came before is hashed a little at each look: a body of any size holds up nobody. */
static void test_what_came_before_is_hashed_bit_by_bit(void **state)
{
    struct pair it;
    open_pair(*state, &it, 100 * PROM_PIECE_MAX + 1);
    assert_true(copy_file(it.server.served, it.order.part));
    begin(&it);
    const struct transfer *transfer = &it.client.net->transfers[0];
    size_t looks = 0;
    for (uint64_t hashed = 0; it.client.fetched == 0; looks++) {
        (void)prom_transfer_due(it.client.net, transfer->moved);
        if (it.client.fetched == 0) {
            assert_true(transfer->hashed > hashed && transfer->hashed - hashed <= 4 * PROM_PIECE_MAX);
            hashed = transfer->hashed;
        }
    }
    assert_int_equal(looks, 26);
    assert_string_equal(it.client.fetch_reason, "");
    assert_true(same_files(it.order.path, it.server.served));
    close_pair(&it);
}

/* Garbage that came before, of the right length, is not kept, whoever sent it. */
static void test_garbage_that_came_before(void **state)
{
    struct pair it;
    open_pair(*state, &it, 10 * PROM_PIECE_MAX);
    write_file(it.order.part, 9 * PROM_PIECE_MAX);
    begin(&it);
    UNTIL(it.client.fetched == 1, &it.client, &it.server);
    assert_string_equal(it.client.fetch_reason, "the peer sent a body of another hash");
    assert_false(is_there(it.order.part));
    begin(&it);
    UNTIL(it.client.fetched == 2, &it.client, &it.server);
    assert_string_equal(it.client.fetch_reason, "");
    assert_true(same_files(it.order.path, it.server.served));
    close_pair(&it);
}

static void test_what_is_not_there(void **state)
{
    struct pair it;
    open_pair(*state, &it, 1000);
    it.server.served[0] = '\0';
    begin(&it);
    UNTIL(it.client.fetched == 1, &it.client, &it.server);
    assert_string_equal(it.client.fetch_reason, "the peer does not have it");
    close_pair(&it);
}

static void test_several_at_once(void **state)
{
    fixture *test = *state;
    struct pair it;
    open_pair(test, &it, 10 * PROM_PIECE_MAX);
    for (uint8_t i = 0; i < PROM_NET_FETCHES_MAX; i++) {
        name_body(&it, i);
        (void)snprintf(it.order.path, sizeof it.order.path, "%s/body%u", it.client.folder, i);
        (void)snprintf(it.order.part, sizeof it.order.part, "%s/part%u", it.client.folder, i);
        begin(&it);
    }
    assert_fails(prom_net_fetch(it.client.net, it.client.link, &it.order, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "cannot be fetched"); /* the same twice, and one too many */
    UNTIL(it.client.fetched == PROM_NET_FETCHES_MAX, &it.client, &it.server);
    assert_string_equal(it.client.fetch_reason, "");
    assert_true(same_files(it.order.path, it.server.served));
    close_pair(&it);
}

static void test_a_fetch_that_is_stopped(void **state)
{
    struct pair it;
    open_pair(*state, &it, 10 * PROM_PIECE_MAX);
    begin(&it);
    prom_net_fetch_stop(it.client.net, &it.order.channel, it.order.what, &it.order.hash);
    let_pass(&it.client, 20);
    assert_int_equal(it.client.fetched, 0);
    begin(&it);
    UNTIL(it.client.fetched == 1, &it.client, &it.server);
    assert_string_equal(it.client.fetch_reason, "");
    assert_true(same_files(it.order.path, it.server.served));
    close_pair(&it);
}

/* Of one hash there may be a body of another channel, and of another kind, that never comes. */
static void test_bodies_of_one_hash(void **state)
{
    struct pair it;
    open_pair(*state, &it, 10 * PROM_PIECE_MAX);
    const prom_net_order order = it.order;
    begin(&it);
    const int64_t begun = it.client.net->transfers[0].moved;
    for (unsigned i = 0; i < 2; i++) {
        it.order.channel = bytes_of(i == 0 ? 7 : 1);
        it.order.what = i == 0 ? PROM_BODY_INPUT : PROM_BODY_PACKAGE_A;
        (void)snprintf(it.order.path, sizeof it.order.path, "%s/other%u", it.client.folder, i);
        (void)snprintf(it.order.part, sizeof it.order.part, "%s/other%u.part", it.client.folder, i);
        begin(&it);
        prom_net_fetch_stop(it.client.net, &it.order.channel, it.order.what, &it.order.hash);
    }
    assert_int_equal(it.client.net->transfers[0].moved, begun);
    assert_true(it.client.net->transfers[0].used);
    UNTIL(it.client.fetched == 1, &it.client, &it.server);
    assert_string_equal(it.client.fetch_reason, "");
    assert_true(same_files(order.path, it.server.served));
    close_pair(&it);
}

/* Pieces as a peer may send them that wants to hold the fetch, at times of our own. */
static void take(struct pair *it, size_t length, int64_t now)
{
    static const uint8_t bytes[PROM_PIECE_MAX];
    const struct transfer *transfer = &it->client.net->transfers[0];
    const prom_piece piece = {.channel = it->order.channel,
                              .what = it->order.what,
                              .hash = it->order.hash,
                              .offset = transfer->have,
                              .total = it->order.length_max,
                              .bytes = prom_span_of(bytes, length)};
    prom_transfer_take(it->client.net, prom_link_find(it->client.net, it->client.link), &piece, now);
}

static void test_pieces_are_whole(void **state)
{
    struct pair it;
    open_pair(*state, &it, 10 * PROM_PIECE_MAX + 1);
    begin(&it);
    take(&it, PROM_PIECE_MAX, prom_clock_milliseconds());
    assert_int_equal(it.client.fetched, 0);
    take(&it, 1, prom_clock_milliseconds());
    assert_int_equal(it.client.fetched, 1);
    assert_string_equal(it.client.fetch_reason, "the peer sent something else than was asked for");
    assert_true(is_there(it.order.part)); /* others brought it */
    close_pair(&it);
}

/* A piece just before each stall would be over; two bodies share what the link brings. */
static void test_a_peer_that_is_slow(void **state)
{
    for (int shared = 0; shared < 2; shared++) {
        struct pair it;
        open_pair(*state, &it, 1000 * PROM_PIECE_MAX);
        const int64_t stall = it.client.net->limits.stall_ms;
        const size_t least = PROM_NET_PACE_MIN * (size_t)stall / 1000 / PROM_PIECE_MAX / (shared != 0 ? 2 : 1);
        begin(&it);
        const int64_t begun = it.client.net->transfers[0].since;
        if (shared != 0) {
            const prom_bytes32 first = it.order.hash;
            it.order.hash = bytes_of(3);
            (void)snprintf(it.order.path, sizeof it.order.path, "%s/other", it.client.folder);
            (void)snprintf(it.order.part, sizeof it.order.part, "%s/other.part", it.client.folder);
            begin(&it);
            it.client.net->transfers[1].since = begun + 2 * stall; /* is not looked at */
            it.client.net->transfers[1].moved = begun + 2 * stall;
            it.order.hash = first;
        }
        for (size_t i = 0; i < least; i++) {
            take(&it, PROM_PIECE_MAX, begun + stall);
        }
        (void)prom_transfer_due(it.client.net, begun + stall + 1);
        assert_int_equal(it.client.fetched, 0);
        for (size_t i = 0; i < least - 1; i++) {
            take(&it, PROM_PIECE_MAX, begun + 2 * stall);
        }
        (void)prom_transfer_due(it.client.net, begun + 2 * stall + 2);
        assert_int_equal(it.client.fetched, 1);
        assert_string_equal(it.client.fetch_reason, "the peer sends it too slowly");
        close_pair(&it);
    }
}

/* A body of a gibibyte would else take four hours at the least pace. */
static void test_a_large_body_must_come_faster(void **state)
{
    for (int slow = 0; slow < 2; slow++) {
        struct pair it;
        open_pair(*state, &it, 1000 * PROM_PIECE_MAX);
        const uint64_t total = PROM_PAYLOAD_MAX;
        const int64_t stall = it.client.net->limits.stall_ms;
        const size_t least = (size_t)(total / PROM_NET_HELD_UP_MAX * (uint64_t)stall / 1000 / PROM_PIECE_MAX) + 1;
        it.order.length_min = it.order.length_max = total;
        begin(&it);
        const int64_t begun = it.client.net->transfers[0].since;
        for (size_t i = 0; i < least - (size_t)slow; i++) {
            take(&it, PROM_PIECE_MAX, begun + stall);
        }
        (void)prom_transfer_due(it.client.net, begun + stall + 1);
        assert_int_equal(it.client.fetched, slow);
        close_pair(&it);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_files_of_every_size),
        FIXTURE_TEST(test_a_fetch_goes_on_where_it_was),
        FIXTURE_TEST(test_parts_that_are_whole_or_too_long),
        FIXTURE_TEST(test_what_is_wrong_is_not_kept),
        FIXTURE_TEST(test_what_came_before_is_hashed_bit_by_bit),
        FIXTURE_TEST(test_a_part_that_is_whole_needs_nobody),
        FIXTURE_TEST(test_a_part_that_is_not_whole_is_kept),
        FIXTURE_TEST(test_garbage_that_came_before),
        FIXTURE_TEST(test_what_is_not_there),
        FIXTURE_TEST(test_several_at_once),
        FIXTURE_TEST(test_a_fetch_that_is_stopped),
        FIXTURE_TEST(test_bodies_of_one_hash),
        FIXTURE_TEST(test_pieces_are_whole),
        FIXTURE_TEST(test_a_peer_that_is_slow),
        FIXTURE_TEST(test_a_large_body_must_come_faster),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
