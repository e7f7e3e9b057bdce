#include "node/host.h"

static void want_signed(struct host *host, prom_node_channel *channel, prom_want_sign want)
{
    const prom_want asked = {.kind = PROM_WANT_SIGN, .as.sign = want};
    const prom_bytes32 name = named("want", host->reports[PROM_REPORT_FAULT]);
    prom_node_sign_later(host->node, channel, &asked, &name);
    assert_true(prom_node_sign(host->node));
    assert_int_equal(host->node->to_sign_count, 0);
}

/* A restored channel signs nothing, also what does not go through the signer. */
static void a_restored_channel_signs_nothing(void **state)
{
    static const prom_purpose purposes[] = {PROM_PURPOSE_FROST_NONCE, PROM_PURPOSE_VOTE_NONCE, PROM_PURPOSE_TX0,
                                            PROM_PURPOSE_NONCES};
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_node_channel *channel = host_with(host, PLACE_A);
    channel->record.restored = true;
    for (size_t i = 0; i < COUNT_OF(purposes); i++) {
        want_signed(host, channel, (prom_want_sign){.purpose = purposes[i], .hash = {{(uint8_t)i}}});
        assert_int_equal(host->reports[PROM_REPORT_FAULT], i + 1);
        assert_non_null(strstr(host->last[PROM_REPORT_FAULT], "restored from a backup"));
    }
    assert_null(channel->nonces);
    host_free(host);
}

/* Of one thing one hash is signed, ever. */
static void one_hash_is_signed_of_one_thing(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_channel *channel = host_with(host, PLACE_W);
    const prom_signer_request request = {
        .purpose = PROM_PURPOSE_STATEMENT, .channel = channel->record.number, .detail = {{1}}, .hash = {{1}}};
    prom_signer_request requests[] = {request};
    assert_ok(prom_signer_sign_all(&host->node->signer, requests, 1, &host->test->error), &host->test->error);
    want_signed(host, channel, (prom_want_sign){.purpose = PROM_PURPOSE_STATEMENT, .detail = {{1}}, .hash = {{2}}});
    assert_non_null(strstr(host->last[PROM_REPORT_FAULT], "another one was signed before"));
    host_free(host);
}

/* A deposit is not signed while the backup cannot be written. */
static void a_deposit_waits_for_the_backup(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_channel *channel = host_with(host, PLACE_W);
    (void)snprintf(host->node->backup, sizeof host->node->backup, "/nowhere/backup");
    want_signed(host, channel, (prom_want_sign){.purpose = PROM_PURPOSE_TX0});
    assert_non_null(strstr(host->last[PROM_REPORT_FAULT], "backup"));
    host_free(host);
}

/* What was signed just before may have left a channel that has to be loaded again first. */
static void a_channel_that_is_not_loaded_is_loaded(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_channel *channel = host_with(host, PLACE_W);
    prom_node_unload(channel);
    want_signed(host, channel, (prom_want_sign){.purpose = PROM_PURPOSE_PARTIALS});
    assert_int_equal(host->reports[PROM_REPORT_FAULT], 1);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_restored_channel_signs_nothing),
        FIXTURE_TEST(one_hash_is_signed_of_one_thing),
        FIXTURE_TEST(a_deposit_waits_for_the_backup),
        FIXTURE_TEST(a_channel_that_is_not_loaded_is_loaded),
    };
    return cmocka_run_group_tests_name("node/sign", tests, NULL, NULL);
}
