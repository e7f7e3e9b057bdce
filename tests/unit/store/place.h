/* A folder of its own for each test of a store, with the path of a database in it. */
#ifndef PROMETHEUS_TEST_STORE_PLACE_H
#define PROMETHEUS_TEST_STORE_PLACE_H

#include "support.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/record.h"

struct place {
    fixture *test;
    prom_error *error;
    char folder[64];
    char path[128];
    char other[128]; /* a second file in the folder */
};

static const prom_bytes32 chain_of_test = {{1, 2, 3}};

static inline int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    void *test = NULL;
    if (place == NULL || fixture_make(&test) != 0) {
        return -1;
    }
    place->test = test;
    place->error = &place->test->error;
    (void)snprintf(place->folder, sizeof place->folder, "/tmp/prom-store-XXXXXX");
    if (mkdtemp(place->folder) == NULL) {
        return -1;
    }
    (void)snprintf(place->path, sizeof place->path, "%s/party.sqlite", place->folder);
    (void)snprintf(place->other, sizeof place->other, "%s/other", place->folder);
    *state = place;
    return 0;
}

static inline int clear_place(void **state)
{
    struct place *place = *state;
    void *test = place->test;
    DIR *folder = opendir(place->folder);
    for (const struct dirent *entry = NULL; folder != NULL && (entry = readdir(folder)) != NULL;) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/%s", place->folder, entry->d_name);
        (void)unlink(path);
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    const int removed = rmdir(place->folder);
    free(place);
    return fixture_free(&test) != 0 || removed != 0;
}

#define STORE_TEST(function) cmocka_unit_test_setup_teardown(function, make_place, clear_place)

static inline prom_store *open_store(const struct place *place)
{
    prom_store *store = NULL;
    assert_ok(prom_store_open(&store, place->path, &chain_of_test, place->error), place->error);
    return store;
}

static inline void begin(const struct place *place, prom_store *store)
{
    assert_ok(prom_store_begin(store, place->error), place->error);
}

static inline void commit(const struct place *place, prom_store *store)
{
    assert_ok(prom_store_commit(store, place->error), place->error);
}

/* Adds a channel in the open transaction. */
static inline __attribute__((unused)) uint64_t add_channel(const struct place *place, prom_store *store,
                                                           const char *name)
{
    prom_store_channel channel = {.role = 1, .created = 7};
    (void)snprintf(channel.name, sizeof channel.name, "%s", name);
    assert_ok(prom_store_channel_add(store, &channel, place->error), place->error);
    return channel.number;
}

/* Adds a channel in a transaction of its own. */
static inline __attribute__((unused)) uint64_t make_channel(const struct place *place, prom_store *store,
                                                            const char *name)
{
    begin(place, store);
    const uint64_t number = add_channel(place, store, name);
    commit(place, store);
    return number;
}

static inline prom_span span_of_text(const char *text)
{
    return prom_span_of((const uint8_t *)text, strlen(text));
}

#endif
