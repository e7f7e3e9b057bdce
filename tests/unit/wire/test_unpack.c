#include "support.h"

#include "wire/messages.pb-c.h"
#include "wire/unpack.h"

static void test_fields_one_after_the_other(void **state)
{
    fixture *test = *state;
    prom_wire_field field;
    const prom_span bytes = span_of_hex(test, "0801"
                                              "1203616263"
                                              "1d01020304"
                                              "210102030405060708"
                                              "faffffff0f00");
    const struct {
        uint32_t number;
        bool is_bytes;
    } wanted[] = {{1, false}, {2, true}, {3, false}, {4, false}, {0x1fffffff, true}};
    prom_reader reader = prom_reader_of(bytes);
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        assert_true(prom_wire_next(&reader, &field));
        assert_int_equal(field.number, wanted[i].number);
        assert_true(field.is_bytes == wanted[i].is_bytes);
        assert_int_equal(field.bytes.length, i == 1 ? 3 : 0);
    }
    assert_false(prom_wire_next(&reader, &field));
    assert_true(prom_reader_done(&reader));
}

static void test_fields_that_are_none(void **state)
{
    static const char *const faults[] = {"08",
                                         "1205616263",
                                         "1d0102",
                                         "2101",
                                         "0b",
                                         "0c",
                                         "0f",
                                         "00",
                                         "0000",
                                         "12ffffffffffffffffff01",
                                         "ffffffffffffffffffffff",
                                         "fffffffff100"};
    fixture *test = *state;
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        prom_wire_field field;
        prom_reader reader = prom_reader_of(span_of_hex(test, faults[i]));
        assert_false(prom_wire_next(&reader, &field));
        assert_true(reader.failed);
        assert_false(prom_wire_next(&reader, &field));
    }
}

/* Two bytes on the wire are an element of a list in memory: that it is bounded by what came is what counts. */
static void test_memory_is_bounded_by_the_bytes(void **state)
{
    fixture *test = *state;
    static uint8_t bytes[40000];
    ProtobufCMessage *message = NULL;
    for (size_t i = 0; i < sizeof bytes; i += 2) {
        bytes[i] = 0x0a; /* an announcement of no bytes */
    }
    const size_t before = test->arena.used;
    (void)!prom_is_ok(prom_wire_unpack(&test->arena, &message, &prometheus_wire__announcements__descriptor,
                                       prom_span_of(bytes, sizeof bytes), false, &test->error));
    assert_true(test->arena.used - before < 9 * sizeof bytes + 16384);
}

/* A field that comes again and again is merged again and again. */
static void test_a_message_in_a_thousand_parts(void **state)
{
    fixture *test = *state;
    static uint8_t bytes[70000];
    ProtobufCMessage *message = NULL;
    for (size_t i = 0; i < sizeof bytes; i += 7) {
        memcpy(bytes + i, "\x1a\x05\x0a\x03xyz", 7); /* of a packet: a fetch with a channel */
    }
    const size_t before = test->arena.used;
    (void)!prom_is_ok(prom_wire_unpack(&test->arena, &message, &prometheus_wire__packet__descriptor,
                                       prom_span_of(bytes, sizeof bytes), false, &test->error));
    assert_true(test->arena.used - before < 9 * sizeof bytes + 16384);
}

static void test_inner_messages(void **state)
{
    fixture *test = *state;
    ProtobufCMessage *outer = NULL;
    ProtobufCMessage *inner = NULL;
    prom_span bytes;
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(&prometheus_wire__body__descriptor, 21);
    assert_ok(prom_wire_new(&test->arena, &outer, &prometheus_wire__body__descriptor, &test->error), &test->error);
    assert_ok(prom_wire_new(&test->arena, &inner, field->descriptor, &test->error), &test->error);
    prom_wire_set_inner(outer, field, inner);
    assert_ptr_equal(prom_wire_inner(outer, field), inner);
    assert_ok(prom_wire_pack(&test->arena, &bytes, outer, &test->error), &test->error);
    assert_hex(bytes, "aa0100");
    assert_ok(prom_wire_unpack(&test->arena, &outer, &prometheus_wire__body__descriptor, bytes, false, &test->error),
              &test->error);
    assert_ptr_equal(prom_wire_inner(outer, field)->descriptor, &prometheus_wire__question__descriptor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_fields_one_after_the_other),
        FIXTURE_TEST(test_fields_that_are_none),
        FIXTURE_TEST(test_memory_is_bounded_by_the_bytes),
        FIXTURE_TEST(test_a_message_in_a_thousand_parts),
        FIXTURE_TEST(test_inner_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
