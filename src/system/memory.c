#include "system/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

uint64_t prom_memory_available(void)
{
    uint64_t bytes = 0;
    return find_line(&bytes, "/proc/meminfo", "MemAvailable") ? bytes : UINT64_MAX;
}

/* getrusage would count what the process was before exec: a copy of its parent. */
uint64_t prom_memory_peak(void)
{
    uint64_t bytes = 0;
    return find_line(&bytes, "/proc/self/status", "VmHWM") ? bytes : 0;
}
