#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096 };

/* What all threads share, behind one lock. */
static struct {
    pthread_mutex_t lock;
    char waiting[OUTPUT_WAITING_MAX];
    size_t length;
    uint64_t dropped;
    double tokens;
    struct timespec filled;
    int wake;
} output = {.lock = PTHREAD_MUTEX_INITIALIZER, .tokens = VALUES_AT_ONCE, .wake = -1};

bool output_open(void)
{
    const int flags = fcntl(STDOUT_FILENO, F_GETFL);
    output.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    (void)clock_gettime(CLOCK_MONOTONIC, &output.filled);
    return output.wake >= 0 && flags >= 0 && fcntl(STDOUT_FILENO, F_SETFL, flags | O_NONBLOCK) == 0;
}

int output_wake(void)
{
    return output.wake;
}

/* Behind the lock. */
static __attribute__((format(printf, 1, 0))) void put(const char *format, va_list arguments)
{
    char line[LINE_MAX_BYTES];
    const uint64_t one = 1;
    const int length = vsnprintf(line, sizeof line, format, arguments);
    if (length < 0 || (size_t)length >= sizeof line || output.length + (size_t)length + 1 > sizeof output.waiting) {
        output.dropped++;
        return;
    }
    memcpy(output.waiting + output.length, line, (size_t)length);
    output.length += (size_t)length;
    output.waiting[output.length++] = '\n';
    (void)!write(output.wake, &one, sizeof one);
}

/* Behind the lock: whether another value may be told of now. */
static bool may_tell(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    const double passed =
        (double)(now.tv_sec - output.filled.tv_sec) + (double)(now.tv_nsec - output.filled.tv_nsec) / 1e9;
    output.filled = now;
    output.tokens += passed * VALUES_A_SECOND;
    output.tokens = output.tokens > VALUES_AT_ONCE ? VALUES_AT_ONCE : output.tokens;
    if (output.tokens < 1) {
        return false;
    }
    output.tokens -= 1;
    return true;
}

void output_put(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)pthread_mutex_lock(&output.lock);
    put(format, arguments);
    (void)pthread_mutex_unlock(&output.lock);
    va_end(arguments);
}

void output_put_value(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)pthread_mutex_lock(&output.lock);
    if (may_tell()) {
        put(format, arguments);
    } else {
        output.dropped++;
    }
    (void)pthread_mutex_unlock(&output.lock);
    va_end(arguments);
}

void output_dropped(void)
{
    (void)pthread_mutex_lock(&output.lock);
    output.dropped++;
    (void)pthread_mutex_unlock(&output.lock);
}

uint64_t output_dropped_count(void)
{
    (void)pthread_mutex_lock(&output.lock);
    const uint64_t dropped = output.dropped;
    (void)pthread_mutex_unlock(&output.lock);
    return dropped;
}

bool output_flush(bool *closed)
{
    uint64_t count;
    (void)!read(output.wake, &count, sizeof count);
    (void)pthread_mutex_lock(&output.lock);
    while (output.length > 0 && !*closed) {
        const ssize_t written = write(STDOUT_FILENO, output.waiting, output.length);
        if (written <= 0) {
            *closed = written < 0 && errno != EAGAIN && errno != EINTR;
            break;
        }
        output.length -= (size_t)written;
        memmove(output.waiting, output.waiting + written, output.length);
    }
    const bool left = output.length > 0;
    (void)pthread_mutex_unlock(&output.lock);
    return left;
}
