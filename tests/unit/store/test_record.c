#include "store/place.h"

#include "store/journal.h"
#include "store/record.h"

static const prom_bytes32 peer_a = {{0xa}};
static const prom_bytes32 peer_b = {{0xb}};

#define OK(expression) assert_ok((expression), place->error)
#define REFUSED(expression, part) assert_fails((expression), PROM_CATEGORY_MISUSE, place->error, (part))

/* What visits collect: a line for each row. */
struct lines {
    char text[1024];
    size_t length;
};

static void add_line(struct lines *lines, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add_line(struct lines *lines, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int added = vsnprintf(lines->text + lines->length, sizeof lines->text - lines->length, format, arguments);
    va_end(arguments);
    assert_true(added > 0 && (size_t)added < sizeof lines->text - lines->length);
    lines->length += (size_t)added;
}

static prom_result on_channel(void *context, const prom_store_channel *channel, prom_error *error)
{
    (void)error;
    add_line(context, "%llu %s %u %u %d %d\n", (unsigned long long)(channel->number & 0xffffffff), channel->name,
             channel->role, channel->created, channel->closed, channel->restored);
    return prom_ok();
}

static prom_result on_part(void *context, const prom_store_key *key, prom_span bytes, prom_error *error)
{
    (void)error;
    add_line(context, "%u.%u %.*s\n", key->batch, key->part, (int)bytes.length, (const char *)bytes.data);
    return prom_ok();
}

static prom_result refuse_part(void *context, const prom_store_key *key, prom_span bytes, prom_error *error)
{
    (void)key;
    (void)bytes;
    ++*(int *)context;
    return prom_fail(error, PROM_CATEGORY_STOPPED, "enough");
}

static void channels_and_parts(void **state)
{
    const struct place *place = *state;
    struct lines lines = {.length = 0};
    bool found = true;
    int calls = 0;
    prom_store_channel channel;
    prom_store *store = open_store(place);
    const uint64_t one = make_channel(place, store, "one");
    const uint64_t two = make_channel(place, store, "two");
    assert_int_equal(one, (uint64_t)prom_store_epoch(store) << 32 | 1);
    assert_int_equal(two, one + 1);
    begin(place, store);
    OK(prom_store_part_put(store, &(prom_store_key){one, 1, 0}, span_of_text("second batch"), place->error));
    OK(prom_store_part_put(store, &(prom_store_key){one, 0, 2}, span_of_text("old"), place->error));
    OK(prom_store_part_put(store, &(prom_store_key){one, 0, 2}, span_of_text("new"), place->error));
    OK(prom_store_part_put(store, &(prom_store_key){one, 0, 1}, prom_span_of(NULL, 0), place->error));
    OK(prom_store_part_put(store, &(prom_store_key){two, 0, 1}, span_of_text("other"), place->error));
    commit(place, store);
    OK(prom_store_part_each(store, one, on_part, &lines, place->error));
    assert_string_equal(lines.text, "0.1 \n0.2 new\n1.0 second batch\n");
    assert_fails(prom_store_part_each(store, one, refuse_part, &calls, place->error), PROM_CATEGORY_STOPPED,
                 place->error, "enough");
    assert_int_equal(calls, 1);
    begin(place, store);
    OK(prom_store_part_remove(store, &(prom_store_key){one, 1, 0}, place->error));
    OK(prom_store_channel_close(store, one, false, PROM_STORE_USED, place->error));
    OK(prom_store_channel_close(store, two, true, PROM_STORE_USED, place->error));
    commit(place, store);
    lines.length = 0;
    OK(prom_store_part_each(store, one, on_part, &lines, place->error));
    OK(prom_store_part_each(store, two, on_part, &lines, place->error));
    OK(prom_store_channel_each(store, on_channel, &lines, place->error));
    char expected[128];
    (void)snprintf(expected, sizeof expected, "0.1 \n0.2 new\n1 one 1 7 1 0\n2 two-%llu 1 7 1 0\n",
                   (unsigned long long)two);
    assert_string_equal(lines.text, expected);
    assert_int_equal(make_channel(place, store, "two"), two + 1); /* its name is another's now */
    OK(prom_store_channel_get(store, &channel, &found, 77, place->error));
    assert_false(found);
    OK(prom_store_channel_named(store, &channel, &found, "one", place->error));
    assert_true(found && channel.number == one && channel.closed);
    OK(prom_store_channel_named(store, &channel, &found, "One", place->error));
    assert_false(found);
    begin(place, store);
    REFUSED(prom_store_part_put(store, &(prom_store_key){77, 0, 0}, span_of_text("x"), place->error), "FOREIGN KEY");
    prom_store_rollback(store);
    prom_store_close(store);
}

static bool get_again(const struct place *place, prom_store *store, prom_store_channel *channel)
{
    bool found = false;
    *channel = (prom_store_channel){.role = 2, .name = "again", .created = 9};
    begin(place, store);
    OK(prom_store_channel_again(store, channel, &found, place->error));
    commit(place, store);
    return found;
}

static void close_as(const struct place *place, prom_store *store, uint64_t channel, prom_store_use use)
{
    begin(place, store);
    OK(prom_store_channel_close(store, channel, true, use, place->error));
    commit(place, store);
}

/* A number is had again where nothing was signed under it, with nothing of the channel that had it; and counted, as
 * long as it is new, where it is not. */
static void idle_numbers_are_had_again(void **state)
{
    const struct place *place = *state;
    prom_store_channel channel;
    prom_store_channel read;
    prom_store_seen seen;
    bool found = false;
    uint64_t count = 9;
    prom_store *store = open_store(place);
    const uint64_t idle = make_channel(place, store, "idle");
    const uint64_t signed_in = make_channel(place, store, "signed in");
    const uint64_t vain = make_channel(place, store, "vain");
    assert_false(get_again(place, store, &channel));
    begin(place, store);
    const prom_store_message message = {idle, peer_a, 1, span_of_text("no")};
    OK(prom_store_outbox_put(store, &message, place->error));
    OK(prom_store_inbox_put(store, idle, &peer_a, &(prom_store_seen){.generation = 1, .number = 5}, place->error));
    OK(prom_store_part_put(store, &(prom_store_key){idle, 0, 1}, span_of_text("facts"), place->error));
    OK(prom_store_journal_add(store, &(prom_journal_key){.channel = signed_in}, &peer_b, place->error));
    commit(place, store);
    close_as(place, store, signed_in, PROM_STORE_IDLE);
    close_as(place, store, vain, PROM_STORE_VAIN);
    assert_false(get_again(place, store, &channel));
    close_as(place, store, idle, PROM_STORE_IDLE);
    OK(prom_store_channel_count_vain(store, &count, 6, place->error));
    assert_int_equal(count, 2);
    OK(prom_store_channel_count_vain(store, &count, 7, place->error));
    assert_int_equal(count, 0);
    prom_store_close(store);
    store = open_store(place);
    assert_true(get_again(place, store, &channel));
    assert_int_equal(channel.number, idle);
    OK(prom_store_channel_get(store, &read, &found, idle, place->error));
    assert_true(found && !read.closed && read.role == 2 && read.created == 9);
    assert_string_equal(read.name, "again");
    struct lines lines = {.length = 0};
    OK(prom_store_part_each(store, idle, on_part, &lines, place->error));
    assert_int_equal(lines.length, 0);
    OK(prom_store_outbox_last(store, &count, idle, &peer_a, place->error));
    assert_int_equal(count, 0);
    OK(prom_store_inbox_get(store, &seen, idle, &peer_a, place->error));
    assert_int_equal(seen.number, 0);
    assert_false(get_again(place, store, &channel));
    prom_store_close(store);
}

static prom_result on_message(void *context, const prom_store_message *message, prom_error *error)
{
    (void)error;
    add_line(context, "%x %llu %.*s\n", message->peer.bytes[0], (unsigned long long)message->number,
             (int)message->bytes.length, (const char *)message->bytes.data);
    return prom_ok();
}

static prom_result on_peer(void *context, const prom_bytes32 *peer, prom_error *error)
{
    (void)error;
    add_line(context, "%x\n", peer->bytes[0]);
    return prom_ok();
}

static prom_store_message message_of(uint64_t channel, const prom_bytes32 *peer, uint64_t number, const char *text)
{
    return (prom_store_message){channel, *peer, number, span_of_text(text)};
}

static void messages_keep_their_numbers(void **state)
{
    const struct place *place = *state;
    struct lines lines = {.length = 0};
    uint64_t last = 9;
    prom_store *store = open_store(place);
    const uint64_t channel = make_channel(place, store, "one");
    OK(prom_store_outbox_last(store, &last, channel, &peer_a, place->error));
    assert_int_equal(last, 0);
    begin(place, store);
    for (uint64_t number = 1; number <= 3; number++) {
        const prom_store_message to_a = message_of(channel, &peer_a, number, "to a");
        OK(prom_store_outbox_put(store, &to_a, place->error));
    }
    const prom_store_message to_b = message_of(channel, &peer_b, 1, "to b");
    OK(prom_store_outbox_put(store, &to_b, place->error));
    OK(prom_store_outbox_drop(store, channel, &peer_a, 2, place->error));
    commit(place, store);
    OK(prom_store_outbox_each(store, channel, on_message, &lines, place->error));
    assert_string_equal(lines.text, "a 3 to a\nb 1 to b\n");

    /* Numbers of messages that are acknowledged and gone are not given again. */
    begin(place, store);
    OK(prom_store_outbox_drop(store, channel, &peer_a, 3, place->error));
    commit(place, store);
    for (uint64_t number = 1; number <= 3; number++) {
        const prom_store_message again = message_of(channel, &peer_a, number, "again");
        begin(place, store);
        REFUSED(prom_store_outbox_put(store, &again, place->error), "was used before");
        REFUSED(prom_store_commit(store, place->error), "cannot be committed");
    }
    OK(prom_store_outbox_last(store, &last, channel, &peer_a, place->error));
    assert_int_equal(last, 3);
    /* So who has all that was sent to it, and never said anything itself, is known after a restart. */
    lines.length = 0;
    OK(prom_store_peer_each(store, channel, on_peer, &lines, place->error));
    assert_string_equal(lines.text, "a\nb\n");
    begin(place, store);
    const prom_store_message hostile = message_of(channel, &peer_a, UINT64_MAX, "hostile");
    REFUSED(prom_store_outbox_put(store, &hostile, place->error), "could not be written");
    prom_store_rollback(store);
    prom_store_close(store);
}

static void what_was_taken_never_goes_back(void **state)
{
    const struct place *place = *state;
    static const struct {
        prom_store_seen seen;
        bool refused;
    } steps[] = {{{1, 5}, false}, {{1, 5}, false}, {{1, 4}, true}, {{2, 1}, false}, {{1, 9}, true}, {{2, 2}, false}};
    prom_store_seen seen = {7, 7};
    prom_store *store = open_store(place);
    const uint64_t channel = make_channel(place, store, "one");
    OK(prom_store_inbox_get(store, &seen, channel, &peer_a, place->error));
    assert_true(seen.generation == 0 && seen.number == 0);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        begin(place, store);
        const prom_result put = prom_store_inbox_put(store, channel, &peer_a, &steps[i].seen, place->error);
        assert_int_equal(put.category, steps[i].refused ? PROM_CATEGORY_MISUSE : PROM_CATEGORY_OK);
        assert_int_equal(prom_is_ok(prom_store_commit(store, place->error)), !steps[i].refused);
    }
    OK(prom_store_inbox_get(store, &seen, channel, &peer_a, place->error));
    assert_true(seen.generation == 2 && seen.number == 2);
    prom_store_close(store);
}

static prom_store_block block_of(uint32_t height)
{
    prom_store_block block = {.height = height};
    memcpy(block.hash.bytes, &height, sizeof height);
    return block;
}

static void blocks_follow_each_other(void **state)
{
    const struct place *place = *state;
    enum { FIRST = 500, LAST = FIRST + PROM_STORE_BLOCKS_MAX + 10 };
    prom_store_block block;
    bool found = true;
    uint32_t tip = 0;
    prom_store *store = open_store(place);
    OK(prom_store_block_top(store, &block, &found, place->error));
    assert_false(found);
    begin(place, store);
    for (uint32_t height = FIRST; height <= LAST; height++) {
        block = block_of(height);
        OK(prom_store_block_add(store, &block, place->error));
    }
    commit(place, store);
    for (uint32_t height = LAST; height <= LAST + 2; height += 2) { /* the same, and one too far */
        begin(place, store);
        block = block_of(height);
        REFUSED(prom_store_block_add(store, &block, place->error), "not the next one");
        REFUSED(prom_store_commit(store, place->error), "cannot be committed");
    }
    begin(place, store);
    block = block_of(LAST - 1);
    REFUSED(prom_store_block_undo(store, &block.hash, place->error), "not the top one");
    prom_store_rollback(store);
    begin(place, store);
    block = block_of(LAST);
    OK(prom_store_block_undo(store, &block.hash, place->error));
    commit(place, store);
    OK(prom_store_block_top(store, &block, &found, place->error));
    assert_true(found && block.height == LAST - 1);
    OK(prom_store_own_tip(store, &tip, place->error));
    assert_int_equal(tip, LAST);
    OK(prom_store_block_at(store, &block, &found, LAST - PROM_STORE_BLOCKS_MAX, place->error));
    assert_false(found);
    OK(prom_store_block_at(store, &block, &found, LAST - PROM_STORE_BLOCKS_MAX + 1, place->error));
    const prom_store_block expected = block_of(LAST - PROM_STORE_BLOCKS_MAX + 1);
    assert_true(found && prom_bytes32_equal(&block.hash, &expected.hash));
    prom_store_close(store);
}

static prom_result on_hash(void *context, const prom_bytes32 *hash, uint64_t channel, prom_error *error)
{
    (void)error;
    add_line(context, "%x %llu\n", hash->bytes[0], (unsigned long long)channel);
    return prom_ok();
}

static void hashes_are_remembered(void **state)
{
    const struct place *place = *state;
    struct lines lines = {.length = 0};
    prom_store *store = open_store(place);
    begin(place, store);
    OK(prom_store_hash_add(store, &peer_b, 2, place->error));
    OK(prom_store_hash_add(store, &peer_a, 1, place->error));
    OK(prom_store_hash_add(store, &peer_a, 3, place->error)); /* whose it was first stays */
    commit(place, store);
    OK(prom_store_hash_each(store, on_hash, &lines, place->error));
    assert_string_equal(lines.text, "a 1\nb 2\n");
    prom_store_close(store);
}

static prom_result on_draw(void *context, const prom_store_draw *draw, prom_error *error)
{
    (void)error;
    add_line(context, "%x %.*s %u\n", draw->id.bytes[0], (int)draw->bytes.length, (const char *)draw->bytes.data,
             draw->own_tip);
    return prom_ok();
}

static void draws_are_kept_for_a_while(void **state)
{
    const struct place *place = *state;
    const prom_store_draw draws[] = {
        {{{9}}, span_of_text("one"), 116}, {{{8}}, span_of_text("two"), 115}, {{{9}}, span_of_text("again"), 130}};
    static const bool new[] = {true, true, false};
    struct lines lines = {.length = 0};
    bool added = false;
    prom_store *store = open_store(place);
    begin(place, store);
    for (size_t i = 0; i < COUNT_OF(draws); i++) { /* the later one has the lower id */
        OK(prom_store_draw_add(store, &added, &draws[i], place->error));
        assert_int_equal(added, new[i]);
    }
    commit(place, store);
    OK(prom_store_draw_each(store, 115, on_draw, &lines, place->error));
    OK(prom_store_draw_each(store, 116, on_draw, &lines, place->error));
    assert_string_equal(lines.text, "9 one 116\n8 two 115\n9 one 116\n");
    begin(place, store);
    OK(prom_store_draw_forget(store, 116, place->error));
    commit(place, store);
    lines = (struct lines){.length = 0};
    OK(prom_store_draw_each(store, 0, on_draw, &lines, place->error));
    assert_string_equal(lines.text, "9 one 116\n");
    prom_store_close(store);
}

static prom_result on_coin(void *context, const prom_store_coin *coin, prom_error *error)
{
    (void)error;
    add_line(context, "%x %llu\n", coin->outpoint[0], (unsigned long long)(coin->channel & 0xffffffff));
    return prom_ok();
}

static void coins_are_reserved_once(void **state)
{
    const struct place *place = *state;
    struct lines lines = {.length = 0};
    bool reserved = false;
    prom_store *store = open_store(place);
    const uint64_t one = make_channel(place, store, "one");
    const uint64_t two = make_channel(place, store, "two");
    begin(place, store);
    OK(prom_store_coin_reserve(store, &reserved, &(prom_store_coin){{8}, one}, place->error));
    assert_true(reserved);
    OK(prom_store_coin_reserve(store, &reserved, &(prom_store_coin){{8}, one}, place->error));
    assert_true(reserved);
    OK(prom_store_coin_reserve(store, &reserved, &(prom_store_coin){{8}, two}, place->error));
    assert_false(reserved);
    OK(prom_store_coin_reserve(store, &reserved, &(prom_store_coin){{7}, two}, place->error));
    assert_true(reserved);
    commit(place, store);
    OK(prom_store_coin_each(store, on_coin, &lines, place->error));
    assert_string_equal(lines.text, "8 1\n7 2\n");
    begin(place, store);
    OK(prom_store_coin_release(store, one, place->error));
    OK(prom_store_coin_reserve(store, &reserved, &(prom_store_coin){{8}, two}, place->error));
    assert_true(reserved);
    commit(place, store);
    prom_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(channels_and_parts),          STORE_TEST(idle_numbers_are_had_again),
        STORE_TEST(messages_keep_their_numbers), STORE_TEST(what_was_taken_never_goes_back),
        STORE_TEST(blocks_follow_each_other),    STORE_TEST(hashes_are_remembered),
        STORE_TEST(draws_are_kept_for_a_while),  STORE_TEST(coins_are_reserved_once),

    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
