#include "contract/cast.h"
#include "prometheus/contract/keygen.h"

enum { N = 3, K = 2 };

/* Three arbiters, by the bytes that travel. */
struct session {
    fixture *test;
    prom_key keys[N];
    prom_dkg_session session;
    prom_span deals[N];
    prom_span signatures[N];
};

static prom_result work(struct session *it, prom_keygen_answer *answer, size_t arbiter, prom_keygen_step step,
                        const prom_span *deals)
{
    fixture *test = it->test;
    const prom_bytes32 randomness = named("randomness", arbiter);
    prom_keygen_order order = {.step = step, .key = &it->keys[arbiter], .randomness = &randomness};
    prom_span list = {NULL, 0};
    if (deals != NULL) {
        assert_ok(prom_keygen_write_list(&test->arena, &list, deals, N, &test->error), &test->error);
    }
    assert_ok(prom_keygen_write_order(&test->arena, &order.bytes, &it->session, list, &test->error), &test->error);
    return prom_keygen_work(test->curve, &test->arena, answer, &order, &test->error);
}

static void deal_all(struct session *it, fixture *test)
{
    prom_bytes32 host_keys[N];
    *it = (struct session){.test = test};
    for (size_t i = 0; i < N; i++) {
        it->keys[i] = named_key(test, "host key", i);
        host_keys[i] = it->keys[i].public_key;
    }
    assert_ok(prom_keygen_session(test->curve, &it->session, host_keys, N, K, &test->error), &test->error);
    for (size_t i = 0; i < N; i++) {
        prom_keygen_answer answer;
        assert_ok(work(it, &answer, i, PROM_KEYGEN_DEAL, NULL), &test->error);
        assert_int_equal(answer.culprit, PROM_ARBITERS_MAX);
        it->deals[i] = answer.bytes;
    }
}

static void sign_all(struct session *it)
{
    for (size_t i = 0; i < N; i++) {
        prom_keygen_answer answer;
        assert_ok(work(it, &answer, i, PROM_KEYGEN_SIGNATURE, it->deals), &it->test->error);
        assert_int_equal(answer.culprit, PROM_ARBITERS_MAX);
        it->signatures[i] = answer.bytes;
    }
}

static prom_deal_standing standing_of(struct session *it, size_t dealer, prom_span deal)
{
    prom_deal_standing standing = PROM_DEAL_BAD;
    assert_ok(prom_keygen_check_deal(it->test->curve, &it->test->arena, &standing, &it->session, dealer, deal,
                                     &it->test->error),
              &it->test->error);
    return standing;
}

/* A deal with some of its bytes changed, and signed again where that is asked for. */
static prom_span changed(struct session *it, size_t dealer, size_t at, bool sign)
{
    fixture *test = it->test;
    prom_span copy;
    prom_hasher hasher;
    prom_bytes32 id;
    prom_bytes32 hash;
    assert_ok(prom_span_copy(&test->arena, &copy, it->deals[dealer], &test->error), &test->error);
    uint8_t *bytes = (uint8_t *)(uintptr_t)copy.data;
    const size_t length = copy.length - sizeof(prom_signature);
    bytes[at] ^= 0x80;
    if (sign) {
        assert_ok(prom_dkg_session_hash(test->curve, &id, &it->session, &test->error), &test->error);
        prom_hasher_init(&hasher, "prometheus/deal");
        prom_hasher_add(&hasher, prom_span_of32(&id));
        prom_hasher_add(&hasher, prom_span_of(bytes, length));
        prom_hasher_finish(&hasher, &hash);
        const prom_signature signature = sign_hash(test, &it->keys[dealer], &hash);
        memcpy(bytes + length, signature.bytes, sizeof signature);
    }
    return copy;
}

static bool proven(struct session *it, size_t dealer, prom_span proof)
{
    bool is = false;
    assert_ok(prom_keygen_judge(it->test->curve, &it->test->arena, &is, &it->session, dealer, proof, &it->test->error),
              &it->test->error);
    return is;
}

static bool proves(struct session *it, size_t dealer, prom_keygen_proof proof)
{
    prom_span bytes;
    assert_ok(prom_keygen_write_proof(&it->test->arena, &bytes, &proof, &it->test->error), &it->test->error);
    return proven(it, dealer, bytes);
}

/* The same key for everybody, and with the recovery data each has its share of it. */
static void everybody_ends_with_the_same_key(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_keygen_key key;
    deal_all(&it, test);
    sign_all(&it);
    assert_ok(prom_keygen_finish(test->curve, &test->arena, &key, &it.session, it.deals, it.signatures, &test->error),
              &test->error);
    assert_true(prom_public_key_valid(test->curve, &key.Y));
    for (size_t i = 0; i < N; i++) {
        prom_dkg_output output;
        prom_dkg_session session;
        prom_bytes32 host;
        assert_ok(prom_key_even_secret(test->curve, &host, &it.keys[i], &test->error), &test->error);
        assert_ok(prom_dkg_recover(&test->arena, test->curve, &output, &session, &host, key.recovery, &test->error),
                  &test->error);
        assert_memory_equal(output.key.bytes + 1, key.Y.bytes, sizeof key.Y.bytes);
    }
}

/* A step that is done twice, after a crash, gives the same. */
static void steps_can_be_done_twice(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_keygen_answer again;
    deal_all(&it, test);
    sign_all(&it);
    assert_ok(work(&it, &again, 1, PROM_KEYGEN_DEAL, NULL), &test->error);
    assert_true(prom_span_equal(again.bytes, it.deals[1]));
    assert_ok(work(&it, &again, 1, PROM_KEYGEN_SIGNATURE, it.deals), &test->error);
    assert_true(prom_span_equal(again.bytes, it.signatures[1]));
}

static void deals_are_signed_for_their_session(void **state)
{
    fixture *test = *state;
    struct session it;
    deal_all(&it, test);
    assert_int_equal(standing_of(&it, 0, it.deals[0]), PROM_DEAL_WELL_FORMED);
    assert_int_equal(standing_of(&it, 1, it.deals[0]), PROM_DEAL_UNSIGNED); /* another's */
    assert_int_equal(standing_of(&it, 0, changed(&it, 0, 0, false)), PROM_DEAL_UNSIGNED);
    assert_int_equal(standing_of(&it, 0, changed(&it, 0, 0, true)), PROM_DEAL_BAD);
    assert_int_equal(standing_of(&it, 0, prom_span_of(it.deals[0].data, 64)), PROM_DEAL_UNSIGNED);
    assert_int_equal(standing_of(&it, 0, prom_span_of(NULL, 0)), PROM_DEAL_UNSIGNED);
    it.session.threshold = N; /* of another session it is nobody's */
    assert_int_equal(standing_of(&it, 0, it.deals[0]), PROM_DEAL_UNSIGNED);
}

static void signatures_are_checked_one_by_one(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_keygen_key key;
    deal_all(&it, test);
    sign_all(&it);
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) {
            const prom_result checked = prom_keygen_check_signature(test->curve, &test->arena, &it.session, it.deals, i,
                                                                    it.signatures[j], &test->error);
            assert_int_equal(checked.category, i == j ? PROM_CATEGORY_OK : PROM_CATEGORY_PEER);
        }
    }
    const prom_span cut = {it.signatures[0].data, 63};
    assert_fails(prom_keygen_check_signature(test->curve, &test->arena, &it.session, it.deals, 0, cut, &test->error),
                 PROM_CATEGORY_PEER, &test->error, "63 bytes");
    it.signatures[1] = it.signatures[0];
    assert_fails(
        prom_keygen_finish(test->curve, &test->arena, &key, &it.session, it.deals, it.signatures, &test->error),
        PROM_CATEGORY_PEER, &test->error, "participant 1");
}

/* The receiver of a bad share finds whose it is, and shows it to anybody; of the others it shows nothing. */
static void a_bad_share_is_proven(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_keygen_answer answer;
    deal_all(&it, test);
    const prom_span good = it.deals[1];
    it.deals[1] = changed(&it, 1, good.length - sizeof(prom_signature) - 1, true); /* for the last one */
    assert_int_equal(standing_of(&it, 1, it.deals[1]), PROM_DEAL_WELL_FORMED);
    assert_ok(work(&it, &answer, 0, PROM_KEYGEN_SIGNATURE, it.deals), &test->error);
    assert_int_equal(answer.culprit, PROM_ARBITERS_MAX); /* its own share is good */
    assert_ok(work(&it, &answer, 2, PROM_KEYGEN_SIGNATURE, it.deals), &test->error);
    assert_int_equal(answer.culprit, 1);
    assert_true(proven(&it, 1, answer.bytes));
    assert_false(proven(&it, 0, answer.bytes));
    assert_false(proven(&it, N, answer.bytes));
    for (size_t cut = 0; cut < answer.bytes.length; cut++) {
        assert_false(proven(&it, 1, prom_span_of(answer.bytes.data, cut)));
    }
}

static void two_deals_are_proven(void **state)
{
    fixture *test = *state;
    struct session it;
    deal_all(&it, test);
    const prom_span other = changed(&it, 1, it.deals[1].length - sizeof(prom_signature) - 1, true);
    prom_keygen_proof proof = {.deal = it.deals[1], .other = other, .complainer = PROM_ARBITERS_MAX};
    assert_false(prom_keygen_same_deal(it.deals[1], other));
    assert_true(proves(&it, 1, proof));
    proof.other = it.deals[1]; /* one twice is one */
    assert_false(proves(&it, 1, proof));
    proof.other = it.deals[0]; /* another's */
    assert_false(proves(&it, 1, proof));
    proof.other = changed(&it, 1, 40, false);
    assert_false(proves(&it, 1, proof));
    proof.other = prom_span_of(NULL, 0);
    assert_false(proves(&it, 1, proof));
}

/* A complaint about a share that is good, by whomever, proves nothing of its dealer. */
static void a_false_complaint_proves_nothing(void **state)
{
    fixture *test = *state;
    struct session it;
    const prom_bytes32 randomness = named("randomness", 2);
    prom_bytes32 host;
    prom_dkg_blame blame;
    const prom_dkg_context context = {.arena = &test->arena, .curve = test->curve, .blame = &blame};
    const prom_dkg_secrets secrets = {&host, &randomness};
    prom_dkg_participant participant;
    prom_span message;
    deal_all(&it, test);
    assert_ok(prom_key_even_secret(test->curve, &host, &it.keys[2], &test->error), &test->error);
    assert_ok(prom_dkg_participant_step1(&context, &participant, &message, &it.session, &secrets, &test->error),
              &test->error);
    const prom_dkg_dispute dispute = {
        .dealer = 1, .complainer = 2, .message = {it.deals[1].data, it.deals[1].length - sizeof(prom_signature)}};
    prom_keygen_proof proof = {.deal = it.deals[1], .complainer = 2};
    assert_ok(prom_dkg_complain(&context, &proof.complaint, &participant, &secrets, &dispute, &test->error),
              &test->error);
    for (size_t i = 0; i <= N; i++) {
        proof.complainer = i;
        assert_false(proves(&it, 1, proof));
    }
}

static void bad_bytes_are_refused(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_keygen_answer answer;
    const prom_bytes32 randomness = named("randomness", 0);
    prom_span items[N];
    prom_bytes32 host_keys[PROM_ARBITERS_MAX + 1] = {{{0}}};
    deal_all(&it, test);
    prom_keygen_order order = {.step = PROM_KEYGEN_DEAL, .key = &it.keys[0], .randomness = &randomness};
    assert_fails(prom_keygen_work(test->curve, &test->arena, &answer, &order, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "no step");
    assert_ok(prom_keygen_write_order(&test->arena, &order.bytes, &it.session, prom_span_of(NULL, 0), &test->error),
              &test->error);
    order.step = PROM_KEYGEN_ENTER;
    assert_fails(prom_keygen_work(test->curve, &test->arena, &answer, &order, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "no work of an arbiter");
    order.step = PROM_KEYGEN_SIGNATURE; /* without deals */
    assert_fails(prom_keygen_work(test->curve, &test->arena, &answer, &order, &test->error), PROM_CATEGORY_PEER,
                 &test->error, "not what 3 arbiters sent");
    const prom_key stranger = named_key(test, "host key", 7);
    order.key = &stranger;
    assert_fails(prom_keygen_work(test->curve, &test->arena, &answer, &order, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "none of the participants");
    const uint8_t list[] = {0, 1, 5, 0, 0, 0, 0, 9};
    assert_fails(prom_keygen_read_list(items, N, prom_span_of(list, sizeof list), &test->error), PROM_CATEGORY_PEER,
                 &test->error, "not what 3 arbiters sent");
    assert_fails(prom_keygen_session(test->curve, &it.session, host_keys, PROM_ARBITERS_MAX + 1, K, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "at most");
    assert_fails(prom_keygen_session(test->curve, &it.session, host_keys, N, K, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(everybody_ends_with_the_same_key),
        FIXTURE_TEST(steps_can_be_done_twice),
        FIXTURE_TEST(deals_are_signed_for_their_session),
        FIXTURE_TEST(signatures_are_checked_one_by_one),
        FIXTURE_TEST(a_bad_share_is_proven),
        FIXTURE_TEST(two_deals_are_proven),
        FIXTURE_TEST(a_false_complaint_proves_nothing),
        FIXTURE_TEST(bad_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
