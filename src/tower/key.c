#include "tower/key.h"

#include "system/random.h"
#include "system/secret_file.h"

static const char WHAT[] = "a key";

prom_result prom_tower_key_make(const prom_curve *curve, prom_key *key, const char *path, prom_error *error)
{
    PROM_SCOPED(prom_wipe32) prom_bytes32 secret = prom_random_bytes32();
    char line[PROM_HEX32];
    PROM_TRY(prom_key_from_secret(curve, key, &secret, error));
    const prom_result made = prom_secret_file_make(path, prom_hex32(line, &secret), WHAT, error);
    prom_wipe(line, sizeof line);
    if (!prom_is_ok(made)) {
        prom_key_wipe(key);
    }
    return made;
}

prom_result prom_tower_key_read(const prom_curve *curve, prom_key *key, const char *path, prom_error *error)
{
    PROM_SCOPED(prom_wipe32) prom_bytes32 secret = {{0}};
    char line[PROM_HEX32 + 1];
    PROM_TRY(prom_secret_file_read(line, sizeof line, path, WHAT, error));
    const bool parsed = prom_hex32_parse(&secret, line);
    prom_wipe(line, sizeof line);
    return parsed ? prom_within(prom_key_from_secret(curve, key, &secret, error), error, "%s", path)
                  : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s does not hold a key: 64 hexadecimal digits", path);
}
