#include "wasm/answer.h"

#include <string.h>

#include "base/printable.h"

void prom_wasm_answer_begin(prom_wasm_answer *answer)
{
    answer->head_length = 0;
    answer->body_length = 0;
    answer->body_at = 0;
}

/* Moves bytes of the piece to `bytes`, of which `at` are there, until there are `length`. Returns whether they are. */
static bool fill(uint8_t *bytes, size_t *at, size_t length, prom_span *piece)
{
    const size_t wanted = length > *at ? length - *at : 0;
    const size_t count = wanted < piece->length ? wanted : piece->length;
    if (count > 0) {
        memcpy(bytes + *at, piece->data, count);
        *at += count;
        *piece = prom_span_of(piece->data + count, piece->length - count);
    }
    return count == wanted;
}

static prom_result refuse(const char *what, prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_BROKEN,
                     "prom-wasm %s: it is of another version, or a module has got out of its engine", what);
}

/* A status that can be, with what goes with it. */
static bool can_be(const prom_node_result *node, size_t length, const prom_wasm_bounds *bounds)
{
    const bool ok = node->status == PROM_NODE_OK;
    const bool trap = node->status == PROM_NODE_TRAP;
    return (unsigned)node->status < PROM_NODE_OPERAND && /* which is not for prom-wasm to find */
           (trap ? node->trap != PROM_TRAP_NONE && (unsigned)node->trap <= PROM_TRAP_CONVERSION
                 : node->trap == PROM_TRAP_NONE) &&
           (ok ? node->fuel <= bounds->fuel && length <= bounds->bytes : node->fuel == 0 && length == 0);
}

/* The head of a result is there. */
static prom_result take_result(prom_wasm_answer *answer, size_t length, prom_arena *arena,
                               const prom_wasm_bounds *bounds, prom_error *error)
{
    prom_reader reader = prom_reader_of(prom_span_of(answer->head + PROM_WASM_HEAD, PROM_WASM_RESULT_HEAD));
    answer->node = (prom_node_result){0};
    answer->node.status = (prom_node_status)prom_read_u8(&reader);
    answer->node.trap = (prom_node_trap)prom_read_u8(&reader);
    answer->node.fuel = prom_read_u64(&reader);
    if (length < PROM_WASM_RESULT_HEAD || !can_be(&answer->node, length - PROM_WASM_RESULT_HEAD, bounds)) {
        return refuse("gives a result that the program does not allow", error);
    }
    answer->body_length = length - PROM_WASM_RESULT_HEAD;
    PROM_TRY_NEW(answer->body, arena, answer->body_length, error);
    answer->node.bytes = prom_span_of(answer->body, answer->body_length);
    return prom_ok();
}

/* Whether such a frame is an answer to a call, or to a program, or comes before all answers. */
static bool is_due(prom_wasm_kind kind, bool call)
{
    return kind == PROM_WASM_FAULT ||
           (call ? kind == PROM_WASM_RESULT
                 : kind == PROM_WASM_HELLO || kind == PROM_WASM_READY || kind == PROM_WASM_REFUSED);
}

static prom_result take_head(prom_wasm_answer *answer, prom_arena *arena, const prom_wasm_bounds *bounds,
                             prom_error *error)
{
    prom_reader reader = prom_reader_of(prom_span_of(answer->head + 1, PROM_WASM_HEAD - 1));
    const size_t length = prom_read_u32(&reader);
    if (bounds != NULL && answer->kind == PROM_WASM_RESULT) {
        return take_result(answer, length, arena, bounds, error);
    }
    if (length > (answer->kind == PROM_WASM_READY ? 0 : PROM_WASM_SENTENCE_MAX)) {
        return refuse("says too much", error);
    }
    answer->body = (uint8_t *)answer->sentence;
    answer->body_length = length;
    return prom_ok();
}

prom_result prom_wasm_answer_read(prom_wasm_answer *answer, bool *whole, prom_span *piece, prom_arena *arena,
                                  const prom_wasm_bounds *bounds, prom_error *error)
{
    *whole = false;
    if (!fill(answer->head, &answer->head_length, 1, piece)) {
        return prom_ok();
    }
    answer->kind = (prom_wasm_kind)answer->head[0];
    if (!is_due(answer->kind, bounds != NULL)) {
        return refuse("says what it was not asked", error);
    }
    const size_t head = PROM_WASM_HEAD + (answer->kind == PROM_WASM_RESULT ? PROM_WASM_RESULT_HEAD : 0);
    const bool begun = answer->head_length == head;
    if (!fill(answer->head, &answer->head_length, head, piece)) {
        return prom_ok();
    }
    if (!begun) {
        PROM_TRY(take_head(answer, arena, bounds, error));
    }
    *whole = fill(answer->body, &answer->body_at, answer->body_length, piece);
    if (*whole && answer->kind != PROM_WASM_RESULT) {
        char said[PROM_WASM_SENTENCE_MAX + 1];
        memcpy(said, answer->sentence, answer->body_length);
        (void)prom_printable(answer->sentence, sizeof answer->sentence, said, answer->body_length);
    }
    return prom_ok();
}
