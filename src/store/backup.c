#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/schema.h"
#include "store/statement.h"
#include "system/file.h"

enum {
    MAGIC = 8,
    HEAD = MAGIC + crypto_secretstream_xchacha20poly1305_HEADERBYTES,
    MORE = crypto_secretstream_xchacha20poly1305_ABYTES,
    PIECE = PROM_BACKUP_PIECE,
};

static const unsigned char magic[MAGIC] = {'P', 'R', 'M', 'B', 'A', 'C', 'K', '1'};

typedef crypto_secretstream_xchacha20poly1305_state cipher;

static void wipe_cipher(cipher *state)
{
    prom_wipe(state, sizeof *state);
}

/* -- Writing -- */

/* Encrypts all of `plain` to `sealed`, which has room for it. */
static void encrypt(uint8_t *sealed, prom_span plain, const prom_bytes32 *key)
{
    PROM_SCOPED(wipe_cipher) cipher state = {{0}, {0}, {0}};
    memcpy(sealed, magic, MAGIC);
    (void)crypto_secretstream_xchacha20poly1305_init_push(&state, sealed + MAGIC, key->bytes);
    sealed += HEAD;
    for (size_t at = 0; at <= plain.length; at += PIECE) { /* where all are whole an empty one ends them */
        const bool is_last = plain.length - at < PIECE;
        const size_t length = is_last ? plain.length - at : PIECE;
        (void)crypto_secretstream_xchacha20poly1305_push(&state, sealed, NULL, plain.data + at, length,
                                                         at == 0 ? magic : NULL, at == 0 ? MAGIC : 0,
                                                         is_last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
        sealed += length + MORE;
    }
}

/* Encrypts the database's bytes and writes them. */
static prom_result seal(const char *path, prom_span plain, const prom_bytes32 *key, prom_error *error)
{
    const size_t length = HEAD + plain.length + (plain.length / PIECE + 1) * MORE;
    uint8_t *sealed = malloc(length);
    if (sealed == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory for %s", path);
    }
    encrypt(sealed, plain, key);
    const prom_result written = prom_file_write(path, prom_span_of(sealed, length), error);
    free(sealed);
    return written;
}

prom_result prom_backup_write(prom_store *store, const char *path, const prom_bytes32 *key, prom_error *error)
{
    sqlite3_int64 size = 0;
    if (store->open) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%s has a transaction open", store->path);
    }
    uint8_t *plain = sqlite3_serialize(store->database, "main", &size, 0);
    if (plain == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory for %s", path);
    }
    const prom_result written = seal(path, prom_span_of(plain, (size_t)size), key, error);
    prom_wipe(plain, (size_t)size);
    sqlite3_free(plain);
    return written;
}

/* -- Restoring -- */

typedef struct restoring {
    const char *path;
    const prom_bytes32 *keys;
    size_t key_count;
    const char *database;
    char temporary[PATH_MAX]; /* where the database is made */
    int folder;               /* that it is in, locked while we work in it */
    int backup;
    int made;
    bool is_mine; /* the temporary one */
    uint8_t sealed[PIECE + MORE];
    uint8_t plain[PIECE];
} restoring;

static prom_result unusable(const restoring *restore, const char *why, prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s %s", restore->path, why);
}

/* Reads until `wanted` bytes are there or the file ends. */
static prom_result read_some(const restoring *restore, uint8_t *data, size_t *length, size_t wanted, prom_error *error)
{
    for (*length = 0; *length < wanted;) {
        const ssize_t got = read(restore->backup, data + *length, wanted - *length);
        if (got < 0 && errno != EINTR) {
            return prom_fail(error, PROM_CATEGORY_IO, "%s cannot be read: %s", restore->path, strerror(errno));
        }
        if (got == 0) {
            break;
        }
        *length += got > 0 ? (size_t)got : 0;
    }
    return prom_ok();
}

static prom_result write_some(const restoring *restore, size_t length, prom_error *error)
{
    for (size_t written = 0; written < length;) {
        const ssize_t put = write(restore->made, restore->plain + written, length - written);
        if (put < 0 && errno != EINTR) {
            return prom_fail(error, PROM_CATEGORY_IO, "%s cannot be written: %s", restore->temporary, strerror(errno));
        }
        written += put > 0 ? (size_t)put : 0;
    }
    return prom_ok();
}

/* Decrypts the piece that was read. */
static bool open_piece(restoring *restore, cipher *state, size_t *length, unsigned char *tag, bool is_first)
{
    unsigned long long plain = 0;
    const int pulled = crypto_secretstream_xchacha20poly1305_pull(
        state, restore->plain, &plain, tag, restore->sealed, *length, is_first ? magic : NULL, is_first ? MAGIC : 0);
    *length = (size_t)plain;
    return pulled == 0;
}

/* Decrypts the first piece under whichever key it is. */
static bool open_first(restoring *restore, cipher *state, const uint8_t *header, size_t *length, unsigned char *tag)
{
    const size_t sealed = *length;
    bool opened = false;
    for (size_t i = 0; i < restore->key_count && !opened; i++) {
        *length = sealed;
        opened = crypto_secretstream_xchacha20poly1305_init_pull(state, header, restore->keys[i].bytes) == 0 &&
                 open_piece(restore, state, length, tag, true);
    }
    return opened;
}

/* Decrypts the backup to the temporary database. */
static prom_result decrypt(restoring *restore, prom_error *error)
{
    PROM_SCOPED(wipe_cipher) cipher state = {{0}, {0}, {0}};
    uint8_t head[HEAD];
    size_t length = 0;
    unsigned char tag = 0;
    PROM_TRY(read_some(restore, head, &length, HEAD, error));
    if (length < HEAD || memcmp(head, magic, MAGIC) != 0) {
        return unusable(restore, "is no backup of a party's database", error);
    }
    for (bool is_first = true; tag != crypto_secretstream_xchacha20poly1305_TAG_FINAL; is_first = false) {
        PROM_TRY(read_some(restore, restore->sealed, &length, sizeof restore->sealed, error));
        if (length == 0) {
            return unusable(restore, "is cut off: use another backup", error);
        }
        const bool opened = length >= MORE && (is_first ? open_first(restore, &state, head + MAGIC, &length, &tag)
                                                        : open_piece(restore, &state, &length, &tag, false));
        if (!opened) {
            return unusable(restore,
                            is_first ? "is of another seed, or was changed: check the words of the seed"
                                     : "was changed or cut off: use another backup",
                            error);
        }
        PROM_TRY(write_some(restore, length, error));
    }
    PROM_TRY(read_some(restore, restore->sealed, &length, 1, error));
    return length == 0 ? prom_ok() : unusable(restore, "has bytes behind its end: use another backup", error);
}

static const char *const beside[] = {"", "-wal", "-journal", "-shm"};

static void clear_temporary(const restoring *restore)
{
    for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++) {
        char name[PATH_MAX + sizeof "-journal"];
        (void)snprintf(name, sizeof name, "%s%s", restore->temporary, beside[i]);
        (void)unlink(name);
    }
}

/* Whether the backup has the name of the temporary database, which is cleared. */
static bool is_temporary(const restoring *restore)
{
    struct stat backup;
    struct stat temporary;
    return fstat(restore->backup, &backup) == 0 && lstat(restore->temporary, &temporary) == 0 &&
           backup.st_dev == temporary.st_dev && backup.st_ino == temporary.st_ino;
}

/* Opens the folder and locks it: two restores would take each other's temporary database for one that was left. The
 * folder itself is locked, so that no file of its own has to stay in it. */
static prom_result lock_folder(restoring *restore, prom_error *error)
{
    char folder[PATH_MAX];
    (void)snprintf(folder, sizeof folder, "%s", restore->database);
    const char *name = dirname(folder);
    restore->folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (restore->folder < 0 || flock(restore->folder, LOCK_EX | LOCK_NB) != 0) {
        return restore->folder >= 0 && errno == EWOULDBLOCK
                   ? prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                               "another restore is making a database in %s: wait until it has ended", name)
                   : prom_fail(error, PROM_CATEGORY_IO, "the folder %s cannot be %s: %s", name,
                               restore->folder >= 0 ? "locked" : "opened", strerror(errno));
    }
    return prom_ok();
}

static prom_result open_backup(restoring *restore, prom_error *error)
{
    struct stat status;
    restore->backup = open(restore->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe would block */
    if (restore->backup < 0 || fstat(restore->backup, &status) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s cannot be read: %s", restore->path, strerror(errno));
    }
    if (S_ISDIR(status.st_mode)) {
        return unusable(restore, "is a folder: name the backup in it", error);
    }
    return S_ISREG(status.st_mode) ? prom_ok() : unusable(restore, "is not a file", error);
}

/* Fails where something has the database's name already, a symbolic link that leads nowhere too, or the name of what
 * SQLite would take for a part of it. */
static prom_result check_nothing_there(const restoring *restore, prom_error *error)
{
    struct stat status;
    if (lstat(restore->database, &status) == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is there already, and is not replaced: move it away first",
                         restore->database);
    }
    for (size_t i = 1; i < sizeof beside / sizeof beside[0]; i++) {
        char name[PATH_MAX + sizeof "-journal"];
        (void)snprintf(name, sizeof name, "%s%s", restore->database, beside[i]);
        if (lstat(name, &status) == 0) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "%s belongs to a database that is gone: move it away, or name another file", name);
        }
    }
    return prom_ok();
}

static prom_result open_files(restoring *restore, prom_error *error)
{
    enum { NEW = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW };
    PROM_TRY(lock_folder(restore, error));
    PROM_TRY(open_backup(restore, error));
    PROM_TRY(check_nothing_there(restore, error));
    if (is_temporary(restore)) {
        return unusable(restore, "has the name that the database has while it is made: give it another", error);
    }
    clear_temporary(restore); /* of a restore that was killed */
    restore->made = open(restore->temporary, NEW, S_IRUSR | S_IWUSR);
    restore->is_mine = restore->made >= 0;
    return restore->is_mine
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_IO, "%s cannot be written: %s", restore->temporary, strerror(errno));
}

/* What a newer program wrote, this one would take to be its own. */
static prom_result check_version(const restoring *restore, sqlite3 *database, prom_error *error)
{
    sqlite3_stmt *pragma = NULL;
    int code = sqlite3_prepare_v2(database, "PRAGMA user_version", -1, &pragma, NULL);
    code = code == SQLITE_OK ? sqlite3_step(pragma) : code;
    const bool is_newer = code == SQLITE_ROW && sqlite3_column_int64(pragma, 0) > PROM_SCHEMA_VERSION;
    (void)sqlite3_finalize(pragma);
    return is_newer ? unusable(restore, "was written by a newer version of this program: use that one", error)
                    : prom_ok();
}

/* Marks the database as restored, which makes it whole and current too. It comes authenticated, from ourselves, so what
 * is wrong with it is not an attack. */
static prom_result mark(const restoring *restore, prom_error *error)
{
    sqlite3 *database = NULL;
    char text[448];
    (void)snprintf(text, sizeof text,
                   "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;"
                   "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
                   "BEGIN IMMEDIATE; UPDATE channel SET restored = 1;"
                   "DELETE FROM outbox; DELETE FROM sent;" /* in another generation numbers begin anew */
                   "UPDATE meta SET generation = generation + 1, epoch = %u; COMMIT;",
                   (unsigned)prom_store_draw_epoch());
    int code = sqlite3_open_v2(restore->temporary, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    prom_result result = code == SQLITE_OK ? check_version(restore, database, error) : prom_ok();
    if (prom_is_ok(result)) {
        code = code == SQLITE_OK ? sqlite3_exec(database, text, NULL, NULL, NULL) : code;
        result = code == SQLITE_OK ? prom_ok()
                                   : prom_fail(error, PROM_CATEGORY_IO, "%s cannot be restored: %s", restore->path,
                                               sqlite3_errmsg(database));
    }
    (void)sqlite3_close(database);
    return result;
}

/* Gives the database its name, which outlasts a power cut. */
static prom_result give_name(const restoring *restore, prom_error *error)
{
    if (link(restore->temporary, restore->database) != 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "%s cannot be made: %s", restore->database, strerror(errno));
    }
    return fsync(restore->folder) == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_IO, "%s is made, but a power cut could undo that: %s",
                           restore->database, strerror(errno));
}

static prom_result restore_to_temporary(restoring *restore, prom_error *error)
{
    PROM_TRY(open_files(restore, error));
    PROM_TRY(decrypt(restore, error));
    if (fsync(restore->made) != 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "%s cannot be written: %s", restore->temporary, strerror(errno));
    }
    (void)close(restore->made); /* before SQLite locks it: a later close would unlock it */
    restore->made = -1;
    PROM_TRY(mark(restore, error));
    return give_name(restore, error);
}

prom_result prom_backup_restore(const char *path, const prom_bytes32 *keys, size_t count, const char *database,
                                prom_error *error)
{
    restoring *restore = calloc(1, sizeof *restore);
    if (restore == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    *restore = (restoring){
        .path = path, .keys = keys, .key_count = count, .database = database, .folder = -1, .backup = -1, .made = -1};
    const int length = snprintf(restore->temporary, sizeof restore->temporary, "%s.restoring", database);
    prom_result result = length > 0 && (size_t)length < sizeof restore->temporary
                             ? restore_to_temporary(restore, error)
                             : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the path of the database is too long");
    if (restore->is_mine) {
        clear_temporary(restore);
    }
    const int opened[] = {restore->made, restore->backup, restore->folder}; /* the last one unlocks it */
    for (size_t i = 0; i < sizeof opened / sizeof opened[0]; i++) {
        if (opened[i] >= 0) {
            (void)close(opened[i]);
        }
    }
    prom_wipe(restore, sizeof *restore);
    free(restore);
    return result;
}
