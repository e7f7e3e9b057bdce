#include "contacts/meeting.h"

struct seen {
    prom_contact_told contacts[16];
    size_t count;
    size_t most;
    prom_topic_told topics[4];
    size_t topic_count;
};

static bool see(void *context, const prom_contact_told *contact)
{
    struct seen *seen = context;
    seen->contacts[seen->count++] = *contact;
    return seen->count < seen->most;
}

static void see_topic(void *context, const prom_topic_told *topic)
{
    struct seen *seen = context;
    seen->topics[seen->topic_count++] = *topic;
}

static const prom_contact_told *told_of(const struct seen *seen, const prom_bytes32 *node)
{
    for (size_t i = 0; i < seen->count; i++) {
        if (prom_bytes32_equal(&seen->contacts[i].node, node)) {
            return &seen->contacts[i];
        }
    }
    fail_msg("it is not told of");
    return NULL;
}

/* From where each is known, and at which height; our own pointer is not among them. */
static void all_are_told_of(void **state)
{
    fixture *test = *state;
    struct guest *guest = guest_new(test, PROM_ROLE_WORKER, 1);
    struct guest *other = guest_new(test, PROM_ROLE_WORKER, 2);
    struct seen seen = {.most = 16};
    const struct market market = publish(guest->host, 0);
    const prom_tx *tx = market.published;
    guest_serve(guest, PROM_ROLE_WORKER);
    guest_name(guest, other);
    guest_start(guest);
    host_block(guest->host, &tx, 1);
    prom_contacts_serve(guest->contacts);
    const uint32_t tip = prom_node_tip(guest->host->node);
    guest_hears(guest, pointer_for(test, guest, &market.p_txid, PROM_ROLE_WORKER, "one", "203.0.113.5:7067"));
    guest_hears(guest, pointer_for(test, guest, &market.p_txid, PROM_ROLE_WORKER, "two", "203.1.113.5:7067"));
    const prom_source peer = {PROM_SOURCE_PEER, prom_span_of((const uint8_t *)"198.51.100.1:1", 14)};
    const prom_span third = pointer_for(test, guest, &market.p_txid, PROM_ROLE_ARBITER, "three", "203.2.113.5:7067");
    assert_int_equal(prom_directory_take(guest->contacts->directory, third, &peer, tip), PROM_TAKEN_NEW);
    const prom_bytes32 one = named_key(test, "one", 0).public_key;
    prom_directory_reached(guest->contacts->directory, &one, prom_span_of((const uint8_t *)"203.0.113.5:7067", 16),
                           tip);
    prom_contacts_tell_each(guest->contacts, see, &seen);
    assert_int_equal(seen.count, 4);
    assert_int_equal(seen.contacts[0].from, PROM_CONTACT_NAMED);
    assert_null(seen.contacts[0].p_txid);
    const prom_contact_told *told = told_of(&seen, &one);
    assert_int_equal(told->from, PROM_CONTACT_REACHED);
    assert_true(told->reached);
    assert_false(told->linked);
    assert_int_equal(told->heard_at, tip);
    assert_int_equal(told->reached_at, tip);
    assert_int_equal(told->expires_at, tip + 100);
    assert_int_equal(told->address.length, 16);
    const prom_bytes32 two = named_key(test, "two", 0).public_key;
    told = told_of(&seen, &two);
    assert_int_equal(told->from, PROM_CONTACT_DHT);
    assert_int_equal(told->reached_at, 0);
    const prom_bytes32 three = named_key(test, "three", 0).public_key;
    told = told_of(&seen, &three);
    assert_int_equal(told->from, PROM_CONTACT_PEERS);
    assert_int_equal(told->role, PROM_ROLE_ARBITER);
    seen = (struct seen){.most = 2};
    prom_contacts_tell_each(guest->contacts, see, &seen); /* until it is enough */
    assert_int_equal(seen.count, 2);
    prom_contacts_tell_topics(guest->contacts, see_topic, &seen);
    assert_int_equal(seen.topic_count, 3);
    for (size_t i = 0; i < 3; i++) {
        const bool worker = seen.topics[i].role == PROM_ROLE_WORKER;
        assert_int_equal(seen.topics[i].served, worker);
        assert_int_equal(seen.topics[i].wanted, seen.topics[i].role == PROM_ROLE_ARBITER);
        assert_int_equal(seen.topics[i].counts.own, worker);
        assert_int_equal(seen.topics[i].counts.reached, worker);
    }
    assert_false(prom_contacts_tell_state(guest->contacts).has_dht);
    assert_false(prom_contacts_tell_state(guest->contacts).quiet);
    guest_free(guest);
    guest_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(all_are_told_of),
    };
    return cmocka_run_group_tests_name("contacts/tell", tests, NULL, NULL);
}
