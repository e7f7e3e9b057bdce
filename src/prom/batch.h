/* The options that say how a batch is read, the same for every command that takes one, and what there is to say of it.
 */
#ifndef PROM_BATCH_H
#define PROM_BATCH_H

#include <stdbool.h>

#include "cli/command.h"
#include "files/files.h"

typedef struct prom_batch_options {
    bool as_numbers;
    bool resize;
    const char *mean;
    const char *deviation;
} prom_batch_options;

/* Writes a sentence about the numbers of an input that lay beyond the program's range. */
#define PROM_BATCH_NOTE 256
void prom_batch_clamped_text(char text[PROM_BATCH_NOTE], const prom_program *program, size_t items, size_t clamped);

/* Says on standard error what the user may not have meant: numbers that were clamped, and integers that were taken as
 * the program's own where plain numbers would be others. */
void prom_batch_tell(const prom_program *program, const prom_files_codes *read, const char *path);

/* The command's arguments have prom_batch_options named `batch`. */
#define PROM_PARAMETER_FLOAT                                                                                           \
    {                                                                                                                  \
        .option = "--float", PROM_TO_FLAG(batch.as_numbers),                                                           \
        .help = "Take integers as plain numbers, as 'prom compile' does, and treat them as floats are."                \
    }
#define PROM_PARAMETERS_PICTURES                                                                                       \
    {                                                                                                                  \
        .option = "--resize",                                                                                          \
        PROM_TO_FLAG(batch.resize),                                                                                    \
        .help = "Resize pictures to the model's height and width. Without it, others are refused.",                    \
    },                                                                                                                 \
        {                                                                                                              \
            .option = "--mean",                                                                                        \
            .value = "M",                                                                                              \
            PROM_TO_TEXT(batch.mean),                                                                                  \
            .help = "Subtract M from the numbers of pictures. M is one number, or one each for red, green and blue: "  \
                    "0.5,0.4,0.3.",                                                                                    \
        },                                                                                                             \
    {                                                                                                                  \
        .option = "--std", .value = "S", PROM_TO_TEXT(batch.deviation),                                                \
        .help = "Divide them by S after that, one number or three.",                                                   \
    }

#endif
