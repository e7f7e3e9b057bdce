/* One step of a channel: an event goes to who takes it, then duties follow as long as there are any; and what it wants.
 */
#include <string.h>

#include "settlement/settlement.h"
#include "setup/parts.h"
#include "steps/steps.h"

static unsigned sender_of(size_t place)
{
    if (place == PROM_NO_PLACE) {
        return FROM_OTHER;
    }
    return place < PROM_PARTIES ? 1U << place : FROM_A;
}

static const struct rule *rule_for(const prom_channel *channel, prom_message_kind kind)
{
    for (size_t i = 0; i < prom_rule_count; i++) {
        if (prom_rules[i].kind == kind && (prom_rules[i].roles & 1U << channel->facts.role) != 0) {
            return &prom_rules[i];
        }
    }
    return NULL;
}

/* A setup judges by offers and by P: it goes on when the index has them all, or ends in its time. */
static bool waits_for_index(const struct step *step)
{
    return step->view->partial && step->facts->setup.phase < PROM_SETUP_GIVEN;
}

static prom_result take_message(struct step *step, const prom_event *event, prom_reception *reception)
{
    const struct received received = {event->as.message.from,
                                      prom_channel_place_of(step->channel, event->as.message.from),
                                      event->as.message.message};
    const struct rule *rule = rule_for(step->channel, received.message->kind);
    const prom_setup_phase phase = step->facts->setup.phase;
    if (rule == NULL || (rule->from & sender_of(received.place)) == 0) {
        return prom_refuse(step, reception, "a %s is nothing that this sender says to a %s",
                           prom_message_name(received.message->kind), prom_role_name(step->facts->role));
    }
    if (received.message->batch >= PROM_BATCHES_MAX) {
        return prom_refuse(step, reception, "a %s is about a batch that this channel does not have",
                           prom_message_name(received.message->kind));
    }
    if (phase == PROM_SETUP_OVER || phase > rule->last) {
        return prom_ok(); /* too late to matter, and nobody's fault */
    }
    if (phase < rule->first || waits_for_index(step)) {
        *reception = PROM_TOO_EARLY;
        return prom_ok();
    }
    return rule->take(step, &received, reception);
}

static prom_result take_signed(struct step *step, const prom_event *event)
{
    prom_take_event *take = prom_taker_of_signed(event->as.signed_.purpose);
    return take == NULL ? prom_fail(step->error, PROM_CATEGORY_MISUSE, "a signature that no step asks for")
                        : take(step, event);
}

static prom_result take_done(struct step *step, const prom_event *event)
{
    prom_take_event *take = prom_taker_of_job(event->as.done.job);
    if (take == NULL) {
        return prom_fail(step->error, PROM_CATEGORY_MISUSE, "a job that no step asks for");
    }
    return event->as.done.lost.is ? prom_body_lost(step, event) : take(step, event);
}

static prom_result take_event(struct step *step, const prom_event *event, prom_reception *reception)
{
    switch (event->kind) {
    case PROM_EVENT_PROPOSE:
        return prom_setup_propose(step, event);
    case PROM_EVENT_MESSAGE:
        return take_message(step, event, reception);
    case PROM_EVENT_BLOCK:
        prom_setup_chain_moved(step);
        return prom_money_connect(step, event);
    case PROM_EVENT_UNBLOCK:
        prom_setup_chain_moved(step);
        return prom_money_disconnect(step, event);
    case PROM_EVENT_TIME:
        return prom_ok();
    case PROM_EVENT_SIGNED:
        return take_signed(step, event);
    case PROM_EVENT_FETCHED:
        return prom_body_fetched(step, event);
    case PROM_EVENT_DONE:
        return take_done(step, event);
    case PROM_EVENT_OUTPUT:
        return prom_setup_output(step, event);
    case PROM_EVENT_TRIED:
        return prom_setup_tried(step, event);
    case PROM_EVENT_ABANDON:
        return prom_setup_abandon(step, event);
    case PROM_EVENTS:
        break;
    }
    return prom_fail(step->error, PROM_CATEGORY_MISUSE, "an event of no known kind");
}

/* More rounds than every duty of every batch can need one after the other. */
enum { ROUNDS_MAX = 64 };

static prom_result do_duties(struct step *step)
{
    const size_t count = waits_for_index(step) ? prom_duty_blind_count : prom_duty_count;
    for (unsigned round = 0; round < ROUNDS_MAX; round++) {
        bool changed = false;
        for (size_t i = 0; i < count && !changed; i++) {
            const struct duty *duty = &prom_duties[i];
            const prom_setup_phase phase = step->facts->setup.phase;
            if ((duty->roles & 1U << step->facts->role) != 0 && phase >= duty->first && phase <= duty->last) {
                PROM_TRY(duty->act(step, &changed));
            }
        }
        if (!changed) {
            return prom_ok();
        }
    }
    return prom_fail(step->error, PROM_CATEGORY_BROKEN, "the duties of a channel do not come to an end");
}

prom_result prom_channel_step(prom_channel *channel, prom_arena *step_arena, prom_reception *reception,
                              prom_outputs *outputs, const prom_event *event, const prom_channel_view *view,
                              prom_error *error)
{
    struct step step = {channel, &channel->facts, view, step_arena, outputs, error};
    *reception = PROM_TAKEN;
    *outputs = (prom_outputs){0};
    PROM_TRY(take_event(&step, event, reception));
    return *reception == PROM_TAKEN ? do_duties(&step) : prom_ok();
}

/* -- What is wanted -- */

/* Until when what a job finds can be used. What is done for a setup, or for C's own reading, waits for all of that. */
static int64_t job_until(const prom_channel *channel, uint16_t batch, prom_job_kind job)
{
    static const struct {
        bool has;
        prom_deadline_id party, arbiter;
    } table[PROM_JOBS] = {
        [PROM_JOB_COMPUTE] = {true, PROM_DEADLINE_DELIVER, PROM_DEADLINE_DELIVER},
        [PROM_JOB_OPENINGS] = {true, PROM_DEADLINE_OPENINGS, PROM_DEADLINE_OPENINGS},
        [PROM_JOB_OPEN_KEY] = {true, PROM_DEADLINE_TXV0, PROM_DEADLINE_TXV0},
        [PROM_JOB_CHECK] = {true, PROM_DEADLINE_TXV0, PROM_DEADLINE_COMMIT},
    };
    prom_tip_window window;
    const prom_deadline_id id = channel->facts.role == PROM_ROLE_ARBITER ? table[job].arbiter : table[job].party;
    return table[job].has && prom_window_of(channel, batch, id, &window) ? window.latest : PROM_WINDOW_OPEN;
}

prom_result prom_channel_wants(const prom_channel *channel, prom_arena *step_arena, prom_wants *wants,
                               const prom_channel_view *view, prom_error *error)
{
    prom_channel *seen = NULL;
    prom_outputs none = {0};
    memcpy(&seen, &channel, sizeof seen); /* wanters read what a step writes, and write nothing */
    struct step step = {seen, &seen->facts, view, step_arena, &none, error};
    wants->count = 0;
    for (size_t i = 0; i < prom_wanter_count; i++) {
        PROM_TRY(prom_wanters[i](&step, wants));
    }
    for (size_t i = 0; i < wants->count; i++) {
        prom_want *want = &wants->list[i];
        if (want->kind == PROM_WANT_JOB) {
            want->as.job.until = job_until(channel, want->batch, want->as.job.job);
        }
    }
    return prom_ok();
}
