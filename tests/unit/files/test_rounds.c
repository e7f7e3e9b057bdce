#include "support.h"

#include <unistd.h>

#include "files/rounds.h"

static const char FIRST[] = "first";
static const char JOB[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

static const char NODE[] = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

static const prom_rounds_subject SUBJECT = {{{1}}, {{2}}, {{3}}};

/* A folder of its own, made with the rounds in it. */
struct place {
    char parent[64];
    char folder[96];
};

static void make_place(struct place *place)
{
    (void)snprintf(place->parent, sizeof place->parent, "/tmp/prom-rounds-XXXXXX");
    assert_non_null(mkdtemp(place->parent));
    (void)snprintf(place->folder, sizeof place->folder, "%s/rounds", place->parent);
}

static void clear_place(const struct place *place)
{
    static const char *const names[] = {"rounds.json", "round-0000", "round-0001", "round-0002"};
    char path[128];
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", place->folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(place->folder);
    assert_int_equal(rmdir(place->parent), 0);
}

static prom_span text(const char *bytes)
{
    return prom_span_of((const uint8_t *)bytes, strlen(bytes));
}

static prom_result open_rounds(fixture *test, prom_rounds *rounds, const struct place *place,
                               const prom_rounds_subject *subject)
{
    return prom_rounds_open(rounds, &test->arena, place->folder, subject, text(FIRST), &test->error);
}

static void write_file(const struct place *place, const char *name, const char *content)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", place->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void assert_refused(fixture *test, const struct place *place, const prom_rounds_subject *subject,
                           const char *says)
{
    prom_rounds rounds;
    assert_fails(open_rounds(test, &rounds, place, subject), PROM_CATEGORY_BAD_INPUT, &test->error, says);
    prom_rounds_close(&rounds);
}

/* Whoever opens them again finds what was written down last. */
static void test_go_on(void **state)
{
    fixture *test = *state;
    struct place place;
    prom_rounds rounds;
    make_place(&place);
    assert_ok(open_rounds(test, &rounds, &place, &SUBJECT), &test->error);
    assert_int_equal(rounds.done, 0);
    assert_false(rounds.ordering);
    assert_true(prom_span_equal(rounds.state, text(FIRST)));
    assert_ok(prom_rounds_order(&rounds, NODE, &test->error), &test->error);
    assert_ok(prom_rounds_refused(&rounds, &test->error), &test->error);
    prom_rounds_close(&rounds);
    assert_ok(open_rounds(test, &rounds, &place, &SUBJECT), &test->error);
    assert_false(rounds.ordering);
    assert_string_equal(rounds.node, "");
    assert_ok(prom_rounds_order(&rounds, NODE, &test->error), &test->error);
    prom_rounds_close(&rounds);
    assert_ok(open_rounds(test, &rounds, &place, &SUBJECT), &test->error);
    assert_true(rounds.ordering);
    assert_string_equal(rounds.node, NODE);
    assert_string_equal(rounds.job, "");
    assert_ok(prom_rounds_ordered(&rounds, JOB, &test->error), &test->error);
    prom_rounds_close(&rounds);
    assert_ok(open_rounds(test, &rounds, &place, &SUBJECT), &test->error);
    assert_string_equal(rounds.job, JOB);
    assert_ok(prom_rounds_give_up(&rounds, &test->error), &test->error);
    prom_rounds_close(&rounds);
    assert_ok(open_rounds(test, &rounds, &place, &SUBJECT), &test->error);
    assert_true(rounds.ordering);
    assert_string_equal(rounds.job, "");
    assert_string_equal(rounds.given_up, JOB);
    assert_string_equal(rounds.node, NODE);
    assert_ok(prom_rounds_add(&rounds, text("second"), &test->error), &test->error);
    prom_rounds_close(&rounds);
    assert_ok(open_rounds(test, &rounds, &place, &SUBJECT), &test->error);
    assert_int_equal(rounds.done, 1);
    assert_false(rounds.still || rounds.ordering);
    assert_string_equal(rounds.given_up, "");
    assert_string_equal(rounds.node, "");
    assert_true(prom_span_equal(rounds.state, text("second")));
    assert_ok(prom_rounds_add(&rounds, text("second"), &test->error), &test->error);
    prom_rounds_close(&rounds);
    assert_ok(open_rounds(test, &rounds, &place, &SUBJECT), &test->error);
    assert_true(rounds.still);
    assert_int_equal(rounds.done, 2);
    prom_rounds_close(&rounds);
    clear_place(&place);
}

static void test_refusals(void **state)
{
    fixture *test = *state;
    struct place place;
    prom_rounds rounds;
    make_place(&place);
    assert_ok(open_rounds(test, &rounds, &place, &SUBJECT), &test->error);
    assert_refused(test, &place, &SUBJECT, "is in use by ");
    prom_rounds_close(&rounds);
    assert_refused(test, &place, &(prom_rounds_subject){{{9}}, {{2}}, {{3}}}, "of another program");
    assert_refused(test, &place, &(prom_rounds_subject){{{1}}, {{9}}, {{3}}}, "of other data");
    assert_refused(test, &place, &(prom_rounds_subject){{{1}}, {{2}}, {{9}}}, "of another first state");
    write_file(&place, "round-0000", "changed");
    assert_refused(test, &place, &SUBJECT, "is not as round 0 left it");
    static const char *const notes[] = {"", "{}", "[]", "{\"version\": 1, \"rounds\": 1e99}"};
    for (size_t i = 0; i < COUNT_OF(notes); i++) {
        write_file(&place, "rounds.json", notes[i]);
        assert_refused(test, &place, &SUBJECT, "is not what 'prom iterate' writes");
    }
    clear_place(&place);
}

/* A state without notes: ours, if a command was killed when it had begun; else it is not written over. */
static void test_state_without_notes(void **state)
{
    fixture *test = *state;
    struct place place;
    prom_rounds rounds;
    make_place(&place);
    assert_ok(open_rounds(test, &rounds, &place, &SUBJECT), &test->error);
    prom_rounds_close(&rounds);
    char path[128];
    (void)snprintf(path, sizeof path, "%s/rounds.json", place.folder);
    assert_int_equal(unlink(path), 0);
    assert_ok(open_rounds(test, &rounds, &place, &SUBJECT), &test->error);
    prom_rounds_close(&rounds);
    assert_int_equal(unlink(path), 0);
    write_file(&place, "round-0000", "somebody's");
    assert_refused(test, &place, &SUBJECT, "would be written over");
    clear_place(&place);
}

static void test_items(void **state)
{
    fixture *test = *state;
    const prom_span data[] = {text("one"), text("")};
    const prom_items two = {data, 2};
    prom_items items;
    assert_ok(prom_rounds_items(&test->arena, &items, text("state"), &two, &test->error), &test->error);
    assert_int_equal(items.count, 2);
    assert_int_equal(items.list[0].length, 12);
    assert_memory_equal(items.list[0].data, "\5\0\0\0stateone", 12);
    assert_int_equal(items.list[1].length, 9);
    assert_memory_equal(items.list[1].data, "\5\0\0\0state", 9);
    assert_ok(prom_rounds_items(&test->arena, &items, prom_span_of(NULL, 0), &two, &test->error), &test->error);
    assert_int_equal(items.list[1].length, 4);
    const prom_span large = {(const uint8_t *)FIRST, PROM_MODULE_INPUT_MAX / 2}; /* is not read */
    assert_fails(prom_rounds_items(&test->arena, &items, large, &two, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "the most of a job");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_go_on),
        FIXTURE_TEST(test_refusals),
        FIXTURE_TEST(test_state_without_notes),
        FIXTURE_TEST(test_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
