/* The tables of the channel: every message with who takes it from whom and when, every duty, every answer, every want.
 * This is the place to look for what a party does. */
#include "settlement/arbitration.h"
#include "setup/parts.h"
#include "steps/steps.h"

const struct rule prom_rules[] = {
    /* The setup, to the seats. */
    {PROM_MESSAGE_PROPOSAL, ROLE_W | ROLE_V, FROM_C, PROM_SETUP_NEW, PROM_SETUP_NEW, prom_take_proposal},
    {PROM_MESSAGE_ACCEPTANCE, ROLE_C, FROM_W | FROM_V, PROM_SETUP_PROPOSED, PROM_SETUP_PROPOSED, prom_take_acceptance},
    {PROM_MESSAGE_BASE_TERMS, ROLE_W | ROLE_V, FROM_C, PROM_SETUP_ACCEPTED, PROM_SETUP_ACCEPTED, prom_take_base_terms},
    {PROM_MESSAGE_BASE_SIGNATURE, ROLE_PARTIES, FROM_PARTIES, PROM_SETUP_BASE, PROM_SETUP_BASE,
     prom_take_base_signature},
    {PROM_MESSAGE_ANNOUNCEMENTS, ROLE_PARTIES, FROM_PARTIES, PROM_SETUP_SEATING, PROM_SETUP_SIGNING,
     prom_take_announcements},
    {PROM_MESSAGE_INVITATION, ROLE_A, FROM_ANY, PROM_SETUP_NEW, PROM_SETUP_SIGNING, prom_take_invitation},
    {PROM_MESSAGE_SEAT, ROLE_ANY, FROM_ANY, PROM_SETUP_SEATING, PROM_SETUP_SIGNING, prom_take_seat},
    {PROM_MESSAGE_LOSS, ROLE_ANY, FROM_ANY, PROM_SETUP_SEATING, PROM_SETUP_SIGNING, prom_take_loss},
    {PROM_MESSAGE_REFUSAL, ROLE_ANY, FROM_PARTIES, PROM_SETUP_NEW, PROM_SETUP_COMPLETE, prom_take_refusal},
    /* From the seats to Tx0. What is of other seats or terms than ours is passed over, never too early: whoever comes
     * to them asks. */
    {PROM_MESSAGE_KEYGEN, ROLE_ANY, FROM_ANY, PROM_SETUP_NEW, PROM_SETUP_COMPLETE, prom_take_keygen},
    {PROM_MESSAGE_DIGEST, ROLE_ANY, FROM_ANY, PROM_SETUP_NEW, PROM_SETUP_GIVEN, prom_take_digest},
    {PROM_MESSAGE_NONCES, ROLE_ANY, FROM_ANY, PROM_SETUP_NEW, PROM_SETUP_GIVEN, prom_take_nonces},
    {PROM_MESSAGE_PARTIALS, ROLE_ANY, FROM_ANY, PROM_SETUP_NEW, PROM_SETUP_GIVEN, prom_take_partials},
    {PROM_MESSAGE_TX0_SIGNATURES, ROLE_C, FROM_ANY & ~FROM_C, PROM_SETUP_NEW, PROM_SETUP_COMPLETE,
     prom_take_tx0_signatures},
    {PROM_MESSAGE_TX0, ROLE_ANY, FROM_PLACES, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_take_tx0},
    /* Running. */
    {PROM_MESSAGE_STATEMENT, ROLE_PARTIES, FROM_PLACES, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_take_statement},
    {PROM_MESSAGE_STATEMENT, ROLE_A, FROM_ANY, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_take_evidence},
    {PROM_MESSAGE_VERDICT, ROLE_W, FROM_V, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_take_verdict},
    {PROM_MESSAGE_QUESTION, ROLE_A, FROM_PLACES, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_take_question},
    {PROM_MESSAGE_KEY, ROLE_A, FROM_ANY, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_take_key},
    {PROM_MESSAGE_ECHO, ROLE_A, FROM_A, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_take_echo},
    {PROM_MESSAGE_DECISION, ROLE_ANY, FROM_A, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_take_decision},
};
const size_t prom_rule_count = sizeof prom_rules / sizeof prom_rules[0];

const struct duty prom_duties[] = {
    /* How a setup ends, which needs no index. */
    {ROLE_ANY, PROM_SETUP_AGREED, PROM_SETUP_COMPLETE, prom_setup_restored}, /* before all that would end it */
    {ROLE_ANY, PROM_SETUP_PROPOSED, PROM_SETUP_COMPLETE, prom_setup_let_go},
    /* The setup, to the seats. */
    {ROLE_ANY, PROM_SETUP_SEATING, PROM_SETUP_COMPLETE, prom_setup_follow_clock},
    {ROLE_W | ROLE_V, PROM_SETUP_ACCEPTED, PROM_SETUP_ACCEPTED, prom_setup_accept},
    {ROLE_C, PROM_SETUP_PROPOSED, PROM_SETUP_PROPOSED, prom_setup_choose},
    {ROLE_PARTIES, PROM_SETUP_BASE, PROM_SETUP_BASE, prom_setup_hold},
    {ROLE_PARTIES, PROM_SETUP_HELD, PROM_SETUP_HELD, prom_setup_draw},
    {ROLE_ANY, PROM_SETUP_SEATING, PROM_SETUP_COMPLETE, prom_setup_draw},
    {ROLE_ANY, PROM_SETUP_SEATING, PROM_SETUP_SIGNING, prom_setup_announce},
    {ROLE_PARTIES, PROM_SETUP_SEATING, PROM_SETUP_SIGNING, prom_setup_ask},
    {ROLE_ANY, PROM_SETUP_SEATING, PROM_SETUP_SIGNING, prom_setup_reseat},
    {ROLE_PARTIES, PROM_SETUP_KEYING, PROM_SETUP_SIGNING, prom_setup_tell},
    {ROLE_ANY, PROM_SETUP_KEYING, PROM_SETUP_KEYING, prom_setup_enter},
    {ROLE_ANY, PROM_SETUP_KEYING, PROM_SETUP_KEYING, prom_setup_agree},
    {ROLE_ANY, PROM_SETUP_AGREED, PROM_SETUP_AGREED, prom_setup_begin_signing},
    {ROLE_ANY, PROM_SETUP_AGREED, PROM_SETUP_SIGNING, prom_setup_find_fault},
    {ROLE_ANY, PROM_SETUP_SIGNING, PROM_SETUP_GIVEN, prom_setup_begin_attempt},
    {ROLE_ANY, PROM_SETUP_SIGNING, PROM_SETUP_SIGNING, prom_setup_complete_signatures},
    {ROLE_PARTIES, PROM_SETUP_KEYING, PROM_SETUP_SIGNING, prom_setup_question},
    /* Running. */
    {ROLE_W, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_sign_packages},
    {ROLE_W, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_deliver_packages},
    {ROLE_W, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_sign_notice},
    {ROLE_W, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_release_worker},
    {ROLE_W, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_appeal},
    {ROLE_V, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_see_notice},
    {ROLE_V, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_give_verdict},
    {ROLE_V, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_ask_arbiters},
    {ROLE_V, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_release_verifier},
    {ROLE_A, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_give_receipts},
    {ROLE_A, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_answer_question},
    {ROLE_W | ROLE_V | ROLE_A, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_hand_over},
    {ROLE_A, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_pass_rounds},
    {ROLE_A, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_decide_vote},
    {ROLE_A, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_cast_vote},
    {ROLE_A, PROM_SETUP_GIVEN, PROM_SETUP_GIVEN, prom_coordinate},
};
const size_t prom_duty_count = sizeof prom_duties / sizeof prom_duties[0];
const size_t prom_duty_blind_count = 2;

prom_take_event *prom_taker_of_signed(prom_purpose purpose)
{
    static prom_take_event *const takers[] = {
        [PROM_PURPOSE_BASE] = prom_base_signed,
        [PROM_PURPOSE_SEAT] = prom_seat_signed,
        [PROM_PURPOSE_SILENCE] = prom_silence_signed,
        [PROM_PURPOSE_NONCES] = prom_nonces_made,
        [PROM_PURPOSE_PARTIALS] = prom_partials_made,
        [PROM_PURPOSE_TX0] = prom_tx0_signed,
        [PROM_PURPOSE_STATEMENT] = prom_statement_signed,
        [PROM_PURPOSE_VERDICT] = prom_verdict_signed,
        [PROM_PURPOSE_KEY] = prom_key_given,
        [PROM_PURPOSE_FROST_NONCE] = prom_frost_nonce_made,
        [PROM_PURPOSE_FROST_SHARE] = prom_frost_share_made,
        [PROM_PURPOSE_VOTE_NONCE] = prom_vote_nonce_made,
    };
    return (size_t)purpose < sizeof takers / sizeof takers[0] ? takers[purpose] : NULL;
}

/* An arbiter checks what counts in an arbitration, V what it has. */
static prom_result check_done(struct step *step, const prom_event *event)
{
    return step->facts->role == PROM_ROLE_ARBITER ? prom_vote_checked(step, event) : prom_check_done(step, event);
}

prom_take_event *prom_taker_of_job(prom_job_kind job)
{
    static prom_take_event *const takers[PROM_JOBS] = {
        [PROM_JOB_OPEN_JOB] = prom_setup_job_done,
        [PROM_JOB_COMPUTE] = prom_compute_done,
        [PROM_JOB_OPENINGS] = prom_openings_done,
        [PROM_JOB_OPEN_KEY] = prom_open_key_done,
        [PROM_JOB_CHECK] = check_done,
        [PROM_JOB_RESULT] = prom_result_done,
        [PROM_JOB_KEYGEN] = prom_setup_keygen_done,
    };
    return job < PROM_JOBS ? takers[job] : NULL;
}

prom_add_wants *const prom_wanters[] = {
    prom_want_setup,    prom_want_funds,        prom_want_keygen,     prom_want_inputs, prom_want_signing,
    prom_want_tx0,      prom_want_spoiling,     prom_want_statements, prom_want_bodies, prom_want_worker,
    prom_want_verifier, prom_want_client,       prom_want_echoes,     prom_want_check,  prom_want_vote_nonce,
    prom_want_frost,    prom_want_publications,
};
const size_t prom_wanter_count = sizeof prom_wanters / sizeof prom_wanters[0];
