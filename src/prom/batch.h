/* The options that say how a batch is read: the same for every command that takes one. */
#ifndef PROM_BATCH_H
#define PROM_BATCH_H

#include <stdbool.h>

#include "prom/command.h"

typedef struct prom_batch_options {
    bool as_numbers;
    bool resize;
    const char *mean;
    const char *deviation;
} prom_batch_options;

/* `member` is the prom_batch_options among the command's arguments. */
#define PROM_PARAMETER_FLOAT(member)                                                                                   \
    {                                                                                                                  \
        .option = "--float", PROM_TO_FLAG(member.as_numbers),                                                          \
        .help = "Take integers as plain numbers, and treat them as floats are."                                        \
    }
#define PROM_PARAMETERS_PICTURES(member)                                                                               \
    {                                                                                                                  \
        .option = "--resize",                                                                                          \
        PROM_TO_FLAG(member.resize),                                                                                   \
        .help = "Resize pictures to the model's height and width. Without it, others are refused.",                    \
    },                                                                                                                 \
        {                                                                                                              \
            .option = "--mean",                                                                                        \
            .value = "M",                                                                                              \
            PROM_TO_TEXT(member.mean),                                                                                 \
            .help = "Subtract M from the numbers of pictures. M is one number, or one each for red, green and blue: "  \
                    "0.5,0.4,0.3.",                                                                                    \
        },                                                                                                             \
    {                                                                                                                  \
        .option = "--std", .value = "S", PROM_TO_TEXT(member.deviation),                                               \
        .help = "Divide them by S after that, one number or three.",                                                   \
    }

#endif
