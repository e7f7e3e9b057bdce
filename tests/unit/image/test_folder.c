#include "image/folder.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tensor/files.h"

/* In the order in which they are made; folders end with '/'. */
static const char *const CLASSES[] = {
    "", "cat/", "cat/b.png", "cat/a.png", "cat/.hidden", "Zebra/", "Zebra/x", "ant/", ".cache/", ".cache/c",
};

static const char *path_in(char path[PATH_MAX], const char *folder, const char *name)
{
    assert_true(snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX);
    return path;
}

static void make(const char *folder, const char *name)
{
    char path[PATH_MAX];
    if (name[0] == '\0' || name[strlen(name) - 1] == '/') {
        assert_int_equal(mkdir(path_in(path, folder, name), 0700), 0);
        return;
    }
    FILE *file = fopen(path_in(path, folder, name), "wb");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

static void take_away(const char *folder, const char *name)
{
    char path[PATH_MAX];
    assert_int_equal(remove(path_in(path, folder, name)), 0);
}

/* As ImageFolder of torchvision numbers them: Zebra, ant (which is empty), cat. */
static void test_classes(void **state)
{
    static const struct {
        const char *name;
        int64_t class;
    } expected[] = {{"Zebra/x", 0}, {"cat/a.png", 2}, {"cat/b.png", 2}};
    char top[] = "/tmp/prom-test-folder-XXXXXX";
    char folder[PATH_MAX];
    char path[PATH_MAX];
    prom_image_list list;
    prom_error error = {""};
    assert_non_null(mkdtemp(top));
    (void)path_in(folder, top, "set");
    for (size_t i = 0; i < COUNT_OF(CLASSES); i++) {
        make(folder, CLASSES[i]);
    }
    assert_ok(prom_image_folder_list(*state, &list, folder, &error), &error);
    assert_int_equal(list.count, COUNT_OF(expected));
    assert_int_equal(list.class_count, 3);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_string_equal(list.paths[i], path_in(path, folder, expected[i].name));
        assert_int_equal(list.classes[i], expected[i].class);
    }
    assert_ok(prom_image_folder_list(*state, &list, path_in(path, folder, "cat"), &error), &error);
    assert_true(list.count == 2 && list.classes == NULL);
    assert_fails(prom_image_folder_list(*state, &list, path_in(path, folder, "ant"), &error), PROM_CATEGORY_BAD_INPUT,
                 &error, "holds no image");
    assert_fails(prom_image_folder_list(*state, &list, path_in(path, folder, "no"), &error), PROM_CATEGORY_BAD_INPUT,
                 &error, "cannot be read");
    static const char *const beside[] = {"0.txt", "z.txt"};
    for (size_t i = 0; i < COUNT_OF(beside); i++) {
        make(folder, beside[i]);
        assert_fails(prom_image_folder_list(*state, &list, folder, &error), PROM_CATEGORY_BAD_INPUT, &error,
                     "holds files beside folders");
        take_away(folder, beside[i]);
    }
    make(folder, "cat/deep/");
    assert_fails(prom_image_folder_list(*state, &list, folder, &error), PROM_CATEGORY_BAD_INPUT, &error,
                 "cat/deep is a folder in the folder of a class");
    take_away(folder, "cat/deep/");
    for (size_t i = COUNT_OF(CLASSES); i > 0; i--) {
        take_away(folder, CLASSES[i - 1]);
    }
    assert_int_equal(rmdir(top), 0);
}

/* More than the list has room for at first. */
static void test_many(void **state)
{
    enum { MANY = 300 };
    char folder[] = "/tmp/prom-test-folder-XXXXXX";
    char name[16];
    char path[PATH_MAX];
    prom_image_list list;
    prom_error error = {""};
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof name, "%03zu", i);
        make(folder, name);
    }
    assert_ok(prom_image_folder_list(*state, &list, folder, &error), &error);
    assert_int_equal(list.count, MANY);
    for (size_t i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof name, "%03zu", i);
        assert_string_equal(list.paths[i], path_in(path, folder, name));
        take_away(folder, name);
    }
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_classes), TEST(test_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
