/* A contract that is already signed, and what its parties see of the world: real keys, terms, tree and signatures;
 * facts at PROM_SETUP_GIVEN; for each party a chain of its own to look at, so that one may be behind, or on another
 * branch. Nothing here has a rule of the protocol in it: a test says what happens, in which order.
 *
 *   struct world *world = world_new(test);                     or world_make, change world->session.terms, world_open
 *   world_bury(world);                                         Tx0 is in a block, s deep, for everybody
 *   world_say(world, PLACE_V, PLACE_W, &message);              one message, out of any order
 *   world_deliver(world);                                      all that was sent, each sender's in its order
 *   world_sign(world, PLACE_W);                                signs what wants ask for (world_moves.h, with blocks,
 * bodies, jobs) */
#ifndef PROMETHEUS_TEST_CHANNEL_WORLD_H
#define PROMETHEUS_TEST_CHANNEL_WORLD_H

#include "contract/session.h"

#include "channel/step.h"
#include "prometheus/channel/channel.h"

#ifndef WORLD_ARBITERS /* a test may have another number, up to 9 */
#define WORLD_ARBITERS 3
#endif

enum {
    PLACE_C = PROM_PARTY_C,
    PLACE_W = PROM_PARTY_W,
    PLACE_V = PROM_PARTY_V,
    PLACE_A = PROM_PARTIES, /* the first of the arbiters */
    WORLD_PLACES = PROM_PARTIES + WORLD_ARBITERS,
    WORLD_QUORUM = (6 * WORLD_ARBITERS + 9) / 10,
    WORLD_FIRST = 100, /* height of the first block that the index holds */
    WORLD_MARGIN = 2,  /* s of regtest */
    WORLD_MAIL_MAX = 1024,
    WORLD_JOURNAL_MAX = 64,
};

/* What a signer keeps: for each purpose, batch and detail one hash. */
struct world_signed {
    prom_purpose purpose;
    uint16_t batch;
    prom_bytes32 detail;
    prom_bytes32 hash;
};

struct world_party {
    size_t place;
    prom_arena arena; /* of its channel */
    prom_channel *channel;
    prom_channel_config config;
    prom_index *index; /* of its best chain */
    uint32_t own_tip;
    bool behind; /* not in step with the chain */
    uint64_t seconds;
    prom_wants wants; /* as world_wants found them last */
    prom_arena step;  /* of the last step, and of the wants */
    struct world_signed journal[WORLD_JOURNAL_MAX];
    size_t journal_count;
    size_t alarms;
    char alarm[256]; /* the last */
    size_t sent[PROM_MESSAGE_KINDS];
};

struct world_letter {
    size_t from;
    size_t to;
    prom_message message;
};

struct world {
    fixture *test;
    struct session session; /* cast, terms, tree, all signatures */
    struct world_party parties[WORLD_PLACES];
    struct world_letter mail[WORLD_MAIL_MAX];
    size_t mail_count;
    unsigned branch; /* of the blocks that are mined from now on: another one has other hashes */
};

/* -- The chain -- */

static inline uint32_t world_tip_of(const struct world_party *party)
{
    return prom_index_next_height(party->index) - 1;
}

/* Terms of the cast name the snapshot. */
static inline prom_bytes32 world_block_hash(const struct world *world, uint32_t height)
{
    return height == world->session.terms.snapshot_height ? world->session.terms.snapshot_hash
                                                          : named("block", height + 100000 * (size_t)world->branch);
}

static inline void world_extend(struct world *world, struct world_party *party, const prom_tx *const *txs, size_t count)
{
    prom_index_block block = {.height = prom_index_next_height(party->index), .txs = txs, .tx_count = count};
    block.hash = world_block_hash(world, block.height);
    (void)!prom_index_block_hash(party->index, &block.previous, block.height - 1);
    assert_ok(prom_index_connect(party->index, &block, &world->test->error), &world->test->error);
    party->own_tip = block.height > party->own_tip ? block.height : party->own_tip;
}

static inline prom_channel_view world_view(const struct world_party *party)
{
    return (prom_channel_view){.config = &party->config,
                               .index = party->index,
                               .own_tip = party->own_tip,
                               .in_step = !party->behind,
                               .may_begin = true,
                               .seconds = party->seconds};
}

/* -- Making it -- */

static inline prom_role world_role(size_t place)
{
    static const prom_role roles[] = {PROM_ROLE_CLIENT, PROM_ROLE_WORKER, PROM_ROLE_VERIFIER};
    return place < PROM_PARTIES ? roles[place] : PROM_ROLE_ARBITER;
}

/* The facts of a party that has given its signature of Tx0. */
static inline void world_give_facts(struct world *world, struct world_party *party)
{
    fixture *test = world->test;
    const struct session *session = &world->session;
    prom_facts *facts = &party->channel->facts;
    const size_t place = party->place;
    *facts = (prom_facts){.number = place, .role = world_role(place), .batch_count = 1};
    facts->setup.phase = PROM_SETUP_GIVEN;
    facts->client = session->terms.parties[PROM_PARTY_C].key;
    facts->own.words = *prom_place_key(&session->terms, place);
    facts->own.joint = *prom_place_joint_key(&session->terms, place);
    if (place < PROM_PARTIES) {
        const prom_party_terms *part = &session->terms.parties[place];
        facts->own.seal = part->seal_key;
        facts->own.payout = part->payout;
        facts->own.change = part->change;
        facts->own.coins[0] = part->coins[0];
    } else {
        const prom_arbiter_terms *part = &session->terms.arbiters[place - PROM_PARTIES];
        facts->own.payout = part->payout;
        facts->own.coins[0] = (prom_coin){part->offer, session->terms.P.a, part->offer_key};
    }
    facts->own.coin_count = 1;
    if (place == PLACE_W) {
        facts->own.h = session->terms.h;
        facts->own.k_h = session->terms.k_h;
    }
    assert_ok(prom_terms_write_base(&party->arena, &facts->kept[PROM_KEPT_BASE], &session->terms, &test->error),
              &test->error);
    assert_ok(prom_terms_write(&party->arena, &facts->kept[PROM_KEPT_TERMS], &session->terms, &test->error),
              &test->error);
    assert_ok(prom_signing_write(&party->arena, &facts->kept[PROM_KEPT_SIGNATURES], session->at[place], &test->error),
              &test->error);
}

/* Whoever needs program and input from the start has them: W and V before they signed, C always. */
static inline void world_give_job(struct world *world, struct world_party *party)
{
    const prom_job *job = &world->session.terms.job;
    prom_body *bodies = party->channel->facts.batches[0].evidence.bodies;
    if (party->place < PROM_PARTIES) {
        bodies[PROM_BODY_PROGRAM] = (prom_body){true, job->program_digest, job->program_bytes, {{0}}};
        bodies[PROM_BODY_INPUT] = (prom_body){true, job->input_hash, job->input_bytes, {{0}}};
    }
}

static inline void world_seat(struct world *world, size_t place)
{
    fixture *test = world->test;
    struct world_party *party = &world->parties[place];
    party->place = place;
    prom_arena_init(&party->arena, (size_t)1 << 26);
    prom_arena_init(&party->step, (size_t)1 << 26);
    void *room = NULL;
    assert_ok(prom_arena_alloc(&party->arena, &room, 1, sizeof *party->channel, &test->error), &test->error);
    party->channel = room;
    party->channel->curve = test->curve;
    party->channel->arena = &party->arena;
    party->channel->terms = world->session.terms;
    party->channel->tree = world->session.tree;
    party->channel->place = place;
    party->channel->signing = world->session.at[place];
    party->config = (prom_channel_config){.genesis = world->session.terms.genesis};
    world_give_facts(world, party);
    world_give_job(world, party);
    assert_ok(prom_index_new(&test->arena, &party->index, test->curve, prom_chain_parameters_by_name("regtest"),
                             WORLD_FIRST, &test->error),
              &test->error);
    while (prom_index_next_height(party->index) <= VALID_TIP) {
        world_extend(world, party, NULL, 0);
    }
}

/* The cast and its terms, which a test may change before world_open. */
static inline struct world *world_make(fixture *test)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->test = test;
    world->session.cast = make_cast(test);
    world->session.terms = valid_terms(test, &world->session.cast, WORLD_ARBITERS);
    return world;
}

/* Builds and signs the tree; everybody is at PROM_SETUP_GIVEN, at tip VALID_TIP. */
static inline void world_open(struct world *world)
{
    open_session(world->test, &world->session);
    sign_tree(world->test, &world->session);
    close_session(&world->session);
    for (size_t i = 0; i < WORLD_PLACES; i++) {
        world_seat(world, i);
    }
}

static inline struct world *world_new(fixture *test)
{
    struct world *world = world_make(test);
    world_open(world);
    return world;
}

static inline void world_free(struct world *world)
{
    for (size_t i = 0; i < WORLD_PLACES; i++) {
        prom_arena_free(&world->parties[i].step);
        prom_arena_free(&world->parties[i].arena);
    }
    free(world);
}

static inline prom_facts *world_facts(struct world *world, size_t place)
{
    return &world->parties[place].channel->facts;
}

static inline prom_batch_facts *world_batch(struct world *world, size_t place)
{
    return &world_facts(world, place)->batches[0];
}

/* -- Steps -- */

static inline size_t world_find(const struct world *world, const prom_bytes32 *key)
{
    for (size_t i = 0; i < WORLD_PLACES; i++) {
        if (prom_bytes32_equal(prom_place_key(&world->session.terms, i), key)) {
            return i;
        }
    }
    return WORLD_PLACES;
}

static inline void world_carry_out(struct world *world, struct world_party *party, const prom_output *output)
{
    fixture *test = world->test;
    if (output->kind == PROM_OUTPUT_ALARM) {
        party->alarms++;
        memcpy(party->alarm, output->text, sizeof party->alarm);
    } else if (output->kind == PROM_OUTPUT_SEND) {
        const size_t to = world_find(world, &output->to);
        assert_true(to < WORLD_PLACES && to != party->place);
        assert_true(world->mail_count < WORLD_MAIL_MAX);
        struct world_letter *letter = &world->mail[world->mail_count++];
        *letter = (struct world_letter){.from = party->place, .to = to};
        assert_ok(prom_message_copy(&test->arena, &letter->message, &output->message, &test->error), &test->error);
        party->sent[output->message.kind]++;
    }
}

/* One step. What it sends goes to the mail. */
static inline prom_reception world_step(struct world *world, size_t place, const prom_event *event)
{
    fixture *test = world->test;
    struct world_party *party = &world->parties[place];
    const prom_channel_view view = world_view(party);
    prom_reception reception = PROM_TAKEN;
    prom_outputs outputs = {0};
    prom_arena_free(&party->step);
    test->error = (prom_error){{0}};
    assert_ok(prom_channel_step(party->channel, &party->step, &reception, &outputs, event, &view, &test->error),
              &test->error);
    assert_true(reception == PROM_TAKEN || outputs.count == 0);
    for (size_t i = 0; i < outputs.count; i++) {
        world_carry_out(world, party, &outputs.list[i]);
    }
    return reception;
}

/* Time passes, or the node has started: duties are looked at. */
static inline void world_tick(struct world *world, size_t place)
{
    assert_int_equal(world_step(world, place, &(prom_event){.kind = PROM_EVENT_TIME}), PROM_TAKEN);
}

/* One message, now. */
static inline prom_reception world_say(struct world *world, size_t from, size_t to, const prom_message *message)
{
    const prom_event event = {.kind = PROM_EVENT_MESSAGE,
                              .as.message = {prom_place_key(&world->session.terms, from), message}};
    return world_step(world, to, &event);
}

/* -- The mail -- */

static inline void world_take_letter(struct world *world, size_t index)
{
    memmove(&world->mail[index], &world->mail[index + 1], (--world->mail_count - index) * sizeof world->mail[0]);
}

/* All that is under way to `to` (WORLD_PLACES: to anybody), each sender's in its order; what comes too early stays, and
 * all behind it. */
static inline void world_deliver_to(struct world *world, size_t to)
{
    bool blocked[WORLD_PLACES][WORLD_PLACES] = {{false}};
    for (size_t i = 0; i < world->mail_count;) {
        const struct world_letter letter = world->mail[i];
        bool *stays = &blocked[letter.from][letter.to];
        if (*stays || (to != WORLD_PLACES && letter.to != to)) {
            i++;
        } else if (world_say(world, letter.from, letter.to, &letter.message) == PROM_TOO_EARLY) {
            *stays = true;
        } else {
            world_take_letter(world, i);
            i = 0; /* what was answered may be for somebody before */
        }
    }
}

static inline void world_deliver(struct world *world)
{
    world_deliver_to(world, WORLD_PLACES);
}

/* Lost for good are no messages; those of a party that is away stay. Here they are thrown away. */
static inline void world_forget_mail(struct world *world)
{
    world->mail_count = 0;
}

/* How many messages of the kind are under way. */
static inline size_t world_under_way(const struct world *world, size_t from, size_t to, prom_message_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < world->mail_count; i++) {
        const struct world_letter *letter = &world->mail[i];
        count += letter->from == from && letter->to == to && letter->message.kind == kind;
    }
    return count;
}

#endif
