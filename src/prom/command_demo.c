/* prom demo */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "demo/demo.h"
#include "prom/command.h"

typedef struct arguments {
    bool json;
    bool keep;
    const char *folder;
    const char *bitcoind;
    const char *output;
    const char *scheme;
    prom_demo_files files;
} arguments;

/* Where everything is, the standard places filled in. */
struct places {
    char folder[PATH_MAX];
    char output[PATH_MAX];
    char log[PATH_MAX];
    char model[PATH_MAX];
    char calibration[PATH_MAX];
    char input[PATH_MAX];
    char labels[PATH_MAX];
};

#define DEMO_MEMORY ((size_t)1 << 32)

PROM_PRINTF(3, 4)
static prom_result join(char path[PATH_MAX], prom_error *error, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    const int length = vsnprintf(path, PATH_MAX, format, values);
    va_end(values);
    return length >= 0 && length < PATH_MAX ? prom_ok()
                                            : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a file's name is too long");
}

/* The models that came with the program: beside the folder of the program, in a source tree or where it is installed.
 */
static prom_result find_models(char folder[PATH_MAX], prom_error *error)
{
    static const char *const places[] = {"../models", "../share/prometheus/models"};
    char program[PATH_MAX] = {0};
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    char *slash = length > 0 ? strrchr(program, '/') : NULL;
    if (slash != NULL) {
        *slash = '\0';
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
            char candidate[PATH_MAX];
            PROM_TRY(join(candidate, error, "%s/%s", program, places[i]));
            if (realpath(candidate, folder) != NULL) {
                return prom_ok();
            }
        }
    }
    return prom_fail(error, PROM_CATEGORY_IO,
                     "the models that come with prom are not there: give --model, --calibrate "
                     "and --input");
}

static prom_result find_own_files(arguments *given, struct places *places, prom_error *error)
{
    prom_demo_files *files = &given->files;
    char models[PATH_MAX];
    if (files->model != NULL || files->input != NULL || files->calibration != NULL || files->labels != NULL) {
        if (files->model == NULL || files->input == NULL || files->calibration == NULL) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--model, --calibrate and --input go together");
        }
        return prom_ok();
    }
    PROM_TRY(find_models(models, error));
    PROM_TRY(join(places->model, error, "%s/digits-cnn.onnx", models));
    PROM_TRY(join(places->calibration, error, "%s/digits-calibration.npy", models));
    PROM_TRY(join(places->input, error, "%s/digits-heldout-images.npy", models));
    PROM_TRY(join(places->labels, error, "%s/digits-heldout-labels.npy", models));
    *files = (prom_demo_files){places->model, places->calibration, places->input, places->labels};
    return prom_ok();
}

static prom_result find_places(arguments *given, struct places *places, prom_error *error)
{
    if (prom_scheme_by_name(given->scheme) == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "there is no proof scheme '%.100s': give --scheme sumcheck or --scheme replay", given->scheme);
    }
    if (given->folder == NULL) {
        PROM_TRY(prom_command_data_path(places->folder, "demo", error));
    } else {
        PROM_TRY(join(places->folder, error, "%s", given->folder));
    }
    for (size_t end = strlen(places->folder); end > 1 && places->folder[end - 1] == '/'; end--) {
        places->folder[end - 1] = '\0';
    }
    PROM_TRY(join(places->log, error, "%s.log", places->folder));
    if (given->output != NULL) {
        PROM_TRY(join(places->output, error, "%s", given->output));
    } else {
        PROM_TRY(join(places->output, error, "%s-output.npy", places->folder));
    }
    return find_own_files(given, places, error);
}

/* The devnet of an earlier demo that was kept, or killed, makes room for this one. */
static prom_result clear_devnet(const char *folder, prom_error *error)
{
    prom_devnet *old = NULL;
    PROM_TRY(prom_devnet_open(&old, folder, true, error));
    const prom_result destroyed = old == NULL ? prom_ok() : prom_devnet_destroy(old, error);
    prom_devnet_close(old);
    return destroyed;
}

static prom_result start_chain(prom_demo *demo, const arguments *given, const struct places *places, prom_error *error)
{
    bool was_running = false;
    const prom_devnet_options options = {
        .folder = places->folder, .bitcoind = given->bitcoind, .die_with_caller = !given->keep};
    PROM_TRY(clear_devnet(places->folder, error));
    PROM_TRY(prom_devnet_start(&demo->devnet, &was_running, &options, error));
    prom_demo_show_phase(&demo->show, PROM_DEMO_CHAIN, -1, "bitcoind %s, regtest, %s", demo->devnet->bitcoind.version,
                         demo->devnet->url);
    return prom_ok();
}

static prom_result run_contract(prom_demo *demo, const arguments *given, const struct places *places, prom_error *error)
{
    PROM_TRY(prom_demo_job_load(&demo->arena, &demo->job, &given->files, demo->scheme, error));
    prom_demo_show_phase(&demo->show, PROM_DEMO_COMPILE, -1, "%zu items for a program of %zu layers, %llu parameters",
                         demo->job.items, demo->job.program->layer_count,
                         (unsigned long long)demo->job.program->parameters);
    PROM_TRY(start_chain(demo, given, places, error));
    demo->cast.arena = &demo->arena;
    demo->cast.devnet = demo->devnet;
    PROM_TRY(prom_demo_prepare(&demo->cast, &demo->job, error));
    prom_demo_show_phase(&demo->show, PROM_DEMO_FUND, -1,
                         "%d parties have coins; P and %d arbiters' offers are confirmed", PROM_DEMO_PARTIES,
                         PROM_DEMO_ARBITERS);
    return prom_demo_run(demo, error);
}

static void print_kept(const prom_demo *demo)
{
    char cli[PATH_MAX];
    char txid[PROM_HEX32];
    const char *path = demo->devnet->bitcoind.path;
    const char *slash = strrchr(path, '/');
    (void)snprintf(cli, sizeof cli, "%.*sbitcoin-cli", slash == NULL ? 0 : (int)(slash - path + 1), path);
    (void)printf("\nThe chain is still up. To look at it:\n\n"
                 "  %s -regtest -rpcport=%u -rpccookiefile=%s getrawtransaction %s 1\n\n"
                 "and to stop it:\n\n"
                 "  prom devnet down --dir %s\n",
                 cli, (unsigned)demo->devnet->rpc_port, demo->devnet->cookie_file,
                 prom_hex32_reversed(txid, &demo->tx4.txid), demo->devnet->folder.path);
}

static prom_result tell(const prom_demo *demo, const arguments *given, prom_error *error)
{
    if (given->json) {
        return prom_command_tell(true, prom_demo_json(demo), error, "%s", "");
    }
    prom_demo_print(demo);
    if (given->keep) {
        print_kept(demo);
    }
    return prom_ok();
}

static prom_result run(prom_demo *demo, const arguments *given, const struct places *places, prom_error *error)
{
    prom_result result = run_contract(demo, given, places, error);
    if (prom_is_ok(result)) {
        result = tell(demo, given, error);
    } else {
        prom_demo_show_log(&demo->show, "failed: %s", error->sentence);
    }
    if (demo->devnet != NULL && !(given->keep && prom_is_ok(result))) {
        prom_error ignored; /* the first failure is the one to tell */
        const prom_result destroyed = prom_devnet_destroy(demo->devnet, prom_is_ok(result) ? error : &ignored);
        result = prom_is_ok(result) ? destroyed : result;
    }
    return result;
}

static void end_demo(prom_demo *demo)
{
    prom_hub_free(&demo->hub);
    prom_demo_dismiss(&demo->cast);
    prom_devnet_close(demo->devnet);
    prom_demo_show_close(&demo->show);
    prom_arena_free(&demo->arena);
    free(demo);
}

/* The folder that the log and the devnet's folder lie in. */
static prom_result make_parent(const char *path, prom_error *error)
{
    char parent[PATH_MAX];
    (void)snprintf(parent, sizeof parent, "%s", path);
    char *slash = strrchr(parent, '/');
    if (slash == NULL || slash == parent) {
        return prom_ok();
    }
    *slash = '\0';
    return prom_folder_make(parent, error);
}

static prom_result play(const arguments *given, const struct places *places, prom_error *error)
{
    prom_demo *demo = calloc(1, sizeof *demo);
    if (demo == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "out of memory");
    }
    prom_arena_init(&demo->arena, DEMO_MEMORY);
    demo->output_path = places->output;
    demo->scheme = prom_scheme_by_name(given->scheme);
    prom_result result = make_parent(places->log, error);
    if (prom_is_ok(result)) {
        result = prom_demo_show_open(&demo->show, places->log, given->json, error);
    }
    if (prom_is_ok(result)) {
        result = run(demo, given, places, error);
    }
    if (!prom_is_ok(result) && demo->show.log != NULL) {
        const prom_error failed = *error;
        result = prom_fail(error, result.category, "demo: %.380s (log: %s)", failed.sentence, places->log);
    }
    end_demo(demo);
    return result;
}

static prom_exit run_demo(int argument_count, char **argument_values)
{
    arguments given = {.scheme = "sumcheck"};
    struct places *places = calloc(1, sizeof *places);
    const prom_option options[] = {
        {"--json", NULL, &given.json},         {"--keep", NULL, &given.keep},
        {"--dir", &given.folder, NULL},        {"--bitcoind", &given.bitcoind, NULL},
        {"--output", &given.output, NULL},     {"--scheme", &given.scheme, NULL},
        {"--model", &given.files.model, NULL}, {"--calibrate", &given.files.calibration, NULL},
        {"--input", &given.files.input, NULL}, {"--labels", &given.files.labels, NULL},
    };
    const char *operands[1];
    size_t operand_count = 0;
    prom_error error = {{0}};
    const bool json = prom_command_wants_json(argument_count, argument_values);
    prom_result result =
        places == NULL ? prom_fail(&error, PROM_CATEGORY_IO, "out of memory")
                       : prom_command_parse(argument_count, argument_values, options, sizeof options / sizeof *options,
                                            operands, &operand_count, 0, &error);
    if (prom_is_ok(result)) {
        result = find_places(&given, places, &error);
    }
    if (prom_is_ok(result)) {
        result = play(&given, places, &error);
    }
    free(places);
    return prom_command_finish(json, result, &error);
}

static const char HELP[] =
    "prom demo - one contract from the offer to the payment, on a private chain\n"
    "\n"
    "usage: prom demo [--scheme NAME] [--keep] [--json] [--output FILE] [--dir DIR] [--bitcoind PATH]\n"
    "                 [--model FILE.onnx --calibrate X --input X [--labels Y.npy]]\n"
    "\n"
    "Starts a devnet of its own and plays a contract on it: a client pays a worker to classify images with a neural\n"
    "network; the worker computes, proves and encrypts the result; a verifier checks it; three arbiters lock stakes.\n"
    "Each party has its own keys, coins and store; they know of each other what messages tell. The transaction that\n"
    "pays the worker, Tx4, shows the key to the result.\n"
    "\n"
    "Options:\n"
    "  --scheme NAME      how the worker proves its output: sumcheck, a proof of the whole batch that is checked "
    "without\n"
    "                     running the network again; or replay, where the verifier runs it again, which also takes\n"
    "                     networks that can not be proven. Default: sumcheck\n"
    "  --keep             leave the devnet running, and say how to look at it; the next demo replaces it\n"
    "  --json             one JSON object instead of text\n"
    "  --output FILE      where the client writes the result, integers in a .npy file, as of 'prom infer --integers'.\n"
    "                     Default: DIR-output.npy\n"
    "  --dir DIR          the devnet's folder; the log is DIR.log.\n"
    "                     Default: ${XDG_DATA_HOME:-$HOME/.local/share}/prometheus/demo\n"
    "  --bitcoind PATH    the bitcoind to run, as of 'prom devnet up'\n"
    "  --model FILE.onnx  another network, as of 'prom compile'. Default: a convolutional one, of handwritten digits\n"
    "  --calibrate X      inputs that show the network's value ranges: .npy, or a folder of pictures\n"
    "  --input X          the batch to compute, the same\n"
    "  --labels Y.npy     the right classes, integers, to measure the accuracy by\n"
    "\n"
    "In the JSON object: scheme (of the settlement), proof (its scheme), proof_bytes, tx0 and tx4 (txid, vsize,\n"
    "fee), h, h_p, accuracy and accuracy_float (shares from 0 to 1, or null), locked and payouts (sat, by C, W, V,\n"
    "A1 to A3, F), seconds (by phase, and total), output, rpc (url and cookie file), contract, program, items,\n"
    "receipts, height, log.\n"
    "\n"
    "Exit codes: 0 done, 1 failed, 2 the command line or a file that it names can not be used.\n"
    "\n"
    "Example:\n"
    "  prom demo --keep\n";

const prom_command prom_command_demo = {
    .name = "demo",
    .summary = "one contract from the offer to the payment, on a private chain",
    .help = HELP,
    .run = run_demo,
};
