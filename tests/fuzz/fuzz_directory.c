/* What discovery takes from disk, from prom-dht and as addresses. The first byte chooses: a directory, whose P and role
 * are those of the first pointer in it; a line; an address. A directory that is read is written, and read as the same.
 */
#include <string.h>

#include "discovery/directory.h"
#include "discovery/group.h"
#include "discovery/line.h"
#include "fuzz.h"

enum { STORED, LINE, ADDRESS, KINDS };

static const prom_curve *the_curve(void)
{
    static const prom_bytes32 zeros;
    static prom_arena arena;
    static prom_curve *curve;
    if (curve == NULL) {
        prom_arena_init(&arena, FUZZ_MEMORY);
        must(prom_is_ok(prom_curve_new(&arena, &curve, &zeros, NULL)));
    }
    return curve;
}

enum { FIRST_POINTER = 5 + 23 }; /* in a directory: what stands before it */

static prom_directory *directory_for(prom_arena *arena, prom_span bytes, uint32_t *height)
{
    prom_pointer pointer = {.role = PROM_ROLE_WORKER};
    prom_directory *directory = NULL;
    for (size_t length = 172; length <= PROM_POINTER_MAX && FIRST_POINTER + length <= bytes.length; length++) {
        if (prom_is_ok(prom_pointer_read(&pointer, prom_span_of(bytes.data + FIRST_POINTER, length), NULL))) {
            break;
        }
        pointer = (prom_pointer){.role = PROM_ROLE_WORKER};
    }
    const prom_directory_options options = {.genesis = pointer.genesis, .local = true, .curve = the_curve()};
    *height = pointer.issued_at;
    must(prom_is_ok(prom_directory_new(arena, &directory, &options, NULL)));
    must(prom_is_ok(prom_directory_follow(directory, &pointer.p_txid, pointer.role, NULL)));
    return directory;
}

static void try_stored(prom_arena *arena, prom_span bytes)
{
    static const prom_bytes32 random;
    uint32_t height = 0;
    prom_span written;
    prom_span twice;
    prom_error error = {{0}};
    prom_directory_entry entries[8];
    prom_bytes32 p_txid;
    prom_role role;
    prom_directory *directory = directory_for(arena, bytes, &height);
    prom_directory *again = directory_for(arena, bytes, &height);
    const prom_result result = prom_directory_read(directory, bytes, height, &error);
    must(prom_is_ok(result) || (result.category == PROM_CATEGORY_BAD_INPUT && error.sentence[0] != '\0'));
    must(prom_is_ok(prom_directory_write(arena, &written, directory, &error)));
    must(prom_is_ok(prom_directory_read(again, written, height, &error)));
    must(prom_is_ok(prom_directory_write(arena, &twice, again, &error)));
    must(prom_span_equal(written, twice));
    prom_directory_followed_at(directory, 0, &p_txid, &role);
    const size_t count = prom_directory_pick(directory, &p_txid, role, &random, entries, 8);
    for (size_t i = 0; i < count; i++) {
        prom_directory_reached(directory, &entries[i].pointer.node, entries[i].pointer.addresses[0], height);
    }
    prom_directory_expire(directory, UINT32_MAX);
    must(prom_directory_pick(directory, &p_txid, role, &random, entries, 8) == 0);
}

static void try_line(prom_span bytes)
{
    prom_dht_event event;
    prom_dht_event_read(&event, (const char *)bytes.data, bytes.length);
    must(event.kind != PROM_DHT_VALUE || (event.length > 0 && event.length <= PROM_DHT_VALUE_MAX));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    char text[PROM_GROUP_TEXT];
    if (length == 0) {
        return 0;
    }
    prom_arena_init(&arena, FUZZ_MEMORY);
    const prom_span rest = prom_span_of(data + 1, length - 1);
    switch (data[0] % KINDS) {
    case STORED:
        try_stored(&arena, rest);
        break;
    case LINE:
        try_line(rest);
        break;
    default:
        must(strlen(prom_address_group(text, rest)) < PROM_GROUP_TEXT);
        (void)prom_address_local(rest);
        break;
    }
    return 0;
}
