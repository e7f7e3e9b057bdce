/* Symbolic links on the way to a folder. */
#ifndef SYSTEM_LINKS_H
#define SYSTEM_LINKS_H

#include <stdbool.h>
#include <sys/stat.h>

#include "prometheus/base/result.h"

/* Returns whether a link may be somebody's trap: in a folder like /tmp, as the kernel sees it with
 * fs.protected_symlinks, those alone are not that are the caller's own or the folder's owner's. */
bool prom_link_is_foreign(const struct stat *link, const struct stat *folder);

/* Opens the folder `path`, with O_PATH; one that is relative begins at the folder `from`, or AT_FDCWD. Where it cannot
 * be opened, `folder` is -1, errno says why, and this succeeds. PROM_CATEGORY_BAD_INPUT where the path leads over a
 * link that prom_link_is_foreign: whoever made it would choose where we write. The caller closes `folder`. */
PROM_MUST_USE prom_result prom_links_open(int *folder, int from, const char *path, prom_error *error);

#endif
