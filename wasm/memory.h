/* The one memory that an instance has: always the same place of our address space, which each instance gets as if it
 * were new. The engine could do that itself; but when the system refuses memory to a module that grows, the engine
 * tells the module so, and its result would depend on the machine. Here it is noticed. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wasmtime.h>

struct memory {
    uint8_t *base;   /* NULL: nothing is reserved yet */
    size_t reserved; /* bytes of address space, with what lies behind to catch accesses out of bounds */
    size_t open;     /* bytes that can be read and written, from the base on */
    size_t size;     /* bytes that the instance has */
    bool starved;    /* the system refused memory */
};

/* Makes the engine use this memory, which must outlive it. */
void memory_configure(struct memory *memory, wasm_config_t *config);

#endif
