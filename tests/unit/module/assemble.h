/* Modules for tests, put together from sections in hex (with blanks where they help the reader), and the smallest one
 * that is a program's. */
#ifndef PROMETHEUS_TEST_MODULE_ASSEMBLE_H
#define PROMETHEUS_TEST_MODULE_ASSEMBLE_H

#include "support.h"

#include "module/sections.h"

enum { BODIES_MAX = 4 };

typedef struct sample {
    const char *sections[PROM_WASM_SECTIONS]; /* their contents, NULL when there is none */
    const char *bodies[BODIES_MAX];           /* what the code section has, unless it is given as a whole */
    const char *behind;                       /* bytes behind the last section */
} sample;

/* Types of it: 0 is of prom_alloc, 1 of map, 2 has nothing, 3 is of reduce. */
#define TYPES "04 60 017F 017F  60 027F7F 017E  60 00 00  60 047F7F7F7F 017E"
#define EXPORT_MEMORY "06 6D656D6F7279 02 00"
#define EXPORT_ALLOC "0A 70726F6D5F616C6C6F63 00 00"
#define EXPORT_MAP "03 6D6170 00 01"
#define EXPORT_REDUCE "06 726564756365 00 02"

/* A function of each of the first three types: the last one is there for the code of a test. */
static inline sample usual_sample(void)
{
    return (sample){
        .sections = {[PROM_WASM_SECTION_TYPE] = TYPES,
                     [PROM_WASM_SECTION_FUNCTION] = "03 00 01 02",
                     [PROM_WASM_SECTION_MEMORY] = "01 00 01",
                     [PROM_WASM_SECTION_EXPORT] = "03" EXPORT_MEMORY EXPORT_ALLOC EXPORT_MAP},
        .bodies = {"00 4100 0B", "00 4200 0B", "00 0B"},
    };
}

static inline prom_span bytes_of(fixture *test, const char *hex)
{
    char *text = calloc(strlen(hex) + 1, 1);
    size_t length = 0;
    assert_non_null(text);
    for (const char *at = hex; *at != '\0'; at++) {
        if (*at != ' ') {
            text[length++] = *at;
        }
    }
    const prom_span bytes = span_of_hex(test, text);
    free(text);
    return bytes;
}

static inline void write_sized(prom_writer *writer, prom_span bytes)
{
    prom_wasm_write_u32(writer, (uint32_t)bytes.length);
    prom_write_span(writer, bytes);
}

static inline prom_span code_of(fixture *test, const sample *module)
{
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span code = {0};
    uint32_t count = 0;
    while (count < BODIES_MAX && module->bodies[count] != NULL) {
        count++;
    }
    prom_wasm_write_u32(&writer, count);
    for (uint32_t i = 0; i < count; i++) {
        write_sized(&writer, bytes_of(test, module->bodies[i]));
    }
    assert_ok(prom_writer_finish(&writer, &code, &test->error), &test->error);
    return code;
}

static inline prom_span assemble(fixture *test, const sample *module)
{
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span bytes = {0};
    prom_write_span(&writer, bytes_of(test, "0061736D01000000"));
    for (const prom_wasm_section_id *id = prom_wasm_order(); *id != PROM_WASM_SECTION_CUSTOM; id++) {
        const char *hex = module->sections[*id];
        if (hex != NULL || *id == PROM_WASM_SECTION_CODE) {
            prom_write_u8(&writer, (uint8_t)*id);
            write_sized(&writer, hex != NULL ? bytes_of(test, hex) : code_of(test, module));
        }
    }
    if (module->behind != NULL) {
        prom_write_span(&writer, bytes_of(test, module->behind));
    }
    assert_ok(prom_writer_finish(&writer, &bytes, &test->error), &test->error);
    return bytes;
}

/* One section in place of the usual one, and a part of the sentence that refuses it. */
typedef struct section_case {
    prom_wasm_section_id id;
    const char *hex;
    const char *part;
} section_case;

static inline void assert_look_refuses(fixture *test, const sample *module, const char *part)
{
    const prom_span bytes = assemble(test, module);
    prom_module_facts facts = {.functions = 1};
    uint8_t *exact = exact_copy(bytes.data, bytes.length);
    const prom_result result = prom_module_look(&test->arena, &facts, prom_span_of(exact, bytes.length), &test->error);
    free(exact);
    assert_fails(result, PROM_CATEGORY_BAD_INPUT, &test->error, part);
    assert_int_equal(facts.functions, 0);
}

static inline void assert_sections_refused(fixture *test, const section_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sample module = usual_sample();
        module.sections[cases[i].id] = cases[i].hex;
        assert_look_refuses(test, &module, cases[i].part);
    }
}

static inline prom_module_facts look_at(fixture *test, const sample *module)
{
    prom_module_facts facts = {0};
    assert_ok(prom_module_look(&test->arena, &facts, assemble(test, module), &test->error), &test->error);
    return facts;
}

/* That the module is one with this section in place of the usual one. */
static inline prom_module_facts look_at_section(fixture *test, prom_wasm_section_id id, const char *hex)
{
    sample module = usual_sample();
    module.sections[id] = hex;
    return look_at(test, &module);
}

#endif
