#include <string.h>

#include "cli/completion.h"

/* What does not hang on the table. bash splits words at "=", so that "--output=x" is three of them. */
static const char HEAD[] = //
    "# Completion of prom(1) for bash, printed by 'prom help --completion bash'.\n"
    "\n"
    "# _prom_files ENDING...: files with these endings ('*': all; '/': none), and folders.\n"
    "_prom_files()\n"
    "{\n"
    "    local ending IFS=$'\\n'\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    for ending in \"$@\"; do\n"
    "        case $ending in\n"
    "        '*') COMPREPLY+=($(compgen -f -- \"$word\")); return ;;\n"
    "        '/') ;;\n"
    "        *) COMPREPLY+=($(compgen -f -X \"!*.$ending\" -- \"$word\")) ;;\n"
    "        esac\n"
    "    done\n"
    "    COMPREPLY+=($(compgen -d -- \"$word\"))\n"
    "}\n"
    "\n"
    "_prom_words()\n"
    "{\n"
    "    COMPREPLY+=($(compgen -W \"$1\" -- \"$word\"))\n"
    "}\n";

static const char TAIL[] = //
    "\n"
    "_prom()\n"
    "{\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local command= place=1 at=1 words=() options\n"
    "    COMPREPLY=()\n"
    "    if [[ $word == '=' ]]; then\n"
    "        word=\n"
    "    elif [[ $last == '=' ]]; then\n"
    "        last=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n"
    "    # The command, as long as there are commands below it.\n"
    "    while _prom_commands \"$command\" && ((at < COMP_CWORD)); do\n"
    "        command+=${command:+ }${COMP_WORDS[at++]}\n"
    "    done\n"
    "    # The operands before the cursor are counted.\n"
    "    for (( ; at < COMP_CWORD; at++)); do\n"
    "        case ${COMP_WORDS[at]} in\n"
    "        '=' | -*) ;;\n"
    "        *)\n"
    "            if [[ ${COMP_WORDS[at - 1]} != '=' ]] && ! _prom_takes \"$command\" \"${COMP_WORDS[at - 1]}\"; then\n"
    "                ((place++))\n"
    "            fi\n"
    "            ;;\n"
    "        esac\n"
    "    done\n"
    "    if _prom_takes \"$command\" \"$last\"; then\n"
    "        _prom_value \"$command\" \"$last\"\n"
    "    elif [[ $word == -* ]]; then\n"
    "        _prom_options \"$command\"\n"
    "        _prom_words \"$options\"\n"
    "    elif _prom_commands \"$command\"; then\n"
    "        _prom_words \"${words[*]}\"\n"
    "    else\n"
    "        _prom_value \"$command\" \"$place\"\n"
    "    fi\n"
    "}\n"
    "\n"
    "complete -F _prom prom\n";

/* -- The cases of the functions that hold the table -- */

static void begin_function(FILE *stream, const char *name, const char *comment, const char *selector)
{
    (void)fprintf(stream, "\n# %s\n%s()\n{\n    case \"%s\" in\n", comment, name, selector);
}

static void end_function(FILE *stream, const char *otherwise)
{
    (void)fprintf(stream, "%s    esac\n}\n", otherwise);
}

static void print_commands(void *context, const prom_path *path)
{
    FILE *stream = context;
    const prom_command *group = prom_path_last(path);
    char name[PROM_PATH_TEXT];
    if (group->subcommands == NULL) {
        return;
    }
    (void)fprintf(stream, "    '%s') words=(", prom_path_text(name, path, ' '));
    for (size_t i = 0; group->subcommands[i] != NULL; i++) {
        (void)fprintf(stream, "%s%s", i == 0 ? "" : " ", group->subcommands[i]->name);
    }
    (void)fputs(") ;;\n", stream);
}

static void print_options(void *context, const prom_path *path)
{
    FILE *stream = context;
    const prom_command *command = prom_path_last(path);
    char name[PROM_PATH_TEXT];
    (void)fprintf(stream, "    '%s') options='", prom_path_text(name, path, ' '));
    for (const prom_parameter *at = command->parameters; !prom_parameter_is_end(at); at++) {
        if (at->option != NULL && strcmp(at->option, "--help") != 0) {
            (void)fprintf(stream, "%s ", at->option);
        }
    }
    (void)fputs("--help' ;;\n", stream);
}

/* "'prove -o' | 'prove --proof'" of an option with a value, "'prove 1'" of an operand. */
static void print_place(FILE *stream, const char *command, const prom_parameter *parameter, unsigned operand)
{
    if (parameter->option == NULL) {
        (void)fprintf(stream, "'%s %u'", command, operand);
        return;
    }
    if (parameter->letter != NULL) {
        (void)fprintf(stream, "'%s %s' | ", command, parameter->letter);
    }
    (void)fprintf(stream, "'%s %s'", command, parameter->option);
}

static void print_takes(void *context, const prom_path *path)
{
    FILE *stream = context;
    char name[PROM_PATH_TEXT];
    (void)prom_path_text(name, path, ' ');
    for (const prom_parameter *at = prom_path_last(path)->parameters; !prom_parameter_is_end(at); at++) {
        if (at->option != NULL && at->value != NULL) {
            (void)fputs("    ", stream);
            print_place(stream, name, at, 0);
            (void)fputs(") ;;\n", stream);
        }
    }
}

static void print_values(void *context, const prom_path *path)
{
    FILE *stream = context;
    char name[PROM_PATH_TEXT];
    unsigned operand = 0;
    (void)prom_path_text(name, path, ' ');
    for (const prom_parameter *at = prom_path_last(path)->parameters; !prom_parameter_is_end(at); at++) {
        operand += at->option == NULL ? 1 : 0;
        if (at->value == NULL || (at->files == NULL && at->words == NULL && !at->commands)) {
            continue;
        }
        (void)fputs("    ", stream);
        print_place(stream, name, at, operand);
        if (at->commands) {
            (void)fprintf(stream, ") _prom_commands \"${COMP_WORDS[*]:2:%u}\" && _prom_words \"${words[*]}\" ;;\n",
                          operand - 1);
        } else if (at->words != NULL) {
            (void)fprintf(stream, ") _prom_words '%s' ;;\n", at->words);
        } else {
            const bool is_sign = strcspn(at->files, "*/") == 0;
            (void)fprintf(stream, is_sign ? ") _prom_files '%s' ;;\n" : ") _prom_files %s ;;\n", at->files);
        }
    }
}

void prom_completion_bash(FILE *stream, const prom_command *root)
{
    (void)fputs(HEAD, stream);
    begin_function(stream, "_prom_commands",
                   "The names of the commands below this one; fails where it is none with such.", "$1");
    prom_path_walk(root, print_commands, stream);
    end_function(stream, "    *) return 1 ;;\n");
    begin_function(stream, "_prom_options", "The options of a command.", "$1");
    prom_path_walk(root, print_options, stream);
    end_function(stream, "");
    begin_function(stream, "_prom_takes", "Succeeds for an option that takes a value.", "$1 $2");
    prom_path_walk(root, print_takes, stream);
    end_function(stream, "    *) return 1 ;;\n");
    begin_function(stream, "_prom_value", "What an option of a command takes, or its operand of a number.", "$1 $2");
    prom_path_walk(root, print_values, stream);
    end_function(stream, "");
    (void)fputs(TAIL, stream);
}
