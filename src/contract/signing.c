#include "prometheus/contract/signing.h"

#include <stdio.h>
#include <string.h>

#include "contract/signing_parts.h"
#include "prometheus/crypto/hash.h"

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

prom_result prom_signing_branches(prom_arena *arena, struct branch **branches, const prom_tree *tree, prom_error *error)
{
    const size_t count = tree->tx_count - PROM_TX1;
    PROM_TRY_NEW(*branches, arena, count, error);
    for (size_t i = 0; i < count; i++) {
        PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
        struct branch *branch = &(*branches)[i];
        prom_arena_init_within(&scratch, arena); /* what is hashed need not stay */
        branch->tx = &tree->tx[PROM_TX1 + i];
        branch->key = branch->tx->leaf[0] == PROM_KEY_PATH ? &tree->key_path[branch->tx->spends] : &tree->all;
        PROM_TRY(prom_tree_sighash(&scratch, &branch->hash, branch->tx, 0, error));
    }
    return prom_ok();
}

prom_result prom_signing_new(const prom_curve *curve, prom_arena *arena, prom_signing **made, const prom_terms *terms,
                             const prom_tree *tree, size_t place, prom_error *error)
{
    prom_signing *signing = NULL;
    PROM_TRY_NEW(signing, arena, 1, error);
    *signing = (prom_signing){.curve = curve, .terms = terms, .tree = tree, .arena = arena, .place = place};
    signing->places = prom_signing_places(terms);
    signing->count = tree->tx_count - PROM_TX1;
    signing->culprit = PROM_PLACES_MAX;
    if (place >= signing->places) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "there is no place %zu in a contract of %zu", place,
                         signing->places);
    }
    PROM_TRY_NEW(signing->nonces, arena, signing->places, error);
    PROM_TRY_NEW(signing->partials, arena, signing->places, error);
    PROM_TRY(prom_signing_branches(arena, &signing->branches, tree, error));
    *made = signing;
    return prom_ok();
}

size_t prom_signing_count(const prom_signing *signing)
{
    return signing->count;
}

uint32_t prom_signing_attempt(const prom_signing *signing)
{
    return signing->attempt;
}

size_t prom_signing_culprit(const prom_signing *signing)
{
    return signing->culprit;
}

static void destroy_nonces(prom_signing *signing)
{
    prom_musig_nonces_wipe(signing->secret);
    signing->secret = NULL;
}

void prom_signing_wipe(prom_signing *signing)
{
    destroy_nonces(signing);
    signing->over = true;
}

/* Everything anew but what is complete. */
static void begin_attempt(prom_signing *signing, uint32_t attempt)
{
    destroy_nonces(signing);
    memset(signing->nonces, 0, signing->places * sizeof *signing->nonces);
    memset(signing->partials, 0, signing->places * sizeof *signing->partials);
    signing->attempt = attempt;
    signing->asked = false;
}

prom_result prom_signing_begin(prom_signing *signing, uint32_t last, prom_error *error)
{
    if (signing->attempt != 0) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "this signing session was begun already");
    }
    if (last >= PROM_SIGNING_ATTEMPTS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the tree was to be signed %u times already, and no more are made: agree on a new contract",
                         last);
    }
    begin_attempt(signing, last + 1);
    return prom_ok();
}

static prom_result check_open(const prom_signing *signing, prom_error *error)
{
    if (signing->over || signing->attempt == 0) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "this signing session %s",
                         signing->over ? "is over; begin a new one" : "was not begun");
    }
    return prom_ok();
}

static bool is_there(const struct word *word)
{
    return word->message.length > 0;
}

static size_t count_there(const prom_signing *signing, const struct word *words)
{
    size_t found = 0;
    for (size_t i = 0; i < signing->places; i++) {
        found += is_there(&words[i]);
    }
    return found;
}

bool prom_signing_has_nonces(const prom_signing *signing)
{
    return count_there(signing, signing->nonces) == signing->places;
}

bool prom_signing_has_partials(const prom_signing *signing)
{
    return count_there(signing, signing->partials) == signing->places;
}

uint32_t prom_signing_missing(const prom_signing *signing)
{
    const struct word *words = prom_signing_has_nonces(signing) ? signing->partials : signing->nonces;
    uint32_t missing = 0;
    for (size_t i = 0; i < signing->places; i++) {
        missing |= is_there(&words[i]) ? 0 : UINT32_C(1) << i;
    }
    return missing;
}

prom_span prom_signing_own(const prom_signing *signing, prom_signing_kind kind)
{
    const struct word *words = kind == PROM_SIGNING_NONCES ? signing->nonces : signing->partials;
    return words[signing->place].message;
}

bool prom_signing_wants_nonces(const prom_signing *signing)
{
    return !signing->over && signing->attempt > 0 && !is_there(&signing->nonces[signing->place]) &&
           (!signing->complete || signing->asked || count_there(signing, signing->nonces) > 0);
}

bool prom_signing_wants_partials(const prom_signing *signing)
{
    return !signing->over && prom_signing_has_nonces(signing) && !is_there(&signing->partials[signing->place]);
}

static void write_word(prom_writer *writer, const struct word *word)
{
    if (is_there(word)) {
        prom_write_u8(writer, (uint8_t)word->place);
        prom_write_u8(writer, (uint8_t)word->kind);
        prom_write_u32(writer, (uint32_t)word->message.length);
        prom_write_span(writer, word->message);
    }
}

prom_result prom_signing_words(prom_arena *arena, prom_span *words, const prom_signing *signing, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    for (size_t i = 0; i < signing->places; i++) {
        write_word(&writer, &signing->nonces[i]);
        write_word(&writer, &signing->partials[i]);
    }
    write_word(&writer, &signing->disputed);
    return prom_writer_finish(&writer, words, error);
}

/* Ends the session for what the words that it holds prove; `disputed` is one more, or NULL. What is complete stays. */
static prom_result accuse(prom_signing *signing, const struct word *disputed, prom_error *error)
{
    prom_signing_blame blame;
    prom_span words;
    prom_signing_wipe(signing);
    if (disputed != NULL) {
        signing->disputed = *disputed;
        PROM_TRY(prom_span_copy(signing->arena, &signing->disputed.message, disputed->message, error));
    }
    PROM_TRY(prom_signing_words(signing->arena, &words, signing, error));
    PROM_TRY(prom_signing_judge(signing->curve, signing->arena, &blame, signing->terms, signing->tree, words, error));
    signing->culprit = blame.place;
    return blame.place < signing->places
               ? prom_fail(error, PROM_CATEGORY_PEER, "%s", blame.reason.sentence)
               : prom_fail(error, PROM_CATEGORY_BROKEN, "a signing failed and nobody is at fault"); /* never */
}

/* Our own message: attempt, content, our signature. */
static prom_result say(prom_signing *signing, prom_signing_kind kind, prom_span content, const prom_own_words *words,
                       prom_error *error)
{
    struct word *said = kind == PROM_SIGNING_NONCES ? signing->nonces : signing->partials;
    prom_writer writer = prom_writer_in(signing->arena);
    prom_signature signature;
    prom_bytes32 digest;
    prom_bytes32 hash;
    prom_span message;
    struct word word;
    prom_signing_digest(&digest, kind, content);
    prom_signing_hash(&hash, &signing->tree->contract_id, kind, signing->attempt, &digest);
    PROM_TRY(words->sign(words->context, &signature, &hash, error));
    prom_write_u32(&writer, signing->attempt);
    prom_write_span(&writer, content);
    prom_write_span(&writer, prom_span_of(signature.bytes, sizeof signature.bytes));
    PROM_TRY(prom_writer_finish(&writer, &message, error));
    if (!prom_word_read(&word, signing->place, kind, message) ||
        !prom_word_signed(&word, signing->curve, signing->terms, &signing->tree->contract_id)) {
        char name[PROM_PLACE_NAME];
        return prom_fail(error, PROM_CATEGORY_MISUSE, "this is not the key of %s for its own words",
                         prom_place_name(name, signing->place));
    }
    said[signing->place] = word;
    return prom_ok();
}

/* Nonces are bound to the tree and the attempt, so that randomness which comes twice makes no nonce twice. */
static prom_result make_nonces(prom_signing *signing, prom_span *content, const prom_key *key, prom_bytes32 *randomness,
                               prom_error *error)
{
    prom_musig_nonce *made = NULL;
    prom_hasher hasher;
    prom_bytes32 bound;
    const prom_musig_signer signer = {
        .own = key, .all = &signing->tree->all, .bound = &bound, .randomness = randomness};
    prom_hasher_init(&hasher, "prometheus/nonces-bound");
    prom_hasher_add(&hasher, prom_span_of32(&signing->tree->digest));
    prom_hasher_add_number(&hasher, signing->attempt, 4);
    prom_hasher_finish(&hasher, &bound);
    PROM_TRY_NEW(made, signing->arena, signing->count, error);
    PROM_TRY(
        prom_musig_nonces_new(signing->arena, signing->curve, &signing->secret, made, signing->count, &signer, error));
    *content = prom_span_of(made->bytes, signing->count * sizeof *made);
    return prom_ok();
}

prom_result prom_signing_give_nonces(prom_arena *arena, prom_signing *signing, prom_span *message, const prom_key *key,
                                     const prom_own_words *words, prom_bytes32 *randomness, prom_error *error)
{
    const struct word *own = &signing->nonces[signing->place];
    PROM_TRY(check_open(signing, error));
    if (!is_there(own)) {
        prom_span content;
        if (!prom_bytes32_equal(&key->public_key, prom_place_joint_key(signing->terms, signing->place))) {
            char name[PROM_PLACE_NAME];
            return prom_fail(error, PROM_CATEGORY_MISUSE, "this is not the joint key of %s",
                             prom_place_name(name, signing->place));
        }
        PROM_TRY(make_nonces(signing, &content, key, randomness, error));
        const prom_result said = say(signing, PROM_SIGNING_NONCES, content, words, error);
        if (!prom_is_ok(said)) {
            destroy_nonces(signing);
            return said;
        }
    }
    return prom_span_copy(arena, message, own->message, error);
}

/* A message that its place has signed; it is `old` when it is of an earlier attempt. */
static prom_result read_word(const prom_signing *signing, struct word *word, size_t place, prom_signing_kind kind,
                             prom_span message, prom_error *error)
{
    const char *what = kind == PROM_SIGNING_NONCES ? "nonces" : "partial signatures";
    char name[PROM_PLACE_NAME];
    PROM_TRY(check_open(signing, error));
    if (place >= signing->places || place == signing->place) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "there is nobody to take %s from at place %zu", what, place);
    }
    if (!prom_word_read(word, place, kind, message) ||
        !prom_word_signed(word, signing->curve, signing->terms, &signing->tree->contract_id)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the %s of %s are not signed by it", what,
                         prom_place_name(name, place));
    }
    return prom_ok();
}

/* Keeps a word that contradicts nothing; the same again changes nothing. */
static prom_result keep(prom_signing *signing, struct word *kept, const struct word *word, prom_error *error)
{
    prom_span copy;
    if (is_there(kept)) {
        return prom_bytes32_equal(&kept->digest, &word->digest) ? prom_ok() : accuse(signing, word, error);
    }
    PROM_TRY(prom_span_copy(signing->arena, &copy, word->message, error));
    return prom_word_read(kept, word->place, word->kind, copy)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BROKEN, "a message just read cannot be read again"); /* never */
}

/* Whether some message of partial signatures names other nonces of a place than those that are here. */
static bool contradicts(const struct word *partials, const struct word *nonces)
{
    if (!is_there(partials) || !is_there(nonces)) {
        return false;
    }
    const prom_bytes32 named = prom_word_vouched(partials, nonces->place).digest;
    return !prom_bytes32_equal(&named, &nonces->digest);
}

prom_result prom_signing_take_nonces(prom_signing *signing, size_t place, prom_span message, bool *old,
                                     prom_error *error)
{
    struct word word;
    *old = false;
    PROM_TRY(read_word(signing, &word, place, PROM_SIGNING_NONCES, message, error));
    if (!prom_word_well_formed(&word, signing->places, signing->count)) {
        return accuse(signing, &word, error);
    }
    *old = word.attempt < signing->attempt;
    if (*old) {
        signing->asked = true;
        return prom_ok();
    }
    if (word.attempt > signing->attempt) {
        begin_attempt(signing, word.attempt);
    }
    for (size_t i = 0; i < signing->places; i++) {
        if (contradicts(&signing->partials[i], &word)) {
            return accuse(signing, &word, error);
        }
    }
    return keep(signing, &signing->nonces[place], &word, error);
}

prom_result prom_signing_take_partials(prom_signing *signing, size_t place, prom_span message, prom_error *error)
{
    struct word word;
    PROM_TRY(read_word(signing, &word, place, PROM_SIGNING_PARTIALS, message, error));
    if (!prom_word_well_formed(&word, signing->places, signing->count)) {
        return accuse(signing, &word, error);
    }
    if (word.attempt < signing->attempt) {
        return prom_ok();
    }
    for (size_t i = 0; i < signing->places; i++) {
        if (!prom_word_vouches(&word, i, signing->curve, signing->terms, &signing->tree->contract_id) ||
            (word.attempt == signing->attempt && contradicts(&word, &signing->nonces[i]))) {
            return accuse(signing, &word, error);
        }
    }
    if (word.attempt > signing->attempt || !is_there(&signing->nonces[signing->place])) {
        prom_signing_wipe(signing); /* who goes on would sign a second time for one attempt */
        return prom_fail(error, PROM_CATEGORY_BROKEN,
                         "our nonces of attempt %u were used already, which our disk does not know: is it an old copy?",
                         word.attempt);
    }
    return keep(signing, &signing->partials[place], &word, error);
}

static prom_result begin_branch(prom_signing *signing, size_t index, prom_error *error)
{
    const struct branch *branch = &signing->branches[index];
    prom_musig_nonce nonces[PROM_PLACES_MAX];
    prom_musig_nonce sum;
    size_t bad = PROM_PLACES_MAX;
    for (size_t i = 0; i < signing->places; i++) {
        nonces[i] = prom_word_nonce(&signing->nonces[i], index);
    }
    const prom_result added = prom_musig_nonce_sum(signing->curve, &sum, &bad, nonces, signing->places, error);
    if (added.category == PROM_CATEGORY_PEER) {
        return accuse(signing, NULL, error);
    }
    PROM_TRY(added);
    return prom_musig_session_new(signing->curve, &signing->sessions[index], branch->key, &sum, &branch->hash, error);
}

/* All sessions stand before the first signature: whose nonces are bad gets none. */
static prom_result make_partials(prom_signing *signing, prom_span *content, prom_error *error)
{
    prom_writer writer = prom_writer_in(signing->arena);
    if (signing->sessions == NULL) {
        PROM_TRY_NEW(signing->sessions, signing->arena, signing->count, error);
    }
    for (size_t i = 0; i < signing->count; i++) {
        PROM_TRY(begin_branch(signing, i, error));
    }
    for (size_t i = 0; i < signing->places; i++) {
        const struct word *nonces = &signing->nonces[i];
        prom_write_bytes32(&writer, &nonces->digest);
        prom_write_span(&writer, prom_span_of(nonces->signature.bytes, sizeof nonces->signature.bytes));
    }
    for (size_t i = 0; i < signing->count; i++) {
        prom_musig_partial partial;
        PROM_TRY(prom_musig_sign(signing->curve, &partial, signing->secret, i, signing->branches[i].key,
                                 &signing->sessions[i], error));
        prom_write_span(&writer, prom_span_of(partial.bytes, sizeof partial.bytes));
    }
    return prom_writer_finish(&writer, content, error);
}

prom_result prom_signing_give_partials(prom_arena *arena, prom_signing *signing, prom_span *message,
                                       const prom_own_words *words, prom_error *error)
{
    const struct word *own = &signing->partials[signing->place];
    PROM_TRY(check_open(signing, error));
    if (!is_there(own)) {
        prom_span content;
        if (signing->secret == NULL || !prom_signing_has_nonces(signing)) {
            return prom_fail(error, PROM_CATEGORY_MISUSE, "partial signatures were asked for before all nonces");
        }
        prom_result made = make_partials(signing, &content, error);
        if (prom_is_ok(made)) {
            made = say(signing, PROM_SIGNING_PARTIALS, content, words, error);
        }
        destroy_nonces(signing);
        if (!prom_is_ok(made)) {
            signing->over = true;
            return made;
        }
    }
    return prom_span_copy(arena, message, own->message, error);
}

/* Whose partial signature is wrong is asked only when what they add up to is. To verify all signatures of the tree as
 * one equation was tried and left out: what is left for each, the sum of the a_i R_i over functions that libsecp256k1
 * offers, costs 23.3 to 23.9 us, and to verify one by itself 25.7 to 26.1 us. */
static prom_result complete_branch(prom_signing *signing, prom_signature *signature, size_t index, prom_error *error)
{
    const struct branch *branch = &signing->branches[index];
    prom_musig_partial partials[PROM_PLACES_MAX];
    size_t bad = signing->places;
    for (size_t i = 0; i < signing->places; i++) {
        partials[i] = prom_word_partial(&signing->partials[i], signing->places, index);
    }
    const prom_result made =
        prom_musig_signature(signing->curve, signature, &bad, branch->key, &signing->sessions[index], partials, error);
    return made.category == PROM_CATEGORY_PEER || made.category == PROM_CATEGORY_BAD_INPUT
               ? accuse(signing, NULL, error)
               : made;
}

prom_result prom_signing_complete(prom_signing *signing, prom_error *error)
{
    prom_signature *signatures = NULL;
    if (signing->complete) {
        return prom_ok();
    }
    PROM_TRY(check_open(signing, error));
    if (!prom_signing_has_partials(signing)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "signatures were put together before all parts were there");
    }
    PROM_TRY_NEW(signatures, signing->arena, signing->count, error);
    for (size_t i = 0; i < signing->count; i++) {
        PROM_TRY(complete_branch(signing, &signatures[i], i, error));
    }
    signing->signatures = prom_span_of(signatures->bytes, signing->count * sizeof *signatures);
    signing->complete = true;
    return prom_ok();
}

void prom_signing_go_on(prom_signing *signing)
{
    signing->asked = true;
}

bool prom_signing_is_complete(const prom_signing *signing)
{
    return signing->complete;
}
