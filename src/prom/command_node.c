/* prom node */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/secret.h"
#include "cli/tell.h"
#include "daemon/daemon.h"
#include "prom/node_call.h"
#include "prom/root.h"
#include "prom/words_text.h"
#include "system/file.h"
#include "system/folder.h"
#include "system/stream.h"

typedef struct arguments {
    const char *folder;
    const char *network;
    const char *config;
    const char *passphrase;
    bool create;
    bool encrypt;
    bool write_config;
    bool json;
    bool risk;
} arguments;

struct places {
    char home[PATH_MAX];
    char config[PATH_MAX + sizeof PROM_CONFIG_FILE];
};

static prom_result find_places(struct places *places, const arguments *given, prom_error *error)
{
    PROM_TRY(prom_node_home(places->home, given->folder, error));
    if (given->config == NULL) {
        (void)snprintf(places->config, sizeof places->config, "%s/" PROM_CONFIG_FILE, places->home);
        return prom_ok();
    }
    return snprintf(places->config, sizeof places->config, "%s", given->config) < (int)sizeof places->config
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the configuration has too long a name");
}

/* -- --write-config -- */

static prom_result write_new(const char *path, const char *network, prom_error *error)
{
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    if (file == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    prom_config_write(file, network);
    prom_result result = fclose(file) == 0 ? prom_ok() : prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    if (prom_is_ok(result)) {
        result = prom_file_write(path, prom_span_of((const uint8_t *)text, length), error);
    }
    free(text);
    return result;
}

static prom_result write_config(const struct places *places, const arguments *given, prom_error *error)
{
    const char *network = given->network != NULL ? given->network : prom_settings[0].standard;
    if (prom_stream_is(places->config)) {
        prom_config_write(stdout, network);
        return prom_ok();
    }
    if (access(places->config, F_OK) == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.300s is there already, and is never written over: --config - prints a new one",
                         places->config);
    }
    if (given->config == NULL) {
        PROM_TRY(prom_folder_make(places->home, error));
    }
    PROM_TRY(write_new(places->config, network, error));
    (void)printf("%s: every setting is explained in it. Look at it, then 'prom node --create'.\n", places->config);
    return prom_ok();
}

/* -- --create, and running -- */

static prom_result ask_passphrase(void *context, char passphrase[PROM_LOCK_PASSPHRASE_MAX], prom_error *error)
{
    const arguments *given = context;
    return prom_secret_ask(passphrase, PROM_LOCK_PASSPHRASE_MAX, given->passphrase,
                           "passphrase of the seed's file: ", false, error);
}

/* Words go to a terminal and nowhere else: in a pipe or a journal they would stay. */
static prom_result create(const prom_daemon_options *options, const arguments *given, prom_error *error)
{
    char path[PATH_MAX];
    char words[PROM_SEED_TEXT] = "";
    char passphrase[PROM_LOCK_PASSPHRASE_MAX] = "";
    if (isatty(STDOUT_FILENO) != 1) {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "--create shows the words of the seed, once, on a terminal, and standard output is none: run it "
            "at one, or make the file by 'prom seed make' first");
    }
    if (given->encrypt) {
        PROM_TRY(prom_secret_ask(passphrase, sizeof passphrase, given->passphrase,
                                 "passphrase for the seed's file: ", true, error));
    }
    const prom_result made = prom_daemon_create(options, words, path, given->encrypt ? passphrase : NULL, error);
    prom_wipe(passphrase, sizeof passphrase);
    if (prom_is_ok(made)) {
        prom_words_print(path, words);
        (void)fprintf(stderr,
                      "\n'prom seed check -' tells whether they were written down right. Then 'prom node', with the "
                      "same --dir and --network, runs the node.\n");
    }
    prom_wipe(words, sizeof words);
    return made;
}

static prom_result run_node(void *context, prom_exit *code, prom_error *error)
{
    arguments *given = context;
    struct places places;
    (void)code;
    (void)umask(S_IRWXG | S_IRWXO); /* nothing of a node's is for others */
    PROM_TRY(find_places(&places, given, error));
    if (given->write_config) {
        return write_config(&places, given, error);
    }
    const prom_daemon_options options = {.home = places.home,
                                         .config = places.config,
                                         .network = given->network,
                                         .accepts_risk = given->risk,
                                         .asker = {ask_passphrase, given}};
    if (given->config != NULL && access(given->config, F_OK) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "there is no %.300s: 'prom node --write-config' writes one",
                         given->config);
    }
    return given->create ? create(&options, given, error) : prom_daemon_run(&options, error);
}

/* -- What help says -- */

static const prom_parameter PARAMETERS[] = {
    {.option = "--dir",
     .value = "DIR",
     .noun = "folder",
     PROM_TO_TEXT(folder),
     .help = "The folder of the program: prom.conf lies in it, and a folder for each network. Default: ~/.prometheus."},
    {.option = "--network",
     .value = "NAME",
     .noun = "network",
     .words = "main testnet4 signet regtest",
     PROM_TO_TEXT(network),
     .help = "Be on this network, whatever the configuration says."},
    {.option = "--config",
     .value = "FILE",
     .noun = "file",
     PROM_TO_TEXT(config),
     .help = "Read FILE. Default: DIR/prom.conf, which need not be there."},
    {.option = "--write-config",
     PROM_TO_FLAG(write_config),
     .help =
         "Write a configuration with every setting explained, to DIR/prom.conf or to FILE, '-' for standard output, "
         "and end. A file that is there is never written over."},
    {.option = "--create",
     .excludes = "--write-config",
     PROM_TO_FLAG(create),
     .help = "Make the folder and the seed of the network, show its words once, and end. It needs a terminal."},
    {.option = "--encrypt",
     PROM_TO_FLAG(encrypt),
     .help = "With --create: encrypt the seed's file by a passphrase, which each start asks for."},
    {.option = "--passphrase-file",
     .value = "FILE",
     .noun = "file",
     .files = "*",
     PROM_TO_TEXT(passphrase),
     .help = "Take that passphrase from FILE, one line, readable by you only. Default: the terminal is asked."},
    {.option = "--i-accept-the-risk",
     PROM_TO_FLAG(risk),
     .help = "Run on the main chain, where coins are real and can be lost."},
    {.option = "--json", PROM_TO_FLAG(json), .help = "Tell a failure as one JSON object."},
    {0},
};

static const prom_text DESCRIPTION[] = {
    {NULL, "Runs a node in the foreground, until SIGTERM, SIGINT or 'prom stop'; what was begun goes on with the next "
           "start, however it ended. It asks your own bitcoind, waits for it where it is away, and never starts one. "
           "docs/operating.md tells how to run it as a service, and docs/configuration.md all settings."},
    {NULL, "The first time: 'prom node --write-config', look at the file, 'prom node --create', write the words down, "
           "'prom node'."},
    {NULL, "SIGHUP has the configuration read again, and the log opened again: what a running node can take is taken. "
           "The other commands talk to it over the socket 'rpc' in its folder, which no other user can use: "
           "docs/rpc.md."},
    {0},
};

static const char *const EXAMPLES[] = {
    "prom node --write-config --network regtest",
    "prom node --create --encrypt",
    "prom node --passphrase-file /run/prom/secret",
    NULL,
};

const prom_command prom_command_node = {
    .name = "node",
    .summary = "run a node",
    .description = DESCRIPTION,
    .parameters = PARAMETERS,
    .exits = {[PROM_EXIT_OK] = "it was told to end, and has ended",
              [PROM_EXIT_FAILURE] = "a disk, a socket or memory failed; another process has the folder",
              [PROM_EXIT_USAGE] =
                  "the command line, the configuration, the seed, the database or the chain cannot be used"},
    .examples = EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_node,
};
