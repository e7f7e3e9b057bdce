#include "chain/fake_server.h"
#include "contract/cast.h"
#include "node/find_parameters.h"

#define HASH "\"0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206\""

/* A block, as bitcoind gives it, whose only transaction has this output; the transaction's id. */
static prom_bytes32 block_with(fixture *test, char block[1024], prom_span script)
{
    prom_writer writer = prom_writer_in(&test->arena);
    prom_tx *tx = NULL;
    prom_bytes32 txid;
    prom_span bytes;
    assert_ok(prom_tx_new(&test->arena, &tx, 1, 1, &test->error), &test->error);
    tx->outputs[0].script = script;
    assert_ok(prom_tx_id(&test->arena, &txid, tx, &test->error), &test->error);
    assert_ok(prom_tx_serialize(&test->arena, &bytes, tx, true, &test->error), &test->error);
    for (size_t i = 0; i < 80; i++) {
        prom_write_u8(&writer, 0);
    }
    prom_write_u8(&writer, 1);
    prom_write_span(&writer, bytes);
    assert_ok(prom_writer_finish(&writer, &bytes, &test->error), &test->error);
    block[0] = '"';
    (void)prom_hex(block + 1, bytes.data, bytes.length);
    (void)strcat(block, "\"");
    return txid;
}

static prom_result find(fixture *test, const char *block, const prom_published *published, prom_parameters *P)
{
    const fake_reply replies[] = {{.result = HASH}, {.result = block}};
    fake_server server;
    fake_start(&server, replies, COUNT_OF(replies));
    const prom_result result = prom_find_parameters(server.rpc, test->curve, prom_chain_parameters_by_name("regtest"),
                                                    P, published, &test->error);
    fake_stop(&server);
    return result;
}

static void p_is_read_off_the_chain(void **state)
{
    fixture *test = *state;
    prom_parameters P = valid_parameters();
    prom_parameters found;
    prom_span script;
    char block[1024];
    assert_ok(prom_parameters_script(&test->arena, &script, &P, &test->error), &test->error);
    const prom_published published = {block_with(test, block, script), 117};
    assert_ok(find(test, block, &published, &found), &test->error);
    assert_true(prom_amount_equal(found.w, P.w));
    assert_int_equal(found.epsilon, P.epsilon);
    assert_int_equal(found.t4, P.t4);
    const prom_published other = {named("another P", 0), 117};
    assert_fails(find(test, block, &other, &found), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "block 117 holds no transaction ");
    assert_int_equal(found.n, 0);
    P.t1 = 1; /* no P that is valid */
    assert_ok(prom_parameters_script(&test->arena, &script, &P, &test->error), &test->error);
    const prom_published invalid = {block_with(test, block, script), 117};
    assert_fails(find(test, block, &invalid, &found), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "that publishes a valid P");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(p_is_read_off_the_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
