#include "channel/codec.h"
#include "support.h"

/* One of each. */
struct fields {
    uint8_t byte;
    uint16_t bits;
    size_t count;
    bool flag;
    prom_reason reason;
    char text[8];
    prom_address address;
    prom_span span;
};

static void walk(struct codec *codec, struct fields *fields)
{
    prom_code_u8_up_to(codec, &fields->byte, 9);
    prom_code_u16_up_to(codec, &fields->bits, 0x0fff);
    prom_code_count(codec, &fields->count, 300);
    prom_code_bool(codec, &fields->flag);
    CODE_ENUM(codec, fields->reason, PROM_REASON_NOT_CHECKED + 1);
    prom_code_text(codec, fields->text, sizeof fields->text);
    prom_code_address(codec, &fields->address);
    prom_code_span(codec, &fields->span);
}

static const char honest[] = "09"
                             "0fff"
                             "012c"
                             "01"
                             "09"
                             "07"
                             "61626364656667"
                             "02"
                             "beef"
                             "00000003"
                             "010203";

static struct fields honest_fields(void)
{
    static const uint8_t bytes[] = {1, 2, 3};
    return (struct fields){.byte = 9,
                           .bits = 0x0fff,
                           .count = 300,
                           .flag = true,
                           .reason = PROM_REASON_NOT_CHECKED,
                           .text = "abcdefg",
                           .address = {2, {0xbe, 0xef}},
                           .span = {bytes, sizeof bytes}};
}

static prom_result write(fixture *test, struct fields fields, prom_span *bytes)
{
    struct codec codec = prom_codec_writer(&test->arena);
    walk(&codec, &fields);
    return prom_codec_written(&codec, bytes, &test->error);
}

static prom_result read(fixture *test, struct fields *fields, prom_span bytes)
{
    struct codec codec = prom_codec_reader(&test->arena, bytes);
    *fields = (struct fields){0};
    walk(&codec, fields);
    return prom_codec_read(&codec, &test->error);
}

static void test_one_walk_writes_and_reads(void **state)
{
    fixture *test = *state;
    prom_span bytes;
    struct fields fields;
    assert_ok(write(test, honest_fields(), &bytes), &test->error);
    assert_hex(bytes, honest);
    assert_ok(read(test, &fields, bytes), &test->error);
    assert_true(prom_span_equal(fields.span, honest_fields().span));
    fields.span = honest_fields().span;
    const struct fields expected = honest_fields();
    assert_int_equal(fields.count, expected.count);
    assert_true(fields.flag && fields.byte == 9 && fields.bits == 0x0fff);
    assert_int_equal(fields.reason, expected.reason);
    assert_string_equal(fields.text, expected.text);
    assert_memory_equal(&fields.address, &expected.address, sizeof fields.address);
}

static void test_every_value_out_of_range_is_refused(void **state)
{
    fixture *test = *state;
    prom_span bytes;
    struct fields fields;
    const struct {
        size_t at;
        uint8_t value;
    } faults[] = {{0, 10}, {1, 0x10}, {4, 0x2d}, {5, 2}, {6, 10}, {7, 8}, {8, 0}, {20, 1}, {20, 4}};
    assert_ok(write(test, honest_fields(), &bytes), &test->error);
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        uint8_t *copy = exact_copy(bytes.data, bytes.length);
        copy[faults[i].at] = faults[i].value;
        assert_fails(read(test, &fields, prom_span_of(copy, bytes.length)), PROM_CATEGORY_BROKEN, &test->error,
                     "none that this version has written");
        free(copy);
    }
    for (size_t length = 0; length < bytes.length; length++) {
        assert_fails(read(test, &fields, prom_span_of(bytes.data, length)), PROM_CATEGORY_BROKEN, &test->error,
                     "none that this version has written");
    }
}

static void test_what_is_out_of_range_is_not_written(void **state)
{
    fixture *test = *state;
    prom_span bytes;
    struct fields wrong[5];
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        wrong[i] = honest_fields();
    }
    wrong[0].byte = 10;
    wrong[1].bits = 0x1000;
    wrong[2].count = 65536 + 1; /* not the 1 that is left of it in 16 bits */
    wrong[3].reason = (prom_reason)256;
    memset(wrong[4].text, 'x', sizeof wrong[4].text);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_fails(write(test, wrong[i], &bytes), PROM_CATEGORY_BROKEN, &test->error, "out of range");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_one_walk_writes_and_reads),
        FIXTURE_TEST(test_every_value_out_of_range_is_refused),
        FIXTURE_TEST(test_what_is_out_of_range_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
