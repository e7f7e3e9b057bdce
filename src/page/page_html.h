/* The bytes of page.html, which cmake/embed.cmake writes as C. */
#ifndef PAGE_PAGE_HTML_H
#define PAGE_PAGE_HTML_H

#include <stddef.h>

extern const char prom_page_html[]; /* ends with a zero that is not counted */
extern const size_t prom_page_html_length;

#endif
