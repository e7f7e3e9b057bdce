#include "support.h"

#include <sys/stat.h>
#include <unistd.h>

#include "wasm/find.h"

/* A folder with a program of that name in it. */
static void make_program(char folder[64], char path[128], const char *name)
{
    (void)snprintf(folder, 64, "/tmp/prom-find-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, 128, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0700), 0);
}

/* What lies beside this program comes first. */
static void test_beside(void **state)
{
    char found[512];
    char own[512] = "";
    (void)state;
    assert_true(readlink("/proc/self/exe", own, sizeof own - 1) > 0);
    assert_string_equal(prom_wasm_find(found, sizeof found, strrchr(own, '/') + 1, "/nowhere:/usr/bin"), own);
}

/* A folder that is not absolute is none, and a file that cannot be executed is not it. */
static void test_on_the_path(void **state)
{
    char found[512];
    char folder[64];
    char path[128];
    char folders[256];
    (void)state;
    make_program(folder, path, "prom-find-it");
    (void)snprintf(folders, sizeof folders, ":/nowhere:%s:/usr/bin", folder);
    assert_string_equal(prom_wasm_find(found, sizeof found, "prom-find-it", folders), path);
    (void)snprintf(folders, sizeof folders, "%s", folder);
    assert_string_equal(prom_wasm_find(found, sizeof found, "prom-find-it", folders), path);
    assert_int_equal(chdir(folder), 0);
    assert_string_not_equal(prom_wasm_find(found, sizeof found, "prom-find-it", "."), "./prom-find-it");
    assert_int_equal(chmod(path, 0600), 0);
    assert_string_not_equal(prom_wasm_find(found, sizeof found, "prom-find-it", folders), path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* Where it should lie is told when it does not. */
static void test_nowhere(void **state)
{
    static const char *const paths[] = {NULL, "", ":", "/nowhere", "."};
    char found[512];
    char own[512] = "";
    (void)state;
    assert_true(readlink("/proc/self/exe", own, sizeof own - 1) > 0);
    (void)snprintf(strrchr(own, '/'), 32, "/prom-is-not-there");
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        assert_string_equal(prom_wasm_find(found, sizeof found, "prom-is-not-there", paths[i]), own);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_beside),
        cmocka_unit_test(test_on_the_path),
        cmocka_unit_test(test_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
