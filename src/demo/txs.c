/* Which transactions of a block are the contract's, and what their names say. */
#include <string.h>

#include "demo/play.h"
#include "prometheus/contract/offer.h"

static bool is_tx0(const prom_demo_play *play, const prom_tx *tx)
{
    prom_span mark;
    bool found = false;
    if (!prom_is_ok(prom_contract_mark(play->cast->faucet.arena, &mark, &play->cast->p_txid, NULL))) {
        return false;
    }
    for (size_t i = 0; i < tx->output_count; i++) {
        found = found || prom_span_equal(tx->outputs[i].script, mark);
    }
    return found;
}

bool prom_demo_goes_on(const prom_demo_play *play, const prom_tx *tx)
{
    if (play->tx_count == 0) {
        return is_tx0(play, tx);
    }
    const prom_outpoint last = {play->txs[play->tx_count - 1].txid, 0};
    return play->scheme == 0 && prom_tx_spends(tx, &last);
}

unsigned prom_demo_scheme_of(const char *name)
{
    for (prom_branch_id id = PROM_BRANCH_TX1; id < PROM_BRANCHES; id++) {
        const prom_branch *branch = prom_branch_of(id);
        const size_t length = strlen(branch->name);
        if (strncmp(name, branch->name, length) == 0 && (name[length] == '\0' || name[length] == '[')) {
            return branch->scheme;
        }
    }
    return 0;
}
