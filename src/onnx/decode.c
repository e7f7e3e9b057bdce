#include "onnx/decode.h"

enum {
    DEPTH_MAX = 16,       /* of messages in messages: a network takes 7 */
    MEMORY_PER_BYTE = 24, /* honest files take 1 and a bit, and small ones full of names some more */
    MEMORY_MIN = 1 << 20,
};

static void *arena_alloc(void *context, size_t size)
{
    void *memory = NULL;
    return prom_is_ok(prom_arena_alloc(context, &memory, size, 1, NULL)) ? memory : NULL;
}

/* The arena frees all at once. That pieces are not reused also bounds the time: each copy that a file can provoke, such
 * as the merging of a message that comes again and again, costs new memory. */
static void arena_keep(void *context, void *memory)
{
    (void)context;
    (void)memory;
}

static prom_reader reader_within(prom_reader *reader)
{
    const uint64_t length = prom_read_varint(reader);
    return prom_reader_of(prom_read_span(reader, length <= reader->left ? (size_t)length : SIZE_MAX));
}

/* True when the message is well-formed as far as its fields' lengths, and no deeper than `depth`. The decoder recurses
 * without a limit of its own, and a type or a subgraph may hold another: without this a file of some hundred kilobytes
 * could exhaust the stack. */
/* NOLINTNEXTLINE(misc-no-recursion): this is what bounds the recursion */
static bool nests_within(prom_reader message, const ProtobufCMessageDescriptor *type, unsigned depth)
{
    while (!message.failed && message.left > 0) {
        const uint64_t tag = prom_read_varint(&message);
        if (tag > UINT32_MAX) {
            return false;
        }
        const uint32_t wire_type = tag & 7;
        if (wire_type == PROTOBUF_C_WIRE_TYPE_VARINT) {
            (void)prom_read_varint(&message);
        } else if (wire_type == PROTOBUF_C_WIRE_TYPE_64BIT) {
            (void)prom_read_u64(&message);
        } else if (wire_type == PROTOBUF_C_WIRE_TYPE_32BIT) {
            (void)prom_read_u32(&message);
        } else if (wire_type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED) {
            const prom_reader inner = reader_within(&message);
            const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(type, (unsigned)(tag >> 3));
            if (field != NULL && field->type == PROTOBUF_C_TYPE_MESSAGE &&
                (depth == 0 || !nests_within(inner, field->descriptor, depth - 1))) {
                return false;
            }
        } else { /* a group, or what does not exist */
            return false;
        }
    }
    return !message.failed;
}

prom_result prom_onnx_decode(prom_arena *arena, const PromOnnx__ModelProto **model, prom_span file, prom_error *error)
{
    *model = NULL;
    const size_t most = (SIZE_MAX - MEMORY_MIN) / MEMORY_PER_BYTE;
    prom_arena_init(arena, MEMORY_MIN + MEMORY_PER_BYTE * (file.length < most ? file.length : most));
    ProtobufCAllocator allocator = {arena_alloc, arena_keep, arena};
    if (nests_within(prom_reader_of(file), &prom_onnx__model_proto__descriptor, DEPTH_MAX)) {
        *model = prom_onnx__model_proto__unpack(&allocator, file.length, file.data);
    }
    if (*model == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "this is not an ONNX file, or it is cut off or damaged (%zu bytes)", file.length);
    }
    return prom_ok();
}

/* -- What else its length allows -- */

enum {
    ALLOWED_MIN = 1 << 20,
    FOLDED_PER_BYTE = 4,   /* of the file: what its computed constants may take */
    WEIGHTS_PER_BYTE = 16, /* and its weights: int8 become floats beside themselves, and some are shared */
};

/* per_byte * length, at most a quarter of what can be counted. */
static size_t multiplied(size_t length, size_t per_byte)
{
    const size_t most = SIZE_MAX / 4 / per_byte;
    return per_byte * (length < most ? length : most);
}

size_t prom_onnx_allowed_folded(size_t length)
{
    return ALLOWED_MIN + multiplied(length, FOLDED_PER_BYTE);
}

size_t prom_onnx_allowed_weights(size_t length)
{
    return ALLOWED_MIN + multiplied(length, WEIGHTS_PER_BYTE);
}

static void add_at_most(size_t *sum, size_t more)
{
    *sum = *sum > SIZE_MAX / 2 - more ? SIZE_MAX / 2 : *sum + more;
}

void prom_onnx_allow_more(prom_onnx_reader *reader, size_t length)
{
    add_at_most(&reader->folded->limit, multiplied(length, FOLDED_PER_BYTE));
    add_at_most(&reader->builder.weights_left, multiplied(length, WEIGHTS_PER_BYTE));
}
