#include "wallet/wallet.h"

#include <string.h>

#include "prometheus/bitcoin/taproot.h"
#include "prometheus/crypto/hash.h"
#include "prometheus/crypto/ripemd160.h"

uint32_t prom_wallet_coin_type(const char *network)
{
    return strcmp(network, "main") == 0 ? 0 : 1;
}

/* Purposes of BIP 43: BIP 86's for coins, one of our own for contracts. */
enum { PURPOSE_COIN = 86, PURPOSE_CONTRACT = 7067 };

/* The child number below PURPOSE_CONTRACT that is no channel's: the store's epochs end before it. */
#define OWN 0x7fffffffU

/* Weight units of the witness of a P2TR key-path spend: number and length of elements, and a signature. */
enum { KEY_PATH_WITNESS = 66 };

static prom_result derive(const prom_wallet *wallet, prom_key *key, const uint32_t *path, size_t depth,
                          prom_error *error)
{
    const prom_span seed = prom_span_of(wallet->seed.bytes, sizeof wallet->seed.bytes);
    return prom_key_derive(wallet->curve, key, seed, path, depth, error);
}

enum { PATH_DEPTH = 5 };

static void write_path(const prom_wallet *wallet, uint32_t numbers[PATH_DEPTH], prom_wallet_path path)
{
    numbers[0] = PROM_HARDENED | PURPOSE_COIN;
    numbers[1] = PROM_HARDENED | wallet->coin_type;
    numbers[2] = PROM_HARDENED | path.account;
    numbers[3] = path.chain;
    numbers[4] = path.index;
}

prom_result prom_wallet_path_key(const prom_wallet *wallet, prom_key *key, prom_wallet_path path, prom_error *error)
{
    uint32_t numbers[PATH_DEPTH];
    PROM_SCOPED(prom_key_wipe) prom_key plain = {0};
    prom_bytes32 tweak;
    write_path(wallet, numbers, path);
    PROM_TRY(derive(wallet, &plain, numbers, PATH_DEPTH, error));
    prom_taproot_tweak(&tweak, &plain.public_key, NULL);
    return prom_key_tweak(wallet->curve, key, &plain, &tweak, error);
}

prom_result prom_wallet_origin(const prom_wallet *wallet, prom_arena *arena, prom_psbt_origin *origin,
                               prom_wallet_path path, prom_error *error)
{
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    uint32_t *numbers = NULL;
    prom_point master;
    prom_bytes20 hash;
    PROM_TRY_NEW(numbers, arena, PATH_DEPTH, error);
    write_path(wallet, numbers, path);
    PROM_TRY(derive(wallet, &key, NULL, 0, error));
    PROM_TRY(prom_point_of_secret(wallet->curve, &master, &key.secret, error));
    prom_hash160(&hash, prom_span_of(master.bytes, sizeof master.bytes));
    PROM_TRY(derive(wallet, &key, numbers, PATH_DEPTH, error));
    *origin = (prom_psbt_origin){.internal_key = key.public_key, .path = numbers, .depth = PATH_DEPTH};
    memcpy(origin->fingerprint, hash.bytes, sizeof origin->fingerprint);
    return prom_ok();
}

prom_result prom_wallet_coin_key(const prom_wallet *wallet, prom_key *key, uint32_t index, prom_error *error)
{
    return prom_wallet_path_key(wallet, key, (prom_wallet_path){.index = index}, error);
}

prom_wallet_path prom_wallet_own_path(uint32_t transaction, prom_wallet_made made)
{
    return (prom_wallet_path){.account = PROM_WALLET_OWN, .index = 2 * transaction + (uint32_t)made};
}

prom_result prom_wallet_output_path(prom_wallet_path *path, uint64_t channel, prom_wallet_output output,
                                    prom_error *error)
{
    const uint64_t number = channel & UINT32_MAX;
    if (number >= PROM_HARDENED / 2) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a channel's number is too large for its outputs' keys");
    }
    *path = (prom_wallet_path){.chain = PROM_WALLET_OUTPUTS, .index = (uint32_t)(2 * number) + (uint32_t)output};
    return prom_ok();
}

prom_result prom_wallet_output_key(const prom_wallet *wallet, prom_key *key, uint64_t channel,
                                   prom_wallet_output output, prom_error *error)
{
    prom_wallet_path path = {0};
    PROM_TRY(prom_wallet_output_path(&path, channel, output, error));
    return prom_wallet_path_key(wallet, key, path, error);
}

/* That a channel has the number: both halves are child numbers, and the first one is not OWN. */
static prom_result check_channel(uint64_t channel, prom_error *error)
{
    return channel >> 32 < OWN && (uint32_t)channel < PROM_HARDENED
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_MISUSE, "no channel has the number %llu", (unsigned long long)channel);
}

prom_result prom_wallet_contract_key(const prom_wallet *wallet, prom_key *key, uint64_t channel, prom_wallet_use use,
                                     prom_error *error)
{
    const uint32_t path[] = {PROM_HARDENED | PURPOSE_CONTRACT, PROM_HARDENED | wallet->coin_type,
                             PROM_HARDENED | (uint32_t)(channel >> 32), PROM_HARDENED | (uint32_t)channel,
                             PROM_HARDENED | (uint32_t)use};
    PROM_TRY(check_channel(channel, error));
    return derive(wallet, key, path, sizeof path / sizeof path[0], error);
}

prom_result prom_wallet_secret_of(const prom_wallet *wallet, prom_bytes32 *secret, uint64_t channel,
                                  prom_wallet_secret kind, uint32_t number, prom_error *error)
{
    const uint32_t path[] = {
        PROM_HARDENED | PURPOSE_CONTRACT,  PROM_HARDENED | wallet->coin_type, PROM_HARDENED | (uint32_t)(channel >> 32),
        PROM_HARDENED | (uint32_t)channel, PROM_HARDENED | (uint32_t)kind,    PROM_HARDENED | number};
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    PROM_TRY(check_channel(channel, error));
    if (number >= PROM_HARDENED) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a channel has no secret number %u", (unsigned)number);
    }
    PROM_TRY(derive(wallet, &key, path, sizeof path / sizeof path[0], error));
    prom_tagged_hash(secret, "prometheus/wallet-secret", prom_span_of32(&key.secret));
    return prom_ok();
}

prom_result prom_wallet_own_key(const prom_wallet *wallet, prom_key *key, prom_wallet_own own, prom_error *error)
{
    const uint32_t path[] = {PROM_HARDENED | PURPOSE_CONTRACT, PROM_HARDENED | wallet->coin_type, PROM_HARDENED | OWN,
                             PROM_HARDENED | (uint32_t)own};
    return derive(wallet, key, path, sizeof path / sizeof path[0], error);
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

prom_result prom_wallet_sign_input(const prom_curve *curve, prom_arena *arena, prom_tx_input *input,
                                   const prom_signed_input *what, const prom_key *key, const prom_bytes32 *auxiliary,
                                   prom_error *error)
{
    prom_bytes32 hash;
    prom_signature signature;
    prom_span *witness = NULL;
    PROM_TRY(prom_tx_sighash(arena, &hash, what, error));
    PROM_TRY(prom_sign(curve, &signature, &hash, key, auxiliary, error));
    PROM_TRY_NEW(witness, arena, 1, error);
    PROM_TRY(prom_span_copy(arena, witness, prom_span_of(signature.bytes, sizeof signature.bytes), error));
    input->witness = witness;
    input->witness_count = 1;
    return prom_ok();
}

prom_result prom_wallet_pay(const prom_curve *curve, prom_arena *arena, const prom_payment *payment,
                            const prom_bytes32 *auxiliary, prom_error *error)
{
    PROM_TRY(set_change(arena, payment, error));
    for (size_t i = 0; i < payment->tx->input_count; i++) {
        const prom_signed_input what = {.tx = payment->tx, .spent = payment->spent, .index = i};
        PROM_TRY(
            prom_wallet_sign_input(curve, arena, &payment->tx->inputs[i], &what, &payment->keys[i], auxiliary, error));
    }
    return prom_ok();
}
