#include "wire/body.h"

#include "prometheus/channel/facts.h"
#include "wire/kinds.h"
#include "wire/messages.pb-c.h"
#include "wire/unpack.h"

/* What a body has beside its spans: the most is an echo with the echoes of nine arbiters. */
enum { FIXED_MAX = 4096 };

static size_t kind_max(uint32_t kind)
{
    return FIXED_MAX + prom_message_bytes_max((prom_message_kind)kind);
}

size_t prom_body_max(void)
{
    size_t max = 0;
    for (uint32_t kind = 0; kind < PROM_MESSAGE_KINDS; kind++) {
        max = kind_max(kind) > max ? kind_max(kind) : max;
    }
    return max;
}

static const ProtobufCFieldDescriptor *field_of(uint32_t kind)
{
    return prom_walk_of_kind(kind) == NULL
               ? NULL
               : protobuf_c_message_descriptor_get_field(&prometheus_wire__body__descriptor, kind);
}

prom_result prom_body_encode(prom_arena *arena, prom_span *body, const prom_message *message, prom_error *error)
{
    const ProtobufCFieldDescriptor *field = field_of((uint32_t)message->kind);
    struct walk walk = {.packs = true, .arena = arena};
    PrometheusWire__Body outer = PROMETHEUS_WIRE__BODY__INIT;
    prom_message walked = *message; /* the walk is the reader's too */
    ProtobufCMessage *inner = NULL;
    if (field == NULL) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a message of ours is of no kind");
    }
    PROM_TRY(prom_wire_new(arena, &inner, field->descriptor, error));
    prom_walk_of_kind((uint32_t)message->kind)(&walk, inner, &walked);
    PROM_TRY(prom_walk_over(&walk, error));
    outer.batch = message->batch;
    prom_wire_set_inner(&outer.base, field, inner);
    PROM_TRY(prom_wire_pack(arena, body, &outer.base, error));
    if (body->length > kind_max((uint32_t)message->kind)) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a %s of ours has %zu bytes, more than anybody takes",
                         prom_message_name(message->kind), body->length);
    }
    return prom_ok();
}

/* Finds the kind, without copying anything: a body holds one message. 0: one that we do not know. */
static prom_result find_kind(uint32_t *kind, prom_span body, prom_error *error)
{
    prom_reader reader = prom_reader_of(body);
    prom_wire_field field;
    size_t known = 0;
    *kind = 0;
    while (prom_wire_next(&reader, &field)) {
        if (field_of(field.number) != NULL) {
            *kind = field.number;
            known++;
        }
    }
    if (reader.failed || known > 1) {
        return prom_fail(error, PROM_CATEGORY_PEER, "a peer sent %zu bytes that are no message", body.length);
    }
    if (body.length > kind_max(*kind)) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "a peer sent a message '%s' of %zu bytes, of which none has more than %zu",
                         prom_message_name((prom_message_kind)*kind), body.length, kind_max(*kind));
    }
    return prom_ok();
}

prom_result prom_body_decode(prom_arena *arena, prom_message *message, prom_span body, bool lenient, prom_error *error)
{
    uint32_t kind = 0;
    ProtobufCMessage *outer = NULL;
    struct walk walk = {.arena = arena};
    *message = (prom_message){0};
    PROM_TRY(find_kind(&kind, body, error));
    if (kind == 0) {
        return lenient ? prom_ok()
                       : prom_fail(error, PROM_CATEGORY_PEER,
                                   "a peer sent a message of a kind that this version does not know, without having "
                                   "said that it may");
    }
    PROM_TRY(prom_wire_unpack(arena, &outer, &prometheus_wire__body__descriptor, body, lenient, error));
    const PrometheusWire__Body *it = (const PrometheusWire__Body *)(const void *)outer;
    ProtobufCMessage *inner =
        it->of_case == (PrometheusWire__Body__OfCase)kind ? prom_wire_inner(outer, field_of(kind)) : NULL;
    if (inner == NULL || it->batch > UINT16_MAX) {
        return prom_fail(error, PROM_CATEGORY_PEER, "a peer sent %zu bytes that are no message", body.length);
    }
    message->kind = (prom_message_kind)kind;
    message->batch = (uint16_t)it->batch;
    prom_walk_of_kind(kind)(&walk, inner, message);
    return prom_walk_over(&walk, error);
}
