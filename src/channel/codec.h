/* One walk over the fields of a structure, for writing them and for reading them: so no field can be in the one and
 * not in the other, or in another order. The walk fails once and stays failed, as the reader and the writer below it.
 */
#ifndef CHANNEL_CODEC_H
#define CHANNEL_CODEC_H

#include "prometheus/channel/facts.h"

struct codec {
    bool writes;
    uint8_t version;    /* of the layout that is read, or written */
    bool starved;       /* memory was not there */
    prom_arena *arena;  /* where bytes are written, and where what was read lies */
    prom_writer writer; /* writes */
    prom_reader reader; /* reads */
};

struct codec prom_codec_writer(prom_arena *arena);
/* A reader copies to the arena what it keeps. */
struct codec prom_codec_reader(prom_arena *arena, prom_span bytes);
/* Ends a walk: PROM_CATEGORY_BROKEN when a field was out of range or bytes are left over. */
PROM_MUST_USE prom_result prom_codec_written(const struct codec *codec, prom_span *bytes, prom_error *error);
PROM_MUST_USE prom_result prom_codec_read(const struct codec *codec, prom_error *error);

bool prom_codec_failed(const struct codec *codec);
/* Fails the walk where something does not hold. */
void prom_codec_must(struct codec *codec, bool holds);
/* Returns zeroed memory in the arena for so many things that are read; NULL when there is none, which fails the walk,
 * and when it has failed before. */
void *prom_codec_room(struct codec *codec, size_t count, size_t size);

void prom_code_u8(struct codec *codec, uint8_t *value);
void prom_code_u16(struct codec *codec, uint16_t *value);
void prom_code_u32(struct codec *codec, uint32_t *value);
void prom_code_u64(struct codec *codec, uint64_t *value);
void prom_code_bool(struct codec *codec, bool *value);
/* Numbers of at most `max`, below 2^8 and below 2^16. */
void prom_code_u8_up_to(struct codec *codec, uint8_t *value, uint8_t max);
void prom_code_u16_up_to(struct codec *codec, uint16_t *value, uint16_t max);
void prom_code_count(struct codec *codec, size_t *count, uint16_t max);
/* Returns the value of an enum with `count` values; used by CODE_ENUM. */
unsigned prom_code_enum(struct codec *codec, unsigned value, unsigned count);
#define CODE_ENUM(codec, field, count) ((field) = prom_code_enum((codec), (field), (count)))

/* So many bytes; 32; a signature; an outpoint; a text with its end, in `size` bytes. */
void prom_code_bytes(struct codec *codec, uint8_t *bytes, size_t length);
void prom_code_bytes32(struct codec *codec, prom_bytes32 *value);
void prom_code_signature(struct codec *codec, prom_signature *signature);
void prom_code_outpoint(struct codec *codec, prom_outpoint *outpoint);
void prom_code_text(struct codec *codec, char *text, uint8_t size);
/* Bytes with their number (u32); what is read points into the codec's own bytes. */
void prom_code_span(struct codec *codec, prom_span *bytes);
/* The same; what is read is copied. */
void prom_code_kept_span(struct codec *codec, prom_span *bytes);
void prom_code_address(struct codec *codec, prom_address *address);
void prom_code_attestation(struct codec *codec, prom_attestation *statement);
void prom_code_each_attestation(struct codec *codec, prom_attestation *list, size_t count);
/* A list whose number is at most `max`. */
void prom_code_attestations(struct codec *codec, prom_attestation *list, size_t *count, uint8_t max);
void prom_code_spend(struct codec *codec, prom_spend *spend);

/* The parts of facts, each by its walk (facts_setup.c, facts_batch.c). */
void prom_code_setup(struct codec *codec, prom_setup_session *setup);
void prom_code_money(struct codec *codec, prom_money *money);
void prom_code_evidence(struct codec *codec, prom_evidence_facts *evidence);
void prom_code_arbitration(struct codec *codec, prom_arbitration *arbitration);

#endif
