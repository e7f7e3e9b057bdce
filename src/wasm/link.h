/* One prom-wasm that runs, and what is sent to it and comes from it: frames (frames.h), in pieces as the socket takes
 * and gives them, in bounded memory. */
#ifndef WASM_LINK_H
#define WASM_LINK_H

#include "prometheus/base/bytes.h"
#include "system/child.h"
#include "wasm/frames.h"

#define PROM_WASM_PIECE 65536U

typedef struct prom_wasm_link {
    prom_child child;
    size_t out_at; /* of `out`, what went to the socket, and what is to go */
    size_t out_end;
    size_t in_at; /* of `in`, what was taken, and what was read */
    size_t in_end;
    uint8_t out[PROM_WASM_PIECE];
    uint8_t in[PROM_WASM_PIECE];
} prom_wasm_link;

/* Starts the program at this path. PROM_CATEGORY_IO when that cannot be. */
PROM_MUST_USE prom_result prom_wasm_link_start(prom_wasm_link *link, const char *path, prom_error *error);
/* Ends it, if it still runs. */
void prom_wasm_link_end(prom_wasm_link *link);

/* Adds to what is to be sent as much of `bytes` as there is room for. Returns how many bytes that are. */
size_t prom_wasm_link_put(prom_wasm_link *link, prom_span bytes);
/* Takes as much of what was read, at most `most` bytes, as there is; it stays valid until the next turn. */
prom_span prom_wasm_link_take(prom_wasm_link *link, size_t most);
/* Returns how many bytes were read and not taken. */
size_t prom_wasm_link_held(const prom_wasm_link *link);

/* Sends and reads what can be sent and read, after waiting for that for `wait_ms` milliseconds at most. What was read
 * and not taken is kept. PROM_CATEGORY_IO when the child has ended, with how it did. */
PROM_MUST_USE prom_result prom_wasm_link_turn(prom_wasm_link *link, int wait_ms, prom_error *error);

#endif
