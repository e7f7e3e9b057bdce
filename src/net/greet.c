/* What comes before packets: the connection, the proxy's way, TLS, and the hellos, in which each side proves its key.
 *
 * TLS keeps others out, and does not say who is there. Each side signs the binding of this very TLS connection, which
 * two have in common who made it with each other, and nobody else: who stands between two nodes has two connections,
 * with two bindings, and can sign neither. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "net/parts.h"
#include "system/random.h"

uint32_t prom_greet_events(const struct link *link)
{
    if (link->turn != 0) {
        return 0;
    }
    return link->wants_write ? (uint32_t)EPOLLOUT : (uint32_t)EPOLLIN;
}

int64_t prom_greet_turn(prom_net *net, struct link *link, int64_t now)
{
    if (link->turn != 0) {
        prom_greet_go_on(net, link, now);
    }
    return link->turn != 0 ? prom_quota_wait(&net->shakes, now) : INT64_MAX;
}

const char *prom_greet_missing(const struct link *link)
{
    switch (link->stage) {
    case STAGE_CONNECTS:
        return "nobody answers there";
    case STAGE_PROXY:
        return "the proxy does not answer";
    case STAGE_TLS:
        return "the handshake was not over in time";
    case STAGE_OPEN:
        break;
    }
    return "the peer said no hello";
}

static bool connected(struct link *link, int64_t now)
{
    int why = 0;
    socklen_t length = sizeof why;
    if (getsockopt(link->descriptor, SOL_SOCKET, SO_ERROR, &why, &length) != 0 || why != 0) {
        prom_link_end(link, "it cannot be reached: %s", strerror(why == 0 ? errno : why));
        return false;
    }
    link->waits_since = now;
    link->stage = link->socks != NULL ? STAGE_PROXY : STAGE_TLS;
    return true;
}

/* -- The proxy -- */

/* Sends what is left to be said. True when all is. */
static bool tell_proxy(struct link *link)
{
    prom_socks *socks = link->socks;
    while (socks->out_sent < socks->out_length) {
        const ssize_t put = send(link->descriptor, socks->out + socks->out_sent, socks->out_length - socks->out_sent,
                                 MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && errno != EAGAIN && errno != EINTR) {
            prom_link_end(link, "the proxy has closed it");
        }
        if (put <= 0) {
            link->wants_write = true;
            return false;
        }
        socks->out_sent += (size_t)put;
    }
    link->wants_write = false;
    return true;
}

/* Reads what is wanted and no more: what follows is the destination's. True when the way is open. */
static bool ask_proxy(struct link *link, int64_t now)
{
    uint8_t bytes[PROM_SOCKS_BYTES_MAX];
    prom_socks_state state = PROM_SOCKS_MORE;
    while (state == PROM_SOCKS_MORE) {
        if (!tell_proxy(link)) {
            return false;
        }
        const ssize_t got = recv(link->descriptor, bytes, prom_socks_wanted(link->socks), MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            prom_link_end(link, "the proxy has closed it");
        }
        if (got <= 0) {
            return false;
        }
        state = prom_socks_take(link->socks, prom_span_of(bytes, (size_t)got));
    }
    if (state == PROM_SOCKS_FAILED) {
        prom_link_end(link, "%s", prom_socks_failure(link->socks));
        return false;
    }
    free(link->socks);
    link->socks = NULL;
    link->waits_since = now;
    link->stage = STAGE_TLS;
    return true;
}

/* -- TLS -- */

static bool sign_hello(const prom_net *net, const struct link *link, prom_hello *hello)
{
    const prom_link_side side = link->ours ? PROM_LINK_DIALER : PROM_LINK_LISTENER;
    const prom_bytes32 auxiliary = prom_random_bytes32();
    prom_bytes32 binding;
    prom_bytes32 hash;
    prom_error ignored;
    if (!prom_tls_binding(link->tls, &binding)) {
        return false;
    }
    prom_hello_hash(&hash, hello, side, &binding);
    return prom_is_ok(prom_sign(net->curve, &hello->signature, &hash, net->key, &auxiliary, &ignored));
}

static void say_hello(prom_net *net, struct link *link)
{
    prom_packet packet = {.kind = PROM_PACKET_HELLO, .as.hello = net->hello};
    link->stage = STAGE_OPEN;
    link->wants_write = false;
    packet.as.hello.features |= link->bodies != NULL ? PROM_FEATURE_BODIES : 0;
    if (!sign_hello(net, link, &packet.as.hello)) {
        prom_link_end(link, "our own hello could not be signed");
    } else if (!prom_link_put(net, link, &packet, PROM_NET_WAITING_MAX)) {
        prom_link_end(link, "there is no room for it");
    }
}

/* The turn of a link that begins to wait: this one, or the one behind the last that others of its network wait for.
 * So each network has one in each turn, and a crowd from one place waits for itself alone. */
static uint64_t turn_of(const prom_net *net, const struct link *link)
{
    uint64_t turn = net->shaken;
    for (size_t i = 0; i < net->links_used; i++) {
        const struct link *other = &net->links[i];
        if (other->id != 0 && other->source == link->source && other->turn >= turn) {
            turn = other->turn + 1;
        }
    }
    return turn;
}

/* Whether nobody waits for an earlier turn, or came before it in the same. */
static bool is_next(const prom_net *net, const struct link *link)
{
    for (size_t i = 0; i < net->links_used; i++) {
        const struct link *other = &net->links[i];
        const bool waits = other->id != 0 && !other->ending && other->turn != 0;
        if (waits && (other->turn < link->turn || (other->turn == link->turn && other->id < link->id))) {
            return false;
        }
    }
    return true;
}

/* A handshake costs us as much as who begins it: however many others begin, they take a part of our time. */
static bool may_shake(prom_net *net, struct link *link, int64_t now)
{
    if (link->tls != NULL || link->ours) {
        return true;
    }
    link->turn = link->turn != 0 ? link->turn : turn_of(net, link);
    if (!prom_quota_allows(&net->shakes, now) || !is_next(net, link)) {
        return false;
    }
    prom_quota_use(&net->shakes, 1);
    net->shaken = link->turn;
    link->turn = 0;
    return true;
}

static void shake(prom_net *net, struct link *link)
{
    link->tls = link->tls != NULL ? link->tls : prom_tls_new(net->tls, link->descriptor, link->ours);
    if (link->tls == NULL) {
        prom_link_end(link, "there is no memory for it");
        return;
    }
    switch (prom_tls_shake(link->tls)) {
    case PROM_TLS_DONE:
        say_hello(net, link);
        break;
    case PROM_TLS_WANT_READ:
        link->wants_write = false;
        break;
    case PROM_TLS_WANT_WRITE:
        link->wants_write = true;
        break;
    case PROM_TLS_OVER:
        prom_link_end(link, "the peer has closed it");
        break;
    case PROM_TLS_FAILED:
        prom_link_end(link, "the peer does not speak TLS 1.3: %s", prom_tls_failure(link->tls));
        break;
    }
}

void prom_greet_go_on(prom_net *net, struct link *link, int64_t now)
{
    if (link->stage == STAGE_CONNECTS && !connected(link, now)) {
        return;
    }
    if (link->stage == STAGE_PROXY && !ask_proxy(link, now)) {
        return;
    }
    if (link->stage == STAGE_TLS && may_shake(net, link, now)) {
        shake(net, link);
    }
}

/* -- Hello -- */

static bool is_proven(const prom_net *net, const struct link *link, const prom_hello *hello)
{
    const prom_link_side theirs = link->ours ? PROM_LINK_LISTENER : PROM_LINK_DIALER;
    prom_bytes32 binding;
    return prom_tls_binding(link->tls, &binding) && prom_hello_signed(net->curve, hello, theirs, &binding);
}

/* A link of others' is for bodies when its hello says so; of ours we have said it. */
static bool take_purpose(struct link *link, const prom_hello *hello)
{
    if ((hello->features & PROM_FEATURE_BODIES) == 0) {
        return true;
    }
    if (link->ours) {
        prom_link_end(link, "the peer says that a link is for bodies that it did not open");
        return false;
    }
    if (!prom_bodies_begin(link)) {
        prom_link_end(link, "there is no memory for it");
    }
    return !link->ending;
}

static void is_up(prom_net *net, struct link *link, const prom_hello *hello, int64_t now)
{
    link->node = hello->node;
    link->features = hello->features;
    if (link->bodies != NULL) {
        link->up = prom_bodies_up(net, link, now);
        return;
    }
    link->up = true;
    prom_link_few_of(net, link);
    prom_dial_reached(net, link->id);
    net->events.up(net->events.context, link->id, hello);
}

void prom_greet_take(prom_net *net, struct link *link, const prom_hello *hello, int64_t now)
{
    prom_error error;
    if (link->up) {
        prom_link_end(link, "the peer said hello twice");
    } else if (!prom_is_ok(prom_hello_check(&link->lenient, hello, &net->hello, &error))) {
        prom_link_end(link, "%s", error.sentence);
    } else if (link->expects && !prom_bytes32_equal(&link->wanted, &hello->node)) {
        prom_link_end(link, "another node answers there than was asked for");
    } else if (!is_proven(net, link, hello)) {
        prom_link_end(link, "the peer does not prove its key on this link: somebody may stand between");
    } else if (take_purpose(link, hello)) {
        is_up(net, link, hello, now);
    }
}
