/* What all that happens in a step uses: what it says and keeps, who has which place, whom it may reach. */
#include "channel/step.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

prom_result prom_want_add(struct step *step, prom_wants *wants, const prom_want *want)
{
    if (wants->count == PROM_WANTS_MAX) {
        return prom_fail(step->error, PROM_CATEGORY_BROKEN, "a channel wants more at once than it may");
    }
    wants->list[wants->count++] = *want;
    return prom_ok();
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
