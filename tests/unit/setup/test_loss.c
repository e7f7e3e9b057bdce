#include "setup/keying.h"

static struct actor *party(struct setting *it, prom_party which)
{
    return setting_party(it, which);
}

static struct setting *seated(void **state)
{
    struct setting *it = setting_new(*state, 3, 6);
    setting_draw(it);
    assert_seats(it, 0, 1, 2);
    return it;
}

static size_t mail_of(const struct setting *it, size_t from, prom_message_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < it->mail_count; i++) {
        count += it->mail[i].from == from && it->mail[i].message.kind == kind;
    }
    return count;
}

/* -- Silence -- */

/* All the way to Tx0 but for one: the second in the order of the draw. */
static size_t watched;

static struct setting *with_second(void **state, struct actor **second)
{
    struct setting *it = seated_new(*state, 3, 6);
    for (size_t i = 0; i < 6; i++) {
        setting_arbiter(it, i)->away = true;
    }
    setting_draw(it);
    *second = setting_drawn(it, 1);
    watched = (*second)->number;
    return it;
}

static bool has_seat(struct setting *it, const struct actor *arbiter)
{
    const prom_terms *terms = &party(it, PROM_PARTY_C)->channel->terms;
    bool found = false;
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        found = found || prom_outpoint_equal(&terms->arbiters[i].offer, &arbiter->config.announcement.offer);
    }
    return found;
}

static void all_come_back(struct setting *it)
{
    for (size_t i = 0; i < 6; i++) {
        setting_arbiter(it, i)->away = false;
        setting_follow(it, setting_arbiter(it, i));
    }
    setting_run(it);
}

/* Who of the three says that somebody is silent. */
static void assert_losses(const struct setting *it, bool C, bool W, bool V)
{
    const bool expected[PROM_PARTIES] = {C, W, V};
    for (prom_party which = PROM_PARTY_C; which < PROM_PARTIES; which++) {
        bool said = false;
        for (size_t i = 0; i < it->mail_count; i++) {
            const prom_message *message = &it->mail[i].message;
            said = said || (it->mail[i].from == (size_t)which && message->kind == PROM_MESSAGE_LOSS &&
                            message->as.loss.place == which);
        }
        assert_int_equal(said, expected[which]);
    }
}

/* It answers every invitation, and never deals: each of the three sees that by itself. */
static void who_does_not_deal_loses_its_seat_whatever_it_answers(void **state)
{
    struct actor *second = NULL;
    struct setting *it = with_second(state, &second);
    seated_of(it)->silent = second->number;
    all_come_back(it);
    assert_seats(it, 0, 1, 2);
    const size_t asked = mail_of(it, PROM_PARTY_W, PROM_MESSAGE_INVITATION);
    setting_wait(it, 2 * SETTING_ANSWER_SECONDS - 1);
    assert_int_equal(mail_of(it, PROM_PARTY_W, PROM_MESSAGE_INVITATION), asked);
    setting_wait(it, 1); /* each asks whether it is there, and no other */
    assert_int_equal(mail_of(it, PROM_PARTY_W, PROM_MESSAGE_INVITATION), asked + 1);
    setting_wait(it, SETTING_ANSWER_SECONDS - 1);
    assert_losses(it, false, false, false);
    assert_seats(it, 0, 1, 2);
    setting_wait(it, 1);
    assert_losses(it, true, true, true);
    assert_parties(it, PROM_SETUP_GIVEN); /* they come to Tx0 without it */
    assert_false(has_seat(it, second));
    assert_phase(second, PROM_SETUP_SEATING);
    seated_free(it);
}

static void who_is_away_loses_its_seat(void **state)
{
    struct actor *second = NULL;
    struct setting *it = with_second(state, &second);
    all_come_back(it);
    assert_parties(it, PROM_SETUP_GIVEN);
    assert_true(has_seat(it, second));
    seated_free(it);

    it = with_second(state, &second);
    seated_of(it)->silent = second->number; /* until it is away */
    all_come_back(it);
    second->away = true;
    setting_wait(it, 2 * SETTING_ANSWER_SECONDS);
    setting_wait(it, SETTING_ANSWER_SECONDS);
    for (prom_party which = PROM_PARTY_C; which < PROM_PARTIES; which++) {
        assert_phase(party(it, which), PROM_SETUP_GIVEN);
    }
    /* a seat that is lost is lost for this setup */
    second->away = false;
    setting_run(it);
    assert_phase(second, PROM_SETUP_SEATING);
    assert_false(has_seat(it, second));
    seated_free(it);
}

/* From its digest on it signs nothing. */
static bool stop_second(struct setting *it, const struct parcel *parcel)
{
    if (parcel->message.kind == PROM_MESSAGE_DIGEST && parcel->from == watched) {
        it->actors[watched].signs_not = true;
    }
    return false;
}

/* Its words may have gone to others: who is there and answers cannot be called silent in signing. */
static void who_answers_in_signing_keeps_its_seat(void **state)
{
    struct actor *second = NULL;
    struct setting *it = with_second(state, &second);
    it->lost = stop_second;
    all_come_back(it);
    assert_parties(it, PROM_SETUP_SIGNING);
    for (size_t i = 0; i < 6; i++) {
        setting_wait(it, SETTING_ANSWER_SECONDS);
    }
    assert_losses(it, false, false, false);
    second->away = true;                        /* and now it is not there */
    for (size_t i = 0; i < PROM_PARTIES; i++) { /* as if they asked only now */
        memset(&setting_setup(&it->actors[i])->candidates[1].question, 0, sizeof(prom_bytes32));
    }
    setting_wait(it, SETTING_ANSWER_SECONDS);
    setting_wait(it, SETTING_ANSWER_SECONDS);
    assert_losses(it, true, true, true);
    assert_parties(it, PROM_SETUP_GIVEN);
    assert_false(has_seat(it, second));
    seated_free(it);
}

static bool between_c_and_second(struct setting *it, const struct parcel *parcel)
{
    return setting_setup(party(it, PROM_PARTY_C))->phase >= PROM_SETUP_AGREED &&
           ((parcel->from == PROM_PARTY_C && parcel->to == watched) ||
            (parcel->from == watched && parcel->to == PROM_PARTY_C));
}

/* C hears nothing of it, or says so: W and V do, and it keeps its seat. */
static void one_alone_takes_nobodys_seat(void **state)
{
    struct actor *second = NULL;
    struct setting *it = with_second(state, &second);
    it->lost = between_c_and_second;
    all_come_back(it);
    for (size_t i = 0; i < 6; i++) {
        setting_wait(it, SETTING_ANSWER_SECONDS);
    }
    assert_losses(it, true, false, false);
    assert_seats(it, 0, 1, 2);
    it->lost = NULL;
    setting_run(it);
    assert_parties(it, PROM_SETUP_GIVEN);
    seated_free(it);
}

static prom_message silence_of(struct setting *it, prom_party who, size_t at, const prom_bytes32 *seating)
{
    struct actor *actor = party(it, who);
    const prom_channel_view view = setting_view(it, actor);
    struct step step = {.channel = actor->channel,
                        .facts = &actor->channel->facts,
                        .view = &view,
                        .arena = &it->test->arena,
                        .error = &it->test->error};
    const prom_candidate *candidate = &setting_setup(actor)->candidates[at];
    prom_bytes32 hash;
    assert_ok(prom_silence_hash(&step, &hash, candidate, seating), &it->test->error);
    return (prom_message){.kind = PROM_MESSAGE_LOSS,
                          .as.loss = {.kind = PROM_LOSS_SILENT,
                                      .offer = candidate->offer,
                                      .seating = *seating,
                                      .place = (uint8_t)who,
                                      .signature = sign_hash(it->test, &actor->words, &hash)}};
}

static bool is_lost(struct setting *it, size_t at)
{
    return setting_setup(party(it, PROM_PARTY_V))->candidates[at].lost;
}

static prom_reception say_to_v(struct setting *it, const prom_message *message)
{
    const prom_bytes32 anybody = named_key(it->test, "whoever brings it", 0).public_key;
    return setting_say(it, &anybody, party(it, PROM_PARTY_V), message);
}

static void two_words_are_not_enough(void **state)
{
    for (prom_party missing = PROM_PARTY_C; missing < PROM_PARTIES; missing++) {
        struct setting *it = seated(state);
        prom_candidate *candidate = &setting_setup(party(it, PROM_PARTY_V))->candidates[1];
        const prom_bytes32 seating = setting_setup(party(it, PROM_PARTY_V))->seating;
        for (prom_party which = PROM_PARTY_C; which < PROM_PARTIES; which++) {
            if (which != missing) {
                const prom_message word = silence_of(it, which, 1, &seating);
                assert_int_equal(say_to_v(it, &word), PROM_TAKEN);
            }
        }
        assert_int_equal(candidate->silent_by, 7 & ~(1U << missing));
        assert_false(candidate->lost);
        setting_free(it);
    }
}

/* Words are of the three, and for the same seats. */
static void three_words_for_the_same_seats_are_needed(void **state)
{
    struct setting *it = seated(state);
    struct actor *V = party(it, PROM_PARTY_V);
    const prom_bytes32 seating = setting_setup(V)->seating;
    const prom_bytes32 other = named("other seats", 0);
    prom_message word = silence_of(it, PROM_PARTY_C, 1, &seating);
    prom_message forged = word;
    forged.as.loss.place = PROM_PARTY_W; /* is C's */
    assert_int_equal(say_to_v(it, &forged), PROM_REFUSED);
    forged.as.loss.place = PROM_PARTY_V;
    assert_int_equal(say_to_v(it, &forged), PROM_REFUSED);
    forged.as.loss.place = 3;
    assert_int_equal(say_to_v(it, &forged), PROM_REFUSED);
    forged = word;
    forged.as.loss.offer = setting_setup(V)->candidates[2].offer; /* of another */
    assert_int_equal(say_to_v(it, &forged), PROM_REFUSED);
    forged = word;
    forged.as.loss.offer.txid = named("not drawn", 0);
    assert_int_equal(say_to_v(it, &forged), PROM_REFUSED);
    forged = word;
    forged.as.loss.kind = (prom_loss_kind)9;
    assert_int_equal(say_to_v(it, &forged), PROM_REFUSED);
    assert_int_equal(setting_setup(V)->candidates[1].silent_by, 0);

    setting_setup(V)->candidates[1].silent_by = 1 << PROM_PARTY_V; /* V has said so itself */
    setting_setup(V)->candidates[1].silent_seatings[PROM_PARTY_V] = seating;
    assert_int_equal(say_to_v(it, &word), PROM_TAKEN);
    assert_false(is_lost(it, 1));
    word = silence_of(it, PROM_PARTY_W, 1, &other);
    assert_int_equal(say_to_v(it, &word), PROM_TAKEN);
    assert_false(is_lost(it, 1)); /* for other seats */
    word = silence_of(it, PROM_PARTY_W, 1, &seating);
    assert_int_equal(say_to_v(it, &word), PROM_TAKEN);
    assert_true(is_lost(it, 1));
    setting_free(it);
}

/* The last word comes when the seats are already others: it counts, or the parties would part. */
static void a_word_counts_for_the_seats_that_it_names(void **state)
{
    struct setting *it = seated(state);
    struct actor *V = party(it, PROM_PARTY_V);
    const prom_bytes32 old = setting_setup(V)->seating;
    for (prom_party which = PROM_PARTY_C; which <= PROM_PARTY_W; which++) {
        const prom_message word = silence_of(it, which, 1, &old);
        assert_int_equal(say_to_v(it, &word), PROM_TAKEN);
    }
    setting_setup(V)->candidates[1].silent_by |= 1 << PROM_PARTY_V;
    setting_setup(V)->candidates[1].silent_seatings[PROM_PARTY_V] = old;
    setting_setup(V)->seating = named("later seats", 0);
    setting_setup(V)->candidates[1].silent_by &= (uint8_t) ~(1U << PROM_PARTY_W);
    const prom_message word = silence_of(it, PROM_PARTY_W, 1, &old);
    assert_int_equal(say_to_v(it, &word), PROM_TAKEN);
    assert_true(is_lost(it, 1));
    setting_free(it);
}

static void seats_that_change_begin_the_question_anew(void **state)
{
    struct actor *second = NULL;
    struct setting *it = with_second(state, &second);
    struct actor *C = party(it, PROM_PARTY_C);
    seated_of(it)->silent = second->number;
    all_come_back(it);
    setting_wait(it, 2 * SETTING_ANSWER_SECONDS);
    assert_true(prom_bytes32_equal(&setting_setup(C)->candidates[1].question, &setting_setup(C)->seating));
    C->signs_not = true;
    setting_wait(it, SETTING_ANSWER_SECONDS);
    assert_true(setting_setup(C)->candidates[1].silent);
    setting_setup(C)->candidates[0].lost = true; /* the seats change before it is signed */
    setting_wait(it, 0);
    C->signs_not = false;
    setting_wait(it, 0);
    assert_losses(it, false, true, true); /* not for seats that are no more */
    seated_free(it);
}

/* -- Proofs -- */

/* A deal that the arbiter on this seat has signed, and that holds no points: it proves the fault to anybody. */
static prom_message blame(struct setting *it, size_t seat)
{
    fixture *test = it->test;
    const prom_setup_session *setup = setting_setup(party(it, PROM_PARTY_C));
    struct actor *dealer = setting_drawn(it, setup->seats[seat]);
    const prom_dkg_session session = keying_session(it, party(it, PROM_PARTY_C)->channel);
    const prom_bytes32 randomness = named("randomness of a deal", seat);
    prom_keygen_order order = {.step = PROM_KEYGEN_DEAL, .key = &dealer->host, .randomness = &randomness};
    prom_keygen_answer answer;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_message message = {.kind = PROM_MESSAGE_LOSS,
                            .as.loss = {.kind = PROM_LOSS_KEYGEN,
                                        .offer = setup->candidates[setup->seats[seat]].offer,
                                        .seating = setup->seating}};
    assert_ok(prom_keygen_write_order(&test->arena, &order.bytes, &session, prom_span_of(NULL, 0), &test->error),
              &test->error);
    assert_ok(prom_keygen_work(test->curve, &test->arena, &answer, &order, &test->error), &test->error);
    const prom_span deal = changed_deal(it, dealer, answer.bytes, 0);
    prom_write_u8(&writer, 3);
    prom_write_span(&writer, prom_span_of(setup->seats, 3));
    prom_write_u16(&writer, (uint16_t)deal.length);
    prom_write_span(&writer, deal);
    prom_write_u16(&writer, 0);
    prom_write_u8(&writer, 255);
    prom_write_u16(&writer, 0);
    assert_ok(prom_writer_finish(&writer, &message.as.loss.proof, &test->error), &test->error);
    return message;
}

static void assert_proves_nothing(struct setting *it, const prom_message *message)
{
    assert_int_equal(say_to_v(it, message), PROM_REFUSED);
    for (size_t i = 0; i < 6; i++) {
        assert_false(is_lost(it, i));
    }
}

static void a_proof_is_about_seats_that_were(void **state)
{
    struct setting *it = seated(state);
    prom_message message = blame(it, 1);
    message.as.loss.seating = named("other seats", 0);
    assert_proves_nothing(it, &message);
    message = blame(it, 1);
    message.as.loss.offer = setting_setup(party(it, PROM_PARTY_V))->candidates[4].offer; /* has no seat */
    assert_proves_nothing(it, &message);
    message = blame(it, 1);
    message.as.loss.offer = setting_setup(party(it, PROM_PARTY_V))->candidates[2].offer; /* has not dealt it */
    assert_proves_nothing(it, &message);
    message = blame(it, 1);
    message.as.loss.proof.length = 3; /* is cut off */
    assert_proves_nothing(it, &message);
    message.as.loss.proof.length = 0;
    assert_proves_nothing(it, &message);
    for (size_t i = 0; i < 4; i++) {
        message = blame(it, 1);
        uint8_t *bytes = exact_copy(message.as.loss.proof.data, message.as.loss.proof.length);
        bytes[i] = i == 0 ? 2 : 5; /* so many; a candidate who has said nothing */
        message.as.loss.proof.data = bytes;
        assert_proves_nothing(it, &message);
        bytes[i] = 200;
        assert_proves_nothing(it, &message);
        free(bytes);
    }
    message = blame(it, 1);
    assert_int_equal(say_to_v(it, &message), PROM_TAKEN);
    assert_true(is_lost(it, 1));
    assert_int_equal(say_to_v(it, &message), PROM_TAKEN); /* again */
    setting_run(it);
    for (prom_party which = PROM_PARTY_C; which < PROM_PARTIES; which++) { /* it was passed on */
        assert_int_equal(setting_setup(party(it, which))->candidates[1].loss, PROM_LOSS_KEYGEN);
    }
    setting_free(it);
}

/* Two words of one arbiter. */
static void two_words_must_be_two(void **state)
{
    struct setting *it = seated(state);
    struct actor *C = party(it, PROM_PARTY_C);
    const prom_candidate *candidate = &setting_setup(C)->candidates[1];
    const prom_seat word = prom_candidate_seat(candidate);
    prom_writer writer = prom_writer_in(&it->test->arena);
    prom_message message = {.kind = PROM_MESSAGE_LOSS, .as.loss = {.kind = PROM_LOSS_WORDS, .offer = candidate->offer}};
    assert_ok(prom_seat_write(&it->test->arena, &writer, &word, &it->test->error), &it->test->error);
    assert_ok(prom_writer_finish(&writer, &message.as.loss.proof, &it->test->error), &it->test->error);
    assert_proves_nothing(it, &message); /* one */
    assert_ok(prom_seat_write(&it->test->arena, &writer, &word, &it->test->error), &it->test->error);
    assert_ok(prom_writer_finish(&writer, &message.as.loss.proof, &it->test->error), &it->test->error);
    assert_proves_nothing(it, &message); /* the same one twice */
    prom_seat other = word;
    other.yes = false;
    writer = prom_writer_in(&it->test->arena);
    assert_ok(prom_seat_write(&it->test->arena, &writer, &word, &it->test->error), &it->test->error);
    assert_ok(prom_seat_write(&it->test->arena, &writer, &other, &it->test->error), &it->test->error);
    assert_ok(prom_writer_finish(&writer, &message.as.loss.proof, &it->test->error), &it->test->error);
    assert_proves_nothing(it, &message); /* the second it has not signed */
    setting_free(it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(who_does_not_deal_loses_its_seat_whatever_it_answers),
        FIXTURE_TEST(who_is_away_loses_its_seat),
        FIXTURE_TEST(who_answers_in_signing_keeps_its_seat),
        FIXTURE_TEST(one_alone_takes_nobodys_seat),
        FIXTURE_TEST(two_words_are_not_enough),
        FIXTURE_TEST(three_words_for_the_same_seats_are_needed),
        FIXTURE_TEST(a_word_counts_for_the_seats_that_it_names),
        FIXTURE_TEST(seats_that_change_begin_the_question_anew),
        FIXTURE_TEST(a_proof_is_about_seats_that_were),
        FIXTURE_TEST(two_words_must_be_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
