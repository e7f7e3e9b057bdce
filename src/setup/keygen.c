/* The arbiters in the seats make their joint key Y. C, W and V all carry what they send; everybody comes to the seats
 * by itself, and what is of other seats is passed over: who comes says so, and is told what there is. */
#include <string.h>

#include "prometheus/contract/keygen.h"
#include "prometheus/crypto/hash.h"
#include "setup/parts.h"

static prom_result own_session(struct step *step, prom_dkg_session *session)
{
    return prom_setup_session_of(step, session, step->facts->setup.seats, step->facts->setup.seat_count);
}

static size_t own_seat(const prom_channel *channel)
{
    return prom_setup_seat_of(channel, &channel->facts.own.words);
}

/* -- Messages -- */

static prom_message message_of(const struct step *step, prom_keygen_step keygen_step, prom_span bytes)
{
    return (prom_message){
        .kind = PROM_MESSAGE_KEYGEN,
        .as.keygen = {.seating = step->facts->setup.seating, .step = (uint8_t)keygen_step, .bytes = bytes}};
}

static prom_result send_step(struct step *step, const prom_bytes32 *to, prom_keygen_step keygen_step, prom_span bytes)
{
    const prom_message message = message_of(step, keygen_step, bytes);
    return bytes.length == 0 ? prom_ok() : prom_send(step, to, &message);
}

/* Again, to somebody who asks. */
static prom_result answer_step(struct step *step, const prom_bytes32 *to, prom_keygen_step keygen_step, prom_span bytes)
{
    const size_t before = step->outputs->count;
    PROM_TRY(send_step(step, to, keygen_step, bytes));
    prom_mark_answers(step, before);
    return prom_ok();
}

/* A: to C, W and V. */
static prom_result send_parties(struct step *step, prom_keygen_step keygen_step, prom_span bytes)
{
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        PROM_TRY(send_step(step, &step->channel->terms.parties[i].key, keygen_step, bytes));
    }
    return prom_ok();
}

/* C, W, V: what we have gathered. */
static prom_result tell_certificate(struct step *step, const prom_bytes32 *to)
{
    return answer_step(step, to, PROM_KEYGEN_CERTIFICATE, step->facts->kept[PROM_KEPT_KEYGEN_CERTIFICATE]);
}

static prom_result tell(struct step *step, const prom_bytes32 *to)
{
    PROM_TRY(answer_step(step, to, PROM_KEYGEN_DEALS, step->facts->kept[PROM_KEPT_KEYGEN_DEALS]));
    return tell_certificate(step, to);
}

/* -- Coming to the seats -- */

static void forget_key(prom_facts *facts)
{
    static const prom_kept_kind kinds[] = {
        PROM_KEPT_KEYGEN_SIGNATURE, PROM_KEPT_KEYGEN_DEALS, PROM_KEPT_KEYGEN_CERTIFICATE,
        PROM_KEPT_RECOVERY,         PROM_KEPT_TERMS,        PROM_KEPT_PARTIALS};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        prom_setup_forget(facts, kinds[i]);
    }
    for (size_t i = 0; i < PROM_ARBITERS_MAX; i++) {
        prom_setup_forget(facts, PROM_KEPT_KEYGEN + i);
    }
}

/* C, W and V come to the seats when those who have them were told what they follow from. */
static bool may_enter(const prom_channel *channel)
{
    return prom_setup_is_seated(channel) && prom_channel_may_sign(channel) &&
           (channel->facts.role == PROM_ROLE_ARBITER || prom_setup_is_told(channel));
}

prom_result prom_setup_enter(struct step *step, bool *changed)
{
    prom_setup_session *setup = &step->facts->setup;
    prom_dkg_session session;
    if (setup->keygen_step != PROM_KEYGEN_ENTER || !may_enter(step->channel)) {
        return prom_ok();
    }
    *changed = true;
    const prom_result well_formed = own_session(step, &session);
    if (well_formed.category == PROM_CATEGORY_BAD_INPUT) {
        return prom_setup_break(step, "the arbiters cannot make a key together: %.120s", step->error->sentence);
    }
    PROM_TRY(well_formed);
    forget_key(step->facts);
    memset(setup->keygen_here, 0, sizeof setup->keygen_here);
    setup->keygen_step = PROM_KEYGEN_DEAL;
    const prom_message message = message_of(step, PROM_KEYGEN_ENTER, prom_span_of(NULL, 0));
    return prom_setup_send_all(step, &message);
}

/* Somebody has come, perhaps again, and knows nothing of what was said before. */
static prom_result take_enter(struct step *step, const struct received *received, prom_reception *reception)
{
    const prom_facts *facts = step->facts;
    size_t place = PROM_NO_PLACE;
    (void)reception;
    (void)prom_setup_place_of(step->channel, &place, received);
    step->facts->setup.digest_same &= (uint16_t) ~(1U << place); /* it will compare again */
    if (place >= PROM_PARTIES) {
        return prom_ok(); /* an arbiter asks by its deal */
    }
    return facts->role == PROM_ROLE_ARBITER ? answer_step(step, received->from, PROM_KEYGEN_DEAL,
                                                          facts->kept[PROM_KEPT_KEYGEN + own_seat(step->channel)])
                                            : tell(step, received->from);
}

/* -- C, W, V: what the arbiters send -- */

static bool all_here(const prom_setup_session *setup)
{
    bool all = true;
    for (size_t i = 0; i < setup->seat_count; i++) {
        all = all && setup->keygen_here[i];
    }
    return all;
}

/* All that this step asks for is here, gathered by us or by another: it goes to everybody, so that whoever sent it to
 * one has sent it to all, and the next step begins. */
static prom_result pass_on(struct step *step, prom_kept_kind kind, prom_keygen_step tells, prom_keygen_step next,
                           prom_span list)
{
    prom_setup_session *setup = &step->facts->setup;
    const prom_message message = message_of(step, tells, list);
    PROM_TRY(prom_keep(step, kind, list));
    for (size_t i = 0; i < setup->seat_count; i++) {
        setup->keygen_here[i] = false;
        prom_setup_forget(step->facts, PROM_KEPT_KEYGEN + i);
    }
    setup->keygen_step = (uint8_t)next;
    return prom_setup_send_all(step, &message);
}

static prom_result gathered(struct step *step, prom_span *list)
{
    return prom_keygen_write_list(step->arena, list, &step->facts->kept[PROM_KEPT_KEYGEN],
                                  step->facts->setup.seat_count, step->error);
}

static prom_result keep_step(struct step *step, size_t seat, prom_span bytes)
{
    step->facts->setup.keygen_here[seat] = true;
    return prom_keep(step, PROM_KEPT_KEYGEN + seat, bytes);
}

static prom_result blame(struct step *step, size_t seat, const prom_keygen_proof *proof)
{
    prom_span bytes;
    PROM_TRY(prom_keygen_write_proof(step->arena, &bytes, proof, step->error));
    return prom_setup_blame(step, PROM_LOSS_KEYGEN, seat, bytes);
}

/* The deal of an arbiter that we have, or nothing. */
static prom_result find_deal(struct step *step, prom_span *deal, size_t seat)
{
    prom_span deals[PROM_ARBITERS_MAX];
    const prom_span list = step->facts->kept[PROM_KEPT_KEYGEN_DEALS];
    if (list.length == 0) {
        *deal =
            step->facts->setup.keygen_here[seat] ? step->facts->kept[PROM_KEPT_KEYGEN + seat] : prom_span_of(NULL, 0);
        return prom_ok();
    }
    PROM_TRY(prom_keygen_read_list(deals, step->facts->setup.seat_count, list, step->error));
    *deal = deals[seat];
    return prom_ok();
}

/* Whether the deal that somebody shows us is its dealer's, and what to do when it is a bad one. */
static prom_result check_deal(struct step *step, prom_reception *reception, bool *good, size_t seat, prom_span deal,
                              prom_span known)
{
    prom_dkg_session session;
    prom_deal_standing standing = PROM_DEAL_UNSIGNED;
    *good = false;
    PROM_TRY(own_session(step, &session));
    PROM_TRY(prom_keygen_check_deal(step->channel->curve, step->arena, &standing, &session, seat, deal, step->error));
    if (standing == PROM_DEAL_UNSIGNED) {
        return prom_refuse(step, reception, "arbiter %zu has not signed this message of the key generation", seat + 1);
    }
    if (standing == PROM_DEAL_BAD) {
        return blame(step, seat, &(prom_keygen_proof){.deal = deal, .complainer = PROM_ARBITERS_MAX});
    }
    if (known.length > 0 && !prom_keygen_same_deal(known, deal)) {
        return blame(step, seat, &(prom_keygen_proof){.deal = known, .other = deal, .complainer = PROM_ARBITERS_MAX});
    }
    *good = true;
    return prom_ok();
}

static prom_result take_deal(struct step *step, const struct received *received, prom_reception *reception)
{
    const prom_span deal = received->message->as.keygen.bytes;
    const size_t seat = prom_setup_seat_of(step->channel, received->from);
    prom_span known;
    prom_span list;
    bool good = false;
    PROM_TRY(find_deal(step, &known, seat));
    PROM_TRY(check_deal(step, reception, &good, seat, deal, known));
    if (!good) {
        return prom_ok();
    }
    if (known.length > 0) {
        return tell(step, received->from); /* it has come again */
    }
    PROM_TRY(keep_step(step, seat, deal));
    if (!all_here(&step->facts->setup)) {
        return prom_ok();
    }
    PROM_TRY(gathered(step, &list));
    return pass_on(step, PROM_KEPT_KEYGEN_DEALS, PROM_KEYGEN_DEALS, PROM_KEYGEN_SIGNATURE, list);
}

/* All signatures: Y can be used. With the recovery data and its host key an arbiter has its share: they are on its disk
 * before it says anything that makes Y usable. */
static prom_result finish(struct step *step, prom_span list)
{
    prom_setup_session *setup = &step->facts->setup;
    prom_span deals[PROM_ARBITERS_MAX];
    prom_span signatures[PROM_ARBITERS_MAX];
    prom_dkg_session session;
    prom_keygen_key key;
    PROM_TRY(own_session(step, &session));
    PROM_TRY(prom_keygen_read_list(deals, setup->seat_count, step->facts->kept[PROM_KEPT_KEYGEN_DEALS], step->error));
    PROM_TRY(prom_keygen_read_list(signatures, setup->seat_count, list, step->error));
    PROM_TRY(prom_keygen_finish(step->channel->curve, step->arena, &key, &session, deals, signatures, step->error));
    setup->Y = key.Y;
    if (step->facts->role != PROM_ROLE_ARBITER) {
        return pass_on(step, PROM_KEPT_KEYGEN_CERTIFICATE, PROM_KEYGEN_CERTIFICATE, PROM_KEYGEN_DONE, list);
    }
    setup->keygen_step = PROM_KEYGEN_DONE;
    return prom_keep(step, PROM_KEPT_RECOVERY, key.recovery);
}

static prom_result take_signature(struct step *step, const struct received *received, prom_reception *reception)
{
    prom_setup_session *setup = &step->facts->setup;
    const prom_span signature = received->message->as.keygen.bytes;
    const size_t seat = prom_setup_seat_of(step->channel, received->from);
    prom_span deals[PROM_ARBITERS_MAX];
    prom_dkg_session session;
    prom_span list;
    if (setup->keygen_step == PROM_KEYGEN_DONE) {
        return tell_certificate(step, received->from); /* it may not have heard */
    }
    if (setup->keygen_step != PROM_KEYGEN_SIGNATURE || setup->keygen_here[seat]) {
        return prom_ok(); /* before we have all deals: it is sent again when we pass them on */
    }
    PROM_TRY(own_session(step, &session));
    PROM_TRY(prom_keygen_read_list(deals, setup->seat_count, step->facts->kept[PROM_KEPT_KEYGEN_DEALS], step->error));
    PROM_TRY(prom_refuse_failed(
        prom_keygen_check_signature(step->channel->curve, step->arena, &session, deals, seat, signature, step->error),
        reception));
    if (*reception != PROM_TAKEN) {
        return prom_ok();
    }
    PROM_TRY(keep_step(step, seat, signature));
    if (!all_here(setup)) {
        return prom_ok();
    }
    PROM_TRY(gathered(step, &list));
    return finish(step, list);
}

/* -- What C, W and V pass on -- */

/* Checks each of the deals; `all`: none is bad, or other than we know it. Who dealt to one in another way than to
 * another is found by who sees both. */
static prom_result check_deals(struct step *step, prom_reception *reception, bool *all, const prom_span *deals)
{
    const bool is_arbiter = step->facts->role == PROM_ROLE_ARBITER;
    *all = true;
    for (size_t i = 0; i < step->facts->setup.seat_count && *all; i++) {
        prom_span known = step->facts->kept[PROM_KEPT_KEYGEN + i];
        if (!is_arbiter || i != own_seat(step->channel)) {
            PROM_TRY(find_deal(step, &known, i));
        }
        PROM_TRY(check_deal(step, reception, all, i, deals[i], known));
    }
    return prom_ok();
}

static prom_result take_deals(struct step *step, const struct received *received, prom_reception *reception)
{
    prom_setup_session *setup = &step->facts->setup;
    const prom_span list = received->message->as.keygen.bytes;
    const bool is_arbiter = step->facts->role == PROM_ROLE_ARBITER;
    const bool first = step->facts->kept[PROM_KEPT_KEYGEN_DEALS].length == 0;
    prom_span deals[PROM_ARBITERS_MAX];
    bool all = false;
    if (is_arbiter && setup->keygen_step == PROM_KEYGEN_DEAL) {
        return prom_ok(); /* our own is being made: with it we ask again */
    }
    PROM_TRY(prom_refuse_failed(prom_keygen_read_list(deals, setup->seat_count, list, step->error), reception));
    if (*reception == PROM_TAKEN) {
        PROM_TRY(check_deals(step, reception, &all, deals));
    }
    if (!all) {
        return prom_ok();
    }
    if (!is_arbiter) {
        return first ? pass_on(step, PROM_KEPT_KEYGEN_DEALS, PROM_KEYGEN_DEALS, PROM_KEYGEN_SIGNATURE, list)
                     : prom_ok();
    }
    if (!first) {
        return answer_step(step, received->from, PROM_KEYGEN_SIGNATURE, step->facts->kept[PROM_KEPT_KEYGEN_SIGNATURE]);
    }
    setup->keygen_step = PROM_KEYGEN_SIGNATURE;
    return prom_keep(step, PROM_KEPT_KEYGEN_DEALS, list);
}

static prom_result take_certificate(struct step *step, const struct received *received, prom_reception *reception)
{
    const prom_keygen_step due =
        step->facts->role == PROM_ROLE_ARBITER ? PROM_KEYGEN_CERTIFICATE : PROM_KEYGEN_SIGNATURE;
    if (step->facts->setup.keygen_step != due) {
        return prom_ok(); /* it is here already, or our own signature is being made: with it we ask again */
    }
    return prom_refuse_failed(finish(step, received->message->as.keygen.bytes), reception);
}

/* -- An arbiter's work -- */

/* The work that is due: PROM_KEYGEN_DEAL or PROM_KEYGEN_SIGNATURE. */
static prom_result work_of(struct step *step, bool *due, prom_want_job *job)
{
    const prom_setup_session *setup = &step->facts->setup;
    prom_dkg_session session;
    *due = step->facts->role == PROM_ROLE_ARBITER && setup->phase == PROM_SETUP_KEYING &&
           prom_setup_is_seated(step->channel) && prom_channel_may_sign(step->channel) &&
           (setup->keygen_step == PROM_KEYGEN_DEAL || setup->keygen_step == PROM_KEYGEN_SIGNATURE);
    if (!*due) {
        return prom_ok();
    }
    *job = (prom_want_job){.job = PROM_JOB_KEYGEN, .step = setup->keygen_step};
    PROM_TRY(own_session(step, &session));
    PROM_TRY(prom_keygen_write_order(step->arena, &job->bytes, &session, step->facts->kept[PROM_KEPT_KEYGEN_DEALS],
                                     step->error));
    prom_sha256(&job->subject, job->bytes);
    return prom_ok();
}

prom_result prom_want_keygen(struct step *step, prom_wants *wants)
{
    prom_want want = {.kind = PROM_WANT_JOB};
    bool due = false;
    PROM_TRY(work_of(step, &due, &want.as.job));
    return due ? prom_want_add(step, wants, &want) : prom_ok();
}

prom_result prom_setup_keygen_done(struct step *step, const prom_event *event)
{
    const prom_done_event *done = &event->as.done;
    prom_want_job job;
    bool due = false;
    PROM_TRY(work_of(step, &due, &job));
    if (!due || done->unable || !prom_bytes32_equal(&done->subject, &job.subject)) {
        return prom_ok(); /* of seats that are no longer ours, or to be tried again */
    }
    if (done->culprit < PROM_ARBITERS_MAX) {
        return prom_setup_blame(step, PROM_LOSS_KEYGEN, done->culprit, done->bytes);
    }
    const bool deals = job.step == PROM_KEYGEN_DEAL;
    const size_t kind = deals ? PROM_KEPT_KEYGEN + own_seat(step->channel) : PROM_KEPT_KEYGEN_SIGNATURE;
    step->facts->setup.keygen_step = deals ? PROM_KEYGEN_DEALS : PROM_KEYGEN_CERTIFICATE;
    PROM_TRY(prom_keep(step, kind, done->bytes));
    return send_parties(step, (prom_keygen_step)job.step, done->bytes);
}

/* -- Everybody -- */

static const struct keygen_rule {
    prom_keygen_step step;
    unsigned roles;
    bool from_arbiter, from_party;
    prom_take *take;
} keygen_rules[] = {
    {PROM_KEYGEN_ENTER, ROLE_ANY, true, true, take_enter},
    {PROM_KEYGEN_DEAL, ROLE_PARTIES, true, false, take_deal},
    {PROM_KEYGEN_DEALS, ROLE_ANY, false, true, take_deals},
    {PROM_KEYGEN_SIGNATURE, ROLE_PARTIES, true, false, take_signature},
    {PROM_KEYGEN_CERTIFICATE, ROLE_ANY, false, true, take_certificate},
};

prom_result prom_take_keygen(struct step *step, const struct received *received, prom_reception *reception)
{
    const prom_keygen_message *message = &received->message->as.keygen;
    const prom_setup_session *setup = &step->facts->setup;
    size_t place = PROM_NO_PLACE;
    if (!prom_setup_is_seated(step->channel) || setup->keygen_step == PROM_KEYGEN_ENTER ||
        !prom_bytes32_equal(&message->seating, &setup->seating)) {
        return prom_ok(); /* of other seats than ours, or we have not come to them yet: then we ask */
    }
    if (!prom_setup_place_of(step->channel, &place, received)) {
        return prom_refuse(step, reception, "the sender has no part in this key generation");
    }
    for (size_t i = 0; i < sizeof keygen_rules / sizeof keygen_rules[0]; i++) {
        const struct keygen_rule *rule = &keygen_rules[i];
        if (rule->step == message->step && (rule->roles & 1U << step->facts->role) != 0 &&
            (place < PROM_PARTIES ? rule->from_party : rule->from_arbiter)) {
            return rule->take(step, received, reception);
        }
    }
    return prom_refuse(step, reception, "this is no step of the key generation that its sender takes");
}
