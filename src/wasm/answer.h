/* The answers of prom-wasm, read out of pieces of any size, and held to what they may be. Pure. */
#ifndef WASM_ANSWER_H
#define WASM_ANSWER_H

#include "prometheus/module/module.h"
#include "wasm/frames.h"

/* What the result of a call may be at most. */
typedef struct prom_wasm_bounds {
    uint32_t bytes;
    uint64_t fuel;
} prom_wasm_bounds;

typedef struct prom_wasm_answer {
    prom_wasm_kind kind;   /* when it is whole: HELLO, READY, REFUSED, FAULT or RESULT */
    prom_node_result node; /* of RESULT */
    char sentence[PROM_WASM_SENTENCE_MAX + 1];
    uint8_t head[PROM_WASM_HEAD + PROM_WASM_RESULT_HEAD]; /* as far as it was read; all that follows is private */
    size_t head_length;
    uint8_t *body;
    size_t body_length;
    size_t body_at;
} prom_wasm_answer;

/* Begins an answer. */
void prom_wasm_answer_begin(prom_wasm_answer *answer);
/* Reads on, and moves `piece` behind what was read. `bounds` are those of the call that is to be answered; NULL: the
 * program is, or nothing. A result's bytes are put into the arena. Sets `whole` when the answer is complete; else the
 * piece is empty. PROM_CATEGORY_BROKEN when it can be no answer; PROM_CATEGORY_MEMORY. */
PROM_MUST_USE prom_result prom_wasm_answer_read(prom_wasm_answer *answer, bool *whole, prom_span *piece,
                                                prom_arena *arena, const prom_wasm_bounds *bounds, prom_error *error);

#endif
