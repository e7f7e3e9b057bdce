/* prom tower export | key; run has a file of its own */
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cli/tell.h"
#include "node/look.h"
#include "prom/root.h"
#include "prometheus/bitcoin/address.h"
#include "prometheus/bitcoin/script.h"
#include "system/file.h"
#include "system/random.h"
#include "tower/export.h"
#include "tower/key.h"
#include "tower/run.h"
#include "wallet/seed_file.h"
#include "wallet/wallet.h"

#define CURVE_BYTES ((size_t)1 << 20)
#define EXPORT_BYTES (4 * PROM_TOWER_PACKAGE_MAX + ((size_t)1 << 28))

/* Of all actions; each takes some of them. */
typedef struct arguments {
    bool json;
    bool with_package;
    const char *id;
    const char *folder;
    const char *words;
    const char *passphrase;
    const char *output;
    const char *network;
} arguments;

static prom_result new_curve(prom_arena *arena, prom_curve **curve, prom_error *error)
{
    const prom_bytes32 blinding = prom_random_bytes32();
    prom_arena_init(arena, CURVE_BYTES);
    return prom_curve_new(arena, curve, &blinding, error);
}

/* -- export -- */

static prom_result read_secrets(const prom_look *look, prom_channel_secrets *secrets, const arguments *given,
                                uint64_t number, prom_error *error)
{
    prom_wallet wallet = {.curve = prom_look_curve(look),
                          .coin_type = prom_wallet_coin_type(prom_look_network(look)->name)};
    PROM_TRY(prom_seed_file_load(&wallet.seed, given->folder, given->words, given->passphrase, error));
    prom_result made = prom_wallet_secret_of(&wallet, &secrets->h_p, number, PROM_WALLET_H_P, 0, error);
    if (prom_is_ok(made)) {
        made = prom_wallet_secret_of(&wallet, &secrets->k_p, number, PROM_WALLET_K_P, 0, error);
    }
    prom_seed_wipe(&wallet.seed);
    return made;
}

/* The packages as the node keeps them, by their hashes and the channel's number. */
static prom_result read_packages(const prom_channel *channel, prom_arena *arena, prom_tower_gift *gift,
                                 const char *folder, prom_error *error)
{
    static const char *const names[] = {"package-a", "package-b"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const prom_body *body = &channel->facts.batches[0].evidence.bodies[PROM_BODY_PACKAGE_A + i];
        char path[PATH_MAX];
        char hex[PROM_HEX32];
        if (body->here) {
            (void)snprintf(path, sizeof path, "%.3900s/bodies/%s-%s-%llu", folder, names[i],
                           prom_hex32(hex, &body->hash), (unsigned long long)channel->facts.number);
            PROM_TRY(prom_file_read(arena, &gift->packages[i], path, PROM_TOWER_PACKAGE_MAX, error));
        }
    }
    return prom_ok();
}

static prom_result write_private(const char *path, prom_span bytes, prom_error *error)
{
    const mode_t before = umask(S_IRWXG | S_IRWXO); /* with an appeal it holds secrets */
    const prom_result written = prom_file_write(path, bytes, error);
    (void)umask(before);
    return written;
}

static prom_result export(prom_look *look, prom_arena *arena, prom_tower_file *file, const arguments *given,
                          prom_error *error)
{
    prom_store_channel record;
    prom_channel *channel = NULL;
    prom_tower_gift gift = {0};
    prom_span bytes;
    PROM_TRY(prom_look_find(look, &record, given->id, error));
    PROM_TRY(prom_look_load(look, arena, &channel, &record, error));
    if (channel == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this contract is over, and nothing of it was kept");
    }
    prom_result made = prom_ok();
    if (given->with_package) {
        made = prom_tower_may_appeal(channel, 0, error);
        made = prom_is_ok(made) ? read_secrets(look, &gift.secrets, given, record.number, error) : made;
        made = prom_is_ok(made) ? read_packages(channel, arena, &gift, given->folder, error) : made;
    }
    made =
        prom_is_ok(made) ? prom_tower_export(channel, 0, arena, file, given->with_package ? &gift : NULL, error) : made;
    prom_wipe(&gift.secrets, sizeof gift.secrets);
    prom_channel_wipe(channel);
    PROM_TRY(made);
    PROM_TRY(prom_tower_file_write(arena, &bytes, file, error));
    return write_private(given->output, bytes, error);
}

static json_t *branches_json(const prom_tower_file *file)
{
    json_t *list = json_array();
    for (size_t i = 0; i < file->branch_count; i++) {
        const prom_tower_branch *branch = &file->branches[i];
        char txid[PROM_HEX32];
        char spends[PROM_HEX32];
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:{s:s, s:I}, s:I, s:o}", "name", prom_tower_branch_name(branch), "txid",
                            prom_hex32_reversed(txid, &branch->txid), "spends", "txid",
                            prom_hex32_reversed(spends, &branch->spends.txid), "index",
                            (json_int_t)branch->spends.index, "opens", (json_int_t)branch->opens, "closes",
                            branch->closes == PROM_TOWER_OPEN ? json_null() : json_integer(branch->closes)));
    }
    return list;
}

static prom_result run_export(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    PROM_SCOPED(prom_look_close) prom_look *look = NULL;
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_tower_file file;
    char id[PROM_HEX32];
    (void)code;
    prom_arena_init(&arena, EXPORT_BYTES);
    PROM_TRY(prom_look_open(&look, given->folder, error));
    PROM_TRY(export(look, &arena, &file, given, error));
    (void)prom_hex32(id, &file.contract_id);
    json_t *object = json_pack("{s:s, s:s, s:s, s:b, s:I, s:o}", "contract", id, "network",
                               prom_look_network(look)->name, "output", given->output, "appeal", (int)file.appeal.there,
                               "first_block", (json_int_t)file.first_block, "branches", branches_json(&file));
    return prom_tell(given->json, object, error, "%s: %s of contract %s, for %s\n", given->output,
                     file.appeal.there ? "Tx1, TxA, Tx5, Tx6 and all that an appeal is won with" : "Tx1, Tx5, Tx6", id,
                     prom_look_network(look)->name);
}

/* -- key -- */

static prom_result run_key(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    const prom_chain_parameters *network = prom_chain_parameters_by_name(given->network);
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    prom_curve *curve = NULL;
    prom_span script;
    char address[PROM_ADDRESS_TEXT];
    (void)code;
    if (network == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "there is no network '%.40s'", given->network);
    }
    PROM_TRY(new_curve(&arena, &curve, error));
    PROM_TRY(prom_tower_key_make(curve, &key, given->output, error));
    PROM_TRY(prom_script_p2tr(&arena, &script, &key.public_key, error));
    PROM_TRY(prom_script_address(address, script, network->address_prefix, error));
    return prom_tell(
        given->json,
        json_pack("{s:s, s:s, s:s}", "output", given->output, "network", network->name, "address", address), error,
        "%s: a key; send coins for fees to\n%s\n", given->output, address);
}

/* -- What help says -- */

static const prom_parameter EXPORT_PARAMETERS[] = {
    {.value = "ID",
     .noun = "channel",
     .required = true,
     PROM_TO_TEXT(id),
     .help = "The channel's number or name, or the first digits of its contract id, 4 at least."},
    {.option = "--dir",
     .value = "DIR",
     .noun = "folder",
     .files = "/",
     .required = true,
     PROM_TO_TEXT(folder),
     .help = "Look into the folder of a node that does not run, the one that holds prometheus.sqlite."},
    {.option = "--output",
     .letter = "-o",
     .value = "FILE",
     .noun = "file",
     .files = "*",
     .required = true,
     .writes = true,
     PROM_TO_TEXT(output),
     .help = "Write the file for the watchtower to FILE."},
    {.option = "--with-package",
     PROM_TO_FLAG(with_package),
     .help = "Put the worker's appeal in: TxA, k_p, h_p, the package, and the receipts, all of it. The tower then "
             "appeals when nobody else has, shortly before it is too late."},
    {.option = "--words",
     .value = "FILE",
     .noun = "file",
     .files = "*",
     PROM_TO_TEXT(words),
     .help = "Take the words of the seed, from which h_p and k_p follow, from FILE. Default: DIR/words."},
    {.option = "--passphrase",
     .value = "FILE",
     .noun = "file",
     .files = "*",
     PROM_TO_TEXT(passphrase),
     .help = "Take the seed's passphrase from FILE, one line, readable by you only. Default: it has none."},
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text EXPORT_DESCRIPTION[] = {
    {NULL,
     "Writes what a watchtower needs of a contract: Tx1, Tx5 and Tx6, which are signed completely, when each of them "
     "may be published, and how much its lateness costs. Whoever has the file can do with it what everybody in "
     "the contract can, and nothing else: it is no secret."},
    {NULL,
     "With --with-package it is one: who has it can show the result to anybody, and can appeal in the worker's "
     "name. An appeal that nobody brings to the arbiters loses more than none: docs/tower.md tells when to give it "
     "away."},
    {0},
};

static const prom_text EXPORT_JSON[] = {
    {"contract", "the contract id"},
    {"network", "that it is on"},
    {"output", "the file"},
    {"appeal", "whether it holds one"},
    {"first_block", "height of the lowest block that can hold Tx0"},
    {"branches",
     "name; txid; spends, with txid and index; opens, the first tip at which it is published, counted from the "
     "block of what it spends; closes, from when on another may take that, or null"},
    {0},
};

static const char *const EXPORT_EXAMPLES[] = {"prom tower export 3f2a --dir ~/.prometheus --output 3f2a.tower", NULL};

static const prom_command EXPORT = {
    .name = "export",
    .summary = "write what a watchtower needs of a contract",
    .description = EXPORT_DESCRIPTION,
    .parameters = EXPORT_PARAMETERS,
    .json = EXPORT_JSON,
    .examples = EXPORT_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_export,
};

static const prom_parameter KEY_PARAMETERS[] = {
    {.option = "--output",
     .letter = "-o",
     .value = "FILE",
     .noun = "file",
     .files = "*",
     .required = true,
     .writes = true,
     PROM_TO_TEXT(output),
     .help = "Write the key to FILE, which must not be there, readable by you only."},
    {.option = "--network",
     .value = "NAME",
     .noun = "network",
     .required = true,
     .words = "main test testnet4 signet regtest",
     PROM_TO_TEXT(network),
     .help = "Print the address as NAME has them."},
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text KEY_DESCRIPTION[] = {
    {NULL, "Makes the key of coins that a watchtower pays fees with, and prints the address to send them to. One coin "
           "serves one transaction at a time: send several small ones."},
    {0},
};

static const prom_text KEY_JSON[] = {
    {"output", "the file"}, {"network", "of the address"}, {"address", "to which coins are sent"}, {0}};

static const char *const KEY_EXAMPLES[] = {"prom tower key --output tower.key --network main", NULL};

static const prom_command KEY = {
    .name = "key",
    .summary = "make a key for a watchtower's coins",
    .description = KEY_DESCRIPTION,
    .parameters = KEY_PARAMETERS,
    .json = KEY_JSON,
    .examples = KEY_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_key,
};

static const prom_text DESCRIPTION[] = {
    {NULL,
     "A watchtower watches contracts for parties that are away, without a key of theirs. docs/tower.md tells what it "
     "can do for them, and that it can hurt nobody."},
    {0},
};

static const prom_command *const COMMANDS[] = {&EXPORT, &prom_command_tower_run, &KEY, NULL};

const prom_command prom_command_tower = {
    .name = "tower",
    .summary = "watch contracts for those who are away",
    .description = DESCRIPTION,
    .subcommands = COMMANDS,
};
