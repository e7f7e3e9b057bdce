/* What functional tests ask bitcoind by src/chain. Prints one line, or a sentence on standard error.
 *
 *   feerates URL COOKIE BLOCKS    "WANTED RELAY INCREMENTAL", in sat for 1000 vB, and "estimated" behind it when WANTED
 *                                 is bitcoind's estimate for a transaction that is to be mined within BLOCKS */
#include "chain/chain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argument_count, char **arguments)
{
    prom_error error = {{0}};
    prom_rpc *rpc = NULL;
    prom_feerates feerates;
    bool estimated = false;
    if (argument_count != 5 || strcmp(arguments[1], "feerates") != 0) {
        (void)fprintf(stderr, "the arguments stand at the head of this program's source\n");
        return 1;
    }
    prom_result result = prom_rpc_new(&rpc, arguments[2], arguments[3], &error);
    if (prom_is_ok(result)) {
        const uint32_t blocks = (uint32_t)strtoul(arguments[4], NULL, 10);
        result = prom_chain_get_feerates(rpc, &feerates, &estimated, blocks, &error);
    }
    prom_rpc_free(rpc);
    if (!prom_is_ok(result)) {
        (void)fprintf(stderr, "%s\n", error.sentence);
        return 1;
    }
    (void)printf("%" PRIu32 " %" PRIu32 " %" PRIu32 "%s\n", feerates.wanted, feerates.relay, feerates.incremental,
                 estimated ? " estimated" : "");
    return 0;
}
