#include "contacts/contacts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contacts/state.h"
#include "discovery/group.h"
#include "node/owner.h"
#include "system/clock.h"
#include "system/random.h"

/* Of the directory: each of its shelves has some 350 kB. */
enum { DIRECTORY_MEMORY = 1 << 25 };

void prom_contacts_report(const prom_contacts *contacts, prom_report_kind kind, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (contacts->options.observer.report != NULL) {
        contacts->options.observer.report(contacts->options.observer.context, &(prom_report){kind, 0, text});
    }
}

uint64_t prom_contacts_random(void)
{
    const prom_bytes32 random = prom_random_bytes32();
    uint64_t bits = 0;
    memcpy(&bits, random.bytes, sizeof bits);
    return bits;
}

/* Links to those whom the owner names are kept. */
static void link_to_statics(prom_contacts *contacts)
{
    for (size_t i = 0; i < contacts->options.peer_count; i++) {
        const prom_contacts_peer *peer = &contacts->statics[i];
        if (!prom_bytes32_equal(&peer->node, &contacts->self)) {
            (void)prom_net_link_to_own(prom_node_net(contacts->options.node), &peer->address, &peer->node);
        }
    }
}

static void look_around(prom_contacts *contacts, int64_t now)
{
    prom_contacts_keep(contacts, false);
    prom_contacts_look_no_more(contacts, now);
    prom_directory_expire(contacts->directory, prom_node_tip(contacts->options.node));
    prom_contacts_serve(contacts);
    prom_contacts_reach_out(contacts, now);
}

static void turn(void *context)
{
    prom_contacts *contacts = context;
    const int64_t now = prom_clock_milliseconds();
    if (now - contacts->ticked >= PROM_CONTACTS_TICK_MS) {
        contacts->ticked = now;
        link_to_statics(contacts);
        if (!contacts->options.quiet) {
            look_around(contacts, now);
        }
    }
    prom_contacts_table_turn(contacts, now);
    prom_contacts_ask(contacts, now);
}

/* An address that strangers cannot mean is not told to them. */
static void check_told(prom_contacts *contacts)
{
    prom_contacts_options *options = &contacts->options;
    const prom_span told = prom_span_of(options->told.bytes, options->told.length);
    if (told.length == 0 || options->local || !prom_address_local(told)) {
        return;
    }
    if (options->arbiter || options->policies[PROM_ROLE_WORKER].on || options->policies[PROM_ROLE_VERIFIER].on) {
        prom_contacts_report(contacts, PROM_REPORT_ALARM,
                             "nobody is told of this node, as %.*s is an address of its own network alone: say by "
                             "`advertise` in prom.conf where others reach it",
                             (int)told.length, (const char *)told.data);
    }
    options->told.length = 0;
}

static prom_result set_up(prom_contacts *contacts, const prom_contacts_options *options, prom_error *error)
{
    prom_node_told told;
    const prom_node_guest guest = {.context = contacts,
                                   .features = options->quiet ? 0 : PROM_FEATURE_DISCOVERY,
                                   .up = prom_contacts_up,
                                   .down = prom_contacts_down,
                                   .unreached = prom_contacts_unreached,
                                   .packet = prom_contacts_take,
                                   .turn = turn};
    if (options->peer_count > PROM_CONTACTS_PEERS_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%zu peers are named, and at most %u can be", options->peer_count,
                         PROM_CONTACTS_PEERS_MAX);
    }
    contacts->options = *options;
    for (size_t i = 0; i < options->peer_count; i++) {
        contacts->statics[i] = options->peers[i];
    }
    contacts->options.peers = contacts->statics;
    prom_contacts_set_policies(contacts, options->policies);
    prom_node_tell(options->node, &told);
    contacts->self = told.key;
    check_told(contacts);
    PROM_TRY(prom_contacts_load(contacts, error));
    PROM_TRY(options->dht != NULL && !options->quiet ? prom_contacts_open_table(contacts, options->dht, error)
                                                     : prom_ok());
    return prom_node_add_guest(options->node, &guest, error);
}

prom_result prom_contacts_open(prom_contacts **contacts, const prom_contacts_options *options, prom_error *error)
{
    *contacts = NULL;
    prom_contacts *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    prom_arena_init(&made->arena, DIRECTORY_MEMORY);
    const prom_result result = set_up(made, options, error);
    if (!prom_is_ok(result)) {
        prom_contacts_close(made);
        return result;
    }
    *contacts = made;
    return result;
}

void prom_contacts_close(prom_contacts *contacts)
{
    if (contacts != NULL) {
        if (contacts->directory != NULL) {
            prom_contacts_keep(contacts, true);
        }
        prom_dht_free(contacts->dht);
        prom_arena_free(&contacts->kept_arena);
        prom_arena_free(&contacts->arena);
        free(contacts);
    }
}

void prom_contacts_set_policies(prom_contacts *contacts, const prom_policy policies[PROM_ROLES])
{
    for (size_t i = 0; i < PROM_ROLES; i++) {
        const prom_key_list *given = &policies[i].accepted;
        const size_t count = given->count < PROM_LISTING_CONTRACTS_MAX ? given->count : PROM_LISTING_CONTRACTS_MAX;
        for (size_t j = 0; j < count; j++) {
            contacts->accepted[i][j] = given->keys[j];
        }
        contacts->options.policies[i] = policies[i];
        contacts->options.policies[i].accepted = (prom_key_list){contacts->accepted[i], count};
    }
    contacts->served_due = true;
}
