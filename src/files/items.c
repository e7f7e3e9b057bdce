#include "files/items.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prometheus/tensor/npy.h"
#include "system/file.h"

/* Canonical bytes have a length before each item. */
#define RECORDS_MAX ((size_t)PROM_MODULE_INPUT_MAX + 4 * ((size_t)PROM_MODULE_ITEMS_MAX + 1))

static const char *const NAMES[] = {
    [PROM_ITEMS_FILES] = "files",
    [PROM_ITEMS_LINES] = "lines",
    [PROM_ITEMS_ROWS] = "rows",
    [PROM_ITEMS_RECORDS] = "records",
};

prom_result prom_items_kind_of(prom_items_kind *kind, const char *name, prom_error *error)
{
    *kind = PROM_ITEMS_FILES;
    for (size_t i = 0; name != NULL && i < sizeof NAMES / sizeof *NAMES; i++) {
        if (strcmp(NAMES[i], name) == 0) {
            *kind = (prom_items_kind)i;
            return prom_ok();
        }
    }
    return name == NULL ? prom_ok() : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--items is one of " PROM_ITEMS_KINDS);
}

/* The items so far, and the files that they come from. Both lists grow by doubling, in the arena. */
typedef struct gathering {
    prom_arena *arena;
    prom_span *list;
    size_t count;
    size_t capacity;
    size_t bytes;
    prom_items_file *files;
    size_t file_count;
    size_t file_capacity;
} gathering;

/* Makes room for one more; `list` is where the pointer to the list is. */
static prom_result make_room(prom_arena *arena, void **list, size_t count, size_t *capacity, size_t size,
                             prom_error *error)
{
    void *larger = NULL;
    if (count < *capacity) {
        return prom_ok();
    }
    *capacity = 2 * *capacity + 64;
    PROM_TRY(prom_arena_alloc(arena, &larger, *capacity, size, error));
    if (count > 0) {
        memcpy(larger, *list, count * size);
    }
    *list = larger;
    return prom_ok();
}

static prom_result add(gathering *all, prom_span item, prom_error *error)
{
    void *list = all->list;
    if (all->count == PROM_MODULE_ITEMS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "there are more than %u items, the most of a job: make fewer and larger ones",
                         PROM_MODULE_ITEMS_MAX);
    }
    if (item.length > PROM_MODULE_INPUT_MAX - all->bytes) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the items have more than %u bytes in all, the most of a job: split them over several jobs",
                         PROM_MODULE_INPUT_MAX);
    }
    PROM_TRY(make_room(all->arena, &list, all->count, &all->capacity, sizeof *all->list, error));
    all->list = list;
    all->bytes += item.length;
    all->list[all->count++] = item;
    return prom_ok();
}

/* Items that are added from now on come from this file. */
static prom_result begin_file(gathering *all, const char *path, prom_error *error)
{
    void *list = all->files;
    PROM_TRY(make_room(all->arena, &list, all->file_count, &all->file_capacity, sizeof *all->files, error));
    all->files = list;
    all->files[all->file_count++] = (prom_items_file){path, (uint32_t)all->count};
    return prom_ok();
}

/* -- Files -- */

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* In byte order: the same on every machine, whatever its language. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

typedef struct name_list {
    struct dirent **entries;
    int count;
} name_list;

static void free_names(name_list *names)
{
    for (int i = 0; i < names->count; i++) {
        free(names->entries[i]);
    }
    free(names->entries);
}

static prom_result read_file(gathering *all, const char *path, prom_error *error)
{
    prom_span file;
    PROM_TRY(begin_file(all, path, error));
    PROM_TRY(prom_file_read(all->arena, &file, path, PROM_MODULE_INPUT_MAX, error));
    return prom_within(add(all, file, error), error, "%.200s", path);
}

static prom_result read_folder(gathering *all, const char *path, prom_error *error)
{
    PROM_SCOPED(free_names) name_list names = {0};
    names.count = scandir(path, &names.entries, is_shown, compare_names);
    if (names.count < 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.200s cannot be read: %s", path, strerror(errno));
    }
    for (int i = 0; i < names.count; i++) {
        char *file = NULL;
        const size_t length = strlen(path) + strlen(names.entries[i]->d_name) + 2;
        PROM_TRY_NEW(file, all->arena, length, error);
        (void)snprintf(file, length, "%s/%s", path, names.entries[i]->d_name);
        if (prom_file_is_folder(file)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "%.200s is a folder within a folder: name the folders whose files are the items", file);
        }
        if (prom_file_is_pipe(file)) { /* nobody may ever write to it */
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "%.200s is a pipe within a folder: name it itself to have it read", file);
        }
        PROM_TRY(read_file(all, file, error));
    }
    return prom_ok();
}

static prom_result read_files(gathering *all, const char *path, prom_error *error)
{
    return prom_file_is_folder(path) ? read_folder(all, path, error) : read_file(all, path, error);
}

/* -- What is within a file -- */

static prom_result split_lines(gathering *all, prom_span file, prom_error *error)
{
    while (file.length > 0) {
        const uint8_t *end = memchr(file.data, '\n', file.length);
        const size_t length = end != NULL ? (size_t)(end - file.data) : file.length;
        const size_t whole = end != NULL ? length + 1 : length;
        PROM_TRY(add(all, prom_span_of(file.data, length), error));
        file = prom_span_of(file.data + whole, file.length - whole);
    }
    return prom_ok();
}

static prom_result split_rows(gathering *all, prom_span file, prom_error *error)
{
    prom_tensor tensor;
    PROM_TRY(prom_npy_read(all->arena, &tensor, file, error));
    if (tensor.shape.rank == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the array is a single value and has no rows");
    }
    const size_t rows = tensor.shape.sizes[0];
    const size_t length = rows > 0 ? tensor.count / rows * prom_dtype_width(tensor.dtype) : 0;
    for (size_t i = 0; i < rows; i++) {
        PROM_TRY(add(all, prom_span_of((const uint8_t *)tensor.data + i * length, length), error));
    }
    return prom_ok();
}

static prom_result split_records(gathering *all, prom_span file, prom_error *error)
{
    prom_items items;
    PROM_TRY(prom_items_read(all->arena, &items, file, error));
    for (size_t i = 0; i < items.count; i++) {
        PROM_TRY(add(all, items.list[i], error));
    }
    return prom_ok();
}

static prom_result split(gathering *all, prom_span file, prom_items_kind kind, prom_error *error)
{
    switch (kind) {
    case PROM_ITEMS_LINES:
        return split_lines(all, file, error);
    case PROM_ITEMS_ROWS:
        return split_rows(all, file, error);
    case PROM_ITEMS_RECORDS:
        return split_records(all, file, error);
    case PROM_ITEMS_FILES:
        break;
    }
    return add(all, file, error);
}

static prom_result read_parts(gathering *all, const char *path, prom_items_kind kind, prom_error *error)
{
    prom_span file;
    PROM_TRY(begin_file(all, path, error));
    PROM_TRY(prom_file_read(all->arena, &file, path, RECORDS_MAX, error));
    return prom_within(split(all, file, kind, error), error, "%.200s", path);
}

prom_result prom_files_read_items(prom_arena *arena, prom_items *items, prom_items_origin *origin,
                                  const char *const *paths, size_t count, prom_items_kind kind, prom_error *error)
{
    gathering all = {.arena = arena};
    *items = (prom_items){0};
    for (size_t i = 0; i < count; i++) {
        PROM_TRY(kind == PROM_ITEMS_FILES ? read_files(&all, paths[i], error)
                                          : read_parts(&all, paths[i], kind, error));
    }
    if (all.count == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "there is no item in what is given: %.200s holds none",
                         count > 0 ? paths[0] : "it");
    }
    *items = (prom_items){all.list, (uint32_t)all.count};
    if (origin != NULL) {
        *origin = (prom_items_origin){kind, all.files, all.file_count};
    }
    return prom_ok();
}

/* -- Where an item comes from -- */

prom_result prom_items_origin_copy(prom_arena *arena, prom_items_origin *copy, const prom_items_origin *origin,
                                   prom_error *error)
{
    prom_items_file *files = NULL;
    *copy = (prom_items_origin){.kind = origin->kind};
    PROM_TRY_NEW(files, arena, origin->count, error);
    for (size_t i = 0; i < origin->count; i++) {
        const char *path = origin->files[i].path;
        prom_span bytes;
        PROM_TRY(prom_span_copy(arena, &bytes, prom_span_of((const uint8_t *)path, strlen(path) + 1), error));
        files[i] = (prom_items_file){(const char *)bytes.data, origin->files[i].first};
    }
    copy->files = files;
    copy->count = origin->count;
    return prom_ok();
}

/* Of files that have no items the last one begins where the next one does. */
const char *prom_items_file_of(const prom_items_origin *origin, uint32_t item, uint32_t *number)
{
    size_t low = 0;
    for (size_t high = origin->count; high - low > 1;) {
        const size_t middle = low + (high - low) / 2;
        if (origin->files[middle].first <= item) {
            low = middle;
        } else {
            high = middle;
        }
    }
    if (origin->count == 0) {
        return NULL;
    }
    *number = item - origin->files[low].first + 1;
    return origin->files[low].path;
}

const char *prom_items_place(char text[PROM_ITEMS_PLACE], const prom_items_origin *origin, uint32_t item)
{
    static const char *const WORDS[] = {
        [PROM_ITEMS_FILES] = NULL,
        [PROM_ITEMS_LINES] = "line",
        [PROM_ITEMS_ROWS] = "row",
        [PROM_ITEMS_RECORDS] = "record",
    };
    uint32_t number = 0;
    const char *path = prom_items_file_of(origin, item, &number);
    text[0] = '\0';
    if (path == NULL) {
        return text;
    }
    path = strcmp(path, "-") == 0 ? "standard input" : path;
    if (origin->kind == PROM_ITEMS_FILES) {
        (void)snprintf(text, PROM_ITEMS_PLACE, "%.250s", path);
    } else {
        (void)snprintf(text, PROM_ITEMS_PLACE, "%.250s, %s %" PRIu32, path, WORDS[origin->kind], number);
    }
    return text;
}
