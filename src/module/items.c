#include <inttypes.h>

#include "base/units.h"
#include "prometheus/module/module.h"

static prom_result check_count(uint32_t count, prom_error *error)
{
    char text[PROM_UNITS];
    if (count >= 1 && count <= PROM_MODULE_ITEMS_MAX) {
        return prom_ok();
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the input has %s: 1 to %" PRIu32 " are possible",
                     prom_units_count(text, count, "item"), PROM_MODULE_ITEMS_MAX);
}

/* Adds an item's length to that of those before it. */
static prom_result add_length(uint64_t *total, uint64_t length, prom_error *error)
{
    if (length > PROM_MODULE_INPUT_MAX || *total + length > PROM_MODULE_INPUT_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the items have more than %" PRIu32 " bytes in all: make fewer of them, or smaller ones",
                         PROM_MODULE_INPUT_MAX);
    }
    *total += length;
    return prom_ok();
}

prom_result prom_items_write(prom_arena *arena, prom_span *bytes, const prom_items *items, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    uint64_t total = 0;
    *bytes = (prom_span){0};
    PROM_TRY(check_count(items->count, error));
    for (size_t i = 0; i < items->count; i++) {
        PROM_TRY(add_length(&total, items->list[i].length, error));
    }
    prom_writer_reserve(&writer, sizeof items->count * (1 + (size_t)items->count) + total);
    prom_write_u32(&writer, items->count);
    for (size_t i = 0; i < items->count; i++) {
        prom_write_u32(&writer, (uint32_t)items->list[i].length);
    }
    for (size_t i = 0; i < items->count; i++) {
        prom_write_span(&writer, items->list[i]);
    }
    return prom_writer_finish(&writer, bytes, error);
}

static prom_result cut_off(prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the items are cut off: fetch the input again");
}

static prom_result read_lengths(prom_span *list, uint32_t count, uint64_t *total, prom_reader *reader,
                                prom_error *error)
{
    *total = 0;
    for (size_t i = 0; i < count; i++) {
        list[i].length = prom_read_u32(reader);
        PROM_TRY(add_length(total, list[i].length, error));
    }
    return prom_ok();
}

prom_result prom_items_read(prom_arena *arena, prom_items *items, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    prom_span *list = NULL;
    uint64_t total = 0;
    *items = (prom_items){0};
    const uint32_t count = prom_read_u32(&reader);
    if (reader.failed) {
        return cut_off(error);
    }
    PROM_TRY(check_count(count, error));
    if (count > reader.left / sizeof count) {
        return cut_off(error);
    }
    PROM_TRY_NEW(list, arena, count, error);
    PROM_TRY(read_lengths(list, count, &total, &reader, error));
    if (total > reader.left) {
        return cut_off(error);
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = prom_read_span(&reader, list[i].length);
    }
    if (!prom_reader_done(&reader)) {
        char more[PROM_UNITS];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the items are followed by %s: fetch the input again",
                         prom_units_count(more, reader.left, "byte"));
    }
    *items = (prom_items){list, count};
    return prom_ok();
}
