#include "daemon/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/metrics.h"
#include "daemon/notify.h"
#include "daemon/start.h"
#include "node/owner.h"
#include "prometheus/base/version.h"
#include "rpc/server.h"
#include "system/clock.h"

#define OFFERS_MEMORY ((size_t)1 << 27)

enum { REMIND_MS = 60000, ID_SHOWN = 16, ABOUT = 48 };

struct daemon {
    const prom_daemon_options *options;
    prom_config config;
    char folder[PATH_MAX];
    prom_log *log;
    prom_arena arena; /* of announcements */
    prom_config_links links;
    prom_node_options node_options;
    prom_rpc_host host;
    prom_rpc_server *rpc;
    prom_metrics *metrics;
    int signals;
    int wakes; /* epoll: the signals, and who asks */
    bool was_ready;
    int64_t reminded; /* that it waits for bitcoind */
    int64_t watchdog;
    int64_t barked;
};

/* -- What happens -- */

struct told_as {
    prom_log_level level;
    bool bounded; /* others can bring it about */
};

static const struct told_as TOLD[] = {
    [PROM_REPORT_NOTE] = {PROM_LOG_INFO, true},    [PROM_REPORT_ALARM] = {PROM_LOG_WARN, false},
    [PROM_REPORT_REFUSED] = {PROM_LOG_INFO, true}, [PROM_REPORT_STATE] = {PROM_LOG_INFO, true},
    [PROM_REPORT_SENT] = {PROM_LOG_DEBUG, true},   [PROM_REPORT_PUBLISHED] = {PROM_LOG_INFO, false},
    [PROM_REPORT_FAULT] = {PROM_LOG_ERROR, false}, [PROM_REPORT_BUSY] = {PROM_LOG_DEBUG, true},
    [PROM_REPORT_MINED] = {PROM_LOG_INFO, false},
};

/* "contract 0123456789abcdef", or before it has an id, "channel 5". */
static const char *about(const struct daemon *daemon, char text[ABOUT], uint64_t channel)
{
    char hex[PROM_HEX32];
    prom_bytes32 id;
    text[0] = '\0';
    if (channel != 0 && daemon->host.node != NULL && prom_node_contract_id(daemon->host.node, &id, channel)) {
        (void)snprintf(text, ABOUT, "contract %.*s", ID_SHOWN, prom_hex32(hex, &id));
    } else if (channel != 0) {
        (void)snprintf(text, ABOUT, "channel %llu", (unsigned long long)channel);
    }
    return text;
}

static void take_report(void *context, const prom_report *report)
{
    struct daemon *daemon = context;
    const struct told_as *as = &TOLD[report->kind];
    char text[ABOUT];
    const char *whose = about(daemon, text, report->channel);
    if (as->bounded) {
        prom_log_write_bounded(daemon->log, as->level, whose, report->text);
    } else {
        prom_log_write(daemon->log, as->level, whose, "%s", report->text);
    }
    if (daemon->rpc != NULL) {
        prom_rpc_server_report(daemon->rpc, report);
    }
}

/* -- Signals -- */

static prom_result take_signals(struct daemon *daemon, prom_error *error)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)signal(SIGPIPE, SIG_IGN);
    /* Threads that are made later inherit it: no signal ends one of them. */
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) == 0) {
        daemon->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    }
    return daemon->signals >= 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_IO, "signals cannot be waited for: %s", strerror(errno));
}

static prom_result reload_config(struct daemon *daemon, prom_config *next, prom_error *error)
{
    PROM_TRY(prom_config_load(next, daemon->options->config, daemon->options->network, error));
    PROM_TRY(prom_config_check_disk(next, error));
    const prom_setting *changed = prom_config_changed(&daemon->config, next);
    if (changed != NULL) {
        prom_log_write(daemon->log, PROM_LOG_WARN, NULL,
                       "%s, and perhaps others, is taken with the next start: what a running node takes is taken now",
                       changed->name);
    }
    return prom_ok();
}

/* A configuration that cannot be used changes nothing; the log is opened again in any case. */
static void reload(struct daemon *daemon)
{
    char path[PATH_MAX];
    prom_config next;
    prom_log_options log;
    prom_error reason;
    prom_channel_config policy = daemon->node_options.config;
    const prom_result loaded = reload_config(daemon, &next, &reason);
    if (!prom_is_ok(loaded)) {
        prom_log_write(daemon->log, PROM_LOG_ERROR, NULL, "the configuration stays as it was: %s", reason.sentence);
    }
    const prom_config *use = prom_is_ok(loaded) ? &next : &daemon->config;
    if (!prom_is_ok(prom_config_log(use, &log, path, daemon->folder, &reason)) ||
        !prom_is_ok(prom_log_reopen(daemon->log, &log, &reason))) {
        prom_log_write(daemon->log, PROM_LOG_ERROR, NULL, "the log stays where it was: %s", reason.sentence);
    }
    if (prom_is_ok(loaded)) {
        prom_config_policy(&next, &policy);
        prom_node_set_policy(daemon->host.node, &policy, (uint32_t)next.contracts_max);
        daemon->config = next;
        prom_log_write(daemon->log, PROM_LOG_INFO, NULL, "the configuration was read again");
    }
}

static void look_at_signals(struct daemon *daemon)
{
    struct signalfd_siginfo taken;
    while (read(daemon->signals, &taken, sizeof taken) == (ssize_t)sizeof taken) {
        if (taken.ssi_signo == (uint32_t)SIGHUP) {
            reload(daemon);
        } else {
            daemon->host.stop = true;
        }
    }
}

/* -- Starting -- */

static prom_result open_log(struct daemon *daemon, prom_error *error)
{
    char path[PATH_MAX];
    prom_log_options log;
    PROM_TRY(prom_config_log(&daemon->config, &log, path, daemon->folder, error));
    PROM_TRY(prom_log_open(&daemon->log, &log, error));
    prom_log_write(daemon->log, PROM_LOG_INFO, NULL, "prom " PROM_VERSION " begins, process %d, in %.1000s",
                   (int)getpid(), daemon->folder);
    return prom_ok();
}

static prom_result open_seed(struct daemon *daemon, prom_error *error)
{
    char path[PATH_MAX + sizeof "/" PROM_DAEMON_WORDS];
    (void)snprintf(path, sizeof path, "%s/" PROM_DAEMON_WORDS, daemon->folder);
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "there is no seed in %.200s: make one by 'prom node --create', which shows its words once, or "
                         "by 'prom seed make %.200s'",
                         daemon->folder, path);
    }
    return prom_locked_seed_load(&daemon->node_options.seed, path, daemon->config.seed_passphrase_file,
                                 &daemon->options->asker, error);
}

static prom_result open_node(struct daemon *daemon, prom_error *error)
{
    char url[PROM_CONFIG_TEXT];
    char cookie[PATH_MAX];
    prom_error told;
    prom_node_options *options = &daemon->node_options;
    const prom_config *config = &daemon->config;
    PROM_TRY(prom_config_bitcoind(config, url, cookie, error));
    PROM_TRY(prom_start_check_bitcoind(config, url, cookie, &told, error));
    if (told.sentence[0] != '\0') {
        prom_log_write(daemon->log, PROM_LOG_WARN, NULL, "bitcoind is waited for: %s", told.sentence);
    }
    PROM_TRY(prom_start_offers(config, &daemon->arena, options, error));
    options->folder = daemon->folder;
    options->network = prom_config_network(config);
    options->rpc_url = url;
    options->cookie_file = cookie;
    options->poll_milliseconds = (int64_t)config->bitcoind_poll_ms;
    options->threads = (unsigned)config->threads;
    options->channels_max = (uint32_t)config->contracts_max;
    options->config.address = daemon->links.told;
    options->listen = daemon->links.listen;
    options->listen_count = daemon->links.listen_count;
    options->proxy = daemon->links.proxy;
    options->onion_proxy = daemon->links.onion_proxy;
    options->backup = config->backup[0] != '\0' ? config->backup : NULL;
    options->observer = (prom_observer){take_report, daemon};
    prom_node *node = NULL; /* what happens meanwhile is told of a node that is not whole */
    const prom_result opened = prom_node_open(&node, options, error);
    daemon->host.node = node;
    prom_seed_wipe(&options->seed);
    return opened;
}

static prom_result watch(const struct daemon *daemon, int descriptor, prom_error *error)
{
    struct epoll_event event = {.events = EPOLLIN};
    return descriptor < 0 || epoll_ctl(daemon->wakes, EPOLL_CTL_ADD, descriptor, &event) == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_IO, "a socket cannot be watched: %s", strerror(errno));
}

static prom_result open_ways_in(struct daemon *daemon, prom_error *error)
{
    daemon->host.log = daemon->log;
    daemon->host.folder = daemon->folder;
    daemon->host.started = prom_clock_seconds();
    PROM_TRY(prom_rpc_server_open(&daemon->rpc, &daemon->host, error));
    if (daemon->config.metrics_port != 0) {
        PROM_TRY(prom_metrics_open(&daemon->metrics, daemon->host.node, (uint16_t)daemon->config.metrics_port, error));
    }
    daemon->wakes = epoll_create1(EPOLL_CLOEXEC);
    PROM_TRY(watch(daemon, daemon->signals, error));
    PROM_TRY(watch(daemon, prom_rpc_server_descriptor(daemon->rpc), error));
    return watch(daemon, prom_metrics_descriptor(daemon->metrics), error);
}

/* All that is there is looked at before anything is made; what has secrets is made for their owner only. */
static prom_result prepare(struct daemon *daemon, prom_error *error)
{
    const prom_daemon_options *options = daemon->options;
    PROM_TRY(prom_config_load(&daemon->config, options->config, options->network, error));
    PROM_TRY(prom_start_check_risk(&daemon->config, options->accepts_risk, error));
    daemon->node_options.roles = (unsigned)daemon->config.roles;
    PROM_TRY(prom_config_check_disk(&daemon->config, error));
    prom_config_policy(&daemon->config, &daemon->node_options.config);
    PROM_TRY(prom_config_links_of(&daemon->config, &daemon->links, error));
    (void)umask(S_IRWXG | S_IRWXO);
    return prom_start_folder(daemon->folder, options, &daemon->config, error);
}

static prom_result start(struct daemon *daemon, prom_error *error)
{
    PROM_TRY(prepare(daemon, error));
    PROM_TRY(open_log(daemon, error));
    PROM_TRY(open_seed(daemon, error));
    PROM_TRY(take_signals(daemon, error));
    PROM_TRY(open_node(daemon, error));
    return open_ways_in(daemon, error);
}

/* -- The loop -- */

static void look_at_node(struct daemon *daemon)
{
    const int64_t now = prom_clock_milliseconds();
    const bool ready = prom_node_is_ready(daemon->host.node);
    prom_error waiting;
    if (ready && !daemon->was_ready) {
        prom_log_write(daemon->log, PROM_LOG_INFO, NULL, "ready at height %u: contracts can begin",
                       (unsigned)prom_node_tip(daemon->host.node));
    } else if (!ready && now - daemon->reminded >= REMIND_MS) {
        (void)!prom_is_ok(prom_node_check_ready(daemon->host.node, &waiting));
        prom_log_write(daemon->log, PROM_LOG_WARN, NULL, "%s", waiting.sentence);
        daemon->reminded = now;
    }
    daemon->was_ready = ready;
    if (daemon->watchdog > 0 && now - daemon->barked >= daemon->watchdog) {
        prom_notify("WATCHDOG=1");
        daemon->barked = now;
    }
}

static void loop(struct daemon *daemon)
{
    char roles[PROM_ROLES_TEXT];
    prom_log_write(daemon->log, PROM_LOG_INFO, NULL, "runs on %s as %s, with %zu open channels", daemon->config.network,
                   prom_roles_text(roles, daemon->node_options.roles), prom_node_channel_count(daemon->host.node));
    daemon->watchdog = prom_notify_watchdog();
    daemon->reminded = prom_clock_milliseconds();
    prom_notify("READY=1");
    while (!daemon->host.stop) {
        prom_node_turn_with(daemon->host.node, daemon->wakes);
        prom_rpc_server_turn(daemon->rpc);
        prom_metrics_turn(daemon->metrics);
        look_at_signals(daemon);
        look_at_node(daemon);
    }
    prom_log_write(daemon->log, PROM_LOG_INFO, NULL, "ends, as it was told");
    prom_notify("STOPPING=1");
}

static void close_all(struct daemon *daemon)
{
    prom_rpc_server *rpc = daemon->rpc;
    prom_node *node = daemon->host.node;
    daemon->rpc = NULL; /* what happens from now on is told to nobody */
    daemon->host.node = NULL;
    prom_metrics_close(daemon->metrics);
    prom_node_close(node);
    prom_rpc_server_close(rpc); /* last: 'prom stop' waits for that, and the folder is free then */
    if (daemon->signals >= 0) {
        (void)close(daemon->signals);
    }
    if (daemon->wakes >= 0) {
        (void)close(daemon->wakes);
    }
    prom_seed_wipe(&daemon->node_options.seed);
    prom_arena_free(&daemon->arena);
}

prom_result prom_daemon_run(const prom_daemon_options *options, prom_error *error)
{
    struct daemon *daemon = calloc(1, sizeof *daemon);
    if (daemon == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    daemon->options = options;
    daemon->signals = daemon->wakes = -1;
    prom_arena_init(&daemon->arena, OFFERS_MEMORY);
    const prom_result started = start(daemon, error);
    if (prom_is_ok(started)) {
        loop(daemon);
    } else {
        prom_log_write(daemon->log, PROM_LOG_ERROR, NULL, "does not start: %s", error->sentence);
    }
    close_all(daemon);
    prom_log_write(daemon->log, PROM_LOG_INFO, NULL, "has ended");
    prom_log_close(daemon->log);
    free(daemon);
    return started;
}

prom_result prom_daemon_create(const prom_daemon_options *options, char words[PROM_SEED_TEXT], char path[PATH_MAX],
                               const char *passphrase, prom_error *error)
{
    prom_config config;
    char folder[PATH_MAX];
    const prom_lock_cost cost = prom_lock_cost_usual();
    PROM_TRY(prom_config_load(&config, options->config, options->network, error));
    PROM_TRY(prom_start_folder(folder, options, &config, error));
    (void)snprintf(path, PATH_MAX, "%.4000s/" PROM_DAEMON_WORDS, folder);
    return prom_locked_seed_make(words, path, passphrase, &cost, error);
}
