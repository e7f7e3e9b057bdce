#include "support.h"

#include "module/opcodes.h"

#define FC(number) PROM_OPCODE_PREFIXED(0xFC, number)
#define FD(number) PROM_OPCODE_PREFIXED(0xFD, number)

static unsigned flags_of(uint32_t opcode)
{
    const prom_opcodes *found = prom_opcodes_of(opcode);
    return found != NULL ? found->flags : 0;
}

static bool is_in(uint32_t opcode, const uint32_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] == opcode) {
            return true;
        }
    }
    return false;
}

/* The lists of docs/programs.md, of all opcodes that one or two bytes, or a prefix, can name. */
static void test_costs_and_ends_are_those_of_the_page(void **state)
{
    static const uint32_t free_ones[] = {0x01, 0x02, 0x05, 0x0B};
    static const uint32_t ending[] = {0x00, 0x02, 0x03, 0x04, 0x05, 0x0B,   0x0C,  0x0D,
                                      0x0E, 0x0F, 0x10, 0x11, 0x40, FC(10), FC(11)};
    static const uint32_t bulk[] = {0x40, FC(10), FC(11)};
    (void)state;
    for (uint32_t opcode = 0; opcode < PROM_OPCODE_PREFIXED(0x100, 0); opcode++) {
        const unsigned flags = flags_of(opcode);
        assert_int_equal((flags & PROM_OPCODE_FREE) != 0, is_in(opcode, free_ones, COUNT_OF(free_ones)));
        assert_int_equal((flags & PROM_OPCODE_ENDS) != 0, is_in(opcode, ending, COUNT_OF(ending)));
        assert_int_equal((flags & PROM_OPCODE_BULK) != 0, is_in(opcode, bulk, COUNT_OF(bulk)));
    }
}

static size_t count_of(uint32_t first, uint32_t last)
{
    size_t count = 0;
    for (uint32_t opcode = first; opcode <= last; opcode++) {
        const prom_opcodes *found = prom_opcodes_of(opcode);
        assert_true(found == NULL || (found->first <= opcode && opcode <= found->last));
        count += found != NULL && found->refused == NULL ? 1 : 0;
    }
    return count;
}

/* WebAssembly 1.0 has 172 instructions; sign extension adds 5, reference types select of a type, table.get and .set,
 * and three ref. */
static void test_counts_of_instructions(void **state)
{
    (void)state;
    assert_int_equal(count_of(0, 0xFF), 172 + 5 + 3 + 3);
    assert_int_equal(count_of(FC(0), FC(UINT16_MAX)), 8 + 2 + 1);
    assert_int_equal(count_of(FD(0), FD(UINT16_MAX)), 236);
}

static void test_refused_features_have_names(void **state)
{
    static const struct {
        uint32_t opcode;
        const char *name;
    } cases[] = {
        {0x06, "exceptions"},         {0x08, "exceptions"},         {0x0A, "exceptions"},
        {0x18, "exceptions"},         {0x1F, "exceptions"},         {0x12, "tail calls"},
        {0x13, "tail calls"},         {0x15, "tail calls"},         {0x14, "typed function references"},
        {0xD3, "garbage collection"}, {0xFB, "garbage collection"}, {0xFE, "threads and atomics"},
        {FC(8), "memory.init"},       {FC(9), "data.drop"},         {FC(12), "table.init"},
        {FC(13), "elem.drop"},        {FC(14), "table.copy"},       {FC(15), "table.grow"},
        {FC(17), "table.fill"},       {FC(20), "wide arithmetic"},  {FD(256), "relaxed SIMD"},
        {FD(275), "relaxed SIMD"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_non_null(prom_opcodes_of(cases[i].opcode));
        assert_string_equal(prom_opcodes_of(cases[i].opcode)->refused, cases[i].name);
    }
}

static void test_knows_floats_and_vectors(void **state)
{
    static const uint32_t floats[] = {0x5B, 0x92, 0xA6, 0xAA, 0xB0, 0xB6, FC(0), FD(65), FD(148), FD(228), FD(255)};
    static const uint32_t others[] = {0x2A, 0x43, 0x5A,   0x67,   0xA7,   0xAC,   0xBC,
                                      0xBF, 0xC0, FC(10), FD(11), FD(19), FD(110)};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(floats); i++) {
        assert_true((flags_of(floats[i]) & PROM_OPCODE_FLOAT) != 0);
        assert_int_equal((flags_of(floats[i]) & PROM_OPCODE_SIMD) != 0, floats[i] >> 16 == 0xFD);
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_true((flags_of(others[i]) & PROM_OPCODE_FLOAT) == 0);
        assert_int_equal((flags_of(others[i]) & PROM_OPCODE_SIMD) != 0, others[i] >> 16 == 0xFD);
    }
}

static void test_reads_prefixes(void **state)
{
    static const struct {
        uint8_t bytes[6];
        size_t length;
        uint32_t opcode;
    } cases[] = {
        {{0x6A}, 1, 0x6A},
        {{0xFE}, 1, 0xFE},
        {{0xFC, 0x0A}, 2, FC(10)},
        {{0xFC, 0x8A, 0x80, 0x80, 0x80, 0x00}, 6, FC(10)},
        {{0xFD, 0x80, 0x02}, 3, FD(256)},
        {{0xFD, 0x8C, 0x80, 0x04}, 4, FD(UINT16_MAX)}, /* 65,548 is not 12 */
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_wasm_cursor cursor = {.bytes = cases[i].bytes, .end = cases[i].length};
        assert_int_equal(prom_wasm_opcode(&cursor), cases[i].opcode);
        assert_false(cursor.failed);
        assert_int_equal(cursor.at, cases[i].length);
    }
    assert_null(prom_opcodes_of(FD(UINT16_MAX)));
    assert_null(prom_opcodes_of(0xFC));
    assert_null(prom_opcodes_of(0x16));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_costs_and_ends_are_those_of_the_page),
        cmocka_unit_test(test_counts_of_instructions),
        cmocka_unit_test(test_refused_features_have_names),
        cmocka_unit_test(test_knows_floats_and_vectors),
        cmocka_unit_test(test_reads_prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
