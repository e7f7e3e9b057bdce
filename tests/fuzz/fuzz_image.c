#include "fuzz.h"
#include "image/decode.h"

/* A decoded image has pixels, within the limits, and every one of them can be read. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, FUZZ_MEMORY);
    prom_error error = {{0}};
    prom_picture picture;
    const prom_result decoded = prom_image_decode(&arena, &picture, prom_span_of(data, length), &error);
    if (!prom_is_ok(decoded)) {
        must_be_refusal(decoded, &error);
        must(picture.pixels == NULL);
        return 0;
    }
    must(picture.width >= 1 && picture.width <= PROM_IMAGE_SIDE_MAX);
    must(picture.height >= 1 && picture.height <= PROM_IMAGE_SIDE_MAX);
    uint8_t all = 0;
    for (size_t i = 0; i < picture.width * picture.height * 3; i++) {
        all |= picture.pixels[i];
    }
    __asm__ volatile("" : : "r"(all)); /* the loop stays */
    return 0;
}
