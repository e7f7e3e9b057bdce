/* prom-dht: pointers of others come from there, and ours go there. Nothing needs it. */
#include "contacts/state.h"

enum { LISTENED_MS = 10 * 60 * 1000, LISTENED_EVERY_MS = 6 * 3600 * 1000 };

static prom_dht_key key_of(const prom_contacts *contacts, const prom_topic *topic)
{
    prom_bytes32 place;
    prom_pointer_place(&place, &contacts->options.genesis, &topic->p_txid, topic->role);
    return prom_dht_key_of(&place);
}

static void take_value(void *context, const prom_dht_key *key, prom_span value)
{
    prom_contacts *contacts = context;
    const prom_source source = {.kind = PROM_SOURCE_DHT};
    (void)key; /* the pointer says itself what it is for */
    (void)prom_directory_take(contacts->directory, value, &source, prom_node_tip(contacts->options.node));
}

/* The owner is told once that it does not run, and then with every new try in the log alone. */
static void take_change(void *context, const char *reason)
{
    prom_contacts *contacts = context;
    if (reason == NULL) {
        contacts->dht_failed = false;
        prom_contacts_report(contacts, PROM_REPORT_NOTE, "prom-dht runs, at UDP port %u",
                             (unsigned)prom_dht_status_of(contacts->dht).port);
        return;
    }
    prom_contacts_report(contacts, contacts->dht_failed ? PROM_REPORT_NOTE : PROM_REPORT_ALARM,
                         "%s: it is started again by itself; meanwhile others are found by peers alone", reason);
    contacts->dht_failed = true;
}

prom_result prom_contacts_open_table(prom_contacts *contacts, const prom_dht_options *options, prom_error *error)
{
    const prom_dht_events events = {contacts, take_value, take_change};
    return prom_dht_new(&contacts->dht, options, &events, error);
}

void prom_contacts_table_put(prom_contacts *contacts, const prom_topic *topic, prom_span pointer)
{
    const prom_dht_key key = key_of(contacts, topic);
    prom_error reason;
    if (contacts->dht != NULL && !prom_is_ok(prom_dht_put(contacts->dht, &key, pointer, &reason))) {
        prom_contacts_report(contacts, PROM_REPORT_FAULT, "prom-dht is not told of us: %s", reason.sentence);
    }
}

void prom_contacts_table_forget(prom_contacts *contacts, prom_topic *topic)
{
    const prom_dht_key key = key_of(contacts, topic);
    topic->listened = false;
    if (contacts->dht != NULL) {
        prom_dht_forget(contacts->dht, &key);
    }
}

static void listen_for(prom_contacts *contacts, prom_topic *topic)
{
    const prom_dht_key key = key_of(contacts, topic);
    prom_error reason;
    topic->listened = true; /* or never: there are more keys than topics */
    if (!prom_is_ok(prom_dht_listen(contacts->dht, &key, &reason))) {
        prom_contacts_report(contacts, PROM_REPORT_FAULT, "prom-dht is not asked: %s", reason.sentence);
    }
}

/* Listening is what a table costs (docs/discovery.md): it is for who looks for somebody. Arbiters that a draw may need
 * are looked for now and then; peers tell of them meanwhile. */
static bool is_listened_for(const prom_topic *topic, int64_t now)
{
    return topic->used && (topic->wanted > 0 || topic->looked_for ||
                           (topic->needed && (now - topic->needed_since) % LISTENED_EVERY_MS < LISTENED_MS));
}

void prom_contacts_table_turn(prom_contacts *contacts, int64_t now)
{
    for (size_t i = 0; i < PROM_TOPICS_MAX && contacts->dht != NULL; i++) {
        prom_topic *topic = &contacts->topics[i];
        const bool listens = is_listened_for(topic, now);
        if (listens && !topic->listened) {
            listen_for(contacts, topic);
        } else if (!listens && topic->listened) {
            const prom_dht_key key = key_of(contacts, topic);
            topic->listened = false;
            prom_dht_unlisten(contacts->dht, &key);
        }
    }
    if (contacts->dht != NULL) {
        prom_dht_turn(contacts->dht, now);
    }
}
