/* How a setup ends before our signature of Tx0 is out: it lets go of everything in time, and what was drawn is
 * remembered; docs/protocol.md, sections 4 and 10. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "setup/setup.h"

prom_result prom_setup_break(struct step *step, const char *format, ...)
{
    prom_message message = {.kind = PROM_MESSAGE_REFUSAL};
    char reason[160];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    message.as.bytes = prom_span_of((const uint8_t *)reason, strlen(reason));
    if (step->facts->setup.phase == PROM_SETUP_NEW) {
        if (step->facts->role != PROM_ROLE_CLIENT) {
            PROM_TRY(prom_send(step, &step->facts->client, &message));
        }
    } else {
        PROM_TRY(prom_setup_pass_on(step, NULL, &message));
    }
    return prom_setup_end(step, "%s", reason);
}

prom_result prom_setup_break_failed(struct step *step, prom_result result)
{
    if (result.category != PROM_CATEGORY_PEER && result.category != PROM_CATEGORY_BAD_INPUT) {
        return result;
    }
    char reason[sizeof step->error->sentence];
    memcpy(reason, step->error->sentence, sizeof reason);
    return prom_setup_break(step, "%s", reason);
}

/* A text of somebody else's, for people: printable ASCII, and not long. */
static void copy_text(char *text, size_t size, prom_span bytes)
{
    size_t length = 0;
    for (size_t i = 0; i < bytes.length && length + 1 < size; i++) {
        const bool printable = bytes.data[i] >= ' ' && bytes.data[i] <= '~';
        text[length++] = (char)(printable ? bytes.data[i] : '?');
    }
    text[length] = '\0';
}

prom_result prom_take_refusal(struct step *step, const struct received *received, prom_reception *reception)
{
    prom_setup_session *setup = &step->facts->setup;
    char reason[160]; /* as long as prom_setup_break says it */
    (void)reception;
    copy_text(reason, sizeof reason, received->message->as.bytes);
    if (setup->base_signed == 0) {
        setup->refused_by = (uint8_t)(1U << received->place);
    }
    return prom_setup_end(step, "the %s says: %s", prom_party_name((prom_party)received->place), reason);
}

/* A setup that does not come on holds coins, an offer, memory: the least time that a setup is given is enough for
 * others to answer. Once it is held its deadline ends it; an arbiter without a seat waits no longer than for an answer.
 */
static bool is_overdue(const struct step *step)
{
    const prom_setup_session *setup = &step->facts->setup;
    const uint64_t tip = step->view->own_tip;
    const uint64_t patience = prom_terms_network(&step->channel->terms)->setup_time.low;
    const uint64_t since = setup->seating_tip > setup->begun_tip ? setup->seating_tip : setup->begun_tip;
    if (setup->phase < PROM_SETUP_BASE) {
        return tip >= setup->begun_tip + patience;
    }
    if (step->facts->role == PROM_ROLE_ARBITER && setup->phase == PROM_SETUP_SEATING && tip >= since + patience) {
        return true;
    }
    return tip >= step->channel->terms.setup_deadline;
}

prom_result prom_setup_let_go(struct step *step, bool *changed)
{
    if (!prom_channel_may_sign(step->channel)) {
        *changed = true;
        return prom_setup_end(step, "nothing new is signed in this channel");
    }
    if (!is_overdue(step)) {
        return prom_ok();
    }
    *changed = true;
    return prom_setup_end(step, step->facts->setup.phase < PROM_SETUP_BASE ? "the others have not answered in time"
                                                                           : "its time is over, and there is no Tx0");
}

/* protocol 4: whoever signs Tx0 and spends its input elsewhere would draw anew, too. */
prom_result prom_setup_spoilt(struct step *step)
{
    const prom_facts *facts = step->facts;
    return facts->setup.phase == PROM_SETUP_GIVEN && facts->role != PROM_ROLE_ARBITER ? prom_remember(step) : prom_ok();
}

prom_result prom_channel_aborted_draw(const prom_channel *channel, prom_arena *arena, prom_aborted_draw *draw,
                                      uint32_t tip, prom_error *error)
{
    const prom_facts *facts = &channel->facts;
    const prom_terms *terms = &channel->terms;
    const bool again = terms->earlier.length > 0; /* remembered as the setup that it carried */
    *draw = (prom_aborted_draw){.signed_terms = again ? terms->earlier : facts->kept[PROM_KEPT_SIGNED_BASE],
                                .draw_height = terms->draw_height,
                                .aborted_height = tip};
    if (facts->role == PROM_ROLE_ARBITER || facts->kept[PROM_KEPT_SIGNED_BASE].length == 0) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "this channel has signed no base terms whose draw could stand");
    }
    return prom_setup_partners(channel, arena, draw->partners, terms, error);
}
