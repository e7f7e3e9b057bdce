#include "daemon/measure_kernels.h"

/* -- Code -- */

enum {
    BLOCK = 0x02,
    LOOP = 0x03,
    END = 0x0b,
    BR_IF = 0x0d,
    GET = 0x20,
    SET = 0x21,
    TEE = 0x22,
    I32_LOAD = 0x28,
    I64_LOAD32_U = 0x35,
    I32_STORE = 0x36,
    I64_STORE = 0x37,
    I32_CONST = 0x41,
    I64_CONST = 0x42,
    F64_CONST = 0x44,
    I32_EQZ = 0x45,
    I32_ADD = 0x6a,
    I32_SUB = 0x6b,
    I32_AND = 0x71,
    I64_ADD = 0x7c,
    I64_MUL = 0x7e,
    I32 = 0x7f,
    I64 = 0x7e,
    F64 = 0x7c,
    I64_OR = 0x84,
    I64_XOR = 0x85,
    I64_SHL = 0x86,
    I64_SHR_U = 0x88,
    F64_ADD = 0xa0,
    F64_DIV = 0xa3,
    I32_WRAP_I64 = 0xa7,
    I64_EXTEND_I32_U = 0xad,
    I64_REINTERPRET_F64 = 0xbd,
    VOID = 0x40,
};

/* The locals of `map`: its parameters, how often the code is still repeated, an address, and what is computed. */
enum { PLACE, LENGTH, LEFT, ADDRESS, NUMBER, FRACTION };

/* A memory of 128 MiB. */
enum { MEMORY = 2048 /* pages */, STEPS = 16 /* of 4 KiB, in a page */ };

/* Numbers as a module has them, LEB128 and IEEE 754. */
#define ODD 0x95, 0xf8, 0xa9, 0xfa, 0x97, 0xb7, 0xde, 0x9b, 0x9e, 0x7f /* 0x9e3779b97f4a7c15 */
#define MEMORY_BYTES 0x80, 0x80, 0x80, 0xc0, 0x00
#define MEMORY_MASK 0xfc, 0xff, 0xff, 0x3f /* of addresses of 4 bytes in it */
#define STEP 0x80, 0x20                    /* 4096 */
#define ONE 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf0, 0x3f
#define THREE 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x08, 0x40

/* number = (number ^ number >> 29) * ODD + left */
static const uint8_t integers[] = {GET, NUMBER,  GET, NUMBER, I64_CONST,        29,      I64_SHR_U, I64_XOR, I64_CONST,
                                   ODD, I64_MUL, GET, LEFT,   I64_EXTEND_I32_U, I64_ADD, SET,       NUMBER};

/* fraction = 3 / fraction + 1, which comes to no round number */
static const uint8_t divisions[] = {F64_CONST, THREE, GET, FRACTION, F64_DIV, F64_CONST, ONE, F64_ADD, SET, FRACTION};

/* Each 4 KiB of the memory, from its end, is written to. */
static const uint8_t touching[] = {
    I32_CONST, MEMORY_BYTES, SET,     ADDRESS,   LOOP, VOID, GET, ADDRESS, I32_CONST, STEP, I32_SUB, TEE,
    ADDRESS,   GET,          ADDRESS, I32_STORE, 2,    0,    GET, ADDRESS, BR_IF,     0,    END};

/* number = number * ODD + 1 + the 4 bytes at a place that its upper half says: where it loads from next depends on them
 */
static const uint8_t loads[] = {GET,     NUMBER,       I64_CONST, ODD, I64_MUL,   I64_CONST,    1,         I64_ADD,
                                GET,     NUMBER,       I64_CONST, 32,  I64_SHR_U, I32_WRAP_I64, I32_CONST, MEMORY_MASK,
                                I32_AND, I64_LOAD32_U, 2,         0,   I64_ADD,   SET,          NUMBER};

/* The next 4 KiB is written to. */
static const uint8_t pages[] = {GET, ADDRESS, GET,       LEFT, I32_STORE, 2,   0,
                                GET, ADDRESS, I32_CONST, STEP, I32_ADD,   SET, ADDRESS};

#define CODE(bytes)                                                                                                    \
    {                                                                                                                  \
        bytes, sizeof(bytes)                                                                                           \
    }

const prom_measure_kernel prom_measure_kernels[] = {
    {.name = "integers", .repeats_max = INT32_MAX, .repeated = CODE(integers)},
    {.name = "divisions", .repeats_max = INT32_MAX, .repeated = CODE(divisions)},
    {.name = "loads", .repeats_max = INT32_MAX, .before = CODE(touching), .repeated = CODE(loads)},
    {.name = NULL},
};

const prom_measure_kernel prom_measure_pages = {
    .name = "pages", .repeats_max = MEMORY * STEPS, .repeated = CODE(pages)};

/* -- The module -- */

/* Where items and results lie. */
enum { AT = 16, RESULT_BYTES = 8 };

static const uint8_t before_loop[] = {BLOCK, VOID, GET, LEFT, I32_EQZ, BR_IF, 0, LOOP, VOID};
static const uint8_t after_loop[] = {
    GET,       LEFT,         I32_CONST, 1,  I32_SUB,   TEE,    LEFT,      BR_IF,    0,
    END,       END,          I32_CONST, AT, GET,       NUMBER, GET,       FRACTION, I64_REINTERPRET_F64,
    I64_XOR,   I64_STORE,    3,         0,  I64_CONST, AT,     I64_CONST, 32,       I64_SHL,
    I64_CONST, RESULT_BYTES, I64_OR,    END};
static const uint8_t read_item[] = {
    4,   1,     I32,      1, I32, 1,   I64,  1, F64, /* the locals behind the parameters */
    GET, PLACE, I32_LOAD, 2, 0,   SET, LEFT,
};

static const uint8_t head[] = {0x00, 'a', 's', 'm', 1, 0, 0, 0};
static const uint8_t types[] = {2, 0x60, 1, I32, 1, I32, 0x60, 2, I32, I32, 1, I64};
static const uint8_t functions[] = {2, 0, 1};
static const uint8_t memory[] = {1, 0, (MEMORY & 0x7f) | 0x80, MEMORY >> 7};
static const uint8_t exports[] = {3,   6,   'm', 'e', 'm', 'o', 'r', 'y', 2, 0,   10,  'p', 'r', 'o', 'm',
                                  '_', 'a', 'l', 'l', 'o', 'c', 0,   0,   3, 'm', 'a', 'p', 0,   1};
static const uint8_t prom_alloc[] = {4, 0, I32_CONST, AT, END};

#define SPAN(bytes) prom_span_of(bytes, sizeof(bytes))

/* A length, in LEB128 that is padded to two bytes. */
static void write_length(prom_writer *writer, size_t length)
{
    prom_write_u8(writer, (uint8_t)((length & 0x7f) | 0x80));
    prom_write_u8(writer, (uint8_t)(length >> 7));
}

static void write_section(prom_writer *writer, uint8_t number, prom_span content)
{
    prom_write_u8(writer, number);
    write_length(writer, content.length);
    prom_write_span(writer, content);
}

static prom_result write_code(prom_arena *arena, prom_span *code, const prom_measure_kernel *kernel, prom_error *error)
{
    const prom_span parts[] = {SPAN(read_item), kernel->before, SPAN(before_loop), kernel->repeated, SPAN(after_loop)};
    prom_writer writer = prom_writer_in(arena);
    size_t length = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        length += parts[i].length;
    }
    prom_write_u8(&writer, 2);
    prom_write_span(&writer, SPAN(prom_alloc));
    write_length(&writer, length);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        prom_write_span(&writer, parts[i]);
    }
    return prom_writer_finish(&writer, code, error);
}

prom_result prom_measure_module(prom_arena *arena, prom_module *module, const prom_measure_kernel *kernel,
                                prom_error *error)
{
    const prom_module_limits limits = {.pages = MEMORY, .result_bytes = RESULT_BYTES, .fuel = PROM_MODULE_FUEL_MAX};
    prom_writer writer = prom_writer_in(arena);
    prom_span code;
    prom_span bytes;
    PROM_TRY(write_code(arena, &code, kernel, error));
    prom_write_span(&writer, SPAN(head));
    write_section(&writer, 1, SPAN(types));
    write_section(&writer, 3, SPAN(functions));
    write_section(&writer, 5, SPAN(memory));
    write_section(&writer, 7, SPAN(exports));
    write_section(&writer, 10, code);
    PROM_TRY(prom_writer_finish(&writer, &bytes, error));
    PROM_TRY(prom_module_write(arena, &bytes, &limits, bytes, error));
    return prom_module_read(module, bytes, error);
}
