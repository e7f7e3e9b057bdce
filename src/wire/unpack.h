/* A stranger's protobuf bytes as structures, with what they may cost kept bounded. */
#ifndef WIRE_UNPACK_H
#define WIRE_UNPACK_H

#include <protobuf-c/protobuf-c.h>

#include "prometheus/base/bytes.h"

/* One field of a message, as it stands in the bytes. */
typedef struct prom_wire_field {
    uint32_t number;
    bool is_bytes;   /* length-prefixed */
    prom_span bytes; /* then */
} prom_wire_field;

/* Reads the next field; false at the end, and when the reader has failed. */
bool prom_wire_next(prom_reader *reader, prom_wire_field *field);

/* Unpacks a message of this type into the arena. What its fields need may be a few times the bytes, no more.
 * `lenient`: fields that the type does not have are passed over; else they are a fault, in it and in the message that
 * it holds. PROM_CATEGORY_PEER on anything that cannot be unpacked. */
PROM_MUST_USE prom_result prom_wire_unpack(prom_arena *arena, ProtobufCMessage **message,
                                           const ProtobufCMessageDescriptor *type, prom_span bytes, bool lenient,
                                           prom_error *error);
/* Packs a message into the arena. */
PROM_MUST_USE prom_result prom_wire_pack(prom_arena *arena, prom_span *bytes, const ProtobufCMessage *message,
                                         prom_error *error);

/* Makes an empty message of this type. */
PROM_MUST_USE prom_result prom_wire_new(prom_arena *arena, ProtobufCMessage **message,
                                        const ProtobufCMessageDescriptor *type, prom_error *error);

/* The message that a field of `message` holds, a pointer to it: read, and set. */
ProtobufCMessage *prom_wire_inner(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);
void prom_wire_set_inner(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, ProtobufCMessage *inner);

#endif
