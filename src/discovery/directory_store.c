/* The directory on disk: version (u8), number of pointers (u32), and of each: where it stands (u8: 0 heard, 1 reached),
 * number of its place there (u16), doubtful (u8), failures (u8), two heights (u32: heard, reached), group (u64), its
 * length (u16), its bytes. Groups and places have the salt in them, which the caller keeps beside it. */
#include "discovery/shelf.h"

enum { VERSION = 1 };

enum { STORED_HEARD, STORED_REACHED };

static void write_place(prom_writer *writer, const prom_place *place, uint8_t where, size_t number)
{
    prom_write_u8(writer, where);
    prom_write_u16(writer, (uint16_t)number);
    prom_write_u8(writer, place->doubtful);
    prom_write_u8(writer, place->failures);
    prom_write_u32(writer, place->heard_at);
    prom_write_u32(writer, place->reached_at);
    prom_write_u64(writer, place->group);
    prom_write_u16(writer, place->length);
    prom_write_span(writer, prom_span_of(place->bytes, place->length));
}

static uint32_t write_places(prom_writer *writer, const prom_place *places, size_t count, uint8_t where)
{
    uint32_t written = 0;
    for (size_t i = 0; i < count; i++) {
        if (places[i].used) {
            write_place(writer, &places[i], where, i);
            written++;
        }
    }
    return written;
}

prom_result prom_directory_write(prom_arena *arena, prom_span *bytes, const prom_directory *directory,
                                 prom_error *error)
{
    prom_writer places = prom_writer_in(arena);
    prom_writer whole = prom_writer_in(arena);
    prom_span written;
    uint32_t count = 0;
    for (size_t i = 0; i < directory->shelf_count; i++) {
        const prom_shelf *shelf = directory->shelves[i];
        count += write_places(&places, shelf->heard, PROM_DIRECTORY_HEARD_MAX, STORED_HEARD);
        count += write_places(&places, shelf->reached, PROM_DIRECTORY_REACHED_MAX, STORED_REACHED);
    }
    PROM_TRY(prom_writer_finish(&places, &written, error));
    prom_write_u8(&whole, VERSION);
    prom_write_u32(&whole, count);
    prom_write_span(&whole, written);
    return prom_writer_finish(&whole, bytes, error);
}

struct stored {
    uint8_t where;
    uint16_t number;
    prom_place place;
    prom_span bytes;
};

static void read_place(prom_reader *reader, struct stored *stored)
{
    stored->where = prom_read_u8(reader);
    stored->number = prom_read_u16(reader);
    stored->place = (prom_place){0};
    stored->place.doubtful = prom_read_u8(reader) != 0;
    stored->place.failures = prom_read_u8(reader);
    stored->place.heard_at = prom_read_u32(reader);
    stored->place.reached_at = prom_read_u32(reader);
    stored->place.group = prom_read_u64(reader);
    stored->bytes = prom_read_span(reader, prom_read_u16(reader));
    const size_t end = stored->where == STORED_REACHED ? PROM_DIRECTORY_REACHED_MAX : PROM_DIRECTORY_HEARD_MAX;
    reader->failed = reader->failed || stored->where > STORED_REACHED || stored->number >= end;
}

/* False when it is no pointer at all. What is of no use any more is passed over. */
static bool take_stored(prom_directory *directory, const struct stored *stored, uint32_t height)
{
    prom_pointer pointer;
    prom_shelf *shelf = NULL;
    if (!prom_is_ok(prom_pointer_read(&pointer, stored->bytes, NULL))) {
        return false;
    }
    if (!prom_directory_wants(directory, &pointer, height, &shelf) || !prom_directory_signed(directory, &pointer)) {
        return true;
    }
    if (prom_shelf_find(shelf, &pointer.node) != NULL) {
        return true; /* one node, one pointer */
    }
    prom_place *place =
        stored->where == STORED_REACHED ? &shelf->reached[stored->number] : &shelf->heard[stored->number];
    if (!place->used) {
        prom_place_fill(place, &pointer, stored->bytes, stored->place.group, stored->place.heard_at);
        place->doubtful = stored->place.doubtful;
        place->failures = stored->place.failures;
        place->reached_at = stored->place.reached_at;
    }
    return true;
}

prom_result prom_directory_read(prom_directory *directory, prom_span bytes, uint32_t height, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    const uint8_t version = prom_read_u8(&reader);
    const uint32_t count = prom_read_u32(&reader);
    bool good = version == VERSION;
    for (uint32_t i = 0; i < count && good; i++) {
        struct stored stored;
        read_place(&reader, &stored);
        good = !reader.failed && take_stored(directory, &stored, height);
    }
    if (!good || !prom_reader_done(&reader)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%zu bytes are not the directory of nodes that was kept: it begins anew", bytes.length);
    }
    return prom_ok();
}
