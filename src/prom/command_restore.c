/* prom restore */
#include <limits.h>
#include <stdio.h>

#include "cli/secret.h"
#include "cli/tell.h"
#include "daemon/locked_seed.h"
#include "node/look.h"
#include "prom/root.h"
#include "store/backup.h"
#include "system/file.h"
#include "system/random.h"
#include "wallet/wallet.h"

#define CURVE_BYTES ((size_t)1 << 20)

typedef struct arguments {
    bool json;
    const char *backup;
    const char *folder;
    const char *words;
    const char *passphrase;
    const char *words_passphrase;
} arguments;

/* A backup does not say in clear which chain it is of: the key of the main chain, and the one of all others. */
enum { KEYS = 2 };

typedef struct backup_keys {
    prom_bytes32 list[KEYS];
} backup_keys;

static void wipe_keys(backup_keys *keys)
{
    prom_wipe(keys, sizeof *keys);
}

struct passphrase_file {
    const char *path; /* NULL: the terminal is asked */
};

static prom_result ask_passphrase(void *context, char passphrase[PROM_LOCK_PASSPHRASE_MAX], prom_error *error)
{
    const struct passphrase_file *from = context;
    return prom_secret_ask(passphrase, PROM_LOCK_PASSPHRASE_MAX, from->path, "passphrase of the seed's file: ", false,
                           error);
}

static prom_result load_seed(prom_seed *seed, const arguments *given, prom_error *error)
{
    char path[PATH_MAX];
    struct passphrase_file from = {given->words_passphrase};
    const prom_lock_asker asker = {ask_passphrase, &from};
    if (given->words == NULL && snprintf(path, sizeof path, "%s/words", given->folder) >= (int)sizeof path) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the folder %.200s has too long a name", given->folder);
    }
    return prom_locked_seed_load(seed, given->words != NULL ? given->words : path, given->passphrase, &asker, error);
}

static prom_result make_keys(backup_keys *keys, const arguments *given, prom_error *error)
{
    static const char *const networks[KEYS] = {"main", "regtest"};
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    PROM_SCOPED(prom_seed_wipe) prom_seed seed = {{0}};
    prom_curve *curve = NULL;
    const prom_bytes32 blinding = prom_random_bytes32();
    prom_arena_init(&arena, CURVE_BYTES);
    PROM_TRY(load_seed(&seed, given, error));
    PROM_TRY(prom_curve_new(&arena, &curve, &blinding, error));
    prom_wallet wallet = {.curve = curve, .seed = seed};
    prom_result made = prom_ok();
    for (size_t i = 0; i < KEYS && prom_is_ok(made); i++) {
        PROM_SCOPED(prom_key_wipe) prom_key key = {0};
        wallet.coin_type = prom_wallet_coin_type(networks[i]);
        made = prom_wallet_own_key(&wallet, &key, PROM_WALLET_BACKUP, error);
        keys->list[i] = key.secret;
    }
    prom_seed_wipe(&wallet.seed);
    return made;
}

struct counts {
    size_t channels;
    size_t open;
};

static prom_result count_channel(void *context, const prom_store_channel *record, prom_error *error)
{
    struct counts *counts = context;
    (void)error;
    counts->channels++;
    counts->open += record->closed ? 0 : 1;
    return prom_ok();
}

static prom_result run_restore(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    PROM_SCOPED(wipe_keys) backup_keys keys = {{{{0}}}};
    PROM_SCOPED(prom_look_close) prom_look *look = NULL;
    struct counts counts = {0};
    char path[PATH_MAX];
    (void)code;
    if (!prom_file_is_folder(given->folder)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is no folder: make it first", given->folder);
    }
    PROM_TRY(make_keys(&keys, given, error));
    (void)snprintf(path, sizeof path, "%.4000s/" PROM_STORE_FILE, given->folder);
    PROM_TRY(prom_backup_restore(given->backup, keys.list, KEYS, path, error));
    PROM_TRY(prom_look_open(&look, given->folder, error));
    PROM_TRY(prom_look_each(look, count_channel, &counts, error));
    return prom_tell(given->json,
                     json_pack("{s:s, s:s, s:I, s:I}", "database", path, "network", prom_look_network(look)->name,
                               "channels", (json_int_t)counts.channels, "open", (json_int_t)counts.open),
                     error,
                     counts.channels == 0
                         ? "%s: restored, for %s. It has no channels.\n"
                         : "%s: restored, for %s. It has %zu channel%s, %zu open: nothing is signed in them any more, "
                           "and what is signed already is published. New channels are as ever.\n",
                     path, prom_look_network(look)->name, counts.channels, counts.channels == 1 ? "" : "s",
                     counts.open);
}

static const prom_parameter PARAMETERS[] = {
    {.value = "BACKUP",
     .noun = "backup",
     .files = "*",
     .required = true,
     PROM_TO_TEXT(backup),
     .help = "The file that the node has written its backup to, the newest that there is."},
    {.option = "--dir",
     .value = "DIR",
     .noun = "folder",
     .files = "/",
     .required = true,
     PROM_TO_TEXT(folder),
     .help = "Make the database in the folder DIR, which is there and has none."},
    {.option = "--words",
     .value = "FILE",
     .noun = "file",
     .files = "*",
     PROM_TO_TEXT(words),
     .help = "Take the words of the seed from FILE, as 'prom seed make' writes it. Default: DIR/words."},
    {.option = "--passphrase",
     .value = "FILE",
     .noun = "file",
     .files = "*",
     PROM_TO_TEXT(passphrase),
     .help = "Take the seed's passphrase from FILE, one line, readable by you only. Default: it has none."},
    {.option = "--words-passphrase",
     .value = "FILE",
     .noun = "file",
     .files = "*",
     PROM_TO_TEXT(words_passphrase),
     .help =
         "Take the passphrase that the file of the words is encrypted with from FILE. Default: the terminal is asked, "
         "where it is encrypted."},
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text DESCRIPTION[] = {
    {NULL,
     "Makes a node's database out of a backup, when the disk was lost. First end the old node for good, if it can "
     "still run: two nodes of one seed sign twice what may be signed once. Then restore, and start the node with "
     "the folder."},
    {NULL, "All channels of the backup are marked as restored. After the backup they may have signed what it does not "
           "know of, and so the node signs nothing in them any more, whatever others ask; it publishes what is "
           "signed. docs/keys.md tells for each role what that can cost. New channels are as ever."},
    {NULL, "A database that is in the folder is never replaced, and where BACKUP is damaged, or of another seed, none "
           "is made."},
    {0},
};

static const prom_text JSON[] = {
    {"database", "the file that was made"},
    {"network", "that the node is on"},
    {"channels", "how many the backup has, all marked"},
    {"open", "how many of them are not over"},
    {0},
};

static const char *const EXAMPLES[] = {"prom restore /mnt/backup/prometheus.backup --dir ~/.prometheus", NULL};

const prom_command prom_command_restore = {
    .name = "restore",
    .summary = "make a node's database out of its backup",
    .description = DESCRIPTION,
    .parameters = PARAMETERS,
    .exits = {[PROM_EXIT_FAILURE] = "a disk or memory failed",
              [PROM_EXIT_USAGE] = "the command line, the backup, the seed or the folder cannot be used"},
    .json = JSON,
    .examples = EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_restore,
};
