#include <inttypes.h>

#include "base/units.h"
#include "prometheus/crypto/merkle.h"
#include "prometheus/module/module.h"

enum {
    STATUS_COUNT = PROM_NODE_OPERAND + 1,
    TRAP_COUNT = PROM_TRAP_CONVERSION + 1,
    HEAD = 1 + 1 + 8 + 4, /* bytes of a node before those of its result */
};

#define NODES_MAX (2 * PROM_MODULE_ITEMS_MAX - 1)

const char *prom_node_status_name(prom_node_status status)
{
    static const char *const names[STATUS_COUNT] = {"ok", "trap", "fuel", "depth", "shape", "long", "operand"};
    return (unsigned)status < STATUS_COUNT ? names[status] : "unknown";
}

const char *prom_node_trap_name(prom_node_trap trap)
{
    static const char *const names[TRAP_COUNT] = {
        "none",
        "unreachable",
        "memory access out of bounds",
        "table access out of bounds",
        "indirect call of nothing",
        "indirect call of another type",
        "division by zero",
        "integer overflow",
        "conversion of what is no integer",
    };
    return (unsigned)trap < TRAP_COUNT ? names[trap] : "unknown";
}

/* What is wrong with a result, or NULL. */
static const char *fault_of(const prom_node_result *node)
{
    const bool ok = node->status == PROM_NODE_OK;
    if ((unsigned)node->status >= STATUS_COUNT) {
        return "has a status that there is not";
    }
    if ((unsigned)node->trap >= TRAP_COUNT || (node->trap != PROM_TRAP_NONE) != (node->status == PROM_NODE_TRAP)) {
        return "has a trap that does not go with its status";
    }
    if (!ok && node->fuel != 0) {
        return "has fuel though it failed";
    }
    if (!ok && node->bytes.length != 0) {
        return "has bytes though it failed";
    }
    if (node->fuel > PROM_MODULE_FUEL_MAX) {
        return "took more fuel than any program allows";
    }
    if (node->bytes.length > PROM_MODULE_RESULT_MAX) {
        return "has more bytes than any program allows";
    }
    return NULL;
}

static prom_result check_node(const prom_node_result *node, size_t number, prom_error *error)
{
    const char *fault = fault_of(node);
    return fault == NULL ? prom_ok()
                         : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the result of node %zu %s", number, fault);
}

static prom_result check_count(uint32_t count, prom_error *error)
{
    char text[PROM_UNITS];
    if (count >= 1 && count <= NODES_MAX) {
        return prom_ok();
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the output has %s: 1 to %" PRIu32 " are possible",
                     prom_units_count(text, count, "node"), NODES_MAX);
}

/* The part of a node that its leaf has, too. */
static void write_head(prom_writer *writer, const prom_node_result *node)
{
    prom_write_u8(writer, (uint8_t)node->status);
    prom_write_u8(writer, (uint8_t)node->trap);
    prom_write_u64(writer, node->fuel);
}

/* Finds what all of it takes, which is no number beyond 64 bits. */
static prom_result measure(size_t *length, const prom_node_result *results, uint32_t count, prom_error *error)
{
    *length = sizeof count + (size_t)count * HEAD;
    for (size_t i = 0; i < count; i++) {
        PROM_TRY(check_node(&results[i], i, error));
        *length += results[i].bytes.length;
    }
    return prom_ok();
}

prom_result prom_results_write(prom_arena *arena, prom_span *bytes, const prom_node_result *results, uint32_t count,
                               prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    size_t length = 0;
    *bytes = (prom_span){0};
    PROM_TRY(check_count(count, error));
    PROM_TRY(measure(&length, results, count, error));
    prom_writer_reserve(&writer, length);
    prom_write_u32(&writer, count);
    for (size_t i = 0; i < count; i++) {
        write_head(&writer, &results[i]);
        prom_write_u32(&writer, (uint32_t)results[i].bytes.length);
    }
    for (size_t i = 0; i < count; i++) {
        prom_write_span(&writer, results[i].bytes);
    }
    return prom_writer_finish(&writer, bytes, error);
}

static prom_result cut_off(prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the results are cut off: fetch the output again");
}

/* All but the bytes, of which only the length is set. */
static prom_result read_heads(prom_node_result *list, uint32_t count, uint64_t *total, prom_reader *reader,
                              prom_error *error)
{
    *total = 0;
    for (size_t i = 0; i < count; i++) {
        list[i].status = (prom_node_status)prom_read_u8(reader);
        list[i].trap = (prom_node_trap)prom_read_u8(reader);
        list[i].fuel = prom_read_u64(reader);
        list[i].bytes.length = prom_read_u32(reader);
        PROM_TRY(check_node(&list[i], i, error));
        *total += list[i].bytes.length;
    }
    return prom_ok();
}

prom_result prom_results_read(prom_arena *arena, const prom_node_result **results, uint32_t *count, prom_span bytes,
                              prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    prom_node_result *list = NULL;
    uint64_t total = 0;
    *results = NULL;
    *count = 0;
    const uint32_t nodes = prom_read_u32(&reader);
    if (reader.failed) {
        return cut_off(error);
    }
    PROM_TRY(check_count(nodes, error));
    if (nodes > reader.left / HEAD) {
        return cut_off(error);
    }
    PROM_TRY_NEW(list, arena, nodes, error);
    PROM_TRY(read_heads(list, nodes, &total, &reader, error));
    if (total > reader.left) {
        return cut_off(error);
    }
    for (size_t i = 0; i < nodes; i++) {
        list[i].bytes = prom_read_span(&reader, list[i].bytes.length);
    }
    if (!prom_reader_done(&reader)) {
        char more[PROM_UNITS];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the results are followed by %s: fetch the output again",
                         prom_units_count(more, reader.left, "byte"));
    }
    *results = list;
    *count = nodes;
    return prom_ok();
}

prom_result prom_results_leaf(prom_arena *arena, prom_bytes32 *leaf, const prom_node_result *node, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_span item = {0};
    prom_arena_init_within(&scratch, arena); /* a job has a million of them: their bytes are not to pile up */
    prom_writer writer = prom_writer_in(&scratch);
    write_head(&writer, node);
    prom_write_span(&writer, node->bytes);
    PROM_TRY(prom_writer_finish(&writer, &item, error));
    prom_merkle_leaf(leaf, item);
    return prom_ok();
}
