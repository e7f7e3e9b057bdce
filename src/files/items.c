#include "files/items.h"

#include <dirent.h>
#include <errno.h>
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

bool prom_items_kind_of(prom_items_kind *kind, const char *name)
{
    *kind = PROM_ITEMS_FILES;
    for (size_t i = 0; name != NULL && i < sizeof NAMES / sizeof *NAMES; i++) {
        if (strcmp(NAMES[i], name) == 0) {
            *kind = (prom_items_kind)i;
            return true;
        }
    }
    return name == NULL;
}

/* The items so far. `list` grows by doubling, in the arena. */
typedef struct gathering {
    prom_arena *arena;
    prom_span *list;
    size_t count;
    size_t capacity;
    size_t bytes;
} gathering;

static prom_result add(gathering *all, prom_span item, prom_error *error)
{
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
    if (all->count == all->capacity) {
        prom_span *larger = NULL;
        all->capacity = 2 * all->capacity + 64;
        PROM_TRY_NEW(larger, all->arena, all->capacity, error);
        memcpy(larger, all->list != NULL ? all->list : larger, all->count * sizeof *larger);
        all->list = larger;
    }
    all->bytes += item.length;
    all->list[all->count++] = item;
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
    PROM_TRY(prom_file_read(all->arena, &file, path, RECORDS_MAX, error));
    return prom_within(split(all, file, kind, error), error, "%.200s", path);
}

prom_result prom_files_read_items(prom_arena *arena, prom_items *items, const char *const *paths, size_t count,
                                  prom_items_kind kind, prom_error *error)
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
    return prom_ok();
}
