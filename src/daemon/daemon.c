#include "daemon/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/hook.h"
#include "daemon/notify.h"
#include "daemon/start.h"
#include "node/owner.h"
#include "page/page.h"
#include "prometheus/base/version.h"
#include "rpc/events.h"
#include "rpc/server.h"
#include "system/clock.h"
#include "trade/inquiries.h"
#include "trade/trade.h"
#include "wasm/runner.h"

#define OFFERS_MEMORY ((size_t)1 << 27)
#define LISTS_MEMORY ((size_t)1 << 23)

enum { REMIND_MS = 60000, ID_SHOWN = 16, ABOUT = 48 };

struct daemon {
    const prom_daemon_options *options;
    prom_config config;
    prom_chain_parameters network; /* as at the start: threads have pointers to it, and no reload touches it */
    uint8_t challenge[PROM_SIGNET_CHALLENGE_MAX]; /* the same */
    char folder[PATH_MAX];
    prom_log *log;
    prom_arena arena; /* of announcements */
    prom_config_links links;
    prom_config_discovery discovery;
    prom_node_options node_options;
    char wasm_program[PATH_MAX];
    prom_runner runner; /* of modules */
    prom_rpc_host host;
    prom_answerer *answerer;
    prom_inquiries *inquiries;
    prom_rpc_server *rpc;
    prom_page *page;
    prom_hook *hook;
    prom_money_watch *money;
    int lock; /* of the folder */
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

/* Tells all who follow, and where it is about money or alarming, the owner's program. */
static void tell(struct daemon *daemon, json_t *event, bool owner)
{
    if (event != NULL && daemon->rpc != NULL) {
        prom_rpc_server_tell(daemon->rpc, event);
    }
    if (event != NULL) {
        prom_page_tell(daemon->page, event);
    }
    if (event != NULL && owner && daemon->hook != NULL) {
        prom_hook_tell(daemon->hook, event);
    }
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
    if (daemon->rpc != NULL || daemon->hook != NULL) {
        json_auto_t *event = prom_rpc_event(&daemon->host, report);
        tell(daemon, event, report->kind == PROM_REPORT_ALARM);
    }
}

/* What becomes of the owner's money. */
static void take_money(void *context, json_t *event, bool alarming)
{
    struct daemon *daemon = context;
    char text[ABOUT];
    const char *number = json_string_value(json_object_get(event, "channel"));
    const char *whose = about(daemon, text, number == NULL ? 0 : strtoull(number, NULL, 10));
    prom_log_write(daemon->log, alarming ? PROM_LOG_WARN : PROM_LOG_INFO, whose, "%s",
                   json_string_value(json_object_get(event, "text")));
    tell(daemon, event, true);
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

/* All that can be wrong is looked at before anything is taken. */
static prom_result reload_config(struct daemon *daemon, prom_config *next, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_channel_config policy = daemon->node_options.config;
    prom_node_policy policies[PROM_ROLES];
    prom_selling selling;
    prom_policy told[PROM_ROLES];
    prom_arena_init(&arena, LISTS_MEMORY);
    PROM_TRY(prom_config_check_owner(daemon->options->config, error));
    PROM_TRY(prom_config_load(next, daemon->options->config, daemon->options->network, error));
    PROM_TRY(prom_hook_check(next->notify, error));
    PROM_TRY(prom_start_check_next(next, daemon->options->accepts_risk, error));
    PROM_TRY(prom_config_selling(next, &arena, &selling, error));
    PROM_TRY(prom_answerer_set(daemon->answerer, &selling, error));
    prom_config_policy(next, &policy);
    prom_config_policies(next, policies);
    prom_node_set_policy(daemon->host.node, &policy, policies, (uint32_t)next->contracts_max,
                         prom_config_disk_max(next));
    prom_start_told(next, &selling, told);
    prom_contacts_set_policies(daemon->host.contacts, told);
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
        prom_hook_set(daemon->hook, next.notify);
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
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "there is no seed in %.140s: make one by 'prom node --create --dir %.120s', which shows its words "
            "once, or by 'prom seed make %.140s'",
            daemon->folder, daemon->options->home, path);
    }
    return prom_locked_seed_load(&daemon->node_options.seed, path, daemon->config.seed_passphrase_file,
                                 &daemon->options->asker, error);
}

static prom_result find_runner(struct daemon *daemon, prom_error *error)
{
    prom_error why;
    PROM_TRY(prom_config_wasm(&daemon->config, daemon->wasm_program, error));
    if (daemon->wasm_program[0] == '\0') {
        prom_log_write(daemon->log, PROM_LOG_INFO, NULL, "no prom-wasm: programs that are modules are not taken");
        return prom_ok();
    }
    prom_wasm_runner_init(&daemon->runner, daemon->wasm_program);
    if (!prom_is_ok(prom_wasm_runner_try(&daemon->runner, &why))) {
        prom_log_write(daemon->log, PROM_LOG_WARN, NULL, "programs that are modules are not taken: %s", why.sentence);
        return prom_ok();
    }
    daemon->node_options.runner = &daemon->runner;
    return prom_ok();
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
    PROM_TRY(find_runner(daemon, error));
    PROM_TRY(prom_start_offers(config, &daemon->arena, options, error));
    options->folder = daemon->folder;
    options->network = &daemon->network;
    options->rpc_url = url;
    options->cookie_file = cookie;
    options->poll_milliseconds = (int64_t)config->bitcoind_poll_ms;
    options->mempool_milliseconds = (int64_t)config->mempool_poll_ms;
    options->threads = (unsigned)config->threads;
    options->channels_max = (uint32_t)config->contracts_max;
    options->disk_max = prom_config_disk_max(config);
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

static prom_result open_market(struct daemon *daemon, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_selling selling;
    prom_arena_init(&arena, LISTS_MEMORY);
    PROM_TRY(prom_config_selling(&daemon->config, &arena, &selling, error));
    PROM_TRY(prom_answerer_open(&daemon->answerer, daemon->host.node, &selling, error));
    PROM_TRY(prom_inquiries_open(&daemon->inquiries, daemon->host.node, error));
    daemon->host.answerer = daemon->answerer;
    daemon->host.inquiries = daemon->inquiries;
    PROM_TRY(prom_start_contacts(&daemon->host.contacts, &daemon->config, &selling, &daemon->discovery,
                                 daemon->host.node, &daemon->node_options, error));
    const prom_trade_options trade = {.node = daemon->host.node,
                                      .folder = daemon->folder,
                                      .contacts = daemon->host.contacts,
                                      .answerer = daemon->answerer,
                                      .log = daemon->log};
    return prom_trade_open(&daemon->host.trade, &trade, error);
}

static prom_result open_ways_in(struct daemon *daemon, prom_error *error)
{
    daemon->host.log = daemon->log;
    daemon->host.folder = daemon->folder;
    daemon->host.started = prom_clock_seconds();
    PROM_TRY(prom_rpc_server_open(&daemon->rpc, &daemon->host, error));
    if (daemon->config.page_port != 0) {
        PROM_TRY(prom_page_open(&daemon->page, &daemon->host, (uint16_t)daemon->config.page_port, error));
    }
    PROM_TRY(prom_money_watch_open(&daemon->money, &daemon->host, take_money, daemon, error));
    daemon->wakes = epoll_create1(EPOLL_CLOEXEC);
    PROM_TRY(watch(daemon, daemon->signals, error));
    PROM_TRY(watch(daemon, prom_rpc_server_descriptor(daemon->rpc), error));
    return watch(daemon, prom_page_descriptor(daemon->page), error);
}

static prom_result check_selling(const prom_config *config, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_selling ignored;
    prom_arena_init(&arena, LISTS_MEMORY);
    return prom_config_selling(config, &arena, &ignored, error);
}

static void keep_network(struct daemon *daemon)
{
    const prom_config *config = &daemon->config;
    daemon->network = *prom_config_network(config);
    memcpy(daemon->challenge, config->challenge, config->challenge_length);
    daemon->node_options.config.signet_challenge = prom_span_of(daemon->challenge, config->challenge_length);
}

/* All that is there is looked at before anything is made; what has secrets is made for their owner only. */
static prom_result prepare(struct daemon *daemon, prom_error *error)
{
    const prom_daemon_options *options = daemon->options;
    PROM_TRY(prom_config_check_owner(options->config, error));
    PROM_TRY(prom_config_load(&daemon->config, options->config, options->network, error));
    PROM_TRY(prom_start_check_risk(&daemon->config, options->accepts_risk, error));
    daemon->node_options.roles = (unsigned)daemon->config.roles;
    PROM_TRY(prom_hook_check(daemon->config.notify, error));
    prom_config_policy(&daemon->config, &daemon->node_options.config);
    keep_network(daemon);
    prom_config_policies(&daemon->config, daemon->node_options.policies);
    PROM_TRY(check_selling(&daemon->config, error));
    PROM_TRY(prom_config_links_of(&daemon->config, &daemon->links, error));
    PROM_TRY(prom_config_discovery_of(&daemon->config, &daemon->discovery, error));
    (void)umask(S_IRWXG | S_IRWXO);
    PROM_TRY(prom_start_folder(daemon->folder, options, &daemon->config, error));
    return prom_start_hold(&daemon->lock, daemon->folder, error);
}

static prom_result start(struct daemon *daemon, prom_error *error)
{
    PROM_TRY(prepare(daemon, error));
    PROM_TRY(open_log(daemon, error));
    PROM_TRY(prom_hook_open(&daemon->hook, daemon->log, error));
    prom_hook_set(daemon->hook, daemon->config.notify);
    PROM_TRY(open_seed(daemon, error));
    PROM_TRY(take_signals(daemon, error));
    PROM_TRY(open_node(daemon, error));
    PROM_TRY(open_market(daemon, error));
    return open_ways_in(daemon, error);
}

/* -- The loop -- */

static void look_at_node(struct daemon *daemon)
{
    const int64_t now = prom_clock_milliseconds();
    prom_error waiting;
    const bool ready = prom_node_may_begin(daemon->host.node, &waiting);
    if (ready && !daemon->was_ready) {
        prom_log_write(daemon->log, PROM_LOG_INFO, NULL, "ready at height %u: contracts can begin",
                       (unsigned)prom_node_tip(daemon->host.node));
    } else if (!ready && now - daemon->reminded >= REMIND_MS) {
        prom_log_write(daemon->log, PROM_LOG_WARN, NULL, "%s", waiting.sentence);
        daemon->reminded = now;
    }
    daemon->was_ready = ready;
    if (!prom_is_ok(prom_money_watch_turn(daemon->money, &waiting))) {
        prom_log_write_bounded(daemon->log, PROM_LOG_WARN, NULL, waiting.sentence);
    }
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
        prom_page_turn(daemon->page);
        prom_hook_turn(daemon->hook);
        look_at_signals(daemon);
        look_at_node(daemon);
    }
    prom_log_write(daemon->log, PROM_LOG_INFO, NULL, "ends, as it was told");
    prom_notify("STOPPING=1");
}

static void close_descriptor(int descriptor)
{
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
}

static void close_all(struct daemon *daemon)
{
    prom_rpc_server *rpc = daemon->rpc;
    prom_node *node = daemon->host.node;
    daemon->rpc = NULL; /* what happens from now on is told to nobody */
    prom_page_close(daemon->page);
    prom_hook_close(daemon->hook);
    prom_money_watch_close(daemon->money);
    daemon->page = NULL;
    daemon->hook = NULL;
    daemon->money = NULL;
    daemon->host.node = NULL;
    prom_contacts_close(daemon->host.contacts);
    daemon->host.contacts = NULL;
    prom_node_close(node);
    prom_trade_close(daemon->host.trade); /* guests of the node, until it was closed */
    prom_inquiries_close(daemon->inquiries);
    prom_answerer_close(daemon->answerer);
    close_descriptor(daemon->signals);
    close_descriptor(daemon->wakes);
    prom_seed_wipe(&daemon->node_options.seed);
    prom_arena_free(&daemon->arena);
    prom_log_write(daemon->log, PROM_LOG_INFO, NULL, "has ended");
    prom_log_close(daemon->log);
    close_descriptor(daemon->lock);
    prom_rpc_server_close(rpc); /* last: 'prom stop' waits for that, and the folder is free then */
}

prom_result prom_daemon_run(const prom_daemon_options *options, prom_error *error)
{
    struct daemon *daemon = calloc(1, sizeof *daemon);
    if (daemon == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    daemon->options = options;
    daemon->lock = daemon->signals = daemon->wakes = -1;
    prom_arena_init(&daemon->arena, OFFERS_MEMORY);
    const prom_result started = start(daemon, error);
    if (prom_is_ok(started)) {
        loop(daemon);
    } else {
        prom_log_leave_stderr(daemon->log); /* the command tells it there */
        prom_log_write(daemon->log, PROM_LOG_ERROR, NULL, "does not start: %s", error->sentence);
    }
    close_all(daemon);
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
