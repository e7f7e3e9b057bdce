#include "support.h"

#include "prometheus/crypto/chilldkg.h"

enum { N = 3, T = 2, DEALER = 1, COMPLAINER = 2 };

/* A session, and everybody's first message. */
struct scene {
    fixture *test;
    prom_bytes32 host[N];
    prom_dkg_session session;
    prom_dkg_participant participants[N];
    prom_span messages[N];
    prom_dkg_blame blame;
};

static prom_dkg_context context_of(struct scene *scene)
{
    return (prom_dkg_context){&scene->test->arena, scene->test->curve, &scene->blame};
}

static void make_scene(struct scene *scene, fixture *test)
{
    uint64_t random = 1;
    *scene = (struct scene){.test = test, .session = {.threshold = T, .count = N}};
    for (size_t i = 0; i < N; i++) {
        scene->host[i] = random_bytes32(&random);
        assert_ok(prom_point_of_secret(test->curve, &scene->session.host_keys[i], &scene->host[i], &test->error),
                  &test->error);
    }
    for (size_t i = 0; i < N; i++) {
        const prom_bytes32 randomness = random_bytes32(&random);
        const prom_dkg_context context = context_of(scene);
        assert_ok(prom_dkg_participant_step1(&context, &scene->participants[i], &scene->messages[i], &scene->session,
                                             &(prom_dkg_secrets){&scene->host[i], &randomness}, &test->error),
                  &test->error);
    }
}

/* The dealer's message with one byte changed, counted from its end: the shares stand last. */
static prom_span changed_message(struct scene *scene, size_t from_end)
{
    prom_span copy;
    assert_ok(prom_span_copy(&scene->test->arena, &copy, scene->messages[DEALER], &scene->test->error),
              &scene->test->error);
    ((uint8_t *)(uintptr_t)copy.data)[copy.length - from_end] ^= 1;
    return copy;
}

static prom_result complain(struct scene *scene, prom_span *complaint, prom_span message, const prom_bytes32 *host)
{
    const prom_dkg_context context = context_of(scene);
    const prom_bytes32 randomness = {{7}};
    const prom_dkg_dispute dispute = {.dealer = DEALER, .complainer = COMPLAINER, .message = message};
    return prom_dkg_complain(&context, complaint, &scene->participants[COMPLAINER],
                             &(prom_dkg_secrets){host, &randomness}, &dispute, &scene->test->error);
}

static void judged(struct scene *scene, prom_span message, prom_span complaint, size_t culprit, const char *sentence)
{
    const prom_dkg_context context = context_of(scene);
    const prom_dkg_dispute dispute = {DEALER, COMPLAINER, message, complaint};
    assert_fails(prom_dkg_judge(&context, &scene->session, &dispute, &scene->test->error), PROM_CATEGORY_PEER,
                 &scene->test->error, sentence);
    assert_int_equal(scene->blame.fault, PROM_DKG_FAULT_PARTICIPANT);
    assert_int_equal(scene->blame.participant, culprit);
}

static void bad_shares_are_proven(void **state)
{
    struct scene scene;
    prom_span complaint;
    make_scene(&scene, *state);
    fixture *test = scene.test;
    const prom_span bad = changed_message(&scene, 1); /* the last share is the complainer's */
    assert_ok(complain(&scene, &complaint, bad, &scene.host[COMPLAINER]), &test->error);
    assert_int_equal(complaint.length, PROM_DKG_COMPLAINT_BYTES);
    judged(&scene, bad, complaint, DEALER, "participant 1's share for participant 2 is not the one committed to");
}

static void good_shares_are_no_fault(void **state)
{
    struct scene scene;
    prom_span complaint;
    make_scene(&scene, *state);
    fixture *test = scene.test;
    const prom_span others = changed_message(&scene, 33); /* a bad share, but another's */
    assert_ok(complain(&scene, &complaint, scene.messages[DEALER], &scene.host[COMPLAINER]), &test->error);
    judged(&scene, scene.messages[DEALER], complaint, COMPLAINER, "complains of a share that is the one committed to");
    judged(&scene, others, complaint, COMPLAINER, "complains of a share that is the one committed to");
}

/* A complaint is worth nothing when any byte of it is changed, cut off or added, or when it is of another session. */
static void false_complaints_are_no_proof(void **state)
{
    struct scene scene;
    prom_span complaint;
    make_scene(&scene, *state);
    fixture *test = scene.test;
    const prom_span bad = changed_message(&scene, 1);
    assert_ok(complain(&scene, &complaint, bad, &scene.host[COMPLAINER]), &test->error);
    for (size_t i = 0; i < complaint.length; i++) {
        uint8_t *other = exact_copy(complaint.data, complaint.length);
        other[i] ^= 1;
        judged(&scene, bad, prom_span_of(other, complaint.length), COMPLAINER, "complaint proves nothing");
        judged(&scene, bad, prom_span_of(complaint.data, i), COMPLAINER, "complaint proves nothing");
        free(other);
    }
    scene.session.threshold = N;
    judged(&scene, scene.messages[DEALER], complaint, DEALER, ""); /* of which it is no message */
    scene.session.threshold = T;
    scene.session.host_keys[0] = scene.session.host_keys[DEALER];
    scene.session.host_keys[DEALER] = scene.participants[0].session.host_keys[0];
    judged(&scene, bad, complaint, COMPLAINER, "complaint proves nothing");
}

/* A message that is bad in itself needs no complaint. */
static void bad_messages_speak_for_themselves(void **state)
{
    struct scene scene;
    prom_span complaint = {NULL, 0};
    make_scene(&scene, *state);
    fixture *test = scene.test;
    const size_t length = scene.messages[DEALER].length;
    const prom_span cut = {scene.messages[DEALER].data, length - 1};
    judged(&scene, cut, complaint, DEALER, "");
    assert_fails(complain(&scene, &complaint, cut, &scene.host[COMPLAINER]), PROM_CATEGORY_BAD_INPUT, &test->error, "");
    /* Two commitments of 33 bytes, then the proof. */
    const prom_span unproven = changed_message(&scene, length - 2 * 33 - 1);
    judged(&scene, unproven, complaint, DEALER, "participant 1 has not proven that it knows its part of the secret");
    uint8_t *bytes = exact_copy(scene.messages[DEALER].data, length);
    bytes[length - N * 32 - 33] = 9; /* the first byte of the nonce: that of a point is 2 or 3 */
    judged(&scene, prom_span_of(bytes, length), complaint, DEALER,
           "the encryption nonce of participant 1 is not a point");
    free(bytes);
}

static void disputes_are_between_two(void **state)
{
    struct scene scene;
    prom_span complaint;
    make_scene(&scene, *state);
    fixture *test = scene.test;
    const prom_dkg_context context = context_of(&scene);
    const size_t pairs[][2] = {{0, 0}, {N, 0}, {0, N}};
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        const prom_dkg_dispute dispute = {pairs[i][0], pairs[i][1], scene.messages[0], scene.messages[0]};
        assert_fails(prom_dkg_judge(&context, &scene.session, &dispute, &test->error), PROM_CATEGORY_BAD_INPUT,
                     &test->error, "a dispute is between two of 3 participants");
        assert_int_equal(scene.blame.fault, PROM_DKG_FAULT_NONE);
    }
    assert_fails(complain(&scene, &complaint, scene.messages[DEALER], &scene.host[0]), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "the host secret of a complaint is not the complainer's");
    const prom_dkg_dispute others = {DEALER, 0, scene.messages[DEALER], {NULL, 0}};
    assert_fails(prom_dkg_complain(&context, &complaint, &scene.participants[COMPLAINER],
                                   &(prom_dkg_secrets){&scene.host[COMPLAINER], &scene.host[COMPLAINER]}, &others,
                                   &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "the host secret of a complaint is not the complainer's");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(bad_shares_are_proven),         FIXTURE_TEST(good_shares_are_no_fault),
        FIXTURE_TEST(false_complaints_are_no_proof), FIXTURE_TEST(bad_messages_speak_for_themselves),
        FIXTURE_TEST(disputes_are_between_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
