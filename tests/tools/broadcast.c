/* What functional tests broadcast by: src/chain, before a bitcoind. Prints one line.
 *
 *   broadcast URL COOKIE TIP TX FEE time|money FIRST_TIP LAST_BLOCK AT_RISK MARGIN COIN [SOON:IN_TIME]
 *                              looks once at what TX, which pays FEE, needs at TIP. LAST_BLOCK is "-" where there is
 *                              none; COIN is TXID:INDEX:SAT:NAME, or "-", of the key whose secret is the SHA-256 of
 *                              NAME. The estimates, in sat for 1000 vB, are bitcoind's unless they are given.
 *
 *   STATE WANTED PAYS CHILD FEE WORDS
 *                              CHILD is the txid of one that was sent, or "-", FEE what it pays; WORDS may be empty */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/broadcast.h"
#include "prometheus/crypto/hash.h"

enum { ARGUMENTS_MIN = 12 };

static const prom_bytes32 zeros;

static _Noreturn void stop(const char *sentence)
{
    (void)fprintf(stderr, "%s\n", sentence);
    exit(1);
}

static void must(prom_result result, const prom_error *error)
{
    if (!prom_is_ok(result)) {
        stop(error->sentence);
    }
}

struct purse {
    prom_curve *curve;
    prom_key key;
};

static prom_result make_child(void *context, prom_arena *arena, prom_tx **child, const prom_bump *bump,
                              prom_error *error)
{
    const struct purse *purse = context;
    return prom_bump_child(purse->curve, arena, child, bump, &purse->key, &zeros, error);
}

/* TXID:INDEX:SAT:NAME */
static void read_coin(struct purse *purse, prom_bump_coin *coin, char *text)
{
    prom_error error;
    prom_bytes32 secret;
    const char *txid = strtok(text, ":");
    const char *index = strtok(NULL, ":");
    const char *sat = strtok(NULL, ":");
    const char *name = strtok(NULL, ":");
    if (name == NULL || !prom_hex32_parse_reversed(&coin->outpoint.txid, txid)) {
        stop("a coin is TXID:INDEX:SAT:NAME");
    }
    prom_sha256(&secret, prom_span_of((const uint8_t *)name, strlen(name)));
    must(prom_key_from_secret(purse->curve, &purse->key, &secret, &error), &error);
    coin->outpoint.index = (uint32_t)strtoul(index, NULL, 10);
    coin->value = prom_amount_of(strtoull(sat, NULL, 10));
    coin->change = purse->key.public_key;
}

static void print_report(const prom_broadcast_report *report)
{
    static const char *const STATES[] = {"unknown", "mined", "waits", "sent", "cheap", "refused"};
    char txid[PROM_HEX32];
    char fee[PROM_AMOUNT_TEXT];
    (void)printf("%s %" PRIu32 " %" PRIu32 " %s %s %s\n", STATES[report->state], report->wanted, report->pays,
                 report->has_child ? prom_hex32_reversed(txid, &report->child) : "-",
                 prom_amount_text(fee, report->child_fee), report->told.sentence);
}

static prom_fee_obligation obligation_of(char **arguments)
{
    return (prom_fee_obligation){
        .lateness = strcmp(arguments[6], "money") == 0 ? PROM_LATE_COSTS_MONEY : PROM_LATE_COSTS_TIME,
        .first_tip = strtoll(arguments[7], NULL, 10),
        .last_block = arguments[8][0] == '-' ? PROM_WINDOW_OPEN : strtoll(arguments[8], NULL, 10),
        .at_risk = prom_amount_of(strtoull(arguments[9], NULL, 10)),
        .safety_margin = (uint32_t)strtoul(arguments[10], NULL, 10),
    };
}

int main(int argument_count, char **arguments)
{
    prom_arena arena;
    prom_error error = {{0}};
    prom_rpc *rpc = NULL;
    struct purse purse = {.curve = NULL};
    prom_bump_coin coin = {.value = prom_amount_zero()};
    prom_fee_climate climate;
    prom_broadcast_report report;
    if (argument_count < ARGUMENTS_MIN) {
        stop("the arguments stand at the head of this program's source");
    }
    prom_arena_init(&arena, (size_t)1 << 28);
    must(prom_curve_new(&arena, &purse.curve, &zeros, &error), &error);
    must(prom_rpc_new(&rpc, arguments[1], arguments[2], &error), &error);
    must(prom_fee_climate_get(rpc, &climate, &error), &error);
    if (argument_count > ARGUMENTS_MIN) {
        char *rest = NULL;
        climate.estimates.soon = (uint32_t)strtoul(arguments[ARGUMENTS_MIN], &rest, 10);
        climate.estimates.in_time = (uint32_t)strtoul(rest + 1, NULL, 10);
    }
    const size_t length = strlen(arguments[4]) / 2;
    uint8_t *tx = malloc(length + 1);
    if (tx == NULL || !prom_hex_parse(tx, length, arguments[4], strlen(arguments[4]))) {
        stop("the transaction is not in hex");
    }
    const bool has_coin = arguments[11][0] != '-';
    if (has_coin) {
        read_coin(&purse, &coin, arguments[11]);
    }
    const prom_broadcast_want want = {.tx = prom_span_of(tx, length),
                                      .fee = prom_amount_of(strtoull(arguments[5], NULL, 10)),
                                      .due = obligation_of(arguments),
                                      .coin = has_coin ? &coin : NULL};
    const prom_child_signer signer = {&purse, make_child};
    prom_broadcast(rpc, &report, &want, strtoll(arguments[3], NULL, 10), &climate, &signer);
    print_report(&report);
    free(tx);
    prom_rpc_free(rpc);
    prom_arena_free(&arena);
    return 0;
}
