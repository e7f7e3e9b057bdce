#include "node/host.h"
#include "prometheus/crypto/hash.h"

/* A body is what its name says, or nothing. */
static void bodies_are_what_they_are_named(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    const prom_span bytes = prom_span_of((const uint8_t *)"input", 5);
    prom_body body = {.here = false};
    uint64_t length = 1;
    char path[PATH_MAX];
    prom_sha256(&body.hash, bytes);
    assert_false(prom_node_has_body(host->node, 1, PROM_BODY_INPUT, &body.hash, &length));
    assert_int_equal(length, 0);
    assert_ok(prom_node_body_path(host->node, path, 1, PROM_BODY_INPUT, &body.hash, error), error);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.length, file), bytes.length);
    assert_int_equal(fclose(file), 0);
    assert_true(prom_node_has_body(host->node, 1, PROM_BODY_INPUT, &body.hash, &length));
    assert_int_equal(length, 5);
    assert_true(prom_node_find_body(host->node, 1, &body, PROM_BODY_INPUT));
    assert_true(body.here && body.length == 5);
    assert_false(prom_node_find_body(host->node, 1, &body, PROM_BODY_PROGRAM));
    assert_false(body.here);
    body.hash.bytes[0] ^= 1;
    assert_false(prom_node_find_body(host->node, 1, &body, PROM_BODY_INPUT));
    host_free(host);
}

static void make_file(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fputs("body", file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
}

/* Programs and inputs are everybody's; packages, and what has come so far of anything, are one channel's. */
static void packages_are_of_one_channel(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    const prom_bytes32 hash = named("body", 0);
    for (prom_body_kind what = 0; what < PROM_BODIES; what++) {
        const bool shared = what <= PROM_BODY_INPUT;
        char paths[2][PATH_MAX];
        char parts[2][PATH_MAX];
        uint64_t length;
        for (uint64_t i = 0; i < 2; i++) { /* of which one number ends as the other */
            assert_ok(prom_node_body_path(host->node, paths[i], 2 + 10 * i, what, &hash, error), error);
            prom_body_part(parts[i], paths[i], 2 + 10 * i);
            make_file(parts[i]);
        }
        make_file(paths[0]);
        assert_true(prom_node_has_body(host->node, 2, what, &hash, &length));
        assert_int_equal(prom_node_has_body(host->node, 12, what, &hash, &length), shared);
        make_file(paths[1]);
        prom_node_delete_own_bodies(host->node, 2);
        assert_int_equal(access(paths[0], F_OK), shared ? 0 : -1);
        assert_int_equal(access(parts[0], F_OK), -1);
        assert_int_equal(access(paths[1], F_OK), 0);
        assert_int_equal(access(parts[1], F_OK), 0);
    }
    host_free(host);
}

/* What a worker has made before an update nobody can make again. */
static void packages_of_an_older_version_are_found(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    prom_node_channel *channel = host_with(host, PLACE_W);
    const uint64_t number = channel->record.number;
    prom_body *body = &channel->channel->facts.batches[0].evidence.bodies[PROM_BODY_PACKAGE_A];
    char path[PATH_MAX];
    char hex[PROM_HEX32];
    *body = (prom_body){.here = true, .hash = named("package", 0), .length = 4};
    assert_ok(prom_node_transact(host->node, host_write_given, channel, error), error);
    (void)snprintf(path, sizeof path, "%s/bodies/package-a-%s", host->folder, prom_hex32(hex, &body->hash));
    make_file(path);
    host_reopen(host);
    prom_body found = {.hash = named("package", 0)};
    assert_true(prom_node_find_body(host->node, number, &found, PROM_BODY_PACKAGE_A));
    assert_int_equal(access(path, F_OK), -1);
    host_free(host);
}

/* By its first bytes, which may be of no package; and what the disk does not give is not here. */
static void openings_name_their_block(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_VERIFIER);
    prom_error *error = &host->test->error;
    const uint8_t data[] = {1, 2, 3};
    const prom_package_openings openings = {{{4}}, {{5}}, prom_span_of(data, sizeof data)};
    const prom_bytes32 none = {{0}};
    prom_span bytes;
    assert_ok(prom_package_openings_write(&host->test->arena, &bytes, &openings, error), error);
    for (size_t length = 1; length <= bytes.length; length++) {
        prom_body body = {.hash = named("body", 0)};
        char path[PATH_MAX];
        assert_ok(prom_node_body_path(host->node, path, 1, PROM_BODY_PACKAGE_B, &body.hash, error), error);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes.data, 1, length, file), length);
        assert_int_equal(fclose(file), 0);
        assert_true(prom_node_find_body(host->node, 1, &body, PROM_BODY_PACKAGE_B));
        assert_true(prom_bytes32_equal(&body.block, length == bytes.length ? &openings.block : &none));
        if (length == bytes.length) {
            assert_int_equal(unlink(path), 0);
            char other[PATH_MAX];
            assert_ok(prom_node_body_path(host->node, other, 2, PROM_BODY_PACKAGE_B, &body.hash, error), error);
            make_file(other);
            assert_int_equal(symlink(other, path), 0); /* which is not followed */
            assert_false(prom_node_find_body(host->node, 1, &body, PROM_BODY_PACKAGE_B));
        }
    }
    host_free(host);
}

/* What a body is hashed by, in one piece or in parts. */
static void bodies_are_hashed_in_parts(void **state)
{
    const prom_bytes32 id = named("contract", 0);
    const uint8_t bytes[] = "a body";
    const prom_span body = prom_span_of(bytes, sizeof bytes);
    prom_bytes32 hashes[PROM_BODIES];
    prom_bytes32 plain;
    prom_bytes32 package;
    (void)state;
    for (prom_body_kind what = 0; what < PROM_BODIES; what++) {
        prom_hasher hasher;
        prom_bytes32 in_parts;
        prom_body_hash(&hashes[what], what, &id, body);
        prom_body_hash_begin(&hasher, what, &id);
        prom_hasher_add(&hasher, prom_span_of(bytes, 2));
        prom_hasher_add(&hasher, prom_span_of(bytes + 2, sizeof bytes - 2));
        prom_hasher_finish(&hasher, &in_parts);
        assert_memory_equal(&in_parts, &hashes[what], sizeof in_parts);
    }
    prom_sha256(&plain, body);
    assert_memory_equal(&hashes[PROM_BODY_INPUT], &plain, sizeof plain);
    prom_tagged_hash(&plain, "prometheus/program", body);
    assert_memory_equal(&hashes[PROM_BODY_PROGRAM], &plain, sizeof plain);
    prom_package_hash(&package, &id, PROM_ROUND_A, body);
    assert_memory_equal(&hashes[PROM_BODY_PACKAGE_A], &package, sizeof package);
    prom_package_hash(&package, &id, PROM_ROUND_B, body);
    assert_memory_equal(&hashes[PROM_BODY_PACKAGE_B], &package, sizeof package);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(bodies_are_hashed_in_parts),
        FIXTURE_TEST(bodies_are_what_they_are_named),
        FIXTURE_TEST(openings_name_their_block),
        FIXTURE_TEST(packages_are_of_one_channel),
        FIXTURE_TEST(packages_of_an_older_version_are_found),
    };
    return cmocka_run_group_tests_name("node/files", tests, NULL, NULL);
}
