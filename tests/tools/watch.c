/* What functional tests watch a chain with: src/chain's watcher in its thread. Prints what it tells, one line each,
 * until its standard input ends.
 *
 *   watch NETWORK URL COOKIE HEIGHT NEEDED HASHES [TXID:INDEX]...
 *                          from HEIGHT on, the last block that was processed; HASHES of it and those before it, with
 *                          commas between, or "-"; NEEDED: the lowest height whose block is needed, or "-"
 *
 *   connected HEIGHT HASH TXS ITEMS LONGEST       with the witness items of the block, and the longest one
 *   spent TXID:INDEX by TXID in HEIGHT            before "connected", for the outputs that were named
 *   disconnected HEIGHT HASH
 *   health TROUBLE IN_STEP MAY_BEGIN SENTENCE     with the number of the trouble
 *   spend TXID:INDEX WHERE TXID                   an answer: "none", "mempool" or "chain"; the txid, or "-"
 *
 * It reads "look", and "spend TXID:INDEX", which is the quick question. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain/mempool.h"
#include "chain/watcher_thread.h"
#include "system/clock.h"

enum { INTERVAL = 50, LINE_MAX_LENGTH = 256, ARGUMENTS_MIN = 7 };

static _Noreturn void stop(const char *sentence)
{
    (void)fprintf(stderr, "%s\n", sentence);
    exit(1);
}

static prom_outpoint outpoint_of(const char *text)
{
    prom_outpoint outpoint = {.index = 0};
    char txid[PROM_HEX32] = {0};
    if (strlen(text) > 65) {
        memcpy(txid, text, 64);
    }
    if (!prom_hex32_parse_reversed(&outpoint.txid, txid)) {
        stop("an output is TXID:INDEX");
    }
    outpoint.index = (uint32_t)strtoul(text + 65, NULL, 10);
    return outpoint;
}

static const char *shown(char text[PROM_HEX32 + 16], const prom_outpoint *outpoint)
{
    char txid[PROM_HEX32];
    (void)snprintf(text, PROM_HEX32 + 16, "%s:%u", prom_hex32_reversed(txid, &outpoint->txid),
                   (unsigned)outpoint->index);
    return text;
}

struct watched {
    prom_outpoint *outpoints;
    size_t count;
};

static void print_spends(const prom_tx *tx, uint32_t height, const struct watched *watched)
{
    char text[PROM_HEX32 + 16];
    char by[PROM_HEX32];
    for (size_t i = 0; i < tx->input_count; i++) {
        for (size_t j = 0; j < watched->count; j++) {
            if (prom_outpoint_equal(&tx->inputs[i].outpoint, &watched->outpoints[j])) {
                PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
                prom_bytes32 txid;
                prom_error error;
                prom_arena_init(&arena, SIZE_MAX);
                if (!prom_is_ok(prom_tx_id(&arena, &txid, tx, &error))) {
                    stop(error.sentence);
                }
                (void)printf("spent %s by %s in %u\n", shown(text, &watched->outpoints[j]),
                             prom_hex32_reversed(by, &txid), (unsigned)height);
            }
        }
    }
}

static void print_connected(const prom_index_block *block, const struct watched *watched)
{
    char hash[PROM_HEX32];
    size_t items = 0;
    size_t longest = 0;
    for (size_t i = 0; i < block->tx_count; i++) {
        const prom_tx *tx = block->txs[i];
        for (size_t j = 0; j < tx->input_count; j++) {
            items += tx->inputs[j].witness_count;
            for (size_t k = 0; k < tx->inputs[j].witness_count; k++) {
                const size_t length = tx->inputs[j].witness[k].length;
                longest = length > longest ? length : longest;
            }
        }
        print_spends(tx, block->height, watched);
    }
    (void)printf("connected %u %s %zu %zu %zu\n", (unsigned)block->height, prom_hex32_reversed(hash, &block->hash),
                 block->tx_count, items, longest);
}

/* A quick question, on the heap while it is under way. */
struct question {
    prom_outpoint outpoint;
    prom_spender spend;
    prom_result result;
    prom_error error;
};

static void ask(void *context, prom_rpc *rpc)
{
    struct question *question = context;
    question->result = prom_chain_spend(rpc, &question->spend, &question->outpoint, &question->error);
}

static void print_answer(struct question *question)
{
    static const char *const WHERE[] = {"none", "mempool", "chain"};
    char text[PROM_HEX32 + 16];
    char txid[PROM_HEX32];
    if (!prom_is_ok(question->result)) {
        stop(question->error.sentence);
    }
    (void)printf("spend %s %s %s\n", shown(text, &question->outpoint), WHERE[question->spend.where],
                 question->spend.known ? prom_hex32_reversed(txid, &question->spend.txid) : "-");
    free(question);
}

static void print_event(const prom_watcher_event *event, const struct watched *watched)
{
    char hash[PROM_HEX32];
    switch (event->kind) {
    case PROM_WATCHER_CONNECTED:
        print_connected(&event->told.block, watched);
        break;
    case PROM_WATCHER_DISCONNECTED:
        (void)printf("disconnected %u %s\n", (unsigned)event->height, prom_hex32_reversed(hash, &event->hash));
        break;
    case PROM_WATCHER_HEALTH:
        (void)printf("health %d %d %d %s\n", (int)event->health.trouble, event->health.in_step, event->health.may_begin,
                     event->health.told.sentence);
        break;
    case PROM_WATCHER_DONE:
        print_answer(event->job.context);
        break;
    }
    (void)fflush(stdout);
}

static void obey(prom_watcher_thread *thread, const char *line)
{
    prom_error error;
    if (strncmp(line, "spend ", 6) == 0) {
        struct question *question = calloc(1, sizeof *question);
        const prom_watcher_job job = {ask, free, question};
        if (question == NULL) {
            stop("out of memory");
        }
        question->outpoint = outpoint_of(line + 6);
        if (!prom_is_ok(prom_watcher_thread_ask(thread, &job, &error))) {
            stop(error.sentence);
        }
    } else {
        prom_watcher_thread_look(thread);
    }
}

static void run(prom_watcher_thread *thread, const struct watched *watched)
{
    char line[LINE_MAX_LENGTH];
    for (;;) {
        prom_watcher_event event;
        struct pollfd readable[] = {{.fd = prom_watcher_thread_descriptor(thread), .events = POLLIN},
                                    {.fd = STDIN_FILENO, .events = POLLIN}};
        (void)poll(readable, 2, -1);
        while (prom_watcher_thread_next(thread, &event)) {
            print_event(&event, watched);
            prom_watcher_event_free(&event);
        }
        if (readable[1].revents != 0) {
            if (fgets(line, sizeof line, stdin) == NULL) {
                return;
            }
            line[strcspn(line, "\n")] = '\0';
            obey(thread, line);
        }
    }
}

static size_t read_hashes(prom_bytes32 *hashes, size_t room, char *text)
{
    size_t count = 0;
    for (char *hash = strtok(text, ",-"); hash != NULL && count < room; hash = strtok(NULL, ",")) {
        if (!prom_hex32_parse_reversed(&hashes[count++], hash)) {
            stop("a hash is 64 hex digits");
        }
    }
    return count;
}

int main(int argument_count, char **arguments)
{
    static prom_bytes32 hashes[PROM_WATCHER_HASHES_MAX];
    prom_watcher_thread *thread = NULL;
    prom_error error = {{0}};
    if (argument_count < ARGUMENTS_MIN) {
        stop("the arguments stand at the head of this program's source");
    }
    (void)setvbuf(stdin, NULL, _IONBF, 0); /* what was read is seen by poll */
    prom_outpoint outpoints[64];
    struct watched watched = {outpoints, 0};
    for (int i = ARGUMENTS_MIN; i < argument_count && watched.count < 64; i++) {
        outpoints[watched.count++] = outpoint_of(arguments[i]);
    }
    const prom_watcher_thread_start start = {
        .start = {.network = prom_chain_parameters_by_name(arguments[1]),
                  .height = (uint32_t)strtoul(arguments[4], NULL, 10),
                  .needed = arguments[5][0] == '-' ? UINT32_MAX : (uint32_t)strtoul(arguments[5], NULL, 10),
                  .hashes = hashes,
                  .hash_count = read_hashes(hashes, PROM_WATCHER_HASHES_MAX, arguments[6]),
                  .date = prom_clock_date(),
                  .now = prom_clock_milliseconds()},
        .url = arguments[2],
        .cookie_file = arguments[3],
        .interval = INTERVAL,
    };
    if (start.start.network == NULL || !prom_is_ok(prom_watcher_thread_new(&thread, &start, &error))) {
        stop(start.start.network == NULL ? "there is no such network" : error.sentence);
    }
    run(thread, &watched);
    prom_watcher_thread_free(&thread);
    return 0;
}
