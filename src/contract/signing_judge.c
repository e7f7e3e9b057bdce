/* Whose fault it is that a signing did not come out: a pure judge over signed messages. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "contract/signing_parts.h"

struct judge {
    const prom_curve *curve;
    const prom_terms *terms;
    const prom_bytes32 *contract_id;
    const struct branch *branches;
    size_t count; /* of branches */
    size_t places;
    struct word words[PROM_SIGNING_WORDS_MAX]; /* each signed by its place */
    size_t word_count;
    prom_signing_blame *blame;
};

/* Names a place at fault; the first one named stays. */
static PROM_PRINTF(3, 4) void name_culprit(const struct judge *judge, size_t place, const char *format, ...)
{
    prom_signing_blame *blame = judge->blame;
    va_list arguments;
    if (blame->place == PROM_PLACES_MAX) {
        blame->place = place;
        va_start(arguments, format);
        (void)vsnprintf(blame->reason.sentence, sizeof blame->reason.sentence, format, arguments);
        va_end(arguments);
    }
}

static bool is_settled(const struct judge *judge)
{
    return judge->blame->place != PROM_PLACES_MAX;
}

/* What is not signed by its place is nobody's word, and not kept. */
static prom_result read_words(struct judge *judge, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    for (size_t i = 0; reader.left > 0 && !reader.failed; i++) {
        struct word *word = &judge->words[judge->word_count];
        const uint8_t place = prom_read_u8(&reader);
        const uint8_t kind = prom_read_u8(&reader);
        const prom_span message = prom_read_span(&reader, prom_read_u32(&reader));
        const bool known = kind == PROM_SIGNING_NONCES || kind == PROM_SIGNING_PARTIALS;
        if (reader.failed || i == PROM_SIGNING_WORDS_MAX || place >= judge->places || !known) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "these bytes are not what places of this contract have sent to sign it, or more than %zu "
                             "messages of it",
                             PROM_SIGNING_WORDS_MAX);
        }
        judge->word_count += prom_word_read(word, place, (prom_signing_kind)kind, message) &&
                             prom_word_signed(word, judge->curve, judge->terms, judge->contract_id);
    }
    return prom_ok();
}

static void check_forms(const struct judge *judge)
{
    for (size_t i = 0; i < judge->word_count; i++) {
        const struct word *word = &judge->words[i];
        if (!prom_word_well_formed(word, judge->places, judge->count)) {
            char name[PROM_PLACE_NAME];
            name_culprit(judge, word->place,
                         "%s sent %zu bytes of %s for attempt %u, which are not so many as the tree needs",
                         prom_place_name(name, word->place), word->message.length,
                         word->kind == PROM_SIGNING_NONCES ? "nonces" : "partial signatures", word->attempt);
        }
    }
}

/* Two different words of a place of one kind. */
static void check_twice(const struct judge *judge, const struct word *one, const struct word *other)
{
    if (one->place == other->place && one->kind == other->kind && one->attempt == other->attempt &&
        !prom_bytes32_equal(&one->digest, &other->digest)) {
        char name[PROM_PLACE_NAME];
        name_culprit(judge, one->place, "%s sent two different messages of %s for attempt %u",
                     prom_place_name(name, one->place),
                     one->kind == PROM_SIGNING_NONCES ? "nonces" : "partial signatures", one->attempt);
    }
}

/* The nonces that `partials` names of each place against what `other`, of the same attempt, says of them. */
static void check_named(const struct judge *judge, const struct word *partials, const struct word *other)
{
    for (size_t place = 0; place < judge->places; place++) {
        const prom_bytes32 digest = prom_word_vouched(partials, place).digest;
        const bool says = other->kind == PROM_SIGNING_PARTIALS || other->place == place;
        const prom_bytes32 said =
            other->kind == PROM_SIGNING_PARTIALS ? prom_word_vouched(other, place).digest : other->digest;
        if (says && !prom_bytes32_equal(&digest, &said)) {
            char name[PROM_PLACE_NAME];
            name_culprit(judge, place, "%s sent two different messages of nonces for attempt %u",
                         prom_place_name(name, place), partials->attempt);
        }
    }
}

/* Whoever signs with nonces shows whose they are. */
static void check_vouched(const struct judge *judge, const struct word *partials)
{
    for (size_t place = 0; place < judge->places; place++) {
        if (!prom_word_vouches(partials, place, judge->curve, judge->terms, judge->contract_id)) {
            char name[PROM_PLACE_NAME];
            char other[PROM_PLACE_NAME];
            name_culprit(judge, partials->place, "%s signed with nonces that %s has not signed",
                         prom_place_name(name, partials->place), prom_place_name(other, place));
        }
    }
}

/* All words are well formed, and what they name is signed: two that differ are two words of one place. */
static void compare_words(const struct judge *judge)
{
    for (size_t i = 0; i < judge->word_count && !is_settled(judge); i++) {
        if (judge->words[i].kind == PROM_SIGNING_PARTIALS) {
            check_vouched(judge, &judge->words[i]);
        }
    }
    for (size_t i = 0; i < judge->word_count; i++) {
        for (size_t j = 0; j < judge->word_count && !is_settled(judge); j++) {
            const struct word *one = &judge->words[i];
            const struct word *other = &judge->words[j];
            check_twice(judge, one, other);
            if (one->kind == PROM_SIGNING_PARTIALS && one->attempt == other->attempt) {
                check_named(judge, one, other);
            }
        }
    }
}

static void check_points(const struct judge *judge, const struct word *word)
{
    for (size_t i = 0; i < judge->count && word->kind == PROM_SIGNING_NONCES && !is_settled(judge); i++) {
        const prom_musig_nonce nonce = prom_word_nonce(word, i);
        prom_musig_nonce sum;
        size_t bad = 0;
        if (!prom_is_ok(prom_musig_nonce_sum(judge->curve, &sum, &bad, &nonce, 1, NULL))) {
            char name[PROM_PLACE_NAME];
            name_culprit(judge, word->place, "the nonce of %s by %s is not two points of the curve",
                         judge->branches[i].tx->name, prom_place_name(name, word->place));
        }
    }
}

/* Everybody's nonces of an attempt; false when some are not among the words. */
static bool find_nonces(const struct judge *judge, const struct word *nonces[PROM_PLACES_MAX], uint32_t attempt)
{
    size_t found = 0;
    memset(nonces, 0, PROM_PLACES_MAX * sizeof *nonces);
    for (size_t i = 0; i < judge->word_count; i++) {
        const struct word *word = &judge->words[i];
        if (word->kind == PROM_SIGNING_NONCES && word->attempt == attempt) {
            found += nonces[word->place] == NULL;
            nonces[word->place] = word;
        }
    }
    return found == judge->places;
}

/* With one meaning of the nonces, whoever's partial signature is not valid made it so. */
static prom_result check_partials(const struct judge *judge, const struct word *word, prom_error *error)
{
    const struct word *all[PROM_PLACES_MAX];
    if (word->kind != PROM_SIGNING_PARTIALS || !find_nonces(judge, all, word->attempt)) {
        return prom_ok();
    }
    for (size_t i = 0; i < judge->count && !is_settled(judge); i++) {
        const struct branch *branch = &judge->branches[i];
        const prom_musig_partial partial = prom_word_partial(word, judge->places, i);
        prom_musig_nonce nonces[PROM_PLACES_MAX];
        prom_musig_nonce sum;
        prom_musig_session session;
        size_t bad = 0;
        for (size_t place = 0; place < judge->places; place++) {
            nonces[place] = prom_word_nonce(all[place], i);
        }
        PROM_TRY(prom_musig_nonce_sum(judge->curve, &sum, &bad, nonces, judge->places, error));
        PROM_TRY(prom_musig_session_new(judge->curve, &session, branch->key, &sum, &branch->hash, error));
        if (!prom_musig_partial_valid(judge->curve, branch->key, &session, word->place, &nonces[word->place],
                                      &partial)) {
            char name[PROM_PLACE_NAME];
            name_culprit(judge, word->place, "the partial signature of %s by %s is not valid", branch->tx->name,
                         prom_place_name(name, word->place));
        }
    }
    return prom_ok();
}

prom_result prom_signing_judge(const prom_curve *curve, prom_arena *arena, prom_signing_blame *blame,
                               const prom_terms *terms, const prom_tree *tree, prom_span words, prom_error *error)
{
    struct branch *branches = NULL;
    struct judge *judge = NULL;
    *blame = (prom_signing_blame){.place = PROM_PLACES_MAX};
    PROM_TRY(prom_signing_branches(arena, &branches, tree, error));
    PROM_TRY_NEW(judge, arena, 1, error);
    *judge = (struct judge){.curve = curve,
                            .terms = terms,
                            .contract_id = &tree->contract_id,
                            .branches = branches,
                            .count = tree->tx_count - PROM_TX1,
                            .places = prom_signing_places(terms),
                            .blame = blame};
    PROM_TRY(read_words(judge, words, error));
    check_forms(judge);
    if (!is_settled(judge)) { /* all have the length that what follows reads */
        compare_words(judge);
    }
    for (size_t i = 0; i < judge->word_count && !is_settled(judge); i++) {
        check_points(judge, &judge->words[i]);
    }
    for (size_t i = 0; i < judge->word_count && !is_settled(judge); i++) {
        PROM_TRY(check_partials(judge, &judge->words[i], error));
    }
    return prom_ok();
}
