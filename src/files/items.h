/* The items of a batch for a module, as users have them: lines, files, rows of an array, records. Every failure names
 * the file. */
#ifndef FILES_ITEMS_H
#define FILES_ITEMS_H

#include "prometheus/module/module.h"

typedef enum prom_items_kind {
    PROM_ITEMS_FILES,   /* each file is one; a folder is its files, in the byte order of their names */
    PROM_ITEMS_LINES,   /* each line of each file, without its newline; a last line needs none */
    PROM_ITEMS_ROWS,    /* each row of a .npy: its elements' bytes, little-endian */
    PROM_ITEMS_RECORDS, /* the canonical bytes of items (docs/programs.md), in one file */
} prom_items_kind;

/* The names of the kinds, separated by spaces, as of prom_parameter.words. */
#define PROM_ITEMS_KINDS "files lines rows records"

/* Finds the kind of that name; that of NULL is PROM_ITEMS_FILES. PROM_CATEGORY_BAD_INPUT when there is none. */
PROM_MUST_USE prom_result prom_items_kind_of(prom_items_kind *kind, const char *name, prom_error *error);

/* Where items come from: of each file that has some, its name and the first of them, in their order. */
typedef struct prom_items_file {
    const char *path; /* "-" is standard input */
    uint32_t first;
} prom_items_file;
typedef struct prom_items_origin {
    prom_items_kind kind;
    const prom_items_file *files;
    size_t count;
} prom_items_origin;

/* Reads the items of `count` files or folders, at least one, in their order; their bytes and what `origin` lists, which
 * may be NULL, lie in the arena. "-" is standard input, and a pipe is read to its end. PROM_CATEGORY_BAD_INPUT when a
 * file cannot be read or is not of that kind, there is no item, and when there are more items or bytes than a job may
 * have. */
PROM_MUST_USE prom_result prom_files_read_items(prom_arena *arena, prom_items *items, prom_items_origin *origin,
                                                const char *const *paths, size_t count, prom_items_kind kind,
                                                prom_error *error);

/* Copies what it lists into an arena that lives longer than the items. */
PROM_MUST_USE prom_result prom_items_origin_copy(prom_arena *arena, prom_items_origin *copy,
                                                 const prom_items_origin *origin, prom_error *error);
/* Finds the file of an item, and the item's number in it, counted from 1. NULL where the origin has no files. */
const char *prom_items_file_of(const prom_items_origin *origin, uint32_t item, uint32_t *number);
/* Writes where the item comes from: "book.txt, line 3", or of a file that is an item its name. Returns `text`, which is
 * empty where that is not known. */
#define PROM_ITEMS_PLACE 320
const char *prom_items_place(char text[PROM_ITEMS_PLACE], const prom_items_origin *origin, uint32_t item);

#endif
