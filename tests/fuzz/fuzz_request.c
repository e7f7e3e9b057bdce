/* The head of an HTTP request, as anybody on the machine may send it to a node's page, and the query in it. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "page/request.h"

static void read_query(const char *query)
{
    char name[PROM_REQUEST_TARGET_MAX];
    char value[PROM_REQUEST_TARGET_MAX];
    bool malformed = false;
    size_t count = 0;
    while (prom_request_parameter(&query, name, value, &malformed)) {
        must(!malformed && name[0] != '\0' && strnlen(value, sizeof value) < sizeof value);
        must(++count <= PROM_REQUEST_TARGET_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t length = size < PROM_REQUEST_MAX ? size : PROM_REQUEST_MAX;
    char *text = malloc(length + 1); /* of its own size: what is read behind it is seen */
    prom_request request;
    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, length);
    const prom_request_state state = prom_request_read(&request, text, length);
    if (state == PROM_REQUEST_GOOD) {
        /* What is good needs all of its head, and no more. */
        prom_request again;
        const char *end = memmem(text, length, "\r\n\r\n", strlen("\r\n\r\n"));
        must(end != NULL && request.path[0] == '/');
        must(prom_request_read(&again, text, (size_t)(end - text) + 3) == PROM_REQUEST_PART);
        must(prom_request_read(&again, text, (size_t)(end - text) + 4) == PROM_REQUEST_GOOD);
        read_query(request.query);
    }
    free(text);
    return 0;
}
