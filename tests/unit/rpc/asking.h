/* Asks a node's methods. */
#ifndef PROMETHEUS_TEST_RPC_ASKING_H
#define PROMETHEUS_TEST_RPC_ASKING_H

#include "node/host.h"

#include "rpc/method.h"

/* The answer's member, "result" or "error"; the caller frees it. Consumes `params`. */
static inline json_t *ask(struct host *host, const char *method, json_t *params, const char *member)
{
    prom_rpc_host on = {.node = host->node};
    bool follows = false;
    json_auto_t *request =
        json_pack("{s:s, s:i, s:s, s:o}", "jsonrpc", "2.0", "id", 1, "method", method, "params", params);
    char *text = json_dumps(request, 0);
    json_auto_t *answer = prom_rpc_answer(&on, text, strlen(text), &follows);
    free(text);
    json_t *found = json_object_get(answer, member);
    assert_non_null(found);
    return json_incref(found);
}

/* The method fails with a sentence that has `says`. */
static inline void refuses(struct host *host, const char *method, json_t *params, const char *says)
{
    json_auto_t *error = ask(host, method, params, "error");
    assert_non_null(strstr(json_string_value(json_object_get(error, "message")), says));
}

static inline json_int_t number(const json_t *object, const char *name)
{
    const json_t *member = json_object_get(object, name);
    assert_true(json_is_integer(member));
    return json_integer_value(member);
}

static inline const char *text(const json_t *object, const char *name)
{
    const json_t *member = json_object_get(object, name);
    assert_true(json_is_string(member));
    return json_string_value(member);
}

#endif
