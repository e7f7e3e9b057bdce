#include "wallet/seed_file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "system/random.h"
#include "system/secret_file.h"

static const char WHAT[] = "a seed";

prom_result prom_seed_file_make(char words[PROM_SEED_TEXT], const char *path, prom_error *error)
{
    PROM_SCOPED(prom_wipe32) prom_bytes32 entropy = prom_random_bytes32();
    prom_seed_words(words, &entropy);
    const prom_result written = prom_secret_file_make(path, words, WHAT, error);
    if (!prom_is_ok(written)) {
        prom_wipe(words, PROM_SEED_TEXT);
    }
    return written;
}

prom_result prom_seed_file_read(char words[PROM_SEED_TEXT], const char *path, prom_error *error)
{
    prom_seed seed;
    PROM_TRY(prom_secret_file_read(words, PROM_SEED_TEXT, path, WHAT, error));
    const prom_result result = prom_within(prom_seed_make(&seed, words, NULL, error), error, "%s", path);
    prom_seed_wipe(&seed);
    if (!prom_is_ok(result)) {
        prom_wipe(words, PROM_SEED_TEXT);
    }
    return result;
}

prom_result prom_seed_file_load(prom_seed *seed, const char *folder, const char *words, const char *passphrase,
                                prom_error *error)
{
    char path[PATH_MAX];
    char text[PROM_SEED_TEXT];
    char phrase[PROM_PASSPHRASE_MAX + 2] = "";
    prom_seed_wipe(seed);
    if (words == NULL && snprintf(path, sizeof path, "%s/words", folder) >= (int)sizeof path) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the folder %s has too long a name", folder);
    }
    PROM_TRY(prom_seed_file_read(text, words != NULL ? words : path, error));
    prom_result made = prom_ok();
    if (passphrase != NULL) {
        made = prom_secret_file_read(phrase, sizeof phrase, passphrase, "a passphrase", error);
    }
    made = prom_is_ok(made) ? prom_seed_make(seed, text, phrase, error) : made;
    prom_wipe(text, sizeof text);
    prom_wipe(phrase, sizeof phrase);
    return made;
}
