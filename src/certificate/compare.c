#include "certificate/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"

enum {
    PLACE_MAX = 160,
    SHOWN_MAX = 120, /* of a value */
};

/* Numbers that differ by no more, in relation to the larger of them and 1, come from the same computation. */
#define TOLERANCE 1e-9

struct comparison {
    char place[PLACE_MAX];
    prom_error *difference;
};

/* The value as JSON, as far as it can be shown; "nothing" for none. */
static const char *show(char text[SHOWN_MAX], const json_t *value)
{
    char *dumped = value == NULL ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);
    (void)prom_printable(text, SHOWN_MAX, dumped == NULL ? "nothing" : dumped,
                         strlen(dumped == NULL ? "nothing" : dumped));
    free(dumped);
    return text;
}

/* `format` is about the value there and the value here. */
static bool differ(const struct comparison *comparison, json_t *given, json_t *made)
{
    char there[SHOWN_MAX];
    char here[SHOWN_MAX];
    const prom_result told =
        prom_fail(comparison->difference, PROM_CATEGORY_BAD_INPUT, "%s is %s there, and %s here",
                  comparison->place[0] == '\0' ? "the whole" : comparison->place, show(there, given), show(here, made));
    (void)told;
    return false;
}

static bool same_number(json_t *given, json_t *made)
{
    if (json_is_integer(made)) {
        return json_is_integer(given) && json_integer_value(given) == json_integer_value(made);
    }
    const double a = json_number_value(given);
    const double b = json_number_value(made);
    return json_is_number(given) && fabs(a - b) <= TOLERANCE * fmax(1, fmax(fabs(a), fabs(b)));
}

/* NOLINTBEGIN(misc-no-recursion): it goes no deeper than `made`, which was made here and has a few levels */
static bool same(struct comparison *comparison, json_t *given, json_t *made);

/* Goes into a part and back: "attack" and "gain", or "[3]". A name of the certificate's own is cut, and its characters
 * are not trusted. */
static bool same_part(struct comparison *comparison, const char *name, size_t index, json_t *given, json_t *made)
{
    const size_t length = strlen(comparison->place);
    char *end = comparison->place + length;
    const size_t room = sizeof comparison->place - length;
    char shown[64];
    if (name == NULL) {
        (void)snprintf(end, room, "[%zu]", index);
    } else {
        (void)snprintf(end, room, "%s%s", length == 0 ? "" : ".",
                       prom_printable(shown, sizeof shown, name, strlen(name)));
    }
    const bool equal = same(comparison, given, made);
    if (equal) {
        *end = '\0';
    }
    return equal;
}

static bool same_object(struct comparison *comparison, json_t *given, json_t *made)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(made, name, value)
    {
        if (!same_part(comparison, name, 0, json_object_get(given, name), value)) {
            return false;
        }
    }
    json_object_foreach(given, name, value)
    {
        if (json_object_get(made, name) == NULL && !same_part(comparison, name, 0, value, NULL)) {
            return false;
        }
    }
    return true;
}

static bool same_array(struct comparison *comparison, json_t *given, json_t *made)
{
    const size_t most = json_array_size(given) > json_array_size(made) ? json_array_size(given) : json_array_size(made);
    for (size_t i = 0; i < most; i++) {
        if (!same_part(comparison, NULL, i, json_array_get(given, i), json_array_get(made, i))) {
            return false;
        }
    }
    return true;
}

static bool same(struct comparison *comparison, json_t *given, json_t *made)
{
    bool equal = given != NULL && made != NULL;
    if (equal && json_is_number(made)) {
        equal = same_number(given, made);
    } else if (equal && json_is_string(made)) {
        equal = json_equal(given, made);
    } else if (equal && json_is_object(made) && json_is_object(given)) {
        return same_object(comparison, given, made);
    } else if (equal && json_is_array(made) && json_is_array(given)) {
        return same_array(comparison, given, made);
    } else if (equal) {
        equal = json_typeof(given) == json_typeof(made) && !json_is_object(made) && !json_is_array(made);
    }
    return equal || differ(comparison, given, made);
}

/* NOLINTEND(misc-no-recursion) */

bool prom_json_same(json_t *given, json_t *made, prom_error *difference)
{
    struct comparison comparison = {.difference = difference};
    return same(&comparison, given, made);
}
