/* What pictures share: text is escaped, whatever it is. */
#include "outlook/drawing.h"

#include <stdlib.h>
#include <string.h>

#include "support.h"

static char *drawn;
static size_t drawn_length;

static FILE *begin(void)
{
    FILE *to = open_memstream(&drawn, &drawn_length);
    assert_non_null(to);
    return to;
}

static void end(FILE *to, const char *expected)
{
    assert_int_equal(fclose(to), 0);
    assert_string_equal(drawn, expected);
    free(drawn);
}

static void test_escapes_what_means_something(void **state)
{
    FILE *to = begin();
    (void)state;
    prom_drawing_escaped(to, "a < b && \"c\" > d’\x01\x1f\t\n");
    end(to, "a &lt; b &amp;&amp; &quot;c&quot; &gt; d’???\n");
}

static void test_text_is_escaped(void **state)
{
    FILE *to = begin();
    (void)state;
    prom_drawing_text(to, NULL, 3, 4, "<%s>", "/text>");
    prom_drawing_text(to, "note amount", -3, 4, "%d", 5);
    end(to, "<text x=\"3\" y=\"4\">&lt;/text&gt;&gt;</text>\n<text class=\"note amount\" x=\"-3\" y=\"4\">5</text>\n");
}

static void test_long_text_is_cut(void **state)
{
    char letters[3000];
    FILE *to = begin();
    (void)state;
    memset(letters, 'x', sizeof letters - 1);
    letters[sizeof letters - 1] = '\0';
    prom_drawing_text(to, NULL, 0, 0, "%s", letters);
    assert_int_equal(fclose(to), 0);
    assert_true(drawn_length < sizeof letters);
    assert_string_equal(drawn + drawn_length - 8, "</text>\n");
    free(drawn);
}

static void test_page(void **state)
{
    static const prom_drawing_look looks[] = {{"thin", "#111111", "#222222", "1"},
                                              {"thick", "#333333", "#444444", "4"}};
    const prom_drawing_page page = {
        .title = "a & b", .style = ".x{fill:red}\n", .looks = looks, .look_count = 2, .width = 10, .height = 20};
    const prom_drawing_box box = {1, 2, 3, 4};
    FILE *to = begin();
    (void)state;
    prom_drawing_begin(to, &page);
    prom_drawing_rect(to, "thin", &box);
    prom_drawing_end(to);
    assert_int_equal(fclose(to), 0);
    assert_non_null(strstr(drawn, "width=\"10\" height=\"20\" viewBox=\"0 0 10 20\""));
    assert_non_null(strstr(drawn, "<title>a &amp; b</title>"));
    assert_non_null(strstr(drawn, ".thick{stroke:#333333;fill:#444444;stroke-width:4}\n.x{fill:red}\n</style>"));
    assert_non_null(strstr(drawn, "<marker id=\"thin-arrow\""));
    assert_non_null(
        strstr(drawn, "<rect class=\"thin\" x=\"1\" y=\"2\" width=\"3\" height=\"4\" rx=\"6\"/>\n</svg>\n"));
    free(drawn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escapes_what_means_something),
        cmocka_unit_test(test_text_is_escaped),
        cmocka_unit_test(test_long_text_is_cut),
        cmocka_unit_test(test_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
