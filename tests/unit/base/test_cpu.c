#include "prometheus/base/cpu.h"
#include "support.h"

#ifdef __x86_64__
/* The kernel of the operating system reads the same register. */
static void test_agrees_with_the_system(void **state)
{
    (void)state;
    const prom_cpu cpu = prom_cpu_of_machine();
    char line[8192];
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (file == NULL) {
        skip();
    }
    bool found = false;
    while (!found && fgets(line, sizeof line, file) != NULL) {
        found = strncmp(line, "flags", 5) == 0;
    }
    (void)fclose(file);
    if (!found) {
        skip();
    }
    assert_int_equal(cpu.avx2, strstr(line, " avx2 ") != NULL);
    assert_int_equal(cpu.avx512, strstr(line, " avx512f ") != NULL && strstr(line, " avx512bw ") != NULL &&
                                     strstr(line, " avx512dq ") != NULL && strstr(line, " avx512vl ") != NULL);
    assert_int_equal(cpu.avx512_vnni, cpu.avx512 && strstr(line, " avx512_vnni ") != NULL);
    assert_int_equal(cpu.sha256, strstr(line, " sha_ni ") != NULL && strstr(line, " sse4_1 ") != NULL);
}
#else
/* Other processors have none of it; under an emulator the system's own may have. */
static void test_agrees_with_the_system(void **state)
{
    (void)state;
    const prom_cpu cpu = prom_cpu_of_machine();
    assert_false(cpu.avx2 || cpu.avx512 || cpu.avx512_vnni);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_agrees_with_the_system)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
