#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice/margins.h"
#include "base/printable.h"
#include "certificate/certificate.h"
#include "certificate/compare.h"
#include "certificate/inputs.h"
#include "prometheus/base/version.h"
#include "system/file.h"

#define BYTES_MAX ((size_t)1 << 20)
enum { PROGRAM_MAX = 32 };

/* A certificate that somebody gives us: all of it is hostile until it was computed again. */
typedef struct given {
    prom_span content;
    bool page;
    json_t *root;
    const char *program;
    prom_game_question question;
    prom_game_margin *margins;
} given;

static void free_given(given *it)
{
    json_decref(it->root);
}

/* -- Reading -- */

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Returns where `text` begins in the span, or its end. */
static size_t find(prom_span in, size_t from, const char *text)
{
    const size_t length = strlen(text);
    size_t at = from;
    while (at + length <= in.length && memcmp(in.data + at, text, length) != 0) {
        at++;
    }
    return at + length <= in.length ? at : in.length;
}

/* Makes the text of the page's metadata, with what it escapes as it was. */
static prom_result take_metadata(prom_arena *arena, prom_span *json, prom_span page, prom_error *error)
{
    static const char *const escapes[][2] = {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}};
    static const char opens[] = "<metadata>";
    const size_t first = find(page, 0, opens);
    const size_t last = find(page, first, "</metadata>");
    uint8_t *text = NULL;
    size_t length = 0;
    if (last == page.length) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the page has no <metadata>, in which a certificate's JSON is");
    }
    PROM_TRY_NEW(text, arena, last - first, error);
    for (size_t at = first + strlen(opens); at < last;) {
        size_t taken = 1;
        text[length] = page.data[at];
        for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
            const size_t size = strlen(escapes[i][0]);
            if (last - at >= size && memcmp(page.data + at, escapes[i][0], size) == 0) {
                text[length] = (uint8_t)escapes[i][1][0];
                taken = size;
            }
        }
        length++;
        at += taken;
    }
    *json = prom_span_of(text, length);
    return prom_ok();
}

static prom_result parse(prom_arena *arena, given *it, prom_error *error)
{
    prom_span json = it->content;
    json_error_t fault;
    char shown[JSON_ERROR_TEXT_LENGTH];
    size_t blank = 0;
    while (blank < json.length && is_blank(json.data[blank])) {
        blank++;
    }
    it->page = blank < json.length && json.data[blank] == '<';
    if (it->page) {
        PROM_TRY(take_metadata(arena, &json, it->content, error));
    }
    const char *text = json.length > 0 ? (const char *)json.data : ""; /* jansson takes no NULL */
    it->root = json_loadb(text, json.length, JSON_REJECT_DUPLICATES, &fault);
    if (it->root == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it is not JSON: line %d, column %d: %s", fault.line,
                         fault.column, prom_printable(shown, sizeof shown, fault.text, strlen(fault.text)));
    }
    return prom_ok();
}

static bool is_program(const char *text)
{
    static const char letters[] = "0123456789.+-abcdefghijklmnopqrstuvwxyz";
    const size_t length = text == NULL ? 0 : strlen(text);
    return length > 0 && length <= PROGRAM_MAX && strspn(text, letters) == length;
}

/* Reads what all else follows from. */
static prom_result read_given(prom_arena *arena, given *it, const prom_curve *curve, const char *path,
                              prom_error *error)
{
    PROM_TRY(prom_file_read(arena, &it->content, path, BYTES_MAX, error));
    PROM_TRY(prom_within(parse(arena, it, error), error, "%.256s", path));
    const json_t *version = json_object_get(it->root, "certificate");
    it->program = json_string_value(json_object_get(it->root, "program"));
    if (!json_is_integer(version) || !is_program(it->program)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.256s is no certificate: it lacks 'certificate', a number, and 'program', a version", path);
    }
    if (json_integer_value(version) != PROM_CERTIFICATE_VERSION) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.256s is a certificate of form %" JSON_INTEGER_FORMAT ", and this program knows form %d",
                         path, json_integer_value(version), PROM_CERTIFICATE_VERSION);
    }
    PROM_TRY(prom_within(prom_game_inputs_read(&it->question, curve, json_object_get(it->root, "inputs"), error), error,
                         "%.256s: inputs", path));
    return prom_within(prom_game_question_check(&it->question, error), error, "%.256s: inputs", path);
}

/* -- Judging. All fail with PROM_CATEGORY_BAD_INPUT where the certificate is wrong. -- */

static prom_result check_hash(const given *it, const prom_game_question *other, prom_error *error)
{
    const char *said = json_string_value(json_object_get(it->root, "inputs_hash"));
    prom_bytes32 hash;
    char hex[PROM_HEX32];
    char shown[PROM_HEX32];
    PROM_TRY(prom_game_inputs_hash(&hash, &it->question, error));
    (void)prom_hex32(hex, &hash);
    if (said == NULL || strcmp(said, hex) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "inputs_hash is %s there, and its inputs have %s",
                         said == NULL ? "nothing" : prom_printable(shown, sizeof shown, said, strlen(said)), hex);
    }
    if (other != NULL) {
        prom_bytes32 wanted;
        PROM_TRY(prom_game_inputs_hash(&wanted, other, error));
        if (!prom_bytes32_equal(&hash, &wanted)) {
            json_auto_t *here = prom_game_inputs_json(other);
            prom_error difference = {{0}};
            const bool same = prom_json_same(json_object_get(it->root, "inputs"), here, &difference);
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it is about another contract: %s",
                             same ? "the hashes differ" : difference.sentence);
        }
    }
    return prom_ok();
}

/* Where the page is not what this program draws: the first line of it. */
static prom_result tell_line(const given *it, const char *drawn, size_t length, prom_error *error)
{
    enum { SHOWN = 100 };
    const char *there = (const char *)it->content.data;
    size_t line = 1;
    size_t begins = 0;
    for (size_t at = 0; at < length && at < it->content.length && there[at] == drawn[at]; at++) {
        if (drawn[at] == '\n') {
            line++;
            begins = at + 1;
        }
    }
    char texts[2][SHOWN];
    const char *sources[] = {there, drawn};
    const size_t lengths[] = {it->content.length, length};
    for (size_t i = 0; i < 2; i++) {
        const char *end = memchr(sources[i] + begins, '\n', lengths[i] - begins);
        const size_t size = end == NULL ? lengths[i] - begins : (size_t)(end - sources[i]) - begins;
        (void)prom_printable(texts[i], SHOWN, sources[i] + begins, size);
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "line %zu of the page is '%s' there, and '%s' here", line,
                     texts[0], texts[1]);
}

/* The page is drawn again, around the JSON as it is, which was compared before. */
static prom_result check_page(const given *it, prom_certificate *made, prom_error *error)
{
    char *drawn = NULL;
    size_t length = 0;
    prom_result result = prom_ok();
    FILE *to = open_memstream(&drawn, &length);
    if (to == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "there is no memory for the page");
    }
    const prom_certificate again = {.root = it->root, .picture = made->picture};
    prom_certificate_page(to, &again);
    if (fclose(to) != 0) {
        result = prom_fail(error, PROM_CATEGORY_MEMORY, "there is no memory for the page");
    } else if (length != it->content.length || memcmp(drawn, it->content.data, length) != 0) {
        result = tell_line(it, drawn, length, error);
    }
    free(drawn);
    return result;
}

static prom_result compare(given *it, bool *refused, prom_arena *arena, const prom_curve *curve, prom_error *error)
{
    PROM_SCOPED(prom_certificate_free) prom_certificate made = {.root = NULL};
    const json_t *margins = json_object_get(it->root, "margins");
    PROM_TRY_NEW(it->margins, arena, prom_game_parameter_count(), error);
    PROM_TRY(prom_margins_read(it->margins, margins, &it->question, error));
    PROM_TRY(prom_certificate_make(&made, arena, curve, &it->question, it->margins, it->program, error));
    *refused = made.refused;
    if (!prom_json_same(it->root, made.root, error)) {
        return (prom_result){PROM_CATEGORY_BAD_INPUT};
    }
    if (it->page) {
        PROM_TRY(check_page(it, &made, error));
    }
    return prom_game_margins_check(arena, it->margins, curve, &it->question, error); /* which takes longest */
}

/* Says who made a certificate that is wrong, when that was another program: it may be right, and this one. */
static void tell_program(const given *it, prom_error *error)
{
    const prom_error wrong = *error;
    if (strcmp(it->program, PROM_VERSION) != 0) {
        (void)snprintf(error->sentence, sizeof error->sentence, "made by prom %.32s, and this is %s: %.400s",
                       it->program, PROM_VERSION, wrong.sentence);
    }
}

prom_result prom_certificate_verify(prom_certificate_state *state, prom_arena *arena, const prom_curve *curve,
                                    const char *path, const prom_game_question *other, prom_error *error)
{
    PROM_SCOPED(free_given) given it = {.root = NULL};
    bool refused = false;
    prom_result result = read_given(arena, &it, curve, path, error);
    *state = PROM_CERTIFICATE_UNREADABLE;
    if (!prom_is_ok(result)) {
        return result.category == PROM_CATEGORY_BAD_INPUT ? prom_ok() : result;
    }
    *state = PROM_CERTIFICATE_WRONG;
    result = check_hash(&it, other, error);
    result = prom_is_ok(result) ? compare(&it, &refused, arena, curve, error) : result;
    if (!prom_is_ok(result) && result.category == PROM_CATEGORY_BAD_INPUT) {
        tell_program(&it, error);
        return prom_ok();
    }
    if (prom_is_ok(result)) {
        *state = refused ? PROM_CERTIFICATE_OF_DANGER : PROM_CERTIFICATE_VALID;
    }
    return result;
}
