#include "setup/keying.h"

static void deal_no_points(struct setting *it, struct parcel *parcel)
{
    if (is_step(parcel, PROM_KEYGEN_DEAL)) {
        prom_span *deal = &parcel->message.as.keygen.bytes;
        *deal = changed_deal(it, &it->actors[parcel->from], *deal, 0);
    }
}

/* To W another one than to C and V, each of them good. */
static void deal_twice(struct setting *it, struct parcel *parcel)
{
    struct actor *dealer = &it->actors[parcel->from];
    fixture *test = it->test;
    if (is_step(parcel, PROM_KEYGEN_DEAL) && parcel->to == PROM_PARTY_W) {
        const prom_dkg_session session = keying_session(it, dealer->channel);
        const prom_bytes32 randomness = named("other randomness", 0);
        prom_keygen_order order = {.step = PROM_KEYGEN_DEAL, .key = &dealer->host, .randomness = &randomness};
        prom_keygen_answer answer;
        assert_ok(prom_keygen_write_order(&test->arena, &order.bytes, &session, prom_span_of(NULL, 0), &test->error),
                  &test->error);
        assert_ok(prom_keygen_work(test->curve, &test->arena, &answer, &order, &test->error), &test->error);
        parcel->message.as.keygen.bytes = answer.bytes;
    }
}

/* Whoever deals badly loses its seat, whatever it does, and the next one takes it. */
static void a_bad_dealer_loses_its_seat(void **state)
{
    void (*const lies[])(struct setting *, struct parcel *) = {deal_a_bad_share, deal_no_points, deal_twice};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        void *own = NULL;
        assert_int_equal(fixture_make(&own), 0);
        struct setting *it = seated_new(own, 3, 4);
        const struct actor *liar = seated_lie(it, lies[i]);
        assert_seat_lost(it, liar, PROM_LOSS_KEYGEN);
        seated_free(it);
        (void)fixture_free(&own);
    }
}

/* C passes nothing on: W and V do. */
static void withhold_lists(struct setting *it, struct parcel *parcel)
{
    (void)it;
    if (is_step(parcel, PROM_KEYGEN_DEALS) || is_step(parcel, PROM_KEYGEN_CERTIFICATE)) {
        memset(&parcel->message.as.keygen.seating, 1, sizeof parcel->message.as.keygen.seating);
    }
}

static void nobody_needs_the_client_to_make_a_key(void **state)
{
    fixture *test = *state;
    struct setting *it = seated_new(test, 3, 3);
    seated_of(it)->liar = setting_party(it, PROM_PARTY_C);
    seated_of(it)->lie = withhold_lists;
    setting_draw(it);
    assert_given(it);
    seated_free(it);
}

/* An arbiter speaks to C alone: what C has all have. */
static void speak_to_the_client_alone(struct setting *it, struct parcel *parcel)
{
    (void)it;
    if (parcel->message.kind == PROM_MESSAGE_KEYGEN && parcel->to != PROM_PARTY_C) {
        memset(&parcel->message.as.keygen.seating, 1, sizeof parcel->message.as.keygen.seating);
    }
}

static void what_one_has_all_have(void **state)
{
    fixture *test = *state;
    struct setting *it = seated_new(test, 3, 3);
    (void)seated_lie(it, speak_to_the_client_alone);
    assert_given(it);
    seated_free(it);
}

static prom_message keygen_message(const struct actor *to, prom_keygen_step step, prom_span bytes)
{
    return (prom_message){.kind = PROM_MESSAGE_KEYGEN,
                          .as.keygen = {to->channel->facts.setup.seating, (uint8_t)step, bytes}};
}

/* What nobody says: of other seats it is passed over, of ours refused; nothing changes. */
static void what_is_nobodys_changes_nothing(void **state)
{
    struct actor *silent = NULL;
    struct setting *it = stop_in_keying(*state, &silent);
    struct actor *W = setting_party(it, PROM_PARTY_W);
    struct actor *A = seated_on(it, 1);
    prom_message message = keygen_message(W, PROM_KEYGEN_DEAL, W->channel->facts.kept[PROM_KEPT_KEYGEN + 1]);
    assert_true(message.as.keygen.bytes.length > 0);
    assert_int_equal(setting_say(it, &silent->words.public_key, W, &message), PROM_REFUSED); /* another's */
    message.as.keygen.bytes.length--;
    assert_int_equal(setting_say(it, &silent->words.public_key, W, &message), PROM_REFUSED);
    message.as.keygen.bytes.length = 3;
    assert_int_equal(setting_say(it, &silent->words.public_key, W, &message), PROM_REFUSED);
    message = keygen_message(W, PROM_KEYGEN_SIGNATURE, prom_span_of32(&silent->words.public_key));
    assert_int_equal(setting_say(it, &silent->words.public_key, W, &message),
                     PROM_TAKEN); /* too early, and forgotten */
    message = keygen_message(A, PROM_KEYGEN_DEALS, prom_span_of(NULL, 0));
    assert_int_equal(setting_say(it, &W->words.public_key, A, &message), PROM_REFUSED);
    assert_int_equal(setting_say(it, &silent->words.public_key, A, &message),
                     PROM_REFUSED); /* an arbiter gathers none */
    const prom_bytes32 stranger = named("a stranger", 0);
    message = keygen_message(W, PROM_KEYGEN_ENTER, prom_span_of(NULL, 0));
    assert_int_equal(setting_say(it, &stranger, W, &message), PROM_REFUSED);
    message.as.keygen.step = 99;
    assert_int_equal(setting_say(it, &A->words.public_key, W, &message), PROM_REFUSED);
    message.as.keygen.seating.bytes[0] ^= 1;
    assert_int_equal(setting_say(it, &A->words.public_key, W, &message), PROM_TAKEN);
    const prom_event done = {.kind = PROM_EVENT_DONE, /* of a job for seats that were before */
                             .as.done = {.job = PROM_JOB_KEYGEN,
                                         .subject = named("a job", 0),
                                         .bytes = prom_span_of32(&stranger),
                                         .culprit = PROM_ARBITERS_MAX}};
    const size_t sent = it->mail_count;
    (void)setting_step(it, silent, &done);
    assert_int_equal(it->mail_count, sent);
    assert_int_equal(prom_setup_awaited(W->channel), 1);
    seated_of(it)->silent = SETTING_ACTORS_MAX;
    setting_run(it);
    assert_given(it);
    seated_free(it);
}

/* Its deal goes out by itself once; who comes again and again is answered, which a node need not keep for it. */
static void who_comes_again_is_answered(void **state)
{
    struct actor *silent = NULL;
    struct setting *it = stop_in_keying(*state, &silent);
    const struct actor *W = setting_party(it, PROM_PARTY_W);
    struct actor *A = seated_on(it, 1);
    const prom_message enter = keygen_message(A, PROM_KEYGEN_ENTER, prom_span_of(NULL, 0));
    size_t dealt = 0;
    for (size_t i = 0; i < it->mail_count; i++) {
        if (it->mail[i].from == A->number && is_step(&it->mail[i], PROM_KEYGEN_DEAL)) {
            dealt += !it->mail[i].answer;
        }
    }
    assert_int_equal(dealt, PROM_PARTIES);
    for (size_t i = 0; i < 3; i++) {
        const size_t sent = it->mail_count;
        assert_int_equal(setting_say(it, &W->words.public_key, A, &enter), PROM_TAKEN);
        assert_int_equal(it->mail_count, sent + 1);
        assert_true(is_step(&it->mail[sent], PROM_KEYGEN_DEAL) && it->mail[sent].answer);
    }
    seated_free(it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_dealer_loses_its_seat), FIXTURE_TEST(nobody_needs_the_client_to_make_a_key),
        FIXTURE_TEST(what_one_has_all_have),           FIXTURE_TEST(what_is_nobodys_changes_nothing),
        FIXTURE_TEST(who_comes_again_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
