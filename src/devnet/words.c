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

/* The end of the log, zero-ended, of whole lines: the first may begin in the middle, the last may be torn, as it is
 * where the disk was full. NULL: there is none. `start` is what to free. */
static char *read_tail(const char *path, char **start)
{
    FILE *log = fopen(path, "re");
    char *tail = log != NULL ? calloc(1, TAIL_BYTES) : NULL;
    *start = tail;
    if (tail != NULL) {
        const bool cut = fseek(log, 1 - TAIL_BYTES, SEEK_END) == 0;
        if (!cut) {
            rewind(log);
        }
        tail[fread(tail, 1, TAIL_BYTES - 1, log)] = '\0';
        char *last = strrchr(tail, '\n');
        *(last != NULL ? last : tail) = '\0';
        tail += cut ? strcspn(tail, "\n") : 0;
    }
    if (log != NULL) {
        (void)fclose(log);
    }
    return tail;
}

/* Whether the line tells of an error, in one of the ways in which bitcoind's do, and not in a name. */
static bool is_error(const char *line)
{
    static const char *const SIGNS[] = {"[error]", "Z Error: ", "] Error: ", "EXCEPTION: ", "Z ERROR: ", "] ERROR: "};
    for (size_t i = 0; i < sizeof SIGNS / sizeof *SIGNS; i++) {
        if (strstr(line, SIGNS[i]) != NULL) {
            return true;
        }
    }
    return false;
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
        } else if (is_error(line)) {
            found = line;
        }
    }
    return found;
}

/* Copies the text as one printable line without spaces at its ends; what is too long ends with dots. */
static void in_one_line(char line[PROM_DEVNET_WORDS], const char *text)
{
    char spaced[OUTPUT_MAX];
    text += strspn(text, " \r\n");
    const bool cut = snprintf(spaced, sizeof spaced, "%s", text) >= OUTPUT_MAX;
    size_t length = strlen(spaced);
    for (; length > 0 && strchr(" \r\n", spaced[length - 1]) != NULL; length--) {
    }
    for (size_t i = 0; i < length; i++) {
        spaced[i] = spaced[i] == '\n' ? ' ' : spaced[i];
    }
    if (cut) {
        memset(spaced + length - 3, '.', 3);
    }
    (void)prom_printable(line, PROM_DEVNET_WORDS, spaced, length);
}

/* Megabytes that the disk of the folder has left for us; where that is not known, enough. */
static uint64_t room_of(const prom_devnet *devnet)
{
    struct statvfs disk;
    return statvfs(devnet->folder.path, &disk) == 0 ? (uint64_t)disk.f_bavail * disk.f_frsize / MEGABYTE : ROOM_MIN;
}

/* The error that the log tells last, or nothing. */
static void read_log(char words[PROM_DEVNET_WORDS], const char *path)
{
    char *start = NULL;
    char *tail = read_tail(path, &start);
    const char *told = tail != NULL ? find_error(tail) : NULL;
    if (told != NULL) {
        in_one_line(words, told);
    }
    free(start);
}

/* The end of what bitcoind printed to us, from the beginning of a line. */
static void read_printed(char words[PROM_DEVNET_WORDS], const prom_devnet *devnet)
{
    char printed[OUTPUT_MAX];
    prom_process_output(&devnet->process, printed, sizeof printed);
    const char *first = strlen(printed) == sizeof printed - 1 ? strchr(printed, '\n') : NULL;
    in_one_line(words, first != NULL ? first : printed);
}

const char *prom_devnet_last_words(char words[PROM_DEVNET_WORDS], const prom_devnet *devnet)
{
    const uint64_t room = room_of(devnet);
    read_printed(words, devnet);
    if (words[0] == '\0') {
        read_log(words, devnet->log_file);
    }
    const size_t length = strlen(words);
    if (room < ROOM_MIN) {
        (void)snprintf(words + length, PROM_DEVNET_WORDS - length,
                       "%sno room on the disk: %llu MB are left, and bitcoind ends where it has less than %d",
                       length > 0 ? "; " : "", (unsigned long long)room, ROOM_MIN);
    } else if (length == 0) {
        (void)snprintf(words, PROM_DEVNET_WORDS, "it was killed or crashed, and told of no error");
    }
    return words;
}
