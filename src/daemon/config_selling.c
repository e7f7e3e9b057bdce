/* What of the settings the market is told: prices, the machine, and whom and what the owner takes. */
#include <string.h>

#include "base/printable.h"
#include "daemon/config.h"
#include "prometheus/scheme/delivery.h"
#include "system/file.h"

#define MEGABYTE (UINT64_C(1) << 20)

enum { LIST_FILE_MAX = 1 << 20, HEX32 = PROM_HEX32 - 1, SHOWN = 80 };

void prom_config_policies(const prom_config *config, prom_node_policy policies[PROM_ROLES])
{
    memset(policies, 0, PROM_ROLES * sizeof *policies);
    policies[PROM_ROLE_WORKER].channels_max = (uint32_t)config->worker_contracts_max;
    policies[PROM_ROLE_VERIFIER].channels_max = (uint32_t)config->verifier_contracts_max;
    policies[PROM_ROLE_CLIENT].disk_max = config->client_disk_mb * MEGABYTE;
    policies[PROM_ROLE_WORKER].disk_max = config->worker_disk_mb * MEGABYTE;
    policies[PROM_ROLE_VERIFIER].disk_max = config->verifier_disk_mb * MEGABYTE;
    policies[PROM_ROLE_ARBITER].disk_max = config->arbiter_disk_mb * MEGABYTE;
}

/* -- Lists -- */

static prom_result read_txids(prom_arena *arena, prom_key_list *list, const char *text, prom_error *error)
{
    prom_bytes32 *keys = NULL;
    PROM_TRY_NEW(keys, arena, PROM_CONFIG_TEXT / HEX32 + 1, error);
    *list = (prom_key_list){keys, 0};
    for (const char *at = text + strspn(text, " ,"); *at != '\0'; at += strspn(at, " ,")) {
        const size_t length = strcspn(at, " ,");
        char shown[SHOWN];
        char txid[PROM_HEX32];
        (void)snprintf(txid, sizeof txid, "%.*s", (int)length, at);
        if (length != HEX32 || !prom_hex32_parse_reversed(&keys[list->count], txid)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "`accept_p` in prom.conf: '%s' is no transaction's id: give 64 hexadecimal digits for "
                             "each P, with spaces between them",
                             prom_printable(shown, sizeof shown, at, length));
        }
        list->count++;
        at += length;
    }
    return prom_ok();
}

static prom_result read_line(prom_bytes32 *keys, size_t *count, const char *line, size_t length)
{
    const char *comment = memchr(line, '#', length);
    size_t end = comment != NULL ? (size_t)(comment - line) : length;
    while (end > 0 && strchr(" \t\r", line[end - 1]) != NULL && line[end - 1] != '\0') {
        end--;
    }
    size_t at = 0;
    while (at < end && (line[at] == ' ' || line[at] == '\t')) {
        at++;
    }
    if (at == end) {
        return prom_ok();
    }
    if (*count == PROM_CONFIG_NODES_MAX || !prom_hex_parse(keys[*count].bytes, 32, line + at, end - at)) {
        return (prom_result){PROM_CATEGORY_BAD_INPUT};
    }
    (*count)++;
    return prom_ok();
}

static prom_result read_nodes(prom_arena *arena, prom_key_list *list, const char *path, prom_error *error)
{
    prom_bytes32 *keys = NULL;
    prom_span text = prom_span_of(NULL, 0);
    size_t line = 1;
    *list = (prom_key_list){NULL, 0};
    if (path[0] == '\0') {
        return prom_ok();
    }
    PROM_TRY(prom_file_load(arena, &text, path, LIST_FILE_MAX, error));
    PROM_TRY_NEW(keys, arena, PROM_CONFIG_NODES_MAX, error);
    for (size_t at = 0; at < text.length; line++) {
        const char *begin = (const char *)text.data + at;
        const char *end = memchr(begin, '\n', text.length - at);
        const size_t length = end != NULL ? (size_t)(end - begin) : text.length - at;
        if (!prom_is_ok(read_line(keys, &list->count, begin, length))) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "%.300s, line %zu: %s: give one key of a node in a line, 64 hexadecimal digits, "
                             "and %u at most",
                             path, line, list->count == PROM_CONFIG_NODES_MAX ? "too many keys" : "no key",
                             PROM_CONFIG_NODES_MAX);
        }
        at += length + 1;
    }
    list->keys = keys;
    return prom_ok();
}

/* An empty list allows everybody: a file that allows nobody is a mistake, or says what `roles` says better. */
static prom_result check_allowed(const prom_config *config, const prom_key_list *allowed, prom_error *error)
{
    return config->allow_nodes[0] == '\0' || allowed->count > 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "%.300s allows nobody: name a node's key in it, or leave `allow_nodes` empty in prom.conf "
                           "to allow everybody",
                           config->allow_nodes);
}

/* -- All of it -- */

prom_result prom_config_selling(const prom_config *config, prom_arena *arena, prom_selling *selling, prom_error *error)
{
    const prom_rates rates = {.macs = config->price_macs,
                              .fuel = config->price_fuel,
                              .bytes = config->price_bytes,
                              .least = prom_amount_of(config->reward_min)};
    const uint64_t memory = config->prover_memory_mb * MEGABYTE;
    *selling = (prom_selling){.machine = {.macs_per_second = config->macs_per_second,
                                          .fuel_per_second = config->fuel_per_second,
                                          .effort_per_second = config->effort_per_second,
                                          .steps_per_second = config->steps_per_second,
                                          .bytes_per_second = config->bytes_per_second,
                                          .memory = memory > 0 ? memory : PROM_DELIVERY_MEMORY_MAX},
                              .quote_blocks = (uint32_t)config->quote_blocks,
                              .standing = {.job = prom_amount_of(config->job_max),
                                           .day = prom_amount_of(config->day_max),
                                           .peer = prom_amount_of(config->peer_max),
                                           .fees = prom_amount_of(config->fees_max)}};
    selling->rates[PROM_ROLE_WORKER] = rates;
    selling->rates[PROM_ROLE_WORKER].effort = config->price_effort;
    selling->rates[PROM_ROLE_VERIFIER] = rates;
    selling->rates[PROM_ROLE_VERIFIER].effort = config->price_steps;
    PROM_TRY(read_txids(arena, &selling->accepted, config->accept_p, error));
    PROM_TRY(read_nodes(arena, &selling->allowed, config->allow_nodes, error));
    PROM_TRY(check_allowed(config, &selling->allowed, error));
    return read_nodes(arena, &selling->denied, config->deny_nodes, error);
}
