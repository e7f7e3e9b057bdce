#include "support.h"

#include "wallet/seed.h"
#include "wallet/words.h"

static void vectors_are_replayed(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("bip39/bip39.json");
    assert_true(json_array_size(vectors) >= 8);
    for (size_t i = 0; i < json_array_size(vectors); i++) {
        const json_t *vector = json_array_get(vectors, i);
        const prom_bytes32 entropy = bytes32_of_hex(member_text(vector, "entropy"));
        char words[PROM_SEED_TEXT];
        prom_seed seed;
        prom_seed_words(words, &entropy);
        assert_string_equal(words, member_text(vector, "words"));
        assert_ok(prom_seed_make(&seed, words, member_text(vector, "passphrase"), &test->error), &test->error);
        assert_hex(prom_span_of(seed.bytes, sizeof seed.bytes), member_text(vector, "seed"));
    }
    json_decref(vectors);
}

static const char right[] = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
                            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
                            "abandon art";

/* As somebody types it. */
static void spaces_and_capitals_do_not_matter(void **state)
{
    fixture *test = *state;
    prom_seed seed;
    prom_seed typed;
    prom_seed with_passphrase;
    char text[2 * sizeof right] = "\n ";
    for (size_t i = 0, at = 2; right[i] != '\0'; i++) {
        text[at++] = right[i] == ' ' ? '\t' : (char)(i % 2 == 0 ? right[i] : right[i] - 'a' + 'A');
        if (right[i] == ' ') {
            text[at++] = '\n';
        }
    }
    strcat(text, " \r\n");
    assert_ok(prom_seed_make(&seed, right, NULL, &test->error), &test->error);
    assert_ok(prom_seed_make(&typed, text, "", &test->error), &test->error);
    assert_memory_equal(&seed, &typed, sizeof seed);
    assert_ok(prom_seed_make(&with_passphrase, right, "a", &test->error), &test->error);
    assert_memory_not_equal(&seed, &with_passphrase, sizeof seed);
}

static void what_is_no_seed_is_refused(void **state)
{
    fixture *test = *state;
    static const struct {
        const char *words;
        const char *passphrase;
        const char *part;
    } cases[] = {
        {"", NULL, "a seed has 24 words, and these are 0"},
        {"abandon abandon about", NULL, "these are 3"},
        {"abandon abandn", NULL,
         "word 2 of the seed, 'abandn', is not one of BIP 39's English words; did you mean "
         "'abandon'?"},
        {"tick", NULL, "'tick', is not one of BIP 39's English words; did you mean 'ticket'?"}, /* its first letters */
        {"abandon qqqqqqqqqq", NULL, "word 2 of the seed, 'qqqqqqqqqq', is not one of BIP 39's English words"},
        {"aband", NULL, "word 1 of the seed, 'aband'"},
        {"abandon ab\033[2J", NULL,
         "word 2 of the seed is not one of BIP 39's English words, which have letters a to z"},
        {right, "caf\303\251", "the passphrase may have letters, digits and signs of ASCII only, and the one at 4"},
        {right, "tab\t", "the one at 4"},
    };
    static const prom_seed none;
    prom_seed seed;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        memset(&seed, 1, sizeof seed);
        assert_fails(prom_seed_make(&seed, cases[i].words, cases[i].passphrase, &test->error), PROM_CATEGORY_BAD_INPUT,
                     &test->error, cases[i].part);
        assert_memory_equal(&seed, &none, sizeof seed);
    }
    char text[sizeof right + 9];
    (void)snprintf(text, sizeof text, "%s", right);
    strcat(text, " abandon");
    assert_fails(prom_seed_make(&seed, text, NULL, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "a seed has 24 words, and these are 25");
    char longer[400];
    memset(longer, 'a', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_fails(prom_seed_make(&seed, longer, NULL, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "longer than any seed");
    assert_fails(prom_seed_make(&seed, right, longer, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "more than 256 characters");
}

/* Of the 2048 words that can stand last, eight fit the checksum. */
static void checksum_is_checked(void **state)
{
    fixture *test = *state;
    size_t fit = 0;
    for (size_t i = 0; i < PROM_WORDS; i++) {
        char text[PROM_SEED_TEXT];
        prom_seed seed;
        (void)snprintf(text, sizeof text, "%.*s%s", (int)(sizeof right - sizeof "art"), right, prom_words[i]);
        const prom_result made = prom_seed_make(&seed, text, NULL, &test->error);
        fit += prom_is_ok(made) ? 1 : 0;
        assert_true(prom_is_ok(made) || strstr(test->error.sentence, "these words are no seed") != NULL);
    }
    assert_int_equal(fit, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(vectors_are_replayed),
        FIXTURE_TEST(spaces_and_capitals_do_not_matter),
        FIXTURE_TEST(what_is_no_seed_is_refused),
        FIXTURE_TEST(checksum_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
