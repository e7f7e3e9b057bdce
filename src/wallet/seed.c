#include "wallet/seed.h"

#include <sodium.h>
#include <string.h>

#include "base/suggest.h"
#include "prometheus/crypto/hash.h"
#include "wallet/words.h"

enum {
    WORD_BITS = 11,
    ENTROPY = 32,  /* bytes; one more is the checksum */
    ROUNDS = 2048, /* of PBKDF2, BIP 39 */
    TELLING = 4,   /* letters by which the words of the list differ */
    SHOWN = 24,    /* letters of a word that is not in the list */
};

void prom_seed_wipe(prom_seed *seed)
{
    prom_wipe(seed, sizeof *seed);
}

/* BIP 39: the entropy, and the first byte of its hash behind it. */
static void add_checksum(uint8_t bits[ENTROPY + 1], const prom_bytes32 *entropy)
{
    prom_bytes32 hash;
    memcpy(bits, entropy->bytes, ENTROPY);
    prom_sha256(&hash, prom_span_of32(entropy));
    bits[ENTROPY] = hash.bytes[0];
    prom_wipe32(&hash);
}

void prom_seed_words(char words[PROM_SEED_TEXT], const prom_bytes32 *entropy)
{
    uint8_t bits[ENTROPY + 1];
    char *at = words;
    add_checksum(bits, entropy);
    for (size_t i = 0; i < PROM_SEED_WORDS; i++) {
        unsigned number = 0;
        for (size_t bit = i * WORD_BITS; bit < (i + 1) * WORD_BITS; bit++) {
            number = number << 1 | (bits[bit / 8] >> (7 - bit % 8) & 1U);
        }
        const size_t length = strlen(prom_words[number]);
        memcpy(at, prom_words[number], length);
        at += length;
        *at++ = i + 1 < PROM_SEED_WORDS ? ' ' : '\0';
    }
    prom_wipe(bits, sizeof bits);
}

/* -- Reading words -- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The word that was meant, NULL where none is near. Its first four letters tell a word of the list from all others, and
 * many keep those alone. */
static const char *meant_word(const char *word, size_t length)
{
    prom_suggestion suggestion = prom_suggestion_for(word, length);
    for (size_t i = 0; i < PROM_WORDS; i++) {
        if (length == TELLING && strncmp(prom_words[i], word, TELLING) == 0) {
            return prom_words[i];
        }
        prom_suggestion_consider(&suggestion, prom_words[i]);
    }
    return suggestion.best;
}

static prom_result unknown_word(const char *word, size_t length, size_t place, prom_error *error)
{
    const char *meant = meant_word(word, length);
    for (size_t i = 0; i < length; i++) {
        if (word[i] < 'a' || word[i] > 'z') { /* nothing that a terminal would obey */
            return prom_fail(
                error, PROM_CATEGORY_BAD_INPUT,
                "word %zu of the seed is not one of BIP 39's English words, which have letters a to z only", place);
        }
    }
    const int shown = length < SHOWN ? (int)length : SHOWN;
    return meant != NULL
               ? prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "word %zu of the seed, '%.*s', is not one of BIP 39's English words; did you mean '%s'?",
                           place, shown, word, meant)
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "word %zu of the seed, '%.*s', is not one of BIP 39's English words", place, shown, word);
}

/* The word's place in the list; PROM_WORDS: it is not in it. Looks at all of them, whichever it is. */
static unsigned find_word(const char *word, size_t length)
{
    unsigned found = PROM_WORDS;
    for (unsigned i = 0; i < PROM_WORDS; i++) {
        if (strlen(prom_words[i]) == length && memcmp(prom_words[i], word, length) == 0) {
            found = i;
        }
    }
    return found;
}

static void put_bits(uint8_t *bits, size_t place, unsigned number)
{
    for (size_t i = 0; i < WORD_BITS; i++) {
        const size_t bit = place * WORD_BITS + i;
        const unsigned value = number >> (WORD_BITS - 1 - i) & 1U;
        bits[bit / 8] = (uint8_t)(bits[bit / 8] | value << (7 - bit % 8));
    }
}

/* Reads small letters with spaces between to the bits that they stand for. */
static prom_result read_words(uint8_t bits[ENTROPY + 1], const char *text, prom_error *error)
{
    size_t count = 0;
    memset(bits, 0, ENTROPY + 1);
    for (const char *at = text; *at != '\0';) {
        const char *end = at;
        while (*end != '\0' && *end != ' ') {
            end++;
        }
        const size_t length = (size_t)(end - at);
        const unsigned number = find_word(at, length);
        if (number == PROM_WORDS) {
            return unknown_word(at, length, count + 1, error);
        }
        if (count < PROM_SEED_WORDS) {
            put_bits(bits, count, number);
        }
        count++;
        at = *end == ' ' ? end + 1 : end;
    }
    return count == PROM_SEED_WORDS ? prom_ok()
                                    : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                                "a seed has %d words, and these are %zu", PROM_SEED_WORDS, count);
}

/* Writes the words with one space between them, and their letters small. */
static prom_result tidy(char text[PROM_SEED_TEXT], const char *words, prom_error *error)
{
    size_t length = 0;
    for (const char *at = words; *at != '\0'; at++) {
        const bool is_gap = is_space(*at);
        if (is_gap && (length == 0 || text[length - 1] == ' ')) {
            continue;
        }
        if (length + 1 == PROM_SEED_TEXT) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "that is longer than any seed of %d words",
                             PROM_SEED_WORDS);
        }
        text[length++] = is_gap ? ' ' : (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
    }
    length -= length > 0 && text[length - 1] == ' ' ? 1 : 0;
    text[length] = '\0';
    return prom_ok();
}

static prom_result check_passphrase(const char *passphrase, prom_error *error)
{
    const size_t length = strlen(passphrase);
    if (length > PROM_PASSPHRASE_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the passphrase has more than %d characters",
                         PROM_PASSPHRASE_MAX);
    }
    for (size_t i = 0; i < length; i++) {
        if (passphrase[i] < ' ' || passphrase[i] > '~') {
            return prom_fail(
                error, PROM_CATEGORY_BAD_INPUT,
                "the passphrase may have letters, digits and signs of ASCII only, and the one at %zu is none", i + 1);
        }
    }
    return prom_ok();
}

/* -- PBKDF2-HMAC-SHA512, RFC 8018, one block of 64 bytes -- */

typedef crypto_auth_hmacsha512_state hmac;

static void derive(prom_seed *seed, const char *words, const char *passphrase)
{
    static const unsigned char salt[] = {'m', 'n', 'e', 'm', 'o', 'n', 'i', 'c'};
    static const unsigned char block[] = {0, 0, 0, 1};
    hmac keyed;
    hmac state;
    uint8_t u[crypto_auth_hmacsha512_BYTES];
    (void)crypto_auth_hmacsha512_init(&keyed, (const unsigned char *)words, strlen(words));
    memcpy(&state, &keyed, sizeof state);
    (void)crypto_auth_hmacsha512_update(&state, salt, sizeof salt);
    (void)crypto_auth_hmacsha512_update(&state, (const unsigned char *)passphrase, strlen(passphrase));
    (void)crypto_auth_hmacsha512_update(&state, block, sizeof block);
    (void)crypto_auth_hmacsha512_final(&state, u);
    memcpy(seed->bytes, u, sizeof seed->bytes);
    for (size_t round = 1; round < ROUNDS; round++) {
        memcpy(&state, &keyed, sizeof state);
        (void)crypto_auth_hmacsha512_update(&state, u, sizeof u);
        (void)crypto_auth_hmacsha512_final(&state, u);
        for (size_t i = 0; i < sizeof u; i++) {
            seed->bytes[i] ^= u[i];
        }
    }
    prom_wipe(&keyed, sizeof keyed);
    prom_wipe(&state, sizeof state);
    prom_wipe(u, sizeof u);
}

static prom_result make(prom_seed *seed, char text[PROM_SEED_TEXT], const char *words, const char *passphrase,
                        prom_error *error)
{
    uint8_t bits[ENTROPY + 1];
    uint8_t expected[ENTROPY + 1];
    prom_bytes32 entropy;
    PROM_TRY(tidy(text, words, error));
    PROM_TRY(check_passphrase(passphrase, error));
    PROM_TRY(read_words(bits, text, error));
    memcpy(entropy.bytes, bits, ENTROPY);
    add_checksum(expected, &entropy);
    const bool is_right = expected[ENTROPY] == bits[ENTROPY];
    prom_wipe(bits, sizeof bits);
    prom_wipe(expected, sizeof expected);
    prom_wipe32(&entropy);
    if (!is_right) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "these words are no seed: one of them is wrong, or they are in another order");
    }
    derive(seed, text, passphrase);
    return prom_ok();
}

prom_result prom_seed_make(prom_seed *seed, const char *words, const char *passphrase, prom_error *error)
{
    char text[PROM_SEED_TEXT];
    memset(seed, 0, sizeof *seed);
    const prom_result made = make(seed, text, words, passphrase != NULL ? passphrase : "", error);
    prom_wipe(text, sizeof text);
    return made;
}
