#include "support.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chain/bitcoind.h"

/* A folder of fake programs; the environment of each test points nowhere else. */
typedef struct folder {
    char path[64];
    prom_error error;
    prom_bitcoind found;
} folder;

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static int folder_make(void **state)
{
    folder *made = calloc(1, sizeof *made);
    *state = made;
    if (made == NULL) {
        return -1;
    }
    (void)snprintf(made->path, sizeof made->path, "/tmp/prom-test-XXXXXX");
    return mkdtemp(made->path) != NULL && setenv("PATH", "/nowhere", 1) == 0 && setenv("HOME", made->path, 1) == 0 &&
                   unsetenv("PROM_BITCOIND") == 0 && unsetenv("XDG_CACHE_HOME") == 0
               ? 0
               : -1;
}

static int folder_free(void **state)
{
    folder *made = *state;
    const int outcome = nftw(made->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(made);
    return outcome;
}

#define FOLDER_TEST(function) cmocka_unit_test_setup_teardown(function, folder_make, folder_free)

/* Makes FOLDER/a/b/NAME, an executable script that prints `output`. Writes its path. */
static void make_program(const folder *in, char path[256], const char *name, const char *output)
{
    (void)snprintf(path, 256, "%s/%s", in->path, name);
    for (char *slash = strchr(path + strlen(in->path) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fprintf(file, "#!/bin/sh\necho '%s'\n", output) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0700), 0);
}

static void test_version_parse(void **state)
{
    (void)state;
    static const struct {
        const char *output;
        const char *version; /* NULL: refused */
        uint32_t major;
    } CASES[] = {
        {"Bitcoin Core daemon version v31.99.0-unk bitcoind\nCopyright", "v31.99.0-unk", 31},
        {"Bitcoin Core daemon version v28.0.0\n", "v28.0.0", 28},
        {"Bitcoin Core version v27.2.0", "v27.2.0", 27},
        {"Bitcoin Core version v9999.1", "v9999.1", 9999},
        {"loader: a warning\nBitcoin Core daemon version v28.1.0 bitcoind\n", "v28.1.0", 28},
        {"not Bitcoin Core version v28.0.0", NULL, 0},
        {"Bitcoin Core daemon\nversion version v28.0.0", NULL, 0},
        {"", NULL, 0},
        {"Bitcoin Core", NULL, 0},
        {"Bitcoin Core version v", NULL, 0},
        {"Bitcoin Core version vx", NULL, 0},
        {"Bitcoin Core version v28", NULL, 0},
        {"Bitcoin Core version v12345.0", NULL, 0},
        {"Bitcoin Core version 28.0", NULL, 0},
        {"Litecoin Core version v28.0.0", NULL, 0},
        {"Bitcoin Core version v28.0.0-0123456789012345678901234567890123456789012345678901234567890123", NULL, 0},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        prom_bitcoind bitcoind = {.version = "x", .major = 1};
        assert_int_equal(prom_bitcoind_version_parse(&bitcoind, CASES[i].output), CASES[i].version != NULL);
        assert_string_equal(bitcoind.version, CASES[i].version != NULL ? CASES[i].version : "");
        assert_int_equal(bitcoind.major, CASES[i].major);
    }
}

static void test_the_users_word_comes_first(void **state)
{
    folder *in = *state;
    char wanted[256];
    char named[256];
    char on_path[256];
    make_program(in, wanted, "wanted", "Bitcoin Core version v30.0.0");
    make_program(in, named, "named", "Bitcoin Core version v29.0.0");
    make_program(in, on_path, "bin/bitcoind", "Bitcoin Core version v28.0.0");
    (void)setenv("PROM_BITCOIND", named, 1);
    *strrchr(on_path, '/') = '\0';
    (void)setenv("PATH", on_path, 1);
    assert_ok(prom_bitcoind_find(&in->found, wanted, &in->error), &in->error);
    assert_string_equal(in->found.path, wanted);
    assert_int_equal(in->found.major, 30);
    assert_ok(prom_bitcoind_find(&in->found, NULL, &in->error), &in->error);
    assert_string_equal(in->found.path, named);
    (void)setenv("PROM_BITCOIND", "", 1);
    assert_ok(prom_bitcoind_find(&in->found, NULL, &in->error), &in->error);
    assert_string_equal(in->found.version, "v28.0.0");
}

static void test_the_built_one_comes_last(void **state)
{
    folder *in = *state;
    char built[256];
    char old[256];
    make_program(in, built, ".cache/prometheus/bitcoin-core-0.3.0/bin/bitcoind", "Bitcoin Core version v31.0.0");
    assert_ok(prom_bitcoind_find(&in->found, NULL, &in->error), &in->error);
    assert_string_equal(in->found.path, built);
    make_program(in, old, "bin/bitcoind", "Bitcoin Core version v27.2.0");
    *strrchr(old, '/') = '\0';
    (void)setenv("PATH", old, 1);
    assert_ok(prom_bitcoind_find(&in->found, NULL, &in->error), &in->error);
    assert_string_equal(in->found.path, built);
    assert_string_equal(in->error.sentence, "");
    /* Another cache has none: what is wrong with the one on the PATH is told. */
    (void)setenv("XDG_CACHE_HOME", "/nowhere", 1);
    assert_fails(prom_bitcoind_find(&in->found, NULL, &in->error), PROM_CATEGORY_IO, &in->error,
                 "/bin/bitcoind is too old: it is Bitcoin Core v27.2.0; run 'make deps', put bitcoind 28 or newer");
    assert_string_equal(in->found.path, "");
}

static void test_none(void **state)
{
    folder *in = *state;
    char other[256];
    assert_fails(prom_bitcoind_find(&in->found, NULL, &in->error), PROM_CATEGORY_IO, &in->error,
                 "no bitcoind found: none is on the PATH; run 'make deps', put bitcoind 28 or newer on the PATH, "
                 "or give --bitcoind PATH");
    (void)unsetenv("HOME");
    (void)unsetenv("PATH");
    assert_fails(prom_bitcoind_find(&in->found, NULL, &in->error), PROM_CATEGORY_IO, &in->error, "no bitcoind found");
    assert_fails(prom_bitcoind_find(&in->found, "/nowhere/x", &in->error), PROM_CATEGORY_BAD_INPUT, &in->error,
                 "no bitcoind at /nowhere/x: No such file or directory");
    (void)setenv("PROM_BITCOIND", in->path, 1);
    assert_fails(prom_bitcoind_find(&in->found, NULL, &in->error), PROM_CATEGORY_IO, &in->error,
                 "the environment's PROM_BITCOIND: ");
    make_program(in, other, "other", "Bitcoin Knots version v29.0.0");
    assert_fails(prom_bitcoind_find(&in->found, other, &in->error), PROM_CATEGORY_BAD_INPUT, &in->error,
                 "is not a bitcoind: ");
    assert_int_equal(chmod(other, 0600), 0);
    assert_fails(prom_bitcoind_find(&in->found, other, &in->error), PROM_CATEGORY_BAD_INPUT, &in->error,
                 "does not run: Permission denied");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version_parse),
        FOLDER_TEST(test_the_users_word_comes_first),
        FOLDER_TEST(test_the_built_one_comes_last),
        FOLDER_TEST(test_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
