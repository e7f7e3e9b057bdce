/* One walk over the fields of a protobuf structure, for packing them and for unpacking them; as of facts (channel).
 * What is unpacked points into the structure's memory. */
#ifndef WIRE_FIELDS_H
#define WIRE_FIELDS_H

#include <protobuf-c/protobuf-c.h>

#include "prometheus/channel/facts.h"
#include "prometheus/channel/message.h"

struct walk {
    bool packs;
    bool failed;
    bool starved;
    prom_arena *arena;
};

/* PROM_CATEGORY_PEER after an unpacking that failed; PROM_CATEGORY_BROKEN after a packing. */
PROM_MUST_USE prom_result prom_walk_over(const struct walk *walk, prom_error *error);
void prom_walk_must(struct walk *walk, bool holds);

void prom_walk_u8(struct walk *walk, uint32_t *field, uint8_t *value);
void prom_walk_u32(struct walk *walk, uint32_t *field, uint32_t *value);
void prom_walk_u64(struct walk *walk, uint64_t *field, uint64_t *value);
/* Worker or verifier. */
void prom_walk_role(struct walk *walk, uint32_t *field, prom_role *role);
void prom_walk_span(struct walk *walk, ProtobufCBinaryData *field, prom_span *value);
/* Exactly so many bytes. */
void prom_walk_bytes(struct walk *walk, ProtobufCBinaryData *field, uint8_t *bytes, size_t length);
void prom_walk_bytes32(struct walk *walk, ProtobufCBinaryData *field, prom_bytes32 *value);
void prom_walk_signature(struct walk *walk, ProtobufCBinaryData *field, prom_signature *signature);
void prom_walk_address(struct walk *walk, ProtobufCBinaryData *field, prom_address *address);
void prom_walk_node(struct walk *walk, ProtobufCBinaryData *field, prom_node_word *node);
void prom_walk_outpoint(struct walk *walk, ProtobufCBinaryData *field, prom_outpoint *outpoint);
void prom_walk_attestation(struct walk *walk, ProtobufCBinaryData *field, prom_attestation *statement);
void prom_walk_party_terms(struct walk *walk, ProtobufCBinaryData *field, prom_party_terms *terms);
void prom_walk_arbiter_terms(struct walk *walk, ProtobufCBinaryData *field, prom_arbiter_terms *terms);
void prom_walk_announcement(struct walk *walk, ProtobufCBinaryData *field, prom_announcement *announcement);

/* A list of `max` things at most: makes room for them when packing. Returns how many there are, 0 when there are too
 * many. */
size_t prom_walk_list(struct walk *walk, size_t *field_count, ProtobufCBinaryData **fields, size_t count, size_t max);
/* The same of a list of bytes, whose items are copied or pointed to as those of prom_walk_span. */
void prom_walk_spans(struct walk *walk, size_t *field_count, ProtobufCBinaryData **fields, prom_span_list *list,
                     size_t max);

#endif
