/* What a restore reads: any bytes as a file, which authentication refuses; and, since the owner of the seed may hand in
 * anything, any bytes as the database in a backup that is authentic. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "store/backup.h"

static const prom_bytes32 key = {{1}};
static char folder[] = "/tmp/prom-fuzz-XXXXXX";
static char backup[64];
static char database[64];

static void clear(void)
{
    (void)unlink(backup);
    (void)unlink(database);
    (void)rmdir(folder);
}

static void begin(void)
{
    if (backup[0] == '\0') {
        must(sodium_init() >= 0 && mkdtemp(folder) != NULL && atexit(clear) == 0);
        (void)snprintf(backup, sizeof backup, "%s/backup", folder);
        (void)snprintf(database, sizeof database, "%s/database", folder);
    }
}

static void put(FILE *file, const void *bytes, size_t length)
{
    must(length == 0 || fwrite(bytes, 1, length, file) == length);
}

/* The bytes in pieces, each sealed: the first byte says how long pieces are, and whether the last one ends the file. */
static void put_sealed(FILE *file, const uint8_t *data, size_t length, uint8_t how)
{
    enum { MORE = crypto_secretstream_xchacha20poly1305_ABYTES };
    static const unsigned char magic[8] = {'P', 'R', 'M', 'B', 'A', 'C', 'K', '1'};
    unsigned char header[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
    static unsigned char sealed[PROM_BACKUP_PIECE + MORE];
    crypto_secretstream_xchacha20poly1305_state state;
    const size_t piece = how % 2 == 0 ? PROM_BACKUP_PIECE : (size_t)how * 16;
    (void)crypto_secretstream_xchacha20poly1305_init_push(&state, header, key.bytes);
    put(file, magic, sizeof magic);
    put(file, header, sizeof header);
    for (size_t at = 0; at <= length; at += piece) {
        const size_t part = length - at < piece ? length - at : piece;
        const bool is_last = part < piece && how % 4 < 2;
        (void)crypto_secretstream_xchacha20poly1305_push(&state, sealed, NULL, data + at, part, at == 0 ? magic : NULL,
                                                         at == 0 ? sizeof magic : 0,
                                                         is_last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
        put(file, sealed, part + MORE);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    prom_error error = {{0}};
    struct stat status;
    begin();
    (void)unlink(database);
    FILE *file = fopen(backup, "wb");
    must(file != NULL);
    const bool authentic = length > 0 && data[0] < 128;
    if (authentic) {
        put_sealed(file, data + 1, length - 1, data[0]);
    } else {
        put(file, data, length);
    }
    must(fclose(file) == 0);
    const prom_result restored = prom_backup_restore(backup, &key, 1, database, &error);
    must(prom_is_ok(restored) == (stat(database, &status) == 0));
    if (prom_is_ok(restored)) {
        must(authentic);
    } else {
        must_be_refusal(restored, &error);
    }
    return 0;
}
