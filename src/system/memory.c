#include "system/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#ifdef __GLIBC__ /* which the headers above say */
#include <malloc.h>
#endif

enum { KIBIBYTE = 1024 };

/* The bytes that the file tells in its line "NAME:  N kB". */
static bool find_line(uint64_t *bytes, const char *path, const char *name)
{
    char line[256];
    const size_t length = strlen(name);
    FILE *file = fopen(path, "re");
    bool found = false;
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
        found = strncmp(line, name, length) == 0 && line[length] == ':';
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    const unsigned long long kibibytes = found ? strtoull(line + length + 1, NULL, 10) : 0;
    *bytes = kibibytes < UINT64_MAX / KIBIBYTE ? kibibytes * KIBIBYTE : UINT64_MAX;
    return found;
}

/* What a limit of the shell's leaves, of what the process has by the name that its status gives. */
static uint64_t left_of(const struct rlimit *limit, const char *name)
{
    uint64_t taken = 0;
    if (limit->rlim_cur == RLIM_INFINITY || !find_line(&taken, "/proc/self/status", name)) {
        return UINT64_MAX;
    }
    return limit->rlim_cur > taken ? limit->rlim_cur - taken : 0;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t prom_memory_available(void)
{
    struct rlimit limit;
    uint64_t bytes = 0;
    uint64_t least = find_line(&bytes, "/proc/meminfo", "MemAvailable") ? bytes : UINT64_MAX;
    if (getrlimit(RLIMIT_AS, &limit) == 0) {
        least = lesser(least, left_of(&limit, "VmSize"));
    }
    if (getrlimit(RLIMIT_DATA, &limit) == 0) {
        least = lesser(least, left_of(&limit, "VmData"));
    }
    return least;
}

/* getrusage would count what the process was before exec: a copy of its parent. */
uint64_t prom_memory_peak(void)
{
    uint64_t bytes = 0;
    return find_line(&bytes, "/proc/self/status", "VmHWM") ? bytes : 0;
}

void prom_memory_return(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}
