/* Why a channel stands where it stands: one sentence for each thing that it hangs on. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "settlement/explain.h"

struct telling {
    prom_explanation *explanation;
    const prom_channel *channel;
    const prom_facts *facts;
    const prom_batch_facts *batch;
    prom_case known;
    prom_money_state money;
};

static void tell(struct telling *it, const char *about, const char *format, ...) PROM_PRINTF(3, 4);
static void tell(struct telling *it, const char *about, const char *format, ...)
{
    va_list arguments;
    if (it->explanation->reason_count == PROM_EXPLAINED_REASONS_MAX) {
        return;
    }
    prom_explained_reason *reason = &it->explanation->reasons[it->explanation->reason_count++];
    reason->about = about;
    va_start(arguments, format);
    (void)vsnprintf(reason->text, sizeof reason->text, format, arguments);
    va_end(arguments);
}

/* The places of a set of bits, "the worker, arbiter 2"; "nobody". */
#define NAMES (PROM_PLACES_MAX * (PROM_PLACE_NAME + 2) + 8)
static const char *names_of(char text[NAMES], uint32_t places)
{
    char name[PROM_PLACE_NAME];
    size_t length = 0;
    (void)snprintf(text, NAMES, "nobody");
    for (size_t i = 0; i < PROM_PLACES_MAX; i++) {
        if ((places >> i & 1) != 0) {
            length += (size_t)snprintf(text + length, NAMES - length, "%s%s", length > 0 ? ", " : "",
                                       prom_place_name(name, i));
        }
    }
    return text;
}

static const char *arbiters_of(char text[NAMES], uint32_t arbiters)
{
    return names_of(text, arbiters << PROM_PARTIES);
}

/* -- The setup -- */

static void tell_seats(struct telling *it)
{
    const prom_setup_session *setup = &it->facts->setup;
    size_t asked = 0;
    size_t answered = 0;
    size_t lost = 0;
    size_t silent = 0;
    for (size_t i = 0; i < setup->candidate_count; i++) {
        asked += setup->candidates[i].asked;
        answered += setup->candidates[i].answered;
        lost += setup->candidates[i].lost;
        silent += setup->candidates[i].silent;
    }
    tell(it, "seats",
         "%zu offers count at the snapshot; of the first %zu in the order of the draw we have asked %zu, %zu of whom "
         "have answered; %zu have lost their seat, %zu are silent to us; %zu of %u seats are taken",
         setup->counted, setup->candidate_count, asked, answered, lost, silent, setup->seat_count,
         (unsigned)it->channel->terms.P.n);
}

static uint32_t places_in(const struct telling *it)
{
    return it->channel->tree != NULL ? (UINT32_C(1) << prom_place_count(it->channel)) - 1
                                     : (UINT32_C(1) << PROM_PARTIES) - 1;
}

static void tell_missing(struct telling *it, const char *what, uint32_t here)
{
    char missing[NAMES];
    tell(it, "missing", "%s, of which lack those of: %s", what, names_of(missing, places_in(it) & ~here));
}

static void tell_setup(struct telling *it)
{
    const prom_setup_session *setup = &it->facts->setup;
    switch (setup->phase) {
    case PROM_SETUP_NEW:
        tell(it, "missing", "the setup waits for a proposal");
        break;
    case PROM_SETUP_PROPOSED:
        tell_missing(it, "the setup waits for the parts of worker and verifier", setup->accepted | 1U << PROM_PARTY_C);
        break;
    case PROM_SETUP_ACCEPTED:
        tell(it, "missing",
             setup->job_open ? "program and input are here and suit us; the client has the word"
                             : "the setup waits for program and input");
        break;
    case PROM_SETUP_BASE:
        tell_missing(it, "the setup waits for the signatures of the base terms", setup->base_signed);
        break;
    case PROM_SETUP_HELD:
        tell(it, "missing", "the draw waits for block %u, 2 deep", (unsigned)it->channel->terms.draw_height);
        break;
    case PROM_SETUP_SEATING:
        tell_seats(it);
        break;
    case PROM_SETUP_KEYING:
        tell_seats(it);
        tell(it, "missing", "the arbiters make their key, at step %u, since tip %u", (unsigned)setup->keygen_step,
             (unsigned)setup->seating_tip);
        break;
    case PROM_SETUP_AGREED:
        tell_missing(it, "the setup waits for everybody's digest of the tree", setup->digest_same);
        break;
    case PROM_SETUP_SIGNING:
        tell(it, "missing", "the branches are being signed, by attempt %u of %u", (unsigned)setup->attempt,
             PROM_SIGNING_ATTEMPTS_MAX);
        break;
    case PROM_SETUP_COMPLETE:
        tell(it, "setup", "all branches are signed; our signature of Tx0 is not out, and nothing is at stake");
        break;
    case PROM_SETUP_OVER:
        tell(it, "setup", "the setup ended, and nothing was at stake: %s",
             setup->reason[0] != '\0' ? setup->reason : "no reason is known");
        break;
    case PROM_SETUP_GIVEN:
    case PROM_SETUP_PHASES:
        break;
    }
    if (setup->phase < PROM_SETUP_GIVEN && it->facts->kept[PROM_KEPT_BASE].length > 0) {
        tell(it, "deadline", "it is given up at tip %u", (unsigned)it->channel->terms.setup_deadline);
    }
}

static void tell_lock(struct telling *it)
{
    if (it->facts->spoilt.there) {
        char txid[PROM_HEX32];
        tell(it, "spoilt", "an input of Tx0 was spent by %s in block %u: the contract never begins",
             prom_hex32_reversed(txid, &it->facts->spoilt.txid), (unsigned)it->facts->spoilt.height);
    } else {
        tell(it, "missing", "our signature of Tx0 is out, and Tx0 is in no block%s",
             it->facts->kept[PROM_KEPT_TX0].length > 0 ? "; it is published again until it is"
                                                       : "; the client holds all signatures of it");
    }
}

/* -- The running contract -- */

static void tell_package(struct telling *it)
{
    const prom_evidence_facts *evidence = &it->batch->evidence;
    const prom_attestation *package = prom_case_package(&it->known, PROM_ROUND_A);
    char hash[PROM_HEX32];
    if (prom_case_two_packages(&it->known)) {
        tell(it, "package", "the worker has signed two different packages of one round: it is at fault");
    } else if (package == NULL) {
        tell(it, "package", "no package that the worker has signed is known");
    } else {
        tell(it, "package", "the worker has signed package %s; %s", prom_hex32(hash, &package->as.package.hash),
             evidence->bodies[PROM_BODY_PACKAGE_A].here ? "it is on our disk" : "it is not on our disk");
    }
    if (evidence->checked != PROM_CHECKED_UNKNOWN) {
        tell(it, "check", "our check found it %s%s%s", evidence->checked == PROM_CHECKED_GOOD ? "good" : "bad",
             evidence->checked_reason[0] != '\0' ? ": " : "", evidence->checked_reason);
    }
}

static void tell_receipts(struct telling *it)
{
    char holders[NAMES];
    char lacking[NAMES];
    const uint32_t all = prom_places_arbiters(it->channel) >> PROM_PARTIES;
    const uint32_t receipts = prom_case_holders(&it->known, PROM_ROUND_A);
    const bool some = receipts != 0;
    const bool lacks = (all & ~receipts) != 0;
    tell(it, "receipts", "of the package there are %u counting receipts, and %u are needed: %s%s%s%s%s",
         (unsigned)prom_arbiters_count(receipts), (unsigned)prom_channel_quorum(it->channel), some ? "of " : "",
         some ? arbiters_of(holders, receipts) : "", some && lacks ? "; " : "", lacks ? "none of " : "",
         lacks ? arbiters_of(lacking, all & ~receipts) : "");
}

static void tell_question(struct telling *it)
{
    char answered[NAMES];
    char denied[NAMES];
    if (it->batch->evidence.questioned) {
        tell(it, "question",
             "the verifier's final question is out to all arbiters; answered so far: %s; without a receipt: %s",
             arbiters_of(answered, prom_case_answers(&it->known)),
             arbiters_of(denied, prom_case_denials(&it->known, PROM_ROUND_A)));
    }
}

static void tell_verdict(struct telling *it)
{
    const prom_money *money = &it->batch->money;
    if (it->facts->role == PROM_ROLE_VERIFIER && money->verdict != PROM_VERDICT_WAIT) {
        tell(it, "verdict", "we have decided r = %d at tip %u, since %s; it is %s",
             money->verdict == PROM_VERDICT_ACCEPT, (unsigned)money->verdict_tip,
             prom_reason_text(money->verdict_reason), money->verdict_known ? "signed" : "not signed yet");
    } else if (it->facts->role == PROM_ROLE_WORKER && money->verdict_known) {
        tell(it, "verdict", "the verifier has signed r = 1: Tx4 is ours to publish");
    } else if (it->money == PROM_MONEY_LOCKED) {
        tell(it, "verdict", "there is no verdict that we know of");
    }
    if (money->key_known) {
        tell(it, "key", "h_p is known to us");
    }
}

static void tell_worker(struct telling *it)
{
    char given[NAMES];
    if (it->facts->role != PROM_ROLE_WORKER) {
        return;
    }
    tell(it, "delivery", "the package was given to %s", names_of(given, it->batch->evidence.delivered));
    if (it->batch->money.released) {
        tell(it, "key", "h_p was let out by Tx3 or Tx4");
    }
    if (it->money == PROM_MONEY_ACCUSED) {
        tell(it, "appeal", it->batch->money.appealed ? "we appeal: TxA shows k_p" : "we do not appeal");
    }
}

static void tell_arbitration(struct telling *it)
{
    const prom_arbitration *arbitration = &it->batch->arbitration;
    if (it->facts->role != PROM_ROLE_ARBITER || it->money != PROM_MONEY_APPEALED) {
        return;
    }
    tell(it, "evidence", "%u rounds of evidence are over", (unsigned)arbitration->rounds_over);
    if (arbitration->voted) {
        tell(it, "vote", "we vote that the %s is at fault, since %s",
             arbitration->vote.decision == PROM_DECISION_WORKER ? "worker" : "verifier",
             prom_reason_text(arbitration->vote_reason));
    }
}

static void tell_decision(struct telling *it)
{
    const prom_arbitration *arbitration = &it->batch->arbitration;
    char deciders[NAMES];
    if (arbitration->decided && it->money == PROM_MONEY_APPEALED) {
        tell(it, "decision", "decided: the %s is at fault, signed by %s",
             arbitration->decision == PROM_DECISION_WORKER ? "worker" : "verifier",
             arbiters_of(deciders, arbitration->deciders));
    }
}

static void tell_result(struct telling *it)
{
    const prom_evidence_facts *evidence = &it->batch->evidence;
    if (it->facts->role == PROM_ROLE_CLIENT && evidence->result_open) {
        tell(it, "result", "the result was opened; our own check found it %s%s%s",
             evidence->result == PROM_CHECKED_GOOD  ? "good"
             : evidence->result == PROM_CHECKED_BAD ? "bad"
                                                    : "nothing",
             evidence->result_reason[0] != '\0' ? ": " : "", evidence->result_reason);
    }
}

static void tell_running(struct telling *it)
{
    tell_package(it);
    tell_receipts(it);
    tell_question(it);
    tell_verdict(it);
    tell_worker(it);
    tell_arbitration(it);
    tell_decision(it);
    tell_result(it);
    const unsigned scheme = it->explanation->scheme;
    if (it->money == PROM_MONEY_SETTLED) {
        tell(it, "settlement", scheme != 0 ? "settled by scheme #%u" : "spent by a transaction that is none of ours",
             scheme);
    }
}

void prom_explain_reasons(prom_explanation *explanation, const prom_channel *channel, uint16_t batch)
{
    const prom_facts *facts = &channel->facts;
    struct telling it = {.explanation = explanation,
                         .channel = channel,
                         .facts = facts,
                         .batch = &facts->batches[batch],
                         .known = prom_batch_case(channel, batch, &facts->batches[batch].evidence.statements),
                         .money = prom_money_state_of(facts, batch)};
    if (facts->restored) {
        tell(&it, "restored",
             "it is older than the backup that this node was restored from: nothing is signed in it "
             "any more, and what is signed is published");
    }
    if (facts->frozen) {
        tell(&it, "frozen", "it is frozen by a fault of our own, and what is signed is defended: %s",
             facts->frozen_reason);
    }
    if (facts->setup.phase != PROM_SETUP_GIVEN || channel->tree == NULL) {
        tell_setup(&it);
    } else if (it.money == PROM_MONEY_NONE) {
        tell_lock(&it);
    } else {
        tell_running(&it);
    }
}
