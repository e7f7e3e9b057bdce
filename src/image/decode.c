#include "image/decode.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

#include "base/units.h"
#include "image/orientation.h"

enum {
    CHANNELS = 3,
    /* No PNG packs more pixels into a byte (8256), and no JPEG coded by Huffman's tables (512): whoever claims more
     * pixels than that cannot deliver them, and gets no memory. */
    PIXELS_PER_BYTE_MAX = 1 << 14,
    /* Each scan of a progressive JPEG goes over the whole image; encoders make about ten. */
    SCANS_MAX = 100,
    JPEG_MEMORY_MAX = 1 << 29, /* coefficients of the largest progressive JPEG, and more */
};

static const uint8_t png_signature[PROM_IMAGE_SIGNATURE_LENGTH] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
static const uint8_t jpeg_signature[] = {0xff, 0xd8, 0xff};

/* What both libraries' callbacks see. The libraries must not return from an error: they jump to `failed`, with the
 * failure in `result`. */
typedef struct image_decoder {
    jmp_buf failed;
    prom_result result;
    prom_error *error;
    prom_arena *arena;
    prom_span file;
    prom_reader reader; /* what libpng has not yet taken of the file */
    size_t width;
    size_t height;
    uint8_t *pixels;
    unsigned orientation; /* EXIF's; 0: not known */
} image_decoder;

static bool begins_with(prom_span bytes, const uint8_t *signature, size_t length)
{
    return bytes.length >= length && memcmp(bytes.data, signature, length) == 0;
}

static bool is_png(prom_span file)
{
    return begins_with(file, png_signature, sizeof png_signature);
}

static bool is_jpeg(prom_span file)
{
    return begins_with(file, jpeg_signature, sizeof jpeg_signature);
}

/* Memory for the pixels, once the header is known and before anything else is allocated for them. */
static prom_result new_pixels(image_decoder *decoder, size_t width, size_t height)
{
    char text[PROM_UNITS];
    if (width == 0 || height == 0 || width > PROM_IMAGE_SIDE_MAX || height > PROM_IMAGE_SIDE_MAX ||
        width * height > PROM_IMAGE_PIXELS_MAX) {
        return prom_fail(decoder->error, PROM_CATEGORY_BAD_INPUT,
                         "the image is %zux%zu pixels; supported are sides of 1 to %u and %s: make it smaller", width,
                         height, PROM_IMAGE_SIDE_MAX, prom_units_count(text, PROM_IMAGE_PIXELS_MAX, "pixel"));
    }
    if (width * height / PIXELS_PER_BYTE_MAX > decoder->file.length) {
        return prom_fail(decoder->error, PROM_CATEGORY_BAD_INPUT,
                         "the image claims %zux%zu pixels, more than a file of %s can hold: it is cut off", width,
                         height, prom_units_bytes(text, decoder->file.length));
    }
    decoder->width = width;
    decoder->height = height;
    PROM_TRY_NEW(decoder->pixels, decoder->arena, width * height * CHANNELS, decoder->error);
    return prom_ok();
}

static uint8_t *row_at(const image_decoder *decoder, size_t row)
{
    return decoder->pixels + row * decoder->width * CHANNELS;
}

_Noreturn static void png_failed(png_structp png, png_const_charp what)
{
    image_decoder *decoder = png_get_error_ptr(png);
    decoder->result = prom_fail(decoder->error, PROM_CATEGORY_BAD_INPUT, "the PNG file cannot be decoded: %s", what);
    longjmp(decoder->failed, 1);
}

/* libpng warns of what does not touch the pixels. */
static void png_warned(png_structp png, png_const_charp what)
{
    (void)png;
    (void)what;
}

static void png_take(png_structp png, png_bytep data, size_t length)
{
    image_decoder *decoder = png_get_io_ptr(png);
    const prom_span taken = prom_read_span(&decoder->reader, length);
    if (decoder->reader.failed) {
        png_error(png, "it ends too early");
    }
    memcpy(data, taken.data, length);
}

static prom_result read_png(image_decoder *decoder, png_structp png, png_infop info)
{
    /* Only what makes the pixels is read, and how they stand: no text, no profile, nothing that would be unpacked in
     * vain. */
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_AS_DEFAULT, (png_const_bytep) "eXIf", 1);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* ours are checked, with a better sentence */
    png_set_read_fn(png, decoder, png_take);
    png_read_info(png, info);
    PROM_TRY(new_pixels(decoder, png_get_image_width(png, info), png_get_image_height(png, info)));
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    png_set_strip_alpha(png);
    const int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) != decoder->width * CHANNELS) {
        return prom_fail(decoder->error, PROM_CATEGORY_BROKEN, "libpng gives rows of another length than asked for");
    }
    for (int pass = 0; pass < passes; pass++) {
        for (size_t row = 0; row < decoder->height; row++) {
            png_read_row(png, row_at(decoder, row), NULL);
        }
    }
    png_read_end(png, info);
    png_bytep exif = NULL;
    png_uint_32 length = 0;
    if (png_get_eXIf_1(png, info, &length, &exif) != 0) {
        decoder->orientation = prom_image_orientation(prom_span_of(exif, length));
    }
    return prom_ok();
}

static prom_result decode_png(image_decoder *decoder)
{
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, decoder, png_failed, png_warned);
    png_infop info = png != NULL ? png_create_info_struct(png) : NULL;
    if (info == NULL) {
        png_destroy_read_struct(&png, NULL, NULL);
        return prom_fail(decoder->error, PROM_CATEGORY_MEMORY, "libpng got no memory");
    }
    if (setjmp(decoder->failed) == 0) {
        decoder->result = read_png(decoder, png, info);
    }
    png_destroy_read_struct(&png, &info, NULL);
    return decoder->result;
}

_Noreturn static void jpeg_failed(j_common_ptr jpeg)
{
    char what[JMSG_LENGTH_MAX];
    image_decoder *decoder = jpeg->client_data;
    jpeg->err->format_message(jpeg, what);
    decoder->result = prom_fail(decoder->error, PROM_CATEGORY_BAD_INPUT, "the JPEG file cannot be decoded: %s", what);
    longjmp(decoder->failed, 1);
}

/* libjpeg only warns of damaged or missing data, and makes the pixels up. */
static void jpeg_warned(j_common_ptr jpeg, int level)
{
    if (level < 0) {
        jpeg_failed(jpeg);
    }
}

static void jpeg_advanced(j_common_ptr jpeg)
{
    image_decoder *decoder = jpeg->client_data;
    if (((j_decompress_ptr)jpeg)->input_scan_number > SCANS_MAX) {
        decoder->result = prom_fail(decoder->error, PROM_CATEGORY_BAD_INPUT,
                                    "the JPEG file has more than %d scans: save it anew", SCANS_MAX);
        longjmp(decoder->failed, 1);
    }
}

/* The first EXIF block counts. */
static unsigned orientation_of(j_decompress_ptr jpeg)
{
    static const uint8_t name[] = {'E', 'x', 'i', 'f', 0, 0};
    for (jpeg_saved_marker_ptr marker = jpeg->marker_list; marker != NULL; marker = marker->next) {
        const prom_span data = prom_span_of(marker->data, marker->data_length);
        if (begins_with(data, name, sizeof name)) {
            return prom_image_orientation(prom_span_of(data.data + sizeof name, data.length - sizeof name));
        }
    }
    return 0;
}

/* Colours of a row of inks, stored as 255 less their amount, as Adobe does and all others after it. */
static void colours_of_inks(uint8_t *colours, const uint8_t *inks, size_t width)
{
    enum { INKS = CHANNELS + 1 };
    for (size_t i = 0; i < width * CHANNELS; i++) {
        const unsigned white = inks[i / CHANNELS * INKS + CHANNELS];
        const unsigned ink = UINT8_MAX - inks[i / CHANNELS * INKS + i % CHANNELS];
        colours[i] = (uint8_t)(white - (ink * white + UINT8_MAX / 2) / UINT8_MAX);
    }
}

static prom_result read_rows(image_decoder *decoder, j_decompress_ptr jpeg)
{
    uint8_t *inks = NULL;
    if (jpeg->out_color_space == JCS_CMYK) {
        PROM_TRY_NEW(inks, decoder->arena, decoder->width * (CHANNELS + 1), decoder->error);
    }
    while (jpeg->output_scanline < jpeg->output_height) {
        uint8_t *colours = row_at(decoder, jpeg->output_scanline);
        JSAMPROW row = inks != NULL ? inks : colours;
        (void)jpeg_read_scanlines(jpeg, &row, 1);
        if (inks != NULL) {
            colours_of_inks(colours, inks, decoder->width);
        }
    }
    return prom_ok();
}

static prom_result read_jpeg(image_decoder *decoder, j_decompress_ptr jpeg, struct jpeg_progress_mgr *progress)
{
    jpeg_create_decompress(jpeg);
    jpeg->progress = progress;
    jpeg->mem->max_memory_to_use = JPEG_MEMORY_MAX;
    jpeg_mem_src(jpeg, decoder->file.data, decoder->file.length);
    jpeg_save_markers(jpeg, JPEG_APP0 + 1, UINT16_MAX);
    (void)jpeg_read_header(jpeg, TRUE);
    decoder->orientation = orientation_of(jpeg);
    PROM_TRY(new_pixels(decoder, jpeg->image_width, jpeg->image_height));
    const bool printed = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
    jpeg->out_color_space = printed ? JCS_CMYK : JCS_RGB;
    (void)jpeg_start_decompress(jpeg);
    PROM_TRY(read_rows(decoder, jpeg));
    (void)jpeg_finish_decompress(jpeg);
    return prom_ok();
}

static prom_result decode_jpeg(image_decoder *decoder)
{
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress = {.progress_monitor = jpeg_advanced};
    struct jpeg_decompress_struct jpeg = {.err = jpeg_std_error(&errors), .client_data = decoder};
    errors.error_exit = jpeg_failed;
    errors.emit_message = jpeg_warned;
    if (setjmp(decoder->failed) == 0) {
        decoder->result = read_jpeg(decoder, &jpeg, &progress);
    }
    jpeg_destroy_decompress(&jpeg);
    return decoder->result;
}

bool prom_image_begins(prom_span start)
{
    return is_png(start) || is_jpeg(start);
}

prom_result prom_image_decode(prom_arena *arena, prom_picture *picture, prom_span file, prom_error *error)
{
    image_decoder decoder = {.error = error, .arena = arena, .file = file, .reader = prom_reader_of(file)};
    *picture = (prom_picture){0};
    if (!prom_image_begins(file)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "this is neither a PNG nor a JPEG file: take it away, or convert it");
    }
    PROM_TRY(is_png(file) ? decode_png(&decoder) : decode_jpeg(&decoder));
    prom_picture decoded = {decoder.width, decoder.height, decoder.pixels};
    PROM_TRY(prom_image_turn(arena, &decoded, decoder.orientation, error));
    *picture = decoded;
    return prom_ok();
}
