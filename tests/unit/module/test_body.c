#include "module/assemble.h"

/* The usual module with a table, a global and a function of this body. */
static sample sample_of(const char *body)
{
    sample module = usual_sample();
    module.sections[PROM_WASM_SECTION_TABLE] = "01 70 00 01";
    module.sections[PROM_WASM_SECTION_GLOBAL] = "01 7F 01 4100 0B";
    module.bodies[2] = body;
    return module;
}

static void test_reads_every_kind_of_immediate(void **state)
{
    static const char *const bodies[] = {
        "00 00 01 0B",
        "00 0240 0B 037F 4100 0B 1A 0B",
        "00 02 02 0B 0B",         /* a block of a type, by its number */
        "00 02 8280808000 0B 0B", /* padded, as linkers do */
        "00 4100 0440 05 0B 0B",
        "00 0C00 0D00 4100 0E 02 00 00 00 0F 0B",
        "00 1002 1082808080 00 4100 1102 00 4100 11828080800080808080 00 0B",
        "00 1A 1B 1C 01 70 0B",
        "02 017F 017E 2000 2101 2200 2300 2400 0B",
        "00 2500 2600 FC1000 0B",
        "00 4100 28 02 00 4100 2D 00 FFFFFFFF0F 3F00 4000 0B",
        "00 417F 428080808080808080807F 4300000000 440000000000000000 0B",
        "00 D070 D1 D202 C0 C4 FC00 FC07 0B",
        "00 FC0A0000 FC0B00 FC8B80808000 00 0B",
        "00 FD0004 00 FD0C 000102030405060708090A0B0C0D0E0F FD0D 000102030405060708090A0B0C0D0E0F 0B",
        "00 FD0E FD1500 FD5404 00 00 FDFF01 0B",
        "00 0B",
        "03 00 7F 8F 4E 7E 00 7B 0B", /* 9,999 of a type, and none of others */
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        const sample module = sample_of(bodies[i]);
        (void)look_at(*state, &module);
    }
}

typedef struct body_case {
    const char *body;
    const char *part;
} body_case;

static void assert_bodies_refused(fixture *test, const body_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const sample module = sample_of(cases[i].body);
        assert_look_refuses(test, &module, cases[i].part);
    }
}

static void test_refuses_instructions(void **state)
{
    static const body_case cases[] = {
        {"00 0E 818002 00", "32,769 labels: 32768 are possible"},
        {"00 06 0B", "an instruction of what programs have not, exceptions: build it without"},
        {"00 12 02 0B", "tail calls"},
        {"00 FE 00 02 00 0B", "threads and atomics"},
        {"00 FB 00 00 0B", "garbage collection"},
        {"00 FC08 00 00 0B", "memory.init"},
        {"00 FC0F 00 0B", "table.grow"},
        {"00 FD8002 0B", "relaxed SIMD"},
        {"00 FD9A01 0B", "no instruction that programs have begins with 0xfd"},
        {"00 FD8C8004 000102030405060708090A0B0C0D0E0F 0B", "begins with 0xfd"},
        {"00 FC12 0B", "begins with 0xfc"},
        {"00 FF 0B", "begins with 0xff"},
        {"00 16 0B", "begins with 0x16"},
        {"00 D06F 0B", "an external reference"},
        {"00 D06E 0B", "garbage collection"},
        {"00 D07F 0B", "a reference to something else than a function"},
        {"00 1C 00 0B", "a select of other than one type"},
        {"00 1C 02 7F7F 0B", "a select of other than one type"},
        {"00 1C 01 6F 0B", "an external reference"},
    };
    assert_bodies_refused(*state, cases, COUNT_OF(cases));
}

/* One more than there is would be one of ours, once it is metered. */
static void test_refuses_what_is_out_of_range(void **state)
{
    static const body_case cases[] = {
        {"00 2301 0B", "global 1, of which there are 1"},
        {"00 2401 0B", "global 1, of which there are 1"},
        {"00 2000 0B", "local 0, of which there are 0"},
        {"01 017F 2101 0B", "local 1, of which there are 1"},
        {"00 0C01 0B", "label 1, of which there are 1"},
        {"00 0240 0D02 0B 0B", "label 2, of which there are 2"},
        {"00 0240 0B 0D01 0B", "label 1, of which there are 1"},
        {"00 0E 01 00 01 0B", "label 1, of which there are 1"},
        {"00 0E 01 01 00 0B", "label 1, of which there are 1"},
        {"00 1003 0B", "function 3, of which there are 3"},
        {"00 D203 0B", "function 3, of which there are 3"},
        {"00 1104 00 0B", "type 4, of which there are 4"},
        {"00 1100 01 0B", "table 1, of which there are 1"},
        {"00 2501 0B", "table 1, of which there are 1"},
        {"00 FC1001 0B", "table 1, of which there are 1"},
        {"00 02 04 0B 0B", "a block of a type that there is not"},
        {"00 02 FF7F 0B 0B", "a block of a type that there is not"},
        {"00 02 00 0B 0B", "a block with parameters"},
        {"00 02 6F 0B 0B", "an external reference"},
        {"00 02 41 0B 0B", "0x41 is no type of a value"},
        {"00 3F01 0B", "another memory"},
        {"00 4001 0B", "another memory"},
        {"00 408000 0B", "another memory"},
        {"00 FC0A0100 0B", "another memory"},
        {"00 FC0A0001 0B", "another memory"},
        {"00 FC0B01 0B", "another memory"},
        {"00 28 42 00 00 0B", "an access to another memory"},
        {"00 28 05 00 0B", "an alignment of 2^5 bytes"},
        {"00 28 02 FFFFFFFF1F 0B", "a number of more than 32 bits"},
        {"00 41 FFFFFFFF0F 0B", "a number of more than 32 bits"},
    };
    assert_bodies_refused(*state, cases, COUNT_OF(cases));
}

static void test_refuses_what_is_not_nested(void **state)
{
    static const body_case cases[] = {
        {"00 05 0B", "an else without its if"},
        {"00 0240 05 0B 0B", "an else without its if"},
        {"00 4100 0440 05 05 0B 0B", "an else without its if"},
        {"00 4100 0440 0240 05 0B 0B 0B", "an else without its if"},
        {"00 0B 0B", "1 byte behind the end of a function"},
        {"00 0B 01", "1 byte behind the end of a function"},
        {"00 0240 0B", "cut off"},
        {"00", "cut off"},
        {"00 41", "cut off"},
        {"00 0E FF7F 0B", "16,383 labels, for which there are not bytes enough"},
        {"00 44 0B", "cut off"},
        {"00 FD0C 0B", "cut off"},
        {"00 02", "cut off"},
    };
    assert_bodies_refused(*state, cases, COUNT_OF(cases));
}

static void test_bounds_locals(void **state)
{
    static const body_case cases[] = {
        {"01 914E 7F 0B", "10,001 locals, parameters included: a function has 10000 at most"},
        {"02 8827 7F 8927 7E 0B", "10,001 locals, parameters included"},
        {"03 FFFFFFFF0F 7F FFFFFFFF0F 7F 02 7F 0B", "4,294,967,295 locals"},
        {"01 01 6F 0B", "an external reference"},
        {"05 01 7F 0B", "5 groups, for which there are not bytes enough"},
    };
    fixture *test = *state;
    assert_bodies_refused(test, cases, COUNT_OF(cases));
    sample module = usual_sample();
    module.bodies[0] = "01 8F4E 7F 4100 0B"; /* 9,999, and a parameter */
    (void)look_at(test, &module);
    module.bodies[0] = "01 904E 7F 4100 0B";
    assert_look_refuses(test, &module, "10,001 locals");
}

/* A body that begins and ends so, with `count` times `unit` between. */
static const char *repeated(fixture *test, const char *begin, const char *unit, size_t count, const char *end)
{
    const size_t length = strlen(unit);
    const size_t size = strlen(begin) + count * length + strlen(end) + 1;
    void *text = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &text, size, 1, &test->error), &test->error);
    char *at = text;
    at += snprintf(at, size, "%s", begin);
    for (size_t i = 0; i < count; i++) {
        memcpy(at, unit, length);
        at += length;
    }
    (void)snprintf(at, strlen(end) + 1, "%s", end);
    return text;
}

static void test_bounds_blocks(void **state)
{
    enum { DEPTH_MAX = 1024 };
    fixture *test = *state;
    const char *open = repeated(test, "00", "0240", DEPTH_MAX, "");
    sample module = sample_of(repeated(test, open, "0B", DEPTH_MAX, "0B"));
    (void)look_at(test, &module);
    module.bodies[2] = repeated(test, repeated(test, "00", "0240", DEPTH_MAX + 1, ""), "0B", DEPTH_MAX + 1, "0B");
    assert_look_refuses(test, &module, "blocks that are nested deeper than 1024");
    /* One after another they are any number. */
    module.bodies[2] = repeated(test, "00", "02400B", 2 * DEPTH_MAX, "0B");
    (void)look_at(test, &module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_reads_every_kind_of_immediate),
        FIXTURE_TEST(test_refuses_instructions),
        FIXTURE_TEST(test_refuses_what_is_out_of_range),
        FIXTURE_TEST(test_refuses_what_is_not_nested),
        FIXTURE_TEST(test_bounds_locals),
        FIXTURE_TEST(test_bounds_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
