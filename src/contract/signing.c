#include "prometheus/contract/signing.h"

#include <stdio.h>
#include <string.h>

const char *prom_place_name(char text[PROM_PLACE_NAME], size_t place)
{
    if (place < PROM_PARTIES) {
        (void)snprintf(text, PROM_PLACE_NAME, "the %s", prom_party_name((prom_party)place));
    } else {
        (void)snprintf(text, PROM_PLACE_NAME, "arbiter %u", (unsigned)(place - PROM_PARTIES + 1) % 100);
    }
    return text;
}

const prom_bytes32 *prom_place_key(const prom_terms *terms, size_t place)
{
    return place < PROM_PARTIES ? &terms->parties[place].key : &terms->arbiters[place - PROM_PARTIES].key;
}

static size_t place_count(const prom_signing *signing)
{
    return PROM_PARTIES + signing->terms->arbiter_count;
}

/* Whether a place signs this transaction before Tx0, and which input. Of TxA the arbiters sign their own stakes'
 * inputs; everything else has one input. */
static bool signs(const prom_tree_tx *tx, size_t place, size_t *input)
{
    const unsigned bit = place < PROM_PARTIES ? 1U << place : PROM_SIGNER_A;
    const bool own_stake = place >= PROM_PARTIES && tx->tx->input_count > 1;
    *input = own_stake ? 1 + place - PROM_PARTIES : 0;
    return (tx->presigned_by & bit) != 0 && tx->stage < PROM_SIGNING_LOCKING;
}

static prom_result make_slots(prom_arena *arena, prom_signing *signing, size_t place, const prom_bytes32 *hashes,
                              prom_error *error)
{
    const prom_tree *tree = signing->tree;
    PROM_TRY_NEW(signing->slots[place], arena, tree->tx_count, error);
    for (size_t i = 0; i < tree->tx_count; i++) {
        prom_signing_slot *slot = &signing->slots[place][signing->slot_count[place]];
        size_t input = 0;
        if (!signs(&tree->tx[i], place, &input)) {
            continue;
        }
        slot->tx = i;
        slot->input = input;
        slot->hash = hashes[i];
        if (input > 0) {
            PROM_TRY(prom_tree_sighash(arena, &slot->hash, &tree->tx[i], input, error));
        }
        signing->slot_count[place]++;
    }
    return prom_ok();
}

prom_result prom_signing_new(prom_arena *arena, prom_signing **made, const prom_terms *terms, const prom_tree *tree,
                             size_t place, prom_error *error)
{
    prom_signing *signing = NULL;
    prom_bytes32 *hashes = NULL; /* of every first input: all who sign it sign the same */
    PROM_TRY_NEW(signing, arena, 1, error);
    PROM_TRY_NEW(hashes, arena, tree->tx_count, error);
    *signing = (prom_signing){.terms = terms, .tree = tree, .place = place};
    for (size_t i = 0; i < tree->tx_count; i++) {
        PROM_TRY(prom_tree_sighash(arena, &hashes[i], &tree->tx[i], 0, error));
    }
    for (size_t i = 0; i < place_count(signing); i++) {
        PROM_TRY(make_slots(arena, signing, i, hashes, error));
    }
    *made = signing;
    return prom_ok();
}

bool prom_signing_may_give(const prom_signing *signing, prom_stage_of_signing stage)
{
    bool all = true;
    for (size_t place = 0; place < place_count(signing); place++) {
        for (size_t before = 0; before < (size_t)stage; before++) {
            all = all && signing->taken[place][before];
        }
    }
    return all;
}

static size_t count_of(const prom_signing *signing, size_t place, prom_stage_of_signing stage)
{
    size_t count = 0;
    for (size_t i = 0; i < signing->slot_count[place]; i++) {
        count += signing->tree->tx[signing->slots[place][i].tx].stage == stage;
    }
    return count;
}

prom_result prom_signing_give(prom_arena *arena, prom_signing *signing, prom_span *signatures,
                              prom_stage_of_signing stage, const prom_contract_signer *signer, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    if (stage >= PROM_SIGNING_LOCKING || !prom_signing_may_give(signing, stage)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "signatures of stage %u were asked for before their time",
                         (unsigned)stage);
    }
    for (size_t i = 0; i < signing->slot_count[signing->place]; i++) {
        prom_signing_slot *slot = &signing->slots[signing->place][i];
        if (signing->tree->tx[slot->tx].stage != stage) {
            continue;
        }
        PROM_TRY(signer->sign(signer->context, &slot->signature, &slot->hash, error));
        slot->held = true;
        prom_write_span(&writer, prom_span_of(slot->signature.bytes, sizeof slot->signature.bytes));
    }
    signing->taken[signing->place][stage] = true;
    return prom_writer_finish(&writer, signatures, error);
}

static prom_signature read_signature(prom_reader *reader)
{
    prom_signature signature;
    memcpy(signature.bytes, prom_read_span(reader, sizeof signature.bytes).data, sizeof signature.bytes);
    return signature;
}

prom_result prom_signing_take(prom_signing *signing, size_t place, prom_stage_of_signing stage, prom_span signatures,
                              const prom_contract_signer *signer, prom_error *error)
{
    char name[PROM_PLACE_NAME];
    prom_reader reader = prom_reader_of(signatures);
    if (place >= place_count(signing) || place == signing->place || stage >= PROM_SIGNING_LOCKING) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "there is nobody to take signatures of stage %u from",
                         (unsigned)stage);
    }
    if (signatures.length != count_of(signing, place, stage) * sizeof(prom_signature)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "%s sent %zu bytes of signatures instead of %zu",
                         prom_place_name(name, place), signatures.length,
                         count_of(signing, place, stage) * sizeof(prom_signature));
    }
    for (size_t i = 0; i < signing->slot_count[place]; i++) {
        const prom_signing_slot *slot = &signing->slots[place][i];
        const prom_tree_tx *tx = &signing->tree->tx[slot->tx];
        if (tx->stage != stage) {
            continue;
        }
        const prom_signature signature = read_signature(&reader);
        if (!signer->verify(signer->context, &signature, &slot->hash, prom_place_key(signing->terms, place))) {
            return prom_fail(error, PROM_CATEGORY_PEER, "the signature of %s by %s is not valid", tx->name,
                             prom_place_name(name, place));
        }
    }
    reader = prom_reader_of(signatures);
    for (size_t i = 0; i < signing->slot_count[place]; i++) { /* all of them are good: none of a bad set stays */
        prom_signing_slot *slot = &signing->slots[place][i];
        if (signing->tree->tx[slot->tx].stage == stage) {
            slot->signature = read_signature(&reader);
            slot->held = true;
        }
    }
    signing->taken[place][stage] = true;
    return prom_ok();
}

/* The signature that a place has given of an input of a transaction, or NULL. */
static const prom_signing_slot *find_slot(const prom_signing *signing, size_t place, size_t tx, size_t input)
{
    for (size_t i = 0; i < signing->slot_count[place]; i++) {
        const prom_signing_slot *slot = &signing->slots[place][i];
        if (slot->tx == tx && slot->input == input) {
            return slot->held ? slot : NULL;
        }
    }
    return NULL;
}

static bool completes(const prom_signing *signing, const prom_tree_tx *tx)
{
    return signing->place < PROM_PARTIES && (tx->completed_by >> signing->place & 1) != 0;
}

/* What is added to the held signatures when a transaction is published. */
typedef struct publication {
    const prom_contract_signer *own; /* NULL: it needs no late signature of ours */
    const prom_satisfaction *late;
} publication;

/* All signatures of one input: those held, our own late one, and the others'. */
static prom_result gather(prom_arena *arena, prom_satisfaction *with, const prom_signing *signing,
                          const prom_tree_tx *tx, size_t input, const publication *added, prom_error *error)
{
    const prom_contract_signer *own = added->own;
    const prom_satisfaction *late = added->late;
    const size_t index = (size_t)(tx - signing->tree->tx);
    prom_keyed_signature *all = NULL;
    size_t count = 0;
    PROM_TRY_NEW(all, arena, PROM_PLACES_MAX + 1 + late->signature_count, error);
    for (size_t place = 0; place < place_count(signing); place++) {
        const prom_signing_slot *slot = find_slot(signing, place, index, input);
        if (slot != NULL) {
            all[count++] = (prom_keyed_signature){*prom_place_key(signing->terms, place), slot->signature};
        }
    }
    if (own != NULL && completes(signing, tx)) {
        prom_bytes32 hash;
        PROM_TRY(prom_tree_sighash(arena, &hash, tx, input, error));
        all[count].public_key = *prom_place_key(signing->terms, signing->place);
        PROM_TRY(own->sign(own->context, &all[count++].signature, &hash, error));
    }
    for (size_t i = 0; i < late->signature_count; i++) {
        all[count++] = late->signatures[i];
    }
    *with = (prom_satisfaction){all, count, late->preimages, late->preimage_count};
    return prom_ok();
}

prom_result prom_signing_finish(prom_arena *arena, prom_tx **finished, const prom_signing *signing,
                                const prom_tree_tx *tx, const prom_contract_signer *own, const prom_satisfaction *late,
                                prom_error *error)
{
    const publication added = {own, late};
    prom_tx *copy = NULL;
    PROM_TRY(prom_tree_copy(arena, &copy, tx, error));
    for (size_t i = 0; i < copy->input_count; i++) {
        prom_satisfaction with;
        PROM_TRY(gather(arena, &with, signing, tx, i, &added, error));
        PROM_TRY(prom_within(prom_tree_witness(arena, &copy->inputs[i], tx, i, &with, error), error, "%s, input %zu",
                             tx->name, i));
    }
    *finished = copy;
    return prom_ok();
}
