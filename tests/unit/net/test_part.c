/* The file that a body comes into. */
#include "net/pair_bodies.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

struct parts {
    char folder[32];
    struct transfer transfer;
    uint8_t body[3 * CHUNK];
};

static struct parts *parts_new(void)
{
    struct parts *it = calloc(1, sizeof *it);
    uint64_t random = 1;
    assert_non_null(it);
    memcpy(it->folder, "/tmp/prom-part-XXXXXX", sizeof "/tmp/prom-part-XXXXXX");
    assert_non_null(mkdtemp(it->folder));
    random_bytes(&random, it->body, 1 << 16);
    prom_net_order *order = &it->transfer.order;
    *order = (prom_net_order){.length_min = 1, .length_max = sizeof it->body};
    (void)snprintf(order->part, sizeof order->part, "%s/part", it->folder);
    prom_hasher_init(&order->hasher, "test");
    prom_hasher hasher = order->hasher;
    prom_hasher_add(&hasher, prom_span_of(it->body, sizeof it->body));
    prom_hasher_finish(&hasher, &order->hash);
    it->transfer.file = -1;
    return it;
}

static void parts_free(struct parts *it)
{
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", it->folder);
    assert_int_equal(system(command), 0);
    free(it);
}

static void open_again(fixture *test, struct parts *it)
{
    if (it->transfer.file >= 0) {
        (void)close(it->transfer.file);
    }
    assert_ok(prom_part_open(&it->transfer, &test->error), &test->error);
}

/* The last chunk, its note, and the state before it. */
static void write_last(struct parts *it)
{
    prom_hasher hasher = it->transfer.order.hasher;
    it->transfer.chunks.total = sizeof it->body;
    it->transfer.proven = 1;
    const uint64_t begin = prom_chunk_begin(&it->transfer.chunks, 2);
    prom_hasher_add(&hasher, prom_span_of(it->body, begin));
    assert_true(prom_hasher_state(&hasher, &it->transfer.state));
    assert_true(prom_part_write(&it->transfer, begin, prom_span_of(it->body + begin, sizeof it->body - begin)));
    assert_true(prom_part_note(&it->transfer));
}

static void hash_all(struct parts *it)
{
    static prom_net net;
    while (it->transfer.again) {
        net.body_bytes = CHUNK;
        prom_part_hash_some(&net, &it->transfer);
    }
}

static void test_what_is_proven_is_found_again(void **state)
{
    struct parts *it = parts_new();
    open_again(*state, it);
    assert_false(it->transfer.again);
    assert_int_equal(it->transfer.proven, 0);
    write_last(it);
    const prom_bytes32 proven = it->transfer.state;
    it->transfer.proven = 0;
    it->transfer.chunks.total = 0;
    open_again(*state, it);
    assert_true(it->transfer.again);
    hash_all(it);
    assert_int_equal(it->transfer.proven, 1);
    assert_int_equal(it->transfer.chunks.total, sizeof it->body);
    assert_true(prom_bytes32_equal(&it->transfer.state, &proven));
    (void)close(it->transfer.file);
    parts_free(it);
}

/* Any byte of what is proven, and any of the note: what does not lead to the hash is worth nothing, and the file is
 * empty again. */
static void test_what_was_changed_is_worth_nothing(void **state)
{
    const size_t all = 3 * CHUNK + 44;
    for (size_t back = 1; back <= 48; back++) {
        struct parts *it = parts_new();
        struct stat status;
        open_again(*state, it);
        write_last(it);
        spoil_file(it->transfer.order.part, (long)(all - back));
        open_again(*state, it);
        hash_all(it);
        assert_int_equal(it->transfer.proven, 0);
        assert_true(prom_bytes32_equal(&it->transfer.state, &it->transfer.order.hash));
        assert_int_equal(fstat(it->transfer.file, &status), 0);
        assert_int_equal(status.st_size, 0);
        (void)close(it->transfer.file);
        parts_free(it);
    }
}

/* Of another length than the body may have. */
static void test_bounds_of_the_order(void **state)
{
    struct parts *it = parts_new();
    open_again(*state, it);
    write_last(it);
    it->transfer.order.length_max--;
    open_again(*state, it);
    assert_false(it->transfer.again);
    assert_int_equal(it->transfer.proven, 0);
    (void)close(it->transfer.file);
    parts_free(it);
}

static void test_what_is_no_file(void **state)
{
    fixture *test = *state;
    struct parts *it = parts_new();
    assert_int_equal(symlink("/dev/null", it->transfer.order.part), 0);
    assert_fails(prom_part_open(&it->transfer, &test->error), PROM_CATEGORY_IO, &test->error, "cannot write");
    assert_int_equal(unlink(it->transfer.order.part), 0);
    assert_int_equal(mkdir(it->transfer.order.part, 0700), 0);
    assert_fails(prom_part_open(&it->transfer, &test->error), PROM_CATEGORY_IO, &test->error, "cannot write");
    parts_free(it);
}

/* The disk takes a part of it: what is proven stays, and the fetch says why it ended. */
static void test_a_full_disk(void **state)
{
    struct pair it;
    struct rlimit before;
    open_pair(*state, &it, 20 * CHUNK);
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {10 * CHUNK, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    begin(&it);
    fails(&it, "the disk did not take it");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    begin(&it);
    comes_whole(&it);
    close_pair(&it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_what_is_proven_is_found_again),
        FIXTURE_TEST(test_what_was_changed_is_worth_nothing),
        FIXTURE_TEST(test_bounds_of_the_order),
        FIXTURE_TEST(test_what_is_no_file),
        FIXTURE_TEST(test_a_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
