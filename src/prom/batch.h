/* The parameters that say which program, model and batch are read and how, the same for every command that takes them;
 * and what there is to say of a batch. */
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

/* Reads what to do with pictures. PROM_CATEGORY_BAD_INPUT for a mean or a deviation that cannot be. */
PROM_MUST_USE prom_result prom_batch_pictures(prom_image_options *pictures, const prom_batch_options *options,
                                              prom_error *error);

/* A program, and a batch for it. */
typedef struct prom_batch_files {
    const char *program;
    const char *input;
    const prom_batch_options *options;
    bool quiet; /* prom_batch_tell is not called */
} prom_batch_files;

/* Reads both; the batch as codes of the program's input. Then says what prom_batch_tell says of it. */
PROM_MUST_USE prom_result prom_batch_read_files(prom_arena *arena, const prom_program **program,
                                                prom_files_codes *input, const prom_batch_files *files,
                                                prom_error *error);

/* Writes a sentence about the numbers of an input that lay beyond the program's range. */
#define PROM_BATCH_NOTE 256
void prom_batch_clamped_text(char text[PROM_BATCH_NOTE], const prom_program *program, size_t items, size_t clamped);

/* Says on standard error what the user may not have meant: numbers that were clamped, and integers that were taken as
 * the program's own where plain numbers would be others. */
void prom_batch_tell(const prom_program *program, const prom_files_codes *read, const char *path);

#define PROM_PARAMETER_PROGRAM(member)                                                                                 \
    {                                                                                                                  \
        .value = "PROGRAM", .noun = "program", .required = true, PROM_TO_TEXT(member), .stream = PROM_STREAM_INPUT,    \
        .files = "prom", .help = "A file that 'prom compile' wrote."                                                   \
    }

#define PROM_PARAMETER_END_AT(member)                                                                                  \
    {                                                                                                                  \
        .option = "--end-at", .value = "NAME", PROM_TO_TEXT(member),                                                   \
        .help =                                                                                                        \
            "End the network at the value NAME: one of several outputs, or any value inside. Default: the graph's "    \
            "one output."                                                                                              \
    }

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
