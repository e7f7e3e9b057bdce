/* What a process in place of prom-wasm may say, in pieces of any size: the first byte says how large they are, and
 * whether a call or a program is answered. What comes out is in the bounds. */
#include <string.h>

#include "fuzz.h"
#include "wasm/answer.h"

static const prom_wasm_bounds BOUNDS = {.bytes = 300, .fuel = 1000};

static void check(const prom_wasm_answer *answer, bool call)
{
    const prom_node_result *node = &answer->node;
    must(answer->kind == PROM_WASM_FAULT || call == (answer->kind == PROM_WASM_RESULT));
    if (answer->kind != PROM_WASM_RESULT) {
        must(answer->kind == PROM_WASM_READY || strlen(answer->sentence) <= PROM_WASM_SENTENCE_MAX);
        return;
    }
    must(node->status < PROM_NODE_OPERAND && node->trap <= PROM_TRAP_CONVERSION);
    must((node->status == PROM_NODE_TRAP) == (node->trap != PROM_TRAP_NONE));
    must(node->bytes.length <= BOUNDS.bytes && node->fuel <= BOUNDS.fuel);
    must(node->status == PROM_NODE_OK || (node->bytes.length == 0 && node->fuel == 0));
    uint8_t sum = 0;
    for (size_t i = 0; i < node->bytes.length; i++) {
        sum ^= node->bytes.data[i];
    }
    must(sum <= UINT8_MAX);
}

/* Reads answers until the bytes are at their end, or are none. */
static void read_all(prom_arena *arena, prom_span bytes, size_t size, bool call)
{
    prom_wasm_answer answer;
    prom_error error = {{0}};
    prom_wasm_answer_begin(&answer);
    while (bytes.length > 0) {
        const size_t length = bytes.length < size ? bytes.length : size;
        prom_span piece = prom_span_of(bytes.data, length);
        bytes = prom_span_of(bytes.data + length, bytes.length - length);
        while (piece.length > 0) {
            bool whole = false;
            const prom_result result =
                prom_wasm_answer_read(&answer, &whole, &piece, arena, call ? &BOUNDS : NULL, &error);
            if (!prom_is_ok(result)) {
                must(result.category == PROM_CATEGORY_BROKEN || result.category == PROM_CATEGORY_MEMORY);
                must(error.sentence[0] != '\0');
                return;
            }
            must(whole || piece.length == 0);
            if (whole) {
                check(&answer, call);
                prom_wasm_answer_begin(&answer);
            }
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    prom_arena arena;
    prom_arena_init(&arena, FUZZ_MEMORY);
    if (length > 0) {
        read_all(&arena, prom_span_of(data + 1, length - 1), 1 + (data[0] & 127), data[0] >= 128);
    }
    prom_arena_free(&arena);
    return 0;
}
