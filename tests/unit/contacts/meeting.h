/* Nodes with contacts, in one process, that find each other over unix sockets.
 *
 *   struct guest *a = guest_new(test, PROM_ROLE_CLIENT, 1);     the node of another seed
 *   guest_name(a, b);                                           b is a static peer of a, from its next start on
 *   guest_start(a);
 *   meet(a, b, until, context);                                 turns of both, until that is true
 *   guest_free(a); */
#ifndef PROMETHEUS_TEST_CONTACTS_MEETING_H
#define PROMETHEUS_TEST_CONTACTS_MEETING_H

#include "node/market.h"

#include "contacts/state.h"

enum { MEETING_TURNS = 4000 };

struct guest {
    struct host *host;
    prom_contacts *contacts;
    prom_contacts_peer peers[PROM_CONTACTS_PEERS_MAX];
    prom_contacts_options options;
};

static inline struct guest *guest_new(fixture *test, prom_role role, uint8_t seed)
{
    struct guest *guest = calloc(1, sizeof *guest);
    assert_non_null(guest);
    guest->host = host_new(test, role);
    host_listen(guest->host, seed);
    guest->options = (prom_contacts_options){.folder = guest->host->folder,
                                             .genesis = guest->host->network.genesis,
                                             .local = true,
                                             .peers = guest->peers,
                                             .told = guest->host->options.config.address,
                                             .observer = guest->host->options.observer};
    return guest;
}

static inline const prom_bytes32 *guest_key(const struct guest *guest)
{
    return &guest->host->node->key.public_key;
}

static inline void guest_name(struct guest *guest, const struct guest *other)
{
    guest->peers[guest->options.peer_count++] =
        (prom_contacts_peer){*guest_key(other), other->host->options.config.address};
}

static inline void guest_start(struct guest *guest)
{
    fixture *test = guest->host->test;
    guest->options.node = guest->host->node;
    assert_ok(prom_contacts_open(&guest->contacts, &guest->options, &test->error), &test->error);
}

/* As after a restart. */
static inline void guest_restart(struct guest *guest)
{
    prom_contacts_close(guest->contacts);
    host_reopen(guest->host);
    guest_start(guest);
}

static inline void guest_free(struct guest *guest)
{
    prom_contacts_close(guest->contacts);
    host_free(guest->host);
    free(guest);
}

static inline void guest_turn(struct guest *guest)
{
    prom_node_mail_turn(guest->host->node);
    prom_node_guests_turn(guest->host->node);
}

/* Turns of all until that is so. */
static inline void meet(struct guest *const *guests, size_t count, bool (*is_so)(void *context), void *context)
{
    for (unsigned i = 0; i < MEETING_TURNS && !is_so(context); i++) {
        for (size_t j = 0; j < count; j++) {
            guest_turn(guests[j]);
        }
        (void)usleep(500);
    }
    assert_true(is_so(context));
}

/* It takes that role for what suits anybody, on any P. */
static inline void guest_serve(struct guest *guest, prom_role role)
{
    guest->options.policies[role] =
        (prom_policy){.on = true,
                      .rates = {.macs = 250, .bytes = 7, .effort = 9, .least = prom_amount_of(1000)},
                      .contracts_max = 3,
                      .limits = {.any_fund = true, .three_max = prom_amount_of(PROM_AMOUNT_MAX)},
                      .machine = {.macs_per_second = 900, .bytes_per_second = 80}};
}

/* A pointer of a node of that name, in force now, for that chain; it listens at `address`. */
static inline prom_span pointer_for(fixture *test, const struct guest *guest, const prom_bytes32 *p_txid,
                                    prom_role role, const char *name, const char *address)
{
    const prom_key key = named_key(test, name, 0);
    const uint32_t tip = prom_node_tip(guest->host->node);
    prom_pointer pointer = {.genesis = guest->host->network.genesis,
                            .p_txid = *p_txid,
                            .role = role,
                            .node = key.public_key,
                            .issued_at = tip,
                            .expires_at = tip + 100,
                            .address_count = 1,
                            .addresses = {prom_span_of((const uint8_t *)address, strlen(address))}};
    prom_bytes32 hash;
    prom_span bytes;
    assert_ok(prom_pointer_hash(&test->arena, &hash, &pointer, &test->error), &test->error);
    pointer.signature = sign_hash(test, &key, &hash);
    assert_ok(prom_pointer_write(&test->arena, &bytes, &pointer, &test->error), &test->error);
    return bytes;
}

/* Has a node heard of that one. */
static inline void guest_hears(struct guest *guest, prom_span pointer)
{
    const prom_source source = {.kind = PROM_SOURCE_DHT};
    assert_int_equal(
        prom_directory_take(guest->contacts->directory, pointer, &source, prom_node_tip(guest->host->node)),
        PROM_TAKEN_NEW);
}

#endif
