/* How commands tell what they did: to people, and to programs. */
#ifndef CLI_TELL_H
#define CLI_TELL_H

#include <stdio.h>

#include <jansson.h>

#include "cli/command.h"

/* With `json`, prints `object`; else the text. Consumes `object`. PROM_CATEGORY_IO when `object` is NULL: a json_pack
 * that failed, because a name is not UTF-8. */
PROM_MUST_USE prom_result prom_tell(bool json, json_t *object, prom_error *error, const char *format, ...)
    PROM_PRINTF(4, 5);
PROM_MUST_USE prom_result prom_tell_json(json_t *object, prom_error *error);

/* Returns where the text goes that stands beside an output: standard output, but standard error where `output` is "-"
 * and takes the former. `output` may be NULL. */
FILE *prom_tell_beside(const char *output);

/* Tells a failure: "prom: ..." on standard error, or {"error": {"category", "message"}} on standard output. */
void prom_tell_failure(bool json, prom_result result, const prom_error *error);

/* Returns the sentence for JSON, which allows neither names that are not UTF-8 nor a character that is cut: such bytes
 * become question marks. NULL when memory ran out. */
json_t *prom_tell_sentence(const prom_error *error);

/* Writes out what was told on standard output. PROM_CATEGORY_IO when that fails, now or before; once for a failure. */
PROM_MUST_USE prom_result prom_tell_flush(prom_error *error);

#endif
