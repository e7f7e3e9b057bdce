/* A message of each kind, with values of no meaning: as JSON, for tests/vectors/wire/messages.json; or, where a folder
 * is named, as seeds of the fuzz target (fuzz_wire.c), in files of that folder, and with them a packet of each kind. */
#include "wire/packets.h"

#include "wire/body.h"

enum { KINDS_BEHIND = 2 }; /* of fuzz_wire.c */

static prom_span encoded(fixture *test, unsigned kind)
{
    uint64_t random = kind;
    prom_span body;
    prom_message *message = random_message(test, &random, (prom_message_kind)kind);
    if (kind == PROM_MESSAGE_NONCES || kind == PROM_MESSAGE_PARTIALS || kind == PROM_MESSAGE_TX0) {
        message->as.bytes.length = 99; /* of up to forty thousand */
    }
    assert_ok(prom_body_encode(&test->arena, &body, message, &test->error), &test->error);
    return body;
}

/* The fields of the message in a body or packet: what is behind the field's number and length. */
static prom_span fields_of(prom_span body)
{
    size_t at = 0;
    for (unsigned i = 0; i < 2; i++) {
        while (at < body.length && body.data[at] >= 0x80) {
            at++;
        }
        at++;
    }
    return prom_span_of(body.data + at, body.length - at);
}

static void write_seed(const char *folder, const char *name, unsigned kind, prom_span fields)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/wire.%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_not_equal(fputc((int)(kind + KINDS_BEHIND), file), EOF);
    assert_int_equal(fwrite(fields.data, 1, fields.length, file), fields.length);
    assert_int_equal(fclose(file), 0);
}

static void write_packets(fixture *test, const char *folder)
{
    struct named_packet packets[NAMED_PACKETS];
    make_named_packets(packets);
    for (size_t i = 0; i < NAMED_PACKETS; i++) {
        const prom_packet *packet = &packets[i].packet;
        write_seed(folder, packets[i].name, PROM_MESSAGE_KINDS + packet->kind, fields_of(encode(test, packet)));
    }
}

int main(int count, char **words)
{
    fixture test = {{0}, NULL, {{0}}};
    json_t *all = json_object();
    prom_arena_init(&test.arena, (size_t)1 << 28);
    for (unsigned kind = 0; kind < PROM_MESSAGE_KINDS; kind++) {
        if (!is_message_kind(kind)) {
            continue;
        }
        const prom_span body = encoded(&test, kind);
        char *hex = malloc(2 * body.length + 1);
        assert_non_null(hex);
        json_object_set_new(all, prom_message_name((prom_message_kind)kind),
                            json_string(prom_hex(hex, body.data, body.length)));
        if (count == 2) {
            write_seed(words[1], prom_message_name((prom_message_kind)kind), kind, fields_of(body));
        }
        free(hex);
    }
    if (count == 2) {
        write_packets(&test, words[1]);
    }
    const int written = count == 2 ? 0 : json_dumpf(all, stdout, JSON_INDENT(1));
    json_decref(all);
    prom_arena_free(&test.arena);
    return written == 0 ? 0 : 1;
}
