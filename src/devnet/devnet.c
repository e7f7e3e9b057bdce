#include "devnet/devnet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "chain/chain.h"
#include "devnet/launch.h"
#include "devnet/running.h"
#include "devnet/words.h"
#include "prometheus/crypto/key.h"
#include "system/random.h"

#define SECRET_NAME "secret"

enum { ARENA_BYTES = 65536, ROOM_MEGABYTES = 200, MINE_AT_ONCE = 100, ENDING_MILLISECONDS = 2000 };

/* What a devnet's folder holds, the stores of a demo's parties included: this is deleted, and nothing else. */
static const char *const OWN[] = {
    PROM_DEVNET_CONDEMNED_NAME,     "devnet.json", SECRET_NAME, PROM_DEVNET_HEIGHT,
    (PROM_DEVNET_DATA "/regtest/"), "parties/",    NULL,
};

/* Starts bitcoind on the data of a devnet that is whole, else on none. */
static prom_result start_new(prom_devnet *devnet, const prom_devnet_options *options, prom_error *error)
{
    char data[PATH_MAX];
    const bool restore = devnet->found == PROM_DEVNET_KILLED;
    PROM_TRY(prom_bitcoind_find(&devnet->bitcoind, options->bitcoind, error));
    if (!devnet->whole) {
        PROM_TRY(prom_folder_empty(&devnet->folder, &devnet->kept, OWN, error));
    }
    PROM_TRY(prom_folder_check_room(&devnet->folder, ROOM_MEGABYTES, error));
    PROM_TRY(prom_folder_path(data, &devnet->folder, PROM_DEVNET_DATA, error));
    if (mkdir(data, S_IRWXU) != 0 && errno != EEXIST) {
        return prom_fail(error, PROM_CATEGORY_IO, "cannot make the folder %s: %s", data, strerror(errno));
    }
    return prom_devnet_launch(devnet, options, restore, error);
}

/* Finds bitcoind running as it was asked for, or starts it. */
static prom_result ensure_running(prom_devnet *devnet, bool *was_running, const prom_devnet_options *options,
                                  prom_error *error)
{
    *was_running = devnet->found == PROM_DEVNET_RUNNING;
    if (*was_running && options->rpc_port != 0 && options->rpc_port != devnet->rpc_port) {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "the devnet in %.150s already runs at port %u, not %u; 'prom devnet down --dir %.150s' ends it",
            devnet->folder.path, (unsigned)devnet->rpc_port, (unsigned)options->rpc_port, devnet->folder.path);
    }
    if (*was_running) {
        const prom_result result = prom_devnet_wait(devnet, options->tell, error);
        if (prom_is_ok(result) || !prom_process_wait(&devnet->process, 0)) {
            return result;
        }
        *was_running = false; /* it was ending: start it again */
    } else if (devnet->found == PROM_DEVNET_ASTRAY) {
        devnet->ended = devnet->process.pid;
        PROM_TRY(prom_devnet_stop(devnet, error));
    }
    PROM_TRY(prom_devnet_look(devnet, error));
    return start_new(devnet, options, error);
}

/* Compares the chain with what was noted of it: restoring makes it of the blocks that can be read, and is silent about
 * the others. */
static prom_result miss_blocks(prom_devnet *devnet, prom_error *error)
{
    prom_chain_info info;
    PROM_TRY(prom_chain_get_info(devnet->rpc, &info, error));
    devnet->height_noted = prom_devnet_noted_height(devnet);
    devnet->lost = devnet->height_noted > info.height ? devnet->height_noted - info.height : 0;
    prom_devnet_note_height(devnet, info.height);
    return prom_ok();
}

/* ---- the devnet as a whole ---- */

void prom_devnet_close(prom_devnet *devnet)
{
    if (devnet != NULL) {
        prom_devnet_let_go(devnet);
        prom_folder_close(&devnet->folder);
        free(devnet);
    }
}

static prom_result new_devnet(prom_devnet **devnet, prom_error *error)
{
    *devnet = calloc(1, sizeof **devnet);
    if (*devnet == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    (*devnet)->folder.lock = -1;
    (*devnet)->process = prom_process_none();
    return prom_ok();
}

/* Looks for a bitcoind whose folder is not there: what has no folder cannot be noted anywhere. */
static prom_result look_without_folder(prom_devnet *devnet, prom_error *error)
{
    devnet->found = PROM_DEVNET_NONE;
    if (devnet->folder.path[0] != '\0') {
        PROM_TRY(prom_devnet_look(devnet, error));
        devnet->found = devnet->process.pid != 0 ? PROM_DEVNET_ASTRAY : PROM_DEVNET_NONE;
    }
    return prom_ok();
}

/* Opens the folder and looks at what runs in it. */
static prom_result open_folder(prom_devnet *devnet, const char *path, prom_folder_mode mode, prom_error *error)
{
    bool has_folder = false;
    PROM_TRY(prom_folder_open(&devnet->folder, &has_folder, path, mode, error));
    if (!has_folder) {
        PROM_TRY(look_without_folder(devnet, error));
        if (devnet->found == PROM_DEVNET_NONE) {
            return prom_ok();
        }
        /* It may be an up's that made the folder since. Where there is none yet, it was deleted under a bitcoind. */
        PROM_TRY(prom_folder_open(&devnet->folder, &has_folder, path, mode, error));
    }
    devnet->has_folder = has_folder;
    PROM_TRY(prom_folder_path(devnet->cookie_file, &devnet->folder, PROM_DEVNET_DATA "/regtest/.cookie", error));
    PROM_TRY(prom_folder_path(devnet->log_file, &devnet->folder, PROM_DEVNET_DATA "/regtest/debug.log", error));
    return has_folder ? prom_devnet_look(devnet, error) : prom_ok();
}

prom_result prom_devnet_open(prom_devnet **devnet, const char *path, bool hold, prom_error *error)
{
    PROM_TRY(new_devnet(devnet, error));
    const prom_result result = open_folder(*devnet, path, hold ? PROM_FOLDER_HOLD : PROM_FOLDER_LOOK, error);
    if (!prom_is_ok(result) || (*devnet)->found == PROM_DEVNET_NONE) {
        prom_devnet_close(*devnet);
        *devnet = NULL;
    }
    return result;
}

/* A folder in which bitcoind never started holds nothing worth keeping. */
static void delete_if_unused(const prom_devnet *devnet)
{
    prom_folder_kept kept;
    if (devnet->folder.lock >= 0 && devnet->process.pid == 0 && !prom_folder_has(&devnet->folder, PROM_DEVNET_DATA)) {
        const prom_result deleted = prom_folder_delete(&devnet->folder, &kept, OWN, NULL);
        (void)deleted; /* the failure that led here is the one to tell */
    }
}

prom_result prom_devnet_start(prom_devnet **devnet, bool *was_running, const prom_devnet_options *options,
                              prom_error *error)
{
    *was_running = false;
    PROM_TRY(new_devnet(devnet, error));
    prom_result result = open_folder(*devnet, options->folder, PROM_FOLDER_MAKE, error);
    if (prom_is_ok(result)) {
        result = ensure_running(*devnet, was_running, options, error);
    }
    if (prom_is_ok(result)) {
        result = miss_blocks(*devnet, error);
    }
    if (!prom_is_ok(result)) {
        delete_if_unused(*devnet);
        prom_devnet_close(*devnet);
        *devnet = NULL;
    } else if (error != NULL) {
        error->sentence[0] = '\0'; /* of an attempt before the one that succeeded */
    }
    return result;
}

prom_result prom_devnet_destroy(prom_devnet *devnet, prom_error *error)
{
    if (!devnet->has_folder) {
        return prom_devnet_stop(devnet, error);
    }
    /* From here on nobody starts or uses it again, even where this process ends before it is deleted. */
    PROM_TRY(prom_devnet_condemn(devnet, error));
    PROM_TRY(prom_devnet_stop(devnet, error));
    return prom_folder_delete(&devnet->folder, &devnet->kept, OWN, error);
}

/* Whether anything is wrong with the folder that a devnet is to be started in. */
prom_result prom_devnet_check_folder(const char *path, prom_error *error)
{
    prom_folder folder = {.lock = -1};
    bool found = false;
    const prom_result result = prom_folder_open(&folder, &found, path, PROM_FOLDER_LOOK, error);
    prom_folder_close(&folder);
    return result;
}

const char *prom_devnet_why_ended(char words[PROM_DEVNET_WORDS], const prom_devnet *devnet)
{
    return prom_devnet_last_words(words, devnet);
}

/* A bitcoind that does not answer may be ending: then why it ends is what is to be told. */
static prom_result explain(prom_devnet *devnet, prom_result failed, prom_error *error)
{
    char words[PROM_DEVNET_WORDS];
    if (failed.category != PROM_CATEGORY_IO) {
        return failed;
    }
    if (!prom_process_wait(&devnet->process, ENDING_MILLISECONDS)) {
        const prom_error why = error != NULL ? *error : (prom_error){{0}};
        return prom_rpc_last_failure(devnet->rpc).kind == PROM_RPC_UNREACHABLE
                   ? prom_devnet_silent(devnet, why.sentence, error)
                   : failed;
    }
    return prom_fail(error, PROM_CATEGORY_IO,
                     "bitcoind (pid %ld) ended: %.250s; 'prom devnet up --dir %.100s' starts it again",
                     (long)devnet->process.pid, prom_devnet_last_words(words, devnet), devnet->folder.path);
}

prom_result prom_devnet_mine(prom_devnet *devnet, const char *descriptor, uint32_t count, prom_error *error)
{
    if (count == 0 || count > PROM_DEVNET_BLOCKS_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%u blocks cannot be mined at once, 1 to %u can", count,
                         PROM_DEVNET_BLOCKS_MAX);
    }
    if (devnet->rpc == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "no devnet runs in %s; start it with 'prom devnet up'",
                         devnet->folder.path);
    }
    for (uint32_t left = count; left > 0;) {
        const uint32_t now = left < MINE_AT_ONCE ? left : MINE_AT_ONCE;
        const prom_result mined = prom_chain_generate(devnet->rpc, descriptor, now, error);
        PROM_TRY(prom_is_ok(mined) ? mined : explain(devnet, mined, error));
        left -= now;
    }
    prom_chain_info info;
    PROM_TRY(prom_chain_get_info(devnet->rpc, &info, error));
    prom_devnet_note_height(devnet, info.height);
    return prom_ok();
}

prom_result prom_devnet_secret(const prom_devnet *devnet, prom_bytes32 *secret, prom_error *error)
{
    size_t length = 0;
    bool exists = false;
    *secret = (prom_bytes32){{0}};
    PROM_TRY(
        prom_folder_read(&devnet->folder, &exists, secret->bytes, &length, sizeof secret->bytes, SECRET_NAME, error));
    if (exists && length != sizeof secret->bytes) {
        return prom_fail(error, PROM_CATEGORY_IO,
                         "%.200s/" SECRET_NAME " is damaged; 'prom devnet down --dir %.200s' deletes the devnet",
                         devnet->folder.path, devnet->folder.path);
    }
    if (exists) {
        return prom_ok();
    }
    *secret = prom_random_bytes32();
    return prom_folder_write(&devnet->folder, SECRET_NAME, prom_span_of32(secret), error);
}

prom_result prom_devnet_descriptor(const prom_devnet *devnet, char descriptor[PROM_DEVNET_DESCRIPTOR], const char *to,
                                   prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    PROM_SCOPED(prom_wipe32) prom_bytes32 secret = {{0}};
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    prom_curve *curve = NULL;
    prom_span script;
    char public[PROM_HEX32];
    prom_arena_init(&arena, ARENA_BYTES);
    if (to != NULL) {
        PROM_TRY(prom_payment_address_script(&arena, &script, to, "bcrt", error));
        (void)snprintf(descriptor, PROM_DEVNET_DESCRIPTOR, "addr(%s)", to);
        return prom_ok();
    }
    const prom_bytes32 blinding = prom_random_bytes32();
    PROM_TRY(prom_devnet_secret(devnet, &secret, error));
    PROM_TRY(prom_curve_new(&arena, &curve, &blinding, error));
    PROM_TRY(prom_key_from_secret(curve, &key, &secret, error));
    (void)snprintf(descriptor, PROM_DEVNET_DESCRIPTOR, "rawtr(%s)", prom_hex32(public, &key.public_key));
    return prom_ok();
}
