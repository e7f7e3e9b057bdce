/* What is looked for, and what is served: each a P and a role, of which there are places for so many. */
#include "contacts/state.h"
#include "system/clock.h"

bool prom_topic_is_looked_for(const prom_topic *topic)
{
    return topic->used && (topic->needed || topic->looked_for || topic->wanted > 0);
}

bool prom_topic_is_active(const prom_topic *topic)
{
    return prom_topic_is_looked_for(topic) || (topic->used && (topic->served || topic->relayed));
}

uint32_t prom_topic_bit(const prom_contacts *contacts, const prom_topic *topic)
{
    return UINT32_C(1) << (topic - contacts->topics);
}

uint32_t prom_contacts_active(const prom_contacts *contacts)
{
    uint32_t set = 0;
    for (size_t i = 0; i < PROM_TOPICS_MAX; i++) {
        set |= prom_topic_is_active(&contacts->topics[i]) ? UINT32_C(1) << i : 0;
    }
    return set;
}

uint32_t prom_contacts_looked_for(const prom_contacts *contacts)
{
    uint32_t set = 0;
    for (size_t i = 0; i < PROM_TOPICS_MAX; i++) {
        set |= prom_topic_is_looked_for(&contacts->topics[i]) ? UINT32_C(1) << i : 0;
    }
    return set;
}

prom_topic *prom_contacts_topic_of(prom_contacts *contacts, const prom_bytes32 *p_txid, prom_role role)
{
    for (size_t i = 0; i < PROM_TOPICS_MAX; i++) {
        prom_topic *topic = &contacts->topics[i];
        if (topic->used && topic->role == role && prom_bytes32_equal(&topic->p_txid, p_txid)) {
            return topic;
        }
    }
    return NULL;
}

/* A place that is free, or that of a topic which nobody has needed for longest; NULL where there is none. */
static prom_topic *find_place(prom_contacts *contacts)
{
    prom_topic *found = NULL;
    for (size_t i = 0; i < PROM_TOPICS_MAX; i++) {
        prom_topic *topic = &contacts->topics[i];
        if (!topic->used) {
            return topic;
        }
        if (!prom_topic_is_active(topic) && (found == NULL || topic->rested < found->rested)) {
            found = topic;
        }
    }
    return found;
}

/* What was known for it is forgotten, by everybody. */
static void clear(prom_contacts *contacts, prom_topic *topic)
{
    const uint32_t bit = prom_topic_bit(contacts, topic);
    prom_contacts_table_forget(contacts, topic);
    prom_directory_forget(contacts->directory, &topic->p_txid, topic->role);
    if (topic->role == PROM_ROLE_ARBITER) {
        prom_node_unhear(contacts->options.node, &topic->p_txid);
    }
    for (size_t i = 0; i < contacts->peers_used; i++) {
        contacts->peers[i].pointers_due &= ~bit;
        contacts->peers[i].listings_due &= ~bit;
        contacts->peers[i].offers &= ~bit;
    }
    topic->used = false;
}

prom_topic *prom_contacts_topic(prom_contacts *contacts, const prom_bytes32 *p_txid, prom_role role)
{
    prom_error reason = {.sentence = "as many are looked for as can be"};
    prom_topic *topic = prom_contacts_topic_of(contacts, p_txid, role);
    if (topic != NULL) {
        return topic;
    }
    topic = prom_role_listed(role) ? find_place(contacts) : NULL;
    if (topic != NULL && topic->used) {
        clear(contacts, topic);
    }
    if (topic == NULL || !prom_is_ok(prom_directory_follow(contacts->directory, p_txid, role, &reason))) {
        char hex[PROM_HEX32];
        prom_contacts_report(contacts, contacts->crowded ? PROM_REPORT_NOTE : PROM_REPORT_ALARM,
                             "nobody is looked for as %s for P %.16s: %s", prom_role_name(role),
                             prom_hex32_reversed(hex, p_txid), reason.sentence);
        contacts->crowded = true;
        return NULL;
    }
    contacts->crowded = false;
    *topic = (prom_topic){.used = true, .p_txid = *p_txid, .role = role, .rested = ++contacts->moments};
    return topic;
}

void prom_contacts_rest(prom_contacts *contacts, prom_topic *topic)
{
    if (!prom_topic_is_active(topic)) {
        topic->rested = ++contacts->moments;
    }
}

/* Whoever takes part in a contract needs arbiters to ask. */
static void want(prom_contacts *contacts, const prom_bytes32 *p_txid, prom_role role)
{
    prom_topic *topic = prom_contacts_topic(contacts, p_txid, role);
    if (topic != NULL && topic->wanted++ == 0) {
        prom_contacts_hurry(contacts, topic);
    }
}

static void forget(prom_contacts *contacts, const prom_bytes32 *p_txid, prom_role role)
{
    prom_topic *topic = prom_contacts_topic_of(contacts, p_txid, role);
    if (topic != NULL && topic->wanted > 0) {
        topic->wanted--;
        prom_contacts_rest(contacts, topic);
    }
}

void prom_contacts_want(prom_contacts *contacts, const prom_bytes32 *p_txid, prom_role role)
{
    want(contacts, p_txid, role);
    if (role != PROM_ROLE_ARBITER) {
        want(contacts, p_txid, PROM_ROLE_ARBITER);
    }
}

void prom_contacts_forget(prom_contacts *contacts, const prom_bytes32 *p_txid, prom_role role)
{
    forget(contacts, p_txid, role);
    if (role != PROM_ROLE_ARBITER) {
        forget(contacts, p_txid, PROM_ROLE_ARBITER);
    }
}

/* -- The owner -- */

static void look_for(prom_contacts *contacts, const prom_bytes32 *p_txid, prom_role role, int64_t until)
{
    prom_topic *topic = prom_contacts_topic(contacts, p_txid, role);
    if (topic != NULL) {
        topic->looked_until = topic->looked_for && topic->looked_until > until ? topic->looked_until : until;
        topic->looked_for = true;
        prom_contacts_hurry(contacts, topic);
    }
}

void prom_contacts_look_for(prom_contacts *contacts, const prom_bytes32 *p_txid, prom_role role, int64_t milliseconds)
{
    const int64_t until = prom_clock_milliseconds() + milliseconds;
    look_for(contacts, p_txid, role, until);
    if (role != PROM_ROLE_ARBITER) {
        look_for(contacts, p_txid, PROM_ROLE_ARBITER, until);
    }
}

void prom_contacts_look_no_more(prom_contacts *contacts, int64_t now)
{
    for (size_t i = 0; i < PROM_TOPICS_MAX; i++) {
        prom_topic *topic = &contacts->topics[i];
        if (topic->used && topic->looked_for && now >= topic->looked_until) {
            topic->looked_for = false;
            prom_contacts_rest(contacts, topic);
        }
    }
}
