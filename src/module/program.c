#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "prometheus/crypto/hash.h"
#include "prometheus/module/module.h"

#define MAGIC "PRMW"

enum { MAGIC_BYTES = 4 };

/* What a program does, as its manifest says. */
enum { MAPS = 0, MAPS_AND_FOLDS = 1, FOLDS = 2 };

uint64_t prom_module_compile_bytes(size_t code_length)
{
    enum { COMPILE_MIN = 64 << 20, OF_A_BYTE = 1024, COMPILE_MAX = 1 << 30 };
    const uint64_t bytes = COMPILE_MIN + (uint64_t)code_length * OF_A_BYTE;
    return bytes < COMPILE_MAX ? bytes : COMPILE_MAX;
}

bool prom_module_is(prom_span program)
{
    return program.length >= MAGIC_BYTES && memcmp(program.data, MAGIC, MAGIC_BYTES) == 0;
}

/* One limit of a manifest, and what it may be. */
typedef struct limit_rule {
    const char *name;
    uint64_t value;
    uint64_t min;
    uint64_t max;
} limit_rule;

static prom_result check_limits(const prom_module_limits *limits, prom_error *error)
{
    const uint64_t maps = limits->folds_alone ? 0 : 1; /* the limits of what it does not do are 0 */
    const uint64_t folds = limits->folds || limits->folds_alone ? 1 : 0;
    const limit_rule rules[] = {
        {"pages of memory", limits->pages, 1, PROM_MODULE_PAGES_MAX},
        {"bytes of a result of map", limits->result_bytes, 0, maps * PROM_MODULE_RESULT_MAX},
        {"bytes of a result of reduce", limits->fold_bytes, 0, folds * PROM_MODULE_RESULT_MAX},
        {"fuel of an item", limits->fuel, maps, maps * PROM_MODULE_FUEL_MAX},
        {"fuel of a fold", limits->fold_fuel, folds, folds * PROM_MODULE_FUEL_MAX},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const limit_rule *rule = &rules[i];
        if (rule->value < rule->min || rule->value > rule->max) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "the program's limit of the %s is %" PRIu64 ": %" PRIu64 " to %" PRIu64 " are possible%s",
                             rule->name, rule->value, rule->min, rule->max,
                             rule->max != 0 ? ""
                             : maps == 0    ? ", as it folds alone"
                                            : ", as it does not fold");
        }
    }
    return prom_ok();
}

static prom_result check_length(uint64_t length, prom_error *error)
{
    char size[PROM_UNITS];
    if (length >= 1 && length <= PROM_MODULE_BYTES_MAX) {
        return prom_ok();
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the program's module has %s: 1 to %" PRIu32 " are possible",
                     prom_units_count(size, length, "byte"), PROM_MODULE_BYTES_MAX);
}

static prom_result read_head(prom_module_limits *limits, prom_reader *reader, prom_error *error)
{
    if (!prom_module_is(prom_read_span(reader, MAGIC_BYTES))) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "this is not a program with a module: it does not begin with %s", MAGIC);
    }
    const uint16_t version = prom_read_u16(reader);
    if (!reader->failed && version != PROM_MODULE_VERSION) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the program has interface version %d; supported is %u: make it again with this version",
                         version, PROM_MODULE_VERSION);
    }
    const uint16_t kind = prom_read_u16(reader);
    if (kind > FOLDS) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the program is of kind %d: 0, it maps, 1, it maps and folds, and 2, it folds alone, are "
                         "possible",
                         kind);
    }
    limits->folds = kind != MAPS;
    limits->folds_alone = kind == FOLDS;
    limits->pages = prom_read_u32(reader);
    limits->result_bytes = prom_read_u32(reader);
    limits->fold_bytes = prom_read_u32(reader);
    limits->fuel = prom_read_u64(reader);
    limits->fold_fuel = prom_read_u64(reader);
    return prom_ok();
}

static prom_result read_manifest(prom_module *module, uint32_t *length, prom_bytes32 *hash, prom_span bytes,
                                 prom_error *error)
{
    prom_reader reader = prom_reader_of(
        prom_span_of(bytes.data, bytes.length < PROM_MODULE_MANIFEST ? bytes.length : (size_t)PROM_MODULE_MANIFEST));
    PROM_TRY(read_head(&module->limits, &reader, error));
    *length = prom_read_u32(&reader);
    *hash = prom_read_bytes32(&reader);
    if (!prom_reader_done(&reader)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the program is cut off in its manifest, which has %u bytes",
                         PROM_MODULE_MANIFEST);
    }
    PROM_TRY(check_limits(&module->limits, error));
    return check_length(*length, error);
}

static prom_result read_program(prom_module *module, prom_span bytes, prom_error *error)
{
    uint32_t length = 0;
    prom_bytes32 wanted = {{0}};
    prom_bytes32 found = {{0}};
    PROM_TRY(read_manifest(module, &length, &wanted, bytes, error));
    const size_t behind = bytes.length - PROM_MODULE_MANIFEST;
    if (behind != length) {
        char there[PROM_UNITS];
        char said[PROM_UNITS];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the program's module has %s, and its manifest says %s: fetch the file again",
                         prom_units_count(there, behind, "byte"), prom_units_count(said, length, "byte"));
    }
    module->code = prom_span_of(bytes.data + PROM_MODULE_MANIFEST, length);
    prom_sha256(&found, module->code);
    if (!prom_bytes32_equal(&found, &wanted)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the program's module has another SHA-256 than its manifest says: fetch the file again");
    }
    prom_tagged_hash(&module->digest, "prometheus/program", bytes);
    return prom_ok();
}

prom_result prom_module_read(prom_module *module, prom_span bytes, prom_error *error)
{
    prom_module read = {0};
    *module = read;
    PROM_TRY(read_program(&read, bytes, error));
    *module = read;
    return prom_ok();
}

prom_result prom_module_write(prom_arena *arena, prom_span *bytes, const prom_module_limits *limits, prom_span code,
                              prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_bytes32 hash = {{0}};
    *bytes = (prom_span){0};
    PROM_TRY(check_limits(limits, error));
    PROM_TRY(check_length(code.length, error));
    prom_sha256(&hash, code);
    prom_write_text(&writer, MAGIC);
    prom_write_u16(&writer, PROM_MODULE_VERSION);
    prom_write_u16(&writer, limits->folds_alone ? FOLDS : limits->folds ? MAPS_AND_FOLDS : MAPS);
    prom_write_u32(&writer, limits->pages);
    prom_write_u32(&writer, limits->result_bytes);
    prom_write_u32(&writer, limits->fold_bytes);
    prom_write_u64(&writer, limits->fuel);
    prom_write_u64(&writer, limits->fold_fuel);
    prom_write_u32(&writer, (uint32_t)code.length);
    prom_write_bytes32(&writer, &hash);
    prom_write_span(&writer, code);
    return prom_writer_finish(&writer, bytes, error);
}

prom_result prom_module_write_folds(prom_arena *arena, prom_span *bytes, const prom_module *module, prom_error *error)
{
    prom_module_limits limits = module->limits;
    *bytes = (prom_span){0};
    if (!limits.folds) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the program does not fold, and so no part of it does");
    }
    limits.folds_alone = true;
    limits.result_bytes = 0;
    limits.fuel = 0;
    return prom_module_write(arena, bytes, &limits, module->code, error);
}
