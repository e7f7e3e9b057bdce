#include "module/assemble.h"

static void test_types(void **state)
{
    static const section_case refused[] = {
        {PROM_WASM_SECTION_TYPE, "01 5F 00 00", "a type of form 0x5f"},
        {PROM_WASM_SECTION_TYPE, "01 60 00 027F7F", "a type with 2 results"},
        {PROM_WASM_SECTION_TYPE, "01 60 016F 00", "an external reference"},
        {PROM_WASM_SECTION_TYPE, "01 60 0164 6E 00", "references as garbage collection has them"},
        {PROM_WASM_SECTION_TYPE, "01 60 0140 00", "0x40 is no type of a value"},
        {PROM_WASM_SECTION_TYPE, "01 60 C901 00", "201 parameters: 200 are possible"},
        {PROM_WASM_SECTION_TYPE, "01 60 05 7F7F", "5 parameters, for which there are not bytes enough"},
        {PROM_WASM_SECTION_TYPE, "81 8004 00", "65,537 types: 65536 are possible"},
        {PROM_WASM_SECTION_TYPE, "90 4E 00", "10,000 types, for which there are not bytes enough"},
        {PROM_WASM_SECTION_FUNCTION, "03 00 01 04", "type 4, of which there are 4"},
    };
    assert_sections_refused(*state, refused, COUNT_OF(refused));
    (void)look_at_section(*state, PROM_WASM_SECTION_TYPE,
                          "05 60 017F 017F  60 027F7F 017E  60 00 00  60 057D7C7B707E 0170  60 00 017B");
}

static void test_memory(void **state)
{
    static const section_case refused[] = {
        {PROM_WASM_SECTION_MEMORY, "00", "0 memories: a program has one"},
        {PROM_WASM_SECTION_MEMORY, "02 0001 0001", "2 memories: a program has one"},
        {PROM_WASM_SECTION_MEMORY, "01 03 01 01", "a shared memory"},
        {PROM_WASM_SECTION_MEMORY, "01 04 01", "addresses of 64 bits"},
        {PROM_WASM_SECTION_MEMORY, "01 08 01 10", "limits of kind 8"},
        {PROM_WASM_SECTION_MEMORY, "01 01 02 01", "2 at first and 1 at most"},
        {PROM_WASM_SECTION_MEMORY, "01 01 01 818004", "1 at first and 65537 at most: 65536 are possible"},
        {PROM_WASM_SECTION_MEMORY, "01 00 818004", "65537 at first"},
        {PROM_WASM_SECTION_MEMORY, "01 00 818001", "a memory of 16385 pages at first: 16384 are possible"},
    };
    assert_sections_refused(*state, refused, COUNT_OF(refused));
    assert_int_equal(look_at_section(*state, PROM_WASM_SECTION_MEMORY, "01 01 808001 808004").pages, 16384);
    assert_int_equal(look_at_section(*state, PROM_WASM_SECTION_MEMORY, "01 00 00").pages, 0);
}

static void test_tables(void **state)
{
    static const section_case refused[] = {
        {PROM_WASM_SECTION_TABLE, "01 6F 00 01", "an external reference"},
        {PROM_WASM_SECTION_TABLE, "01 7F 00 01", "a reference to something else than a function"},
        {PROM_WASM_SECTION_TABLE, "01 40 00 70 00 01 D0 70 0B", "0x40 is no type of a value"},
        {PROM_WASM_SECTION_TABLE, "01 70 02 01", "a shared table"},
        {PROM_WASM_SECTION_TABLE, "01 70 04 01", "addresses of 64 bits"},
        {PROM_WASM_SECTION_TABLE, "01 70 01 02 01", "2 at first and 1 at most"},
        {PROM_WASM_SECTION_TABLE, "01 70 00 818004", "tables of 65537 elements in all: 65536 are possible"},
        {PROM_WASM_SECTION_TABLE, "02 70 00 808004 70 00 01", "tables of 65537 elements in all"},
        {PROM_WASM_SECTION_TABLE, "03 70 00 FFFFFFFF0F 70 00 FFFFFFFF0F 70 00 02", "tables of 4294967295 elements"},
        {PROM_WASM_SECTION_TABLE, "11 00", "17 tables: 16 are possible"},
    };
    assert_sections_refused(*state, refused, COUNT_OF(refused));
    assert_int_equal(
        look_at_section(*state, PROM_WASM_SECTION_TABLE, "02 70 00 FFFF03 70 01 01 FFFFFFFF0F").table_slots, 65536);
}

static void test_globals_and_constants(void **state)
{
    static const section_case refused[] = {
        {PROM_WASM_SECTION_GLOBAL, "01 7F 02 4100 0B", "neither constant nor mutable"},
        {PROM_WASM_SECTION_GLOBAL, "01 6F 00 D06F 0B", "an external reference"},
        {PROM_WASM_SECTION_GLOBAL, "01 7F 00 2300 0B", "a constant that is not of one instruction"},
        {PROM_WASM_SECTION_GLOBAL, "01 7F 00 4100 4100 6A 0B", "a constant of more than one instruction"},
        {PROM_WASM_SECTION_GLOBAL, "01 70 00 D06F 0B", "an external reference"},
        {PROM_WASM_SECTION_GLOBAL, "01 70 00 D203 0B", "function 3, of which there are 3"},
        {PROM_WASM_SECTION_GLOBAL, "01 7B 00 FD0D 00000000000000000000000000000000 0B", "not of one instruction"},
        {PROM_WASM_SECTION_GLOBAL, "01 7B 00 FD8C8004 00000000000000000000000000000000 0B", "not of one instruction"},
        {PROM_WASM_SECTION_GLOBAL, "01 7F 00 41 8080808008 0B", "a number of more than 32 bits"},
        {PROM_WASM_SECTION_GLOBAL, "01 7F 00 0B 00", "a constant that is not of one instruction"},
        {PROM_WASM_SECTION_GLOBAL, "01 7D 00 43 0000", "cut off"},
    };
    assert_sections_refused(*state, refused, COUNT_OF(refused));
    (void)look_at_section(
        *state, PROM_WASM_SECTION_GLOBAL,
        "08 7F 00 417F 0B  7E 01 427F 0B  7D 00 43 00000000 0B  7C 00 44 0000000000000000 0B "
        "7B 00 FD0C 000102030405060708090A0B0C0D0E0F 0B  70 00 D070 0B  70 01 D202 0B  7F 00 4100 0B");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_types),
        FIXTURE_TEST(test_memory),
        FIXTURE_TEST(test_tables),
        FIXTURE_TEST(test_globals_and_constants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
