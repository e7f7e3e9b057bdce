#include "support.h"

#include "market/reason.h"

static const char *name_of(unsigned code)
{
    const char *name = prom_reason_name(code);
    return name != NULL ? name : "?";
}

static void test_all_reasons_have_words(void **state)
{
    (void)state;
    for (unsigned code = 1; code < PROM_REASONS_KNOWN; code++) {
        prom_reasons reasons = {.count = 0};
        char text[PROM_REASON_SENTENCE];
        assert_non_null(prom_reason_name(code));
        for (unsigned other = 1; other < code; other++) {
            assert_string_not_equal(name_of(code), name_of(other));
        }
        prom_reasons_add(&reasons, (prom_reason_code)code, 7777, 33);
        assert_int_equal(reasons.count, 1);
        (void)prom_reason_sentence(text, &reasons.list[0]);
        assert_true(strlen(text) > 20 && strlen(text) < PROM_REASON_SENTENCE - 20);
        assert_null(strstr(text, "%s"));
        if (prom_reason_unit(code) != PROM_UNIT_NONE) {
            assert_non_null(strstr(text, "33"));
            assert_true(strstr(text, "77") != NULL || strstr(text, "7.78") != NULL);
        } else {
            assert_int_equal(reasons.list[0].needed, 0);
        }
    }
    assert_null(prom_reason_name(PROM_REASON_NONE));
    assert_null(prom_reason_name(PROM_REASONS_KNOWN));
}

static void test_sentences(void **state)
{
    static const struct {
        prom_quote_reason reason;
        const char *text;
    } cases[] = {
        {{PROM_REASON_MEMORY_PROVE, PROM_UNIT_BYTES, 5200000000, 4000000000},
         "proving takes 5.20 GB of memory, and 4.00 GB are there: split the batch into smaller parts, or take a "
         "machine "
         "with more"},
        {{PROM_REASON_STAKE, PROM_UNIT_SAT, 2000000, 999},
         "stake, fees and the coin that is kept for fees are 2,000,000 sat together, and the node has 999 sat free: "
         "it needs a deposit, or the end of a contract"},
        {{PROM_REASON_PEER_DENIED, PROM_UNIT_NONE, 0, 0}, "the owner takes no jobs from this node"},
        {{PROM_REASON_SAMPLE, PROM_UNIT_BASIS_POINTS, 10000, 505},
         "the scheme proves 100.00 % of a batch, and P has 5.05 % checked: take a P that has all checked, or a scheme "
         "that "
         "samples"},
        {{60000, PROM_UNIT_BYTES, 1000, 2},
         "for reason 60000, which this version does not know: 1.00 kB is needed, and 2 bytes is there"},
        {{60000, 200, 1000, 2}, "for reason 60000, which this version does not know: 1,000 is needed, and 2 is there"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[PROM_REASON_SENTENCE];
        assert_string_equal(prom_reason_sentence(text, &cases[i].reason), cases[i].text);
    }
}

static void test_lists(void **state)
{
    prom_reasons reasons = {.count = 0};
    (void)state;
    prom_reasons_need(&reasons, PROM_REASON_PAYLOAD, 5, 5);
    assert_int_equal(reasons.count, 0);
    prom_reasons_need(&reasons, PROM_REASON_PAYLOAD, 6, 5);
    prom_reasons_need(&reasons, PROM_REASON_PAYLOAD, 8, 5); /* the first one counts */
    assert_int_equal(reasons.count, 1);
    assert_int_equal(reasons.list[0].needed, 6);
    prom_reasons_need_amount(&reasons, PROM_REASON_STAKE, prom_amount_of(4), prom_amount_of(4));
    assert_int_equal(reasons.count, 1);
    prom_reasons_need_amount(&reasons, PROM_REASON_STAKE, prom_amount_of(5), prom_amount_of(4));
    prom_reasons_need_amount(&reasons, PROM_REASON_CAP_JOB, prom_amount_invalid(), prom_amount_of(4));
    prom_reasons_need_amount(&reasons, PROM_REASON_CAP_DAY, prom_amount_of(0), prom_amount_invalid());
    assert_int_equal(reasons.count, 4);
    assert_int_equal(prom_reasons_find(&reasons, PROM_REASON_CAP_JOB)->needed, PROM_AMOUNT_MAX);
    assert_null(prom_reasons_find(&reasons, PROM_REASON_FUND));
    for (unsigned code = 1; code < PROM_REASONS_KNOWN; code++) { /* no more than a quote holds */
        prom_reasons_add(&reasons, (prom_reason_code)code, 1, 0);
    }
    assert_int_equal(reasons.count, PROM_REASONS_MAX);
}

/* docs/market.md lists every reason under its number, with its name and unit, and no others. */
static void test_the_page_lists_them(void **state)
{
    char line[1024];
    unsigned code = 0;
    bool inside = false;
    FILE *page = fopen(MODELS "/../docs/market.md", "r");
    (void)state;
    assert_non_null(page);
    while (fgets(line, sizeof line, page) != NULL) {
        char name[64] = "";
        char unit[64] = "";
        unsigned number = 0;
        inside = inside || strncmp(line, "| code | reason |", 17) == 0;
        if (inside && sscanf(line, "| %u | `%63[a-z_]` | %63[^|]|", &number, name, unit) == 3) {
            char wanted[64];
            code++;
            assert_int_equal(number, code);
            assert_string_equal(name, name_of(code));
            (void)snprintf(wanted, sizeof wanted, "%s ", prom_unit_name(prom_reason_unit(code)));
            assert_string_equal(unit, prom_reason_unit(code) == PROM_UNIT_NONE ? "- " : wanted);
        }
        inside = inside && line[0] == '|';
    }
    (void)fclose(page);
    assert_int_equal(code, PROM_REASONS_KNOWN - 1);
}

/* As a refusal has room for: what does not fit is counted, and never more than the room is written. */
static void test_in_brief(void **state)
{
    char text[400];
    prom_reasons reasons = {.count = 0};
    (void)state;
    assert_string_equal(prom_reasons_brief(text, sizeof text, &reasons), "");
    prom_reasons_add(&reasons, PROM_REASON_DEADLINE, 12, 8);
    prom_reasons_add(&reasons, PROM_REASON_PEER_DENIED, 0, 0);
    prom_reasons_add(&reasons, PROM_REASON_MEMORY_PROVE, UINT64_MAX, 4000000000);
    reasons.list[reasons.count++] = (prom_quote_reason){.code = 999, .unit = 200, .needed = 2, .there = 1};
    assert_string_equal(prom_reasons_brief(text, sizeof text, &reasons),
                        "deadline 12 > 8 blocks, peer_denied, memory_to_prove 18446744073709551615 > 4000000000 bytes, "
                        "999 2 > 1");
    assert_string_equal(prom_reasons_brief(text, 48, &reasons), "deadline 12 > 8 blocks, peer_denied (2 more)");
    for (unsigned code = 1; code < PROM_REASONS_KNOWN && reasons.count < PROM_REASONS_MAX; code++) {
        prom_reasons_add(&reasons, code, UINT64_MAX, UINT64_MAX);
    }
    for (size_t room = 12; room < 330; room++) { /* all of them take more */
        memset(text, '#', sizeof text);
        (void)prom_reasons_brief(text, room, &reasons);
        assert_true(strlen(text) < room);
        assert_true(text[room] == '#');
        assert_string_equal(text + strlen(text) - strlen(" more)"), " more)");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_reasons_have_words),
        cmocka_unit_test(test_in_brief),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_the_page_lists_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
