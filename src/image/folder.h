/* The pictures in a folder, or in a folder of folders, one for each class. */
#ifndef IMAGE_FOLDER_H
#define IMAGE_FOLDER_H

#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/result.h"

typedef struct prom_image_list {
    const char *const *paths;
    const int64_t *classes; /* of each; NULL where the folder has no folders in it */
    size_t count;           /* at least 1 */
    size_t class_count;
} prom_image_list;

/* Lists the files of a folder in the byte order of their names; or those of its folders, folder by folder, whose places
 * in that order are the classes. Names that begin with a dot are left out. PROM_CATEGORY_BAD_INPUT when there is no
 * file, when files and folders stand side by side, or folders stand in the classes'. */
PROM_MUST_USE prom_result prom_image_folder_list(prom_arena *arena, prom_image_list *list, const char *path,
                                                 prom_error *error);

#endif
