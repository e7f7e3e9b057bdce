/* The page of a certificate: what it says in two columns, the picture below, the JSON as metadata. */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "certificate/certificate_parts.h"
#include "certificate/page.h"

/* Pixels. */
enum {
    MARGIN = 28,
    TOP = 146, /* where the columns begin */
    LINE = 18,
    GAP = 7,      /* between paragraphs */
    HEADING = 24, /* from a heading to what it is of */
    GUTTER = 48,  /* between the columns */
    WIDTH_MIN = 1500,
    INDENT = 76,    /* of what stands behind a height */
    LETTER_10 = 69, /* tenths of a letter's width, on the average */
    PICTURE_GAP = 24,
};

/* A column of text, and where its next line stands. */
typedef struct column {
    FILE *to; /* NULL: it is measured only */
    int left;
    int width;
    int y;
} column;

/* Writes a paragraph in lines that fit, with `indent` pixels before it. */
static void put_paragraph(column *at, int indent, const char *text)
{
    const size_t letters = (size_t)((at->width - indent) * 10 / LETTER_10);
    while (*text != '\0') {
        size_t length = strlen(text);
        if (length > letters) {
            length = letters;
            while (length > 1 && text[length] != ' ') {
                length--;
            }
        }
        if (at->to != NULL) {
            prom_drawing_text(at->to, "said", at->left + indent, at->y, "%.*s", (int)length, text);
        }
        at->y += LINE;
        text += length + (text[length] == ' ');
    }
    at->y += GAP;
}

static void put_heading(column *at, const char *text)
{
    at->y += GAP;
    if (at->to != NULL) {
        prom_drawing_text(at->to, "heading", at->left, at->y, "%s", text);
    }
    at->y += HEADING;
}

static void put_line(column *at, const json_t *root, prom_certificate_line line)
{
    const json_t *list = json_object_get(json_object_get(root, "lines"), prom_certificate_line_name(line));
    put_heading(at, prom_certificate_line_heading(line));
    for (size_t i = 0; i < json_array_size(list); i++) {
        put_paragraph(at, 0, json_string_value(json_array_get(list, i)));
    }
}

static void put_findings(column *at, const json_t *root)
{
    const json_t *findings = json_object_get(root, "findings");
    const json_t *bound = json_object_get(root, "bound");
    put_heading(at, json_array_size(findings) > 0 ? "What is wrong with it" : "Nothing was found wrong with it");
    if (json_is_string(bound)) {
        put_paragraph(at, 0, json_string_value(bound));
    }
    for (size_t i = 0; i < json_array_size(findings); i++) {
        prom_sentence finding = {.length = 0};
        prom_page_add_finding(&finding, json_array_get(findings, i));
        put_paragraph(at, 0, finding.text);
    }
}

static void put_story(column *at, const json_t *root)
{
    const json_t *story = json_object_get(root, "story");
    if (json_array_size(story) > 0) {
        char height[PROM_UNITS];
        prom_sentence heading = {.length = 0};
        prom_sentence_add(&heading, "How the attack would happen, if Tx0 were in block %s",
                          prom_units_number(height, PROM_STORY_BEGINS));
        put_heading(at, heading.text);
    }
    for (size_t i = 0; i < json_array_size(story); i++) {
        const json_t *step = json_array_get(story, i);
        char height[PROM_UNITS];
        if (at->to != NULL) {
            prom_drawing_text(at->to, "height", at->left, at->y, "%s",
                              prom_units_number(height, (uint64_t)prom_page_height(step)));
        }
        put_paragraph(at, INDENT, prom_page_text(step, "text"));
    }
}

/* Writes both columns, and returns where the longer one ends. */
static int put_columns(FILE *to, const json_t *root, int width)
{
    const int each = (width - 2 * MARGIN - GUTTER) / 2;
    column left = {to, MARGIN, each, TOP};
    column right = {to, MARGIN + each + GUTTER, each, TOP};
    put_line(&left, root, PROM_LINE_LOSE);
    put_line(&left, root, PROM_LINE_ATTACK);
    put_story(&left, root);
    put_findings(&right, root);
    put_line(&right, root, PROM_LINE_COLLUDE);
    put_line(&right, root, PROM_LINE_TRUE);
    put_line(&right, root, PROM_LINE_NOT_COVERED);
    return left.y > right.y ? left.y : right.y;
}

/* The JSON, so that what is in it cannot end the element. */
static void put_metadata(FILE *to, const json_t *root)
{
    char *text = json_dumps(root, JSON_INDENT(1) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9));
    (void)fprintf(to, "<metadata>\n");
    for (const char *at = text; at != NULL && *at != '\0'; at++) {
        switch (*at) {
        case '&':
            (void)fputs("&amp;", to);
            break;
        case '<':
            (void)fputs("&lt;", to);
            break;
        case '>':
            (void)fputs("&gt;", to);
            break;
        default:
            (void)fputc(*at, to);
        }
    }
    (void)fprintf(to, "\n</metadata>\n");
    free(text);
}

static void put_header(FILE *to, const json_t *root)
{
    const char *verdict = prom_page_text(root, "verdict");
    const bool good = strcmp(verdict, "safe") == 0 || strcmp(verdict, "warning") == 0;
    prom_sentence contract = {.length = 0};
    prom_page_add_contract(&contract, root);
    (void)fprintf(
        to, "<text x=\"%d\" y=\"42\" font-size=\"22\" font-weight=\"bold\">What this contract can do to you</text>\n",
        MARGIN);
    prom_drawing_text(to, "said", MARGIN, 68, "%s", contract.text);
    prom_drawing_text(to, "note", MARGIN, 88,
                      "Hash of all that was asked: %s. Made by prom %s; 'prom game verify' "
                      "computes it again from this file.",
                      prom_page_text(root, "inputs_hash"), prom_page_text(root, "program"));
    (void)fprintf(to, "<text class=\"verdict %s\" x=\"%d\" y=\"116\">", good ? "up" : "down", MARGIN);
    prom_drawing_escaped(to, prom_page_verdict(root));
    (void)fprintf(to, "<tspan class=\"said\" dx=\"14\">");
    prom_drawing_escaped(to, prom_page_text(root, "meaning"));
    (void)fprintf(to, "</tspan></text>\n");
}

void prom_certificate_page(FILE *to, const prom_certificate *certificate)
{
    static const char style[] =
        ".said{font-size:13px;font-weight:normal;fill:#1f2933}.heading{font-size:15px;font-weight:bold;fill:#22557f}\n"
        ".height{font-size:13px;font-weight:bold;fill:#22557f}.verdict{font-size:17px;font-weight:bold}.rule{stroke:#"
        "cbd2d9}\n";
    const int drawn = prom_game_picture_width(certificate->picture);
    const int width = drawn > WIDTH_MIN ? drawn : WIDTH_MIN;
    const int end = put_columns(NULL, certificate->root, width);
    prom_sentence styles = {.length = 0};
    prom_sentence_add(&styles, "%s%s", prom_game_picture_style, style);
    const prom_drawing_page page = {
        .title = "Certificate of a contract",
        .style = styles.text,
        .looks = prom_game_picture_looks,
        .look_count = prom_game_picture_look_count,
        .width = width,
        .height = end + PICTURE_GAP + prom_game_picture_height(certificate->picture),
    };
    prom_drawing_begin(to, &page);
    put_metadata(to, certificate->root);
    put_header(to, certificate->root);
    (void)put_columns(to, certificate->root, width);
    (void)fprintf(to, "<path class=\"rule\" d=\"M%d %dH%d\"/>\n", MARGIN, end + PICTURE_GAP / 2, width - MARGIN);
    prom_game_picture_part(to, certificate->picture, 0, end + PICTURE_GAP);
    prom_drawing_end(to);
}
