#include "outlook/drawing.h"

#include <stdarg.h>
#include <string.h>

#define TEXT_MAX 1024

void prom_drawing_begin(FILE *to, const prom_drawing_page *page)
{
    (void)fprintf(to,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
                  "font-family=\"DejaVu Sans,Verdana,sans-serif\" font-size=\"11.5\" fill=\"#1f2933\">\n<title>",
                  page->width, page->height, page->width, page->height);
    prom_drawing_escaped(to, page->title);
    (void)fprintf(to, "</title>\n<style>\n"
                      ".title{font-weight:bold;font-size:13px}.note{fill:#5b6772}.amount{text-anchor:end}\n"
                      ".wait{text-anchor:middle;fill:#5b6772;font-size:11px}path{fill:none!important}\n");
    for (size_t i = 0; i < page->look_count; i++) {
        const prom_drawing_look *look = &page->looks[i];
        (void)fprintf(to, ".%s{stroke:%s;fill:%s;stroke-width:%s}\n", look->class, look->stroke, look->fill,
                      look->width);
    }
    (void)fprintf(to, "%s</style>\n<defs>\n", page->style);
    for (size_t i = 0; i < page->look_count; i++) {
        (void)fprintf(to,
                      "<marker id=\"%s-arrow\" markerUnits=\"userSpaceOnUse\" markerWidth=\"9\" markerHeight=\"8\" "
                      "refX=\"9\" refY=\"4\" orient=\"auto\"><polygon points=\"0,0 9,4 0,8\" fill=\"%s\"/></marker>\n",
                      page->looks[i].class, page->looks[i].stroke);
    }
    (void)fprintf(to, "</defs>\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n");
}

void prom_drawing_end(FILE *to)
{
    (void)fprintf(to, "</svg>\n");
}

void prom_drawing_rect(FILE *to, const char *class, const prom_drawing_box *box)
{
    (void)fprintf(to, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n", class, box->left,
                  box->top, box->width, box->height);
}

void prom_drawing_text(FILE *to, const char *class, int x, int y, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (class == NULL) {
        (void)fprintf(to, "<text x=\"%d\" y=\"%d\">", x, y);
    } else {
        (void)fprintf(to, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
    }
    prom_drawing_escaped(to, text);
    (void)fprintf(to, "</text>\n");
}

void prom_drawing_escaped(FILE *to, const char *text)
{
    static const struct {
        char character;
        const char *escape;
    } escapes[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}};
    for (; *text != '\0'; text++) {
        const char *escape = NULL;
        for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
            escape = *text == escapes[i].character ? escapes[i].escape : escape;
        }
        if (escape != NULL) {
            (void)fputs(escape, to);
        } else {
            (void)fputc((unsigned char)*text < ' ' && *text != '\n' ? '?' : *text, to);
        }
    }
}
