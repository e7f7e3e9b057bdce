#include "contract/session.h"

static void begin_session(fixture *test, struct session *it, uint8_t n)
{
    *it = (struct session){.cast = make_cast(test)};
    it->terms = valid_terms(test, &it->cast, n);
    open_session(test, it);
}

static void begin_signed(fixture *test, struct session *it)
{
    begin_session(test, it, 3);
    sign_tree(test, it);
    close_session(it);
}

/* Nonces of everybody are with everybody. */
static void begin_partials(fixture *test, struct session *it)
{
    begin_session(test, it, 3);
    exchange_nonces(test, it);
}

static prom_result take_nonces(fixture *test, struct session *it, size_t place, size_t from, prom_span nonces)
{
    return prom_signing_take_nonces(it->at[place], from, nonces, &test->error);
}

static prom_result take_partials(fixture *test, struct session *it, size_t place, size_t from, prom_span partials)
{
    return prom_signing_take_partials(it->at[place], from, partials, &test->error);
}

/* A copy that can be spoilt. */
static uint8_t *copy_of(fixture *test, prom_span bytes)
{
    prom_span copy;
    assert_ok(prom_span_copy(&test->arena, &copy, bytes, &test->error), &test->error);
    uint8_t *spoilt = NULL;
    assert_ok(prom_arena_alloc(&test->arena, (void **)&spoilt, bytes.length, 1, &test->error), &test->error);
    memcpy(spoilt, copy.data, bytes.length);
    return spoilt;
}

static size_t nonces_bytes(const struct session *it)
{
    return PROM_SIGNING_NONCES_BYTES(prom_signing_count(it->at[0]));
}

static size_t partials_bytes(const struct session *it)
{
    return PROM_SIGNING_PARTIALS_BYTES(prom_signing_count(it->at[0]));
}

/* Where the nonce of a branch, and its partial signature, stand in what a place sends. */
static size_t nonce_at(prom_tree_id branch)
{
    return (branch - PROM_TX1) * sizeof(prom_musig_nonce);
}

static size_t partial_at(prom_tree_id branch)
{
    return sizeof(prom_bytes32) + (branch - PROM_TX1) * sizeof(prom_musig_partial);
}

/* Everybody ends with the same valid signature of every branch, which ALL's key verifies. */
static void everybody_signs_the_whole_tree(void **state)
{
    fixture *test = *state;
    static const uint8_t counts[] = {3, 5};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct session it;
        prom_span all[PROM_PLACES_MAX];
        begin_session(test, &it, counts[i]);
        const size_t count = prom_signing_count(it.at[0]);
        assert_int_equal(count, it.tree->tx_count - 1);
        sign_tree(test, &it);
        for (size_t place = 0; place < it.count; place++) {
            assert_true(prom_signing_is_complete(it.at[place]));
            assert_int_equal(it.nonces[place].length, 66 * count);
            assert_int_equal(it.partials[place].length, 32 + 32 * count);
            assert_ok(prom_signing_write(&test->arena, &all[place], it.at[place], &test->error), &test->error);
            assert_int_equal(all[place].length, 64 * count);
            assert_true(prom_span_equal(all[place], all[0]));
        }
        for (size_t j = 0; j < count; j++) {
            const prom_tree_tx *tx = &it.tree->tx[1 + j];
            prom_signature signature;
            prom_bytes32 hash;
            memcpy(signature.bytes, all[0].data + 64 * j, 64);
            assert_ok(prom_tree_sighash(&test->arena, &hash, tx, 0, &test->error), &test->error);
            const prom_bytes32 *key = tx->leaf[0] == PROM_KEY_PATH ? &it.tree->output[tx->spends].descriptor->output_key
                                                                   : &it.tree->all.public_key;
            assert_true(prom_signature_valid(test->curve, &signature, prom_span_of32(&hash), key));
        }
        close_session(&it);
    }
}

/* One step after the other: nothing can be had before what it is made of is there. */
static void steps_keep_their_order(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_span bytes;
    size_t culprit = 0;
    begin_session(test, &it, 3);
    for (size_t from = 0; from < it.count; from++) {
        assert_false(prom_signing_has_nonces(it.at[0]));
        assert_fails(prom_signing_give_partials(&test->arena, it.at[0], &bytes, &culprit, &test->error),
                     PROM_CATEGORY_MISUSE, &test->error, "partial signatures were asked for before all nonces");
        assert_int_equal(culprit, PROM_PLACES_MAX);
        give_nonces(test, &it, from);
        if (from != 0) {
            assert_ok(take_nonces(test, &it, 0, from, it.nonces[from]), &test->error);
        }
    }
    assert_true(prom_signing_has_nonces(it.at[0]));
    exchange_nonces(test, &it);
    for (size_t from = 0; from < it.count; from++) {
        assert_false(prom_signing_has_partials(it.at[0]));
        assert_fails(prom_signing_complete(it.at[0], &culprit, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                     "before all parts were there");
        give_partials(test, &it, from);
        if (from != 0) {
            assert_ok(take_partials(test, &it, 0, from, it.partials[from]), &test->error);
        }
    }
    assert_fails(prom_signing_write(&test->arena, &bytes, it.at[0], &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "not complete");
    assert_ok(prom_signing_complete(it.at[0], NULL, &test->error), &test->error);
    assert_ok(prom_signing_complete(it.at[0], NULL, &test->error), &test->error);
    close_session(&it);
}

/* A place that has everybody else's partial signatures and has made none itself holds nothing that it could put
 * together. */
static void own_part_comes_first(void **state)
{
    fixture *test = *state;
    struct session it;
    begin_partials(test, &it);
    for (size_t from = 1; from < it.count; from++) {
        give_partials(test, &it, from);
        assert_ok(take_partials(test, &it, 0, from, it.partials[from]), &test->error);
    }
    assert_fails(prom_signing_complete(it.at[0], NULL, &test->error), PROM_CATEGORY_MISUSE, &test->error, "before all");
    assert_false(prom_signing_is_complete(it.at[0]));
    close_session(&it);
}

/* A nonce makes one signature, ever: what is asked for twice is the same bytes, with whatever randomness; once the
 * session is over there is nothing. Two signatures with one nonce would give the secret key away. */
static void nonces_are_good_once(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_span again;
    prom_bytes32 other = named("other randomness", 0);
    begin_session(test, &it, 3);
    const prom_key *key = joint_key_of(&it.cast, 0);
    give_nonces(test, &it, 0);
    assert_ok(prom_signing_give_nonces(&test->arena, it.at[0], &again, key, &other, &test->error), &test->error);
    assert_true(prom_span_equal(again, it.nonces[0]));
    exchange_nonces(test, &it);
    give_partials(test, &it, 0);
    assert_ok(prom_signing_give_partials(&test->arena, it.at[0], &again, NULL, &test->error), &test->error);
    assert_true(prom_span_equal(again, it.partials[0]));
    assert_ok(prom_signing_give_nonces(&test->arena, it.at[0], &again, key, &other, &test->error), &test->error);
    assert_true(prom_span_equal(again, it.nonces[0]));
    prom_signing_wipe(it.at[0]);
    assert_fails(prom_signing_give_partials(&test->arena, it.at[0], &again, NULL, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "this signing session is over");
    assert_fails(prom_signing_give_nonces(&test->arena, it.at[0], &again, key, &other, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "this signing session is over");
    close_session(&it);
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

/* What comes late can do nothing to signatures that are complete. */
static void complete_signatures_stay(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_span before;
    prom_span after;
    begin_signed(test, &it);
    uint8_t *nonces = copy_of(test, it.nonces[1]);
    uint8_t *partials = copy_of(test, it.partials[1]);
    nonces[3] ^= 1;
    partials[3] ^= 1;
    assert_ok(prom_signing_write(&test->arena, &before, it.at[0], &test->error), &test->error);
    assert_fails(take_nonces(test, &it, 0, 1, prom_span_of(nonces, nonces_bytes(&it))), PROM_CATEGORY_PEER,
                 &test->error, "the worker sent other nonces than before");
    assert_fails(take_partials(test, &it, 0, 1, prom_span_of(partials, partials_bytes(&it))), PROM_CATEGORY_PEER,
                 &test->error, "the worker sent other partial signatures than before");
    assert_true(prom_signing_is_complete(it.at[0]));
    assert_ok(prom_signing_write(&test->arena, &after, it.at[0], &test->error), &test->error);
    assert_true(prom_span_equal(before, after));
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

static void nobody_takes_from_itself_or_from_nobody(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_signing *signing = NULL;
    begin_partials(test, &it);
    give_partials(test, &it, 0);
    assert_fails(take_nonces(test, &it, 0, 0, it.nonces[0]), PROM_CATEGORY_MISUSE, &test->error,
                 "there is nobody to take nonces from at place 0");
    assert_fails(take_partials(test, &it, 0, 0, it.partials[0]), PROM_CATEGORY_MISUSE, &test->error,
                 "there is nobody to take partial signatures from at place 0");
    assert_fails(take_partials(test, &it, 0, it.count, it.partials[0]), PROM_CATEGORY_MISUSE, &test->error,
                 "there is nobody");
    assert_fails(prom_signing_new(test->curve, &test->arena, &signing, &it.terms, it.tree, it.count, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "there is no place 6 in a contract of 6");
    prom_bytes32 randomness = named("randomness", 9);
    assert_ok(prom_signing_new(test->curve, &test->arena, &signing, &it.terms, it.tree, 0, &test->error), &test->error);
    assert_fails(prom_signing_give_nonces(&test->arena, signing, &it.nonces[0], joint_key_of(&it.cast, 1), &randomness,
                                          &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "this is not the joint key of the client");
    close_session(&it);
}

/* What was written is loaded by another process, and every bit of it is checked. */
static void complete_signatures_are_kept(void **state)
{
    fixture *test = *state;
    struct session it;
    struct session later;
    prom_span stored;
    prom_span loaded;
    begin_signed(test, &it);
    assert_ok(prom_signing_write(&test->arena, &stored, it.at[3], &test->error), &test->error);
    begin_session(test, &later, 3);
    for (size_t i = 0; i < stored.length; i += 61) {
        uint8_t *spoilt = copy_of(test, stored);
        char expected[96];
        spoilt[i] ^= 4;
        (void)snprintf(expected, sizeof expected, "the stored signature of %s is not valid",
                       it.tree->tx[1 + i / 64].name);
        assert_fails(prom_signing_load(later.at[3], prom_span_of(spoilt, stored.length), &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error, expected);
        assert_false(prom_signing_is_complete(later.at[3]));
    }
    assert_fails(prom_signing_load(later.at[3], prom_span_of(stored.data, stored.length - 64), &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "896 bytes of signatures cannot be loaded, where 960 belong");
    assert_ok(prom_signing_load(later.at[3], stored, &test->error), &test->error);
    assert_true(prom_signing_is_complete(later.at[3]));
    assert_ok(prom_signing_write(&test->arena, &loaded, later.at[3], &test->error), &test->error);
    assert_true(prom_span_equal(stored, loaded));
    (void)finish_branch(test, &later, 3, &later.tree->tx[PROM_TX6]);
    assert_fails(prom_signing_load(later.at[3], stored, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "cannot be loaded");
}

static prom_result finish(fixture *test, const struct session *it, const prom_tree_tx *tx, const prom_publication *with)
{
    prom_tx *finished = NULL;
    return prom_signing_finish(&test->arena, &finished, it->at[4], tx, with, &test->error);
}

/* Every branch is published with what it waits for and with no less; what it does not wait for is not looked at. */
static void what_is_missing_is_said(void **state)
{
    fixture *test = *state;
    struct session it;
    begin_signed(test, &it);
    for (size_t i = PROM_TX1; i < it.tree->tx_count; i++) {
        const prom_tree_tx *tx = &it.tree->tx[i];
        const prom_signature V = sign_branch(test, tx, &it.cast.party[PROM_PARTY_V]);
        const prom_signature Y = sign_branch(test, tx, &it.cast.Y);
        const prom_publication whole = {&V, &Y, &it.cast.h_p, &it.cast.k_p};
        for (unsigned without = 0; without < 16; without++) {
            const prom_publication with = {(without & PROM_WAITS_V) != 0 ? NULL : &V,
                                           (without & PROM_WAITS_Y) != 0 ? NULL : &Y,
                                           (without & PROM_WAITS_H_P) != 0 ? NULL : &it.cast.h_p,
                                           (without & PROM_WAITS_K_P) != 0 ? NULL : &it.cast.k_p};
            const prom_result result = finish(test, &it, tx, &with);
            if ((without & tx->waits_for) == 0) {
                assert_ok(result, &test->error);
            } else {
                assert_fails(result, PROM_CATEGORY_BAD_INPUT, &test->error, ", which is not there");
            }
        }
        prom_publication wrong = whole; /* each the other's */
        wrong.V = &Y;
        wrong.Y = &V;
        wrong.h_p = &it.cast.k_p;
        wrong.k_p = &it.cast.h_p;
        const prom_result result = finish(test, &it, tx, &wrong);
        assert_true(tx->waits_for == 0 ? prom_is_ok(result) : result.category == PROM_CATEGORY_BAD_INPUT);
    }
}

static void sentences_name_what_is_missing(void **state)
{
    fixture *test = *state;
    struct session it;
    const prom_publication nothing = {NULL, NULL, NULL, NULL};
    begin_signed(test, &it);
    const prom_tree_tx *tx = it.tree->tx;
    const prom_signature V = sign_branch(test, &tx[PROM_TX4], &it.cast.party[PROM_PARTY_V]);
    const prom_publication verdict = {&V, NULL, NULL, NULL};
    const prom_publication wrong = {&V, NULL, &it.cast.k_p, NULL};
    assert_fails(finish(test, &it, &tx[PROM_TX4], &nothing), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "Tx4 waits for the verifier's signature, which is not there");
    assert_fails(finish(test, &it, &tx[PROM_TX4], &verdict), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "Tx4 waits for h_p, which is not there");
    assert_fails(finish(test, &it, &tx[PROM_TX4], &wrong), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "Tx4: it needs the preimage of ");
    assert_fails(finish(test, &it, &tx[PROM_TXV0], &verdict), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "the verifier's signature of TxV0 is not valid"); /* the verdict r = 1 is not r = 0 */
    assert_fails(finish(test, &it, &tx[PROM_TXA], &nothing), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "TxA waits for k_p, which is not there");
    assert_fails(finish(test, &it, &tx[PROM_TREE_NAMED], &nothing), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "Tx7[1,2] waits for the arbiters' joint signature, which is not there");
    assert_fails(finish(test, &it, &tx[PROM_TX0], &nothing), PROM_CATEGORY_MISUSE, &test->error,
                 "Tx0 is no branch of the tree");
    begin_session(test, &it, 3);
    assert_fails(finish(test, &it, &it.tree->tx[PROM_TX1], &nothing), PROM_CATEGORY_MISUSE, &test->error,
                 "the signatures of the tree are not complete");
}

/* E7. V said r = 1 and W, in league with C, sits still until Tx3 pays it at V's cost. V needs nobody for Tx4: its own
 * signature, h_p out of E_V, ALL's that it has held since the setup. */
static void verifier_completes_tx4_alone(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_tx *tx4 = NULL;
    begin_signed(test, &it);
    const prom_signature verdict = sign_branch(test, &it.tree->tx[PROM_TX4], &it.cast.party[PROM_PARTY_V]);
    const prom_publication own = {&verdict, NULL, &it.cast.h_p, NULL};
    assert_ok(prom_signing_finish(&test->arena, &tx4, it.at[PROM_PARTY_V], &it.tree->tx[PROM_TX4], &own, &test->error),
              &test->error);
    assert_int_equal(tx4->inputs[0].witness_count, 5);
    assert_int_equal(prom_tree_lock(&it.tree->tx[PROM_TX4], 0), 0);
    assert_int_equal(prom_tree_lock(&it.tree->tx[PROM_TX3], 0), it.terms.P.t2);
}

/* E9, E18. No branch waits for an arbiter's own signature, for C or for W, but for the preimages that W reveals: once
 * the tree is signed, whoever holds it needs nobody whose coins it moves. */
static void nobody_can_hold_the_tree_up(void **state)
{
    fixture *test = *state;
    struct session it;
    const prom_publication nothing = {NULL, NULL, NULL, NULL};
    begin_signed(test, &it);
    for (size_t place = 0; place < it.count; place++) {
        static const prom_tree_id by_time_alone[] = {PROM_TX1, PROM_TX5, PROM_TX6};
        for (size_t i = 0; i < COUNT_OF(by_time_alone); i++) {
            prom_tx *finished = NULL;
            assert_ok(prom_signing_finish(&test->arena, &finished, it.at[place], &it.tree->tx[by_time_alone[i]],
                                          &nothing, &test->error),
                      &test->error);
        }
    }
    for (size_t i = PROM_TX1; i < it.tree->tx_count; i++) {
        assert_int_equal(it.tree->tx[i].tx->input_count, 1); /* no stake that its owner could spend elsewhere */
    }
}

/* What a place sends of Tx0 is 64 bytes for each of its inputs: no witness but the one that was weighed can come of it.
 */
static void tx0_takes_one_signature_for_each_input(void **state)
{
    fixture *test = *state;
    struct session it;
    prom_span signatures[PROM_PLACES_MAX];
    prom_tx *tx = NULL;
    size_t weight = 0;
    begin_session(test, &it, 3);
    for (size_t place = 0; place < it.count; place++) {
        signatures[place] = sign_tx0_inputs(test, &it.cast, &it.terms, it.tree, place);
        uint8_t *garbage = calloc(1, 500);
        assert_non_null(garbage);
        memcpy(garbage, signatures[place].data, 64);
        static const size_t lengths[] = {0, 63, 65, 128, 500}; /* 65: with a type of signature hash behind */
        for (size_t i = 0; i < COUNT_OF(lengths); i++) {
            char name[PROM_PLACE_NAME];
            char expected[96];
            uint8_t *exact = exact_copy(garbage, lengths[i]);
            (void)snprintf(expected, sizeof expected, "%s sent %zu bytes of signatures of Tx0 instead of 64",
                           prom_place_name(name, place), lengths[i]);
            assert_fails(prom_tx0_check(test->curve, &test->arena, &it.terms, it.tree, place,
                                        prom_span_of(exact, lengths[i]), &test->error),
                         PROM_CATEGORY_PEER, &test->error, expected);
            free(exact);
        }
        garbage[40] ^= 1;
        assert_fails(prom_tx0_check(test->curve, &test->arena, &it.terms, it.tree, place, prom_span_of(garbage, 64),
                                    &test->error),
                     PROM_CATEGORY_PEER, &test->error, "the signature of Tx0's input ");
        free(garbage);
        assert_fails(prom_tx0_check(test->curve, &test->arena, &it.terms, it.tree, (place + 1) % it.count,
                                    signatures[place], &test->error),
                     PROM_CATEGORY_PEER, &test->error, "is not valid");
    }
    assert_fails(prom_tx0_check(test->curve, &test->arena, &it.terms, it.tree, it.count, signatures[0], &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "there is no place 6");
    assert_ok(prom_tx0_finish(&test->arena, &tx, &it.terms, it.tree, signatures, &test->error), &test->error);
    assert_ok(prom_tx_weight(&test->arena, &weight, tx, &test->error), &test->error);
    assert_int_equal(weight, it.tree->tx[PROM_TX0].weight);
    close_session(&it);
}

static void places_have_names_and_keys(void **state)
{
    fixture *test = *state;
    struct session it = {.cast = make_cast(test)};
    it.terms = valid_terms(test, &it.cast, 9);
    char name[PROM_PLACE_NAME];
    assert_string_equal(prom_place_name(name, PROM_PARTY_C), "the client");
    assert_string_equal(prom_place_name(name, PROM_PARTY_W), "the worker");
    assert_string_equal(prom_place_name(name, PROM_PARTY_V), "the verifier");
    assert_string_equal(prom_place_name(name, PROM_PARTIES), "arbiter 1");
    assert_string_equal(prom_place_name(name, PROM_PLACES_MAX - 1), "arbiter 9");
    assert_true(prom_bytes32_equal(prom_place_key(&it.terms, PROM_PARTY_W), &it.cast.party[PROM_PARTY_W].public_key));
    assert_true(prom_bytes32_equal(prom_place_key(&it.terms, PROM_PLACES_MAX - 1), &it.cast.arbiter[8].public_key));
    assert_true(prom_bytes32_equal(prom_place_joint_key(&it.terms, PROM_PARTY_V),
                                   &it.cast.party_joint[PROM_PARTY_V].public_key));
    assert_true(
        prom_bytes32_equal(prom_place_joint_key(&it.terms, PROM_PARTIES), &it.cast.arbiter_joint[0].public_key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(everybody_signs_the_whole_tree),
        FIXTURE_TEST(steps_keep_their_order),
        FIXTURE_TEST(own_part_comes_first),
        FIXTURE_TEST(nonces_are_good_once),
        FIXTURE_TEST(second_nonces_of_a_sender_end_the_session),
        FIXTURE_TEST(second_partials_of_a_sender_end_the_session),
        FIXTURE_TEST(complete_signatures_stay),
        FIXTURE_TEST(bad_nonces_name_their_sender),
        FIXTURE_TEST(bad_partials_name_their_sender),
        FIXTURE_TEST(what_adds_up_is_good),
        FIXTURE_TEST(who_was_sent_other_nonces_is_not_blamed),
        FIXTURE_TEST(wrong_lengths_are_refused),
        FIXTURE_TEST(nobody_takes_from_itself_or_from_nobody),
        FIXTURE_TEST(complete_signatures_are_kept),
        FIXTURE_TEST(what_is_missing_is_said),
        FIXTURE_TEST(sentences_name_what_is_missing),
        FIXTURE_TEST(verifier_completes_tx4_alone),
        FIXTURE_TEST(nobody_can_hold_the_tree_up),
        FIXTURE_TEST(tx0_takes_one_signature_for_each_input),
        FIXTURE_TEST(places_have_names_and_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
