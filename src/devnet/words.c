#include "devnet/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/printable.h"

enum {
    TAIL_BYTES = 1 << 16, /* of the log */
    MEGABYTE = 1000000,
    ROOM_MIN = 53, /* megabytes: bitcoind ends of itself where it has less, validation.cpp's 50 MiB */
    OUTPUT_MAX = 300,
};

/* The end of the log, zero-ended; NULL: there is none. The caller frees it. */
static char *read_tail(const char *path)
{
    FILE *log = fopen(path, "re");
    char *tail = log != NULL ? calloc(1, TAIL_BYTES) : NULL;
    if (tail != NULL) {
        if (fseek(log, 1 - TAIL_BYTES, SEEK_END) != 0) {
            rewind(log);
        }
        tail[fread(tail, 1, TAIL_BYTES - 1, log)] = '\0';
    }
    if (log != NULL) {
        (void)fclose(log);
    }
    return tail;
}

/* The last line that tells of an error since bitcoind started last. NULL: none does. Ends it. */
static char *find_error(char *text)
{
    static const char START[] = "Bitcoin Core version";
    char *found = NULL;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        if (strstr(line, START) != NULL) {
            found = NULL;
        } else if (strstr(line, "rror") != NULL) { /* "Error: ", "[error]" */
            found = line;
        }
    }
    return found;
}

/* The last lines of the text that fit. */
static const char *last_lines(const char *text)
{
    const size_t length = strlen(text);
    return length < OUTPUT_MAX ? text : text + length - OUTPUT_MAX + 1;
}

/* Copies the text as one printable line without spaces at its ends. */
static void in_one_line(char line[PROM_DEVNET_WORDS], const char *text)
{
    char spaced[OUTPUT_MAX];
    text += strspn(text, " \r\n");
    (void)snprintf(spaced, sizeof spaced, "%s", text);
    size_t length = strlen(spaced);
    for (; length > 0 && strchr(" \r\n", spaced[length - 1]) != NULL; length--) {
    }
    for (size_t i = 0; i < length; i++) {
        spaced[i] = spaced[i] == '\n' ? ' ' : spaced[i];
    }
    (void)prom_printable(line, PROM_DEVNET_WORDS, spaced, length);
}

/* Megabytes that the disk of the folder has left for us; where that is not known, enough. */
static uint64_t room_of(const prom_devnet *devnet)
{
    struct statvfs disk;
    return statvfs(devnet->folder.path, &disk) == 0 ? (uint64_t)disk.f_bavail * disk.f_frsize / MEGABYTE : ROOM_MIN;
}

/* What the log tells: an error, or where it tells of none, and `any` is enough, its last lines. */
static void read_log(char words[PROM_DEVNET_WORDS], const char *path, bool any)
{
    char *tail = read_tail(path);
    char *copy = tail != NULL ? strdup(tail) : NULL;
    const char *told = copy != NULL ? find_error(copy) : NULL;
    if (told != NULL) {
        in_one_line(words, told);
    } else if (tail != NULL && any) {
        in_one_line(words, last_lines(tail));
    }
    free(copy);
    free(tail);
}

const char *prom_devnet_last_words(char words[PROM_DEVNET_WORDS], const prom_devnet *devnet)
{
    char printed[OUTPUT_MAX];
    const uint64_t room = room_of(devnet);
    prom_process_output(&devnet->process, printed, sizeof printed);
    in_one_line(words, printed);
    if (words[0] == '\0') {
        read_log(words, devnet->log_file, room >= ROOM_MIN);
    }
    const size_t length = strlen(words);
    if (room < ROOM_MIN) {
        (void)snprintf(words + length, PROM_DEVNET_WORDS - length,
                       "%sno room on the disk: %llu MB are left, and bitcoind ends where it has less than %d",
                       length > 0 ? "; " : "", (unsigned long long)room, ROOM_MIN);
    } else if (length == 0) {
        (void)snprintf(words, PROM_DEVNET_WORDS, "it said nothing");
    }
    return words;
}
