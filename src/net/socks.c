#include "net/socks.h"

#include <stdio.h>
#include <string.h>

#include "prometheus/crypto/hash.h"

enum {
    VERSION = 5,
    NO_METHOD = 0xff,
    WITHOUT = 0,
    BY_PASSWORD = 2,
    PASSWORD_VERSION = 1, /* RFC 1929 */
    CONNECT = 1,
    TO_IPV4 = 1,
    TO_NAME = 3,
    TO_IPV6 = 4,
    REPLY_HEAD = 5, /* up to the first byte of the address, which may be the length of a name */
};

/* What the next answer is to. */
enum { STAGE_METHOD, STAGE_PASSWORD, STAGE_REPLY_HEAD, STAGE_REPLY_REST };

static const char *const refusals[] = {
    [1] = "the proxy has failed",
    [2] = "the proxy's rules do not allow it",
    [3] = "the proxy does not reach the network",
    [4] = "the proxy does not reach the host",
    [5] = "nobody listens there, says the proxy",
    [6] = "the proxy has given up: it took too long",
    [7] = "the proxy opens no connections",
    [8] = "the proxy does not know this kind of address",
};

static void put(prom_socks *socks, const void *bytes, size_t length)
{
    memcpy(socks->out + socks->out_length, bytes, length);
    socks->out_length += length;
}

static void put_byte(prom_socks *socks, unsigned byte)
{
    const uint8_t value = (uint8_t)byte;
    put(socks, &value, 1);
}

static void put_text(prom_socks *socks, const char *text)
{
    put_byte(socks, (unsigned)strlen(text));
    put(socks, text, strlen(text));
}

static void expect(prom_socks *socks, unsigned stage, size_t wanted)
{
    socks->stage = stage;
    socks->wanted = wanted;
}

void prom_socks_begin(prom_socks *socks, const prom_endpoint *to, const prom_bytes32 *isolation)
{
    char hex[PROM_HEX32];
    prom_address address;
    prom_hasher hasher;
    prom_bytes32 hash;
    *socks = (prom_socks){.to = *to};
    prom_endpoint_write(&address, to);
    prom_hasher_init(&hasher, "prometheus/proxy");
    prom_hasher_add(&hasher, prom_span_of32(isolation));
    prom_hasher_add(&hasher, prom_span_of(address.bytes, address.length));
    prom_hasher_finish(&hasher, &hash);
    (void)prom_hex32(hex, &hash);
    (void)snprintf(socks->user, sizeof socks->user, "%.32s", hex);
    (void)snprintf(socks->password, sizeof socks->password, "%.32s", hex + 32);
    const uint8_t greeting[] = {VERSION, 2, WITHOUT, BY_PASSWORD};
    put(socks, greeting, sizeof greeting);
    expect(socks, STAGE_METHOD, 2);
}

size_t prom_socks_wanted(const prom_socks *socks)
{
    return socks->wanted - socks->in_length;
}

const char *prom_socks_failure(const prom_socks *socks)
{
    return socks->failure;
}

static prom_socks_state fail(prom_socks *socks, const char *why)
{
    socks->failure = why;
    return PROM_SOCKS_FAILED;
}

/* Names are looked up by the proxy, and here by nobody. */
static prom_socks_state ask_for_way(prom_socks *socks)
{
    const uint8_t port[2] = {(uint8_t)(socks->to.port >> 8), (uint8_t)socks->to.port};
    const uint8_t head[] = {VERSION, CONNECT, 0};
    put(socks, head, sizeof head);
    switch (socks->to.kind) {
    case PROM_ENDPOINT_IPV4:
        put_byte(socks, TO_IPV4);
        put(socks, socks->to.ip, 4);
        break;
    case PROM_ENDPOINT_IPV6:
        put_byte(socks, TO_IPV6);
        put(socks, socks->to.ip, 16);
        break;
    case PROM_ENDPOINT_NAME:
    case PROM_ENDPOINT_ONION:
        put_byte(socks, TO_NAME);
        put_text(socks, socks->to.host);
        break;
    case PROM_ENDPOINT_UNIX:
        return fail(socks, "a path is nothing that a proxy leads to");
    }
    put(socks, port, sizeof port);
    expect(socks, STAGE_REPLY_HEAD, REPLY_HEAD);
    return PROM_SOCKS_MORE;
}

static prom_socks_state take_method(prom_socks *socks, const uint8_t *in)
{
    if (in[0] != VERSION) {
        return fail(socks, "the proxy does not speak SOCKS5");
    }
    if (in[1] == WITHOUT) {
        return ask_for_way(socks);
    }
    if (in[1] != BY_PASSWORD) {
        return fail(socks, in[1] == NO_METHOD ? "the proxy lets nobody in without more than a password"
                                              : "the proxy chose what it was not offered");
    }
    put_byte(socks, PASSWORD_VERSION);
    put_text(socks, socks->user);
    put_text(socks, socks->password);
    expect(socks, STAGE_PASSWORD, 2);
    return PROM_SOCKS_MORE;
}

static prom_socks_state take_password(prom_socks *socks, const uint8_t *in)
{
    return in[0] == PASSWORD_VERSION && in[1] == 0 ? ask_for_way(socks)
                                                   : fail(socks, "the proxy does not take any password");
}

static prom_socks_state take_reply_head(prom_socks *socks, const uint8_t *in)
{
    static const char unknown[] = "the proxy answers what SOCKS5 does not know";
    size_t address = 0;
    if (in[0] != VERSION || in[2] != 0) {
        return fail(socks, "the proxy does not speak SOCKS5");
    }
    if (in[1] != 0) {
        return fail(socks, in[1] < sizeof refusals / sizeof refusals[0] ? refusals[in[1]] : unknown);
    }
    if (in[3] == TO_IPV4) {
        address = 4 - 1;
    } else if (in[3] == TO_IPV6) {
        address = 16 - 1;
    } else if (in[3] == TO_NAME) {
        address = in[4];
    } else {
        return fail(socks, unknown);
    }
    expect(socks, STAGE_REPLY_REST, address + 2);
    return PROM_SOCKS_MORE;
}

prom_socks_state prom_socks_take(prom_socks *socks, prom_span bytes)
{
    if (bytes.length > prom_socks_wanted(socks)) {
        return fail(socks, "more was read than the proxy was asked for");
    }
    if (bytes.length > 0) {
        memcpy(socks->in + socks->in_length, bytes.data, bytes.length);
        socks->in_length += bytes.length;
    }
    if (socks->in_length < socks->wanted) {
        return PROM_SOCKS_MORE;
    }
    socks->in_length = 0;
    socks->out_length = socks->out_sent = 0;
    switch (socks->stage) {
    case STAGE_METHOD:
        return take_method(socks, socks->in);
    case STAGE_PASSWORD:
        return take_password(socks, socks->in);
    case STAGE_REPLY_HEAD:
        return take_reply_head(socks, socks->in);
    default:
        socks->wanted = 0;
        return PROM_SOCKS_DONE;
    }
}
