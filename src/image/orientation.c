#include "image/orientation.h"

#include <string.h>

enum {
    UPRIGHT = 1,
    ORIENTATION_MAX = 8,
    SIDEWAYS = 5, /* from here on, rows are columns */
    TAG_ORIENTATION = 0x0112,
    TYPE_SHORT = 3,
    ENTRY_BYTES = 12,
    HEADER_BYTES = 8,
    PIXEL_BYTES = 3,
};

static uint32_t read_number(const uint8_t *at, size_t bytes, bool big_endian)
{
    uint32_t number = 0;
    for (size_t i = 0; i < bytes; i++) {
        number = number << 8 | at[big_endian ? i : bytes - 1 - i];
    }
    return number;
}

unsigned prom_image_orientation(prom_span exif)
{
    if (exif.length < HEADER_BYTES || (memcmp(exif.data, "II*\0", 4) != 0 && memcmp(exif.data, "MM\0*", 4) != 0)) {
        return UPRIGHT;
    }
    const bool big_endian = exif.data[0] == 'M';
    const size_t start = read_number(exif.data + 4, 4, big_endian);
    if (exif.length < 2 || start > exif.length - 2) {
        return UPRIGHT;
    }
    const size_t count = read_number(exif.data + start, 2, big_endian);
    const size_t there = (exif.length - start - 2) / ENTRY_BYTES;
    for (size_t i = 0; i < count && i < there; i++) {
        const uint8_t *entry = exif.data + start + 2 + i * ENTRY_BYTES;
        if (read_number(entry, 2, big_endian) == TAG_ORIENTATION) {
            const uint32_t value = read_number(entry + 8, 2, big_endian);
            const bool good = read_number(entry + 2, 2, big_endian) == TYPE_SHORT &&
                              read_number(entry + 4, 4, big_endian) == 1 && value >= UPRIGHT &&
                              value <= ORIENTATION_MAX;
            return good ? value : UPRIGHT;
        }
    }
    return UPRIGHT;
}

/* Where pixel x, y of the upright picture stands in the stored one, as an index of pixels. */
static size_t place_in(const prom_picture *stored, unsigned orientation, size_t x, size_t y)
{
    const size_t right = stored->width - 1;
    const size_t bottom = stored->height - 1;
    const size_t width = stored->width;
    switch (orientation) {
    case 2:
        return y * width + right - x;
    case 3:
        return (bottom - y) * width + right - x;
    case 4:
        return (bottom - y) * width + x;
    case 5:
        return x * width + y;
    case 6:
        return (bottom - x) * width + y;
    case 7:
        return (bottom - x) * width + right - y;
    case 8:
        return x * width + right - y;
    default:
        return y * width + x;
    }
}

prom_result prom_image_turn(prom_arena *arena, prom_picture *picture, unsigned orientation, prom_error *error)
{
    const prom_picture stored = *picture;
    const size_t width = orientation < SIDEWAYS ? stored.width : stored.height;
    const size_t height = orientation < SIDEWAYS ? stored.height : stored.width;
    uint8_t *pixels = NULL;
    if (orientation <= UPRIGHT || orientation > ORIENTATION_MAX) {
        return prom_ok();
    }
    PROM_TRY_NEW(pixels, arena, width * height * PIXEL_BYTES, error);
    for (size_t i = 0; i < width * height; i++) {
        const size_t from = place_in(&stored, orientation, i % width, i / width);
        memcpy(pixels + i * PIXEL_BYTES, stored.pixels + from * PIXEL_BYTES, PIXEL_BYTES);
    }
    *picture = (prom_picture){width, height, pixels};
    return prom_ok();
}
