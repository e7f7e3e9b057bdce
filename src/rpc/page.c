/* What the tables are told as: rpc.help, and docs/rpc.md. */
#include <string.h>

#include "rpc/method.h"

static const char *const TYPES[] = {[PROM_RPC_TEXT] = "text",
                                    [PROM_RPC_NUMBER] = "number",
                                    [PROM_RPC_FLAG] = "true or false",
                                    [PROM_RPC_NUMBERS] = "object of numbers"};

/* -- JSON -- */

static json_t *words_json(const char *words)
{
    json_t *list = words == NULL ? json_null() : json_array();
    for (const char *at = words; at != NULL && *at != '\0'; at += strspn(at, " ")) {
        const size_t length = strcspn(at, " ");
        (void)json_array_append_new(list, json_stringn(at, length));
        at += length;
    }
    return list;
}

static json_t *parameters_json(const prom_rpc_method *method)
{
    json_t *list = json_array();
    for (const prom_rpc_parameter *at = method->parameters; at != NULL && at->name != NULL; at++) {
        json_t *parameter = json_pack("{s:s, s:s, s:b, s:o, s:s}", "name", at->name, "type", TYPES[at->type],
                                      "required", (int)at->required, "words", words_json(at->words), "text", at->text);
        if (at->type == PROM_RPC_NUMBER || at->type == PROM_RPC_NUMBERS) {
            (void)json_object_set_new(parameter, "min", json_integer((json_int_t)at->min));
            (void)json_object_set_new(parameter, "max", json_integer((json_int_t)at->max));
        }
        (void)json_array_append_new(list, parameter);
    }
    return list;
}

static json_t *result_json(const prom_rpc_method *method)
{
    json_t *list = json_array();
    for (const prom_rpc_field *at = method->result; at->name != NULL; at++) {
        (void)json_array_append_new(list, json_pack("{s:s, s:s}", "name", at->name, "text", at->text));
    }
    return list;
}

json_t *prom_rpc_help(void)
{
    json_t *methods = json_array();
    json_t *errors = json_array();
    for (const prom_rpc_method *at = prom_rpc_methods; at->name != NULL; at++) {
        (void)json_array_append_new(methods, json_pack("{s:s, s:s, s:b, s:o, s:o}", "name", at->name, "text", at->text,
                                                       "follows", (int)at->follows, "parameters", parameters_json(at),
                                                       "result", result_json(at)));
    }
    for (size_t i = 0; i < PROM_RPC_ERRORS; i++) {
        const prom_rpc_error_row *row = &prom_rpc_errors[i];
        (void)json_array_append_new(
            errors, json_pack("{s:i, s:s, s:s}", "code", row->code, "error", row->word, "text", row->text));
    }
    return json_pack("{s:o, s:o}", "methods", methods, "errors", errors);
}

/* -- The page -- */

static const char HEAD[] =
    "# JSON-RPC of a node\n"
    "\n"
    "How programs, and the other commands of `prom`, talk to a running `prom node`. This page is printed by `prom help "
    "--rpc`,\nfrom the tables that the node answers by; a test compares them.\n"
    "\n"
    "The node listens at the unix socket `rpc` in its folder, `~/.prometheus/NETWORK/rpc` if nothing else is said. The "
    "socket\nand the folder are closed to others, and the kernel is asked who calls: the node's own user, or root. "
    "There is "
    "no port\nand no password.\n"
    "\n"
    "A request is a JSON-RPC 2.0 object in one line that ends with a newline, of at most 65,536 bytes; the answer is "
    "one\nline, too. Several requests may be sent over one connection, one after the other. `params` is an object. "
    "Numbers "
    "of\nchannels are texts, since they have 64 bits. Batches are not taken.\n"
    "\n"
    "```\n"
    "$ prom rpc node.info\n"
    "$ prom rpc channel.show id=3f2a\n"
    "$ echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"node.info\"}' | nc -U -N ~/.prometheus/regtest/rpc\n"
    "```\n"
    "\n"
    "Whoever sends half a request for 10 seconds, nothing for a minute (unless it follows events), or takes nothing of "
    "its\nanswer for 30 seconds, is disconnected; of 32 connections the one that is idle for longest makes room for "
    "another.\nWhoever closes the connection, and not only its own side of it, has nothing more done for it: "
    "`job.quote` "
    "and `job.run` read\nand copy their files first, and a job whose answer nobody waits for is not ordered.\n";

static void write_method(FILE *file, const prom_rpc_method *method)
{
    (void)fprintf(file, "\n### `%s`\n\n%s\n", method->name, method->text);
    for (const prom_rpc_parameter *at = method->parameters; at != NULL && at->name != NULL; at++) {
        (void)fprintf(file, "%s- parameter `%s`, %s%s", at == method->parameters ? "\n" : "", at->name, TYPES[at->type],
                      at->required ? "" : ", may be left out");
        if (at->type == PROM_RPC_NUMBER || at->type == PROM_RPC_NUMBERS) {
            (void)fprintf(file, ", from %llu to %llu", (unsigned long long)at->min, (unsigned long long)at->max);
        }
        if (at->words != NULL) {
            (void)fprintf(file, ", one of `%s`", at->words);
        }
        (void)fprintf(file, ": %s\n", at->text);
    }
    (void)fputs("\nThe result has:\n\n", file);
    for (const prom_rpc_field *at = method->result; at->name != NULL; at++) {
        (void)fprintf(file, "- `%s`: %s\n", at->name, at->text);
    }
}

void prom_rpc_write_page(FILE *file)
{
    (void)fputs(HEAD, file);
    (void)fputs("\n## Methods\n", file);
    for (const prom_rpc_method *at = prom_rpc_methods; at->name != NULL; at++) {
        write_method(file, at);
    }
    (void)fputs(
        "\n## Errors\n\nAn error has a `code`, which stays, a `message`, a sentence for people, and the word below as "
        "`data.error`.\n\n| code | word | what it means |\n|--:|---|---|\n",
        file);
    for (size_t i = 0; i < PROM_RPC_ERRORS; i++) {
        const prom_rpc_error_row *row = &prom_rpc_errors[i];
        (void)fprintf(file, "| %d | %s | %s |\n", row->code, row->word, row->text);
    }
}
