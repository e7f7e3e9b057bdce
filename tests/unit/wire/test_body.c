/* Bodies: one message each, of a kind that we know, no longer than anybody honest makes it. */
#include "channel/random_messages.h"

#include "wire/body.h"
#include "wire/packet.h"

static prom_span joined(fixture *test, prom_span a, prom_span b)
{
    prom_span bytes;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_write_span(&writer, a);
    prom_write_span(&writer, b);
    assert_ok(prom_writer_finish(&writer, &bytes, &test->error), &test->error);
    return bytes;
}

static prom_span some(fixture *test, prom_message_kind kind)
{
    prom_span body;
    uint64_t random = 1;
    assert_ok(prom_body_encode(&test->arena, &body, random_message(test, &random, kind), &test->error), &test->error);
    return body;
}

static void assert_refused(fixture *test, prom_span body, bool lenient, const char *why)
{
    prom_message message;
    assert_fails(prom_body_decode(&test->arena, &message, body, lenient, &test->error), PROM_CATEGORY_PEER,
                 &test->error, why);
}

static void test_kinds_that_we_do_not_know(void **state)
{
    fixture *test = *state;
    prom_message message = {.kind = PROM_MESSAGE_KEY};
    const prom_span unknown = span_of_hex(test, "fa01020a00"); /* field 31, two bytes */
    assert_refused(test, unknown, false, "a kind that this version does not know");
    assert_ok(prom_body_decode(&test->arena, &message, unknown, true, &test->error), &test->error);
    assert_int_equal(message.kind, 0);
    assert_refused(test, prom_span_of(NULL, 0), false, "a kind that this version does not know");
}

static void test_fields_that_we_do_not_know(void **state)
{
    fixture *test = *state;
    prom_message message;
    const prom_span more = joined(test, some(test, PROM_MESSAGE_KEY), span_of_hex(test, "fa01020a00"));
    assert_refused(test, more, false, "a field that this version does not know");
    assert_ok(prom_body_decode(&test->arena, &message, more, true, &test->error), &test->error);
    assert_int_equal(message.kind, PROM_MESSAGE_KEY);
    assert_refused(test, span_of_hex(test, "aa01020801"), false, "does not know"); /* within a question */
    assert_ok(prom_body_decode(&test->arena, &message, span_of_hex(test, "aa01020801"), true, &test->error),
              &test->error);
    assert_int_equal(message.kind, PROM_MESSAGE_QUESTION);
}

static void test_two_messages_in_one(void **state)
{
    fixture *test = *state;
    assert_refused(test, joined(test, some(test, PROM_MESSAGE_KEY), some(test, PROM_MESSAGE_KEY)), true, "no message");
    assert_refused(test, joined(test, some(test, PROM_MESSAGE_KEY), some(test, PROM_MESSAGE_DIGEST)), true,
                   "no message");
}

/* What is too long for its kind is refused before memory is taken for it. */
static void test_bodies_that_are_too_long(void **state)
{
    fixture *test = *state;
    static uint8_t bytes[1 << 20];
    const size_t length = 20000;
    memcpy(bytes, "\xb2\x01\x9c\x9c\x01\x0a\x98\x9c\x01", 9); /* key (22): 19,996 bytes, of which h_p has 19,992 */
    prom_arena little;
    prom_message message;
    prom_arena_init(&little, 64);
    assert_fails(prom_body_decode(&little, &message, prom_span_of(bytes, length + 1), true, &test->error),
                 PROM_CATEGORY_PEER, &test->error, "of which none has more than 4096");
    prom_arena_free(&little);
    message = (prom_message){.kind = PROM_MESSAGE_REFUSAL, .as.bytes = prom_span_of(bytes, 1 << 15)};
    prom_span body;
    assert_fails(prom_body_encode(&test->arena, &body, &message, &test->error), PROM_CATEGORY_BROKEN, &test->error,
                 "more than anybody takes");
    assert_true(prom_body_max() + 1024 < PROM_FRAME_MAX); /* the largest has room in a frame */
}

static void test_memory_that_is_not_there_is_nobodys_fault(void **state)
{
    fixture *test = *state;
    prom_arena little;
    prom_message message;
    const prom_span body = some(test, PROM_MESSAGE_BASE_TERMS);
    prom_arena_init(&little, 64);
    assert_fails(prom_body_decode(&little, &message, body, false, &test->error), PROM_CATEGORY_MEMORY, &test->error,
                 "memory");
    prom_arena_free(&little);
}

static void test_messages_of_ours_that_cannot_be(void **state)
{
    fixture *test = *state;
    prom_span body;
    prom_message message = {.kind = (prom_message_kind)2};
    assert_fails(prom_body_encode(&test->arena, &body, &message, &test->error), PROM_CATEGORY_BROKEN, &test->error,
                 "of no kind");
    message = (prom_message){.kind = PROM_MESSAGE_LOSS};
    assert_fails(prom_body_encode(&test->arena, &body, &message, &test->error), PROM_CATEGORY_BROKEN, &test->error,
                 "out of range");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_kinds_that_we_do_not_know),
        FIXTURE_TEST(test_fields_that_we_do_not_know),
        FIXTURE_TEST(test_two_messages_in_one),
        FIXTURE_TEST(test_bodies_that_are_too_long),
        FIXTURE_TEST(test_memory_that_is_not_there_is_nobodys_fault),
        FIXTURE_TEST(test_messages_of_ours_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
