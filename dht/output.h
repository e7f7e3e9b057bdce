/* Lines for standard output, from any thread: kept in bounded memory while nobody reads them. */
#ifndef PROM_DHT_OUTPUT_H
#define PROM_DHT_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes that wait, at most; and a second's values, and so many at once. */
#define OUTPUT_WAITING_MAX ((size_t)1 << 20)
#define VALUES_A_SECOND 100
#define VALUES_AT_ONCE 1000

/* Makes standard output non-blocking, and what tells that something waits. False when the system refuses. */
bool output_open(void);
/* A descriptor that can be read when something was put. */
int output_wake(void);

/* Puts a line, without its end. One that does not fit is dropped, and counted. */
void output_put(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same of a value that somebody has published: dropped, and counted, when they come too fast. */
void output_put_value(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Counts something that was dropped elsewhere. */
void output_dropped(void);
uint64_t output_dropped_count(void);

/* Writes what can be written. Returns whether something is left; sets `*closed` when nobody will read it. */
bool output_flush(bool *closed);

#endif
