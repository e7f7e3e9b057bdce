/* What channels want signed. All that one turn asks for is entered into the journal at once, signed, and told to the
 * channels in one transaction. */
#include <stdlib.h>
#include <string.h>

#include "node/beginning.h"
#include "prometheus/contract/signing.h"

void prom_node_sign_later(prom_node *node, prom_node_channel *channel, const prom_want *want, const prom_bytes32 *name)
{
    prom_to_sign *later = &node->to_sign[node->to_sign_count++];
    *later = (prom_to_sign){.channel = channel, .batch = want->batch, .want = want->as.sign, .name = *name};
    if (later->want.session != NULL) {
        later->session = *later->want.session;
        later->want.session = &later->session;
    }
}

/* -- What is no hash -- */

static prom_result give_nonces(prom_node *node, const prom_to_sign *wanted, prom_arena *arena,
                               prom_signed_event *signed_, prom_error *error)
{
    prom_channel *channel = wanted->channel->channel;
    if (channel->signing == NULL || !prom_signing_wants_nonces(channel->signing)) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "no attempt to sign the tree waits for our nonces");
    }
    const prom_signer_request request = {.channel = wanted->channel->record.number, .detail = wanted->want.detail};
    return prom_signer_give_nonces(&node->signer, arena, channel->signing, &signed_->bytes, &request, error);
}

static prom_result give_partials(prom_node *node, const prom_to_sign *wanted, prom_arena *arena,
                                 prom_signed_event *signed_, prom_error *error)
{
    prom_channel *channel = wanted->channel->channel;
    if (channel->signing == NULL || !prom_signing_wants_partials(channel->signing)) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "no attempt to sign the tree waits for our partial signatures");
    }
    const prom_signer_request request = {.channel = wanted->channel->record.number, .detail = wanted->want.detail};
    return prom_signer_give_partials(&node->signer, arena, channel->signing, &signed_->bytes, &request, error);
}

static prom_result sign_tx0(prom_node *node, const prom_to_sign *wanted, prom_arena *arena, prom_signed_event *signed_,
                            prom_error *error)
{
    const prom_channel *channel = wanted->channel->channel;
    const prom_own *own = &channel->facts.own;
    const prom_tree_tx *tx0 = &channel->tree->tx[PROM_TX0];
    prom_writer writer = prom_writer_in(arena);
    prom_signer_tx0 request = {.channel = wanted->channel->record.number, .tx = tx0->tx, .spent = tx0->spent};
    size_t first = 0;
    PROM_TRY(prom_node_reserve_for_tx0(node, wanted->channel, error));
    prom_node_backup_due(node);
    if (!prom_node_back_up(node, true)) {
        return prom_fail(error, PROM_CATEGORY_IO, "our deposit is not signed before the backup can be written");
    }
    request.count = prom_tx0_inputs(&channel->terms, channel->place, &first);
    PROM_TRY_NEW(request.inputs, arena, request.count, error);
    for (size_t i = 0; i < request.count; i++) {
        request.inputs[i].index = first + i;
        PROM_TRY(prom_coins_path(node->fold->coins, &request.inputs[i].path, &own->coins[i].key, error));
    }
    PROM_TRY(prom_signer_sign_tx0(&node->signer, arena, &request, error));
    for (size_t i = 0; i < request.count; i++) {
        prom_write_span(&writer,
                        prom_span_of(request.inputs[i].signature.bytes, sizeof request.inputs[i].signature.bytes));
    }
    return prom_writer_finish(&writer, &signed_->bytes, error);
}

/* protocol 7: nobody can know the nonce before the vote is shown, and after a crash it is the same. */
static prom_result vote_nonce(prom_node *node, const prom_to_sign *wanted, prom_arena *arena,
                              prom_signed_event *signed_, prom_error *error)
{
    prom_bytes32 nonce;
    PROM_TRY(prom_wallet_secret_of(&node->wallet, &nonce, wanted->channel->record.number, PROM_WALLET_VOTE,
                                   wanted->batch, error));
    const prom_result copied = prom_span_copy(arena, &signed_->bytes, prom_span_of32(&nonce), error);
    prom_wipe32(&nonce);
    return copied;
}

/* W's h_p, when its channel has decided to show it to the arbiters. */
static prom_result show_key(prom_node *node, const prom_to_sign *wanted, prom_arena *arena, prom_signed_event *signed_,
                            prom_error *error)
{
    prom_bytes32 h_p;
    PROM_TRY(prom_wallet_secret_of(&node->wallet, &h_p, wanted->channel->record.number, PROM_WALLET_H_P, wanted->batch,
                                   error));
    return prom_span_copy(arena, &signed_->bytes, prom_span_of32(&h_p), error);
}

typedef prom_result make_signed(prom_node *node, const prom_to_sign *wanted, prom_arena *arena,
                                prom_signed_event *signed_, prom_error *error);

/* What is made for a purpose; hashes go through the journal together. */
static make_signed *const makers[] = {
    [PROM_PURPOSE_NONCES] = give_nonces,
    [PROM_PURPOSE_PARTIALS] = give_partials,
    [PROM_PURPOSE_TX0] = sign_tx0,
    [PROM_PURPOSE_FROST_NONCE] = prom_node_frost_nonce,
    [PROM_PURPOSE_FROST_SHARE] = prom_node_frost_share,
    [PROM_PURPOSE_VOTE_NONCE] = vote_nonce,
    [PROM_PURPOSE_KEY] = show_key,
};

static make_signed *maker_of(prom_purpose purpose)
{
    return (size_t)purpose < sizeof makers / sizeof makers[0] ? makers[purpose] : NULL;
}

/* -- One turn -- */

/* Until the next block, or message. */
static void give_up(prom_node *node, const prom_to_sign *wanted, const char *why)
{
    prom_node_report(node, PROM_REPORT_FAULT, wanted->channel->record.number, "nothing was signed: %s", why);
    prom_node_want_over(wanted->channel, &wanted->name);
    wanted->channel->wants_due = false;
}

/* The hashes, with one transaction of the journal. */
static prom_result sign_hashes(prom_node *node, prom_arena *arena, prom_signer_request *requests, prom_error *error)
{
    prom_signer_request *hashes = NULL;
    size_t count = 0;
    PROM_TRY_NEW(hashes, arena, node->to_sign_count, error);
    for (size_t i = 0; i < node->to_sign_count; i++) {
        if (maker_of(node->to_sign[i].want.purpose) == NULL) {
            hashes[count++] = requests[i];
        }
    }
    if (count == 0) {
        return prom_ok();
    }
    PROM_TRY(prom_signer_sign_all(&node->signer, hashes, count, error));
    count = 0;
    for (size_t i = 0; i < node->to_sign_count; i++) {
        if (maker_of(node->to_sign[i].want.purpose) == NULL) {
            requests[i] = hashes[count++];
        }
    }
    return prom_ok();
}

static prom_result make_event(prom_node *node, const prom_to_sign *wanted, const prom_signer_request *request,
                              prom_arena *arena, prom_event *event, prom_error *error)
{
    static const char *const refused[] = {
        [PROM_SIGNER_ANOTHER] = "another one was signed before: what this channel asks for must never be",
        [PROM_SIGNER_RESTORED] = "the channel was restored from a backup",
        [PROM_SIGNER_UNKNOWN] = "the store knows no such channel",
    };
    make_signed *make = maker_of(wanted->want.purpose);
    *event = (prom_event){.kind = PROM_EVENT_SIGNED,
                          .as.signed_ = {.purpose = wanted->want.purpose,
                                         .batch = wanted->batch,
                                         .hash = wanted->want.hash,
                                         .signature = request->signature}};
    /* Not all go through the signer. h_p is no signature: it follows TxA, which was. */
    if (make != NULL && wanted->want.purpose != PROM_PURPOSE_KEY && wanted->channel->record.restored) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "%s: %s", prom_purpose_name(wanted->want.purpose),
                         refused[PROM_SIGNER_RESTORED]);
    }
    if (make != NULL) {
        return make(node, wanted, arena, &event->as.signed_, error);
    }
    if (request->outcome == PROM_SIGNER_DONE && wanted->want.purpose == PROM_PURPOSE_SEAT) {
        return prom_signer_prove_keys(&node->signer, arena, &event->as.signed_.bytes, request->channel, &request->hash,
                                      error);
    }
    return request->outcome == PROM_SIGNER_DONE
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BROKEN, "%s: %s", prom_purpose_name(wanted->want.purpose),
                           refused[request->outcome]);
}

static void sign_one(prom_node *node, prom_to_sign *wanted, const prom_signer_request *request, prom_arena *arena)
{
    prom_event event;
    prom_error reason;
    prom_node_step step;
    /* What was signed before it may have failed, and left a channel that has to be loaded again. */
    prom_result made = prom_node_refresh(node, wanted->channel, &reason);
    if (prom_is_ok(made)) {
        made = make_event(node, wanted, request, arena, &event, &reason);
    }
    if (made.category == PROM_CATEGORY_PEER) {
        event = (prom_event){.kind = PROM_EVENT_TIME}; /* the session knows now whose fault it is */
    } else if (!prom_is_ok(made)) {
        give_up(node, wanted, reason.sentence);
        return;
    }
    if (!prom_is_ok(prom_node_take_alone(node, wanted->channel, &step, &event, &reason))) {
        give_up(node, wanted, reason.sentence);
        return;
    }
    prom_node_want_over(wanted->channel, &wanted->name);
}

static prom_result sign_all(prom_node *node, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_signer_request *requests = NULL;
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    PROM_TRY_NEW(requests, &arena, node->to_sign_count, error);
    for (size_t i = 0; i < node->to_sign_count; i++) {
        const prom_to_sign *wanted = &node->to_sign[i];
        requests[i] = (prom_signer_request){.purpose = wanted->want.purpose,
                                            .channel = wanted->channel->record.number,
                                            .batch = wanted->batch,
                                            .detail = wanted->want.detail,
                                            .hash = wanted->want.hash};
    }
    PROM_TRY(sign_hashes(node, &arena, requests, error));
    for (size_t i = 0; i < node->to_sign_count; i++) {
        sign_one(node, &node->to_sign[i], &requests[i], &arena);
    }
    return prom_ok();
}

bool prom_node_sign(prom_node *node)
{
    prom_error reason;
    if (node->to_sign_count == 0) {
        return false;
    }
    const prom_result signed_ = sign_all(node, &reason);
    for (size_t i = 0; i < node->to_sign_count && !prom_is_ok(signed_); i++) {
        give_up(node, &node->to_sign[i], reason.sentence);
    }
    node->to_sign_count = 0;
    return prom_is_ok(signed_);
}
