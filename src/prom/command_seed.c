/* prom seed make | check | passphrase */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/secret.h"
#include "cli/tell.h"
#include "daemon/locked_seed.h"
#include "prom/root.h"
#include "prom/words_text.h"
#include "system/secret_file.h"
#include "system/stream.h"
#include "wallet/seed_file.h"

enum { TYPED_MAX = 1024 }; /* the words, and white space as much as anybody puts between them */

/* Of all actions; each takes some of them. */
typedef struct arguments {
    bool json;
    bool remove;
    const char *file;
    const char *passphrase;
    const char *new_passphrase;
} arguments;

static void wipe_words(char (*words)[TYPED_MAX])
{
    prom_wipe(*words, sizeof *words);
}

/* -- make -- */

static prom_result run_make(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    PROM_SCOPED(wipe_words) char words[TYPED_MAX] = {0};
    (void)code;
    PROM_TRY(prom_seed_file_make(words, given->file, error));
    if (given->json) {
        return prom_tell_json(json_pack("{s:s, s:s}", "file", given->file, "words", words), error);
    }
    prom_words_print(given->file, words);
    return prom_ok();
}

/* -- check -- */

/* What somebody types or pipes, so far as there is room: nothing of it stays in memory. */
static prom_result read_typed(char words[TYPED_MAX], prom_error *error)
{
    size_t length = 0;
    ssize_t got = 1;
    if (isatty(STDIN_FILENO) == 1) {
        (void)fprintf(stderr, "type the words, then Enter and Ctrl-D:\n");
    }
    while (length < TYPED_MAX && got != 0) {
        got = read(STDIN_FILENO, words + length, TYPED_MAX - length);
        if (got < 0 && errno != EINTR) {
            return prom_fail(error, PROM_CATEGORY_IO, "standard input cannot be read: %s", strerror(errno));
        }
        length += got > 0 ? (size_t)got : 0;
    }
    if (length == 0 || length == TYPED_MAX || memchr(words, '\0', length) != NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "standard input %s: give it the %d words of a seed",
                         length == 0 ? "is empty" : "is no text of words", PROM_SEED_WORDS);
    }
    words[length] = '\0';
    return prom_ok();
}

static prom_result ask_passphrase(void *context, char passphrase[PROM_LOCK_PASSPHRASE_MAX], prom_error *error)
{
    const arguments *given = context;
    return prom_secret_ask(passphrase, PROM_LOCK_PASSPHRASE_MAX, given->passphrase, "passphrase of the file: ", false,
                           error);
}

/* Of a file in clear whatever words it holds, to be judged by the caller; of an encrypted one the words of a seed. */
static prom_result read_file(char words[TYPED_MAX], arguments *given, prom_error *error)
{
    const prom_lock_asker asker = {ask_passphrase, given};
    bool locked = false;
    PROM_TRY(prom_secret_file_read(words, TYPED_MAX, given->file, "a seed", error));
    if (!prom_locked_seed_is(words)) {
        return prom_ok();
    }
    prom_wipe(words, TYPED_MAX);
    return prom_locked_seed_read(words, &locked, given->file, &asker, error);
}

static prom_result run_check(void *context, prom_exit *code, prom_error *error)
{
    arguments *given = context;
    PROM_SCOPED(wipe_words) char words[TYPED_MAX] = {0};
    PROM_SCOPED(prom_seed_wipe) prom_seed seed = {{0}};
    prom_error reason = {0};
    PROM_TRY(prom_stream_is(given->file) ? read_typed(words, error) : read_file(words, given, error));
    const prom_result made = prom_seed_make(&seed, words, NULL, &reason);
    if (prom_is_ok(made)) {
        return prom_tell(given->json, json_pack("{s:b}", "right", 1), error, "right: these are the words of a seed\n");
    }
    *code = PROM_EXIT_FAILURE;
    return prom_tell(given->json, json_pack("{s:b, s:o}", "right", 0, "reason", prom_tell_sentence(&reason)), error,
                     "wrong: %s\n", reason.sentence);
}

/* -- passphrase -- */

static prom_result run_passphrase(void *context, prom_exit *code, prom_error *error)
{
    arguments *given = context;
    PROM_SCOPED(wipe_words) char words[TYPED_MAX] = {0};
    char passphrase[PROM_LOCK_PASSPHRASE_MAX] = "";
    const prom_lock_asker asker = {ask_passphrase, given};
    const prom_lock_cost cost = prom_lock_cost_usual();
    bool locked = false;
    (void)code;
    PROM_TRY(prom_locked_seed_read(words, &locked, given->file, &asker, error));
    if (!given->remove) {
        PROM_TRY(
            prom_secret_ask(passphrase, sizeof passphrase, given->new_passphrase, "new passphrase: ", true, error));
    }
    const prom_result changed =
        prom_locked_seed_change(given->file, words, given->remove ? NULL : passphrase, &cost, error);
    prom_wipe(passphrase, sizeof passphrase);
    PROM_TRY(changed);
    return prom_tell(given->json, json_pack("{s:s, s:b}", "file", given->file, "encrypted", (int)!given->remove), error,
                     given->remove ? "%s: in clear now\n"
                                   : "%s: encrypted; without the passphrase only the words on paper give it back\n",
                     given->file);
}

/* -- What help says -- */

static const prom_parameter MAKE_PARAMETERS[] = {
    {.value = "FILE",
     .noun = "file",
     .files = "*",
     .required = true,
     .writes = true,
     PROM_TO_TEXT(file),
     .help = "The file for the seed, which must not be there, readable by you only."},
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text MAKE_DESCRIPTION[] = {
    {NULL,
     "Draws a seed of 256 bits, writes it to FILE as 24 words of BIP 39's English list, and shows the words once. "
     "Whoever has them has every key of the party; whoever has lost them, and FILE, has none. A party reads "
     "them from the file 'words' in its folder."},
    {NULL, "Write them down on paper, check what you wrote by 'prom seed check -', and keep the paper where the "
           "machine's disk is not."},
    {0},
};

static const prom_text MAKE_JSON[] = {
    {"file", "the file"},
    {"words", "the 24 words, with a space between them"},
    {0},
};

static const char *const MAKE_EXAMPLES[] = {"prom seed make ~/.prometheus/words", NULL};

static const prom_command MAKE = {
    .name = "make",
    .summary = "draw a seed, and show its words once",
    .description = MAKE_DESCRIPTION,
    .parameters = MAKE_PARAMETERS,
    .json = MAKE_JSON,
    .examples = MAKE_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_make,
};

#define PARAMETER_PASSPHRASE                                                                                           \
    {                                                                                                                  \
        .option = "--passphrase-file", .value = "FILE", .noun = "file", .files = "*", PROM_TO_TEXT(passphrase),        \
        .help = "Take the passphrase of an encrypted file from FILE, one line, readable by you only. Default: the "    \
                "terminal is asked."                                                                                   \
    }

static const prom_parameter CHECK_PARAMETERS[] = {
    {.value = "FILE",
     .noun = "file",
     .files = "*",
     .required = true,
     .stream = PROM_STREAM_INPUT,
     PROM_TO_TEXT(file),
     .help = "A file as 'prom seed make' writes it; or '-', to type the words or to pipe them, with any white space "
             "between them."},
    PARAMETER_PASSPHRASE,
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text CHECK_DESCRIPTION[] = {
    {NULL, "Says whether these are the words of a seed: 24 of the list, whose checksum is right. A word that is "
           "misspelt is named, with the one that may be meant. Of words of the list that are in another order, or of "
           "which one is another, one case in 256 has a right checksum all the same."},
    {0},
};

static const prom_text CHECK_JSON[] = {
    {"right", "true, or false; then reason is there, a sentence"},
    {0},
};

static const char *const CHECK_EXAMPLES[] = {"prom seed check ~/.prometheus/words", "prom seed check -", NULL};

static const prom_command CHECK = {
    .name = "check",
    .summary = "say whether words are those of a seed",
    .description = CHECK_DESCRIPTION,
    .parameters = CHECK_PARAMETERS,
    .json = CHECK_JSON,
    .exits = {[PROM_EXIT_OK] = "right",
              [PROM_EXIT_FAILURE] = "wrong: the reason is told; or a disk failed",
              [PROM_EXIT_USAGE] = "the command line or the file cannot be used"},
    .examples = CHECK_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_check,
};

static const prom_parameter PASSPHRASE_PARAMETERS[] = {
    {.value = "FILE",
     .noun = "file",
     .files = "*",
     .required = true,
     PROM_TO_TEXT(file),
     .help = "The seed's file, encrypted or in clear, which is replaced."},
    PARAMETER_PASSPHRASE,
    {.option = "--new",
     .value = "FILE",
     .noun = "file",
     .files = "*",
     PROM_TO_TEXT(new_passphrase),
     .help = "Take the new one from FILE. Default: the terminal is asked, twice."},
    {.option = "--remove", .excludes = "--new", PROM_TO_FLAG(remove), .help = "Write the words in clear."},
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text PASSPHRASE_DESCRIPTION[] = {
    {NULL, "Encrypts the words in FILE by a passphrase, or by another one. At any moment the file is whole, in its old "
           "form or in its new one. A node that runs is not touched; its next start asks for the new passphrase."},
    {NULL, "This passphrase protects the file alone, and the words on paper do without it. It is not the seed's own "
           "passphrase (BIP 39), which is a part of the seed."},
    {0},
};

static const prom_text PASSPHRASE_JSON[] = {{"file", "the file"}, {"encrypted", "whether it is, now"}, {0}};

static const char *const PASSPHRASE_EXAMPLES[] = {"prom seed passphrase ~/.prometheus/signet/words", NULL};

static const prom_command PASSPHRASE = {
    .name = "passphrase",
    .summary = "encrypt the file of a seed, or change its passphrase",
    .description = PASSPHRASE_DESCRIPTION,
    .parameters = PASSPHRASE_PARAMETERS,
    .json = PASSPHRASE_JSON,
    .examples = PASSPHRASE_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_passphrase,
};

static const prom_text DESCRIPTION[] = {
    {NULL, "A party's keys are all made of one seed, 24 words. docs/keys.md tells what for, and what the words alone "
           "give back."},
    {0},
};

static const prom_command *const COMMANDS[] = {&MAKE, &CHECK, &PASSPHRASE, NULL};

const prom_command prom_command_seed = {
    .name = "seed",
    .summary = "make the seed of a party, check its words, encrypt its file",
    .description = DESCRIPTION,
    .subcommands = COMMANDS,
};
