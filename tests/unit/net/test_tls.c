/* TLS between two sockets of one process: what is said, and what is refused. */
#include "support.h"

#include <malloc.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/tls.h"

struct ends {
    prom_tls_context *contexts[2]; /* of who dials, and of who listens */
    prom_tls *tls[2];
    int sockets[2];
};

static void connect_ends(struct ends *ends, prom_tls_context *const contexts[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends->sockets), 0);
    for (unsigned i = 0; i < 2; i++) {
        ends->contexts[i] = contexts[i];
        ends->tls[i] = prom_tls_new(ends->contexts[i], ends->sockets[i], i == 0);
        assert_non_null(ends->tls[i]);
    }
}

static void open_ends(fixture *test, struct ends *ends)
{
    prom_tls_context *contexts[2];
    for (unsigned i = 0; i < 2; i++) {
        assert_ok(prom_tls_context_new(&contexts[i], &test->error), &test->error);
    }
    connect_ends(ends, contexts);
}

static void disconnect_ends(struct ends *ends)
{
    for (unsigned i = 0; i < 2; i++) {
        prom_tls_free(ends->tls[i]);
        (void)close(ends->sockets[i]);
    }
}

static void close_ends(struct ends *ends)
{
    disconnect_ends(ends);
    for (unsigned i = 0; i < 2; i++) {
        prom_tls_context_free(ends->contexts[i]);
    }
}

static void shake(struct ends *ends)
{
    prom_tls_state states[2] = {PROM_TLS_WANT_READ, PROM_TLS_WANT_READ};
    for (unsigned turn = 0; turn < 20 && (states[0] != PROM_TLS_DONE || states[1] != PROM_TLS_DONE); turn++) {
        states[turn % 2] = prom_tls_shake(ends->tls[turn % 2]);
    }
    assert_int_equal(states[0], PROM_TLS_DONE);
    assert_int_equal(states[1], PROM_TLS_DONE);
}

/* Both have the same, and no other link has it. */
static void test_the_binding_is_of_one_link(void **state)
{
    struct ends one;
    struct ends other;
    prom_bytes32 bindings[4];
    open_ends(*state, &one);
    open_ends(*state, &other);
    assert_false(prom_tls_binding(one.tls[0], &bindings[0])); /* before the handshake is over there is none */
    shake(&one);
    shake(&other);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(prom_tls_binding(one.tls[i], &bindings[i]));
        assert_true(prom_tls_binding(other.tls[i], &bindings[2 + i]));
    }
    assert_memory_equal(&bindings[0], &bindings[1], sizeof bindings[0]);
    assert_memory_equal(&bindings[2], &bindings[3], sizeof bindings[0]);
    assert_memory_not_equal(&bindings[0], &bindings[2], sizeof bindings[0]);
    close_ends(&one);
    close_ends(&other);
}

/* Much of it, more than sockets and records hold; nothing of it as it was said. */
static void test_bytes_go_both_ways(void **state)
{
    enum { LENGTH = 3 << 20 };
    struct ends ends;
    uint64_t random = 1;
    uint8_t *sent = malloc(LENGTH);
    uint8_t *come = malloc(LENGTH);
    assert_true(sent != NULL && come != NULL);
    random_bytes(&random, sent, LENGTH);
    open_ends(*state, &ends);
    shake(&ends);
    for (unsigned from = 0; from < 2; from++) {
        const unsigned to = 1 - from;
        size_t out = 0;
        size_t in = 0;
        while (in < LENGTH) {
            size_t some = 0;
            const prom_tls_state put = prom_tls_write(ends.tls[from], prom_span_of(sent + out, LENGTH - out), &some);
            assert_true(put == PROM_TLS_DONE || put == PROM_TLS_WANT_WRITE);
            out += some;
            const size_t room = LENGTH - in < 5000 ? LENGTH - in : 5000;
            const prom_tls_state got = prom_tls_read(ends.tls[to], come + in, room, &some);
            assert_true(got == PROM_TLS_DONE || got == PROM_TLS_WANT_READ);
            in += some;
        }
        assert_memory_equal(sent, come, LENGTH);
        assert_true(prom_tls_received(ends.tls[to]) > LENGTH);
    }
    close_ends(&ends);
    free(sent);
    free(come);
}

static void test_what_was_read_ahead_is_told(void **state)
{
    struct ends ends;
    uint8_t bytes[100] = {0};
    size_t some = 0;
    open_ends(*state, &ends);
    shake(&ends);
    assert_int_equal(prom_tls_write(ends.tls[0], prom_span_of(bytes, sizeof bytes), &some), PROM_TLS_DONE);
    assert_false(prom_tls_pending(ends.tls[1]));
    assert_int_equal(prom_tls_read(ends.tls[1], bytes, 60, &some), PROM_TLS_DONE);
    assert_int_equal(some, 60);
    assert_true(prom_tls_pending(ends.tls[1])); /* of which the socket knows nothing */
    assert_int_equal(prom_tls_read(ends.tls[1], bytes, 60, &some), PROM_TLS_WANT_READ);
    assert_int_equal(some, 40);
    assert_false(prom_tls_pending(ends.tls[1]));
    close_ends(&ends);
}

static void test_ends(void **state)
{
    struct ends ends;
    uint8_t bytes[100];
    size_t some = 0;
    open_ends(*state, &ends);
    shake(&ends);
    prom_tls_free(ends.tls[0]); /* says goodbye */
    ends.tls[0] = NULL;
    assert_int_equal(prom_tls_read(ends.tls[1], bytes, sizeof bytes, &some), PROM_TLS_OVER);
    close_ends(&ends);
    open_ends(*state, &ends);
    shake(&ends);
    assert_int_equal(shutdown(ends.sockets[0], SHUT_RDWR), 0); /* does not */
    assert_int_equal(prom_tls_read(ends.tls[1], bytes, sizeof bytes, &some), PROM_TLS_OVER);
    assert_int_equal(prom_tls_write(ends.tls[1], prom_span_of((const uint8_t *)"x", 1), &some), PROM_TLS_OVER);
    close_ends(&ends);
}

/* A changed byte on the way ends it. */
static void test_what_was_changed_is_refused(void **state)
{
    struct ends ends;
    int cut[2];
    uint8_t bytes[200] = {0};
    size_t some = 0;
    open_ends(*state, &ends);
    shake(&ends);
    assert_int_equal(prom_tls_write(ends.tls[0], prom_span_of(bytes, 100), &some), PROM_TLS_DONE);
    const ssize_t length = recv(ends.sockets[1], bytes, sizeof bytes, 0);
    assert_true(length > 100);
    bytes[50] ^= 1;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, cut), 0);
    assert_int_equal(send(cut[0], bytes, (size_t)length, 0), length);
    assert_int_equal(dup2(cut[1], ends.sockets[1]), ends.sockets[1]);
    assert_int_equal(prom_tls_read(ends.tls[1], bytes, sizeof bytes, &some), PROM_TLS_FAILED);
    assert_int_equal(some, 0);
    assert_string_not_equal(prom_tls_failure(ends.tls[1]), "");
    (void)close(cut[0]);
    (void)close(cut[1]);
    close_ends(&ends);
}

static void test_who_speaks_no_tls(void **state)
{
    static const char said[][24] = {"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x00\x05hello", "\0\0\0\7garbage"};
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        for (unsigned dials = 0; dials < 2; dials++) {
            struct ends ends;
            open_ends(*state, &ends);
            prom_tls *mine = ends.tls[1 - dials];
            if (dials != 0) {
                assert_int_equal(prom_tls_shake(mine), PROM_TLS_WANT_READ);
            }
            assert_true(send(ends.sockets[dials], said[i], 17, 0) == 17);
            assert_int_equal(prom_tls_shake(mine), PROM_TLS_FAILED);
            assert_string_not_equal(prom_tls_failure(mine), "");
            close_ends(&ends);
        }
    }
}

/* OpenSSL as others may set it up. */
static SSL *other(SSL_CTX **context, int descriptor, bool dials, int version)
{
    *context = SSL_CTX_new(TLS_method());
    assert_non_null(*context);
    assert_int_equal(SSL_CTX_set_max_proto_version(*context, version), 1);
    SSL *ssl = SSL_new(*context);
    assert_int_equal(SSL_set_fd(ssl, descriptor), 1);
    if (dials) {
        SSL_set_connect_state(ssl);
    } else {
        SSL_set_accept_state(ssl);
    }
    return ssl;
}

static void test_no_older_version_is_spoken(void **state)
{
    for (unsigned dials = 0; dials < 2; dials++) {
        struct ends ends;
        SSL_CTX *context = NULL;
        open_ends(*state, &ends);
        SSL *old = other(&context, ends.sockets[1 - dials], dials == 1, TLS1_2_VERSION);
        prom_tls *mine = ends.tls[dials];
        prom_tls_state ours = PROM_TLS_WANT_READ;
        for (unsigned turn = 0; turn < 4; turn++) {
            ours = ours == PROM_TLS_WANT_READ ? prom_tls_shake(mine) : ours;
            assert_int_not_equal(SSL_do_handshake(old), 1);
        }
        assert_int_equal(ours, PROM_TLS_FAILED);
        SSL_free(old);
        SSL_CTX_free(context);
        close_ends(&ends);
    }
}

/* A session is not gone on with: no ticket is given, and none is taken. */
static void test_no_session_goes_on(void **state)
{
    struct ends ends;
    SSL_CTX *context = NULL;
    uint8_t byte = 0;
    size_t some = 0;
    open_ends(*state, &ends);
    SSL *dialer = other(&context, ends.sockets[0], true, TLS1_3_VERSION);
    prom_tls_state ours = PROM_TLS_WANT_READ;
    for (unsigned turn = 0; turn < 8; turn++) {
        (void)SSL_do_handshake(dialer);
        ours = ours == PROM_TLS_WANT_READ ? prom_tls_shake(ends.tls[1]) : ours;
    }
    assert_int_equal(ours, PROM_TLS_DONE);
    assert_int_equal(prom_tls_write(ends.tls[1], prom_span_of(&byte, 1), &some), PROM_TLS_DONE);
    assert_int_equal(SSL_read(dialer, &byte, 1), 1);
    assert_false(SSL_SESSION_is_resumable(SSL_get0_session(dialer)));
    assert_int_equal(SSL_get_verify_result(dialer) == X509_V_OK, 0); /* nobody vouches for the certificate */
    assert_int_equal(SSL_renegotiate(dialer), 0);
    SSL_free(dialer);
    SSL_CTX_free(context);
    close_ends(&ends);
}

/* However many new keys it asks for, which bring nothing: each call is over soon. */
static void test_records_that_bring_nothing(void **state)
{
    struct ends ends;
    SSL_CTX *context = NULL;
    uint8_t bytes[100];
    size_t some = 0;
    open_ends(*state, &ends);
    SSL *dialer = other(&context, ends.sockets[0], true, TLS1_3_VERSION);
    for (unsigned turn = 0; turn < 8; turn++) {
        (void)SSL_do_handshake(dialer);
        (void)prom_tls_shake(ends.tls[1]);
    }
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(SSL_key_update(dialer, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        assert_int_equal(SSL_do_handshake(dialer), 1);
    }
    const uint64_t before = prom_tls_received(ends.tls[1]);
    assert_int_equal(prom_tls_read(ends.tls[1], bytes, sizeof bytes, &some), PROM_TLS_WANT_READ);
    assert_in_range(prom_tls_received(ends.tls[1]) - before, 1, 100);
    assert_int_equal(SSL_write(dialer, "x", 1), 1);
    for (unsigned turn = 0; turn < 200 && some == 0; turn++) {
        assert_int_equal(prom_tls_read(ends.tls[1], bytes, sizeof bytes, &some), PROM_TLS_WANT_READ);
    }
    assert_int_equal(some, 1);
    SSL_free(dialer);
    SSL_CTX_free(context);
    close_ends(&ends);
}

/* What one link takes, at most: prom_tls_new says it. Sanitizers have an allocator that does not tell. */
static void test_memory(void **state)
{
    enum { LINKS = 20, QUIET_MAX = 20000, BEGUN_MAX = 70000 };
    struct ends ends[LINKS];
    uint8_t bytes[16384] = {0};
    struct ends first;
    open_ends(*state, &first);
    shake(&first); /* what OpenSSL makes once */
    const size_t empty = mallinfo2().uordblks;
    for (unsigned i = 0; i < LINKS; i++) {
        connect_ends(&ends[i], first.contexts);
        assert_int_equal(prom_tls_shake(ends[i].tls[0]), PROM_TLS_WANT_READ);
        assert_int_equal(prom_tls_shake(ends[i].tls[1]), PROM_TLS_WANT_READ);
    }
    const size_t begun = mallinfo2().uordblks;
    for (unsigned i = 0; i < LINKS; i++) {
        size_t some = 0;
        shake(&ends[i]);
        assert_int_equal(prom_tls_write(ends[i].tls[0], prom_span_of(bytes, sizeof bytes), &some), PROM_TLS_DONE);
        assert_int_equal(prom_tls_read(ends[i].tls[1], bytes, sizeof bytes, &some), PROM_TLS_DONE);
        assert_int_equal(prom_tls_read(ends[i].tls[1], bytes, 1, &some), PROM_TLS_WANT_READ);
    }
    const size_t quiet = mallinfo2().uordblks;
    print_message("memory of one link: %zu bytes in the handshake, %zu when it is quiet\n", (begun - empty) / LINKS / 2,
                  (quiet - empty) / LINKS / 2);
    assert_true(begun - empty < (size_t)BEGUN_MAX * LINKS * 2);
    assert_true(quiet - empty < (size_t)QUIET_MAX * LINKS * 2 || empty == 0);
    for (unsigned i = 0; i < LINKS; i++) {
        disconnect_ends(&ends[i]);
    }
    close_ends(&first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_the_binding_is_of_one_link),  FIXTURE_TEST(test_bytes_go_both_ways),
        FIXTURE_TEST(test_what_was_read_ahead_is_told), FIXTURE_TEST(test_ends),
        FIXTURE_TEST(test_what_was_changed_is_refused), FIXTURE_TEST(test_who_speaks_no_tls),
        FIXTURE_TEST(test_no_older_version_is_spoken),  FIXTURE_TEST(test_no_session_goes_on),
        FIXTURE_TEST(test_records_that_bring_nothing),  FIXTURE_TEST(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
