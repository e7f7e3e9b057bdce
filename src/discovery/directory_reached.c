/* What becomes of pointers that are tried, and which are given out. */
#include <stdlib.h>
#include <string.h>

#include "discovery/shelf.h"
#include "prometheus/crypto/hash.h"

/* -- Reached and failed -- */

static size_t count_group(const prom_shelf *shelf, uint64_t group)
{
    size_t count = 0;
    for (size_t i = 0; i < PROM_DIRECTORY_REACHED_MAX; i++) {
        count += shelf->reached[i].used && shelf->reached[i].group == group;
    }
    return count;
}

/* Of this group, the one that was reached longest ago. */
static prom_place *oldest_of(prom_shelf *shelf, uint64_t group)
{
    prom_place *oldest = NULL;
    for (size_t i = 0; i < PROM_DIRECTORY_REACHED_MAX; i++) {
        prom_place *place = &shelf->reached[i];
        if (place->used && place->group == group && (oldest == NULL || place->reached_at < oldest->reached_at)) {
            oldest = place;
        }
    }
    return oldest;
}

/* Of the largest group, the one that was reached longest ago; of several that are as large likewise. */
static prom_place *oldest_of_largest(prom_shelf *shelf)
{
    prom_place *oldest = NULL;
    size_t most = 0;
    for (size_t i = 0; i < PROM_DIRECTORY_REACHED_MAX; i++) {
        prom_place *place = &shelf->reached[i];
        const size_t count = place->used ? count_group(shelf, place->group) : 0;
        if (count > most || (oldest != NULL && count == most && place->reached_at < oldest->reached_at)) {
            most = count;
            oldest = place;
        }
    }
    return oldest;
}

prom_place *prom_shelf_room(prom_shelf *shelf, uint64_t group)
{
    if (count_group(shelf, group) >= PROM_DIRECTORY_GROUP_MAX) {
        return oldest_of(shelf, group);
    }
    for (size_t i = 0; i < PROM_DIRECTORY_REACHED_MAX; i++) {
        if (!shelf->reached[i].used) {
            return &shelf->reached[i];
        }
    }
    return oldest_of_largest(shelf);
}

static bool is_among(const prom_place *place, const prom_place *places, size_t count)
{
    return place >= places && place < places + count;
}

static void note_reached(prom_shelf *shelf, prom_place *place, uint64_t group, uint32_t height)
{
    if (is_among(place, shelf->heard, PROM_DIRECTORY_HEARD_MAX)) {
        prom_place *room = prom_shelf_room(shelf, group);
        *room = *place;
        *place = (prom_place){0};
        place = room;
    }
    place->doubtful = false;
    place->failures = 0;
    place->reached_at = height;
    place->group = group;
}

static void note_failed(prom_shelf *shelf, prom_place *place)
{
    const bool heard = is_among(place, shelf->heard, PROM_DIRECTORY_HEARD_MAX);
    if (is_among(place, shelf->own, PROM_DIRECTORY_OWN_MAX)) {
        return; /* nobody dials himself */
    }
    place->failures++;
    if (place->doubtful || place->failures >= (heard ? PROM_DIRECTORY_TRIES_MAX : PROM_DIRECTORY_FAILURES_MAX)) {
        *place = (prom_place){0};
    }
}

void prom_directory_reached(prom_directory *directory, const prom_bytes32 *node, prom_span address, uint32_t height)
{
    const uint64_t group = prom_directory_group(directory, address);
    for (size_t i = 0; i < directory->shelf_count; i++) {
        prom_place *place = prom_shelf_find(directory->shelves[i], node);
        if (place != NULL) {
            note_reached(directory->shelves[i], place, group, height);
        }
    }
}

void prom_directory_failed(prom_directory *directory, const prom_bytes32 *node)
{
    for (size_t i = 0; i < directory->shelf_count; i++) {
        prom_place *place = prom_shelf_find(directory->shelves[i], node);
        if (place != NULL) {
            note_failed(directory->shelves[i], place);
        }
    }
}

/* -- Giving out -- */

struct candidate {
    const prom_place *place;
    unsigned tier; /* 0: own or reached, 1: heard, or doubtful */
    unsigned turn; /* of its group: how many of it come before */
    uint64_t rank; /* by chance */
};

static int compare(const void *one, const void *other)
{
    const struct candidate *a = one;
    const struct candidate *b = other;
    if (a->tier != b->tier) {
        return a->tier < b->tier ? -1 : 1;
    }
    if (a->turn != b->turn) {
        return a->turn < b->turn ? -1 : 1;
    }
    return a->rank < b->rank ? -1 : a->rank > b->rank;
}

static uint64_t rank_of(const prom_bytes32 *random, const prom_bytes32 *node)
{
    prom_hasher hasher;
    prom_bytes32 hash;
    prom_hasher_init(&hasher, "prometheus/directory");
    prom_hasher_add(&hasher, prom_span_of32(random));
    prom_hasher_add(&hasher, prom_span_of32(node));
    prom_hasher_finish(&hasher, &hash);
    prom_reader reader = prom_reader_of(prom_span_of32(&hash));
    return prom_read_u64(&reader);
}

static size_t list_all(struct candidate *list, const prom_shelf *shelf, const prom_bytes32 *random)
{
    size_t count = 0;
    for (size_t i = 0; i < PROM_DIRECTORY_OWN_MAX; i++) {
        list[count] = (struct candidate){&shelf->own[i], 0, 0, 0};
        count += shelf->own[i].used;
    }
    for (size_t i = 0; i < PROM_DIRECTORY_REACHED_MAX; i++) {
        list[count] = (struct candidate){&shelf->reached[i], shelf->reached[i].doubtful, 0, 0};
        count += shelf->reached[i].used;
    }
    for (size_t i = 0; i < PROM_DIRECTORY_HEARD_MAX; i++) {
        list[count] = (struct candidate){&shelf->heard[i], 1, 0, 0};
        count += shelf->heard[i].used;
    }
    for (size_t i = 0; i < count; i++) {
        list[i].rank = rank_of(random, &list[i].place->node);
    }
    return count;
}

/* Gives each its turn within its group and tier; the list is in order of tier and rank. */
static void take_turns(struct candidate *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned turn = 0;
        for (size_t j = 0; j < i; j++) {
            turn += list[j].tier == list[i].tier && list[j].place->group == list[i].place->group;
        }
        list[i].turn = turn; /* not looked at above */
    }
}

static prom_directory_entry entry_of(const prom_shelf *shelf, const prom_place *place)
{
    const bool by_dht = is_among(place, shelf->heard, PROM_DIRECTORY_HEARD_MAX / 2);
    const bool own = is_among(place, shelf->own, PROM_DIRECTORY_OWN_MAX);
    prom_directory_entry entry = {.bytes = prom_span_of(place->bytes, place->length),
                                  .own = own,
                                  .reached = is_among(place, shelf->reached, PROM_DIRECTORY_REACHED_MAX),
                                  .source = own      ? PROM_SOURCE_OWN
                                            : by_dht ? PROM_SOURCE_DHT
                                                     : PROM_SOURCE_PEER,
                                  .heard_at = place->heard_at,
                                  .reached_at = place->reached_at};
    (void)!prom_is_ok(prom_pointer_read(&entry.pointer, entry.bytes, NULL)); /* it was read before */
    return entry;
}

size_t prom_directory_pick(const prom_directory *directory, const prom_bytes32 *p_txid, prom_role role,
                           const prom_bytes32 *random, prom_directory_entry *entries, size_t most)
{
    struct candidate list[PROM_SHELF_PLACES + 1];
    const prom_shelf *shelf = prom_directory_shelf(directory, p_txid, role);
    if (shelf == NULL) {
        return 0;
    }
    const size_t count = list_all(list, shelf, random);
    qsort(list, count, sizeof list[0], compare);
    take_turns(list, count);
    qsort(list, count, sizeof list[0], compare);
    size_t written = 0;
    for (; written < count && written < most; written++) {
        entries[written] = entry_of(shelf, list[written].place);
    }
    return written;
}

prom_directory_counts prom_directory_count(const prom_directory *directory, const prom_bytes32 *p_txid, prom_role role)
{
    prom_directory_counts counts = {0};
    const prom_shelf *shelf = prom_directory_shelf(directory, p_txid, role);
    for (size_t i = 0; shelf != NULL && i < PROM_DIRECTORY_OWN_MAX; i++) {
        counts.own += shelf->own[i].used;
    }
    for (size_t i = 0; shelf != NULL && i < PROM_DIRECTORY_REACHED_MAX; i++) {
        counts.reached += shelf->reached[i].used;
    }
    for (size_t i = 0; shelf != NULL && i < PROM_DIRECTORY_HEARD_MAX; i++) {
        *(i < PROM_DIRECTORY_HEARD_MAX / 2 ? &counts.heard_dht : &counts.heard_peers) += shelf->heard[i].used;
    }
    return counts;
}
