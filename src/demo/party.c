#include "demo/party.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "system/clock.h"
#include "system/file.h"
#include "system/log.h"
#include "wallet/seed_file.h"
#include "wasm/runner.h"

enum {
    POLL_MILLISECONDS = 60, /* from one look at bitcoind to the next */
    ANSWER_SECONDS = 30,    /* as long as a killed party takes to be there again, and no loaded machine matters */
    THREADS = 1,
    /* What the job may take, and the line between processes of one machine. */
    COMPUTE_SECONDS = 600,
    VERIFY_SECONDS = 60,
    LINE_BYTES_PER_SECOND = 100000000,
    PACKAGE_MAX = 1 << 28,
    RETENTION = 500,
    FILE_MAX = 1 << 20,
};

/* -- What a party is told -- */

static json_t *hex_of(prom_span bytes)
{
    char *text = malloc(2 * bytes.length + 1);
    if (text == NULL) {
        return NULL;
    }
    json_t *string = json_string(prom_hex(text, bytes.data, bytes.length));
    free(text);
    return string;
}

static json_t *hex_of32(const prom_bytes32 *value)
{
    return hex_of(prom_span_of32(value));
}

static json_int_t sat_of(prom_amount amount)
{
    uint64_t sat = 0;
    (void)!prom_amount_get(amount, &sat);
    return (json_int_t)sat;
}

static json_t *announcements_of(const prom_demo_cast *cast)
{
    json_t *list = json_array();
    for (size_t i = PROM_PARTIES; i < PROM_DEMO_PARTIES; i++) {
        prom_span bytes;
        if (!prom_is_ok(prom_announcement_write(cast->faucet.arena, &bytes, &cast->parties[i].announcement, NULL))) {
            json_decref(list);
            return NULL;
        }
        (void)json_array_append_new(list, hex_of(bytes));
    }
    return list;
}

static json_t *parameters_of(const prom_demo_cast *cast)
{
    prom_writer writer = prom_writer_in(cast->faucet.arena);
    prom_span bytes;
    prom_parameters_write(&writer, &cast->P);
    return prom_is_ok(prom_writer_finish(&writer, &bytes, NULL)) ? hex_of(bytes) : NULL;
}

static json_t *peer_of(const prom_demo_party *party)
{
    return json_pack("{s:o, s:s}", "node", hex_of32(&party->node_key), "address", party->address);
}

static json_t *wish_of(const prom_demo_cast *cast, const prom_demo_wish *wish)
{
    const prom_job *job = wish->job;
    return json_pack("{s:o, s:o, s:I, s:I, s:i, s:o, s:o, s:{s:i, s:o, s:I, s:o, s:I, s:I}, s:s, s:s, s:s}", //
                     "p", hex_of32(&cast->p_txid),                                                           //
                     "parameters", parameters_of(cast),                                                      //
                     "reward", sat_of(cast->c), "retainer", sat_of(cast->retainer),                          //
                     "feerate", PROM_DEMO_FEERATE,                                                           //
                     "worker", peer_of(&cast->parties[PROM_PARTY_W]),                                        //
                     "verifier", peer_of(&cast->parties[PROM_PARTY_V]),                                      //
                     "job", "scheme", (int)job->scheme, "program", hex_of32(&job->program_digest),           //
                     "program_bytes", (json_int_t)job->program_bytes, "input", hex_of32(&job->input_hash),   //
                     "input_bytes", (json_int_t)job->input_bytes, "items", (json_int_t)job->items,           //
                     "program", wish->program, "input", wish->input, "result", wish->result);
}

static json_t *told(const prom_demo_cast *cast, size_t number, prom_falsification falsify, const prom_demo_wish *wish)
{
    static const prom_role roles[PROM_PARTIES] = {PROM_ROLE_CLIENT, PROM_ROLE_WORKER, PROM_ROLE_VERIFIER};
    const prom_demo_party *party = &cast->parties[number];
    const prom_role role = number < PROM_PARTIES ? roles[number] : PROM_ROLE_ARBITER;
    json_t *object =
        json_pack("{s:i, s:s, s:s, s:s, s:o, s:i, s:I}", "role", (int)role, "rpc", cast->faucet.devnet->url, "cookie",
                  cast->faucet.devnet->cookie_file, "address", party->address, "announcements", announcements_of(cast),
                  "falsify", (int)falsify, "three_max", sat_of(cast->P.w));
    prom_span bytes;
    if (role == PROM_ROLE_ARBITER &&
        prom_is_ok(prom_announcement_write(cast->faucet.arena, &bytes, &party->announcement, NULL))) {
        (void)json_object_set_new(object, "announcement", hex_of(bytes));
    }
    if (wish != NULL) {
        (void)json_object_set_new(object, "wish", wish_of(cast, wish));
    }
    return object;
}

prom_result prom_demo_party_write(const prom_demo_cast *cast, size_t party, prom_falsification falsify,
                                  const prom_demo_wish *wish, prom_error *error)
{
    char path[PATH_MAX];
    json_t *object = told(cast, party, falsify, wish);
    char *text = object == NULL ? NULL : json_dumps(object, JSON_INDENT(1));
    json_decref(object);
    if (text == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    (void)snprintf(path, sizeof path, "%.4000s/party.json", cast->parties[party].folder);
    const prom_result written = prom_file_write(path, prom_span_of((const uint8_t *)text, strlen(text)), error);
    free(text);
    return written;
}

/* -- Read back -- */

struct party {
    prom_arena arena;
    char folder[PATH_MAX];
    json_t *told;
    prom_node_options options;
    prom_runner runner; /* of modules */
    prom_announcement announced[PROM_DEMO_ARBITERS];
    prom_announcement offer; /* of an arbiter */
    size_t announced_count;
    FILE *log;
    double started;
    prom_log_bound bound;
};

static prom_result unreadable(prom_error *error, const char *what)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "party.json is not what 'prom demo' writes: %s", what);
}

static prom_result read_hex(struct party *party, prom_span *bytes, const json_t *value, prom_error *error)
{
    const char *text = json_string_value(value);
    uint8_t *room = NULL;
    *bytes = prom_span_of(NULL, 0);
    if (text == NULL) {
        return unreadable(error, "a text is missing");
    }
    const size_t length = strlen(text) / 2;
    PROM_TRY_NEW(room, &party->arena, length + 1, error);
    *bytes = prom_span_of(room, length);
    return prom_hex_parse(room, length, text, strlen(text)) ? prom_ok() : unreadable(error, "not hexadecimal digits");
}

static prom_result read_hex32(struct party *party, prom_bytes32 *value, const json_t *text, prom_error *error)
{
    prom_span bytes;
    PROM_TRY(read_hex(party, &bytes, text, error));
    if (bytes.length != sizeof value->bytes) {
        return unreadable(error, "a hash has another length");
    }
    memcpy(value->bytes, bytes.data, sizeof value->bytes);
    return prom_ok();
}

static prom_result read_announcement(struct party *party, prom_announcement *announcement, const json_t *text,
                                     prom_error *error)
{
    prom_span bytes;
    PROM_TRY(read_hex(party, &bytes, text, error));
    return prom_announcement_read(announcement, bytes, error);
}

static void set_address(prom_address *address, const char *text)
{
    const size_t length = text == NULL ? 0 : strlen(text);
    address->length = (uint8_t)(length < sizeof address->bytes ? length : 0);
    memcpy(address->bytes, text, address->length);
}

static prom_result read_seed(struct party *party, prom_error *error)
{
    char path[PATH_MAX];
    char words[PROM_SEED_TEXT];
    (void)snprintf(path, sizeof path, "%.4000s/words", party->folder);
    PROM_TRY(prom_seed_file_read(words, path, error));
    const prom_result made = prom_seed_make(&party->options.seed, words,
                                            json_string_value(json_object_get(party->told, "passphrase")), error);
    prom_wipe(words, sizeof words);
    return made;
}

static prom_result read_options(struct party *party, prom_error *error)
{
    prom_node_options *options = &party->options;
    prom_channel_config *config = &options->config;
    const json_t *announcements = json_object_get(party->told, "announcements");
    const json_t *own = json_object_get(party->told, "announcement");
    options->folder = party->folder;
    options->network = prom_chain_parameters_by_name("regtest");
    options->rpc_url = json_string_value(json_object_get(party->told, "rpc"));
    options->cookie_file = json_string_value(json_object_get(party->told, "cookie"));
    options->poll_milliseconds = POLL_MILLISECONDS;
    const prom_role role = (prom_role)json_integer_value(json_object_get(party->told, "role"));
    options->roles = role < PROM_ROLES ? PROM_ROLE_BIT(role) : 0;
    options->falsify = (prom_falsification)json_integer_value(json_object_get(party->told, "falsify"));
    options->threads = THREADS;
    prom_wasm_runner_init(&party->runner, NULL);
    options->runner = &party->runner;
    if (options->rpc_url == NULL || options->cookie_file == NULL || options->roles == 0) {
        return unreadable(error, "role, rpc or cookie is missing");
    }
    config->genesis = options->network->genesis;
    config->limits = (prom_terms_limits){
        .payload_bytes = PROM_PAYLOAD_MAX,
        .package_bytes = PACKAGE_MAX,
        .feerate = PROM_DEMO_FEERATE_MAX,
        .three_max = prom_amount_of((uint64_t)json_integer_value(json_object_get(party->told, "three_max")))};
    config->time = (prom_job_time){.compute_seconds = COMPUTE_SECONDS,
                                   .verify_seconds = VERIFY_SECONDS,
                                   .bytes_per_second = LINE_BYTES_PER_SECOND};
    config->reward_min = prom_amount_of(1);
    config->answer_seconds = ANSWER_SECONDS;
    config->aborted_max = 1;
    config->any_pool = true; /* three offers are all that there are */
    set_address(&config->address, json_string_value(json_object_get(party->told, "address")));
    for (size_t i = 0; i < json_array_size(announcements) && i < PROM_DEMO_ARBITERS; i++) {
        PROM_TRY(read_announcement(party, &party->announced[party->announced_count++], json_array_get(announcements, i),
                                   error));
    }
    options->result = json_string_value(json_object_get(json_object_get(party->told, "wish"), "result"));
    options->backup = json_string_value(json_object_get(party->told, "backup"));
    options->announced = party->announced;
    options->announced_count = party->announced_count;
    options->offers = &party->offer;
    options->offer_count = own == NULL ? 0 : 1;
    return own == NULL ? prom_ok() : read_announcement(party, &party->offer, own, error);
}

static prom_result read_party(struct party *party, prom_error *error)
{
    char path[PATH_MAX];
    prom_span text;
    (void)snprintf(path, sizeof path, "%.4000s/party.json", party->folder);
    PROM_TRY(prom_file_load(&party->arena, &text, path, FILE_MAX, error));
    party->told = json_loadb((const char *)text.data, text.length, 0, NULL);
    if (!json_is_object(party->told)) {
        return unreadable(error, "no JSON object");
    }
    PROM_TRY(read_seed(party, error));
    return read_options(party, error);
}

/* -- The client's wish -- */

static prom_result read_job(struct party *party, prom_job *job, const json_t *told, prom_error *error)
{
    job->scheme = (uint16_t)json_integer_value(json_object_get(told, "scheme"));
    job->program_bytes = (uint64_t)json_integer_value(json_object_get(told, "program_bytes"));
    job->input_bytes = (uint64_t)json_integer_value(json_object_get(told, "input_bytes"));
    job->items = (uint32_t)json_integer_value(json_object_get(told, "items"));
    PROM_TRY(read_hex32(party, &job->program_digest, json_object_get(told, "program"), error));
    return read_hex32(party, &job->input_hash, json_object_get(told, "input"), error);
}

static prom_result read_terms(struct party *party, prom_terms *terms, const json_t *wish, prom_error *error)
{
    prom_span parameters;
    *terms = (prom_terms){
        .genesis = party->options.network->genesis,
        .c = prom_amount_of((uint64_t)json_integer_value(json_object_get(wish, "reward"))),
        .retainer = prom_amount_of((uint64_t)json_integer_value(json_object_get(wish, "retainer"))),
        .frost_revision = PROM_FROST_REVISION,
        .dkg_revision = PROM_DKG_REVISION,
        .feerate = (uint32_t)json_integer_value(json_object_get(wish, "feerate")),
        .package_max = PACKAGE_MAX,
        .retention = RETENTION,
    };
    PROM_TRY(read_hex32(party, &terms->p_txid, json_object_get(wish, "p"), error));
    PROM_TRY(read_hex(party, &parameters, json_object_get(wish, "parameters"), error));
    prom_reader reader = prom_reader_of(parameters);
    prom_parameters_read(&reader, &terms->P);
    return prom_reader_done(&reader) ? read_job(party, &terms->job, json_object_get(wish, "job"), error)
                                     : unreadable(error, "parameters");
}

static prom_result read_peer(struct party *party, prom_propose_event *what, prom_party peer, const json_t *told,
                             prom_error *error)
{
    set_address(&what->addresses[peer], json_string_value(json_object_get(told, "address")));
    return read_hex32(party, &what->peers[peer], json_object_get(told, "node"), error);
}

/* Begins the contract, once: after a restart it is there. */
static prom_result begin(struct party *party, prom_node *node, prom_error *error)
{
    const json_t *wish = json_object_get(party->told, "wish");
    prom_terms terms;
    prom_node_proposal proposal = {.name = "demo"};
    uint64_t channel = 0;
    if (wish == NULL) {
        return prom_ok();
    }
    PROM_TRY(read_terms(party, &terms, wish, error));
    proposal.what.proposal = &terms;
    PROM_TRY(read_peer(party, &proposal.what, PROM_PARTY_W, json_object_get(wish, "worker"), error));
    PROM_TRY(read_peer(party, &proposal.what, PROM_PARTY_V, json_object_get(wish, "verifier"), error));
    proposal.program = json_string_value(json_object_get(wish, "program"));
    proposal.input = json_string_value(json_object_get(wish, "input"));
    return prom_node_propose(node, &proposal, &channel, error);
}

/* -- Running -- */

static volatile sig_atomic_t ended;

static void end(int number)
{
    (void)number;
    ended = 1;
}

static void write_line(const struct party *party, const char *kind, uint64_t channel, const char *what)
{
    json_t *line = json_pack("{s:f, s:s, s:I, s:s}", "seconds", prom_clock_seconds() - party->started, "kind", kind,
                             "channel", (json_int_t)channel, "text", what);
    char *text = line == NULL ? NULL : json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(7));
    if (text != NULL) {
        (void)fprintf(party->log, "%s\n", text);
        (void)fflush(party->log);
    }
    free(text);
    json_decref(line);
}

static bool is_left_out(struct party *party, prom_report_kind kind)
{
    char text[64];
    unsigned missed = 0;
    if (kind != PROM_REPORT_REFUSED && kind != PROM_REPORT_NOTE) {
        return false;
    }
    const bool taken = prom_log_bound_take(&party->bound, prom_clock_seconds() - party->started, &missed);
    if (missed > 0) {
        (void)snprintf(text, sizeof text, "%u more lines of a minute were left out", missed);
        write_line(party, "note", 0, text);
    }
    return !taken;
}

static void write_report(void *context, const prom_report *report)
{
    static const char *const kinds[] = {"note",      "alarm", "refused", "state", "sent",
                                        "published", "fault", "busy",    "mined"};
    struct party *party = context;
    if (!is_left_out(party, report->kind)) {
        write_line(party, kinds[report->kind], report->channel, report->text);
    }
}

/* After the turn that has processed a block, so that whoever reads it knows what the party has done about it. */
static void write_tip(const struct party *party, const prom_node *node, uint32_t *told)
{
    char height[16];
    const uint32_t tip = prom_node_tip(node);
    if (tip != *told) {
        (void)snprintf(height, sizeof height, "%u", (unsigned)tip);
        write_line(party, "tip", 0, height);
        *told = tip;
    }
}

/* The parties that have not acknowledged all that was sent to them, as bits; and one for ourselves, while we are at
 * work. */
static void write_waiting(const struct party *party, const prom_node *node, unsigned *told)
{
    unsigned waiting = 0;
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        char text[PROM_DEMO_ADDRESS];
        prom_address address = {.length = 0};
        set_address(&address, prom_demo_address(text, i));
        waiting |= prom_node_waits_for(node, &address) ? 1U << i : 0;
    }
    waiting |= prom_node_is_at_work(node) ? 1U << PROM_DEMO_PARTIES : 0;
    if (waiting != *told) {
        char bits[16];
        (void)snprintf(bits, sizeof bits, "%u", waiting);
        write_line(party, "waiting", 0, bits);
        *told = waiting;
    }
}

static prom_result loop(struct party *party, prom_error *error)
{
    prom_node *node = NULL;
    bool begun = false;
    uint32_t told = 0;
    unsigned waiting = 0;
    party->options.observer = (prom_observer){write_report, party};
    write_line(party, "begins", 0, "");
    PROM_TRY(prom_node_open(&node, &party->options, error));
    while (!ended) {
        prom_node_turn(node);
        write_tip(party, node, &told);
        write_waiting(party, node, &waiting);
        if (!begun && prom_node_is_ready(node)) {
            prom_error reason;
            begun = prom_is_ok(begin(party, node, &reason));
            if (!begun) {
                write_line(party, "fault", 0, reason.sentence);
                begun = true;
            }
        }
    }
    prom_node_close(node);
    return prom_ok();
}

/* Works in its own folder, which the sockets' names in party.json are relative to. */
static prom_result enter(struct party *party, const char *folder, prom_error *error)
{
    char path[PATH_MAX];
    if (realpath(folder, party->folder) == NULL || chdir(party->folder) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.300s is no folder of a party: %s", folder, strerror(errno));
    }
    if (snprintf(path, sizeof path, "%s/log", party->folder) >= (int)sizeof path ||
        (party->log = fopen(path, "ae")) == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "the log of %.300s cannot be written: %s", folder, strerror(errno));
    }
    return read_party(party, error);
}

prom_result prom_demo_party_run(const char *folder, prom_error *error)
{
    struct party *party = calloc(1, sizeof *party);
    if (party == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    prom_arena_init(&party->arena, FILE_MAX * (size_t)16);
    party->started = prom_clock_seconds();
    (void)signal(SIGTERM, end);
    (void)signal(SIGINT, end);
    prom_result result = enter(party, folder, error);
    if (prom_is_ok(result)) {
        result = loop(party, error);
    }
    if (!prom_is_ok(result) && party->log != NULL) {
        write_line(party, "fault", 0, error->sentence);
    }
    if (party->log != NULL) {
        (void)fclose(party->log);
    }
    json_decref(party->told);
    prom_wipe(&party->options.seed, sizeof party->options.seed);
    prom_arena_free(&party->arena);
    free(party);
    return result;
}
