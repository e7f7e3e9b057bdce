/* Runs metered modules as docs/programs.md says, by any engine that has the C interface of WebAssembly, wasm.h: a
 * second reading of that page, without a line of src/ or wasm/. tests/engines/build links it once with each engine.
 *
 *   engine run PROGRAM METERED ITEMS RESULTS    computes a job: the program, its metered module, canonical items, and
 *                                               where the canonical results are written
 *   engine accepts MODULE                       whether the engine takes it; prints "yes", or "no: WHY"
 *   engine stack METERED                        calls the export `f`, which must use up the stack, and prints how many
 *                                               bytes the engine had for each unit of depth that the module counted
 *
 * The status is 0; 3 where the engine does not take the module; 4 where it ends a call for a reason that is no result.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

enum { MANIFEST = 72, OPERANDS_MAX = 2, VALUES_MAX = 4, SENTENCE = 400, FOLD_AT = 6, NODE_HEAD = 14 };
enum { REFUSED = 3, FAULT = 4 };

static const int32_t DEPTH = 4194304;
static const size_t THREAD_STACK = ENGINE_MODULE_STACK + ((size_t)16 << 20);

enum status { OK, TRAP, FUEL, DEEP, SHAPE, LONG, OPERAND };

static _Noreturn void stop(int status, const char *sentence, const char *what)
{
    (void)fprintf(stderr, "engine: %s%s\n", sentence, what);
    exit(status);
}

/* -- Bytes -- */

struct bytes {
    uint8_t *data;
    size_t size;
};

static struct bytes take(size_t size)
{
    struct bytes bytes = {malloc(size + 1), size};
    if (bytes.data == NULL) {
        stop(1, "no memory", "");
    }
    return bytes;
}

static struct bytes read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        stop(1, "cannot read ", path);
    }
    const long size = ftell(file);
    struct bytes bytes = take((size_t)size);
    rewind(file);
    if (fread(bytes.data, 1, bytes.size, file) != bytes.size) {
        stop(1, "cannot read ", path);
    }
    (void)fclose(file);
    return bytes;
}

static uint64_t number(const uint8_t *at, unsigned count)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < count; i++) {
        value = value << 8 | at[i];
    }
    return value;
}

static void put(FILE *file, uint64_t value, unsigned count)
{
    for (unsigned i = count; i-- > 0;) {
        (void)fputc((int)(value >> (8 * i) & 0xff), file);
    }
}

/* -- What setting up an instance takes -- */

enum { TABLES = 4, MEMORY = 5 };

static const uint8_t *leb(const uint8_t *at, uint64_t *value)
{
    unsigned shift = 0;
    *value = 0;
    do {
        *value |= (uint64_t)(*at & 0x7f) << shift;
        shift += 7;
    } while ((*at++ & 0x80) != 0);
    return at;
}

/* Returns what all tables, or memories, of a section have at first. */
static uint64_t least_of(const uint8_t *at, unsigned section)
{
    uint64_t all = 0;
    uint64_t count = 0;
    uint64_t size = 0;
    for (at = leb(at, &count); count > 0; count--) {
        at += section == TABLES ? 1 : 0; /* their type */
        const bool limited = *at++ != 0;
        at = leb(at, &size);
        all += size;
        at = limited ? leb(at, &size) : at;
    }
    return all;
}

/* Of a module as its program has it; it is valid. */
static uint64_t setup_fuel(const uint8_t *code, size_t size)
{
    uint64_t fuel = 20000 + size;
    for (const uint8_t *at = code + 8; at < code + size;) {
        const uint8_t section = *at++;
        uint64_t length = 0;
        at = leb(at, &length);
        if (section == TABLES || section == MEMORY) {
            fuel += least_of(at, section) * (section == MEMORY ? 8192 : 1);
        }
        at += length;
    }
    return fuel;
}

/* -- Traps: wasm.h has no more of them than a sentence -- */

enum { STACK = 0, UNKNOWN = 255 };

/* The words of Wasmtime, and of wasmi. */
static const struct {
    const char *words[2];
    uint8_t trap;
} TRAPS[] = {
    {{"wasm trap: call stack exhausted", "TrapCode(StackOverflow)"}, STACK},
    {{"wasm trap: wasm `unreachable` instruction executed", "TrapCode(UnreachableCodeReached)"}, 1},
    {{"wasm trap: out of bounds memory access", "TrapCode(MemoryOutOfBounds)"}, 2},
    {{"wasm trap: undefined element: out of bounds table access", "TrapCode(TableOutOfBounds)"}, 3},
    {{"wasm trap: uninitialized element", "TrapCode(IndirectCallToNull)"}, 4},
    {{"wasm trap: indirect call type mismatch", "TrapCode(BadSignature)"}, 5},
    {{"wasm trap: integer divide by zero", "TrapCode(IntegerDivisionByZero)"}, 6},
    {{"wasm trap: integer overflow", "TrapCode(IntegerOverflow)"}, 7},
    {{"wasm trap: invalid conversion to integer", "TrapCode(BadConversionToInteger)"}, 8},
};

/* Returns the trap's number, STACK, or UNKNOWN. The sentence ends in a zero byte, by wasm.h. */
static uint8_t trap_of(const wasm_message_t *sentence)
{
    for (size_t i = 0; i < sizeof TRAPS / sizeof TRAPS[0]; i++) {
        if (strstr(sentence->data, TRAPS[i].words[0]) != NULL || strstr(sentence->data, TRAPS[i].words[1]) != NULL) {
            return TRAPS[i].trap;
        }
    }
    return UNKNOWN;
}

/* -- An instance -- */

struct node {
    uint8_t status;
    uint8_t trap;
    uint64_t fuel;
    struct bytes bytes;
};

struct run {
    wasm_engine_t *engine;
    wasm_module_t *module;
    wasm_store_t *store; /* of the node that is computed */
    wasm_exporttype_vec_t names;
    wasm_instance_t *instance;
    wasm_extern_vec_t exports;
    uint64_t fuel;
    uint64_t setup_fuel;
    uint64_t bytes_max;
    struct node *node;
    bool decided;
};

static wasm_extern_t *find(const struct run *run, const char *name)
{
    for (size_t i = 0; i < run->names.size; i++) {
        const wasm_name_t *other = wasm_exporttype_name(run->names.data[i]);
        const size_t size = other->size - (other->size > 0 && other->data[other->size - 1] == '\0');
        if (size == strlen(name) && memcmp(other->data, name, size) == 0) {
            return run->exports.data[i];
        }
    }
    stop(REFUSED, "the module does not export ", name);
}

static wasm_global_t *counter(const struct run *run, const char *name)
{
    return wasm_extern_as_global(find(run, name));
}

static int64_t counted(const struct run *run, const char *name)
{
    wasm_val_t value;
    wasm_global_get(counter(run, name), &value);
    return value.kind == WASM_I64 ? value.of.i64 : value.of.i32;
}

static void set(const struct run *run, const char *name, wasm_val_t value)
{
    wasm_global_set(counter(run, name), &value);
}

static void decide(struct run *run, enum status status, uint8_t trap)
{
    run->node->status = (uint8_t)status;
    run->node->trap = trap;
    run->decided = true;
}

static void trapped(struct run *run, wasm_trap_t *trap, int64_t why)
{
    wasm_message_t sentence;
    wasm_trap_message(trap, &sentence);
    const uint8_t cause = trap_of(&sentence);
    if (cause == STACK || cause == UNKNOWN) {
        stop(FAULT, "a call ended for no reason of the module's: ", sentence.data);
    }
    wasm_byte_vec_delete(&sentence);
    wasm_trap_delete(trap);
    decide(run, why == 1 ? FUEL : why == 2 ? DEEP : TRAP, why == 0 ? cause : 0);
}

static int64_t call(struct run *run, const char *name, wasm_val_t *values, size_t count)
{
    wasm_val_t returned = WASM_INIT_VAL;
    wasm_val_vec_t in = {count, values};
    wasm_val_vec_t out = {1, &returned};
    wasm_trap_t *trap = wasm_func_call(wasm_extern_as_func(find(run, name)), &in, &out);
    if (trap != NULL) {
        trapped(run, trap, counted(run, "prom_metering_why"));
    } else if (counted(run, "prom_metering_fuel") < 0) {
        decide(run, FUEL, 0);
    }
    return returned.kind == WASM_I64 ? returned.of.i64 : returned.of.i32;
}

static void compile(struct run *run, const struct bytes *code)
{
    char why[SENTENCE];
    const wasm_byte_vec_t vector = {code->size, (char *)code->data};
    run->engine = wasm_engine_new_with_config(engine_config());
    run->module = wasm_module_new(wasm_store_new(run->engine), &vector);
    if (run->module == NULL) {
        engine_why(run->engine, &vector, why, sizeof why);
        (void)printf("no: %s\n", why);
        stop(REFUSED, "the engine does not take the module: ", why);
    }
    wasm_module_exports(run->module, &run->names);
}

/* Returns false when what the module does at its start has trapped. */
static bool begin(struct run *run, int32_t depth)
{
    const wasm_extern_vec_t imports = WASM_EMPTY_VEC;
    wasm_trap_t *trap = NULL;
    run->instance = wasm_instance_new(run->store, run->module, &imports, &trap);
    if (trap != NULL) {
        trapped(run, trap, 0);
    } else if (run->instance == NULL) {
        stop(FAULT, "the engine makes no instance", "");
    } else {
        wasm_instance_exports(run->instance, &run->exports);
        set(run, "prom_metering_fuel", (wasm_val_t)WASM_I64_VAL((int64_t)(run->fuel - run->setup_fuel)));
        set(run, "prom_metering_depth", (wasm_val_t)WASM_I32_VAL(depth));
        set(run, "prom_metering_why", (wasm_val_t)WASM_I32_VAL(0));
    }
    return trap == NULL;
}

static void end(struct run *run)
{
    if (run->instance != NULL) {
        wasm_extern_vec_delete(&run->exports);
        wasm_instance_delete(run->instance);
    }
    wasm_store_delete(run->store);
}

/* Returns where these bytes lie in memory, or NULL, and that is the result. */
static uint8_t *bytes_at(struct run *run, uint32_t place, uint32_t size)
{
    wasm_memory_t *memory = wasm_extern_as_memory(find(run, "memory"));
    if ((uint64_t)place + size > wasm_memory_data_size(memory)) {
        decide(run, SHAPE, 0);
        return NULL;
    }
    return (uint8_t *)wasm_memory_data(memory) + place;
}

static void finish(struct run *run, const char *name, wasm_val_t *values, size_t count)
{
    const uint64_t where = (uint64_t)call(run, name, values, count);
    const uint32_t size = (uint32_t)where;
    const uint8_t *bytes = run->decided ? NULL : bytes_at(run, (uint32_t)(where >> 32), size);
    if (!run->decided && size > run->bytes_max) {
        decide(run, LONG, 0);
    } else if (!run->decided) {
        run->node->bytes = take(size);
        memcpy(run->node->bytes.data, bytes, size);
        run->node->fuel = run->fuel - (uint64_t)counted(run, "prom_metering_fuel");
    }
}

static void compute(struct run *run, struct node *node, const struct bytes *operands, size_t count)
{
    wasm_val_t values[VALUES_MAX];
    run->store = wasm_store_new(run->engine);
    run->node = node;
    run->decided = false;
    bool good = begin(run, DEPTH);
    for (size_t i = 0; good && i < count; i++) {
        wasm_val_t size = WASM_I32_VAL((int32_t)operands[i].size);
        const int64_t place = call(run, "prom_alloc", &size, 1);
        uint8_t *at = run->decided ? NULL : bytes_at(run, (uint32_t)place, (uint32_t)operands[i].size);
        good = at != NULL;
        if (good) {
            memcpy(at, operands[i].data, operands[i].size);
        }
        values[2 * i] = (wasm_val_t)WASM_I32_VAL((int32_t)place);
        values[2 * i + 1] = size;
    }
    if (good) {
        finish(run, count == 1 ? "map" : "reduce", values, 2 * count);
    }
    end(run);
}

/* -- A job -- */

struct job {
    struct node *nodes;
    size_t count;
};

static void map_items(struct run *run, struct job *job, const uint8_t *manifest, const struct bytes *items)
{
    const size_t count = (size_t)number(items->data, 4);
    const uint8_t *bytes = items->data + 4 + 4 * count;
    job->nodes = calloc(2 * count, sizeof *job->nodes);
    run->bytes_max = number(manifest + 12, 4);
    run->fuel = number(manifest + 20, 8);
    for (; job->count < count; job->count++) {
        const size_t size = (size_t)number(items->data + 4 + 4 * job->count, 4);
        const struct bytes item = {(uint8_t *)bytes, size};
        compute(run, &job->nodes[job->count], &item, 1);
        bytes += size;
    }
}

static void fold(struct run *run, struct job *job, size_t left, size_t right)
{
    const struct node *nodes = job->nodes;
    const struct bytes operands[OPERANDS_MAX] = {nodes[left].bytes, nodes[right].bytes};
    if (nodes[left].status != OK || nodes[right].status != OK) {
        job->nodes[job->count++].status = OPERAND;
    } else {
        compute(run, &job->nodes[job->count++], operands, OPERANDS_MAX);
    }
}

static void fold_all(struct run *run, struct job *job, const uint8_t *manifest)
{
    size_t width = job->count;
    size_t *level = calloc(width, sizeof *level);
    run->bytes_max = number(manifest + 16, 4);
    run->fuel = number(manifest + 28, 8);
    for (size_t i = 0; i < width; i++) {
        level[i] = i;
    }
    while (width > 1) {
        size_t next = 0;
        for (size_t i = 0; i + 1 < width; i += 2) {
            fold(run, job, level[i], level[i + 1]);
            level[next++] = job->count - 1;
        }
        if (width % 2 == 1) {
            level[next++] = level[width - 1];
        }
        width = next;
    }
    free(level);
}

static void write_results(const char *path, const struct job *job)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        stop(1, "cannot write ", path);
    }
    put(file, job->count, 4);
    for (size_t i = 0; i < job->count; i++) {
        put(file, job->nodes[i].status, 1);
        put(file, job->nodes[i].trap, 1);
        put(file, job->nodes[i].fuel, 8);
        put(file, job->nodes[i].bytes.size, 4);
    }
    for (size_t i = 0; i < job->count; i++) {
        (void)fwrite(job->nodes[i].bytes.data, 1, job->nodes[i].bytes.size, file);
    }
    if (fclose(file) != 0) {
        stop(1, "cannot write ", path);
    }
}

static void run_job(char **paths)
{
    const struct bytes program = read_file(paths[0]);
    const struct bytes code = read_file(paths[1]);
    const struct bytes items = read_file(paths[2]);
    struct run run = {0};
    struct job job = {0};
    if (program.size < MANIFEST) {
        stop(1, "this is no program: ", paths[0]);
    }
    run.setup_fuel = setup_fuel(program.data + MANIFEST, program.size - MANIFEST);
    compile(&run, &code);
    map_items(&run, &job, program.data, &items);
    if (number(program.data + FOLD_AT, 2) == 1) {
        fold_all(&run, &job, program.data);
    }
    write_results(paths[3], &job);
}

/* -- The stack -- */

static void use_stack(const char *path)
{
    const struct bytes code = read_file(path);
    struct node node = {0};
    struct run run = {.fuel = INT64_MAX, .node = &node};
    const wasm_val_vec_t none = WASM_EMPTY_VEC;
    wasm_val_vec_t out = WASM_EMPTY_VEC;
    wasm_message_t sentence;
    compile(&run, &code);
    run.store = wasm_store_new(run.engine);
    wasm_trap_t *trap =
        begin(&run, INT32_MAX) ? wasm_func_call(wasm_extern_as_func(find(&run, "f")), &none, &out) : NULL;
    if (trap == NULL) {
        stop(FAULT, "`f` returns, or cannot be called", "");
    }
    wasm_trap_message(trap, &sentence);
    if (trap_of(&sentence) != STACK) {
        stop(FAULT, "`f` does not use up the stack, it ends with: ", sentence.data);
    }
    const int64_t units = INT32_MAX - counted(&run, "prom_metering_depth");
    (void)printf("%.2f bytes a unit\n", (double)ENGINE_MODULE_STACK / (double)units);
}

/* -- What is asked -- */

struct arguments {
    int count;
    char **list;
};

static void *answer(void *context)
{
    const struct arguments *arguments = context;
    char **list = arguments->list;
    if (arguments->count == 6 && strcmp(list[1], "run") == 0) {
        run_job(list + 2);
    } else if (arguments->count == 3 && strcmp(list[1], "accepts") == 0) {
        const struct bytes code = read_file(list[2]);
        struct run run = {0};
        compile(&run, &code);
        (void)puts("yes");
    } else if (arguments->count == 3 && strcmp(list[1], "stack") == 0) {
        use_stack(list[2]);
    } else {
        stop(2, "see the head of tests/engines/engine.c", "");
    }
    return NULL;
}

int main(int count, char **list)
{
    struct arguments arguments = {count, list};
    pthread_t thread;
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0 || pthread_attr_setstacksize(&attributes, THREAD_STACK) != 0 ||
        pthread_create(&thread, &attributes, answer, &arguments) != 0) {
        stop(1, "the system makes no thread", "");
    }
    return pthread_join(thread, NULL) == 0 ? 0 : 1;
}
