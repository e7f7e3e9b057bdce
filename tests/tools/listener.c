/* Somebody who listens at an address, as a node does, and takes part in nothing: what envelopes hold goes to standard
 * output as it comes, and nothing is acknowledged. Ends with its standard input. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/net.h"
#include "prometheus/contract/parameters.h"
#include "system/random.h"

static void up(void *context, uint64_t link, const prom_hello *hello)
{
    (void)context;
    (void)link;
    (void)hello;
}

static void down(void *context, uint64_t link, const char *reason)
{
    (void)context;
    (void)link;
    (void)reason;
}

static void unreached(void *context, const prom_address *address, const prom_bytes32 *node, const char *reason)
{
    (void)context;
    (void)address;
    (void)node;
    (void)reason;
}

static void take_envelope(void *context, uint64_t link, const prom_envelope *envelope)
{
    (void)context;
    (void)link;
    (void)fwrite(envelope->body.data, 1, envelope->body.length, stdout);
    (void)fflush(stdout);
}

static bool begin(void *context, uint64_t link, const prom_begin *begin, prom_begun *begun, prom_quote_reason *why)
{
    (void)context;
    (void)link;
    (void)begin;
    (void)begun;
    (void)why;
    return false;
}

static void begun(void *context, uint64_t link, const prom_begun *begun)
{
    (void)context;
    (void)link;
    (void)begun;
}

static void room(void *context, uint64_t link)
{
    (void)context;
    (void)link;
}

static bool serve(void *context, const prom_bytes32 *node, const prom_fetch *fetch, prom_net_served *served)
{
    (void)context;
    (void)node;
    (void)fetch;
    (void)served;
    return false;
}

static prom_result listen_until_the_end(const prom_net_options *options, const char *at, prom_error *error)
{
    const prom_net_events events = {.up = up,
                                    .down = down,
                                    .unreached = unreached,
                                    .envelope = take_envelope,
                                    .begin = begin,
                                    .begun = begun,
                                    .room = room,
                                    .serve = serve};
    prom_address address = {.length = (uint8_t)strlen(at)};
    prom_net *net = NULL;
    memcpy(address.bytes, at, address.length);
    PROM_TRY(prom_net_new(&net, options, &events, error));
    prom_result result = prom_net_listen(net, &address, error);
    struct pollfd ends[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = prom_net_descriptor(net), .events = POLLIN}};
    while (prom_is_ok(result) && ends[0].revents == 0) {
        (void)poll(ends, 2, 100);
        result = prom_net_poll(net, 0, error);
    }
    prom_net_free(net);
    return result;
}

int main(int argc, char **argv)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_bytes32 random = prom_random_bytes32();
    prom_net_options options = {.limits = prom_net_limits_usual()};
    prom_curve *curve = NULL;
    prom_error error = {{0}};
    prom_key key;
    if (argc != 2 || strlen(argv[1]) > PROM_ADDRESS_MAX) {
        (void)fprintf(stderr, "usage: tool.listener ADDRESS\n");
        return 2;
    }
    prom_arena_init(&arena, (size_t)1 << 24);
    prom_result result = prom_curve_new(&arena, &curve, &random, &error);
    result = prom_is_ok(result) ? prom_key_from_secret(curve, &key, &random, &error) : result;
    options.curve = curve;
    options.key = &key;
    options.genesis = prom_chain_parameters_by_name("regtest")->genesis;
    result = prom_is_ok(result) ? listen_until_the_end(&options, argv[1], &error) : result;
    if (!prom_is_ok(result)) {
        (void)fprintf(stderr, "listener: %s\n", error.sentence);
        return 1;
    }
    return 0;
}
