#include "market/join.h"

#include "market/plan.h"

enum {
    OWN_SECONDS = 10,
    MICROSECONDS = 1000000,
    NANOSECONDS_OF_ONE = 1000, /* microsecond */
};

const char *prom_joiner_name(unsigned joiner)
{
    static const char *const names[PROM_JOINERS] = {"none", "own", "contract", "nobody"};
    return joiner < PROM_JOINERS ? names[joiner] : NULL;
}

prom_joiner prom_joining_decide(const prom_joining *joining, uint32_t parts)
{
    if (!joining->folds || parts < 2) {
        return PROM_JOINER_NONE;
    }
    return parts - 1 <= joining->own_folds || parts > joining->parts_max ? PROM_JOINER_OWN : PROM_JOINER_CONTRACT;
}

/* -- Times -- */

static uint64_t microseconds_of_fold(const prom_module *module, const prom_machine *machine)
{
    const uint64_t fuel =
        prom_count_over(prom_count_times(module->limits.fold_fuel, MICROSECONDS), machine->fuel_per_second);
    return prom_count_add(fuel, prom_work_touch_ns(module) / NANOSECONDS_OF_ONE);
}

uint64_t prom_joining_seconds(const prom_module *module, const prom_machine *machine, uint32_t folds)
{
    return prom_count_over(prom_count_times(folds, microseconds_of_fold(module, machine)), MICROSECONDS);
}

static uint32_t folds_within(const prom_module *module, const prom_machine *machine)
{
    const uint64_t most = (uint64_t)OWN_SECONDS * MICROSECONDS / microseconds_of_fold(module, machine);
    return most < UINT32_MAX ? (uint32_t)most : UINT32_MAX;
}

/* -- Contracts -- */

prom_result prom_joining_work(prom_arena *arena, prom_work *work, const prom_module *module, uint32_t parts,
                              prom_error *error)
{
    prom_module alone = *module;
    const uint64_t input = prom_work_items_bytes(parts, (uint64_t)parts * module->limits.fold_bytes);
    alone.limits.folds_alone = true;
    alone.limits.result_bytes = 0;
    alone.limits.fuel = 0;
    PROM_TRY(prom_work_of_module(arena, work, &alone, PROM_SCHEME_REPLAY_MODULE, prom_module_nodes(parts, true), input,
                                 error));
    return prom_count_add(work->program_bytes, input) <= PROM_PAYLOAD_MAX
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the results of %u parts are too long for a contract",
                           (unsigned)parts);
}

/* What fits is the same for fewer: their results are a part of those of more. */
static prom_result find_parts_max(prom_arena *arena, uint32_t *most, const prom_module *module, prom_error *error)
{
    prom_work work;
    for (*most = PROM_PLAN_PARTS_MAX; *most >= 2; --*most) {
        const prom_result fits = prom_joining_work(arena, &work, module, *most, error);
        if (fits.category != PROM_CATEGORY_BAD_INPUT) {
            return fits;
        }
    }
    *most = 0;
    return prom_ok();
}

prom_result prom_joining_find(prom_arena *arena, prom_joining *joining, const prom_job_program *program,
                              prom_join_wish wish, const prom_machine *machine, prom_error *error)
{
    const prom_module *module = program->module;
    *joining = (prom_joining){.folds = false};
    if (module == NULL || !module->limits.folds) {
        return prom_ok();
    }
    joining->folds = true;
    const uint32_t soon = machine != NULL ? folds_within(module, machine) : 0;
    joining->own_folds = wish == PROM_JOIN_WISH_OWN ? UINT32_MAX : wish == PROM_JOIN_WISH_CONTRACT ? 0 : soon;
    return find_parts_max(arena, &joining->parts_max, module, error);
}
