/* Base 64 (RFC 4648, section 4), with its padding. */
#ifndef PROMETHEUS_BASE_BASE64_H
#define PROMETHEUS_BASE_BASE64_H

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"

PROM_DECLARATIONS_BEGIN

/* Makes the text of these bytes, in one line. */
PROM_MUST_USE prom_result prom_base64_write(prom_arena *arena, const char **text, prom_span bytes, prom_error *error);

/* Reads the bytes of a text, in which spaces and ends of lines are left out. PROM_CATEGORY_BAD_INPUT when it is not the
 * one text of its bytes. */
PROM_MUST_USE prom_result prom_base64_read(prom_arena *arena, prom_span *bytes, const char *text, prom_error *error);

PROM_DECLARATIONS_END

#endif
