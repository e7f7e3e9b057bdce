/* What functional tests drive the money of a node by, before a bitcoind on regtest. The node is opened, follows the
 * chain up to the block at TIP, does what is asked, and is closed.
 *
 *   wallet FOLDER URL COOKIE SEED TIP ...      SEED is 64 bytes in hex
 *     address                                  a new address
 *     balance                                  free, staked, locked, reserved, pending, immature, total
 *     history                                  as CSV
 *     send                                     waits until the payments that are open were sent; their txids
 *     pay HOW ADDRESS SAT|all FEERATE ...      HOW is dry, send, quit or psbt; "quit" signs, and ends before it is
 *                                              sent; prints txid, fee, vsize, change, inputs, and the PSBT
 *     bump HOW TXID FEERATE, cancel ...        the same of a payment that waits
 *     payments                                 txid, purpose and fate of each
 *     take PSBT                                one that comes back
 *
 * FEERATE is in sat for 1000 vB; of `pay` there may be several addresses with their amounts before it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/history.h"
#include "node/money.h"
#include "node/own.h"
#include "node/state.h"
#include "system/clock.h"

enum { ARGUMENTS_MIN = 7, PAYEES_MAX = 8, WAIT_MILLISECONDS = 30000, FEE_MAX = 10000000 };

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

static bool published;

static void hear(void *context, const prom_report *report)
{
    (void)context;
    if (report->kind == PROM_REPORT_PUBLISHED) {
        (void)printf("%s\n", report->text);
        published = true;
    } else if (report->kind == PROM_REPORT_ALARM || report->kind == PROM_REPORT_FAULT) {
        (void)fprintf(stderr, "%s\n", report->text);
    }
}

static void turn_until(prom_node *node, uint32_t tip, bool sent)
{
    const int64_t end = prom_clock_milliseconds() + WAIT_MILLISECONDS;
    while ((sent && !published) || node->best_tip != tip || !prom_is_ok(prom_node_check_read(node, NULL))) {
        if (prom_clock_milliseconds() > end) {
            stop(sent ? "nothing was sent" : "the chain is not read to its end");
        }
        prom_node_turn(node);
    }
}

static void print_paid(const prom_node_paid *paid)
{
    char txid[PROM_HEX32];
    char fee[PROM_AMOUNT_TEXT];
    char change[PROM_AMOUNT_TEXT];
    (void)printf("%s %s %zu %s %zu %s\n", prom_hex32_reversed(txid, &paid->txid), prom_amount_text(fee, paid->fee),
                 paid->vsize, prom_amount_text(change, paid->change), paid->input_count,
                 paid->psbt != NULL ? paid->psbt : "-");
    (void)fflush(stdout);
}

static void pay(prom_node *node, prom_arena *arena, char **arguments, int count, uint32_t tip)
{
    prom_node_payee payees[PAYEES_MAX];
    prom_node_withdrawal wanted = {.payees = payees, .how = {.fee_max = prom_amount_of(FEE_MAX)}};
    prom_node_paid paid;
    prom_error error;
    const char *how = arguments[0];
    for (int i = 1; i + 2 < count && wanted.payee_count < PAYEES_MAX; i += 2) {
        wanted.all = strcmp(arguments[i + 1], "all") == 0;
        payees[wanted.payee_count].address = arguments[i];
        payees[wanted.payee_count++].amount = prom_amount_of(strtoull(arguments[i + 1], NULL, 10));
    }
    wanted.how.feerate = (uint32_t)strtoul(arguments[count - 1], NULL, 10);
    wanted.how.mode = how[0] == 'd' ? PROM_PAY_DRY : how[0] == 'p' ? PROM_PAY_PSBT : PROM_PAY_SEND;
    must(prom_node_withdraw(node, arena, &paid, &wanted, &error), &error);
    print_paid(&paid);
    if (how[0] == 'q') {
        _exit(0); /* as if the power were cut */
    }
    if (how[0] == 's') {
        turn_until(node, tip, true);
    }
}

/* HOW TXID FEERATE, as of pay. */
static void replace(prom_node *node, prom_arena *arena, char **arguments, bool cancel, uint32_t tip)
{
    const prom_pay_options options = {.feerate = (uint32_t)strtoul(arguments[2], NULL, 10),
                                      .fee_max = prom_amount_of(FEE_MAX),
                                      .mode = arguments[0][0] == 'd' ? PROM_PAY_DRY : PROM_PAY_SEND};
    prom_bytes32 txid;
    prom_node_paid paid;
    prom_error error;
    if (!prom_hex32_parse_reversed(&txid, arguments[1])) {
        stop("that is no txid");
    }
    must(cancel ? prom_node_cancel_payment(node, arena, &paid, &txid, &options, &error)
                : prom_node_bump_payment(node, arena, &paid, &txid, &options, &error),
         &error);
    print_paid(&paid);
    if (arguments[0][0] == 'q') {
        _exit(0);
    }
    if (arguments[0][0] == 's') {
        turn_until(node, tip, true);
    }
}

static void print_payments(const prom_node *node, prom_arena *arena)
{
    prom_node_paid *list = NULL;
    size_t count = 0;
    prom_error error;
    must(prom_node_list_own(node, arena, &list, &count, &error), &error);
    for (size_t i = 0; i < count; i++) {
        char txid[PROM_HEX32];
        (void)printf("%s %s %s\n", prom_hex32_reversed(txid, &list[i].txid), prom_own_name(list[i].purpose),
                     prom_payment_fate_name(list[i].fate));
    }
}

static void print_balance(const prom_node *node)
{
    prom_balance balance;
    char text[PROM_AMOUNT_TEXT];
    prom_node_balance(node, &balance);
    const prom_amount parts[] = {balance.free,    balance.staked,   balance.locked, balance.reserved,
                                 balance.pending, balance.immature, balance.total};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        (void)printf("%s ", prom_amount_text(text, parts[i]));
    }
    (void)printf("\n");
}

static void print_history(const prom_node *node, prom_arena *arena)
{
    const prom_history_row *rows = NULL;
    size_t count = 0;
    prom_span csv;
    prom_error error;
    must(prom_node_history(node, arena, &rows, &count, &error), &error);
    must(prom_history_csv(arena, &csv, rows, count, &error), &error);
    (void)fwrite(csv.data, 1, csv.length, stdout);
}

static void act(prom_node *node, prom_arena *arena, char **arguments, int count, uint32_t tip)
{
    prom_error error;
    if (strcmp(arguments[0], "address") == 0) {
        char address[PROM_ADDRESS_TEXT];
        must(prom_node_new_address(node, address, &error), &error);
        (void)printf("%s\n", address);
    } else if (strcmp(arguments[0], "balance") == 0) {
        print_balance(node);
    } else if (strcmp(arguments[0], "history") == 0) {
        print_history(node, arena);
    } else if (strcmp(arguments[0], "send") == 0) {
        turn_until(node, tip, true);
    } else if (strcmp(arguments[0], "pay") == 0 && count >= 5) {
        pay(node, arena, arguments + 1, count - 1, tip);
    } else if ((strcmp(arguments[0], "bump") == 0 || strcmp(arguments[0], "cancel") == 0) && count == 4) {
        replace(node, arena, arguments + 1, arguments[0][0] == 'c', tip);
    } else if (strcmp(arguments[0], "payments") == 0) {
        print_payments(node, arena);
    } else if (strcmp(arguments[0], "take") == 0 && count == 2) {
        prom_node_paid paid;
        must(prom_node_take_psbt(node, arena, &paid, arguments[1], &error), &error);
        print_paid(&paid);
        turn_until(node, tip, true);
    } else {
        stop("the arguments stand at the head of this program's source");
    }
}

int main(int count, char **arguments)
{
    prom_node *node = NULL;
    prom_error error = {{0}};
    prom_arena arena;
    if (count < ARGUMENTS_MIN) {
        stop("the arguments stand at the head of this program's source");
    }
    const prom_chain_parameters *network = prom_chain_parameters_by_name("regtest");
    prom_node_options options = {.folder = arguments[1],
                                 .network = network,
                                 .rpc_url = arguments[2],
                                 .cookie_file = arguments[3],
                                 .poll_milliseconds = 20,
                                 .roles = PROM_ROLES_ALL,
                                 .threads = 1,
                                 .config = {.genesis = network->genesis, .limits = {.feerate = 100}},
                                 .observer = {hear, NULL}};
    if (!prom_hex_parse(options.seed.bytes, sizeof options.seed.bytes, arguments[4], strlen(arguments[4]))) {
        stop("the seed is not 64 bytes in hex");
    }
    const uint32_t tip = (uint32_t)strtoul(arguments[5], NULL, 10);
    prom_arena_init(&arena, (size_t)1 << 28);
    must(prom_node_open(&node, &options, &error), &error);
    turn_until(node, tip, false);
    act(node, &arena, arguments + 6, count - 6, tip);
    prom_node_close(node);
    prom_arena_free(&arena);
    return 0;
}
