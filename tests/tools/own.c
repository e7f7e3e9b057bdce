/* A node on a devnet, which functional tests have make transactions of its owner's. Reads commands from standard input,
 * one a line, and answers each by one line, or several and an empty one, or "error: SENTENCE".
 *
 *   own URL COOKIE FOLDER [SEED ADDRESS]   SEED: 64 bytes in hex; ADDRESS: that offers are announced with
 *
 *   script N                       the script that coin key N is paid by
 *   wait HEIGHT                    runs until the node has taken so many blocks and everything is published
 *   publish P FEERATE [dry]        P: 78 bytes in hex; TXID FEE LOCKS CHANGE VSIZE
 *   offer TXID RETAINER FEERATE [dry]
 *   renew OFFER TXID RETAINER FEERATE [dry]
 *   withdraw OFFER FEERATE [dry]   OFFER: its transaction
 *   own                            of each "PURPOSE TXID STATE HEIGHT"
 *   offers                         of each "TXID FATE", "waits" while it is in no block, and "leaving"
 *   survey TXID                    of that P "COUNTED WAITING ENGAGED WITHDRAWN CONTRACTS OWNERS LARGEST", then of each
 *                                  offer "TXID AGE OWNER"
 *   announce                       announcements of our offers, in hex
 *   free                           how many coins are free */
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/beginning.h"
#include "node/own.h"
#include "node/survey.h"
#include "prometheus/bitcoin/script.h"
#include "system/clock.h"

enum { FEE_MAX = 1000000 };

struct tool {
    prom_node_options options;
    prom_node *node;
    prom_arena arena;
    prom_error error;
    char folder[PATH_MAX];
};

static void report(void *context, const prom_report *report)
{
    (void)context;
    if (report->kind == PROM_REPORT_FAULT) {
        (void)fprintf(stderr, "%s\n", report->text);
    }
}

static prom_result bad(struct tool *tool, const char *what)
{
    return prom_fail(&tool->error, PROM_CATEGORY_BAD_INPUT, "%s cannot be read", what);
}

static prom_result open_node(struct tool *tool, char **arguments)
{
    prom_node_options *options = &tool->options;
    prom_address *address = &options->config.address;
    (void)snprintf(tool->folder, sizeof tool->folder, "%s", arguments[3]);
    *options = (prom_node_options){.folder = tool->folder,
                                   .network = prom_chain_parameters_by_name("regtest"),
                                   .rpc_url = arguments[1],
                                   .cookie_file = arguments[2],
                                   .poll_milliseconds = 20,
                                   .roles = PROM_ROLES_ALL,
                                   .threads = 1,
                                   .config = {.limits = {.feerate = 100}},
                                   .observer = {report, tool}};
    options->config.genesis = options->network->genesis;
    memset(options->seed.bytes, 7, sizeof options->seed.bytes);
    if (arguments[4] != NULL &&
        !prom_hex_parse(options->seed.bytes, sizeof options->seed.bytes, arguments[4], strlen(arguments[4]))) {
        return bad(tool, "the seed");
    }
    const int length = arguments[4] != NULL
                           ? snprintf((char *)address->bytes, sizeof address->bytes, "%.200s", arguments[5])
                           : snprintf((char *)address->bytes, sizeof address->bytes, "%.200s/socket", tool->folder);
    address->length = (uint8_t)length;
    return prom_node_open(&tool->node, options, &tool->error);
}

static prom_result wait_for(struct tool *tool, uint32_t height)
{
    const int64_t until = prom_clock_milliseconds() + 20000;
    while (prom_node_tip(tool->node) != height || !prom_node_is_ready(tool->node) || tool->node->publishing ||
           tool->node->publications_due || tool->node->published_tip != height) {
        if (prom_clock_milliseconds() > until) {
            return prom_fail(&tool->error, PROM_CATEGORY_IO, "the node is at block %u, and not at %u",
                             (unsigned)prom_node_tip(tool->node), (unsigned)height);
        }
        prom_node_turn(tool->node);
    }
    return prom_ok();
}

/* -- Commands -- */

static prom_result script(struct tool *tool, char **words)
{
    prom_key key;
    char hex[PROM_HEX32];
    PROM_TRY(prom_wallet_coin_key(&tool->node->wallet, &key, (uint32_t)strtoul(words[1], NULL, 10), &tool->error));
    (void)printf("5120%s\n", prom_hex32(hex, &key.public_key));
    return prom_ok();
}

static prom_result wait_command(struct tool *tool, char **words)
{
    PROM_TRY(wait_for(tool, (uint32_t)strtoul(words[1], NULL, 10)));
    (void)printf("ok\n");
    return prom_ok();
}

static uint64_t sat(prom_amount amount)
{
    uint64_t value = 0;
    return prom_amount_get(amount, &value) ? value : UINT64_MAX;
}

static void print_made(const prom_node_paid *made)
{
    char hex[PROM_HEX32];
    (void)printf("%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %zu\n", prom_hex32_reversed(hex, &made->txid), sat(made->fee),
                 sat(made->locks), sat(made->change), made->vsize);
}

static prom_pay_options how(char **words)
{
    return (prom_pay_options){.feerate = 1000 * (uint32_t)strtoul(words[0], NULL, 10),
                              .fee_max = prom_amount_of(FEE_MAX),
                              .mode = words[1] != NULL ? PROM_PAY_DRY : PROM_PAY_SEND};
}

static prom_result publish(struct tool *tool, char **words)
{
    uint8_t bytes[PROM_PARAMETERS_BYTES];
    prom_parameters P;
    prom_node_paid made;
    if (strlen(words[1]) != 2 * sizeof bytes) {
        return bad(tool, "P");
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        char pair[3] = {words[1][2 * i], words[1][2 * i + 1], '\0'};
        bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    prom_reader reader = prom_reader_of(prom_span_of(bytes, sizeof bytes));
    prom_parameters_read(&reader, &P);
    const prom_pay_options wish = how(&words[2]);
    PROM_TRY(prom_node_publish_parameters(tool->node, &tool->arena, &made, &P, &wish, &tool->error));
    print_made(&made);
    return prom_ok();
}

static prom_result read_wish(struct tool *tool, prom_offer_wish *wish, char **words)
{
    wish->retainer = prom_amount_of(strtoull(words[1], NULL, 10));
    wish->how = how(&words[2]);
    return prom_hex32_parse_reversed(&wish->p_txid, words[0]) ? prom_ok() : bad(tool, "the txid");
}

static prom_result offer(struct tool *tool, char **words)
{
    prom_offer_wish wish = {.coins = NULL};
    prom_node_paid made;
    PROM_TRY(read_wish(tool, &wish, &words[1]));
    PROM_TRY(prom_node_make_offer(tool->node, &tool->arena, &made, &wish, &tool->error));
    print_made(&made);
    return prom_ok();
}

static prom_result renew(struct tool *tool, char **words)
{
    prom_outpoint old = {.index = 0};
    prom_offer_wish wish = {.coins = NULL};
    prom_node_paid made;
    PROM_TRY(prom_hex32_parse_reversed(&old.txid, words[1]) ? prom_ok() : bad(tool, "the offer"));
    PROM_TRY(read_wish(tool, &wish, &words[2]));
    PROM_TRY(prom_node_renew_offer(tool->node, &tool->arena, &made, &old, &wish, &tool->error));
    print_made(&made);
    return prom_ok();
}

static prom_result withdraw(struct tool *tool, char **words)
{
    prom_outpoint old = {.index = 0};
    prom_node_paid made;
    const prom_pay_options wish = how(&words[2]);
    PROM_TRY(prom_hex32_parse_reversed(&old.txid, words[1]) ? prom_ok() : bad(tool, "the offer"));
    PROM_TRY(prom_node_withdraw_offer(tool->node, &tool->arena, &made, &old, &wish, &tool->error));
    print_made(&made);
    return prom_ok();
}

static prom_result own(struct tool *tool, char **words)
{
    prom_node_paid *list = NULL;
    size_t count = 0;
    (void)words;
    PROM_TRY(prom_node_list_own(tool->node, &tool->arena, &list, &count, &tool->error));
    for (size_t i = 0; i < count; i++) {
        char hex[PROM_HEX32];
        (void)printf("%s %s %s %u\n", prom_own_name(list[i].purpose), prom_hex32_reversed(hex, &list[i].txid),
                     prom_payment_fate_name(list[i].fate), (unsigned)list[i].height);
    }
    (void)printf("\n");
    return prom_ok();
}

static prom_result offers(struct tool *tool, char **words)
{
    static const char *const fates[] = {"unspent", "engaged", "withdrawn"};
    prom_own_offer *list = NULL;
    size_t count = 0;
    (void)words;
    PROM_TRY(prom_node_list_offers(tool->node, &tool->arena, &list, &count, &tool->error));
    for (size_t i = 0; i < count; i++) {
        char hex[PROM_HEX32];
        (void)printf("%s %s%s\n", prom_hex32_reversed(hex, &list[i].announcement.offer.txid),
                     list[i].on_chain ? fates[list[i].fate] : "waits", list[i].leaving ? " leaving" : "");
    }
    (void)printf("\n");
    return prom_ok();
}

enum { SURVEYED_MAX = 100 };

static prom_result survey(struct tool *tool, char **words)
{
    prom_survey_chain chain = {.rpc = NULL};
    prom_survey seen;
    prom_bytes32 p_txid;
    PROM_TRY(prom_hex32_parse_reversed(&p_txid, words[1]) ? prom_ok() : bad(tool, "the txid"));
    PROM_TRY(
        prom_survey_look_at(prom_node_index(tool->node), &tool->arena, &seen, &p_txid, SURVEYED_MAX, &tool->error));
    PROM_TRY(prom_rpc_new(&chain.rpc, tool->options.rpc_url, tool->options.cookie_file, &tool->error));
    const prom_result owners = prom_survey_owners(&seen, &tool->arena, prom_survey_find_in_chain, &chain, &tool->error);
    prom_survey_chain_end(&chain);
    prom_rpc_free(chain.rpc);
    PROM_TRY(owners);
    (void)printf("%zu %zu %zu %zu %zu %zu %zu\n", seen.sum.counted, seen.sum.waiting, seen.sum.engaged,
                 seen.sum.withdrawn, seen.sum.contracts, seen.owners, seen.largest);
    for (size_t i = 0; i < seen.offer_count; i++) {
        char hex[PROM_HEX32];
        (void)printf("%s %u %zu\n", prom_hex32_reversed(hex, &seen.offers[i].txid), (unsigned)seen.offers[i].age,
                     seen.offers[i].owner);
    }
    (void)printf("\n");
    return prom_ok();
}

static prom_result announce(struct tool *tool, char **words)
{
    prom_own_offer *list = NULL;
    size_t count = 0;
    (void)words;
    PROM_TRY(prom_node_list_offers(tool->node, &tool->arena, &list, &count, &tool->error));
    for (size_t i = 0; i < count; i++) {
        prom_span bytes;
        PROM_TRY(prom_announcement_write(&tool->arena, &bytes, &list[i].announcement, &tool->error));
        for (size_t j = 0; j < bytes.length; j++) {
            (void)printf("%02x", bytes.data[j]);
        }
        (void)printf("\n");
    }
    (void)printf("\n");
    return prom_ok();
}

static prom_result count_free(struct tool *tool, char **words)
{
    size_t count = 0;
    size_t free_ones = 0;
    const prom_wallet_coin *list = prom_coins_list(tool->node->fold->coins, &count);
    (void)words;
    for (size_t i = 0; i < count; i++) {
        free_ones += prom_node_is_free(tool->node, &list[i]);
    }
    (void)printf("%zu\n", free_ones);
    return prom_ok();
}

enum { WORDS_MAX = 8 };

static prom_result obey(struct tool *tool, char *line)
{
    static const struct {
        const char *name;
        int words;
        prom_result (*act)(struct tool *tool, char **words);
    } commands[] = {{"script", 2, script}, {"wait", 2, wait_command}, {"publish", 3, publish},  {"offer", 4, offer},
                    {"renew", 5, renew},   {"withdraw", 3, withdraw}, {"survey", 2, survey},    {"own", 1, own},
                    {"offers", 1, offers}, {"free", 1, count_free},   {"announce", 1, announce}};
    char *words[WORDS_MAX + 1] = {NULL};
    char *rest = NULL;
    int count = 0;
    for (char *word = strtok_r(line, " \n", &rest); word != NULL && count < WORDS_MAX;
         word = strtok_r(NULL, " \n", &rest)) {
        words[count++] = word;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0] && count > 0; i++) {
        if (strcmp(words[0], commands[i].name) == 0 && count >= commands[i].words) {
            return commands[i].act(tool, words);
        }
    }
    return bad(tool, "the command");
}

int main(int argument_count, char **arguments)
{
    static struct tool tool;
    char line[1024];
    if (argument_count != 4 && argument_count != 6) {
        (void)fprintf(stderr, "the arguments stand at the head of this program's source\n");
        return 1;
    }
    prom_arena_init(&tool.arena, (size_t)64 << 20);
    if (!prom_is_ok(open_node(&tool, arguments))) {
        (void)fprintf(stderr, "%s\n", tool.error.sentence);
        return 1;
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (!prom_is_ok(obey(&tool, line))) {
            (void)printf("error: %s\n", tool.error.sentence);
        }
        (void)fflush(stdout);
    }
    prom_node_close(tool.node);
    prom_arena_free(&tool.arena);
    return 0;
}
