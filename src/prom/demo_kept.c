#include "prom/demo_kept.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Prints a word of a command line so that a shell reads it as one, as it is. */
static void print_quoted(const char *option, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=,:@%";
    (void)fputs(option, stdout);
    if (*word != '\0' && word[strspn(word, plain)] == '\0') {
        (void)fputs(word, stdout);
        return;
    }
    (void)putchar('\'');
    for (; *word != '\0'; word++) {
        (void)(*word == '\'' ? fputs("'\\''", stdout) : putchar(*word));
    }
    (void)putchar('\'');
}

static const prom_bytes32 *last_txid(const prom_demo *demo)
{
    return demo->play.story->market ? &demo->market.contracts[0].settled_by
                                    : &demo->play.txs[demo->play.tx_count - 1].txid;
}

static void print_around(const prom_demo *demo)
{
    static const char *const commands[] = {"channel list", "wallet history", "peers"};
    if (!demo->play.story->market) {
        (void)printf("\nwhat its parties make of the contract (C, W, V, A1 to A3, each in a folder of that name):\n\n");
        print_quoted("  prom channel list --dir ", demo->devnet->folder.path);
        (void)printf("/parties/W\n");
        return;
    }
    const prom_demo_node *client = &demo->market.nodes.list[PROM_DEMO_CLIENT];
    (void)printf(
        "\nits nodes run, too (C, W1, W2, A1 to A4, each in a folder of that name), and no blocks come but by\n"
        "'prom devnet mine'. The client's page:\n\n  http://127.0.0.1:%u/\n\nand what its node tells:\n\n",
        (unsigned)client->page_port);
    (void)printf("  prom jobs receipt %.8s", demo->market.job);
    print_quoted(" --dir ", client->home);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        (void)printf("\n  prom %s", commands[i]);
        print_quoted(" --dir ", client->home);
    }
    (void)printf("\n");
}

void prom_demo_kept_print(const prom_demo *demo)
{
    char cli[PATH_MAX];
    char txid[PROM_HEX32];
    const char *path = demo->devnet->bitcoind.path;
    const char *slash = strrchr(path, '/');
    (void)snprintf(cli, sizeof cli, "%.*sbitcoin-cli", slash == NULL ? 0 : (int)(slash - path + 1), path);
    (void)printf("\nThe chain is still up. To look at it:\n\n");
    (void)prom_hex32_reversed(txid, last_txid(demo));
    if (access(cli, X_OK) == 0) {
        print_quoted("  ", cli);
        (void)printf(" -regtest -conf=/dev/null -rpcport=%u", (unsigned)demo->devnet->rpc_port);
        print_quoted(" -rpccookiefile=", demo->devnet->cookie_file);
        (void)printf(" getrawtransaction %s 1\n", txid);
    } else { /* bitcoind without bitcoin-cli beside it */
        print_quoted("  curl -s -u \"$(cat ", demo->devnet->cookie_file);
        (void)printf(")\" -d '{\"method\": \"getrawtransaction\", \"params\": [\"%s\", 1]}' %s\n", txid,
                     demo->devnet->url);
    }
    print_around(demo);
    (void)printf("\nand to stop it:\n\n");
    print_quoted("  prom devnet down --dir ", demo->devnet->folder.path);
    (void)putchar('\n');
}
