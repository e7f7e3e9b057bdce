/* A node as far as discovery goes: the directory over a real prom-dht, for tests/functional/test_dht.py.
 *
 *   tool.discovery PROM_DHT BOOTSTRAP_PORT NAME [work]
 *
 * It follows workers for one P; with "work" it is one, with a key made of its name. Prints {"up":PORT}, {"down":WHY},
 * {"node":KEY,"taken":N,"address":TEXT} for each value that comes; ends with its input. */
#include <poll.h>
#include <unistd.h>

#include "discovery/crowd.h"
#include "discovery/dht.h"
#include "system/clock.h"

enum { TURN_MS = 100 };

struct seeker {
    fixture test;
    prom_dht *dht;
    prom_directory *directory;
};

static void on_value(void *context, const prom_dht_key *key, prom_span value)
{
    struct seeker *seeker = context;
    prom_pointer pointer;
    char node[PROM_HEX32];
    (void)key;
    const prom_taken taken = prom_directory_take(seeker->directory, value, &by_dht, HEIGHT);
    if (taken == PROM_TAKEN_REFUSED || !prom_is_ok(prom_pointer_read(&pointer, value, NULL))) {
        (void)printf("{\"refused\":%zu}\n", value.length);
    } else {
        (void)printf("{\"node\":\"%s\",\"taken\":%d,\"address\":\"%.*s\"}\n", prom_hex32(node, &pointer.node),
                     (int)taken, (int)pointer.addresses[0].length, (const char *)pointer.addresses[0].data);
    }
    (void)fflush(stdout);
}

static void on_change(void *context, const char *reason)
{
    const struct seeker *seeker = context;
    if (reason == NULL) {
        (void)printf("{\"up\":%u}\n", prom_dht_status_of(seeker->dht).port);
    } else {
        (void)printf("{\"down\":\"%s\"}\n", reason);
    }
    (void)fflush(stdout);
}

static void open_seeker(struct seeker *seeker, char **words)
{
    static const prom_bytes32 blinding = {{1}};
    prom_dht_options options = {.bootstraps = {{.name = "127.0.0.1"}}};
    const prom_dht_events events = {seeker, on_value, on_change};
    const prom_bytes32 genesis = named("genesis", 0);
    const prom_bytes32 P = named("P", 0);
    prom_error *error = &seeker->test.error;
    prom_bytes32 place;
    prom_arena_init(&seeker->test.arena, (size_t)1 << 24);
    assert_ok(prom_curve_new(&seeker->test.arena, &seeker->test.curve, &blinding, error), error);
    (void)snprintf(options.program, sizeof options.program, "%s", words[1]);
    options.network = prom_dht_network_of(&genesis);
    options.bootstraps[0].port = (uint16_t)strtoul(words[2], NULL, 10);
    options.bootstrap_count = options.bootstraps[0].port != 0;
    seeker->directory = directory_of(&seeker->test, true);
    assert_ok(prom_dht_new(&seeker->dht, &options, &events, error), error);
    prom_pointer_place(&place, &genesis, &P, PROM_ROLE_WORKER);
    const prom_dht_key key = prom_dht_key_of(&place);
    assert_ok(prom_dht_listen(seeker->dht, &key, error), error);
    if (words[4] != NULL) {
        char address[64];
        (void)snprintf(address, sizeof address, "%s.example:7067", words[3]);
        const prom_pointer pointer = pointer_of(&seeker->test, words[3], 0, address);
        assert_ok(prom_dht_put(seeker->dht, &key, pointer_bytes(&seeker->test, &pointer), error), error);
    }
}

int main(int count, char **words)
{
    struct seeker seeker = {.dht = NULL};
    char byte;
    if (count < 4) {
        return 2;
    }
    open_seeker(&seeker, words);
    bool open = true;
    while (open) {
        struct pollfd watched[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                   {.fd = prom_dht_descriptor(seeker.dht), .events = POLLIN}};
        prom_dht_turn(seeker.dht, prom_clock_milliseconds());
        (void)poll(watched, 2, TURN_MS);
        open = watched[0].revents == 0 || read(STDIN_FILENO, &byte, 1) == 1;
    }
    prom_dht_free(seeker.dht);
    prom_arena_free(&seeker.test.arena);
    return 0;
}
