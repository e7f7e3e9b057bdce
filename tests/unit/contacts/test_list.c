#include "contacts/meeting.h"

/* Static peers, then who was reached, then who was heard of; each once, and not we ourselves. */
static void the_best_come_first(void **state)
{
    fixture *test = *state;
    const prom_bytes32 P = named("P", 0);
    struct guest *guest = guest_new(test, PROM_ROLE_CLIENT, 1);
    struct guest *other = guest_new(test, PROM_ROLE_WORKER, 2);
    prom_contact list[8];
    guest_name(guest, other);
    guest_name(guest, other);                                           /* named twice */
    const prom_bytes32 known = named_key(test, "heard0", 0).public_key; /* named, and heard of */
    guest->peers[guest->options.peer_count++] = (prom_contacts_peer){known, guest->options.told};
    guest_start(guest);
    prom_contacts_want(guest->contacts, &P, PROM_ROLE_WORKER);
    for (size_t i = 0; i < 3; i++) {
        char name[8];
        char address[32];
        (void)snprintf(name, sizeof name, "heard%zu", i);
        (void)snprintf(address, sizeof address, "203.%zu.113.5:7067", i);
        guest_hears(guest, pointer_for(test, guest, &P, PROM_ROLE_WORKER, name, address));
    }
    const prom_bytes32 reached = named_key(test, "heard1", 0).public_key;
    prom_directory_reached(guest->contacts->directory, &reached, prom_span_of((const uint8_t *)"203.1.113.5:7067", 16),
                           0);
    assert_int_equal(prom_contacts_list(guest->contacts, list, 8, &P, PROM_ROLE_WORKER), 4);
    assert_true(prom_bytes32_equal(&list[0].node, guest_key(other)));
    assert_true(prom_bytes32_equal(&list[1].node, &known));
    assert_true(prom_bytes32_equal(&list[2].node, &reached));
    assert_true(list[2].reached);
    assert_false(list[3].reached);
    assert_int_equal(prom_contacts_list(guest->contacts, list, 2, &P, PROM_ROLE_WORKER), 2);
    assert_int_equal(prom_contacts_list(guest->contacts, list, 8, &P, PROM_ROLE_VERIFIER),
                     2); /* those that are named */
    guest_free(guest);
    guest_free(other);
}

/* However many come to us and say that they take the role, others are listed too. */
static void who_comes_to_us_is_not_all(void **state)
{
    enum { CALLERS = 6, ASKED = 4, HEARD = 3 };
    fixture *test = *state;
    const prom_bytes32 P = named("P", 0);
    struct guest *guest = guest_new(test, PROM_ROLE_CLIENT, 1);
    prom_contact list[CALLERS + HEARD];
    guest_start(guest);
    prom_contacts *contacts = guest->contacts;
    prom_contacts_want(contacts, &P, PROM_ROLE_WORKER);
    for (size_t i = 0; i < HEARD; i++) {
        char name[8];
        char address[32];
        (void)snprintf(name, sizeof name, "heard%zu", i);
        (void)snprintf(address, sizeof address, "203.%zu.113.5:7067", i);
        guest_hears(guest, pointer_for(test, guest, &P, PROM_ROLE_WORKER, name, address));
    }
    for (size_t i = 0; i < CALLERS; i++) {
        contacts->peers[contacts->peers_used++] =
            (prom_peer){.link = 1000 + i,
                        .node = named("caller", i),
                        .offers = prom_topic_bit(contacts, prom_contacts_topic_of(contacts, &P, PROM_ROLE_WORKER))};
    }
    assert_int_equal(prom_contacts_list(contacts, list, ASKED, &P, PROM_ROLE_WORKER), ASKED);
    for (size_t i = 0; i < ASKED; i++) {
        assert_int_equal(list[i].address.length == 0, i < ASKED / 2); /* who came has none */
    }
    /* Where there is room all are listed, each once. */
    assert_int_equal(prom_contacts_list(contacts, list, CALLERS + HEARD, &P, PROM_ROLE_WORKER), CALLERS + HEARD);
    memset(contacts->peers, 0, sizeof contacts->peers);
    contacts->peers_used = 0;
    guest_free(guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(the_best_come_first),
        FIXTURE_TEST(who_comes_to_us_is_not_all),
    };
    return cmocka_run_group_tests_name("contacts/list", tests, NULL, NULL);
}
