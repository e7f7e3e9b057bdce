#include "page/metrics.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "market/reason.h"
#include "node/look.h"
#include "node/money.h"
#include "node/owner.h"
#include "prometheus/base/version.h"
#include "system/clock.h"
#include "system/memory.h"

#define EXPLAIN_BYTES ((size_t)1 << 26)

/* Writes the head of a metric: what it is, and of which type. */
static void begin(FILE *to, const char *name, const char *type, const char *text)
{
    (void)fprintf(to, "# HELP %s %s\n# TYPE %s %s\n", name, text, name, type);
}

static void gauge(FILE *to, const char *name, const char *text, double value)
{
    begin(to, name, "gauge", text);
    (void)fprintf(to, "%s %.0f\n", name, value);
}

/* -- Of the node -- */

static void write_node(FILE *to, const prom_rpc_host *host, const prom_node_told *told)
{
    const struct {
        const char *name;
        const char *text;
        double value;
    } metrics[] = {
        {"prom_up_seconds", "Since when the process runs.", prom_clock_seconds() - host->started},
        {"prom_ready", "Whether contracts can begin.", told->ready},
        {"prom_tip_height", "Height of the chain as far as blocks were processed.", told->tip},
        {"prom_own_tip_height", "The greatest height ever seen.", told->own_tip},
        {"prom_channels_open", "Channels that are open.", (double)told->channels},
        {"prom_channels_max", "Channels that may be open.", told->channels_max},
        {"prom_links", "Links to other nodes.", (double)told->links},
        {"prom_link_waiting_bytes", "Bytes that wait in the buffers of links.", (double)told->link_bytes},
        {"prom_disk_short", "Whether the disk takes no more.", told->disk_short},
        {"prom_memory_peak_bytes", "The most memory that the process has had.", (double)prom_memory_peak()},
    };
    char roles[PROM_ROLES_TEXT];
    begin(to, "prom_info", "gauge", "The program and its network.");
    (void)fprintf(to, "prom_info{version=\"%s\",network=\"%s\",roles=\"%s\"} 1\n", PROM_VERSION, told->network->name,
                  prom_roles_text(roles, told->roles));
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) {
        gauge(to, metrics[i].name, metrics[i].text, metrics[i].value);
    }
}

static void write_traffic(FILE *to, const prom_net_traffic *traffic)
{
    begin(to, "prom_link_bytes_total", "counter", "Bytes on links to other nodes since the start.");
    (void)fprintf(to, "prom_link_bytes_total{direction=\"received\"} %llu\n", (unsigned long long)traffic->received);
    (void)fprintf(to, "prom_link_bytes_total{direction=\"sent\"} %llu\n", (unsigned long long)traffic->sent);
}

/* What open contracts may have, and what a new one may. */
static void write_room(FILE *to, const prom_node_told *told)
{
    begin(to, "prom_disk_taken_bytes", "gauge", "What open contracts may have on the disk, by this node's role.");
    for (prom_role role = PROM_ROLE_CLIENT; role < PROM_ROLES; role++) {
        (void)fprintf(to, "prom_disk_taken_bytes{role=\"%s\"} %.0f\n", prom_role_name(role),
                      (double)told->room[role].taken);
    }
    begin(to, "prom_disk_left_bytes", "gauge", "What is left for a new contract, by this node's role.");
    for (prom_role role = PROM_ROLE_CLIENT; role < PROM_ROLES; role++) {
        (void)fprintf(to, "prom_disk_left_bytes{role=\"%s\"} %.0f\n", prom_role_name(role),
                      (double)told->room[role].left);
    }
    gauge(to, "prom_disk_bodies_bytes", "What programs, inputs, packages and results have on the disk.",
          (double)told->body_bytes);
}

static void write_disk(FILE *to, const prom_rpc_host *host)
{
    static const char *const files[] = {PROM_STORE_FILE, PROM_STORE_FILE "-wal"};
    struct statvfs disk;
    double database = 0;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[PATH_MAX];
        struct stat status;
        if (snprintf(path, sizeof path, "%s/%s", host->folder, files[i]) < (int)sizeof path &&
            stat(path, &status) == 0) {
            database += (double)status.st_size;
        }
    }
    gauge(to, "prom_database_bytes", "The database and its log.", database);
    if (statvfs(host->folder, &disk) == 0) {
        gauge(to, "prom_disk_free_bytes", "What the disk of the node's folder has left.",
              (double)disk.f_bavail * (double)disk.f_frsize);
    }
}

/* -- Money -- */

static void write_balance(FILE *to, const prom_rpc_host *host)
{
    prom_balance balance;
    prom_error waits;
    if (!prom_is_ok(prom_node_check_read(host->node, &waits))) {
        return; /* nobody knows it yet: a missing value is no zero */
    }
    prom_node_balance(host->node, &balance);
    const struct {
        const char *part;
        prom_amount amount;
    } parts[] = {
        {"free", balance.free},         {"staked", balance.staked},   {"locked", balance.locked},
        {"reserved", balance.reserved}, {"pending", balance.pending}, {"immature", balance.immature},
    };
    begin(to, "prom_balance_sat", "gauge", "What the wallet has, by part, as wallet.balance says.");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char text[PROM_AMOUNT_TEXT];
        (void)fprintf(to, "prom_balance_sat{part=\"%s\"} %s\n", parts[i].part, prom_amount_text(text, parts[i].amount));
    }
}

/* -- Contracts -- */

#define STATES ((size_t)PROM_LAMBDA_CLOSED + 1)

/* Open channels, counted. */
struct census {
    prom_look *look;
    size_t count[PROM_ROLES][STATES];
    size_t late; /* that have a transaction which is needed in a block now, or money may be lost */
    size_t unreadable;
};

static bool is_late(const prom_explanation *it)
{
    for (size_t i = 0; i < it->move_count; i++) {
        const prom_explained_move *move = &it->moves[i];
        if (move->known && move->due.lateness == PROM_LATE_COSTS_MONEY &&
            (int64_t)it->tips.best >= move->due.first_tip &&
            move->due.last_block - (int64_t)it->tips.best <= (int64_t)move->due.safety_margin) {
            return true;
        }
    }
    return false;
}

static prom_result count(void *context, const prom_store_channel *record, prom_error *error)
{
    struct census *census = context;
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_explanation *it = NULL;
    if (record->closed) {
        return prom_ok();
    }
    prom_arena_init(&arena, EXPLAIN_BYTES);
    if (!prom_is_ok(prom_look_explain(census->look, &arena, &it, record, error))) {
        census->unreadable++; /* the others are told of all the same */
        return prom_ok();
    }
    if (it != NULL && record->role < PROM_ROLES) {
        census->count[record->role][it->lambda]++;
        census->late += is_late(it) ? 1 : 0;
    }
    return prom_ok();
}

static prom_result write_contracts(FILE *to, prom_rpc_host *host, prom_error *error)
{
    PROM_SCOPED(prom_look_close) prom_look *look = NULL;
    PROM_TRY(prom_look_at(&look, host->node, error));
    struct census census = {.look = look};
    PROM_TRY(prom_look_each(look, count, &census, error));
    begin(to, "prom_contracts", "gauge", "Open channels, by this node's role and by state.");
    for (prom_role role = PROM_ROLE_CLIENT; role < PROM_ROLES; role++) {
        for (prom_lambda state = 0; state <= PROM_LAMBDA_CLOSED; state++) {
            (void)fprintf(to, "prom_contracts{role=\"%s\",state=\"%s\"} %zu\n", prom_role_name(role),
                          prom_lambda_name(state), census.count[role][state]);
        }
    }
    gauge(to, "prom_contracts_at_risk", "Channels with a transaction that must be in a block soon, or money is lost.",
          (double)census.late);
    gauge(to, "prom_contracts_unreadable", "Channels that cannot be read, and that nothing defends here.",
          (double)census.unreadable);
    return prom_ok();
}

/* -- Jobs, where the node has them -- */

enum { JOB_STATES_MAX = 8, JOB_STATE_TEXT = 24 };

struct job_state {
    char name[JOB_STATE_TEXT];
    size_t count;
};

static void count_job(struct job_state states[JOB_STATES_MAX], const char *name)
{
    for (size_t i = 0; name != NULL && i < JOB_STATES_MAX; i++) {
        struct job_state *state = &states[i];
        if (state->name[0] == '\0') {
            (void)snprintf(state->name, sizeof state->name, "%s", name);
        }
        if (strcmp(state->name, name) == 0) {
            state->count++;
            return;
        }
    }
}

/* By the method that the owner asks by, page after page. */
static void write_jobs(FILE *to, prom_rpc_host *host)
{
    struct job_state states[JOB_STATES_MAX] = {{{0}, 0}};
    const prom_rpc_method *method = prom_rpc_method_find("job.list");
    json_t *params = method == NULL ? NULL : json_object();
    while (params != NULL) {
        json_t *result = NULL;
        prom_error waits;
        size_t index;
        const json_t *job;
        const prom_result told = method->run(host, &result, params, &waits);
        json_decref(params);
        json_array_foreach(json_object_get(result, "jobs"), index, job)
        {
            count_job(states, json_string_value(json_object_get(job, "state")));
        }
        json_t *next = json_object_get(result, "next");
        params = prom_is_ok(told) && json_is_integer(next) ? json_pack("{s:O}", "from", next) : NULL;
        json_decref(result);
    }
    if (method != NULL) {
        begin(to, "prom_jobs", "gauge", "Jobs of this node's owner, by state.");
    }
    for (size_t i = 0; i < JOB_STATES_MAX && states[i].name[0] != '\0'; i++) {
        (void)fprintf(to, "prom_jobs{state=\"%s\"} %zu\n", states[i].name, states[i].count);
    }
}

/* -- Asks of others, likewise -- */

static void write_asks(FILE *to, prom_rpc_host *host)
{
    static const char *const answers[][2] = {{"quoted", "price"}, {"refused", "reasons"}, {"unanswered", "none"}};
    const prom_rpc_method *method = host->answerer == NULL ? NULL : prom_rpc_method_find("market.selling");
    json_t *result = NULL;
    prom_error waits;
    if (method == NULL || !prom_is_ok(method->run(host, &result, NULL, &waits))) {
        return; /* it has no part in the market */
    }
    begin(to, "prom_asks_total", "counter", "Asks of other nodes since the start, by what they were answered with.");
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        (void)fprintf(to, "prom_asks_total{answer=\"%s\"} %lld\n", answers[i][1],
                      (long long)json_integer_value(json_object_get(result, answers[i][0])));
    }
    begin(to, "prom_asks_refused_total", "counter",
          "Asks of other nodes since the start that were refused, by reason: of one ask there may be several.");
    for (unsigned code = 1; code < PROM_REASONS_KNOWN; code++) {
        const json_t *count = json_object_get(json_object_get(result, "refusals"), prom_reason_name(code));
        (void)fprintf(to, "prom_asks_refused_total{reason=\"%s\"} %lld\n", prom_reason_name(code),
                      (long long)json_integer_value(count));
    }
    json_decref(result);
}

/* -- All -- */

prom_result prom_metrics_write(char **text, size_t *length, prom_rpc_host *host, prom_error *error)
{
    prom_node_told told;
    *text = NULL;
    FILE *to = open_memstream(text, length);
    if (to == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    prom_node_tell(host->node, &told);
    write_node(to, host, &told);
    write_traffic(to, &told.traffic);
    write_asks(to, host);
    write_room(to, &told);
    write_disk(to, host);
    write_balance(to, host);
    const prom_result written = write_contracts(to, host, error);
    write_jobs(to, host);
    const bool whole = fclose(to) == 0;
    if (prom_is_ok(written) && whole) {
        return prom_ok();
    }
    free(*text);
    *text = NULL;
    return prom_is_ok(written) ? prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory") : written;
}

bool prom_metrics_healthy(const prom_rpc_host *host, prom_error *why)
{
    return prom_node_may_begin(host->node, why);
}
