#include "contract/session.h"

/* The place has crashed: all that it knows is the number of its last attempt. It begins the next one. */
static void crash(fixture *test, struct session *it, size_t place)
{
    const uint32_t last = prom_signing_attempt(it->at[place]);
    prom_signing_wipe(it->at[place]);
    assert_ok(prom_signing_new(test->curve, &test->arena, &it->at[place], &it->terms, it->tree, place, &test->error),
              &test->error);
    assert_ok(prom_signing_begin(it->at[place], last, &test->error), &test->error);
}

/* What there is to be given is given, and comes to everybody, until nothing moves. Randomness that came twice would do
 * no harm: each attempt has its own nonces. */
static void go_on(fixture *test, struct session *it)
{
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < it->count; i++) {
            const bool nonces = prom_signing_wants_nonces(it->at[i]);
            const bool partials = !nonces && prom_signing_wants_partials(it->at[i]);
            moved = moved || nonces || partials;
            if (nonces) {
                give_nonces(test, it, i);
            } else if (partials) {
                give_partials(test, it, i);
            }
            for (size_t to = 0; to < it->count; to++) {
                if (to != i && nonces) {
                    assert_ok(take_nonces(test, it, to, i, it->nonces[i]), &test->error);
                } else if (to != i && partials) {
                    assert_ok(take_partials(test, it, to, i, it->partials[i]), &test->error);
                }
            }
        }
    }
}

static void assert_all_complete(fixture *test, struct session *it, uint32_t attempt)
{
    for (size_t i = 0; i < it->count; i++) {
        assert_int_equal(prom_signing_attempt(it->at[i]), attempt);
        assert_ok(prom_signing_complete(it->at[i], &test->error), &test->error);
        assert_int_equal(prom_signing_culprit(it->at[i]), PROM_PLACES_MAX);
        assert_int_equal(judged(test, it, i, prom_span_of(NULL, 0), NULL), PROM_PLACES_MAX);
    }
    close_session(it);
}

/* The session of a place with everybody's first nonces; where `partials`, everybody has given its partial signatures,
 * and those of `lost` have come to nobody. */
static void begin_lost(fixture *test, struct session *it, bool partials, size_t lost)
{
    begin_partials(test, it);
    for (size_t i = 0; i < it->count && partials; i++) {
        give_partials(test, it, i);
        for (size_t to = 0; to < it->count && i != lost; to++) {
            if (to != i) {
                assert_ok(take_partials(test, it, to, i, it->partials[i]), &test->error);
            }
        }
    }
}

/* One crashes, after its nonces or after its partial signatures: all sign anew, with other nonces, and are through. */
static void one_crashes(void **state)
{
    fixture *test = *state;
    for (size_t partials = 0; partials < 2; partials++) {
        for (size_t place = 0; place < 6; place += 2) {
            struct session it;
            begin_lost(test, &it, partials != 0, place);
            const prom_span before = it.nonces[place];
            crash(test, &it, place);
            go_on(test, &it);
            assert_memory_not_equal(before.data + 4, it.nonces[place].data + 4, 66); /* the same randomness */
            assert_all_complete(test, &it, 2);
        }
    }
}

/* Who carries the messages brings those of the first attempt again, to everybody, at every moment: they are passed
 * over, and nobody is blamed for them. */
static void old_messages_change_nothing(void **state)
{
    fixture *test = *state;
    struct session it;
    struct session first;
    begin_lost(test, &it, true, 3);
    first = it;
    crash(test, &it, 3);
    for (size_t round = 0; round < 3; round++) {
        for (size_t to = 0; to < it.count; to++) {
            for (size_t from = 0; from < it.count; from++) {
                if (from != to) {
                    bool old = false;
                    assert_ok(prom_signing_take_nonces(it.at[to], from, first.nonces[from], &old, &test->error),
                              &test->error);
                    assert_int_equal(old, prom_signing_attempt(it.at[to]) == 2);
                    assert_ok(take_partials(test, &it, to, from, first.partials[from]), &test->error);
                }
            }
        }
        if (round == 0) {
            give_nonces(test, &it, 3);
            for (size_t to = 0; to < it.count; to++) {
                if (to != 3) {
                    assert_ok(take_nonces(test, &it, to, 3, it.nonces[3]), &test->error);
                }
            }
        } else {
            go_on(test, &it);
        }
    }
    assert_all_complete(test, &it, 2);
}

/* The others are further than the disk of one that crashed before it had followed them. Its nonces are old then, and
 * whoever is sent them lets it have its own of the attempt under way. */
static void one_is_behind(void **state)
{
    fixture *test = *state;
    struct session it;
    bool old = false;
    begin_partials(test, &it);
    crash(test, &it, 1); /* its second attempt, and its third: the others hear of the third */
    give_nonces(test, &it, 1);
    crash(test, &it, 1);
    give_nonces(test, &it, 1);
    for (size_t to = 0; to < it.count; to++) {
        if (to != 1 && to != 2) {
            assert_ok(take_nonces(test, &it, to, 1, it.nonces[1]), &test->error);
            give_nonces(test, &it, to);
        }
    }
    crash(test, &it, 2); /* of the third it has heard nothing */
    give_nonces(test, &it, 2);
    assert_ok(prom_signing_take_nonces(it.at[0], 2, it.nonces[2], &old, &test->error), &test->error);
    assert_true(old);
    for (size_t to = 0; to < it.count; to++) {
        for (size_t from = 0; from < it.count; from++) {
            if (from != to && from != 2) {
                assert_ok(take_nonces(test, &it, to, from, it.nonces[from]), &test->error);
            }
        }
    }
    go_on(test, &it);
    assert_all_complete(test, &it, 3);
}

/* All but one are complete, and one of them has its signatures from its disk; the last one crashed before it had
 * everybody's. The others help it to sign, and keep what they have. */
static void who_is_complete_helps(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_span stored;
    prom_span after;
    begin_session(test, &it, 3);
    sign_tree(test, &it);
    assert_ok(prom_signing_write(&test->arena, &stored, it.at[0], &test->error), &test->error);
    crash(test, &it, 0);
    assert_ok(prom_signing_load(it.at[0], stored, &test->error), &test->error);
    for (size_t i = 0; i < it.count; i++) {
        assert_false(prom_signing_wants_nonces(it.at[i])); /* of its own accord */
    }
    bool old = false; /* the first attempt's, brought again: its sender may lack ours of the second */
    assert_ok(prom_signing_take_nonces(it.at[0], 5, it.nonces[5], &old, &test->error), &test->error);
    assert_true(old && prom_signing_wants_nonces(it.at[0]));
    crash(test, &it, 5);
    assert_false(prom_signing_is_complete(it.at[5]));
    go_on(test, &it);
    assert_ok(prom_signing_complete(it.at[5], &test->error), &test->error);
    assert_ok(prom_signing_write(&test->arena, &after, it.at[0], &test->error), &test->error);
    assert_true(prom_span_equal(stored, after));
    assert_all_complete(test, &it, 2);
}

/* The own disk is an old copy: partial signatures come that were made with nonces of ours of which we know nothing. We
 * sign no second time, and blame nobody. */
static void an_old_disk_is_noticed(void **state)
{
    fixture *test = *state;
    for (size_t later = 0; later < 2; later++) {
        struct session it;
        begin_partials(test, &it);
        if (later != 0) {
            crash(test, &it, 1);
            go_on(test, &it);
        } else {
            give_partials(test, &it, 2);
        }
        assert_ok(prom_signing_new(test->curve, &test->arena, &it.at[0], &it.terms, it.tree, 0, &test->error),
                  &test->error);
        assert_ok(prom_signing_begin(it.at[0], 0, &test->error), &test->error);
        assert_fails(take_partials(test, &it, 0, 2, it.partials[2]), PROM_CATEGORY_BROKEN, &test->error,
                     "which our disk does not know");
        assert_int_equal(prom_signing_culprit(it.at[0]), PROM_PLACES_MAX);
        assert_false(prom_signing_wants_nonces(it.at[0]));
        close_session(&it);
    }
}

/* Attempts are counted, and there is an end to them. */
static void attempts_have_an_end(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_span message;
    begin_session(test, &it, 3);
    assert_fails(prom_signing_begin(it.at[0], 0, &test->error), PROM_CATEGORY_MISUSE, &test->error, "begun already");
    close_session(&it);
    assert_ok(prom_signing_new(test->curve, &test->arena, &it.at[0], &it.terms, it.tree, 0, &test->error),
              &test->error);
    assert_fails(ask_nonces(test, &it, 0, &message, named("r", 0)), PROM_CATEGORY_MISUSE, &test->error, "not begun");
    assert_false(prom_signing_wants_nonces(it.at[0]));
    assert_fails(prom_signing_begin(it.at[0], PROM_SIGNING_ATTEMPTS_MAX, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "to be signed 16 times already");
    begin_partials(test, &it);
    for (size_t attempt = 2; attempt <= PROM_SIGNING_ATTEMPTS_MAX; attempt++) {
        crash(test, &it, 1);
        give_nonces(test, &it, 1);
        assert_ok(take_nonces(test, &it, 0, 1, it.nonces[1]), &test->error);
    }
    go_on(test, &it);
    for (size_t to = 2; to < it.count; to++) { /* who has heard of none but the last */
        assert_int_equal(prom_signing_attempt(it.at[to]), PROM_SIGNING_ATTEMPTS_MAX);
        assert_ok(take_nonces(test, &it, to, 1, it.nonces[1]), &test->error);
    }
    go_on(test, &it);
    assert_all_complete(test, &it, PROM_SIGNING_ATTEMPTS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(one_crashes),
        FIXTURE_TEST(old_messages_change_nothing),
        FIXTURE_TEST(one_is_behind),
        FIXTURE_TEST(who_is_complete_helps),
        FIXTURE_TEST(an_old_disk_is_noticed),
        FIXTURE_TEST(attempts_have_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
