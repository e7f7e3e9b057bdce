/* Looks at a mempool: what is read, in which order, and what one look costs at most. */
#include "chain/fake_server.h"

#include "chain/mempool_look.h"

enum { MANY = PROM_MEMPOOL_READS_MAX + 1, REPLIES_MAX = MANY + 8, ID_ROOM = 72, HOUR_MILLISECONDS = 3600000 };

/* The id of that number, as it is shown. */
static void write_id(char *text, size_t number)
{
    (void)snprintf(text, ID_ROOM, "%064zx", number + 1);
}

static prom_bytes32 id(size_t number)
{
    char text[ID_ROOM];
    prom_bytes32 txid;
    write_id(text, number);
    assert_true(prom_hex32_parse_reversed(&txid, text));
    return txid;
}

struct talk {
    fake_reply replies[REPLIES_MAX];
    size_t count;
    char info[256];
    char *list; /* on the heap */
    prom_mempool_state state;
};

static void say(struct talk *talk, const char *result)
{
    talk->replies[talk->count++] = (fake_reply){.result = result};
}

/* That there are so many, and then their ids, from `first` on. */
static void say_mempool(struct talk *talk, size_t size, size_t first, size_t count)
{
    const size_t room = count * ID_ROOM + 64;
    *talk = (struct talk){.state = talk->state, .list = calloc(1, room)};
    assert_non_null(talk->list);
    (void)snprintf(talk->info, sizeof talk->info, "{\"size\":%zu,\"bytes\":%zu,\"total_fee\":0.00000%03zu}", size,
                   100 * size, size % 1000);
    size_t at = (size_t)snprintf(talk->list, room, "{\"result\":[");
    for (size_t i = 0; i < count; i++) {
        char text[ID_ROOM];
        write_id(text, first + count - 1 - i);
        at += (size_t)snprintf(talk->list + at, room - at, "%s\"%s\"", i > 0 ? "," : "", text);
    }
    (void)snprintf(talk->list + at, room - at, "],\"id\":2}");
    say(talk, talk->info);
    talk->replies[talk->count++] = (fake_reply){.status = 200, .body = talk->list};
}

/* A look that asks for all that is to be said, and nothing else, within so many milliseconds. */
static prom_result look_for(fixture *with, struct talk *talk, prom_mempool_look *found, int64_t milliseconds)
{
    fake_server *server = calloc(1, sizeof *server);
    assert_non_null(server);
    fake_start(server, talk->replies, talk->count);
    const prom_result result =
        prom_mempool_look_at(server->rpc, &with->arena, found, &talk->state, milliseconds, &with->error);
    fake_stop(server);
    free(server);
    free(talk->list);
    talk->list = NULL;
    return result;
}

/* The same, however slow the machine is. */
static prom_result look(fixture *with, struct talk *talk, prom_mempool_look *found)
{
    return look_for(with, talk, found, HOUR_MILLISECONDS);
}

static void all_is_read_once(void **state)
{
    fixture *with = *state;
    struct talk talk = {.count = 0};
    prom_mempool_look found;
    say_mempool(&talk, 2, 0, 2);
    say(&talk, "\"0102\"");
    say(&talk, "\"03\"");
    assert_ok(look(with, &talk, &found), &with->error);
    assert_true(found.changed && !found.too_large);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.raw[0].length + found.raw[1].length, 3);
    const prom_bytes32 here[] = {id(0), id(1), id(2)};
    assert_true(prom_mempool_has(&talk.state, &here[0]) && prom_mempool_has(&talk.state, &here[1]));
    assert_false(prom_mempool_has(&talk.state, &here[2]));
    /* The same again: one question. */
    say_mempool(&talk, 2, 0, 2);
    talk.count = 1;
    assert_ok(look(with, &talk, &found), &with->error);
    assert_false(found.changed);
    assert_true(prom_mempool_has(&talk.state, &here[0]));
    /* One has gone, one has come, and a third one is gone before it is read. */
    say_mempool(&talk, 3, 1, 3);
    say(&talk, "\"04\"");
    talk.replies[talk.count++] =
        (fake_reply){.status = 200, .body = "{\"error\":{\"code\":-5,\"message\":\"No such\"},\"id\":1}"};
    assert_ok(look(with, &talk, &found), &with->error);
    assert_int_equal(found.count, 1);
    assert_false(prom_mempool_has(&talk.state, &here[0]));
    assert_true(prom_mempool_has(&talk.state, &here[2]));
    prom_mempool_state_free(&talk.state);
}

/* What was there before is read a part at a time, and what comes meanwhile goes before it. */
static void a_look_has_an_end(void **state)
{
    fixture *with = *state;
    struct talk *talk = calloc(1, sizeof *talk);
    prom_mempool_look found;
    assert_non_null(talk);
    say_mempool(talk, MANY, 0, MANY);
    for (size_t i = 0; i < PROM_MEMPOOL_READS_MAX; i++) {
        say(talk, "\"05\"");
    }
    assert_ok(look(with, talk, &found), &with->error);
    assert_int_equal(found.count, PROM_MEMPOOL_READS_MAX);
    assert_int_equal(talk->state.unread, 1);
    say_mempool(talk, MANY + 1, 0, MANY + 1);
    say(talk, "\"06\"");
    say(talk, "\"07\"");
    assert_ok(look(with, talk, &found), &with->error);
    assert_int_equal(found.count, 2);
    const prom_bytes32 fresh = id(MANY);
    assert_true(prom_bytes32_equal(&found.txids[0], &fresh));
    assert_int_equal(talk->state.unread, 0);
    prom_mempool_state_free(&talk->state);
    free(talk);
}

/* What has left before it is read costs a question all the same. */
static void refusals_end_a_look_too(void **state)
{
    fixture *with = *state;
    struct talk *talk = calloc(1, sizeof *talk);
    prom_mempool_look found;
    assert_non_null(talk);
    say_mempool(talk, MANY, 0, MANY);
    for (size_t i = 0; i < MANY; i++) {
        talk->replies[talk->count++] =
            (fake_reply){.status = 200, .body = "{\"error\":{\"code\":-5,\"message\":\"No such\"},\"id\":1}"};
    }
    assert_ok(look(with, talk, &found), &with->error);
    assert_int_equal(found.count, 0);
    assert_int_equal(talk->state.unread, 1);
    prom_mempool_state_free(&talk->state);
    free(talk);
}

/* When its time is over the rest waits for the next look; each gets on. */
static void time_ends_a_look(void **state)
{
    fixture *with = *state;
    struct talk talk = {.count = 0};
    prom_mempool_look found;
    for (size_t left = 3; left > 0; left--) {
        say_mempool(&talk, 3, 0, 3);
        for (size_t i = 0; i < left; i++) {
            say(&talk, "\"08\"");
        }
        assert_ok(look_for(with, &talk, &found, 0), &with->error);
        assert_int_equal(found.count, 1);
        assert_int_equal(talk.state.unread, left - 1);
    }
    prom_mempool_state_free(&talk.state);
}

static void what_is_too_large_is_left_alone(void **state)
{
    fixture *with = *state;
    struct talk talk = {.count = 0};
    prom_mempool_look found;
    say_mempool(&talk, PROM_MEMPOOL_TXS_MAX + 1, 0, 1);
    talk.count = 1; /* nobody asks for more */
    assert_ok(look(with, &talk, &found), &with->error);
    assert_true(found.changed && found.too_large);
    assert_int_equal(found.count + talk.state.count, 0);
    prom_mempool_state_free(&talk.state);
}

static void other_answers_change_nothing(void **state)
{
    fixture *with = *state;
    static const char *const lists[] = {"5", "{}", "[7]", "[\"zz\"]"};
    struct talk talk = {.count = 0};
    prom_mempool_look found;
    say_mempool(&talk, 1, 0, 1);
    say(&talk, "\"01\"");
    assert_ok(look(with, &talk, &found), &with->error);
    for (size_t i = 0; i < COUNT_OF(lists) + 2; i++) {
        say_mempool(&talk, 2, 0, 2);
        if (i < COUNT_OF(lists)) {
            talk.replies[1] = (fake_reply){.result = lists[i]};
        } else if (i == COUNT_OF(lists)) {
            talk.count = 0;
            say(&talk, "{\"size\":-1,\"bytes\":1}");
        } else {
            say(&talk, "\"0\""); /* no bytes */
        }
        assert_int_equal(look(with, &talk, &found).category, PROM_CATEGORY_IO);
        assert_false(found.changed);
        assert_int_equal(talk.state.count, 1);
    }
    prom_mempool_state_free(&talk.state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(all_is_read_once),
        FIXTURE_TEST(a_look_has_an_end),
        FIXTURE_TEST(refusals_end_a_look_too),
        FIXTURE_TEST(time_ends_a_look),
        FIXTURE_TEST(what_is_too_large_is_left_alone),
        FIXTURE_TEST(other_answers_change_nothing),
    };
    return cmocka_run_group_tests_name("chain/mempool_look", tests, NULL, NULL);
}
