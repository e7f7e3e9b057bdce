#include "daemon/start.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"
#include "chain/chain.h"
#include "store/holder.h"
#include "system/file.h"
#include "system/folder.h"
#include "system/secret_file.h"
#include "wallet/seed.h"

enum { ASK_MILLISECONDS = 5000, OFFERS_MAX = 4096, OFFERS_BYTES_MAX = 1 << 24 };

#define NEXT_MEMORY ((size_t)1 << 27)

prom_result prom_start_folder(char folder[PATH_MAX], const prom_daemon_options *options, const prom_config *config,
                              prom_error *error)
{
    struct stat status;
    if (snprintf(folder, PATH_MAX, "%s/%s", options->home, config->network) >= PATH_MAX - NAME_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the folder %.200s has too long a name", options->home);
    }
    PROM_TRY(prom_folder_make(folder, error));
    if (stat(folder, &status) != 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "the folder %.300s cannot be used: %s", folder, strerror(errno));
    }
    if (status.st_uid != geteuid()) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the folder %.300s is another user's: run the node as that user, or name another folder by "
                         "--dir",
                         folder);
    }
    return (status.st_mode & (S_IRWXG | S_IRWXO)) == 0 || chmod(folder, S_IRWXU) == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_IO, "the folder %.300s cannot be closed to others: %s", folder,
                           strerror(errno));
}

prom_result prom_start_hold(int *lock, const char *folder, prom_error *error)
{
    char who[PROM_HOLDER_TEXT];
    *lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*lock < 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "the folder %.300s cannot be used: %s", folder, strerror(errno));
    }
    return flock(*lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_IO, "%.300s is in use by %s: end that first", folder,
                           prom_holder_name(who, folder));
}

prom_result prom_start_check_risk(const prom_config *config, bool accepts, prom_error *error)
{
    char reward[PROM_UNITS];
    return accepts || strcmp(config->network, "main") != 0
               ? prom_ok()
               : prom_fail(
                     error, PROM_CATEGORY_BAD_INPUT,
                     "on the main chain the coins are real. You lose what your node has staked when it is offline "
                     "at the wrong block, when its disk is lost and there is no backup, or by a fault of this "
                     "program, which is young. A contract's reward is %s sat at most, and %llu are open at "
                     "once, as prom.conf allows. If you take that: --i-accept-the-risk",
                     prom_units_number(reward, config->reward_max), (unsigned long long)config->contracts_max);
}

/* -- bitcoind -- */

/* A bitcoind that is down has no cookie; but where there is no folder for one, nobody will ever write it. */
static prom_result check_cookie(const prom_config *config, const char *cookie, prom_error *error)
{
    char folder[PATH_MAX];
    struct stat status;
    (void)snprintf(folder, sizeof folder, "%s", cookie);
    if (!prom_file_is_folder(dirname(folder))) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "there is no folder for bitcoind's cookie %.300s: start your bitcoind on %s once, or say in "
                         "prom.conf where its cookie is (bitcoind_cookie), or which file has its user and password "
                         "(bitcoind_auth)",
                         cookie, config->network);
    }
    if (config->bitcoind_auth[0] == '\0') {
        return prom_ok();
    }
    if (stat(cookie, &status) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "bitcoind_auth, %.300s, cannot be read: %s", cookie,
                         strerror(errno));
    }
    return (status.st_mode & (S_IRWXG | S_IRWXO)) == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "bitcoind_auth, %.300s, is open to others than its owner: close it to them (chmod 600), and "
                           "give bitcoind another password",
                           cookie);
}

prom_result prom_start_check_bitcoind(const prom_config *config, const char *url, const char *cookie, prom_error *told,
                                      prom_error *error)
{
    prom_rpc *rpc = NULL;
    prom_chain_info info;
    told->sentence[0] = '\0';
    PROM_TRY(check_cookie(config, cookie, error));
    PROM_TRY(prom_rpc_new(&rpc, url, cookie, error));
    prom_rpc_set_timeout(rpc, ASK_MILLISECONDS);
    const prom_result asked = prom_chain_get_info(rpc, &info, told);
    prom_rpc_free(rpc);
    if (!prom_is_ok(asked)) {
        return prom_ok();
    }
    told->sentence[0] = '\0';
    if (prom_bytes32_equal(&info.genesis, &prom_config_network(config)->genesis) &&
        prom_chain_is_foreign(&info, prom_config_network(config))) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the bitcoind at %.200s is on another signet than this node, which has its own coins and "
                         "blocks: start a bitcoind (29 or newer, if it is no public one) whose signetchallenge is %s",
                         url,
                         config->signet_challenge[0] != '\0'
                             ? "the signet_challenge of prom.conf"
                             : "the usual one, or say which by signet_challenge in prom.conf");
    }
    return !prom_chain_is_foreign(&info, prom_config_network(config))
               ? prom_ok()
               : prom_fail(
                     error, PROM_CATEGORY_BAD_INPUT,
                     "the bitcoind at %.200s is on the chain '%s', and this node is to be on '%s': change network "
                     "or bitcoind_url in prom.conf",
                     url, info.name, config->network);
}

/* -- Offers -- */

static prom_result read_offer(prom_arena *arena, prom_announcement *offer, const char *line, size_t length,
                              prom_error *error)
{
    uint8_t *bytes = NULL;
    PROM_TRY_NEW(bytes, arena, length / 2 + 1, error);
    return prom_hex_parse(bytes, length / 2, line, length)
               ? prom_announcement_read(offer, prom_span_of(bytes, length / 2), error)
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "not hexadecimal digits");
}

/* One in a line; empty lines are fine. */
static prom_result read_offers(prom_arena *arena, const char *path, prom_announcement **offers, size_t *count,
                               size_t most, prom_error *error)
{
    prom_span text;
    size_t number = 0;
    *count = 0;
    PROM_TRY(prom_file_load(arena, &text, path, OFFERS_BYTES_MAX, error));
    PROM_TRY_NEW(*offers, arena, most, error);
    for (size_t at = 0; at < text.length;) {
        const char *line = (const char *)text.data + at;
        const char *end = memchr(line, '\n', text.length - at);
        const size_t length = end != NULL ? (size_t)(end - line) : text.length - at;
        number++;
        if (length > 0 && *count == most) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.300s has more than %zu announcements", path, most);
        }
        if (length > 0) {
            PROM_TRY(prom_within(read_offer(arena, &(*offers)[(*count)++], line, length, error), error,
                                 "%.200s, line %zu, is no announcement", path, number));
        }
        at += length + 1;
    }
    return prom_ok();
}

prom_result prom_start_offers(const prom_config *config, prom_arena *arena, prom_node_options *options,
                              prom_error *error)
{
    prom_announcement *list = NULL;
    size_t count = 0;
    if (config->offer[0] != '\0') {
        PROM_TRY(read_offers(arena, config->offer, &list, &count, 1, error));
        if (count == 1) {
            options->offers = list;
            options->offer_count = 1;
        }
    }
    if (config->offers[0] != '\0') {
        PROM_TRY(read_offers(arena, config->offers, &list, &count, OFFERS_MAX, error));
        options->announced = list;
        options->announced_count = count;
    }
    return prom_ok();
}

/* -- Contacts -- */

void prom_start_told(const prom_config *config, const prom_selling *selling, prom_policy policies[PROM_ROLES])
{
    prom_channel_config policy = {.genesis = prom_config_network(config)->genesis};
    prom_node_policy node[PROM_ROLES];
    prom_config_policy(config, &policy);
    prom_config_policies(config, node);
    for (prom_role role = PROM_ROLE_CLIENT; role < PROM_ROLES; role++) {
        policies[role] = (prom_policy){.on = (config->roles & PROM_ROLE_BIT(role)) != 0,
                                       .rates = selling->rates[role],
                                       .contracts_max = node[role].channels_max != 0 ? node[role].channels_max
                                                                                     : (uint32_t)config->contracts_max,
                                       .quote_blocks = selling->quote_blocks,
                                       .accepted = selling->accepted,
                                       .limits = policy.limits,
                                       .machine = selling->machine};
    }
}

prom_result prom_start_contacts(prom_contacts **contacts, const prom_config *config, const prom_selling *selling,
                                const prom_config_discovery *discovery, prom_node *node,
                                const prom_node_options *options, prom_error *error)
{
    prom_contacts_options made = {.node = node,
                                  .folder = options->folder,
                                  .genesis = options->network->id,
                                  .local = strcmp(options->network->name, "regtest") == 0,
                                  .quiet = !discovery->on,
                                  .peers = discovery->peers,
                                  .peer_count = discovery->peer_count,
                                  .dht = discovery->on && discovery->dht_on ? &discovery->dht : NULL,
                                  .told = options->config.address,
                                  .arbiter = (config->roles & PROM_ROLE_BIT(PROM_ROLE_ARBITER)) != 0,
                                  .observer = options->observer};
    prom_start_told(config, selling, made.policies);
    return prom_contacts_open(contacts, &made, error);
}

/* -- The next start -- */

static prom_result check_next_bitcoind(const prom_config *next, prom_error *error)
{
    char url[PROM_CONFIG_TEXT];
    char cookie[PATH_MAX];
    prom_rpc *rpc = NULL;
    PROM_TRY(prom_config_bitcoind(next, url, cookie, error));
    PROM_TRY(check_cookie(next, cookie, error));
    const prom_result made = prom_rpc_new(&rpc, url, cookie, error);
    prom_rpc_free(rpc);
    return made;
}

static prom_result check_next_passphrase(const prom_config *next, prom_error *error)
{
    char phrase[PROM_PASSPHRASE_MAX + 2];
    if (next->seed_passphrase_file[0] == '\0') {
        return prom_ok();
    }
    const prom_result read =
        prom_secret_file_read(phrase, sizeof phrase, next->seed_passphrase_file, "a passphrase", error);
    prom_wipe(phrase, sizeof phrase);
    return read;
}

prom_result prom_start_check_next(const prom_config *next, bool accepts_risk, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_config_links links;
    prom_config_discovery discovery;
    prom_node_options options = {.offers = NULL};
    prom_arena_init(&arena, NEXT_MEMORY);
    PROM_TRY(prom_start_check_risk(next, accepts_risk, error));
    PROM_TRY(check_next_passphrase(next, error));
    PROM_TRY(check_next_bitcoind(next, error));
    PROM_TRY(prom_config_links_of(next, &links, error));
    PROM_TRY(prom_config_discovery_of(next, &discovery, error));
    return prom_start_offers(next, &arena, &options, error);
}
