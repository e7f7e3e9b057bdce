/* Bodies on the disk: programs, inputs, packages, results. A body is a file in the node's folder that is named by what
 * it is and its hash; it takes its name when the hash was found to be right, and whoever uses it looks again (job.c).
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/state.h"
#include "prometheus/crypto/hash.h"

static const char *const names[PROM_BODIES] = {"program", "input", "package-a", "package-b"};

prom_result prom_node_body_path(const prom_node *node, char path[PATH_MAX], prom_body_kind what,
                                const prom_bytes32 *hash, prom_error *error)
{
    char hex[PROM_HEX32];
    const int length = snprintf(path, PATH_MAX, "%s/bodies/%s-%s", node->folder, names[what], prom_hex32(hex, hash));
    return length > 0 && length < PATH_MAX
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the folder %s has too long a name", node->folder);
}

bool prom_node_has_body(const prom_node *node, prom_body_kind what, const prom_bytes32 *hash, uint64_t *length)
{
    char path[PATH_MAX];
    struct stat found;
    prom_error ignored;
    const bool there = prom_is_ok(prom_node_body_path(node, path, what, hash, &ignored)) && stat(path, &found) == 0 &&
                       S_ISREG(found.st_mode);
    *length = there ? (uint64_t)found.st_size : 0;
    return there;
}

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

/* The block that a package of openings names, whose head alone is touched. */
static prom_bytes32 block_of(const char *path, size_t length)
{
    prom_package_openings openings = {0};
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    void *bytes = file < 0 ? MAP_FAILED : mmap(NULL, length, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes != MAP_FAILED) {
        if (!prom_is_ok(prom_package_openings_read(&openings, prom_span_of(bytes, length), PROM_PAYLOAD_MAX, NULL))) {
            openings.block = (prom_bytes32){{0}};
        }
        (void)munmap(bytes, length);
    }
    if (file >= 0) {
        (void)close(file);
    }
    return openings.block;
}

bool prom_node_find_body(const prom_node *node, prom_body *body, prom_body_kind what)
{
    char path[PATH_MAX];
    prom_error ignored;
    body->here = prom_node_has_body(node, what, &body->hash, &body->length) && body->length > 0 &&
                 prom_is_ok(prom_node_body_path(node, path, what, &body->hash, &ignored));
    if (body->here && what == PROM_BODY_PACKAGE_B) {
        body->block = block_of(path, (size_t)body->length);
    }
    return body->here;
}
