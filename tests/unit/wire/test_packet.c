#include "wire/packets.h"

static prom_packet decode(fixture *test, prom_span bytes, bool lenient)
{
    prom_packet packet;
    assert_ok(prom_packet_decode(&test->arena, &packet, bytes, lenient, &test->error), &test->error);
    return packet;
}

static void test_packets_come_back(void **state)
{
    fixture *test = *state;
    struct named_packet packets[NAMED_PACKETS];
    make_named_packets(packets);
    for (size_t i = 0; i < COUNT_OF(packets); i++) {
        const prom_span written = encode(test, &packets[i].packet);
        prom_packet read = decode(test, written, false);
        assert_int_equal(read.kind, packets[i].packet.kind);
        assert_true(prom_span_equal(encode(test, &read), written));
        if (read.kind == PROM_PACKET_ENVELOPE) {
            assert_int_equal(read.as.envelope.number, 5);
            assert_int_equal(read.as.envelope.acknowledged, 7);
            assert_true(prom_span_equal(read.as.envelope.body, packets[i].packet.as.envelope.body));
        }
        for (size_t length = 0; length < written.length; length++) { /* nothing that is cut off is a packet */
            uint8_t *cut = exact_copy(written.data, length);
            assert_false(prom_is_ok(prom_packet_decode(&test->arena, &read, prom_span_of(cut, length), true, NULL)) &&
                         read.kind != PROM_PACKET_UNKNOWN);
            free(cut);
        }
    }
}

static void test_packets_that_cannot_be(void **state)
{
    fixture *test = *state;
    const uint8_t bytes[PROM_BEGIN_TERMS_MAX + 1] = {0};
    prom_packet packet = {.kind = PROM_PACKET_UNKNOWN};
    assert_refused(test, &packet);
    packet = some_envelope(bytes, 1);
    packet.as.envelope.number = 0; /* an acknowledgement says nothing else */
    assert_refused(test, &packet);
    packet = (prom_packet){.kind = PROM_PACKET_FETCH, .as.fetch = {.back = PROM_CHUNKS_MAX}};
    assert_refused(test, &packet);
    packet = (prom_packet){.kind = PROM_PACKET_FETCH, .as.fetch = {.what = PROM_BODIES}};
    assert_refused(test, &packet);
    const prom_piece wrong[] = {
        {.total = 10, .length = 11},
        {.total = 10},
        {.length = 1, .first = true},
        {.total = 0, .first = false},
        {.total = PROM_PAYLOAD_MAX, .length = PROM_CHUNK_BYTES + 1},
        {.total = PROM_PAYLOAD_MAX + 1, .length = 1},
        {.total = 10, .length = 1, .back = PROM_CHUNKS_MAX},
        {.total = 10, .length = 1, .what = PROM_BODIES},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        packet = (prom_packet){.kind = PROM_PACKET_PIECE, .as.piece = wrong[i]};
        assert_refused(test, &packet);
    }
    packet = (prom_packet){.kind = PROM_PACKET_BEGUN, .as.begun = {.role = PROM_ROLE_CLIENT}};
    assert_refused(test, &packet);
    packet = (prom_packet){.kind = PROM_PACKET_DECLINED, .as.declined = {.role = PROM_ROLE_WORKER}};
    assert_refused(test, &packet); /* for no reason */
    packet =
        (prom_packet){.kind = PROM_PACKET_DECLINED, .as.declined = {.role = PROM_ROLE_CLIENT, .reason = {.code = 1}}};
    assert_refused(test, &packet);
    packet = (prom_packet){.kind = PROM_PACKET_BEGIN,
                           .as.begin = {.role = PROM_ROLE_WORKER, .terms = {bytes, PROM_BEGIN_TERMS_MAX + 1}}};
    assert_refused(test, &packet);
}

/* Lists with too much in them, and clients, who are not listed. */
static void test_pointers_that_cannot_be(void **state)
{
    fixture *test = *state;
    static const uint8_t bytes[PROM_LISTING_CARRIED_MAX + 1];
    prom_span spans[PROM_POINTERS_MAX + 1];
    prom_packet packet = {.kind = PROM_PACKET_POINTERS, .as.pointers = {.role = PROM_ROLE_WORKER}};
    for (size_t i = 0; i < COUNT_OF(spans); i++) {
        spans[i] = prom_span_of(bytes, PROM_POINTER_CARRIED_MAX);
    }
    packet.as.pointers.pointers = (prom_span_list){spans, PROM_POINTERS_MAX};
    const prom_packet back = decode(test, encode(test, &packet), false);
    assert_int_equal(back.as.pointers.pointers.count, PROM_POINTERS_MAX);
    assert_int_equal(back.as.pointers.pointers.items[PROM_POINTERS_MAX - 1].length, PROM_POINTER_CARRIED_MAX);
    packet.as.pointers.pointers.count++;
    assert_refused(test, &packet);
    packet.as.pointers.pointers.count = 2;
    spans[1].length = PROM_POINTER_CARRIED_MAX + 1;
    assert_refused(test, &packet);
    spans[1].length = 0;
    assert_refused(test, &packet);
    spans[1].length = 1;
    packet.as.pointers.role = PROM_ROLE_CLIENT;
    assert_refused(test, &packet);

    packet = (prom_packet){.kind = PROM_PACKET_LISTINGS, .as.listings = {.role = PROM_ROLE_WORKER}};
    packet.as.listings.listings = (prom_span_list){spans, 4};
    for (size_t i = 0; i < 5; i++) {
        spans[i] = prom_span_of(bytes, PROM_LISTING_CARRIED_MAX);
    }
    (void)encode(test, &packet);
    packet.as.listings.listings.count = 5; /* more than all together may be */
    assert_refused(test, &packet);
    packet.as.listings.listings.count = 1;
    spans[0].length++;
    assert_refused(test, &packet);

    packet = (prom_packet){.kind = PROM_PACKET_GET_POINTERS, .as.get_pointers = {.role = PROM_ROLE_WORKER}};
    packet.as.get_pointers.most = PROM_POINTERS_MAX + 1;
    assert_refused(test, &packet);
    packet = (prom_packet){.kind = PROM_PACKET_GET_LISTINGS, .as.get_listings = {.role = PROM_ROLES}};
    assert_refused(test, &packet);
}

static void test_unknown_packets(void **state)
{
    fixture *test = *state;
    prom_packet packet;
    const prom_span unknown = span_of_hex(test, "5a0161"); /* field 11 */
    assert_fails(prom_packet_decode(&test->arena, &packet, unknown, false, &test->error), PROM_CATEGORY_PEER,
                 &test->error, "does not know");
    assert_int_equal(decode(test, unknown, true).kind, PROM_PACKET_UNKNOWN);
    assert_fails(prom_packet_decode(&test->arena, &packet, span_of_hex(test, "5a01615a01615a"), true, &test->error),
                 PROM_CATEGORY_PEER, &test->error, "no packet");
}

static void test_hellos(void **state)
{
    fixture *test = *state;
    const prom_bytes32 chain = bytes_of(1);
    const prom_hello ours = prom_hello_of(&chain, &chain);
    prom_hello theirs = ours;
    bool lenient = true;
    assert_ok(prom_hello_check(&lenient, &theirs, &ours, &test->error), &test->error);
    assert_false(lenient);
    theirs.features = 1 << 7; /* odd: it may be passed over */
    assert_ok(prom_hello_check(&lenient, &theirs, &ours, &test->error), &test->error);
    assert_true(lenient);
    theirs.features = 1 << 4;
    assert_fails(prom_hello_check(&lenient, &theirs, &ours, &test->error), PROM_CATEGORY_PEER, &test->error, "bits 10");
    theirs = ours;
    theirs.version_min = theirs.version_max = PROM_WIRE_VERSION + 1;
    assert_fails(prom_hello_check(&lenient, &theirs, &ours, &test->error), PROM_CATEGORY_PEER, &test->error,
                 "versions 2 to 2");
    theirs.version_min = PROM_WIRE_VERSION;
    assert_ok(prom_hello_check(&lenient, &theirs, &ours, &test->error), &test->error);
    theirs.genesis = bytes_of(2);
    assert_fails(prom_hello_check(&lenient, &theirs, &ours, &test->error), PROM_CATEGORY_PEER, &test->error,
                 "another chain");
}

/* Whatever is changed in a hello's hash, its signature does not hold any more: on another link, from the other side. */
static void test_a_hello_is_signed_for_its_link(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    const prom_key key = random_key(test, &random);
    const prom_bytes32 chain = bytes_of(1);
    const prom_bytes32 binding = bytes_of(7);
    const prom_bytes32 elsewhere = bytes_of(8);
    const prom_bytes32 auxiliary = {{0}};
    prom_hello hello = prom_hello_of(&chain, &key.public_key);
    prom_bytes32 hash;
    prom_hello_hash(&hash, &hello, PROM_LINK_DIALER, &binding);
    assert_ok(prom_sign(test->curve, &hello.signature, &hash, &key, &auxiliary, &test->error), &test->error);
    assert_true(prom_hello_signed(test->curve, &hello, PROM_LINK_DIALER, &binding));
    assert_false(prom_hello_signed(test->curve, &hello, PROM_LINK_LISTENER, &binding));
    assert_false(prom_hello_signed(test->curve, &hello, PROM_LINK_DIALER, &elsewhere));
    hello.genesis = bytes_of(2);
    assert_false(prom_hello_signed(test->curve, &hello, PROM_LINK_DIALER, &binding));
    hello.genesis = chain;
    hello.node = random_key(test, &random).public_key;
    assert_false(prom_hello_signed(test->curve, &hello, PROM_LINK_DIALER, &binding));
}

/* Whatever is changed in an envelope, its signature does not hold any more. */
static void test_an_envelope_is_signed_whole(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    const prom_key key = random_key(test, &random);
    const prom_bytes32 auxiliary = {{0}};
    const uint8_t body[] = {1, 2, 3};
    const uint8_t other[] = {1, 2, 4};
    prom_envelope envelope = some_envelope(body, sizeof body).as.envelope;
    prom_bytes32 hash;
    envelope.sender = key.public_key;
    prom_envelope_hash(&hash, &envelope);
    assert_hex32(&hash, "34ec4c42304d080e2ed37c81f046bd7a2e050291d96dfed944926724b7921469");
    assert_ok(prom_sign(test->curve, &envelope.signature, &hash, &key, &auxiliary, &test->error), &test->error);
    assert_true(prom_envelope_signed(test->curve, &envelope));
    prom_envelope changed[9];
    for (size_t i = 0; i < COUNT_OF(changed); i++) {
        changed[i] = envelope;
    }
    changed[0].channel.bytes[31] ^= 1;
    changed[1].sender = bytes_of(2);
    changed[2].receiver.bytes[0] ^= 1;
    changed[3].generation++;
    changed[4].number++;
    changed[5].acknowledged_generation++;
    changed[6].acknowledged++;
    changed[7].body = prom_span_of(other, sizeof other);
    changed[8].body = prom_span_of(body, 2);
    for (size_t i = 0; i < COUNT_OF(changed); i++) {
        assert_false(prom_envelope_signed(test->curve, &changed[i]));
    }
}

/* -- Seeds of the fuzz target -- */

/* The first byte of the seed of that name; none where there is no seed. */
static int seed_of(const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/../fuzz/seeds/wire.%s", VECTORS, name);
    FILE *file = fopen(path, "rb");
    const int byte = file == NULL ? EOF : fgetc(file);
    if (file != NULL) {
        assert_int_equal(fclose(file), 0);
    }
    return byte;
}

/* `tools/soak wire.NAME` invents messages of one kind from its seed: whoever adds a kind writes one, by
 * build/tests/tool.wire tests/fuzz/seeds. */
static void test_each_kind_has_a_seed(void **state)
{
    enum { KINDS_BEHIND = 2 }; /* of fuzz_wire.c */
    fixture *test = *state;
    struct named_packet packets[NAMED_PACKETS];
    bool named[PROM_PACKET_QUOTE + 1] = {false};
    prom_packet packet;
    for (unsigned kind = 0; kind < PROM_MESSAGE_KINDS; kind++) {
        if (is_message_kind(kind)) {
            assert_int_equal(seed_of(prom_message_name((prom_message_kind)kind)), kind + KINDS_BEHIND);
        }
    }
    make_named_packets(packets);
    for (size_t i = 0; i < NAMED_PACKETS; i++) {
        const prom_packet_kind kind = packets[i].packet.kind;
        assert_int_equal(seed_of(packets[i].name), PROM_MESSAGE_KINDS + kind + KINDS_BEHIND);
        named[kind] = true;
    }
    for (unsigned kind = 1; kind <= PROM_PACKET_QUOTE; kind++) {
        const uint8_t tag[] = {(uint8_t)(kind << 3 | 2), 0};
        const uint8_t long_tag[] = {(uint8_t)(kind << 3 | 2 | 0x80), (uint8_t)(kind >> 4), 0};
        const prom_span bytes = kind < 16 ? prom_span_of(tag, 2) : prom_span_of(long_tag, 3);
        (void)!prom_is_ok(prom_packet_decode(&test->arena, &packet, bytes, false, &test->error));
        assert_true(named[kind] || strstr(test->error.sentence, "does not know") != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_each_kind_has_a_seed),
        FIXTURE_TEST(test_packets_come_back),
        FIXTURE_TEST(test_packets_that_cannot_be),
        FIXTURE_TEST(test_pointers_that_cannot_be),
        FIXTURE_TEST(test_unknown_packets),
        FIXTURE_TEST(test_hellos),
        FIXTURE_TEST(test_a_hello_is_signed_for_its_link),
        FIXTURE_TEST(test_an_envelope_is_signed_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
