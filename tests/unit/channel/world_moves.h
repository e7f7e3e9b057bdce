/* What happens in the world of world.h: blocks, signatures, bodies, jobs; statements made by hand. */
#ifndef PROMETHEUS_TEST_CHANNEL_WORLD_MOVES_H
#define PROMETHEUS_TEST_CHANNEL_WORLD_MOVES_H

#include "channel/world.h"

/* -- Blocks -- */

/* The next block of a party's chain, with these transactions. */
static inline void world_block_at(struct world *world, size_t place, const prom_tx *const *txs, size_t count)
{
    struct world_party *party = &world->parties[place];
    world_extend(world, party, txs, count);
    const prom_event event = {.kind = PROM_EVENT_BLOCK, .as.block = {world_tip_of(party), txs, count}};
    assert_int_equal(world_step(world, place, &event), PROM_TAKEN);
}

static inline void world_block(struct world *world, const prom_tx *const *txs, size_t count)
{
    for (size_t i = 0; i < WORLD_PLACES; i++) {
        world_block_at(world, i, txs, count);
    }
}

/* Blocks with nothing of ours, until the tip has this height. */
static inline void world_mine_to_at(struct world *world, size_t place, uint32_t height)
{
    assert_true(world_tip_of(&world->parties[place]) <= height);
    while (world_tip_of(&world->parties[place]) < height) {
        world_block_at(world, place, NULL, 0);
    }
}

static inline void world_mine_to(struct world *world, uint32_t height)
{
    for (size_t i = 0; i < WORLD_PLACES; i++) {
        world_mine_to_at(world, i, height);
    }
}

static inline void world_unblock_at(struct world *world, size_t place)
{
    struct world_party *party = &world->parties[place];
    const prom_event event = {.kind = PROM_EVENT_UNBLOCK, .as.unblock = world_tip_of(party)};
    assert_ok(prom_index_disconnect(party->index, &world->test->error), &world->test->error);
    assert_int_equal(world_step(world, place, &event), PROM_TAKEN);
}

static inline void world_unblock(struct world *world)
{
    for (size_t i = 0; i < WORLD_PLACES; i++) {
        world_unblock_at(world, i);
    }
}

/* A transaction of the tree with its whole witness, whatever it waits for. */
static inline prom_tx *world_tx(struct world *world, uint32_t index)
{
    struct session *session = &world->session;
    return index == PROM_TX0 ? finish_tx0(world->test, &session->cast, &session->terms, session->tree)
                             : finish_branch(world->test, session, PLACE_C, &session->tree->tx[index]);
}

static inline void world_mine_tx_at(struct world *world, size_t place, uint32_t index)
{
    const prom_tx *tx = world_tx(world, index);
    world_block_at(world, place, &tx, 1);
}

static inline void world_mine_tx(struct world *world, uint32_t index)
{
    const prom_tx *tx = world_tx(world, index);
    world_block(world, &tx, 1);
}

/* Tx0 in the next block of everybody's: H0 is WORLD_H0. */
enum { WORLD_H0 = VALID_TIP + 1 };
static inline void world_confirm(struct world *world)
{
    world_mine_tx(world, PROM_TX0);
}

/* And s deep. */
static inline void world_bury(struct world *world)
{
    world_confirm(world);
    world_mine_to(world, WORLD_H0 + WORLD_MARGIN - 1);
}

/* -- Wants -- */

static inline const prom_wants *world_wants(struct world *world, size_t place)
{
    struct world_party *party = &world->parties[place];
    const prom_channel_view view = world_view(party);
    assert_ok(prom_channel_wants(party->channel, &party->step, &party->wants, &view, &world->test->error),
              &world->test->error);
    return &party->wants;
}

static inline const prom_want *world_want(struct world *world, size_t place, prom_want_kind kind)
{
    const prom_wants *wants = world_wants(world, place);
    for (size_t i = 0; i < wants->count; i++) {
        if (wants->list[i].kind == kind) {
            return &wants->list[i];
        }
    }
    return NULL;
}

static inline const prom_want *world_want_job(struct world *world, size_t place, prom_job_kind job)
{
    const prom_wants *wants = world_wants(world, place);
    for (size_t i = 0; i < wants->count; i++) {
        if (wants->list[i].kind == PROM_WANT_JOB && wants->list[i].as.job.job == job) {
            return &wants->list[i];
        }
    }
    return NULL;
}

static inline const prom_want *world_want_fetch(struct world *world, size_t place, prom_body_kind what)
{
    const prom_wants *wants = world_wants(world, place);
    for (size_t i = 0; i < wants->count; i++) {
        if (wants->list[i].kind == PROM_WANT_FETCH && wants->list[i].as.fetch.what == what) {
            return &wants->list[i];
        }
    }
    return NULL;
}

static inline bool world_wants_tx(struct world *world, size_t place, uint32_t tx)
{
    const prom_wants *wants = world_wants(world, place);
    for (size_t i = 0; i < wants->count; i++) {
        if (wants->list[i].kind == PROM_WANT_PUBLISH && wants->list[i].as.publish.tx == tx) {
            return true;
        }
    }
    return false;
}

/* -- The signer -- */

/* Nothing is signed twice in two ways: the journal fails the test that would. */
static inline void world_note_signed(struct world_party *party, const prom_want *want)
{
    const struct world_signed it = {want->as.sign.purpose, want->batch, want->as.sign.detail, want->as.sign.hash};
    for (size_t i = 0; i < party->journal_count; i++) {
        const struct world_signed *other = &party->journal[i];
        if (other->purpose == it.purpose && other->batch == it.batch &&
            prom_bytes32_equal(&other->detail, &it.detail)) {
            assert_true(prom_bytes32_equal(&other->hash, &it.hash));
            return;
        }
    }
    assert_true(party->journal_count < WORLD_JOURNAL_MAX);
    party->journal[party->journal_count++] = it;
}

/* Signs by own words what the first such want asks for. Returns false when there is none. */
static inline bool world_sign_one(struct world *world, size_t place)
{
    struct world_party *party = &world->parties[place];
    const prom_wants *wants = world_wants(world, place);
    for (size_t i = 0; i < wants->count; i++) {
        const prom_want *want = &wants->list[i];
        if (want->kind == PROM_WANT_SIGN &&
            (want->as.sign.purpose == PROM_PURPOSE_STATEMENT || want->as.sign.purpose == PROM_PURPOSE_VERDICT)) {
            prom_event event = {.kind = PROM_EVENT_SIGNED,
                                .as.signed_ = {want->as.sign.purpose, want->batch, want->as.sign.hash, {{0}}, {0}}};
            world_note_signed(party, want);
            event.as.signed_.signature =
                sign_hash(world->test, words_key_of(&world->session.cast, place), &want->as.sign.hash);
            assert_int_equal(world_step(world, place, &event), PROM_TAKEN);
            return true;
        }
    }
    return false;
}

static inline void world_sign(struct world *world, size_t place)
{
    while (world_sign_one(world, place)) {
    }
}

/* -- Bodies and jobs -- */

/* A package as it lies on a disk: named, for no step reads its bytes. */
static inline prom_body world_package(prom_body_kind what, size_t number)
{
    return (prom_body){true, named(what == PROM_BODY_PACKAGE_A ? "package A" : "package B", number), 5000, {{0}}};
}

static inline void world_fetched(struct world *world, size_t place, prom_body_kind what, const prom_body *body)
{
    const prom_event event = {.kind = PROM_EVENT_FETCHED, .as.fetched = {what, 0, *body}};
    assert_int_equal(world_step(world, place, &event), PROM_TAKEN);
}

/* What was asked for comes, whatever it is. */
static inline void world_fetch(struct world *world, size_t place, prom_body_kind what)
{
    const prom_want *want = world_want_fetch(world, place, what);
    assert_non_null(want);
    const prom_body body = {true, want->as.fetch.hash, want->as.fetch.length, {{0}}};
    world_fetched(world, place, what, &body);
}

/* The end of a job that is wanted: `done` holds what it gave; its kind, batch and subject are the want's. */
static inline void world_finish_job(struct world *world, size_t place, prom_job_kind job, prom_done_event done)
{
    const prom_want *want = world_want_job(world, place, job);
    assert_non_null(want);
    done.job = job;
    done.batch = want->batch;
    done.subject = want->as.job.subject;
    const prom_event event = {.kind = PROM_EVENT_DONE, .as.done = done};
    assert_int_equal(world_step(world, place, &event), PROM_TAKEN);
}

/* -- Statements made by hand -- */

/* Signed as its place would. */
static inline prom_attestation world_statement(struct world *world, prom_attestation statement)
{
    const prom_bytes32 auxiliary = {{0}};
    statement.contract_id = world->session.tree->contract_id;
    assert_ok(prom_attestation_sign(world->test->curve, &statement, words_key_of(&world->session.cast, statement.place),
                                    &auxiliary, &world->test->error),
              &world->test->error);
    return statement;
}

static inline prom_message world_statement_message(struct world *world, prom_attestation statement)
{
    return (prom_message){.kind = PROM_MESSAGE_STATEMENT, .as.statement = world_statement(world, statement)};
}

/* `from` tells `to` what is signed by the statement's own place. */
static inline prom_reception world_tell(struct world *world, size_t from, size_t to, prom_attestation statement)
{
    const prom_message message = world_statement_message(world, statement);
    return world_say(world, from, to, &message);
}

static inline prom_attestation world_claim(prom_round round, size_t number)
{
    const prom_body body = world_package(round == PROM_ROUND_A ? PROM_BODY_PACKAGE_A : PROM_BODY_PACKAGE_B, number);
    return (prom_attestation){.kind = PROM_ATTESTATION_PACKAGE, .place = PLACE_W, .as.package = {round, body.hash}};
}

static inline prom_attestation world_receipt(size_t arbiter, prom_round round, const prom_bytes32 *hash,
                                             uint32_t height)
{
    return (prom_attestation){
        .kind = PROM_ATTESTATION_RECEIPT, .place = PLACE_A + arbiter, .as.receipt = {round, *hash, height}};
}

/* Of package `number` of a round. */
static inline prom_attestation world_package_receipt(size_t arbiter, prom_round round, size_t number, uint32_t height)
{
    const prom_attestation claim = world_claim(round, number);
    return world_receipt(arbiter, round, &claim.as.package.hash, height);
}

static inline prom_attestation world_answer(size_t arbiter, uint32_t tip)
{
    return (prom_attestation){.kind = PROM_ATTESTATION_ANSWER, .place = PLACE_A + arbiter, .as.answer = {.tip = tip}};
}

static inline prom_attestation world_listing(prom_attestation answer, prom_attestation receipt)
{
    answer.as.answer.receipts[answer.as.answer.count++] = receipt.as.receipt;
    return answer;
}

/* V's signature of Tx4, or of TxV0. */
static inline prom_signature world_verdict(struct world *world, prom_tree_id tx)
{
    return sign_branch(world->test, &world->session.tree->tx[tx], &world->session.cast.party[PROM_PARTY_V]);
}

#endif
