/* Bodies on the disk: programs, inputs, packages, results. A body is a file in the node's folder that is named by what
 * it is and its hash; it takes its name when the hash was found to be right. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/state.h"
#include "prometheus/crypto/hash.h"
#include "prometheus/program/program.h"
#include "system/file.h"

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

void prom_body_hash(prom_bytes32 *hash, prom_body_kind what, const prom_bytes32 *contract_id, prom_span bytes)
{
    switch (what) {
    case PROM_BODY_PROGRAM:
        prom_tagged_hash(hash, "prometheus/program", bytes);
        return;
    case PROM_BODY_INPUT:
        prom_sha256(hash, bytes);
        return;
    case PROM_BODY_PACKAGE_A:
        prom_package_hash(hash, contract_id, PROM_ROUND_A, bytes);
        return;
    case PROM_BODY_PACKAGE_B:
        prom_package_hash(hash, contract_id, PROM_ROUND_B, bytes);
        return;
    case PROM_BODIES:
        break;
    }
    memset(hash, 0, sizeof *hash);
}

prom_result prom_node_read_body(prom_body *body, prom_body_kind what, const prom_bytes32 *contract_id, const char *path,
                                prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_package_openings openings;
    prom_bytes32 hash;
    prom_span bytes;
    prom_arena_init(&arena, PROM_PAYLOAD_MAX + PROM_NODE_STEP_MEMORY);
    PROM_TRY(prom_file_load(&arena, &bytes, path, PROM_PAYLOAD_MAX, error));
    prom_body_hash(&hash, what, contract_id, bytes);
    if (!prom_bytes32_equal(&hash, &body->hash)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "this is not the %s that is named",
                         what < PROM_BODIES ? names[what] : "body");
    }
    body->here = true;
    body->length = bytes.length;
    if (what == PROM_BODY_PACKAGE_B &&
        prom_is_ok(prom_package_openings_read(&openings, bytes, PROM_PAYLOAD_MAX, NULL))) {
        body->block = openings.block;
    }
    return prom_ok();
}
