#include "prometheus/bitcoin/psbt.h"

#include <stdlib.h>
#include <string.h>

#include "bitcoin/psbt_fields.h"

static const uint8_t magic[] = {'p', 's', 'b', 't', 0xff};

/* -- Maps -- */

static int compare_keys(const void *a, const void *b)
{
    const prom_span *one = a;
    const prom_span *other = b;
    const size_t shared = one->length < other->length ? one->length : other->length;
    const int order = memcmp(one->data, other->data, shared);
    return order != 0 ? order : (one->length > other->length) - (one->length < other->length);
}

static prom_result check_unique(prom_arena *arena, const prom_psbt_map *map, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_span *keys = NULL;
    prom_arena_init_within(&scratch, arena);
    PROM_TRY_NEW(keys, &scratch, map->count, error);
    for (size_t i = 0; i < map->count; i++) {
        keys[i] = map->fields[i].key;
    }
    if (map->count > 1) {
        qsort(keys, map->count, sizeof keys[0], compare_keys);
    }
    for (size_t i = 1; i < map->count; i++) {
        if (prom_span_equal(keys[i - 1], keys[i])) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "two fields have one key, of type 0x%02x",
                             keys[i].data[0]);
        }
    }
    return prom_ok();
}

static prom_span read_with_length(prom_reader *reader)
{
    const uint64_t length = prom_read_compact_size(reader);
    return prom_read_span(reader, length <= reader->left ? (size_t)length : SIZE_MAX);
}

/* The fields up to the mark of the map's end, a key of no bytes. */
static prom_result read_map(prom_arena *arena, prom_psbt_map *map, prom_reader *reader, prom_error *error)
{
    prom_reader ahead = *reader;
    size_t count = 0;
    while (read_with_length(&ahead).length > 0 && !ahead.failed) {
        (void)read_with_length(&ahead);
        count++;
    }
    if (ahead.failed) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its bytes end within a field");
    }
    if (count > PROM_PSBT_FIELDS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it has %zu fields: %d is the most", count,
                         PROM_PSBT_FIELDS_MAX);
    }
    PROM_TRY_NEW(map->fields, arena, count, error);
    map->count = count;
    map->room = count;
    for (size_t i = 0; i < count; i++) {
        map->fields[i].key = read_with_length(reader);
        map->fields[i].value = read_with_length(reader);
    }
    (void)read_with_length(reader);
    return check_unique(arena, map, error);
}

static void write_with_length(prom_writer *writer, prom_span bytes)
{
    prom_write_compact_size(writer, bytes.length);
    prom_write_span(writer, bytes);
}

static void write_map(prom_writer *writer, const prom_psbt_map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        write_with_length(writer, map->fields[i].key);
        write_with_length(writer, map->fields[i].value);
    }
    prom_write_u8(writer, 0);
}

static prom_psbt_field *find(const prom_psbt_map *map, prom_span key)
{
    for (size_t i = 0; i < map->count; i++) {
        if (prom_span_equal(map->fields[i].key, key)) {
            return &map->fields[i];
        }
    }
    return NULL;
}

const prom_span *prom_psbt_find(const prom_psbt_map *map, uint8_t type)
{
    const prom_psbt_field *found = find(map, prom_span_of(&type, 1));
    return found != NULL ? &found->value : NULL;
}

prom_result prom_psbt_put(prom_arena *arena, prom_psbt_map *map, const prom_psbt_field *field, prom_error *error)
{
    prom_psbt_field *there = find(map, field->key);
    if (there != NULL) {
        there->value = field->value;
        return prom_ok();
    }
    if (map->count == map->room) {
        const size_t room = map->room + map->room / 2 + 8;
        prom_psbt_field *grown = NULL;
        PROM_TRY_NEW(grown, arena, room, error);
        if (map->count > 0) {
            memcpy(grown, map->fields, map->count * sizeof *grown);
        }
        map->fields = grown;
        map->room = room;
    }
    map->fields[map->count++] = *field;
    return prom_ok();
}

/* -- Reading -- */

static prom_result check_fields(prom_arena *arena, prom_psbt_place place, const prom_psbt_map *map,
                                const prom_tx_input *input, prom_error *error)
{
    for (size_t i = 0; i < map->count; i++) {
        PROM_TRY(prom_psbt_check_field(arena, place, &map->fields[i], input, error));
    }
    return prom_ok();
}

static prom_result read_global(prom_arena *arena, prom_psbt *psbt, prom_reader *reader, prom_error *error)
{
    PROM_TRY(read_map(arena, &psbt->global, reader, error));
    PROM_TRY(check_fields(arena, PROM_PSBT_GLOBAL, &psbt->global, NULL, error));
    const prom_span *tx = prom_psbt_find(&psbt->global, PROM_PSBT_GLOBAL_UNSIGNED_TX);
    if (tx == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it has no unsigned transaction");
    }
    return prom_tx_parse_unsigned(arena, &psbt->tx, *tx, error);
}

static prom_result read_maps(prom_arena *arena, prom_psbt *psbt, prom_reader *reader, prom_error *error)
{
    PROM_TRY(read_global(arena, psbt, reader, error));
    PROM_TRY_NEW(psbt->inputs, arena, psbt->tx->input_count, error);
    PROM_TRY_NEW(psbt->outputs, arena, psbt->tx->output_count, error);
    for (size_t i = 0; i < psbt->tx->input_count; i++) {
        PROM_TRY(prom_within(read_map(arena, &psbt->inputs[i], reader, error), error, "input %zu", i));
        PROM_TRY(prom_within(check_fields(arena, PROM_PSBT_INPUT, &psbt->inputs[i], &psbt->tx->inputs[i], error), error,
                             "input %zu", i));
    }
    for (size_t i = 0; i < psbt->tx->output_count; i++) {
        PROM_TRY(prom_within(read_map(arena, &psbt->outputs[i], reader, error), error, "output %zu", i));
        PROM_TRY(
            prom_within(check_fields(arena, PROM_PSBT_OUTPUT, &psbt->outputs[i], NULL, error), error, "output %zu", i));
    }
    return prom_reader_done(reader)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu bytes are left over", reader->left);
}

prom_result prom_psbt_parse(prom_arena *arena, prom_psbt **parsed, prom_span bytes, prom_error *error)
{
    prom_psbt *psbt = NULL;
    prom_reader reader = prom_reader_of(bytes);
    *parsed = NULL;
    if (bytes.length > PROM_PSBT_BYTES_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a PSBT of %zu bytes is larger than any transaction needs",
                         bytes.length);
    }
    if (!prom_span_equal(prom_read_span(&reader, sizeof magic), prom_span_of(magic, sizeof magic))) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "these bytes are no PSBT: one begins with 'psbt', or, in base 64, with 'cHNidP'");
    }
    PROM_TRY_NEW(psbt, arena, 1, error);
    PROM_TRY(prom_within(read_maps(arena, psbt, &reader, error), error, "the PSBT"));
    *parsed = psbt;
    return prom_ok();
}

/* -- Writing -- */

prom_result prom_psbt_write(prom_arena *arena, prom_span *bytes, const prom_psbt *psbt, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_write_span(&writer, prom_span_of(magic, sizeof magic));
    write_map(&writer, &psbt->global);
    for (size_t i = 0; i < psbt->tx->input_count; i++) {
        write_map(&writer, &psbt->inputs[i]);
    }
    for (size_t i = 0; i < psbt->tx->output_count; i++) {
        write_map(&writer, &psbt->outputs[i]);
    }
    return prom_writer_finish(&writer, bytes, error);
}

prom_result prom_psbt_new(prom_arena *arena, prom_psbt **made, const prom_tx *tx, prom_error *error)
{
    static const uint8_t key[] = {PROM_PSBT_GLOBAL_UNSIGNED_TX};
    prom_psbt *psbt = NULL;
    prom_psbt_field field = {.key = prom_span_of(key, sizeof key)};
    *made = NULL;
    for (size_t i = 0; i < tx->input_count; i++) {
        if (tx->inputs[i].script_sig.length > 0) {
            return prom_fail(error, PROM_CATEGORY_MISUSE, "input %zu of a PSBT has a script", i);
        }
    }
    PROM_TRY_NEW(psbt, arena, 1, error);
    PROM_TRY(prom_tx_serialize(arena, &field.value, tx, false, error));
    PROM_TRY(prom_tx_parse_unsigned(arena, &psbt->tx, field.value, error));
    PROM_TRY(prom_psbt_put(arena, &psbt->global, &field, error));
    PROM_TRY_NEW(psbt->inputs, arena, tx->input_count, error);
    PROM_TRY_NEW(psbt->outputs, arena, tx->output_count, error);
    *made = psbt;
    return prom_ok();
}
