/* The pixels of one PNG or JPEG file. What is done with them is in image.h. */
#ifndef IMAGE_DECODE_H
#define IMAGE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"

#define PROM_IMAGE_SIDE_MAX 16384U
#define PROM_IMAGE_PIXELS_MAX ((size_t)1 << 26)
#define PROM_IMAGE_SIGNATURE_LENGTH 8U

/* `height` rows of `width` pixels of three bytes: red, green, blue. */
typedef struct prom_picture {
    size_t width;
    size_t height;
    const uint8_t *pixels;
} prom_picture;

/* Returns whether a file that begins with these bytes is a PNG or JPEG file; PROM_IMAGE_SIGNATURE_LENGTH are enough. */
bool prom_image_begins(prom_span start);

/* Decodes the file whose bytes are `file`; the pixels go to the arena. PROM_CATEGORY_BAD_INPUT when it is no PNG or
 * JPEG, is damaged or cut off, or is larger than the limits above. */
PROM_MUST_USE prom_result prom_image_decode(prom_arena *arena, prom_picture *picture, prom_span file,
                                            prom_error *error);

#endif
