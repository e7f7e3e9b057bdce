#include "prometheus/tensor/npy.h"

#include <stdio.h>
#include <string.h>

#include "base/printable.h"
#include "base/units.h"

/* NumPy pads the header to a multiple of 64 bytes, after room for a first size of 21 digits. For all that a prom_shape
 * can hold, of at most 8 sizes and 2^60 elements, that is 128. */
enum { HEADER_LENGTH = 128 };

static const char magic[] = "\x93NUMPY";
#define MAGIC_LENGTH (sizeof magic - 1)
#define PREAMBLE_MAX 12U /* of the file, before the header's text: the magic, the version, the text's length */

/* NumPy's letter and width for each type. */
static const char codes[][3] = {
    [PROM_DTYPE_BOOL] = "b1", [PROM_DTYPE_I8] = "i1",  [PROM_DTYPE_U8] = "u1",  [PROM_DTYPE_I16] = "i2",
    [PROM_DTYPE_U16] = "u2",  [PROM_DTYPE_I32] = "i4", [PROM_DTYPE_U32] = "u4", [PROM_DTYPE_I64] = "i8",
    [PROM_DTYPE_U64] = "u8",  [PROM_DTYPE_F16] = "f2", [PROM_DTYPE_F32] = "f4", [PROM_DTYPE_F64] = "f8",
};

/* NumPy's letters for what is no number here, and what to call it. */
static const struct {
    char letter;
    const char *name;
} refused[] = {
    {'O', "Python objects"},  {'S', "byte strings"},     {'U', "strings"}, {'V', "structures or raw bytes"},
    {'c', "complex numbers"}, {'m', "time differences"}, {'M', "dates"},
};

/* What the header, a Python dictionary, says. */
typedef struct npy_header {
    bool has_descr;
    bool structured;
    prom_span descr;
    bool big_endian;
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
        if (shape.rank == PROM_RANK_MAX) {
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
        header->structured = peek(reader) == '['; /* a list of fields; it fails as a string */
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
    if (header->structured) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the .npy file holds structures: save each of their fields as a file of its own");
    }
    if (!prom_reader_done(&reader) || !header->has_descr || !header->has_fortran_order || !header->has_shape) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the .npy file's header is not understood: it must give descr (one plain type), fortran_order "
                         "and shape (at most %u dimensions), and nothing else",
                         PROM_RANK_MAX);
    }
    return prom_ok();
}

/* "<f4": '<' for little-endian, '>' for big-endian or '|' for a single byte, then a code. */
static prom_result read_descr(prom_dtype *dtype, bool *big_endian, prom_span descr, prom_error *error)
{
    const uint8_t order = descr.length > 0 ? descr.data[0] : 0;
    const uint8_t letter = descr.length > 1 ? descr.data[1] : 0;
    const prom_span code = prom_span_of(descr.data + 1, descr.length > 0 ? descr.length - 1 : 0);
    *big_endian = order == '>';
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (text_is(code, codes[i]) && (order == '<' || order == '>' || (order == '|' && codes[i][1] == '1'))) {
            *dtype = (prom_dtype)i;
            return prom_ok();
        }
    }
    const char *name = "elements of an unknown type";
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        name = letter == (uint8_t)refused[i].letter ? refused[i].name : name;
    }
    char shown[16];
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "the .npy file holds %s ('%s'); supported are bool, int8 to int64, uint8 to uint64 and float16 to "
                     "float64: convert it with astype",
                     name, prom_printable(shown, sizeof shown, (const char *)descr.data, descr.length));
}

/* One element of the file to the machine's own; of whatever type, only its bits matter. */
static void copy_element(uint8_t *to, prom_span element, bool big_endian)
{
    prom_reader reader = prom_reader_of(element);
    if (element.length == 8) {
        const uint64_t bits = big_endian ? prom_read_u64(&reader) : prom_read_u64_le(&reader);
        memcpy(to, &bits, sizeof bits);
    } else if (element.length == 4) {
        const uint32_t bits = big_endian ? prom_read_u32(&reader) : prom_read_u32_le(&reader);
        memcpy(to, &bits, sizeof bits);
    } else if (element.length == 2) {
        const uint16_t bits = big_endian ? prom_read_u16(&reader) : prom_read_u16_le(&reader);
        memcpy(to, &bits, sizeof bits);
    } else {
        *to = prom_read_u8(&reader);
    }
}

/* All elements in row-major order, from a file that holds them so, or in Fortran order: the first index fastest. */
static void copy_elements(uint8_t *to, const prom_tensor *tensor, const uint8_t *from, const npy_header *header)
{
    const prom_shape *shape = &tensor->shape;
    const size_t width = prom_dtype_width(tensor->dtype);
    size_t strides[PROM_RANK_MAX] = {0}; /* in elements of the file */
    size_t index[PROM_RANK_MAX] = {0};
    size_t stride = 1;
    for (size_t i = 0; i < shape->rank; i++) {
        const size_t axis = header->fortran_order ? i : shape->rank - 1 - i;
        strides[axis] = stride;
        stride *= shape->sizes[axis];
    }
    size_t at = 0;
    for (size_t i = 0; i < tensor->count; i++) {
        copy_element(to + i * width, prom_span_of(from + at * width, width), header->big_endian);
        /* The next index, as an odometer counts. */
        size_t axis = shape->rank;
        while (axis > 0 && index[axis - 1] + 1 == shape->sizes[axis - 1]) {
            at -= index[axis - 1] * strides[axis - 1];
            index[axis - 1] = 0;
            axis--;
        }
        if (axis > 0) {
            index[axis - 1]++;
            at += strides[axis - 1];
        }
    }
}

static prom_result check_bools(const uint8_t *values, size_t count, prom_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (values[i] > 1) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "the .npy file's bool at position %zu is %d, which is neither 0 nor 1", i, values[i]);
        }
    }
    return prom_ok();
}

/* The text of the header, of a length that the version says how to read. */
static prom_result read_preamble(prom_span *text, prom_reader *reader, prom_error *error)
{
    if (reader->left >= 4 && memcmp(reader->at, "PK\3\4", 4) == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "this is an archive, as .npz, not a .npy file: save one of its arrays, with "
                         "numpy.save(\"x.npy\", numpy.load(\"x.npz\")[\"NAME\"])");
    }
    if (!text_is(prom_read_span(reader, MAGIC_LENGTH), magic)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this is not a .npy file: it does not begin as one");
    }
    const uint8_t major = prom_read_u8(reader);
    const uint8_t minor = prom_read_u8(reader);
    if (!reader->failed && (major < 1 || major > 3 || minor != 0)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the .npy file has format version %d.%d; supported are 1.0, 2.0 and 3.0", major, minor);
    }
    const uint32_t length = major == 1 ? prom_read_u16_le(reader) : prom_read_u32_le(reader);
    if (!reader->failed && length > PROM_NPY_HEAD_MAX - PREAMBLE_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the .npy file's header has %u bytes; %u is the most", length,
                         PROM_NPY_HEAD_MAX - PREAMBLE_MAX);
    }
    *text = prom_read_span(reader, length);
    if (reader->failed) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the .npy file ends inside its header");
    }
    return prom_ok();
}

/* All that stands before the elements: `read` has no data yet, and how many bytes they take goes to `bytes`, SIZE_MAX
 * where no file has as many. */
static prom_result read_front(prom_tensor *read, npy_header *header, size_t *bytes, prom_reader *reader,
                              prom_error *error)
{
    prom_span text = {0};
    *read = (prom_tensor){0};
    PROM_TRY(read_preamble(&text, reader, error));
    PROM_TRY(read_header(header, text, error));
    PROM_TRY(read_descr(&read->dtype, &header->big_endian, header->descr, error));
    read->shape = header->shape;
    *bytes = prom_shape_count(&read->count, &read->shape) ? read->count * prom_dtype_width(read->dtype) : SIZE_MAX;
    return prom_ok();
}

prom_result prom_npy_length(size_t *length, prom_span head, prom_error *error)
{
    prom_reader reader = prom_reader_of(head);
    prom_tensor described;
    npy_header header;
    size_t bytes = 0;
    PROM_TRY(read_front(&described, &header, &bytes, &reader, error));
    const size_t front = head.length - reader.left;
    *length = bytes < SIZE_MAX - front ? front + bytes : SIZE_MAX;
    return prom_ok();
}

prom_result prom_npy_read(prom_arena *arena, prom_tensor *tensor, prom_span file, prom_error *error)
{
    *tensor = (prom_tensor){0};
    prom_reader reader = prom_reader_of(file);
    npy_header header;
    prom_tensor read;
    size_t bytes = 0;
    char shape[PROM_SHAPE_TEXT];
    char held[PROM_UNITS];
    PROM_TRY(read_front(&read, &header, &bytes, &reader, error));
    if (bytes != reader.left || bytes == SIZE_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the .npy file holds %s of data, which is not what the shape %s of %s takes",
                         prom_units_count(held, reader.left, "byte"), prom_shape_text(shape, &read.shape),
                         prom_dtype_name(read.dtype));
    }
    void *data = NULL;
    PROM_TRY(prom_arena_alloc(arena, &data, read.count, prom_dtype_width(read.dtype), error));
    copy_elements(data, &read, reader.at, &header);
    if (read.dtype == PROM_DTYPE_BOOL) {
        PROM_TRY(check_bools(data, read.count, error));
    }
    read.data = data;
    *tensor = read;
    return prom_ok();
}

/* The dictionary, without what pads it. */
static void write_dictionary(char *text, size_t size, const prom_tensor *tensor)
{
    const char *order = prom_dtype_width(tensor->dtype) == 1 ? "|" : "<";
    int at = snprintf(text, size, "{'descr': '%s%s', 'fortran_order': False, 'shape': (", order, codes[tensor->dtype]);
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
        } else if (width == 2) {
            uint16_t bits = 0;
            memcpy(&bits, from, sizeof bits);
            prom_write_u16_le(writer, bits);
        } else {
            prom_write_u8(writer, *from);
        }
    }
}

prom_result prom_npy_write(prom_arena *arena, prom_span *file, const prom_tensor *tensor, prom_error *error)
{
    char dictionary[HEADER_LENGTH];
    size_t count = 0;
    if (!prom_shape_count(&count, &tensor->shape) || count != tensor->count) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a tensor's shape and its count of elements differ");
    }
    write_dictionary(dictionary, sizeof dictionary, tensor);
    prom_writer writer = prom_writer_in(arena);
    prom_write_text(&writer, magic);
    prom_write_u8(&writer, 1);
    prom_write_u8(&writer, 0);
    prom_write_u16_le(&writer, (uint16_t)(HEADER_LENGTH - MAGIC_LENGTH - 2 - sizeof(uint16_t)));
    prom_write_text(&writer, dictionary);
    while (!writer.failed && writer.length < HEADER_LENGTH - 1) {
        prom_write_u8(&writer, ' ');
    }
    prom_write_u8(&writer, '\n');
    write_elements(&writer, tensor);
    return prom_writer_finish(&writer, file, error);
}
