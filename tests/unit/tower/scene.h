/* A running contract whose worker has delivered and holds receipts, and what it gives to a watchtower. */
#ifndef PROMETHEUS_TEST_TOWER_SCENE_H
#define PROMETHEUS_TEST_TOWER_SCENE_H

#include "channel/running.h"

#include "prometheus/contract/package.h"
#include "tower/export.h"

/* W signs a package that is really there. */
static inline prom_span scene_package(struct world *world)
{
    static const uint8_t bytes[] = "what the worker delivers";
    const prom_span package = prom_span_of(bytes, sizeof bytes);
    prom_body body = {.here = true, .length = sizeof bytes};
    prom_package_hash(&body.hash, &world->session.tree->contract_id, PROM_ROUND_A, package);
    world_finish_job(world, PLACE_W, PROM_JOB_COMPUTE, (prom_done_event){.checked = PROM_CHECKED_GOOD, .body = body});
    world_sign(world, PLACE_W);
    return package;
}

/* So many arbiters have receipted it. */
static inline prom_tower_gift scene_deliver(struct world *world, size_t receipts)
{
    const prom_span package = scene_package(world);
    const prom_evidence *statements = &world_batch(world, PLACE_W)->evidence.statements;
    prom_bytes32 hash = {{0}};
    for (size_t i = 0; i < statements->count; i++) {
        if (statements->list[i].kind == PROM_ATTESTATION_PACKAGE) {
            hash = statements->list[i].as.package.hash;
        }
    }
    for (size_t i = 0; i < receipts; i++) {
        const prom_attestation receipt = world_statement(world, world_receipt(i, PROM_ROUND_A, &hash, TIP_BURIED));
        assert_int_equal(world_tell(world, PLACE_A + i, PLACE_W, receipt), PROM_TAKEN);
    }
    return (prom_tower_gift){.secrets = {world->session.cast.h_p, world->session.cast.k_p}, .packages = {package}};
}

static inline prom_tower_file scene_export(struct world *world, size_t place, const prom_tower_gift *gift)
{
    fixture *test = world->test;
    prom_tower_file file;
    assert_ok(prom_tower_export(world->parties[place].channel, 0, &test->arena, &file, gift, &test->error),
              &test->error);
    return file;
}

static inline prom_span scene_bytes(struct world *world, const prom_tower_file *file)
{
    fixture *test = world->test;
    prom_span bytes;
    assert_ok(prom_tower_file_write(&test->arena, &bytes, file, &test->error), &test->error);
    return bytes;
}

#endif
