/* What follows from the settings for the node. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/config.h"
#include "net/address.h"
#include "prometheus/contract/parameters.h"
#include "wasm/find.h"

#define MEGABYTE (UINT64_C(1) << 20)

const prom_chain_parameters *prom_config_network(const prom_config *config)
{
    return config->challenge_length > 0 ? &config->signet : prom_chain_parameters_by_name(config->network);
}

prom_result prom_config_find_signet(prom_config *config, prom_error *error)
{
    const char *hex = config->signet_challenge;
    const size_t length = strlen(hex);
    if (length == 0) {
        return prom_ok();
    }
    if (strcmp(config->network, "signet") != 0) {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "prom.conf has a signet_challenge, and its network is %s: leave it out, or say network = signet",
            config->network);
    }
    if (length > 2 * sizeof config->challenge || !prom_hex_parse(config->challenge, length / 2, hex, length)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "signet_challenge in prom.conf must be 2 to %zu hexadecimal digits, an even number: what "
                         "bitcoind was given as signetchallenge",
                         2 * sizeof config->challenge);
    }
    const prom_span challenge = prom_span_of(config->challenge, length / 2);
    const prom_chain_parameters *own =
        prom_chain_parameters_of(&prom_chain_parameters_by_name("signet")->genesis, challenge);
    if (own == NULL) { /* it is the usual one's */
        return prom_ok();
    }
    config->challenge_length = length / 2;
    config->signet = *own;
    config->signet.id = prom_signet_id(challenge);
    return prom_ok();
}

prom_result prom_config_bitcoind(const prom_config *config, char url[PROM_CONFIG_TEXT], char cookie[PATH_MAX],
                                 prom_error *error)
{
    const char *home = getenv("HOME");
    const bool on_main = strcmp(config->network, "main") == 0;
    const char *given = config->bitcoind_auth[0] != '\0' ? config->bitcoind_auth : config->bitcoind_cookie;
    if (config->bitcoind_url[0] != '\0') {
        (void)snprintf(url, PROM_CONFIG_TEXT, "%s", config->bitcoind_url);
    } else {
        (void)snprintf(url, PROM_CONFIG_TEXT, "http://127.0.0.1:%u", (unsigned)prom_config_network(config)->rpc_port);
    }
    if (config->bitcoind_auth[0] != '\0' && config->bitcoind_cookie[0] != '\0') {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "prom.conf has both bitcoind_cookie and bitcoind_auth: leave one of them out");
    }
    if (given[0] != '\0') {
        (void)snprintf(cookie, PATH_MAX, "%s", given);
        return prom_ok();
    }
    if (home == NULL || home[0] != '/') {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "there is no home folder (HOME) in which bitcoind's cookie could be: say in prom.conf where it "
            "is, by bitcoind_cookie");
    }
    const int length =
        snprintf(cookie, PATH_MAX, "%s/.bitcoin%s%s/.cookie", home, on_main ? "" : "/", on_main ? "" : config->network);
    return length < PATH_MAX ? prom_ok()
                             : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the home folder has too long a name");
}

/* An address of that setting, or none where the text is empty. */
static prom_result set_address(prom_address *address, const char *setting, const char *text, prom_error *error)
{
    const size_t length = strlen(text);
    prom_endpoint endpoint;
    prom_error reason;
    *address = (prom_address){.length = 0};
    if (length == 0) {
        return prom_ok();
    }
    address->length = (uint8_t)(length <= sizeof address->bytes ? length : 0);
    memcpy(address->bytes, text, address->length);
    return prom_is_ok(prom_endpoint_read(&endpoint, address, &reason))
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "`%s` in prom.conf: %.300s", setting, reason.sentence);
}

void prom_config_policy(const prom_config *config, prom_channel_config *policy)
{
    policy->genesis = prom_config_network(config)->genesis;
    policy->signet_challenge = prom_span_of(config->challenge, config->challenge_length);
    policy->limits = (prom_terms_limits){
        .payload_bytes = config->payload_max_mb * MEGABYTE,
        .package_bytes = config->package_max_mb * MEGABYTE,
        .feerate = (uint32_t)config->feerate_max,
        .three_max = prom_amount_of(config->three_arbiters_max),
        .any_fund = config->any_fund,
        .reward_max = prom_amount_of(config->reward_max),
    };
    policy->time =
        (prom_job_time){.verify_seconds = config->verify_seconds, .bytes_per_second = config->bytes_per_second};
    policy->reward_min = prom_amount_of(config->reward_min);
    policy->retainer_max = prom_amount_of(config->retainer_max);
    policy->memory_max = config->prover_memory_mb * MEGABYTE;
    policy->answer_seconds = (uint32_t)config->answer_seconds;
    policy->aborted_max = (size_t)config->aborted_max;
    policy->any_pool = config->any_pool;
}

static prom_result set_listeners(const prom_config *config, prom_config_links *links, prom_error *error)
{
    const char *at = config->listen + strspn(config->listen, " ,");
    while (*at != '\0') {
        const size_t length = strcspn(at, " ,");
        char text[PROM_CONFIG_TEXT];
        if (links->listen_count == PROM_NET_LISTENERS_MAX) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "`listen` has more than %u addresses: leave some out",
                             PROM_NET_LISTENERS_MAX);
        }
        (void)snprintf(text, sizeof text, "%.*s", (int)length, at);
        PROM_TRY(set_address(&links->listen[links->listen_count++], "listen", text, error));
        at += length;
        at += strspn(at, " ,");
    }
    return prom_ok();
}

prom_result prom_config_links_of(const prom_config *config, prom_config_links *links, prom_error *error)
{
    *links = (prom_config_links){.listen_count = 0};
    PROM_TRY(set_listeners(config, links, error));
    PROM_TRY(set_address(&links->told, "advertise", config->advertise, error));
    PROM_TRY(set_address(&links->proxy, "proxy", config->proxy, error));
    PROM_TRY(set_address(&links->onion_proxy, "onion_proxy", config->onion_proxy, error));
    if (links->told.length == 0 && links->listen_count > 0) {
        links->told = links->listen[0];
    }
    return prom_ok();
}

/* -- Discovery -- */

_Static_assert(PROM_CONFIG_ITEMS_MAX <= PROM_CONTACTS_PEERS_MAX, "all that a list has is taken");
_Static_assert(PROM_CONFIG_ITEMS_MAX <= PROM_DHT_BOOTSTRAPS_MAX, "all that a list has is taken");

static prom_result set_peer(prom_contacts_peer *peer, const char *text, prom_error *error)
{
    enum { KEY_DIGITS = PROM_HEX32 - 1 };
    static const prom_bytes32 nobody;
    char key[PROM_HEX32];
    (void)snprintf(key, sizeof key, "%s", text);
    const bool split = strcspn(text, "@") == KEY_DIGITS && text[KEY_DIGITS] == '@' && text[KEY_DIGITS + 1] != '\0';
    if (!split || !prom_hex32_parse(&peer->node, key)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "`peer` in prom.conf: '%.100s' is not KEY@ADDRESS, with a key of 64 hexadecimal digits", text);
    }
    if (prom_bytes32_equal(&peer->node, &nobody)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "`peer` in prom.conf: a key of zeros is that of no node: 'prom peers' there shows its key");
    }
    return set_address(&peer->address, "peer", text + KEY_DIGITS + 1, error);
}

/* HOST:PORT, or [IPv6]:PORT. */
static prom_result set_bootstrap(prom_dht_host *host, const char *text, prom_error *error)
{
    const bool bracketed = text[0] == '[';
    const char *name = text + bracketed;
    const char *colon = strrchr(text, ':');
    const char *name_end = bracketed ? strchr(text, ']') : colon;
    char *end = NULL;
    const bool split = colon != NULL && name_end != NULL && colon == name_end + bracketed;
    const unsigned long port = split && colon[1] >= '0' && colon[1] <= '9' ? strtoul(colon + 1, &end, 10) : 0;
    if (port == 0 || port > UINT16_MAX || *end != '\0' || (size_t)(name_end - name) >= sizeof host->name) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "`dht_bootstrap` in prom.conf: '%.200s' is not HOST:PORT",
                         text);
    }
    (void)snprintf(host->name, sizeof host->name, "%.*s", (int)(name_end - name), name);
    host->port = (uint16_t)port;
    return prom_ok();
}

/* Beside the program that runs, if nothing else is said. */
static void set_dht_program(char program[PATH_MAX], const char *given)
{
    const ssize_t length = given[0] != '\0' ? 0 : readlink("/proc/self/exe", program, PATH_MAX - 1);
    program[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(program, '/');
    if (given[0] != '\0' || slash == NULL) {
        (void)snprintf(program, PATH_MAX, "%s", given);
    } else {
        (void)snprintf(slash, PATH_MAX - (size_t)(slash - program), "/prom-dht");
    }
}

static prom_result set_dht(const prom_config *config, prom_dht_options *dht, prom_error *error)
{
    if (config->proxy[0] != '\0') {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "`dht = yes` in prom.conf beside `proxy`: prom-dht speaks UDP, which no SOCKS5 proxy carries, "
                         "and would show this machine's address to everybody whom it asks. Say `dht = no`; peers that "
                         "are named by `peer` are asked over the proxy");
    }
    set_dht_program(dht->program, config->dht_program);
    dht->port = (uint16_t)config->dht_port;
    for (size_t i = 0; i < config->dht_bootstraps.count; i++) {
        PROM_TRY(set_bootstrap(&dht->bootstraps[dht->bootstrap_count++], config->dht_bootstraps.items[i], error));
    }
    dht->network = prom_dht_network_of(&prom_config_network(config)->id);
    return prom_ok();
}

prom_result prom_config_discovery_of(const prom_config *config, prom_config_discovery *discovery, prom_error *error)
{
    *discovery = (prom_config_discovery){.on = config->discovery, .dht_on = config->dht};
    for (size_t i = 0; i < config->peers.count; i++) {
        PROM_TRY(set_peer(&discovery->peers[discovery->peer_count++], config->peers.items[i], error));
    }
    return config->dht ? set_dht(config, &discovery->dht, error) : prom_ok();
}

prom_result prom_config_wasm(const prom_config *config, char path[PATH_MAX], prom_error *error)
{
    if (config->wasm_program[0] == '\0') {
        (void)prom_wasm_find(path, PATH_MAX, "prom-wasm", getenv("PATH")); /* before there are threads */
        path[0] = access(path, X_OK) == 0 ? path[0] : '\0';
        return prom_ok();
    }
    (void)snprintf(path, PATH_MAX, "%s", config->wasm_program);
    return access(path, X_OK) == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "`wasm_program` in prom.conf names %.300s, which cannot be run: %s", path, strerror(errno));
}

uint64_t prom_config_disk_max(const prom_config *config)
{
    return config->disk_max_mb * MEGABYTE;
}

prom_result prom_config_log(const prom_config *config, prom_log_options *log, char path[PATH_MAX], const char *folder,
                            prom_error *error)
{
    const int length = config->log_file[0] != '\0' ? snprintf(path, PATH_MAX, "%s", config->log_file)
                                                   : snprintf(path, PATH_MAX, "%s/node.log", folder);
    *log = (prom_log_options){.path = path,
                              .to_stderr = config->log_stderr,
                              .max_bytes = (uint32_t)(config->log_max_mb * MEGABYTE),
                              .level = PROM_LOG_INFO};
    (void)!prom_log_level_parse(&log->level, config->log_level);
    return length < PATH_MAX
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the folder %.200s has too long a name", folder);
}
