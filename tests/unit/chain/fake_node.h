/* A thread that answers JSON-RPC by a function, and a prom_rpc that calls it; and a chain of blocks for that function
 * to tell of, which a test extends and reorganises. */
#ifndef PROMETHEUS_TEST_FAKE_NODE_H
#define PROMETHEUS_TEST_FAKE_NODE_H

#include "chain/fake_http.h"

#include <pthread.h>

#include "chain/rpc.h"
#include "prometheus/contract/parameters.h"
#include "prometheus/crypto/hash.h"

enum { FAKE_REQUEST_MAX = 1 << 20, FAKE_BLOCKS_MAX = 4096, FAKE_HEIGHT_MAX = 2048, FAKE_NO_ANSWER = 1 };

struct fake_node;

/* The result of a call, or NULL with bitcoind's error code in `code`; FAKE_NO_ANSWER hangs up. */
typedef json_t *(*fake_answerer)(struct fake_node *node, const char *method, const json_t *params, int *code);

typedef struct fake_block {
    prom_bytes32 hash;
    prom_bytes32 previous;
    char *hex;
} fake_block;

typedef struct fake_node {
    int listener;
    uint16_t port;
    char cookie_file[64];
    char url[64];
    prom_rpc *rpc;
    prom_error error;
    pthread_t thread;
    pthread_mutex_t lock; /* held while a call is answered, and by tests that change what follows */
    fake_answerer answer;
    void *context;
    size_t calls;
    bool away; /* nobody answers */
    const prom_chain_parameters *network;
    fake_block blocks[FAKE_BLOCKS_MAX];
    size_t block_count;
    size_t best[FAKE_HEIGHT_MAX]; /* place in `blocks` of the best chain's block at each height above 0 */
    uint32_t height;
    uint32_t more_headers;
    int64_t tip_time;
    uint32_t connections;
    bool downloading;
    uint32_t first_block;  /* above 0: it prunes */
    const char *challenge; /* of its signet, in hexadecimal digits; NULL: it says none */
    bool forgets;          /* it knows no block but those of its best chain */
} fake_node;

static inline prom_bytes32 fake_hash_at(const fake_node *node, uint32_t height)
{
    return height == 0 ? node->network->genesis : node->blocks[node->best[height]].hash;
}

/* A block on the tip, of one transaction, or of `body` behind the header; `salt` makes it another one. */
static inline void fake_mine_body(fake_node *node, uint32_t salt, prom_span body)
{
    assert_true(node->block_count < FAKE_BLOCKS_MAX && node->height + 1 < FAKE_HEIGHT_MAX);
    fake_block *block = &node->blocks[node->block_count];
    const prom_bytes32 previous = fake_hash_at(node, node->height);
    uint8_t *bytes = calloc(1, 80 + body.length);
    assert_non_null(bytes);
    memcpy(bytes + 4, previous.bytes, sizeof previous.bytes);
    memcpy(bytes + 36, &salt, sizeof salt);
    memcpy(bytes + 80, body.data, body.length);
    block->previous = previous;
    block->hex = malloc(2 * (80 + body.length) + 1);
    assert_non_null(block->hex);
    (void)prom_hex(block->hex, bytes, 80 + body.length);
    prom_sha256_twice(&block->hash, prom_span_of(bytes, 80));
    free(bytes);
    node->height++;
    node->best[node->height] = node->block_count++;
}

static inline void fake_mine(fake_node *node, uint32_t count, uint32_t salt)
{
    static const char BODY[] = "01"
                               "01000000"
                               "01"
                               "0000000000000000000000000000000000000000000000000000000000000000"
                               "ffffffff"
                               "0151"
                               "ffffffff"
                               "01"
                               "0100000000000000"
                               "0151"
                               "00000000";
    uint8_t body[sizeof BODY / 2];
    assert_true(prom_hex_parse(body, sizeof body, BODY, 2 * sizeof body));
    (void)pthread_mutex_lock(&node->lock);
    for (uint32_t i = 0; i < count; i++) {
        fake_mine_body(node, salt, prom_span_of(body, sizeof body));
    }
    (void)pthread_mutex_unlock(&node->lock);
}

/* Leaves `depth` blocks, and mines so many others. */
static inline void fake_reorganise(fake_node *node, uint32_t depth, uint32_t count, uint32_t salt)
{
    (void)pthread_mutex_lock(&node->lock);
    node->height -= depth;
    (void)pthread_mutex_unlock(&node->lock);
    fake_mine(node, count, salt);
}

static inline json_t *fake_shown(const prom_bytes32 *hash)
{
    char text[PROM_HEX32];
    return json_string(prom_hex32_reversed(text, hash));
}

static inline const fake_block *fake_find(const fake_node *node, const json_t *shown)
{
    prom_bytes32 hash;
    if (!json_is_string(shown) || !prom_hex32_parse_reversed(&hash, json_string_value(shown))) {
        return NULL;
    }
    for (size_t i = 0; i < node->block_count; i++) {
        bool known = !node->forgets;
        for (uint32_t height = 1; height <= node->height; height++) {
            known = known || node->best[height] == i;
        }
        if (known && prom_bytes32_equal(&node->blocks[i].hash, &hash)) {
            return &node->blocks[i];
        }
    }
    return NULL;
}

static inline json_t *fake_info(const fake_node *node)
{
    const prom_bytes32 best = fake_hash_at(node, node->height);
    json_t *info = json_pack("{s:s, s:I, s:I, s:o, s:I, s:b, s:b}", "chain", node->network->name, "blocks",
                             (json_int_t)node->height, "headers", (json_int_t)(node->height + node->more_headers),
                             "bestblockhash", fake_shown(&best), "time", (json_int_t)node->tip_time,
                             "initialblockdownload", (int)node->downloading, "pruned", node->first_block > 0);
    if (node->first_block > 0) {
        (void)json_object_set_new(info, "pruneheight", json_integer((json_int_t)node->first_block));
    }
    if (node->challenge != NULL) {
        (void)json_object_set_new(info, "signet_challenge", json_string(node->challenge));
    }
    return info;
}

/* What bitcoind says of the chain. */
static inline json_t *fake_chain_answer(fake_node *node, const char *method, const json_t *params, int *code)
{
    enum { INVALID_PARAMETER = -8, NOT_FOUND = -5, METHOD_NOT_FOUND = -32601, GENERAL = -1 };
    const json_t *first = json_array_get(params, 0);
    const fake_block *block = NULL;
    if (strcmp(method, "getblockchaininfo") == 0) {
        return fake_info(node);
    }
    if (strcmp(method, "getnetworkinfo") == 0) {
        return json_pack("{s:I}", "connections", (json_int_t)node->connections);
    }
    if (strcmp(method, "getblockhash") == 0) {
        const json_int_t height = json_integer_value(first);
        const prom_bytes32 hash = fake_hash_at(node, height >= 0 && height <= node->height ? (uint32_t)height : 0);
        *code = INVALID_PARAMETER;
        return height >= 0 && height <= node->height ? fake_shown(&hash) : NULL;
    }
    if (strcmp(method, "getblock") == 0 || strcmp(method, "getblockheader") == 0) {
        block = fake_find(node, first);
        *code = NOT_FOUND;
        if (block == NULL) {
            return NULL;
        }
        return strcmp(method, "getblock") == 0 ? json_string(block->hex)
                                               : json_pack("{s:o}", "previousblockhash", fake_shown(&block->previous));
    }
    *code = METHOD_NOT_FOUND;
    return NULL;
}

static inline void fake_reply_to(fake_node *node, int connection, const char *request)
{
    int code = 0;
    json_auto_t *call = json_loads(strstr(request, "\r\n\r\n") + 4, 0, NULL);
    const char *method = json_string_value(json_object_get(call, "method"));
    (void)pthread_mutex_lock(&node->lock);
    node->calls++;
    json_t *result = node->away ? NULL : node->answer(node, method, json_object_get(call, "params"), &code);
    const bool silent = node->away || (result == NULL && code == FAKE_NO_ANSWER);
    (void)pthread_mutex_unlock(&node->lock);
    if (silent) {
        return;
    }
    json_auto_t *reply = json_pack("{s:s, s:O}", "jsonrpc", "2.0", "id", json_object_get(call, "id"));
    if (result != NULL) {
        (void)json_object_set_new(reply, "result", result);
    } else {
        (void)json_object_set_new(reply, "error",
                                  json_pack("{s:i, s:s}", "code", code, "message", "as the test has it"));
    }
    char *body = json_dumps(reply, JSON_COMPACT);
    assert_non_null(body);
    fake_http_answer(connection, 200, body);
    free(body);
}

static inline void *fake_node_serve(void *context)
{
    fake_node *node = context;
    char *request = malloc(FAKE_REQUEST_MAX);
    for (int connection = accept(node->listener, NULL, NULL); request != NULL && connection >= 0;
         connection = accept(node->listener, NULL, NULL)) {
        if (fake_http_read(connection, request, FAKE_REQUEST_MAX)) {
            fake_reply_to(node, connection, request);
        }
        (void)close(connection);
    }
    free(request);
    return NULL;
}

/* A node of `network`, on the heap, its chain of one block; NULL for `answer`: fake_chain_answer. */
static inline fake_node *fake_node_start(const char *network, fake_answerer answer, void *context)
{
    fake_node *node = calloc(1, sizeof *node);
    assert_non_null(node);
    node->network = prom_chain_parameters_by_name(network);
    node->answer = answer != NULL ? answer : fake_chain_answer;
    node->context = context;
    node->connections = 8;
    node->listener = fake_http_bind(&node->port);
    assert_int_equal(pthread_mutex_init(&node->lock, NULL), 0);
    assert_int_equal(listen(node->listener, 16), 0);
    (void)snprintf(node->cookie_file, sizeof node->cookie_file, "/tmp/prom-test-cookie-XXXXXX");
    const int file = mkstemp(node->cookie_file);
    assert_true(file >= 0);
    assert_int_equal(write(file, "__cookie__:0123abcd", 19), 19);
    (void)close(file);
    (void)snprintf(node->url, sizeof node->url, "http://127.0.0.1:%u", (unsigned)node->port);
    assert_ok(prom_rpc_new(&node->rpc, node->url, node->cookie_file, &node->error), &node->error);
    assert_int_equal(pthread_create(&node->thread, NULL, fake_node_serve, node), 0);
    return node;
}

static inline void fake_node_stop(fake_node *node)
{
    prom_rpc_free(node->rpc);
    (void)shutdown(node->listener, SHUT_RDWR);
    assert_int_equal(pthread_join(node->thread, NULL), 0);
    (void)close(node->listener);
    (void)unlink(node->cookie_file);
    for (size_t i = 0; i < node->block_count; i++) {
        free(node->blocks[i].hex);
    }
    (void)pthread_mutex_destroy(&node->lock);
    free(node);
}

#endif
