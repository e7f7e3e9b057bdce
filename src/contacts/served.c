/* For which P, in which roles, others are told of us: as the owner's policy says, as our offers say, as the chain has
 * them. */
#include <stdlib.h>

#include "contacts/state.h"
#include "node/own.h"
#include "node/survey.h"
#include "system/clock.h"

enum {
    LOOK_MEMORY = 1 << 25,
    P_LOOKED_AT = 256,         /* the oldest of the chain: whoever publishes many later pushes none of them out */
    RECORDS_CHEAP = 1 << 16,   /* so many are looked through with every block that has one more */
    BLOCKS_BETWEEN_LOOKS = 36, /* else so rarely */
};

static bool has(const prom_served *served, const prom_bytes32 *p_txid)
{
    bool found = false;
    for (size_t i = 0; i < served->count && !found; i++) {
        found = prom_bytes32_equal(&served->list[i], p_txid);
    }
    return found;
}

static void add(prom_served *served, const prom_bytes32 *p_txid)
{
    if (served->count < PROM_CONTACTS_SERVED_MAX && !has(served, p_txid)) {
        served->list[served->count++] = *p_txid;
    }
}

/* -- Worker and verifier -- */

static bool suits(const prom_contacts *contacts, const prom_policy *policy, const prom_parameters *P)
{
    return prom_is_ok(prom_parameters_check_limits(prom_node_curve(contacts->options.node), P, &policy->limits, NULL));
}

/* Those that the owner names, and that are on the chain. */
static void add_named(const prom_contacts *contacts, const prom_policy *policy, prom_served *served)
{
    const prom_index *index = prom_node_index(contacts->options.node);
    for (size_t i = 0; i < policy->accepted.count; i++) {
        const prom_index_record *P = prom_index_find(index, PROM_INDEX_P, &policy->accepted.keys[i]);
        if (P != NULL && suits(contacts, policy, &P->P)) {
            add(served, &P->txid);
        }
    }
}

/* Where more contracts were made, and then more arbiters stand ready, others will look. */
static int compare(const void *a, const void *b)
{
    const prom_survey_sum *one = a;
    const prom_survey_sum *other = b;
    if (one->contracts != other->contracts) {
        return one->contracts > other->contracts ? -1 : 1;
    }
    const size_t its = one->counted + one->waiting;
    const size_t others = other->counted + other->waiting;
    return its > others ? -1 : its < others;
}

/* Where he names none: those of the chain that suit him. */
static prom_result add_any(const prom_contacts *contacts, const prom_policy *policy, prom_served *served,
                           prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_survey_sum *list = NULL;
    size_t count = 0;
    bool cut = false;
    prom_arena_init(&arena, LOOK_MEMORY);
    PROM_TRY(
        prom_survey_list(prom_node_index(contacts->options.node), &arena, P_LOOKED_AT, &list, &count, &cut, error));
    if (count > 0) {
        qsort(list, count, sizeof *list, compare);
    }
    for (size_t i = 0; i < count; i++) {
        if (suits(contacts, policy, &list[i].P)) {
            add(served, &list[i].txid);
        }
    }
    return prom_ok();
}

/* -- Arbiter -- */

/* Where an offer of ours can be drawn. */
static prom_result add_offered(const prom_contacts *contacts, prom_served *served, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_own_offer *offers = NULL;
    size_t count = 0;
    prom_arena_init(&arena, LOOK_MEMORY);
    PROM_TRY(prom_node_list_offers(contacts->options.node, &arena, &offers, &count, error));
    for (size_t i = 0; i < count; i++) {
        if (offers[i].on_chain && offers[i].fate == PROM_OFFER_UNSPENT && !offers[i].leaving) {
            add(served, &offers[i].announcement.p_txid);
        }
    }
    return prom_ok();
}

/* -- All of them -- */

static prom_result look(const prom_contacts *contacts, prom_role role, prom_served *served, prom_error *error)
{
    const prom_policy *policy = &contacts->options.policies[role];
    *served = (prom_served){.count = 0};
    if (role == PROM_ROLE_ARBITER) {
        return contacts->options.arbiter ? add_offered(contacts, served, error) : prom_ok();
    }
    if (policy->on && policy->accepted.count > 0) {
        add_named(contacts, policy, served);
        return prom_ok();
    }
    return policy->on ? add_any(contacts, policy, served, error) : prom_ok();
}

/* What was served, and is no more; the rest is taken up again. */
static void withdraw(prom_contacts *contacts)
{
    for (size_t i = 0; i < PROM_TOPICS_MAX; i++) {
        prom_topic *topic = &contacts->topics[i];
        if (topic->used && topic->served && !has(&contacts->served[topic->role], &topic->p_txid)) {
            topic->served = false;
            topic->told_at = 0;
            prom_directory_withdraw(contacts->directory, &topic->p_txid, topic->role);
            prom_contacts_table_forget(contacts, topic);
        }
        topic->needed = topic->relayed = false;
    }
}

/* Whoever takes part in contracts on a P can tell others of its nodes; workers and verifiers have arbiters to ask. */
static void take_up(prom_contacts *contacts, const prom_bytes32 *p_txid, prom_role served, uint32_t before)
{
    for (prom_role role = PROM_ROLE_WORKER; role < PROM_ROLES; role++) {
        prom_topic *topic = prom_contacts_topic(contacts, p_txid, role);
        if (topic == NULL) {
            continue;
        }
        if ((before & prom_topic_bit(contacts, topic)) == 0 && !topic->relayed) {
            prom_contacts_hurry(contacts, topic);
        }
        topic->relayed = true;
        topic->served = topic->served || role == served;
        topic->needed = topic->needed || (role == PROM_ROLE_ARBITER && served != PROM_ROLE_ARBITER);
    }
}

static void note_since(prom_topic *topic, int64_t now)
{
    const int64_t since = topic->needed_since != 0 ? topic->needed_since : now;
    topic->needed_since = topic->needed ? since : 0;
}

/* Topics keep the places that they have, while they are withdrawn and taken up again. */
static void renew(prom_contacts *contacts)
{
    const uint32_t before = prom_contacts_active(contacts);
    withdraw(contacts);
    for (size_t i = 0; i < PROM_TOPICS_MAX; i++) {
        if ((before >> i & 1) != 0) {
            prom_contacts_rest(contacts, &contacts->topics[i]); /* lately: others make room first */
        }
    }
    for (prom_role role = PROM_ROLE_WORKER; role < PROM_ROLES; role++) {
        for (size_t i = 0; i < contacts->served[role].count; i++) {
            take_up(contacts, &contacts->served[role].list[i], role, before);
        }
    }
    for (size_t i = 0; i < PROM_TOPICS_MAX; i++) {
        note_since(&contacts->topics[i], prom_clock_milliseconds());
    }
}

/* Whether P may have come or gone, or others be where more contracts are made. */
static bool is_due(const prom_contacts *contacts, uint32_t tip, size_t records)
{
    if (contacts->served_due || tip < contacts->served_at) {
        return true;
    }
    return tip > contacts->served_at && records != contacts->served_known &&
           (records <= RECORDS_CHEAP || tip - contacts->served_at >= BLOCKS_BETWEEN_LOOKS);
}

static void look_at(prom_contacts *contacts, prom_role role)
{
    prom_served served;
    prom_error reason;
    if (prom_is_ok(look(contacts, role, &served, &reason))) {
        contacts->served[role] = served;
    } else {
        prom_contacts_report(contacts, PROM_REPORT_FAULT, "what is served stays as it is: %s", reason.sentence);
    }
}

static void look_at_all(prom_contacts *contacts, uint32_t tip)
{
    const size_t records = prom_index_count(prom_node_index(contacts->options.node));
    if (is_due(contacts, tip, records)) {
        look_at(contacts, PROM_ROLE_WORKER);
        look_at(contacts, PROM_ROLE_VERIFIER);
        contacts->served_at = tip;
        contacts->served_known = records;
    }
    look_at(contacts, PROM_ROLE_ARBITER);
    contacts->served_due = false;
    contacts->served_tip = tip;
    renew(contacts);
}

void prom_contacts_serve(prom_contacts *contacts)
{
    const uint32_t tip = prom_node_tip(contacts->options.node);
    if (!prom_node_is_ready(contacts->options.node)) {
        return;
    }
    if (contacts->served_due || tip != contacts->served_tip) {
        look_at_all(contacts, tip);
    }
    for (size_t i = 0; i < PROM_TOPICS_MAX; i++) {
        if (contacts->topics[i].used && contacts->topics[i].served) {
            prom_contacts_tell(contacts, &contacts->topics[i], tip);
        }
    }
}
