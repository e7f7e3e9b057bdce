/* What the table of settings is written as: a file to begin with, and docs/configuration.md. */
#include <string.h>

#include "daemon/config.h"

enum { COLUMNS = 100 };

/* Writes words in lines, each behind `head`. */
static void write_filled(FILE *file, const char *head, const char *text)
{
    size_t column = 0;
    while (*text != '\0') {
        const size_t length = strcspn(text, " ");
        if (column == 0 || column + 1 + length > COLUMNS) {
            (void)fprintf(file, "%s%s", column == 0 ? "" : "\n", head);
            column = strlen(head);
        } else {
            (void)fputc(' ', file);
            column++;
        }
        (void)fprintf(file, "%.*s", (int)length, text);
        column += length;
        text += length + strspn(text + length, " ");
    }
    (void)fputc('\n', file);
}

static void write_range(FILE *file, const char *head, const prom_setting *setting)
{
    if (setting->kind == PROM_SETTING_NUMBER) {
        (void)fprintf(file, "%sFrom %llu to %llu%s%s%s%s%s.\n", head, (unsigned long long)setting->min,
                      (unsigned long long)setting->max, setting->unit != NULL ? " " : "",
                      setting->unit != NULL ? setting->unit : "", setting->main_only != NULL ? "; on main it is " : "",
                      setting->main_only != NULL ? setting->main_only : "",
                      setting->main_only != NULL ? " if nothing is said" : "");
    }
}

void prom_config_write(FILE *file, const char *network)
{
    write_filled(
        file, "# ",
        "The configuration of 'prom node'. A line is 'name = value', or a comment, which begins with '#'. What "
        "stands here as a comment is the default: take the '#' away to change it. After a SIGHUP (kill -HUP, "
        "systemctl reload) a running node takes what is marked so; all else with its next start.");
    for (const prom_setting *at = prom_settings; at->name != NULL; at++) {
        if (at->section != NULL) {
            (void)fprintf(file, "\n# ---- %s ----\n", at->section);
        }
        (void)fputc('\n', file);
        write_filled(file, "# ", at->text);
        write_range(file, "# ", at);
        if (at->live) {
            (void)fputs("# Taken by a running node, with SIGHUP.\n", file);
        }
        const bool first = at == prom_settings;
        const char *value = first ? network : at->standard;
        (void)fprintf(file, "%s%s =%s%s\n", first ? "" : "# ", at->name, value[0] != '\0' ? " " : "", value);
    }
}

static const char *kind_text(const prom_setting *setting)
{
    switch (setting->kind) {
    case PROM_SETTING_TEXT:
        return "text";
    case PROM_SETTING_PATH:
        return "absolute path";
    case PROM_SETTING_WORD:
        return "one of";
    case PROM_SETTING_NUMBER:
        return "number";
    case PROM_SETTING_FLAG:
        return "yes or no";
    case PROM_SETTING_ROLES:
        return "some of";
    case PROM_SETTING_LIST:
        return "text, which may stand several times";
    }
    return "";
}

static void write_setting(FILE *file, const prom_setting *at)
{
    (void)fprintf(file, "\n### `%s`\n\n", at->name);
    write_filled(file, "", at->text);
    (void)fprintf(file, "\n- %s", kind_text(at));
    if (at->words != NULL) {
        (void)fprintf(file, " `%s`", at->words);
    }
    if (at->kind == PROM_SETTING_NUMBER) {
        (void)fprintf(file, " from %llu to %llu", (unsigned long long)at->min, (unsigned long long)at->max);
    }
    (void)fprintf(file, "%s%s; default: ", at->unit != NULL ? ", " : "", at->unit != NULL ? at->unit : "");
    (void)fprintf(file, at->standard[0] != '\0' ? "`%s`" : "%sempty", at->standard);
    if (at->main_only != NULL) {
        (void)fprintf(file, ", on main `%s`", at->main_only);
    }
    (void)fprintf(file, "\n- a new value is taken %s\n",
                  at->live ? "by a running node, with SIGHUP" : "with the next start");
}

void prom_config_write_page(FILE *file)
{
    (void)fputs("# Configuration\n\n", file);
    write_filled(
        file, "",
        "All settings of `prom.conf`, the file of `prom node`. This page is printed by `prom help "
        "--configuration`, from the table that the program reads the file with; a test compares them. `prom node "
        "--write-config` writes a file that explains the same.");
    (void)fputc('\n', file);
    write_filled(
        file, "",
        "The file lies in the folder of the program, `~/.prometheus` if `--dir` names no other. Each line is "
        "`name = value`, or a comment, which begins with `#`; a value has no quotes and may be empty. A name that "
        "is unknown, stands twice where it may not, or has a value that cannot be is refused, with the line and what "
        "to do. There "
        "are no includes and no variables, and `~` is no path.");
    for (const prom_setting *at = prom_settings; at->name != NULL; at++) {
        if (at->section != NULL) {
            (void)fprintf(file, "\n## %s\n", at->section);
        }
        write_setting(file, at);
    }
}
