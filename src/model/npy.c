#include "prometheus/model/npy.h"

#include <stdio.h>
#include <string.h>

#include "printable.h"

enum {
    VERSION_LENGTH = 2,
    ALIGNMENT = 64, /* of the data in the file */
};

static const char magic[] = "\x93NUMPY";
#define MAGIC_LENGTH (sizeof magic - 1)

static const struct {
    const char *descr;
    prom_dtype dtype;
} dtypes[] = {
    {"|i1", PROM_DTYPE_I8},  {"|u1", PROM_DTYPE_U8},  {"<i4", PROM_DTYPE_I32},
    {"<i8", PROM_DTYPE_I64}, {"<f4", PROM_DTYPE_F32}, {"<f8", PROM_DTYPE_F64},
};

/* What the header, a Python dictionary, says. */
typedef struct npy_header {
    bool has_descr;
    prom_span descr;
    bool has_fortran_order;
    bool fortran_order;
    bool has_shape;
    prom_shape shape;
} npy_header;

static bool text_is(prom_span span, const char *text)
{
    return prom_span_equal(span, prom_span_of((const uint8_t *)text, strlen(text)));
}

/* The next character, or 0 at the end. */
static uint8_t peek(const prom_reader *reader)
{
    return !reader->failed && reader->left > 0 ? reader->at[0] : 0;
}

static void skip_spaces(prom_reader *reader)
{
    while (peek(reader) == ' ' || peek(reader) == '\n') {
        (void)prom_read_u8(reader);
    }
}

/* Takes `character`, and the spaces around it, if it is next. */
static bool accept(prom_reader *reader, char character)
{
    skip_spaces(reader);
    if (peek(reader) != (uint8_t)character) {
        return false;
    }
    (void)prom_read_u8(reader);
    skip_spaces(reader);
    return true;
}

static void expect(prom_reader *reader, char character)
{
    reader->failed = !accept(reader, character) || reader->failed;
}

/* A Python string without escapes, in either kind of quotes. */
static prom_span read_string(prom_reader *reader)
{
    const char quote = peek(reader) == '"' ? '"' : '\'';
    expect(reader, quote);
    const uint8_t *start = reader->at;
    while (peek(reader) != (uint8_t)quote && peek(reader) != '\\' && peek(reader) != 0) {
        (void)prom_read_u8(reader);
    }
    const prom_span string = prom_span_of(start, (size_t)(reader->at - start));
    expect(reader, quote);
    return string;
}

static size_t read_size(prom_reader *reader)
{
    size_t value = 0;
    reader->failed = reader->failed || peek(reader) < '0' || peek(reader) > '9';
    while (peek(reader) >= '0' && peek(reader) <= '9') {
        const size_t digit = (size_t)(prom_read_u8(reader) - '0');
        if (value > (SIZE_MAX - digit) / 10) {
            reader->failed = true;
            return 0;
        }
        value = value * 10 + digit;
    }
    return value;
}

static bool read_bool(prom_reader *reader)
{
    const bool value = peek(reader) == 'T';
    const char *word = value ? "True" : "False";
    reader->failed = !text_is(prom_read_span(reader, strlen(word)), word) || reader->failed;
    return value;
}

/* A tuple of sizes: "()", "(3,)", "(3, 4)". */
static prom_shape read_shape(prom_reader *reader)
{
    prom_shape shape = {0};
    expect(reader, '(');
    while (!reader->failed && !accept(reader, ')')) {
        if (shape.rank == PROM_RANK_MOST) {
            reader->failed = true;
            return shape;
        }
        shape.sizes[shape.rank++] = read_size(reader);
        const bool comma = accept(reader, ',');
        /* (3) is a number in Python, not a tuple. */
        reader->failed = reader->failed || (!comma && (shape.rank == 1 || peek(reader) != ')'));
    }
    return shape;
}

/* One entry of the dictionary; a key that is unknown, or comes again, fails the reader. */
static void read_entry(prom_reader *reader, npy_header *header)
{
    const prom_span key = read_string(reader);
    expect(reader, ':');
    if (text_is(key, "descr") && !header->has_descr) {
        header->descr = read_string(reader);
        header->has_descr = true;
    } else if (text_is(key, "fortran_order") && !header->has_fortran_order) {
        header->fortran_order = read_bool(reader);
        header->has_fortran_order = true;
    } else if (text_is(key, "shape") && !header->has_shape) {
        header->shape = read_shape(reader);
        header->has_shape = true;
    } else {
        reader->failed = true;
    }
}

static prom_result read_header(npy_header *header, prom_span text, prom_error *error)
{
    prom_reader reader = prom_reader_of(text);
    *header = (npy_header){0};
    expect(&reader, '{');
    while (!reader.failed && !accept(&reader, '}')) {
        read_entry(&reader, header);
        if (!accept(&reader, ',') && peek(&reader) != '}') {
            reader.failed = true;
        }
    }
    skip_spaces(&reader);
    if (!prom_reader_done(&reader) || !header->has_descr || !header->has_fortran_order || !header->has_shape) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the .npy file's header is not understood: it must give descr (one plain type), fortran_order "
                         "and shape (at most %u dimensions), and nothing else",
                         PROM_RANK_MOST);
    }
    return prom_ok();
}

static prom_result find_dtype(prom_dtype *dtype, prom_span descr, prom_error *error)
{
    for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++) {
        if (text_is(descr, dtypes[i].descr)) {
            *dtype = dtypes[i].dtype;
            return prom_ok();
        }
    }
    char shown[16];
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "the .npy file holds elements of type '%s'; supported are little-endian int8 (|i1), uint8 (|u1), "
                     "int32 (<i4), int64 (<i8), float32 (<f4) and float64 (<f8): convert it with astype",
                     prom_printable(shown, sizeof shown, (const char *)descr.data, descr.length));
}

/* Little-endian elements to the machine's own; of whatever type, only their bits matter. */
static void copy_elements(uint8_t *to, prom_reader *reader, size_t count, size_t width)
{
    for (size_t i = 0; i < count; i++, to += width) {
        if (width == 8) {
            const uint64_t bits = prom_read_u64_le(reader);
            memcpy(to, &bits, sizeof bits);
        } else if (width == 4) {
            const uint32_t bits = prom_read_u32_le(reader);
            memcpy(to, &bits, sizeof bits);
        } else {
            *to = prom_read_u8(reader);
        }
    }
}

/* The text of the header, of a length that the version says how to read. */
static prom_result read_preamble(prom_span *text, prom_reader *reader, prom_error *error)
{
    if (!text_is(prom_read_span(reader, MAGIC_LENGTH), magic)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this is not a .npy file: it does not begin as one");
    }
    const uint8_t major = prom_read_u8(reader);
    const uint8_t minor = prom_read_u8(reader);
    if (!reader->failed && (major < 1 || major > 3 || minor != 0)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the .npy file has format version %d.%d; supported are 1.0, 2.0 and 3.0", major, minor);
    }
    *text = prom_read_span(reader, major == 1 ? prom_read_u16_le(reader) : prom_read_u32_le(reader));
    if (reader->failed) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the .npy file ends inside its header");
    }
    return prom_ok();
}

prom_result prom_npy_read(prom_arena *arena, prom_tensor *tensor, prom_span file, prom_error *error)
{
    *tensor = (prom_tensor){0};
    prom_reader reader = prom_reader_of(file);
    prom_span text = {0};
    npy_header header;
    prom_tensor read = {0};
    PROM_TRY(read_preamble(&text, &reader, error));
    PROM_TRY(read_header(&header, text, error));
    PROM_TRY(find_dtype(&read.dtype, header.descr, error));
    if (header.fortran_order) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the .npy file is in Fortran order: save numpy.ascontiguousarray of it");
    }
    const size_t width = prom_dtype_width(read.dtype);
    char shape[PROM_SHAPE_TEXT];
    read.shape = header.shape;
    if (!prom_shape_count(&read.count, &read.shape) || read.count * width != reader.left) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the .npy file holds %zu bytes of data, which is not what the shape %s of %s takes",
                         reader.left, prom_shape_text(shape, &read.shape), prom_dtype_name(read.dtype));
    }
    void *data = NULL;
    PROM_TRY(prom_arena_alloc(arena, &data, read.count, width, error));
    copy_elements(data, &reader, read.count, width);
    read.data = data;
    *tensor = read;
    return prom_ok();
}

/* The dictionary, without what pads it. */
static void write_dictionary(char *text, size_t size, const prom_tensor *tensor)
{
    const char *descr = "";
    for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++) {
        descr = dtypes[i].dtype == tensor->dtype ? dtypes[i].descr : descr;
    }
    int at = snprintf(text, size, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
    for (size_t i = 0; i < tensor->shape.rank; i++) {
        at += snprintf(text + at, size - (size_t)at, "%s%zu", i > 0 ? ", " : "", tensor->shape.sizes[i]);
    }
    (void)snprintf(text + at, size - (size_t)at, "%s), }", tensor->shape.rank == 1 ? "," : "");
}

static void write_elements(prom_writer *writer, const prom_tensor *tensor)
{
    const size_t width = prom_dtype_width(tensor->dtype);
    const uint8_t *from = tensor->data;
    for (size_t i = 0; i < tensor->count; i++, from += width) {
        if (width == 8) {
            uint64_t bits = 0;
            memcpy(&bits, from, sizeof bits);
            prom_write_u64_le(writer, bits);
        } else if (width == 4) {
            uint32_t bits = 0;
            memcpy(&bits, from, sizeof bits);
            prom_write_u32_le(writer, bits);
        } else {
            prom_write_u8(writer, *from);
        }
    }
}

prom_result prom_npy_write(prom_arena *arena, prom_span *file, const prom_tensor *tensor, prom_error *error)
{
    char dictionary[256]; /* 64 characters, and eight sizes of at most 22 */
    write_dictionary(dictionary, sizeof dictionary, tensor);
    const size_t before = MAGIC_LENGTH + VERSION_LENGTH + sizeof(uint16_t);
    const size_t total = (before + strlen(dictionary) + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    prom_writer writer = prom_writer_in(arena);
    prom_write_text(&writer, magic);
    prom_write_u8(&writer, 1);
    prom_write_u8(&writer, 0);
    prom_write_u16_le(&writer, (uint16_t)(total - before));
    prom_write_text(&writer, dictionary);
    for (size_t i = before + strlen(dictionary) + 1; i < total; i++) {
        prom_write_u8(&writer, ' ');
    }
    prom_write_u8(&writer, '\n');
    write_elements(&writer, tensor);
    return prom_writer_finish(&writer, file, error);
}
