/* Whole files. */
#ifndef SYSTEM_FILE_H
#define SYSTEM_FILE_H

#include <stdbool.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"

/* Where a path is read or written, "-" is standard input or standard output: see system/stream.h. */

/* Returns whether a folder, or a symbolic link to one, has the name. */
bool prom_file_is_folder(const char *path);

/* Returns whether a pipe, or a symbolic link to one, has the name. */
bool prom_file_is_pipe(const char *path);

/* Reads a regular file of at most `most` bytes, or, once, a pipe, as prom_stream_read. PROM_CATEGORY_BAD_INPUT, naming
 * the file, when there is none, it may not be read, or it is larger; PROM_CATEGORY_IO when the disk fails,
 * PROM_CATEGORY_MEMORY. */
PROM_MUST_USE prom_result prom_file_read(prom_arena *arena, prom_span *content, const char *path, size_t most,
                                         prom_error *error);

/* Reads a file of the program's own, which it may write over or delete, as prom_file_read; but never a pipe, nor
 * standard input: a node, whose one thread does all, would wait for whoever writes there. */
PROM_MUST_USE prom_result prom_file_load(prom_arena *arena, prom_span *content, const char *path, size_t most,
                                         prom_error *error);

/* How much of a file is read, where its first bytes say how long it should be. */
typedef struct prom_file_limit {
    size_t head; /* how many of them `find` is given; fewer where the file ends before */
    /* Writes the most bytes that the file may have. Whatever it fails with is what the reading fails with. */
    prom_result (*find)(void *context, size_t *most, prom_span head, prom_error *error);
    void *context;
    const char *why; /* behind "FILE is larger than SIZE", such as ", which ..."; NULL: nothing */
    bool own;        /* as of prom_file_load */
} prom_file_limit;

/* Reads as much of a regular file as the limit allows, and writes to `longer` whether it has more, which is not read;
 * where `longer` is NULL a file that has more is refused, before more than its head is read. Errors as of
 * prom_file_read, and those of `find`, with the file's name before them. */
PROM_MUST_USE prom_result prom_file_read_part(prom_arena *arena, prom_span *content, bool *longer, const char *path,
                                              const prom_file_limit *limit, prom_error *error);

/* Replaces the file: its old content stays until the new one is whole and on the disk, in a file without a name, which
 * takes the name then, by way of ".prom-" and 16 hexadecimal digits and ".tmp" in the same folder. A failure leaves
 * nothing. A kill leaves nothing but, between those two steps, that file; on a file system without nameless files
 * (O_TMPFILE), such as NFS, it has that name from the beginning, and a kill leaves it. The mode stays, and the owner
 * where that is allowed; a new file has 0666 less the umask. A symbolic link stays one: what it leads to is replaced.
 * Of several who write at once, the last one's file is there, whole. What prom_file_read has read is not replaced:
 * that is looked at right before, but whoever may write to the folder can still be quicker.
 * PROM_CATEGORY_IO when it cannot be written, PROM_CATEGORY_BAD_INPUT when it was read, or something else than a file
 * has the name: a folder, a pipe, a device. */
PROM_MUST_USE prom_result prom_file_write(const char *path, prom_span content, prom_error *error);

/* Writes files that belong together, as prom_file_write each: all are on the disk before the first takes its name, so
 * that a full disk replaces none of them. At most PROM_FILES_TOGETHER_MAX. */
#define PROM_FILES_TOGETHER_MAX 2
typedef struct prom_file_output {
    const char *path;
    prom_span content;
} prom_file_output;
PROM_MUST_USE prom_result prom_file_write_together(const prom_file_output *outputs, size_t count, prom_error *error);

/* Gives a file another name, whatever had it before, that lasts through a power cut; its content must be on the disk.
 * One that has the new name already, and no longer the old one, keeps it. PROM_CATEGORY_IO, or as of prom_file_write
 * when `to` names no file. */
PROM_MUST_USE prom_result prom_file_rename(const char *from, const char *to, prom_error *error);

/* Gives a file another name beside its own, that lasts through a power cut, in place of whatever had it: the content,
 * which must be on the disk, is there once, and so neither is ever to be written into. PROM_CATEGORY_IO where that
 * cannot be: the names are on two file systems, or it knows no such thing. */
PROM_MUST_USE prom_result prom_file_link(const char *from, const char *to, prom_error *error);

/* Fails as prom_file_write would, without writing: makes the temporary file and deletes it. What shows only when there
 * is content, a full disk, is not found, and of what is to be read only what was read already. */
PROM_MUST_USE prom_result prom_file_try(const char *path, prom_error *error);

#endif
