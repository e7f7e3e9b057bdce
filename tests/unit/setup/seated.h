/* A setup whose arbiters have taken their seats, from where the key is made until Tx0 is in a block: what the wants of
 * that part are answered by, crashes between any two steps, and what is looked at in the end. */
#ifndef PROMETHEUS_TEST_SETUP_SEATED_H
#define PROMETHEUS_TEST_SETUP_SEATED_H

#include "contract/signed_terms.h"
#include "setup/setting.h"

#include "prometheus/contract/keygen.h"
#include "setup/parts.h"

/* What a test watches and bends; it->context. */
struct seated {
    prom_tx *tx0;     /* as somebody publishes it */
    size_t published; /* by how many wants */
    size_t points;    /* between two steps of anybody, so far */
    size_t crash_at;  /* at this one who acts crashes; SIZE_MAX: nobody does */
    size_t crashes;
    bool tries_fail;       /* C's mempool takes nothing */
    prom_outpoint missing; /* an output that the chain does not know */
    size_t silent;         /* an actor whose signer gives it nothing; SETTING_ACTORS_MAX: none */
    prom_bytes32 journal[512][2];
    size_t journal_count;
    struct actor *liar; /* what it says is changed on the way, by: */
    void (*lie)(struct setting *it, struct parcel *parcel);
    struct actor *deaf; /* it gets no message of this kind: the link is held up */
    prom_message_kind deaf_to;
    bool repeat;     /* what is said from the seats on comes twice */
    uint64_t random; /* not 0: links are slow, each in its own way */
};

static inline struct seated *seated_of(struct setting *it)
{
    return it->context;
}

/* -- A crash: all that is left is what was written -- */

static inline void seated_load(struct setting *it, struct actor *actor)
{
    prom_part_bytes parts[PROM_PARTS];
    fixture *test = it->test;
    size_t count = 0;
    for (size_t i = 0; i < PROM_PARTS; i++) {
        prom_part_bytes *part = &parts[count];
        *part = (prom_part_bytes){.part = (prom_part)i};
        if (i > PROM_PART_ARBITRATION && i < PROM_PART_KEPT) {
            continue;
        }
        assert_ok(prom_facts_write(&test->arena, &part->bytes, &actor->channel->facts, part->part, 0, &test->error),
                  &test->error);
        count += part->bytes.length > 0;
    }
    prom_channel_wipe(actor->channel);
    assert_ok(prom_channel_load(test->curve, &test->arena, &actor->channel, parts, count, NULL, &test->error),
              &test->error);
}

/* And the node starts. */
static inline void seated_reload(struct setting *it, struct actor *actor)
{
    seated_load(it, actor);
    setting_tick(it, actor);
}

/* Between two steps. Returns whether the actor has crashed. */
static inline bool seated_point(struct setting *it, struct actor *actor)
{
    struct seated *seated = seated_of(it);
    if (seated->points++ != seated->crash_at) {
        return false;
    }
    seated->crashes++;
    seated_reload(it, actor);
    return true;
}

static inline bool seated_is_ours(prom_message_kind kind)
{
    return kind == PROM_MESSAGE_KEYGEN || kind == PROM_MESSAGE_DIGEST || kind == PROM_MESSAGE_NONCES ||
           kind == PROM_MESSAGE_PARTIALS || kind == PROM_MESSAGE_TX0_SIGNATURES || kind == PROM_MESSAGE_TX0;
}

/* What happens to a message on its way, before its receiver has it: it is changed, held up, or the receiver crashes. A
 * link that is held up keeps its order. */
static inline bool seated_link(struct setting *it, const struct parcel *carried)
{
    struct parcel *parcel = &it->mail[carried - it->mail];
    struct seated *seated = seated_of(it);
    if (seated->deaf == &it->actors[parcel->to] && parcel->message.kind == seated->deaf_to) {
        return true;
    }
    if (seated->random != 0 && next_random(&seated->random) % 3 == 0) {
        return true;
    }
    if (seated->liar != NULL && parcel->from == seated->liar->number) {
        seated->lie(it, parcel);
        if (parcel->message.kind == PROM_MESSAGE_LOSS) { /* its program is honest, and finds out about it */
            parcel->message = (prom_message){.kind = PROM_MESSAGE_KEYGEN};
        }
    }
    (void)seated_point(it, &it->actors[parcel->to]);
    if (seated->repeat && seated_is_ours(parcel->message.kind)) {
        assert_int_not_equal(
            setting_say(it, &it->actors[parcel->from].words.public_key, &it->actors[parcel->to], &parcel->message),
            PROM_TOO_EARLY);
    }
    return false;
}

/* -- The signer -- */

/* One hash for each purpose and detail, ever. */
static inline void seated_note(struct setting *it, struct actor *actor, const prom_want_sign *sign, prom_span bytes)
{
    struct seated *seated = seated_of(it);
    prom_hasher hasher;
    prom_bytes32 slot;
    prom_bytes32 hash;
    prom_hasher_init(&hasher, "slot");
    prom_hasher_add_number(&hasher, actor->number, 4);
    prom_hasher_add_number(&hasher, (uint64_t)sign->purpose, 4);
    prom_hasher_add(&hasher, prom_span_of32(&sign->detail));
    prom_hasher_finish(&hasher, &slot);
    prom_sha256(&hash, bytes);
    for (size_t i = 0; i < seated->journal_count; i++) {
        if (prom_bytes32_equal(&seated->journal[i][0], &slot)) {
            assert_true(prom_bytes32_equal(&seated->journal[i][1], &hash));
            return;
        }
    }
    assert_true(seated->journal_count < COUNT_OF(seated->journal));
    seated->journal[seated->journal_count][0] = slot;
    seated->journal[seated->journal_count++][1] = hash;
}

struct seated_speaker {
    fixture *test;
    const prom_key *key;
};

static inline prom_result seated_speak(void *context, prom_signature *signature, const prom_bytes32 *hash,
                                       prom_error *error)
{
    const struct seated_speaker *speaker = context;
    (void)error;
    *signature = sign_hash(speaker->test, speaker->key, hash);
    return prom_ok();
}

static inline prom_span seated_sign_tx0(struct setting *it, struct actor *actor)
{
    fixture *test = it->test;
    const prom_channel *channel = actor->channel;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span bytes;
    size_t first = 0;
    const size_t count = prom_tx0_inputs(&channel->terms, channel->place, &first);
    for (size_t i = first; i < first + count; i++) {
        prom_bytes32 hash;
        assert_ok(prom_tree_sighash(&test->arena, &hash, &channel->tree->tx[PROM_TX0], i, &test->error), &test->error);
        const prom_signature signature = sign_hash(test, &actor->coin, &hash);
        prom_write_span(&writer, prom_span_of(signature.bytes, sizeof signature.bytes));
    }
    assert_ok(prom_writer_finish(&writer, &bytes, &test->error), &test->error);
    return bytes;
}

/* What the signer gives; false: it gives nothing, and the session may know why. */
static inline bool seated_made(struct setting *it, struct actor *actor, const prom_want_sign *sign, prom_span *bytes)
{
    fixture *test = it->test;
    struct seated_speaker speaker = {test, &actor->words};
    const prom_own_words words = {&speaker, seated_speak};
    prom_bytes32 randomness = named("randomness of nonces", seated_of(it)->points + 1000 * actor->number);
    if (sign->purpose == PROM_PURPOSE_NONCES) {
        assert_int_equal(sign->attempt, prom_signing_attempt(actor->channel->signing));
        assert_int_equal(sign->attempt, setting_setup(actor)->attempt); /* on disk before */
        assert_ok(prom_signing_give_nonces(&test->arena, actor->channel->signing, bytes, &actor->joint, &words,
                                           &randomness, &test->error),
                  &test->error);
        return true;
    }
    if (sign->purpose == PROM_PURPOSE_PARTIALS) {
        return prom_is_ok(
            prom_signing_give_partials(&test->arena, actor->channel->signing, bytes, &words, &test->error));
    }
    *bytes = seated_sign_tx0(it, actor);
    return true;
}

static inline bool seated_sign(struct setting *it, struct actor *actor, const prom_want *want)
{
    const prom_want_sign *sign = &want->as.sign;
    prom_event event = {.kind = PROM_EVENT_SIGNED, .as.signed_ = {.purpose = sign->purpose, .batch = want->batch}};
    if (actor->signs_not || actor->number == seated_of(it)->silent ||
        (sign->purpose != PROM_PURPOSE_NONCES && sign->purpose != PROM_PURPOSE_PARTIALS &&
         sign->purpose != PROM_PURPOSE_TX0)) {
        return false;
    }
    if (!seated_made(it, actor, sign, &event.as.signed_.bytes)) {
        setting_tick(it, actor); /* the session has found out whose fault that is */
        return true;
    }
    if (seated_point(it, actor)) {
        return true; /* what was made is lost */
    }
    seated_note(it, actor, sign, event.as.signed_.bytes);
    (void)setting_step(it, actor, &event);
    return true;
}

/* -- The pool, the chain, the mempool -- */

static inline bool seated_keygen(struct setting *it, struct actor *actor, const prom_want *want)
{
    fixture *test = it->test;
    const prom_want_job *job = &want->as.job;
    const prom_bytes32 randomness = named("randomness of a deal", actor->number);
    const prom_keygen_order order = {(prom_keygen_step)job->step, job->bytes, &actor->host, &randomness};
    prom_keygen_answer answer;
    if (job->job != PROM_JOB_KEYGEN || actor->number == seated_of(it)->silent) {
        return false;
    }
    assert_ok(prom_keygen_work(test->curve, &test->arena, &answer, &order, &test->error), &test->error);
    if (seated_point(it, actor)) {
        return true;
    }
    prom_event event = {
        .kind = PROM_EVENT_DONE,
        .as.done = {.job = PROM_JOB_KEYGEN, .subject = job->subject, .bytes = answer.bytes, .culprit = answer.culprit}};
    (void)setting_step(it, actor, &event);
    return true;
}

static inline void seated_tell_output(struct setting *it, struct actor *actor, const prom_outpoint *outpoint,
                                      bool found)
{
    const prom_tree_tx *tx0 = &actor->channel->tree->tx[PROM_TX0];
    prom_event event = {.kind = PROM_EVENT_OUTPUT, .as.output = {.outpoint = *outpoint, .found = found}};
    for (size_t i = 0; i < tx0->tx->input_count; i++) {
        if (prom_outpoint_equal(&tx0->tx->inputs[i].outpoint, outpoint)) {
            event.as.output.output = (prom_input_view){found, tx0->spent[i], 2, false, setting_tip(actor)};
        }
    }
    (void)setting_step(it, actor, &event);
}

static inline bool seated_publish(struct setting *it, struct actor *actor)
{
    struct seated *seated = seated_of(it);
    seated->published++;
    assert_ok(
        prom_tx_parse(&it->test->arena, &seated->tx0, actor->channel->facts.kept[PROM_KEPT_TX0], &it->test->error),
        &it->test->error);
    return false; /* until it is in a block it is wanted */
}

static inline bool seated_answer(struct setting *it, struct actor *actor, const prom_want *want)
{
    struct seated *seated = seated_of(it);
    switch (want->kind) {
    case PROM_WANT_SIGN:
        return seated_sign(it, actor, want);
    case PROM_WANT_JOB:
        return seated_keygen(it, actor, want);
    case PROM_WANT_LOOK_UP:
        seated_tell_output(it, actor, &want->as.look_up, !prom_outpoint_equal(&want->as.look_up, &seated->missing));
        return true;
    case PROM_WANT_TRY:
        (void)setting_step(
            it, actor, &(prom_event){.kind = PROM_EVENT_TRIED, .as.tried = {!seated->tries_fail, "it is too cheap"}});
        return true;
    case PROM_WANT_PUBLISH_TX0:
        return seated_publish(it, actor);
    case PROM_WANT_PUBLISH:
    case PROM_WANT_ABANDON:
    case PROM_WANT_FETCH:
        break;
    }
    return false;
}

/* -- Making it -- */

/* C, W and V, and `offers` arbiters; the first n of them in the order of the draw have come to the seats. */
static inline struct setting *seated_new(fixture *test, uint8_t n, size_t offers)
{
    struct setting *it = setting_new(test, n, offers);
    struct seated *seated = calloc(1, sizeof *seated);
    assert_non_null(seated);
    *seated = (struct seated){.crash_at = SIZE_MAX, .silent = SETTING_ACTORS_MAX};
    it->context = seated;
    it->answer = seated_answer;
    it->lost = seated_link;
    return it;
}

static inline void seated_free(struct setting *it)
{
    free(it->context);
    setting_free(it);
}

/* The actor on a seat, as C sees it. */
static inline struct actor *seated_on(struct setting *it, size_t seat)
{
    const prom_channel *C = setting_party(it, PROM_PARTY_C)->channel;
    return &it->actors[setting_find(it, &prom_setup_seated(C, seat)->seat.terms.key)];
}

/* Whether the terms that C has hold it. */
static inline bool seated_has_place(struct setting *it, const struct actor *actor)
{
    return prom_channel_place_of(setting_party(it, PROM_PARTY_C)->channel, &actor->words.public_key) != PROM_NO_PLACE;
}

/* All have given their signatures, C has published, and all hold the same Tx0. */
static inline void assert_given(struct setting *it)
{
    const prom_span tx0 = setting_party(it, PROM_PARTY_C)->channel->facts.kept[PROM_KEPT_TX0];
    size_t places = 0;
    assert_true(tx0.length > 0);
    for (size_t i = 0; i < it->actor_count; i++) {
        struct actor *actor = &it->actors[i];
        if (seated_has_place(it, actor)) {
            assert_phase(actor, PROM_SETUP_GIVEN);
            assert_true(prom_span_equal(actor->channel->facts.kept[PROM_KEPT_TX0], tx0));
            assert_true(prom_signing_is_complete(actor->channel->signing));
            assert_true(actor->channel->facts.kept[PROM_KEPT_SIGNATURES].length > 0);
            assert_true((actor->channel->facts.kept[PROM_KEPT_RECOVERY].length > 0) == (i >= PROM_PARTIES));
            places++;
        }
    }
    assert_int_equal(places, PROM_PARTIES + it->P.n);
    assert_true(seated_of(it)->published > 0);
}

/* The arbiter that the draw puts first, before anybody is asked: C's first candidate. */
static inline struct actor *seated_first(struct setting *it)
{
    const prom_setup_session *setup = setting_setup(setting_party(it, PROM_PARTY_C));
    for (size_t i = PROM_PARTIES; i < it->actor_count; i++) {
        if (prom_outpoint_equal(&it->actors[i].config.announcement.offer, &setup->candidates[0].offer)) {
            return &it->actors[i];
        }
    }
    return NULL;
}

/* To the draw, but no further: nobody has said yes yet. */
static inline void seated_draw_only(struct setting *it)
{
    setting_propose(it);
    for (size_t i = PROM_PARTIES; i < it->actor_count; i++) {
        it->actors[i].away = true;
    }
    setting_mine(it, PROM_DRAW_LEAD + PROM_DRAW_DEPTH + 4);
    for (size_t i = PROM_PARTIES; i < it->actor_count; i++) {
        it->actors[i].away = false;
    }
}

/* The arbiter of the draw's first place lies so from now on; all go on as far as they come. */
static inline struct actor *seated_lie(struct setting *it, void (*lie)(struct setting *it, struct parcel *parcel))
{
    seated_draw_only(it);
    seated_of(it)->liar = seated_first(it);
    seated_of(it)->lie = lie;
    setting_mine(it, 1);
    setting_run(it);
    return seated_of(it)->liar;
}

static inline size_t seated_count_losses(const struct setting *it, prom_loss_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < it->mail_count; i++) {
        count += it->mail[i].message.kind == PROM_MESSAGE_LOSS && it->mail[i].message.as.loss.kind == kind;
    }
    return count;
}

/* The liar has lost its seat for that, and the others have gone on without it. */
static inline void assert_seat_lost(struct setting *it, const struct actor *liar, prom_loss_kind kind)
{
    assert_given(it);
    assert_ptr_not_equal(liar, NULL);
    assert_false(seated_has_place(it, liar));
    assert_true(seated_count_losses(it, kind) > 0);
}

static inline prom_want *seated_wants(struct setting *it, struct actor *actor, prom_want_kind kind)
{
    static prom_wants wants;
    const prom_channel_view view = setting_view(it, actor);
    assert_ok(prom_channel_wants(actor->channel, &it->test->arena, &wants, &view, &it->test->error), &it->test->error);
    for (size_t i = 0; i < wants.count; i++) {
        if (wants.list[i].kind == kind) {
            return &wants.list[i];
        }
    }
    return NULL;
}

static inline bool seated_wants_to(struct setting *it, struct actor *actor, prom_want_kind kind)
{
    return seated_wants(it, actor, kind) != NULL;
}

/* -- The chain -- */

/* A block with one transaction, for everybody. */
static inline void seated_mine(struct setting *it, const prom_tx *tx)
{
    const prom_tx **txs = NULL;
    void *memory = NULL;
    assert_ok(prom_arena_alloc(&it->test->arena, &memory, 1, sizeof *txs, &it->test->error), &it->test->error);
    txs = memory;
    txs[0] = tx;
    setting_add_block(it, txs, 1);
    setting_follow_all(it);
    setting_run(it);
}

/* What spends an input of Tx0 to somewhere else. */
static inline prom_tx *seated_spoiler(struct setting *it, const prom_channel *channel, size_t input)
{
    prom_tx *tx = NULL;
    assert_ok(prom_tx_new(&it->test->arena, &tx, 1, 1, &it->test->error), &it->test->error);
    tx->inputs[0].outpoint = channel->tree->tx[PROM_TX0].tx->inputs[input].outpoint;
    tx->outputs[0].value = prom_amount_of(1000);
    tx->outputs[0].script = p2tr_script(it->test, &channel->terms.parties[PROM_PARTY_W].change);
    return tx;
}

/* All signatures of Tx0 are out but C's, whose node does not publish it. */
static inline struct setting *seated_unpublished(fixture *test)
{
    struct setting *it = seated_new(test, 3, 3);
    seated_of(it)->tries_fail = true;
    setting_draw(it);
    return it;
}

static inline uint32_t seated_deadline(struct setting *it)
{
    return setting_party(it, PROM_PARTY_C)->channel->terms.setup_deadline;
}

static inline void seated_mine_to(struct setting *it, uint32_t tip)
{
    while (it->block_count < tip) {
        setting_mine(it, 1);
    }
}

#endif
