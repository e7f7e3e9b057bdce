/* Peers without manners, and one that has some, against a node that runs: for tests/functional/test_hostile.py.
 *
 *   tool.hostile p                                     the script that publishes the P of `begin`
 *   tool.hostile attack ADDRESS WHAT LINKS NETWORKS SECONDS P TIP
 *                                                      so many links at once, from so many networks of 127.0.0.0/8,
 *                                                      each opened again when it is closed; WHAT is a name of
 *                                                      `attacks`, or of a packet (tests/unit/wire/packets.h)
 *   tool.hostile honest ADDRESS SECONDS P              one link: a ping every 50 ms, an ask every 700; longer where
 *                                                      none was answered yet
 *   tool.hostile proofs ADDRESS                        hellos that prove nothing; "NAME left" or "NAME taken", each
 *   tool.hostile lies ADDRESS P TIP                    answers with pointers that are not so; as proofs
 *
 * P is a txid, TIP a height. Prints JSON, on one line, where nothing else is said. */
#include "hostile.h"

enum { LINKS_MAX = 512, DRIP_MS = 200, MOMENT_MS = 20, BEGINS_AT_ONCE = 8 };

struct attack;

/* What all links of an attack do. */
struct siege {
    fixture *test;
    struct to to;
    const struct attack *attack;
    struct named_packet packets[NAMED_PACKETS];
    const prom_packet *packet; /* that is said again and again */
    prom_terms terms;          /* of begin */
    prom_span base;
    uint64_t said;
    uint64_t heard; /* of these the node has looked at so many, where that is known */
    struct peer peers[LINKS_MAX];
};

/* How far a link goes, and what it does then. */
struct attack {
    const char *name;
    enum peer_stage until;
    bool mute; /* no hello */
    bool deaf; /* reads nothing */
    void (*act)(struct siege *siege, struct peer *peer);
};

/* -- What they say -- */

static void say_packet(struct siege *siege, struct peer *peer)
{
    while (peer_say(peer, siege->packet)) {
        siege->said++;
    }
}

/* Each asks for a contract of its own: ten thousand of them are never funded. A ping behind some of them, whose pong
 * says that the node has looked at all before it. */
static void say_begin(struct siege *siege, struct peer *peer)
{
    prom_packet packet = {.kind = PROM_PACKET_BEGIN};
    if (peer->out_put < peer->out_length) {
        return;
    }
    for (unsigned i = 0; i < BEGINS_AT_ONCE; i++, peer->blocks++) {
        packet.as.begin = (prom_begin){named("setup", (size_t)siege->said++), PROM_ROLE_WORKER, siege->base};
        assert_true(peer_say(peer, &packet));
    }
    packet = (prom_packet){.kind = PROM_PACKET_PING, .as.ping = peer->blocks};
    assert_true(peer_say(peer, &packet));
}

static void hear_pongs(struct siege *siege, struct peer *peer)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_packet packet;
    prom_arena_init(&arena, (size_t)1 << 24);
    while (peer->stage == PEER_OPEN && peer_hear(peer, &arena, &packet)) {
        if (packet.kind == PROM_PACKET_PONG) {
            siege->heard += BEGINS_AT_ONCE;
        }
    }
}

/* Frames of all lengths that can be written, most of which cannot be; the last one is begun and never ends. */
static void say_huge(struct siege *siege, struct peer *peer)
{
    static const size_t lengths[] = {UINT32_MAX, (size_t)1 << 31, PROM_FRAME_MAX + 1, PROM_FRAME_MAX};
    uint8_t head[PROM_FRAME_HEAD];
    if (peer->out_length == peer->out_put) {
        prom_frame_head(head, lengths[peer->number % 4]);
        peer_put(peer, prom_span_of(head, sizeof head));
        siege->said++;
    }
}

/* As much of the largest frame as is kept, but never its end. */
static void say_most(struct siege *siege, struct peer *peer)
{
    static const uint8_t zeros[PEER_OUT / 2];
    uint8_t head[PROM_FRAME_HEAD];
    if (peer->out_put < peer->out_length || peer->blocks == PROM_FRAME_MAX / sizeof zeros - 1) {
        return;
    }
    if (peer->blocks++ == 0) {
        prom_frame_head(head, PROM_FRAME_MAX);
        peer_put(peer, prom_span_of(head, sizeof head));
    }
    peer_put(peer, prom_span_of(zeros, sizeof zeros));
    siege->said++;
}

/* A byte now and then of a frame that could be. */
static void say_slowly(struct siege *siege, struct peer *peer)
{
    const uint8_t zero = 0;
    uint8_t head[PROM_FRAME_HEAD];
    const int64_t now = prom_clock_milliseconds();
    if (peer->dripped == 0) {
        prom_frame_head(head, PROM_FRAME_MAX);
        peer_put(peer, prom_span_of(head, sizeof head));
    }
    if (now - peer->dripped >= DRIP_MS) {
        peer->dripped = now;
        peer_put(peer, prom_span_of(&zero, 1));
        siege->said++;
    }
}

static void say_nothing(struct siege *siege, struct peer *peer)
{
    (void)siege;
    (void)peer;
}

static const struct attack attacks[] = {
    {"half-open", PEER_CONNECTS, true, true, say_nothing}, /* TCP, and no more */
    {"half-shaken", PEER_OPEN, true, true, say_nothing},   /* TLS, and no hello */
    {"idle", PEER_OPEN, false, false, say_nothing},        {"slow", PEER_OPEN, false, false, say_slowly},
    {"huge", PEER_OPEN, false, false, say_huge},           {"most", PEER_OPEN, false, false, say_most},
    {"begins", PEER_OPEN, false, false, say_begin},
};
static const struct attack flood = {"flood", PEER_OPEN, false, false, say_packet};
static const struct attack deaf_flood = {"deaf", PEER_OPEN, false, true, say_packet};

/* -- An attack -- */

static void greet(struct siege *siege, struct peer *peer)
{
    if (peer->stage == PEER_CONNECTS && siege->attack->until == PEER_CONNECTS) {
        return;
    }
    peer_greet(&siege->to, peer);
    if (peer->stage == PEER_OPEN && !siege->attack->mute) {
        const prom_packet hello = peer_hello(&siege->to, peer, PROM_LINK_DIALER);
        assert_true(peer_say(peer, &hello));
    }
}

static void go_on(struct siege *siege, struct peer *peer, short events)
{
    if (peer->stage == PEER_GONE) {
        peer_open(&siege->to, peer, "attacker");
        return;
    }
    if (peer->stage == PEER_CONNECTS && (events & (POLLHUP | POLLERR)) != 0) {
        peer_close(peer);
        return;
    }
    if (peer->stage != PEER_OPEN) {
        if (events != 0) {
            greet(siege, peer);
        }
        return;
    }
    siege->attack->act(siege, peer);
    peer_write(peer);
    if (peer->stage == PEER_OPEN && !siege->attack->deaf && (events & POLLIN) != 0) {
        peer_read(peer, siege->attack->act == say_begin);
        hear_pongs(siege, peer);
    }
    if (peer->stage == PEER_OPEN && siege->attack->deaf && (events & (POLLHUP | POLLERR)) != 0) {
        peer_close(peer);
    }
}

static void run_siege(struct siege *siege, size_t links, int64_t milliseconds)
{
    struct pollfd watched[LINKS_MAX];
    const int64_t end = prom_clock_milliseconds() + milliseconds;
    while (prom_clock_milliseconds() < end) {
        for (size_t i = 0; i < links; i++) {
            const struct peer *peer = &siege->peers[i];
            const bool writes =
                peer->stage == PEER_CONNECTS || (peer->stage == PEER_OPEN && peer->out_put < peer->out_length);
            watched[i] = (struct pollfd){.fd = peer->stage == PEER_GONE ? -1 : peer->descriptor,
                                         .events = (short)(POLLIN | (writes ? POLLOUT : 0))};
        }
        (void)poll(watched, (nfds_t)links, MOMENT_MS);
        for (size_t i = 0; i < links; i++) {
            go_on(siege, &siege->peers[i], watched[i].revents);
        }
    }
}

/* Base terms for this P that a worker of the test takes. */
static void make_terms(struct siege *siege, const char *p_txid, uint32_t tip)
{
    fixture *test = siege->test;
    const struct cast cast = make_cast(test);
    siege->terms = valid_terms(test, &cast, 3);
    assert_true(prom_hex32_parse_reversed(&siege->terms.p_txid, p_txid));
    siege->terms.c = prom_amount_of(1000000);
    siege->terms.job.scheme = 2;
    siege->terms.snapshot_height = tip;
    siege->terms.draw_height = tip + 8;
    siege->terms.setup_deadline = tip + 35;
    assert_ok(prom_terms_write_base(&test->arena, &siege->base, &siege->terms, &test->error), &test->error);
}

static void choose(struct siege *siege, const char *what)
{
    const bool deaf = strncmp(what, "deaf:", 5) == 0;
    const char *name = deaf ? what + 5 : what;
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        if (strcmp(attacks[i].name, name) == 0) {
            siege->attack = &attacks[i];
        }
    }
    make_named_packets(siege->packets);
    for (size_t i = 0; i < NAMED_PACKETS; i++) {
        if (strcmp(siege->packets[i].name, name) == 0) {
            siege->packet = &siege->packets[i].packet;
            siege->attack = deaf ? &deaf_flood : &flood;
        }
    }
    assert_non_null(siege->attack);
}

static void attack(fixture *test, char **words)
{
    static struct siege siege;
    siege = (struct siege){.test = test, .to = to_node(test, words[2])};
    const size_t links = strtoul(words[4], NULL, 10);
    assert_in_range(links, 1, LINKS_MAX);
    siege.to.networks = (unsigned)strtoul(words[5], NULL, 10);
    choose(&siege, words[3]);
    make_terms(&siege, words[7], (uint32_t)strtoul(words[8], NULL, 10));
    run_siege(&siege, links, 1000 * strtol(words[6], NULL, 10));
    size_t open = 0;
    for (size_t i = 0; i < links; i++) {
        open += siege.peers[i].stage == PEER_OPEN ? 1 : 0;
        peer_close(&siege.peers[i]);
    }
    (void)printf("{\"said\": %llu, \"heard\": %llu, \"opened\": %llu, \"open\": %zu}\n", (unsigned long long)siege.said,
                 (unsigned long long)siege.heard, (unsigned long long)siege.to.opened, open);
    prom_tls_context_free(siege.to.tls);
}

/* -- One with manners -- */

enum { PING_MS = 50, ASK_MS = 700, FIRST_MS = 30000, TIMES_MAX = 100000 };

struct honest {
    struct to to;
    struct peer peer;
    prom_ask ask;
    bool greeted;
    uint64_t pings;
    uint64_t ponged; /* the last ping that was answered */
    int64_t pinged_at;
    int64_t asked_at;
    uint64_t asks;
    uint64_t quotes;
    uint64_t lost; /* links */
    int64_t slowest_quote;
    size_t times;
    int64_t time[TIMES_MAX]; /* milliseconds of each ping */
};

static void hear(struct honest *it, const prom_packet *packet, int64_t now)
{
    if (packet->kind == PROM_PACKET_PONG && packet->as.ping == it->pings && it->ponged < it->pings) {
        it->ponged = it->pings;
        it->time[it->times < TIMES_MAX ? it->times++ : 0] = now - it->pinged_at;
    } else if (packet->kind == PROM_PACKET_QUOTE) {
        it->quotes++;
        it->slowest_quote = now - it->asked_at > it->slowest_quote ? now - it->asked_at : it->slowest_quote;
    }
}

/* One ping is under way at a time, and one ask. */
static void speak(struct honest *it, int64_t now)
{
    if (it->ponged == it->pings && now - it->pinged_at >= PING_MS) {
        const prom_packet ping = {.kind = PROM_PACKET_PING, .as.ping = ++it->pings};
        it->pinged_at = now;
        assert_true(peer_say(&it->peer, &ping));
    }
    if (it->quotes == it->asks && now - it->asked_at >= ASK_MS) {
        const prom_packet ask = {.kind = PROM_PACKET_ASK, .as.ask = it->ask};
        it->ask.nonce = named("ask", (size_t)++it->asks);
        it->asked_at = now;
        assert_true(peer_say(&it->peer, &ask));
    }
}

static void turn_honest(struct honest *it)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    struct pollfd watched = {.fd = it->peer.descriptor, .events = POLLIN};
    prom_packet packet;
    prom_arena_init(&arena, (size_t)1 << 24);
    if (it->peer.stage == PEER_GONE) {
        it->lost += it->greeted ? 1 : 0;
        it->greeted = peer_reach(&it->to, &it->peer, "honest");
        it->pings = it->ponged;
        it->asks = it->quotes;
        if (it->greeted) {
            const prom_packet hello = peer_hello(&it->to, &it->peer, PROM_LINK_DIALER);
            assert_true(peer_say(&it->peer, &hello));
        } else {
            peer_close(&it->peer);
        }
        return;
    }
    (void)poll(&watched, 1, 5);
    peer_read(&it->peer, true);
    const int64_t now = prom_clock_milliseconds();
    while (it->peer.stage == PEER_OPEN && peer_hear(&it->peer, &arena, &packet)) {
        hear(it, &packet, now);
    }
    if (it->peer.stage == PEER_OPEN) {
        speak(it, now);
        peer_write(&it->peer);
    }
}

static int compare_times(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;
    return (*x > *y) - (*x < *y);
}

static void be_honest(fixture *test, char **words)
{
    static struct honest it;
    it = (struct honest){.to = to_node(test, words[2]), .ask = some_ask().as.ask};
    it.to.opened = 200; /* a network of its own */
    it.to.networks = 201;
    it.ask.genesis = prom_chain_parameters_by_name("regtest")->genesis;
    assert_true(prom_hex32_parse_reversed(&it.ask.p_txid, words[4]));
    const int64_t end = prom_clock_milliseconds() + 1000 * strtol(words[3], NULL, 10);
    while (prom_clock_milliseconds() < end ||
           ((it.quotes == 0 || it.times == 0) && prom_clock_milliseconds() < end + FIRST_MS)) {
        turn_honest(&it);
    }
    const int64_t waits = it.ponged < it.pings ? prom_clock_milliseconds() - it.pinged_at : 0;
    qsort(it.time, it.times, sizeof it.time[0], compare_times);
    (void)printf("{\"pongs\": %zu, \"median_ms\": %lld, \"slowest_ms\": %lld, \"asks\": %llu, \"quotes\": %llu, "
                 "\"slowest_quote_ms\": %lld, \"lost\": %llu}\n",
                 it.times, it.times > 0 ? (long long)it.time[it.times / 2] : -1,
                 (long long)(it.times > 0 && it.time[it.times - 1] > waits ? it.time[it.times - 1] : waits),
                 (unsigned long long)it.asks, (unsigned long long)it.quotes, (long long)it.slowest_quote,
                 (unsigned long long)it.lost);
    peer_close(&it.peer);
    prom_tls_context_free(it.to.tls);
}

/* -- Proofs that are none -- */

/* Whether the node has left the link, for as long as a healthy one answers a ping. */
static bool is_left(struct peer *peer, const prom_packet *packets, size_t count)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_packet ping = {.kind = PROM_PACKET_PING, .as.ping = 7};
    const int64_t end = prom_clock_milliseconds() + 20000;
    prom_packet packet = {.kind = PROM_PACKET_UNKNOWN};
    prom_arena_init(&arena, (size_t)1 << 24);
    for (size_t i = 0; i < count; i++) {
        assert_true(peer_say(peer, &packets[i]));
    }
    assert_true(peer_say(peer, &ping));
    while (peer->stage == PEER_OPEN && packet.kind != PROM_PACKET_PONG) {
        struct pollfd watched = {.fd = peer->descriptor, .events = POLLIN};
        assert_true(prom_clock_milliseconds() < end);
        peer_write(peer);
        if (peer->stage == PEER_OPEN) {
            (void)poll(&watched, 1, 50);
            peer_read(peer, true);
        }
        while (peer->stage == PEER_OPEN && peer_hear(peer, &arena, &packet) && packet.kind != PROM_PACKET_PONG) {
        }
    }
    return peer->stage == PEER_GONE;
}

static void judge(struct peer *peer, const char *name, const prom_packet *packets, size_t count)
{
    (void)printf("%s %s\n", name, is_left(peer, packets, count) ? "left" : "taken");
    (void)fflush(stdout);
    peer_close(peer);
}

static void prove_falsely(fixture *test, char **words)
{
    struct to to = to_node(test, words[2]);
    struct peer peer;
    struct peer other;
    prom_packet hello[2];
    assert_true(peer_reach(&to, &peer, "prover"));
    hello[0] = peer_hello(&to, &peer, PROM_LINK_DIALER);
    judge(&peer, "right", hello, 1);
    assert_true(peer_reach(&to, &peer, "prover"));
    hello[0] = peer_hello(&to, &peer, PROM_LINK_DIALER);
    hello[0].as.hello.node = named_key(test, "somebody else", 0).public_key;
    judge(&peer, "another's-key", hello, 1);
    assert_true(peer_reach(&to, &peer, "prover"));
    assert_true(peer_reach(&to, &other, "prover"));
    hello[0] = peer_hello(&to, &other, PROM_LINK_DIALER);
    judge(&peer, "replayed", hello, 1);
    peer_close(&other);
    assert_true(peer_reach(&to, &peer, "prover"));
    hello[0] = peer_hello(&to, &peer, PROM_LINK_LISTENER);
    judge(&peer, "other-side", hello, 1);
    assert_true(peer_reach(&to, &peer, "prover"));
    hello[0] = peer_hello(&to, &peer, PROM_LINK_DIALER);
    hello[0].as.hello.genesis = named("another chain", 0);
    judge(&peer, "another-chain", hello, 1);
    assert_true(peer_reach(&to, &peer, "prover"));
    hello[0] = hello[1] = peer_hello(&to, &peer, PROM_LINK_DIALER);
    judge(&peer, "twice", hello, 2);
    prom_tls_context_free(to.tls);
}

/* -- All -- */

static void print_p(fixture *test)
{
    const struct cast cast = make_cast(test);
    const prom_terms terms = valid_terms(test, &cast, 3);
    prom_span script;
    assert_ok(prom_parameters_script(&test->arena, &script, &terms.P, &test->error), &test->error);
    for (size_t i = 0; i < script.length; i++) {
        (void)printf("%02x", script.data[i]);
    }
    (void)printf("\n");
}

int main(int count, char **words)
{
    static const prom_bytes32 blinding = {{1}};
    fixture test = {{0}, NULL, {{0}}};
    prom_arena_init(&test.arena, (size_t)1 << 28);
    assert_ok(prom_curve_new(&test.arena, &test.curve, &blinding, &test.error), &test.error);
    if (count == 2 && strcmp(words[1], "p") == 0) {
        print_p(&test);
    } else if (count == 9 && strcmp(words[1], "attack") == 0) {
        attack(&test, words);
    } else if (count == 5 && strcmp(words[1], "honest") == 0) {
        be_honest(&test, words);
    } else if (count == 3 && strcmp(words[1], "proofs") == 0) {
        prove_falsely(&test, words);
    } else {
        return 2;
    }
    prom_arena_free(&test.arena);
    return 0;
}
