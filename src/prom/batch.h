/* The options that say how a batch is read: the same for every command that takes one. */
#ifndef PROM_BATCH_H
#define PROM_BATCH_H

#include <stdbool.h>

#include "cli/command.h"

typedef struct prom_batch_options {
    bool as_numbers;
    bool resize;
    const char *mean;
    const char *deviation;
} prom_batch_options;

/* The command's arguments have prom_batch_options named `batch`. */
#define PROM_PARAMETER_FLOAT                                                                                           \
    {                                                                                                                  \
        .option = "--float", PROM_TO_FLAG(batch.as_numbers),                                                           \
        .help = "Take integers as plain numbers, and treat them as floats are."                                        \
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
