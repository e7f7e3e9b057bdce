#include "serve.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine.h"
#include "sandbox.h"
#include "stream.h"
#include "wasm/build.h"
#include "wasm/frames.h"

static void write_number(uint8_t *bytes, size_t length, uint64_t number)
{
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (uint8_t)(number >> 8 * (length - 1 - i));
    }
}

static uint32_t read_number(void)
{
    uint8_t bytes[4];
    stream_read(bytes, sizeof bytes);
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void write_head(prom_wasm_kind kind, size_t length)
{
    uint8_t head[PROM_WASM_HEAD] = {(uint8_t)kind};
    write_number(head + 1, 4, length);
    stream_write(head, sizeof head);
}

static void write_sentence(prom_wasm_kind kind, const char *sentence)
{
    const size_t length = strnlen(sentence, PROM_WASM_SENTENCE_MAX);
    write_head(kind, length);
    stream_write((const uint8_t *)sentence, length);
    stream_flush();
}

_Noreturn static void end(prom_wasm_kind kind, const char *sentence)
{
    write_sentence(kind, sentence);
    _exit(EXIT_SUCCESS);
}

_Noreturn void serve_fault(const char *why)
{
    end(PROM_WASM_FAULT, why);
}

static prom_wasm_kind read_head(uint32_t *length)
{
    uint8_t kind = 0;
    stream_read(&kind, 1);
    *length = read_number();
    return (prom_wasm_kind)kind;
}

static void open_program(struct engine *engine)
{
    uint32_t length = 0;
    prom_module module;
    prom_error error;
    const prom_wasm_kind kind = read_head(&length);
    const bool known = kind == PROM_WASM_PROGRAM || kind == PROM_WASM_CHECK;
    if (!known || length > PROM_MODULE_MANIFEST + PROM_MODULE_BYTES_MAX) {
        serve_fault("the first frame is no program");
    }
    uint8_t *program = malloc((size_t)length + 1);
    if (program == NULL) {
        serve_fault("there is no memory for the program");
    }
    stream_read(program, length);
    prom_result result = prom_module_read(&module, prom_span_of(program, length), &error);
    if (prom_is_ok(result)) {
        const size_t bytes = (size_t)prom_module_compile_bytes(module.code.length);
        const char *failure = sandbox_limit_compiling(ENGINE_STACK + (kind == PROM_WASM_CHECK ? bytes : 2 * bytes));
        result =
            failure == NULL ? engine_open(engine, &module, &error) : prom_fail(&error, PROM_CATEGORY_IO, "%s", failure);
        failure = sandbox_end_compiling();
        if (failure != NULL) {
            serve_fault(failure);
        }
    }
    free(program);
    if (!prom_is_ok(result)) {
        end(result.category == PROM_CATEGORY_BAD_INPUT ? PROM_WASM_REFUSED : PROM_WASM_FAULT, error.sentence);
    }
    write_head(PROM_WASM_READY, 0);
    stream_flush();
}

/* Brings an operand from the socket to where the module wants it: nowhere, when the result is decided. */
static void take_operand(struct engine *engine, uint32_t length)
{
    uint8_t *place = engine_place(engine, length);
    if (place != NULL) {
        stream_read(place, length);
    } else {
        stream_skip(length);
    }
}

static void answer(const prom_node_result *node)
{
    uint8_t head[PROM_WASM_RESULT_HEAD] = {(uint8_t)node->status, (uint8_t)node->trap};
    write_number(head + 2, 8, node->fuel);
    write_head(PROM_WASM_RESULT, sizeof head + node->bytes.length);
    stream_write(head, sizeof head);
    stream_write(node->bytes.data, node->bytes.length);
    stream_flush(); /* the next call may take long */
}

static const char NO_CALL[] = "a frame is no call";

static void serve_call(struct engine *engine)
{
    uint32_t length = 0;
    const prom_wasm_kind kind = read_head(&length);
    const bool fold = kind == PROM_WASM_FOLD && engine->limits.folds;
    const bool map = kind == PROM_WASM_MAP && !engine->limits.folds_alone;
    if ((!map && !fold) || (fold && length < PROM_WASM_FOLD_HEAD)) {
        serve_fault(NO_CALL);
    }
    length -= fold ? PROM_WASM_FOLD_HEAD : 0;
    const uint32_t first = fold ? read_number() : length;
    if (first > length) {
        serve_fault(NO_CALL);
    }
    engine_begin(engine, fold);
    take_operand(engine, first);
    if (fold) {
        take_operand(engine, length - first);
    }
    const prom_node_result *node = engine_finish(engine);
    if (engine->fault[0] == '\0') {
        answer(node);
    }
    engine_end(engine);
    if (engine->fault[0] != '\0') {
        serve_fault(engine->fault);
    }
}

_Noreturn void serve(void)
{
    static struct engine engine;
    write_sentence(PROM_WASM_HELLO, PROM_WASM_BUILD);
    open_program(&engine);
    for (;;) {
        serve_call(&engine);
    }
}
