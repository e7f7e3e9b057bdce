#include "discovery/crowd.h"

static void test_follows(void **state)
{
    fixture *test = *state;
    prom_directory *directory = directory_of(test, false);
    const prom_bytes32 P = named("P", 0);
    prom_bytes32 read;
    prom_role role;
    assert_ok(prom_directory_follow(directory, &P, PROM_ROLE_WORKER, &test->error), &test->error);
    assert_int_equal(prom_directory_followed(directory), 1);
    assert_false(prom_is_ok(prom_directory_follow(directory, &P, PROM_ROLE_CLIENT, &test->error)));
    for (size_t i = 1; i < PROM_DIRECTORY_SHELVES_MAX; i++) {
        const prom_bytes32 other = named("P", i);
        assert_ok(prom_directory_follow(directory, &other, PROM_ROLE_VERIFIER, &test->error), &test->error);
    }
    const prom_bytes32 more = named("P", 99);
    assert_fails(prom_directory_follow(directory, &more, PROM_ROLE_WORKER, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "32 pairs");
    prom_directory_followed_at(directory, 1, &read, &role);
    assert_int_equal(role, PROM_ROLE_VERIFIER);
}

static void test_what_is_taken(void **state)
{
    fixture *test = *state;
    prom_directory *directory = directory_of(test, false);
    const prom_key key = named_key(test, "node", 0);
    const prom_pointer honest = pointer_of(test, "node", 0, "203.0.113.5:7067");
    prom_directory_entry entry;
    assert_int_equal(pick_all(directory, 0, &entry, 1), 0);
    assert_int_equal(tell(test, directory, &honest, &by_dht), PROM_TAKEN_NEW);
    assert_int_equal(tell(test, directory, &honest, &by_dht), PROM_TAKEN_KNOWN);
    prom_pointer other = honest;
    other.issued_at++;
    other.signature.bytes[0] ^= 1;
    assert_int_equal(tell(test, directory, &other, &by_dht), PROM_TAKEN_REFUSED); /* and the old one stays */
    sign_pointer(test, &other, &key);
    assert_int_equal(tell(test, directory, &other, &by_dht), PROM_TAKEN_NEWER);
    assert_int_equal(tell(test, directory, &honest, &by_dht), PROM_TAKEN_KNOWN); /* replayed */
    assert_int_equal(pick_all(directory, 0, &entry, 1), 1);
    assert_int_equal(entry.pointer.issued_at, 1001);
    assert_true(prom_bytes32_equal(&entry.pointer.node, &key.public_key));
    assert_false(entry.reached || entry.own);
}

static void test_what_is_not(void **state)
{
    fixture *test = *state;
    prom_directory *directory = directory_of(test, false);
    const prom_key key = named_key(test, "node", 0);
    const prom_pointer honest = pointer_of(test, "node", 0, "203.0.113.5:7067");
    prom_pointer other[6];
    for (size_t i = 0; i < COUNT_OF(other); i++) {
        other[i] = honest;
    }
    other[0].role = PROM_ROLE_VERIFIER; /* is not followed */
    other[1].p_txid.bytes[0] ^= 1;
    other[2].genesis.bytes[0] ^= 1;
    other[3].expires_at = HEIGHT;
    other[4].issued_at = HEIGHT + PROM_POINTER_AHEAD_MAX + 1;
    other[5].addresses[0] = span_of_text("192.168.1.1:7067");
    for (size_t i = 0; i < COUNT_OF(other); i++) {
        sign_pointer(test, &other[i], &key);
        assert_int_equal(tell(test, directory, &other[i], &by_dht), PROM_TAKEN_NO_USE);
    }
    prom_directory *here = directory_of(test, true);
    assert_int_equal(tell(test, here, &other[5], &by_dht), PROM_TAKEN_NEW);
    prom_pointer stolen = honest;
    stolen.addresses[0] = span_of_text("203.0.113.6:7067");
    assert_int_equal(tell(test, directory, &stolen, &by_dht), PROM_TAKEN_REFUSED);
    const uint8_t nothing[3] = {1, 2, 3};
    assert_int_equal(prom_directory_take(directory, prom_span_of(nothing, 3), &by_dht, HEIGHT), PROM_TAKEN_REFUSED);
    assert_int_equal(counts_of(directory).heard_dht, 0);
}

/* A flood in the DHT, of valid pointers in as many groups as there are, fills the DHT's places and no others; who came
 * before stays, and peers are still heard. */
static void test_a_flood_in_the_dht(void **state)
{
    fixture *test = *state;
    prom_directory *directory = directory_of(test, false);
    const prom_source peer = by_peer("198.51.0.1:7067");
    const prom_pointer first = pointer_of(test, "honest", 0, "203.0.113.5:7067");
    assert_int_equal(tell(test, directory, &first, &by_dht), PROM_TAKEN_NEW);
    const size_t taken = tell_crowd(test, directory, "flood", 1500, 0, &by_dht);
    assert_true(taken < PROM_DIRECTORY_HEARD_MAX / 2);
    assert_int_equal(counts_of(directory).heard_dht, taken + 1);
    assert_true(taken > 200);
    assert_int_equal(tell(test, directory, &first, &by_dht), PROM_TAKEN_KNOWN);
    assert_int_equal(counts_of(directory).heard_peers, 0);
    const prom_pointer late = pointer_of(test, "honest", 1, "203.0.114.5:7067");
    assert_int_equal(tell(test, directory, &late, &peer), PROM_TAKEN_NEW);
    assert_int_equal(counts_of(directory).heard_peers, 1);
}

/* Peers of one group fill a quarter of a half, whatever addresses they tell of; those of another are heard. */
static void test_a_flood_of_one_group_of_peers(void **state)
{
    fixture *test = *state;
    prom_directory *directory = directory_of(test, false);
    size_t taken = 0;
    for (size_t i = 0; i < 20; i++) {
        char address[32];
        (void)snprintf(address, sizeof address, "198.51.100.%zu:7067", i);
        const prom_source peer = by_peer(address);
        char name[32];
        (void)snprintf(name, sizeof name, "flood %zu", i);
        taken += tell_crowd(test, directory, name, 50, i * 50, &peer);
    }
    assert_true(taken <= (size_t)PROM_DIRECTORY_SPREAD_MAX * PROM_DIRECTORY_BUCKET_MAX);
    assert_true(taken > PROM_DIRECTORY_BUCKET_MAX);
    size_t heard = 0;
    for (size_t i = 0; i < 16; i++) {
        const prom_source other = by_peer(address_in(test, 5000 + i));
        heard += tell_crowd(test, directory, "honest", 1, 6000, &other);
        heard += tell_crowd(test, directory, i % 2 == 0 ? "even" : "odd", 1, 7000 + i, &other);
    }
    assert_int_equal(heard, 3); /* each once: one node has one place */
}

/* Of a bucket that is full, those make room that failed, expired, or were never tried for long. */
static void test_who_makes_room(void **state)
{
    fixture *test = *state;
    prom_directory *directory = directory_of(test, false);
    const prom_source peer = by_peer("198.51.100.1:7067");
    size_t number = 0;
    prom_pointer pointer = pointer_of(test, "one", number, "203.0.113.5:7067");
    const prom_bytes32 victim = pointer.node;
    while (tell(test, directory, &pointer, &peer) == PROM_TAKEN_NEW) { /* one address: one bucket */
        number++;
        pointer = pointer_of(test, "one", number, "203.0.113.5:7067");
    }
    assert_int_equal(number, PROM_DIRECTORY_BUCKET_MAX);
    assert_int_equal(tell(test, directory, &pointer, &peer), PROM_TAKEN_NO_ROOM);
    prom_directory_failed(directory, &victim);
    assert_int_equal(tell(test, directory, &pointer, &peer), PROM_TAKEN_NEW);
    pointer = pointer_of(test, "one", number + 1, "203.0.113.5:7067");
    const prom_span bytes = pointer_bytes(test, &pointer);
    const uint32_t later = HEIGHT + PROM_DIRECTORY_UNTRIED_MAX;
    assert_int_equal(prom_directory_take(directory, bytes, &peer, later), PROM_TAKEN_NO_ROOM);
    assert_int_equal(prom_directory_take(directory, bytes, &peer, later + 1), PROM_TAKEN_NEW);
    prom_pointer unsigned_one = pointer_of(test, "one", number + 2, "203.0.113.5:7067");
    unsigned_one.signature.bytes[5] ^= 1;
    assert_int_equal(prom_directory_take(directory, pointer_bytes(test, &unsigned_one), &peer, later + 1),
                     PROM_TAKEN_REFUSED); /* and nobody has gone for it */
    assert_int_equal(counts_of(directory).heard_peers, PROM_DIRECTORY_BUCKET_MAX);
}

static void test_expiry(void **state)
{
    fixture *test = *state;
    prom_directory *directory = directory_of(test, false);
    assert_int_equal(tell_crowd(test, directory, "node", 10, 0, &by_dht), 10);
    assert_int_equal(tell_crowd(test, directory, "own", 1, 50, &by_ourselves), 1);
    prom_directory_expire(directory, 1143);
    assert_int_equal(counts_of(directory).own, 1);
    assert_int_equal(counts_of(directory).heard_dht, 10);
    prom_directory_expire(directory, 1144);
    assert_int_equal(counts_of(directory).heard_dht, 0);
    assert_int_equal(counts_of(directory).own, 0);
}

/* Whoever is not there any more tells of himself no more; whom he knows stays. */
static void test_what_is_withdrawn(void **state)
{
    fixture *test = *state;
    prom_directory *directory = directory_of(test, false);
    const prom_bytes32 P = named("P", 0);
    assert_int_equal(tell_crowd(test, directory, "node", 10, 0, &by_dht), 10);
    assert_int_equal(tell_crowd(test, directory, "own", 1, 50, &by_ourselves), 1);
    prom_directory_withdraw(directory, &P, PROM_ROLE_ARBITER); /* is not followed */
    assert_int_equal(counts_of(directory).own, 1);
    prom_directory_withdraw(directory, &P, PROM_ROLE_WORKER);
    assert_int_equal(counts_of(directory).own, 0);
    assert_int_equal(counts_of(directory).heard_dht, 10);
}

/* The place of what is forgotten is another's, and nothing of it is left there. */
static void test_what_is_forgotten(void **state)
{
    fixture *test = *state;
    prom_directory *directory = directory_of(test, false);
    const prom_bytes32 P = named("P", 0);
    const prom_bytes32 other = named("P", 1);
    prom_bytes32 left;
    prom_role role = PROM_ROLES;
    assert_ok(prom_directory_follow(directory, &other, PROM_ROLE_VERIFIER, &test->error), &test->error);
    assert_int_equal(tell_crowd(test, directory, "node", 5, 0, &by_dht), 5);
    prom_directory_forget(directory, &P, PROM_ROLE_VERIFIER); /* is not followed */
    assert_int_equal(prom_directory_followed(directory), 2);
    const size_t before = test->arena.used;
    prom_directory_forget(directory, &P, PROM_ROLE_WORKER);
    assert_int_equal(prom_directory_followed(directory), 1);
    prom_directory_followed_at(directory, 0, &left, &role);
    assert_int_equal(role, PROM_ROLE_VERIFIER);
    assert_int_equal(counts_of(directory).heard_dht, 0);
    assert_ok(prom_directory_follow(directory, &P, PROM_ROLE_WORKER, &test->error), &test->error);
    assert_int_equal(counts_of(directory).heard_dht, 0);
    assert_int_equal(test->arena.used, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_follows),
        FIXTURE_TEST(test_what_is_taken),
        FIXTURE_TEST(test_what_is_not),
        FIXTURE_TEST(test_a_flood_in_the_dht),
        FIXTURE_TEST(test_a_flood_of_one_group_of_peers),
        FIXTURE_TEST(test_who_makes_room),
        FIXTURE_TEST(test_expiry),
        FIXTURE_TEST(test_what_is_withdrawn),
        FIXTURE_TEST(test_what_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
