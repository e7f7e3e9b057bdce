#include "cli/completion.h"

#include <string.h>

bool prom_completion_print(FILE *stream, const prom_command *root, const char *shell)
{
    static const struct {
        const char *name;
        void (*print)(FILE *stream, const prom_command *root);
    } shells[] = {
        {"bash", prom_completion_bash},
        {"zsh", prom_completion_zsh},
        {"fish", prom_completion_fish},
    };
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(shells[i].name, shell) == 0) {
            shells[i].print(stream, root);
            return true;
        }
    }
    return false;
}
