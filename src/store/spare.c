#include "store/spare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/statement.h"

typedef struct spare_path {
    char text[PATH_MAX + sizeof ".spare"];
} spare_path;

static spare_path path_of(const prom_store *store)
{
    spare_path path;
    (void)snprintf(path.text, sizeof path.text, "%s.spare", store->path);
    return path;
}

bool prom_store_has_spare(const prom_store *store)
{
    const spare_path path = path_of(store);
    struct stat status;
    /* Blocks, not the size: a copied file may have a hole where its room was. */
    return lstat(path.text, &status) == 0 && S_ISREG(status.st_mode) &&
           (uintmax_t)status.st_blocks * 512 >= PROM_SPARE_BYTES;
}

prom_result prom_store_spare(const prom_store *store, prom_error *error)
{
    const spare_path path = path_of(store);
    if (prom_store_has_spare(store)) {
        return prom_ok();
    }
    PROM_TRY(prom_store_release_spare(store, error));
    const int file = open(path.text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (file < 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "%s cannot be made: %s", path.text, strerror(errno));
    }
    int failure = posix_fallocate(file, 0, (off_t)PROM_SPARE_BYTES);
    failure = failure == 0 && fsync(file) != 0 ? errno : failure;
    failure = close(file) != 0 && failure == 0 ? errno : failure;
    if (failure != 0) {
        (void)unlink(path.text);
        return prom_fail(error, PROM_CATEGORY_IO, "%s, the room that is kept for emergencies, cannot be taken: %s",
                         path.text, strerror(failure));
    }
    return prom_ok();
}

prom_result prom_store_release_spare(const prom_store *store, prom_error *error)
{
    const spare_path path = path_of(store);
    return unlink(path.text) == 0 || errno == ENOENT
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_IO, "%s cannot be deleted: %s", path.text, strerror(errno));
}
