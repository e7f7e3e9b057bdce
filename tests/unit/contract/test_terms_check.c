#include "contract/cast.h"

static void refused(fixture *test, const prom_terms *terms, bool full, const char *sentence)
{
    if (!full) {
        assert_fails(prom_terms_check_base(test->curve, terms, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                     sentence);
    } else {
        assert_ok(prom_terms_check_base(test->curve, terms, &test->error), &test->error);
    }
    assert_fails(prom_terms_check(test->curve, terms, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
}

static void valid_terms_are_accepted(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    for (uint8_t n = PROM_ARBITERS_MIN; n <= PROM_ARBITERS_MAX; n++) {
        const prom_terms terms = valid_terms(test, &cast, n);
        assert_ok(prom_terms_check_base(test->curve, &terms, &test->error), &test->error);
        assert_ok(prom_terms_check(test->curve, &terms, &test->error), &test->error);
    }
}

/* The valid terms with one thing changed, and what is said of them. */
#define REFUSED(full, change, sentence)                                                                                \
    do {                                                                                                               \
        prom_terms terms = valid_terms(test, &cast, 3);                                                                \
        change;                                                                                                        \
        refused(test, &terms, (full), (sentence));                                                                     \
    } while (0)

/* ... and that nothing is said. */
#define ACCEPTED(change)                                                                                               \
    do {                                                                                                               \
        prom_terms terms = valid_terms(test, &cast, 3);                                                                \
        change;                                                                                                        \
        assert_ok(prom_terms_check(test->curve, &terms, &test->error), &test->error);                                  \
    } while (0)

static void kinds_are_known(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    static const uint8_t challenge[] = {0x51};
    REFUSED(false, terms.genesis.bytes[0] ^= 1,
            "this program does not know the chain of the terms, with genesis block 0f9");
    REFUSED(false, terms.signet_challenge = prom_span_of(challenge, 1), "and a challenge of 1 bytes");
    REFUSED(false, terms.frost_revision = 2, "revision 2 of FROST signing (BIP 445), and this program has revision 1");
    REFUSED(false, terms.dkg_revision = 0, "revision 0 of ChillDKG, and this program has revision 1");
    REFUSED(false, terms.flags = 0x80, "the terms have the flags 80, and this program knows none");
    REFUSED(false, terms.k_h = terms.h, "h and k_h are the same");
    REFUSED(false, terms.P.t1 = 1, "t1 is 1, and at least 7 is needed: 3s + 1");
    REFUSED(false, terms.c = terms.P.w, "c is 2000000 sat, and at most 1999999 is allowed");
    REFUSED(false, terms.retainer = prom_amount_of(400000), "[beta v] is 1250000 sat, and at least 2100000 is needed");
}

static void numbers_have_bounds(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    REFUSED(false, terms.feerate = 0, "the feerate in sat/vB is 0, and at least 1 is needed");
    ACCEPTED(terms.feerate = PROM_FEERATE_MAX);
    REFUSED(false, terms.feerate = PROM_FEERATE_MAX + 1,
            "the feerate in sat/vB is 10001, and at most 10000 is allowed");
    REFUSED(false, terms.job.items = 0, "the number of items is 0, and at least 1 is needed");
    REFUSED(false, terms.job.program_bytes = 0, "the program's size in bytes is 0, and at least 1");
    REFUSED(false, terms.job.input_bytes = 0, "the input's size in bytes is 0, and at least 1");
    ACCEPTED(terms.job.program_bytes = PROM_PAYLOAD_MAX - 2000);
    REFUSED(false, terms.job.program_bytes = PROM_PAYLOAD_MAX + 1,
            "the program's size in bytes is 1073741825, and at most 1073741824 is allowed");
    REFUSED(false, terms.job.program_bytes = PROM_PAYLOAD_MAX - 1999,
            "the input's size in bytes is 2000, and at most 1999 is allowed: 1 GiB together with the program");
    REFUSED(false, terms.job.input_bytes = UINT64_MAX,
            "the input's size in bytes is 18446744073709551615, and at most");
    ACCEPTED(terms.package_max = PROM_PAYLOAD_MAX);
    REFUSED(false, terms.package_max = PROM_PAYLOAD_MAX + 1,
            "the largest package in bytes is 1073741825, and at most 1073741824");
    REFUSED(false, terms.package_max = 0, "the largest package in bytes is 0, and at least 1");
    /* T is 44, t4 is 14 and 6s is 12. */
    ACCEPTED(terms.retention = 70);
    REFUSED(false, terms.retention = 69, "the retention in blocks is 69, and at least 70 is needed: t3 + 2 (t2 - t1)");
    ACCEPTED(terms.retention = 70 + 1008);
    REFUSED(false, terms.retention = 70 + 1009, "the retention in blocks is 1079, and at most 1078 is allowed");
    ACCEPTED(terms.draw_height = 111);
    REFUSED(false, terms.draw_height = 110, "the height of the draw's block is 110, and at least 111 is needed");
    ACCEPTED(terms.draw_height = 142);
    REFUSED(false, terms.draw_height = 143, "the height of the setup's deadline is 145, and at least 146 is needed");
    REFUSED(false, terms.draw_height = UINT32_MAX, "the setup's deadline is 145, and at least 4294967298 is needed");
}

static void coins_have_bounds(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_bytes32 zero = {{0}};
    static const char *const deposits[] = {"1014999 sat, and at least 1015000 is needed: its deposit, c + n rho",
                                           "1999999 sat, and at least 2000000 is needed: its deposit",
                                           "2499999 sat, and at least 2500000 is needed: its deposit"};
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        char sentence[160];
        (void)snprintf(sentence, sizeof sentence, "the %s brings 0 coins, and 1 to 16 are possible",
                       prom_party_name(party));
        REFUSED(false, terms.parties[party].coin_count = 0, sentence);
        (void)snprintf(sentence, sizeof sentence, "the %s brings 17 coins, and 1 to 16 are possible",
                       prom_party_name(party));
        REFUSED(false, terms.parties[party].coin_count = 17, sentence);
        (void)snprintf(sentence, sizeof sentence, "coin 1 of the %s can be spent by nobody", prom_party_name(party));
        REFUSED(false, terms.parties[party].coins[0].key = zero, sentence);
        (void)snprintf(sentence, sizeof sentence, "what the coins of the %s hold is %s", prom_party_name(party),
                       deposits[party]);
        REFUSED(false,
                terms.parties[party].coins[0].value =
                    prom_amount_subtract(prom_terms_deposit(&terms, party), prom_amount_of(1)),
                sentence);
        REFUSED(false, terms.parties[party].coins[0].value = prom_amount_invalid(), "hold is invalid sat");
        if (party != PROM_PARTY_V) {
            (void)snprintf(sentence, sizeof sentence, "the %s has a key to seal h_p for, and only the verifier has one",
                           prom_party_name(party));
            REFUSED(false, terms.parties[party].seal_key = cast.seal.public_key, sentence);
        }
    }
    assert_string_equal(prom_party_name(PROM_PARTIES), "unknown");
    const prom_terms terms = valid_terms(test, &cast, 3);
    assert_false(prom_amount_is_valid(prom_terms_deposit(&terms, PROM_PARTIES)));
}

static void outputs_are_spent_once(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const char *twice = " is to be spent twice";
    REFUSED(false, terms.parties[PROM_PARTY_V].coins[0].outpoint = terms.parties[PROM_PARTY_C].coins[0].outpoint,
            twice);
    REFUSED(true, terms.arbiters[1].offer = terms.parties[PROM_PARTY_W].coins[0].outpoint, twice);
    REFUSED(true, terms.arbiters[1].offer = terms.arbiters[2].offer, twice);
    REFUSED(false,
            (terms.parties[PROM_PARTY_W].coins[1] = terms.parties[PROM_PARTY_W].coins[0],
             terms.parties[PROM_PARTY_W].coin_count = 2),
            twice);
}

/* All keys of the terms, by what they are called; those of the base terms come first. */
enum { PARTY_KEYS = 5, ARBITER_KEYS = 4, BASE_KEYS = 1 + 3 * PARTY_KEYS + 1, KEYS = BASE_KEYS + 1 + 3 * ARBITER_KEYS };

struct key_of_terms {
    char name[48];
    prom_bytes32 *key;
    bool spends; /* outputs of a party, and nothing else */
};

static struct key_of_terms key_of(const char *who, const char *what, prom_bytes32 *key)
{
    struct key_of_terms named = {.key = key};
    named.spends = strcmp(what, "payout") == 0 || strcmp(what, "change") == 0 || strcmp(what, "coin's key") == 0;
    (void)snprintf(named.name, sizeof named.name, "%s's %s", who, what);
    return named;
}

static void keys_of(prom_terms *terms, struct key_of_terms keys[KEYS])
{
    static const char *const parties[] = {"the client", "the worker", "the verifier"};
    size_t count = 0;
    keys[count++] = (struct key_of_terms){"the common fund F", &terms->P.F, false};
    for (size_t i = 0; i < 3; i++) {
        prom_party_terms *party = &terms->parties[i];
        keys[count++] = key_of(parties[i], "key", &party->key);
        keys[count++] = key_of(parties[i], "joint key", &party->joint_key);
        keys[count++] = key_of(parties[i], "payout", &party->payout);
        keys[count++] = key_of(parties[i], "change", &party->change);
        keys[count++] = key_of(parties[i], "coin's key", &party->coins[0].key);
    }
    keys[count++] = key_of("the verifier", "seal key", &terms->parties[PROM_PARTY_V].seal_key);
    keys[count++] = (struct key_of_terms){"the arbiters' joint key Y", &terms->Y, false};
    for (size_t i = 0; i < 3; i++) {
        prom_arbiter_terms *arbiter = &terms->arbiters[i];
        char who[16];
        (void)snprintf(who, sizeof who, "arbiter %zu", i + 1);
        keys[count++] = key_of(who, "key", &arbiter->key);
        keys[count++] = key_of(who, "joint key", &arbiter->joint_key);
        keys[count++] = key_of(who, "offer key", &arbiter->offer_key);
        keys[count++] = key_of(who, "payout", &arbiter->payout);
    }
    assert_int_equal(count, KEYS);
}

/* That keys i and j are not taken when they are the same. */
static void refuse_pair(fixture *test, const prom_terms *terms, bool full, const char *a, const char *b)
{
    char one[160];
    char other[160];
    (void)snprintf(one, sizeof one, "%.48s and %.48s are the same", a, b);
    (void)snprintf(other, sizeof other, "%.48s and %.48s are the same", b, a);
    refused(test, terms, full, "are the same, and each must have its own");
    assert_true(strstr(test->error.sentence, one) != NULL || strstr(test->error.sentence, other) != NULL);
}

/* A coin may have the key of a party's output; an arbiter may speak with the key of its offer; F may be anybody's, as
 * long as no output is paid to both. */
static bool are_excepted(const struct key_of_terms *a, const struct key_of_terms *b)
{
    if (strstr(b->name, "fund") != NULL) {
        return strstr(a->name, "payout") == NULL && strstr(a->name, "change") == NULL;
    }
    const char *coin = "coin's key";
    const size_t who = strcspn(a->name, "'");
    const bool offer = strncmp(a->name, "arbiter", 7) == 0 && strncmp(a->name, b->name, who) == 0 &&
                       strcmp(b->name + who, "'s key") == 0 && strcmp(a->name + who, "'s offer key") == 0;
    return offer || (a->spends && b->spends && (strstr(a->name, coin) != NULL || strstr(b->name, coin) != NULL));
}

static void keys_serve_one_purpose(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    size_t excepted = 0;
    for (size_t i = 0; i < KEYS; i++) {
        for (size_t j = 0; j < i; j++) {
            prom_terms terms = valid_terms(test, &cast, 3);
            struct key_of_terms keys[KEYS];
            keys_of(&terms, keys);
            const bool of_fund = j == 0;
            *keys[of_fund ? j : i].key = *keys[of_fund ? i : j].key; /* P's own check of F speaks of the curve alone */
            if (are_excepted(&keys[i], &keys[j])) {
                assert_ok(prom_terms_check(test->curve, &terms, &test->error), &test->error);
                excepted++;
            } else {
                refuse_pair(test, &terms, i >= BASE_KEYS, keys[j].name, keys[i].name);
            }
        }
    }
    assert_int_equal(excepted, 3 + 3 + 3 * (6 + 3) + (KEYS - 1 - 9));
}

/* A party with many coins at one key. */
static void coins_may_share_a_key(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    prom_terms terms = valid_terms(test, &cast, 9);
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        prom_party_terms *own = &terms.parties[party];
        for (uint32_t i = 1; i < PROM_COINS_MAX; i++) {
            own->coins[i] = own->coins[0];
            own->coins[i].outpoint.index += 10 * i;
        }
        own->coin_count = PROM_COINS_MAX;
    }
    assert_ok(prom_terms_check(test->curve, &terms, &test->error), &test->error);
    terms.parties[PROM_PARTY_V].coins[15].key = terms.Y;
    assert_fails(prom_terms_check(test->curve, &terms, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "the verifier's coin's key and the arbiters' joint key Y are the same");
}

static void keys_are_on_the_curve(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_bytes32 zero = {{0}};
    for (size_t i = 1; i < KEYS; i++) { /* of F P's own check speaks */
        prom_terms terms = valid_terms(test, &cast, 3);
        struct key_of_terms keys[KEYS];
        char sentence[128];
        keys_of(&terms, keys);
        *keys[i].key = zero;
        if (strstr(keys[i].name, "coin's key") != NULL) {
            (void)snprintf(sentence, sizeof sentence, "coin 1 of %.*s can be spent by nobody: its key is not on the",
                           (int)strcspn(keys[i].name, "'"), keys[i].name);
        } else {
            (void)snprintf(sentence, sizeof sentence, "%s is not the x coordinate of a point", keys[i].name);
        }
        refused(test, &terms, i >= BASE_KEYS, sentence);
    }
}

static void there_are_n_arbiters(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    REFUSED(true, terms.arbiter_count = 2, "the terms have 2 arbiters, and n is 3");
    REFUSED(true, terms.arbiter_count = 0, "the terms have 0 arbiters, and n is 3");
    REFUSED(true, terms.arbiter_count = SIZE_MAX, "arbiters, and n is 3");
}

/* Nobody signs with BIP 341's point: a party that named it could say nothing, and everybody's coins would wait. What is
 * paid there is its owner's loss. */
static void keys_that_sign_are_somebodys(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    size_t taken = 0;
    for (size_t i = 1; i < KEYS; i++) {
        prom_terms terms = valid_terms(test, &cast, 3);
        struct key_of_terms keys[KEYS];
        char sentence[128];
        keys_of(&terms, keys);
        *keys[i].key = prom_unspendable_key;
        (void)snprintf(sentence, sizeof sentence, "%.48s is BIP 341's point", keys[i].name);
        if (strstr(keys[i].name, "payout") != NULL || strstr(keys[i].name, "change") != NULL) {
            assert_ok(prom_terms_check(test->curve, &terms, &test->error), &test->error);
            taken++;
        } else {
            refused(test, &terms, i >= BASE_KEYS, sentence);
        }
    }
    assert_int_equal(taken, 3 * 2 + 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(valid_terms_are_accepted),     FIXTURE_TEST(kinds_are_known),
        FIXTURE_TEST(numbers_have_bounds),          FIXTURE_TEST(coins_have_bounds),
        FIXTURE_TEST(outputs_are_spent_once),       FIXTURE_TEST(keys_serve_one_purpose),
        FIXTURE_TEST(keys_that_sign_are_somebodys), FIXTURE_TEST(coins_may_share_a_key),
        FIXTURE_TEST(keys_are_on_the_curve),        FIXTURE_TEST(there_are_n_arbiters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
