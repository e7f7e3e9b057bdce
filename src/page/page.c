#include "page/page.h"

#include <stdlib.h>
#include <string.h>

#include "page/metrics.h"
#include "page/page_html.h"
#include "prometheus/base/base64.h"
#include "prometheus/crypto/hash.h"
#include "system/clock.h"

enum { LOOK_MS = 1000, POLICY_ROOM = 512, HASH_MEMORY = 1024, STATUS_BAD = 400, STATUS_NONE = 404, STATUS_FAULT = 500 };

static const char TEXT[] = "text/plain; charset=utf-8";
static const char JSON[] = "application/json";

struct prom_page {
    prom_rpc_host *host;
    prom_http *http;
    char policy[POLICY_ROOM];
    int64_t looked;
    char *told; /* node.info as it was told last, owned */
};

/* What the page may ask: nothing of it changes anything. Those that the node does not have are 404. */
static const char *const METHODS[] = {
    "node.info",  "channel.list", "channel.show", "channel.why", "wallet.balance",
    "peers.list", "job.list",     "job.show",     "rpc.help",
};

/* -- Answers -- */

static void answer_text(prom_http_answer *answer, int status, const char *type, const char *text)
{
    answer->status = status;
    answer->type = type;
    answer->text = text;
    answer->length = strlen(text);
}

/* Consumes `json`; NULL is memory that ran out. */
static void answer_json(prom_http_answer *answer, int status, json_t *json)
{
    answer->owned = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (answer->owned == NULL) {
        answer_text(answer, STATUS_FAULT, TEXT, "out of memory\n");
        return;
    }
    answer->status = status;
    answer->type = JSON;
    answer->length = strlen(answer->owned);
}

/* -- Methods -- */

/* A value of a query has no type: the method's table gives it. What does not fit stays a text, and is refused as such.
 */
static json_t *value_json(const prom_rpc_method *method, const char *name, const char *value)
{
    const prom_rpc_parameter *at = method->parameters;
    while (at != NULL && at->name != NULL && strcmp(at->name, name) != 0) {
        at++;
    }
    const bool known = at != NULL && at->name != NULL;
    json_t *typed = known && at->type != PROM_RPC_TEXT ? json_loads(value, JSON_DECODE_ANY, NULL) : NULL;
    return typed != NULL ? typed : json_string(value);
}

/* Returns the parameters, NULL where the query is malformed. */
static json_t *parameters_of(const prom_rpc_method *method, const char *query)
{
    json_t *params = json_object();
    char name[PROM_REQUEST_TARGET_MAX];
    char value[PROM_REQUEST_TARGET_MAX];
    bool malformed = false;
    while (prom_request_parameter(&query, name, value, &malformed)) {
        malformed = json_object_get(params, name) != NULL ||
                    json_object_set_new(params, name, value_json(method, name, value)) != 0;
        if (malformed) {
            break;
        }
    }
    if (malformed) {
        json_decref(params);
        return NULL;
    }
    return params;
}

static int status_of(const json_t *error)
{
    static const struct {
        prom_rpc_error error;
        int status;
    } table[] = {{PROM_RPC_ERROR_METHOD, STATUS_NONE},
                 {PROM_RPC_ERROR_PARAMETERS, STATUS_BAD},
                 {PROM_RPC_ERROR_BAD_INPUT, STATUS_BAD}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (prom_rpc_errors[table[i].error].code == json_integer_value(json_object_get(error, "code"))) {
            return table[i].status;
        }
    }
    return STATUS_FAULT;
}

/* Calls by the way that the socket's requests go: parameters are checked there, and errors made. */
static json_t *call(prom_page *page, const char *name, json_t *params)
{
    bool follows = false;
    json_auto_t *request =
        json_pack("{s:s, s:i, s:s, s:o}", "jsonrpc", "2.0", "id", 1, "method", name, "params", params);
    char *text = request == NULL ? NULL : json_dumps(request, JSON_COMPACT);
    json_t *response = text == NULL ? NULL : prom_rpc_answer(page->host, text, strlen(text), &follows);
    free(text);
    return response;
}

/* Returns the response, or NULL: then `answer` has been made, or memory ran out. */
static json_t *call_by_query(prom_page *page, const char *name, const prom_request *request, prom_http_answer *answer)
{
    const prom_rpc_method *method = prom_rpc_method_find(name);
    if (method == NULL) {
        answer_json(answer, STATUS_NONE, prom_rpc_refuse(NULL, PROM_RPC_ERROR_METHOD, "this node has no such method"));
        return NULL;
    }
    json_t *params = parameters_of(method, request->query);
    if (params == NULL) {
        answer_json(
            answer, STATUS_BAD,
            prom_rpc_refuse(NULL, PROM_RPC_ERROR_PARAMETERS, "parameters are name=value&name=value, each once"));
        return NULL;
    }
    if (strcmp(request->path, "/picture") == 0) {
        (void)json_object_del(params, "at");
    }
    json_t *response = call(page, name, params);
    if (response == NULL) {
        answer_json(answer, STATUS_FAULT, NULL);
    }
    return response;
}

static void answer_method(prom_page *page, const prom_request *request, prom_http_answer *answer)
{
    const char *name = request->path + strlen("/rpc/");
    bool allowed = false;
    for (size_t i = 0; i < sizeof METHODS / sizeof METHODS[0]; i++) {
        allowed = allowed || strcmp(name, METHODS[i]) == 0;
    }
    if (!allowed) {
        answer_text(answer, STATUS_NONE, TEXT, "the page offers no such method: only what changes nothing\n");
        return;
    }
    json_auto_t *response = call_by_query(page, name, request, answer);
    json_t *error = json_object_get(response, "error");
    if (response != NULL && error != NULL) {
        answer_json(answer, status_of(error), json_pack("{s:O}", "error", error));
    } else if (response != NULL) {
        answer_json(answer, answer->status, json_incref(json_object_get(response, "result")));
    }
}

static void answer_picture(prom_page *page, const prom_request *request, prom_http_answer *answer)
{
    json_auto_t *response = call_by_query(page, "channel.picture", request, answer);
    const char *svg = json_string_value(json_object_get(json_object_get(response, "result"), "svg"));
    json_t *error = json_object_get(response, "error");
    if (response == NULL) {
        return;
    }
    if (svg == NULL) {
        answer_json(answer, status_of(error), json_pack("{s:O?}", "error", error));
        return;
    }
    answer->owned = strdup(svg);
    answer->length = strlen(svg);
    answer->type = "image/svg+xml";
    answer->policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"; /* it has no script */
    if (answer->owned == NULL) {
        answer_text(answer, STATUS_FAULT, TEXT, "out of memory\n");
    }
}

/* -- The other places -- */

static void answer_page(prom_page *page, const prom_request *request, prom_http_answer *answer)
{
    (void)request;
    answer->type = "text/html; charset=utf-8";
    answer->policy = page->policy;
    answer->text = prom_page_html;
    answer->length = prom_page_html_length;
}

static void answer_metrics(prom_page *page, const prom_request *request, prom_http_answer *answer)
{
    prom_error reason;
    (void)request;
    if (!prom_is_ok(prom_metrics_write(&answer->owned, &answer->length, page->host, &reason))) {
        answer_text(answer, STATUS_FAULT, TEXT, "the metrics cannot be written now\n");
        return;
    }
    answer->type = "text/plain; version=0.0.4; charset=utf-8";
}

static void answer_health(prom_page *page, const prom_request *request, prom_http_answer *answer)
{
    prom_error why;
    (void)request;
    if (prom_metrics_healthy(page->host, &why)) {
        answer_text(answer, answer->status, TEXT, "ok\n");
        return;
    }
    const size_t room = strlen(why.sentence) + sizeof "\n";
    answer->owned = malloc(room);
    answer->status = 503;
    if (answer->owned != NULL) {
        answer->length = (size_t)snprintf(answer->owned, room, "%s\n", why.sentence);
    }
}

static void answer_events(prom_page *page, const prom_request *request, prom_http_answer *answer)
{
    (void)request;
    answer->type = "text/event-stream";
    answer->follows = true;
    free(page->told); /* whoever is new is told how the node is */
    page->told = NULL;
    page->looked = 0;
}

/* `open`: for those whom another site has sent here, too: a link may lead to it. */
struct place {
    const char *path;
    bool prefix;
    bool open;
    void (*answer)(prom_page *page, const prom_request *request, prom_http_answer *answer);
};

static const struct place PLACES[] = {
    {"/", false, true, answer_page},
    {"/rpc/", true, false, answer_method},
    {"/picture", false, false, answer_picture},
    {"/events", false, false, answer_events},
    {"/metrics", false, false, answer_metrics},
    {"/healthz", false, false, answer_health},
};

void prom_page_answer(void *context, const prom_request *request, prom_http_answer *answer)
{
    prom_page *page = context;
    for (size_t i = 0; i < sizeof PLACES / sizeof PLACES[0]; i++) {
        const struct place *place = &PLACES[i];
        if (place->prefix ? strncmp(request->path, place->path, strlen(place->path)) != 0
                          : strcmp(request->path, place->path) != 0) {
            continue;
        }
        if (request->foreign && !place->open) {
            answer_text(answer, 403, TEXT, "another site asks for this: only the node's own page may\n");
            return;
        }
        place->answer(page, request, answer);
        return;
    }
    answer_text(answer, STATUS_NONE, TEXT, "here are /, /metrics and /healthz\n");
}

/* -- Events -- */

void prom_page_tell(prom_page *page, const json_t *event)
{
    char *text = page == NULL || prom_http_followers(page->http) == 0 ? NULL : json_dumps(event, JSON_COMPACT);
    if (text != NULL) {
        prom_http_tell(page->http, "happened", text);
    }
    free(text);
}

/* Tells how the node is, where that is something new; the seconds that it runs are no news. */
static void look_at_node(prom_page *page)
{
    json_auto_t *response = call(page, "node.info", json_object());
    json_t *info = json_object_get(response, "result");
    (void)json_object_del(info, "seconds");
    char *text = json_dumps(info, JSON_COMPACT);
    if (text == NULL || (page->told != NULL && strcmp(text, page->told) == 0)) {
        free(text);
        return;
    }
    prom_http_tell(page->http, "node", text);
    free(page->told);
    page->told = text;
}

int prom_page_descriptor(const prom_page *page)
{
    return page == NULL ? -1 : prom_http_descriptor(page->http);
}

void prom_page_turn(prom_page *page)
{
    if (page == NULL) {
        return;
    }
    prom_http_turn(page->http);
    const int64_t now = prom_clock_milliseconds();
    if (prom_http_followers(page->http) > 0 && now - page->looked >= LOOK_MS) {
        page->looked = now;
        look_at_node(page);
    }
}

/* -- Opening -- */

/* Writes the hash of what stands between the tags, as a policy names it. */
static prom_result hash_of(prom_arena *arena, const char **hash, const char *open, const char *close, prom_error *error)
{
    const char *begin = strstr(prom_page_html, open);
    const char *end = begin == NULL ? NULL : strstr(begin, close);
    prom_bytes32 digest;
    if (end == NULL) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the page has no %s", open);
    }
    begin += strlen(open);
    prom_sha256(&digest, prom_span_of((const uint8_t *)begin, (size_t)(end - begin)));
    return prom_base64_write(arena, hash, prom_span_of(digest.bytes, sizeof digest.bytes), error);
}

/* Its own style and its own script are all that the page may have, and its own node all that it may ask. */
static prom_result write_policy(char policy[POLICY_ROOM], prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const char *style = NULL;
    const char *script = NULL;
    prom_arena_init(&arena, HASH_MEMORY);
    PROM_TRY(hash_of(&arena, &style, "<style>", "</style>", error));
    PROM_TRY(hash_of(&arena, &script, "<script>", "</script>", error));
    (void)snprintf(policy, POLICY_ROOM,
                   "default-src 'none'; style-src 'sha256-%s'; script-src 'sha256-%s'; connect-src 'self'; img-src "
                   "'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                   style, script);
    return prom_ok();
}

static prom_result open_all(prom_page *page, uint16_t port, prom_error *error)
{
    PROM_TRY(write_policy(page->policy, error));
    return prom_within(prom_http_open(&page->http, port, prom_page_answer, page, error), error, "page_port");
}

prom_result prom_page_open(prom_page **page, prom_rpc_host *host, uint16_t port, prom_error *error)
{
    prom_page *made = calloc(1, sizeof *made);
    *page = NULL;
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    made->host = host;
    const prom_result opened = open_all(made, port, error);
    if (!prom_is_ok(opened)) {
        prom_page_close(made);
        return opened;
    }
    *page = made;
    return prom_ok();
}

void prom_page_close(prom_page *page)
{
    if (page != NULL) {
        prom_http_close(page->http);
        free(page->told);
        free(page);
    }
}
