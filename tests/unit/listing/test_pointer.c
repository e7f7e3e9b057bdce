#include "listing/listed.h"

#include "listing/pointer.h"

#define ADDRESS "worker.example:7067"

static void test_a_pointer_comes_back(void **state)
{
    fixture *test = *state;
    prom_pointer pointer = pointer_of(test, "node", 0, ADDRESS);
    const prom_key key = named_key(test, "node", 0);
    pointer.address_count = 2;
    pointer.addresses[1] = span_of_text("[2001:db8::1]:7067");
    sign_pointer(test, &pointer, &key);
    const prom_span bytes = pointer_bytes(test, &pointer);
    assert_int_equal(bytes.length, 107 + 1 + 19 + 1 + 18 + 64);
    prom_pointer back;
    assert_ok(prom_pointer_read(&back, bytes, &test->error), &test->error);
    assert_true(prom_pointer_same(&back, &pointer));
    assert_int_equal(back.issued_at, 1000);
    assert_int_equal(back.expires_at, 1144);
    assert_int_equal(back.address_count, 2);
    assert_true(prom_span_equal(back.addresses[1], pointer.addresses[1]));
    assert_ok(prom_pointer_signed(test->curve, &test->arena, &back, &test->error), &test->error);
    assert_true(prom_span_equal(pointer_bytes(test, &back), bytes));

    prom_bytes32 hash;
    prom_bytes32 expected;
    prom_tagged_hash(&expected, "prometheus/pointer", prom_span_of(bytes.data, bytes.length - 64));
    assert_ok(prom_pointer_hash(&test->arena, &hash, &back, &test->error), &test->error);
    assert_true(prom_bytes32_equal(&hash, &expected));
}

/* The layout to the byte, with values that can be told apart. */
static void test_layout(void **state)
{
    fixture *test = *state;
    prom_pointer pointer = pointer_of(test, "node", 0, "a:1");
    memset(pointer.genesis.bytes, 0x11, 32);
    memset(pointer.p_txid.bytes, 0x22, 32);
    memset(pointer.node.bytes, 0x33, 32);
    memset(pointer.signature.bytes, 0x44, 64);
    pointer.role = PROM_ROLE_ARBITER;
#define EIGHT(byte) byte byte byte byte byte byte byte byte
#define KEY(byte) EIGHT(byte) EIGHT(byte) EIGHT(byte) EIGHT(byte)
#define HEIGHTS "000003e800000478"
#define ADDRESSES "0103613a31"
    assert_hex(pointer_bytes(test, &pointer),
               "01" KEY("11") KEY("22") "03" KEY("33") HEIGHTS ADDRESSES KEY("44") KEY("44"));
}

static void test_every_byte_is_signed(void **state)
{
    fixture *test = *state;
    const prom_pointer pointer = pointer_of(test, "node", 0, ADDRESS);
    const prom_span bytes = pointer_bytes(test, &pointer);
    size_t read = 0;
    for (size_t i = 0; i < bytes.length; i++) {
        uint8_t *other = exact_copy(bytes.data, bytes.length);
        prom_pointer lie;
        other[i] ^= 1;
        if (prom_is_ok(prom_pointer_read(&lie, prom_span_of(other, bytes.length), &test->error))) {
            read++;
            assert_fails(prom_pointer_signed(test->curve, &test->arena, &lie, &test->error), PROM_CATEGORY_PEER,
                         &test->error, "is not signed by the node's key");
        }
        free(other);
    }
    assert_true(read > bytes.length - 20 && read < bytes.length);
}

static void test_what_is_no_pointer(void **state)
{
    fixture *test = *state;
    const prom_pointer pointer = pointer_of(test, "node", 0, ADDRESS);
    const prom_span bytes = pointer_bytes(test, &pointer);
    prom_pointer read;
    for (size_t length = 0; length < bytes.length; length++) {
        uint8_t *cut = exact_copy(bytes.data, length);
        assert_fails(prom_pointer_read(&read, prom_span_of(cut, length), &test->error), PROM_CATEGORY_PEER,
                     &test->error, "are not the pointer of a node");
        free(cut);
    }
    uint8_t longer[PROM_POINTER_MAX] = {0};
    memcpy(longer, bytes.data, bytes.length);
    assert_fails(prom_pointer_read(&read, prom_span_of(longer, bytes.length + 1), &test->error), PROM_CATEGORY_PEER,
                 &test->error, "are not the pointer");
    /* Of another version; a client's, and of no role; without address; with five; with one that is empty, or has a
     * space; that expires when it is issued, or before, or too late. */
    static const struct {
        size_t at;
        uint8_t byte;
    } lies[] = {{0, 2}, {65, 0}, {65, 4}, {106, 0}, {106, 5}, {107, 0}, {108, ' '}, {110, 0x7f}, {104, 3}, {104, 9}};
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        memcpy(longer, bytes.data, bytes.length);
        longer[lies[i].at] = lies[i].byte;
        assert_false(prom_is_ok(prom_pointer_read(&read, prom_span_of(longer, bytes.length), &test->error)));
    }
}

static void test_limits_of_writers(void **state)
{
    fixture *test = *state;
    const prom_pointer honest = pointer_of(test, "node", 0, ADDRESS);
    char text[PROM_POINTER_ADDRESS_BYTES_MAX + 1];
    prom_span bytes;
    memset(text, 'a', sizeof text);
    prom_pointer pointer = honest;
    pointer.addresses[0] = prom_span_of((const uint8_t *)text, PROM_POINTER_ADDRESS_BYTES_MAX - 1);
    bytes = pointer_bytes(test, &pointer);
    assert_int_equal(bytes.length, PROM_POINTER_MAX);
    assert_true(bytes.length < 400);
    pointer.addresses[0].length++;
    assert_fails(prom_pointer_write(&test->arena, &bytes, &pointer, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "1 to 4 printable addresses of 220 bytes");
    pointer = honest;
    pointer.role = PROM_ROLE_CLIENT;
    assert_false(prom_is_ok(prom_pointer_write(&test->arena, &bytes, &pointer, &test->error)));
    pointer = honest;
    pointer.expires_at = pointer.issued_at + PROM_POINTER_BLOCKS_MAX;
    assert_ok(prom_pointer_write(&test->arena, &bytes, &pointer, &test->error), &test->error);
    pointer.expires_at++;
    assert_false(prom_is_ok(prom_pointer_write(&test->arena, &bytes, &pointer, &test->error)));
    pointer = honest;
    pointer.address_count = PROM_POINTER_ADDRESSES_MAX + 1;
    assert_false(prom_is_ok(prom_pointer_write(&test->arena, &bytes, &pointer, &test->error)));
}

static void test_lifetimes(void **state)
{
    (void)state;
    assert_false(prom_lifetime_holds(1000, 1144, 1000 - PROM_POINTER_AHEAD_MAX - 1));
    assert_true(prom_lifetime_holds(1000, 1144, 1000 - PROM_POINTER_AHEAD_MAX));
    assert_true(prom_lifetime_holds(1000, 1144, 1143));
    assert_false(prom_lifetime_holds(1000, 1144, 1144));
    assert_true(prom_lifetime_holds(UINT32_MAX - 1, UINT32_MAX, UINT32_MAX - 1));
    assert_false(prom_lifetime_holds(UINT32_MAX - 1, UINT32_MAX, 0));
}

static void test_newer_ones_replace(void **state)
{
    fixture *test = *state;
    const prom_pointer first = pointer_of(test, "node", 0, ADDRESS);
    prom_pointer other = first;
    assert_false(prom_pointer_replaces(&first, &other));
    other.issued_at++;
    other.expires_at--;
    assert_true(prom_pointer_replaces(&other, &first));
    assert_false(prom_pointer_replaces(&first, &other));
    other = first;
    other.expires_at++;
    assert_true(prom_pointer_replaces(&other, &first));
    assert_false(prom_pointer_replaces(&first, &other));
    other = first;
    other.signature.bytes[63] ^= 0xff;
    assert_true(prom_pointer_replaces(&other, &first) != prom_pointer_replaces(&first, &other));

    assert_true(prom_pointer_same(&first, &other));
    other.role = PROM_ROLE_VERIFIER;
    assert_false(prom_pointer_same(&first, &other));
    prom_bytes32 *const parts[] = {&other.genesis, &other.p_txid, &other.node};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        other = first;
        parts[i]->bytes[31] ^= 1;
        assert_false(prom_pointer_same(&first, &other));
    }
}

static void test_places(void **state)
{
    (void)state;
    const prom_bytes32 genesis = named("genesis", 0);
    const prom_bytes32 P = named("P", 0);
    prom_bytes32 place;
    prom_bytes32 other;
    uint8_t bytes[65];
    prom_pointer_place(&place, &genesis, &P, PROM_ROLE_VERIFIER);
    memcpy(bytes, genesis.bytes, 32);
    memcpy(bytes + 32, P.bytes, 32);
    bytes[64] = 2;
    prom_tagged_hash(&other, "prometheus/discovery", prom_span_of(bytes, sizeof bytes));
    assert_true(prom_bytes32_equal(&place, &other));
    prom_pointer_place(&other, &genesis, &P, PROM_ROLE_WORKER);
    assert_false(prom_bytes32_equal(&place, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_a_pointer_comes_back), FIXTURE_TEST(test_layout),
        FIXTURE_TEST(test_every_byte_is_signed), FIXTURE_TEST(test_what_is_no_pointer),
        FIXTURE_TEST(test_limits_of_writers),    FIXTURE_TEST(test_lifetimes),
        FIXTURE_TEST(test_newer_ones_replace),   FIXTURE_TEST(test_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
