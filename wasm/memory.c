#include "memory.h"

#include <sys/mman.h>

/* So much lies behind all that 32 bits can address, that the engine need not compare where an access goes. */
static const uint64_t ADDRESSED = UINT64_C(1) << 32;
static const uint64_t BEHIND = UINT64_C(1) << 25;

static wasmtime_error_t *starve(struct memory *memory)
{
    memory->starved = true;
    return wasmtime_error_new("the system refuses memory");
}

static uint8_t *get(void *env, size_t *size, size_t *capacity)
{
    const struct memory *memory = env;
    *size = memory->size;
    *capacity = (size_t)ADDRESSED;
    return memory->base;
}

static wasmtime_error_t *grow(void *env, size_t size)
{
    struct memory *memory = env;
    if (size > memory->open) {
        if (mprotect(memory->base + memory->open, size - memory->open, PROT_READ | PROT_WRITE) != 0) {
            return starve(memory);
        }
        memory->open = size;
    }
    memory->size = size;
    return NULL;
}

/* The instance is gone: what it wrote is forgotten, and pages that it used go back to the system. */
static void release(void *env)
{
    struct memory *memory = env;
    if (memory->size > 0 && madvise(memory->base, memory->size, MADV_DONTNEED) != 0) {
        memory->starved = true; /* or it would be seen by the next one */
    }
    memory->size = 0;
}

static wasmtime_error_t *reserve(struct memory *memory, size_t bytes)
{
    void *base = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        return starve(memory);
    }
    memory->base = base;
    memory->reserved = bytes;
    return NULL;
}

static wasmtime_error_t *create(void *env, const wasm_memorytype_t *type, size_t minimum, size_t maximum,
                                size_t reserved, size_t guard, wasmtime_linear_memory_t *made)
{
    struct memory *memory = env;
    (void)type;
    (void)maximum;
    if (reserved > ADDRESSED || guard > BEHIND || memory->size > 0) {
        return wasmtime_error_new("the engine wants another memory than it was told to");
    }
    wasmtime_error_t *failure = memory->base != NULL ? NULL : reserve(memory, (size_t)(ADDRESSED + BEHIND));
    if (failure != NULL) {
        return failure;
    }
    if (memory->open > minimum) { /* the last instance has grown */
        if (mprotect(memory->base + minimum, memory->open - minimum, PROT_NONE) != 0) {
            return starve(memory);
        }
        memory->open = minimum;
    }
    *made = (wasmtime_linear_memory_t){.env = memory, .get_memory = get, .grow_memory = grow, .finalizer = release};
    return grow(memory, minimum);
}

void memory_configure(struct memory *memory, wasm_config_t *config)
{
    wasmtime_memory_creator_t creator = {.env = memory, .new_memory = create};
    wasmtime_config_memory_reservation_set(config, ADDRESSED);
    wasmtime_config_memory_guard_size_set(config, BEHIND);
    wasmtime_config_memory_may_move_set(config, false);
    wasmtime_config_memory_init_cow_set(config, false); /* of no use to a memory of ours */
    wasmtime_config_host_memory_creator_set(config, &creator);
}
