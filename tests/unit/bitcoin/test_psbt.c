#include "support.h"

#include "prometheus/base/base64.h"
#include "prometheus/bitcoin/psbt.h"

static prom_span bytes_of(fixture *test, const char *text)
{
    prom_span bytes;
    assert_ok(prom_base64_read(&test->arena, &bytes, text, &test->error), &test->error);
    return bytes;
}

/* Every PSBT of a BIP that is not one of those that are to be refused is read, and written as it was. */
static size_t replay(fixture *test, const char *file)
{
    json_t *vectors = load_vectors(file);
    size_t index = 0;
    size_t invalid = 0;
    const json_t *vector = NULL;
    json_array_foreach(member(vectors, "vectors"), index, vector)
    {
        prom_psbt *psbt = NULL;
        prom_span written;
        const prom_span bytes = bytes_of(test, member_text(vector, "base64"));
        const prom_result read = prom_psbt_parse(&test->arena, &psbt, bytes, &test->error);
        if (strcmp(member_text(vector, "kind"), "invalid") == 0) {
            invalid++;
            if (read.category != PROM_CATEGORY_BAD_INPUT || psbt != NULL || test->error.sentence[0] == '\0') {
                fail_msg("%s, number %zu is read: %s", file, index, member_text(vector, "case"));
            }
            continue;
        }
        assert_ok(read, &test->error);
        assert_ok(prom_psbt_write(&test->arena, &written, psbt, &test->error), &test->error);
        assert_true(prom_span_equal(written, bytes));
    }
    json_decref(vectors);
    return invalid * 1000 + index;
}

static void replay_the_bips(void **state)
{
    assert_int_equal(replay(*state, "psbt/bip0174.json"), 20044);
    assert_int_equal(replay(*state, "psbt/bip0371.json"), 11017);
}

/* Of what a PSBT is made: maps of hex, of which each but the last ends. */
static prom_result parse(fixture *test, prom_psbt **psbt, const char *hex)
{
    char text[4096];
    (void)snprintf(text, sizeof text, "70736274ff%s", hex);
    return prom_psbt_parse(&test->arena, psbt, span_of_hex(test, text), &test->error);
}

/* One input, whose txid is zeros, and one output without a script. */
#define TX_BYTES                                                                                                       \
    "0200000001000000000000000000000000000000000000000000000000000000000000000000000000"                               \
    "00fdffffff01010000000000000000"                                                                                   \
    "00000000"
#define TX "01003c" TX_BYTES
#define K32 "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"

static void read_fields(void **state)
{
    fixture *test = *state;
    prom_psbt *psbt = NULL;
    assert_ok(parse(test, &psbt,
                    TX "02fc0101aa00" /* proprietary, and the end of the map */
                       "011720" K32 "03aabbcc00"
                       "00"
                       "00"),
              &test->error);
    assert_int_equal(psbt->global.count, 2);
    assert_int_equal(psbt->inputs[0].count, 2);
    assert_int_equal(psbt->outputs[0].count, 0);
    assert_hex(*prom_psbt_find(&psbt->inputs[0], PROM_PSBT_IN_TAP_INTERNAL_KEY), K32);
    assert_null(prom_psbt_find(&psbt->inputs[0], PROM_PSBT_IN_TAP_KEY_SIG));
    assert_null(prom_psbt_find(&psbt->inputs[0], 0xaa)); /* that key has more bytes */
    assert_ok(parse(test, &psbt,
                    TX "01fb040000000000"
                       "00"
                       "00"),
              &test->error);
}

/* Each is refused for what is named. The last two maps are those of input and output. */
#define MAPS TX "00" /* the global map's end */

static void refuse_fields(void **state)
{
    fixture *test = *state;
    static const struct {
        const char *maps;
        const char *says;
    } cases[] = {
        {"000000", "no unsigned transaction"},
        {TX "01fb0402000000000000", "PSBT_GLOBAL_VERSION"},
        {TX TX "000000", "two fields have one key"},
        {MAPS "00", "end within a field"},
        {MAPS "000000", "1 bytes are left over"},
        {MAPS "0103", "end within a field"},
        {MAPS "0103030000000000", "input 0: the value of the field PSBT_IN_SIGHASH_TYPE"},
        {MAPS "01010801000000000000000000", "PSBT_IN_WITNESS_UTXO: these bytes are not an output"},
        {MAPS "010109ffffffffffffffff000000", "PSBT_IN_WITNESS_UTXO: these bytes are not an output"},
        {MAPS "01010a010000000000000000aa0000", "PSBT_IN_WITNESS_UTXO: these bytes are not an output"},
        {MAPS "0108030102aa0000", "PSBT_IN_FINAL_SCRIPTWITNESS: these bytes are not a witness"},
        {MAPS "010805feffffffff0000", "PSBT_IN_FINAL_SCRIPTWITNESS: these bytes are not a witness"},
        {MAPS "01003c" TX_BYTES "0000", "not the one that is spent"},
        {MAPS "2116" K32 "04000000000000", "PSBT_IN_TAP_BIP32_DERIVATION"},
        {MAPS "2116" K32 "0501000000000000", "PSBT_IN_TAP_BIP32_DERIVATION"},
        {MAPS "2116" K32 "07000000000000000000", "PSBT_IN_TAP_BIP32_DERIVATION"},
        {MAPS "0001060400c000c000", "PSBT_OUT_TAP_TREE"}, /* no leaf beside one of depth 0 */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_psbt *psbt = NULL;
        assert_fails(parse(test, &psbt, cases[i].maps), PROM_CATEGORY_BAD_INPUT, &test->error, cases[i].says);
        assert_null(psbt);
    }
}

/* Depths of leaves of empty scripts. */
static void judge_trees(void **state)
{
    fixture *test = *state;
    static const struct {
        const char *leaves; /* depth, version, length of the script */
        bool whole;
    } cases[] = {{"00c000", true},
                 {"", false},
                 {"01c000", false},
                 {"01c00001c000", true},
                 {"01c00002c00002c000", true},
                 {"02c00002c00001c000", true},
                 {"02c00001c00002c000", false},
                 {"02c00002c00002c00002c000", true},
                 {"02c00002c00002c000", false},
                 {"01c00001c00001c000", false},
                 {"00c00000c000", false},
                 {"00c100", false}, /* the lowest bit is no part of a version */
                 {"00c001", false},
                 {"81c000", false}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_psbt *psbt = NULL;
        char maps[256];
        (void)snprintf(maps, sizeof maps, "%s00000106%02zx%s00", TX, strlen(cases[i].leaves) / 2, cases[i].leaves);
        assert_int_equal(prom_is_ok(parse(test, &psbt, maps)), cases[i].whole);
    }
}

/* A PSBT of each length is none but at its end. */
static void refuse_what_is_cut(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("psbt/bip0371.json");
    const json_t *vector = json_array_get(member(vectors, "vectors"), 12);
    const prom_span bytes = bytes_of(test, member_text(vector, "base64"));
    for (size_t length = 0; length < bytes.length; length++) {
        prom_psbt *psbt = NULL;
        uint8_t *copy = exact_copy(bytes.data, length);
        assert_int_equal(prom_psbt_parse(&test->arena, &psbt, prom_span_of(copy, length), &test->error).category,
                         PROM_CATEGORY_BAD_INPUT);
        free(copy);
    }
    json_decref(vectors);
}

/* What claims much is refused before memory is asked for. */
static void bound_what_is_claimed(void **state)
{
    fixture *test = *state;
    prom_psbt *psbt = NULL;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span bytes;
    prom_write_span(&writer, span_of_hex(test, "70736274ff" TX));
    for (uint16_t i = 0; i < PROM_PSBT_FIELDS_MAX; i++) { /* one more than there may be, with the transaction */
        prom_write_u8(&writer, 3);
        prom_write_u8(&writer, 0xfc);
        prom_write_u16(&writer, i);
        prom_write_u8(&writer, 0);
    }
    prom_write_span(&writer, span_of_hex(test, "000000"));
    assert_ok(prom_writer_finish(&writer, &bytes, &test->error), &test->error);
    assert_fails(prom_psbt_parse(&test->arena, &psbt, bytes, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "1024 is the most");
    const prom_span huge = {bytes.data, PROM_PSBT_BYTES_MAX + 1};
    assert_fails(prom_psbt_parse(&test->arena, &psbt, huge, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "larger than any transaction");
    assert_fails(parse(test, &psbt, "0100ffffffffffffffffff"), PROM_CATEGORY_BAD_INPUT, &test->error, "end within");
}

/* What is put takes the place of what has its key, and the order stays. */
static void put_fields(void **state)
{
    fixture *test = *state;
    static const uint8_t keys[] = {0xf0, 0xf1};
    static const uint8_t values[] = {1, 2, 3};
    prom_psbt_map map = {.count = 0};
    for (size_t i = 0; i < 3; i++) {
        const prom_psbt_field field = {prom_span_of(&keys[i % 2], 1), prom_span_of(&values[i], 1)};
        assert_ok(prom_psbt_put(&test->arena, &map, &field, &test->error), &test->error);
    }
    assert_int_equal(map.count, 2);
    assert_hex(map.fields[0].value, "03");
    assert_hex(*prom_psbt_find(&map, 0xf1), "02");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(replay_the_bips), FIXTURE_TEST(read_fields),        FIXTURE_TEST(refuse_fields),
        FIXTURE_TEST(judge_trees),     FIXTURE_TEST(refuse_what_is_cut), FIXTURE_TEST(bound_what_is_claimed),
        FIXTURE_TEST(put_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
