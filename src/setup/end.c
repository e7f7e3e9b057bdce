/* How a setup ends once our signature of Tx0 is out: by Tx0, or by whatever else spends one of its inputs, as soon as
 * either is buried. Until then the contract is live. */
#include "setup/parts.h"

/* Virtual bytes of a transaction with one P2TR input, by its key, and one P2TR output. */
enum { SPEND_VSIZE = 111 };

/* protocol 4: W's spend at the deadline, V's s blocks later, everybody else's s after that. C's is the last signature:
 * what it has published it waits for as long as the arbiters do. */
static const prom_deadline_id abandons[PROM_ROLES] = {
    [PROM_ROLE_CLIENT] = PROM_DEADLINE_ABANDON_A,
    [PROM_ROLE_WORKER] = PROM_DEADLINE_ABANDON_W,
    [PROM_ROLE_VERIFIER] = PROM_DEADLINE_ABANDON_V,
    [PROM_ROLE_ARBITER] = PROM_DEADLINE_ABANDON_A,
};

/* Whether neither Tx0 nor anything in its place is in the chain, or was. A Tx0 that a reorganisation took away is
 * published again, and nothing of it spent elsewhere: what was done since is worth something only with it. */
static bool is_open(const prom_facts *facts)
{
    return facts->setup.phase == PROM_SETUP_GIVEN && !facts->tx0.there && !facts->spoilt.there && !facts->tx0_seen;
}

prom_result prom_want_spoiling(struct step *step, prom_wants *wants)
{
    const prom_facts *facts = step->facts;
    prom_tip_window window;
    if (!is_open(facts) || facts->own.coin_count == 0 ||
        !prom_window_of(step->channel, 0, abandons[facts->role], &window) ||
        (!facts->given_up && step->view->own_tip < window.earliest)) {
        return prom_ok();
    }
    const prom_want want = {
        .kind = PROM_WANT_ABANDON,
        .as.abandon = {.coin = facts->own.coins[0],
                       .due = {.first_tip = facts->given_up ? (int64_t)step->view->own_tip : window.earliest,
                               .last_block = PROM_WINDOW_OPEN,
                               .at_risk = facts->own.coins[0].value,
                               .lateness = PROM_LATE_COSTS_TIME,
                               .vsize = SPEND_VSIZE,
                               .safety_margin = prom_channel_margin(step->channel)}}};
    return prom_want_add(step, wants, &want);
}

prom_result prom_setup_abandon(struct step *step, const prom_event *event)
{
    prom_facts *facts = step->facts;
    (void)event;
    if (facts->setup.phase < PROM_SETUP_GIVEN) {
        return prom_setup_break(step, "our owner has given it up");
    }
    if (!is_open(facts)) {
        return prom_note(step, "the setup cannot be given up any more: Tx0 is in a block, or was, or it is over");
    }
    facts->given_up = true;
    return prom_ok();
}

/* What a backup does not know our signature of Tx0 may be out for is live. */
prom_result prom_setup_restored(struct step *step, bool *changed)
{
    if (step->facts->restored) {
        prom_setup_give(step->channel);
        *changed = true;
    }
    return prom_ok();
}

/* Whether a transaction of this block is so deep that no reorganisation undoes it. */
static bool is_buried(const prom_channel *channel, const prom_channel_view *view, uint32_t height)
{
    const prom_tip_window keep =
        prom_deadline_window(PROM_DEADLINE_KEEP, &channel->terms.P, prom_channel_network(channel), height);
    return prom_view_best(view) > keep.latest;
}

bool prom_channel_keeps_result(const prom_channel *channel, const prom_channel_view *view)
{
    const prom_facts *facts = &channel->facts;
    const bool client = facts->role == PROM_ROLE_CLIENT;
    bool any = false;
    for (uint16_t i = 0; i < facts->batch_count && facts->tx0.there; i++) {
        const prom_evidence_facts *evidence = &facts->batches[i].evidence;
        const bool needed =
            client ? evidence->result == PROM_CHECKED_UNKNOWN : evidence->bodies[PROM_BODY_PACKAGE_A].here;
        any = any || (needed && prom_scheme_shows_key(prom_channel_scheme(channel, i)));
    }
    return any && (int64_t)prom_view_best(view) <= (int64_t)facts->tx0.height + channel->terms.retention;
}

bool prom_channel_is_finished(const prom_channel *channel, const prom_channel_view *view)
{
    const prom_facts *facts = &channel->facts;
    bool all = facts->batch_count > 0;
    if (facts->setup.phase != PROM_SETUP_GIVEN) {
        return facts->setup.phase == PROM_SETUP_OVER;
    }
    if (facts->spoilt.there) {
        return is_buried(channel, view, facts->spoilt.height);
    }
    for (uint16_t i = 0; i < facts->batch_count; i++) {
        prom_tip_window keep;
        all = all && prom_window_of(channel, i, PROM_DEADLINE_KEEP, &keep) && prom_view_best(view) > keep.latest;
    }
    return all;
}
