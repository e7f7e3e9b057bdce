/* A module, or a program that was made of one, as commands are given it; and the program that is made of it, with
 * limits from options, from a sample of its items, or from all results. */
#ifndef PROM_MODULE_FILE_H
#define PROM_MODULE_FILE_H

#include "cli/command.h"
#include "files/items.h"
#include "module/measure.h"
#include "prometheus/module/module.h"

/* The most bytes of either. */
#define PROM_MODULE_FILE_MAX ((size_t)PROM_MODULE_BYTES_MAX + PROM_MODULE_MANIFEST)

typedef struct prom_module_file {
    const char *path;
    bool program;
    prom_module_limits limits; /* of a program */
    prom_span code;
    prom_module_facts facts;
} prom_module_file;

/* Returns whether bytes begin as those of a WebAssembly module do. */
bool prom_module_file_is_code(prom_span bytes);
/* Looks at what was read from `path`, which `bytes` and it have to outlive. PROM_CATEGORY_BAD_INPUT, naming the file,
 * when it is neither. */
PROM_MUST_USE prom_result prom_module_file_take(prom_arena *arena, prom_module_file *file, const char *path,
                                                prom_span bytes, prom_error *error);
/* Reads it, too. */
PROM_MUST_USE prom_result prom_module_file_read(prom_arena *arena, prom_module_file *file, const char *path,
                                                prom_error *error);

/* Limits as they stand on the command line; NULL: not given. */
typedef struct prom_limit_options {
    bool map_only;
    bool fold_only;
    const char *memory;
    const char *fuel;
    const char *fold_fuel;
    const char *result_bytes;
    const char *fold_bytes;
} prom_limit_options;

/* Returns the name of one of these options that is given, or NULL. */
const char *prom_limit_options_first(const prom_limit_options *options);

/* What limits that are not given come from: items, of which a sample is run; and the results of all nodes. */
typedef struct prom_limit_sources {
    const prom_items *items; /* NULL: no sample is run */
    const prom_items_origin *origin;
    const prom_node_result *results; /* NULL: there are none; they go before the sample */
    uint32_t result_count;
} prom_limit_sources;

typedef struct prom_program_made {
    prom_span bytes;
    prom_module module;
    bool sampled;
    prom_module_measure measure; /* of a sample */
} prom_program_made;

/* Makes a program: of limits that are not given, sources have, or else the program has, or the defaults. No sample is
 * run where nothing is wanted of it. PROM_CATEGORY_BAD_INPUT when limits cannot be, or an item of the sample failed. */
PROM_MUST_USE prom_result prom_program_make(prom_arena *arena, prom_program_made *made, const prom_module_file *file,
                                            const prom_limit_options *options, const prom_limit_sources *sources,
                                            prom_error *error);

/* What programs allow where nothing is said. */
#define PROM_LIMIT_FUEL "10G"
#define PROM_LIMIT_RESULT "64K"
#define PROM_LIMIT_MEMORY "16M"

/* The command's arguments have prom_limit_options named `limits`; what follows "Default: " of each is given. */
#define PROM_PARAMETERS_LIMITS(MEMORY_OTHERWISE, FUEL_OTHERWISE, BYTES_OTHERWISE)                                      \
    {.option = "--memory",                                                                                             \
     .value = "SIZE",                                                                                                  \
     PROM_TO_TEXT(limits.memory),                                                                                      \
     .help = "Let a module's memory grow to SIZE, at most 1G. Default: " MEMORY_OTHERWISE "."},                        \
        {.option = "--fuel",                                                                                           \
         .value = "N",                                                                                                 \
         PROM_TO_TEXT(limits.fuel),                                                                                    \
         .help = "Let an item of a module take N instructions, about; k, M, G and T stand for 10^3 to 10^12. "         \
                 "Default: " FUEL_OTHERWISE "."},                                                                      \
        {.option = "--fold-fuel",                                                                                      \
         .value = "N",                                                                                                 \
         PROM_TO_TEXT(limits.fold_fuel),                                                                               \
         .help = "The same of a fold. Default: " FUEL_OTHERWISE "."},                                                  \
        {.option = "--result-bytes",                                                                                   \
         .value = "SIZE",                                                                                              \
         PROM_TO_TEXT(limits.result_bytes),                                                                            \
         .help = "Let the result of an item of a module have SIZE bytes, at most 64M. Default: " BYTES_OTHERWISE "."}, \
        {.option = "--fold-bytes",                                                                                     \
         .value = "SIZE",                                                                                              \
         PROM_TO_TEXT(limits.fold_bytes),                                                                              \
         .help = "The same of a fold. Default: " BYTES_OTHERWISE "."},                                                 \
    {                                                                                                                  \
        .option = "--map-only", PROM_TO_FLAG(limits.map_only),                                                         \
        .help = "Do not fold, though the module exports 'reduce'."                                                     \
    }

/* Where a program or a module is given beside its input. */
#define PROM_PARAMETERS_LIMITS_MEASURED                                                                                \
    PROM_PARAMETERS_LIMITS("twice what a sample needs", "twice what a sample takes", "twice what a sample has")

#endif
