#include "image/orientation.h"
#include "tensor/files.h"

enum { BLOCK = 26 };

/* An EXIF block of one entry. */
static void write_exif(uint8_t block[BLOCK], bool big_endian, unsigned tag, unsigned type, unsigned value)
{
    static const uint8_t start[2][10] = {{'I', 'I', '*', 0, 8, 0, 0, 0, 1, 0}, {'M', 'M', 0, '*', 0, 0, 0, 8, 0, 1}};
    const unsigned numbers[] = {tag, type};
    memset(block, 0, BLOCK);
    memcpy(block, start[big_endian ? 1 : 0], sizeof start[0]);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        block[10 + 2 * i + (big_endian ? 0 : 1)] = (uint8_t)(numbers[i] >> 8);
        block[10 + 2 * i + (big_endian ? 1 : 0)] = (uint8_t)numbers[i];
    }
    block[big_endian ? 17 : 14] = 1;
    block[big_endian ? 19 : 18] = (uint8_t)value;
}

static unsigned orientation_of(const uint8_t *block, size_t length)
{
    uint8_t *exact = exact_copy(block, length);
    const unsigned found = prom_image_orientation(prom_span_of(exact, length));
    free(exact);
    return found;
}

static void test_what_exif_says(void **state)
{
    uint8_t block[BLOCK];
    (void)state;
    for (unsigned i = 0; i < 24; i++) {
        write_exif(block, i % 2 == 1, 0x0112, 3, i / 2);
        assert_int_equal(orientation_of(block, BLOCK), i / 2 >= 1 && i / 2 <= 8 ? i / 2 : 1);
        for (size_t length = 0; length < 22; length++) {
            assert_int_equal(orientation_of(block, length), 1);
        }
        for (size_t at = 0; at < 20; at++) { /* whatever else is damaged, it is one of eight */
            uint8_t damaged[BLOCK];
            memcpy(damaged, block, BLOCK);
            damaged[at] ^= 0xff;
            const unsigned found = orientation_of(damaged, BLOCK);
            assert_true(found >= 1 && found <= 8);
        }
        write_exif(block, i % 2 == 1, 0x0113, 3, 6);
        assert_int_equal(orientation_of(block, BLOCK), 1);
        write_exif(block, i % 2 == 1, 0x0112, 4, 6);
        assert_int_equal(orientation_of(block, BLOCK), 1);
    }
}

/* The picture "ab/cd/ef", as it is stored for each orientation. */
static void test_turned(void **state)
{
    static const struct {
        size_t width;
        const char *stored;
    } cases[] = {{2, "abcdef"}, {2, "badcfe"}, {2, "fedcba"}, {2, "efcdab"},
                 {3, "acebdf"}, {3, "bdface"}, {3, "fdbeca"}, {3, "ecafdb"}};
    prom_error error = {""};
    for (unsigned i = 0; i < COUNT_OF(cases); i++) {
        uint8_t pixels[6 * 3];
        for (size_t j = 0; j < sizeof pixels; j++) {
            pixels[j] = (uint8_t)cases[i].stored[j / 3];
        }
        prom_picture picture = {cases[i].width, 6 / cases[i].width, pixels};
        assert_ok(prom_image_turn(*state, &picture, i + 1, &error), &error);
        assert_true(picture.width == 2 && picture.height == 3);
        assert_memory_equal(picture.pixels, "aaabbbcccdddeeefff", 18);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_what_exif_says), TEST(test_turned)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
