/* Reading prom.conf. */
#include "daemon/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/printable.h"
#include "base/suggest.h"
#include "prometheus/contract/parameters.h"
#include "system/file.h"

enum { FILE_MAX = 1 << 18, SETTINGS_MAX = 128, LISTED_MAX = 64, WORD_ROOM = 64, SHOWN = 80 };

/* Where a value comes from, for sentences. */
struct origin {
    const char *file;
    size_t line; /* 0: the table's own, or the command line */
};

static prom_result refuse(const struct origin *origin, const prom_setting *setting, const char *value,
                          const char *expected, prom_error *error)
{
    char shown[SHOWN];
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.200s, line %zu: %s = '%s' cannot be: give %s", origin->file,
                     origin->line, setting->name, prom_printable(shown, sizeof shown, value, strlen(value)), expected);
}

/* -- Values -- */

static void *target_of(prom_config *config, const prom_setting *setting)
{
    return (char *)config + setting->target;
}

static bool read_number(uint64_t *number, const char *text)
{
    char *end = NULL;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    *number = value;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

static prom_result set_number(prom_config *config, const prom_setting *setting, const char *value,
                              const struct origin *origin, prom_error *error)
{
    char expected[128];
    uint64_t number = 0;
    if (!read_number(&number, value) || number < setting->min || number > setting->max) {
        (void)snprintf(expected, sizeof expected, "a whole number from %llu to %llu, in digits alone",
                       (unsigned long long)setting->min, (unsigned long long)setting->max);
        return refuse(origin, setting, value, expected, error);
    }
    *(uint64_t *)target_of(config, setting) = number;
    return prom_ok();
}

static prom_result set_text(prom_config *config, const prom_setting *setting, const char *value,
                            const struct origin *origin, prom_error *error)
{
    if (setting->kind == PROM_SETTING_PATH && value[0] != '/' && value[0] != '\0') {
        return refuse(origin, setting, value, "an absolute path, which begins with '/'; '~' is no path here", error);
    }
    if (strlen(value) > setting->max) {
        return refuse(origin, setting, value, "a shorter text", error);
    }
    (void)snprintf(target_of(config, setting), setting->max + 1, "%s", value);
    return prom_ok();
}

/* The place of the word among the setting's, or -1. */
static int place_of_word(const prom_setting *setting, const char *word, size_t length)
{
    int place = 0;
    for (const char *at = setting->words; *at != '\0'; at += strspn(at, " "), place++) {
        const size_t other = strcspn(at, " ");
        if (other == length && strncmp(at, word, length) == 0) {
            return place;
        }
        at += other;
    }
    return -1;
}

static const char *words_expected(char *text, size_t room, const prom_setting *setting, const char *before)
{
    size_t at = (size_t)snprintf(text, room, "%s", before);
    for (const char *word = setting->words; *word != '\0' && at < room; word += strspn(word, " ")) {
        const int length = (int)strcspn(word, " ");
        at += (size_t)snprintf(text + at, room - at, "%s%.*s", word == setting->words ? "" : ", ", length, word);
        word += length;
    }
    return text;
}

static prom_result set_word(prom_config *config, const prom_setting *setting, const char *value,
                            const struct origin *origin, prom_error *error)
{
    char expected[128];
    return place_of_word(setting, value, strlen(value)) >= 0
               ? set_text(config, setting, value, origin, error)
               : refuse(origin, setting, value, words_expected(expected, sizeof expected, setting, "one of "), error);
}

static prom_result set_roles(prom_config *config, const prom_setting *setting, const char *value,
                             const struct origin *origin, prom_error *error)
{
    char expected[128];
    uint64_t roles = 0;
    for (const char *at = value + strspn(value, " ,"); *at != '\0'; at += strspn(at, " ,")) {
        const size_t length = strcspn(at, " ,");
        const int role = place_of_word(setting, at, length);
        if (role < 0) {
            return refuse(origin, setting, value, words_expected(expected, sizeof expected, setting, "some of "),
                          error);
        }
        roles |= UINT64_C(1) << role;
        at += length;
    }
    if (roles == 0) {
        return refuse(origin, setting, value, words_expected(expected, sizeof expected, setting, "one or more of "),
                      error);
    }
    *(uint64_t *)target_of(config, setting) = roles;
    return prom_ok();
}

static prom_result set_flag(prom_config *config, const prom_setting *setting, const char *value,
                            const struct origin *origin, prom_error *error)
{
    const bool yes = strcmp(value, "yes") == 0;
    if (!yes && strcmp(value, "no") != 0) {
        return refuse(origin, setting, value, "yes or no", error);
    }
    *(bool *)target_of(config, setting) = yes;
    return prom_ok();
}

/* Adds a value; an empty one is none. */
static prom_result set_item(prom_config *config, const prom_setting *setting, const char *value,
                            const struct origin *origin, prom_error *error)
{
    prom_config_list *list = target_of(config, setting);
    if (value[0] == '\0') {
        return prom_ok();
    }
    if (strlen(value) >= PROM_CONFIG_ITEM) {
        return refuse(origin, setting, value, "a shorter text", error);
    }
    if (list->count == PROM_CONFIG_ITEMS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.200s, line %zu: %s stands there more than %u times already",
                         origin->file, origin->line, setting->name, PROM_CONFIG_ITEMS_MAX);
    }
    (void)snprintf(list->items[list->count++], PROM_CONFIG_ITEM, "%s", value);
    return prom_ok();
}

static prom_result set(prom_config *config, const prom_setting *setting, const char *value, const struct origin *origin,
                       prom_error *error)
{
    switch (setting->kind) {
    case PROM_SETTING_TEXT:
    case PROM_SETTING_PATH:
        return set_text(config, setting, value, origin, error);
    case PROM_SETTING_WORD:
        return set_word(config, setting, value, origin, error);
    case PROM_SETTING_NUMBER:
        return set_number(config, setting, value, origin, error);
    case PROM_SETTING_FLAG:
        return set_flag(config, setting, value, origin, error);
    case PROM_SETTING_ROLES:
        return set_roles(config, setting, value, origin, error);
    case PROM_SETTING_LIST:
        return set_item(config, setting, value, origin, error);
    }
    return prom_fail(error, PROM_CATEGORY_BROKEN, "a setting has no kind");
}

/* -- Lines -- */

static const prom_setting *find_setting(const char *name, size_t *index)
{
    for (const prom_setting *at = prom_settings; at->name != NULL; at++) {
        if (strcmp(at->name, name) == 0) {
            *index = (size_t)(at - prom_settings);
            return at;
        }
    }
    return NULL;
}

static prom_result unknown_name(const char *name, const struct origin *origin, prom_error *error)
{
    char shown[SHOWN];
    char meant[WORD_ROOM + 24] = "";
    prom_suggestion near = prom_suggestion_for(name, strlen(name));
    for (const prom_setting *at = prom_settings; at->name != NULL; at++) {
        prom_suggestion_consider(&near, at->name);
    }
    if (near.best != NULL) {
        (void)snprintf(meant, sizeof meant, " (did you mean '%s'?)", near.best);
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "%.200s, line %zu: there is no setting '%s'%s: 'prom node --write-config' explains all",
                     origin->file, origin->line, prom_printable(shown, sizeof shown, name, strlen(name)), meant);
}

/* Cuts white space off both ends, in place. */
static char *trim(char *text)
{
    text += strspn(text, " \t\r");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r", text[length - 1]) != NULL) {
        text[--length] = '\0';
    }
    return text;
}

/* A line of a setting that may stand several times. */
struct listed {
    size_t index; /* of the setting */
    size_t line;
    char value[PROM_CONFIG_TEXT];
};

/* What the file says of each setting: the line, 0 for none, and its value. */
struct said {
    size_t line[SETTINGS_MAX];
    char value[SETTINGS_MAX][PROM_CONFIG_TEXT];
    size_t listed_count;
    struct listed listed[LISTED_MAX];
};

static prom_result take_listed(struct said *said, size_t index, const char *value, const struct origin *origin,
                               prom_error *error)
{
    struct listed *listed = &said->listed[said->listed_count];
    if (said->listed_count == LISTED_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.200s, line %zu: more than %d lines of lists: leave some out", origin->file, origin->line,
                         LISTED_MAX);
    }
    said->listed_count++;
    listed->index = index;
    listed->line = origin->line;
    (void)snprintf(listed->value, sizeof listed->value, "%s", value);
    return prom_ok();
}

static prom_result take_line(struct said *said, char *line, const struct origin *origin, prom_error *error)
{
    char *name = trim(line);
    size_t index = 0;
    if (*name == '\0' || *name == '#') {
        return prom_ok();
    }
    char *equals = strchr(name, '=');
    if (equals == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.200s, line %zu: neither a comment, which begins with '#', nor 'name = value'", origin->file,
                         origin->line);
    }
    *equals = '\0';
    const char *value = trim(equals + 1);
    name = trim(name);
    if (find_setting(name, &index) == NULL) {
        return unknown_name(name, origin, error);
    }
    if (prom_settings[index].kind == PROM_SETTING_LIST) {
        return take_listed(said, index, value, origin, error);
    }
    if (said->line[index] != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.200s, line %zu: %s stands in line %zu already: leave one of them out", origin->file,
                         origin->line, name, said->line[index]);
    }
    said->line[index] = origin->line;
    (void)snprintf(said->value[index], sizeof said->value[index], "%s", value);
    return prom_ok();
}

static prom_result take_lines(struct said *said, const char *name, prom_span text, prom_error *error)
{
    struct origin origin = {name, 0};
    for (size_t at = 0; at < text.length;) {
        char line[PROM_CONFIG_TEXT];
        const uint8_t *begin = text.data + at;
        const uint8_t *end = memchr(begin, '\n', text.length - at);
        const size_t length = end != NULL ? (size_t)(end - begin) : text.length - at;
        origin.line++;
        if (length >= sizeof line || memchr(begin, '\0', length) != NULL) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.200s, line %zu: %s", name, origin.line,
                             length >= sizeof line ? "longer than 1023 bytes" : "no text");
        }
        memcpy(line, begin, length);
        line[length] = '\0';
        PROM_TRY(take_line(said, line, &origin, error));
        at += length + 1;
    }
    return prom_ok();
}

/* The network comes first: some settings have another default on main. */
static prom_result apply(prom_config *config, const struct said *said, const char *name, const char *network,
                         prom_error *error)
{
    for (size_t i = 0; prom_settings[i].name != NULL; i++) {
        const prom_setting *setting = &prom_settings[i];
        const struct origin origin = {name, said->line[i]};
        const bool on_main = strcmp(config->network, "main") == 0;
        const char *standard = on_main && setting->main_only != NULL ? setting->main_only : setting->standard;
        PROM_TRY(set(config, setting, said->line[i] != 0 ? said->value[i] : standard, &origin, error));
        if (i == 0 && network != NULL && place_of_word(setting, network, strlen(network)) < 0) {
            char expected[128];
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%.32s' is not a network: give %s", network,
                             words_expected(expected, sizeof expected, setting, "one of "));
        }
        if (i == 0 && network != NULL) {
            (void)snprintf(config->network, sizeof config->network, "%s", network);
        }
    }
    for (size_t i = 0; i < said->listed_count; i++) {
        const struct listed *listed = &said->listed[i];
        const struct origin origin = {name, listed->line};
        PROM_TRY(set(config, &prom_settings[listed->index], listed->value, &origin, error));
    }
    return prom_ok();
}

prom_result prom_config_parse(prom_config *config, const char *name, prom_span text, const char *network,
                              prom_error *error)
{
    struct said *said = calloc(1, sizeof *said);
    memset(config, 0, sizeof *config);
    if (said == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    prom_result result = take_lines(said, name, text, error);
    if (prom_is_ok(result)) {
        result = apply(config, said, name, network, error);
    }
    if (prom_is_ok(result)) {
        result = prom_config_find_signet(config, error);
    }
    free(said);
    return result;
}

prom_result prom_config_check_owner(const char *path, prom_error *error)
{
    struct stat status;
    return stat(path, &status) != 0 || status.st_uid == 0 || status.st_uid == geteuid()
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "%.300s is another user's than the node's or root's, and it names a program that is run and "
                           "whom to trust: look what it says, and take it (chown %u)",
                           path, (unsigned)geteuid());
}

prom_result prom_config_load(prom_config *config, const char *path, const char *network, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_span text = prom_span_of(NULL, 0);
    struct stat status;
    prom_arena_init(&arena, (size_t)4 * FILE_MAX);
    if (stat(path, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & S_IWOTH) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.300s can be written by everybody on this machine, and it names a program that is run and "
                         "whom to trust: close it (chmod 600), and look what it says",
                         path);
    }
    if (access(path, F_OK) == 0 || errno != ENOENT) {
        PROM_TRY(prom_file_load(&arena, &text, path, FILE_MAX, error));
    }
    return prom_config_parse(config, path, text, network, error);
}

/* -- Comparing -- */

static bool is_same(const prom_config *a, const prom_config *b, const prom_setting *setting)
{
    const char *one = (const char *)a + setting->target;
    const char *other = (const char *)b + setting->target;
    switch (setting->kind) {
    case PROM_SETTING_TEXT:
    case PROM_SETTING_PATH:
    case PROM_SETTING_WORD:
        return strcmp(one, other) == 0;
    case PROM_SETTING_NUMBER:
    case PROM_SETTING_ROLES:
        return memcmp(one, other, sizeof(uint64_t)) == 0;
    case PROM_SETTING_FLAG:
        return *one == *other;
    case PROM_SETTING_LIST:
        return memcmp(one, other, sizeof(prom_config_list)) == 0;
    }
    return false;
}

const prom_setting *prom_config_changed(const prom_config *now, const prom_config *next)
{
    for (const prom_setting *at = prom_settings; at->name != NULL; at++) {
        if (!at->live && !is_same(now, next, at)) {
            return at;
        }
    }
    return NULL;
}
