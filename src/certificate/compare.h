/* What two JSON values differ in. */
#ifndef CERTIFICATE_COMPARE_H
#define CERTIFICATE_COMPARE_H

#include <jansson.h>
#include <stdbool.h>

#include "prometheus/base/result.h"

/* Compares what was given, whoever wrote it, with what was made here. Returns true when they say the same: all names
 * and texts, whole numbers to the last digit, and others within a billionth. Else `difference` gets the first place
 * where they do not, in the order of `made`, with both values: "attack.gain is 3 there, and 4 here". */
PROM_MUST_USE bool prom_json_same(json_t *given, json_t *made, prom_error *difference);

#endif
