#include "page/request.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

/* A part of the head. */
struct piece {
    const char *text;
    size_t length;
};

static bool is_word(struct piece piece, const char *word)
{
    return piece.length == strlen(word) && memcmp(piece.text, word, piece.length) == 0;
}

/* Names of headers, and hosts, are the same in capitals. */
static bool is_name(struct piece piece, const char *name)
{
    return piece.length == strlen(name) && strncasecmp(piece.text, name, piece.length) == 0;
}

static bool is_token(struct piece piece)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < piece.length; i++) {
        const char it = piece.text[i];
        const bool letter = (it >= 'a' && it <= 'z') || (it >= 'A' && it <= 'Z') || (it >= '0' && it <= '9');
        if (!letter && (it == '\0' || strchr(others, it) == NULL)) {
            return false;
        }
    }
    return piece.length > 0;
}

/* Whether it has no control characters but tabs: a line end inside a line is somebody's trick. */
static bool is_clean(struct piece piece)
{
    for (size_t i = 0; i < piece.length; i++) {
        const uint8_t it = (uint8_t)piece.text[i];
        if ((it < ' ' && it != '\t') || it == 0x7F) {
            return false;
        }
    }
    return true;
}

/* Takes what stands before the mark, and the mark, off `rest`. False where there is none. */
static bool take_up_to(struct piece *rest, struct piece *taken, const char *mark)
{
    const size_t length = strlen(mark);
    const char *found = memmem(rest->text, rest->length, mark, length);
    if (found == NULL) {
        return false;
    }
    *taken = (struct piece){rest->text, (size_t)(found - rest->text)};
    rest->text += taken->length + length;
    rest->length -= taken->length + length;
    return true;
}

static struct piece trimmed(struct piece piece)
{
    while (piece.length > 0 && (piece.text[0] == ' ' || piece.text[0] == '\t')) {
        piece.text++;
        piece.length--;
    }
    while (piece.length > 0 && (piece.text[piece.length - 1] == ' ' || piece.text[piece.length - 1] == '\t')) {
        piece.length--;
    }
    return piece;
}

/* -- The first line -- */

static bool read_target(prom_request *request, struct piece target)
{
    struct piece path = target;
    struct piece query = {"", 0};
    if (target.length == 0 || target.length >= PROM_REQUEST_TARGET_MAX || target.text[0] != '/' || !is_clean(target)) {
        return false;
    }
    const char *mark = memchr(target.text, '?', target.length);
    if (mark != NULL) {
        path.length = (size_t)(mark - target.text);
        query = (struct piece){mark + 1, target.length - path.length - 1};
    }
    memcpy(request->path, path.text, path.length);
    request->path[path.length] = '\0';
    memcpy(request->query, query.text, query.length);
    request->query[query.length] = '\0';
    return true;
}

/* `one` is set where it is HTTP/1.1, which must name a host. */
static prom_request_state read_line(prom_request *request, struct piece line, bool *one)
{
    struct piece method;
    struct piece target;
    if (!take_up_to(&line, &method, " ") || !is_token(method) || !take_up_to(&line, &target, " ") ||
        line.length != strlen("HTTP/1.1") || memcmp(line.text, "HTTP/", strlen("HTTP/")) != 0) {
        return PROM_REQUEST_MALFORMED;
    }
    *one = is_word(line, "HTTP/1.1");
    if (!*one && !is_word(line, "HTTP/1.0")) {
        return PROM_REQUEST_OTHER_VERSION;
    }
    request->head = is_word(method, "HEAD");
    if (!request->head && !is_word(method, "GET")) {
        return PROM_REQUEST_OTHER_METHOD;
    }
    return read_target(request, target) ? PROM_REQUEST_GOOD : PROM_REQUEST_MALFORMED;
}

/* -- Headers -- */

/* A page of another site, which a browser on this machine shows, could ask under a name of its own that leads here:
 * only the names of the loopback interface are answered, with any port, since it may have been forwarded. */
static bool is_our_host(struct piece host)
{
    static const char *const names[] = {"127.0.0.1", "localhost"};
    const char *colon = memchr(host.text, ':', host.length);
    for (const char *at = colon == NULL ? NULL : colon + 1; at != NULL && at < host.text + host.length; at++) {
        if (*at < '0' || *at > '9') {
            return false;
        }
    }
    const struct piece name = {host.text, colon != NULL ? (size_t)(colon - host.text) : host.length};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (is_name(name, names[i])) {
            return true;
        }
    }
    return false;
}

struct headers {
    size_t hosts;
    bool ours;
};

static bool read_header(prom_request *request, struct headers *headers, struct piece line)
{
    struct piece name;
    if (!is_clean(line) || !take_up_to(&line, &name, ":") || !is_token(name)) {
        return false;
    }
    const struct piece value = trimmed(line);
    if (is_name(name, "Host")) {
        headers->hosts++;
        headers->ours = is_our_host(value);
    } else if (is_name(name, "Sec-Fetch-Site")) {
        request->foreign = request->foreign || (!is_word(value, "same-origin") && !is_word(value, "none"));
    }
    return true;
}

prom_request_state prom_request_read(prom_request *request, const char *text, size_t length)
{
    struct piece rest = {text, length};
    struct piece head;
    struct piece line = {text, 0};
    struct headers headers = {0};
    bool one = false;
    *request = (prom_request){.head = false};
    if (!take_up_to(&rest, &head, "\r\n\r\n")) {
        return length < PROM_REQUEST_MAX ? PROM_REQUEST_PART : PROM_REQUEST_TOO_LONG;
    }
    head.length += strlen("\r\n"); /* so that each line has an end */
    (void)take_up_to(&head, &line, "\r\n");
    const prom_request_state state = read_line(request, line, &one);
    if (state != PROM_REQUEST_GOOD) {
        return state;
    }
    while (take_up_to(&head, &line, "\r\n")) {
        if (!read_header(request, &headers, line)) {
            return PROM_REQUEST_MALFORMED;
        }
    }
    if (headers.hosts > 1) {
        return PROM_REQUEST_MALFORMED;
    }
    return headers.ours || (headers.hosts == 0 && !one) ? PROM_REQUEST_GOOD : PROM_REQUEST_OTHER_HOST;
}

/* -- Queries -- */

static int digit_of(char character)
{
    static const char digits[] = "0123456789abcdef";
    const char lower = (char)(character >= 'A' && character <= 'F' ? character - 'A' + 'a' : character);
    const char *found = lower == '\0' ? NULL : strchr(digits, lower);
    return found == NULL ? -1 : (int)(found - digits);
}

static bool decode(char text[PROM_REQUEST_TARGET_MAX], struct piece from)
{
    size_t length = 0;
    for (size_t i = 0; i < from.length; i++) {
        char it = from.text[i];
        if (it == '+') {
            it = ' ';
        } else if (it == '%') {
            const int high = i + 2 < from.length ? digit_of(from.text[i + 1]) : -1;
            const int low = high >= 0 ? digit_of(from.text[i + 2]) : -1;
            if (low < 0 || (high == 0 && low == 0)) {
                return false;
            }
            it = (char)(uint8_t)(high * 16 + low);
            i += 2;
        }
        if (length + 1 >= PROM_REQUEST_TARGET_MAX) {
            return false;
        }
        text[length++] = it;
    }
    text[length] = '\0';
    return true;
}

bool prom_request_parameter(const char **query, char name[PROM_REQUEST_TARGET_MAX], char value[PROM_REQUEST_TARGET_MAX],
                            bool *malformed)
{
    struct piece part = {*query, strcspn(*query, "&")};
    struct piece left;
    *malformed = false;
    if (part.length == 0) {
        *malformed = **query != '\0';
        return false;
    }
    *query += part.length;
    *query += **query == '&' ? 1 : 0;
    if (!take_up_to(&part, &left, "=") || left.length == 0 || !decode(name, left) || !decode(value, part)) {
        *malformed = true;
        return false;
    }
    return true;
}
