#include "cli/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "prometheus/base/bytes.h"
#include "system/secret_file.h"

static bool say(int terminal, const char *text)
{
    return write(terminal, text, strlen(text)) == (ssize_t)strlen(text);
}

/* Byte by byte: no buffer of the C library keeps it. */
static bool read_line(int terminal, char *line, size_t room)
{
    size_t length = 0;
    char byte = '\0';
    ssize_t got = 1;
    while ((got = read(terminal, &byte, 1)) == 1 && byte != '\n') {
        if (length + 1 < room) {
            line[length] = byte;
        }
        length++;
    }
    line[length < room ? length : room - 1] = '\0';
    return got == 1 && length > 0 && length < room;
}

/* The terminal shows nothing meanwhile, and again as before after that, a Ctrl-C included: signals come when it is
 * over. */
static prom_result read_hidden(int terminal, char *line, size_t room, const char *prompt, prom_error *error)
{
    struct termios before;
    if (tcgetattr(terminal, &before) != 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "the terminal cannot be used: %s", strerror(errno));
    }
    struct termios hidden = before;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    (void)!say(terminal, prompt);
    (void)tcsetattr(terminal, TCSAFLUSH, &hidden);
    const bool read_it = read_line(terminal, line, room);
    (void)tcsetattr(terminal, TCSAFLUSH, &before);
    (void)!say(terminal, "\n");
    if (strchr(line, '\x03') != NULL) { /* Ctrl-C */
        return prom_fail(error, PROM_CATEGORY_STOPPED, "interrupted");
    }
    return read_it ? prom_ok()
                   : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "what was typed is empty, or longer than %zu bytes",
                               room - 1);
}

static prom_result read_typed(char *line, size_t room, const char *prompt, bool twice, prom_error *error)
{
    char again[512] = "";
    const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "there is no terminal to ask for a passphrase at: name the file that it is in, "
                         "as by --passphrase-file");
    }
    prom_result result = read_hidden(terminal, line, room, prompt, error);
    if (prom_is_ok(result) && twice) {
        result = read_hidden(terminal, again, sizeof again, "the same again: ", error);
    }
    if (prom_is_ok(result) && twice && strcmp(line, again) != 0) {
        result = prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the two are not the same");
    }
    prom_wipe(again, sizeof again);
    (void)close(terminal);
    return result;
}

prom_result prom_secret_ask(char *line, size_t room, const char *file, const char *prompt, bool twice,
                            prom_error *error)
{
    memset(line, 0, room);
    prom_result result = file != NULL ? prom_secret_file_read(line, room, file, "a passphrase", error)
                                      : read_typed(line, room, prompt, twice, error);
    if (prom_is_ok(result) && line[0] == '\0') {
        result = prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the passphrase is empty");
    }
    if (!prom_is_ok(result)) {
        prom_wipe(line, room);
    }
    return result;
}
