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
    assert_false(prom_node_has_body(host->node, PROM_BODY_INPUT, &body.hash, &length));
    assert_int_equal(length, 0);
    assert_ok(prom_node_body_path(host->node, path, PROM_BODY_INPUT, &body.hash, error), error);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.length, file), bytes.length);
    assert_int_equal(fclose(file), 0);
    assert_true(prom_node_has_body(host->node, PROM_BODY_INPUT, &body.hash, &length));
    assert_int_equal(length, 5);
    assert_ok(prom_node_read_body(&body, PROM_BODY_INPUT, &body.hash, path, error), error);
    assert_true(body.here && body.length == 5);
    assert_fails(prom_node_read_body(&body, PROM_BODY_PROGRAM, &body.hash, path, error), PROM_CATEGORY_PEER, error,
                 "not the program");
    body.hash.bytes[0] ^= 1;
    assert_fails(prom_node_read_body(&body, PROM_BODY_INPUT, &body.hash, path, error), PROM_CATEGORY_PEER, error,
                 "not the input");
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(bodies_are_what_they_are_named),
    };
    return cmocka_run_group_tests_name("node/files", tests, NULL, NULL);
}
