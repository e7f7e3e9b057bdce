/* A setup to test with: C, W, V and some arbiters with real keys, each a channel of its own at a node of its own, a
 * chain with P and their offers, and links between them that keep each sender's messages in order.
 *
 *   struct setting *it = setting_new(test, n, offers);
 *   setting_propose(it);        C's owner wants the contract; everything goes on until nobody has anything to say
 *   setting_mine(it, 1);        a block for everybody, and what follows from it
 *   setting_wait(it, seconds);  on everybody's clock
 *   setting_free(it);
 */
#ifndef PROMETHEUS_TEST_SETUP_SETTING_H
#define PROMETHEUS_TEST_SETUP_SETTING_H

#include "setup/setting_node.h"

/* -- Chain and time -- */

static inline void setting_connect(struct setting *it, struct actor *actor)
{
    const uint32_t height = prom_index_next_height(actor->index);
    const struct block *block = &it->blocks[height - 1];
    const prom_index_block connected = {.height = height,
                                        .hash = block->hash,
                                        .previous = height > 1 ? it->blocks[height - 2].hash : (prom_bytes32){{0}},
                                        .txs = block->txs,
                                        .tx_count = block->count};
    assert_ok(prom_index_connect(actor->index, &connected, &it->test->error), &it->test->error);
    actor->own_tip = height > actor->own_tip ? height : actor->own_tip;
    if (actor->channel != NULL && !actor->away) {
        (void)setting_step(it, actor,
                           &(prom_event){.kind = PROM_EVENT_BLOCK, .as.block = {height, block->txs, block->count}});
    }
}

/* Takes blocks off that are no longer in the chain, then adds those that are new. */
static inline void setting_follow(struct setting *it, struct actor *actor)
{
    prom_bytes32 hash;
    while (prom_index_next_height(actor->index) > 1 &&
           (setting_tip(actor) > it->block_count ||
            (prom_index_block_hash(actor->index, &hash, setting_tip(actor)) &&
             !prom_bytes32_equal(&hash, &it->blocks[setting_tip(actor) - 1].hash)))) {
        const uint32_t tip = setting_tip(actor);
        assert_ok(prom_index_disconnect(actor->index, &it->test->error), &it->test->error);
        if (actor->channel != NULL && !actor->away) {
            (void)setting_step(it, actor, &(prom_event){.kind = PROM_EVENT_UNBLOCK, .as.unblock = tip});
        }
    }
    while (setting_tip(actor) < it->block_count) {
        setting_connect(it, actor);
    }
}

static inline void setting_follow_all(struct setting *it)
{
    for (size_t i = 0; i < it->actor_count; i++) {
        if (!it->actors[i].lags) {
            setting_follow(it, &it->actors[i]);
        }
    }
}

static inline void setting_add_block(struct setting *it, const prom_tx *const *txs, size_t count)
{
    assert_true(it->block_count < SETTING_BLOCKS_MAX);
    it->blocks[it->block_count++] = (struct block){named("a block", it->blocks_made++), txs, count};
}

/* So many empty blocks, and after each all that follows from it. */
static inline void setting_mine(struct setting *it, size_t blocks)
{
    for (size_t i = 0; i < blocks; i++) {
        setting_add_block(it, NULL, 0);
        setting_follow_all(it);
        setting_run(it);
    }
}

/* The last blocks of the chain give way to as many others, and one more. */
static inline void setting_reorganise(struct setting *it, size_t blocks)
{
    assert_true(it->block_count > blocks);
    it->block_count -= blocks;
    for (size_t i = 0; i <= blocks; i++) {
        setting_add_block(it, NULL, 0);
    }
    setting_follow_all(it);
    setting_run(it);
}

static inline void setting_wait(struct setting *it, uint64_t seconds)
{
    it->seconds += seconds;
    for (size_t i = 0; i < it->actor_count; i++) {
        if (it->actors[i].channel != NULL && !it->actors[i].away) {
            setting_tick(it, &it->actors[i]);
        }
    }
    setting_run(it);
}

/* -- Making it -- */

static inline prom_node_word setting_node_word(fixture *test, const struct actor *actor)
{
    prom_bytes32 hash;
    prom_tagged_hash(&hash, "prometheus/node", prom_span_of32(&actor->words.public_key));
    return (prom_node_word){actor->node.public_key, sign_hash(test, &actor->node, &hash)};
}

/* Keys that serve one contract: new in every round. */
static inline void setting_new_keys(struct setting *it, struct actor *actor)
{
    const size_t number = it->rounds * SETTING_ACTORS_MAX + actor->number;
    actor->words = named_key(it->test, "own words", number);
    actor->joint = named_key(it->test, "joint", number);
    actor->seal = named_key(it->test, "seal", number);
    actor->host = named_key(it->test, "host", number);
    actor->payout = named_key(it->test, "payout", number);
}

static inline prom_own setting_own(struct setting *it, const struct actor *actor)
{
    const size_t number = it->rounds * SETTING_ACTORS_MAX + actor->number;
    const prom_node_word word = setting_node_word(it->test, actor);
    prom_own own = {.words = actor->words.public_key,
                    .joint = actor->joint.public_key,
                    .node_key = word.key,
                    .node_signature = word.signature,
                    .payout = actor->payout.public_key,
                    .change = named_key(it->test, "change", number).public_key,
                    .coin_count = 1};
    own.coins[0].key = actor->coin.public_key;
    if (actor->role == PROM_ROLE_ARBITER) {
        own.host = actor->host.public_key;
        own.coins[0].outpoint = actor->config.announcement.offer;
        own.coins[0].value = it->P.a;
        return own;
    }
    own.coins[0].outpoint = (prom_outpoint){named("coin's transaction", number), 0};
    own.coins[0].value =
        prom_amount_add(prom_terms_deposit(&it->proposal, (prom_party)actor->number), prom_amount_of(100000));
    if (actor->role == PROM_ROLE_VERIFIER) {
        own.seal = actor->seal.public_key;
    }
    if (actor->role == PROM_ROLE_WORKER) {
        own.h = named("h", number);
        own.k_h = named("k_h", number);
    }
    return own;
}

/* A channel at which nothing is agreed, with new keys. */
static inline void setting_open(struct setting *it, struct actor *actor)
{
    prom_facts *facts = calloc(1, sizeof *facts);
    assert_non_null(facts);
    setting_new_keys(it, actor);
    facts->number = it->rounds;
    facts->role = actor->role;
    facts->own = setting_own(it, actor);
    if (actor->role != PROM_ROLE_CLIENT) {
        facts->client = it->actors[PROM_PARTY_C].words.public_key;
    }
    facts->batch_count = 1;
    assert_ok(prom_channel_new(it->test->curve, &it->test->arena, &actor->channel, facts, &it->test->error),
              &it->test->error);
    free(facts);
}

/* Opens a channel for everybody, with new keys and new coins. */
static inline void setting_open_all(struct setting *it)
{
    it->rounds++;
    for (size_t i = 0; i < it->actor_count; i++) {
        setting_open(it, &it->actors[i]);
    }
}

static inline struct actor *setting_add_actor(struct setting *it, prom_role role)
{
    struct actor *actor = &it->actors[it->actor_count];
    const prom_parameters *P = &it->P;
    *actor = (struct actor){.role = role, .number = it->actor_count++, .job = PROM_CHECKED_GOOD};
    actor->node = named_key(it->test, "node", actor->number);
    actor->coin = named_key(it->test, "coin or offer", actor->number);
    actor->index = new_index(it->test, &it->test->arena, 1);
    actor->view = (prom_channel_view){.in_step = true, .may_begin = true};
    actor->config = (prom_channel_config){
        .genesis = prom_chain_parameters_by_name("regtest")->genesis,
        .limits = {.payload_bytes = 1 << 20, .package_bytes = 1 << 20, .feerate = 10, .three_max = P->w},
        .time = {.compute_seconds = 60, .verify_seconds = 60, .bytes_per_second = 1000000},
        .answer_seconds = SETTING_ANSWER_SECONDS,
        .aborted_max = 3,
        .any_pool = true, /* there are few offers */
        .address = {.length = 9, .bytes = "node:7167"},
    };
    return actor;
}

static inline const prom_tx *setting_offer(struct setting *it, struct actor *actor)
{
    prom_tx_output outputs[PROM_OFFER_OUTPUTS];
    prom_tx *tx = NULL;
    prom_bytes32 hash;
    prom_announcement *announcement = &actor->config.announcement;
    fixture *test = it->test;
    assert_ok(prom_offer_outputs(test->curve, &test->arena, outputs, &it->p_txid, &it->P, &actor->coin.public_key,
                                 &test->error),
              &test->error);
    assert_ok(prom_tx_new(&test->arena, &tx, 1, PROM_OFFER_OUTPUTS, &test->error), &test->error);
    tx->inputs[0].outpoint.txid = named("funding of an offer", actor->number);
    memcpy(tx->outputs, outputs, sizeof outputs);
    *announcement = (prom_announcement){.p_txid = it->p_txid,
                                        .offer = {id_of(&it->chain, tx), 0},
                                        .Q = actor->coin.public_key,
                                        .retainer = prom_amount_of(4000),
                                        .node_key = actor->node.public_key,
                                        .address = prom_span_of((const uint8_t *)"arbiter:7167", 12)};
    assert_ok(prom_announcement_hash(&test->arena, &hash, announcement, &test->error), &test->error);
    announcement->signature = sign_hash(test, &actor->coin, &hash);
    return tx;
}

static inline void setting_hear(struct actor *hearer, const struct actor *arbiter)
{
    hearer->heard[hearer->heard_count++] = arbiter->config.announcement;
}

/* The chain: P in block 1, the offers in block 2, and blocks on them. */
static inline void setting_make_chain(struct setting *it)
{
    void *memory = NULL;
    assert_ok(prom_arena_alloc(&it->test->arena, &memory, SETTING_OFFERS_MAX + 1, sizeof(prom_tx *), &it->test->error),
              &it->test->error);
    const prom_tx **txs = memory;
    txs[0] = make_p(&it->chain, &it->P);
    it->p_txid = id_of(&it->chain, txs[0]);
    setting_add_block(it, txs, 1);
    for (size_t i = PROM_PARTIES; i < it->actor_count; i++) {
        txs[i - PROM_PARTIES + 1] = setting_offer(it, &it->actors[i]);
    }
    setting_add_block(it, txs + 1, it->actor_count - PROM_PARTIES);
    for (size_t i = 0; i < 10; i++) {
        setting_add_block(it, NULL, 0);
    }
}

/* Offers of people whom nobody has heard of, deep enough to count. */
static inline void setting_add_strangers(struct setting *it, size_t count)
{
    void *memory = NULL;
    assert_ok(prom_arena_alloc(&it->test->arena, &memory, count, sizeof(prom_tx *), &it->test->error),
              &it->test->error);
    const prom_tx **txs = memory;
    for (size_t i = 0; i < count; i++) {
        txs[i] = make_offer(&it->chain, &it->p_txid, it->P.a);
    }
    setting_add_block(it, txs, count);
    for (size_t i = 0; i < 4; i++) {
        setting_add_block(it, NULL, 0);
    }
    setting_follow_all(it);
}

/* C, W, V, and the owners of so many offers, all of which the three have heard announced. */
static inline struct setting *setting_new(fixture *test, uint8_t n, size_t offers)
{
    struct setting *it = calloc(1, sizeof *it);
    const struct cast cast = make_cast(test);
    assert_non_null(it);
    assert_true(offers <= SETTING_OFFERS_MAX);
    it->test = test;
    it->chain.test = test;
    it->mail = calloc(SETTING_MAIL_MAX, sizeof *it->mail);
    assert_non_null(it->mail);
    it->proposal = valid_terms(test, &cast, n);
    it->proposal.arbiter_count = 0;
    it->P = it->proposal.P;
    for (size_t i = 0; i < PROM_PARTIES + offers; i++) {
        (void)setting_add_actor(it, i < PROM_PARTIES ? (prom_role)i : PROM_ROLE_ARBITER);
    }
    setting_make_chain(it);
    it->proposal.p_txid = it->p_txid;
    for (size_t i = 0; i < PROM_PARTIES * offers; i++) {
        setting_hear(&it->actors[i % PROM_PARTIES], &it->actors[PROM_PARTIES + i / PROM_PARTIES]);
    }
    setting_follow_all(it);
    setting_open_all(it);
    return it;
}

static inline void setting_free(struct setting *it)
{
    free(it->mail);
    free(it);
}

/* C's owner wants the contract. */
static inline prom_reception setting_begin(struct setting *it)
{
    prom_event event = {.kind = PROM_EVENT_PROPOSE, .as.propose = {.proposal = &it->proposal}};
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        event.as.propose.peers[party] = it->actors[party].words.public_key;
        event.as.propose.addresses[party] = it->actors[party].config.address;
    }
    return setting_step(it, &it->actors[PROM_PARTY_C], &event);
}

static inline void setting_propose(struct setting *it)
{
    assert_int_equal(setting_begin(it), PROM_TAKEN);
    setting_run(it);
}

/* The owners of the offers in the order of the draw, as C has it. */
static inline struct actor *setting_drawn(struct setting *it, size_t at)
{
    const prom_setup_session *setup = setting_setup(&it->actors[PROM_PARTY_C]);
    assert_true(at < setup->candidate_count);
    for (size_t i = PROM_PARTIES; i < it->actor_count; i++) {
        if (prom_outpoint_equal(&it->actors[i].config.announcement.offer, &setup->candidates[at].offer)) {
            return &it->actors[i];
        }
    }
    fail();
    return NULL;
}

/* That C, W and V and these arbiters, by their places in the order of the draw, have these seats. */
static inline void assert_seats_at(struct setting *it, const size_t *drawn, size_t count, const char *file, int line)
{
    const prom_setup_session *expected = setting_setup(&it->actors[PROM_PARTY_C]);
    for (size_t i = 0; i < PROM_PARTIES + count; i++) {
        struct actor *actor = i < PROM_PARTIES ? &it->actors[i] : setting_drawn(it, drawn[i - PROM_PARTIES]);
        const prom_setup_session *setup = setting_setup(actor);
        bool same = setup->seat_count == count && prom_bytes32_equal(&setup->seating, &expected->seating);
        for (size_t j = 0; j < count && same; j++) {
            same = setup->seats[j] == drawn[j];
        }
        if (!same) {
            print_error("actor %zu has other seats: %zu of them, the first %u\n", actor->number, setup->seat_count,
                        setup->seats[0]);
            _fail(file, line);
        }
    }
}
#define assert_seats(it, ...)                                                                                          \
    do {                                                                                                               \
        const size_t seats_[] = {__VA_ARGS__};                                                                         \
        assert_seats_at((it), seats_, COUNT_OF(seats_), __FILE__, __LINE__);                                           \
    } while (0)

/* The way to the draw: the base terms are signed, block g comes and two on it. */
static inline void setting_draw(struct setting *it)
{
    setting_propose(it);
    setting_mine(it, PROM_DRAW_LEAD + PROM_DRAW_DEPTH + 4);
}

static inline void assert_phase_at(struct actor *actor, prom_setup_phase phase, const char *file, int line)
{
    if (setting_setup(actor)->phase != phase) {
        print_error("actor %zu is in phase %s, wanted %s (%s)\n", actor->number,
                    prom_setup_phase_name(setting_setup(actor)->phase), prom_setup_phase_name(phase),
                    setting_setup(actor)->reason);
        _fail(file, line);
    }
}
/* That C, W and V are in the phase. */
static inline void assert_parties_at(struct setting *it, prom_setup_phase phase, const char *file, int line)
{
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        assert_phase_at(&it->actors[party], phase, file, line);
    }
}
#define assert_parties(it, phase) assert_parties_at((it), (phase), __FILE__, __LINE__)
#define assert_phase(actor, phase) assert_phase_at((actor), (phase), __FILE__, __LINE__)

#endif
