/* JSON-RPC 2.0 of a node: one table of methods, from which come the dispatch, the check of parameters, rpc.help and
 * docs/rpc.md; and one table of errors, whose numbers stay. */
#ifndef RPC_METHOD_H
#define RPC_METHOD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "node/node.h"
#include "system/log.h"

/* What a method works on. */
typedef struct prom_rpc_host {
    prom_node *node;
    struct prom_contacts *contacts; /* whom it knows */
    prom_log *log;
    const char *folder;
    double started;                 /* prom_clock_seconds */
    struct prom_answerer *answerer; /* these three NULL: the node has no part in the market */
    struct prom_inquiries *inquiries;
    struct prom_trade *trade;
    bool stop;  /* set by node.stop */
    bool later; /* set by a method that has no answer yet, which is carried out again at the next turn */
} prom_rpc_host;

typedef enum prom_rpc_error {
    PROM_RPC_ERROR_PARSE,
    PROM_RPC_ERROR_REQUEST,
    PROM_RPC_ERROR_METHOD,
    PROM_RPC_ERROR_PARAMETERS,
    PROM_RPC_ERROR_INTERNAL,
    PROM_RPC_ERROR_BAD_INPUT,
    PROM_RPC_ERROR_IO,
    PROM_RPC_ERROR_MEMORY,
    PROM_RPC_ERROR_TOO_LARGE,
    PROM_RPC_ERROR_WAIT,
    PROM_RPC_ERRORS,
} prom_rpc_error;

/* A number of the table, its word, and what it means. */
typedef struct prom_rpc_error_row {
    int code;
    const char *word;
    const char *text;
} prom_rpc_error_row;
extern const prom_rpc_error_row prom_rpc_errors[PROM_RPC_ERRORS];
/* Returns the error of a failure of this category. */
prom_rpc_error prom_rpc_error_of(prom_result result);

typedef enum prom_rpc_type {
    PROM_RPC_TEXT,
    PROM_RPC_NUMBER,
    PROM_RPC_FLAG,
    PROM_RPC_NUMBERS, /* an object of at most `count` of them */
} prom_rpc_type;

typedef struct prom_rpc_parameter {
    const char *name;
    prom_rpc_type type;
    bool required;
    uint64_t min;      /* of a number, and of each of several */
    uint64_t max;      /* of a number; of a text, bytes; 0: 256 */
    size_t count;      /* of numbers */
    const char *words; /* a text must be one of these, separated by spaces; NULL: any */
    const char *text;
} prom_rpc_parameter;

typedef struct prom_rpc_field {
    const char *name;
    const char *text;
} prom_rpc_field;

typedef struct prom_rpc_method {
    const char *name;
    const char *text;
    const prom_rpc_parameter *parameters; /* up to one without a name; NULL: none */
    const prom_rpc_field *result;         /* members of the object, up to one without a name */
    bool follows;                         /* after its answer the client is sent events */
    /* Sets `result` to a new reference, or fails; `params` is an object that fits the table. */
    prom_result (*run)(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error);
} prom_rpc_method;

extern const prom_rpc_method prom_rpc_methods[]; /* up to one without a name */
const prom_rpc_method *prom_rpc_method_find(const char *name);

/* Answers a request: `text` is one JSON object. Returns the response, or NULL where the request is a notification, or
 * memory ran out. `follows` is set when the client is to be sent events from now on. */
json_t *prom_rpc_answer(prom_rpc_host *host, const char *text, size_t length, bool *follows);
/* Returns a response that is an error; consumes `id`, NULL is null. */
json_t *prom_rpc_refuse(json_t *id, prom_rpc_error error, const char *sentence);

/* Returns what rpc.help tells: the table. */
json_t *prom_rpc_help(void);
/* Writes docs/rpc.md. */
void prom_rpc_write_page(FILE *file);

#endif
