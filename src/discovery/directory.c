#include "discovery/directory.h"

#include <string.h>

#include "discovery/group.h"
#include "discovery/shelf.h"
#include "prometheus/crypto/hash.h"

enum {
    HEARD_HALF = PROM_DIRECTORY_HEARD_MAX / 2,
    BUCKETS = HEARD_HALF / PROM_DIRECTORY_BUCKET_MAX, /* of the DHT, and as many of peers */
    SCRATCH = 1 << 16,
};

/* -- Groups and buckets -- */

static uint64_t begin_of(const prom_bytes32 *hash)
{
    prom_reader reader = prom_reader_of(prom_span_of32(hash));
    return prom_read_u64(&reader);
}

uint64_t prom_directory_group(const prom_directory *directory, prom_span address)
{
    char text[PROM_GROUP_TEXT];
    prom_hasher hasher;
    prom_bytes32 hash;
    (void)prom_address_group(text, address);
    prom_hasher_init(&hasher, "prometheus/directory");
    prom_hasher_add(&hasher, prom_span_of32(&directory->options.salt));
    prom_hasher_add(&hasher, prom_span_of((const uint8_t *)text, strlen(text)));
    prom_hasher_finish(&hasher, &hash);
    return begin_of(&hash);
}

uint64_t prom_directory_mix(const prom_directory *directory, uint64_t a, uint64_t b, uint64_t c)
{
    prom_hasher hasher;
    prom_bytes32 hash;
    prom_hasher_init(&hasher, "prometheus/directory");
    prom_hasher_add(&hasher, prom_span_of32(&directory->options.salt));
    prom_hasher_add_number(&hasher, a, 8);
    prom_hasher_add_number(&hasher, b, 8);
    prom_hasher_add_number(&hasher, c, 8);
    prom_hasher_finish(&hasher, &hash);
    return begin_of(&hash);
}

/* The bucket in which a pointer to an address of this group stands, when this source tells of it. */
static prom_place *bucket_of(const prom_directory *directory, prom_shelf *shelf, const prom_source *source,
                             uint64_t group)
{
    if (source->kind == PROM_SOURCE_DHT) {
        const uint64_t number = prom_directory_mix(directory, 0, group, 0) % BUCKETS;
        return &shelf->heard[number * PROM_DIRECTORY_BUCKET_MAX];
    }
    const uint64_t teller = prom_directory_group(directory, source->address);
    const uint64_t spread = prom_directory_mix(directory, 1, teller, group) % PROM_DIRECTORY_SPREAD_MAX;
    const uint64_t number = prom_directory_mix(directory, 2, teller, spread) % BUCKETS;
    return &shelf->heard[HEARD_HALF + number * PROM_DIRECTORY_BUCKET_MAX];
}

/* -- Shelves -- */

prom_result prom_directory_new(prom_arena *arena, prom_directory **directory, const prom_directory_options *options,
                               prom_error *error)
{
    prom_directory *made = NULL;
    PROM_TRY_NEW(made, arena, 1, error);
    made->arena = arena;
    made->options = *options;
    *directory = made;
    return prom_ok();
}

prom_shelf *prom_directory_shelf(const prom_directory *directory, const prom_bytes32 *p_txid, prom_role role)
{
    for (size_t i = 0; i < directory->shelf_count; i++) {
        prom_shelf *shelf = directory->shelves[i];
        if (shelf->role == role && prom_bytes32_equal(&shelf->p_txid, p_txid)) {
            return shelf;
        }
    }
    return NULL;
}

prom_result prom_directory_follow(prom_directory *directory, const prom_bytes32 *p_txid, prom_role role,
                                  prom_error *error)
{
    if (prom_directory_shelf(directory, p_txid, role) != NULL) {
        return prom_ok();
    }
    if (!prom_role_listed(role) || directory->shelf_count == PROM_DIRECTORY_SHELVES_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE,
                         "nodes are followed for %u pairs of a P and a listed role at most",
                         PROM_DIRECTORY_SHELVES_MAX);
    }
    prom_shelf *shelf = NULL;
    if (directory->shelf_count < directory->shelves_made) {
        shelf = directory->shelves[directory->shelf_count];
        memset(shelf, 0, sizeof *shelf);
    } else {
        PROM_TRY_NEW(shelf, directory->arena, 1, error);
        directory->shelves[directory->shelves_made++] = shelf;
    }
    shelf->p_txid = *p_txid;
    shelf->role = role;
    directory->shelf_count++;
    return prom_ok();
}

void prom_directory_forget(prom_directory *directory, const prom_bytes32 *p_txid, prom_role role)
{
    prom_shelf *shelf = prom_directory_shelf(directory, p_txid, role);
    size_t at = 0;
    while (at < directory->shelf_count && directory->shelves[at] != shelf) {
        at++;
    }
    if (shelf != NULL) {
        directory->shelf_count--;
        directory->shelves[at] = directory->shelves[directory->shelf_count];
        directory->shelves[directory->shelf_count] = shelf;
    }
}

size_t prom_directory_followed(const prom_directory *directory)
{
    return directory->shelf_count;
}

void prom_directory_followed_at(const prom_directory *directory, size_t number, prom_bytes32 *p_txid, prom_role *role)
{
    *p_txid = directory->shelves[number]->p_txid;
    *role = directory->shelves[number]->role;
}

/* -- Taking -- */

bool prom_directory_wants(const prom_directory *directory, const prom_pointer *pointer, uint32_t height,
                          prom_shelf **shelf)
{
    bool meant = directory->options.local;
    for (size_t i = 0; i < pointer->address_count && !meant; i++) {
        meant = !prom_address_local(pointer->addresses[i]);
    }
    *shelf = prom_directory_shelf(directory, &pointer->p_txid, pointer->role);
    return *shelf != NULL && meant && prom_bytes32_equal(&pointer->genesis, &directory->options.genesis) &&
           prom_lifetime_holds(pointer->issued_at, pointer->expires_at, height);
}

bool prom_directory_signed(const prom_directory *directory, const prom_pointer *pointer)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_arena_init(&scratch, SCRATCH);
    return prom_is_ok(prom_pointer_signed(directory->options.curve, &scratch, pointer, NULL));
}

void prom_place_fill(prom_place *place, const prom_pointer *pointer, prom_span bytes, uint64_t group, uint32_t height)
{
    *place = (prom_place){.used = true,
                          .length = (uint16_t)bytes.length,
                          .heard_at = height,
                          .expires_at = pointer->expires_at,
                          .group = group,
                          .node = pointer->node};
    memcpy(place->bytes, bytes.data, bytes.length);
}

prom_place *prom_shelf_find(prom_shelf *shelf, const prom_bytes32 *node)
{
    for (size_t i = 0; i < PROM_SHELF_PLACES; i++) {
        prom_place *place = prom_shelf_place(shelf, i);
        if (place->used && memcmp(&place->node, node, sizeof *node) == 0) {
            return place;
        }
    }
    return NULL;
}

static prom_pointer pointer_in(const prom_place *place)
{
    prom_pointer pointer;
    /* It was read before it came here. */
    (void)!prom_is_ok(prom_pointer_read(&pointer, prom_span_of(place->bytes, place->length), NULL));
    return pointer;
}

static bool same_addresses(const prom_pointer *a, const prom_pointer *b)
{
    bool same = a->address_count == b->address_count;
    for (size_t i = 0; i < a->address_count && same; i++) {
        same = prom_span_equal(a->addresses[i], b->addresses[i]);
    }
    return same;
}

/* A newer one of a node that is there takes the place that the older one has. */
static prom_taken replace(prom_directory *directory, prom_place *place, const prom_pointer *pointer, prom_span bytes)
{
    const prom_pointer old = pointer_in(place);
    if (!prom_pointer_replaces(pointer, &old)) {
        return PROM_TAKEN_KNOWN;
    }
    if (!prom_directory_signed(directory, pointer)) {
        return PROM_TAKEN_REFUSED;
    }
    place->doubtful = place->doubtful || !same_addresses(pointer, &old);
    place->expires_at = pointer->expires_at;
    place->length = (uint16_t)bytes.length;
    memmove(place->bytes, bytes.data, bytes.length);
    return PROM_TAKEN_NEWER;
}

/* Whether what was heard there makes room for another. */
static bool makes_room(const prom_place *place, uint32_t height)
{
    return !place->used || place->failures > 0 || height >= place->expires_at ||
           (height > place->heard_at && height - place->heard_at > PROM_DIRECTORY_UNTRIED_MAX);
}

static prom_place *room_for(const prom_directory *directory, prom_shelf *shelf, const prom_source *source,
                            uint64_t group, uint32_t height)
{
    const bool own = source->kind == PROM_SOURCE_OWN;
    prom_place *places = own ? shelf->own : bucket_of(directory, shelf, source, group);
    const size_t count = own ? PROM_DIRECTORY_OWN_MAX : PROM_DIRECTORY_BUCKET_MAX;
    prom_place *room = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!places[i].used) {
            return &places[i]; /* before any that would have to go */
        }
        room = room == NULL && !own && makes_room(&places[i], height) ? &places[i] : room;
    }
    return room;
}

prom_taken prom_directory_take(prom_directory *directory, prom_span bytes, const prom_source *source, uint32_t height)
{
    prom_pointer pointer;
    prom_shelf *shelf = NULL;
    if (!prom_is_ok(prom_pointer_read(&pointer, bytes, NULL))) {
        return PROM_TAKEN_REFUSED;
    }
    if (!prom_directory_wants(directory, &pointer, height, &shelf)) {
        return PROM_TAKEN_NO_USE;
    }
    prom_place *place = prom_shelf_find(shelf, &pointer.node);
    if (place != NULL) {
        return replace(directory, place, &pointer, bytes);
    }
    const uint64_t group = prom_directory_group(directory, pointer.addresses[0]);
    prom_place *room = room_for(directory, shelf, source, group, height);
    if (room == NULL) {
        return PROM_TAKEN_NO_ROOM;
    }
    if (!prom_directory_signed(directory, &pointer)) {
        return PROM_TAKEN_REFUSED;
    }
    prom_place_fill(room, &pointer, bytes, group, height);
    return PROM_TAKEN_NEW;
}

void prom_directory_withdraw(prom_directory *directory, const prom_bytes32 *p_txid, prom_role role)
{
    prom_shelf *shelf = prom_directory_shelf(directory, p_txid, role);
    if (shelf != NULL) {
        memset(shelf->own, 0, sizeof shelf->own);
    }
}

void prom_directory_expire(prom_directory *directory, uint32_t height)
{
    for (size_t i = 0; i < directory->shelf_count; i++) {
        for (size_t j = 0; j < PROM_SHELF_PLACES; j++) {
            prom_place *place = prom_shelf_place(directory->shelves[i], j);
            place->used = place->used && height < place->expires_at;
        }
    }
}
