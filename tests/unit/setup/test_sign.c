#include "setup/keying.h"

static void everybody_comes_to_tx0(void **state)
{
    static const uint8_t sizes[] = {3, 5};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        void *own = NULL;
        assert_int_equal(fixture_make(&own), 0);
        struct setting *it = seated_new(own, sizes[i], sizes[i] + 1U);
        seated_of(it)->repeat = i == 0; /* everything comes twice */
        setting_draw(it);
        assert_given(it);
        seated_free(it);
        (void)fixture_free(&own);
    }
}

/* One run with a crash at the point, of whoever acts there; returns how many points there were. */
static size_t run_with_crash(size_t crash_at)
{
    void *state = NULL;
    assert_int_equal(fixture_make(&state), 0);
    struct setting *it = seated_new(state, 3, 4);
    seated_of(it)->crash_at = crash_at;
    setting_draw(it);
    assert_given(it);
    const size_t points = seated_of(it)->points;
    assert_int_equal(seated_of(it)->crashes, crash_at < points);
    seated_free(it);
    (void)fixture_free(&state);
    return points;
}

/* Facts on disk, memory lost, between two steps; all of them were run once, here are some. */
static void a_crash_changes_nothing(void **state)
{
    enum { STRIDE = 29 };
    const size_t points = run_with_crash(SIZE_MAX);
    (void)state;
    assert_true(points > 200);
    for (size_t i = 0; i < points; i += STRIDE) {
        (void)run_with_crash(i);
    }
}

/* Links that are slow, each in its own way: what one sends to two comes at different times. */
static void the_order_of_senders_changes_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        void *own = NULL;
        assert_int_equal(fixture_make(&own), 0);
        struct setting *it = seated_new(own, 3, 4);
        seated_of(it)->random = seed;
        setting_draw(it);
        for (size_t i = 0; i < 40; i++) {
            setting_run(it);
        }
        assert_given(it);
        seated_free(it);
        (void)fixture_free(&own);
    }
}

/* -- Who lies -- */

/* What an actor has signed, with one byte changed, and signed again. */
static void change_word(struct setting *it, struct parcel *parcel, size_t at)
{
    struct actor *actor = &it->actors[parcel->from];
    const prom_signing_kind kind = (prom_signing_kind)parcel->message.kind;
    prom_span copy;
    prom_bytes32 digest;
    prom_bytes32 hash;
    assert_ok(prom_span_copy(&it->test->arena, &copy, parcel->message.as.bytes, &it->test->error), &it->test->error);
    uint8_t *bytes = (uint8_t *)(uintptr_t)copy.data;
    bytes[at] ^= 1;
    const size_t content = copy.length - sizeof(uint32_t) - sizeof(prom_signature);
    prom_signing_digest(&digest, kind, prom_span_of(bytes + sizeof(uint32_t), content));
    prom_signing_hash(&hash, &actor->channel->tree->contract_id, kind, prom_signing_attempt(actor->channel->signing),
                      &digest);
    const prom_signature signature = sign_hash(it->test, &actor->words, &hash);
    memcpy(bytes + copy.length - sizeof signature, signature.bytes, sizeof signature);
    parcel->message.as.bytes = copy;
}

static void sign_wrongly(struct setting *it, struct parcel *parcel)
{
    if (parcel->message.kind == PROM_MESSAGE_PARTIALS) {
        change_word(it, parcel, parcel->message.as.bytes.length - sizeof(prom_signature) - 1);
    }
}

/* To everybody the same, and no two points. */
static void give_no_points(struct setting *it, struct parcel *parcel)
{
    if (parcel->message.kind == PROM_MESSAGE_NONCES) {
        change_word(it, parcel, sizeof(uint32_t) + 1);
    }
}

static void give_two_nonces(struct setting *it, struct parcel *parcel)
{
    if (parcel->message.kind == PROM_MESSAGE_NONCES && parcel->to == PROM_PARTY_W) {
        change_word(it, parcel, sizeof(uint32_t)); /* another point, of the other parity */
    }
}

static void whoever_signs_badly_loses_its_seat(void **state)
{
    void (*const lies[])(struct setting *, struct parcel *) = {sign_wrongly, give_no_points, give_two_nonces};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        void *own = NULL;
        assert_int_equal(fixture_make(&own), 0);
        struct setting *it = seated_new(own, 3, 4);
        const struct actor *liar = seated_lie(it, lies[i]);
        assert_seat_lost(it, liar, PROM_LOSS_SIGNING);
        assert_true(setting_party(it, PROM_PARTY_W)->channel->facts.kept[PROM_KEPT_FAULT].length > 0);
        seated_free(it);
        (void)fixture_free(&own);
    }
}

/* What proves a fault is acted upon in the step that takes it. */
static void a_fault_is_taken_at_once(void **state)
{
    struct setting *it = seated_new(*state, 3, 4);
    struct actor *W = setting_party(it, PROM_PARTY_W);
    seated_of(it)->silent = PROM_PARTY_V;
    setting_draw(it);
    struct actor *A = seated_on(it, 1);
    struct parcel parcel = {
        .from = A->number,
        .to = W->number,
        .message = {.kind = PROM_MESSAGE_NONCES, .as.bytes = A->channel->facts.kept[PROM_KEPT_NONCES]}};
    change_word(it, &parcel, sizeof(uint32_t));
    assert_int_equal(setting_say(it, &A->words.public_key, W, &parcel.message), PROM_TAKEN);
    assert_true(seated_count_losses(it, PROM_LOSS_SIGNING) > 0);
    assert_true(W->channel->tree == NULL);
    seated_free(it);
}

/* The same by a party, who has no seat to lose, ends the setup, and says who it was. */
static void a_party_that_signs_badly_ends_it(void **state)
{
    fixture *test = *state;
    struct setting *it = seated_new(test, 3, 4);
    seated_of(it)->liar = setting_party(it, PROM_PARTY_W);
    seated_of(it)->lie = sign_wrongly;
    setting_draw(it);
    assert_phase(setting_party(it, PROM_PARTY_C), PROM_SETUP_OVER);
    assert_phase(setting_party(it, PROM_PARTY_V), PROM_SETUP_OVER);
    assert_non_null(strstr(setting_setup(setting_party(it, PROM_PARTY_C))->reason, "the worker"));
    assert_true(setting_party(it, PROM_PARTY_C)->channel->facts.kept[PROM_KEPT_FAULT].length > 0);
    assert_int_equal(setting_party(it, PROM_PARTY_C)->remembered, 1); /* the draw */
    seated_free(it);
}

/* -- Attempts -- */

/* The tree is being signed: nobody's partial signatures are out. */
static struct setting *stop_in_signing(fixture *test)
{
    struct setting *it = seated_new(test, 3, 3);
    seated_of(it)->silent = PROM_PARTY_V;
    setting_draw(it);
    for (size_t i = 0; i < it->actor_count; i++) {
        assert_phase(&it->actors[i], PROM_SETUP_SIGNING);
        assert_int_equal(setting_setup(&it->actors[i])->attempt, 1);
        assert_int_equal(prom_setup_awaited(it->actors[i].channel), 0); /* V has no seat */
        assert_true(it->actors[i].seen_told > (i < PROM_PARTIES)); /* what is signed for is noted for good before */
    }
    return it;
}

static void who_crashed_begins_the_next_attempt(void **state)
{
    struct setting *it = stop_in_signing(*state);
    struct actor *A = setting_arbiter(it, 0);
    seated_reload(it, A);
    assert_int_equal(setting_setup(A)->attempt, 2); /* before its nonces are made */
    seated_of(it)->silent = SETTING_ACTORS_MAX;
    setting_run(it);
    assert_given(it);
    for (size_t i = 0; i < it->actor_count; i++) {
        assert_int_equal(setting_setup(&it->actors[i])->attempt, 2);
    }
    seated_free(it);
}

/* Right after it is loaded nothing is asked of the signer: the attempt is on disk first. */
static void an_attempt_is_on_disk_before_its_nonces(void **state)
{
    struct setting *it = stop_in_signing(*state);
    struct actor *A = setting_arbiter(it, 0);
    seated_load(it, A);
    assert_int_equal(prom_signing_attempt(A->channel->signing), 2);
    assert_int_equal(setting_setup(A)->attempt, 1);
    assert_null(seated_wants(it, A, PROM_WANT_SIGN));
    setting_tick(it, A);
    assert_int_equal(setting_setup(A)->attempt, 2);
    assert_int_equal(seated_wants(it, A, PROM_WANT_SIGN)->as.sign.purpose, PROM_PURPOSE_NONCES);
    seated_free(it);
}

/* Nonces that it had in memory are lost, and were acknowledged: it needs them anew. */
static void who_crashed_with_the_nonces_of_others(void **state)
{
    struct setting *it = seated_new(*state, 3, 3);
    struct actor *V = setting_party(it, PROM_PARTY_V);
    seated_of(it)->deaf = V;
    seated_of(it)->deaf_to = PROM_MESSAGE_DIGEST;
    setting_draw(it);
    const prom_bytes32 *from = &setting_party(it, PROM_PARTY_C)->words.public_key;
    const prom_message nonces = {.kind = PROM_MESSAGE_NONCES,
                                 .as.bytes = setting_party(it, PROM_PARTY_C)->channel->facts.kept[PROM_KEPT_NONCES]};
    assert_phase(V, PROM_SETUP_AGREED);
    assert_true(nonces.as.bytes.length > 0);
    assert_int_equal(setting_say(it, from, V, &nonces), PROM_TAKEN);
    assert_int_equal(setting_setup(V)->attempt, 1);
    seated_reload(it, V);
    assert_int_equal(prom_signing_attempt(V->channel->signing), 2);
    const size_t sent = it->mail_count;
    assert_int_equal(setting_say(it, from, V, &nonces), PROM_TAKEN); /* once more, and it has none yet to answer with */
    assert_int_equal(it->mail_count, sent);
    seated_free(it);
}

/* There are so many attempts, and then it is over; nobody's signature is out. */
static void attempts_come_to_an_end(void **state)
{
    struct setting *it = stop_in_signing(*state);
    struct actor *A = setting_arbiter(it, 0);
    for (uint32_t i = 2; i <= PROM_SIGNING_ATTEMPTS_MAX; i++) {
        seated_reload(it, A);
        assert_int_equal(setting_setup(A)->attempt, i);
    }
    seated_reload(it, A);
    assert_phase(A, PROM_SETUP_OVER);
    assert_non_null(strstr(setting_setup(A)->reason, "no more"));
    seated_free(it);
}

/* Everybody follows to the last attempt that there is, and is then let down. */
static void claim_the_last_attempt(struct setting *it, struct parcel *parcel)
{
    const struct actor *actor = &it->actors[parcel->from];
    prom_writer writer = prom_writer_in(&it->test->arena);
    prom_bytes32 digest;
    prom_bytes32 hash;
    if (parcel->message.kind != PROM_MESSAGE_NONCES || actor->channel->tree == NULL) {
        return;
    }
    const prom_span bytes = parcel->message.as.bytes;
    const prom_span content =
        prom_span_of(bytes.data + sizeof(uint32_t), bytes.length - sizeof(uint32_t) - sizeof(prom_signature));
    prom_signing_digest(&digest, PROM_SIGNING_NONCES, content);
    prom_signing_hash(&hash, &actor->channel->tree->contract_id, PROM_SIGNING_NONCES, PROM_SIGNING_ATTEMPTS_MAX,
                      &digest);
    const prom_signature signature = sign_hash(it->test, &actor->words, &hash);
    prom_write_u32(&writer, PROM_SIGNING_ATTEMPTS_MAX);
    prom_write_span(&writer, content);
    prom_write_span(&writer, prom_span_of(signature.bytes, sizeof signature.bytes));
    assert_ok(prom_writer_finish(&writer, &parcel->message.as.bytes, &it->test->error), &it->test->error);
}

/* The seats without it have all their attempts: one arbiter ends no setup. */
static void whoever_lets_attempts_run_out_loses_its_seat(void **state)
{
    struct setting *it = seated_new(*state, 3, 4);
    const struct actor *liar = seated_lie(it, claim_the_last_attempt);
    assert_seat_lost(it, liar, PROM_LOSS_SIGNING);
    assert_int_equal(setting_setup(setting_party(it, PROM_PARTY_W))->attempt, 1);
    seated_free(it);
}

/* Who has all signatures helps who lost the session, also when its own signature of Tx0 is out. */
static void who_is_complete_follows(void **state)
{
    fixture *test = *state;
    struct setting *it = seated_new(test, 3, 3);
    struct actor *V = setting_party(it, PROM_PARTY_V);
    seated_of(it)->deaf = V;
    seated_of(it)->deaf_to = PROM_MESSAGE_PARTIALS;
    setting_draw(it);
    assert_phase(V, PROM_SETUP_SIGNING);
    assert_phase(setting_party(it, PROM_PARTY_C), PROM_SETUP_COMPLETE);
    assert_phase(setting_party(it, PROM_PARTY_W), PROM_SETUP_GIVEN);
    seated_reload(it, V);
    seated_of(it)->deaf = NULL;
    setting_run(it);
    assert_given(it);
    assert_int_equal(setting_setup(V)->attempt, 2);
    seated_free(it);
}

/* Who has all signatures, follows and crashes itself begins the next attempt: the other waits for it in the last one.
 */
static void who_is_complete_and_crashed_goes_on(void **state)
{
    fixture *test = *state;
    struct setting *it = seated_new(test, 3, 3);
    struct actor *V = setting_party(it, PROM_PARTY_V);
    struct actor *W = setting_party(it, PROM_PARTY_W);
    seated_of(it)->deaf = V;
    seated_of(it)->deaf_to = PROM_MESSAGE_PARTIALS;
    setting_draw(it);
    seated_reload(it, W); /* that alone begins nothing */
    setting_run(it);
    assert_int_equal(setting_setup(W)->attempt, 1);
    seated_of(it)->silent = W->number;
    seated_reload(it, V);
    seated_of(it)->deaf = NULL;
    setting_run(it);
    assert_int_equal(setting_setup(W)->attempt, 2);
    assert_phase(V, PROM_SETUP_SIGNING);
    seated_of(it)->silent = SETTING_ACTORS_MAX;
    seated_reload(it, W);
    setting_run(it);
    assert_given(it);
    assert_int_equal(setting_setup(V)->attempt, 3);
    seated_free(it);
}

static void a_stale_answer_changes_nothing(void **state)
{
    struct setting *it = stop_in_signing(*state);
    struct actor *A = setting_arbiter(it, 0);
    const prom_span old = A->channel->facts.kept[PROM_KEPT_NONCES];
    const prom_event event = {.kind = PROM_EVENT_SIGNED, .as.signed_ = {.purpose = PROM_PURPOSE_NONCES, .bytes = old}};
    seated_reload(it, A);
    const size_t sent = it->mail_count;
    (void)setting_step(it, A, &event);
    assert_int_equal(it->mail_count, sent);
    seated_free(it);
}

/* Seats change, and come back to what they were: the contract is the same one again, and its attempts go on, so that
 * nobody signs two different nonces for one. The journal of the setting looks at that. */
static void seats_that_come_back(void **state)
{
    struct setting *it = seated_new(*state, 3, 4);
    struct actor *late = NULL;
    seated_draw_only(it);
    late = seated_first(it);
    late->away = true;
    seated_of(it)->silent = PROM_PARTY_V;
    setting_mine(it, 1);
    setting_wait(it, 2 * SETTING_ANSWER_SECONDS);
    struct actor *A = seated_on(it, 2); /* the last one, which the late one displaces */
    assert_phase(A, PROM_SETUP_SIGNING);
    const prom_bytes32 contract = A->channel->tree->contract_id;
    const prom_bytes32 seating = setting_setup(A)->seating;
    late->away = false;
    seated_of(it)->liar = late; /* it says yes, and then deals badly */
    seated_of(it)->lie = deal_a_bad_share;
    setting_run(it);
    assert_true(seated_count_losses(it, PROM_LOSS_KEYGEN) > 0);
    assert_true(prom_bytes32_equal(&setting_setup(A)->seating, &seating));
    assert_true(prom_bytes32_equal(&A->channel->tree->contract_id, &contract));
    assert_int_equal(setting_setup(A)->attempt, 2);
    seated_of(it)->silent = SETTING_ACTORS_MAX;
    setting_run(it);
    assert_given(it);
    seated_free(it);
}

/* A restored node signs nothing that a newer copy may have signed otherwise, and takes nobody's word for it. */
static void a_restored_channel_signs_nothing(void **state)
{
    struct setting *it = stop_in_signing(*state);
    struct actor *A = setting_arbiter(it, 0);
    A->channel->facts.restored = true;
    setting_tick(it, A);
    assert_phase(A, PROM_SETUP_GIVEN); /* its signature of Tx0 may be out */
    seated_of(it)->silent = SETTING_ACTORS_MAX;
    setting_run(it);
    assert_phase(setting_party(it, PROM_PARTY_C), PROM_SETUP_SIGNING);
    assert_null(seated_wants(it, A, PROM_WANT_SIGN));
    seated_free(it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_comes_to_tx0),
        cmocka_unit_test(a_crash_changes_nothing),
        cmocka_unit_test(the_order_of_senders_changes_nothing),
        cmocka_unit_test(whoever_signs_badly_loses_its_seat),
        FIXTURE_TEST(a_fault_is_taken_at_once),
        FIXTURE_TEST(a_party_that_signs_badly_ends_it),
        FIXTURE_TEST(who_crashed_begins_the_next_attempt),
        FIXTURE_TEST(an_attempt_is_on_disk_before_its_nonces),
        FIXTURE_TEST(who_crashed_with_the_nonces_of_others),
        FIXTURE_TEST(attempts_come_to_an_end),
        FIXTURE_TEST(whoever_lets_attempts_run_out_loses_its_seat),
        FIXTURE_TEST(who_is_complete_follows),
        FIXTURE_TEST(who_is_complete_and_crashed_goes_on),
        FIXTURE_TEST(a_stale_answer_changes_nothing),
        FIXTURE_TEST(seats_that_come_back),
        FIXTURE_TEST(a_restored_channel_signs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
