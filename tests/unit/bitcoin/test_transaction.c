#include "bitcoin/transaction_vectors.h"

/* The first transaction of all: the coinbase of Bitcoin's block 0. */
static const char genesis[] =
    "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d"
    "65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f7220"
    "62616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f"
    "4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000";

static void test_round_trip_and_ids(void **state)
{
    fixture *test = *state;
    struct spending spending = load_spending(test);
    const prom_tx *complete = parse(test, spending.signed_bytes);
    const prom_span first = span_of_hex(test, genesis);
    prom_bytes32 txid;
    prom_bytes32 same;
    char text[PROM_HEX32];
    size_t weight = 0;
    assert_true(prom_span_equal(serialize(test, spending.tx, true), spending.unsigned_bytes));
    assert_true(prom_span_equal(serialize(test, spending.tx, false), spending.unsigned_bytes));
    assert_true(prom_span_equal(serialize(test, complete, true), spending.signed_bytes));
    const prom_span stripped = serialize(test, complete, false);
    const prom_span bare = serialize(test, parse(test, stripped), true);
    assert_true(prom_span_equal(bare, stripped));
    assert_ok(prom_tx_id(&test->arena, &txid, complete, &test->error), &test->error);
    assert_ok(prom_tx_id(&test->arena, &same, parse(test, stripped), &test->error), &test->error);
    assert_memory_equal(&txid, &same, sizeof txid);
    assert_ok(prom_tx_weight(&test->arena, &weight, complete, &test->error), &test->error);
    assert_int_equal(weight, 3 * stripped.length + spending.signed_bytes.length);
    const prom_tx *coinbase = parse(test, first);
    assert_true(prom_span_equal(serialize(test, coinbase, true), first));
    assert_ok(prom_tx_id(&test->arena, &txid, coinbase, &test->error), &test->error);
    assert_string_equal(prom_hex32_reversed(text, &txid),
                        "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b");
    assert_ok(prom_tx_weight(&test->arena, &weight, coinbase, &test->error), &test->error);
    assert_int_equal(weight, 816); /* 204 bytes */
    assert_int_equal(prom_vsize(816), 204);
    assert_int_equal(prom_vsize(817), 205);
    assert_int_equal(prom_vsize(820), 205);
    json_decref(spending.vectors);
}

static void test_fields(void **state)
{
    fixture *test = *state;
    const prom_tx *tx = parse(test, span_of_hex(test, genesis));
    const prom_bytes32 zero = {{0}};
    assert_int_equal(tx->version, 1);
    assert_int_equal(tx->locktime, 0);
    assert_int_equal(tx->input_count, 1);
    assert_int_equal(tx->output_count, 1);
    const prom_outpoint none = {zero, UINT32_MAX};
    const prom_outpoint other_index = {zero, 0};
    const prom_outpoint other_txid = {{{1}}, UINT32_MAX};
    assert_true(prom_outpoint_equal(&tx->inputs[0].outpoint, &none));
    assert_false(prom_outpoint_equal(&none, &other_index));
    assert_false(prom_outpoint_equal(&none, &other_txid));
    assert_int_equal(tx->inputs[0].sequence, UINT32_MAX);
    assert_int_equal(tx->inputs[0].script_sig.length, 77);
    assert_int_equal(tx->inputs[0].witness_count, 0);
    assert_true(prom_amount_equal(tx->outputs[0].value, prom_amount_of(UINT64_C(5000000000))));
    assert_int_equal(tx->outputs[0].script.length, 67);
}

static void test_new(void **state)
{
    fixture *test = *state;
    prom_tx *tx = NULL;
    assert_ok(prom_tx_new(&test->arena, &tx, 2, 1, &test->error), &test->error);
    assert_int_equal(tx->version, 3);
    tx->inputs[1].sequence = PROM_SEQUENCE_PLAIN;
    tx->outputs[0].value = prom_amount_of(240);
    assert_ok(prom_script_anchor(&test->arena, &tx->outputs[0].script, &test->error), &test->error);
    assert_hex(serialize(test, tx, true), "0300000002"
                                          "0000000000000000000000000000000000000000000000000000000000000000"
                                          "000000000000000000"
                                          "0000000000000000000000000000000000000000000000000000000000000000"
                                          "0000000000fdffffff"
                                          "01f00000000000000004"
                                          "51024e7300000000");
}

/* A parse gives nothing, or a transaction with exactly these bytes. Returns whether it gave one. */
static bool parses_canonically(fixture *test, const uint8_t *bytes, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    uint8_t *copy = exact_copy(bytes, length);
    prom_tx *tx = NULL;
    prom_arena_init(&arena, (size_t)1 << 20);
    const bool parsed = prom_is_ok(prom_tx_parse(&arena, &tx, prom_span_of(copy, length), &test->error));
    if (parsed) {
        prom_span again;
        assert_ok(prom_tx_serialize(&arena, &again, tx, true, &test->error), &test->error);
        assert_true(prom_span_equal(again, prom_span_of(bytes, length)));
    }
    free(copy);
    return parsed;
}

static void test_every_prefix_is_refused(void **state)
{
    fixture *test = *state;
    struct spending spending = load_spending(test);
    const prom_span whole[] = {spending.signed_bytes, spending.unsigned_bytes, span_of_hex(test, genesis)};
    for (size_t i = 0; i < COUNT_OF(whole); i++) {
        assert_true(parses_canonically(test, whole[i].data, whole[i].length));
        for (size_t length = 0; length < whole[i].length; length++) {
            assert_false(parses_canonically(test, whole[i].data, length));
        }
    }
    json_decref(spending.vectors);
}

static void test_random_damage(void **unused)
{
    fixture *test = *unused;
    struct spending spending = load_spending(test);
    const prom_span whole[] = {spending.signed_bytes, span_of_hex(test, genesis)};
    uint64_t state = 1;
    size_t parsed = 0;
    for (size_t i = 0; i < 20000; i++) {
        uint8_t bytes[2048];
        const prom_span start = whole[i % COUNT_OF(whole)];
        assert_in_range(start.length, 1, sizeof bytes);
        memcpy(bytes, start.data, start.length);
        for (size_t flips = 1 + random_below(&state, 3); flips > 0; flips--) {
            bytes[random_below(&state, start.length)] = (uint8_t)next_random(&state);
        }
        parsed += parses_canonically(test, bytes, start.length);
    }
    assert_in_range(parsed, 1, 19999);
    for (size_t i = 0; i < 20000; i++) {
        uint8_t bytes[200];
        random_bytes(&state, bytes, sizeof bytes);
        memset(bytes, 0, 4);
        bytes[4] %= 3; /* so that some come as far as the inputs */
        (void)parses_canonically(test, bytes, random_below(&state, sizeof bytes + 1));
    }
    json_decref(spending.vectors);
}

#define INPUT "0000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define OUTPUT "01000000000000000151"

static void test_refused_transactions(void **state)
{
    fixture *test = *state;
    static const struct {
        const char *bytes;
        const char *part; /* NULL: this one is fine */
    } cases[] = {
        {"0300000001" INPUT "01" OUTPUT "00000000", NULL},
        {"0300000001" INPUT "0000000000", NULL},                   /* no output */
        {"03000000000101" INPUT "01" OUTPUT "010000000000", NULL}, /* one empty element */
        {"0300000001" INPUT "01" OUTPUT "0000000000", "1 bytes are left over"},
        {"030000000001" OUTPUT "00000000", "not a Bitcoin transaction"}, /* no input */
        {"03000000000100"
         "01" OUTPUT "00000000",
         "not a Bitcoin transaction"},                                                  /* no input, with a flag */
        {"03000000000101" INPUT "01" OUTPUT "0000000000", "not a Bitcoin transaction"}, /* no witness */
        {"03000000000201" INPUT "01" OUTPUT "010000000000", "not a Bitcoin transaction"},
        {"03000000fd0100" INPUT "01" OUTPUT "00000000", "not a Bitcoin transaction"}, /* a count too long */
        {"0300000001" INPUT "fd0100" OUTPUT "00000000", "not a Bitcoin transaction"},
        {"0300000002" INPUT "01" OUTPUT "00000000", "not a Bitcoin transaction"},
        {"0300000001" INPUT "02" OUTPUT "00000000", "not a Bitcoin transaction"},
        {"03000000ffffffffffffffffff" INPUT "01" OUTPUT "00000000", "not a Bitcoin transaction"},
        {"0300000001" INPUT "ffffffffffffffffff" OUTPUT "00000000", "not a Bitcoin transaction"},
        {"03000000000101" INPUT "01" OUTPUT "ffffffffffffffffff0000000000", "not a Bitcoin transaction"},
        {"03000000000101" INPUT "01" OUTPUT "01ffffffffffffffffff00000000", "not a Bitcoin transaction"},
        {"0300000001" INPUT "010040075af07507000151"
         "00000000",
         NULL}, /* 21 million BTC */
        {"0300000001" INPUT "010140075af07507000151"
         "00000000",
         "not a Bitcoin transaction"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const prom_span bytes = span_of_hex(test, cases[i].bytes);
        prom_tx *tx = NULL;
        if (cases[i].part == NULL) {
            assert_true(parses_canonically(test, bytes.data, bytes.length));
        } else {
            assert_fails(prom_tx_parse(&test->arena, &tx, bytes, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                         cases[i].part);
        }
    }
}

/* A count asks for no more memory than the bytes behind it can fill. */
static void test_claimed_counts_take_no_memory(void **state)
{
    fixture *test = *state;
    static const char *const cases[] = {"03000000fe00000002" INPUT, "0300000001" INPUT "fe00000002" OUTPUT,
                                        "03000000000101" INPUT "01" OUTPUT "fe00000002"};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_tx *tx = NULL;
        prom_arena_init(&arena, 1024);
        assert_fails(prom_tx_parse(&arena, &tx, span_of_hex(test, cases[i]), &test->error), PROM_CATEGORY_BAD_INPUT,
                     &test->error, "not a Bitcoin transaction");
    }
}

static void test_read_leaves_the_rest(void **state)
{
    fixture *test = *state;
    prom_reader reader = prom_reader_of(span_of_hex(test, "0300000001" INPUT "01" OUTPUT "00000000"
                                                          "0200000001" INPUT "01" OUTPUT "00000000"
                                                          "ee"));
    prom_tx *tx = NULL;
    assert_ok(prom_tx_read(&test->arena, &tx, &reader, &test->error), &test->error);
    assert_int_equal(tx->version, 3);
    assert_ok(prom_tx_read(&test->arena, &tx, &reader, &test->error), &test->error);
    assert_int_equal(tx->version, 2);
    assert_int_equal(prom_read_u8(&reader), 0xee);
    assert_true(prom_reader_done(&reader));
}

static void test_witness_bytes(void **state)
{
    static uint8_t zeros[0x10000];
    const size_t lengths[] = {0, 1, 64, 0xfc, 0xfd, 0xffff, 0x10000};
    fixture *test = *state;
    for (size_t count = 0; count <= 300; count += 25) { /* past 252, where the count takes three bytes */
        prom_span witness[300];
        prom_tx *tx = NULL;
        for (size_t i = 0; i < count; i++) {
            witness[i] = prom_span_of(zeros, i < COUNT_OF(lengths) ? lengths[i] : 1);
        }
        assert_ok(prom_tx_new(&test->arena, &tx, 1, 0, &test->error), &test->error);
        tx->inputs[0].witness = witness;
        tx->inputs[0].witness_count = count;
        const size_t both = serialize(test, tx, true).length - serialize(test, tx, false).length;
        assert_int_equal(prom_witness_bytes(witness, count), count == 0 ? 1 : both - 2);
    }
    const prom_span huge = {zeros, (size_t)UINT32_MAX + 1};
    assert_true(prom_witness_bytes(&huge, 1) == 1 + 9 + huge.length);
}

static void test_output_sum(void **state)
{
    fixture *test = *state;
    prom_tx *tx = NULL;
    prom_span bytes;
    size_t weight = 0;
    prom_bytes32 txid;
    assert_ok(prom_tx_new(&test->arena, &tx, 1, 3, &test->error), &test->error);
    assert_true(prom_amount_is_zero(prom_tx_output_sum(tx)));
    tx->outputs[0].value = prom_amount_of(1);
    tx->outputs[1].value = prom_amount_of(20);
    tx->outputs[2].value = prom_amount_of(300);
    assert_true(prom_amount_equal(prom_tx_output_sum(tx), prom_amount_of(321)));
    tx->outputs[1].value = prom_amount_of(PROM_AMOUNT_MAX);
    assert_false(prom_amount_is_valid(prom_tx_output_sum(tx)));
    tx->outputs[1].value = prom_amount_invalid();
    assert_false(prom_amount_is_valid(prom_tx_output_sum(tx)));
    assert_fails(prom_tx_serialize(&test->arena, &bytes, tx, true, &test->error), PROM_CATEGORY_IO, &test->error,
                 "a value out of range");
    assert_fails(prom_tx_id(&test->arena, &txid, tx, &test->error), PROM_CATEGORY_IO, &test->error, "out of range");
    assert_fails(prom_tx_weight(&test->arena, &weight, tx, &test->error), PROM_CATEGORY_IO, &test->error,
                 "out of range");
}

/* Bitcoin Core's GetDustThreshold at 3000 sat/kvB. */
static void test_dust_limits(void **state)
{
    fixture *test = *state;
    static const struct {
        const char *script;
        uint64_t sat;
    } cases[] = {
        {"512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", 330}, /* P2TR */
        {"002079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", 330}, /* P2WSH */
        {"0014751e76e8199196d454941c45d1b3a323f1433bd6", 294},                         /* P2WPKH */
        {"51024e73", 240},                                                             /* P2A */
        {"76a914751e76e8199196d454941c45d1b3a323f1433bd688ac", 546},                   /* P2PKH */
        {"a914751e76e8199196d454941c45d1b3a323f1433bd687", 540},                       /* P2SH */
        {"", 471},
        {"6a", 0},
        {"6a0450524d31", 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const prom_amount limit = prom_dust_limit(span_of_hex(test, cases[i].script));
        assert_true(prom_amount_equal(limit, prom_amount_of(cases[i].sat)));
    }
    /* A script of 253 bytes has a length of three. */
    const uint8_t long_script[253] = {0x51};
    assert_true(
        prom_amount_equal(prom_dust_limit(prom_span_of(long_script, 252)), prom_amount_of(3 * (9 + 252 + 148))));
    assert_true(
        prom_amount_equal(prom_dust_limit(prom_span_of(long_script, 253)), prom_amount_of(3 * (11 + 253 + 148))));
}

static void test_fee(void **state)
{
    (void)state;
    assert_true(prom_amount_equal(prom_fee(2, 1151), prom_amount_of(2302)));
    assert_true(prom_amount_is_zero(prom_fee(0, 1151)));
    assert_false(prom_amount_is_valid(prom_fee(UINT64_MAX, 1)));
    assert_false(prom_amount_is_valid(prom_fee(PROM_AMOUNT_MAX, 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_round_trip_and_ids),
        FIXTURE_TEST(test_fields),
        FIXTURE_TEST(test_new),
        FIXTURE_TEST(test_every_prefix_is_refused),
        FIXTURE_TEST(test_random_damage),
        FIXTURE_TEST(test_refused_transactions),
        FIXTURE_TEST(test_claimed_counts_take_no_memory),
        FIXTURE_TEST(test_read_leaves_the_rest),
        FIXTURE_TEST(test_witness_bytes),
        FIXTURE_TEST(test_output_sum),
        FIXTURE_TEST(test_dust_limits),
        cmocka_unit_test(test_fee),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
