/* Bodies that others ask for. */
#include "net/pair_bodies.h"

#include <fcntl.h>
#include <malloc.h>

/* A side that serves a body of so many bytes, and a node without manners that has read what it sent. */
struct served_side {
    struct side side;
    struct rude_node node;
    uint8_t came[3 * CHUNK];
    size_t length;
};

static void serve_bytes(fixture *test, struct served_side *it, size_t length)
{
    side_open(test, &it->side);
    (void)snprintf(it->side.served.path, PATH_MAX, "%s/body", it->side.folder);
    prom_hasher_init(&it->side.served.hasher, "test");
    write_file(it->side.served.path, length);
    it->node = rude_node_of(&it->side, 20);
    it->length = 0;
    (void)fcntl(it->node.bodies, F_SETFL, O_NONBLOCK);
}

static void end_serving(struct served_side *it)
{
    rude_node_close(&it->node);
    side_close(&it->side);
}

static void ask_for(struct served_side *it, uint32_t back)
{
    const prom_packet packet = {.kind = PROM_PACKET_FETCH,
                                .as.fetch = {bytes_of(1), PROM_BODY_INPUT, bytes_of(7), back}};
    rude_send(it->node.bodies, framed(it->side.test, &packet));
}

/* Reads until so many bytes have come in all, which may be what is left of a turn. */
static void read_some(struct served_side *it, size_t wanted)
{
    for (unsigned turn = 0; turn < 2000 && it->length < wanted; turn++) {
        size_t got = 0;
        poll_side(&it->side);
        (void)prom_tls_read(rude_of(it->node.bodies)->tls, it->came + it->length, sizeof it->came - it->length, &got);
        it->length += got;
    }
    assert_true(it->length >= wanted);
}

/* The next piece that has come, its hello before it passed over; its bytes stay the first that lie there. */
static prom_piece next_piece(struct served_side *it)
{
    fixture *test = it->side.test;
    prom_packet packet = {.kind = PROM_PACKET_UNKNOWN};
    while (packet.kind != PROM_PACKET_PIECE) {
        prom_span frame;
        size_t needed = 0;
        read_some(it, PROM_FRAME_HEAD);
        (void)prom_frame_find(&frame, &needed, prom_span_of(it->came, it->length));
        read_some(it, needed);
        assert_int_equal(prom_frame_find(&frame, &needed, prom_span_of(it->came, it->length)), PROM_FRAME_WHOLE);
        assert_ok(prom_packet_decode(&test->arena, &packet, frame, false, &test->error), &test->error);
        it->length -= needed;
        memmove(it->came, it->came + needed, it->length);
    }
    return packet.as.piece;
}

static void drop_bytes(struct served_side *it, size_t length)
{
    read_some(it, length);
    it->length -= length;
    memmove(it->came, it->came + length, it->length);
}

/* Each answers one request, in their order, with the state before it. */
static void test_pieces_in_their_order(void **state)
{
    static const uint32_t asked[] = {0, 2, 3, 1, 3, 1000, 2};
    static struct served_side it;
    const size_t length = 2 * CHUNK + 5; /* and 64 bytes before it: three chunks */
    serve_bytes(*state, &it, length);
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        ask_for(&it, asked[i]);
    }
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        const prom_piece piece = next_piece(&it);
        assert_int_equal(piece.back, asked[i]);
        assert_int_equal(piece.total, asked[i] < 3 ? length : 0);
        assert_int_equal(piece.length, asked[i] >= 3 ? 0 : asked[i] == 0 ? 5 : CHUNK);
        assert_int_equal(piece.first, asked[i] >= 2);
        if (asked[i] < 3) {
            prom_hasher hasher = it.side.served.hasher;
            prom_bytes32 expected = {{0}};
            uint8_t *body = malloc(length);
            FILE *file = fopen(it.side.served.path, "rb");
            assert_true(body != NULL && file != NULL && fread(body, 1, length, file) == length);
            const size_t begin = (2 - asked[i]) * (size_t)CHUNK;
            prom_hasher_add(&hasher, prom_span_of(body, begin));
            assert_true(asked[i] == 2 || prom_hasher_state(&hasher, &expected));
            assert_memory_equal(&piece.state, &expected, sizeof expected);
            read_some(&it, piece.length);
            assert_memory_equal(it.came, body + begin, piece.length);
            (void)fclose(file);
            free(body);
        }
        drop_bytes(&it, piece.length);
    }
    assert_int_equal(it.length, 0);
    end_serving(&it);
}

/* Who asks for more than may be under way and takes nothing is left; who asks for as much is not. */
static void test_a_flood_of_requests(void **state)
{
    for (unsigned more = 0; more < 2; more++) {
        static struct served_side it;
        serve_bytes(*state, &it, 8 * CHUNK);
        for (unsigned i = 0; i < PROM_NET_CHUNKS_WAITING_MAX + 1 + 9 * more; i++) { /* one is being sent */
            ask_for(&it, i % 8);
        }
        let_pass(&it.side, 300);
        assert_int_equal(bodies_of(&it.side) == NULL, more);
        end_serving(&it);
    }
}

/* What 100 nodes can make us hold that ask for as much as they may and read nothing of it. */
static void test_what_requests_cost(void **state)
{
    enum { NODES = 40, LIMIT = 64 << 10 };
    fixture *test = *state;
    struct side side;
    struct rude_node nodes[NODES];
    side_open(test, &side);
    (void)snprintf(side.served.path, PATH_MAX, "%s/body", side.folder);
    prom_hasher_init(&side.served.hasher, "test");
    write_file(side.served.path, 16 * CHUNK);
    for (uint8_t i = 0; i < NODES; i++) {
        nodes[i] = rude_node_of(&side, (uint8_t)(20 + i));
    }
    const size_t before = mallinfo2().uordblks;
    for (unsigned i = 0; i < NODES * PROM_NET_CHUNKS_WAITING_MAX; i++) {
        const prom_packet packet = {.kind = PROM_PACKET_FETCH, .as.fetch = {.back = i % 16}};
        rude_send(nodes[i % NODES].bodies, framed(test, &packet));
    }
    let_pass(&side, 500);
    for (unsigned i = 0; i < 20 && prom_net_memory(side.net) != 0;
         i++) { /* a busy machine has not read all of it yet */
        let_pass(&side, 500);
    }
    const size_t held = mallinfo2().uordblks - before;
    (void)printf("%u nodes that read nothing: %zu bytes each, %zu in buffers\n", NODES, held / NODES,
                 prom_net_memory(side.net) / NODES);
    assert_true(prom_net_memory(side.net) == 0);
    assert_true(held / NODES < LIMIT);
    for (unsigned i = 0; i < NODES; i++) {
        rude_node_close(&nodes[i]);
    }
    side_close(&side);
}

/* States are found once, and anew where the file is another one. */
static void test_states_are_kept(void **state)
{
    static struct served_side it;
    serve_bytes(*state, &it, 2 * CHUNK);
    ask_for(&it, 0);
    const prom_piece first = next_piece(&it);
    drop_bytes(&it, first.length);
    const prom_bytes32 *states = it.side.net->served[0].states;
    ask_for(&it, 1);
    drop_bytes(&it, next_piece(&it).length);
    assert_ptr_equal(it.side.net->served[0].states, states);
    assert_int_equal(it.side.net->served[0].known, 1);
    spoil_file(it.side.served.path, 5);
    ask_for(&it, 0);
    const prom_piece other = next_piece(&it);
    assert_false(prom_bytes32_equal(&first.state, &other.state));
    drop_bytes(&it, other.length);
    assert_int_equal(unlink(it.side.served.path), 0);
    ask_for(&it, 0);
    assert_int_equal(next_piece(&it).total, 0);
    end_serving(&it);
}

/* What is no file, or is empty, is not there. */
static void test_what_is_not_served(void **state)
{
    static struct served_side it;
    serve_bytes(*state, &it, 0);
    ask_for(&it, 0);
    assert_int_equal(next_piece(&it).total, 0);
    assert_int_equal(unlink(it.side.served.path), 0);
    assert_int_equal(symlink("/etc/passwd", it.side.served.path), 0);
    ask_for(&it, 0);
    assert_int_equal(next_piece(&it).total, 0);
    assert_int_equal(unlink(it.side.served.path), 0);
    assert_int_equal(mkfifo(it.side.served.path, 0600), 0);
    (void)snprintf(it.side.served.path, PATH_MAX, "%s", it.side.folder);
    ask_for(&it, 0);
    assert_int_equal(next_piece(&it).total, 0);
    end_serving(&it);
}

/* However many bodies are asked for, the states of so many are kept. */
static void test_states_of_many_bodies(void **state)
{
    static struct served_side it;
    serve_bytes(*state, &it, 2 * CHUNK);
    char folder[64];
    memcpy(folder, it.side.folder, sizeof folder);
    for (unsigned i = 0; i < SERVED_MAX + 10; i++) {
        (void)snprintf(it.side.served.path, PATH_MAX, "%s/body%u", folder, i);
        write_file(it.side.served.path, CHUNK + 100 + i);
        ask_for(&it, 0);
        const prom_piece piece = next_piece(&it);
        assert_int_equal(piece.length, 100 + i);
        drop_bytes(&it, piece.length);
        let_pass(&it.side, 2);
    }
    for (unsigned i = 0; i < SERVED_MAX; i++) {
        assert_true(it.side.net->served[i].used);
    }
    end_serving(&it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_pieces_in_their_order), FIXTURE_TEST(test_a_flood_of_requests),
        FIXTURE_TEST(test_what_requests_cost),    FIXTURE_TEST(test_states_are_kept),
        FIXTURE_TEST(test_what_is_not_served),    FIXTURE_TEST(test_states_of_many_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
