#include "store/place.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>

#include "store/backup.h"
#include "store/journal.h"
#include "store/schema.h"
#include "store/statement.h"

static const prom_bytes32 seed_key = {{5, 6, 7}};

static void put_part(const struct place *place, prom_store *store, uint64_t channel, uint16_t part, size_t length)
{
    uint8_t *bytes = malloc(length);
    uint64_t random = part;
    assert_non_null(bytes);
    random_bytes(&random, bytes, length);
    begin(place, store);
    assert_ok(
        prom_store_part_put(store, &(prom_store_key){channel, 0, part}, prom_span_of(bytes, length), place->error),
        place->error);
    commit(place, store);
    free(bytes);
}

static void write_backup(const struct place *place, prom_store *store)
{
    assert_ok(prom_backup_write(store, place->other, &seed_key, place->error), place->error);
}

/* What the backup has as bytes; to be given to free. */
static uint8_t *read_backup(const struct place *place, size_t *length)
{
    uint8_t *bytes = malloc(1 << 21);
    FILE *file = fopen(place->other, "rb");
    assert_true(bytes != NULL && file != NULL);
    *length = fread(bytes, 1, 1 << 21, file);
    (void)fclose(file);
    return bytes;
}

static void write_bytes(const char *path, const uint8_t *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    (void)fclose(file);
}

static prom_result restore(const struct place *place)
{
    const prom_bytes32 keys[] = {{{9}}, seed_key};
    return prom_backup_restore(place->other, keys, COUNT_OF(keys), place->path, place->error);
}

static void assert_unusable(const struct place *place, const char *part)
{
    assert_fails(restore(place), PROM_CATEGORY_BAD_INPUT, place->error, part);
    assert_int_equal(access(place->path, F_OK), -1);
    char temporary[160];
    (void)snprintf(temporary, sizeof temporary, "%s.restoring", place->path);
    assert_int_equal(access(temporary, F_OK), -1);
}

static void restored_channels_are_marked(void **state)
{
    const struct place *place = *state;
    prom_store_channel channel;
    prom_journal_answer answer = PROM_JOURNAL_NEW;
    uint32_t tip = 0;
    bool found = false;
    prom_store *store = open_store(place);
    const uint64_t one = make_channel(place, store, "one");
    const prom_journal_key key = {one, 0, 1, {{1}}};
    begin(place, store);
    assert_ok(prom_store_journal_add(store, &key, &seed_key, place->error), place->error);
    assert_ok(prom_store_raise_tip(store, 70, place->error), place->error);
    const uint64_t idle = add_channel(place, store, "idle");
    assert_ok(prom_store_channel_close(store, idle, true, PROM_STORE_IDLE, place->error), place->error);
    assert_fails(prom_backup_write(store, place->other, &seed_key, place->error), PROM_CATEGORY_MISUSE, place->error,
                 "has a transaction open");
    commit(place, store);
    write_backup(place, store);
    const uint64_t lost = make_channel(place, store, "after the backup");
    const uint32_t epoch = prom_store_epoch(store);
    prom_store_close(store);
    assert_int_equal(unlink(place->path), 0);
    for (uint64_t i = 0; i < 2; i++) { /* the same backup twice: nothing is numbered twice even so */
        assert_ok(restore(place), place->error);
        struct stat status;
        assert_int_equal(stat(place->path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
        store = open_store(place);
        assert_int_equal(prom_store_generation(store), 2);
        assert_int_not_equal(prom_store_epoch(store), epoch);
        assert_ok(prom_store_channel_get(store, &channel, &found, one, place->error), place->error);
        assert_true(found && channel.restored);
        assert_ok(prom_store_channel_get(store, &channel, &found, lost, place->error), place->error);
        assert_false(found);
        assert_ok(prom_store_own_tip(store, &tip, place->error), place->error);
        assert_int_equal(tip, 70);
        assert_ok(prom_store_journal_find(store, &answer, &key, &seed_key, place->error), place->error);
        assert_int_equal(answer, PROM_JOURNAL_SAME);
        begin(place, store); /* something may have been signed under it since the backup */
        assert_ok(prom_store_channel_again(store, &channel, &found, place->error), place->error);
        assert_false(found);
        commit(place, store);
        const uint64_t fresh = make_channel(place, store, "new");
        assert_ok(prom_store_channel_get(store, &channel, &found, fresh, place->error), place->error);
        assert_true(found && !channel.restored && fresh != lost);
        assert_int_equal(fresh >> 32, prom_store_epoch(store));
        if (i == 1) { /* and of the restored one */
            write_backup(place, store);
        }
        prom_store_close(store);
        assert_int_equal(unlink(place->path), 0);
    }
    assert_ok(restore(place), place->error);
    store = open_store(place);
    assert_int_equal(prom_store_generation(store), 3);
    prom_store_close(store);
}

/* In another generation numbers begin anew: a peer waits for number 1, and nobody brings what came before. */
static void numbers_of_messages_begin_anew(void **state)
{
    const struct place *place = *state;
    const prom_bytes32 peer = {{9}};
    uint64_t number = 0;
    prom_store *store = open_store(place);
    const prom_store_message message = {make_channel(place, store, "one"), peer, 1, span_of_text("said")};
    begin(place, store);
    assert_ok(prom_store_outbox_put(store, &message, place->error), place->error);
    commit(place, store);
    write_backup(place, store);
    prom_store_close(store);
    assert_int_equal(unlink(place->path), 0);
    assert_ok(restore(place), place->error);
    store = open_store(place);
    assert_ok(prom_store_outbox_last(store, &number, message.channel, &peer, place->error), place->error);
    assert_int_equal(number, 0);
    begin(place, store);
    assert_ok(prom_store_outbox_put(store, &message, place->error), place->error);
    commit(place, store);
    prom_store_close(store);
}

struct found_part {
    prom_arena *arena;
    prom_store_key key;
    prom_span bytes;
};

static prom_result take_part(void *context, const prom_store_key *key, prom_span bytes, prom_error *error)
{
    struct found_part *found = context;
    found->key = *key;
    return prom_span_copy(found->arena, &found->bytes, bytes, error);
}

/* The bytes of the channel's last part, which is this one. */
static prom_span last_part(const struct place *place, prom_store *store, uint64_t channel, uint16_t part)
{
    struct found_part found = {.arena = &place->test->arena};
    assert_ok(prom_store_part_each(store, channel, take_part, &found, place->error), place->error);
    assert_int_equal(found.key.part, part);
    return found.bytes;
}

/* Databases that fill their last piece, and that do not. */
static void all_sizes_come_back(void **state)
{
    const struct place *place = *state;
    prom_store *store = open_store(place);
    const uint64_t channel = make_channel(place, store, "one");
    bool seen_whole = false;
    for (uint16_t part = 0; part < 24; part++) {
        struct place copy = *place;
        size_t length = 0;
        prom_span parts[2];
        put_part(place, store, channel, part, 4000);
        write_backup(place, store);
        free(read_backup(place, &length));
        seen_whole = seen_whole || (length - 32) % (PROM_BACKUP_PIECE + 17) == 17;
        (void)snprintf(copy.path, sizeof copy.path, "%s/restored", place->folder);
        assert_ok(restore(&copy), place->error);
        prom_store *restored = open_store(&copy);
        parts[0] = last_part(place, store, channel, part);
        parts[1] = last_part(place, restored, channel, part);
        assert_true(prom_span_equal(parts[0], parts[1]));
        prom_store_close(restored);
        assert_int_equal(unlink(copy.path), 0);
    }
    assert_true(seen_whole);
    prom_store_close(store);
}

static void changed_backups_are_refused(void **state)
{
    const struct place *place = *state;
    prom_store *store = open_store(place);
    size_t length = 0;
    const uint64_t channel = make_channel(place, store, "one");
    put_part(place, store, channel, 0, 3 * PROM_BACKUP_PIECE);
    write_backup(place, store);
    prom_store_close(store);
    assert_int_equal(unlink(place->path), 0);
    uint8_t *bytes = read_backup(place, &length);
    assert_true(length > 4 * PROM_BACKUP_PIECE);
    for (size_t at = 0; at < length; at += at < 64 ? 1 : 7919) {
        bytes[at] ^= 0x10;
        write_bytes(place->other, bytes, length);
        bytes[at] ^= 0x10;
        assert_unusable(place, at < 8                             ? "is no backup of a party's database"
                               : at < 32 + PROM_BACKUP_PIECE + 17 ? "is of another seed, or was changed"
                                                                  : "was changed or cut off");
        write_bytes(place->other, bytes, at);
        assert_unusable(place, "");
    }
    const size_t whole_pieces = 32 + 2 * (PROM_BACKUP_PIECE + 17);
    write_bytes(place->other, bytes, whole_pieces);
    assert_unusable(place, "is cut off: use another backup");
    memmove(bytes + 32, bytes + whole_pieces, length - whole_pieces); /* without its first two pieces */
    write_bytes(place->other, bytes, length - whole_pieces + 32);
    assert_unusable(place, "is of another seed, or was changed");
    free(bytes);
}

static void only_a_free_name_is_restored_to(void **state)
{
    const struct place *place = *state;
    char beside[160];
    prom_store *store = open_store(place);
    write_backup(place, store);
    assert_fails(restore(place), PROM_CATEGORY_BAD_INPUT, place->error, "is there already, and is not replaced");
    prom_store_close(store);
    assert_int_equal(unlink(place->path), 0);
    (void)snprintf(beside, sizeof beside, "%s-wal", place->path);
    write_bytes(beside, (const uint8_t *)"log", 3);
    assert_unusable(place, "belongs to a database that is gone");
    assert_int_equal(unlink(beside), 0);
    assert_fails(prom_backup_restore(place->other, &(prom_bytes32){{1}}, 1, place->path, place->error),
                 PROM_CATEGORY_BAD_INPUT, place->error, "is of another seed");
    assert_fails(prom_backup_restore(place->folder, &seed_key, 1, place->path, place->error), PROM_CATEGORY_BAD_INPUT,
                 place->error, "is a folder");
    assert_fails(prom_backup_restore("/nowhere/backup", &seed_key, 1, place->path, place->error),
                 PROM_CATEGORY_BAD_INPUT, place->error, "/nowhere/backup cannot be read");
    assert_fails(prom_backup_restore(place->other, &seed_key, 1, "/nowhere/party", place->error), PROM_CATEGORY_IO,
                 place->error, "/nowhere cannot be opened");
    assert_int_equal(symlink("/nowhere/party", place->path), 0);
    assert_fails(restore(place), PROM_CATEGORY_BAD_INPUT, place->error, "is there already, and is not replaced");
    assert_int_equal(unlink(place->path), 0);
    assert_int_equal(mkfifo(beside, 0600), 0); /* nobody writes to it */
    assert_fails(prom_backup_restore(beside, &seed_key, 1, place->path, place->error), PROM_CATEGORY_BAD_INPUT,
                 place->error, "is not a file");
    assert_int_equal(unlink(beside), 0);
    assert_ok(restore(place), place->error);
    store = open_store(place);
    assert_fails(prom_backup_write(store, "/nowhere/backup", &seed_key, place->error), PROM_CATEGORY_IO, place->error,
                 "/nowhere");
    prom_store_close(store);
}

/* The backup itself may have the name that the database has while it is made. */
static void the_backup_stays(void **state)
{
    const struct place *place = *state;
    char temporary[160];
    prom_store *store = open_store(place);
    (void)snprintf(temporary, sizeof temporary, "%s.restoring", place->path);
    assert_ok(prom_backup_write(store, temporary, &seed_key, place->error), place->error);
    prom_store_close(store);
    assert_int_equal(unlink(place->path), 0);
    assert_fails(prom_backup_restore(temporary, &seed_key, 1, place->path, place->error), PROM_CATEGORY_BAD_INPUT,
                 place->error, "give it another");
    assert_int_equal(access(temporary, F_OK), 0);
    assert_int_equal(rename(temporary, place->other), 0);
    assert_ok(restore(place), place->error);
}

/* The temporary database of one that runs is not taken for one that was left. */
static void one_restores_at_a_time(void **state)
{
    const struct place *place = *state;
    char temporary[160];
    prom_store *store = open_store(place);
    write_backup(place, store);
    prom_store_close(store);
    assert_int_equal(unlink(place->path), 0);
    (void)snprintf(temporary, sizeof temporary, "%s.restoring", place->path);
    write_bytes(temporary, (const uint8_t *)"half", 4);
    const int other = open(place->folder, O_RDONLY | O_DIRECTORY);
    assert_int_equal(flock(other, LOCK_EX), 0);
    assert_fails(restore(place), PROM_CATEGORY_BAD_INPUT, place->error, "another restore is making a database in");
    assert_int_equal(access(temporary, F_OK), 0);
    assert_int_equal(access(place->path, F_OK), -1);
    assert_int_equal(close(other), 0);
    assert_ok(restore(place), place->error); /* one that was killed has left the temporary one */
    assert_int_equal(access(temporary, F_OK), -1);
}

static void a_newer_program_has_written_it(void **state)
{
    const struct place *place = *state;
    char newer[64];
    prom_store *store = open_store(place);
    (void)snprintf(newer, sizeof newer, "PRAGMA user_version = %d", PROM_SCHEMA_VERSION + 1);
    assert_int_equal(sqlite3_exec(store->database, newer, NULL, NULL, NULL), SQLITE_OK);
    write_backup(place, store);
    prom_store_close(store);
    assert_int_equal(unlink(place->path), 0);
    assert_unusable(place, "was written by a newer version");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(restored_channels_are_marked),
        STORE_TEST(numbers_of_messages_begin_anew),
        STORE_TEST(all_sizes_come_back),
        STORE_TEST(changed_backups_are_refused),
        STORE_TEST(only_a_free_name_is_restored_to),
        STORE_TEST(the_backup_stays),
        STORE_TEST(one_restores_at_a_time),
        STORE_TEST(a_newer_program_has_written_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
