#include "store/holder.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A line of /proc/locks, proc(5): "1: POSIX  ADVISORY  WRITE 4711 fd:01:1234567 1073741826 1073742335". */
static bool holds(char *line, const struct stat *status, int *process)
{
    enum { PROCESS = 4 }; /* words before it */
    char *rest = NULL;
    const char *word = strtok_r(line, " ", &rest);
    for (size_t i = 0; i < PROCESS && word != NULL; i++) {
        word = strtok_r(NULL, " ", &rest);
    }
    const char *place = strtok_r(NULL, " ", &rest);
    const char *inode = place != NULL ? strrchr(place, ':') : NULL;
    if (word == NULL || inode == NULL) {
        return false;
    }
    *process = (int)strtol(word, NULL, 10);
    return *process > 0 && strtoull(inode + 1, NULL, 10) == status->st_ino;
}

/* The name of the program that the process runs. */
static bool name_of(char name[17], int process)
{
    char path[32];
    (void)snprintf(path, sizeof path, "/proc/%d/comm", process);
    FILE *file = fopen(path, "re");
    const bool found = file != NULL && fgets(name, 17, file) != NULL;
    if (file != NULL) {
        (void)fclose(file);
    }
    if (found) {
        name[strcspn(name, "\n")] = '\0';
    }
    return found;
}

char *prom_holder_name(char text[PROM_HOLDER_TEXT], const char *path)
{
    struct stat status;
    char line[256];
    char name[17];
    int process = 0;
    FILE *locks = stat(path, &status) == 0 ? fopen("/proc/locks", "re") : NULL;
    (void)snprintf(text, PROM_HOLDER_TEXT, "another process");
    while (locks != NULL && fgets(line, sizeof line, locks) != NULL) {
        if (holds(line, &status, &process)) {
            if (name_of(name, process)) {
                (void)snprintf(text, PROM_HOLDER_TEXT, "%s (process %d)", name, process);
            } else {
                (void)snprintf(text, PROM_HOLDER_TEXT, "process %d", process);
            }
            break;
        }
    }
    if (locks != NULL) {
        (void)fclose(locks);
    }
    return text;
}
