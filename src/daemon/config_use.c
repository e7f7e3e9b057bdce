/* What follows from the settings for the node. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"
#include "net/address.h"
#include "prometheus/contract/parameters.h"

#define MEGABYTE (UINT64_C(1) << 20)

const prom_chain_parameters *prom_config_network(const prom_config *config)
{
    return prom_chain_parameters_by_name(config->network);
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
    policy->limits = (prom_terms_limits){
        .payload_bytes = config->payload_max_mb * MEGABYTE,
        .package_bytes = config->package_max_mb * MEGABYTE,
        .feerate = (uint32_t)config->feerate_max,
        .three_max = prom_amount_of(config->three_arbiters_max),
        .any_fund = config->any_fund,
        .reward_max = prom_amount_of(config->reward_max),
    };
    policy->time = (prom_job_time){.compute_seconds = config->compute_seconds,
                                   .verify_seconds = config->verify_seconds,
                                   .bytes_per_second = config->bytes_per_second};
    policy->reward_min = prom_amount_of(config->reward_min);
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

prom_result prom_config_check_disk(const prom_config *config, prom_error *error)
{
    const uint64_t each = config->payload_max_mb + 2 * config->package_max_mb;
    return config->contracts_max <= config->disk_max_mb / each
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "prom.conf allows %llu open contracts of up to %llu MB each (payload_max_mb and two "
                           "package_max_mb), and disk_max_mb is %llu: raise that, or lower one of the others",
                           (unsigned long long)config->contracts_max, (unsigned long long)each,
                           (unsigned long long)config->disk_max_mb);
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
