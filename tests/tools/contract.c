/* What functional tests need of the library: keys, payments, outputs of offers, fee bumps, the index. A key, or a
 * secret, is named: it is the SHA-256 of its name. Prints one line for each result, or a sentence on standard error.
 *
 *   key NAME                                     the x-only public key
 *   pay VERSION in:TXID:INDEX:SAT:NAME... out:SAT:SCRIPT...
 *                                                a signed transaction; NAME is a P2TR output key, or "anchor"
 *   p [VARSIGMA]                                 the script of a P whose stake a is STAKE; one that has VARSIGMA basis
 *                                                points of a batch checked leaves t1 the blocks for it
 *   offer P Q                                    the scripts of the outputs of Q's offer for P
 *   announce P OFFER Q NODE ADDRESS RETAINER     Q's announcement of that offer, whose node has the key NODE
 *   mark P                                       the script that marks a Tx0 of P
 *   bump PARENT FEE waits|new COIN CHANGE WANTED:RELAY:INCREMENTAL AT_RISK [FEE:VSIZE]...
 *                                                a child for the transaction PARENT that pays FEE; COIN as in pay,
 *                                                feerates in sat for 1000 vB
 *   index HEIGHT                                 reads "+BLOCK" and "-" from standard input, one on a line: connects
 *                                                and disconnects; prints the digest, then every record */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prometheus/bitcoin/script.h"
#include "prometheus/contract/bump.h"
#include "prometheus/contract/index.h"
#include "prometheus/contract/offer.h"
#include "prometheus/crypto/hash.h"

enum { STAKE = 3000000 };

/* What all verbs share; a failure ends the program. */
struct tool {
    prom_arena arena;
    prom_curve *curve;
    prom_error error;
};

static const prom_bytes32 zeros;

static _Noreturn void stop(const char *sentence)
{
    (void)fprintf(stderr, "%s\n", sentence);
    exit(1);
}

static void must(struct tool *tool, prom_result result)
{
    if (!prom_is_ok(result)) {
        stop(tool->error.sentence);
    }
}

static prom_bytes32 named(const char *name)
{
    prom_bytes32 secret;
    prom_sha256(&secret, prom_span_of((const uint8_t *)name, strlen(name)));
    return secret;
}

static prom_key key_of(struct tool *tool, const char *name)
{
    prom_key key;
    const prom_bytes32 secret = named(name);
    must(tool, prom_key_from_secret(tool->curve, &key, &secret, &tool->error));
    return key;
}

static prom_bytes32 txid_of(const char *text)
{
    prom_bytes32 txid;
    if (!prom_hex32_parse_reversed(&txid, text)) {
        stop("a txid is 64 hex digits");
    }
    return txid;
}

static uint32_t number_of(const char *text)
{
    return (uint32_t)strtoul(text, NULL, 10);
}

static prom_amount sat_of(const char *text)
{
    return prom_amount_of(strtoull(text, NULL, 10));
}

static prom_span bytes_of(struct tool *tool, const char *hex)
{
    void *bytes = NULL;
    const size_t length = strlen(hex) / 2;
    must(tool, prom_arena_alloc(&tool->arena, &bytes, length, 1, &tool->error));
    if (!prom_hex_parse(bytes, length, hex, strlen(hex))) {
        stop("this is not hex");
    }
    return prom_span_of(bytes, length);
}

static void print_bytes(struct tool *tool, prom_span bytes)
{
    void *text = NULL;
    must(tool, prom_arena_alloc(&tool->arena, &text, 2 * bytes.length + 1, 1, &tool->error));
    (void)puts(prom_hex(text, bytes.data, bytes.length));
}

static void print_tx(struct tool *tool, const prom_tx *tx)
{
    prom_span bytes;
    must(tool, prom_tx_serialize(&tool->arena, &bytes, tx, true, &tool->error));
    print_bytes(tool, bytes);
}

/* "TXID:INDEX:SAT:NAME" */
struct coin {
    prom_outpoint outpoint;
    prom_tx_output output;
    bool anchor;
    prom_key key;
};

static struct coin coin_of(struct tool *tool, const char *text)
{
    char txid[PROM_HEX32] = "";
    char sat[24] = "";
    char name[64] = "";
    struct coin coin = {.anchor = false};
    if (sscanf(text, "%64[0-9a-f]:%" SCNu32 ":%23[0-9]:%63s", txid, &coin.outpoint.index, sat, name) != 4) {
        stop("a coin is TXID:INDEX:SAT:NAME");
    }
    coin.outpoint.txid = txid_of(txid);
    coin.output.value = sat_of(sat);
    coin.anchor = strcmp(name, "anchor") == 0;
    coin.key = key_of(tool, name);
    must(tool, coin.anchor ? prom_script_anchor(&tool->arena, &coin.output.script, &tool->error)
                           : prom_script_p2tr(&tool->arena, &coin.output.script, &coin.key.public_key, &tool->error));
    return coin;
}

static prom_span *new_span(struct tool *tool, prom_span bytes)
{
    void *memory = NULL;
    must(tool, prom_arena_alloc(&tool->arena, &memory, 1, sizeof(prom_span), &tool->error));
    prom_span *span = memory;
    must(tool, prom_span_copy(&tool->arena, span, bytes, &tool->error));
    return span;
}

static prom_signature sign(struct tool *tool, const prom_tx *tx, const prom_tx_output *spent, size_t input,
                           const prom_bytes32 *leaf_hash, const prom_key *key)
{
    prom_bytes32 hash;
    prom_signature signature;
    must(tool, prom_tx_sighash(&tool->arena, &hash,
                               &(prom_signed_input){.tx = tx, .spent = spent, .index = input, .leaf_hash = leaf_hash},
                               &tool->error));
    must(tool, prom_sign(tool->curve, &signature, &hash, key, &zeros, &tool->error));
    return signature;
}

static void run_key(struct tool *tool, char **arguments, size_t count)
{
    const prom_key key = key_of(tool, arguments[0]);
    (void)count;
    print_bytes(tool, prom_span_of32(&key.public_key));
}

enum { COINS_MAX = 16, OUTPUTS_MAX = 64 };

static void run_pay(struct tool *tool, char **arguments, size_t count)
{
    struct coin coins[COINS_MAX];
    prom_tx_output spent[COINS_MAX];
    prom_tx *tx = NULL;
    must(tool, prom_tx_new(&tool->arena, &tx, COINS_MAX, OUTPUTS_MAX, &tool->error));
    tx->version = number_of(arguments[0]);
    tx->input_count = 0;
    tx->output_count = 0;
    for (size_t i = 1; i < count; i++) {
        if (strncmp(arguments[i], "in:", 3) == 0 && tx->input_count < COINS_MAX) {
            coins[tx->input_count] = coin_of(tool, arguments[i] + 3);
            spent[tx->input_count] = coins[tx->input_count].output;
            tx->inputs[tx->input_count] =
                (prom_tx_input){.outpoint = coins[tx->input_count].outpoint, .sequence = PROM_SEQUENCE_PLAIN};
            tx->input_count++;
        } else if (strncmp(arguments[i], "out:", 4) == 0 && tx->output_count < OUTPUTS_MAX) {
            const char *colon = strchr(arguments[i] + 4, ':');
            tx->outputs[tx->output_count++] = (prom_tx_output){
                sat_of(arguments[i] + 4), bytes_of(tool, colon != NULL ? colon + 1 : "an output is SAT:SCRIPT")};
        } else {
            stop("a payment has in:... and out:..., and not too many");
        }
    }
    for (size_t i = 0; i < tx->input_count; i++) {
        if (!coins[i].anchor) {
            const prom_signature signature = sign(tool, tx, spent, i, NULL, &coins[i].key);
            tx->inputs[i].witness = new_span(tool, prom_span_of(signature.bytes, sizeof signature.bytes));
            tx->inputs[i].witness_count = 1;
        }
    }
    print_tx(tool, tx);
}

static prom_parameters example_p(struct tool *tool)
{
    return (prom_parameters){
        .w = prom_amount_of(2000000),
        .v = prom_amount_of(2500000),
        .a = prom_amount_of(STAKE),
        .n = 3,
        .F = key_of(tool, "common fund").public_key,
        .alpha = 5000,
        .beta = 5000,
        .gamma = 2000,
        .delta = 5000,
        .epsilon = 3000,
        .mu = 6000,
        .sigma = 9000,
        .varsigma = 10000,
        .t1 = 12,
        .t2 = 20,
        .t3 = 28,
        .t4 = 14,
    };
}

static void run_p(struct tool *tool, char **arguments, size_t count)
{
    enum { SAMPLING = 4 /* blocks */ };
    prom_parameters P = example_p(tool);
    prom_span script;
    if (count > 0) {
        P.varsigma = (uint16_t)number_of(arguments[0]);
        P.t1 += SAMPLING;
        P.t2 += SAMPLING;
        P.t3 += SAMPLING;
    }
    must(tool, prom_parameters_script(&tool->arena, &script, &P, &tool->error));
    print_bytes(tool, script);
}

static void run_offer(struct tool *tool, char **arguments, size_t count)
{
    const prom_bytes32 p_txid = txid_of(arguments[0]);
    const prom_key Q = key_of(tool, arguments[1]);
    const prom_parameters P = example_p(tool);
    prom_tx_output outputs[PROM_OFFER_OUTPUTS];
    (void)count;
    must(tool, prom_offer_outputs(tool->curve, &tool->arena, outputs, &p_txid, &P, &Q.public_key, &tool->error));
    for (size_t i = 0; i < PROM_OFFER_OUTPUTS; i++) {
        print_bytes(tool, outputs[i].script);
    }
}

static void run_announce(struct tool *tool, char **arguments, size_t count)
{
    const prom_key Q = key_of(tool, arguments[2]);
    prom_announcement announcement = {.p_txid = txid_of(arguments[0]),
                                      .offer = {txid_of(arguments[1]), 0},
                                      .Q = Q.public_key,
                                      .retainer = prom_amount_of(number_of(arguments[5])),
                                      .address = prom_span_of((const uint8_t *)arguments[4], strlen(arguments[4]))};
    prom_bytes32 hash;
    prom_span bytes;
    (void)count;
    if (!prom_hex32_parse(&announcement.node_key, arguments[3])) {
        stop("a node's key is 64 hex digits");
    }
    must(tool, prom_announcement_hash(&tool->arena, &hash, &announcement, &tool->error));
    must(tool, prom_sign(tool->curve, &announcement.signature, &hash, &Q, &zeros, &tool->error));
    must(tool, prom_announcement_write(&tool->arena, &bytes, &announcement, &tool->error));
    print_bytes(tool, bytes);
}

static void run_mark(struct tool *tool, char **arguments, size_t count)
{
    const prom_bytes32 p_txid = txid_of(arguments[0]);
    prom_span script;
    (void)count;
    must(tool, prom_contract_mark(&tool->arena, &script, &p_txid, &tool->error));
    print_bytes(tool, script);
}

static prom_feerates feerates_of(const char *text)
{
    prom_feerates feerates;
    if (sscanf(text, "%" SCNu32 ":%" SCNu32 ":%" SCNu32, &feerates.wanted, &feerates.relay, &feerates.incremental) !=
        3) {
        stop("feerates are WANTED:RELAY:INCREMENTAL");
    }
    return feerates;
}

static void run_bump(struct tool *tool, char **arguments, size_t count)
{
    enum { FIXED = 7, RIVALS_MAX = 8 };
    prom_tree_tx parent = {.name = "parent", .fee = sat_of(arguments[1])};
    prom_bump_rival rivals[RIVALS_MAX];
    const struct coin coin = coin_of(tool, arguments[3]);
    prom_bump bump = {.parent_waits = strcmp(arguments[2], "waits") == 0,
                      .rivals = rivals,
                      .coin = coin.outpoint,
                      .coin_value = coin.output.value,
                      .change = key_of(tool, arguments[4]).public_key,
                      .feerates = feerates_of(arguments[5]),
                      .at_risk = sat_of(arguments[6])};
    prom_tx *child = NULL;
    must(tool, prom_tx_parse(&tool->arena, &parent.tx, bytes_of(tool, arguments[0]), &tool->error));
    must(tool, prom_tx_id(&tool->arena, &parent.txid, parent.tx, &tool->error));
    must(tool, prom_tx_weight(&tool->arena, &parent.weight, parent.tx, &tool->error));
    for (size_t i = FIXED; i < count && bump.rival_count < RIVALS_MAX; i++) {
        const char *colon = strchr(arguments[i], ':');
        rivals[bump.rival_count++] =
            (prom_bump_rival){sat_of(arguments[i]), number_of(colon != NULL ? colon + 1 : "0")};
    }
    must(tool, prom_bump_parent(&bump, &parent, &tool->error));
    must(tool, prom_bump_child(tool->curve, &tool->arena, &child, &bump, &coin.key, &zeros, &tool->error));
    print_tx(tool, child);
}

static void connect_block(struct tool *tool, prom_index *index, const char *hex)
{
    prom_index_block block;
    must(tool,
         prom_index_block_read(&tool->arena, &block, bytes_of(tool, hex), prom_index_next_height(index), &tool->error));
    must(tool, prom_index_connect(index, &block, &tool->error));
}

static void print_records(const prom_index *index)
{
    static const char *const fates[] = {"unspent", "engaged", "withdrawn"};
    char txid[PROM_HEX32];
    for (const prom_index_record *record = NULL;
         (record = prom_index_next(index, record, PROM_INDEX_P, NULL)) != NULL;) {
        (void)printf("P %s %u\n", prom_hex32_reversed(txid, &record->txid), (unsigned)record->height);
    }
    for (const prom_index_record *record = NULL;
         (record = prom_index_next(index, record, PROM_INDEX_OFFER, NULL)) != NULL;) {
        (void)printf("offer %s %u %s\n", prom_hex32_reversed(txid, &record->txid), (unsigned)record->height,
                     fates[record->offer.fate]);
    }
    for (const prom_index_record *record = NULL;
         (record = prom_index_next(index, record, PROM_INDEX_TX0, NULL)) != NULL;) {
        (void)printf("Tx0 %s %u %u\n", prom_hex32_reversed(txid, &record->txid), (unsigned)record->height,
                     (unsigned)record->lock.offers);
    }
    for (const prom_index_record *record = NULL;
         (record = prom_index_next(index, record, PROM_INDEX_TX0, NULL)) != NULL;) {
        const prom_index_record *last = prom_index_last_lock(index, record);
        const prom_branch *branch = prom_index_way_branch(last->lock.way);
        char reward[PROM_AMOUNT_TEXT];
        (void)printf("end %s %s %s\n", prom_hex32_reversed(txid, &record->txid),
                     last->lock.way == 0 ? "open"
                     : branch != NULL    ? branch->name
                                         : "other",
                     prom_amount_text(reward, last->lock.reward));
    }
}

static void run_index(struct tool *tool, char **arguments, size_t count)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_index *index = NULL;
    prom_bytes32 digest;
    char *line = NULL;
    size_t room = 0;
    (void)count;
    prom_arena_init(&arena, (size_t)1 << 24);
    must(tool, prom_index_new(&arena, &index, tool->curve, prom_chain_parameters_by_name("regtest"),
                              number_of(arguments[0]), &tool->error));
    while (getline(&line, &room, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '+') {
            connect_block(tool, index, line + 1);
        } else {
            must(tool, prom_index_disconnect(index, &tool->error));
        }
    }
    free(line);
    must(tool, prom_index_digest(index, &digest, &tool->error));
    print_bytes(tool, prom_span_of32(&digest));
    print_records(index);
}

static const struct {
    const char *name;
    size_t least; /* arguments */
    void (*run)(struct tool *tool, char **arguments, size_t count);
} verbs[] = {
    {"key", 1, run_key},           {"pay", 3, run_pay},   {"p", 0, run_p},       {"offer", 2, run_offer},
    {"announce", 6, run_announce}, {"mark", 1, run_mark}, {"bump", 7, run_bump}, {"index", 1, run_index},
};

int main(int argument_count, char **arguments)
{
    const size_t given = argument_count > 2 ? (size_t)argument_count - 2 : 0;
    struct tool tool = {.curve = NULL};
    prom_arena_init(&tool.arena, (size_t)1 << 28);
    must(&tool, prom_curve_new(&tool.arena, &tool.curve, &zeros, &tool.error));
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (argument_count > 1 && strcmp(arguments[1], verbs[i].name) == 0 && given >= verbs[i].least) {
            verbs[i].run(&tool, arguments + 2, given);
            prom_arena_free(&tool.arena);
            return 0;
        }
    }
    stop("unknown verb, or too few arguments: see the head of this program's source");
}
