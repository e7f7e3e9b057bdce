/* From a request to a response: JSON-RPC 2.0, sections 4 and 5. */
#include "rpc/method.h"

#include <string.h>

#include "base/printable.h"
#include "base/suggest.h"

enum { TEXT_PARAMETER_MAX = 256, SHOWN = 80, REASON = 512 };

const prom_rpc_error_row prom_rpc_errors[PROM_RPC_ERRORS] = {
    [PROM_RPC_ERROR_PARSE] = {-32700, "parse", "The request is not JSON, or longer than a request may be."},
    [PROM_RPC_ERROR_REQUEST] = {-32600, "request",
                                "It is JSON and no request: an object with \"jsonrpc\": \"2.0\", \"method\", "
                                "and perhaps \"params\" and \"id\". Batches are not taken."},
    [PROM_RPC_ERROR_METHOD] = {-32601, "method", "There is no such method."},
    [PROM_RPC_ERROR_PARAMETERS] = {-32602, "parameters",
                                   "\"params\" is no object, or one of them is missing, unknown, "
                                   "or of another kind."},
    [PROM_RPC_ERROR_INTERNAL] = {-32603, "internal", "The node found a fault of its own."},
    [PROM_RPC_ERROR_BAD_INPUT] = {-32001, "bad input",
                                  "What is asked for cannot be: the message says why and what to do."},
    [PROM_RPC_ERROR_IO] = {-32002, "io", "The disk, bitcoind or a peer refused."},
    [PROM_RPC_ERROR_MEMORY] = {-32003, "memory", "Memory was refused: with more of it the same may succeed."},
    [PROM_RPC_ERROR_WAIT] = {-32005, "wait",
                             "Somebody else has not done its part yet, as nodes that are looked for: the same may "
                             "succeed in some seconds."},
    [PROM_RPC_ERROR_TOO_LARGE] = {-32004, "too large", "The answer would be larger than one may be: ask for less."},
};

prom_rpc_error prom_rpc_error_of(prom_result result)
{
    switch (result.category) {
    case PROM_CATEGORY_BAD_INPUT:
        return PROM_RPC_ERROR_BAD_INPUT;
    case PROM_CATEGORY_PEER:
        return PROM_RPC_ERROR_WAIT;
    case PROM_CATEGORY_IO:
    case PROM_CATEGORY_STOPPED:
        return PROM_RPC_ERROR_IO;
    case PROM_CATEGORY_MEMORY:
        return PROM_RPC_ERROR_MEMORY;
    case PROM_CATEGORY_OK:
    case PROM_CATEGORY_MISUSE:
    case PROM_CATEGORY_BROKEN:
        break;
    }
    return PROM_RPC_ERROR_INTERNAL;
}

const prom_rpc_method *prom_rpc_method_find(const char *name)
{
    for (const prom_rpc_method *at = prom_rpc_methods; at->name != NULL; at++) {
        if (strcmp(at->name, name) == 0) {
            return at;
        }
    }
    return NULL;
}

/* A sentence may quote what is no UTF-8: such bytes become question marks. */
static json_t *sentence_json(const char *sentence)
{
    char text[REASON];
    json_t *string = json_string(sentence);
    return string != NULL ? string : json_string(prom_printable(text, sizeof text, sentence, strlen(sentence)));
}

json_t *prom_rpc_refuse(json_t *id, prom_rpc_error error, const char *sentence)
{
    const prom_rpc_error_row *row = &prom_rpc_errors[error];
    return json_pack("{s:s, s:o, s:{s:i, s:o, s:{s:s}}}", "jsonrpc", "2.0", "id", id != NULL ? id : json_null(),
                     "error", "code", row->code, "message", sentence_json(sentence), "data", "error", row->word);
}

/* -- Parameters -- */

static bool is_word_of(const char *words, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = words; *at != '\0'; at += strspn(at, " ")) {
        const size_t other = strcspn(at, " ");
        if (other == length && strncmp(at, word, length) == 0) {
            return true;
        }
        at += other;
    }
    return false;
}

static bool is_number_of(const prom_rpc_parameter *parameter, const json_t *value)
{
    const json_int_t number = json_integer_value(value);
    return json_is_integer(value) && number >= (json_int_t)parameter->min && number <= (json_int_t)parameter->max;
}

static prom_result check_numbers(const prom_rpc_parameter *parameter, json_t *object, prom_error *error)
{
    const char *name;
    json_t *value;
    char shown[SHOWN];
    if (!json_is_object(object) || json_object_size(object) == 0 || json_object_size(object) > parameter->count) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s must be an object of 1 to %zu numbers", parameter->name,
                         parameter->count);
    }
    json_object_foreach(object, name, value)
    {
        if (!is_number_of(parameter, value) || strlen(name) > TEXT_PARAMETER_MAX) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s of %s must be a whole number from %llu to %llu",
                             prom_printable(shown, sizeof shown, name, strlen(name)), parameter->name,
                             (unsigned long long)parameter->min, (unsigned long long)parameter->max);
        }
    }
    return prom_ok();
}

static prom_result check_value(const prom_rpc_parameter *parameter, json_t *value, prom_error *error)
{
    const char *text = json_string_value(value);
    const size_t most = parameter->max != 0 ? (size_t)parameter->max : TEXT_PARAMETER_MAX;
    switch (parameter->type) {
    case PROM_RPC_TEXT:
        if (text == NULL || text[0] == '\0' || json_string_length(value) > most ||
            strlen(text) != json_string_length(value)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s must be a text of 1 to %zu bytes", parameter->name,
                             most);
        }
        if (parameter->words != NULL && !is_word_of(parameter->words, text)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s must be one of: %s", parameter->name,
                             parameter->words);
        }
        return prom_ok();
    case PROM_RPC_NUMBER:
        return is_number_of(parameter, value)
                   ? prom_ok()
                   : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s must be a whole number from %llu to %llu",
                               parameter->name, (unsigned long long)parameter->min, (unsigned long long)parameter->max);
    case PROM_RPC_FLAG:
        return json_is_boolean(value)
                   ? prom_ok()
                   : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s must be true or false", parameter->name);
    case PROM_RPC_NUMBERS:
        return check_numbers(parameter, value, error);
    }
    return prom_fail(error, PROM_CATEGORY_BROKEN, "a parameter has no type");
}

static const prom_rpc_parameter *find_parameter(const prom_rpc_method *method, const char *name)
{
    for (const prom_rpc_parameter *at = method->parameters; at != NULL && at->name != NULL; at++) {
        if (strcmp(at->name, name) == 0) {
            return at;
        }
    }
    return NULL;
}

static prom_result check_parameters(const prom_rpc_method *method, json_t *params, prom_error *error)
{
    const char *name;
    json_t *value;
    char shown[SHOWN];
    if (!json_is_object(params)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "params must be an object with the names of parameters");
    }
    json_object_foreach(params, name, value)
    {
        const prom_rpc_parameter *parameter = find_parameter(method, name);
        if (parameter == NULL) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s has no parameter '%s': rpc.help lists them",
                             method->name, prom_printable(shown, sizeof shown, name, strlen(name)));
        }
        PROM_TRY(check_value(parameter, value, error));
    }
    for (const prom_rpc_parameter *at = method->parameters; at != NULL && at->name != NULL; at++) {
        if (at->required && json_object_get(params, at->name) == NULL) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s needs the parameter '%s': %s", method->name, at->name,
                             at->text);
        }
    }
    return prom_ok();
}

/* -- Requests -- */

/* An id is a text, a number or null; a request without one is a notification, which nobody is answered. */
static bool is_request(const json_t *request)
{
    const json_t *id = json_object_get(request, "id");
    const char *version = json_string_value(json_object_get(request, "jsonrpc"));
    return json_is_object(request) && version != NULL && strcmp(version, "2.0") == 0 &&
           json_is_string(json_object_get(request, "method")) &&
           (id == NULL || json_is_string(id) || json_is_number(id) || json_is_null(id));
}

static json_t *unknown_method(json_t *id, const char *name)
{
    char sentence[REASON];
    char shown[SHOWN];
    prom_suggestion near = prom_suggestion_for(name, strlen(name));
    for (const prom_rpc_method *at = prom_rpc_methods; at->name != NULL; at++) {
        prom_suggestion_consider(&near, at->name);
    }
    (void)snprintf(sentence, sizeof sentence, "there is no method '%s'%s%s%s: rpc.help lists all",
                   prom_printable(shown, sizeof shown, name, strlen(name)), near.best != NULL ? " (did you mean '" : "",
                   near.best != NULL ? near.best : "", near.best != NULL ? "'?)" : "");
    return prom_rpc_refuse(id, PROM_RPC_ERROR_METHOD, sentence);
}

static json_t *carry_out(prom_rpc_host *host, const prom_rpc_method *method, json_t *params, json_t *id, bool *follows)
{
    json_auto_t *none = params == NULL ? json_object() : NULL;
    json_t *result = NULL;
    prom_error error = {{0}};
    json_t *given = params == NULL ? none : params;
    if (!prom_is_ok(check_parameters(method, given, &error))) {
        return prom_rpc_refuse(id, PROM_RPC_ERROR_PARAMETERS, error.sentence);
    }
    const prom_result run = method->run(host, &result, given, &error);
    if (!prom_is_ok(run)) {
        json_decref(result);
        return prom_rpc_refuse(id, prom_rpc_error_of(run), error.sentence);
    }
    if (result == NULL) {
        return prom_rpc_refuse(id, PROM_RPC_ERROR_MEMORY, "out of memory");
    }
    *follows = method->follows;
    return json_pack("{s:s, s:o, s:o}", "jsonrpc", "2.0", "id", id != NULL ? id : json_null(), "result", result);
}

json_t *prom_rpc_answer(prom_rpc_host *host, const char *text, size_t length, bool *follows)
{
    json_error_t where;
    char sentence[REASON];
    json_auto_t *request = json_loadb(text, length, JSON_REJECT_DUPLICATES, &where);
    *follows = false;
    if (request == NULL) {
        (void)snprintf(sentence, sizeof sentence, "the request is not JSON: %s", where.text);
        return prom_rpc_refuse(NULL, PROM_RPC_ERROR_PARSE, sentence);
    }
    if (!is_request(request)) {
        return prom_rpc_refuse(NULL, PROM_RPC_ERROR_REQUEST,
                               "a request is an object with \"jsonrpc\": \"2.0\", \"id\", \"method\" and \"params\"");
    }
    json_t *id = json_incref(json_object_get(request, "id")); /* NULL is fine */
    const char *name = json_string_value(json_object_get(request, "method"));
    const prom_rpc_method *method = prom_rpc_method_find(name);
    json_t *response = method == NULL ? unknown_method(id, name)
                                      : carry_out(host, method, json_object_get(request, "params"), id, follows);
    if (json_object_get(request, "id") == NULL && !*follows) {
        json_decref(response);
        return NULL;
    }
    return response;
}
