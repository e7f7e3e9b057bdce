/* What a command of `prom` is: an entry of a table. From it come the parser, the help, the man pages and the
 * completion of shells; one driver runs them all. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/result.h"

typedef enum prom_exit {
    PROM_EXIT_OK = 0,
    PROM_EXIT_FAILURE = 1,
    PROM_EXIT_USAGE = 2,       /* what stands on the command line cannot be used */
    PROM_EXIT_NOT_RUNNING = 3, /* `devnet status`, as of systemctl */
    PROM_EXIT_UNDECIDED = 3,   /* `verify`: neither valid nor not */
} prom_exit;

enum { PROM_EXITS = PROM_EXIT_NOT_RUNNING + 1 };

typedef enum prom_parameter_kind {
    PROM_PARAMETER_FLAG,   /* bool */
    PROM_PARAMETER_TEXT,   /* const char *, NULL where it is not given */
    PROM_PARAMETER_NUMBER, /* uint32_t, 0 where it is not given */
    PROM_PARAMETER_TEXTS,  /* prom_texts: the last operand, as often as it is given */
} prom_parameter_kind;

typedef struct prom_texts {
    const char *const *list; /* in the command line's own array */
    size_t count;
} prom_texts;

/* Whether "-" as the value stands for a standard stream. Only one can, of a command's inputs and of its outputs. */
typedef enum prom_parameter_stream {
    PROM_STREAM_NONE,
    PROM_STREAM_INPUT,
    PROM_STREAM_OUTPUT, /* not with --json, which needs it */
} prom_parameter_stream;

/* An option ("--output FILE", "--output=FILE", "-o FILE", "--json") or an operand. Operands stand in their order. */
typedef struct prom_parameter {
    const char *option;   /* with its dashes; NULL: an operand */
    const char *letter;   /* the same in short, "-o", or NULL */
    const char *value;    /* what help calls the value; NULL: a flag */
    const char *noun;     /* what a sentence calls the value: "no NOUN is given", "is not a NOUN" */
    const char *help;     /* whole sentences, beginning with a verb; for an operand, with a noun */
    const char *files;    /* what a shell completes: file name endings ("npy", "prom onnx"), "*" any file, "/" folders.
                           * The command reads what is named, or makes the folder, unless it `writes` it */
    const char *words;    /* or one of these words, separated by spaces; with a noun, the value must be one */
    const char *excludes; /* an option that cannot be given with this one */
    uint32_t min;         /* of a number, at least 1 */
    uint32_t max;
    bool commands; /* a shell completes the name of a command */
    bool required;
    bool writes; /* names a file that the command writes */
    bool alone;  /* needs no operands, and takes nothing but --json beside it */
    prom_parameter_stream stream;
    prom_parameter_kind kind;
    size_t target; /* offset in the command's arguments */
} prom_parameter;

/* The target of a parameter: a member of the file's own `arguments`, which has to have the right type. */
#define PROM_TO_FLAG(member)                                                                                           \
    .kind = PROM_PARAMETER_FLAG, .target = _Generic(((arguments *)0)->member, bool : offsetof(arguments, member))
#define PROM_TO_TEXT(member)                                                                                           \
    .kind = PROM_PARAMETER_TEXT,                                                                                       \
    .target = _Generic(((arguments *)0)->member, const char * : offsetof(arguments, member))
#define PROM_TO_TEXTS(member)                                                                                          \
    .kind = PROM_PARAMETER_TEXTS, .target = _Generic(((arguments *)0)->member, prom_texts : offsetof(arguments, member))
#define PROM_TO_NUMBER(member)                                                                                         \
    .kind = PROM_PARAMETER_NUMBER, .target = _Generic(((arguments *)0)->member, uint32_t : offsetof(arguments, member))

#define PROM_PARAMETER_JSON(member)                                                                                    \
    {                                                                                                                  \
        .option = "--json", PROM_TO_FLAG(member), .help = "Print one JSON object instead of text."                     \
    }

/* A paragraph, or where `term` is not NULL the explanation of a term. Lists of them end with {0}. */
typedef struct prom_text {
    const char *term;
    const char *text;
} prom_text;

typedef struct prom_section {
    const char *title;
    const prom_text *texts;
} prom_section;

/* A command, or a group of subcommands where `subcommands` is not NULL. */
typedef struct prom_command {
    const char *name;
    const char *summary; /* one line that begins with a verb */
    const prom_text *description;
    const prom_parameter *parameters; /* up to one without option and value; NULL: none */
    const prom_parameter *implied;    /* files that no parameter names, with value, target, files, writes; NULL: none */
    const struct prom_command *const *subcommands; /* up to NULL */
    const prom_section *sections;                  /* up to one without title; NULL: none */
    const prom_text *json;                         /* the members of the JSON object; NULL: it has none */
    const char *exits[PROM_EXITS];                 /* what each exit code means, where it is not the usual */
    prom_exit broken;            /* the code when memory, a disk or we ourselves failed; 0: PROM_EXIT_FAILURE */
    const char *const *examples; /* up to NULL */
    size_t arguments_size;       /* of the struct that `parameters` go to */
    /* Fills in what was not given and has no fixed default: names of files. NULL: nothing. The driver looks at the
     * files after that and before `run`. */
    prom_result (*complete)(void *arguments, prom_error *error);
    /* Gets the arguments, zero but for what was given. `code` is 0, and may be set to another exit code than the
     * result has. */
    prom_result (*run)(void *arguments, prom_exit *code, prom_error *error);
} prom_command;

/* A command and the groups it is in: `prom`, `contract`, `explain`. */
typedef struct prom_path {
    const prom_command *commands[3];
    size_t count;
} prom_path;

/* Returns the command itself. */
const prom_command *prom_path_last(const prom_path *path);
/* Adds a subcommand of the last command. Returns false, and changes nothing, when there is none of that name. */
bool prom_path_enter(prom_path *path, const char *name);
/* Writes "contract explain", with `separator` for the space, and "" for the root. Returns `text`. */
#define PROM_PATH_TEXT 64
const char *prom_path_text(char text[PROM_PATH_TEXT], const prom_path *path, char separator);
/* Fails with a sentence about `name`, which is no command of the path's last one. */
PROM_MUST_USE prom_result prom_path_unknown(const prom_path *path, const char *name, prom_error *error);
/* Calls `visit` for every command of `root`, the group of all: itself first and each group before its commands. */
void prom_path_walk(const prom_command *root, void (*visit)(void *context, const prom_path *path), void *context);

/* Returns whether the table of parameters ends here. */
static inline bool prom_parameter_is_end(const prom_parameter *parameter)
{
    return parameter == NULL || (parameter->option == NULL && parameter->value == NULL);
}

/* Finds the command of `root` that the arguments name (those of `main` without the first), parses what follows, runs it
 * and tells a failure. Returns the exit code. */
prom_exit prom_command_main(const prom_command *root, int argument_count, char **arguments);

#endif
