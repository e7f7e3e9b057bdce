#include "contacts/meeting.h"

#include "system/clock.h"

static size_t used(const struct guest *guest)
{
    size_t count = 0;
    for (size_t i = 0; i < PROM_TOPICS_MAX; i++) {
        count += guest->contacts->topics[i].used;
    }
    return count;
}

/* Who is looked for twice is looked for until both have found him; and arbiters with anybody. */
static void what_is_wanted_is_counted(void **state)
{
    struct guest *guest = guest_new(*state, PROM_ROLE_CLIENT, 1);
    const prom_bytes32 P = named("P", 0);
    guest_start(guest);
    assert_int_equal(prom_contacts_active(guest->contacts), 0);
    guest->contacts->peers[0] = (prom_peer){.link = UINT64_MAX, .answers = true};
    guest->contacts->peers_used = 1;
    prom_contacts_want(guest->contacts, &P, PROM_ROLE_WORKER);
    assert_int_equal(guest->contacts->peers[0].pointers_due, 3); /* at once */
    guest->contacts->peers[0].pointers_due = 0;
    prom_contacts_want(guest->contacts, &P, PROM_ROLE_WORKER);
    assert_int_equal(guest->contacts->peers[0].pointers_due, 0);
    assert_int_equal(prom_contacts_active(guest->contacts), 3);
    prom_contacts_forget(guest->contacts, &P, PROM_ROLE_WORKER);
    assert_int_equal(prom_contacts_active(guest->contacts), 3);
    prom_contacts_forget(guest->contacts, &P, PROM_ROLE_WORKER);
    assert_int_equal(prom_contacts_active(guest->contacts), 0);
    prom_contacts_forget(guest->contacts, &P, PROM_ROLE_WORKER); /* more often than it was wanted */
    prom_contacts_want(guest->contacts, &P, PROM_ROLE_ARBITER);
    assert_int_equal(prom_contacts_active(guest->contacts), 2);
    assert_int_equal(used(guest), 2); /* what is known stays */
    guest_free(guest);
}

/* The place of what was needed longest ago goes to what is needed now; where all are needed there is none. */
static void places_are_bounded(void **state)
{
    struct guest *guest = guest_new(*state, PROM_ROLE_CLIENT, 1);
    guest_start(guest);
    for (size_t i = 0; i < PROM_TOPICS_MAX; i++) {
        const prom_bytes32 P = named("P", i);
        prom_contacts_want(guest->contacts, &P, PROM_ROLE_ARBITER);
    }
    const prom_bytes32 first = named("P", 0);
    const prom_bytes32 second = named("P", 1);
    const prom_bytes32 late = named("P", PROM_TOPICS_MAX);
    assert_null(prom_contacts_topic(guest->contacts, &late, PROM_ROLE_ARBITER));
    assert_null(prom_contacts_topic(guest->contacts, &late, PROM_ROLE_ARBITER));
    assert_int_equal(guest->host->reports[PROM_REPORT_ALARM], 1); /* the owner is told once */
    assert_int_equal(guest->host->reports[PROM_REPORT_NOTE], 1);
    prom_contacts_forget(guest->contacts, &second, PROM_ROLE_ARBITER);
    prom_contacts_forget(guest->contacts, &first, PROM_ROLE_ARBITER);
    prom_contacts_want(guest->contacts, &late, PROM_ROLE_ARBITER);
    assert_int_equal(used(guest), PROM_TOPICS_MAX);
    assert_int_equal(prom_directory_followed(guest->contacts->directory), PROM_TOPICS_MAX);
    assert_true(prom_contacts_topic(guest->contacts, &first, PROM_ROLE_ARBITER)->rested > 0);
    assert_int_equal(guest->contacts->topics[1].wanted, 1); /* the second one's place */
    assert_true(prom_bytes32_equal(&guest->contacts->topics[1].p_txid, &late));
    prom_contacts_want(guest->contacts, &late, PROM_ROLE_CLIENT); /* clients are not listed */
    assert_int_equal(guest->host->reports[PROM_REPORT_ALARM], 2);
    guest_free(guest);
}

/* What the owner looks for ends by itself. */
static void a_look_ends(void **state)
{
    struct guest *guest = guest_new(*state, PROM_ROLE_CLIENT, 1);
    const prom_bytes32 P = named("P", 0);
    guest_start(guest);
    const int64_t now = prom_clock_milliseconds();
    prom_contacts_look_for(guest->contacts, &P, PROM_ROLE_VERIFIER, 5000);
    prom_contacts_look_for(guest->contacts, &P, PROM_ROLE_VERIFIER, 1000); /* no less than before */
    prom_contacts_look_no_more(guest->contacts, now + 4000);
    assert_int_equal(prom_contacts_active(guest->contacts), 3);
    prom_contacts_look_no_more(guest->contacts, now + 60000);
    assert_int_equal(prom_contacts_active(guest->contacts), 0);
    guest_free(guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_is_wanted_is_counted),
        FIXTURE_TEST(places_are_bounded),
        FIXTURE_TEST(a_look_ends),
    };
    return cmocka_run_group_tests_name("contacts/topics", tests, NULL, NULL);
}
