/* The tables of the channel, which its step goes through, and what a block does to it. */
#ifndef STEPS_STEPS_H
#define STEPS_STEPS_H

#include "channel/step.h"

/* A row of the table of messages: who takes it from whom, from which phase of the setup to which, and what it does.
 * Before the first phase it comes too early; after the last it is passed over. */
struct rule {
    prom_message_kind kind;
    unsigned roles;
    unsigned from;
    prom_setup_phase first;
    prom_setup_phase last;
    prom_take *take;
};

/* A row of the table of duties: what a role does by itself as soon as it can. They are gone through, from the first,
 * after every event, until none changes anything. */
struct duty {
    unsigned roles;
    prom_setup_phase first;
    prom_setup_phase last;
    prom_result (*act)(struct step *step, bool *changed);
};

/* The tables (rules.c). */
extern const struct rule prom_rules[];
extern const size_t prom_rule_count;
extern const struct duty prom_duties[];
extern const size_t prom_duty_count;
extern const size_t prom_duty_blind_count; /* the first ones, which need no index */
prom_take_event *prom_taker_of_signed(prom_purpose purpose);
prom_take_event *prom_taker_of_job(prom_job_kind job);

extern prom_add_wants *const prom_wanters[];
extern const size_t prom_wanter_count;

/* -- Blocks (blocks.c) -- */

PROM_MUST_USE prom_result prom_money_connect(struct step *step, const prom_event *event);
PROM_MUST_USE prom_result prom_money_disconnect(struct step *step, const prom_event *event);

#endif
