#include "channel/simulation.h"

enum { W = PROM_PARTY_W, V = PROM_PARTY_V, C = PROM_PARTY_C, A = FIRST_ARBITER, ANYBODY = ACTORS_MAX };

/* These bytes, a whole message, with the last 64 as the actor would sign the others. */
static prom_span signed_by(struct simulation *sim, size_t actor, prom_message_kind kind, uint8_t *bytes, size_t length)
{
    prom_reader reader = prom_reader_of(prom_span_of(bytes, length));
    const uint32_t attempt = prom_read_u32(&reader);
    prom_bytes32 digest;
    prom_bytes32 hash;
    prom_signing_digest(&digest, (prom_signing_kind)kind, prom_read_span(&reader, reader.left - 64));
    prom_signing_hash(&hash, &sim->actors[C].channel->tree->contract_id, (prom_signing_kind)kind, attempt, &digest);
    const prom_signature signature = sign_hash(sim->test, sim->actors[actor].key, &hash);
    memcpy(bytes + length - 64, signature.bytes, 64);
    return prom_span_of(bytes, length);
}

/* A copy of a message that can be spoilt, as long as `length`. */
static uint8_t *copy_of(struct simulation *sim, prom_span body, size_t length)
{
    uint8_t *bytes = new_bytes(&sim->test->arena, length, 1);
    memcpy(bytes, body.data, length < body.length ? length : body.length);
    return bytes;
}

/* Where the partial signatures begin in a message of six places. */
enum { PARTIALS_AT = 4 + 6 * PROM_SIGNING_VOUCHED_BYTES };

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

/* What V has stored proves that `culprit` is at fault, and nobody has to believe V; PROM_PLACES_MAX: it has no proof.
 */
static void assert_fault(struct simulation *sim, size_t culprit)
{
    fixture *test = sim->test;
    const struct actor *verifier = &sim->actors[V];
    prom_signing_blame blame;
    size_t found = 0;
    assert_int_equal(verifier->channel->culprit, culprit);
    for (size_t i = 0; i < verifier->stored_count; i++) {
        found += strcmp(verifier->stored[i].name, "signing-fault") == 0;
    }
    assert_int_equal(found, culprit != PROM_PLACES_MAX);
    if (found > 0) {
        const prom_channel *client = sim->actors[C].channel;
        assert_ok(prom_signing_judge(test->curve, &test->arena, &blame, &client->terms, client->tree,
                                     sim_stored(verifier, "signing-fault"), &test->error),
                  &test->error);
        assert_int_equal(blame.place, culprit);
    }
}

/* V takes this from A, and the setup ends for that reason, of which all hear; it is `culprit`'s fault. */
static void ends_setup(struct simulation *sim, prom_message_kind kind, prom_span body, const char *reason,
                       size_t culprit)
{
    const struct actor *verifier = &sim->actors[V];
    assert_int_equal(sim_tell_as(sim, A, V, kind, body).category, PROM_CATEGORY_PEER);
    if (strstr(verifier->last_fault.sentence, reason) == NULL) {
        fail_msg("wanted '...%s...'; got '%s'", reason, verifier->last_fault.sentence);
    }
    prom_span partials;
    const prom_own_words words = {NULL, NULL};
    assert_int_equal(
        prom_signing_give_partials(&sim->test->arena, verifier->channel->signing, &partials, &words, NULL).category,
        PROM_CATEGORY_MISUSE); /* its nonces are gone */
    assert_fault(sim, culprit);
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
        uint8_t *bytes = copy_of(sim, lost, lost.length);
        const prom_span again = signed_by(sim, A, kinds[i], bytes, lost.length); /* signed anew, which is as good */
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
        const size_t lengths[] = {lost.length - one[i % 2], lost.length + one[i % 2], 69};
        const size_t length = lengths[i / 2];
        ends_setup(sim, kind, signed_by(sim, A, kind, copy_of(sim, lost, length), length), "arbiter 1 sent ", A);
    }
}

/* Everybody's word counts under its own key only: not unsigned, nor by another, nor of another kind. Nobody is proven
 * at fault by it. */
static void words_are_signed(void **state)
{
    static const prom_message_kind kinds[] = {PROM_MESSAGE_NONCES, PROM_MESSAGE_PARTIALS};
    static const char *const reasons[] = {"the nonces of arbiter 1 are not signed by it",
                                          "the partial signatures of arbiter 1 are not signed by it"};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        for (size_t kind = 0; kind < 5; kind++) {
            prom_span lost;
            struct simulation *sim = without(*state, kinds[i], &lost);
            uint8_t *bytes[] = {copy_of(sim, lost, lost.length), copy_of(sim, lost, lost.length)};
            const prom_span bodies[] = {prom_span_of(lost.data, lost.length - 64),
                                        signed_by(sim, W, kinds[i], bytes[0], lost.length),
                                        signed_by(sim, A, kinds[1 - i], bytes[1], lost.length),
                                        prom_span_of(lost.data, 67), prom_span_of(lost.data, 0)};
            ends_setup(sim, kinds[i], bodies[kind], reasons[i], PROM_PLACES_MAX);
        }
    }
}

/* Nonces that are not those that were sent before, well signed: whoever could make us use both would have our key. */
static void second_nonces_end_the_setup(void **state)
{
    prom_span lost;
    struct simulation *sim = without(*state, PROM_MESSAGE_PARTIALS, &lost); /* all nonces are there */
    const prom_span nonces = sim_stored(&sim->actors[A], "nonces");
    uint8_t *other = copy_of(sim, nonces, nonces.length);
    const size_t given = sim->actors[V].sent[PROM_MESSAGE_PARTIALS];
    assert_true(prom_is_ok(sim_tell_as(sim, A, V, PROM_MESSAGE_NONCES, nonces))); /* the same are not news */
    assert_int_equal(sim->actors[V].channel->stage, PROM_STAGE_COMPARED);
    assert_int_equal(sim->actors[V].sent[PROM_MESSAGE_PARTIALS], given);
    memcpy(other + 4, other + 4 + sizeof(prom_musig_nonce), sizeof(prom_musig_nonce)); /* points, and others */
    ends_setup(sim, PROM_MESSAGE_NONCES, signed_by(sim, A, PROM_MESSAGE_NONCES, other, nonces.length),
               "arbiter 1 sent two different messages of nonces for attempt 1", A);
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
    uint8_t *other = copy_of(sim, partials, partials.length);
    other[PARTIALS_AT] ^= 1;
    assert_true(prom_is_ok(sim_tell_as(sim, A, V, PROM_MESSAGE_PARTIALS, partials)));
    ends_setup(sim, PROM_MESSAGE_PARTIALS, signed_by(sim, A, PROM_MESSAGE_PARTIALS, other, partials.length),
               "arbiter 1 sent two different messages of partial signatures for attempt 1", A);
}

/* A partial signature that is none, and one that was made with nonces that nobody has sent: the setup ends, and the
 * sender is proven to be at fault. */
static void bad_partials_name_their_sender(void **state)
{
    for (size_t i = 0; i < 3; i++) {
        prom_span lost;
        struct simulation *sim = without(*state, PROM_MESSAGE_PARTIALS, &lost);
        uint8_t *bytes = copy_of(sim, lost, lost.length);
        const size_t at[] = {PARTIALS_AT + 31, lost.length - 65, 4}; /* of the first; of the last; of a digest */
        bytes[at[i]] ^= 1;
        ends_setup(sim, PROM_MESSAGE_PARTIALS, signed_by(sim, A, PROM_MESSAGE_PARTIALS, bytes, lost.length),
                   i < 2 ? "by arbiter 1 is not valid" : "arbiter 1 signed with nonces that the client has not signed",
                   A);
    }
}

/* The client sends V other nonces than A: when A's partial signatures come, V sees both, and names the client. */
static void two_stories_name_their_teller(void **state)
{
    prom_span lost;
    struct simulation *sim = without(*state, PROM_MESSAGE_PARTIALS, &lost);
    const prom_span nonces = sim_stored(&sim->actors[C], "nonces");
    uint8_t *other = copy_of(sim, nonces, nonces.length);
    uint8_t *bytes = copy_of(sim, lost, lost.length);
    memcpy(other + 4, other + 4 + sizeof(prom_musig_nonce), sizeof(prom_musig_nonce));
    const prom_span second = signed_by(sim, C, PROM_MESSAGE_NONCES, other, nonces.length);
    prom_signing_digest((prom_bytes32 *)(bytes + 4), PROM_SIGNING_NONCES,
                        prom_span_of(second.data + 4, second.length - 68));
    memcpy(bytes + 4 + 32, second.data + second.length - 64, 64);
    ends_setup(sim, PROM_MESSAGE_PARTIALS, signed_by(sim, A, PROM_MESSAGE_PARTIALS, bytes, lost.length),
               "the client sent two different messages of nonces for attempt 1", C);
}

/* A nonce that is no point of the curve: seen before anything is signed with it. */
static void nonces_that_are_no_points_name_their_sender(void **state)
{
    prom_span lost;
    struct simulation *sim = without(*state, PROM_MESSAGE_NONCES, &lost);
    uint8_t *bytes = copy_of(sim, lost, lost.length);
    memset(bytes + 4 + sizeof(prom_musig_nonce), 0xff, 33);
    assert_int_equal(sim->actors[V].sent[PROM_MESSAGE_PARTIALS], 0);
    ends_setup(sim, PROM_MESSAGE_NONCES, signed_by(sim, A, PROM_MESSAGE_NONCES, bytes, lost.length), "arbiter 1", A);
}

/* An actor crashes: all that is left of its session is the number of the attempt, in the stored message. */
static void crash(struct simulation *sim, size_t index)
{
    struct actor *actor = &sim->actors[index];
    prom_channel *channel = actor->channel;
    prom_error error;
    uint32_t last = 0;
    for (size_t i = 0; i < actor->stored_count; i++) {
        if (strcmp(actor->stored[i].name, "nonces") == 0) {
            prom_reader reader = prom_reader_of(actor->stored[i].bytes);
            last = prom_read_u32(&reader);
        }
    }
    prom_signing_wipe(channel->signing);
    assert_ok(prom_signing_new(sim->test->curve, &actor->arena, &channel->signing, &channel->terms, channel->tree,
                               channel->place, &error),
              &error);
    assert_ok(prom_signing_begin(channel->signing, last, &error), &error);
}

/* All messages of the first attempt to an actor once more, from whoever carries them. */
static void replay(struct simulation *sim, size_t to)
{
    static const prom_message_kind kinds[] = {PROM_MESSAGE_NONCES, PROM_MESSAGE_PARTIALS};
    for (size_t from = 0; from < sim->actor_count; from++) {
        for (size_t i = 0; i < COUNT_OF(kinds) && from != to; i++) {
            for (size_t j = 0; j < sim->actors[from].stored_count; j++) {
                const struct stored *stored = &sim->actors[from].stored[j];
                if (strcmp(stored->name, prom_message_name(kinds[i])) == 0 && stored->bytes.data[3] == 1) {
                    const prom_result result = sim_tell_as(sim, from, to, kinds[i], stored->bytes);
                    assert_true(prom_is_ok(result) || (to == C && sim->tx_count == 1)); /* all have signed Tx0 */
                }
            }
        }
    }
}

/* One of them crashes while the tree is signed, when the others wait for it or are through with the tree. It begins
 * anew; whoever carries the messages brings the old ones, too. All are through, nobody is blamed, and nobody has signed
 * two things under one number: the signers of this simulation sign nothing twice. */
static void who_crashes_begins_anew(void **state)
{
    static const prom_message_kind kinds[] = {PROM_MESSAGE_NONCES, PROM_MESSAGE_PARTIALS};
    for (size_t i = 0; i < 4; i++) {
        const bool replayed = i >= 2;
        prom_span lost;
        struct simulation *sim = without(*state, kinds[i % 2], &lost);
        sim->tampering.harm = HARM_NONE;
        crash(sim, V);
        const prom_event block = {.kind = PROM_EVENT_BLOCK, .height = sim->height};
        for (size_t to = 0; replayed && to < sim->actor_count; to++) {
            replay(sim, to);
        }
        assert_true(prom_is_ok(sim_take(sim, V, &block, NULL)));
        while (sim_step(sim)) {
        }
        for (size_t to = 0; replayed && to < sim->actor_count; to++) {
            replay(sim, to);
        }
        sim_run(sim);
        assert_settled(sim);
        for (size_t j = 0; j < sim->actor_count; j++) {
            assert_int_equal(sim->actors[j].channel->culprit, PROM_PLACES_MAX);
            assert_int_equal(prom_signing_attempt(sim->actors[j].channel->signing), 2);
        }
        sim_free(sim);
        assert_int_equal(fixture_free(state), 0);
        assert_int_equal(fixture_make(state), 0);
    }
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
        FIXTURE_TEST(two_stories_name_their_teller),
        FIXTURE_TEST(who_crashes_begins_anew),
        FIXTURE_TEST(messages_may_come_twice),
        FIXTURE_TEST(signatures_are_stored_before_tx0_is_signed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
