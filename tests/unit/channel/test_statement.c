/* Of what binds its sender every bit counts: whoever gets it with one changed takes it for nobody's word. */
#include "channel/simulation.h"

enum { W = PROM_PARTY_W, V = PROM_PARTY_V, C = PROM_PARTY_C, A = FIRST_ARBITER, ANYBODY = ACTORS_MAX };

/* A contract in which `kind` never reaches `to`, run until it was sent. */
static struct simulation *waiting(fixture *test, prom_message_kind kind, size_t to)
{
    struct simulation *sim = sim_started(test, (struct tampering){HARM_DROP, kind, ANYBODY, to, 0});
    for (size_t blocks = 0; blocks < BLOCKS_MAX && sim->tampered == 0; blocks++) {
        while (sim_step(sim)) {
        }
        if (sim->tampered == 0) {
            sim_mine(sim);
        }
    }
    assert_true(sim->tampered > 0);
    return sim;
}

/* `to` gets the body from `from` with each of its first `count` bits flipped, and its evidence and stage are as before.
 */
static void every_bit_counts(struct simulation *sim, size_t from, size_t to, const prom_message *message, size_t count)
{
    const prom_channel *channel = sim->actors[to].channel;
    const prom_stage stage = channel->stage;
    const size_t known = channel->evidence.count;
    uint8_t *body = exact_copy(message->body.data, message->body.length);
    for (size_t bit = 0; bit < 8 * count; bit++) {
        body[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(sim_tell_as(sim, from, to, message->kind, prom_span_of(body, message->body.length)).category,
                         PROM_CATEGORY_PEER);
        body[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t length = 0; length < count; length++) {
        assert_int_equal(sim_tell_as(sim, from, to, message->kind, prom_span_of(body, length)).category,
                         PROM_CATEGORY_PEER);
    }
    free(body);
    assert_int_equal(channel->stage, stage);
    assert_int_equal(channel->evidence.count, known);
    assert_true(prom_is_ok(sim_tell_as(sim, from, to, message->kind, message->body))); /* and as it is, it is taken */
    assert_true(channel->stage != stage || channel->evidence.count != known);
}

enum { STATEMENT = 2 + 1 + 32 + 1 + 1 + 32 + 64 }; /* W's signature of a package, with its length */

static void signed_packages(void **state)
{
    static const size_t receivers[] = {A, V, C};
    for (size_t i = 0; i < COUNT_OF(receivers); i++) {
        struct simulation *sim = waiting(*state, PROM_MESSAGE_PACKAGE, receivers[i]);
        sim->tampering.harm = HARM_NONE;
        while (sim_step(sim)) {
        }
        const prom_message message = {PROM_MESSAGE_PACKAGE, sim->actors[W].channel->delivery};
        every_bit_counts(sim, W, receivers[i], &message, STATEMENT + PROM_PACKAGE_HEAD);
        sim_free(sim);
        assert_int_equal(fixture_free(state), 0);
        assert_int_equal(fixture_make(state), 0);
    }
}

static void receipts(void **state)
{
    static const size_t receivers[] = {W, V, A + 1};
    for (size_t i = 0; i < COUNT_OF(receivers); i++) {
        struct simulation *sim = waiting(*state, PROM_MESSAGE_RECEIPT, receivers[i]);
        while (sim_step(sim)) {
        }
        const prom_span receipt = sim_stored(&sim->actors[A], "receipt");
        const prom_message message = {PROM_MESSAGE_RECEIPT, receipt};
        every_bit_counts(sim, A, receivers[i], &message, receipt.length);
        sim_free(sim);
        assert_int_equal(fixture_free(state), 0);
        assert_int_equal(fixture_make(state), 0);
    }
}

static void verdicts(void **state)
{
    struct simulation *sim = waiting(*state, PROM_MESSAGE_VERDICT, W);
    const prom_span verdict = sim_stored(&sim->actors[V], "verdict");
    const prom_message message = {PROM_MESSAGE_VERDICT, verdict};
    assert_int_equal(verdict.length, 64);
    every_bit_counts(sim, V, W, &message, verdict.length);
    sim_free(sim);
}

/* A statement of another contract, or of another kind, is none of this one's. */
static void statements_are_of_one_contract_and_kind(void **state)
{
    fixture *test = *state;
    struct simulation *sim = waiting(test, PROM_MESSAGE_PACKAGE, V);
    const prom_channel *worker = sim->actors[W].channel;
    const prom_bytes32 auxiliary = {{0}};
    prom_attestation claim = {.kind = PROM_ATTESTATION_PACKAGE, .place = PROM_PLACE_W};
    prom_attestation notice = {
        .kind = PROM_ATTESTATION_NOTICE, .contract_id = worker->tree->contract_id, .place = PROM_PLACE_W};
    prom_attestation *wrong[] = {&claim, &notice};
    prom_attestation echo = {.kind = PROM_ATTESTATION_ECHO, .contract_id = worker->tree->contract_id};
    prom_span echoed;
    claim.contract_id = named("another contract", 0);
    prom_package_hash(&claim.as.package.hash, &claim.contract_id, PROM_ROUND_A, worker->packages[W]);
    prom_package_claim same = {.round = PROM_ROUND_A}; /* what a notice of these bytes would be taken for */
    prom_package_hash(&same.hash, &notice.contract_id, PROM_ROUND_A, worker->packages[W]);
    memcpy(&notice.as, &same, sizeof same);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        prom_writer writer = prom_writer_in(&test->arena);
        prom_span statement;
        prom_span body;
        assert_ok(prom_attestation_sign(test->curve, wrong[i], sim->actors[W].key, &auxiliary, &test->error),
                  &test->error);
        assert_ok(prom_attestation_write(&test->arena, &statement, wrong[i], &test->error), &test->error);
        prom_write_u16(&writer, (uint16_t)statement.length);
        prom_write_span(&writer, statement);
        prom_write_span(&writer, worker->packages[W]);
        assert_ok(prom_writer_finish(&writer, &body, &test->error), &test->error);
        assert_int_equal(sim_tell_as(sim, W, V, PROM_MESSAGE_PACKAGE, body).category, PROM_CATEGORY_PEER);
        assert_int_equal(sim_tell_as(sim, W, A, PROM_MESSAGE_RECEIPT, statement).category, PROM_CATEGORY_PEER);
    }
    while (!prom_bytes32_equal(prom_place_key(&worker->terms, echo.place), &sim->actors[A].key->public_key)) {
        echo.place++;
    }
    assert_ok(prom_attestation_sign(test->curve, &echo, sim->actors[A].key, &auxiliary, &test->error), &test->error);
    assert_ok(prom_attestation_write(&test->arena, &echoed, &echo, &test->error), &test->error);
    assert_int_equal(sim_tell_as(sim, A, V, PROM_MESSAGE_RECEIPT, echoed).category, PROM_CATEGORY_PEER);
    assert_int_equal(sim->actors[V].channel->stage, PROM_STAGE_LOCKED);
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(signed_packages),
        FIXTURE_TEST(receipts),
        FIXTURE_TEST(verdicts),
        FIXTURE_TEST(statements_are_of_one_contract_and_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
