/* The arbiters of world.h with a joint key that they have really made, and signers that do all that wants ask for. C, W
 * and V are not there: what they would say a test says for them. So is what a faulty arbiter says: its channel is not
 * stepped.
 *
 *   court_new(test, faulty)            Tx0 is s deep; nobody has said anything
 *   court_package(court, 0), ...       W's package, receipts
 *   court_appeal(court)                TxV0 and TxA are in blocks: b_A is court->appeal
 *   court_mine_to(court, height)       a block for every honest arbiter, and all that follows before the next */
#ifndef PROMETHEUS_TEST_SETTLEMENT_COURT_H
#define PROMETHEUS_TEST_SETTLEMENT_COURT_H

#include "channel/world_moves.h"
#include "prometheus/crypto/chilldkg.h"
#include "settlement/arbitration.h"

enum { COURT_NONCES = 64 };

/* What a signer keeps in memory: secret nonces by their public halves. */
struct court_nonce {
    prom_frost_nonce nonce;
    prom_frost_secret_nonce secret;
};

struct court {
    struct world *world;
    prom_dkg_output shares[WORLD_ARBITERS]; /* of Y */
    struct court_nonce nonces[WORLD_ARBITERS][COURT_NONCES];
    size_t nonce_count[WORLD_ARBITERS];
    size_t shares_made[WORLD_ARBITERS];
    uint32_t faulty;      /* bits: their channels are not stepped */
    uint32_t wrong;       /* bits: their signers give wrong shares */
    uint32_t no_shares;   /* bits: their signers give none */
    prom_checked checked; /* what a check finds; unknown: it is not over */
    bool ahead;           /* checks begin before it is known what counts; else not before */
    uint32_t appeal;      /* b_A */
    uint64_t draws;
};

static inline bool court_honest(const struct court *court, size_t arbiter)
{
    return (court->faulty >> arbiter & 1) == 0;
}

static inline prom_channel *court_channel(struct court *court, size_t arbiter)
{
    return court->world->parties[PLACE_A + arbiter].channel;
}

static inline prom_arbitration *court_facts(struct court *court, size_t arbiter)
{
    return &world_batch(court->world, PLACE_A + arbiter)->arbitration;
}

/* -- The joint key -- */

static inline void court_keygen(struct court *court, prom_span recovery[WORLD_ARBITERS])
{
    fixture *test = court->world->test;
    prom_dkg_blame blame;
    const prom_dkg_context context = {&test->arena, test->curve, &blame};
    prom_dkg_session session = {.threshold = WORLD_QUORUM, .count = WORLD_ARBITERS};
    prom_dkg_participant participants[WORLD_ARBITERS];
    prom_dkg_outcome outcomes[WORLD_ARBITERS];
    prom_dkg_outcome coordinator;
    prom_key host[WORLD_ARBITERS];
    prom_signature signatures[WORLD_ARBITERS];
    prom_span spans[WORLD_ARBITERS];
    const prom_dkg_messages messages = {spans, WORLD_ARBITERS};
    prom_bytes32 secrets[WORLD_ARBITERS];
    prom_dkg_output output;
    prom_span bytes;
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        host[i] = named_key(test, "host key", i);
        session.host_keys[i] = prom_point_of_public_key(&host[i].public_key);
        assert_ok(prom_key_even_secret(test->curve, &secrets[i], &host[i], &test->error), &test->error);
    }
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        const prom_bytes32 randomness = named("key generation", i);
        const prom_dkg_secrets own = {&secrets[i], &randomness};
        assert_ok(prom_dkg_participant_step1(&context, &participants[i], &spans[i], &session, &own, &test->error),
                  &test->error);
    }
    assert_ok(prom_dkg_coordinator_step1(&context, &coordinator, &bytes, &session, &messages, &test->error),
              &test->error);
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        const prom_bytes32 randomness = named("signature", i);
        const prom_dkg_secrets own = {&secrets[i], &randomness};
        assert_ok(prom_dkg_participant_step2(&context, &outcomes[i], &signatures[i], &participants[i], &own, bytes,
                                             &test->error),
                  &test->error);
        spans[i] = prom_span_of(signatures[i].bytes, sizeof signatures[i].bytes);
    }
    assert_ok(
        prom_dkg_coordinator_finalize(&context, &output, &bytes, &recovery[0], &coordinator, &messages, &test->error),
        &test->error);
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        assert_ok(
            prom_dkg_participant_finalize(&context, &court->shares[i], &recovery[i], &outcomes[i], bytes, &test->error),
            &test->error);
    }
    memcpy(court->world->session.terms.Y.bytes, output.key.bytes + 1, sizeof court->world->session.terms.Y.bytes);
}

/* The cast and its terms, which a test may change before court_open. */
static inline struct court *court_make(fixture *test, uint32_t faulty)
{
    struct court *court = calloc(1, sizeof *court);
    assert_non_null(court);
    court->world = world_make(test);
    court->faulty = faulty;
    return court;
}

static inline void court_open(struct court *court)
{
    prom_span recovery[WORLD_ARBITERS];
    court_keygen(court, recovery);
    world_open(court->world);
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        world_facts(court->world, PLACE_A + i)->kept[PROM_KEPT_RECOVERY] = recovery[i];
    }
}

static inline void court_free(struct court *court)
{
    world_free(court->world);
    free(court);
}

/* -- Signers -- */

static inline prom_span court_make_nonce(struct court *court, size_t arbiter)
{
    fixture *test = court->world->test;
    struct court_nonce *made = &court->nonces[arbiter][court->nonce_count[arbiter]++];
    const prom_bytes32 randomness = named("FROST", (size_t)court->draws++);
    prom_span bytes;
    assert_true(court->nonce_count[arbiter] <= COURT_NONCES);
    assert_ok(prom_frost_nonce_new(test->curve, &made->secret, &made->nonce, &randomness, &(prom_frost_nonce_input){0},
                                   &test->error),
              &test->error);
    assert_ok(prom_span_copy(&test->arena, &bytes, prom_span_of((const uint8_t *)&made->nonce, sizeof made->nonce),
                             &test->error),
              &test->error);
    return bytes;
}

static inline prom_span court_make_share(struct court *court, size_t arbiter, const prom_decision_session *its)
{
    fixture *test = court->world->test;
    prom_frost_session *session = NULL;
    prom_bytes32 share = {{0}};
    prom_span bytes;
    assert_ok(prom_decision_open(court_channel(court, arbiter), &test->arena, &session, its, &test->error),
              &test->error);
    for (size_t i = 0; i < court->nonce_count[arbiter]; i++) {
        struct court_nonce *nonce = &court->nonces[arbiter][i];
        if (memcmp(&nonce->nonce, &its->nonce, sizeof its->nonce) == 0) {
            assert_ok(prom_frost_sign(test->curve, &share, &nonce->secret, session, (uint32_t)arbiter,
                                      &court->shares[arbiter].secret_share, &test->error),
                      &test->error);
            court->shares_made[arbiter]++;
        }
    }
    share.bytes[31] ^= (uint8_t)(court->wrong >> arbiter & 1);
    assert_ok(prom_span_copy(&test->arena, &bytes, prom_span_of32(&share), &test->error), &test->error);
    return bytes;
}

/* Answers one want of the signer. */
static inline void court_sign(struct court *court, size_t arbiter, const prom_want *want)
{
    struct world *world = court->world;
    const prom_want_sign *sign = &want->as.sign;
    const prom_key *key = words_key_of(&world->session.cast, PLACE_A + arbiter);
    prom_event event = {.kind = PROM_EVENT_SIGNED,
                        .as.signed_ = {.purpose = sign->purpose, .batch = want->batch, .hash = sign->hash}};
    prom_bytes32 *nonce = NULL;
    void *room = NULL;
    switch (sign->purpose) {
    case PROM_PURPOSE_STATEMENT:
        world_note_signed(&world->parties[PLACE_A + arbiter], want);
        event.as.signed_.signature = sign_hash(world->test, key, &sign->hash);
        break;
    case PROM_PURPOSE_VOTE_NONCE:
        assert_ok(prom_arena_alloc(&world->test->arena, &room, 1, sizeof *nonce, &world->test->error),
                  &world->test->error);
        nonce = room;
        *nonce = named("vote", arbiter);
        event.as.signed_.bytes = prom_span_of32(nonce);
        break;
    case PROM_PURPOSE_FROST_NONCE:
        event.as.signed_.bytes = court_make_nonce(court, arbiter);
        break;
    case PROM_PURPOSE_FROST_SHARE:
        world_note_signed(&world->parties[PLACE_A + arbiter], want);
        event.as.signed_.bytes = court_make_share(court, arbiter, sign->session);
        break;
    case PROM_PURPOSE_BASE:
    case PROM_PURPOSE_SEAT:
    case PROM_PURPOSE_SILENCE:
    case PROM_PURPOSE_VERDICT:
    case PROM_PURPOSE_NONCES:
    case PROM_PURPOSE_PARTIALS:
    case PROM_PURPOSE_TX0:
    case PROM_PURPOSE_ABANDON:
    case PROM_PURPOSE_KEY:
        fail_msg("an arbiter wants purpose %d signed", (int)sign->purpose);
    }
    assert_int_equal(world_step(world, PLACE_A + arbiter, &event), PROM_TAKEN);
}

static inline bool court_checks(struct court *court, size_t arbiter, const prom_want *want)
{
    if (want->kind != PROM_WANT_JOB || want->as.job.job != PROM_JOB_CHECK || court->checked == PROM_CHECKED_UNKNOWN ||
        (!court->ahead && !prom_rounds_over(court->world->parties[PLACE_A + arbiter].channel, 0))) {
        return false;
    }
    world_finish_job(court->world, PLACE_A + arbiter, PROM_JOB_CHECK, (prom_done_event){.checked = court->checked});
    return true;
}

/* Does the first thing that an arbiter wants and that can be done. */
static inline bool court_act(struct court *court, size_t arbiter)
{
    const prom_wants *wants = world_wants(court->world, PLACE_A + arbiter);
    for (size_t i = 0; i < wants->count; i++) {
        const prom_want want = wants->list[i];
        const bool held = want.kind == PROM_WANT_SIGN && want.as.sign.purpose == PROM_PURPOSE_FROST_SHARE &&
                          (court->no_shares >> arbiter & 1) != 0;
        if (want.kind == PROM_WANT_SIGN && !held) {
            court_sign(court, arbiter, &want);
            return true;
        }
        if (court_checks(court, arbiter, &want)) {
            return true;
        }
    }
    return false;
}

/* Mail to whom nobody plays is lost. */
static inline void court_drop_mail(struct court *court)
{
    struct world *world = court->world;
    for (size_t i = 0; i < world->mail_count;) {
        const size_t to = world->mail[i].to;
        if (to < PLACE_A || !court_honest(court, to - PLACE_A)) {
            world_take_letter(world, i);
        } else {
            i++;
        }
    }
}

static inline size_t court_letters_to(const struct court *court, size_t place)
{
    size_t count = 0;
    for (size_t i = 0; i < court->world->mail_count; i++) {
        count += court->world->mail[i].to == place;
    }
    return count;
}

/* Signs and gets mail; returns whether anything happened. */
static inline bool court_move(struct court *court, size_t arbiter)
{
    bool moved = false;
    while (court_act(court, arbiter)) {
        moved = true;
    }
    const size_t before = court_letters_to(court, PLACE_A + arbiter);
    world_deliver_to(court->world, PLACE_A + arbiter);
    return moved || court_letters_to(court, PLACE_A + arbiter) != before;
}

/* Until nobody has anything to do: signers sign, mail arrives. */
static inline void court_settle(struct court *court)
{
    bool busy = true;
    while (busy) {
        busy = false;
        for (size_t i = 0; i < WORLD_ARBITERS; i++) {
            busy = (court_honest(court, i) && court_move(court, i)) || busy;
        }
        court_drop_mail(court);
    }
}

/* -- Blocks and time -- */

static inline void court_block_at(struct court *court, size_t arbiter, uint32_t tx)
{
    const prom_tx *made = tx == PROM_TREE_OTHER ? NULL : world_tx(court->world, tx);
    world_block_at(court->world, PLACE_A + arbiter, &made, made != NULL ? 1 : 0);
}

static inline void court_block(struct court *court, uint32_t tx)
{
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        if (court_honest(court, i)) {
            court_block_at(court, i, tx);
        }
    }
}

static inline size_t court_first(const struct court *court)
{
    size_t i = 0;
    while (!court_honest(court, i)) {
        i++;
    }
    return i;
}

static inline uint32_t court_tip(const struct court *court)
{
    return world_tip_of(&court->world->parties[PLACE_A + court_first(court)]);
}

static inline void court_mine_to(struct court *court, uint32_t height)
{
    while (court_tip(court) < height) {
        court_block(court, PROM_TREE_OTHER);
        court_settle(court);
    }
}

/* Time passes, and everybody looks. */
static inline void court_wait(struct court *court, uint64_t seconds)
{
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        if (court_honest(court, i)) {
            court->world->parties[PLACE_A + i].seconds += seconds;
            world_tick(court->world, PLACE_A + i);
        }
    }
    court_settle(court);
}

static inline struct court *court_new(fixture *test, uint32_t faulty)
{
    struct court *court = court_make(test, faulty);
    court_open(court);
    court_block(court, PROM_TX0);
    court_mine_to(court, WORLD_H0 + WORLD_MARGIN - 1);
    return court;
}

/* An arbiter's process ends and begins anew: facts as they are on disk, no sessions, no secret nonces, a clock at 0. */
static inline void court_crash(struct court *court, size_t arbiter)
{
    struct world_party *party = &court->world->parties[PLACE_A + arbiter];
    fixture *test = court->world->test;
    const prom_facts *facts = &party->channel->facts;
    prom_part_bytes parts[PROM_PARTS];
    size_t count = 0;
    for (unsigned part = 0; part < PROM_PARTS; part++) {
        if (part <= PROM_PART_ARBITRATION || part >= PROM_PART_KEPT) {
            parts[count].part = (prom_part)part;
            parts[count].batch = 0;
            assert_ok(prom_facts_write(&test->arena, &parts[count++].bytes, facts, (prom_part)part, 0, &test->error),
                      &test->error);
        }
    }
    assert_ok(prom_channel_load(test->curve, &party->arena, &party->channel, parts, count, court->world->session.tree,
                                &test->error),
              &test->error);
    memset(court->nonces[arbiter], 0, sizeof court->nonces[arbiter]);
    court->nonce_count[arbiter] = 0;
    party->seconds = 0;
    world_tick(court->world, PLACE_A + arbiter);
}

/* -- W and V -- */

static inline void court_tell(struct court *court, size_t from, size_t to, prom_attestation statement)
{
    assert_int_equal(world_tell(court->world, from, PLACE_A + to, statement), PROM_TAKEN);
}

static inline void court_tell_all(struct court *court, size_t from, prom_attestation statement)
{
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        if (court_honest(court, i) && from != PLACE_A + i) {
            court_tell(court, from, i, statement);
        }
    }
}

/* An arbiter's program, input and package are on its disk. */
static inline void court_bodies(struct court *court, size_t arbiter, size_t number)
{
    const prom_job *job = &court->world->session.terms.job;
    prom_body *bodies = world_batch(court->world, PLACE_A + arbiter)->evidence.bodies;
    bodies[PROM_BODY_PROGRAM] = (prom_body){true, job->program_digest, job->program_bytes, {{0}}};
    bodies[PROM_BODY_INPUT] = (prom_body){true, job->input_hash, job->input_bytes, {{0}}};
    bodies[PROM_BODY_PACKAGE_A] = world_package(PROM_BODY_PACKAGE_A, number);
}

/* W has delivered package `number` to everybody, and everybody honest has given its receipt. */
static inline void court_package(struct court *court, size_t number)
{
    court_tell_all(court, PLACE_W, world_claim(PROM_ROUND_A, number));
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        if (court_honest(court, i)) {
            court_bodies(court, i, number);
            world_tick(court->world, PLACE_A + i);
        }
    }
    court_settle(court);
}

/* V accuses at the first tip that it may, W appeals at once. */
static inline void court_appeal(struct court *court)
{
    court_mine_to(court, WORLD_H0 + court->world->session.terms.P.t1 + 1);
    court_block(court, PROM_TXV0);
    court_settle(court);
    court_block(court, PROM_TXA);
    court->appeal = court_tip(court);
    court_settle(court);
}

static inline prom_reception court_show_key(struct court *court, size_t arbiter)
{
    const prom_message message = {.kind = PROM_MESSAGE_KEY, .as.h_p = court->world->session.cast.h_p};
    return world_say(court->world, PLACE_W, PLACE_A + arbiter, &message);
}

static inline void court_show_key_to_all(struct court *court)
{
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        assert_true(!court_honest(court, i) || court_show_key(court, i) == PROM_TAKEN);
    }
}

/* -- What came of it -- */

/* Tips of the arbitration: D_r; the first at which votes are revealed; at which the decision is signed. */
static inline uint32_t court_round(const struct court *court, uint32_t round)
{
    return court->appeal + WORLD_MARGIN + round; /* e is 1 on regtest */
}

enum { COURT_ROUNDS = WORLD_ARBITERS - WORLD_QUORUM + 1 };

static inline uint32_t court_reveal(const struct court *court)
{
    return court_round(court, COURT_ROUNDS) + 2; /* vt and p are 1 */
}

static inline uint32_t court_signing(const struct court *court)
{
    return court_reveal(court) + 1;
}

/* Everybody honest has decided, this. */
static inline void court_decided(struct court *court, prom_decision decision, uint32_t deciders)
{
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        const prom_arbitration *facts = court_facts(court, i);
        if (court_honest(court, i)) {
            assert_true(facts->decided);
            assert_int_equal(facts->decision, decision);
            assert_int_equal(facts->deciders, deciders);
        }
    }
}

static inline void court_undecided(struct court *court)
{
    for (size_t i = 0; i < WORLD_ARBITERS; i++) {
        assert_false(court_honest(court, i) && court_facts(court, i)->decided);
    }
}

/* -- A whole dispute -- */

/* W has delivered package 0 well, was accused, has appealed and shown h_p. */
static inline struct court *court_appealed(fixture *test, uint32_t faulty)
{
    struct court *court = court_new(test, faulty);
    court->checked = PROM_CHECKED_GOOD;
    court_package(court, 0);
    court_appeal(court);
    court_show_key_to_all(court);
    court_settle(court);
    return court;
}

/* Blocks for one arbiter alone, with nothing that would follow from them yet. */
static inline void court_mine_at(struct court *court, size_t arbiter, uint32_t height)
{
    while (world_tip_of(&court->world->parties[PLACE_A + arbiter]) < height) {
        court_block_at(court, arbiter, PROM_TREE_OTHER);
    }
}

#endif
