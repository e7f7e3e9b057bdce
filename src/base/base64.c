#include "prometheus/base/base64.h"

#include <sodium.h>
#include <string.h>

prom_result prom_base64_write(prom_arena *arena, const char **text, prom_span bytes, prom_error *error)
{
    const size_t room = sodium_base64_encoded_len(bytes.length, sodium_base64_VARIANT_ORIGINAL);
    char *written = NULL;
    PROM_TRY_NEW(written, arena, room, error);
    *text = sodium_bin2base64(written, room, bytes.data, bytes.length, sodium_base64_VARIANT_ORIGINAL);
    return prom_ok();
}

prom_result prom_base64_read(prom_arena *arena, prom_span *bytes, const char *text, prom_error *error)
{
    const size_t length = strlen(text);
    const size_t room = length / 4 * 3 + 3;
    uint8_t *read = NULL;
    size_t count = 0;
    PROM_TRY_NEW(read, arena, room, error);
    /* No end is asked for: then it is an error when something else follows. */
    if (sodium_base642bin(read, room, text, length, " \t\r\n", &count, NULL, sodium_base64_VARIANT_ORIGINAL) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this text is not base 64");
    }
    *bytes = prom_span_of(read, count);
    return prom_ok();
}
