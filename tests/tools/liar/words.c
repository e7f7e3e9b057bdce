/* What a worker or an arbiter that lies says and signs where it may say nothing, or something else. */
#include "channel/step.h"
#include "liar/liar.h"
#include "prometheus/contract/evidence.h"
#include "settlement/settlement.h"
#include "wallet/wallet.h"

prom_result __real_prom_wallet_contract_key(const prom_wallet *wallet, prom_key *key, uint64_t channel,
                                            prom_wallet_use use, prom_error *error);
prom_result __wrap_prom_wallet_contract_key(const prom_wallet *wallet, prom_key *key, uint64_t channel,
                                            prom_wallet_use use, prom_error *error);
prom_result __real_prom_send_places(struct step *step, uint32_t places, const prom_message *message);
prom_result __wrap_prom_send_places(struct step *step, uint32_t places, const prom_message *message);
prom_result __real_prom_intend(struct step *step, uint16_t batch, const prom_attestation *statement);
prom_result __wrap_prom_intend(struct step *step, uint16_t batch, const prom_attestation *statement);
prom_permission __real_prom_may_receipt(const prom_case *known, prom_round round, const prom_arbiter_view *view,
                                        prom_error *error);
prom_permission __wrap_prom_may_receipt(const prom_case *known, prom_round round, const prom_arbiter_view *view,
                                        prom_error *error);
prom_attestation __real_prom_receipt_make(const prom_case *known, const prom_bytes32 *contract_id, prom_round round,
                                          const prom_arbiter_view *view);
prom_attestation __wrap_prom_receipt_make(const prom_case *known, const prom_bytes32 *contract_id, prom_round round,
                                          const prom_arbiter_view *view);

static bool lies_in(const struct step *step, const char *lie)
{
    return step->channel->tree != NULL && liar_lies(lie, &step->channel->tree->contract_id, &step->channel->terms.job);
}

static void tell(const struct step *step, const char *lie)
{
    liar_tell(lie, &step->channel->tree->contract_id);
}

/* -- Keys: a signer with a journal signs nothing twice, so who lies signs without it -- */

enum { KEYS_MAX = 256 };

static prom_key words_keys[KEYS_MAX];
static size_t words_key_count;

static const prom_key *words_key(const prom_bytes32 *public_key)
{
    for (size_t i = 0; i < words_key_count; i++) {
        if (prom_bytes32_equal(&words_keys[i].public_key, public_key)) {
            return &words_keys[i];
        }
    }
    return NULL;
}

prom_result __wrap_prom_wallet_contract_key(const prom_wallet *wallet, prom_key *key, uint64_t channel,
                                            prom_wallet_use use, prom_error *error)
{
    PROM_TRY(__real_prom_wallet_contract_key(wallet, key, channel, use, error));
    if (use == PROM_WALLET_WORDS && words_key(&key->public_key) == NULL && words_key_count < KEYS_MAX) {
        words_keys[words_key_count++] = *key;
    }
    return prom_ok();
}

static prom_result sign_and_send(struct step *step, uint32_t places, const prom_message *as, const char *lie,
                                 prom_attestation *statement)
{
    static const prom_bytes32 auxiliary;
    const prom_channel *channel = step->channel;
    const prom_bytes32 *own = channel->place == PROM_PLACE_W
                                  ? &channel->terms.parties[PROM_PARTY_W].key
                                  : &channel->terms.arbiters[channel->place - PROM_PLACE_ARBITER].key;
    const prom_key *key = words_key(own);
    prom_message message = {.kind = PROM_MESSAGE_STATEMENT, .batch = as->batch};
    if (key == NULL) {
        return prom_fail(step->error, PROM_CATEGORY_MISUSE, "there is no key to lie with");
    }
    PROM_TRY(prom_attestation_sign(channel->curve, statement, key, &auxiliary, step->error));
    message.as.statement = *statement;
    tell(step, lie);
    return __real_prom_send_places(step, places, &message);
}

/* -- The worker, once it knows what is drawn -- */

/* For the verifier alone: arbiters that saw it would receipt no package B, and the worker could not appeal. */
static prom_result second_notice(struct step *step, const prom_message *message)
{
    enum { LATER = 1 };
    const prom_case known =
        prom_batch_case(step->channel, message->batch, &step->facts->batches[message->batch].evidence.statements);
    const prom_attestation *notice = prom_case_notice(&known);
    if (notice == NULL) {
        return prom_fail(step->error, PROM_CATEGORY_MISUSE, "there is no notice to lie beside");
    }
    prom_attestation second = *notice;
    second.as.notice.height += LATER;
    return sign_and_send(step, UINT32_C(1) << PROM_PARTY_V, message, "two-notices", &second);
}

static prom_result second_package(struct step *step, uint32_t places, const prom_message *message)
{
    prom_attestation second = message->as.statement;
    second.as.package.round = PROM_ROUND_A;
    second.as.package.hash.bytes[0] ^= 1;
    return sign_and_send(step, places, message, "two-packages", &second);
}

/* -- The arbiter's second receipt -- */

static prom_result second_receipt(struct step *step, uint32_t places, const prom_message *message)
{
    prom_attestation second = message->as.statement;
    second.as.receipt.height--;
    return sign_and_send(step, places, message, "two-receipts", &second);
}

static bool is_own(const struct step *step, const prom_message *message, prom_attestation_kind kind, prom_round round)
{
    const prom_attestation *said = &message->as.statement;
    return message->kind == PROM_MESSAGE_STATEMENT && said->kind == kind && said->place == step->channel->place &&
           (kind == PROM_ATTESTATION_PACKAGE ? said->as.package.round : said->as.receipt.round) == round;
}

prom_result __wrap_prom_send_places(struct step *step, uint32_t places, const prom_message *message)
{
    const bool draws = is_own(step, message, PROM_ATTESTATION_PACKAGE, PROM_ROUND_B);
    PROM_TRY(__real_prom_send_places(step, places, message));
    if (draws && lies_in(step, "two-notices")) {
        PROM_TRY(second_notice(step, message));
    }
    if (draws && lies_in(step, "two-packages")) {
        PROM_TRY(second_package(step, places, message));
    }
    return step->channel->place == PROM_PLACE_ARBITER &&
                   is_own(step, message, PROM_ATTESTATION_RECEIPT, PROM_ROUND_A) && lies_in(step, "two-receipts")
               ? second_receipt(step, places, message)
               : prom_ok();
}

/* -- A notice of a block that is there, and receipts of it -- */

prom_result __wrap_prom_intend(struct step *step, uint16_t batch, const prom_attestation *statement)
{
    prom_attestation its = *statement;
    if (its.kind == PROM_ATTESTATION_NOTICE && lies_in(step, "mined")) {
        its.as.notice.height = step->view->own_tip;
        tell(step, "mined");
    }
    return __real_prom_intend(step, batch, &its);
}

/* The others of the contract's arbiters do not. */
static bool lies_first(const prom_case *known, const prom_arbiter_view *view)
{
    return view->arbiter == 0 && liar_lies("back-dated", NULL, &known->terms->job);
}

prom_permission __wrap_prom_may_receipt(const prom_case *known, prom_round round, const prom_arbiter_view *view,
                                        prom_error *error)
{
    const prom_permission its = __real_prom_may_receipt(known, round, view, error);
    const bool may = round == PROM_ROUND_NOTICE && prom_case_notice(known) != NULL;
    return may && lies_first(known, view) ? PROM_PERMITTED : its;
}

prom_attestation __wrap_prom_receipt_make(const prom_case *known, const prom_bytes32 *contract_id, prom_round round,
                                          const prom_arbiter_view *view)
{
    enum { BEFORE = 2 /* docs/protocol.md, section 8: of a receipt on regtest */ };
    prom_attestation receipt = __real_prom_receipt_make(known, contract_id, round, view);
    const prom_attestation *notice = prom_case_notice(known);
    if (round == PROM_ROUND_NOTICE && notice != NULL && lies_first(known, view)) {
        receipt.as.receipt.height = notice->as.notice.height - BEFORE;
        liar_tell("back-dated", contract_id);
    }
    return receipt;
}
