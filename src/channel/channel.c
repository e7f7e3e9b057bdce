/* The step: an event goes to who takes it, then every duty is done that can be. */
#include "prometheus/channel/channel.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "channel/setup_parts.h"

const char *prom_role_name(prom_role role)
{
    static const char *const names[PROM_ROLES] = {"client", "worker", "verifier", "arbiter"};
    return names[role];
}

const char *prom_lambda_name(prom_lambda lambda)
{
    static const char *const names[] = {"setup", "computation", "verification", "arbitration", "closed"};
    return names[lambda];
}

const char *prom_setup_phase_name(prom_setup_phase phase)
{
    static const char *const names[PROM_SETUP_PHASES] = {"new",     "proposed", "accepted", "base",
                                                         "held",    "seating",  "keying",   "agreed",
                                                         "signing", "complete", "given",    "over"};
    return names[phase];
}

/* -- What every part uses -- */

prom_result prom_refuse(struct step *step, prom_reception *reception, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(step->error->sentence, sizeof step->error->sentence, format, arguments);
    va_end(arguments);
    *reception = PROM_REFUSED;
    return prom_ok();
}

prom_result prom_refuse_failed(prom_result result, prom_reception *reception)
{
    if (result.category != PROM_CATEGORY_PEER && result.category != PROM_CATEGORY_BAD_INPUT) {
        return result;
    }
    *reception = PROM_REFUSED;
    return prom_ok();
}

/* Most steps say nothing, and an output is large: room is made as it is needed. */
static prom_result make_room(struct step *step)
{
    prom_outputs *outputs = step->outputs;
    const size_t room = outputs->room == 0 ? 4 : 2 * outputs->room;
    prom_output *larger = NULL;
    PROM_TRY_NEW(larger, step->arena, room, step->error);
    for (size_t i = 0; i < outputs->count; i++) {
        larger[i] = outputs->list[i];
    }
    outputs->list = larger;
    outputs->room = room;
    return prom_ok();
}

static prom_result add_output(struct step *step, prom_output **output, prom_output_kind kind)
{
    if (step->outputs->count == PROM_OUTPUTS_MAX) {
        return prom_fail(step->error, PROM_CATEGORY_BROKEN, "a step of the channel has more to say than it may");
    }
    if (step->outputs->count == step->outputs->room) {
        PROM_TRY(make_room(step));
    }
    *output = &step->outputs->list[step->outputs->count++];
    **output = (prom_output){.kind = kind};
    return prom_ok();
}

prom_result prom_send(struct step *step, const prom_bytes32 *to, const prom_message *message)
{
    prom_output *output = NULL;
    PROM_TRY(add_output(step, &output, PROM_OUTPUT_SEND));
    output->to = *to;
    return prom_message_copy(step->arena, &output->message, message, step->error);
}

prom_result prom_send_places(struct step *step, uint32_t places, const prom_message *message)
{
    const prom_channel *channel = step->channel;
    for (size_t i = 0; i < prom_place_count(channel); i++) {
        if ((places >> i & 1) != 0 && i != channel->place) {
            PROM_TRY(prom_send(step, prom_place_key(&channel->terms, i), message));
        }
    }
    return prom_ok();
}

void prom_mark_answers(struct step *step, size_t before)
{
    for (size_t i = before; i < step->outputs->count; i++) {
        step->outputs->list[i].answer = true;
    }
}

prom_result prom_alarm(struct step *step, const char *format, ...)
{
    prom_output *output = NULL;
    va_list arguments;
    PROM_TRY(add_output(step, &output, PROM_OUTPUT_ALARM));
    va_start(arguments, format);
    (void)vsnprintf(output->text, sizeof output->text, format, arguments);
    va_end(arguments);
    return prom_ok();
}

prom_result prom_note(struct step *step, const char *format, ...)
{
    prom_output *output = NULL;
    va_list arguments;
    PROM_TRY(add_output(step, &output, PROM_OUTPUT_NOTE));
    va_start(arguments, format);
    (void)vsnprintf(output->text, sizeof output->text, format, arguments);
    va_end(arguments);
    return prom_ok();
}

static prom_result add_plain(struct step *step, prom_output_kind kind)
{
    prom_output *output = NULL;
    return add_output(step, &output, kind);
}

prom_result prom_remember(struct step *step)
{
    return add_plain(step, PROM_OUTPUT_REMEMBER);
}

prom_result prom_seen(struct step *step)
{
    return add_plain(step, PROM_OUTPUT_SEEN);
}

prom_result prom_keep(struct step *step, size_t kind, prom_span bytes)
{
    return prom_span_copy(step->channel->arena, &step->facts->kept[kind], bytes, step->error);
}

prom_result prom_setup_end(struct step *step, const char *format, ...)
{
    prom_setup_session *setup = &step->facts->setup;
    va_list arguments;
    if (setup->phase >= PROM_SETUP_GIVEN) {
        return prom_fail(step->error, PROM_CATEGORY_BROKEN, "a setup cannot end once our signature of Tx0 is out");
    }
    va_start(arguments, format);
    (void)vsnprintf(setup->reason, sizeof setup->reason, format, arguments);
    va_end(arguments);
    setup->phase = PROM_SETUP_OVER;
    PROM_TRY(prom_note(step, "the setup is over: %s", setup->reason));
    return setup->drawn && step->facts->role != PROM_ROLE_ARBITER ? prom_remember(step) : prom_ok();
}

size_t prom_place_count(const prom_channel *channel)
{
    return PROM_PARTIES + channel->terms.arbiter_count;
}

uint32_t prom_places_arbiters(const prom_channel *channel)
{
    return prom_places_all(channel) & ~((UINT32_C(1) << PROM_PARTIES) - 1);
}

uint32_t prom_places_all(const prom_channel *channel)
{
    return (UINT32_C(1) << prom_place_count(channel)) - 1;
}

uint32_t prom_channel_quorum(const prom_channel *channel)
{
    return prom_parameters_quorum(&channel->terms.P);
}

const prom_chain_parameters *prom_channel_network(const prom_channel *channel)
{
    return prom_terms_network(&channel->terms);
}

uint32_t prom_channel_margin(const prom_channel *channel)
{
    return prom_channel_network(channel)->safety_margin;
}

uint32_t prom_view_best(const prom_channel_view *view)
{
    const uint32_t next = prom_index_next_height(view->index);
    return next == 0 ? 0 : next - 1;
}

bool prom_view_is_whole(const prom_channel_view *view)
{
    return view->in_step && prom_view_best(view) == view->own_tip;
}

bool prom_channel_may_sign(const prom_channel *channel)
{
    return !channel->facts.restored && !channel->facts.frozen;
}

prom_result prom_each_batch(struct step *step, bool *changed, prom_act_batch *act)
{
    for (size_t batch = 0; batch < step->facts->batch_count; batch++) {
        PROM_TRY(act(step, (uint16_t)batch, changed));
    }
    return prom_ok();
}

size_t prom_channel_place_of(const prom_channel *channel, const prom_bytes32 *key)
{
    if (channel->facts.role != PROM_ROLE_CLIENT && prom_bytes32_equal(key, &channel->facts.client)) {
        return PROM_PARTY_C;
    }
    for (size_t i = 0; i < prom_place_count(channel); i++) {
        const prom_bytes32 none = {{0}};
        const prom_bytes32 *its = prom_place_key(&channel->terms, i);
        if (!prom_bytes32_equal(its, &none) && prom_bytes32_equal(its, key)) {
            return i;
        }
    }
    return PROM_NO_PLACE;
}

const prom_address *prom_channel_address_of(const prom_channel *channel, const prom_bytes32 *key)
{
    const prom_facts *facts = &channel->facts;
    const size_t place = prom_channel_place_of(channel, key);
    if (place != PROM_NO_PLACE && facts->addresses[place].length > 0) {
        return &facts->addresses[place];
    }
    for (size_t i = 0; i < PROM_PARTIES; i++) { /* whose own words we have not heard */
        if (prom_bytes32_equal(&facts->nodes[i].key, key) && facts->addresses[i].length > 0) {
            return &facts->addresses[i];
        }
    }
    for (size_t i = 0; i < facts->setup.candidate_count; i++) {
        const prom_candidate *candidate = &facts->setup.candidates[i];
        const bool its = prom_bytes32_equal(&candidate->seat.announcement.node_key, key) ||
                         prom_bytes32_equal(&candidate->seat.terms.key, key);
        if (its && candidate->address.length > 0) {
            return &candidate->address;
        }
    }
    return NULL;
}

const prom_bytes32 *prom_channel_node_of(const prom_channel *channel, const prom_bytes32 *key)
{
    const prom_bytes32 none = {{0}};
    const prom_facts *facts = &channel->facts;
    const size_t place = prom_channel_place_of(channel, key);
    if (place < PROM_PARTIES && !prom_bytes32_equal(&facts->nodes[place].key, &none)) {
        return &facts->nodes[place].key;
    }
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        if (prom_bytes32_equal(&facts->nodes[i].key, key)) {
            return &facts->nodes[i].key;
        }
    }
    for (size_t i = 0; i < facts->setup.candidate_count; i++) {
        const prom_seat *seat = &facts->setup.candidates[i].seat;
        if (prom_bytes32_equal(&seat->announcement.node_key, key) || prom_bytes32_equal(&seat->terms.key, key)) {
            return &seat->announcement.node_key;
        }
    }
    return NULL;
}

/* -- The step -- */

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

prom_result prom_want_add(struct step *step, prom_wants *wants, const prom_want *want)
{
    if (wants->count == PROM_WANTS_MAX) {
        return prom_fail(step->error, PROM_CATEGORY_BROKEN, "a channel wants more at once than it may");
    }
    wants->list[wants->count++] = *want;
    return prom_ok();
}

size_t prom_channel_open_work(const prom_channel *channel)
{
    const prom_facts *facts = &channel->facts;
    const bool works = facts->role == PROM_ROLE_WORKER || facts->role == PROM_ROLE_VERIFIER;
    size_t open = 0;
    if (!works || facts->setup.phase < PROM_SETUP_ACCEPTED || facts->setup.phase == PROM_SETUP_OVER) {
        return 0;
    }
    for (uint16_t i = 0; i < facts->batch_count; i++) {
        const prom_batch_facts *batch = &facts->batches[i];
        const bool done = facts->role == PROM_ROLE_WORKER ? batch->evidence.bodies[PROM_BODY_PACKAGE_A].here
                                                          : batch->money.verdict != PROM_VERDICT_WAIT;
        open += !done && prom_money_state_of(facts, i) <= PROM_MONEY_LOCKED;
    }
    return open;
}

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
