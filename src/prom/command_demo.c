/* prom demo */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/units.h"
#include "chain/bitcoind.h"
#include "cli/places.h"
#include "cli/tell.h"
#include "demo/demo.h"
#include "demo/interrupt.h"
#include "demo/words.h"
#include "files/items.h"
#include "prom/batch.h"
#include "prom/demo_kept.h"
#include "prom/demo_own.h"
#include "prom/node_call.h"
#include "prom/program_job.h"
#include "prom/root.h"
#include "system/clock.h"
#include "system/file.h"

/* Where everything is, the standard places filled in. */
struct places {
    char folder[PATH_MAX];
    char output[PATH_MAX];
    char log[PATH_MAX];
    prom_demo_own_paths own;
};

typedef struct arguments {
    bool json;
    bool keep;
    const char *folder;
    const char *bitcoind;
    const char *output;
    const char *scheme;
    const char *story;
    const char *log;
    prom_batch_options batch;
    prom_demo_files files;
    struct places places;
} arguments;

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

static prom_result find_places(arguments *given, struct places *places, prom_error *error)
{
    const bool module = given->files.module != NULL;
    if (given->scheme == NULL) {
        given->scheme = module ? "replay-module" : "sumcheck";
    }
    if (given->story == NULL) {
        given->story = "normal";
    }
    if (given->folder == NULL) {
        PROM_TRY(prom_places_data(places->folder, "demo", error));
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
        PROM_TRY(join(places->output, error, "%s-output%s", places->folder, module ? "" : ".npy"));
    }
    PROM_TRY(prom_batch_pictures(&given->files.pictures, &given->batch, error));
    given->folder = places->folder;
    given->log = places->log;
    given->output = places->output;
    return prom_demo_own_find(&given->files, &places->own, &given->batch, error);
}

/* The devnet of an earlier demo that was kept, or killed, makes room for this one. */
static prom_result clear_devnet(const char *folder, prom_error *error)
{
    prom_devnet *old = NULL;
    PROM_TRY(prom_devnet_open(&old, folder, true, error));
    if (old != NULL) {
        prom_demo_nodes_end_kept(&old->folder);
    }
    prom_result destroyed = old == NULL ? prom_ok() : prom_devnet_destroy(old, error);
    if (prom_is_ok(destroyed) && old != NULL && old->kept.count > 0) {
        destroyed =
            prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                      "%.150s has what is not a devnet's, such as %.100s, which was kept; the devnet of the demo "
                      "before was deleted: choose another --dir",
                      folder, old->kept.first);
    }
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

/* What the client should know before it pays. */
static void tell_warnings(const prom_demo_job *job, const arguments *given)
{
    if (job->note != NULL) {
        (void)fprintf(stderr, "prom: note: %s: %s\n", given->files.model, job->note);
    }
    for (size_t i = 0; i < job->warnings.count; i++) {
        (void)fprintf(stderr, "prom: warning: %s: %s\n", given->files.model, job->warnings.sentences[i]);
    }
    if (job->clamped > 0) {
        char warning[PROM_BATCH_NOTE];
        prom_batch_clamped_text(warning, job->program, job->items, job->clamped);
        (void)fprintf(stderr, "prom: warning: %s: %s\n", given->files.input, warning);
    }
}

static void show_program(prom_demo *demo)
{
    const prom_demo_job *job = &demo->job;
    char items[PROM_UNITS];
    char first[PROM_UNITS];
    char second[PROM_UNITS];
    (void)prom_units_count(items, job->items, "item");
    if (job->program != NULL) {
        prom_demo_show_phase(&demo->show, PROM_DEMO_COMPILE, -1, "%s for a program of %s, %s", items,
                             prom_units_count(first, job->program->layer_count, "layer"),
                             prom_units_count(second, job->program->parameters, "parameter"));
        return;
    }
    const prom_module *module = &job->module.program;
    prom_demo_show_phase(&demo->show, PROM_DEMO_COMPILE, -1, "%s for a module of %s, which %s", items,
                         prom_units_bytes(first, module->code.length),
                         module->limits.folds ? "maps and folds" : "maps");
    prom_demo_show_line(&demo->show, "an item may take fuel %s and give %s",
                        prom_units_number(first, module->limits.fuel),
                        prom_units_bytes(second, module->limits.result_bytes));
}

static prom_result load_module(prom_demo *demo, const arguments *given, prom_error *error)
{
    PROM_SCOPED(prom_program_job_end) prom_program_job opened = {0};
    const prom_limit_options measured = {0};
    const prom_texts inputs = {&given->files.input, 1};
    const prom_program_given wanted = {.program = given->files.module,
                                       .inputs = &inputs,
                                       .kind = given->files.kind,
                                       .limits = &measured,
                                       .quiet = true};
    PROM_TRY(prom_program_job_open(&opened, &wanted, error));
    const prom_demo_program program = {opened.made.bytes, &opened.items, opened.origin.kind == PROM_ITEMS_LINES};
    return prom_demo_module_take(&demo->arena, &demo->job, &program, demo->scheme, error);
}

static prom_result compile(prom_demo *demo, const arguments *given, prom_error *error)
{
    PROM_TRY(given->files.module != NULL
                 ? load_module(demo, given, error)
                 : prom_demo_job_load(&demo->arena, &demo->job, &given->files, demo->scheme, error));
    PROM_TRY(prom_file_try(given->output, error)); /* again: which files hold the weights is known now */
    show_program(demo);
    if (!given->json) {
        tell_warnings(&demo->job, given);
    }
    PROM_TRY(prom_demo_job_time(&demo->arena, &demo->job, error));
    demo->show.phase_started = prom_clock_seconds(); /* measuring belongs to no phase */
    return prom_ok();
}

static prom_result run_story(prom_demo *demo, prom_error *error)
{
    PROM_TRY(prom_demo_faucet_open(&demo->cast.faucet, &demo->arena, demo->devnet, error));
    demo->cast.own_verifier = demo->play.story->own_verifier;
    PROM_TRY(prom_demo_prepare(&demo->cast, error));
    prom_demo_show_phase(&demo->show, PROM_DEMO_FUND, -1,
                         "%d parties have coins; P and %d arbiters' offers are confirmed", PROM_DEMO_PARTIES,
                         PROM_DEMO_ARBITERS);
    prom_demo_show_line(&demo->show, "%s", PROM_DEMO_WORD_P);
    return prom_demo_story_run(demo, error);
}

static prom_result run_market(prom_demo *demo, bool keep, prom_error *error)
{
    prom_demo_market *market = &demo->market;
    PROM_TRY(prom_demo_market_open(market, &demo->arena, demo->devnet, &demo->show, keep, error));
    prom_demo_show_phase(&demo->show, PROM_DEMO_FUND, -1,
                         "%d nodes have coins; P and %d offers of %d arbiters are confirmed", PROM_DEMO_NODES,
                         PROM_DEMO_OWNERS * PROM_DEMO_OFFERS, PROM_DEMO_OWNERS);
    prom_demo_show_line(&demo->show, "%s", PROM_DEMO_WORD_P);
    if (keep) {
        prom_demo_show_line(&demo->show, "the client's page: http://127.0.0.1:%u/",
                            (unsigned)market->nodes.list[PROM_DEMO_CLIENT].page_port);
    }
    PROM_TRY(prom_demo_market_run(demo, error));
    return keep ? prom_demo_nodes_keep(&market->nodes, error) : prom_ok();
}

static prom_result run_contracts(prom_demo *demo, const arguments *given, const struct places *places,
                                 prom_error *error)
{
    demo->play.story = prom_demo_story_of(given->story);
    PROM_TRY(compile(demo, given, error));
    prom_demo_interrupts_take();
    PROM_TRY(start_chain(demo, given, places, error));
    return demo->play.story->market ? run_market(demo, given->keep, error) : run_story(demo, error);
}

static prom_result tell(const prom_demo *demo, const arguments *given, prom_error *error)
{
    if (given->json) {
        return prom_tell_json(prom_demo_json(demo), error);
    }
    prom_demo_print(demo);
    if (given->keep) {
        prom_demo_kept_print(demo);
    }
    return prom_ok();
}

static prom_result run(prom_demo *demo, const arguments *given, const struct places *places, prom_error *error)
{
    prom_result result = run_contracts(demo, given, places, error);
    if (prom_is_ok(result)) {
        result = tell(demo, given, error);
    } else {
        prom_demo_show_log(&demo->show, "failed: %s", error->sentence);
    }
    prom_demo_market_close(&demo->market); /* before its chain */
    if (demo->devnet != NULL && !(given->keep && prom_is_ok(result))) {
        prom_error ignored; /* the first failure is the one to tell */
        const prom_result destroyed = prom_devnet_destroy(demo->devnet, prom_is_ok(result) ? error : &ignored);
        result = prom_is_ok(result) ? destroyed : result;
    }
    return result;
}

static void end_demo(prom_demo *demo)
{
    prom_demo_dismiss(&demo->cast);
    prom_devnet_close(demo->devnet);
    prom_demo_show_close(&demo->show);
    prom_arena_free(&demo->arena);
    free(demo);
}

static prom_result play(const arguments *given, const struct places *places, prom_error *error)
{
    prom_demo *demo = calloc(1, sizeof *demo);
    if (demo == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    prom_arena_init(&demo->arena, DEMO_MEMORY);
    demo->output_path = places->output;
    demo->scheme = prom_scheme_by_name(given->scheme);
    prom_result result = prom_demo_show_open(&demo->show, places->log, given->json, error);
    if (prom_is_ok(result)) {
        result = run(demo, given, places, error);
    }
    if (!prom_is_ok(result) && demo->show.log != NULL) {
        const prom_error failed = *error;
        result = prom_fail(error, result.category, "%.380s (log: %s)", failed.sentence, places->log);
    }
    end_demo(demo);
    return result;
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

/* Nodes have sockets in the folder, whose names are bounded. */
static prom_result check_sockets(const char *folder, prom_error *error)
{
    char path[PATH_MAX];
    PROM_TRY(prom_node_home(path, folder, error));
    return prom_demo_nodes_check_folder(path, error);
}

static prom_result complete_demo(void *values, prom_error *error)
{
    arguments *given = values;
    prom_bitcoind bitcoind; /* not used before the chain is started, but to be missed before the work */
    PROM_TRY(find_places(given, &given->places, error));
    PROM_TRY(prom_devnet_check_folder(given->folder, error)); /* before there is a log beside it */
    PROM_TRY(prom_demo_story_of(given->story)->market ? check_sockets(given->folder, error) : prom_ok());
    PROM_TRY(prom_bitcoind_find(&bitcoind, given->bitcoind, error));
    return make_parent(given->log, error);
}

static prom_result run_demo(void *values, prom_exit *code, prom_error *error)
{
    const arguments *given = values;
    (void)code;
    return play(given, &given->places, error);
}

/* What no parameter names. */
static const prom_parameter LOG[] = {
    {.value = "log", PROM_TO_TEXT(log), .files = "*", .writes = true},
    {0},
};

static const prom_parameter PARAMETERS[] = {
    {.option = "--scheme",
     .value = "NAME",
     .noun = "proof scheme",
     PROM_TO_TEXT(scheme),
     .excludes = "--program",
     .words = "sumcheck replay",
     .help = "Let the worker prove its output so: sumcheck, a proof of the whole batch that is checked without running "
             "the network again; or replay, where the verifier runs it again, which also takes networks that cannot be "
             "proven. Default: sumcheck. Modules have replay-module alone."},
    {.option = "--story",
     .value = "STORY",
     .noun = "story",
     PROM_TO_TEXT(story),
     .words =
         "normal one-contract self-verified worker-silent nobody-moves worker-lies worker-vanishes verifier-silent "
         "verifier-lies worker-away appeal-lost no-decision reorg",
     .help = "Play this one: normal by nodes, all others by parties. Default: normal."},
    {.option = "--keep",
     PROM_TO_FLAG(keep),
     .help = "Leave the devnet running, and of 'normal' the nodes, whose client shows a page; say how to look at them. "
             "The next demo replaces them."},
    {.option = "--output",
     .value = "FILE",
     PROM_TO_TEXT(output),
     .files = "npy",
     .writes = true,
     .help = "Let the client write the result to FILE, integers in a .npy file, as of 'prom infer --integers'; of a "
             "module as of 'prom program run'. Default: DIR-output.npy, or DIR-output."},
    {.option = "--dir",
     .value = "DIR",
     PROM_TO_TEXT(folder),
     .files = "/",
     .help = "Put the devnet into the folder DIR; the log is DIR.log. Default: " PROM_PLACES_DATA("demo") "."},
    {.option = "--bitcoind",
     .value = "PATH",
     PROM_TO_TEXT(bitcoind),
     .files = "*",
     .help = "Run this bitcoind, as of 'prom devnet up'."},
    {.option = "--program",
     .value = "FILE",
     .noun = "program",
     PROM_TO_TEXT(files.module),
     .files = "wasm prom",
     .excludes = "--model",
     .help = "Take a WebAssembly module in place of a network, or a program that 'prom program make' wrote of one; "
             "--input goes with it. Limits of a module alone are measured, as by 'prom program make --sample'."},
    {.option = "--items",
     .value = "KIND",
     .noun = "kind of items",
     PROM_TO_TEXT(files.kind),
     .words = PROM_ITEMS_KINDS,
     .help = "Of a module: what an item of --input is, as of 'prom program run'. Default: files."},
    {.option = "--model",
     .value = "FILE.onnx",
     PROM_TO_TEXT(files.model),
     .files = "onnx",
     .help = "Take another network, as of 'prom compile'; --input goes with it, and --calibrate where it is a float "
             "model. Default: a convolutional one, of handwritten digits."},
    PROM_PARAMETER_END_AT(files.end_at),
    {.option = "--calibrate",
     .value = "X",
     PROM_TO_TEXT(files.calibration),
     .files = "npy",
     .help = "Measure the network's value ranges on these inputs: .npy, or a folder of pictures."},
    {.option = "--input",
     .value = "X",
     PROM_TO_TEXT(files.input),
     .files = "*",
     .help = "Compute this batch, the same, where integers are taken as plain numbers, too; of a module a file or a "
             "folder with its items."},
    {.option = "--labels",
     .value = "Y.npy",
     PROM_TO_TEXT(files.labels),
     .files = "npy",
     .help = "Measure the accuracy by the right classes, integers."},
    PROM_PARAMETERS_PICTURES,
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text DESCRIPTION[] = {
    {NULL,
     "Starts a devnet of its own, and on it a market: a client, two workers and four arbiters, each a 'prom node' "
     "with a folder, coins and a process of its own, which talk to each other over TCP. A P, which says what "
     "contracts share (stakes, shares of the reward, deadlines), is published, and each arbiter locks stakes in "
     "several offers for it. The client has a batch of images classified by a neural network, as by 'prom run': "
     "split into four parts, each a contract with one of the workers, with three of the arbiters in its seats, "
     "an arbiter in one of them at most, and with the client as the verifier. With --program it is a WebAssembly "
     "module that is run over items, instead, which the client's node computes again."},
    {NULL, "All that is locked in a contract lies in one output, of Tx0. It can be paid out in seven ways, the schemes "
           "#1 to #7. When all keep the rules it ends by scheme #3: the worker delivers the result, encrypted, with a "
           "proof; the verifier says r = 1, the package is good (r = 0: it is not); and Tx4 pays everybody and shows "
           "h_p, the key to the result, whose hash h all have signed before."},
    {NULL, "The other stories are one contract each, between a client, a worker, a verifier and three arbiters, each "
           "a process of a simpler kind, 'prom party', so that some can be silent, vanish or lie; most of them end by "
           "another scheme."},
    {NULL, "A node that ends while the demo runs is started again, and goes on where it was. Ctrl-C stops and deletes "
           "all. Two demos in one DIR take turns. FILE and the log are tried before anything starts, and are not "
           "written over what is read. A demo that is killed leaves DIR, and with --keep its bitcoind, but no node: "
           "the next demo, or 'prom devnet down --dir DIR', ends and deletes both."},
    {NULL, "With --keep the folders stay too: DIR/parties/C, W1, W2 and A1 to A4 of the nodes, which all commands that "
           "ask a node take as their --dir; C, W, V and A1 to A3 of the parties, into which 'prom channel' looks."},
    {0},
};

static const prom_text STORIES[] = {
    {"normal", "#3: everybody keeps the rules, in four contracts; nodes play it"},
    {"one-contract", "#3: the same in one contract; parties play it, and all that follow"},
    {"self-verified", "#3: the verifier is the client's own"},
    {"worker-silent", "#4: the worker is gone; the verifier says so on the chain"},
    {"nobody-moves", "#1: worker and verifier are gone; time ends it"},
    {"worker-lies", "#4: the package is bad, and the worker does not appeal"},
    {"worker-vanishes", "#3: the worker is gone when it has delivered; the verifier publishes Tx4"},
    {"verifier-silent", "#2: the verifier is gone; the worker is paid by time"},
    {"verifier-lies", "#7: a good package is called bad; the arbiters decide for the worker"},
    {"worker-away", "#7: the same, but the worker is gone; its watchtower appeals"},
    {"appeal-lost", "#6: the package is bad, and the worker appeals"},
    {"no-decision", "#5: the worker appeals, and the arbiters are gone"},
    {"reorg", "#3: Tx0 and the settlement are reorganised away, and come again"},
    {0},
};

static const prom_section SECTIONS[] = {{"STORIES", STORIES}, {0}};

static const prom_text JSON[] = {
    {"story, scheme", "what was played; by which of the seven schemes it ended, null: not all contracts by the same"},
    {"transactions", "of all contracts, in the order of the chain: name, txid, vsize, height"},
    {"locked, payouts", "sat, of all contracts: by C, W1, W2, A1 to A4 and F of 'normal', by C, W, V, A1 to A3 and F "
                        "of other stories"},
    {"why", "a sentence for each"},
    {"contracts", "of each: first and items of the batch, worker, reward, scheme; tx0; tx4, or null where another "
                  "transaction settled it; settled_by; h and h_p, or null where h_p was not shown; payouts"},
    {"nodes",
     "of 'normal', each: name, role, dir, key, address, page (or null), ends (how often it was started again)"},
    {"proof", "the proof scheme"},
    {"accuracy, accuracy_float", "shares from 0 to 1, or null"},
    {"seconds", "by phase, and total"},
    {"output, log", "the files; output is null where the client has no result"},
    {"rpc", "url and cookie file, of use with --keep"},
    {"program", "its digest"},
    {"items", "how many there were"},
    {"clamped", "as of 'prom infer'"},
    {"module", "of a module: nodes (items and folds), failed of them, fuel in all, seconds of a run here; else null"},
    {"warnings", "as of 'prom compile'"},
    {"height", "of the chain at the end"},
    {0},
};

static const char *const EXAMPLES[] = {"prom demo --keep", "prom demo --story verifier-lies",
                                       "prom demo --program wordcount.wasm --input texts", NULL};

const prom_command prom_command_demo = {
    .name = "demo",
    .summary = "run a market of nodes on a private chain, or play a story of one contract",
    .description = DESCRIPTION,
    .parameters = PARAMETERS,
    .implied = LOG,
    .sections = SECTIONS,
    .json = JSON,
    .exits = {[PROM_EXIT_USAGE] = "the command line or a file that it names cannot be used"},
    .examples = EXAMPLES,
    .arguments_size = sizeof(arguments),
    .complete = complete_demo,
    .run = run_demo,
};
