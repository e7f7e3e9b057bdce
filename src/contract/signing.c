#include "prometheus/contract/signing.h"

#include <stdio.h>
#include <string.h>

#include "prometheus/crypto/hash.h"

/* What one branch is signed by. */
struct branch {
    const prom_tree_tx *tx;
    const prom_musig_key *key; /* ALL, or ALL with the tweak of the output */
    prom_bytes32 hash;
};

struct prom_signing {
    const prom_curve *curve;
    const prom_terms *terms;
    const prom_tree *tree;
    prom_arena *arena;
    size_t place;
    size_t places;
    size_t count;
    struct branch *branches;             /* [count], like the two below */
    prom_musig_nonces *secret;           /* NULL: not made yet, or destroyed */
    prom_span nonces[PROM_PLACES_MAX];   /* what each place sent; empty: it is not there */
    prom_span partials[PROM_PLACES_MAX]; /* likewise */
    prom_musig_session *sessions;        /* NULL until our partial signatures are made */
    prom_signature *signatures;
    bool complete;
    bool over; /* nothing more can come of it */
};

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

const prom_bytes32 *prom_place_joint_key(const prom_terms *terms, size_t place)
{
    return place < PROM_PARTIES ? &terms->parties[place].joint_key : &terms->arbiters[place - PROM_PARTIES].joint_key;
}

prom_result prom_signing_new(const prom_curve *curve, prom_arena *arena, prom_signing **made, const prom_terms *terms,
                             const prom_tree *tree, size_t place, prom_error *error)
{
    prom_signing *signing = NULL;
    PROM_TRY_NEW(signing, arena, 1, error);
    *signing = (prom_signing){.curve = curve, .terms = terms, .tree = tree, .arena = arena, .place = place};
    signing->places = PROM_PARTIES + terms->arbiter_count;
    signing->count = tree->tx_count - PROM_TX1;
    if (place >= signing->places) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "there is no place %zu in a contract of %zu", place,
                         signing->places);
    }
    PROM_TRY_NEW(signing->branches, arena, signing->count, error);
    PROM_TRY_NEW(signing->signatures, arena, signing->count, error);
    for (size_t i = 0; i < signing->count; i++) {
        struct branch *branch = &signing->branches[i];
        branch->tx = &tree->tx[PROM_TX1 + i];
        branch->key = branch->tx->leaf[0] == PROM_KEY_PATH ? &tree->key_path[branch->tx->spends] : &tree->all;
        PROM_TRY(prom_tree_sighash(arena, &branch->hash, branch->tx, 0, error));
    }
    *made = signing;
    return prom_ok();
}

size_t prom_signing_count(const prom_signing *signing)
{
    return signing->count;
}

void prom_signing_wipe(prom_signing *signing)
{
    prom_musig_nonces_wipe(signing->secret);
    signing->secret = NULL;
    signing->over = true;
}

/* Ends a session, by a failure or after it. A complete one stays what it is. */
static prom_result end(prom_signing *signing, prom_result result)
{
    if (!signing->complete) {
        prom_signing_wipe(signing);
    }
    return result;
}

static prom_result check_open(const prom_signing *signing, prom_error *error)
{
    if (signing->over && !signing->complete) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "this signing session is over; begin a new one");
    }
    return prom_ok();
}

static void tell_culprit(size_t *told, size_t culprit)
{
    if (told != NULL) {
        *told = culprit;
    }
}

prom_result prom_signing_give_nonces(prom_arena *arena, prom_signing *signing, prom_span *nonces, const prom_key *key,
                                     prom_bytes32 *randomness, prom_error *error)
{
    prom_span *own = &signing->nonces[signing->place];
    PROM_TRY(check_open(signing, error));
    if (own->length == 0 && signing->complete) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "the tree is signed already, and is signed once only");
    }
    if (own->length == 0) {
        const prom_musig_signer signer = {.own = key, .all = &signing->tree->all, .randomness = randomness};
        prom_musig_nonce *made = NULL;
        if (!prom_bytes32_equal(&key->public_key, prom_place_joint_key(signing->terms, signing->place))) {
            char name[PROM_PLACE_NAME];
            return prom_fail(error, PROM_CATEGORY_MISUSE, "this is not the joint key of %s",
                             prom_place_name(name, signing->place));
        }
        PROM_TRY_NEW(made, signing->arena, signing->count, error);
        PROM_TRY(prom_musig_nonces_new(signing->arena, signing->curve, &signing->secret, made, signing->count, &signer,
                                       error));
        *own = prom_span_of(made->bytes, PROM_SIGNING_NONCES_BYTES(signing->count));
    }
    return prom_span_copy(arena, nonces, *own, error);
}

/* Keeps what a place sent, `length` bytes of `what`; the same again changes nothing. */
static prom_result keep(prom_signing *signing, prom_span kept[PROM_PLACES_MAX], size_t place, prom_span message,
                        size_t length, prom_error *error)
{
    const char *what = kept == signing->nonces ? "nonces" : "partial signatures";
    char name[PROM_PLACE_NAME];
    PROM_TRY(check_open(signing, error));
    if (place >= signing->places || place == signing->place) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "there is nobody to take %s from at place %zu", what, place);
    }
    if (message.length != length) {
        return prom_fail(error, PROM_CATEGORY_PEER, "%s sent %zu bytes of %s instead of %zu",
                         prom_place_name(name, place), message.length, what, length);
    }
    if (kept[place].length == 0) {
        return prom_span_copy(signing->arena, &kept[place], message, error);
    }
    if (!prom_span_equal(message, kept[place])) {
        return end(signing, prom_fail(error, PROM_CATEGORY_PEER, "%s sent other %s than before",
                                      prom_place_name(name, place), what));
    }
    return prom_ok();
}

static bool has_all(const prom_signing *signing, const prom_span kept[PROM_PLACES_MAX])
{
    for (size_t i = 0; i < signing->places; i++) {
        if (kept[i].length == 0) {
            return false;
        }
    }
    return true;
}

prom_result prom_signing_take_nonces(prom_signing *signing, size_t place, prom_span nonces, prom_error *error)
{
    return keep(signing, signing->nonces, place, nonces, PROM_SIGNING_NONCES_BYTES(signing->count), error);
}

bool prom_signing_has_nonces(const prom_signing *signing)
{
    return has_all(signing, signing->nonces);
}

prom_result prom_signing_take_partials(prom_signing *signing, size_t place, prom_span partials, prom_error *error)
{
    return keep(signing, signing->partials, place, partials, PROM_SIGNING_PARTIALS_BYTES(signing->count), error);
}

bool prom_signing_has_partials(const prom_signing *signing)
{
    return has_all(signing, signing->partials);
}

static prom_musig_nonce nonce_of(const prom_signing *signing, size_t place, size_t branch)
{
    prom_musig_nonce nonce;
    memcpy(nonce.bytes, signing->nonces[place].data + branch * sizeof nonce, sizeof nonce);
    return nonce;
}

static prom_musig_partial partial_of(const prom_signing *signing, size_t place, size_t branch)
{
    prom_musig_partial partial;
    const uint8_t *first = signing->partials[place].data + sizeof(prom_bytes32);
    memcpy(partial.bytes, first + branch * sizeof partial, sizeof partial);
    return partial;
}

static prom_result begin_branch(prom_signing *signing, size_t index, size_t *culprit, prom_error *error)
{
    const struct branch *branch = &signing->branches[index];
    prom_musig_nonce nonces[PROM_PLACES_MAX];
    prom_musig_nonce sum;
    size_t bad = PROM_PLACES_MAX;
    for (size_t i = 0; i < signing->places; i++) {
        nonces[i] = nonce_of(signing, i, index);
    }
    const prom_result added = prom_musig_nonce_sum(signing->curve, &sum, &bad, nonces, signing->places, error);
    if (added.category == PROM_CATEGORY_PEER && bad < signing->places) {
        char name[PROM_PLACE_NAME];
        tell_culprit(culprit, bad);
        return prom_fail(error, PROM_CATEGORY_PEER, "the nonce of %s by %s is not two points of the curve",
                         branch->tx->name, prom_place_name(name, bad));
    }
    PROM_TRY(added);
    return prom_musig_session_new(signing->curve, &signing->sessions[index], branch->key, &sum, &branch->hash, error);
}

/* The tagged hash `prometheus/nonces` of the tree's digest and all nonces, place after place. */
static prom_bytes32 digest_of_nonces(const prom_signing *signing)
{
    prom_hasher hasher;
    prom_bytes32 digest;
    prom_hasher_init(&hasher, "prometheus/nonces");
    prom_hasher_add(&hasher, prom_span_of32(&signing->tree->digest));
    for (size_t i = 0; i < signing->places; i++) {
        prom_hasher_add(&hasher, signing->nonces[i]);
    }
    prom_hasher_finish(&hasher, &digest);
    return digest;
}

/* All sessions stand before the first signature: whose nonces are bad gets none. */
static prom_result make_partials(prom_signing *signing, size_t *culprit, prom_error *error)
{
    prom_writer writer = prom_writer_in(signing->arena);
    const prom_bytes32 digest = digest_of_nonces(signing);
    prom_span made;
    PROM_TRY_NEW(signing->sessions, signing->arena, signing->count, error);
    for (size_t i = 0; i < signing->count; i++) {
        PROM_TRY(begin_branch(signing, i, culprit, error));
    }
    prom_write_bytes32(&writer, &digest);
    for (size_t i = 0; i < signing->count; i++) {
        prom_musig_partial partial;
        PROM_TRY(prom_musig_sign(signing->curve, &partial, signing->secret, i, signing->branches[i].key,
                                 &signing->sessions[i], error));
        prom_write_span(&writer, prom_span_of(partial.bytes, sizeof partial.bytes));
    }
    PROM_TRY(prom_writer_finish(&writer, &made, error));
    signing->partials[signing->place] = made;
    return prom_ok();
}

prom_result prom_signing_give_partials(prom_arena *arena, prom_signing *signing, prom_span *partials, size_t *culprit,
                                       prom_error *error)
{
    const prom_span *own = &signing->partials[signing->place];
    tell_culprit(culprit, PROM_PLACES_MAX);
    PROM_TRY(check_open(signing, error));
    if (own->length == 0) {
        if (signing->secret == NULL || !prom_signing_has_nonces(signing)) {
            return prom_fail(error, PROM_CATEGORY_MISUSE, "partial signatures were asked for before all nonces");
        }
        const prom_result made = make_partials(signing, culprit, error);
        if (!prom_is_ok(made)) {
            return end(signing, made);
        }
        prom_musig_nonces_wipe(signing->secret);
        signing->secret = NULL;
    }
    return prom_span_copy(arena, partials, *own, error);
}

static prom_result blame(const prom_signing *signing, size_t place, size_t branch, size_t *culprit, prom_error *error)
{
    char name[PROM_PLACE_NAME];
    tell_culprit(culprit, place);
    return prom_fail(error, PROM_CATEGORY_PEER, "the partial signature of %s by %s is not valid",
                     signing->branches[branch].tx->name, prom_place_name(name, place));
}

/* Whose partial signature is wrong is asked only when what they add up to is. */
static prom_result complete_branch(prom_signing *signing, size_t index, size_t *culprit, prom_error *error)
{
    const struct branch *branch = &signing->branches[index];
    const prom_musig_session *session = &signing->sessions[index];
    prom_musig_partial partials[PROM_PLACES_MAX];
    size_t bad = signing->places;
    for (size_t i = 0; i < signing->places; i++) {
        partials[i] = partial_of(signing, i, index);
    }
    const prom_result made =
        prom_musig_signature(signing->curve, &signing->signatures[index], &bad, branch->key, session, partials, error);
    if (made.category == PROM_CATEGORY_PEER && bad < signing->places) {
        return blame(signing, bad, index, culprit, error);
    }
    for (size_t i = 0; i < signing->places && made.category == PROM_CATEGORY_BAD_INPUT; i++) {
        const prom_musig_nonce nonce = nonce_of(signing, i, index);
        if (!prom_musig_partial_valid(signing->curve, branch->key, session, i, &nonce, &partials[i])) {
            return blame(signing, i, index, culprit, error);
        }
    }
    return made;
}

/* A partial signature that was made with other nonces is not valid here, and its signer not at fault: it was sent
 * others by somebody else, or says so. */
static prom_result check_nonces_signed(const prom_signing *signing, prom_error *error)
{
    const prom_bytes32 digest = digest_of_nonces(signing);
    for (size_t i = 0; i < signing->places; i++) {
        if (!prom_span_equal(prom_span_of(signing->partials[i].data, sizeof digest), prom_span_of32(&digest))) {
            char name[PROM_PLACE_NAME];
            return prom_fail(error, PROM_CATEGORY_PEER,
                             "%s signed with other nonces than ours: compare the signed messages, and sign anew",
                             prom_place_name(name, i));
        }
    }
    return prom_ok();
}

static prom_result put_together(prom_signing *signing, size_t *culprit, prom_error *error)
{
    PROM_TRY(check_nonces_signed(signing, error));
    for (size_t i = 0; i < signing->count; i++) {
        PROM_TRY(complete_branch(signing, i, culprit, error));
    }
    return prom_ok();
}

prom_result prom_signing_complete(prom_signing *signing, size_t *culprit, prom_error *error)
{
    tell_culprit(culprit, PROM_PLACES_MAX);
    PROM_TRY(check_open(signing, error));
    if (signing->complete) {
        return prom_ok();
    }
    if (!prom_signing_has_partials(signing)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "signatures were put together before all parts were there");
    }
    const prom_result done = put_together(signing, culprit, error);
    signing->complete = prom_is_ok(done);
    return signing->complete ? done : end(signing, done);
}

bool prom_signing_is_complete(const prom_signing *signing)
{
    return signing->complete;
}

static prom_result check_complete(const prom_signing *signing, prom_error *error)
{
    return signing->complete ? prom_ok()
                             : prom_fail(error, PROM_CATEGORY_MISUSE, "the signatures of the tree are not complete");
}

prom_result prom_signing_write(prom_arena *arena, prom_span *signatures, const prom_signing *signing, prom_error *error)
{
    PROM_TRY(check_complete(signing, error));
    const prom_span all = prom_span_of(signing->signatures->bytes, signing->count * sizeof *signing->signatures);
    return prom_span_copy(arena, signatures, all, error);
}

prom_result prom_signing_load(prom_signing *signing, prom_span signatures, prom_error *error)
{
    prom_reader reader = prom_reader_of(signatures);
    if (signing->complete || signatures.length != signing->count * sizeof(prom_signature)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu bytes of signatures cannot be loaded, where %zu belong",
                         signatures.length, signing->complete ? 0 : signing->count * sizeof(prom_signature));
    }
    for (size_t i = 0; i < signing->count; i++) {
        const struct branch *branch = &signing->branches[i];
        prom_signature *signature = &signing->signatures[i];
        memcpy(signature->bytes, prom_read_span(&reader, sizeof signature->bytes).data, sizeof signature->bytes);
        if (!prom_signature_valid(signing->curve, signature, prom_span_of32(&branch->hash), &branch->key->public_key)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the stored signature of %s is not valid",
                             branch->tx->name);
        }
    }
    prom_signing_wipe(signing);
    signing->complete = true;
    return prom_ok();
}

static prom_result misses(const struct branch *branch, const char *what, prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s waits for %s, which is not there", branch->tx->name, what);
}

/* The one late signature that a branch waits for, if any: it must be there and valid. */
static prom_result add_late(const prom_signing *signing, prom_keyed_signature *keyed, size_t *count,
                            const struct branch *branch, const prom_publication *with, prom_error *error)
{
    const bool waits_for_V = (branch->tx->waits_for & PROM_WAITS_V) != 0;
    const char *what = waits_for_V ? "the verifier's signature" : "the arbiters' joint signature";
    const prom_signature *signature = waits_for_V ? with->V : with->Y;
    if ((branch->tx->waits_for & (PROM_WAITS_V | PROM_WAITS_Y)) == 0) {
        return prom_ok();
    }
    if (signature == NULL) {
        return misses(branch, what, error);
    }
    keyed->public_key = waits_for_V ? signing->terms->parties[PROM_PARTY_V].key : signing->terms->Y;
    keyed->signature = *signature;
    (*count)++;
    return prom_signature_valid(signing->curve, signature, prom_span_of32(&branch->hash), &keyed->public_key)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s of %s is not valid", what, branch->tx->name);
}

static prom_result add_preimages(prom_bytes32 preimages[2], size_t *count, const struct branch *branch,
                                 const prom_publication *with, prom_error *error)
{
    if ((branch->tx->waits_for & PROM_WAITS_H_P) != 0) {
        PROM_TRY(with->h_p != NULL ? prom_ok() : misses(branch, "h_p", error));
        preimages[(*count)++] = *with->h_p;
    }
    if ((branch->tx->waits_for & PROM_WAITS_K_P) != 0) {
        PROM_TRY(with->k_p != NULL ? prom_ok() : misses(branch, "k_p", error));
        preimages[(*count)++] = *with->k_p;
    }
    return prom_ok();
}

prom_result prom_signing_finish(prom_arena *arena, prom_tx **finished, const prom_signing *signing,
                                const prom_tree_tx *tx, const prom_publication *with, prom_error *error)
{
    const size_t index = (size_t)(tx - signing->tree->tx) - PROM_TX1;
    prom_keyed_signature signatures[2]; /* ALL's and the late one */
    prom_bytes32 preimages[2];
    prom_satisfaction all = {.signatures = signatures, .signature_count = 1, .preimages = preimages};
    prom_tx *copy = NULL;
    PROM_TRY(check_complete(signing, error));
    if (index >= signing->count) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%s is no branch of the tree", tx->name);
    }
    const struct branch *branch = &signing->branches[index];
    signatures[0] = (prom_keyed_signature){branch->key->public_key, signing->signatures[index]};
    PROM_TRY(add_late(signing, &signatures[1], &all.signature_count, branch, with, error));
    PROM_TRY(add_preimages(preimages, &all.preimage_count, branch, with, error));
    PROM_TRY(prom_tree_copy(arena, &copy, tx, error));
    PROM_TRY(prom_within(prom_tree_witness(arena, &copy->inputs[0], tx, 0, &all, error), error, "%s", tx->name));
    *finished = copy;
    return prom_ok();
}
