/* A search for a number that, behind a header, has a hash with many zero bits in front: a proof of work. README.md
 * describes item and result; SHA-256 is FIPS 180-4. */
#include "../prom.h"

#define HEADER_MAX 1024U /* bytes */
#define HASH 32U         /* bytes */
#define NUMBER 8U        /* bytes of the number that is searched */
#define BLOCK 64U        /* bytes */

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static const uint32_t initial[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static uint32_t turned(uint32_t word, unsigned bits)
{
    return word >> bits | word << (32 - bits);
}

/* Takes one block into a state. */
static void compress(uint32_t state[8], const uint8_t *block)
{
    uint32_t words[64];
    for (unsigned i = 0; i < 16; i++) {
        const uint8_t *bytes = block + (size_t)i * 4;
        words[i] = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    }
    for (unsigned i = 16; i < 64; i++) {
        uint32_t a = words[i - 15];
        uint32_t b = words[i - 2];
        words[i] = words[i - 16] + (turned(a, 7) ^ turned(a, 18) ^ a >> 3) + words[i - 7] +
                   (turned(b, 17) ^ turned(b, 19) ^ b >> 10);
    }
    uint32_t s[8];
    for (unsigned i = 0; i < 8; i++) {
        s[i] = state[i];
    }
    for (unsigned i = 0; i < 64; i++) {
        uint32_t t = s[7] + (turned(s[4], 6) ^ turned(s[4], 11) ^ turned(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) +
                     constants[i] + words[i];
        uint32_t u =
            (turned(s[0], 2) ^ turned(s[0], 13) ^ turned(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        s[7] = s[6];
        s[6] = s[5];
        s[5] = s[4];
        s[4] = s[3] + t;
        s[3] = s[2];
        s[2] = s[1];
        s[1] = s[0];
        s[0] = t + u;
    }
    for (unsigned i = 0; i < 8; i++) {
        state[i] += s[i];
    }
}

/* What is hashed: the header's whole blocks, in `state` once and for all, and the bytes behind them, padded. */
typedef struct message {
    uint32_t state[8];
    uint8_t rest[2 * BLOCK];
    uint32_t number_at; /* in `rest` */
    uint32_t blocks;    /* of `rest` */
} message;

static void begin(message *made, const uint8_t *header, uint32_t length)
{
    *made = (message){.number_at = length % BLOCK};
    for (unsigned i = 0; i < 8; i++) {
        made->state[i] = initial[i];
    }
    uint32_t whole = length / BLOCK;
    for (uint32_t i = 0; i < whole; i++) {
        compress(made->state, header + (size_t)i * BLOCK);
    }
    prom_write_bytes(made->rest, header + (size_t)whole * BLOCK, made->number_at);
    uint32_t end = made->number_at + NUMBER;
    made->rest[end] = 0x80;
    made->blocks = end + 9 <= BLOCK ? 1 : 2;
    uint64_t bits = ((uint64_t)length + NUMBER) * 8;
    for (uint32_t i = 0; i < 8; i++) {
        made->rest[made->blocks * BLOCK - 1 - i] = (uint8_t)(bits >> 8 * i);
    }
}

static void hash(uint32_t state[8], message *made, uint64_t number)
{
    for (uint32_t i = 0; i < NUMBER; i++) {
        made->rest[made->number_at + i] = (uint8_t)(number >> 8 * (NUMBER - 1 - i));
    }
    for (unsigned i = 0; i < 8; i++) {
        state[i] = made->state[i];
    }
    for (uint32_t i = 0; i < made->blocks; i++) {
        compress(state, made->rest + (size_t)i * BLOCK);
    }
}

static bool hits(const uint32_t state[8], uint32_t zeros)
{
    for (uint32_t i = 0; i < zeros / 32; i++) {
        if (state[i] != 0) {
            return false;
        }
    }
    return zeros % 32 == 0 || state[zeros / 32] >> (32 - zeros % 32) == 0;
}

static uint8_t digit_value(uint8_t digit)
{
    prom_require((digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f'));
    return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/* Reads bytes in hexadecimal digits, and returns how many. */
static uint32_t read_header(prom_bytes *line, uint8_t header[HEADER_MAX])
{
    uint32_t length = 0;
    for (; line->length >= 2 && line->at[0] != ' '; length++) {
        prom_require(length < HEADER_MAX);
        header[length] = (uint8_t)(digit_value(line->at[0]) << 4 | digit_value(line->at[1]));
        line->at += 2;
        line->length -= 2;
    }
    return length;
}

static prom_bytes write_hit(uint64_t number, const uint32_t state[8])
{
    uint8_t *result = prom_alloc(PROM_DECIMAL_MAX + 2 * HASH + 2);
    uint8_t *end = prom_write_decimal(result, number);
    *end++ = ' ';
    for (uint32_t i = 0; i < 2 * HASH; i++) {
        *end++ = (uint8_t) "0123456789abcdef"[state[i / 8] >> (28 - i % 8 * 4) & 15];
    }
    *end++ = '\n';
    return prom_result_of(result, end);
}

static prom_bytes map(prom_bytes item)
{
    uint8_t header[HEADER_MAX];
    uint32_t length = read_header(&item, header);
    prom_read_byte(&item, ' ');
    uint64_t zeros = prom_read_decimal(&item);
    prom_read_byte(&item, ' ');
    uint64_t first = prom_read_decimal(&item);
    prom_read_byte(&item, ' ');
    uint64_t count = prom_read_decimal(&item);
    if (item.length > 0) {
        prom_read_byte(&item, '\n');
    }
    prom_require(item.length == 0 && zeros <= 8 * HASH && count <= UINT64_MAX - first);
    message made;
    begin(&made, header, length);
    for (uint64_t number = first; number < first + count; number++) {
        uint32_t state[8];
        hash(state, &made, number);
        if (hits(state, (uint32_t)zeros)) {
            return write_hit(number, state);
        }
    }
    uint8_t *none = prom_alloc(5);
    return prom_result_of(none, prom_write_bytes(none, (const uint8_t *)"none\n", 5));
}
PROM_MAP(map)

/* The lower number wins, so that neither order nor grouping of the folds changes who does. */
static prom_bytes reduce(prom_bytes first, prom_bytes second)
{
    prom_require(first.length > 0 && second.length > 0);
    if (first.at[0] == 'n' || second.at[0] == 'n') {
        return first.at[0] == 'n' ? second : first;
    }
    prom_bytes left = first;
    prom_bytes right = second;
    return prom_read_decimal(&left) <= prom_read_decimal(&right) ? first : second;
}
PROM_REDUCE(reduce)
