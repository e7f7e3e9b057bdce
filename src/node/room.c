#include "node/room.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/units.h"
#include "node/state.h"

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

uint64_t prom_room_of_terms(const prom_terms *terms)
{
    return prom_work_disk(prom_count_add(terms->job.program_bytes, terms->job.input_bytes), terms->package_max);
}

/* -- What there is -- */

/* One that cannot be loaded may have as much as any, and one that has no terms yet what it was begun for. */
uint64_t prom_room_of_channel(const prom_node *node, const prom_node_channel *channel)
{
    const uint64_t its = channel->channel != NULL
                             ? prom_room_of_terms(&channel->channel->terms)
                             : prom_work_disk(node->config.limits.payload_bytes, node->config.limits.package_bytes);
    return its > channel->room ? its : channel->room;
}

static uint64_t taken_in(const prom_node *node, prom_role role)
{
    uint64_t taken = 0;
    for (size_t i = 0; i < node->channel_count; i++) {
        if (node->channels[i]->record.role == (uint8_t)role) {
            taken = prom_count_add(taken, prom_room_of_channel(node, node->channels[i]));
        }
    }
    for (size_t i = 0; role == PROM_ROLE_CLIENT && i < node->guest_count; i++) {
        const prom_node_guest *guest = &node->guests[i];
        taken = prom_count_add(taken, guest->bytes != NULL ? guest->bytes(guest->context) : 0);
    }
    return taken;
}

static uint64_t taken_in_all(const prom_node *node)
{
    uint64_t taken = 0;
    for (prom_role role = PROM_ROLE_CLIENT; role < PROM_ROLES; role++) {
        taken = prom_count_add(taken, taken_in(node, role));
    }
    return taken;
}

static uint64_t bytes_of(DIR *folder)
{
    uint64_t bytes = 0;
    struct stat status;
    for (const struct dirent *entry = NULL; (entry = readdir(folder)) != NULL;) {
        if (fstatat(dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode)) {
            bytes = prom_count_add(bytes, (uint64_t)status.st_blocks * S_BLKSIZE);
        }
    }
    return bytes;
}

void prom_node_measure_disk(prom_node *node)
{
    char path[PATH_MAX];
    struct statvfs disk;
    const int length = snprintf(path, sizeof path, "%s/bodies", node->folder);
    DIR *folder = length > 0 && length < (int)sizeof path ? opendir(path) : NULL;
    if (folder != NULL) {
        node->body_bytes = bytes_of(folder);
        (void)closedir(folder);
    }
    node->disk_free = statvfs(node->folder, &disk) == 0 ? (uint64_t)disk.f_bavail * disk.f_frsize : 0;
}

/* -- What is left -- */

static void bound_by(prom_node_room *room, prom_room_bound bound, uint64_t most, uint64_t taken)
{
    const uint64_t left = less(most, taken);
    const uint64_t over = less(taken, most);
    if (left < room->left || over > room->over) {
        room->left = left;
        room->over = over;
        room->bound = bound;
    }
}

void prom_node_room_of(const prom_node *node, prom_role role, prom_node_room *room)
{
    const uint64_t all = taken_in_all(node);
    *room = (prom_node_room){.taken = taken_in(node, role), .max = node->policies[role].disk_max, .left = UINT64_MAX};
    if (room->max != 0) {
        bound_by(room, PROM_ROOM_ROLE, room->max, room->taken);
    }
    if (node->disk_max != 0) {
        bound_by(room, PROM_ROOM_ALL, node->disk_max, all);
    }
    bound_by(room, PROM_ROOM_DISK, node->disk_free, less(all, node->body_bytes));
}

static const char *const bounds[] = {
    [PROM_ROOM_ROLE] = "_disk_mb in prom.conf allows",
    [PROM_ROOM_ALL] = "disk_max_mb in prom.conf allows",
    [PROM_ROOM_DISK] = "the disk has beside what open contracts may bring",
};

prom_result prom_node_check_room(const prom_node *node, prom_role role, uint64_t needed, prom_error *error)
{
    char shown[2][PROM_UNITS];
    prom_node_room room;
    prom_node_room_of(node, role, &room);
    if (needed <= room.left) {
        return prom_ok();
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "as %s this may bring %s to the node's disk, and %s more are what %s%s: wait until a contract is "
                     "over, forget jobs that have ended ('prom jobs list'), or %s",
                     prom_role_name(role), prom_units_bytes(shown[0], needed), prom_units_bytes(shown[1], room.left),
                     room.bound == PROM_ROOM_ROLE ? prom_role_name(role) : "", bounds[room.bound],
                     room.bound == PROM_ROOM_DISK ? "make room" : "raise that");
}

prom_result prom_node_check_taken(const prom_node *node, const prom_node_channel *channel, prom_error *error)
{
    const prom_role role = (prom_role)channel->record.role;
    char shown[PROM_UNITS];
    prom_node_room room;
    prom_node_room_of(node, role, &room);
    return prom_room_of_terms(&channel->channel->terms) <= channel->room || room.over == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_PEER,
                           "as %s this, with what has begun beside it, may bring %s more than %s%s",
                           prom_role_name(role), prom_units_bytes(shown, room.over),
                           room.bound == PROM_ROOM_ROLE ? prom_role_name(role) : "", bounds[room.bound]);
}
