/* Every kind of message, over its bytes and back. */
#include "channel/random_messages.h"

#include "wire/body.h"

enum { TRIES = 20 };

static prom_span encode(fixture *test, const prom_message *message)
{
    prom_span body;
    assert_ok(prom_body_encode(&test->arena, &body, message, &test->error), &test->error);
    return body;
}

static void assert_same_spans(prom_span *a, const prom_span *b)
{
    assert_true(prom_span_equal(*a, *b));
    *a = *b;
}

/* Spans lie elsewhere in a message that was read: they are compared by their bytes, and then made the same. */
static void forget_where(prom_message *read, const prom_message *message)
{
    switch (message->kind) {
    case PROM_MESSAGE_PROPOSAL:
        assert_same_spans(&read->as.proposal.terms, &message->as.proposal.terms);
        break;
    case PROM_MESSAGE_ACCEPTANCE:
        assert_same_spans(&read->as.acceptance.earlier, &message->as.acceptance.earlier);
        break;
    case PROM_MESSAGE_ANNOUNCEMENTS:
        assert_int_equal(read->as.announcements.count, message->as.announcements.count);
        for (size_t i = 0; i < message->as.announcements.count; i++) {
            assert_true(prom_span_equal(read->as.announcements.items[i], message->as.announcements.items[i]));
        }
        read->as.announcements.items = message->as.announcements.items;
        break;
    case PROM_MESSAGE_NONCES:
    case PROM_MESSAGE_PARTIALS:
    case PROM_MESSAGE_TX0_SIGNATURES:
    case PROM_MESSAGE_REFUSAL:
    case PROM_MESSAGE_TX0:
        assert_same_spans(&read->as.bytes, &message->as.bytes);
        break;
    case PROM_MESSAGE_KEYGEN:
        assert_same_spans(&read->as.keygen.bytes, &message->as.keygen.bytes);
        break;
    case PROM_MESSAGE_BASE_TERMS:
        assert_same_spans(&read->as.base_terms.terms, &message->as.base_terms.terms);
        break;
    case PROM_MESSAGE_INVITATION:
        assert_same_spans(&read->as.invitation.signed_terms, &message->as.invitation.signed_terms);
        break;
    case PROM_MESSAGE_SEAT:
        assert_same_spans(&read->as.seat.announcement.address, &message->as.seat.announcement.address);
        break;
    case PROM_MESSAGE_LOSS:
        assert_same_spans(&read->as.loss.proof, &message->as.loss.proof);
        break;
    case PROM_MESSAGE_DECISION:
        assert_same_spans(&read->as.decision.bytes, &message->as.decision.bytes);
        break;
    case PROM_MESSAGE_DIGEST:
    case PROM_MESSAGE_STATEMENT:
    case PROM_MESSAGE_VERDICT:
    case PROM_MESSAGE_BASE_SIGNATURE:
    case PROM_MESSAGE_QUESTION:
    case PROM_MESSAGE_KEY:
    case PROM_MESSAGE_ECHO:
        break;
    }
}

static void test_every_kind_comes_back(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    for (unsigned kind = 0; kind < PROM_MESSAGE_KINDS; kind++) {
        for (size_t i = 0; i < TRIES && is_message_kind(kind); i++) {
            prom_message read;
            const prom_message *message = random_message(test, &random, (prom_message_kind)kind);
            const prom_span body = encode(test, message);
            memset(&read, 0, sizeof read);
            assert_ok(prom_body_decode(&test->arena, &read, body, false, &test->error), &test->error);
            forget_where(&read, message);
            assert_memory_equal(&read, message, sizeof read);
        }
    }
}

/* The format is frozen: what was committed is read, and written as it was. */
static void test_committed_bytes_are_read_and_written(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("wire/messages.json");
    for (unsigned kind = 0; kind < PROM_MESSAGE_KINDS; kind++) {
        if (is_message_kind(kind)) {
            prom_message message;
            const char *hex = member_text(vectors, prom_message_name((prom_message_kind)kind));
            const prom_span body = span_of_hex(test, hex);
            assert_ok(prom_body_decode(&test->arena, &message, body, false, &test->error), &test->error);
            assert_int_equal(message.kind, kind);
            assert_hex(encode(test, &message), hex);
        }
    }
    json_decref(vectors);
}

/* No byte of a message can be cut off, or be changed so that the machine notices. */
static void test_every_byte_changed_or_cut(void **state)
{
    fixture *test = *state;
    uint64_t random = 2;
    for (unsigned kind = 0; kind < PROM_MESSAGE_KINDS; kind++) {
        if (!is_message_kind(kind)) {
            continue;
        }
        const prom_span body = encode(test, random_message(test, &random, (prom_message_kind)kind));
        const size_t end = body.length < 2000 ? body.length : 2000;
        for (size_t i = 0; i < end; i++) {
            prom_message message;
            PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
            prom_arena_init(&arena, (size_t)1 << 24);
            uint8_t *copy = exact_copy(body.data, body.length);
            copy[i] ^= (uint8_t)(1 + random_below(&random, 255));
            (void)!prom_is_ok(prom_body_decode(&arena, &message, prom_span_of(copy, body.length), false, NULL));
            free(copy);
            copy = exact_copy(body.data, i);
            (void)!prom_is_ok(prom_body_decode(&arena, &message, prom_span_of(copy, i), false, NULL));
            free(copy);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_every_kind_comes_back),
        FIXTURE_TEST(test_committed_bytes_are_read_and_written),
        FIXTURE_TEST(test_every_byte_changed_or_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
