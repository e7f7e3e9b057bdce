#include "support.h"

#include "prometheus/crypto/hash.h"
#include "wallet/words.h"

/* The file of the BIPs has a word on each line. */
static void words_are_those_of_bip39(void **state)
{
    fixture *test = *state;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span file;
    prom_bytes32 hash;
    for (size_t i = 0; i < PROM_WORDS; i++) {
        prom_write_text(&writer, prom_words[i]);
        prom_write_text(&writer, "\n");
    }
    assert_ok(prom_writer_finish(&writer, &file, &test->error), &test->error);
    prom_sha256(&hash, file);
    assert_hex32(&hash, "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
}

static void four_letters_are_enough(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROM_WORDS; i++) {
        assert_in_range(strlen(prom_words[i]), 3, PROM_WORD_MAX);
        if (i > 0) {
            assert_true(strcmp(prom_words[i - 1], prom_words[i]) < 0);
            assert_true(strncmp(prom_words[i - 1], prom_words[i], 4) != 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(words_are_those_of_bip39), FIXTURE_TEST(four_letters_are_enough)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
