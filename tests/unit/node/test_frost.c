#include "node/host.h"

static void give_sessions(struct host *host, prom_node_channel *channel)
{
    void *room = NULL;
    assert_ok(prom_arena_alloc(&channel->arena, &room, PROM_DECISION_SESSIONS_MAX, sizeof(prom_decision_session),
                               &host->test->error),
              &host->test->error);
    channel->channel->sessions = room;
    channel->channel->session_count = PROM_DECISION_SESSIONS_MAX;
}

/* A nonce for a session, which the channel then has in its table at `slot`. */
static prom_result give_nonce(struct host *host, prom_node_channel *channel, size_t slot)
{
    const prom_to_sign wanted = {.channel = channel,
                                 .want = {.purpose = PROM_PURPOSE_FROST_NONCE, .hash = named("session", slot)}};
    prom_signed_event event = {.batch = 0};
    PROM_TRY(prom_node_frost_nonce(host->node, &wanted, &host->test->arena, &event, &host->test->error));
    prom_decision_session *session = &channel->channel->sessions[slot];
    *session = (prom_decision_session){.used = true, .nonce_here = true};
    assert_int_equal(event.bytes.length, sizeof session->nonce.first.bytes + sizeof session->nonce.second.bytes);
    memcpy(session->nonce.first.bytes, event.bytes.data, sizeof session->nonce.first.bytes);
    memcpy(session->nonce.second.bytes, event.bytes.data + sizeof session->nonce.first.bytes,
           sizeof session->nonce.second.bytes);
    return prom_ok();
}

static size_t count_kept(const prom_node_channel *channel)
{
    static const prom_bytes32 none;
    size_t count = 0;
    for (size_t i = 0; i < PROM_DECISION_SESSIONS_MAX; i++) {
        count += !prom_bytes32_equal(&channel->nonces[i].public_hash, &none);
    }
    return count;
}

/* A nonce stays as long as its session: whoever asks again and again replaces its own, and nobody else's. */
static void a_nonce_lasts_as_long_as_its_session(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_node_channel *channel = host_with(host, PLACE_A);
    give_sessions(host, channel);
    assert_ok(give_nonce(host, channel, 0), &host->test->error);
    const prom_bytes32 honest = channel->nonces[0].public_hash;
    for (size_t i = 0; i < 4 * PROM_DECISION_SESSIONS_MAX; i++) {
        assert_ok(give_nonce(host, channel, 1), &host->test->error);
    }
    assert_true(prom_bytes32_equal(&channel->nonces[0].public_hash, &honest));
    for (size_t i = 2; i < PROM_DECISION_SESSIONS_MAX; i++) {
        assert_ok(give_nonce(host, channel, i), &host->test->error);
    }
    assert_int_equal(count_kept(channel), PROM_DECISION_SESSIONS_MAX);
    const prom_decision_session before = channel->channel->sessions[3];
    assert_fails(give_nonce(host, channel, 3), PROM_CATEGORY_MEMORY, &host->test->error, "no nonce more");
    channel->channel->sessions[3].used = false;
    assert_ok(give_nonce(host, channel, 3), &host->test->error);
    assert_memory_not_equal(&before.nonce, &channel->channel->sessions[3].nonce, sizeof before.nonce);
    prom_node_unload(channel);
    assert_null(channel->nonces);
    channel->stale = true;
    host_free(host);
}

/* Without its nonce there is no share. */
static void a_share_needs_its_nonce(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_node_channel *channel = host_with(host, PLACE_A);
    const prom_to_sign wanted = {.channel = channel, .want = {.purpose = PROM_PURPOSE_FROST_SHARE}};
    prom_signed_event event = {.batch = 0};
    assert_fails(prom_node_frost_share(host->node, &wanted, &host->test->arena, &event, &host->test->error),
                 PROM_CATEGORY_IO, &host->test->error, "nonce");
    host_free(host);
}

/* A nonce is for one hash, and gone once it was used, whatever came of it. */
static void a_nonce_makes_one_share(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_node_channel *channel = host_with(host, PLACE_A);
    prom_error *error = &host->test->error;
    prom_signed_event event = {.batch = 0};
    give_sessions(host, channel);
    assert_ok(give_nonce(host, channel, 0), error);
    prom_to_sign wanted = {.channel = channel,
                           .want = {.purpose = PROM_PURPOSE_FROST_SHARE,
                                    .detail = channel->nonces[0].public_hash,
                                    .hash = named("decision", 0),
                                    .session = &channel->channel->sessions[0]}};
    prom_signer_request before = {.purpose = PROM_PURPOSE_FROST_SHARE,
                                  .channel = channel->record.number,
                                  .detail = wanted.want.detail,
                                  .hash = named("decision", 1)};
    assert_ok(prom_signer_permit(&host->node->signer, &before, error), error);
    assert_false(prom_is_ok(prom_node_frost_share(host->node, &wanted, &host->test->arena, &event, error)));
    assert_non_null(strstr(error->sentence, "another one was signed before"));
    assert_int_equal(count_kept(channel), 1);
    wanted.want.hash = before.hash; /* but for a session of nobody */
    assert_false(prom_is_ok(prom_node_frost_share(host->node, &wanted, &host->test->arena, &event, error)));
    assert_int_equal(count_kept(channel), 0);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_nonce_lasts_as_long_as_its_session),
        FIXTURE_TEST(a_share_needs_its_nonce),
        FIXTURE_TEST(a_nonce_makes_one_share),
    };
    return cmocka_run_group_tests_name("node/frost", tests, NULL, NULL);
}
