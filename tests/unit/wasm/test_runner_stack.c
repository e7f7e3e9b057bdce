/* The count of depth ends a recursion before the machine's stack does, however fat the frames are that a function of so
 * many bytes of code can have. */
#include "acts.h"

/* What a function keeps while it calls itself: its parameters, which it passes on, and numbers on WebAssembly's stack,
 * which it uses after its calls. */
struct shape {
    const char *name;
    uint8_t type;
    const char *join; /* the instruction that makes one of two */
    uint32_t parameters;
    uint32_t numbers;
    uint32_t calls;
};

enum { V128 = 0x7b, F64 = 0x7c, I64 = 0x7e, I32 = 0x7f };

static void write_leb(prom_writer *writer, uint32_t number)
{
    for (; number >= 128; number >>= 7) {
        prom_write_u8(writer, (uint8_t)(number | 128));
    }
    prom_write_u8(writer, (uint8_t)number);
}

/* Bytes behind their number: a section's, or a function's. */
static void write_sized(fixture *test, prom_writer *writer, const prom_writer *content)
{
    prom_span bytes;
    assert_ok(prom_writer_finish(content, &bytes, &test->error), &test->error);
    write_leb(writer, (uint32_t)bytes.length);
    prom_write_span(writer, bytes);
}

static void write_hex(fixture *test, prom_writer *writer, const char *hex)
{
    prom_write_span(writer, span_of_hex(test, hex));
}

static void write_recursion(fixture *test, prom_writer *writer, const struct shape *shape)
{
    prom_writer body = prom_writer_in(&test->arena);
    prom_write_u8(&body, 0); /* no locals */
    for (uint32_t i = 0; i < shape->numbers; i++) {
        write_hex(test, &body, "2300"); /* global.get 0 */
    }
    for (uint32_t call = 0; call < shape->calls; call++) {
        for (uint32_t i = 0; i < shape->parameters; i++) {
            prom_write_u8(&body, 0x20); /* local.get */
            write_leb(&body, i);
        }
        write_hex(test, &body, "1002"); /* call 2 */
    }
    for (uint32_t i = 1; i < shape->numbers; i++) {
        write_hex(test, &body, shape->join);
    }
    write_hex(test, &body, shape->numbers > 0 ? "24000b" : "0b"); /* global.set 0, end */
    write_sized(test, writer, &body);
}

static const char *zero_of(uint8_t type)
{
    return type == V128  ? "fd0c00000000000000000000000000000000"
           : type == F64 ? "440000000000000000"
           : type == I64 ? "4200"
                         : "4100";
}

/* Functions 0 (prom_alloc), 1 (map, which begins it) and 2, which calls itself. */
static prom_span recursion_of(fixture *test, const struct shape *shape)
{
    prom_writer module = prom_writer_in(&test->arena);
    prom_writer types = prom_writer_in(&test->arena);
    prom_writer globals = prom_writer_in(&test->arena);
    prom_writer code = prom_writer_in(&test->arena);
    prom_writer map = prom_writer_in(&test->arena);
    prom_span written;
    write_hex(test, &module, "0061736d0100000001");
    write_hex(test, &types, "0360017f017f60027f7f017e60");
    write_leb(&types, shape->parameters);
    for (uint32_t i = 0; i < shape->parameters; i++) {
        prom_write_u8(&types, shape->type);
    }
    prom_write_u8(&types, 0);
    write_sized(test, &module, &types);
    write_hex(test, &module,
              "030403000102"
              "0503010001"
              "06");
    prom_write_u8(&globals, 1);
    prom_write_u8(&globals, shape->type);
    prom_write_u8(&globals, 1);
    write_hex(test, &globals, zero_of(shape->type));
    prom_write_u8(&globals, 0x0b);
    write_sized(test, &module, &globals);
    write_hex(test, &module,
              "071d03066d656d6f727902000a70726f6d5f616c6c6f630000036d61700001"
              "0a");
    write_hex(test, &code,
              "03"
              "040041000b");
    prom_write_u8(&map, 0);
    for (uint32_t i = 0; i < shape->parameters; i++) {
        write_hex(test, &map, zero_of(shape->type));
    }
    write_hex(test, &map, "100242000b");
    write_sized(test, &code, &map);
    write_recursion(test, &code, shape);
    write_sized(test, &module, &code);
    assert_ok(prom_writer_finish(&module, &written, &test->error), &test->error);
    return written;
}

static void test_depth_comes_before_the_stack(void **state)
{
    fixture *test = *state;
    static const struct shape shapes[] = {
        {"nothing", I32, "73", 0, 0, 1},
        {"a parameter", I64, "85", 1, 0, 1},
        {"some numbers", I64, "85", 0, 5, 1},
        {"more numbers", I64, "85", 0, 20, 1},
        {"many numbers", I64, "85", 0, 10000, 1},
        {"many floats", F64, "a0", 0, 10000, 1},
        {"one vector", V128, "fd51", 0, 1, 1},
        {"many vectors", V128, "fd51", 0, 10000, 1},
        {"parameters on the machine's stack", I32, "73", 200, 0, 1},
        {"floats there", F64, "a0", 200, 0, 1},
        {"vectors there", V128, "fd51", 200, 0, 1},
        {"vectors there that are kept", V128, "fd51", 200, 0, 2},
        {"twelve vectors", V128, "fd51", 12, 0, 1},
        {"all of it", V128, "fd51", 200, 1000, 2},
    };
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        prom_module module = acts_module(test);
        module.limits = (prom_module_limits){.pages = 1, .result_bytes = 0, .fuel = PROM_MODULE_FUEL_MAX};
        module.code = recursion_of(test, &shapes[i]);
        struct opened recursion = open_acts(test, &module);
        const prom_node_result result = run_item(test, &recursion, prom_span_of(NULL, 0));
        if (result.status != PROM_NODE_DEPTH) {
            fail_msg("%s: %s", shapes[i].name, prom_node_status_name(result.status));
        }
        recursion.runner.close(recursion.session);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_depth_comes_before_the_stack)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
