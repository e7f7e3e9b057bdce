#include "wire/unpack.h"

#include <string.h>

enum {
    MEMORY_PER_BYTE = 8, /* honest messages take one and a bit; lists of many short things the most */
    MEMORY_MIN = 1 << 13,
};

bool prom_wire_next(prom_reader *reader, prom_wire_field *field)
{
    if (reader->failed || reader->left == 0) {
        return false;
    }
    const uint64_t tag = prom_read_varint(reader);
    *field = (prom_wire_field){.number = (uint32_t)(tag >> 3)};
    reader->failed = reader->failed || tag > UINT32_MAX || field->number == 0;
    const uint32_t type = tag & 7;
    if (type == PROTOBUF_C_WIRE_TYPE_VARINT) {
        (void)prom_read_varint(reader);
    } else if (type == PROTOBUF_C_WIRE_TYPE_64BIT) {
        (void)prom_read_span(reader, 8);
    } else if (type == PROTOBUF_C_WIRE_TYPE_32BIT) {
        (void)prom_read_span(reader, 4);
    } else if (type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED) {
        const uint64_t length = prom_read_varint(reader);
        field->is_bytes = true;
        field->bytes = prom_read_span(reader, length <= reader->left ? (size_t)length : SIZE_MAX);
    } else { /* a group, or what does not exist */
        reader->failed = true;
    }
    return !reader->failed;
}

/* Memory for one message. The arena frees all at once: that pieces are not reused bounds the time, too. */
struct budget {
    prom_arena *arena;
    size_t left;
    bool starved; /* the arena had no more, whatever the message is */
};

static void *budget_alloc(void *context, size_t size)
{
    struct budget *budget = context;
    void *memory = NULL;
    if (size > budget->left) {
        return NULL;
    }
    budget->left -= size;
    budget->starved = !prom_is_ok(prom_arena_alloc(budget->arena, &memory, size, 1, NULL)) || budget->starved;
    return memory;
}

static void budget_keep(void *context, void *memory)
{
    (void)context;
    (void)memory;
}

ProtobufCMessage *prom_wire_inner(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    ProtobufCMessage *inner = NULL;
    memcpy(&inner, (const uint8_t *)message + field->offset, sizeof inner);
    return inner;
}

void prom_wire_set_inner(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, ProtobufCMessage *inner)
{
    const uint32_t which = field->id; /* which of them it is stands beside it */
    memcpy((uint8_t *)message + field->offset, &inner, sizeof inner);
    memcpy((uint8_t *)message + field->quantifier_offset, &which, sizeof which);
}

/* Whether every field is known, also in what the message holds: no type here holds more than that. */
static bool is_all_known(const ProtobufCMessage *message)
{
    bool known = message->n_unknown_fields == 0;
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        uint32_t which = 0;
        if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
            memcpy(&which, (const uint8_t *)message + field->quantifier_offset, sizeof which);
        }
        if (which != 0 && which == field->id) {
            known = known && prom_wire_inner(message, field)->n_unknown_fields == 0;
        }
    }
    return known;
}

prom_result prom_wire_unpack(prom_arena *arena, ProtobufCMessage **message, const ProtobufCMessageDescriptor *type,
                             prom_span bytes, bool lenient, prom_error *error)
{
    struct budget budget = {arena, MEMORY_MIN + MEMORY_PER_BYTE * bytes.length, false};
    ProtobufCAllocator allocator = {budget_alloc, budget_keep, &budget};
    *message = protobuf_c_message_unpack(type, &allocator, bytes.length, bytes.data);
    if (budget.starved) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "there is no memory for a peer's message of %zu bytes",
                         bytes.length);
    }
    if (*message == NULL) {
        return prom_fail(error, PROM_CATEGORY_PEER, "a peer sent %zu bytes that are no message", bytes.length);
    }
    if (!lenient && !is_all_known(*message)) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "a peer sent a field that this version does not know, without having said that it may");
    }
    return prom_ok();
}

prom_result prom_wire_pack(prom_arena *arena, prom_span *bytes, const ProtobufCMessage *message, prom_error *error)
{
    void *memory = NULL;
    const size_t length = protobuf_c_message_get_packed_size(message);
    PROM_TRY(prom_arena_alloc(arena, &memory, length, 1, error));
    *bytes = prom_span_of(memory, protobuf_c_message_pack(message, memory));
    return prom_ok();
}

prom_result prom_wire_new(prom_arena *arena, ProtobufCMessage **message, const ProtobufCMessageDescriptor *type,
                          prom_error *error)
{
    void *memory = NULL;
    PROM_TRY(prom_arena_alloc(arena, &memory, 1, type->sizeof_message, error));
    protobuf_c_message_init(type, memory);
    *message = memory;
    return prom_ok();
}
