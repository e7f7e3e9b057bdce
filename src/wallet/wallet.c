#include "wallet/wallet.h"

#include "prometheus/bitcoin/taproot.h"

/* Purposes of BIP 43: BIP 86's for coins, one of our own for contracts. */
enum { PURPOSE_COIN = 86, PURPOSE_CONTRACT = 7067 };

/* Weight units of the witness of a P2TR key-path spend: number and length of elements, and a signature. */
enum { KEY_PATH_WITNESS = 66 };

prom_result prom_wallet_coin_key(const prom_wallet *wallet, prom_key *key, uint32_t index, prom_error *error)
{
    const uint32_t path[] = {PROM_HARDENED | PURPOSE_COIN, PROM_HARDENED | wallet->coin_type, PROM_HARDENED, 0, index};
    PROM_SCOPED(prom_key_wipe) prom_key plain = {0};
    prom_bytes32 tweak;
    PROM_TRY(prom_key_derive(wallet->curve, &plain, prom_span_of32(&wallet->seed), path, sizeof path / sizeof path[0],
                             error));
    prom_taproot_tweak(&tweak, &plain.public_key, NULL);
    return prom_key_tweak(wallet->curve, key, &plain, &tweak, error);
}

prom_result prom_wallet_contract_key(const prom_wallet *wallet, prom_key *key, uint32_t index, prom_wallet_use use,
                                     prom_error *error)
{
    const uint32_t path[] = {PROM_HARDENED | PURPOSE_CONTRACT, PROM_HARDENED | wallet->coin_type, PROM_HARDENED | index,
                             PROM_HARDENED | (uint32_t)use};
    return prom_key_derive(wallet->curve, key, prom_span_of32(&wallet->seed), path, sizeof path / sizeof path[0],
                           error);
}

static prom_result set_change(prom_arena *arena, const prom_payment *payment, prom_error *error)
{
    prom_tx *tx = payment->tx;
    prom_amount spent = prom_amount_zero();
    size_t weight = 0;
    for (size_t i = 0; i < tx->input_count; i++) {
        spent = prom_amount_add(spent, payment->spent[i].value);
    }
    tx->outputs[payment->change].value = prom_amount_zero();
    PROM_TRY(prom_tx_weight(arena, &weight, tx, error));
    weight += 2 + KEY_PATH_WITNESS * tx->input_count; /* BIP 144's marker and flag, and the witnesses to come */
    const prom_amount fee = prom_fee(payment->feerate, prom_vsize(weight));
    const prom_amount change = prom_amount_subtract(prom_amount_subtract(spent, prom_tx_output_sum(tx)), fee);
    if (!prom_amount_at_least(change, prom_dust_limit(tx->outputs[payment->change].script))) {
        char text[PROM_AMOUNT_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "coins of %s sat do not pay for this and leave a change",
                         prom_amount_text(text, spent));
    }
    tx->outputs[payment->change].value = change;
    return prom_ok();
}

prom_result prom_wallet_pay(const prom_curve *curve, prom_arena *arena, const prom_payment *payment,
                            const prom_bytes32 *auxiliary, prom_error *error)
{
    PROM_TRY(set_change(arena, payment, error));
    for (size_t i = 0; i < payment->tx->input_count; i++) {
        prom_bytes32 hash;
        prom_signature signature;
        prom_span *witness = NULL;
        const prom_signed_input signed_input = {.tx = payment->tx, .spent = payment->spent, .index = i};
        PROM_TRY(prom_tx_sighash(arena, &hash, &signed_input, error));
        PROM_TRY(prom_sign(curve, &signature, &hash, &payment->keys[i], auxiliary, error));
        PROM_TRY_NEW(witness, arena, 1, error);
        PROM_TRY(prom_span_copy(arena, witness, prom_span_of(signature.bytes, sizeof signature.bytes), error));
        payment->tx->inputs[i].witness = witness;
        payment->tx->inputs[i].witness_count = 1;
    }
    return prom_ok();
}
