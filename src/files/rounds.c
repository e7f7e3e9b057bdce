#include "files/rounds.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <jansson.h>

#include "prometheus/crypto/hash.h"
#include "store/holder.h"
#include "system/file.h"
#include "system/folder.h"

#define NOTES "rounds.json"

enum { VERSION = 1, NOTES_MAX = 4096, FOLDER_MAX = 4000, LENGTH_BYTES = 4 };

const char *prom_rounds_path(char path[PATH_MAX], const prom_rounds *rounds, uint32_t round)
{
    (void)snprintf(path, PATH_MAX, "%.4000s/round-%04" PRIu32, rounds->folder, round);
    return path;
}

static void notes_path(char path[PATH_MAX], const prom_rounds *rounds)
{
    (void)snprintf(path, PATH_MAX, "%.4000s/" NOTES, rounds->folder);
}

/* -- Writing -- */

static json_t *hash_json(const prom_bytes32 *hash)
{
    char hex[PROM_HEX32];
    return json_string(prom_hex32(hex, hash));
}

static prom_result write_notes(const prom_rounds *rounds, prom_error *error)
{
    char path[PATH_MAX];
    prom_bytes32 state;
    prom_sha256(&state, rounds->state);
    json_auto_t *object = json_pack("{s:i, s:o, s:o, s:o, s:I, s:o, s:b, s:b, s:s?, s:s?, s:s?}", "version", VERSION, //
                                    "program", hash_json(&rounds->subject.program),                                   //
                                    "data", hash_json(&rounds->subject.data),                                         //
                                    "first", hash_json(&rounds->subject.first),                                       //
                                    "rounds", (json_int_t)rounds->done,                                               //
                                    "state", hash_json(&state),                                                       //
                                    "still", (int)rounds->still,                                                      //
                                    "ordering", (int)rounds->ordering,                                                //
                                    "node", rounds->node[0] != '\0' ? rounds->node : NULL,                            //
                                    "job", rounds->job[0] != '\0' ? rounds->job : NULL,                               //
                                    "given_up", rounds->given_up[0] != '\0' ? rounds->given_up : NULL);
    char *text = object == NULL ? NULL : json_dumps(object, JSON_INDENT(1));
    if (text == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    notes_path(path, rounds);
    const prom_result written = prom_file_write(path, prom_span_of((const uint8_t *)text, strlen(text)), error);
    free(text);
    return written;
}

/* The state first: notes never name one that is not there. */
static prom_result write_state(const prom_rounds *rounds, prom_error *error)
{
    char path[PATH_MAX];
    PROM_TRY(prom_file_write(prom_rounds_path(path, rounds, rounds->done), rounds->state, error));
    return write_notes(rounds, error);
}

prom_result prom_rounds_order(prom_rounds *rounds, const char *node, prom_error *error)
{
    (void)snprintf(rounds->node, sizeof rounds->node, "%s", node);
    rounds->ordering = true;
    return write_notes(rounds, error);
}

prom_result prom_rounds_refused(prom_rounds *rounds, prom_error *error)
{
    rounds->ordering = false;
    rounds->node[0] = '\0';
    return write_notes(rounds, error);
}

prom_result prom_rounds_ordered(prom_rounds *rounds, const char *job, prom_error *error)
{
    (void)snprintf(rounds->job, sizeof rounds->job, "%s", job);
    return write_notes(rounds, error);
}

prom_result prom_rounds_give_up(prom_rounds *rounds, prom_error *error)
{
    memcpy(rounds->given_up, rounds->job, sizeof rounds->given_up);
    rounds->job[0] = '\0';
    return write_notes(rounds, error);
}

prom_result prom_rounds_add(prom_rounds *rounds, prom_span state, prom_error *error)
{
    rounds->still = prom_span_equal(rounds->state, state);
    rounds->state = state;
    rounds->done++;
    rounds->ordering = false;
    rounds->node[0] = rounds->job[0] = rounds->given_up[0] = '\0';
    return write_state(rounds, error);
}

/* -- Reading -- */

static prom_result hold(prom_rounds *rounds, const char *folder, prom_error *error)
{
    char who[PROM_HOLDER_TEXT];
    PROM_TRY(prom_folder_make(folder, error));
    const bool named = realpath(folder, rounds->folder) != NULL;
    rounds->lock = named ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (rounds->lock < 0 || strlen(rounds->folder) > FOLDER_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the folder %.300s cannot be used: %s", folder,
                         rounds->lock < 0 ? strerror(errno) : "its name is too long");
    }
    return flock(rounds->lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "%.300s is in use by %s: wait until that has ended, or give another folder", folder,
                           prom_holder_name(who, folder));
}

static bool read_hash(prom_bytes32 *hash, const json_t *notes, const char *name)
{
    const char *text = json_string_value(json_object_get(notes, name));
    return text != NULL && prom_hex_parse(hash->bytes, sizeof hash->bytes, text, strlen(text));
}

/* An id or a key, or null. */
static bool read_id(char id[PROM_ROUNDS_ID], const json_t *notes, const char *name)
{
    const json_t *value = json_object_get(notes, name);
    const char *text = json_string_value(value);
    prom_bytes32 ignored;
    id[0] = '\0';
    if (text == NULL) {
        return json_is_null(value);
    }
    (void)snprintf(id, PROM_ROUNDS_ID, "%s", text);
    return prom_hex_parse(ignored.bytes, sizeof ignored.bytes, text, strlen(text));
}

static bool read_notes(prom_rounds *rounds, prom_rounds_subject *subject, prom_bytes32 *state, const json_t *notes)
{
    const json_int_t done = json_integer_value(json_object_get(notes, "rounds"));
    const json_t *still = json_object_get(notes, "still");
    const json_t *ordering = json_object_get(notes, "ordering");
    if (json_integer_value(json_object_get(notes, "version")) != VERSION || done < 0 || done > PROM_ROUNDS_MAX ||
        !json_is_integer(json_object_get(notes, "rounds")) || !json_is_boolean(still) || !json_is_boolean(ordering)) {
        return false;
    }
    rounds->done = (uint32_t)done;
    rounds->still = json_is_true(still);
    rounds->ordering = json_is_true(ordering);
    return read_hash(&subject->program, notes, "program") && read_hash(&subject->data, notes, "data") &&
           read_hash(&subject->first, notes, "first") && read_hash(state, notes, "state") &&
           read_id(rounds->node, notes, "node") && rounds->ordering == (rounds->node[0] != '\0') &&
           read_id(rounds->job, notes, "job") && read_id(rounds->given_up, notes, "given_up");
}

static prom_result compare(const prom_rounds *rounds, const prom_rounds_subject *had, prom_error *error)
{
    const prom_rounds_subject *given = &rounds->subject;
    const char *other = !prom_bytes32_equal(&had->program, &given->program) ? "another program"
                        : !prom_bytes32_equal(&had->data, &given->data)     ? "other data"
                        : !prom_bytes32_equal(&had->first, &given->first)   ? "another first state"
                                                                            : NULL;
    return other == NULL ? prom_ok()
                         : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                     "%.300s has rounds of %s: give the same, or another folder for new rounds",
                                     rounds->folder, other);
}

static prom_result read_state(prom_rounds *rounds, prom_arena *arena, const prom_bytes32 *wanted, prom_error *error)
{
    char path[PATH_MAX];
    prom_bytes32 hash;
    PROM_TRY(prom_file_load(arena, &rounds->state, prom_rounds_path(path, rounds, rounds->done), PROM_MODULE_RESULT_MAX,
                            error));
    prom_sha256(&hash, rounds->state);
    return prom_bytes32_equal(&hash, wanted)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "%.300s is not as round %" PRIu32 " left it: begin anew in another folder, with an earlier "
                           "state as the first one",
                           path, rounds->done);
}

static prom_result go_on(prom_rounds *rounds, prom_arena *arena, const char *path, prom_error *error)
{
    prom_rounds_subject had;
    prom_bytes32 state;
    prom_span text;
    PROM_TRY(prom_file_load(arena, &text, path, NOTES_MAX, error));
    json_auto_t *notes = json_loadb((const char *)text.data, text.length, JSON_REJECT_DUPLICATES, NULL);
    if (!read_notes(rounds, &had, &state, notes)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.300s is not what 'prom iterate' writes: give another folder for new rounds", path);
    }
    PROM_TRY(compare(rounds, &had, error));
    return read_state(rounds, arena, &state, error);
}

/* Files with names of later rounds' states, where there are no notes, are somebody's. */
static prom_result refuse_strangers(const prom_rounds *rounds, prom_error *error)
{
    static const char prefix[] = "round-";
    prom_result result = prom_ok();
    DIR *folder = opendir(rounds->folder);
    if (folder == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "%.300s cannot be read: %s", rounds->folder, strerror(errno));
    }
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strncmp(entry->d_name, prefix, sizeof prefix - 1) == 0 && strcmp(entry->d_name, "round-0000") != 0) {
            result = prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                               "%.300s has a file %.255s, which could be written over: give another folder",
                               rounds->folder, entry->d_name);
            break;
        }
    }
    (void)closedir(folder);
    return result;
}

/* A first state without notes may be ours, of a command that was killed right then; another one is not written over. */
static prom_result begin(prom_rounds *rounds, prom_arena *arena, prom_span first, prom_error *error)
{
    char path[PATH_MAX];
    prom_span there;
    rounds->state = first;
    PROM_TRY(refuse_strangers(rounds, error));
    if (access(prom_rounds_path(path, rounds, 0), F_OK) == 0) {
        PROM_TRY(prom_file_load(arena, &there, path, PROM_MODULE_RESULT_MAX, error));
        if (!prom_span_equal(there, first)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "%.300s is another state, and would be written over: give another folder", path);
        }
    }
    return write_state(rounds, error);
}

prom_result prom_rounds_open(prom_rounds *rounds, prom_arena *arena, const char *folder,
                             const prom_rounds_subject *subject, prom_span first, prom_error *error)
{
    char path[PATH_MAX];
    *rounds = (prom_rounds){.lock = -1, .subject = *subject};
    PROM_TRY(hold(rounds, folder, error));
    notes_path(path, rounds);
    return access(path, F_OK) == 0 ? go_on(rounds, arena, path, error) : begin(rounds, arena, first, error);
}

void prom_rounds_close(prom_rounds *rounds)
{
    if (rounds->folder[0] != '\0' && rounds->lock >= 0) { /* zero before it is opened */
        (void)close(rounds->lock);
        rounds->lock = -1;
    }
}

/* -- A round's items -- */

prom_result prom_rounds_items(prom_arena *arena, prom_items *items, prom_span state, const prom_items *data,
                              prom_error *error)
{
    prom_span *list = NULL;
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < data->count; i++) {
        bytes += LENGTH_BYTES + (uint64_t)state.length + data->list[i].length;
    }
    if (bytes > PROM_MODULE_INPUT_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "each of the %" PRIu32 " items has the state, of %zu bytes, and together they have more than "
                         "%u bytes, the most of a job: make fewer and larger items",
                         data->count, state.length, PROM_MODULE_INPUT_MAX);
    }
    PROM_TRY_NEW(list, arena, data->count, error);
    for (uint32_t i = 0; i < data->count; i++) {
        uint8_t *item = NULL;
        const prom_span its = data->list[i];
        const size_t length = LENGTH_BYTES + state.length + its.length;
        PROM_TRY_NEW(item, arena, length, error);
        for (size_t at = 0; at < LENGTH_BYTES; at++) {
            item[at] = (uint8_t)(state.length >> 8 * at);
        }
        if (state.length > 0) {
            memcpy(item + LENGTH_BYTES, state.data, state.length);
        }
        if (its.length > 0) {
            memcpy(item + LENGTH_BYTES + state.length, its.data, its.length);
        }
        list[i] = prom_span_of(item, length);
    }
    *items = (prom_items){list, data->count};
    return prom_ok();
}
