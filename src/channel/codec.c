#include "channel/codec.h"

#include <string.h>

struct codec prom_codec_writer(prom_arena *arena)
{
    return (struct codec){.writes = true, .arena = arena, .writer = prom_writer_in(arena)};
}

struct codec prom_codec_reader(prom_arena *arena, prom_span bytes)
{
    return (struct codec){.arena = arena, .reader = prom_reader_of(bytes)};
}

bool prom_codec_failed(const struct codec *codec)
{
    return codec->writes ? codec->writer.failed : codec->reader.failed;
}

void prom_codec_must(struct codec *codec, bool holds)
{
    codec->writer.failed = codec->writer.failed || !holds;
    codec->reader.failed = codec->reader.failed || !holds;
}

void *prom_codec_room(struct codec *codec, size_t count, size_t size)
{
    void *room = NULL;
    if (!prom_codec_failed(codec)) {
        codec->starved = !prom_is_ok(prom_arena_alloc(codec->arena, &room, count, size, NULL));
        prom_codec_must(codec, !codec->starved);
    }
    return room;
}

prom_result prom_codec_written(const struct codec *codec, prom_span *bytes, prom_error *error)
{
    const prom_result result = prom_writer_finish(&codec->writer, bytes, error);
    if (codec->starved || prom_is_ok(result) || result.category == PROM_CATEGORY_MEMORY) {
        return codec->starved ? prom_fail(error, PROM_CATEGORY_MEMORY, "there is no memory for a channel's bytes")
                              : result;
    }
    return prom_fail(error, PROM_CATEGORY_BROKEN, "what a channel holds in memory cannot be: a value is out of range");
}

prom_result prom_codec_read(const struct codec *codec, prom_error *error)
{
    if (codec->starved) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "there is no memory for what a channel has on disk");
    }
    if (!prom_reader_done(&codec->reader)) {
        return prom_fail(error, PROM_CATEGORY_BROKEN,
                         "the bytes of a channel on disk are none that this version has written");
    }
    return prom_ok();
}

/* NOLINTBEGIN(bugprone-macro-parentheses): a type */
#define CODE_NUMBER(width, type)                                                                                       \
    void prom_code_##width(struct codec *codec, type *value)                                                           \
    {                                                                                                                  \
        if (codec->writes) {                                                                                           \
            prom_write_##width(&codec->writer, *value);                                                                \
        } else {                                                                                                       \
            *value = prom_read_##width(&codec->reader);                                                                \
        }                                                                                                              \
    }
CODE_NUMBER(u8, uint8_t)
CODE_NUMBER(u16, uint16_t)
CODE_NUMBER(u32, uint32_t)
CODE_NUMBER(u64, uint64_t)
/* NOLINTEND(bugprone-macro-parentheses) */

void prom_code_u8_up_to(struct codec *codec, uint8_t *value, uint8_t max)
{
    prom_code_u8(codec, value);
    prom_codec_must(codec, *value <= max);
    *value = *value <= max ? *value : 0; /* whoever goes on with it stays within */
}

void prom_code_u16_up_to(struct codec *codec, uint16_t *value, uint16_t max)
{
    prom_code_u16(codec, value);
    prom_codec_must(codec, *value <= max);
    *value = *value <= max ? *value : 0;
}

void prom_code_bool(struct codec *codec, bool *value)
{
    uint8_t number = *value ? 1 : 0;
    prom_code_u8_up_to(codec, &number, 1);
    *value = number == 1;
}

void prom_code_count(struct codec *codec, size_t *count, uint16_t max)
{
    prom_codec_must(codec, *count <= max || !codec->writes);
    uint16_t number = *count <= max ? (uint16_t)*count : 0;
    prom_code_u16_up_to(codec, &number, max);
    *count = number;
}

unsigned prom_code_enum(struct codec *codec, unsigned value, unsigned count)
{
    uint8_t number = (uint8_t)value;
    prom_codec_must(codec, !codec->writes || value < count);
    prom_code_u8_up_to(codec, &number, (uint8_t)(count - 1));
    return number;
}

void prom_code_bytes(struct codec *codec, uint8_t *bytes, size_t length)
{
    if (codec->writes) {
        prom_write_span(&codec->writer, prom_span_of(bytes, length));
        return;
    }
    const prom_span read = prom_read_span(&codec->reader, length);
    if (read.length > 0) {
        memcpy(bytes, read.data, read.length);
    }
}

void prom_code_bytes32(struct codec *codec, prom_bytes32 *value)
{
    prom_code_bytes(codec, value->bytes, sizeof value->bytes);
}

void prom_code_signature(struct codec *codec, prom_signature *signature)
{
    prom_code_bytes(codec, signature->bytes, sizeof signature->bytes);
}

void prom_code_outpoint(struct codec *codec, prom_outpoint *outpoint)
{
    prom_code_bytes32(codec, &outpoint->txid);
    prom_code_u32(codec, &outpoint->index);
}

void prom_code_text(struct codec *codec, char *text, uint8_t size)
{
    const size_t written = codec->writes ? strnlen(text, size) : 0;
    prom_codec_must(codec, written < size);
    uint8_t length = written < size ? (uint8_t)written : 0;
    prom_code_u8_up_to(codec, &length, (uint8_t)(size - 1));
    if (codec->writes) {
        prom_write_span(&codec->writer, prom_span_of((const uint8_t *)text, length));
        return;
    }
    const prom_span read = prom_read_span(&codec->reader, length);
    memset(text, 0, size);
    if (read.length > 0) {
        memcpy(text, read.data, read.length);
        prom_codec_must(codec, memchr(text, '\0', read.length) == NULL);
    }
}

void prom_code_span(struct codec *codec, prom_span *bytes)
{
    prom_codec_must(codec, bytes->length <= UINT32_MAX || !codec->writes);
    uint32_t length = (uint32_t)bytes->length;
    prom_code_u32(codec, &length);
    if (codec->writes) {
        prom_write_span(&codec->writer, *bytes);
    } else {
        *bytes = prom_read_span(&codec->reader, length);
    }
}

void prom_code_kept_span(struct codec *codec, prom_span *bytes)
{
    prom_span read = *bytes;
    prom_code_span(codec, &read);
    if (!codec->writes && !prom_codec_failed(codec)) {
        codec->starved = !prom_is_ok(prom_span_copy(codec->arena, bytes, read, NULL));
        prom_codec_must(codec, !codec->starved);
    }
}

void prom_code_address(struct codec *codec, prom_address *address)
{
    prom_code_u8(codec, &address->length);
    prom_code_bytes(codec, address->bytes, address->length);
}

void prom_code_attestation(struct codec *codec, prom_attestation *statement)
{
    prom_span bytes = {0};
    if (codec->writes && !prom_codec_failed(codec)) {
        const prom_result result = prom_attestation_write(codec->arena, &bytes, statement, NULL);
        codec->starved = codec->starved || result.category == PROM_CATEGORY_MEMORY;
        prom_codec_must(codec, prom_is_ok(result));
    }
    prom_code_span(codec, &bytes);
    /* Written ones are read too: what is on disk can be loaded again. */
    prom_attestation read = {0};
    const prom_result result = prom_attestation_read(&read, bytes, NULL);
    prom_codec_must(codec, prom_is_ok(result));
    if (!codec->writes) {
        *statement = read;
    }
}

void prom_code_each_attestation(struct codec *codec, prom_attestation *list, size_t count)
{
    for (size_t i = 0; i < count && !prom_codec_failed(codec); i++) {
        prom_code_attestation(codec, &list[i]);
    }
}

void prom_code_attestations(struct codec *codec, prom_attestation *list, size_t *count, uint8_t max)
{
    prom_code_count(codec, count, max);
    prom_code_each_attestation(codec, list, *count);
}

void prom_code_spend(struct codec *codec, prom_spend *spend)
{
    prom_code_bool(codec, &spend->there);
    prom_code_u32(codec, &spend->height);
    prom_code_bytes32(codec, &spend->txid);
    prom_code_u32(codec, &spend->tx);
}
