/* What strangers write before there is a link: an address, and the answers of a proxy. The first byte chooses. */
#include <string.h>

#include "fuzz.h"
#include "net/address.h"
#include "net/socks.h"

static void try_address(const uint8_t *data, size_t length)
{
    prom_address address = {.length = (uint8_t)length};
    prom_address written;
    prom_endpoint endpoint;
    prom_endpoint again;
    prom_error error = {{0}};
    memcpy(address.bytes, data, length);
    const prom_result read = prom_endpoint_read(&endpoint, &address, &error);
    if (!prom_is_ok(read)) {
        must_be_refusal(read, &error);
        return;
    }
    prom_endpoint_write(&written, &endpoint);
    must(prom_is_ok(prom_endpoint_read(&again, &written, &error)));
    must(again.kind == endpoint.kind && again.port == endpoint.port);
    must(memcmp(again.ip, endpoint.ip, sizeof again.ip) == 0);
    must(!prom_endpoint_is_public(&endpoint) || endpoint.kind != PROM_ENDPOINT_UNIX);
}

static void try_proxy(const uint8_t *data, size_t length)
{
    const prom_endpoint to = {.kind = PROM_ENDPOINT_NAME, .host = "node.example", .port = 1};
    const prom_bytes32 isolation = {{0}};
    prom_socks socks;
    prom_socks_state state = PROM_SOCKS_MORE;
    prom_socks_begin(&socks, &to, &isolation);
    for (size_t at = 0; at < length && state == PROM_SOCKS_MORE;) {
        const size_t wanted = prom_socks_wanted(&socks);
        must(wanted > 0 && wanted <= PROM_SOCKS_BYTES_MAX);
        const size_t some = wanted < length - at ? wanted : length - at;
        state = prom_socks_take(&socks, prom_span_of(data + at, some));
        must(socks.out_length <= sizeof socks.out);
        at += some;
    }
    must(state != PROM_SOCKS_FAILED || prom_socks_failure(&socks) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    if (length == 0) {
        return 0;
    }
    if (data[0] % 2 == 0 && length - 1 <= PROM_ADDRESS_MAX) {
        try_address(data + 1, length - 1);
    } else {
        try_proxy(data + 1, length - 1);
    }
    return 0;
}
