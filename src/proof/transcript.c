#include "prometheus/proof/transcript.h"

#include <string.h>

#include "prometheus/crypto/hash.h"
#include "prometheus/proof/encoding.h"

typedef enum message_kind {
    KIND_BYTES = 1,
    KIND_NUMBERS,
    KIND_ELEMENTS,
    KIND_EXTENSIONS,
    KIND_EXTENSION_CHALLENGE,
    KIND_ELEMENT_CHALLENGE,
    KIND_INDEX_CHALLENGE
} message_kind;

static void begin(prom_hasher *hasher, const prom_transcript *transcript, message_kind kind, const char *label,
                  size_t count)
{
    const size_t length = strlen(label);
    prom_hasher_init(hasher, "prometheus/transcript");
    prom_hasher_add(hasher, prom_span_of32(&transcript->state));
    prom_hasher_add_number(hasher, (uint64_t)kind, 1);
    prom_hasher_add_number(hasher, length, 1);
    prom_hasher_add(hasher, prom_span_of((const uint8_t *)label, length));
    prom_hasher_add_number(hasher, count, 8);
}

static void end(prom_hasher *hasher, prom_transcript *transcript)
{
    prom_hasher_finish(hasher, &transcript->state);
}

void prom_transcript_init(prom_transcript *transcript, const char *protocol, uint64_t version)
{
    *transcript = (prom_transcript){{{0}}};
    prom_transcript_absorb_numbers(transcript, protocol, &version, 1);
}

void prom_transcript_absorb(prom_transcript *transcript, const char *label, prom_span bytes)
{
    prom_hasher hasher;
    begin(&hasher, transcript, KIND_BYTES, label, bytes.length);
    prom_hasher_add(&hasher, bytes);
    end(&hasher, transcript);
}

void prom_transcript_absorb_numbers(prom_transcript *transcript, const char *label, const uint64_t *numbers,
                                    size_t count)
{
    prom_hasher hasher;
    begin(&hasher, transcript, KIND_NUMBERS, label, count);
    for (size_t i = 0; i < count; i++) {
        prom_hasher_add_number(&hasher, numbers[i], 8);
    }
    end(&hasher, transcript);
}

void prom_transcript_absorb_elements(prom_transcript *transcript, const char *label, const prom_element *elements,
                                     size_t count)
{
    prom_hasher hasher;
    begin(&hasher, transcript, KIND_ELEMENTS, label, count);
    for (size_t i = 0; i < count; i++) {
        prom_hasher_add_number(&hasher, prom_element_value(elements[i]), PROM_ELEMENT_BYTES);
    }
    end(&hasher, transcript);
}

void prom_transcript_absorb_extensions(prom_transcript *transcript, const char *label, const prom_extension *elements,
                                       size_t count)
{
    prom_hasher hasher;
    begin(&hasher, transcript, KIND_EXTENSIONS, label, count);
    for (size_t i = 0; i < count * PROM_EXTENSION_DEGREE; i++) {
        const prom_element coefficient = elements[i / PROM_EXTENSION_DEGREE].coefficients[i % PROM_EXTENSION_DEGREE];
        prom_hasher_add_number(&hasher, prom_element_value(coefficient), PROM_ELEMENT_BYTES);
    }
    end(&hasher, transcript);
}

/* Words that hashes of the state and a counter give. */
typedef struct source {
    const prom_transcript *transcript;
    uint64_t counter;
    prom_bytes32 block;
    prom_reader reader;
} source;

static source begin_challenge(prom_transcript *transcript, message_kind kind, const char *label, size_t count)
{
    prom_hasher hasher;
    begin(&hasher, transcript, kind, label, count);
    end(&hasher, transcript);
    return (source){.transcript = transcript};
}

static uint32_t next_word(source *from)
{
    if (from->reader.left == 0) {
        prom_hasher hasher;
        prom_hasher_init(&hasher, "prometheus/transcript/challenge");
        prom_hasher_add(&hasher, prom_span_of32(&from->transcript->state));
        prom_hasher_add_number(&hasher, from->counter++, 8);
        prom_hasher_finish(&hasher, &from->block);
        from->reader = prom_reader_of(prom_span_of32(&from->block));
    }
    return prom_read_u32(&from->reader);
}

static prom_element next_element(source *from)
{
    uint32_t word = PROM_FIELD_PRIME;
    while (word >= PROM_FIELD_PRIME) {
        word = next_word(from) & 0x7fffffffU;
    }
    return prom_element_of(word);
}

prom_element prom_transcript_element(prom_transcript *transcript, const char *label)
{
    source from = begin_challenge(transcript, KIND_ELEMENT_CHALLENGE, label, 1);
    return next_element(&from);
}

prom_extension prom_transcript_extension(prom_transcript *transcript, const char *label)
{
    source from = begin_challenge(transcript, KIND_EXTENSION_CHALLENGE, label, 1);
    prom_extension challenge;
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        challenge.coefficients[i] = next_element(&from);
    }
    return challenge;
}

void prom_transcript_indices(prom_transcript *transcript, const char *label, uint32_t *indices, size_t count,
                             size_t bits)
{
    source from = begin_challenge(transcript, KIND_INDEX_CHALLENGE, label, count);
    for (size_t i = 0; i < count; i++) {
        indices[i] = (uint32_t)(next_word(&from) & ((UINT64_C(1) << bits) - 1));
    }
}
