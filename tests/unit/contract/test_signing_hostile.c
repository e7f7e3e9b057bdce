#include "contract/session.h"

/* Somebody wants a second signature with the nonces of a first one: it gives other nonces for the same session, before
 * and after we signed. Neither gets it anything; before we signed, the session ends without a signature. */
static void second_nonces_of_a_sender_end_the_session(void **state)
{
    fixture *test = *state;
    for (size_t late = 0; late < 2; late++) {
        struct session it;
        struct session second;
        prom_span partials = {NULL, 0};
        begin_partials(test, &it);
        begin_session(test, &second, 3);
        assert_ok(ask_nonces(test, &second, 1, &second.nonces[1], named("second", 0)), &test->error);
        if (late != 0) {
            give_partials(test, &it, 0);
        }
        assert_ok(take_nonces(test, &it, 0, 1, it.nonces[1]), &test->error); /* the same again */
        assert_fails(take_nonces(test, &it, 0, 1, second.nonces[1]), PROM_CATEGORY_PEER, &test->error,
                     "the worker sent two different messages of nonces for attempt 1");
        assert_fails(ask_partials(test, &it, 0, &partials), PROM_CATEGORY_MISUSE, &test->error,
                     "this signing session is over");
        assert_int_equal(partials.length, 0);
        assert_int_equal(prom_signing_culprit(it.at[0]), 1);
        assert_int_equal(judged(test, &it, 0, prom_span_of(NULL, 0), NULL), 1); /* the second message is kept */
        close_session(&it);
        close_session(&second);
    }
}

static void second_partials_of_a_sender_end_the_session(void **state)
{
    fixture *test = *state;
    struct session it;
    begin_partials(test, &it);
    give_partials(test, &it, 2);
    uint8_t *other = copy_of(test, it.partials[2]);
    other[partial_at(&it, PROM_TX4)] ^= 1;
    assert_ok(take_partials(test, &it, 0, 2, it.partials[2]), &test->error);
    assert_ok(take_partials(test, &it, 0, 2, it.partials[2]), &test->error);
    const prom_span second = sign_again(test, &it, 2, PROM_SIGNING_PARTIALS, other, partials_bytes(&it));
    assert_fails(take_partials(test, &it, 0, 2, second), PROM_CATEGORY_PEER, &test->error,
                 "the verifier sent two different messages of partial signatures for attempt 1");
    assert_int_equal(prom_signing_culprit(it.at[0]), 2);
    assert_int_equal(judged(test, &it, 0, prom_span_of(NULL, 0), NULL), 2);
    assert_fails(take_partials(test, &it, 0, 2, it.partials[2]), PROM_CATEGORY_MISUSE, &test->error,
                 "this signing session is over");
    close_session(&it);
}

/* Each place in turn sends a nonce that is no point: its sender and the transaction are named, nobody signs. */
static void bad_nonces_name_their_sender(void **state)
{
    fixture *test = *state;
    static const struct {
        size_t at; /* byte of the nonce */
        uint8_t bytes[33];
    } bad[] = {
        {0, {0}},           /* the point at infinity, which only a sum may be */
        {33, {0}},          /* likewise, as the second point */
        {0, {4, 1}},        /* no compressed point */
        {0, {2, [32] = 5}}, /* x = 5 is not on the curve */
        {33,
         {3,    [1] = 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff,       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const size_t place = 1 + i;
        struct session it;
        prom_span partials = {NULL, 0};
        char name[PROM_PLACE_NAME];
        char expected[128];
        begin_session(test, &it, 3);
        for (size_t from = 0; from < it.count; from++) {
            give_nonces(test, &it, from);
        }
        uint8_t *spoilt = copy_of(test, it.nonces[place]);
        memcpy(spoilt + nonce_at(PROM_TX5) + bad[i].at, bad[i].bytes, 33);
        it.nonces[place] = sign_again(test, &it, place, PROM_SIGNING_NONCES, spoilt, nonces_bytes(&it));
        for (size_t from = 1; from < it.count; from++) {
            assert_ok(take_nonces(test, &it, 0, from, it.nonces[from]), &test->error);
        }
        (void)snprintf(expected, sizeof expected, "the nonce of Tx5 by %s is not two points of the curve",
                       prom_place_name(name, place));
        assert_fails(ask_partials(test, &it, 0, &partials), PROM_CATEGORY_PEER, &test->error, expected);
        assert_int_equal(prom_signing_culprit(it.at[0]), place);
        assert_int_equal(partials.length, 0);
        assert_fails(ask_partials(test, &it, 0, &partials), PROM_CATEGORY_MISUSE, &test->error,
                     "this signing session is over");
        close_session(&it);
    }
}

/* Takes everybody's partial signatures at place 0, where one sender's are spoilt, and expects that sender to be named,
 * with the transaction. */
static void check_blame(fixture *test, struct session *it, size_t place, const char *transaction)
{
    char name[PROM_PLACE_NAME];
    char expected[128];
    for (size_t from = 1; from < it->count; from++) {
        assert_ok(take_partials(test, it, 0, from, it->partials[from]), &test->error);
    }
    (void)snprintf(expected, sizeof expected, "the partial signature of %s by %s is not valid", transaction,
                   prom_place_name(name, place));
    assert_fails(prom_signing_complete(it->at[0], &test->error), PROM_CATEGORY_PEER, &test->error, expected);
    assert_int_equal(prom_signing_culprit(it->at[0]), place);
    assert_int_equal(judged(test, it, 0, prom_span_of(NULL, 0), NULL), place); /* as anybody finds */
    assert_false(prom_signing_is_complete(it->at[0]));
    close_session(it);
}

/* A wrong bit, zero, the order and more of it, another branch's, another place's: whatever a place sends in place of
 * its own, it is named and nobody else. */
static void bad_partials_name_their_sender(void **state)
{
    fixture *test = *state;
    enum { BIT, ZERO, ORDER, ONES, ANOTHER_BRANCH, ANOTHER_PLACE, CASES };
    static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                                      0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
    for (size_t kind = 0; kind < CASES; kind++) {
        for (size_t place = 1; place < 6; place += 2) {
            struct session it;
            begin_partials(test, &it);
            for (size_t from = 0; from < it.count; from++) {
                give_partials(test, &it, from);
            }
            uint8_t *spoilt = copy_of(test, it.partials[place]);
            uint8_t *target = spoilt + partial_at(&it, PROM_TX6);
            if (kind == BIT) {
                target[17] ^= 0x10;
            } else if (kind == ZERO) {
                memset(target, 0, 32);
            } else if (kind == ORDER) {
                memcpy(target, order, 32);
            } else if (kind == ONES) {
                memset(target, 0xff, 32);
            } else if (kind == ANOTHER_BRANCH) {
                memcpy(target, spoilt + partial_at(&it, PROM_TX5), 32);
            } else {
                memcpy(target, it.partials[place == 1 ? 2 : 1].data + partial_at(&it, PROM_TX6), 32);
            }
            it.partials[place] = sign_again(test, &it, place, PROM_SIGNING_PARTIALS, spoilt, partials_bytes(&it));
            check_blame(test, &it, place, "Tx6");
        }
    }
}

/* Two are wrong together so that their sum is right: there is nothing to blame, the signature is good. */
static void what_adds_up_is_good(void **state)
{
    fixture *test = *state;
    struct session it;
    begin_partials(test, &it);
    for (size_t from = 0; from < it.count; from++) {
        give_partials(test, &it, from);
    }
    uint8_t *one = copy_of(test, it.partials[1]);
    uint8_t *two = copy_of(test, it.partials[2]);
    uint8_t *low[] = {one + partial_at(&it, PROM_TX4) + 31, two + partial_at(&it, PROM_TX4) + 31};
    if (*low[0] == 0xff || *low[1] == 0) { /* not with these names */
        fail();
    }
    ++*low[0];
    --*low[1];
    it.partials[1] = sign_again(test, &it, 1, PROM_SIGNING_PARTIALS, one, partials_bytes(&it));
    it.partials[2] = sign_again(test, &it, 2, PROM_SIGNING_PARTIALS, two, partials_bytes(&it));
    for (size_t from = 1; from < it.count; from++) {
        assert_ok(take_partials(test, &it, 0, from, it.partials[from]), &test->error);
    }
    assert_ok(prom_signing_complete(it.at[0], &test->error), &test->error);
    close_session(&it);
}

/* The worker sends arbiter 2 other nonces than everybody else, and signs with the ones or the others: whoever gets
 * arbiter 2's partial signatures sees two words of the worker's. The arbiter is not blamed. */
static void two_stories_are_the_teller_s_fault(void **state)
{
    fixture *test = *state;
    for (size_t early = 0; early < 2; early++) {
        struct session it;
        struct session other;
        begin_session(test, &it, 3);
        begin_session(test, &other, 3);
        for (size_t from = 0; from < it.count; from++) {
            give_nonces(test, &it, from);
        }
        assert_ok(ask_nonces(test, &other, 1, &other.nonces[1], named("equivocation", 0)), &test->error);
        for (size_t from = 0; from < it.count; from++) {
            if (from != 4) {
                assert_ok(take_nonces(test, &it, 4, from, from == 1 ? other.nonces[1] : it.nonces[from]), &test->error);
            }
        }
        give_partials(test, &it, 4);
        for (size_t from = 1; from < it.count; from++) { /* the worker's nonces come before, or after */
            if (from != 1 || early == 0) {
                assert_ok(take_nonces(test, &it, 0, from, it.nonces[from]), &test->error);
            }
        }
        give_nonces(test, &it, 0);
        if (early != 0) {
            assert_ok(take_partials(test, &it, 0, 4, it.partials[4]), &test->error);
        }
        assert_fails(
            early != 0 ? take_nonces(test, &it, 0, 1, it.nonces[1]) : take_partials(test, &it, 0, 4, it.partials[4]),
            PROM_CATEGORY_PEER, &test->error, "the worker sent two different messages of nonces for attempt 1");
        assert_int_equal(prom_signing_culprit(it.at[0]), 1);
        assert_int_equal(judged(test, &it, 0, prom_span_of(NULL, 0), NULL), 1);
        close_session(&it);
        close_session(&other);
    }
}

/* Any 32 bytes in place of a digest of nonces; somebody else's signature with it, of whatever else; another attempt's.
 * It is the sender's fault and nobody else's: it names what nobody has signed. */
static void invented_nonces_are_the_inventor_s_fault(void **state)
{
    fixture *test = *state;
    enum { DIGEST, SIGNATURE, ANOTHER_PLACE, OWN, PARTIALS, CASES };
    for (size_t kind = 0; kind < CASES; kind++) {
        struct session it;
        begin_partials(test, &it);
        give_partials(test, &it, 3);
        give_partials(test, &it, 4);
        uint8_t *spoilt = copy_of(test, it.partials[3]);
        uint8_t *said = spoilt + vouched_at(kind == OWN ? 3 : 1);
        if (kind == DIGEST || kind == OWN) {
            said[7] ^= 1;
        } else if (kind == SIGNATURE) {
            said[40] ^= 1;
        } else if (kind == ANOTHER_PLACE) {
            memcpy(said, spoilt + vouched_at(2), PROM_SIGNING_VOUCHED_BYTES);
        } else { /* arbiter 2's signature, of its partial signatures */
            const prom_span partials = it.partials[4];
            said = spoilt + vouched_at(4);
            prom_signing_digest((prom_bytes32 *)said, PROM_SIGNING_PARTIALS,
                                prom_span_of(partials.data + 4, partials.length - 68));
            memcpy(said + 32, partials.data + partials.length - 64, 64);
        }
        const prom_span bad = sign_again(test, &it, 3, PROM_SIGNING_PARTIALS, spoilt, partials_bytes(&it));
        assert_fails(take_partials(test, &it, 0, 3, bad), PROM_CATEGORY_PEER, &test->error,
                     "arbiter 1 signed with nonces that ");
        assert_int_equal(prom_signing_culprit(it.at[0]), 3);
        assert_int_equal(judged(test, &it, 0, prom_span_of(NULL, 0), NULL), 3);
        close_session(&it);
    }
}

/* What somebody sends in another's name is nobody's word: it changes nothing, and the session goes on. */
static void what_is_not_signed_is_nobody_s_word(void **state)
{
    fixture *test = *state;
    struct session it;
    begin_session(test, &it, 3);
    for (size_t from = 0; from < it.count; from++) {
        give_nonces(test, &it, from);
    }
    uint8_t *other = copy_of(test, it.nonces[1]);
    other[nonce_at(PROM_TX4) + 5] ^= 1;
    const prom_span forged = prom_span_of(other, nonces_bytes(&it));
    assert_fails(take_nonces(test, &it, 0, 1, forged), PROM_CATEGORY_PEER, &test->error,
                 "the nonces of the worker are not signed by it");
    (void)sign_again(test, &it, 3, PROM_SIGNING_NONCES, other, forged.length); /* another's key */
    assert_fails(take_nonces(test, &it, 0, 1, forged), PROM_CATEGORY_PEER, &test->error, "are not signed by it");
    (void)sign_again(test, &it, 1, PROM_SIGNING_PARTIALS, other, forged.length); /* another kind */
    assert_fails(take_nonces(test, &it, 0, 1, forged), PROM_CATEGORY_PEER, &test->error, "are not signed by it");
    assert_int_equal(prom_signing_culprit(it.at[0]), PROM_PLACES_MAX);
    sign_tree(test, &it);
    assert_true(prom_signing_is_complete(it.at[0]));
    close_session(&it);
}

/* The words of place `from` of a kind, as a record. */
static prom_span record_of(fixture *test, size_t from, uint8_t kind, prom_span message)
{
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span record;
    prom_write_u8(&writer, (uint8_t)from);
    prom_write_u8(&writer, kind);
    prom_write_u32(&writer, (uint32_t)message.length);
    prom_write_span(&writer, message);
    assert_ok(prom_writer_finish(&writer, &record, &test->error), &test->error);
    return record;
}

/* A signing that is under way, or over and good, accuses nobody, however the words are put together; and nobody can put
 * words into another's mouth. */
static void judge_accuses_nobody_honest(void **state)
{
    fixture *test = *state;
    struct session it;
    begin_session(test, &it, 3);
    sign_tree(test, &it);
    for (size_t place = 0; place < it.count; place++) {
        prom_span words;
        assert_ok(prom_signing_words(&test->arena, &words, it.at[(place + 1) % it.count], &test->error), &test->error);
        assert_int_equal(judged(test, &it, place, words, NULL), PROM_PLACES_MAX);
        for (size_t at = 0; at < it.nonces[place].length; at += 131) {
            uint8_t *forged = copy_of(test, it.nonces[place]);
            forged[at] ^= 1;
            const prom_span more =
                record_of(test, place, PROM_SIGNING_NONCES, prom_span_of(forged, it.nonces[place].length));
            assert_int_equal(judged(test, &it, 0, more, NULL), PROM_PLACES_MAX);
        }
        for (size_t at = 0; at < it.partials[place].length; at += 131) {
            uint8_t *forged = copy_of(test, it.partials[place]);
            forged[at] ^= 1;
            const prom_span more =
                record_of(test, place, PROM_SIGNING_PARTIALS, prom_span_of(forged, it.partials[place].length));
            assert_int_equal(judged(test, &it, 0, more, NULL), PROM_PLACES_MAX);
        }
    }
    close_session(&it);
}

/* The worker told two stories, and each of two honest parties knows one: neither has a proof, both together have. */
static void two_parties_compare_their_words(void **state)
{
    fixture *test = *state;
    struct session it;
    struct session other;
    prom_error reason;
    begin_session(test, &it, 3);
    begin_session(test, &other, 3);
    give_nonces(test, &it, 1);
    assert_ok(ask_nonces(test, &other, 1, &other.nonces[1], named("equivocation", 0)), &test->error);
    assert_ok(take_nonces(test, &it, 0, 1, it.nonces[1]), &test->error);
    assert_ok(take_nonces(test, &other, 2, 1, other.nonces[1]), &test->error);
    prom_span words;
    assert_ok(prom_signing_words(&test->arena, &words, other.at[2], &test->error), &test->error);
    assert_int_equal(judged(test, &it, 0, prom_span_of(NULL, 0), NULL), PROM_PLACES_MAX);
    assert_int_equal(judged(test, &other, 2, prom_span_of(NULL, 0), NULL), PROM_PLACES_MAX);
    assert_int_equal(judged(test, &it, 0, words, &reason), 1);
    assert_string_equal(reason.sentence, "the worker sent two different messages of nonces for attempt 1");
    close_session(&it);
    close_session(&other);
}

static void judge_reads_words_only(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_signing_blame blame;
    prom_span words;
    begin_partials(test, &it);
    assert_ok(prom_signing_words(&test->arena, &words, it.at[0], &test->error), &test->error);
    for (size_t length = 0; length < words.length; length += 97) {
        uint8_t *exact = exact_copy(words.data, length);
        const prom_result result = prom_signing_judge(test->curve, &test->arena, &blame, &it.terms, it.tree,
                                                      prom_span_of(exact, length), &test->error);
        assert_int_equal(result.category, length == 0 ? PROM_CATEGORY_OK : PROM_CATEGORY_BAD_INPUT);
        assert_int_equal(blame.place, PROM_PLACES_MAX);
        free(exact);
    }
    const prom_span bad[] = {record_of(test, it.count, PROM_SIGNING_NONCES, it.nonces[0]),
                             record_of(test, 0, PROM_SIGNING_PARTIALS + 1, it.nonces[0])};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_fails(prom_signing_judge(test->curve, &test->arena, &blame, &it.terms, it.tree, bad[i], &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error, "not what places of this contract have sent");
    }
    const prom_span one = record_of(test, 0, PROM_SIGNING_NONCES, prom_span_of(NULL, 0));
    for (size_t count = PROM_SIGNING_WORDS_MAX; count <= PROM_SIGNING_WORDS_MAX + 1; count++) {
        prom_writer writer = prom_writer_in(&test->arena);
        for (size_t i = 0; i < count; i++) {
            prom_write_span(&writer, one);
        }
        assert_ok(prom_writer_finish(&writer, &words, &test->error), &test->error);
        const prom_result result =
            prom_signing_judge(test->curve, &test->arena, &blame, &it.terms, it.tree, words, &test->error);
        assert_int_equal(result.category, count == PROM_SIGNING_WORDS_MAX ? PROM_CATEGORY_OK : PROM_CATEGORY_BAD_INPUT);
    }
    close_session(&it);
}

/* A message of another length, or of an attempt that there cannot be, is the fault of whoever has signed it. */
static void wrong_forms_name_their_sender(void **state)
{
    fixture *test = *state;
    for (size_t i = 0; i < 12; i++) {
        const prom_signing_kind kind = i % 2 == 0 ? PROM_SIGNING_NONCES : PROM_SIGNING_PARTIALS;
        struct session it;
        begin_partials(test, &it);
        give_partials(test, &it, 1);
        const prom_span honest = i % 2 == 0 ? it.nonces[1] : it.partials[1];
        const size_t lengths[] = {68,           honest.length - 32, honest.length - 1, honest.length + 1, honest.length,
                                  honest.length};
        const size_t length = lengths[i / 2];
        uint8_t *bytes = calloc(1, honest.length + 1);
        assert_non_null(bytes);
        memcpy(bytes, honest.data, honest.length);
        bytes[3] = i / 2 < 4 ? 1 : i / 2 == 4 ? PROM_SIGNING_ATTEMPTS_MAX + 1 : 0;
        uint8_t *exact = exact_copy(bytes, length);
        const prom_span message = sign_again(test, &it, 1, kind, exact, length);
        assert_fails(i % 2 == 0 ? take_nonces(test, &it, 0, 1, message) : take_partials(test, &it, 0, 1, message),
                     PROM_CATEGORY_PEER, &test->error, "the worker sent ");
        assert_int_equal(prom_signing_culprit(it.at[0]), 1);
        free(exact);
        free(bytes);
        assert_int_equal(judged(test, &it, 0, prom_span_of(NULL, 0), NULL), 1);
        close_session(&it);
    }
}

/* Too short to be signed at all. */
static void stumps_are_refused(void **state)
{
    fixture *test = *state;
    struct session it;
    begin_session(test, &it, 3);
    give_nonces(test, &it, 1);
    for (size_t length = 0; length < 68; length++) {
        uint8_t *exact = exact_copy(it.nonces[1].data, length);
        assert_fails(take_nonces(test, &it, 0, 1, prom_span_of(exact, length)), PROM_CATEGORY_PEER, &test->error,
                     "not signed by it");
        assert_fails(take_partials(test, &it, 0, 1, prom_span_of(exact, length)), PROM_CATEGORY_PEER, &test->error,
                     "not signed by it");
        free(exact);
    }
    assert_ok(take_nonces(test, &it, 0, 1, it.nonces[1]), &test->error); /* nothing of it was taken */
    close_session(&it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(second_nonces_of_a_sender_end_the_session),
        FIXTURE_TEST(second_partials_of_a_sender_end_the_session),
        FIXTURE_TEST(bad_nonces_name_their_sender),
        FIXTURE_TEST(bad_partials_name_their_sender),
        FIXTURE_TEST(what_adds_up_is_good),
        FIXTURE_TEST(two_stories_are_the_teller_s_fault),
        FIXTURE_TEST(invented_nonces_are_the_inventor_s_fault),
        FIXTURE_TEST(what_is_not_signed_is_nobody_s_word),
        FIXTURE_TEST(judge_accuses_nobody_honest),
        FIXTURE_TEST(two_parties_compare_their_words),
        FIXTURE_TEST(judge_reads_words_only),
        FIXTURE_TEST(wrong_forms_name_their_sender),
        FIXTURE_TEST(stumps_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
