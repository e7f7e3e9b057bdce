#include "crypto/chilldkg_vectors.h"

/* The spans of a list of texts, or those of its elements that `indices` names. */
static size_t read_spans(fixture *test, prom_span spans[MAX], const json_t *list, const json_t *indices)
{
    const size_t count = json_array_size(indices != NULL ? indices : list);
    assert_true(count <= MAX);
    for (size_t i = 0; i < count; i++) {
        const size_t index = indices != NULL ? (size_t)json_integer_value(json_array_get(indices, i)) : i;
        spans[i] = span_of(test, json_array_get(list, index));
    }
    return count;
}

static prom_result coordinator_step1(fixture *test, prom_span *message, prom_dkg_blame *blame, const json_t *group,
                                     const json_t *one)
{
    const prom_dkg_session session = session_of(member(one, "params"));
    prom_dkg_outcome outcome;
    prom_span messages[MAX];
    const size_t count = read_spans(test, messages, member(group, "pmsg1Pool"), member(one, "pmsg1Indices"));
    return prom_dkg_coordinator_step1(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = blame},
                                      &outcome, message, &session, &(prom_dkg_messages){messages, count}, &test->error);
}

static void valid_coordinator_step1(fixture *test, const json_t *group, const json_t *one)
{
    prom_span message;
    prom_dkg_blame blame;
    assert_ok(coordinator_step1(test, &message, &blame, group, one), &test->error);
    assert_bytes(message, member(one, "expectedCmsg1"));
    assert_int_equal(blame.fault, PROM_DKG_FAULT_NONE);
}

static void bad_coordinator_step1(fixture *test, const json_t *group, const json_t *one)
{
    prom_span message;
    prom_dkg_blame blame;
    const prom_result result = coordinator_step1(test, &message, &blame, group, one);
    if (!is_value_error(one)) {
        assert_error(test, result, &blame, one);
    } else if (strstr(member_text(one, "comment"), "entries than participants") != NULL) {
        assert_fails(result, PROM_CATEGORY_BAD_INPUT, &test->error, "messages of");
        assert_int_equal(blame.fault, PROM_DKG_FAULT_NONE);
    } else {
        assert_fails(result, PROM_CATEGORY_PEER, &test->error, "bytes where");
        assert_int_equal(blame.fault, PROM_DKG_FAULT_PARTICIPANT);
        assert_int_equal(blame.participant, strstr(member_text(one, "comment"), "index 0") != NULL ? 0 : 1);
    }
}

static void test_coordinator_step1_vectors(void **state)
{
    replay_file(state, "chilldkg/coordinator_step1_vectors.json", valid_coordinator_step1, 4, bad_coordinator_step1,
                40);
}

static prom_result coordinator_finalize(fixture *test, prom_dkg_output *output, prom_span *message, prom_span *recovery,
                                        prom_dkg_blame *blame, const json_t *group, const json_t *one)
{
    const prom_dkg_session session = session_of(member(group, "params"));
    prom_dkg_outcome outcome;
    prom_span messages[MAX];
    size_t count = read_spans(test, messages, member(group, "pmsgs1"), NULL);
    assert_ok(
        prom_dkg_coordinator_step1(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = blame},
                                   &outcome, message, &session, &(prom_dkg_messages){messages, count}, &test->error),
        &test->error);
    assert_bytes(*message, member(group, "cmsg1"));
    count = read_spans(test, messages, member(group, "pmsg2Pool"), member(one, "pmsg2Indices"));
    return prom_dkg_coordinator_finalize(
        &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = blame}, output, message, recovery,
        &outcome, &(prom_dkg_messages){messages, count}, &test->error);
}

static void valid_coordinator_finalize(fixture *test, const json_t *group, const json_t *one)
{
    const json_t *expected = member(one, "expectedOutput");
    prom_dkg_output output;
    prom_span message;
    prom_span recovery;
    prom_dkg_blame blame;
    assert_ok(coordinator_finalize(test, &output, &message, &recovery, &blame, group, one), &test->error);
    assert_int_equal(blame.fault, PROM_DKG_FAULT_NONE);
    assert_bytes(message, member(expected, "cmsg2"));
    assert_output(&output, member(expected, "dkgOutput"));
    assert_bytes(recovery, member(expected, "recoveryData"));
}

static void bad_coordinator_finalize(fixture *test, const json_t *group, const json_t *one)
{
    prom_dkg_output output;
    prom_span message;
    prom_span recovery;
    prom_dkg_blame blame;
    const prom_result result = coordinator_finalize(test, &output, &message, &recovery, &blame, group, one);
    assert_no_output(&output);
    if (!is_value_error(one)) {
        assert_error(test, result, &blame, one);
    } else if (strstr(member_text(one, "comment"), "short signature") != NULL) {
        assert_fails(result, PROM_CATEGORY_PEER, &test->error, "participant 1's signature has");
        assert_int_equal(blame.fault, PROM_DKG_FAULT_PARTICIPANT);
        assert_int_equal(blame.participant, 1);
    } else {
        assert_fails(result, PROM_CATEGORY_BAD_INPUT, &test->error, "signatures of");
        assert_int_equal(blame.fault, PROM_DKG_FAULT_NONE);
    }
}

static void test_coordinator_finalize_vectors(void **state)
{
    replay_file(state, "chilldkg/coordinator_finalize_vectors.json", valid_coordinator_finalize, 4,
                bad_coordinator_finalize, 16);
}

static void valid_coordinator_investigate(fixture *test, const json_t *group, const json_t *one)
{
    const json_t *expected = member(one, "expectedCinvMsgs");
    const prom_dkg_session session = session_of(member(group, "params"));
    prom_span messages[MAX];
    prom_span investigations[MAX];
    prom_dkg_blame blame;
    const size_t count = read_spans(test, messages, member(group, "pmsgs1"), NULL);
    assert_ok(prom_dkg_coordinator_investigate(
                  &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, investigations,
                  &session, &(prom_dkg_messages){messages, count}, &test->error),
              &test->error);
    assert_int_equal(json_array_size(expected), count);
    for (size_t i = 0; i < count; i++) {
        assert_bytes(investigations[i], json_array_get(expected, i));
    }
}

static void test_coordinator_investigate_vectors(void **state)
{
    replay_file(state, "chilldkg/coordinator_investigate_vectors.json", valid_coordinator_investigate, 4, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_coordinator_step1_vectors),
        FIXTURE_TEST(test_coordinator_finalize_vectors),
        FIXTURE_TEST(test_coordinator_investigate_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
