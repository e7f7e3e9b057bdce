#include "settlement/court_words.h"

enum {
    T1 = 12,
    LAST = WORLD_H0 + T1, /* the last tip of a receipt that counts */
    FIRST_ANSWER = LAST + 1,
};

/* What arbiter 0 has signed of this kind, or NULL. */
static const prom_attestation *said(struct court *court, prom_attestation_kind kind)
{
    const prom_evidence *here = &world_batch(court->world, PLACE_A)->evidence.statements;
    for (size_t i = 0; i < here->count; i++) {
        if (here->list[i].place == PLACE_A && here->list[i].kind == kind) {
            return &here->list[i];
        }
    }
    return NULL;
}

static size_t intents(struct court *court)
{
    return world_batch(court->world, PLACE_A)->evidence.intent_count;
}

/* Arbiter 0 signs, and nothing is delivered. */
static void sign_alone(struct court *court)
{
    while (court_act(court, 0)) {
    }
}

static prom_reception question(struct court *court)
{
    return world_say(court->world, PLACE_V, PLACE_A, &(prom_message){.kind = PROM_MESSAGE_QUESTION});
}

static void claim(struct court *court, size_t number)
{
    court_tell(court, PLACE_W, 0, world_claim(PROM_ROUND_A, number));
}

static void bodies(struct court *court, size_t number)
{
    court_bodies(court, 0, number);
    world_tick(court->world, PLACE_A);
}

/* Statements of a kind that arbiter 0 has sent to a place, by their order in the mail. */
static size_t letter(const struct court *court, size_t to, prom_attestation_kind kind)
{
    for (size_t i = 0; i < court->world->mail_count; i++) {
        const struct world_letter *it = &court->world->mail[i];
        if (it->from == PLACE_A && it->to == to && it->message.kind == PROM_MESSAGE_STATEMENT &&
            it->message.as.statement.kind == kind) {
            return i;
        }
    }
    return SIZE_MAX;
}

static void a_receipt_is_for_what_is_signed_and_held(void **state)
{
    struct court *court = court_new(*state, 0);
    bodies(court, 0);
    assert_int_equal(intents(court), 0); /* W has not signed it */
    claim(court, 1);
    assert_int_equal(intents(court), 0); /* it signed another */
    court_free(court);
    court = court_new(*state, 0);
    claim(court, 0);
    assert_int_equal(intents(court), 0); /* nothing is here */
    court_bodies(court, 0, 0);
    world_batch(court->world, PLACE_A)->evidence.bodies[PROM_BODY_INPUT].here = false;
    world_tick(court->world, PLACE_A);
    assert_int_equal(intents(court), 0); /* the input is not */
    court_bodies(court, 0, 0);
    court->world->parties[PLACE_A].behind = true;
    world_tick(court->world, PLACE_A);
    assert_int_equal(intents(court), 0);
    court->world->parties[PLACE_A].behind = false;
    world_tick(court->world, PLACE_A);
    assert_int_equal(intents(court), 1);
    court_free(court);
}

static void who_gets_a_receipt_has_the_workers_word_first(void **state)
{
    struct court *court = court_new(*state, 0);
    claim(court, 0);
    bodies(court, 0);
    sign_alone(court);
    const prom_attestation *receipt = said(court, PROM_ATTESTATION_RECEIPT);
    assert_non_null(receipt);
    assert_int_equal(receipt->as.receipt.height, court_tip(court));
    const size_t to[] = {PLACE_C, PLACE_V, PLACE_A + 1, PLACE_A + 2};
    for (size_t i = 0; i < COUNT_OF(to); i++) {
        assert_true(letter(court, to[i], PROM_ATTESTATION_RECEIPT) != SIZE_MAX);
        assert_true(letter(court, to[i], PROM_ATTESTATION_PACKAGE) < letter(court, to[i], PROM_ATTESTATION_RECEIPT));
    }
    assert_true(letter(court, PLACE_W, PROM_ATTESTATION_RECEIPT) != SIZE_MAX);
    assert_true(letter(court, PLACE_W, PROM_ATTESTATION_PACKAGE) == SIZE_MAX);
    court_settle(court);
    assert_true(prom_case_package(&(prom_case){&court->world->session.terms, WORLD_H0,
                                               &world_batch(court->world, PLACE_A + 1)->evidence.statements},
                                  PROM_ROUND_A) != NULL);
    court_free(court);
}

static void one_receipt_of_a_round_ever(void **state)
{
    struct court *court = court_new(*state, 0);
    claim(court, 0);
    bodies(court, 0);
    world_tick(court->world, PLACE_A);
    assert_int_equal(intents(court), 1); /* decided once, though not signed yet */
    court_crash(court, 0);
    assert_int_equal(intents(court), 1);
    sign_alone(court);
    court_mine_to(court, court_tip(court) + 1);
    bodies(court, 0);
    assert_int_equal(intents(court), 0);
    assert_null(world_want(court->world, PLACE_A, PROM_WANT_SIGN));
    court_free(court);
}

static void no_receipt_is_dated_too_late(void **state)
{
    struct court *court = court_new(*state, 0);
    claim(court, 0);
    court_mine_to(court, LAST);
    bodies(court, 0);
    assert_int_equal(intents(court), 1);
    court_free(court);
    court = court_new(*state, 0);
    claim(court, 0);
    court_mine_to(court, LAST + 1);
    bodies(court, 0);
    assert_int_equal(intents(court), 0);
    court_free(court);
}

static void the_final_question_is_answered_once_by_the_same_bytes(void **state)
{
    struct court *court = court_new(*state, 0);
    claim(court, 0);
    bodies(court, 0);
    court_settle(court);
    assert_int_equal(question(court), PROM_TAKEN);
    court_mine_to(court, FIRST_ANSWER - 1);
    assert_null(said(court, PROM_ATTESTATION_ANSWER));
    court_block_at(court, 0, PROM_TREE_OTHER);
    sign_alone(court);
    const prom_attestation *answer = said(court, PROM_ATTESTATION_ANSWER);
    assert_non_null(answer);
    assert_int_equal(answer->as.answer.tip, FIRST_ANSWER);
    assert_int_equal(answer->as.answer.count, 1);
    const prom_attestation first = *answer;
    world_forget_mail(court->world);
    court_block_at(court, 0, PROM_TREE_OTHER);
    assert_int_equal(question(court), PROM_TAKEN);
    assert_null(world_want(court->world, PLACE_A, PROM_WANT_SIGN));
    const size_t again = letter(court, PLACE_V, PROM_ATTESTATION_ANSWER);
    assert_true(again != SIZE_MAX && letter(court, PLACE_V, PROM_ATTESTATION_PACKAGE) < again);
    const prom_attestation *second = &court->world->mail[again].message.as.statement;
    assert_true(prom_attestation_same(second, &first));
    assert_memory_equal(second->signature.bytes, first.signature.bytes, sizeof first.signature.bytes);
    court_free(court);
}

/* protocol 7: whoever asks. A flood of questions is answered once at each tip. */
static void whoever_asks_is_answered_once_at_each_tip(void **state)
{
    static const size_t askers[] = {PLACE_W, PLACE_C, PLACE_A + 1};
    const prom_message asked = {.kind = PROM_MESSAGE_QUESTION};
    struct court *court = court_new(*state, 0);
    court_mine_to(court, FIRST_ANSWER - 1);
    assert_int_equal(world_say(court->world, PLACE_W, PLACE_A, &asked), PROM_TAKEN);
    court_block_at(court, 0, PROM_TREE_OTHER);
    sign_alone(court);
    assert_non_null(said(court, PROM_ATTESTATION_ANSWER));
    for (unsigned tip = 0; tip < 2; tip++) {
        for (size_t i = 0; i < COUNT_OF(askers); i++) {
            for (unsigned again = 0; again < 10; again++) {
                world_forget_mail(court->world);
                assert_int_equal(world_say(court->world, askers[i], PLACE_A, &asked), PROM_TAKEN);
                assert_true((letter(court, askers[i], PROM_ATTESTATION_ANSWER) != SIZE_MAX) == (again == 0));
            }
        }
        court_block_at(court, 0, PROM_TREE_OTHER);
    }
    court_free(court);
}

/* A receipt that is decided when V asks is in the answer, though it is signed later. */
static void an_answer_leaves_no_receipt_out(void **state)
{
    struct court *court = court_new(*state, 0);
    claim(court, 0);
    bodies(court, 0);
    assert_int_equal(question(court), PROM_TAKEN);
    for (size_t i = 0; i <= T1; i++) {
        court_block_at(court, 0, PROM_TREE_OTHER);
    }
    assert_int_equal(intents(court), 1);
    sign_alone(court);
    assert_non_null(said(court, PROM_ATTESTATION_ANSWER));
    assert_int_equal(said(court, PROM_ATTESTATION_ANSWER)->as.answer.count, 1);
    court_free(court);
}

/* A reorganisation moves H0, and with it the last tip of a receipt, behind our answer. */
static void no_receipt_follows_an_answer(void **state)
{
    struct court *court = court_new(*state, 0);
    claim(court, 0);
    assert_int_equal(question(court), PROM_TAKEN);
    while (court_tip(court) < FIRST_ANSWER) {
        court_block_at(court, 0, PROM_TREE_OTHER);
    }
    assert_int_equal(intents(court), 1); /* the answer, which is not signed yet */
    world_facts(court->world, PLACE_A)->tx0.height += 2;
    bodies(court, 0);
    assert_int_equal(intents(court), 1);
    sign_alone(court);
    world_tick(court->world, PLACE_A);
    assert_int_equal(intents(court), 0);
    assert_null(said(court, PROM_ATTESTATION_RECEIPT));
    court_free(court);
}

static void a_restored_arbiter_says_nothing_new(void **state)
{
    struct court *court = court_new(*state, 0);
    world_facts(court->world, PLACE_A)->restored = true;
    claim(court, 0);
    bodies(court, 0);
    assert_int_equal(question(court), PROM_TAKEN);
    court_appeal(court);
    court_mine_to(court, court_signing(court) + 2);
    assert_null(said(court, PROM_ATTESTATION_RECEIPT));
    assert_null(said(court, PROM_ATTESTATION_ANSWER));
    assert_int_equal(court->world->parties[PLACE_A].journal_count, 0);
    assert_false(court_facts(court, 0)->voted);
    court_free(court);
}

static void evidence_is_handed_on_from_the_accusation_on(void **state)
{
    struct court *court = court_new(*state, 0);
    claim(court, 0);
    court_mine_to(court, LAST + 1);
    assert_false(court_counts(court, 1, world_claim(PROM_ROUND_A, 0)));
    assert_int_equal(world_batch(court->world, PLACE_A + 1)->evidence.statements.count, 0);
    court_block(court, PROM_TXV0);
    court_settle(court);
    assert_int_equal(world_batch(court->world, PLACE_A + 1)->evidence.statements.count, 1);
    claim(court, 1); /* and what comes later */
    court_settle(court);
    assert_int_equal(world_batch(court->world, PLACE_A + 1)->evidence.statements.count, 2);
    court_free(court);
}

static void the_key_is_taken_between_the_appeal_and_its_deadline(void **state)
{
    struct court *court = court_new(*state, 0);
    assert_int_equal(court_show_key(court, 0), PROM_TOO_EARLY);
    court_appeal(court);
    prom_message wrong = {.kind = PROM_MESSAGE_KEY, .as.h_p = named("another", 0)};
    assert_int_equal(world_say(court->world, PLACE_W, PLACE_A, &wrong), PROM_REFUSED);
    assert_false(court_facts(court, 0)->key_here);
    assert_int_equal(court_show_key(court, 0), PROM_TAKEN);
    assert_true(court_facts(court, 0)->key_here);
    assert_true(world_batch(court->world, PLACE_A)->money.key_known);
    court_mine_to(court, court_round(court, 0)); /* passed on: everybody has it at D_1 */
    assert_int_equal(court_facts(court, 1)->key_standing, PROM_STANDING_ECHOED);
    court_free(court);
    court = court_new(*state, 0);
    court_appeal(court);
    court_mine_to(court, court_round(court, 0));
    assert_int_equal(court_show_key(court, 0), PROM_TAKEN);
    assert_false(court_facts(court, 0)->key_here);
    court_free(court);
}

static prom_reception say_as_nobody(struct court *court, size_t stranger, const prom_message *message)
{
    const prom_bytes32 key = named("stranger", stranger);
    const prom_event event = {.kind = PROM_EVENT_MESSAGE, .as.message = {&key, message}};
    return world_step(court->world, PLACE_A, &event);
}

/* A tower is nobody in the contract: what it brings proves itself, once TxA is in a block and until D_0. */
static void anybody_brings_what_an_appeal_is_won_with(void **state)
{
    struct court *court = court_new(*state, 0);
    const prom_evidence *here = &world_batch(court->world, PLACE_A)->evidence.statements;
    prom_message claimed = world_statement_message(court->world, world_claim(PROM_ROUND_A, 0));
    prom_message forged = world_statement_message(court->world, world_claim(PROM_ROUND_A, 1));
    const prom_message key = {.kind = PROM_MESSAGE_KEY, .as.h_p = court->world->session.cast.h_p};
    const prom_message wrong = {.kind = PROM_MESSAGE_KEY, .as.h_p = named("another", 0)};
    forged.as.statement.signature.bytes[0] ^= 1;
    assert_int_equal(say_as_nobody(court, 0, &claimed), PROM_TOO_EARLY);
    assert_int_equal(say_as_nobody(court, 0, &key), PROM_TOO_EARLY);
    court_appeal(court);
    for (size_t i = 0; i < 2 * PROM_EVIDENCE_MAX; i++) { /* a garbage sender takes nobody's place */
        assert_int_equal(say_as_nobody(court, i, &forged), PROM_REFUSED);
        assert_int_equal(say_as_nobody(court, i, &wrong), PROM_REFUSED);
    }
    assert_int_equal(here->count, 0);
    assert_int_equal(say_as_nobody(court, 0, &claimed), PROM_TAKEN);
    for (size_t i = 0; i < 2 * PROM_EVIDENCE_MAX; i++) { /* nor does who brings it again and again */
        assert_int_equal(say_as_nobody(court, i, &claimed), PROM_TAKEN);
    }
    assert_int_equal(here->count, 1);
    assert_int_equal(say_as_nobody(court, 0, &key), PROM_TAKEN);
    assert_true(court_facts(court, 0)->key_here);
    court_mine_to(court, court_round(court, 0)); /* passed on: everybody has both at D_1 */
    assert_int_equal(court_facts(court, 1)->key_standing, PROM_STANDING_ECHOED);
    assert_true(court_counts(court, 1, claimed.as.statement));
    claimed = world_statement_message(court->world, world_package_receipt(1, PROM_ROUND_A, 0, court_tip(court)));
    assert_int_equal(say_as_nobody(court, 0, &claimed), PROM_TAKEN); /* D_0 is over: passed over */
    assert_false(court_counts(court, 0, claimed.as.statement));
    court_free(court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_receipt_is_for_what_is_signed_and_held),
        FIXTURE_TEST(who_gets_a_receipt_has_the_workers_word_first),
        FIXTURE_TEST(one_receipt_of_a_round_ever),
        FIXTURE_TEST(no_receipt_is_dated_too_late),
        FIXTURE_TEST(the_final_question_is_answered_once_by_the_same_bytes),
        FIXTURE_TEST(whoever_asks_is_answered_once_at_each_tip),
        FIXTURE_TEST(an_answer_leaves_no_receipt_out),
        FIXTURE_TEST(no_receipt_follows_an_answer),
        FIXTURE_TEST(a_restored_arbiter_says_nothing_new),
        FIXTURE_TEST(evidence_is_handed_on_from_the_accusation_on),
        FIXTURE_TEST(the_key_is_taken_between_the_appeal_and_its_deadline),
        FIXTURE_TEST(anybody_brings_what_an_appeal_is_won_with),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
