/* The transcript of a proof, which takes the place of a verifier that draws challenges (Fiat and Shamir, 1986): every
 * challenge is a hash of all that was said before it.
 *
 * The state is 32 bytes. Absorbing replaces it by the tagged hash `prometheus/transcript` of
 *
 *   state (32) || kind (1) || length of the label (1) || label || count (8) || data
 *
 * where kind tells bytes (1), numbers (2), elements (3), elements of the extension (4) and the three sorts of
 * challenges (5: elements of the extension, 6: elements, 7: indices) apart, and count is that of bytes or of elements;
 * so no two histories have the same encoding. A challenge absorbs its own label and count first, with no data, and is
 * then read from the words of the tagged hashes `prometheus/transcript/challenge` of
 *
 *   state (32) || counter (8), for the counters 0, 1, 2, ...
 *
 * eight words of 32 bits each, big-endian. A word without its highest bit is a coefficient of a challenge when it is
 * below p and is passed over otherwise, so that all elements are equally likely.
 *
 * Labels are string constants of up to 255 characters. All numbers are big-endian. */
#ifndef PROMETHEUS_PROOF_TRANSCRIPT_H
#define PROMETHEUS_PROOF_TRANSCRIPT_H

#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/field/element.h"

PROM_DECLARATIONS_BEGIN

typedef struct prom_transcript {
    prom_bytes32 state;
} prom_transcript;

/* Begins with the name of the protocol and its version, both part of all that follows. */
void prom_transcript_init(prom_transcript *transcript, const char *protocol, uint64_t version);

/* Absorbs bytes, numbers, or elements of the field or of the extension under a label: part of all that follows. */
void prom_transcript_absorb(prom_transcript *transcript, const char *label, prom_span bytes);
void prom_transcript_absorb_numbers(prom_transcript *transcript, const char *label, const uint64_t *numbers,
                                    size_t count);
void prom_transcript_absorb_elements(prom_transcript *transcript, const char *label, const prom_element *elements,
                                     size_t count);
void prom_transcript_absorb_extensions(prom_transcript *transcript, const char *label, const prom_extension *elements,
                                       size_t count);

/* Returns a challenge, drawn from all that was absorbed before: an element of the field, or of the extension. */
prom_element prom_transcript_element(prom_transcript *transcript, const char *label);
prom_extension prom_transcript_extension(prom_transcript *transcript, const char *label);
/* Draws `count` numbers below 2^bits, independent of each other, so that some may be equal; bits is at most 32. */
void prom_transcript_indices(prom_transcript *transcript, const char *label, uint32_t *indices, size_t count,
                             size_t bits);

PROM_DECLARATIONS_END

#endif
