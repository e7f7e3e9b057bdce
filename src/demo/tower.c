/* The watchtower of a worker that is away: what `prom tower export` and `prom tower run` do, in processes of their own.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "demo/play.h"
#include "node/look.h"

enum {
    EXPORT_MILLISECONDS = 30000,
    TOLD_MAX = 16384,
};
#define FILE_NAME "../tower" /* in the folder of all parties */

static prom_result own_program(char program[PATH_MAX], prom_error *error)
{
    const ssize_t length = readlink("/proc/self/exe", program, PATH_MAX - 1);
    if (length < 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "this program's own file is not to be found: %s", strerror(errno));
    }
    program[length] = '\0';
    return prom_ok();
}

/* What the tower will publish the parties do not tell of. */
static prom_result note_branches(prom_demo_play *play, const char *told, prom_error *error)
{
    json_t *exported = json_loads(told, 0, NULL);
    const json_t *branches = json_object_get(exported, "branches");
    const bool appeals = json_is_true(json_object_get(exported, "appeal"));
    size_t index;
    const json_t *branch;
    json_array_foreach(branches, index, branch)
    {
        prom_demo_note_name(play, json_string_value(json_object_get(branch, "name")),
                            json_string_value(json_object_get(branch, "txid")));
    }
    json_decref(exported);
    return appeals ? prom_ok()
                   : prom_fail(error, PROM_CATEGORY_BROKEN, "the worker gave its watchtower no appeal: %.300s", told);
}

static prom_result see_channel(void *context, const prom_store_channel *record, prom_error *error)
{
    uint64_t *number = context;
    (void)error;
    *number = record->number;
    return prom_ok();
}

/* The worker's only channel. */
static prom_result find_channel(const char *folder, char number[24], prom_error *error)
{
    PROM_SCOPED(prom_look_close) prom_look *look = NULL;
    uint64_t found = 0;
    PROM_TRY(prom_look_open(&look, folder, error));
    PROM_TRY(prom_look_each(look, see_channel, &found, error));
    (void)snprintf(number, 24, "%" PRIu64, found);
    return prom_ok();
}

static prom_result export_appeal(prom_demo_play *play, char program[PATH_MAX], char *folder, prom_error *error)
{
    char command[] = "tower";
    char action[] = "export";
    char number[24];
    char dir[] = "--dir";
    char output[] = "--output";
    char file[] = FILE_NAME;
    char package[] = "--with-package";
    char json[] = "--json";
    char *arguments[] = {program, command, action, number, dir, folder, output, file, package, json, NULL};
    char told[TOLD_MAX];
    prom_process process = prom_process_none();
    PROM_TRY(find_channel(folder, number, error));
    PROM_TRY(prom_process_prepare(&process, arguments, folder, true, error));
    prom_result result = prom_process_start(&process, error);
    if (prom_is_ok(result) && !prom_process_wait(&process, EXPORT_MILLISECONDS)) {
        result = prom_fail(error, PROM_CATEGORY_BROKEN, "'prom tower export' does not end");
    }
    prom_process_output(&process, told, sizeof told);
    prom_process_close(&process);
    return prom_is_ok(result) ? note_branches(play, told, error) : result;
}

prom_result prom_demo_tower_start(prom_demo_play *play, prom_error *error)
{
    char program[PATH_MAX];
    char command[] = "tower";
    char action[] = "run";
    char file[] = FILE_NAME;
    char rpc[] = "--rpc";
    char cookie[] = "--cookie";
    char poll[] = "--poll";
    char milliseconds[] = "60";
    char *folder = play->cast->parties[PROM_PARTY_W].folder; /* where the arbiters' addresses lead from */
    char *arguments[] = {program, command,
                         action,  file,
                         rpc,     play->cast->faucet.devnet->url,
                         cookie,  play->cast->faucet.devnet->cookie_file,
                         poll,    milliseconds,
                         NULL};
    PROM_TRY(own_program(program, error));
    PROM_TRY(export_appeal(play, program, folder, error));
    PROM_TRY(prom_process_prepare(&play->tower, arguments, folder, true, error));
    play->has_tower = true;
    prom_demo_show_log(play->show, "a watchtower has the worker's appeal");
    return prom_process_start(&play->tower, error);
}
