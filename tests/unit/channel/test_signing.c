#include "channel/simulation.h"

enum { W = PROM_PARTY_W, V = PROM_PARTY_V, C = PROM_PARTY_C, A = FIRST_ARBITER, ANYBODY = ACTORS_MAX };

/* These bytes as a message of nonces or partial signatures that the actor has signed. */
static prom_span signed_by(struct simulation *sim, size_t actor, prom_message_kind kind, prom_span bytes)
{
    fixture *test = sim->test;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_bytes32 hash;
    prom_span body;
    prom_message_hash(&hash, &sim->actors[C].channel->tree->contract_id, kind, bytes);
    const prom_signature signature = sign_hash(test, sim->actors[actor].key, &hash);
    prom_write_span(&writer, bytes);
    prom_write_span(&writer, prom_span_of(signature.bytes, sizeof signature.bytes));
    assert_ok(prom_writer_finish(&writer, &body, &test->error), &test->error);
    return body;
}

/* What a message holds before its signature, in memory of its own, and as long as `length`. */
static uint8_t *content_of(struct simulation *sim, prom_span body, size_t length)
{
    uint8_t *bytes = new_bytes(&sim->test->arena, length, 1);
    const size_t known = body.length - sizeof(prom_signature);
    memcpy(bytes, body.data, length < known ? length : known);
    return bytes;
}

/* A contract in which `kind` from A to V is lost: V waits for it. The lost message. */
static struct simulation *without(fixture *test, prom_message_kind kind, prom_span *lost)
{
    struct simulation *sim = sim_new(test, 3, 0);
    sim->tampering = (struct tampering){HARM_DROP, kind, A, V, 0};
    sim_start(sim);
    sim_run_until(sim, V, PROM_STAGE_COMPARED);
    while (sim_step(sim)) {
    }
    assert_int_equal(sim->tampered, 1);
    assert_int_equal(sim->actors[V].channel->stage, PROM_STAGE_COMPARED);
    *lost = sim_stored(&sim->actors[A], prom_message_name(kind));
    return sim;
}

/* V takes this from A, and the setup ends for that reason, of which all hear. */
static void ends_setup(struct simulation *sim, prom_message_kind kind, prom_span body, const char *reason)
{
    const struct actor *verifier = &sim->actors[V];
    assert_int_equal(sim_tell_as(sim, A, V, kind, body).category, PROM_CATEGORY_PEER);
    if (strstr(verifier->last_fault.sentence, reason) == NULL) {
        fail_msg("wanted '...%s...'; got '%s'", reason, verifier->last_fault.sentence);
    }
    prom_span partials;
    assert_int_equal(
        prom_signing_give_partials(&sim->test->arena, verifier->channel->signing, &partials, NULL, NULL).category,
        PROM_CATEGORY_MISUSE); /* its nonces are gone */
    sim_run(sim);
    assert_setup_ended(sim);
    assert_string_equal(verifier->reason, verifier->last_fault.sentence);
    assert_non_null(strstr(sim->actors[C].reason, "the verifier refused: "));
    assert_int_equal(verifier->sent[PROM_MESSAGE_TX0_SIGNATURES], 0);
    sim_free(sim);
}

/* The message that was lost, and comes after all, lets the contract go on: in this way all below would. */
static void late_messages_complete(void **state)
{
    static const prom_message_kind kinds[] = {PROM_MESSAGE_NONCES, PROM_MESSAGE_PARTIALS};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        prom_span lost;
        struct simulation *sim = without(*state, kinds[i], &lost);
        const prom_span bytes = prom_span_of(lost.data, lost.length - sizeof(prom_signature));
        const prom_span again = signed_by(sim, A, kinds[i], bytes); /* signed anew, which is as good */
        assert_true(prom_is_ok(sim_tell_as(sim, A, V, kinds[i], again)));
        sim_run(sim);
        assert_settled(sim);
        sim_free(sim);
    }
}

static void wrong_counts_are_refused(void **state)
{
    static const prom_message_kind kinds[] = {PROM_MESSAGE_NONCES, PROM_MESSAGE_PARTIALS};
    static const size_t one[] = {sizeof(prom_musig_nonce), sizeof(prom_musig_partial)};
    for (size_t i = 0; i < 6; i++) {
        const prom_message_kind kind = kinds[i % 2];
        prom_span lost;
        struct simulation *sim = without(*state, kind, &lost);
        const size_t right = lost.length - sizeof(prom_signature);
        const size_t lengths[] = {right - one[i % 2], right + one[i % 2], 1};
        const size_t length = lengths[i / 2];
        const prom_span bytes = prom_span_of(content_of(sim, lost, length), length);
        ends_setup(sim, kind, signed_by(sim, A, kind, bytes), "arbiter 1 sent ");
    }
}

/* Everybody's word counts under its own key only: not unsigned, nor by another, nor of another kind. */
static void words_are_signed(void **state)
{
    static const prom_message_kind kinds[] = {PROM_MESSAGE_NONCES, PROM_MESSAGE_PARTIALS};
    static const char *const reasons[] = {"the nonces of arbiter 1 are not signed by it",
                                          "the partials of arbiter 1 are not signed by it"};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        for (size_t kind = 0; kind < 5; kind++) {
            prom_span lost;
            struct simulation *sim = without(*state, kinds[i], &lost);
            const prom_span bytes = prom_span_of(lost.data, lost.length - sizeof(prom_signature));
            const prom_span bodies[] = {bytes, signed_by(sim, W, kinds[i], bytes),
                                        signed_by(sim, A, kinds[1 - i], bytes),
                                        prom_span_of(lost.data, sizeof(prom_signature)), prom_span_of(lost.data, 0)};
            ends_setup(sim, kinds[i], bodies[kind], reasons[i]);
        }
    }
}

/* Nonces that are not those that were sent before, well signed: whoever could make us use both would have our key. */
static void second_nonces_end_the_setup(void **state)
{
    prom_span lost;
    struct simulation *sim = without(*state, PROM_MESSAGE_PARTIALS, &lost); /* all nonces are there */
    const prom_span nonces = sim_stored(&sim->actors[A], "nonces");
    const size_t length = nonces.length - sizeof(prom_signature);
    uint8_t *other = content_of(sim, nonces, length);
    const size_t given = sim->actors[V].sent[PROM_MESSAGE_PARTIALS];
    assert_true(prom_is_ok(sim_tell_as(sim, A, V, PROM_MESSAGE_NONCES, nonces))); /* the same are not news */
    assert_int_equal(sim->actors[V].channel->stage, PROM_STAGE_COMPARED);
    assert_int_equal(sim->actors[V].sent[PROM_MESSAGE_PARTIALS], given);
    memcpy(other, other + sizeof(prom_musig_nonce), sizeof(prom_musig_nonce)); /* points, and others */
    ends_setup(sim, PROM_MESSAGE_NONCES, signed_by(sim, A, PROM_MESSAGE_NONCES, prom_span_of(other, length)),
               "arbiter 1 sent other nonces than before");
}

static void second_partials_end_the_setup(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_PARTIALS, A + 1, V, 0};
    sim_start(sim);
    sim_run_until(sim, V, PROM_STAGE_COMPARED);
    while (sim_step(sim)) {
    }
    const prom_span partials = sim_stored(&sim->actors[A], "partials");
    const size_t length = partials.length - sizeof(prom_signature);
    uint8_t *other = content_of(sim, partials, length);
    other[length - 1] ^= 1;
    assert_true(prom_is_ok(sim_tell_as(sim, A, V, PROM_MESSAGE_PARTIALS, partials)));
    ends_setup(sim, PROM_MESSAGE_PARTIALS, signed_by(sim, A, PROM_MESSAGE_PARTIALS, prom_span_of(other, length)),
               "arbiter 1 sent other partial signatures than before");
}

/* A partial signature that is none, and one that was made with other nonces: the setup ends, and the sender of a bad
 * one is named. */
static void bad_partials_name_their_sender(void **state)
{
    for (size_t i = 0; i < 3; i++) {
        prom_span lost;
        struct simulation *sim = without(*state, PROM_MESSAGE_PARTIALS, &lost);
        const size_t length = lost.length - sizeof(prom_signature);
        uint8_t *bytes = content_of(sim, lost, length);
        const size_t at[] = {sizeof(prom_bytes32) + 31, length - 1, 0}; /* of the first; of the last; of the digest */
        bytes[at[i]] ^= 1;
        ends_setup(sim, PROM_MESSAGE_PARTIALS, signed_by(sim, A, PROM_MESSAGE_PARTIALS, prom_span_of(bytes, length)),
                   i < 2 ? "arbiter 1" : "nonces");
    }
}

/* A nonce that is no point of the curve: seen before anything is signed with it. */
static void nonces_that_are_no_points_name_their_sender(void **state)
{
    prom_span lost;
    struct simulation *sim = without(*state, PROM_MESSAGE_NONCES, &lost);
    const size_t length = lost.length - sizeof(prom_signature);
    uint8_t *bytes = content_of(sim, lost, length);
    memset(bytes + sizeof(prom_musig_nonce), 0xff, 33);
    assert_int_equal(sim->actors[V].sent[PROM_MESSAGE_PARTIALS], 0);
    ends_setup(sim, PROM_MESSAGE_NONCES, signed_by(sim, A, PROM_MESSAGE_NONCES, prom_span_of(bytes, length)),
               "arbiter 1");
}

/* Each of these twice: it changes nothing. */
static void messages_may_come_twice(void **state)
{
    static const prom_message_kind kinds[] = {PROM_MESSAGE_DIGEST, PROM_MESSAGE_NONCES, PROM_MESSAGE_PARTIALS,
                                              PROM_MESSAGE_TX0_SIGNATURES, PROM_MESSAGE_RECEIPT};
    for (uint64_t seed = 0; seed < 4; seed++) {
        for (size_t i = 0; i < COUNT_OF(kinds); i++) {
            struct simulation *sim = sim_new(*state, 3, seed);
            sim->tampering = (struct tampering){HARM_TWICE, kinds[i], ANYBODY, ANYBODY, 0};
            sim_start(sim);
            sim_run(sim);
            assert_settled(sim);
            sim_free(sim);
            assert_int_equal(fixture_free(state), 0);
            assert_int_equal(fixture_make(state), 0);
        }
    }
}

/* The complete signatures are on the disk before Tx0 is signed, and nobody's of Tx0 is given before the tree is. */
static void signatures_are_stored_before_tx0_is_signed(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim_start(sim);
    sim_run(sim);
    assert_settled(sim);
    const prom_span first = sim_stored(&sim->actors[C], "signatures");
    assert_int_equal(first.length, 64 * prom_signing_count(sim->actors[C].channel->signing));
    for (size_t i = 0; i < sim->actor_count; i++) {
        const struct actor *actor = &sim->actors[i];
        size_t complete = STORED_MAX;
        size_t signed_at = STORED_MAX;
        for (size_t j = 0; j < actor->stored_count; j++) {
            complete = strcmp(actor->stored[j].name, "signatures") == 0 ? j : complete;
            signed_at = strcmp(actor->stored[j].name, i == C ? "Tx0" : "tx0-signatures") == 0 ? j : signed_at;
        }
        assert_true(complete < signed_at && signed_at < STORED_MAX);
        assert_true(prom_span_equal(sim_stored(actor, "signatures"), first)); /* all hold the same */
    }
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(late_messages_complete),
        FIXTURE_TEST(wrong_counts_are_refused),
        FIXTURE_TEST(words_are_signed),
        FIXTURE_TEST(second_nonces_end_the_setup),
        FIXTURE_TEST(second_partials_end_the_setup),
        FIXTURE_TEST(bad_partials_name_their_sender),
        FIXTURE_TEST(nonces_that_are_no_points_name_their_sender),
        FIXTURE_TEST(messages_may_come_twice),
        FIXTURE_TEST(signatures_are_stored_before_tx0_is_signed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
