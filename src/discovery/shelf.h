/* What the files of the directory share: the places of one P and role. */
#ifndef DISCOVERY_SHELF_H
#define DISCOVERY_SHELF_H

#include "discovery/directory.h"

typedef struct prom_place {
    bool used;
    bool doubtful; /* reached once, but now it says that it listens elsewhere */
    uint8_t failures;
    uint16_t length;
    uint32_t heard_at;   /* heights */
    uint32_t reached_at; /* of the last time */
    uint32_t expires_at;
    uint64_t group; /* of the address by which it was reached, or of its first one */
    prom_bytes32 node;
    uint8_t bytes[PROM_POINTER_MAX];
} prom_place;

typedef struct prom_shelf {
    prom_bytes32 p_txid;
    prom_role role;
    prom_place own[PROM_DIRECTORY_OWN_MAX];
    prom_place reached[PROM_DIRECTORY_REACHED_MAX];
    prom_place heard[PROM_DIRECTORY_HEARD_MAX]; /* the first half by the DHT, the second by peers */
} prom_shelf;

struct prom_directory {
    prom_arena *arena;
    prom_directory_options options;
    size_t shelf_count;
    size_t shelves_made; /* those behind the ones in use wait to be used again */
    prom_shelf *shelves[PROM_DIRECTORY_SHELVES_MAX];
};

/* All places of a shelf, one after the other: own, reached, heard. */
#define PROM_SHELF_PLACES (PROM_DIRECTORY_OWN_MAX + PROM_DIRECTORY_REACHED_MAX + PROM_DIRECTORY_HEARD_MAX)
static inline prom_place *prom_shelf_place(prom_shelf *shelf, size_t number)
{
    if (number < PROM_DIRECTORY_OWN_MAX) {
        return &shelf->own[number];
    }
    number -= PROM_DIRECTORY_OWN_MAX;
    return number < PROM_DIRECTORY_REACHED_MAX ? &shelf->reached[number]
                                               : &shelf->heard[number - PROM_DIRECTORY_REACHED_MAX];
}

/* The shelf of this P and role, or NULL. */
prom_shelf *prom_directory_shelf(const prom_directory *directory, const prom_bytes32 *p_txid, prom_role role);
/* The place of this node, or NULL. */
prom_place *prom_shelf_find(prom_shelf *shelf, const prom_bytes32 *node);
/* The group of an address, under the directory's salt. */
uint64_t prom_directory_group(const prom_directory *directory, prom_span address);
/* A number that nobody else can foresee, of these. */
uint64_t prom_directory_mix(const prom_directory *directory, uint64_t a, uint64_t b, uint64_t c);
/* Whether the pointer is of use at this height to this directory; *shelf is the one where it belongs. */
bool prom_directory_wants(const prom_directory *directory, const prom_pointer *pointer, uint32_t height,
                          prom_shelf **shelf);
/* Whether its node has signed it. */
bool prom_directory_signed(const prom_directory *directory, const prom_pointer *pointer);
/* Writes a pointer into a place, as one that was heard now. */
void prom_place_fill(prom_place *place, const prom_pointer *pointer, prom_span bytes, uint64_t group, uint32_t height);
/* The place among those of what was reached for one more of this group, free or not. */
prom_place *prom_shelf_room(prom_shelf *shelf, uint64_t group);

#endif
