/* Edges of a grey picture, by Sobel's filter, tile by tile. README.md describes item and result. */
#include "../prom.h"

#define SIDE_MAX 32768U

/* Reads a number of a PGM's head, and the one byte of white space behind it. */
static uint32_t read_number(prom_bytes *picture)
{
    uint64_t value = prom_read_decimal(picture);
    prom_require(value <= SIDE_MAX);
    prom_require(picture->length > 0 && (picture->at[0] == ' ' || picture->at[0] == '\n'));
    prom_read_byte(picture, picture->at[0]);
    return (uint32_t)value;
}

static int difference(int left, int right)
{
    return left < right ? right - left : left - right;
}

/* Computes a row of the result from the three rows around it. */
static void edges(uint8_t *result, const uint8_t *above, uint32_t width, uint32_t result_width)
{
    const uint8_t *row = above + width;
    const uint8_t *below = row + width;
    for (uint32_t x = 0; x < result_width; x++) {
        int across = difference(above[x] + 2 * row[x] + below[x], above[x + 2] + 2 * row[x + 2] + below[x + 2]);
        int down = difference(above[x] + 2 * above[x + 1] + above[x + 2], below[x] + 2 * below[x + 1] + below[x + 2]);
        int sum = across + down;
        result[x] = (uint8_t)(sum > 255 ? 255 : sum);
    }
}

static prom_bytes map(prom_bytes tile)
{
    prom_read_byte(&tile, 'P');
    prom_read_byte(&tile, '5');
    prom_read_byte(&tile, '\n');
    uint32_t width = read_number(&tile);
    uint32_t height = read_number(&tile);
    prom_require(read_number(&tile) == 255);
    prom_require(width >= 3 && height >= 3 && tile.length == width * height);
    uint8_t *picture = prom_alloc(32 + (width - 2) * (height - 2));
    uint8_t *end = prom_write_bytes(picture, (const uint8_t *)"P5\n", 3);
    end = prom_write_decimal(end, width - 2);
    *end++ = ' ';
    end = prom_write_decimal(end, height - 2);
    end = prom_write_bytes(end, (const uint8_t *)"\n255\n", 5);
    for (uint32_t y = 0; y < height - 2; y++) {
        edges(end, tile.at + y * width, width, width - 2);
        end += width - 2;
    }
    return prom_result_of(picture, end);
}
PROM_MAP(map)
