#include "support.h"

#include "prometheus/base/bytes.h"

static void test_compare(void **state)
{
    const uint8_t bytes[] = {1, 2, 3, 1, 2, 4};
    prom_bytes32 low = {{0}};
    prom_bytes32 high = {{0}};
    (void)state;
    assert_true(prom_span_equal(prom_span_of(bytes, 2), prom_span_of(bytes + 3, 2)));
    assert_false(prom_span_equal(prom_span_of(bytes, 3), prom_span_of(bytes + 3, 3)));
    assert_false(prom_span_equal(prom_span_of(bytes, 2), prom_span_of(bytes, 3)));
    assert_true(prom_span_equal(prom_span_of(NULL, 0), prom_span_of(bytes, 0)));
    high.bytes[31] = 0x80;
    assert_true(prom_bytes32_equal(&low, &low));
    assert_false(prom_bytes32_equal(&low, &high));
    assert_true(prom_bytes32_compare_vartime(&low, &high) < 0);
    assert_true(prom_bytes32_compare_vartime(&high, &low) > 0);
    assert_int_equal(prom_bytes32_compare_vartime(&high, &high), 0);
    for (size_t bit = 0; bit < 256; bit++) {
        high = low;
        high.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(prom_bytes32_equal(&low, &high));
        assert_false(prom_bytes32_equal(&high, &low));
        assert_true(prom_bytes32_equal(&high, &high));
    }
    assert_true(prom_secret_equal(bytes, bytes + 3, 2));
    assert_false(prom_secret_equal(bytes, bytes + 3, 3));
}

static void test_wipe(void **state)
{
    prom_bytes32 secret = {{1, 2, 3, [31] = 4}};
    uint8_t bytes[] = {1, 2, 3};
    const prom_bytes32 zero = {{0}};
    (void)state;
    prom_wipe32(&secret);
    assert_memory_equal(&secret, &zero, sizeof zero);
    prom_wipe(bytes, 2);
    assert_memory_equal(bytes, "\0\0\3", 3);
}

static void test_span_copy(void **state)
{
    fixture *test = *state;
    uint8_t bytes[] = {1, 2, 3};
    prom_span copy;
    assert_ok(prom_span_copy(&test->arena, &copy, prom_span_of(bytes, sizeof bytes), &test->error), &test->error);
    bytes[0] = 9;
    assert_hex(copy, "010203");
    assert_ok(prom_span_copy(&test->arena, &copy, prom_span_of(NULL, 0), &test->error), &test->error);
    assert_int_equal(copy.length, 0);
    prom_arena none;
    prom_arena_init(&none, 0);
    assert_fails(prom_span_copy(&none, &copy, prom_span_of(bytes, 1), &test->error), PROM_CATEGORY_MEMORY, &test->error,
                 "limit");
}

static void test_hex(void **state)
{
    static const char text[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";
    static const char text_reversed[] = "ff1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100";
    char shown[PROM_HEX32];
    prom_bytes32 value;
    uint8_t byte = 0;
    (void)state;
    assert_true(prom_hex32_parse(&value, text));
    assert_int_equal(value.bytes[31], 0xff);
    assert_string_equal(prom_hex32(shown, &value), text);
    assert_string_equal(prom_hex32_reversed(shown, &value), text_reversed);
    assert_true(prom_hex32_parse_reversed(&value, text_reversed));
    assert_string_equal(prom_hex32(shown, &value), text);
    assert_true(prom_hex_parse(&byte, 1, "aF", 2));
    assert_int_equal(byte, 0xaf);
    assert_true(prom_hex_parse(&byte, 0, "", 0));
    assert_string_equal(prom_hex(shown, &byte, 0), "");
}

static void test_hex_refuses(void **state)
{
    static const struct {
        const char *text;
        size_t length;
    } cases[] = {{"", 0},   {"a", 1},  {"abc", 3}, {"abcd", 4}, {"ag", 2}, {"0x", 2},
                 {" a", 2}, {"a ", 2}, {"a\0", 2}, {"\0\0", 2}, {"a:", 2}, {"\xef\xbc", 2}};
    char almost[PROM_HEX32 + 1];
    prom_bytes32 value;
    uint8_t byte = 0;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_false(prom_hex_parse(&byte, 1, cases[i].text, cases[i].length));
    }
    memset(almost, '0', sizeof almost);
    almost[65] = '\0';
    assert_false(prom_hex32_parse(&value, almost));
    assert_false(prom_hex32_parse_reversed(&value, almost));
    almost[63] = '\0';
    assert_false(prom_hex32_parse(&value, almost));
    assert_false(prom_hex32_parse_reversed(&value, almost));
}

/* What was reserved is written where it is, and more than it beside it. */
static void test_reserved_room(void **state)
{
    fixture *test = *state;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span written;
    prom_write_u8(&writer, 1);
    prom_writer_reserve(&writer, 1000);
    const uint8_t *where = writer.data;
    const size_t used = test->arena.used;
    for (size_t i = 0; i < 250; i++) {
        prom_write_u32(&writer, 0x02030405);
    }
    assert_ptr_equal(writer.data, where);
    assert_int_equal(test->arena.used, used);
    prom_write_u8(&writer, 6);
    assert_true(test->arena.used > used);
    assert_ok(prom_writer_finish(&writer, &written, &test->error), &test->error);
    assert_int_equal(written.length, 1002);
    assert_true(written.data[0] == 1 && written.data[4] == 5 && written.data[1000] == 5 && written.data[1001] == 6);
    prom_writer_reserve(&writer, SIZE_MAX);
    assert_fails(prom_writer_finish(&writer, &written, &test->error), PROM_CATEGORY_IO, &test->error, "");
    writer = prom_writer_in(&test->arena);
    prom_writer_reserve(&writer, SIZE_MAX / 8);
    assert_fails(prom_writer_finish(&writer, &written, &test->error), PROM_CATEGORY_MEMORY, &test->error, "");
}

static void test_layouts(void **state)
{
    fixture *test = *state;
    const prom_bytes32 value = {{0xaa, [31] = 0xbb}};
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span written;
    prom_write_u8(&writer, 0x01);
    prom_write_u16(&writer, 0x0203);
    prom_write_u32(&writer, 0x04050607);
    prom_write_u40(&writer, UINT64_C(0x08090a0b0c));
    prom_write_u64(&writer, UINT64_C(0x0d0e0f1011121314));
    prom_write_amount(&writer, prom_amount_of(0x1516));
    prom_write_u16_le(&writer, 0x0203);
    prom_write_u32_le(&writer, 0x04050607);
    prom_write_u64_le(&writer, UINT64_C(0x0d0e0f1011121314));
    prom_write_amount_le(&writer, prom_amount_of(0x1516));
    prom_write_text(&writer, "PRM1");
    prom_write_bytes32(&writer, &value);
    prom_write_span(&writer, prom_span_of(NULL, 0));
    assert_ok(prom_writer_finish(&writer, &written, &test->error), &test->error);
    assert_hex(written, "01"
                        "0203"
                        "04050607"
                        "08090a0b0c"
                        "0d0e0f1011121314"
                        "0000000000001516"
                        "0302"
                        "07060504"
                        "14131211100f0e0d"
                        "1615000000000000"
                        "50524d31"
                        "aa000000000000000000000000000000000000000000000000000000000000bb");
    prom_reader reader = prom_reader_of(written);
    assert_int_equal(prom_read_u8(&reader), 0x01);
    assert_int_equal(prom_read_u16(&reader), 0x0203);
    assert_int_equal(prom_read_u32(&reader), 0x04050607);
    assert_true(prom_read_u40(&reader) == UINT64_C(0x08090a0b0c));
    assert_true(prom_read_u64(&reader) == UINT64_C(0x0d0e0f1011121314));
    assert_true(prom_amount_equal(prom_read_amount(&reader), prom_amount_of(0x1516)));
    assert_int_equal(prom_read_u16_le(&reader), 0x0203);
    assert_int_equal(prom_read_u32_le(&reader), 0x04050607);
    assert_true(prom_read_u64_le(&reader) == UINT64_C(0x0d0e0f1011121314));
    assert_true(prom_read_u64_le(&reader) == 0x1516);
    assert_hex(prom_read_span(&reader, 4), "50524d31");
    assert_false(prom_reader_done(&reader));
    const prom_bytes32 read = prom_read_bytes32(&reader);
    assert_true(prom_bytes32_equal(&read, &value));
    assert_true(prom_reader_done(&reader));
}

static void test_empty(void **state)
{
    fixture *test = *state;
    const prom_writer writer = prom_writer_in(&test->arena);
    prom_span written;
    assert_ok(prom_writer_finish(&writer, &written, &test->error), &test->error);
    assert_int_equal(written.length, 0);
    prom_reader reader = prom_reader_of(written);
    assert_true(prom_reader_done(&reader));
    assert_int_equal(prom_read_span(&reader, 0).length, 0);
    assert_true(prom_reader_done(&reader));
}

/* Each read, wide enough for any test value, as a number. */
static uint64_t amount_number(prom_reader *reader)
{
    uint64_t sat = 1;
    assert_true(prom_amount_get(prom_read_amount(reader), &sat));
    return sat;
}

static uint64_t u8_number(prom_reader *reader)
{
    return prom_read_u8(reader);
}

static uint64_t u16_number(prom_reader *reader)
{
    return prom_read_u16(reader);
}

static uint64_t u32_number(prom_reader *reader)
{
    return prom_read_u32(reader);
}

static uint64_t u16_le_number(prom_reader *reader)
{
    return prom_read_u16_le(reader);
}

static uint64_t u32_le_number(prom_reader *reader)
{
    return prom_read_u32_le(reader);
}

static uint64_t bytes32_number(prom_reader *reader)
{
    const prom_bytes32 value = prom_read_bytes32(reader);
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof value.bytes; i++) {
        sum += value.bytes[i];
    }
    return sum;
}

static uint64_t span_number(prom_reader *reader)
{
    return prom_read_span(reader, 3).length;
}

/* The example of the Protocol Buffers documentation, "Base 128 Varints", the ends of the range, and what is too long.
 */
static void test_varints(void **state)
{
    static const uint8_t bytes[] = {0x96, 0x01, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
    static const uint8_t endless[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01};
    (void)state;
    prom_reader reader = prom_reader_of(prom_span_of(bytes, sizeof bytes));
    assert_int_equal(prom_read_varint(&reader), 150);
    assert_int_equal(prom_read_varint(&reader), 0);
    assert_true(prom_read_varint(&reader) == UINT64_MAX);
    assert_true(prom_reader_done(&reader));
    reader = prom_reader_of(prom_span_of(endless, sizeof endless));
    assert_int_equal(prom_read_varint(&reader), 0);
    assert_true(reader.failed);
    reader = prom_reader_of(prom_span_of(endless, 3)); /* it ends before the number does */
    assert_int_equal(prom_read_varint(&reader), 0);
    assert_true(reader.failed);
}

/* One byte less than a read needs: it gives zero and takes nothing, and so does any read after it. */
static void test_short_reads_stay_failed(void **state)
{
    static const struct {
        uint64_t (*read)(prom_reader *reader);
        size_t width;
    } cases[] = {{u8_number, 1},     {u16_number, 2},       {u32_number, 4},     {prom_read_u40, 5},
                 {prom_read_u64, 8}, {amount_number, 8},    {u16_le_number, 2},  {u32_le_number, 4},
                 {span_number, 3},   {prom_read_u64_le, 8}, {bytes32_number, 32}};
    uint8_t ones[32];
    (void)state;
    memset(ones, 0, sizeof ones);
    ones[0] = ones[1] = 1;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t *bytes = exact_copy(ones, cases[i].width - 1);
        prom_reader reader = prom_reader_of(prom_span_of(bytes, cases[i].width - 1));
        assert_true(cases[i].read(&reader) == 0);
        assert_true(reader.failed);
        assert_int_equal(reader.left, cases[i].width - 1);
        assert_int_equal(prom_read_u8(&reader), 0);
        assert_int_equal(prom_read_compact_size(&reader), 0);
        assert_int_equal(prom_read_span(&reader, 0).length, 0);
        assert_int_equal(amount_number(&reader), 0);
        assert_false(prom_reader_done(&reader));
        free(bytes);
    }
}

static void test_huge_spans_are_refused(void **state)
{
    const uint8_t bytes[4] = {1, 2, 3, 4};
    (void)state;
    for (size_t more = 0; more < 8; more++) {
        prom_reader reader = prom_reader_of(prom_span_of(bytes, sizeof bytes));
        assert_int_equal(prom_read_span(&reader, SIZE_MAX - more).length, 0);
        assert_true(reader.failed);
    }
}

static void test_amounts_are_bounded(void **state)
{
    fixture *test = *state;
    prom_span most = span_of_hex(test, "000775f05a074000");
    prom_span above = span_of_hex(test, "000775f05a074001ff");
    prom_reader reader = prom_reader_of(most);
    assert_true(prom_amount_equal(prom_read_amount(&reader), prom_amount_of(PROM_AMOUNT_MAX)));
    assert_true(prom_reader_done(&reader));
    reader = prom_reader_of(above);
    assert_true(prom_amount_is_zero(prom_read_amount(&reader)));
    assert_true(reader.failed);
    assert_int_equal(prom_read_u8(&reader), 0);
}

static void test_compact_size(void **state)
{
    fixture *test = *state;
    static const struct {
        uint64_t value;
        const char *bytes;
    } cases[] = {
        {0, "00"},
        {0xfc, "fc"},
        {0xfd, "fdfd00"},
        {0xffff, "fdffff"},
        {0x10000, "fe00000100"},
        {UINT32_MAX, "feffffffff"},
        {UINT64_C(0x100000000), "ff0000000001000000"},
        {UINT64_MAX, "ffffffffffffffffff"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_writer writer = prom_writer_in(&test->arena);
        prom_span written;
        prom_write_compact_size(&writer, cases[i].value);
        assert_ok(prom_writer_finish(&writer, &written, &test->error), &test->error);
        assert_hex(written, cases[i].bytes);
        prom_reader reader = prom_reader_of(written);
        assert_true(prom_read_compact_size(&reader) == cases[i].value);
        assert_true(prom_reader_done(&reader));
    }
}

static void test_compact_size_refuses(void **state)
{
    fixture *test = *state;
    static const char *const cases[] = {"",
                                        "fd",
                                        "fdfc00",
                                        "fd0000",
                                        "fdff",
                                        "fe00000000",
                                        "feffff0000",
                                        "feffffff",
                                        "ff00000000",
                                        "ff0000000000000000",
                                        "ffffffffff00000000"};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_reader reader = prom_reader_of(span_of_hex(test, cases[i]));
        assert_true(prom_read_compact_size(&reader) == 0);
        assert_true(reader.failed);
    }
}

static void test_writer_grows(void **state)
{
    fixture *test = *state;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span written;
    for (uint32_t i = 0; i < 50000; i++) {
        prom_write_u32(&writer, i);
    }
    assert_ok(prom_writer_finish(&writer, &written, &test->error), &test->error);
    assert_int_equal(written.length, 200000);
    prom_reader reader = prom_reader_of(written);
    for (uint32_t i = 0; i < 50000; i++) {
        assert_int_equal(prom_read_u32(&reader), i);
    }
    assert_true(prom_reader_done(&reader));
}

static void assert_writer_failed(prom_writer *writer)
{
    const char *why = writer->starved ? "out of memory" : "a value out of range";
    prom_error error = {""};
    prom_span written = {(const uint8_t *)"x", 1};
    const size_t length = writer->length;
    prom_write_u8(writer, 1);
    assert_int_equal(writer->length, length);
    assert_fails(prom_writer_finish(writer, &written, &error),
                 writer->starved ? PROM_CATEGORY_MEMORY : PROM_CATEGORY_IO, &error, why);
    assert_null(written.data);
    assert_int_equal(written.length, 0);
}

static void test_writer_stays_failed(void **state)
{
    fixture *test = *state;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_write_u40(&writer, (UINT64_C(1) << 40) - 1);
    assert_false(writer.failed);
    prom_write_u40(&writer, UINT64_C(1) << 40);
    assert_false(writer.starved);
    assert_writer_failed(&writer);
    writer = prom_writer_in(&test->arena);
    prom_write_amount(&writer, prom_amount_invalid());
    assert_writer_failed(&writer);
    writer = prom_writer_in(&test->arena);
    prom_write_amount_le(&writer, prom_amount_invalid());
    assert_writer_failed(&writer);
    writer = prom_writer_in(&test->arena);
    prom_write_u8(&writer, 1);
    prom_write_span(&writer, prom_span_of((const uint8_t *)"", SIZE_MAX)); /* refused before it is read */
    assert_writer_failed(&writer);
    prom_arena small;
    prom_arena_init(&small, 16);
    writer = prom_writer_in(&small);
    prom_write_u64(&writer, 1);
    prom_write_u64(&writer, 2);
    prom_write_u64(&writer, 3);
    assert_true(writer.starved);
    assert_writer_failed(&writer);
    prom_arena_free(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_wipe),
        FIXTURE_TEST(test_span_copy),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_hex_refuses),
        FIXTURE_TEST(test_reserved_room),
        FIXTURE_TEST(test_layouts),
        FIXTURE_TEST(test_empty),
        cmocka_unit_test(test_varints),
        cmocka_unit_test(test_short_reads_stay_failed),
        cmocka_unit_test(test_huge_spans_are_refused),
        FIXTURE_TEST(test_amounts_are_bounded),
        FIXTURE_TEST(test_compact_size),
        FIXTURE_TEST(test_compact_size_refuses),
        FIXTURE_TEST(test_writer_grows),
        FIXTURE_TEST(test_writer_stays_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
