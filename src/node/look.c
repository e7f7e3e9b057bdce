#include "node/look.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/state.h"
#include "system/random.h"

#define CURVE_MEMORY ((size_t)1 << 20)
#define PARTS_MEMORY ((size_t)1 << 26)

struct prom_look {
    prom_node *node; /* whose the others are; NULL: they are our own */
    prom_store *store;
    prom_arena arena; /* of the curve */
    prom_curve *curve;
    const prom_chain_parameters *network;
};

/* Says why there is no database to open, before SQLite, which would say less. */
static prom_result check_file(const char *folder, const char *path, prom_error *error)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        return errno == ENOENT || errno == ENOTDIR
                   ? prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                               "%s is no node's folder: there is no " PROM_STORE_FILE " in it", folder)
                   : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s cannot be read: %s", path, strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is not a file", path);
    }
    /* A node writes to it, and so does who looks: SQLite's log is taken up first. */
    return access(path, R_OK | W_OK) == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s cannot be read and written: %s", path, strerror(errno));
}

static prom_result open_store(prom_look *look, const char *folder, prom_error *error)
{
    char path[PATH_MAX];
    const prom_bytes32 randomness = prom_random_bytes32();
    if (snprintf(path, sizeof path, "%s/" PROM_STORE_FILE, folder) >= (int)sizeof path) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the folder %s has too long a name", folder);
    }
    PROM_TRY(check_file(folder, path, error));
    PROM_TRY(prom_store_open_there(&look->store, path, error));
    look->network = prom_chain_parameters_by_id(prom_store_genesis(look->store));
    if (look->network == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is of a chain that this program does not know", path);
    }
    prom_arena_init(&look->arena, CURVE_MEMORY);
    return prom_curve_new(&look->arena, &look->curve, &randomness, error);
}

prom_result prom_look_open(prom_look **look, const char *folder, prom_error *error)
{
    *look = calloc(1, sizeof **look);
    if (*look == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    const prom_result opened = open_store(*look, folder, error);
    if (!prom_is_ok(opened)) {
        prom_look_close(look);
    }
    return opened;
}

prom_result prom_look_at(prom_look **look, prom_node *node, prom_error *error)
{
    *look = calloc(1, sizeof **look);
    if (*look == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    **look = (prom_look){.node = node, .store = node->store, .curve = node->curve, .network = node->network};
    return prom_ok();
}

void prom_look_close(prom_look **look)
{
    if (*look != NULL) {
        prom_store_close((*look)->node != NULL ? NULL : (*look)->store);
        prom_arena_free(&(*look)->arena);
        free(*look);
        *look = NULL;
    }
}

const prom_chain_parameters *prom_look_network(const prom_look *look)
{
    return look->network;
}

const prom_curve *prom_look_curve(const prom_look *look)
{
    return look->curve;
}

prom_result prom_look_tips(prom_look *look, prom_explain_tips *tips, prom_error *error)
{
    prom_store_block top = {0};
    bool found = false;
    PROM_TRY(prom_store_own_tip(look->store, &tips->own, error));
    PROM_TRY(prom_store_block_top(look->store, &top, &found, error));
    tips->best = found ? top.height : tips->own;
    PROM_TRY(prom_store_index_top(look->store, &top, &found, error));
    tips->read = found ? top.height : look->network->first_block - 1;
    return prom_ok();
}

prom_result prom_look_each(prom_look *look, prom_store_channel_visit visit, void *context, prom_error *error)
{
    return prom_store_channel_each(look->store, visit, context, error);
}

/* -- Loading -- */

struct parts {
    prom_arena *arena;
    prom_part_bytes list[PROM_PARTS + PROM_BATCHES_MAX * PROM_PART_KEPT];
    size_t count;
};

static prom_result take_part(void *context, const prom_store_key *key, prom_span bytes, prom_error *error)
{
    struct parts *parts = context;
    if (key->part >= PROM_PARTS || key->batch >= PROM_BATCHES_MAX ||
        parts->count == sizeof parts->list / sizeof parts->list[0]) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the store holds a part %u of a channel that there is not",
                         (unsigned)key->part);
    }
    prom_part_bytes *part = &parts->list[parts->count++];
    *part = (prom_part_bytes){.part = (prom_part)key->part, .batch = key->batch};
    return prom_span_copy(parts->arena, &part->bytes, bytes, error);
}

prom_result prom_look_load(prom_look *look, prom_arena *arena, prom_channel **channel, const prom_store_channel *record,
                           prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    struct parts *parts = NULL;
    *channel = NULL;
    prom_arena_init(&scratch, PARTS_MEMORY);
    PROM_TRY_NEW(parts, &scratch, 1, error);
    parts->arena = &scratch;
    PROM_TRY(prom_store_part_each(look->store, record->number, take_part, parts, error));
    if (parts->count == 0) {
        return prom_ok();
    }
    const prom_result loaded = prom_channel_load(look->curve, arena, channel, parts->list, parts->count, NULL, error);
    if (loaded.category == PROM_CATEGORY_BROKEN) {
        return prom_within(loaded, error, "the channel %s is damaged, restore a backup", record->name);
    }
    PROM_TRY(loaded);
    (*channel)->facts.restored = (*channel)->facts.restored || record->restored;
    return prom_ok();
}

/* The channel as a node holds it, or NULL. */
static const prom_channel *held(const prom_look *look, const prom_store_channel *record)
{
    const prom_node_channel *channel = look->node == NULL ? NULL : prom_node_channel_of(look->node, record->number);
    return channel == NULL ? NULL : channel->channel;
}

prom_result prom_look_explain(prom_look *look, prom_arena *arena, const prom_explanation **explanation,
                              const prom_store_channel *record, prom_error *error)
{
    const prom_channel *channel = held(look, record);
    prom_channel *loaded = NULL;
    prom_explanation *made = NULL;
    prom_explain_tips tips;
    *explanation = NULL;
    PROM_TRY(prom_look_tips(look, &tips, error));
    if (channel == NULL) {
        PROM_TRY(prom_look_load(look, arena, &loaded, record, error));
        channel = loaded;
    }
    if (channel == NULL) {
        return prom_ok();
    }
    PROM_TRY_NEW(made, arena, 1, error);
    const prom_result explained = prom_channel_explain(channel, 0, &tips, made, error);
    if (loaded != NULL) {
        prom_channel_wipe(loaded);
    }
    *explanation = made;
    return explained;
}

prom_result prom_look_with(prom_look *look, const prom_store_channel *record, prom_look_visit *visit, void *context,
                           prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_channel *loaded = NULL;
    const prom_channel *channel = held(look, record);
    prom_arena_init(&arena, PARTS_MEMORY);
    if (channel == NULL) {
        PROM_TRY(prom_look_load(look, &arena, &loaded, record, error));
        channel = loaded;
    }
    const prom_result visited = visit(context, channel, error);
    if (loaded != NULL) {
        prom_channel_wipe(loaded);
    }
    return visited;
}

/* -- Finding -- */

struct search {
    prom_look *look;
    const char *id;
    prom_store_channel by_name;
    prom_store_channel by_prefix;
    size_t named, prefixed;
};

static bool is_number(const char *text, uint64_t number)
{
    char shown[24];
    (void)snprintf(shown, sizeof shown, "%llu", (unsigned long long)number);
    return strcmp(shown, text) == 0;
}

/* Whether the contract id of the channel begins so. */
static prom_result begins(struct search *search, bool *so, const prom_store_channel *record, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_channel *channel = NULL;
    char hex[PROM_HEX32];
    const size_t length = strlen(search->id);
    *so = false;
    if (length < PROM_LOOK_PREFIX_MIN || strspn(search->id, "0123456789abcdef") != length) {
        return prom_ok();
    }
    prom_arena_init(&arena, PARTS_MEMORY);
    const prom_channel *there = held(search->look, record);
    if (there == NULL) {
        PROM_TRY(prom_look_load(search->look, &arena, &channel, record, error));
        there = channel;
    }
    *so = there != NULL && there->tree != NULL &&
          strncmp(prom_hex32(hex, &there->tree->contract_id), search->id, length) == 0;
    if (channel != NULL) {
        prom_channel_wipe(channel);
    }
    return prom_ok();
}

static prom_result compare(void *context, const prom_store_channel *record, prom_error *error)
{
    struct search *search = context;
    bool so = false;
    if (is_number(search->id, record->number) || strcmp(search->id, record->name) == 0) {
        search->by_name = *record;
        search->named++;
    }
    PROM_TRY(begins(search, &so, record, error));
    if (so) {
        search->by_prefix = *record;
        search->prefixed++;
    }
    return prom_ok();
}

prom_result prom_look_find(prom_look *look, prom_store_channel *record, const char *id, prom_error *error)
{
    struct search search = {.look = look, .id = id};
    PROM_TRY(prom_look_each(look, compare, &search, error));
    if (search.named > 1 || (search.named == 0 && search.prefixed > 1)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.80s is more than one channel: give more of its contract id",
                         id);
    }
    if (search.named + search.prefixed == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "there is no channel %.80s: 'prom channel list' has their numbers, names and contract ids",
                         id);
    }
    *record = search.named > 0 ? search.by_name : search.by_prefix;
    return prom_ok();
}

bool prom_look_work(const prom_look *look, prom_job_progress *progress, const prom_store_channel *record)
{
    const prom_node_channel *channel = look->node != NULL ? prom_node_channel_of(look->node, record->number) : NULL;
    prom_job_task *task =
        channel != NULL ? prom_job_listed(look->node->under_way, record->number, channel->entry) : NULL;
    if (task != NULL) {
        prom_job_progress_of(task, progress);
    }
    return task != NULL;
}
