/* The socket to whoever started us: bytes in order, read and written in large pieces. What cannot be read or written
 * ends the process: nobody is there any more. */
#ifndef STREAM_H
#define STREAM_H

#include <stddef.h>
#include <stdint.h>

/* Reads so many bytes to `bytes`; reads them, and drops them. */
void stream_read(uint8_t *bytes, size_t length);
void stream_skip(size_t length);
/* Writes so many bytes, which go out with the next flush at the latest; sends all that was written. */
void stream_write(const uint8_t *bytes, size_t length);
void stream_flush(void);

#endif
