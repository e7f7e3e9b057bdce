#include "contract/session.h"

/* Where the nonce of a branch, and its partial signature, stand in what a place sends. */
static size_t nonce_at(prom_tree_id branch)
{
    return (branch - PROM_TX1) * sizeof(prom_musig_nonce);
}

static size_t partial_at(prom_tree_id branch)
{
    return sizeof(prom_bytes32) + (branch - PROM_TX1) * sizeof(prom_musig_partial);
}

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
        prom_bytes32 randomness = named("second", 0);
        assert_ok(prom_signing_give_nonces(&test->arena, second.at[1], &second.nonces[1], joint_key_of(&it.cast, 1),
                                           &randomness, &test->error),
                  &test->error);
        if (late != 0) {
            give_partials(test, &it, 0);
        }
        assert_ok(take_nonces(test, &it, 0, 1, it.nonces[1]), &test->error); /* the same again */
        assert_fails(take_nonces(test, &it, 0, 1, second.nonces[1]), PROM_CATEGORY_PEER, &test->error,
                     "the worker sent other nonces than before");
        assert_fails(prom_signing_give_partials(&test->arena, it.at[0], &partials, NULL, &test->error),
                     PROM_CATEGORY_MISUSE, &test->error, "this signing session is over");
        assert_int_equal(partials.length, 0);
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
    other[50] ^= 1;
    assert_ok(take_partials(test, &it, 0, 2, it.partials[2]), &test->error);
    assert_ok(take_partials(test, &it, 0, 2, it.partials[2]), &test->error);
    assert_fails(take_partials(test, &it, 0, 2, prom_span_of(other, partials_bytes(&it))), PROM_CATEGORY_PEER,
                 &test->error, "the verifier sent other partial signatures than before");
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
        size_t culprit = 0;
        begin_session(test, &it, 3);
        for (size_t from = 0; from < it.count; from++) {
            give_nonces(test, &it, from);
        }
        uint8_t *spoilt = copy_of(test, it.nonces[place]);
        memcpy(spoilt + nonce_at(PROM_TX5) + bad[i].at, bad[i].bytes, 33);
        it.nonces[place] = prom_span_of(spoilt, nonces_bytes(&it));
        for (size_t from = 1; from < it.count; from++) {
            assert_ok(take_nonces(test, &it, 0, from, it.nonces[from]), &test->error);
        }
        (void)snprintf(expected, sizeof expected, "the nonce of Tx5 by %s is not two points of the curve",
                       prom_place_name(name, place));
        assert_fails(prom_signing_give_partials(&test->arena, it.at[0], &partials, &culprit, &test->error),
                     PROM_CATEGORY_PEER, &test->error, expected);
        assert_int_equal(culprit, place);
        assert_int_equal(partials.length, 0);
        assert_fails(prom_signing_give_partials(&test->arena, it.at[0], &partials, NULL, &test->error),
                     PROM_CATEGORY_MISUSE, &test->error, "this signing session is over");
        close_session(&it);
    }
}

/* Takes everybody's partial signatures at place 0, where one sender's are spoilt, and expects that sender to be named,
 * with the transaction. */
static void check_blame(fixture *test, struct session *it, size_t place, const char *transaction)
{
    char name[PROM_PLACE_NAME];
    char expected[128];
    size_t culprit = 0;
    for (size_t from = 1; from < it->count; from++) {
        assert_ok(take_partials(test, it, 0, from, it->partials[from]), &test->error);
    }
    (void)snprintf(expected, sizeof expected, "the partial signature of %s by %s is not valid", transaction,
                   prom_place_name(name, place));
    assert_fails(prom_signing_complete(it->at[0], &culprit, &test->error), PROM_CATEGORY_PEER, &test->error, expected);
    assert_int_equal(culprit, place);
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
            uint8_t *target = spoilt + partial_at(PROM_TX6);
            if (kind == BIT) {
                target[17] ^= 0x10;
            } else if (kind == ZERO) {
                memset(target, 0, 32);
            } else if (kind == ORDER) {
                memcpy(target, order, 32);
            } else if (kind == ONES) {
                memset(target, 0xff, 32);
            } else if (kind == ANOTHER_BRANCH) {
                memcpy(target, spoilt + partial_at(PROM_TX5), 32);
            } else {
                memcpy(target, it.partials[place == 1 ? 2 : 1].data + partial_at(PROM_TX6), 32);
            }
            it.partials[place] = prom_span_of(spoilt, partials_bytes(&it));
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
    uint8_t *low[] = {one + partial_at(PROM_TX4) + 31, two + partial_at(PROM_TX4) + 31};
    if (*low[0] == 0xff || *low[1] == 0) { /* not with these names */
        fail();
    }
    ++*low[0];
    --*low[1];
    it.partials[1] = prom_span_of(one, partials_bytes(&it));
    it.partials[2] = prom_span_of(two, partials_bytes(&it));
    for (size_t from = 1; from < it.count; from++) {
        assert_ok(take_partials(test, &it, 0, from, it.partials[from]), &test->error);
    }
    assert_ok(prom_signing_complete(it.at[0], NULL, &test->error), &test->error);
    close_session(&it);
}

/* The worker sends others nonces than the client. What an honest arbiter signs then does not fit at the client's: the
 * arbiter must not be blamed for it. */
static void who_was_sent_other_nonces_is_not_blamed(void **state)
{
    fixture *test = *state;
    struct session it;
    struct session other;
    size_t culprit = 0;
    begin_session(test, &it, 3);
    begin_session(test, &other, 3);
    for (size_t from = 0; from < it.count; from++) {
        give_nonces(test, &it, from);
    }
    prom_bytes32 randomness = named("equivocation", 0);
    assert_ok(prom_signing_give_nonces(&test->arena, other.at[1], &other.nonces[1], joint_key_of(&it.cast, 1),
                                       &randomness, &test->error),
              &test->error);
    for (size_t i = 0; i < it.count; i++) {
        for (size_t from = 0; from < it.count; from++) {
            if (i != from) {
                const bool told_otherwise = from == 1 && i == 4;
                assert_ok(take_nonces(test, &it, i, from, told_otherwise ? other.nonces[1] : it.nonces[from]),
                          &test->error);
            }
        }
    }
    for (size_t from = 0; from < it.count; from++) {
        give_partials(test, &it, from);
    }
    for (size_t from = 1; from < it.count; from++) {
        assert_ok(take_partials(test, &it, 0, from, it.partials[from]), &test->error);
    }
    assert_fails(prom_signing_complete(it.at[0], &culprit, &test->error), PROM_CATEGORY_PEER, &test->error,
                 "arbiter 2 signed with other nonces than ours");
    assert_int_equal(culprit, PROM_PLACES_MAX); /* nobody is proven at fault */
    close_session(&it);
    close_session(&other);
}

static void wrong_lengths_are_refused(void **state)
{
    fixture *test = *state;
    struct session it;
    begin_partials(test, &it);
    give_partials(test, &it, 1);
    struct session fresh;
    begin_session(test, &fresh, 3);
    const size_t nonces[] = {0, 1, nonces_bytes(&it) - 66, nonces_bytes(&it) - 1, nonces_bytes(&it) + 1};
    const size_t partials[] = {0, 1, partials_bytes(&it) - 32, partials_bytes(&it) - 1, partials_bytes(&it) + 1};
    for (size_t i = 0; i < COUNT_OF(nonces); i++) {
        uint8_t *bytes = calloc(nonces_bytes(&it) + 1, 1);
        assert_non_null(bytes);
        uint8_t *exact = exact_copy(bytes, nonces[i]);
        assert_fails(take_nonces(test, &fresh, 0, 1, prom_span_of(exact, nonces[i])), PROM_CATEGORY_PEER, &test->error,
                     "of nonces instead of 990");
        free(exact);
        exact = exact_copy(bytes, partials[i]);
        assert_fails(take_partials(test, &it, 0, 1, prom_span_of(exact, partials[i])), PROM_CATEGORY_PEER, &test->error,
                     "of partial signatures instead of 512");
        free(exact);
        free(bytes);
    }
    assert_ok(take_partials(test, &it, 0, 1, it.partials[1]), &test->error); /* nothing of it was taken */
    close_session(&it);
    close_session(&fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(second_nonces_of_a_sender_end_the_session),
        FIXTURE_TEST(second_partials_of_a_sender_end_the_session),
        FIXTURE_TEST(bad_nonces_name_their_sender),
        FIXTURE_TEST(bad_partials_name_their_sender),
        FIXTURE_TEST(what_adds_up_is_good),
        FIXTURE_TEST(who_was_sent_other_nonces_is_not_blamed),
        FIXTURE_TEST(wrong_lengths_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
