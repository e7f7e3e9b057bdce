/* Links: each sender's messages to each receiver come in order, once. What is lost is sent again, so that to a channel
 * it is late. */
#include <string.h>

#include "explore.h"

static size_t place_of(const sim_run *run, const prom_bytes32 *key)
{
    for (size_t i = 0; i < run->world->places; i++) {
        if (prom_bytes32_equal(prom_place_key(&run->world->terms, i), key)) {
            return i;
        }
    }
    return PROM_NO_PLACE;
}

/* How long a message is under way. */
static int64_t delay_of(sim_run *run)
{
    const int64_t quick = 20 + sim_below(&run->dice, 2000);
    return prom_sim_is_on(run, SIM_DELAY, &run->dice) ? quick + (int64_t)sim_below(&run->dice, 600000) : quick;
}

void prom_sim_post(sim_run *run, const prom_bytes32 *key, size_t from, size_t to, const prom_message *message)
{
    prom_error error = {{0}};
    void *memory = NULL;
    sim_link *link = &run->links[from][to];
    NEED(prom_arena_alloc(&run->arena, &memory, 1, sizeof(sim_letter), &error), &error);
    sim_letter *letter = memory;
    NEED(prom_message_copy(&run->arena, &letter->message, message, &error), &error);
    letter->from = *key;
    letter->ready = run->now + delay_of(run);
    letter->latest = run->chain.tip->height + run->plan.message_blocks;
    if (link->last != NULL) {
        link->last->next = letter;
    } else {
        link->first = letter;
    }
    link->last = letter;
}

void prom_sim_send(sim_run *run, size_t from, const prom_bytes32 *to, const prom_message *message)
{
    const size_t place = place_of(run, to);
    if (place == PROM_NO_PLACE || place == from) {
        prom_sim_fail(run, "place %zu speaks to somebody that is no party", from);
        return;
    }
    const bool muted = (run->plan.story != NULL && (run->plan.story->silent_to >> place & 1) != 0) ||
                       (run->plan.script != NULL && (run->plan.script->muted >> place & 1) != 0);
    if (!run->parties[from].honest && (muted || prom_sim_is_on(run, SIM_DROP, &run->adversary.dice))) {
        return;
    }
    if (run->parties[from].honest) {
        prom_sim_goals_of_sent(run, &run->parties[from], place, message);
    }
    prom_sim_note(run, from, "send", "%s to %zu", prom_message_name(message->kind), place);
    prom_sim_post(run, prom_place_key(&run->world->terms, from), from, place, message);
    if (!run->parties[from].honest && prom_sim_is_on(run, SIM_HOLD, &run->adversary.dice)) {
        run->links[from][place].last->ready += (int64_t)sim_below(&run->adversary.dice, 40) * 600000;
    }
}

bool prom_sim_deliver(sim_run *run, size_t from, size_t to)
{
    sim_link *link = &run->links[from][to];
    sim_party *party = &run->parties[to];
    const sim_letter *letter = link->first;
    prom_reception reception = PROM_TAKEN;
    const prom_event event = {.kind = PROM_EVENT_MESSAGE, .as.message = {&letter->from, &letter->message}};
    prom_sim_note(run, to, "message", "%s from %zu", prom_message_name(letter->message.kind), from);
    if (!prom_sim_party_step(run, party, &event, &reception)) {
        if (!run->failed) {
            prom_sim_party_restart(run, party);
        }
        return true; /* not acknowledged: it comes again */
    }
    if (reception == PROM_TOO_EARLY) {
        link->early = true;
        return false;
    }
    link->first = letter->next;
    if (link->first == NULL) {
        link->last = NULL;
    }
    return true;
}
