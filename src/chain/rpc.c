#include "chain/rpc.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ANSWER_MAX = 16 * 1024 * 1024, /* the longest answer that is asked for, a block in hex, has 8 million digits */
    ANSWER_FIRST = 4096,
    COOKIE_MAX = 256,
    CONNECT_MILLISECONDS = 3000,
    CALL_MILLISECONDS = 60000,
    CODE_WARMING_UP = -28, /* RPC_IN_WARMUP */
    HTTP_OK = 200,
    HTTP_UNAUTHORISED = 401,
};

typedef struct answer {
    char *text;
    size_t length;
    size_t capacity;
    bool too_long;
} answer;

struct prom_rpc {
    CURL *curl;
    struct curl_slist *headers;
    char *url;
    char *cookie_file;
    json_int_t calls; /* the id of the last call */
    prom_rpc_failure failure;
    atomic_bool stopped;
};

static void answer_free(answer *received)
{
    free(received->text);
}

static void text_free(char **text)
{
    free(*text);
}

/* libcurl's CURLOPT_WRITEFUNCTION: taking less than was offered ends the transfer. */
static size_t receive(char *data, size_t size, size_t count, void *context)
{
    answer *received = context;
    const size_t length = size * count; /* size is always 1 */
    if (length > ANSWER_MAX - received->length) {
        received->too_long = true;
        return 0;
    }
    if (length > received->capacity - received->length) {
        size_t capacity = received->capacity == 0 ? ANSWER_FIRST : 2 * received->capacity;
        if (capacity < received->length + length) {
            capacity = received->length + length;
        }
        char *larger = realloc(received->text, capacity);
        if (larger == NULL) {
            return 0;
        }
        received->text = larger;
        received->capacity = capacity;
    }
    memcpy(received->text + received->length, data, length);
    received->length += length;
    return length;
}

/* libcurl's CURLOPT_XFERINFOFUNCTION, called once a second at least: anything but 0 ends the transfer. */
static int look_for_stop(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
    prom_rpc *rpc = context;
    (void)down_total;
    (void)down;
    (void)up_total;
    (void)up;
    return atomic_load(&rpc->stopped) ? 1 : 0;
}

/* One part of a URL; NULL when it has none. To be freed with curl_free. */
static char *url_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    return curl_url_get(url, part, &text, 0) == CURLUE_OK ? text : NULL;
}

static bool is_one_of(const char *text, const char *const *choices, size_t count)
{
    for (size_t i = 0; text != NULL && i < count; i++) {
        if (strcmp(text, choices[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether `text` is http://LOOPBACK:PORT, and nothing more. */
static bool url_is_loopback(const char *text)
{
    static const CURLUPart UNWANTED[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT};
    static const char *const SCHEMES[] = {"http"};
    static const char *const HOSTS[] = {"127.0.0.1", "[::1]", "localhost"};
    static const char *const PATHS[] = {"/"};
    CURLU *url = curl_url();
    if (url == NULL || curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK) {
        curl_url_cleanup(url);
        return false;
    }
    char *scheme = url_part(url, CURLUPART_SCHEME);
    char *host = url_part(url, CURLUPART_HOST);
    char *port = url_part(url, CURLUPART_PORT);
    char *path = url_part(url, CURLUPART_PATH);
    bool good = is_one_of(scheme, SCHEMES, 1) && is_one_of(host, HOSTS, sizeof HOSTS / sizeof *HOSTS) && port != NULL &&
                strcmp(port, "0") != 0 && is_one_of(path, PATHS, 1);
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(path);
    for (size_t i = 0; i < sizeof UNWANTED / sizeof *UNWANTED; i++) {
        char *unwanted = url_part(url, UNWANTED[i]);
        good = good && unwanted == NULL;
        curl_free(unwanted);
    }
    curl_url_cleanup(url);
    return good;
}

/* What stays the same for every call. Environment variables must not lead the password to a proxy. */
static bool configure(prom_rpc *rpc)
{
    CURL *curl = rpc->curl;
    return curl_easy_setopt(curl, CURLOPT_URL, rpc->url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HTTPHEADER, rpc->headers) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MILLISECONDS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)CALL_MILLISECONDS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_for_stop) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFODATA, rpc) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive) == CURLE_OK;
}

prom_result prom_rpc_new(prom_rpc **rpc, const char *url, const char *cookie_file, prom_error *error)
{
    *rpc = NULL;
    if (!url_is_loopback(url)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "'%s' is not the URL of a bitcoind on this machine: give http://127.0.0.1:PORT", url);
    }
    prom_rpc *new = calloc(1, sizeof *new);
    if (new == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(new);
        return prom_fail(error, PROM_CATEGORY_MEMORY, "%s: out of memory", url);
    }
    new->curl = curl_easy_init();
    new->headers = curl_slist_append(NULL, "Content-Type: application/json");
    new->url = strdup(url);
    new->cookie_file = strdup(cookie_file);
    if (new->curl == NULL || new->headers == NULL || new->url == NULL || new->cookie_file == NULL || !configure(new)) {
        prom_rpc_free(new);
        return prom_fail(error, PROM_CATEGORY_IO, "%s: out of memory, or libcurl lacks HTTP", url);
    }
    *rpc = new;
    return prom_ok();
}

void prom_rpc_free(prom_rpc *rpc)
{
    if (rpc != NULL) {
        curl_easy_cleanup(rpc->curl);
        curl_slist_free_all(rpc->headers);
        free(rpc->url);
        free(rpc->cookie_file);
        free(rpc);
        curl_global_cleanup();
    }
}

void prom_rpc_set_timeout(prom_rpc *rpc, long milliseconds)
{
    (void)curl_easy_setopt(rpc->curl, CURLOPT_TIMEOUT_MS, milliseconds); /* fails on negative values only */
}

void prom_rpc_stop(prom_rpc *rpc)
{
    atomic_store(&rpc->stopped, true);
}

prom_rpc_failure prom_rpc_last_failure(const prom_rpc *rpc)
{
    return rpc->failure;
}

bool prom_rpc_cookie_parse(char *content, const char **name, const char **password)
{
    content[strcspn(content, "\n")] = '\0';
    char *colon = strchr(content, ':');
    if (colon == NULL || colon == content || colon[1] == '\0') {
        return false;
    }
    for (const char *at = content; *at != '\0'; at++) {
        if (*at <= ' ' || *at > '~') {
            return false;
        }
    }
    *colon = '\0';
    *name = content;
    *password = colon + 1;
    return true;
}

/* Notes the kind of the failure; used as the category of the prom_fail that reports it. */
static prom_category failed(prom_rpc *rpc, prom_rpc_failure_kind kind, int64_t code)
{
    rpc->failure = (prom_rpc_failure){kind, code};
    return PROM_CATEGORY_IO;
}

/* Reads a file of less than COOKIE_MAX bytes to `content`, whose rest is zero, and its length; -1, and errno. Of what
 * is no file nothing is read: a pipe would make the caller wait for ever. */
static ssize_t read_cookie(char content[COOKIE_MAX + 1], const char *path)
{
    struct stat status;
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return -1;
    }
    const bool is_file = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    const ssize_t length = is_file ? read(file, content, COOKIE_MAX) : 0;
    (void)close(file);
    return length;
}

/* Reads the cookie anew for each call: bitcoind makes another at each start. */
static prom_result authenticate(prom_rpc *rpc, const char *method, prom_error *error)
{
    char content[COOKIE_MAX + 1] = {0};
    const ssize_t length = read_cookie(content, rpc->cookie_file);
    if (length < 0) {
        return prom_fail(error, failed(rpc, PROM_RPC_UNREACHABLE, 0),
                         "bitcoind's cookie file %s cannot be read: %s; is bitcoind running?", rpc->cookie_file,
                         strerror(errno));
    }
    const char *name = NULL;
    const char *password = NULL;
    if (length == COOKIE_MAX || !prom_rpc_cookie_parse(content, &name, &password)) {
        return prom_fail(error, failed(rpc, PROM_RPC_UNREACHABLE, 0), "%s is not a cookie file of bitcoind",
                         rpc->cookie_file);
    }
    if (curl_easy_setopt(rpc->curl, CURLOPT_USERNAME, name) != CURLE_OK ||
        curl_easy_setopt(rpc->curl, CURLOPT_PASSWORD, password) != CURLE_OK) {
        return prom_fail(error, failed(rpc, PROM_RPC_UNREACHABLE, 0), "%s: out of memory", method);
    }
    return prom_ok();
}

/* Sends `body`, receives the answer; `status` is the HTTP status. */
static prom_result transfer(prom_rpc *rpc, answer *received, long *status, const char *method, const char *body,
                            prom_error *error)
{
    if (curl_easy_setopt(rpc->curl, CURLOPT_WRITEDATA, received) != CURLE_OK ||
        curl_easy_setopt(rpc->curl, CURLOPT_POSTFIELDS, body) != CURLE_OK ||
        curl_easy_setopt(rpc->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body)) != CURLE_OK) {
        return prom_fail(error, failed(rpc, PROM_RPC_UNREACHABLE, 0), "%s: out of memory", method);
    }
    const CURLcode code = atomic_load(&rpc->stopped) ? CURLE_ABORTED_BY_CALLBACK : curl_easy_perform(rpc->curl);
    if (received->too_long) {
        return prom_fail(error, failed(rpc, PROM_RPC_ILL_FORMED, 0),
                         "%s: the answer of %s is longer than %d bytes; is it a bitcoind?", method, rpc->url,
                         ANSWER_MAX);
    }
    if (code == CURLE_COULDNT_CONNECT) {
        return prom_fail(error, failed(rpc, PROM_RPC_UNREACHABLE, 0), "nobody listens at %s; is bitcoind running?",
                         rpc->url);
    }
    if (code != CURLE_OK) {
        return prom_fail(error, failed(rpc, PROM_RPC_UNREACHABLE, 0), "%s: %s did not answer: %s", method, rpc->url,
                         curl_easy_strerror(code));
    }
    (void)curl_easy_getinfo(rpc->curl, CURLINFO_RESPONSE_CODE, status); /* fails on unknown names only */
    return prom_ok();
}

/* The length of the token that `text` begins with: a string, a number, or a single character of anything else. */
static size_t token_length(const char *text, size_t left, bool *is_number)
{
    *is_number = *text == '-' || (*text >= '0' && *text <= '9');
    size_t length = 1;
    if (*is_number) {
        while (length < left && text[length] != '\0' && strchr("0123456789+-.eE", text[length]) != NULL) {
            length++;
        }
    } else if (*text == '"') {
        while (length < left && text[length] != '"') {
            length += text[length] == '\\' ? 2 : 1;
        }
        length++;
    }
    return length < left ? length : left;
}

/* JSON in which every number with a fraction or an exponent stands in quotes, because the parser would make it a
 * double; NULL when out of memory. At most two quotes for each three characters are added. */
static char *quote_reals(const char *text, size_t length, size_t *quoted_length)
{
    char *quoted = malloc(2 * length + 1);
    size_t at = 0;
    for (size_t i = 0; quoted != NULL && i < length;) {
        bool is_number = false;
        const size_t token = token_length(text + i, length - i, &is_number);
        bool is_real = false;
        for (size_t j = i; is_number && j < i + token; j++) {
            is_real = is_real || strchr(".eE", text[j]) != NULL;
        }
        if (is_real) {
            quoted[at++] = '"';
        }
        memcpy(quoted + at, text + i, token);
        at += token;
        if (is_real) {
            quoted[at++] = '"';
        }
        i += token;
    }
    *quoted_length = at;
    return quoted;
}

static json_t *parse(const answer *received)
{
    size_t length = 0;
    PROM_SCOPED(text_free) char *quoted = quote_reals(received->text, received->length, &length);
    return quoted != NULL ? json_loadb(quoted, length, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

/* Takes `result` out of the answer, or reports the error in it (JSON-RPC 2.0, 5: response object). */
static prom_result unpack(prom_rpc *rpc, json_t **result, const char *method, const answer *received, long status,
                          prom_error *error)
{
    if (status == HTTP_UNAUTHORISED) {
        return prom_fail(error, failed(rpc, PROM_RPC_UNAUTHORISED, 0),
                         "%s refuses the cookie in %s; does another bitcoind listen there?", rpc->url,
                         rpc->cookie_file);
    }
    json_auto_t *reply = parse(received);
    const json_t *fault = json_object_get(reply, "error");
    if (fault != NULL && !json_is_null(fault)) {
        const json_int_t code = json_integer_value(json_object_get(fault, "code"));
        const char *message = json_string_value(json_object_get(fault, "message"));
        return prom_fail(
            error, failed(rpc, code == CODE_WARMING_UP ? PROM_RPC_WARMING_UP : PROM_RPC_REFUSED, (int64_t)code),
            "%s: %s (code %lld)", method, message != NULL ? message : "an error without a message", (long long)code);
    }
    json_t *found = json_object_get(reply, "result");
    if (status != HTTP_OK || found == NULL || json_integer_value(json_object_get(reply, "id")) != rpc->calls) {
        return prom_fail(error, failed(rpc, PROM_RPC_ILL_FORMED, 0),
                         "%s: %s did not answer as a bitcoind does (HTTP status %ld, %zu bytes); what listens there?",
                         method, rpc->url, status, received->length);
    }
    *result = json_incref(found);
    return prom_ok();
}

prom_result prom_rpc_call(prom_rpc *rpc, json_t **result, const char *method, json_t *params, prom_error *error)
{
    *result = NULL;
    rpc->failure = (prom_rpc_failure){PROM_RPC_NO_FAILURE, 0};
    rpc->calls++;
    json_auto_t *request =
        json_pack("{s:s, s:I, s:s, s:o}", "jsonrpc", "2.0", "id", rpc->calls, "method", method, "params", params);
    PROM_SCOPED(text_free) char *body = request != NULL ? json_dumps(request, JSON_COMPACT) : NULL;
    if (body == NULL) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%s: the parameters cannot be written as JSON", method);
    }
    PROM_TRY(authenticate(rpc, method, error));
    PROM_SCOPED(answer_free) answer received = {0};
    long status = 0;
    PROM_TRY(transfer(rpc, &received, &status, method, body, error));
    return unpack(rpc, result, method, &received, status, error);
}
