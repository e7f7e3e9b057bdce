/* The bytes of a batch: money, evidence, arbitration. */
#include "channel/codec.h"

enum {
    PLACE_BITS = (1 << PROM_PLACES_MAX) - 1,
    CHECKED_COUNT = PROM_CHECKED_BAD + 1,
    REASON_COUNT = PROM_REASON_NOT_CHECKED + 1,
    VERDICT_COUNT = PROM_VERDICT_ACCUSE + 1,
    DECISION_COUNT = PROM_DECISION_WORKER + 1,
    STANDING_MAX = PROM_STANDING_ECHOED,
};

void prom_code_money(struct codec *codec, prom_money *money)
{
    for (size_t i = 0; i < PROM_TREE_OUTPUTS; i++) {
        prom_code_spend(codec, &money->spent[i]);
    }
    CODE_ENUM(codec, money->verdict, VERDICT_COUNT);
    CODE_ENUM(codec, money->verdict_reason, REASON_COUNT);
    prom_code_u32(codec, &money->verdict_tip);
    prom_code_bool(codec, &money->verdict_known);
    prom_code_signature(codec, &money->verdict_signature);
    prom_code_bool(codec, &money->key_known);
    prom_code_bytes32(codec, &money->h_p);
    prom_code_bool(codec, &money->released);
    prom_code_bool(codec, &money->appealed);
}

static void code_body(struct codec *codec, prom_body *body)
{
    prom_code_bool(codec, &body->here);
    prom_code_bytes32(codec, &body->hash);
    prom_code_u64(codec, &body->length);
    prom_code_bytes32(codec, &body->block);
}

/* What is read gets a list as long as it is. */
static void code_statements(struct codec *codec, prom_evidence *statements)
{
    size_t count = statements->count;
    prom_code_count(codec, &count, PROM_EVIDENCE_MAX);
    if (!codec->writes) {
        *statements = (prom_evidence){.count = count, .room = count};
        statements->list = prom_codec_room(codec, count, sizeof *statements->list);
    }
    prom_code_each_attestation(codec, statements->list, count);
}

void prom_code_evidence(struct codec *codec, prom_evidence_facts *evidence)
{
    code_statements(codec, &evidence->statements);
    prom_code_attestations(codec, evidence->intents, &evidence->intent_count, PROM_INTENTS_MAX);
    for (size_t i = 0; i < PROM_BODIES; i++) {
        code_body(codec, &evidence->bodies[i]);
    }
    CODE_ENUM(codec, evidence->checked, CHECKED_COUNT);
    prom_code_text(codec, evidence->checked_reason, sizeof evidence->checked_reason);
    prom_code_bool(codec, &evidence->key_opened);
    prom_code_bool(codec, &evidence->saw_notice);
    prom_code_u32(codec, &evidence->notice_tip);
    prom_code_u16_up_to(codec, &evidence->delivered, PLACE_BITS);
    prom_code_u16_up_to(codec, &evidence->delivered_b, PLACE_BITS);
    prom_code_bool(codec, &evidence->questioned);
    prom_code_u16(codec, &evidence->handed_in);
    prom_code_bool(codec, &evidence->key_shown);
    prom_code_bool(codec, &evidence->result_open);
    prom_code_u8_up_to(codec, &evidence->results_bad, 3); /* two packages at most */
    CODE_ENUM(codec, evidence->result, CHECKED_COUNT);
    prom_code_text(codec, evidence->result_reason, sizeof evidence->result_reason);
}

/* Of each arbiter at most two different ones. */
static void code_said(struct codec *codec, prom_attestation **two, uint8_t *said)
{
    size_t count = *said;
    prom_code_count(codec, &count, 2);
    *said = (uint8_t)count;
    if (!codec->writes) {
        *two = count == 0 ? NULL : prom_codec_room(codec, 2, sizeof **two);
    }
    prom_codec_must(codec, count == 0 || *two != NULL);
    prom_code_each_attestation(codec, *two, count);
}

/* Of most things there is nothing. What is read lies in the codec's arena. */
static void code_heard(struct codec *codec, prom_heard **heard)
{
    bool there = *heard != NULL;
    prom_code_bool(codec, &there);
    if (!there || prom_codec_failed(codec)) {
        return;
    }
    if (!codec->writes) {
        *heard = prom_codec_room(codec, 1, sizeof **heard);
    }
    if (*heard != NULL && !prom_codec_failed(codec)) {
        prom_code_u16_up_to(codec, &(*heard)->by, (1 << PROM_ARBITERS_MAX) - 1);
        for (size_t i = 0; i < PROM_ARBITERS_MAX; i++) {
            if (((*heard)->by >> i & 1) != 0) {
                prom_code_signature(codec, &(*heard)->of[i]);
            }
        }
    }
}

void prom_code_arbitration(struct codec *codec, prom_arbitration *arbitration)
{
    prom_code_u32(codec, &arbitration->appeal_height);
    prom_code_u8_up_to(codec, &arbitration->rounds_over, PROM_ARBITERS_MAX);
    prom_code_u64(codec, &arbitration->round_seconds);
    for (size_t i = 0; i < PROM_EVIDENCE_MAX; i++) {
        prom_code_u8_up_to(codec, &arbitration->standing[i], STANDING_MAX);
    }
    prom_code_u8_up_to(codec, &arbitration->key_standing, STANDING_MAX);
    prom_code_bool(codec, &arbitration->key_here);
    for (size_t i = 0; i < PROM_EVIDENCE_MAX + 1; i++) {
        code_heard(codec, &arbitration->heard[i]);
    }
    prom_code_bool(codec, &arbitration->voted);
    CODE_ENUM(codec, arbitration->vote.decision, DECISION_COUNT);
    prom_code_bytes32(codec, &arbitration->vote.nonce);
    CODE_ENUM(codec, arbitration->vote_reason, REASON_COUNT);
    for (size_t i = 0; i < PROM_ARBITERS_MAX; i++) {
        code_said(codec, &arbitration->commitments[i], &arbitration->commitment_count[i]);
        code_said(codec, &arbitration->votes[i], &arbitration->vote_count[i]);
    }
    prom_code_u32(codec, &arbitration->signed_for);
    prom_code_bool(codec, &arbitration->decided);
    CODE_ENUM(codec, arbitration->decision, DECISION_COUNT);
    prom_code_u32(codec, &arbitration->deciders);
    prom_code_signature(codec, &arbitration->decision_signature);
}
