/* What binds whoever says it: the verdict, signed packages and receipts. */
#include <string.h>

#include "channel/step.h"

prom_result prom_channel_sign_verdict(struct step *step, prom_signature *signature)
{
    const prom_channel *channel = step->channel;
    prom_bytes32 hash;
    PROM_TRY(prom_tree_sighash(channel->arena, &hash, &channel->tree->tx[PROM_TX4], 0, step->error));
    return channel->signer.sign(channel->signer.context, signature, &hash, step->error);
}

prom_result prom_channel_check_verdict(struct step *step, const prom_signature *signature)
{
    const prom_channel *channel = step->channel;
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_bytes32 hash;
    prom_arena_init_within(&scratch, channel->arena);
    PROM_TRY(prom_tree_sighash(&scratch, &hash, &channel->tree->tx[PROM_TX4], 0, step->error));
    if (!prom_signature_valid(channel->curve, signature, prom_span_of32(&hash),
                              prom_channel_place_key(channel, PROM_PARTY_V))) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "the verdict is not the verifier's signature of Tx4");
    }
    return prom_ok();
}

prom_result prom_channel_publish_tx4(struct step *step, const prom_signature *verdict, const prom_bytes32 *h_p)
{
    prom_channel *channel = step->channel;
    const prom_publication with = {.V = verdict, .h_p = h_p};
    prom_tx *tx = NULL;
    PROM_TRY(
        prom_signing_finish(channel->arena, &tx, channel->signing, &channel->tree->tx[PROM_TX4], &with, step->error));
    return prom_channel_act_publish(step, "Tx4", tx);
}

prom_case prom_channel_case(const prom_channel *channel)
{
    return (prom_case){&channel->terms, channel->tx0_height, &channel->evidence};
}

prom_result prom_channel_attest(struct step *step, prom_span *bytes, prom_attestation *statement)
{
    const prom_channel *channel = step->channel;
    prom_bytes32 hash;
    prom_attestation_hash(&hash, statement);
    PROM_TRY(channel->signer.sign(channel->signer.context, &statement->signature, &hash, step->error));
    return prom_attestation_write(channel->arena, bytes, statement, step->error);
}

prom_result prom_channel_read_statement(struct step *step, prom_attestation *statement, prom_span bytes,
                                        prom_attestation_kind kind, size_t place)
{
    const prom_channel *channel = step->channel;
    PROM_TRY(prom_attestation_read(statement, bytes, step->error));
    if (statement->kind != kind || (place != PROM_NO_PLACE && statement->place != place)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER,
                         "a statement is not of the kind, or not by whom, it should be");
    }
    return prom_attestation_check(channel->curve, statement, &channel->terms, &channel->tree->contract_id, step->error);
}

prom_result prom_channel_read_package(struct step *step, prom_attestation *claim, prom_span *package,
                                      const struct received *message)
{
    const prom_channel *channel = step->channel;
    prom_reader reader = prom_reader_of(message->body);
    const prom_span statement = prom_read_span(&reader, prom_read_u16(&reader));
    prom_bytes32 hash;
    *package = prom_read_span(&reader, reader.left);
    if (reader.failed || package->length > channel->terms.package_max) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "these bytes are not a package that the terms allow");
    }
    PROM_TRY(prom_channel_read_statement(step, claim, statement, PROM_ATTESTATION_PACKAGE, PROM_PLACE_W));
    prom_package_hash(&hash, &channel->tree->contract_id, claim->as.package.round, *package);
    if (claim->as.package.round != PROM_ROUND_A || !prom_bytes32_equal(&hash, &claim->as.package.hash)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "the worker has not signed this package");
    }
    return prom_ok();
}

prom_result prom_channel_signature_body(struct step *step, prom_span *body, const prom_signature *signature)
{
    return prom_span_copy(step->channel->arena, body, prom_span_of(signature->bytes, sizeof signature->bytes),
                          step->error);
}

prom_result prom_channel_read_signature(struct step *step, prom_signature *signature, prom_span body)
{
    if (body.length != sizeof signature->bytes) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "a signature has %zu bytes instead of 64", body.length);
    }
    memcpy(signature->bytes, body.data, sizeof signature->bytes);
    return prom_ok();
}

prom_result prom_channel_take_receipt(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    prom_attestation receipt;
    prom_span body;
    PROM_TRY(prom_channel_read_statement(step, &receipt, message->body, PROM_ATTESTATION_RECEIPT, message->place));
    if (!prom_evidence_add(&channel->evidence, &receipt)) {
        return prom_ok(); /* known */
    }
    PROM_TRY(prom_span_copy(channel->arena, &body, message->body, step->error));
    return prom_channel_act_store(step, "receipt", body);
}
