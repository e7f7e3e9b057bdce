#include "cli/outputs.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/file.h"
#include "system/place.h"
#include "system/stream.h"

/* The file that a parameter names; NULL: it names none, none is given, or it is "-". */
static const char *file_of(const void *given, const prom_parameter *parameter)
{
    if (parameter->files == NULL || parameter->kind != PROM_PARAMETER_TEXT) {
        return NULL;
    }
    const char *path = *(const char *const *)((const char *)given + parameter->target);
    return path == NULL || strcmp(path, "-") == 0 ? NULL : path;
}

/* The parameter behind `last`, those that are implied behind the others; the first one where it is NULL. NULL: none. */
static const prom_parameter *next_of(const prom_command *command, const prom_parameter *last)
{
    const prom_parameter *at = last == NULL ? command->parameters : last + 1;
    bool is_implied = false;
    for (const prom_parameter *implied = command->implied; !prom_parameter_is_end(implied); implied++) {
        is_implied = is_implied || implied == last;
    }
    if (prom_parameter_is_end(at)) {
        at = is_implied ? NULL : command->implied;
    }
    return prom_parameter_is_end(at) ? NULL : at;
}

/* What is read, or a folder: `output` may not be it, nor lie in it. */
static prom_result check_input(const prom_place *output, const char *output_path, const char *path, prom_error *error)
{
    PROM_SCOPED(prom_place_close) prom_place input = prom_place_none();
    struct stat status;
    const bool exists = stat(path, &status) == 0;
    const bool is_folder = exists && S_ISDIR(status.st_mode); /* which no file takes the place of */
    if (exists && !is_folder && output->exists && status.st_dev == output->status.st_dev &&
        status.st_ino == output->status.st_ino) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s would be written over, and is read here: give the output another name", path);
    }
    if (is_folder && prom_place_is_in(output, &status)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.200s lies in the folder %.200s, which is for other files: put the output elsewhere",
                         output_path, path);
    }
    if (!exists && prom_is_ok(prom_place_find(&input, path, NULL)) && prom_place_is_same(output, &input)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s is given for the output and for something else: give the output another name", path);
    }
    return prom_ok();
}

static prom_result check_other(const prom_place *output, const char *output_path, const char *path, prom_error *error)
{
    PROM_SCOPED(prom_place_close) prom_place other = prom_place_none();
    PROM_TRY(prom_place_find(&other, path, error));
    if (prom_place_is_same(output, &other)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.200s and %.200s are one file, and both would be written: give one another name", path,
                         output_path);
    }
    return prom_ok();
}

/* A shell may have made a file of the output's name for a standard stream: what goes there would be lost. */
static prom_result check_streams(const prom_place *output, const char *path, prom_error *error)
{
    static const char *const NAMES[] = {"input", "output", "error"};
    struct stat status;
    for (int i = 0; i <= STDERR_FILENO; i++) {
        if (output->exists && fstat(i, &status) == 0 && S_ISREG(status.st_mode) &&
            status.st_dev == output->status.st_dev && status.st_ino == output->status.st_ino) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is standard %s here: give the output another name",
                             path, NAMES[i]);
        }
    }
    return prom_ok();
}

static prom_result check_output(const void *given, const prom_command *command, const prom_parameter *parameter,
                                prom_error *error)
{
    PROM_SCOPED(prom_place_close) prom_place output = prom_place_none();
    const char *path = file_of(given, parameter);
    bool is_later = false;
    PROM_TRY(prom_place_find(&output, path, error));
    PROM_TRY(check_streams(&output, path, error));
    for (const prom_parameter *at = next_of(command, NULL); at != NULL; at = next_of(command, at)) {
        const char *other = file_of(given, at);
        if (other != NULL && !at->writes) {
            PROM_TRY(check_input(&output, path, other, error));
        } else if (other != NULL && is_later) {
            PROM_TRY(check_other(&output, path, other, error));
        }
        is_later = is_later || at == parameter;
    }
    return prom_file_try(path, error);
}

prom_result prom_outputs_check(const void *given, const prom_command *command, prom_error *error)
{
    for (const prom_parameter *at = next_of(command, NULL); at != NULL; at = next_of(command, at)) {
        if (at->writes && file_of(given, at) != NULL) {
            PROM_TRY(check_output(given, command, at, error));
        }
    }
    return prom_ok();
}

const char *prom_outputs_text(char *text, size_t size, const void *given, const prom_command *command)
{
    const char *files[2] = {NULL, NULL};
    size_t count = 0;
    for (const prom_parameter *at = next_of(command, NULL); at != NULL; at = next_of(command, at)) {
        const char *path = at->writes ? file_of(given, at) : NULL;
        if (path != NULL && count++ < sizeof files / sizeof *files) {
            files[count - 1] = path;
        }
    }
    text[0] = '\0';
    if (files[1] != NULL) {
        (void)snprintf(text, size, "%.100s and %.100s are", files[0], files[1]);
    } else if (files[0] != NULL) {
        (void)snprintf(text, size, "%.200s is", files[0]);
    }
    return text;
}

prom_result prom_outputs_beside(char name[PATH_MAX], const char *input, const char *from, const char *ending,
                                prom_error *error)
{
    const size_t length = strlen(input);
    const size_t cut = strlen(from);
    const bool ends = length > cut && strcmp(input + length - cut, from) == 0;
    if (prom_stream_is(input)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "what is read comes from standard input: say with -o where the result goes");
    }
    const int written =
        length < PATH_MAX ? snprintf(name, PATH_MAX, "%.*s%s", (int)(ends ? length - cut : length), input, ending) : -1;
    return written >= 0 && written < PATH_MAX
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the name of the file beside %.100s is too long", input);
}
