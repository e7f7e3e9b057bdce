/* A peer that tells lies of who is there, to a node that asks it: for tests/functional/test_hostile.py.
 *
 *   tool.gossip ADDRESS P TIP   dials, waits to be asked who works for P (a txid) at this height, and answers: "NAME
 *                               left" or "NAME taken" says whether the node has left the link then, a line for each
 *                               of `lies` */
#include "hostile.h"

enum { PATIENCE_MS = 60000, POINTERS = PROM_POINTERS_MAX };

struct liar {
    fixture *test;
    struct to to;
    prom_bytes32 p_txid;
    uint32_t tip;
};

/* Says who is at `address` and has the key "NAME 0", signed. */
static prom_pointer pointer_at(const struct liar *liar, const char *name, size_t number, const char *address)
{
    prom_pointer pointer = pointer_of(liar->test, name, number, address);
    const prom_key key = named_key(liar->test, name, number);
    pointer.genesis = prom_chain_parameters_by_name("regtest")->genesis;
    pointer.p_txid = liar->p_txid;
    pointer.issued_at = liar->tip;
    pointer.expires_at = liar->tip + 100;
    sign_pointer(liar->test, &pointer, &key);
    return pointer;
}

static void sign_again(const struct liar *liar, prom_pointer *pointer, const char *name)
{
    const prom_key key = named_key(liar->test, name, 0);
    sign_pointer(liar->test, pointer, &key);
}

/* Where the first is what it should be, `change` makes a lie of it. */
static void be_true(const struct liar *liar, prom_pointer *pointer)
{
    (void)liar;
    (void)pointer;
}

static void steal(const struct liar *liar, prom_pointer *pointer)
{
    (void)liar;
    pointer->addresses[0] = span_of_text("66.6.0.1:666"); /* what its node signed leads elsewhere now */
}

static void forge(const struct liar *liar, prom_pointer *pointer)
{
    sign_again(liar, pointer, "another");
}

static void replay(const struct liar *liar, prom_pointer *pointer)
{
    pointer->issued_at = liar->tip - 90;
    pointer->expires_at = liar->tip - 10;
    sign_again(liar, pointer, "replayed");
}

static void hurry(const struct liar *liar, prom_pointer *pointer)
{
    pointer->issued_at = liar->tip + 100;
    pointer->expires_at = liar->tip + 200;
    sign_again(liar, pointer, "early");
}

static void leave_chain(const struct liar *liar, prom_pointer *pointer)
{
    pointer->genesis = named("genesis", 0);
    sign_again(liar, pointer, "elsewhere");
}

static void leave_topic(const struct liar *liar, prom_pointer *pointer)
{
    pointer->p_txid = named("another P", 0);
    sign_again(liar, pointer, "of-another-p");
}

static const struct lie {
    const char *name; /* of the node that it is about */
    void (*change)(const struct liar *liar, prom_pointer *pointer);
} lies[] = {
    {"true", be_true},
    {"stolen", steal},
    {"forged", forge},
    {"replayed", replay},
    {"early", hurry},
    {"elsewhere", leave_chain},
    {"of-another-p", leave_topic},
};

/* -- Links -- */

/* Until a packet of this kind has come, of this P where it is a question. False: the node has left, or says nothing. */
static bool wait_for(const struct liar *liar, struct peer *peer, prom_packet *packet, prom_packet_kind kind)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const int64_t end = prom_clock_milliseconds() + PATIENCE_MS;
    prom_arena_init(&arena, (size_t)1 << 24);
    while (peer->stage == PEER_OPEN && prom_clock_milliseconds() < end) {
        struct pollfd watched = {.fd = peer->descriptor, .events = POLLIN};
        peer_write(peer);
        if (peer->stage == PEER_OPEN) {
            (void)poll(&watched, 1, 50);
            peer_read(peer, true);
        }
        while (peer->stage == PEER_OPEN && peer_hear(peer, &arena, packet)) {
            if (packet->kind == kind && (kind != PROM_PACKET_GET_POINTERS ||
                                         prom_bytes32_equal(&packet->as.get_pointers.p_txid, &liar->p_txid))) {
                return true;
            }
        }
    }
    return false;
}

static void greet(struct liar *liar, struct peer *peer)
{
    assert_true(peer_reach(&liar->to, peer, "liar"));
    const prom_packet hello = peer_hello(&liar->to, peer, PROM_LINK_DIALER);
    assert_true(peer_say(peer, &hello));
}

/* Whether it stays, told by whether it answers. */
static void tell_end(struct liar *liar, struct peer *peer, const char *name)
{
    const prom_packet ping = {.kind = PROM_PACKET_PING, .as.ping = 1};
    prom_packet packet;
    if (peer->stage == PEER_OPEN) {
        assert_true(peer_say(peer, &ping));
    }
    (void)printf("%s %s\n", name, wait_for(liar, peer, &packet, PROM_PACKET_PONG) ? "taken" : "left");
    (void)fflush(stdout);
    peer_close(peer);
}

static void answer(struct liar *liar, const char *name, const prom_span *pointers, size_t count)
{
    struct peer peer;
    prom_packet packet;
    greet(liar, &peer);
    assert_true(wait_for(liar, &peer, &packet, PROM_PACKET_GET_POINTERS));
    const prom_packet told = {
        .kind = PROM_PACKET_POINTERS,
        .as.pointers = {packet.as.get_pointers.p_txid, packet.as.get_pointers.role, {pointers, count}}};
    assert_true(peer_say(&peer, &told));
    tell_end(liar, &peer, name);
}

/* As many as fit, all of one network: few of them get a place. */
static void answer_with_many(struct liar *liar)
{
    prom_span all[POINTERS];
    for (size_t i = 0; i < POINTERS; i++) {
        char address[32];
        (void)snprintf(address, sizeof address, "77.7.%zu.1:7067", i);
        const prom_pointer pointer = pointer_at(liar, "crowd", i, address);
        all[i] = pointer_bytes(liar->test, &pointer);
    }
    answer(liar, "crowd", all, POINTERS);
}

/* Nobody has asked. */
static void answer_unasked(struct liar *liar)
{
    struct peer peer;
    const prom_packet told = {.kind = PROM_PACKET_POINTERS,
                              .as.pointers = {named("P", 1), PROM_ROLE_WORKER, {NULL, 0}}};
    greet(liar, &peer);
    assert_true(peer_say(&peer, &told));
    tell_end(liar, &peer, "unasked");
}

int main(int count, char **words)
{
    static const prom_bytes32 blinding = {{1}};
    fixture test = {{0}, NULL, {{0}}};
    if (count != 4) {
        return 2;
    }
    prom_arena_init(&test.arena, (size_t)1 << 26);
    assert_ok(prom_curve_new(&test.arena, &test.curve, &blinding, &test.error), &test.error);
    struct liar liar = {.test = &test, .to = to_node(&test, words[1]), .tip = (uint32_t)strtoul(words[3], NULL, 10)};
    assert_true(prom_hex32_parse_reversed(&liar.p_txid, words[2]));
    liar.to.features = PROM_FEATURE_DISCOVERY;
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        char address[32];
        (void)snprintf(address, sizeof address, "33.%zu.0.1:7067", i);
        prom_pointer pointer = pointer_at(&liar, lies[i].name, 0, address);
        lies[i].change(&liar, &pointer);
        const prom_span bytes = pointer_bytes(&test, &pointer);
        answer(&liar, lies[i].name, &bytes, 1);
    }
    const prom_span nonsense = span_of_text("no pointer");
    answer(&liar, "nonsense", &nonsense, 1);
    answer_with_many(&liar);
    answer_unasked(&liar);
    prom_tls_context_free(liar.to.tls);
    prom_arena_free(&test.arena);
    return 0;
}
