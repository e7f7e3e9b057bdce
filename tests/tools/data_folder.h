/* The folder of a node that has a signed contract, and does not run: what its own program would have written by then.
 */
#ifndef PROMETHEUS_TEST_DATA_FOLDER_H
#define PROMETHEUS_TEST_DATA_FOLDER_H

#include "contract/session.h"

#include <jansson.h>
#include <limits.h>
#include <sys/stat.h>

#include "prometheus/channel/channel.h"
#include "prometheus/contract/package.h"
#include "store/record.h"
#include "wallet/seed_file.h"
#include "wallet/wallet.h"

struct data_folder {
    fixture *test;
    const json_t *request; /* "path", "name"; "passphrase" of its seed; "tip", of its chain; "tx0", the height of the
                              block with Tx0; "receipts", how many arbiters have receipted W's package; "addresses", of
                              the arbiters; "spent", what O0 and OV0 are spent by:
                              ["TxV0", height] each */
    prom_store *store;
    prom_store_channel record;
    prom_wallet wallet;
};

static inline const char *folder_path(const struct data_folder *folder, char path[PATH_MAX], const char *name)
{
    (void)snprintf(path, PATH_MAX, "%s/%s", json_string_value(json_object_get(folder->request, "path")), name);
    return path;
}

static inline uint32_t folder_number(const struct data_folder *folder, const char *name)
{
    return (uint32_t)json_integer_value(json_object_get(folder->request, name));
}

/* Makes the folder, its seed, and a channel without facts; h_p and k_p of the cast become those of the seed. */
static inline void folder_begin(struct data_folder *folder, struct session *session, size_t place)
{
    fixture *test = folder->test;
    char path[PATH_MAX];
    char words[PROM_SEED_TEXT];
    assert_int_equal(mkdir(folder_path(folder, path, ""), S_IRWXU), 0);
    assert_int_equal(mkdir(folder_path(folder, path, "bodies"), S_IRWXU), 0);
    assert_ok(prom_seed_file_make(words, folder_path(folder, path, "words"), &test->error), &test->error);
    folder->wallet = (prom_wallet){.curve = test->curve, .coin_type = 1};
    assert_ok(prom_seed_make(&folder->wallet.seed, words,
                             json_string_value(json_object_get(folder->request, "passphrase")), &test->error),
              &test->error);
    assert_ok(prom_store_open(&folder->store, folder_path(folder, path, PROM_STORE_FILE), &session->terms.genesis,
                              &test->error),
              &test->error);
    assert_ok(prom_store_begin(folder->store, &test->error), &test->error);
    folder->record.role = place < PROM_PARTIES ? (uint8_t)place : PROM_ROLE_ARBITER;
    (void)snprintf(folder->record.name, sizeof folder->record.name, "%s",
                   json_string_value(json_object_get(folder->request, "name")));
    assert_ok(prom_store_channel_add(folder->store, &folder->record, &test->error), &test->error);
    const uint64_t number = folder->record.number;
    assert_ok(prom_wallet_secret_of(&folder->wallet, &session->cast.h_p, number, PROM_WALLET_H_P, 0, &test->error),
              &test->error);
    assert_ok(prom_wallet_secret_of(&folder->wallet, &session->cast.k_p, number, PROM_WALLET_K_P, 0, &test->error),
              &test->error);
    prom_sha256(&session->terms.h, prom_span_of32(&session->cast.h_p));
    prom_sha256(&session->terms.k_h, prom_span_of32(&session->cast.k_p));
}

/* W's package on its disk, signed, with receipts. */
static inline void folder_add_package(const struct data_folder *folder, const struct session *session,
                                      prom_facts *facts)
{
    fixture *test = folder->test;
    prom_evidence_facts *evidence = &facts->batches[0].evidence;
    static const uint8_t package[] = "what the worker delivers";
    const prom_span bytes = prom_span_of(package, sizeof package);
    const uint32_t receipts = folder_number(folder, "receipts");
    char hex[PROM_HEX32];
    char name[PATH_MAX];
    char path[PATH_MAX];
    prom_bytes32 hash;
    prom_package_hash(&hash, &session->tree->contract_id, PROM_ROUND_A, bytes);
    (void)snprintf(name, sizeof name, "bodies/package-a-%s-%llu", prom_hex32(hex, &hash),
                   (unsigned long long)folder->record.number);
    FILE *file = fopen(folder_path(folder, path, name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(package, 1, sizeof package, file), sizeof package);
    assert_int_equal(fclose(file), 0);
    evidence->bodies[PROM_BODY_PACKAGE_A] = (prom_body){true, hash, sizeof package, {{0}}};
    for (uint32_t i = 0; i <= receipts; i++) { /* W's own word first */
        const size_t place = i == 0 ? PROM_PLACE_W : PROM_PLACE_ARBITER + i - 1;
        prom_attestation statement = {
            .kind = i == 0 ? PROM_ATTESTATION_PACKAGE : PROM_ATTESTATION_RECEIPT,
            .contract_id = session->tree->contract_id,
            .place = place,
        };
        if (i == 0) {
            statement.as.package = (prom_package_claim){PROM_ROUND_A, hash};
        } else {
            statement.as.receipt = (prom_receipt){PROM_ROUND_A, hash, folder_number(folder, "tx0") + 3};
        }
        const prom_bytes32 auxiliary = {{0}};
        assert_ok(prom_attestation_sign(test->curve, &statement, words_key_of(&session->cast, place), &auxiliary,
                                        &test->error),
                  &test->error);
        assert_true(add_evidence(test, &evidence->statements, &statement));
    }
}

static inline void folder_add_chain(const struct data_folder *folder, const struct session *session, prom_facts *facts)
{
    const json_t *spent = json_object_get(folder->request, "spent");
    const uint32_t height = folder_number(folder, "tx0");
    if (height > 0) {
        facts->tx0 = (prom_spend){true, height, session->tree->tx[PROM_TX0].txid, PROM_TX0};
    }
    for (size_t i = 0; i < json_array_size(spent); i++) {
        const json_t *spend = json_array_get(spent, i);
        for (uint32_t j = 0; j < session->tree->tx_count; j++) {
            if (strcmp(session->tree->tx[j].name, json_string_value(json_array_get(spend, 0))) == 0) {
                facts->batches[0].money.spent[session->tree->tx[j].spends] = (prom_spend){
                    true, (uint32_t)json_integer_value(json_array_get(spend, 1)), session->tree->tx[j].txid, j};
            }
        }
    }
}

static inline void folder_add_addresses(const struct data_folder *folder, prom_facts *facts)
{
    const json_t *addresses = json_object_get(folder->request, "addresses");
    for (size_t i = 0; i < json_array_size(addresses); i++) {
        prom_address *address = &facts->addresses[PROM_PLACE_ARBITER + i];
        const char *text = json_string_value(json_array_get(addresses, i));
        address->length = (uint8_t)strlen(text);
        memcpy(address->bytes, text, address->length);
    }
}

/* What a party at PROM_SETUP_GIVEN knows. */
static inline void folder_facts(const struct data_folder *folder, const struct session *session, size_t place,
                                prom_facts *facts)
{
    fixture *test = folder->test;
    *facts = (prom_facts){.number = folder->record.number, .role = (prom_role)folder->record.role, .batch_count = 1};
    facts->setup.phase = PROM_SETUP_GIVEN;
    facts->setup.held_tip = UINT32_MAX;
    facts->client = session->terms.parties[PROM_PARTY_C].key;
    facts->own.words = *prom_place_key(&session->terms, place);
    facts->own.joint = *prom_place_joint_key(&session->terms, place);
    assert_ok(prom_terms_write_base(&test->arena, &facts->kept[PROM_KEPT_BASE], &session->terms, &test->error),
              &test->error);
    assert_ok(prom_terms_write(&test->arena, &facts->kept[PROM_KEPT_TERMS], &session->terms, &test->error),
              &test->error);
    assert_ok(prom_signing_write(&test->arena, &facts->kept[PROM_KEPT_SIGNATURES], session->at[place], &test->error),
              &test->error);
    folder_add_chain(folder, session, facts);
    folder_add_addresses(folder, facts);
    if (place == PROM_PLACE_W && json_object_get(folder->request, "receipts") != NULL) {
        folder_add_package(folder, session, facts);
    }
}

/* Writes the facts, once the tree is signed, and closes the folder. */
static inline void folder_finish(struct data_folder *folder, const struct session *session, size_t place)
{
    fixture *test = folder->test;
    prom_facts *facts = calloc(1, sizeof *facts);
    assert_non_null(facts);
    folder_facts(folder, session, place, facts);
    for (prom_part part = PROM_PART_CHANNEL; part < PROM_PARTS; part++) {
        const prom_store_key key = {folder->record.number, 0, (uint16_t)part};
        prom_span bytes = {0};
        if (part <= PROM_PART_ARBITRATION || part >= PROM_PART_KEPT) {
            assert_ok(prom_facts_write(&test->arena, &bytes, facts, part, 0, &test->error), &test->error);
        }
        if (bytes.length > 0) {
            assert_ok(prom_store_part_put(folder->store, &key, bytes, &test->error), &test->error);
        }
    }
    free(facts);
    const prom_store_block top = {folder_number(folder, "tip"), named("top", 0)};
    assert_ok(prom_store_block_add(folder->store, &top, &test->error), &test->error);
    assert_ok(prom_store_commit(folder->store, &test->error), &test->error);
    prom_store_close(folder->store);
    prom_seed_wipe(&folder->wallet.seed);
}

#endif
