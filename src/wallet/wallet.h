/* A party's keys, derived from one seed, and plain payments with them. */
#ifndef WALLET_WALLET_H
#define WALLET_WALLET_H

#include <stdint.h>

#include "prometheus/bitcoin/psbt.h"
#include "prometheus/bitcoin/transaction.h"
#include "prometheus/contract/terms.h"
#include "prometheus/crypto/key.h"
#include "wallet/seed.h"

/* Every path is in docs/keys.md. */
typedef struct prom_wallet {
    const prom_curve *curve;
    prom_seed seed;
    uint32_t coin_type; /* SLIP 44: 0 on the main chain, 1 on all others */
} prom_wallet;

/* Returns the coin type of the network of that name. */
uint32_t prom_wallet_coin_type(const char *network);

/* One of BIP 86's keys, m/86'/coin_type'/account'/chain/index. */
typedef struct prom_wallet_path {
    uint32_t account; /* 0, or PROM_WALLET_OWN */
    uint32_t chain;   /* 0: what others pay to; PROM_WALLET_OUTPUTS */
    uint32_t index;
} prom_wallet_path;
#define PROM_WALLET_OUTPUTS 1U /* of channels */
#define PROM_WALLET_OWN 1U     /* what the owner's own transactions make */

/* The key at that path, tweaked as BIP 86 says: its public key is the output key of tr(KEY). */
PROM_MUST_USE prom_result prom_wallet_path_key(const prom_wallet *wallet, prom_key *key, prom_wallet_path path,
                                               prom_error *error);

/* What a signer elsewhere must know of that key, which is made of the same seed: the key before it is tweaked, and from
 * where it is derived. */
PROM_MUST_USE prom_result prom_wallet_origin(const prom_wallet *wallet, prom_arena *arena, prom_psbt_origin *origin,
                                             prom_wallet_path path, prom_error *error);

/* The key number `index` of those that others pay to, m/86'/coin_type'/0'/0/index, tweaked as BIP 86 says: its public
 * key is the output key of tr(KEY). */
PROM_MUST_USE prom_result prom_wallet_coin_key(const prom_wallet *wallet, prom_key *key, uint32_t index,
                                               prom_error *error);

/* What an own transaction of the owner's pays to. */
typedef enum prom_wallet_made {
    PROM_WALLET_OFFER,
    PROM_WALLET_REST, /* change */
} prom_wallet_made;

/* Returns the path of that key of own transaction number `transaction`, below 2^30: m/86'/coin_type'/1'/0/(2n + made),
 * an account apart, so that no address that others pay to is one of them. */
prom_wallet_path prom_wallet_own_path(uint32_t transaction, prom_wallet_made made);

/* What a contract pays a party to. */
typedef enum prom_wallet_output {
    PROM_WALLET_PAYOUT,
    PROM_WALLET_CHANGE,
} prom_wallet_output;

/* The key of an output that a channel pays us, m/86'/coin_type'/0'/1/(2n + output), tweaked as BIP 86 says, where n
 * counts the channels of an epoch (channel & (2^32 - 1)): any wallet that looks for change finds it with the seed
 * alone.
 */
PROM_MUST_USE prom_result prom_wallet_output_key(const prom_wallet *wallet, prom_key *key, uint64_t channel,
                                                 prom_wallet_output output, prom_error *error);
/* The path of that key. PROM_CATEGORY_MISUSE when the channel's number is too large. */
PROM_MUST_USE prom_result prom_wallet_output_path(prom_wallet_path *path, uint64_t channel, prom_wallet_output output,
                                                  prom_error *error);

/* What a key of a contract is for: no key serves two protocols. Append only. */
typedef enum prom_wallet_use {
    PROM_WALLET_WORDS, /* own words: verdict, packages, notices, receipts, answers, votes */
    PROM_WALLET_JOINT, /* in ALL */
    PROM_WALLET_SEAL,  /* V: opens E_V */
    PROM_WALLET_HOST,  /* A: of the key generation */
} prom_wallet_use;

/* The key that the wallet's owner uses so in a channel, by its number in the store,
 * m/7067'/coin_type'/(channel >> 32)'/(channel & (2^32 - 1))'/use'; nowhere else. PROM_CATEGORY_MISUSE for a number
 * that the store does not give. */
PROM_MUST_USE prom_result prom_wallet_contract_key(const prom_wallet *wallet, prom_key *key, uint64_t channel,
                                                   prom_wallet_use use, prom_error *error);

/* What a secret of a channel is for. Append only. */
typedef enum prom_wallet_secret {
    PROM_WALLET_H_P = 16,  /* of each batch */
    PROM_WALLET_K_P = 17,  /* of each batch */
    PROM_WALLET_DKG = 18,  /* randomness of each session of the key generation */
    PROM_WALLET_VOTE = 19, /* the nonce of an arbiter's vote, of each batch */
} prom_wallet_secret;

/* The secret number `number` of a kind: the tagged hash `prometheus/wallet-secret` of the secret key at
 * m/7067'/coin_type'/(channel >> 32)'/(channel & (2^32 - 1))'/kind'/number'. */
PROM_MUST_USE prom_result prom_wallet_secret_of(const prom_wallet *wallet, prom_bytes32 *secret, uint64_t channel,
                                                prom_wallet_secret kind, uint32_t number, prom_error *error);

/* What a party has one key of, whatever the channel. Append only. */
typedef enum prom_wallet_own {
    PROM_WALLET_NODE,   /* the node's identity */
    PROM_WALLET_BACKUP, /* encrypts backups: the secret half alone is used */
} prom_wallet_own;

/* The key m/7067'/coin_type'/2147483647'/own', a branch that no channel has. */
PROM_MUST_USE prom_result prom_wallet_own_key(const prom_wallet *wallet, prom_key *key, prom_wallet_own own,
                                              prom_error *error);

/* Makes the witness of an input that spends a P2TR output by its key. */
PROM_MUST_USE prom_result prom_wallet_sign_input(const prom_curve *curve, prom_arena *arena, prom_tx_input *input,
                                                 const prom_signed_input *what, const prom_key *key,
                                                 const prom_bytes32 *auxiliary, prom_error *error);

/* A payment: every input spends a P2TR output by its key. */
typedef struct prom_payment {
    prom_tx *tx;                 /* inputs and outputs stand, but for the change's value */
    const prom_tx_output *spent; /* by each input */
    const prom_key *keys;        /* the output key of each */
    size_t change;               /* the output that gets what is left */
    uint64_t feerate;            /* sat/vB */
} prom_payment;

/* Sets the change so that the fee is feerate * vsize, and signs. `auxiliary` is fresh randomness.
 * PROM_CATEGORY_BAD_INPUT when the inputs do not suffice or the change would be dust. */
PROM_MUST_USE prom_result prom_wallet_pay(const prom_curve *curve, prom_arena *arena, const prom_payment *payment,
                                          const prom_bytes32 *auxiliary, prom_error *error);

#endif
