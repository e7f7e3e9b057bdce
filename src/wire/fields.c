#include "wire/fields.h"

#include <string.h>

void prom_walk_must(struct walk *walk, bool holds)
{
    walk->failed = walk->failed || !holds;
}

static void starve(struct walk *walk, prom_result result)
{
    walk->starved = walk->starved || result.category == PROM_CATEGORY_MEMORY;
    prom_walk_must(walk, prom_is_ok(result));
}

prom_result prom_walk_over(const struct walk *walk, prom_error *error)
{
    if (walk->starved) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "there is no memory for a message");
    }
    if (walk->failed) {
        return walk->packs ? prom_fail(error, PROM_CATEGORY_BROKEN, "a message of ours has a value out of range")
                           : prom_fail(error, PROM_CATEGORY_PEER, "a peer sent a message with a field that cannot be");
    }
    return prom_ok();
}

void prom_walk_u8(struct walk *walk, uint32_t *field, uint8_t *value)
{
    if (walk->packs) {
        *field = *value;
        return;
    }
    prom_walk_must(walk, *field <= UINT8_MAX);
    *value = (uint8_t)*field;
}

void prom_walk_u32(struct walk *walk, uint32_t *field, uint32_t *value)
{
    if (walk->packs) {
        *field = *value;
    } else {
        *value = *field;
    }
}

void prom_walk_u64(struct walk *walk, uint64_t *field, uint64_t *value)
{
    if (walk->packs) {
        *field = *value;
    } else {
        *value = *field;
    }
}

void prom_walk_role(struct walk *walk, uint32_t *field, prom_role *role)
{
    uint8_t number = (uint8_t)*role;
    prom_walk_u8(walk, field, &number);
    prom_walk_must(walk, number == PROM_ROLE_WORKER || number == PROM_ROLE_VERIFIER);
    *role = number == PROM_ROLE_WORKER ? PROM_ROLE_WORKER : PROM_ROLE_VERIFIER;
}

static void pack_span(ProtobufCBinaryData *field, prom_span value)
{
    field->len = value.length;
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): protobuf-c has no const, and does not write to what it packs */
    field->data = (uint8_t *)(uintptr_t)value.data;
}

void prom_walk_span(struct walk *walk, ProtobufCBinaryData *field, prom_span *value)
{
    if (walk->packs) {
        pack_span(field, *value);
    } else {
        *value = prom_span_of(field->data, field->len);
    }
}

void prom_walk_bytes(struct walk *walk, ProtobufCBinaryData *field, uint8_t *bytes, size_t length)
{
    if (walk->packs) {
        pack_span(field, prom_span_of(bytes, length));
        return;
    }
    prom_walk_must(walk, field->len == length);
    if (field->len == length) {
        memcpy(bytes, field->data, length);
    }
}

void prom_walk_bytes32(struct walk *walk, ProtobufCBinaryData *field, prom_bytes32 *value)
{
    prom_walk_bytes(walk, field, value->bytes, sizeof value->bytes);
}

void prom_walk_signature(struct walk *walk, ProtobufCBinaryData *field, prom_signature *signature)
{
    prom_walk_bytes(walk, field, signature->bytes, sizeof signature->bytes);
}

void prom_walk_address(struct walk *walk, ProtobufCBinaryData *field, prom_address *address)
{
    if (walk->packs) {
        pack_span(field, prom_span_of(address->bytes, address->length));
        return;
    }
    prom_walk_must(walk, field->len <= sizeof address->bytes);
    if (field->len > 0 && field->len <= sizeof address->bytes) {
        address->length = (uint8_t)field->len;
        memcpy(address->bytes, field->data, field->len);
    }
}

/* -- What has a canonical layout -- */

static void pack_written(struct walk *walk, ProtobufCBinaryData *field, const prom_writer *writer)
{
    prom_span bytes = {0};
    starve(walk, prom_writer_finish(writer, &bytes, NULL));
    pack_span(field, bytes);
}

static prom_reader reader_of(const ProtobufCBinaryData *field)
{
    return prom_reader_of(prom_span_of(field->data, field->len));
}

void prom_walk_node(struct walk *walk, ProtobufCBinaryData *field, prom_node_word *node)
{
    if (walk->packs) {
        prom_writer writer = prom_writer_in(walk->arena);
        prom_write_bytes32(&writer, &node->key);
        prom_write_span(&writer, prom_span_of(node->signature.bytes, sizeof node->signature.bytes));
        pack_written(walk, field, &writer);
        return;
    }
    prom_reader reader = reader_of(field);
    node->key = prom_read_bytes32(&reader);
    const prom_span signature = prom_read_span(&reader, sizeof node->signature.bytes);
    prom_walk_must(walk, prom_reader_done(&reader));
    if (!reader.failed) {
        memcpy(node->signature.bytes, signature.data, signature.length);
    }
}

void prom_walk_outpoint(struct walk *walk, ProtobufCBinaryData *field, prom_outpoint *outpoint)
{
    if (walk->packs) {
        prom_writer writer = prom_writer_in(walk->arena);
        prom_write_bytes32(&writer, &outpoint->txid);
        prom_write_u32(&writer, outpoint->index);
        pack_written(walk, field, &writer);
        return;
    }
    prom_reader reader = reader_of(field);
    outpoint->txid = prom_read_bytes32(&reader);
    outpoint->index = prom_read_u32(&reader);
    prom_walk_must(walk, prom_reader_done(&reader));
}

void prom_walk_attestation(struct walk *walk, ProtobufCBinaryData *field, prom_attestation *statement)
{
    prom_span bytes = {0};
    if (walk->packs) {
        starve(walk, prom_attestation_write(walk->arena, &bytes, statement, NULL));
        pack_span(field, bytes);
        return;
    }
    starve(walk, prom_attestation_read(statement, prom_span_of(field->data, field->len), NULL));
}

void prom_walk_party_terms(struct walk *walk, ProtobufCBinaryData *field, prom_party_terms *terms)
{
    if (walk->packs) {
        prom_writer writer = prom_writer_in(walk->arena);
        prom_party_terms_write(&writer, terms);
        pack_written(walk, field, &writer);
        return;
    }
    prom_reader reader = reader_of(field);
    prom_party_terms_read(&reader, terms);
    prom_walk_must(walk, prom_reader_done(&reader));
}

void prom_walk_arbiter_terms(struct walk *walk, ProtobufCBinaryData *field, prom_arbiter_terms *terms)
{
    if (walk->packs) {
        prom_writer writer = prom_writer_in(walk->arena);
        prom_arbiter_terms_write(&writer, terms);
        pack_written(walk, field, &writer);
        return;
    }
    prom_reader reader = reader_of(field);
    prom_arbiter_terms_read(&reader, terms);
    prom_walk_must(walk, prom_reader_done(&reader));
}

void prom_walk_announcement(struct walk *walk, ProtobufCBinaryData *field, prom_announcement *announcement)
{
    prom_span bytes = {0};
    if (walk->packs) {
        starve(walk, prom_announcement_write(walk->arena, &bytes, announcement, NULL));
        pack_span(field, bytes);
        return;
    }
    starve(walk, prom_announcement_read(announcement, prom_span_of(field->data, field->len), NULL));
}

size_t prom_walk_list(struct walk *walk, size_t *field_count, ProtobufCBinaryData **fields, size_t count, size_t max)
{
    if (walk->packs) {
        void *memory = NULL;
        starve(walk, prom_arena_alloc(walk->arena, &memory, count, sizeof **fields, NULL));
        *fields = memory;
        *field_count = memory == NULL ? 0 : count;
    }
    prom_walk_must(walk, *field_count <= max);
    return *field_count <= max ? *field_count : 0;
}

void prom_walk_spans(struct walk *walk, size_t *field_count, ProtobufCBinaryData **fields, prom_span_list *list,
                     size_t max)
{
    const size_t count = prom_walk_list(walk, field_count, fields, list->count, max);
    if (walk->packs) {
        for (size_t i = 0; i < count; i++) {
            prom_span item = list->items[i];
            prom_walk_span(walk, &(*fields)[i], &item);
        }
        return;
    }
    void *memory = NULL;
    walk->starved = !prom_is_ok(prom_arena_alloc(walk->arena, &memory, count, sizeof *list->items, NULL));
    prom_span *items = memory;
    list->items = items;
    list->count = walk->starved ? 0 : count;
    for (size_t i = 0; items != NULL && i < list->count; i++) {
        items[i] = prom_span_of(NULL, 0);
        prom_walk_span(walk, &(*fields)[i], &items[i]);
    }
}
