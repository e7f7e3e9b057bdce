/* What an arbiter asks the chain before it says yes: whether C, W and V have the coins that their terms name. Who has
 * none cannot hold an offer; until they are found another setup may have it. */
#include <stdio.h>
#include <string.h>

#include "prometheus/bitcoin/script.h"
#include "setup/parts.h"

/* A coin of C, W or V, in the order of Tx0's inputs; NULL behind the last. */
static const prom_coin *coin_of(const prom_terms *base, size_t index)
{
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        const size_t count = base->parties[i].coin_count;
        if (index < count) {
            return &base->parties[i].coins[index];
        }
        index -= count;
    }
    return NULL;
}

static bool all_found(const prom_channel *channel)
{
    size_t index = 0;
    while (coin_of(&channel->terms, index) != NULL && channel->facts.setup.inputs_found[index] != 0) {
        index++;
    }
    return coin_of(&channel->terms, index) == NULL;
}

bool prom_setup_looks_up(const prom_channel *channel)
{
    const prom_facts *facts = &channel->facts;
    bool decided = false;
    for (size_t i = 0; i < facts->setup.candidate_count; i++) {
        const prom_candidate *own = &facts->setup.candidates[i];
        decided = decided || (prom_outpoint_equal(&own->offer, &facts->own.coins[0].outpoint) && own->answered &&
                              own->seat.yes && !own->has_seat_word);
    }
    return facts->role == PROM_ROLE_ARBITER && facts->setup.phase == PROM_SETUP_SEATING && decided &&
           !all_found(channel);
}

prom_result prom_want_funds(struct step *step, prom_wants *wants)
{
    const prom_coin *coin = NULL;
    if (!prom_setup_looks_up(step->channel)) {
        return prom_ok();
    }
    for (size_t i = 0; (coin = coin_of(&step->channel->terms, i)) != NULL; i++) {
        if (step->facts->setup.inputs_found[i] == 0) {
            const prom_want want = {.kind = PROM_WANT_LOOK_UP, .as.look_up = coin->outpoint};
            PROM_TRY(prom_want_add(step, wants, &want));
        }
    }
    return prom_ok();
}

static prom_result check_coin(struct step *step, size_t index, const prom_coin *coin, const prom_output_event *event)
{
    prom_tx_output wanted = {.value = coin->value};
    prom_input_view view = event->output;
    char txid[PROM_HEX32];
    PROM_TRY(prom_script_p2tr(step->arena, &wanted.script, &coin->key, step->error));
    view.found = view.found && event->found;
    const prom_result checked = prom_terms_check_input(&step->channel->terms, &wanted, false, &view, step->error);
    if (checked.category == PROM_CATEGORY_PEER) {
        char reason[120];
        (void)snprintf(reason, sizeof reason, "%.*s", (int)sizeof reason - 1, step->error->sentence);
        return prom_setup_decline(step, "the coin %.16s...:%u: %.100s", prom_hex32_reversed(txid, &coin->outpoint.txid),
                                  coin->outpoint.index, reason);
    }
    PROM_TRY(checked);
    step->facts->setup.inputs_found[index] = 1;
    /* Others were looked up at the same time, and one of them was the first. */
    return all_found(step->channel) && prom_setup_is_engaged(step)
               ? prom_setup_end(step, "our offer takes part in another setup")
               : prom_ok();
}

prom_result prom_setup_fund_seen(struct step *step, const prom_output_event *event)
{
    const prom_coin *coin = NULL;
    for (size_t i = 0; (coin = coin_of(&step->channel->terms, i)) != NULL; i++) {
        if (prom_outpoint_equal(&coin->outpoint, &event->outpoint) && step->facts->setup.inputs_found[i] == 0) {
            return check_coin(step, i, coin, event);
        }
    }
    return prom_ok();
}
