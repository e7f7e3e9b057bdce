#include "net/tls.h"

#include <errno.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    RECORD_MAX = 16384,        /* RFC 8446, 5.1 */
    TAKEN_AT_ONCE = 1 << 17,   /* bytes of a socket that one call reads: some are of records that bring nothing */
    WRITTEN_AT_ONCE = 1 << 19, /* and that one call writes */
    FIRST_YEAR = 0,            /* of the certificate, in seconds from now; nobody looks at it */
    LIFE_SECONDS = 60 * 60 * 24 * 365,
};
#define SUITES "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384"
#define BINDING_LABEL "EXPORTER-Channel-Binding" /* RFC 9266, 2 */

struct prom_tls_context {
    SSL_CTX *ssl;
    BIO_METHOD *method; /* of our sockets */
};

struct prom_tls {
    SSL *ssl;
    int descriptor;
    bool shaken;       /* the handshake is over */
    bool broken;       /* nothing more may be said on it */
    size_t left;       /* bytes that this call may still read */
    uint64_t received; /* bytes, since the beginning */
    uint64_t sent;
    char failure[128];
};

/* -- The socket, as OpenSSL sees it -- */

static int socket_read(BIO *bio, char *bytes, int room)
{
    prom_tls *tls = BIO_get_data(bio);
    const size_t most = (size_t)room < tls->left ? (size_t)room : tls->left;
    BIO_clear_retry_flags(bio);
    const ssize_t got = most == 0 ? -1 : recv(tls->descriptor, bytes, most, MSG_DONTWAIT);
    if (got > 0) {
        tls->left -= (size_t)got;
        tls->received += (uint64_t)got;
    } else if (got < 0 && (most == 0 || errno == EAGAIN || errno == EINTR)) {
        BIO_set_retry_read(bio);
    }
    return (int)got;
}

static int socket_write(BIO *bio, const char *bytes, int length)
{
    prom_tls *tls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    const ssize_t put = send(tls->descriptor, bytes, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put > 0) {
        tls->sent += (uint64_t)put;
    } else if (put < 0 && (errno == EAGAIN || errno == EINTR)) {
        BIO_set_retry_write(bio);
    }
    return (int)put;
}

static long socket_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *make_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "prometheus link");
    if (method != NULL && BIO_meth_set_read(method, socket_read) == 1 &&
        BIO_meth_set_write(method, socket_write) == 1 && BIO_meth_set_ctrl(method, socket_control) == 1) {
        return method;
    }
    BIO_meth_free(method);
    return NULL;
}

/* -- The context -- */

static bool sign_certificate(X509 *certificate, EVP_PKEY *key)
{
    return X509_set_version(certificate, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), FIRST_YEAR) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), LIFE_SECONDS) != NULL &&
           X509_set_pubkey(certificate, key) == 1 && X509_sign(certificate, key, NULL) > 0;
}

/* Ed25519 (RFC 8410): small, and quick to sign with. */
static bool make_certificate(SSL_CTX *ssl)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    X509 *certificate = X509_new();
    const bool made = key != NULL && certificate != NULL && sign_certificate(certificate, key) &&
                      SSL_CTX_use_certificate(ssl, certificate) == 1 && SSL_CTX_use_PrivateKey(ssl, key) == 1;
    X509_free(certificate);
    EVP_PKEY_free(key);
    return made;
}

static bool set_up(SSL_CTX *ssl)
{
    char groups[] = "X25519:P-256"; /* the macro takes no constant */
    SSL_CTX_set_verify(ssl, SSL_VERIFY_NONE, NULL);
    (void)SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                       SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_QUERY_MTU);
    (void)SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    /* A record that brings nothing gives the turn back: there may be more of them than anybody has time for. */
    (void)SSL_CTX_clear_mode(ssl, SSL_MODE_AUTO_RETRY);
    (void)SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    return SSL_CTX_set_min_proto_version(ssl, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(ssl, TLS1_3_VERSION) == 1 && SSL_CTX_set_ciphersuites(ssl, SUITES) == 1 &&
           SSL_CTX_set1_groups_list(ssl, groups) == 1 && SSL_CTX_set_num_tickets(ssl, 0) == 1 &&
           SSL_CTX_set_max_early_data(ssl, 0) == 1 && make_certificate(ssl);
}

prom_result prom_tls_context_new(prom_tls_context **context, prom_error *error)
{
    prom_tls_context *made = calloc(1, sizeof *made);
    *context = NULL;
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    made->ssl = SSL_CTX_new(TLS_method());
    made->method = make_method();
    if (made->ssl == NULL || made->method == NULL || !set_up(made->ssl)) {
        const char *reason = ERR_reason_error_string(ERR_peek_last_error());
        prom_tls_context_free(made);
        return prom_fail(error, PROM_CATEGORY_BROKEN, "OpenSSL cannot be set up for links: %s",
                         reason == NULL ? "it does not say why" : reason);
    }
    *context = made;
    return prom_ok();
}

void prom_tls_context_free(prom_tls_context *context)
{
    if (context != NULL) {
        SSL_CTX_free(context->ssl);
        BIO_meth_free(context->method);
        free(context);
    }
}

/* -- One link -- */

prom_tls *prom_tls_new(prom_tls_context *context, int descriptor, bool dials)
{
    prom_tls *tls = calloc(1, sizeof *tls);
    BIO *bio = BIO_new(context->method);
    if (tls == NULL || bio == NULL || (tls->ssl = SSL_new(context->ssl)) == NULL) {
        BIO_free(bio);
        free(tls);
        return NULL;
    }
    tls->descriptor = descriptor;
    BIO_set_data(bio, tls);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls->ssl, bio, bio);
    if (dials) {
        SSL_set_connect_state(tls->ssl);
    } else {
        SSL_set_accept_state(tls->ssl);
    }
    return tls;
}

void prom_tls_free(prom_tls *tls)
{
    if (tls == NULL) {
        return;
    }
    if (tls->shaken && !tls->broken) {
        ERR_clear_error();
        (void)SSL_shutdown(tls->ssl); /* the other side's goodbye is not waited for */
    }
    SSL_free(tls->ssl);
    ERR_clear_error();
    free(tls);
}

/* What OpenSSL's answer means. */
static prom_tls_state state_of(prom_tls *tls, int answer)
{
    switch (SSL_get_error(tls->ssl, answer)) {
    case SSL_ERROR_WANT_READ:
        return PROM_TLS_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        return PROM_TLS_WANT_WRITE;
    case SSL_ERROR_SSL: {
        const char *reason = ERR_reason_error_string(ERR_peek_last_error());
        (void)snprintf(tls->failure, sizeof tls->failure, "%s", reason == NULL ? "it does not say why" : reason);
        tls->broken = true;
        return PROM_TLS_FAILED;
    }
    case SSL_ERROR_SYSCALL:
        tls->broken = true;
        return PROM_TLS_OVER;
    default:
        return PROM_TLS_OVER;
    }
}

prom_tls_state prom_tls_shake(prom_tls *tls)
{
    tls->left = TAKEN_AT_ONCE;
    ERR_clear_error();
    const int answer = SSL_do_handshake(tls->ssl);
    if (answer == 1) {
        tls->shaken = true;
        return PROM_TLS_DONE;
    }
    return state_of(tls, answer);
}

bool prom_tls_binding(prom_tls *tls, prom_bytes32 *binding)
{
    static const unsigned char context[1] = {0}; /* of no bytes */
    return tls->shaken && SSL_export_keying_material(tls->ssl, binding->bytes, sizeof binding->bytes, BINDING_LABEL,
                                                     strlen(BINDING_LABEL), context, 0, 1) == 1;
}

prom_tls_state prom_tls_read(prom_tls *tls, uint8_t *bytes, size_t room, size_t *got)
{
    tls->left = TAKEN_AT_ONCE;
    *got = 0;
    while (*got < room) {
        size_t some = 0;
        ERR_clear_error();
        const int answer = SSL_read_ex(tls->ssl, bytes + *got, room - *got, &some);
        if (answer != 1) {
            return state_of(tls, answer);
        }
        *got += some;
    }
    return PROM_TLS_DONE;
}

prom_tls_state prom_tls_write(prom_tls *tls, prom_span bytes, size_t *put)
{
    *put = 0;
    while (*put < bytes.length && *put < WRITTEN_AT_ONCE) {
        const size_t left = bytes.length - *put;
        size_t some = 0;
        ERR_clear_error();
        const int answer = SSL_write_ex(tls->ssl, bytes.data + *put, left < RECORD_MAX ? left : RECORD_MAX, &some);
        if (answer != 1) {
            return state_of(tls, answer);
        }
        *put += some;
    }
    return PROM_TLS_DONE;
}

bool prom_tls_pending(const prom_tls *tls)
{
    return SSL_pending(tls->ssl) > 0;
}

uint64_t prom_tls_received(const prom_tls *tls)
{
    return tls->received;
}

uint64_t prom_tls_sent(const prom_tls *tls)
{
    return tls->sent;
}

const char *prom_tls_failure(const prom_tls *tls)
{
    return tls->failure;
}
