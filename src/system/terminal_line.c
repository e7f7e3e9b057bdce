#include "system/terminal_line.h"

#include <stdarg.h>
#include <sys/ioctl.h>

#define TO_START "\r\033[K" /* of the line, and what stands in it is erased */

void prom_terminal_line(FILE *stream, const char *format, ...)
{
    enum { ROOM = 256 };
    char text[ROOM];
    struct winsize size = {0};
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const bool known = ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    (void)fprintf(stream, TO_START "%.*s", known ? size.ws_col - 1 : ROOM, text); /* the cursor takes a column */
}

void prom_terminal_line_end(FILE *stream)
{
    (void)fputs(TO_START, stream);
}
