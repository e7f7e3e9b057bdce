/* What the parties ask of the chain, of their machines and of their owners before anything is locked. */
#include "channel/simulation.h"
#include "contract/signed_terms.h"

enum { W = PROM_PARTY_W, V = PROM_PARTY_V, C = PROM_PARTY_C, A = FIRST_ARBITER };

static void ends_because(struct simulation *sim, size_t actor, const char *reason)
{
    sim_run(sim);
    assert_setup_ended(sim);
    if (strstr(sim->actors[actor].reason, reason) == NULL) {
        fail_msg("wanted '...%s...'; got '%s'", reason, sim->actors[actor].reason);
    }
    sim_free(sim);
}

/* Each finds by itself that the snapshot is not on its chain. */
static void the_snapshot_is_asked_for(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->other_chain = true;
    sim_start(sim);
    sim_run(sim);
    assert_setup_ended(sim);
    for (size_t i = 0; i < sim->actor_count; i++) {
        assert_non_null(strstr(sim->actors[i].reason, "and our chain has "));
        assert_int_equal(sim->actors[i].sent[PROM_MESSAGE_NONCES], 0);
    }
    sim_free(sim);
}

/* Takes the first event of that kind out of the queue, for an actor, as soon as it is there. */
static struct pending hold_back(struct simulation *sim, size_t to, prom_event_kind kind, prom_message_kind message)
{
    for (;;) {
        for (size_t i = 0; i < sim->pending_count; i++) {
            const struct pending found = sim->pending[i];
            if (found.to == to && found.event.kind == kind &&
                (kind != PROM_EVENT_MESSAGE || found.event.message.kind == message)) {
                memmove(&sim->pending[i], &sim->pending[i + 1], (--sim->pending_count - i) * sizeof found);
                return found;
            }
        }
        assert_true(sim_step(sim));
    }
}

/* As long as the chain has not answered nothing is signed. */
static void nothing_is_signed_before_the_answer(void **state)
{
    static const size_t who[] = {C, W, V, A};
    for (size_t i = 0; i < COUNT_OF(who); i++) {
        struct simulation *sim = sim_new(*state, 3, 0);
        sim_start(sim);
        const struct pending held = hold_back(sim, who[i], PROM_EVENT_SNAPSHOT, PROM_MESSAGE_TX0);
        while (sim_step(sim)) {
        }
        assert_int_equal(sim->actors[who[i]].channel->stage, PROM_STAGE_AGREED);
        assert_int_equal(sim->actors[who[i]].sent[PROM_MESSAGE_NONCES], 0);
        (void)sim_take(sim, who[i], &held.event, held.bytes);
        sim_run(sim);
        assert_settled(sim);
        sim_free(sim);
    }
}

static void answers_that_nobody_asked_for_are_misuse(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    const prom_event snapshot = {.kind = PROM_EVENT_SNAPSHOT, .found = true};
    const prom_event tried = {.kind = PROM_EVENT_TRIED, .valid = true};
    prom_actions actions;
    sim_start(sim);
    sim_run_until(sim, C, PROM_STAGE_AGREED);
    assert_fails(prom_channel_step(sim->actors[C].channel, &snapshot, &actions, &sim->test->error),
                 PROM_CATEGORY_MISUSE, &sim->test->error, "no such block was to be looked up");
    assert_fails(prom_channel_step(sim->actors[C].channel, &tried, &actions, &sim->test->error), PROM_CATEGORY_MISUSE,
                 &sim->test->error, "no transaction was to be tried");
    assert_fails(prom_channel_step(sim->actors[W].channel, &tried, &actions, &sim->test->error), PROM_CATEGORY_MISUSE,
                 &sim->test->error, "does not take the event 'tried'");
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

/* W's coin is a coinbase that no block could spend yet: an option for its owner until the deadline. */
static void coins_are_mature_and_older_than_the_snapshot(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->coins[W].coinbase = true;
    sim->coins[W].height = FIRST_HEIGHT - 98;
    sim_start(sim);
    ends_because(sim, C, "it is a coinbase with fewer than 100 confirmations");

    sim = sim_new(*state, 3, 0);
    sim->coins[W].coinbase = true;
    sim->coins[W].height = FIRST_HEIGHT - 99;
    sim_start(sim);
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);

    for (size_t party = C; party <= V; party++) {
        sim = sim_new(*state, 3, 0);
        sim->coins[party].height = sim->actors[C].config.proposal.snapshot_height;
        sim_start(sim);
        ends_because(sim, C, "it is in block 110, and must be 1 or more before the snapshot, block 110");
    }
}

/* An offer that is not old enough makes room for another; here there is none. */
static void offers_are_older_than_the_snapshot(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->coins[A + 1].height = sim->actors[C].config.proposal.snapshot_height;
    sim_start(sim);
    while (sim_step(sim)) {
    }
    assert_int_equal(sim->actors[C].channel->candidate_count, 2);
    assert_int_equal(sim->actors[C].channel->stage, PROM_STAGE_PROPOSED);
    sim_free(sim);
}

/* What one of the roles is told otherwise, and what it says then. */
struct otherwise {
    void (*change)(prom_channel_config *config);
    const char *reason;
};

static void another_p(prom_channel_config *config)
{
    config->P.epsilon++;
}

static void another_place(prom_channel_config *config)
{
    config->p_txid.bytes[0] ^= 1;
}

static void younger_p(prom_channel_config *config)
{
    config->p_height = 110;
}

static void no_three(prom_channel_config *config)
{
    config->limits.three_max = prom_amount_of(1999999);
}

static void another_signet(prom_channel_config *config)
{
    static const uint8_t challenge[] = {0x51};
    config->signet_challenge = prom_span_of(challenge, 1);
}

static void slow_machine(prom_channel_config *config)
{
    config->time.compute_seconds = 1601; /* t1 is 12, s is 2: 5 blocks of 400 seconds, half as much again */
    config->time.verify_seconds = 199;   /* vt is 1, and the package comes in 2 seconds */
}

static void roles_ask_their_own(void **state)
{
    static const struct otherwise others[] = {
        {another_p, "the terms hold another P than the one on the chain that we work on"},
        {another_place, "the terms hold another P than the one on the chain that we work on"},
        {younger_p, "the snapshot is 110, and at least 111 is needed: P and the blocks it must be deep"},
        {no_three, "w of a P with 3 arbiters is 2000000 sat, and at most 1999999 is allowed"},
        {another_signet, "the terms are for another chain than ours"},
        {slow_machine, NULL},
    };
    static const size_t who[] = {C, W, V, A + 1};
    for (size_t i = 0; i < COUNT_OF(others) * COUNT_OF(who); i++) {
        const struct otherwise *other = &others[i / COUNT_OF(who)];
        const size_t actor = who[i % COUNT_OF(who)];
        struct simulation *sim = sim_new(*state, 3, 0);
        const char *reason = other->reason != NULL ? other->reason
                             : actor == W          ? "t1 is 12, and at least 13 is needed: 2s, half as long again"
                                                   : "is 201, and at most 200 is allowed: vt blocks of 200 seconds";
        other->change(&sim->actors[actor].config);
        if (actor == C && (other->change == another_signet || other->change == slow_machine)) {
            sim_free(sim); /* it proposes what it wants, and computes nothing */
            continue;
        }
        sim_start(sim);
        ends_because(sim, actor, reason);
    }
}

/* P's F is C's key; everybody knows this P, and it is on the chain. */
static void a_fund_of_somebodys_is_refused(void **state)
{
    static const size_t who[] = {C, W, V, A + 1};
    for (size_t i = 0; i <= COUNT_OF(who); i++) {
        struct simulation *sim = sim_new(*state, 3, 0);
        prom_terms *proposal = &sim->actors[C].config.proposal;
        proposal->P.F = named_key(*state, "the client's fund", 0).public_key;
        for (size_t j = 0; j < sim->actor_count; j++) {
            sim->actors[j].config.P.F = proposal->P.F;
            sim->actors[j].config.limits.any_fund = i == COUNT_OF(who) || j != who[i];
        }
        sim_start(sim);
        if (i < COUNT_OF(who)) {
            ends_because(sim, who[i], "the common fund F of P is not the key that nobody has");
        } else {
            sim_run(sim);
            assert_settled(sim);
            sim_free(sim);
        }
    }
}

/* Nobody in the channel remembers a draw yet: terms that carry one would pass by the age of the snapshot and of g. */
static void no_earlier_draw_is_taken(void **state)
{
    fixture *test = *state;
    struct simulation *sim = sim_new(test, 3, 0);
    prom_terms *proposal = &sim->actors[C].config.proposal;
    prom_terms earlier = *proposal;
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        earlier.parties[party] = sim->actors[party].config.party;
    }
    earlier.draw_height = proposal->draw_height = FIRST_HEIGHT - 1;
    const prom_base_signatures signatures = sign_base(test, &sim->cast, &earlier);
    proposal->earlier = signed_bytes(test, &earlier, &signatures);
    sim_start(sim);
    ends_because(sim, W, "the terms carry the draw of an earlier setup that we know nothing of");
}

/* C asks its mempool before it publishes: what no miner would take is never shown to anybody. */
static void tx0_is_tried_first(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->full_mempool = true;
    sim_start(sim);
    sim_run(sim);
    assert_int_equal(sim->tx_count, 0);
    assert_int_equal(sim->actors[C].broadcasts, 0);
    assert_int_equal(sim->actors[C].channel->stage, PROM_STAGE_FAILED);
    assert_non_null(strstr(sim->actors[C].reason, "our mempool does not take Tx0: mempool full"));
    assert_int_equal(sim->actors[C].sent[PROM_MESSAGE_TX0], 0);
    sim_free(sim);
}

/* C's signature of Tx0 alone is missing: it gives none when s blocks and the deadline no longer have room. */
static void tx0_is_not_published_late(void **state)
{
    for (uint32_t left = 2; left <= 3; left++) {
        struct simulation *sim = sim_new(*state, 3, 0);
        sim_start(sim);
        const struct pending held = hold_back(sim, C, PROM_EVENT_MESSAGE, PROM_MESSAGE_TX0_SIGNATURES);
        while (sim_step(sim)) {
        }
        assert_int_equal(sim->actors[C].channel->stage, PROM_STAGE_COMPARED);
        const uint32_t tip = sim->actors[C].channel->terms.setup_deadline - left + 1;
        const prom_event block = {.kind = PROM_EVENT_BLOCK, .height = tip, .in_step = true};
        (void)sim_take(sim, C, &block, NULL);
        (void)sim_take(sim, C, &held.event, held.bytes);
        while (sim_step(sim)) {
        }
        assert_int_equal(sim->tx_count, left == 3);
        assert_int_equal(sim->actors[C].channel->stage, left == 3 ? PROM_STAGE_SIGNED : PROM_STAGE_FAILED);
        sim_free(sim);
    }
}

/* All get Tx0 as it is published, so that any of them can publish it again. */
static void everybody_holds_tx0(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim_start(sim);
    sim_run_until(sim, C, PROM_STAGE_SIGNED);
    while (sim_step(sim)) {
    }
    const prom_span tx0 = sim->actors[C].channel->tx0;
    assert_true(tx0.length > 0);
    for (size_t i = 0; i < sim->actor_count; i++) {
        assert_true(prom_span_equal(sim->actors[i].channel->tx0, tx0));
        assert_true(prom_span_equal(sim_stored(&sim->actors[i], "Tx0"), tx0));
    }
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

/* Bytes that are not Tx0, or lack a signature, are dropped, and the contract goes on: it is on the chain. */
static void another_tx0_is_dropped(void **state)
{
    static const size_t places[] = {0, 100, 400, 600, 700, 800, 900, 990};
    for (size_t i = 0; i < 2 * COUNT_OF(places); i++) {
        struct simulation *sim = sim_new(*state, 3, 0);
        sim->tampering =
            (struct tampering){i % 2 == 0 ? HARM_FLIP : HARM_CUT, PROM_MESSAGE_TX0, C, ACTORS_MAX, places[i / 2]};
        sim_start(sim);
        sim_run(sim);
        assert_int_equal(sim->tampered, 5);
        assert_settled(sim);
        for (size_t j = W; j < sim->actor_count; j++) {
            assert_true(sim->actors[j].faults > 0);
            assert_int_equal(sim->actors[j].channel->tx0.length, 0);
        }
        sim_free(sim);
        assert_int_equal(fixture_free(state), 0);
        assert_int_equal(fixture_make(state), 0);
    }
}

/* Program and input come to the arbiters from V, too: W alone could keep an honest one without them. */
static void the_verifier_serves_the_job(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_PAYLOAD, W, ACTORS_MAX, 0};
    sim_start(sim);
    sim_run(sim);
    assert_settled(sim);
    assert_int_equal(sim->tampered, 3);
    assert_int_equal(sim->actors[V].sent[PROM_MESSAGE_PAYLOAD], 3);
    assert_int_equal(sim_receipts(sim->actors[W].channel), 3);
    sim_free(sim);
}

/* A node that lags behind its chain could date what it has seen too early: it gives no receipt, until it has caught up.
 */
static void arbiters_out_of_step_give_no_receipt(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim_start(sim);
    sim_run_until(sim, A, PROM_STAGE_LOCKED);
    prom_event block = {.kind = PROM_EVENT_BLOCK};
    while (sim->actors[W].channel->stage < PROM_STAGE_DELIVERED || sim_step(sim)) {
        block.height = sim->actors[A].channel->tip;
        (void)sim_take(sim, A, &block, NULL); /* after each that came, as one that has no peers */
        if (!sim_step(sim) && sim->actors[W].channel->stage < PROM_STAGE_DELIVERED) {
            sim_mine(sim);
            while (sim->actors[A].height < sim->height) {
                sim->actors[A].height++; /* A itself sees none of them */
            }
        }
    }
    assert_int_equal(sim->actors[A].sent[PROM_MESSAGE_RECEIPT], 0);
    assert_int_equal(sim->actors[A].channel->stage, PROM_STAGE_LOCKED);
    assert_true(sim_has_stored(&sim->actors[A], sim->actors[W].channel->delivery));
    block.in_step = true;
    (void)sim_take(sim, A, &block, NULL);
    assert_true(sim->actors[A].sent[PROM_MESSAGE_RECEIPT] > 0);
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(the_snapshot_is_asked_for),
        FIXTURE_TEST(nothing_is_signed_before_the_answer),
        FIXTURE_TEST(answers_that_nobody_asked_for_are_misuse),
        FIXTURE_TEST(coins_are_mature_and_older_than_the_snapshot),
        FIXTURE_TEST(offers_are_older_than_the_snapshot),
        FIXTURE_TEST(roles_ask_their_own),
        FIXTURE_TEST(a_fund_of_somebodys_is_refused),
        FIXTURE_TEST(no_earlier_draw_is_taken),
        FIXTURE_TEST(tx0_is_tried_first),
        FIXTURE_TEST(tx0_is_not_published_late),
        FIXTURE_TEST(everybody_holds_tx0),
        FIXTURE_TEST(another_tx0_is_dropped),
        FIXTURE_TEST(the_verifier_serves_the_job),
        FIXTURE_TEST(arbiters_out_of_step_give_no_receipt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
