#include "base/suggest.h"

#include <string.h>

#include "support.h"

/* The one of the words that is meant, or NULL. */
static const char *meant_of(const char *word, const char *const *candidates)
{
    prom_suggestion near = prom_suggestion_for(word, strlen(word));
    for (size_t i = 0; candidates[i] != NULL; i++) {
        prom_suggestion_consider(&near, candidates[i]);
    }
    return near.best;
}

static void test_nearest(void **state)
{
    static const char *const words[] = {
        "logits", "logistic", "relu_2", "--output", "/model/layer4/block1/relu/Relu_output_0", NULL};
    static const struct {
        const char *word;
        const char *meant;
    } cases[] = {
        {"logit", "logits"},
        {"lgoits", "logits"},
        {"logitsx", "logits"},
        {"relu2", "relu_2"},
        {"--ouptut", "--output"},
        {"/model/layer4/block1/relu/Relu_output_1", "/model/layer4/block1/relu/Relu_output_0"},
        {"everything", NULL},
        {"", NULL},
        {"xy", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *meant = meant_of(cases[i].word, words);
        assert_true((meant == NULL) == (cases[i].meant == NULL));
        assert_true(meant == NULL || strcmp(meant, cases[i].meant) == 0);
    }
}

/* What no word is so long as is not compared, and costs nothing. */
static void test_long_words(void **state)
{
    static char longest[5000];
    static const char *const words[] = {"word", longest, NULL};
    (void)state;
    memset(longest, 'x', sizeof longest - 1);
    assert_null(meant_of(longest, words));
    assert_null(meant_of("xxxx", words));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_long_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
