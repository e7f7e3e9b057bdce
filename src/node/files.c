/* Bodies on the disk: programs, inputs, packages, results. A body is a file in the node's folder that is named by what
 * it is and its hash; it takes its name when the hash was found to be right, and whoever uses it looks again (job.c).
 * The hash of a package is right for one contract alone, so its name has the channel's number too: else whoever signs
 * the hash of another contract's package would be found to have delivered it, and would have it deleted. What has come
 * so far of a body belongs to one channel, too: those that serve another one's may send anything. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/state.h"
#include "prometheus/crypto/hash.h"

#define PART ".part"

enum { NUMBER_ROOM = 24 }; /* a channel's number, in characters */

static const char *const names[PROM_BODIES] = {"program-", "input-", "package-a-", "package-b-"};

static const char *number_end(char end[NUMBER_ROOM], uint64_t channel)
{
    (void)snprintf(end, NUMBER_ROOM, "-%llu", (unsigned long long)channel);
    return end;
}

prom_result prom_node_body_path(const prom_node *node, char path[PATH_MAX], uint64_t channel, prom_body_kind what,
                                const prom_bytes32 *hash, prom_error *error)
{
    char hex[PROM_HEX32];
    char end[NUMBER_ROOM];
    const int length = snprintf(path, PATH_MAX, "%s/bodies/%s%s%s", node->folder, names[what], prom_hex32(hex, hash),
                                what <= PROM_BODY_INPUT ? "" : number_end(end, channel));
    return length > 0 && length < PATH_MAX - (int)(NUMBER_ROOM + sizeof PART)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the folder %s has too long a name", node->folder);
}

void prom_body_part(char part[PATH_MAX], const char *path, uint64_t channel)
{
    char end[NUMBER_ROOM];
    (void)snprintf(part, PATH_MAX, "%s%s" PART, path, number_end(end, channel));
}

bool prom_node_has_body(const prom_node *node, uint64_t channel, prom_body_kind what, const prom_bytes32 *hash,
                        uint64_t *length)
{
    char path[PATH_MAX];
    struct stat found;
    prom_error ignored;
    const bool there = prom_is_ok(prom_node_body_path(node, path, channel, what, hash, &ignored)) &&
                       stat(path, &found) == 0 && S_ISREG(found.st_mode);
    *length = there ? (uint64_t)found.st_size : 0;
    return there;
}

/* -- What one channel alone has -- */

static bool ends_with(const char *text, size_t length, const char *end)
{
    const size_t of_end = strlen(end);
    return length >= of_end && memcmp(text + length - of_end, end, of_end) == 0;
}

static bool is_own_name(const char *name, const char *end)
{
    bool body = false;
    for (size_t what = 0; what < PROM_BODIES; what++) {
        body = body || strncmp(name, names[what], strlen(names[what])) == 0;
    }
    const size_t all = strlen(name);
    return body && ends_with(name, ends_with(name, all, PART) ? all - strlen(PART) : all, end);
}

/* By their names: the hash of what has not come to its end is not among the facts. */
void prom_node_delete_own_bodies(const prom_node *node, uint64_t channel)
{
    char path[PATH_MAX];
    char end[NUMBER_ROOM];
    (void)number_end(end, channel);
    const int length = snprintf(path, sizeof path, "%s/bodies", node->folder);
    DIR *folder = length > 0 && length < (int)sizeof path ? opendir(path) : NULL;
    for (const struct dirent *entry = NULL; folder != NULL && (entry = readdir(folder)) != NULL;) {
        if (is_own_name(entry->d_name, end)) {
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
}

void prom_node_rename_bodies(const prom_node *node, const prom_node_channel *channel)
{
    const uint64_t number = channel->record.number;
    for (prom_body_kind what = PROM_BODY_PACKAGE_A; what < PROM_BODIES; what++) {
        const prom_body *body = &channel->channel->facts.batches[0].evidence.bodies[what];
        char path[PATH_MAX];
        char before[PATH_MAX];
        uint64_t length;
        prom_error ignored;
        if (body->here && !prom_node_has_body(node, number, what, &body->hash, &length) &&
            prom_is_ok(prom_node_body_path(node, path, number, what, &body->hash, &ignored))) {
            (void)snprintf(before, sizeof before, "%.*s", (int)(strrchr(path, '-') - path), path);
            (void)rename(before, path); /* mostly it is not there */
        }
    }
}

/* -- What a body is -- */

void prom_body_hash_begin(prom_hasher *hasher, prom_body_kind what, const prom_bytes32 *contract_id)
{
    switch (what) {
    case PROM_BODY_PROGRAM:
        prom_hasher_init(hasher, "prometheus/program");
        return;
    case PROM_BODY_PACKAGE_A:
        prom_package_hash_begin(hasher, contract_id, PROM_ROUND_A);
        return;
    case PROM_BODY_PACKAGE_B:
        prom_package_hash_begin(hasher, contract_id, PROM_ROUND_B);
        return;
    case PROM_BODY_INPUT:
    case PROM_BODIES:
        break;
    }
    prom_hasher_init_plain(hasher);
}

void prom_body_hash(prom_bytes32 *hash, prom_body_kind what, const prom_bytes32 *contract_id, prom_span bytes)
{
    prom_hasher hasher;
    prom_body_hash_begin(&hasher, what, contract_id);
    prom_hasher_add(&hasher, bytes);
    prom_hasher_finish(&hasher, hash);
}

/* Finds the block that a package of openings names, zeros where it is none. False when the disk does not say: whoever
 * made it is not to be judged by that. */
static bool find_block(prom_bytes32 *block, const char *path, uint64_t length)
{
    prom_package_openings openings;
    uint8_t head[PROM_PACKAGE_OPENINGS_HEAD];
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    const ssize_t got = file < 0 ? -1 : pread(file, head, sizeof head, 0);
    const prom_span bytes = prom_span_of(head, got < 0 ? 0 : (size_t)got);
    const bool good = prom_is_ok(prom_package_openings_read_head(&openings, bytes, length, NULL));
    *block = good ? openings.block : (prom_bytes32){{0}};
    if (file >= 0) {
        (void)close(file);
    }
    return got >= 0;
}

bool prom_node_find_body(const prom_node *node, uint64_t channel, prom_body *body, prom_body_kind what)
{
    char path[PATH_MAX];
    prom_error ignored;
    body->here = prom_node_has_body(node, channel, what, &body->hash, &body->length) && body->length > 0 &&
                 prom_is_ok(prom_node_body_path(node, path, channel, what, &body->hash, &ignored)) &&
                 (what != PROM_BODY_PACKAGE_B || find_block(&body->block, path, body->length));
    return body->here;
}
