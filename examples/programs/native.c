/* Runs a program in C natively, so that its speed as a module can be compared:
 *
 *     gcc -O2 -ffp-contract=off native.c wordcount/wordcount.c -o wordcount-native -lm
 *     ./wordcount-native ITEMS RESULTS
 *
 * reads the canonical bytes of items and writes those of the results (docs/programs.md), with fuel 0, which nobody
 * counts here, and says how much time of the processor the nodes took. A node that is refused has status `trap`; any
 * other trap ends the process. -ffp-contract=off keeps gcc from fusing a product and a sum into one operation, which
 * rounds once instead of twice. */
#include "prom.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define MEMORY ((size_t)1 << 30) /* bytes for a node, as far as it touches them */
#define ITEMS_MAX (1U << 20)
#define HEAD 14U /* bytes of a result's row: status, trap, fuel, length */

/* Where there is none, the program maps only. */
__attribute__((weak)) prom_bytes prom_native_reduce(prom_bytes first, prom_bytes second);

typedef struct node {
    uint8_t status;
    uint8_t trap;
    prom_bytes bytes;
} node;

enum { OK = 0, TRAP = 1, OPERAND = 6, UNREACHABLE = 1 };

static uint8_t *memory;
static size_t used;
static jmp_buf refused;

static _Noreturn void fail(const char *what, const char *where)
{
    fprintf(stderr, "native: %s: %s\n", where, what);
    exit(1);
}

void prom_refuse(void)
{
    longjmp(refused, 1);
}

void *prom_alloc(uint32_t length)
{
    size_t bytes = ((size_t)length + 15) / 16 * 16;
    prom_require(bytes <= MEMORY - used);
    used += bytes;
    return memory + used - bytes;
}

static prom_bytes copied(prom_bytes bytes)
{
    prom_bytes copy = {prom_alloc(bytes.length), bytes.length};
    memcpy(copy.at, bytes.at, bytes.length);
    return copy;
}

/* Computes an item, or a fold where there is a second operand, in memory that is zero again. */
static node compute(prom_bytes first, const prom_bytes *second)
{
    memset(memory, 0, used);
    used = 0;
    if (setjmp(refused) != 0) {
        return (node){TRAP, UNREACHABLE, {NULL, 0}};
    }
    prom_bytes left = copied(first);
    prom_bytes result = second != NULL ? prom_native_reduce(left, copied(*second)) : prom_native_map(left);
    node done = {OK, 0, {malloc((size_t)result.length + 1), result.length}};
    if (done.bytes.at == NULL) {
        fail("no memory", "results");
    }
    memcpy(done.bytes.at, result.at, result.length);
    return done;
}

static uint32_t read_number(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Returns a file's bytes. */
static prom_bytes read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        fail("cannot be read", path);
    }
    long length = ftell(file);
    prom_bytes bytes = {NULL, (uint32_t)length};
    if (length < 0 || length > UINT32_MAX || (bytes.at = malloc((size_t)length + 1)) == NULL) {
        fail("is too long", path);
    }
    rewind(file);
    if (fread(bytes.at, 1, bytes.length, file) != bytes.length) {
        fail("cannot be read", path);
    }
    fclose(file);
    return bytes;
}

/* Reads canonical items, and returns how many: they point into `bytes`. */
static uint32_t read_items(prom_bytes *items, prom_bytes bytes, const char *path)
{
    uint32_t count = bytes.length >= 4 ? read_number(bytes.at) : 0;
    if (count < 1 || count > ITEMS_MAX || count > (bytes.length - 4) / 4) {
        fail("is no list of items", path);
    }
    uint64_t place = 4 + (uint64_t)count * 4;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t length = read_number(bytes.at + 4 + (size_t)i * 4);
        if (length > bytes.length - place) {
            fail("is no list of items", path);
        }
        items[i] = (prom_bytes){bytes.at + place, length};
        place += length;
    }
    return count;
}

/* Folds the nodes in pairs, level after level, and returns how many nodes there are then. */
static uint32_t fold(node *nodes, uint32_t *level, uint32_t count)
{
    uint32_t total = count;
    while (count > 1) {
        for (uint32_t i = 0; i + 1 < count; i += 2) {
            const node *left = &nodes[level[i]];
            const node *right = &nodes[level[i + 1]];
            bool failed = left->status != OK || right->status != OK;
            nodes[total] = failed ? (node){OPERAND, 0, {NULL, 0}} : compute(left->bytes, &right->bytes);
            level[i / 2] = total++;
        }
        level[count / 2] = level[count - 1]; /* where the last one has no partner */
        count = (count + 1) / 2;
    }
    return total;
}

static void write_number(FILE *file, uint32_t number)
{
    uint8_t bytes[] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
    fwrite(bytes, 1, sizeof bytes, file);
}

static void write_results(const char *path, const node *nodes, uint32_t count)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        fail("cannot be written", path);
    }
    write_number(file, count);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t row[HEAD - 4] = {nodes[i].status, nodes[i].trap};
        fwrite(row, 1, sizeof row, file);
        write_number(file, nodes[i].bytes.length);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (nodes[i].bytes.length > 0) {
            fwrite(nodes[i].bytes.at, 1, nodes[i].bytes.length, file);
        }
    }
    if (ferror(file) != 0 || fclose(file) != 0) {
        fail("cannot be written", path);
    }
}

/* Returns the processor's time so far. */
static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int main(int count, char **arguments)
{
    if (count != 3) {
        fprintf(stderr, "usage: %s ITEMS RESULTS\n", count > 0 ? arguments[0] : "native");
        return 2;
    }
    memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    prom_bytes *list = calloc(ITEMS_MAX, sizeof *list);
    node *nodes = calloc((size_t)2 * ITEMS_MAX, sizeof *nodes);
    uint32_t *level = calloc(ITEMS_MAX + 1, sizeof *level);
    if (memory == MAP_FAILED || list == NULL || nodes == NULL || level == NULL) {
        fail("no memory", "items");
    }
    uint32_t total = read_items(list, read_file(arguments[1]), arguments[1]);
    double begin = seconds();
    for (uint32_t i = 0; i < total; i++) {
        nodes[i] = compute(list[i], NULL);
        level[i] = i;
    }
    if (prom_native_reduce != NULL) {
        total = fold(nodes, level, total);
    }
    printf("%u nodes in %.6f s of processor time\n", total, seconds() - begin);
    write_results(arguments[2], nodes, total);
    return 0;
}
