/* prom benchmark */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"
#include "cli/tell.h"
#include "daemon/config_edit.h"
#include "daemon/measure.h"
#include "daemon/measure_fuel.h"
#include "files/files.h"
#include "prom/node_call.h"
#include "prom/proving.h"
#include "prom/root.h"
#include "system/file.h"
#include "system/folder.h"
#include "system/memory.h"
#include "system/progress_bar.h"
#include "wasm/runner.h"

enum {
    HUNDRED = 100,
    SECONDS = 20,
    SECONDS_MAX = 3600,
    SAT_AN_HOUR = 100,
    SETTINGS = 10,
    FUEL_PART = 4 /* of the time: one in so many */,
    CONFIG_FILE_MAX = 1 << 18
};

#define MEGABYTE (UINT64_C(1) << 20)
#define JOB_MEGABYTES_MIN 64U /* of memory for one job */
#define JOB_MEGABYTES_MAX (UINT64_C(1) << 24)

typedef struct arguments {
    bool json;
    bool dry_run;
    const char *folder;
    const char *program;
    uint32_t seconds;
    uint32_t sat_an_hour;
} arguments;

struct benchmark {
    prom_arena arena;
    char home[PATH_MAX];
    char path[PATH_MAX + sizeof PROM_CONFIG_FILE];
    prom_span text; /* of the file as it is, or as a new one is */
    prom_config config;
    prom_measured measured;
    prom_measured_fuel fuel;
    prom_error no_fuel; /* why fuel was not measured; empty: it was */
    uint64_t disk;      /* bytes a second; 0: not measured, as there is no folder yet */
    uint64_t memory;
    uint64_t memory_mb; /* of one job; 0: unknown */
    prom_config_value values[SETTINGS];
    size_t count;
};

/* -- The file -- */

static prom_result new_text(struct benchmark *it, prom_error *error)
{
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    if (file == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    prom_config_write(file, prom_settings[0].standard);
    prom_result result = fclose(file) == 0 ? prom_ok() : prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    if (prom_is_ok(result)) {
        result = prom_span_copy(&it->arena, &it->text, prom_span_of((const uint8_t *)text, length), error);
    }
    free(text);
    return result;
}

/* What cannot be used or written is said before anything is measured. */
static prom_result find_file(struct benchmark *it, const arguments *given, prom_error *error)
{
    PROM_TRY(prom_node_home(it->home, given->folder, error));
    (void)snprintf(it->path, sizeof it->path, "%s/" PROM_CONFIG_FILE, it->home);
    if (access(it->path, F_OK) == 0) {
        PROM_TRY(prom_file_load(&it->arena, &it->text, it->path, CONFIG_FILE_MAX, error));
    } else {
        PROM_TRY(new_text(it, error));
    }
    PROM_TRY(prom_config_parse(&it->config, it->path, it->text, NULL, error));
    if (given->dry_run) {
        return prom_ok();
    }
    (void)umask(S_IRWXG | S_IRWXO); /* nothing of a node's is for others */
    PROM_TRY(prom_folder_make(it->home, error));
    return prom_file_try(it->path, error);
}

/* -- Measuring -- */

/* What is measured one after another is one whole to whoever waits. */
struct phase {
    const prom_progress *whole;
    size_t before; /* hundredths */
    size_t share;
};

static bool report_phase(void *context, size_t done, size_t total)
{
    const struct phase *phase = context;
    return phase->whole->report(phase->whole->context, phase->before + phase->share * done / total, HUNDRED);
}

/* Finds what runs modules; where nothing does, says why. */
static prom_result find_runner(struct benchmark *it, prom_runner *runner, char path[PATH_MAX], bool models_alone,
                               prom_error *error)
{
    if (models_alone) {
        (void)snprintf(it->no_fuel.sentence, sizeof it->no_fuel.sentence, "a program was given to measure with");
        return prom_ok();
    }
    PROM_TRY(prom_config_wasm(&it->config, path, error));
    if (path[0] == '\0') {
        (void)snprintf(it->no_fuel.sentence, sizeof it->no_fuel.sentence,
                       "there is no prom-wasm beside prom, nor on the PATH");
        return prom_ok();
    }
    prom_wasm_runner_init(runner, path);
    if (prom_is_ok(prom_wasm_runner_try(runner, &it->no_fuel))) {
        it->no_fuel.sentence[0] = '\0';
    }
    return prom_ok();
}

static prom_result measure_all(struct benchmark *it, const prom_program *program, const arguments *given,
                               const prom_progress *progress, prom_error *error)
{
    const double seconds = given->seconds != 0 ? given->seconds : SECONDS;
    char path[PATH_MAX];
    prom_runner runner;
    PROM_TRY(find_runner(it, &runner, path, program != NULL, error));
    const bool fuel = it->no_fuel.sentence[0] == '\0';
    const size_t share = fuel ? HUNDRED / FUEL_PART : 0;
    struct phase phases[] = {{progress, 0, HUNDRED - share}, {progress, HUNDRED - share, share}};
    const prom_progress of_models = {report_phase, &phases[0]};
    const prom_progress of_fuel = {report_phase, &phases[1]};
    PROM_TRY(prom_measure(&it->measured, program, given->program, seconds * (double)phases[0].share / HUNDRED,
                          &of_models, error));
    return fuel ? prom_measure_fuel(&it->fuel, &runner, seconds * (double)share / HUNDRED, &of_fuel, error) : prom_ok();
}

static prom_result measure(struct benchmark *it, const arguments *given, prom_error *error)
{
    const prom_program *program = NULL;
    if (given->program != NULL) {
        PROM_TRY(prom_files_read_program(&it->arena, &program, given->program, error));
        PROM_TRY(prom_within(prom_proving_check(program, 1, error), error, "%s", given->program));
    }
    prom_progress_bar bar = prom_progress_bar_start("benchmark");
    const prom_progress progress = prom_progress_bar_reporter(&bar);
    const prom_result result = measure_all(it, program, given, &progress, error);
    prom_progress_bar_end(&bar);
    PROM_TRY(result);
    return access(it->home, F_OK) == 0 ? prom_measure_disk(&it->disk, it->home, error) : prom_ok();
}

/* Three quarters of what is free, shared by the jobs that run at once. */
static void find_memory(struct benchmark *it)
{
    const uint64_t available = prom_memory_available();
    const uint64_t each = available / 4 * 3 / it->config.threads / MEGABYTE;
    it->memory = available;
    if (available != UINT64_MAX) {
        it->memory_mb = each < JOB_MEGABYTES_MIN   ? JOB_MEGABYTES_MIN
                        : each > JOB_MEGABYTES_MAX ? JOB_MEGABYTES_MAX
                                                   : each;
    }
}

static void add(struct benchmark *it, const char *name, uint64_t number)
{
    it->values[it->count++] = (prom_config_value){name, number};
}

static void find_values(struct benchmark *it, uint32_t sat_an_hour)
{
    const prom_measured *measured = &it->measured;
    add(it, "price_macs", prom_measured_price(sat_an_hour, measured->macs_per_second));
    if (it->fuel.count > 0) {
        add(it, "price_fuel", prom_measured_price(sat_an_hour, it->fuel.fuel_usual));
    }
    add(it, "price_bytes", prom_measured_price(sat_an_hour, it->config.bytes_per_second));
    add(it, "price_effort", prom_measured_price(sat_an_hour, measured->effort_per_second));
    add(it, "price_steps", prom_measured_price(sat_an_hour, measured->steps_per_second));
    add(it, "macs_per_second", measured->macs_per_second);
    if (it->fuel.count > 0) {
        add(it, "fuel_per_second", it->fuel.fuel_per_second);
    }
    add(it, "effort_per_second", measured->effort_per_second);
    add(it, "steps_per_second", measured->steps_per_second);
    if (it->memory_mb != 0) {
        add(it, "prover_memory_mb", it->memory_mb);
    }
}

/* -- Telling -- */

static json_t *programs_json(const prom_measured *measured)
{
    json_t *list = json_array();
    for (size_t i = 0; i < measured->count; i++) {
        const prom_measured_program *its = &measured->programs[i];
        (void)json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "program", its->name, "items",
                                                    (json_int_t)its->items, "rounds", (json_int_t)its->rounds,
                                                    "macs_per_second", (json_int_t)its->macs_per_second,
                                                    "effort_per_second", (json_int_t)its->effort_per_second,
                                                    "steps_per_second", (json_int_t)its->steps_per_second));
    }
    return list;
}

/* Null where it was not measured. */
static json_t *fuel_json(const prom_measured_fuel *fuel)
{
    json_t *list = json_array();
    for (size_t i = 0; i < fuel->count; i++) {
        (void)json_array_append_new(list, json_pack("{s:s, s:I, s:I}", "code", fuel->kernels[i].name, "rounds",
                                                    (json_int_t)fuel->kernels[i].rounds, "fuel_per_second",
                                                    (json_int_t)fuel->kernels[i].fuel_per_second));
    }
    return json_pack("{s:o, s:I}", "codes", list, "page_ns", (json_int_t)fuel->page_ns);
}

static json_t *settings_json(const struct benchmark *it)
{
    json_t *settings = json_object();
    for (size_t i = 0; i < it->count; i++) {
        (void)json_object_set_new(settings, it->values[i].name, json_integer((json_int_t)it->values[i].number));
    }
    return settings;
}

/* Lines of text that were added up. */
struct text {
    char bytes[2 * PATH_MAX];
    size_t length;
};

static void add_line(struct text *text, const char *format, ...) PROM_PRINTF(2, 3);

static void add_line(struct text *text, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const int length = vsnprintf(text->bytes + text->length, sizeof text->bytes - text->length, format, list);
    va_end(list);
    if (length > 0 && text->length + (size_t)length < sizeof text->bytes) {
        text->length += (size_t)length;
    }
}

static void write_fuel(struct text *text, const struct benchmark *it)
{
    char shown[PROM_UNITS];
    for (size_t i = 0; i < it->fuel.count; i++) {
        const prom_measured_kernel *its = &it->fuel.kernels[i];
        add_line(text, "%-14s take %s units of fuel a second\n", its->name,
                 prom_units_number(shown, its->fuel_per_second));
    }
    if (it->fuel.count > 0) {
        add_line(text, "%-14s of 64 KiB that are new to a module take %s each\n", "pages",
                 prom_units_seconds(shown, (double)it->fuel.page_ns / 1e9));
    } else {
        add_line(text, "%-14s is not measured: %s\n", "fuel", it->no_fuel.sentence);
    }
}

static void write_text(struct text *text, const struct benchmark *it, bool written)
{
    char shown[4][PROM_UNITS];
    for (size_t i = 0; i < it->measured.count; i++) {
        const prom_measured_program *its = &it->measured.programs[i];
        add_line(text, "%-14s runs %s MACs, proves %s units of effort and checks %s steps a second, with %s at once\n",
                 its->name, prom_units_number(shown[0], its->macs_per_second),
                 prom_units_number(shown[1], its->effort_per_second),
                 prom_units_number(shown[2], its->steps_per_second), prom_units_count(shown[3], its->items, "item"));
    }
    write_fuel(text, it);
    if (it->disk != 0) {
        add_line(text, "%-14s takes %s a second\n", "disk", prom_units_bytes(shown[0], it->disk));
    }
    add_line(text, "%-14s %s are free\n", "memory", prom_units_bytes(shown[0], it->memory));
    add_line(text, "\n%s%s\n", written ? "written to " : "lines for ", it->path);
    for (size_t i = 0; i < it->count; i++) {
        add_line(text, "%s = %llu\n", it->values[i].name, (unsigned long long)it->values[i].number);
    }
    if (written) {
        add_line(text, "A node that runs takes them with SIGHUP.\n");
    }
}

static prom_result tell(const struct benchmark *it, const arguments *given, bool written, prom_error *error)
{
    struct text text = {.length = 0};
    write_text(&text, it, written);
    json_t *object =
        json_pack("{s:o, s:o, s:s?, s:I, s:I, s:o, s:s, s:b}", "programs", programs_json(&it->measured), "fuel",
                  it->fuel.count > 0 ? fuel_json(&it->fuel) : json_null(), "no_fuel",
                  it->fuel.count > 0 ? NULL : it->no_fuel.sentence, "disk_bytes_per_second", (json_int_t)it->disk,
                  "memory_bytes", (json_int_t)(it->memory <= INT64_MAX ? it->memory : INT64_MAX), "settings",
                  settings_json(it), "file", it->path, "written", (int)written);
    return prom_tell(given->json, object, error, "%s", text.bytes);
}

/* -- The command -- */

static prom_result benchmark(struct benchmark *it, const arguments *given, prom_error *error)
{
    prom_span changed;
    PROM_TRY(find_file(it, given, error));
    PROM_TRY(measure(it, given, error));
    find_memory(it);
    find_values(it, given->sat_an_hour != 0 ? given->sat_an_hour : SAT_AN_HOUR);
    PROM_TRY(prom_config_edit(&it->arena, &changed, it->text, it->path, it->values, it->count, error));
    if (!given->dry_run) {
        PROM_TRY(prom_file_write(it->path, changed, error));
    }
    return tell(it, given, !given->dry_run, error);
}

static void end_benchmark(struct benchmark *it)
{
    prom_arena_free(&it->arena);
}

static prom_result run_benchmark(void *values, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(end_benchmark) struct benchmark it = {.count = 0};
    (void)code;
    prom_arena_init(&it.arena, PROM_PROVING_MEMORY);
    return benchmark(&it, values, error);
}

static const prom_parameter PARAMETERS[] = {
    {.option = "--dir",
     .value = "DIR",
     .noun = "folder",
     .files = "/",
     PROM_TO_TEXT(folder),
     .help = "Write to prom.conf in DIR. Default: ~/.prometheus."},
    {.option = "--seconds",
     .value = "N",
     .noun = "number of seconds",
     PROM_TO_NUMBER(seconds),
     .min = 1,
     .max = SECONDS_MAX,
     .help = "Measure for about N seconds. Default: 20."},
    {.option = "--hour",
     .value = "SAT",
     .noun = "number of satoshi",
     PROM_TO_NUMBER(sat_an_hour),
     .min = 1,
     .max = UINT32_MAX,
     .help = "Set prices by which an hour of one thread's work, or of the line's, earns SAT. Default: 100."},
    {.option = "--program",
     .value = "PROGRAM",
     .noun = "program",
     .files = "prom",
     PROM_TO_TEXT(program),
     .help = "Measure with PROGRAM, one of integers, instead of programs of each kind that are made for it; fuel is "
             "left out."},
    {.option = "--dry-run", PROM_TO_FLAG(dry_run), .help = "Show what would be written, and write nothing."},
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text DESCRIPTION[] = {
    {NULL,
     "Measures what this machine can do for others, and writes it to prom.conf, with prices that follow: how many "
     "multiplications it runs in a second, how much effort of proofs it proves, how many steps of checks it "
     "takes, and what fuel of programs that are modules, each in one thread, as a node does a job, and the slowest of "
     "all kinds of models, and of code; and what memory a job may take. What else stands in the file stays as it is, "
     "comments too; a file that is not there is made "
     "as 'prom node --write-config' makes it."},
    {NULL,
     "Fuel counts instructions, whatever time they take: it is measured in arithmetic of integers, in a chain of "
     "divisions, and in loads from all over a large memory. The slowest of them is fuel_per_second, which may "
     "be far below the others: who misses a deadline loses a part of its stake. The one in the middle is priced. An "
     "owner who knows the programs that come may write other numbers. Without prom-wasm fuel is left out, and its "
     "lines stay as they are."},
    {NULL, "The line is not measured: price_bytes follows from bytes_per_second as prom.conf says it. Nothing is asked "
           "of the network. Let nothing else run meanwhile."},
    {0},
};

static const prom_text JSON[] = {
    {"programs", "of each: program, items (of a batch), rounds, macs_per_second, effort_per_second, steps_per_second"},
    {"fuel", "codes: of each code, rounds, fuel_per_second; and page_ns, what a page of 64 KiB that is new to a module "
             "takes beside its fuel; null where it was not measured"},
    {"no_fuel", "why fuel was not measured, or null"},
    {"disk_bytes_per_second", "written to the folder; 0 where it is not there yet"},
    {"memory_bytes", "that are free"},
    {"settings", "what is written, or would be"},
    {"file, written", "prom.conf, and whether it was written"},
    {0},
};

static const char *const EXAMPLES[] = {
    "prom benchmark --dry-run",
    "prom benchmark --seconds 60 --hour 500",
    NULL,
};

const prom_command prom_command_benchmark = {
    .name = "benchmark",
    .summary = "measure this machine, and set prices and speeds by it",
    .description = DESCRIPTION,
    .parameters = PARAMETERS,
    .json = JSON,
    .exits = {[PROM_EXIT_USAGE] = "the command line, PROGRAM or prom.conf cannot be used; nothing was written"},
    .examples = EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_benchmark,
};
