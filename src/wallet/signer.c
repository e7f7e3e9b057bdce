#include "wallet/signer.h"

#include <string.h>

#include "store/record.h"
#include "system/random.h"

/* The keys that sign a hash. */
typedef enum signing_key {
    KEY_NONE, /* the hash is signed elsewhere */
    KEY_WORDS,
    KEY_NODE,
} signing_key;

/* What the journal is kept for. */
static const struct purpose {
    const char *name;
    signing_key key;
    bool single; /* one for each batch, whatever the detail */
} purposes[] = {
    [PROM_PURPOSE_BASE] = {"base terms", KEY_WORDS, false},
    [PROM_PURPOSE_SEAT] = {"word about a seat", KEY_NODE, false},
    [PROM_PURPOSE_SILENCE] = {"word about silence", KEY_WORDS, false},
    [PROM_PURPOSE_STATEMENT] = {"statement", KEY_WORDS, false},
    [PROM_PURPOSE_VERDICT] = {"verdict", KEY_WORDS, true},
    [PROM_PURPOSE_NONCES] = {"message of nonces", KEY_WORDS, false},
    [PROM_PURPOSE_PARTIALS] = {"message of partial signatures", KEY_WORDS, false},
    [PROM_PURPOSE_TX0] = {"Tx0", KEY_NONE, false},
    [PROM_PURPOSE_FROST_SHARE] = {"share of a decision", KEY_NONE, false},
};

/* Whether the journal knows the purpose. */
static bool is_kept(prom_purpose purpose)
{
    return (size_t)purpose < sizeof purposes / sizeof purposes[0] && purposes[purpose].name != NULL;
}

const char *prom_purpose_name(prom_purpose purpose)
{
    return is_kept(purpose) ? purposes[purpose].name : "unknown";
}

/* -- The journal -- */

/* Whether the request may be signed; a new one gets its line, in the open transaction. */
static prom_result judge(prom_store *store, prom_signer_request *request, prom_error *error)
{
    prom_journal_key key = {request->channel, request->batch, (uint16_t)request->purpose, {{0}}};
    prom_journal_answer answer = PROM_JOURNAL_OTHER;
    prom_store_channel channel;
    bool found = false;
    if (!purposes[request->purpose].single) {
        key.detail = request->detail;
    }
    PROM_TRY(prom_store_channel_get(store, &channel, &found, request->channel, error));
    if (!found || channel.restored) {
        request->outcome = found ? PROM_SIGNER_RESTORED : PROM_SIGNER_UNKNOWN;
        return prom_ok();
    }
    PROM_TRY(prom_store_journal_find(store, &answer, &key, &request->hash, error));
    request->outcome = answer == PROM_JOURNAL_OTHER ? PROM_SIGNER_ANOTHER : PROM_SIGNER_DONE;
    return answer == PROM_JOURNAL_NEW ? prom_store_journal_add(store, &key, &request->hash, error) : prom_ok();
}

/* Judges all, and puts the lines on the disk. */
static prom_result enter(prom_store *store, prom_signer_request *requests, size_t count, prom_error *error)
{
    prom_result result = prom_ok();
    for (size_t i = 0; i < count; i++) {
        memset(&requests[i].signature, 0, sizeof requests[i].signature);
        requests[i].outcome = PROM_SIGNER_UNKNOWN;
        if (!is_kept(requests[i].purpose)) {
            return prom_fail(error, PROM_CATEGORY_MISUSE, "nothing is signed for purpose %d", (int)requests[i].purpose);
        }
    }
    PROM_TRY(prom_store_begin(store, error));
    for (size_t i = 0; i < count && prom_is_ok(result); i++) {
        result = judge(store, &requests[i], error);
    }
    if (!prom_is_ok(result)) {
        prom_store_rollback(store);
        return result;
    }
    return prom_store_commit(store, error);
}

/* -- Signing -- */

static prom_result sign_with(const prom_wallet *wallet, prom_signature *signature, const prom_bytes32 *hash,
                             const prom_key *key, prom_error *error)
{
    static const prom_bytes32 auxiliary;
    return prom_sign(wallet->curve, signature, hash, key, &auxiliary, error);
}

static prom_result sign(const prom_wallet *wallet, prom_signer_request *request, prom_error *error)
{
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    PROM_TRY(purposes[request->purpose].key == KEY_NODE
                 ? prom_wallet_own_key(wallet, &key, PROM_WALLET_NODE, error)
                 : prom_wallet_contract_key(wallet, &key, request->channel, PROM_WALLET_WORDS, error));
    return sign_with(wallet, &request->signature, &request->hash, &key, error);
}

prom_result prom_signer_sign_all(const prom_wallet_signer *signer, prom_signer_request *requests, size_t count,
                                 prom_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (is_kept(requests[i].purpose) && purposes[requests[i].purpose].key == KEY_NONE) {
            return prom_fail(error, PROM_CATEGORY_MISUSE, "a %s is not the signature of a hash",
                             purposes[requests[i].purpose].name);
        }
    }
    prom_result result = enter(signer->store, requests, count, error);
    for (size_t i = 0; i < count && prom_is_ok(result); i++) {
        if (requests[i].outcome == PROM_SIGNER_DONE) {
            result = sign(signer->wallet, &requests[i], error);
        }
    }
    for (size_t i = 0; i < count && !prom_is_ok(result); i++) {
        memset(&requests[i].signature, 0, sizeof requests[i].signature);
    }
    return result;
}

static prom_result tell(const prom_signer_request *request, prom_error *error)
{
    static const char *const reasons[] = {
        [PROM_SIGNER_DONE] = "",
        [PROM_SIGNER_ANOTHER] = "another one was signed before",
        [PROM_SIGNER_RESTORED] = "it was restored from a backup, and may have signed what the backup does not know of",
        [PROM_SIGNER_UNKNOWN] = "the store does not know it",
    };
    return request->outcome == PROM_SIGNER_DONE
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BROKEN, "no %s is signed for channel %llu: %s",
                           purposes[request->purpose].name, (unsigned long long)request->channel,
                           reasons[request->outcome]);
}

prom_result prom_signer_sign(const prom_wallet_signer *signer, prom_signer_request *request, prom_error *error)
{
    PROM_TRY(prom_signer_sign_all(signer, request, 1, error));
    return tell(request, error);
}

prom_result prom_signer_prove_keys(const prom_wallet_signer *signer, prom_arena *arena, prom_span *signatures,
                                   uint64_t channel, const prom_bytes32 *hash, prom_error *error)
{
    static const prom_wallet_use uses[PROM_SEAT_PAYOUT] = {[PROM_SEAT_WORDS] = PROM_WALLET_WORDS,
                                                           [PROM_SEAT_JOINT] = PROM_WALLET_JOINT,
                                                           [PROM_SEAT_HOST] = PROM_WALLET_HOST};
    prom_writer writer = prom_writer_in(arena);
    for (size_t i = 0; i < PROM_SEAT_KEYS; i++) {
        PROM_SCOPED(prom_key_wipe) prom_key key = {0};
        prom_signature signature;
        PROM_TRY(i == PROM_SEAT_PAYOUT
                     ? prom_wallet_output_key(signer->wallet, &key, channel, PROM_WALLET_PAYOUT, error)
                     : prom_wallet_contract_key(signer->wallet, &key, channel, uses[i], error));
        PROM_TRY(sign_with(signer->wallet, &signature, hash, &key, error));
        prom_write_span(&writer, prom_span_of(signature.bytes, sizeof signature.bytes));
    }
    return prom_writer_finish(&writer, signatures, error);
}

prom_result prom_signer_permit(const prom_wallet_signer *signer, prom_signer_request *request, prom_error *error)
{
    PROM_TRY(enter(signer->store, request, 1, error));
    return tell(request, error);
}

/* -- Tx0 and the tree -- */

static prom_result sign_input(const prom_wallet *wallet, prom_arena *arena, const prom_signer_tx0 *tx0,
                              prom_signer_input *input, prom_error *error)
{
    const prom_signed_input signed_input = {.tx = tx0->tx, .spent = tx0->spent, .index = input->index};
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    prom_bytes32 hash;
    PROM_TRY(prom_tx_sighash(arena, &hash, &signed_input, error));
    PROM_TRY(prom_wallet_path_key(wallet, &key, input->path, error));
    return sign_with(wallet, &input->signature, &hash, &key, error);
}

prom_result prom_signer_sign_tx0(const prom_wallet_signer *signer, prom_arena *arena, const prom_signer_tx0 *tx0,
                                 prom_error *error)
{
    prom_signer_request request = {.purpose = PROM_PURPOSE_TX0, .channel = tx0->channel};
    PROM_TRY(prom_tx_id(arena, &request.hash, tx0->tx, error));
    request.detail = request.hash;
    PROM_TRY(prom_signer_permit(signer, &request, error));
    for (size_t i = 0; i < tx0->count; i++) {
        PROM_TRY(sign_input(signer->wallet, arena, tx0, &tx0->inputs[i], error));
    }
    return prom_ok();
}

/* The words around a message, which the session signs by way of this. */
struct words {
    const prom_wallet_signer *signer;
    prom_signer_request request; /* but for the hash */
};

static prom_result sign_words(void *context, prom_signature *signature, const prom_bytes32 *hash, prom_error *error)
{
    struct words *words = context;
    words->request.hash = *hash;
    const prom_result result = prom_signer_sign(words->signer, &words->request, error);
    *signature = words->request.signature;
    return result;
}

static struct words words_for(const prom_wallet_signer *signer, const prom_signer_request *request,
                              prom_purpose purpose)
{
    return (struct words){signer, {.purpose = purpose, .channel = request->channel, .detail = request->detail}};
}

prom_result prom_signer_give_nonces(const prom_wallet_signer *signer, prom_arena *arena, prom_signing *signing,
                                    prom_span *message, const prom_signer_request *request, prom_error *error)
{
    PROM_SCOPED(prom_wipe32) prom_bytes32 randomness = prom_random_bytes32();
    PROM_SCOPED(prom_key_wipe) prom_key joint = {0};
    struct words words = words_for(signer, request, PROM_PURPOSE_NONCES);
    const prom_own_words own_words = {&words, sign_words};
    PROM_TRY(prom_wallet_contract_key(signer->wallet, &joint, request->channel, PROM_WALLET_JOINT, error));
    return prom_signing_give_nonces(arena, signing, message, &joint, &own_words, &randomness, error);
}

prom_result prom_signer_give_partials(const prom_wallet_signer *signer, prom_arena *arena, prom_signing *signing,
                                      prom_span *message, const prom_signer_request *request, prom_error *error)
{
    struct words words = words_for(signer, request, PROM_PURPOSE_PARTIALS);
    const prom_own_words own_words = {&words, sign_words};
    return prom_signing_give_partials(arena, signing, message, &own_words, error);
}
