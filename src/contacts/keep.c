/* Whom we know, on the disk: version (u8); the directory's salt (32 bytes); number of topics (u8), of each its P (32
 * bytes) and role (u8); number of announcements (u32), of each its length (u16) and its bytes; the length of the
 * directory (u32) and its bytes (discovery/directory_store.c); SHA-256 of all before. Of one file that is damaged
 * nothing is taken. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "contacts/state.h"
#include "prometheus/crypto/hash.h"
#include "system/clock.h"
#include "system/file.h"
#include "system/random.h"

enum { KEPT_VERSION = 1, KEPT_MAX = 1 << 26, KEPT_MEMORY = 1 << 28, KEPT_MS = 10 * 60 * 1000 };

static void path_of(const prom_contacts *contacts, char path[PATH_MAX], const char *suffix)
{
    (void)snprintf(path, PATH_MAX, "%.4000s/" PROM_CONTACTS_FILE "%s", contacts->options.folder, suffix);
}

/* -- Reading -- */

struct kept {
    prom_bytes32 salt;
    size_t topic_count;
    prom_bytes32 p_txids[PROM_TOPICS_MAX];
    prom_role roles[PROM_TOPICS_MAX];
    prom_span announcements; /* with the number of them */
    prom_span directory;
};

static bool read_topics(prom_reader *reader, struct kept *kept)
{
    kept->topic_count = prom_read_u8(reader);
    bool good = kept->topic_count <= PROM_TOPICS_MAX;
    for (size_t i = 0; good && i < kept->topic_count; i++) {
        kept->p_txids[i] = prom_read_bytes32(reader);
        kept->roles[i] = (prom_role)prom_read_u8(reader);
        good = prom_role_listed(kept->roles[i]);
    }
    return good;
}

static bool read_kept(struct kept *kept, prom_span bytes)
{
    prom_bytes32 hash;
    const size_t length = bytes.length < sizeof hash ? 0 : bytes.length - sizeof hash;
    prom_reader reader = prom_reader_of(prom_span_of(bytes.data, length));
    prom_sha256(&hash, prom_span_of(bytes.data, length));
    if (length == 0 || memcmp(bytes.data + length, &hash, sizeof hash) != 0 || prom_read_u8(&reader) != KEPT_VERSION) {
        return false;
    }
    kept->salt = prom_read_bytes32(&reader);
    const bool good = read_topics(&reader, kept);
    kept->announcements = prom_read_span(&reader, prom_read_u32(&reader));
    kept->directory = prom_read_span(&reader, prom_read_u32(&reader));
    return good && prom_reader_done(&reader);
}

static void set_aside(const prom_contacts *contacts, const char *path, const char *why)
{
    char aside[PATH_MAX];
    prom_error reason;
    path_of(contacts, aside, ".damaged");
    const bool moved = prom_is_ok(prom_file_rename(path, aside, &reason));
    prom_contacts_report(contacts, PROM_REPORT_ALARM,
                         "%.300s cannot be read: %.300s. %s%.300s; others are found anew, and nothing else is lost",
                         path, why,
                         moved ? "It is now " : "It stays, and is written over: ", moved ? aside : reason.sentence);
}

prom_result prom_contacts_load(prom_contacts *contacts, prom_error *error)
{
    char path[PATH_MAX];
    prom_error reason = {.sentence = "it is damaged, or of another version"};
    struct kept kept = {.salt = prom_random_bytes32()};
    prom_span bytes = prom_span_of(NULL, 0);
    path_of(contacts, path, "");
    prom_arena_init(&contacts->kept_arena, KEPT_MEMORY);
    if (access(path, F_OK) == 0 || errno != ENOENT) {
        const prom_result loaded = prom_file_load(&contacts->kept_arena, &bytes, path, KEPT_MAX, &reason);
        if (!prom_is_ok(loaded) || !read_kept(&kept, bytes)) {
            set_aside(contacts, path, reason.sentence);
            kept = (struct kept){.salt = prom_random_bytes32()};
        }
    }
    const prom_directory_options options = {.genesis = contacts->options.genesis,
                                            .salt = kept.salt,
                                            .local = contacts->options.local,
                                            .curve = prom_node_curve(contacts->options.node)};
    PROM_TRY(prom_directory_new(&contacts->arena, &contacts->directory, &options, error));
    contacts->salt = kept.salt;
    contacts->kept_announcements = kept.announcements;
    contacts->kept_directory = kept.directory;
    for (size_t i = 0; i < kept.topic_count; i++) {
        (void)prom_contacts_topic(contacts, &kept.p_txids[i], kept.roles[i]);
    }
    return prom_ok();
}

/* -- Taking it, once the chain is known -- */

static bool hear_all(prom_contacts *contacts)
{
    prom_reader reader = prom_reader_of(contacts->kept_announcements);
    while (!reader.failed && !prom_reader_done(&reader)) {
        prom_announcement announcement;
        bool fresh = false;
        prom_error ignored;
        if (!prom_is_ok(
                prom_announcement_read(&announcement, prom_read_span(&reader, prom_read_u16(&reader)), &ignored))) {
            return false;
        }
        /* One whose offer is spent by now is forgotten. */
        (void)!prom_is_ok(prom_node_hear(contacts->options.node, &announcement, &fresh, &ignored));
    }
    return !reader.failed;
}

static void take_kept(prom_contacts *contacts)
{
    prom_error reason = {.sentence = "an announcement that is none"};
    const bool heard = hear_all(contacts);
    const bool read = contacts->kept_directory.length == 0 ||
                      prom_is_ok(prom_directory_read(contacts->directory, contacts->kept_directory,
                                                     prom_node_tip(contacts->options.node), &reason));
    if (!heard || !read) {
        prom_contacts_report(contacts, PROM_REPORT_NOTE, "not all that was kept of others could be taken: %s",
                             reason.sentence);
    }
    contacts->kept_taken = true;
    contacts->kept_directory = contacts->kept_announcements = prom_span_of(NULL, 0);
    prom_arena_free(&contacts->kept_arena);
}

/* -- Writing -- */

static prom_result write_announcements(const prom_contacts *contacts, prom_arena *arena, prom_span *bytes,
                                       prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    const prom_announcement *heard = NULL;
    for (size_t i = 0; (heard = prom_node_heard_at(contacts->options.node, i)) != NULL; i++) {
        prom_span its;
        PROM_TRY(prom_announcement_write(arena, &its, heard, error));
        prom_write_u16(&writer, (uint16_t)its.length);
        prom_write_span(&writer, its);
    }
    return prom_writer_finish(&writer, bytes, error);
}

static void write_topics(const prom_contacts *contacts, prom_writer *writer)
{
    uint8_t count = 0;
    for (size_t i = 0; i < PROM_TOPICS_MAX; i++) {
        count += contacts->topics[i].used;
    }
    prom_write_u8(writer, count);
    for (size_t i = 0; i < PROM_TOPICS_MAX; i++) {
        if (contacts->topics[i].used) {
            prom_write_bytes32(writer, &contacts->topics[i].p_txid);
            prom_write_u8(writer, (uint8_t)contacts->topics[i].role);
        }
    }
}

static prom_result write_all(const prom_contacts *contacts, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    char path[PATH_MAX];
    prom_span directory;
    prom_span announcements;
    prom_span bytes;
    prom_bytes32 hash;
    prom_arena_init(&arena, KEPT_MEMORY);
    PROM_TRY(prom_directory_write(&arena, &directory, contacts->directory, error));
    PROM_TRY(write_announcements(contacts, &arena, &announcements, error));
    prom_writer writer = prom_writer_in(&arena);
    prom_write_u8(&writer, KEPT_VERSION);
    prom_write_bytes32(&writer, &contacts->salt);
    write_topics(contacts, &writer);
    prom_write_u32(&writer, (uint32_t)announcements.length);
    prom_write_span(&writer, announcements);
    prom_write_u32(&writer, (uint32_t)directory.length);
    prom_write_span(&writer, directory);
    PROM_TRY(prom_writer_finish(&writer, &bytes, error));
    prom_sha256(&hash, bytes);
    prom_writer whole = prom_writer_in(&arena);
    prom_write_span(&whole, bytes);
    prom_write_bytes32(&whole, &hash);
    PROM_TRY(prom_writer_finish(&whole, &bytes, error));
    path_of(contacts, path, "");
    return prom_file_write(path, bytes, error);
}

void prom_contacts_keep(prom_contacts *contacts, bool now)
{
    const int64_t time = prom_clock_milliseconds();
    prom_error reason;
    if (!contacts->kept_taken && prom_node_is_ready(contacts->options.node)) {
        take_kept(contacts);
        contacts->kept_at = time;
    }
    if (!contacts->kept_taken || (!now && time - contacts->kept_at < KEPT_MS)) {
        return;
    }
    contacts->kept_at = time;
    if (!prom_is_ok(write_all(contacts, &reason))) {
        prom_contacts_report(contacts, PROM_REPORT_NOTE, "whom we know is not on the disk: %s", reason.sentence);
    }
}
