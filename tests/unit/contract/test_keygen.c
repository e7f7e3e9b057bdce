#include "contract/cast.h"
#include "prometheus/contract/keygen.h"

enum { N = 3, K = 2 };

/* The coordinator and three arbiters, by the bytes that travel. */
struct session {
    fixture *test;
    prom_key keys[N];
    prom_keygen arbiters[N];
    prom_keygen coordinator;
    prom_span start;
};

static void make_session(struct session *session, fixture *test)
{
    prom_writer writer = prom_writer_in(&test->arena);
    *session = (struct session){.test = test};
    prom_write_u8(&writer, K);
    prom_write_u8(&writer, N);
    for (uint32_t i = 0; i < N; i++) {
        session->keys[i] = named_key(test, "host key", i);
        prom_write_bytes32(&writer, &session->keys[i].public_key);
    }
    assert_ok(prom_writer_finish(&writer, &session->start, &test->error), &test->error);
}

static prom_result arbiter_does(struct session *session, uint32_t arbiter, prom_span *result, prom_bytes32 *Y,
                                prom_keygen_step step, prom_span bytes)
{
    fixture *test = session->test;
    const prom_bytes32 randomness = named("randomness", arbiter);
    return prom_keygen_do(
        test->curve, &test->arena, &session->arbiters[arbiter], result, Y,
        &(prom_keygen_action){.step = step, .bytes = bytes, .key = &session->keys[arbiter], .randomness = &randomness},
        &test->error);
}

static prom_result coordinator_does(struct session *session, prom_span *result, prom_bytes32 *Y, prom_keygen_step step,
                                    prom_span bytes)
{
    fixture *test = session->test;
    const prom_bytes32 randomness = named("randomness", N);
    return prom_keygen_do(test->curve, &test->arena, &session->coordinator, result, Y,
                          &(prom_keygen_action){.step = step, .bytes = bytes, .randomness = &randomness}, &test->error);
}

/* All arbiters do a step with the same bytes; their results, each with its length, are the coordinator's next bytes. */
static prom_span all_do(struct session *session, prom_keygen_step step, prom_span bytes)
{
    fixture *test = session->test;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_bytes32 Y;
    prom_span all;
    for (uint32_t i = 0; i < N; i++) {
        prom_span result;
        assert_ok(arbiter_does(session, i, &result, &Y, step, bytes), &test->error);
        prom_write_u32(&writer, (uint32_t)result.length);
        prom_write_span(&writer, result);
    }
    assert_ok(prom_writer_finish(&writer, &all, &test->error), &test->error);
    return all;
}

static void everybody_ends_with_the_same_key(void **state)
{
    fixture *test = *state;
    struct session session;
    prom_span result;
    prom_bytes32 Y = {{0}};
    make_session(&session, test);
    assert_ok(coordinator_does(&session, &result, &Y, PROM_KEYGEN_SESSION, session.start), &test->error);
    prom_span all = all_do(&session, PROM_KEYGEN_SESSION, session.start);
    assert_ok(coordinator_does(&session, &result, &Y, PROM_KEYGEN_FIRST, all), &test->error);
    all = all_do(&session, PROM_KEYGEN_COMMITMENTS, result);
    assert_ok(coordinator_does(&session, &result, &Y, PROM_KEYGEN_SECOND, all), &test->error);
    assert_true(prom_public_key_valid(test->curve, &Y));
    for (uint32_t i = 0; i < N; i++) {
        prom_bytes32 own = {{0}};
        prom_span recovery;
        assert_ok(arbiter_does(&session, i, &recovery, &own, PROM_KEYGEN_CERTIFICATE, result), &test->error);
        assert_true(prom_bytes32_equal(&own, &Y));
        assert_true(recovery.length > 0);
    }
}

static void bad_bytes_are_the_peers_fault(void **state)
{
    fixture *test = *state;
    struct session session;
    prom_span result;
    prom_bytes32 Y;
    make_session(&session, test);
    const prom_span cut = prom_span_of(session.start.data, session.start.length - 1);
    uint8_t *many = exact_copy(session.start.data, session.start.length);
    many[1] = PROM_ARBITERS_MAX + 1;
    assert_fails(arbiter_does(&session, 0, &result, &Y, PROM_KEYGEN_SESSION, cut), PROM_CATEGORY_PEER, &test->error,
                 "no session");
    assert_fails(arbiter_does(&session, 0, &result, &Y, PROM_KEYGEN_SESSION, prom_span_of(many, session.start.length)),
                 PROM_CATEGORY_PEER, &test->error, "no session");
    many[1] = N;
    many[2] ^= 1; /* a session that we are not in, or whose key is no point */
    assert_fails(arbiter_does(&session, 0, &result, &Y, PROM_KEYGEN_SESSION, prom_span_of(many, session.start.length)),
                 PROM_CATEGORY_PEER, &test->error, "");
    free(many);
    assert_ok(coordinator_does(&session, &result, &Y, PROM_KEYGEN_SESSION, session.start), &test->error);
    const prom_span all = all_do(&session, PROM_KEYGEN_SESSION, session.start);
    uint8_t *changed = exact_copy(all.data, all.length);
    changed[4] = 9; /* no point begins like this */
    assert_fails(coordinator_does(&session, &result, &Y, PROM_KEYGEN_FIRST, prom_span_of(changed, all.length)),
                 PROM_CATEGORY_PEER, &test->error, "");
    free(changed);
    assert_fails(arbiter_does(&session, 1, &result, &Y, PROM_KEYGEN_COMMITMENTS, cut), PROM_CATEGORY_PEER, &test->error,
                 "");
}

static void steps_of_others_are_misuse(void **state)
{
    fixture *test = *state;
    struct session session;
    prom_span result;
    prom_bytes32 Y;
    make_session(&session, test);
    assert_fails(arbiter_does(&session, 0, &result, &Y, PROM_KEYGEN_FIRST, session.start), PROM_CATEGORY_MISUSE,
                 &test->error, "not ours");
    assert_fails(arbiter_does(&session, 0, &result, &Y, PROM_KEYGEN_DONE, session.start), PROM_CATEGORY_MISUSE,
                 &test->error, "not ours");
    assert_fails(coordinator_does(&session, &result, &Y, PROM_KEYGEN_COMMITMENTS, session.start), PROM_CATEGORY_MISUSE,
                 &test->error, "not ours");
    assert_ok(coordinator_does(&session, &result, &Y, PROM_KEYGEN_SESSION, session.start), &test->error);
    assert_fails(coordinator_does(&session, &result, &Y, PROM_KEYGEN_FIRST, prom_span_of(session.start.data, 3)),
                 PROM_CATEGORY_MISUSE, &test->error, "not in order");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(everybody_ends_with_the_same_key),
        FIXTURE_TEST(bad_bytes_are_the_peers_fault),
        FIXTURE_TEST(steps_of_others_are_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
