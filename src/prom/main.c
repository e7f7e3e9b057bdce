/* prom: finds the subcommand, shows help, says when the output could not be written. */
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "prom/command.h"
#include "prometheus/base/version.h"

static const prom_command *const COMMANDS[] = {
    &prom_command_compile, &prom_command_inspect,  &prom_command_infer, &prom_command_prove,  &prom_command_verify,
    &prom_command_bench,   &prom_command_contract, &prom_command_demo,  &prom_command_devnet,
};

enum { COMMAND_COUNT = sizeof COMMANDS / sizeof *COMMANDS };

static const char HINT[] = "'prom --help' lists the commands";

static const prom_command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(COMMANDS[i]->name, name) == 0) {
            return COMMANDS[i];
        }
    }
    return NULL;
}

static void print_help(FILE *stream)
{
    (void)fputs("prom - computation bought from a stranger, paid in bitcoin, with the result proven\n"
                "\n"
                "usage: prom COMMAND [ARGUMENT...]\n"
                "       prom help COMMAND\n"
                "       prom --help | --version\n"
                "\n"
                "Commands:\n",
                stream);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        (void)fprintf(stream, "  %-10s %s\n", COMMANDS[i]->name, COMMANDS[i]->summary);
    }
    (void)fputs("\n"
                "Every command takes --json, which makes it print one JSON object instead of text; a failure is\n"
                "then {\"error\": {\"category\": ..., \"message\": ...}}.\n"
                "\n"
                "Exit codes: 0 done, 1 failed, 2 the command line can not be used, 3 not running (status).\n",
                stream);
}

static bool is_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

static prom_exit unknown_command(int argc, char **argv, const char *name)
{
    prom_error error;
    const prom_result result = prom_fail(&error, PROM_CATEGORY_BAD_INPUT, "unknown %s '%s'; %s",
                                         name[0] == '-' ? "option" : "command", name, HINT);
    return prom_command_finish(prom_command_wants_json(argc, argv), result, &error);
}

/* `prom help [COMMAND]` */
static prom_exit help(int argc, char **argv)
{
    if (argc == 2) {
        print_help(stdout);
        return PROM_EXIT_OK;
    }
    const prom_command *command = find_command(argv[2]);
    if (command == NULL) {
        return unknown_command(argc, argv, argv[2]);
    }
    (void)fputs(command->help, stdout);
    return PROM_EXIT_OK;
}

static prom_exit dispatch(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return PROM_EXIT_USAGE;
    }
    if (is_help(argv[1])) {
        print_help(stdout);
        return PROM_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)puts("prom " PROM_VERSION);
        return PROM_EXIT_OK;
    }
    if (strcmp(argv[1], "help") == 0) {
        return help(argc, argv);
    }
    const prom_command *command = find_command(argv[1]);
    if (command == NULL) {
        return unknown_command(argc, argv, argv[1]);
    }
    for (int i = 2; i < argc; i++) {
        if (is_help(argv[i])) {
            (void)fputs(command->help, stdout);
            return PROM_EXIT_OK;
        }
    }
    return command->run(argc - 2, argv + 2);
}

/* A proof takes and gives back large pieces of memory again and again. Left with the process, they need not be mapped
 * and cleared by the kernel each time, which takes a fifth of the prover's time. */
static void keep_memory(void)
{
    enum { MAPPED_FROM = 1 << 25, KEPT = 1 << 30 }; /* the former is the most that the C library takes */
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
    (void)mallopt(M_TRIM_THRESHOLD, KEPT);
}

int main(int argc, char **argv)
{
    keep_memory();
    if (sodium_init() < 0) {
        (void)fputs("prom: this machine gives no randomness\n", stderr);
        return PROM_EXIT_FAILURE;
    }
    const prom_exit code = dispatch(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        (void)fputs("prom: the output can not be written\n", stderr);
        return PROM_EXIT_FAILURE;
    }
    return (int)code;
}
