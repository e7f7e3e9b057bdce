#include "support.h"

#include "prometheus/crypto/musig.h"

#define MAX PROM_MUSIG_SIGNERS_MAX
#define ORDER "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"

/* What the nonces are made for. */
static const prom_bytes32 BOUND = {{1, 2, 3}};

/* Signers of whom the test knows all secrets, each with one nonce for each of some messages. */
struct party {
    size_t count;
    size_t messages;
    prom_key keys[MAX];
    prom_musig_key all;
    prom_musig_nonces *secrets[MAX];
    prom_musig_nonce *nonces[MAX];
    uint64_t random;
};

static void make_party(fixture *test, struct party *party, size_t count, size_t messages)
{
    prom_bytes32 publics[MAX];
    *party = (struct party){.count = count, .messages = messages, .random = 1000 * count + messages};
    for (size_t i = 0; i < count; i++) {
        party->keys[i] = random_key(test, &party->random);
        publics[i] = party->keys[i].public_key;
    }
    assert_ok(prom_musig_key_new(test->curve, &party->all, publics, count, &test->error), &test->error);
    for (size_t i = 0; i < count; i++) {
        void *memory = NULL;
        prom_bytes32 randomness = random_bytes32(&party->random);
        assert_ok(prom_arena_alloc(&test->arena, &memory, messages, sizeof(prom_musig_nonce), &test->error),
                  &test->error);
        party->nonces[i] = memory;
        assert_ok(prom_musig_nonces_new(&test->arena, test->curve, &party->secrets[i], party->nonces[i], messages,
                                        &(prom_musig_signer){&party->keys[i], &party->all, &BOUND, &randomness},
                                        &test->error),
                  &test->error);
    }
}

static void wipe_party(struct party *party)
{
    for (size_t i = 0; i < party->count; i++) {
        prom_musig_nonces_wipe(party->secrets[i]);
    }
}

/* The session of a message, under one tweak of the signers' key or none. */
static prom_musig_session session_of(fixture *test, const struct party *party, const prom_musig_key *key,
                                     size_t message, const prom_bytes32 *bytes)
{
    prom_musig_nonce nonces[MAX];
    prom_musig_nonce sum;
    prom_musig_session session;
    size_t culprit = 0;
    for (size_t i = 0; i < party->count; i++) {
        nonces[i] = party->nonces[i][message];
    }
    assert_ok(prom_musig_nonce_sum(test->curve, &sum, &culprit, nonces, party->count, &test->error), &test->error);
    assert_int_equal(culprit, party->count);
    assert_ok(prom_musig_session_new(test->curve, &session, key, &sum, bytes, &test->error), &test->error);
    return session;
}

static void sign_all(fixture *test, struct party *party, prom_musig_partial *partials, size_t message,
                     const prom_musig_key *key, const prom_musig_session *session)
{
    for (size_t i = 0; i < party->count; i++) {
        assert_ok(prom_musig_sign(test->curve, &partials[i], party->secrets[i], message, key, session, &test->error),
                  &test->error);
    }
}

/* Every number of signers, their key untweaked and under tweaks on tweaks: the signatures are BIP 340's. */
static void test_signatures(void **state)
{
    enum { MESSAGES = 3 };
    fixture *test = *state;
    for (size_t count = 1; count <= MAX; count++) {
        struct party party;
        make_party(test, &party, count, MESSAGES);
        prom_musig_key key = party.all;
        for (size_t message = 0; message < MESSAGES; message++) {
            const prom_bytes32 bytes = random_bytes32(&party.random);
            const prom_bytes32 tweak = random_bytes32(&party.random);
            const prom_musig_session session = session_of(test, &party, &key, message, &bytes);
            prom_musig_partial partials[MAX];
            prom_signature signature;
            prom_bytes32 tweaked;
            size_t culprit = 0;
            bool odd = false;
            sign_all(test, &party, partials, message, &key, &session);
            for (size_t i = 0; i < count; i++) {
                assert_true(
                    prom_musig_partial_valid(test->curve, &key, &session, i, &party.nonces[i][message], &partials[i]));
            }
            assert_ok(prom_musig_signature(test->curve, &signature, &culprit, &key, &session, partials, &test->error),
                      &test->error);
            assert_int_equal(culprit, count);
            assert_true(prom_signature_valid(test->curve, &signature, prom_span_of32(&bytes), &key.public_key));
            assert_ok(prom_public_key_tweak(test->curve, &tweaked, &odd, &key.public_key, &tweak, &test->error),
                      &test->error);
            assert_ok(prom_musig_key_tweak(test->curve, &key, &key, &tweak, &test->error), &test->error);
            assert_memory_equal(&key.public_key, &tweaked, sizeof tweaked);
        }
        wipe_party(&party);
    }
}

/* The key hangs on who signs, not on the order; signers are numbered as they were given. */
static void test_order(void **state)
{
    enum { COUNT = 5 };
    fixture *test = *state;
    uint64_t random = 7;
    prom_bytes32 publics[COUNT];
    prom_bytes32 backwards[COUNT];
    prom_musig_key key;
    prom_musig_key other;
    for (size_t i = 0; i < COUNT; i++) {
        publics[i] = random_key(test, &random).public_key;
        backwards[COUNT - 1 - i] = publics[i];
    }
    assert_ok(prom_musig_key_new(test->curve, &key, publics, COUNT, &test->error), &test->error);
    assert_ok(prom_musig_key_new(test->curve, &other, backwards, COUNT, &test->error), &test->error);
    assert_memory_equal(&key.public_key, &other.public_key, sizeof key.public_key);
    assert_memory_equal(key.private_state, other.private_state, sizeof key.private_state);
    for (size_t i = 0; i < COUNT; i++) {
        const prom_point plain = prom_point_of_public_key(&publics[i]);
        assert_memory_equal(&key.signers[i], &plain, sizeof plain);
        assert_memory_equal(&other.signers[COUNT - 1 - i], &plain, sizeof plain);
    }
    assert_ok(prom_musig_key_new(test->curve, &other, publics, COUNT - 1, &test->error), &test->error);
    assert_memory_not_equal(&key.public_key, &other.public_key, sizeof key.public_key);
}

static void test_no_key(void **state)
{
    fixture *test = *state;
    uint64_t random = 8;
    const prom_musig_key zeros = {0};
    prom_bytes32 publics[MAX + 1];
    prom_musig_key key;
    prom_musig_key tweaked;
    for (size_t i = 0; i <= MAX; i++) {
        publics[i] = random_key(test, &random).public_key;
    }
    assert_fails(prom_musig_key_new(test->curve, &key, publics, 0, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "0 signers of one key");
    assert_fails(prom_musig_key_new(test->curve, &key, publics, MAX + 1, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "17 signers of one key: there may be 1 to 16");
    memset(&publics[2], 0xff, sizeof publics[2]);
    assert_fails(prom_musig_key_new(test->curve, &key, publics, 3, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "the key of signer 2 of 3 is not a point");
    assert_memory_equal(&key, &zeros, sizeof key);
    assert_ok(prom_musig_key_new(test->curve, &key, publics, 2, &test->error), &test->error);
    const prom_bytes32 order = bytes32_of_hex(ORDER);
    assert_fails(prom_musig_key_tweak(test->curve, &tweaked, &key, &order, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "not below the order");
    assert_memory_equal(&tweaked, &zeros, sizeof tweaked);
    tweaked = key;
    assert_fails(prom_musig_key_tweak(test->curve, &tweaked, &tweaked, &order, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "not below the order");
    assert_memory_equal(&tweaked, &zeros, sizeof tweaked);
}

/* A second partial signature under one nonce, which would give the secret away, cannot be had. */
static void test_used_twice(void **state)
{
    fixture *test = *state;
    const prom_musig_partial zeros = {{0}};
    struct party party;
    prom_musig_partial partial;
    make_party(test, &party, 2, 3);
    const prom_bytes32 message = random_bytes32(&party.random);
    const prom_bytes32 other_message = random_bytes32(&party.random);
    const prom_musig_session session = session_of(test, &party, &party.all, 1, &message);
    const prom_musig_session other = session_of(test, &party, &party.all, 1, &other_message);
    assert_ok(prom_musig_sign(test->curve, &partial, party.secrets[0], 1, &party.all, &session, &test->error),
              &test->error);
    for (size_t i = 0; i < 2; i++) {
        partial.bytes[0] = 1;
        assert_fails(prom_musig_sign(test->curve, &partial, party.secrets[0], 1, &party.all, i == 0 ? &other : &session,
                                     &test->error),
                     PROM_CATEGORY_MISUSE, &test->error, "nonce 1 was used or wiped already");
        assert_memory_equal(&partial, &zeros, sizeof partial);
    }
    assert_ok(prom_musig_sign(test->curve, &partial, party.secrets[0], 0, &party.all, &session, &test->error),
              &test->error);
    assert_fails(prom_musig_sign(test->curve, &partial, party.secrets[0], 3, &party.all, &session, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "nonce 3 of 3");
    prom_musig_nonces_wipe(party.secrets[0]);
    assert_fails(prom_musig_sign(test->curve, &partial, party.secrets[0], 2, &party.all, &session, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "nonce 2 was used or wiped already");
    wipe_party(&party); /* once more is no harm */
    prom_musig_nonces_wipe(NULL);
}

/* A nonce is gone after its first use, also one that came to nothing. */
static void test_refused_use(void **state)
{
    fixture *test = *state;
    struct party party;
    struct party others;
    prom_musig_partial partial;
    make_party(test, &party, 2, 3);
    make_party(test, &others, 3, 1);
    const prom_bytes32 message = random_bytes32(&party.random);
    const prom_musig_session session = session_of(test, &party, &party.all, 0, &message);
    const prom_musig_session foreign = session_of(test, &others, &others.all, 0, &message);
    const prom_musig_session unmade = {0};
    const prom_musig_key no_key = {0};
    prom_musig_nonces *secrets = party.secrets[0];
    assert_fails(prom_musig_sign(test->curve, &partial, secrets, 0, &party.all, &foreign, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "with another key than its own");
    assert_fails(prom_musig_sign(test->curve, &partial, secrets, 0, &party.all, &session, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "was used or wiped already");
    assert_fails(prom_musig_sign(test->curve, &partial, secrets, 1, &others.all, &foreign, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "not among the signers' keys");
    assert_fails(prom_musig_sign(test->curve, &partial, secrets, 2, &no_key, &unmade, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "before it was made");
    assert_fails(prom_musig_sign(test->curve, &partial, party.secrets[1], 0, &party.all, &unmade, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "with another key than its own");
    wipe_party(&party);
    wipe_party(&others);
}

/* What was never made is refused everywhere: libsecp256k1 itself would end the process. */
static void test_unmade(void **state)
{
    fixture *test = *state;
    const prom_musig_key no_key = {0};
    const prom_musig_nonce sum = {{0}};
    const prom_bytes32 bytes = {{1}};
    const prom_musig_partial partial = {{1}};
    prom_musig_key key;
    prom_musig_session session = {0};
    prom_signature signature;
    size_t culprit = 1;
    assert_fails(prom_musig_key_tweak(test->curve, &key, &no_key, &bytes, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "before it was made");
    assert_fails(prom_musig_session_new(test->curve, &session, &no_key, &sum, &bytes, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "before it was made");
    assert_false(prom_musig_partial_valid(test->curve, &no_key, &session, 0, &sum, &partial));
    assert_fails(prom_musig_signature(test->curve, &signature, &culprit, &no_key, &session, &partial, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "before it was made");
    assert_int_equal(culprit, 0);
    assert_fails(prom_musig_nonce_sum(test->curve, &(prom_musig_nonce){{0}}, &culprit, &sum, 0, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "the nonces of 0 signers");
    assert_fails(prom_musig_nonce_sum(test->curve, &(prom_musig_nonce){{0}}, &culprit, &sum, MAX + 1, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "the nonces of 17 signers");
}

static prom_result draw(fixture *test, const prom_key *own, const prom_musig_key *all, prom_bytes32 *randomness,
                        size_t count)
{
    prom_musig_nonce nonces[4];
    prom_musig_nonces *secrets = NULL;
    const prom_result drawn = prom_musig_nonces_new(&test->arena, test->curve, &secrets, nonces, count,
                                                    &(prom_musig_signer){own, all, &BOUND, randomness}, &test->error);
    assert_true(prom_is_ok(drawn) == (secrets != NULL));
    prom_musig_nonces_wipe(secrets);
    return drawn;
}

static void test_strangers(void **state)
{
    fixture *test = *state;
    struct party party;
    make_party(test, &party, 3, 1);
    prom_bytes32 randomness = random_bytes32(&party.random);
    const prom_key stranger = random_key(test, &party.random);
    const prom_musig_key no_key = {0};
    assert_fails(draw(test, &stranger, &party.all, &randomness, 1), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "not among the signers' keys");
    randomness = random_bytes32(&party.random);
    prom_key mixed = party.keys[0];
    mixed.secret = stranger.secret;
    assert_fails(draw(test, &mixed, &party.all, &randomness, 1), PROM_CATEGORY_BROKEN, &test->error,
                 "do not belong together");
    randomness = random_bytes32(&party.random);
    assert_fails(draw(test, &party.keys[0], &no_key, &randomness, 1), PROM_CATEGORY_MISUSE, &test->error,
                 "before it was made");
    assert_fails(draw(test, &party.keys[0], &party.all, &randomness, 0), PROM_CATEGORY_MISUSE, &test->error,
                 "no nonces are asked for");
    wipe_party(&party);
}

/* Randomness is good once; all nonces that come of it are different, and others than those of other randomness. */
static void test_randomness(void **state)
{
    enum { COUNT = 64 };
    fixture *test = *state;
    const prom_bytes32 zeros = {{0}};
    struct party party;
    prom_musig_nonce nonces[2 * COUNT];
    make_party(test, &party, 2, 1);
    prom_bytes32 randomness = zeros;
    for (size_t i = 0; i < 2; i++) {
        prom_musig_nonces *secrets = NULL;
        randomness = random_bytes32(&party.random);
        assert_ok(prom_musig_nonces_new(&test->arena, test->curve, &secrets, nonces + i * COUNT, COUNT,
                                        &(prom_musig_signer){&party.keys[1], &party.all, &BOUND, &randomness},
                                        &test->error),
                  &test->error);
        assert_memory_equal(&randomness, &zeros, sizeof randomness);
        prom_musig_nonces_wipe(secrets);
    }
    for (size_t i = 0; i < COUNT_OF(nonces); i++) {
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(&nonces[i], &nonces[j], 33);
            assert_memory_not_equal(&nonces[i].bytes[33], &nonces[j].bytes[33], 33);
        }
    }
    assert_fails(draw(test, &party.keys[1], &party.all, &randomness, 1), PROM_CATEGORY_MISUSE, &test->error,
                 "without fresh randomness");
    wipe_party(&party);
}

/* A machine gives the same randomness twice, as a copy of it would: the nonces for one thing are not those for another.
 */
static void test_repeated_randomness(void **state)
{
    fixture *test = *state;
    const prom_bytes32 bounds[] = {BOUND, {{1, 2, 4}}, BOUND};
    struct party party;
    prom_musig_nonce nonces[COUNT_OF(bounds)];
    make_party(test, &party, 2, 1);
    const prom_bytes32 repeated = random_bytes32(&party.random);
    for (size_t i = 0; i < COUNT_OF(bounds); i++) {
        prom_musig_nonces *secrets = NULL;
        prom_bytes32 randomness = repeated;
        assert_ok(prom_musig_nonces_new(&test->arena, test->curve, &secrets, &nonces[i], 1,
                                        &(prom_musig_signer){&party.keys[0], &party.all, &bounds[i], &randomness},
                                        &test->error),
                  &test->error);
        prom_musig_nonces_wipe(secrets);
    }
    assert_memory_equal(&nonces[0], &nonces[2], sizeof nonces[0]);
    assert_memory_not_equal(&nonces[0], &nonces[1], 33);
    assert_memory_not_equal(&nonces[0].bytes[33], &nonces[1].bytes[33], 33);
    wipe_party(&party);
}

/* Whether the bytes from `first` to `end` hold this secret. */
static bool holds(const uint8_t *first, const uint8_t *end, const prom_bytes32 *secret)
{
    for (; first + sizeof secret->bytes <= end; first++) {
        if (memcmp(first, secret, sizeof secret->bytes) == 0) {
            return true;
        }
    }
    return false;
}

/* How many bytes were not zero in `before` and are now. */
static size_t zeroed(const uint8_t *before, const uint8_t *now, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        count += before[i] != 0 && now[i] == 0;
    }
    return count;
}

/* The arena, which nobody wipes, holds no secret afterwards: the nonces lie between what was allocated around them. */
static void test_wiped(void **state)
{
    enum { COUNT = 5, SECRET_MIN = 100, SECRET_MAX = 133 }; /* zeroed bytes: some were zero, and there is a mark */
    fixture *test = *state;
    struct party party;
    prom_musig_nonce nonces[COUNT];
    prom_musig_nonces *secrets = NULL;
    prom_musig_partial partial;
    prom_bytes32 even;
    void *first = NULL;
    void *end = NULL;
    make_party(test, &party, 2, 1);
    prom_bytes32 randomness = random_bytes32(&party.random);
    const prom_bytes32 message = random_bytes32(&party.random);
    const prom_musig_session session = session_of(test, &party, &party.all, 0, &message);
    assert_ok(prom_key_even_secret(test->curve, &even, &party.keys[0], &test->error), &test->error);
    assert_ok(prom_arena_alloc(&test->arena, &first, 1, 1, &test->error), &test->error);
    assert_ok(prom_musig_nonces_new(&test->arena, test->curve, &secrets, nonces, COUNT,
                                    &(prom_musig_signer){&party.keys[0], &party.all, &BOUND, &randomness},
                                    &test->error),
              &test->error);
    assert_ok(prom_arena_alloc(&test->arena, &end, 1, 1, &test->error), &test->error);
    const size_t length = (size_t)((uint8_t *)end - (uint8_t *)first);
    assert_in_range(length, COUNT * 2 * 132, 4096);
    uint8_t *before = exact_copy(first, length);
    assert_true(holds(before, before + length, &even));
    assert_ok(prom_musig_sign(test->curve, &partial, secrets, 0, &party.all, &session, &test->error), &test->error);
    const size_t used = zeroed(before, first, length);
    assert_in_range(used, SECRET_MIN, SECRET_MAX);
    assert_fails(prom_musig_sign(test->curve, &partial, secrets, 1, &party.all, &(prom_musig_session){0}, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "with another key than its own");
    assert_in_range(zeroed(before, first, length), used + SECRET_MIN, used + SECRET_MAX);
    prom_musig_nonces_wipe(secrets);
    assert_false(holds(first, end, &even));
    assert_true(zeroed(before, first, length) > COUNT * SECRET_MIN);
    free(before);
    wipe_party(&party);
}

/* Who sent what is wrong is named. */
static void test_culprits(void **state)
{
    enum { COUNT = 4 };
    fixture *test = *state;
    const prom_signature zeros = {{0}};
    struct party party;
    prom_musig_partial partials[COUNT];
    prom_signature signature;
    size_t culprit = 0;
    make_party(test, &party, COUNT, 2);
    const prom_bytes32 message = random_bytes32(&party.random);
    const prom_musig_session session = session_of(test, &party, &party.all, 0, &message);
    const prom_musig_session other = session_of(test, &party, &party.all, 1, &message);
    sign_all(test, &party, partials, 0, &party.all, &session);
    const prom_musig_partial good = partials[2];
    partials[2].bytes[31] ^= 1;
    assert_fails(prom_musig_signature(test->curve, &signature, &culprit, &party.all, &session, partials, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "do not add up");
    assert_int_equal(culprit, COUNT);
    assert_memory_equal(&signature, &zeros, sizeof signature);
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(prom_musig_partial_valid(test->curve, &party.all, &session, i, &party.nonces[i][0], &partials[i]) ==
                    (i != 2));
    }
    assert_false(prom_musig_partial_valid(test->curve, &party.all, &session, COUNT, &party.nonces[2][0], &good));
    assert_false(prom_musig_partial_valid(test->curve, &party.all, &session, MAX, &party.nonces[2][0], &good));
    assert_false(prom_musig_partial_valid(test->curve, &party.all, &session, 2, &party.nonces[2][1], &good));
    assert_false(prom_musig_partial_valid(test->curve, &party.all, &other, 2, &party.nonces[2][0], &good));
    assert_false(
        prom_musig_partial_valid(test->curve, &party.all, &(prom_musig_session){0}, 2, &party.nonces[2][0], &good));
    partials[2] = (prom_musig_partial){{0}};
    const prom_bytes32 order = bytes32_of_hex(ORDER);
    memcpy(partials[2].bytes, order.bytes, sizeof order.bytes);
    assert_fails(prom_musig_signature(test->curve, &signature, &culprit, &party.all, &session, partials, &test->error),
                 PROM_CATEGORY_PEER, &test->error, "the partial signature of signer 2 is not below the order");
    assert_int_equal(culprit, 2);
    partials[2] = good;
    assert_fails(prom_musig_signature(test->curve, &signature, &culprit, &party.all, &(prom_musig_session){0}, partials,
                                      &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "with another key than its own");
    assert_ok(prom_musig_signature(test->curve, &signature, &culprit, &party.all, &session, partials, &test->error),
              &test->error);
    wipe_party(&party);
}

/* Nonces of strangers may be any bytes; two that cancel each other out make infinity, which is no fault yet. */
static void test_hostile_nonces(void **state)
{
    fixture *test = *state;
    struct party party;
    prom_musig_nonce sum;
    prom_musig_session session;
    size_t culprit = 0;
    make_party(test, &party, 2, 1);
    const prom_bytes32 message = random_bytes32(&party.random);
    prom_musig_nonce nonces[2] = {party.nonces[0][0], party.nonces[0][0]};
    nonces[1].bytes[0] ^= 1;
    nonces[1].bytes[33] ^= 1;
    assert_ok(prom_musig_nonce_sum(test->curve, &sum, &culprit, nonces, 2, &test->error), &test->error);
    const prom_musig_nonce infinity = {{0}};
    assert_memory_equal(&sum, &infinity, sizeof sum);
    assert_ok(prom_musig_session_new(test->curve, &session, &party.all, &sum, &message, &test->error), &test->error);
    nonces[1] = infinity;
    assert_fails(prom_musig_nonce_sum(test->curve, &sum, &culprit, nonces, 2, &test->error), PROM_CATEGORY_PEER,
                 &test->error, "the public nonce of signer 1 is not two points");
    assert_int_equal(culprit, 1);
    for (size_t i = 0; i < 200; i++) {
        random_bytes(&party.random, nonces[1].bytes, sizeof nonces[1].bytes);
        nonces[1].bytes[0] = i % 4 == 0 ? nonces[1].bytes[0] : 2;
        nonces[1].bytes[33] = i % 3 == 0 ? nonces[1].bytes[33] : 3;
        const prom_result added = prom_musig_nonce_sum(test->curve, &sum, &culprit, nonces, 2, &test->error);
        const prom_result made =
            prom_musig_session_new(test->curve, &session, &party.all, &nonces[1], &message, &test->error);
        assert_true(prom_is_ok(added) || (added.category == PROM_CATEGORY_PEER && culprit == 1));
        assert_int_equal(made.category, added.category); /* which no zeros are among */
    }
    wipe_party(&party);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_signatures), FIXTURE_TEST(test_order),       FIXTURE_TEST(test_no_key),
        FIXTURE_TEST(test_used_twice), FIXTURE_TEST(test_refused_use), FIXTURE_TEST(test_unmade),
        FIXTURE_TEST(test_strangers),  FIXTURE_TEST(test_randomness),  FIXTURE_TEST(test_repeated_randomness),
        FIXTURE_TEST(test_wiped),      FIXTURE_TEST(test_culprits),    FIXTURE_TEST(test_hostile_nonces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
