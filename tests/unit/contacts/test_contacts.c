#include "contacts/meeting.h"

struct wish {
    struct guest *guest;
    prom_bytes32 p_txid;
    prom_bytes32 node;
    prom_contact found;
};

static bool is_found(void *context)
{
    struct wish *wish = context;
    prom_contact list[64];
    const size_t count = prom_contacts_list(wish->guest->contacts, list, 64, &wish->p_txid, PROM_ROLE_WORKER);
    for (size_t i = 0; i < count; i++) {
        if (prom_bytes32_equal(&list[i].node, &wish->node)) {
            wish->found = list[i];
            return true;
        }
    }
    return false;
}

/* A node that knows one other by its configuration hears from it of a third. */
static void whom_a_static_peer_knows_is_found(void **state)
{
    fixture *test = *state;
    struct guest *client = guest_new(test, PROM_ROLE_CLIENT, 1);
    struct guest *friend = guest_new(test, PROM_ROLE_WORKER, 2);
    struct guest *const both[] = {client, friend};
    struct wish wish = {.guest = client, .p_txid = named("P", 0), .node = named_key(test, "worker", 0).public_key};
    guest_name(client, friend);
    guest_start(client);
    guest_start(friend);
    prom_contacts_want(friend->contacts, &wish.p_txid, PROM_ROLE_WORKER);
    guest_hears(friend, pointer_for(test, friend, &wish.p_txid, PROM_ROLE_WORKER, "worker", "203.0.113.5:7067"));
    assert_false(is_found(&wish));
    prom_contacts_want(client->contacts, &wish.p_txid, PROM_ROLE_WORKER);
    meet(both, 2, is_found, &wish);
    assert_int_equal(wish.found.address.length, strlen("203.0.113.5:7067"));
    assert_memory_equal(wish.found.address.bytes, "203.0.113.5:7067", wish.found.address.length);
    assert_false(wish.found.reached);
    wish.node = *guest_key(friend); /* the static peer comes first, and is linked to */
    assert_true(is_found(&wish));
    assert_true(wish.found.reached);
    guest_free(client);
    guest_free(friend);
}

/* An address that strangers cannot mean is told to nobody, and the owner hears of it. */
static void an_address_of_the_own_network(void **state)
{
    static const char address[] = "0.0.0.0:9735";
    struct guest *guest = guest_new(*state, PROM_ROLE_WORKER, 1);
    const struct market market = publish(guest->host, 0);
    const prom_tx *tx = market.published;
    guest_serve(guest, PROM_ROLE_WORKER);
    guest->options.local = false;
    guest->options.told.length = sizeof address - 1;
    memcpy(guest->options.told.bytes, address, sizeof address - 1);
    guest_start(guest);
    assert_non_null(strstr(guest->host->last[PROM_REPORT_ALARM], "say by `advertise`"));
    host_block(guest->host, &tx, 1);
    prom_contacts_serve(guest->contacts);
    assert_int_equal(prom_directory_count(guest->contacts->directory, &market.p_txid, PROM_ROLE_WORKER).own, 0);
    guest_free(guest);
}

static void what_cannot_be(void **state)
{
    fixture *test = *state;
    struct guest *guest = guest_new(test, PROM_ROLE_CLIENT, 1);
    prom_contacts *contacts = NULL;
    guest->options.node = guest->host->node;
    guest->options.peer_count = PROM_CONTACTS_PEERS_MAX + 1;
    assert_fails(prom_contacts_open(&contacts, &guest->options, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "17 peers");
    assert_null(contacts);
    prom_contacts_close(NULL);
    guest_free(guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(whom_a_static_peer_knows_is_found),
        FIXTURE_TEST(an_address_of_the_own_network),
        FIXTURE_TEST(what_cannot_be),
    };
    return cmocka_run_group_tests_name("contacts/contacts", tests, NULL, NULL);
}
