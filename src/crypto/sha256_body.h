/* SHA-256's compression function (FIPS 180-4), written once over registers of LANES words. Each instruction set's file
 * defines what a register can do, and includes this: the type `lanes`, and
 *
 *   lanes_load, lanes_store, lanes_spread              memory, and one word in every lane
 *   lanes_add                                          modulo 2^32
 *   SHIFT, ROTATE                                      to the right; macros, where instructions hold the count
 *   lanes_xor                                          of three
 *   lanes_choose, lanes_majority                       Ch and Maj */
#ifndef CRYPTO_SHA256_BODY_H
#define CRYPTO_SHA256_BODY_H

#include "crypto/sha256.h"
#include "prometheus/crypto/hash_many.h"

enum { ROUNDS = 64 };

/* One round; its input is the word of the schedule plus the constant. */
static inline void step(lanes a, lanes b, lanes c, lanes *d, lanes e, lanes f, lanes g, lanes *h, lanes input)
{
    const lanes big_e = lanes_xor(ROTATE(e, 6), ROTATE(e, 11), ROTATE(e, 25));
    const lanes big_a = lanes_xor(ROTATE(a, 2), ROTATE(a, 13), ROTATE(a, 22));
    const lanes first = lanes_add(lanes_add(*h, input), lanes_add(big_e, lanes_choose(e, f, g)));
    *d = lanes_add(*d, first);
    *h = lanes_add(first, lanes_add(big_a, lanes_majority(a, b, c)));
}

static inline void eight_steps(lanes s[PROM_HASH_WORDS], const lanes schedule[PROM_HASH_WORDS])
{
    step(s[0], s[1], s[2], &s[3], s[4], s[5], s[6], &s[7], schedule[0]);
    step(s[7], s[0], s[1], &s[2], s[3], s[4], s[5], &s[6], schedule[1]);
    step(s[6], s[7], s[0], &s[1], s[2], s[3], s[4], &s[5], schedule[2]);
    step(s[5], s[6], s[7], &s[0], s[1], s[2], s[3], &s[4], schedule[3]);
    step(s[4], s[5], s[6], &s[7], s[0], s[1], s[2], &s[3], schedule[4]);
    step(s[3], s[4], s[5], &s[6], s[7], s[0], s[1], &s[2], schedule[5]);
    step(s[2], s[3], s[4], &s[5], s[6], s[7], s[0], &s[1], schedule[6]);
    step(s[1], s[2], s[3], &s[4], s[5], s[6], s[7], &s[0], schedule[7]);
}

static void compress(uint32_t *state, const uint32_t *const block[PROM_BLOCK_WORDS])
{
    lanes words[ROUNDS];
    lanes inputs[ROUNDS];
    lanes s[PROM_HASH_WORDS];
    for (size_t t = 0; t < ROUNDS; t++) {
        if (t < PROM_BLOCK_WORDS) {
            words[t] = lanes_load(block[t]);
        } else {
            const lanes early = words[t - 15];
            const lanes late = words[t - 2];
            const lanes small_early = lanes_xor(ROTATE(early, 7), ROTATE(early, 18), SHIFT(early, 3));
            const lanes small_late = lanes_xor(ROTATE(late, 17), ROTATE(late, 19), SHIFT(late, 10));
            words[t] = lanes_add(lanes_add(words[t - 16], words[t - 7]), lanes_add(small_early, small_late));
        }
        inputs[t] = lanes_add(words[t], lanes_spread(prom_sha256_constants[t]));
    }
    for (size_t i = 0; i < PROM_HASH_WORDS; i++) {
        s[i] = lanes_load(state + i * LANES);
    }
    for (size_t t = 0; t < ROUNDS; t += PROM_HASH_WORDS) {
        eight_steps(s, inputs + t);
    }
    for (size_t i = 0; i < PROM_HASH_WORDS; i++) {
        lanes_store(state + i * LANES, lanes_add(lanes_load(state + i * LANES), s[i]));
    }
}

#endif
