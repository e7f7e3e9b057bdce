/* What prom-wasm and whoever started it say to each other (wasm/README.md), over one socket: frames of a kind (1 byte),
 * the length of what follows (4 bytes, big-endian), and that. prom-wasm begins by saying of which build it is, and
 * whoever started it believes nothing else of another build than its own. First a program is sent, and answered; then
 * any number of calls, each of which is answered by one result, in their order; the next one need not wait for it.
 *
 *   PROGRAM  the program: its manifest, and the module
 *   MAP      the item
 *   FOLD     the length of the first operand (4 bytes), the first operand, the second one
 *
 *   HELLO    its build: PROM_WASM_BUILD (cmake/wasm_build.cmake). The first frame
 *   READY    nothing: the module can be run
 *   REFUSED  a sentence: the module cannot be run, on any machine. The last frame
 *   FAULT    a sentence: this machine could not do what it was asked for. The last frame
 *   RESULT   status (1 byte), trap (1 byte), fuel (8 bytes), and the result */
#ifndef WASM_FRAMES_H
#define WASM_FRAMES_H

#define PROM_WASM_HEAD 5U         /* bytes of kind and length */
#define PROM_WASM_RESULT_HEAD 10U /* bytes of status, trap and fuel */
#define PROM_WASM_FOLD_HEAD 4U    /* bytes of the length of the first operand */
#define PROM_WASM_SENTENCE_MAX 400U

/* Of processor time, that prom-wasm compiles a module for at most: twenty times what a node signs for (market/work.h),
 * so that what it has tried before it can compile later, whatever else the machine does. */
#define PROM_WASM_COMPILE_SECONDS 600U

typedef enum prom_wasm_kind {
    PROM_WASM_PROGRAM = 1,
    PROM_WASM_MAP = 2,
    PROM_WASM_FOLD = 3,
    PROM_WASM_CHECK = 4, /* a program that is compiled with half of the memory that it may take, and not run */
    PROM_WASM_HELLO = 16,
    PROM_WASM_READY = 17,
    PROM_WASM_REFUSED = 18,
    PROM_WASM_FAULT = 19,
    PROM_WASM_RESULT = 20,
} prom_wasm_kind;

#endif
