#include "daemon/locked_seed.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "system/file.h"
#include "system/random.h"
#include "system/secret_file.h"

#define MAGIC "prometheus-seed-1 "

enum {
    SALT = crypto_pwhash_SALTBYTES,
    COST = 8, /* passes and KiB, big-endian */
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    HEAD = SALT + COST,
    BOX = PROM_SEED_TEXT + TAG,
    WHOLE = HEAD + NONCE + BOX,
    TEXT = sodium_base64_ENCODED_LEN(WHOLE, sodium_base64_VARIANT_ORIGINAL) + sizeof MAGIC,
    PASSES_MAX = 64,
    KIBIBYTES_MAX = 1 << 21, /* 2 GiB: whoever wrote the file does not choose more of our memory */
};
_Static_assert(TEXT <= PROM_SECRET_LINE_MAX, "a locked seed is one line of a secret file");
_Static_assert(crypto_pwhash_BYTES_MIN <= crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "a key of any length");

static const char WHAT[] = "a seed";

struct secret_text {
    char text[PROM_SECRET_LINE_MAX + 2];
};

static void wipe_text(struct secret_text *secret)
{
    prom_wipe(secret, sizeof *secret);
}

prom_lock_cost prom_lock_cost_usual(void)
{
    return (prom_lock_cost){crypto_pwhash_OPSLIMIT_MODERATE, crypto_pwhash_MEMLIMIT_MODERATE >> 10};
}

bool prom_locked_seed_is(const char *line)
{
    return strncmp(line, MAGIC, strlen(MAGIC)) == 0;
}

/* -- Encrypting -- */

static prom_result make_key(prom_bytes32 *key, const char *passphrase, const uint8_t salt[SALT],
                            const prom_lock_cost *cost, prom_error *error)
{
    return crypto_pwhash(key->bytes, sizeof key->bytes, passphrase, strlen(passphrase), salt, cost->passes,
                         (size_t)cost->kibibytes << 10, crypto_pwhash_ALG_ARGON2ID13) == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_MEMORY,
                           "the passphrase's key needs %u MiB of memory, which the machine does not give",
                           (unsigned)(cost->kibibytes >> 10));
}

static void put_number(uint8_t *to, uint32_t number)
{
    for (unsigned i = 0; i < sizeof number; i++) {
        to[i] = (uint8_t)(number >> (8 * (sizeof number - 1 - i)));
    }
}

static uint32_t get_number(const uint8_t *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

/* The words fill their room with zeros: the length of the file says nothing of them. */
static prom_result lock(struct secret_text *line, const char *words, const char *passphrase, const prom_lock_cost *cost,
                        prom_error *error)
{
    uint8_t whole[WHOLE];
    char padded[PROM_SEED_TEXT] = {0};
    PROM_SCOPED(prom_wipe32) prom_bytes32 key = {{0}};
    const prom_bytes32 first = prom_random_bytes32();
    const prom_bytes32 second = prom_random_bytes32();
    memcpy(whole, first.bytes, SALT);
    put_number(whole + SALT, cost->passes);
    put_number(whole + SALT + 4, cost->kibibytes);
    memcpy(whole + HEAD, second.bytes, NONCE);
    PROM_TRY(make_key(&key, passphrase, whole, cost, error));
    (void)snprintf(padded, sizeof padded, "%s", words);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(whole + HEAD + NONCE, NULL, (const uint8_t *)padded, sizeof padded,
                                                     whole, HEAD, NULL, whole + HEAD, key.bytes);
    prom_wipe(padded, sizeof padded);
    (void)snprintf(line->text, sizeof line->text, MAGIC);
    (void)sodium_bin2base64(line->text + strlen(MAGIC), sizeof line->text - strlen(MAGIC), whole, WHOLE,
                            sodium_base64_VARIANT_ORIGINAL);
    return prom_ok();
}

static prom_result unlock(char words[PROM_SEED_TEXT], const char *path, const char *text, const prom_lock_asker *asker,
                          prom_error *error)
{
    uint8_t whole[WHOLE];
    char passphrase[PROM_LOCK_PASSPHRASE_MAX] = "";
    size_t length = 0;
    PROM_SCOPED(prom_wipe32) prom_bytes32 key = {{0}};
    if (sodium_base642bin(whole, sizeof whole, text, strlen(text), NULL, &length, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        length != WHOLE) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is damaged: it holds no whole encrypted seed", path);
    }
    const prom_lock_cost cost = {get_number(whole + SALT), get_number(whole + SALT + 4)};
    if (cost.passes < crypto_pwhash_OPSLIMIT_MIN || cost.passes > PASSES_MAX ||
        cost.kibibytes < crypto_pwhash_MEMLIMIT_MIN >> 10 || cost.kibibytes > KIBIBYTES_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is damaged: its key would cost what no program asks for",
                         path);
    }
    PROM_TRY(asker->ask(asker->context, passphrase, error));
    const prom_result made = make_key(&key, passphrase, whole, &cost, error);
    prom_wipe(passphrase, sizeof passphrase);
    PROM_TRY(made);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt((uint8_t *)words, NULL, NULL, whole + HEAD + NONCE, BOX, whole, HEAD,
                                                   whole + HEAD, key.bytes) != 0) {
        prom_wipe(words, PROM_SEED_TEXT);
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s: this is not its passphrase, or the file was changed",
                         path);
    }
    words[PROM_SEED_TEXT - 1] = '\0';
    return prom_ok();
}

/* -- Files -- */

prom_result prom_locked_seed_make(char words[PROM_SEED_TEXT], const char *path, const char *passphrase,
                                  const prom_lock_cost *cost, prom_error *error)
{
    PROM_SCOPED(prom_wipe32) prom_bytes32 entropy = prom_random_bytes32();
    PROM_SCOPED(wipe_text) struct secret_text line = {""};
    if (passphrase == NULL) {
        return prom_seed_file_make(words, path, error);
    }
    prom_seed_words(words, &entropy);
    prom_result made = lock(&line, words, passphrase, cost, error);
    made = prom_is_ok(made) ? prom_secret_file_make(path, line.text, WHAT, error) : made;
    if (!prom_is_ok(made)) {
        prom_wipe(words, PROM_SEED_TEXT);
    }
    return made;
}

/* Words that were decrypted, too: they could have been wrong before. */
static prom_result check(const char *words, const char *path, prom_error *error)
{
    PROM_SCOPED(prom_seed_wipe) prom_seed seed = {{0}};
    return prom_within(prom_seed_make(&seed, words, NULL, error), error, "%s", path);
}

prom_result prom_locked_seed_read(char words[PROM_SEED_TEXT], bool *locked, const char *path,
                                  const prom_lock_asker *asker, prom_error *error)
{
    PROM_SCOPED(wipe_text) struct secret_text line = {""};
    memset(words, 0, PROM_SEED_TEXT);
    *locked = false;
    PROM_TRY(prom_secret_file_read(line.text, sizeof line.text, path, WHAT, error));
    *locked = prom_locked_seed_is(line.text);
    if (*locked) {
        PROM_TRY(unlock(words, path, line.text + strlen(MAGIC), asker, error));
    } else if (strlen(line.text) < PROM_SEED_TEXT) {
        (void)snprintf(words, PROM_SEED_TEXT, "%s", line.text);
    }
    const prom_result right = check(words, path, error);
    if (!prom_is_ok(right)) {
        prom_wipe(words, PROM_SEED_TEXT);
    }
    return right;
}

prom_result prom_locked_seed_change(const char *path, const char words[PROM_SEED_TEXT], const char *passphrase,
                                    const prom_lock_cost *cost, prom_error *error)
{
    PROM_SCOPED(wipe_text) struct secret_text line = {""};
    if (passphrase != NULL) {
        PROM_TRY(lock(&line, words, passphrase, cost, error));
    } else {
        (void)snprintf(line.text, sizeof line.text, "%s", words);
    }
    const size_t length = strlen(line.text);
    line.text[length] = '\n';
    return prom_file_write(path, prom_span_of((const uint8_t *)line.text, length + 1), error);
}

prom_result prom_locked_seed_load(prom_seed *seed, const char *path, const char *own, const prom_lock_asker *asker,
                                  prom_error *error)
{
    char words[PROM_SEED_TEXT];
    char phrase[PROM_PASSPHRASE_MAX + 2] = "";
    bool locked = false;
    prom_seed_wipe(seed);
    PROM_TRY(prom_locked_seed_read(words, &locked, path, asker, error));
    prom_result made = prom_ok();
    if (own != NULL && own[0] != '\0') {
        made = prom_secret_file_read(phrase, sizeof phrase, own, "a passphrase", error);
    }
    made = prom_is_ok(made) ? prom_seed_make(seed, words, phrase, error) : made;
    prom_wipe(words, sizeof words);
    prom_wipe(phrase, sizeof phrase);
    return made;
}
