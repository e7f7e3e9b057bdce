/* An arbiter's part in signing a decision: a nonce for each session, in memory alone, and one share for each nonce. */
#include <stdlib.h>
#include <string.h>

#include "node/state.h"
#include "prometheus/crypto/chilldkg.h"
#include "prometheus/crypto/hash.h"
#include "system/random.h"

static void hash_nonce(prom_bytes32 *hash, const prom_frost_nonce *nonce)
{
    uint8_t bytes[2 * sizeof nonce->first.bytes];
    memcpy(bytes, nonce->first.bytes, sizeof nonce->first.bytes);
    memcpy(bytes + sizeof nonce->first.bytes, nonce->second.bytes, sizeof nonce->second.bytes);
    prom_sha256(hash, prom_span_of(bytes, sizeof bytes));
}

/* A nonce is kept as long as the channel has its session: so one coordinator that asks again and again replaces what is
 * its own, and nobody else's. */
static bool is_asked_for(const prom_channel *channel, const prom_bytes32 *public_hash)
{
    for (size_t i = 0; i < channel->session_count; i++) {
        const prom_decision_session *session = &channel->sessions[i];
        prom_bytes32 hash;
        if (session->used && session->nonce_here && !session->share_done) {
            hash_nonce(&hash, &session->nonce);
            if (prom_bytes32_equal(&hash, public_hash)) {
                return true;
            }
        }
    }
    return false;
}

static prom_result make_room(prom_node_channel *channel, prom_kept_nonce **room, prom_error *error)
{
    static const prom_bytes32 none;
    if (channel->nonces == NULL) {
        channel->nonces = calloc(PROM_DECISION_SESSIONS_MAX, sizeof *channel->nonces);
    }
    for (size_t i = 0; channel->nonces != NULL && i < PROM_DECISION_SESSIONS_MAX; i++) {
        prom_kept_nonce *kept = &channel->nonces[i];
        if (prom_bytes32_equal(&kept->public_hash, &none) || !is_asked_for(channel->channel, &kept->public_hash)) {
            prom_wipe(kept, sizeof *kept);
            *room = kept;
            return prom_ok();
        }
    }
    return prom_fail(error, PROM_CATEGORY_MEMORY, "no nonce more is kept for this decision");
}

void prom_node_drop_nonces(prom_node_channel *channel)
{
    if (channel->nonces != NULL) {
        prom_wipe(channel->nonces, PROM_DECISION_SESSIONS_MAX * sizeof *channel->nonces);
        free(channel->nonces);
        channel->nonces = NULL;
    }
}

prom_result prom_node_frost_nonce(prom_node *node, const prom_to_sign *wanted, prom_arena *arena,
                                  prom_signed_event *signed_, prom_error *error)
{
    prom_bytes32 randomness = prom_random_bytes32();
    const prom_frost_nonce_input input = {.extra = prom_span_of32(&wanted->want.hash)};
    prom_writer writer = prom_writer_in(arena);
    prom_kept_nonce *kept = NULL;
    prom_frost_nonce nonce;
    PROM_TRY(make_room(wanted->channel, &kept, error));
    const prom_result made = prom_frost_nonce_new(node->curve, &kept->secret, &nonce, &randomness, &input, error);
    prom_wipe32(&randomness);
    PROM_TRY(made);
    hash_nonce(&kept->public_hash, &nonce);
    prom_write_span(&writer, prom_span_of(nonce.first.bytes, sizeof nonce.first.bytes));
    prom_write_span(&writer, prom_span_of(nonce.second.bytes, sizeof nonce.second.bytes));
    return prom_writer_finish(&writer, &signed_->bytes, error);
}

static prom_kept_nonce *find_nonce(const prom_node_channel *channel, const prom_bytes32 *public_hash)
{
    for (size_t i = 0; channel->nonces != NULL && i < PROM_DECISION_SESSIONS_MAX; i++) {
        if (prom_bytes32_equal(&channel->nonces[i].public_hash, public_hash)) {
            return &channel->nonces[i];
        }
    }
    return NULL;
}

/* Our share of Y, from what the key generation left on the disk. */
static prom_result secret_share(const prom_node *node, const prom_channel *channel, prom_arena *arena,
                                prom_dkg_output *output, prom_error *error)
{
    PROM_SCOPED(prom_key_wipe) prom_key host = {0};
    prom_dkg_session session;
    prom_bytes32 secret;
    PROM_TRY(prom_wallet_contract_key(&node->wallet, &host, channel->facts.number, PROM_WALLET_HOST, error));
    PROM_TRY(prom_key_even_secret(node->curve, &secret, &host, error));
    const prom_result recovered =
        prom_dkg_recover(arena, node->curve, output, &session, &secret, channel->facts.kept[PROM_KEPT_RECOVERY], error);
    prom_wipe32(&secret);
    return recovered;
}

static prom_result make_share(prom_node *node, const prom_to_sign *wanted, prom_arena *arena, prom_bytes32 *share,
                              prom_kept_nonce *kept, prom_error *error)
{
    const prom_channel *channel = wanted->channel->channel;
    prom_frost_session *session = NULL;
    prom_dkg_output output;
    PROM_TRY(prom_decision_open(channel, arena, &session, wanted->want.session, error));
    PROM_TRY(secret_share(node, channel, arena, &output, error));
    const prom_result made = prom_frost_sign(node->curve, share, &kept->secret, session,
                                             (uint32_t)(channel->place - PROM_PARTIES), &output.secret_share, error);
    prom_wipe(&output, sizeof output);
    return made;
}

prom_result prom_node_frost_share(prom_node *node, const prom_to_sign *wanted, prom_arena *arena,
                                  prom_signed_event *signed_, prom_error *error)
{
    prom_kept_nonce *kept = find_nonce(wanted->channel, &wanted->want.detail);
    prom_signer_request request = {.purpose = PROM_PURPOSE_FROST_SHARE,
                                   .channel = wanted->channel->record.number,
                                   .batch = wanted->batch,
                                   .detail = wanted->want.detail,
                                   .hash = wanted->want.hash};
    prom_bytes32 share;
    if (kept == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "the nonce of a decision's session is gone: another session follows");
    }
    PROM_TRY(prom_signer_permit(&node->signer, &request, error));
    const prom_result made = make_share(node, wanted, arena, &share, kept, error);
    prom_wipe(kept, sizeof *kept);
    PROM_TRY(made);
    return prom_span_copy(arena, &signed_->bytes, prom_span_of32(&share), error);
}
