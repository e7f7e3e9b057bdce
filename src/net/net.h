/* Links to other nodes: packets over stream sockets, with what a peer can cost bounded. TCP, by way of a SOCKS5 proxy
 * where there is one, or unix sockets on one machine; all of it in TLS 1.3.
 *
 * Nothing here knows channels. An envelope that comes is handed on as it is, its signature unchecked. Which node is at
 * the other end of a link that is up is proven: its key has signed what makes this link another than all others. One
 * thread, and one more that looks up names; callbacks come from prom_net_poll and may call everything but prom_net_poll
 * and prom_net_free.
 *
 *   prom_net_link_to ──> dial, again and again ──> proxy ──> TLS ──> hello, both ways ──> up
 *   prom_net_send    ──> buffer of the link ─────> frames
 *   prom_net_fetch   ──> a link for bodies beside it ──> chunks, several on their way, of several nodes
 *                        ──> part, each proven by the hash alone, from the last to the first ──> FILE */
#ifndef NET_NET_H
#define NET_NET_H

#include <limits.h>

#include "prometheus/crypto/hash.h"
#include "prometheus/crypto/key.h"
#include "wire/packet.h"

typedef struct prom_net prom_net;

/* What peers may take. */
typedef struct prom_net_limits {
    uint32_t links;            /* that strangers may open to us; whom we know PROM_NET_KEPT_MAX more */
    size_t memory;             /* bytes that wait, of all links together */
    uint32_t packets_a_second; /* of one link, and ten times as many at once: it is read slower then */
    uint32_t bytes_a_second;   /* but chunks of bodies that we have asked for */
    /* A link is ended that brings no handshake, no hello, no rest of a frame, or takes nothing for so long; one that
     * is silent for so long is asked whether somebody is there, and ended when it is as long silent again. */
    uint32_t stall_ms;
} prom_net_limits;

/* Bytes a second that whoever serves us must bring over a link, of all bodies that we fetch there together: one that is
 * slower is asked no more. A large body must come faster, so that each dishonest source that is alone holds up a body
 * for so many seconds at most; but k bodies that are fetched from it at once for k times as many, as its link may
 * honestly be as slow. Where there are several sources, none holds up the others for longer than it takes to ask one of
 * them for the same chunk. */
#define PROM_NET_PACE_MIN 65536U
#define PROM_NET_HELD_UP_MAX 3600U

#define PROM_NET_LINKS_MAX 1024U
#define PROM_NET_KEPT_MAX 512U
/* Addresses that we keep a link to. One where nobody answers makes room for another; where all answer, the one that was
 * asked for longest ago. */
#define PROM_NET_DIALS_MAX 256U
/* Bytes that may wait to be sent on one link, before a message is refused. */
#define PROM_NET_WAITING_MAX ((size_t)3 << 19)
/* Chunks that may be asked for on one link and not have come: who asks for more is left. */
#define PROM_NET_CHUNKS_WAITING_MAX 16U

/* Addresses that a node listens at. */
#define PROM_NET_LISTENERS_MAX 4U
/* Links that one node may open to us: an older one makes room. */
#define PROM_NET_NODE_LINKS_MAX 4U

/* Returns what a node can afford: 128 links, 64 MiB, 256 packets and 16 MiB a second, 30 seconds. */
prom_net_limits prom_net_limits_usual(void);

typedef struct prom_net_options {
    const prom_curve *curve; /* they stay the caller's, as long as there are links */
    const prom_key *key;     /* of the node: proves to others who we are */
    prom_bytes32 genesis;    /* of the chain */
    prom_net_limits limits;
    /* Whether addresses that others have told us of may lead anywhere: to paths, to loopback and private networks, to
     * names. Else whoever gives us addresses would have us look through a network that is closed to him. */
    bool anywhere;
    prom_address proxy;       /* SOCKS5, for all but paths; of length 0: none */
    prom_address onion_proxy; /* for onion addresses, where it is another one */
} prom_net_options;

/* Something to be fetched. */
typedef struct prom_net_order {
    prom_bytes32 channel;
    prom_body_kind what;
    prom_bytes32 hash;
    prom_hasher hasher;  /* begun, with what is hashed before the body */
    uint64_t length_min; /* of the whole, as far as we know */
    uint64_t length_max;
    char path[PATH_MAX]; /* where the whole file comes to lie */
    char part[PATH_MAX]; /* the file of what has come so far, which a fetch goes on from: of no other order */
} prom_net_order;

/* Where a body lies that is served. */
typedef struct prom_net_served {
    char path[PATH_MAX];
    prom_hasher hasher; /* begun, with what is hashed before the body */
} prom_net_served;

/* What happens. All of them are there, but `fetched` where nothing is fetched, and those that may be NULL. */
typedef struct prom_net_events {
    void *context;
    void (*up)(void *context, uint64_t link, const prom_hello *hello); /* its node is proven */
    void (*down)(void *context, uint64_t link, const char *reason);    /* of one that was up */
    /* An address that was asked for, and the node that must be there (NULL: anybody), is not reached, and is tried
     * again: told once for each reason in a row. */
    void (*unreached)(void *context, const prom_address *address, const prom_bytes32 *node, const char *reason);
    void (*envelope)(void *context, uint64_t link, const prom_envelope *envelope);
    /* Returns whether we take part in a new contract, with `begun` for an answer; else `why` not, for an answer to who
     * knows one; of code 0: none. */
    bool (*begin)(void *context, uint64_t link, const prom_begin *begin, prom_begun *begun, prom_quote_reason *why);
    void (*begun)(void *context, uint64_t link, const prom_begun *begun);
    /* NULL: they are passed over. */
    void (*declined)(void *context, uint64_t link, const prom_declined *declined);
    void (*room)(void *context, uint64_t link); /* after a message was refused for want of room: there is some again */
    /* Returns whether that node may have the body, where it lies, and what is hashed before it. */
    bool (*serve)(void *context, const prom_bytes32 *node, const prom_fetch *fetch, prom_net_served *served);
    /* A fetch is over: the file lies at order->path, or `reason` says why not. What is proven of it is kept, and the
     * next fetch of the same goes on from there. */
    void (*fetched)(void *context, const prom_net_order *order, const char *reason);
    /* The node has sent what is not of the body, which is proven: it is asked no more for it by this fetch. The fetch
     * goes on, or `fetched` comes next. NULL: nobody wants to know. */
    void (*lied)(void *context, const prom_net_order *order, const prom_bytes32 *node);
    /* What nodes ask each other before there is a contract: packets of kinds PROM_PACKET_GET_POINTERS and later. What
     * it points to lives until it returns. NULL: they are passed over. */
    void (*packet)(void *context, uint64_t link, const prom_packet *packet);
} prom_net_events;

/* PROM_CATEGORY_BAD_INPUT when a proxy's address is none, or a name. */
PROM_MUST_USE prom_result prom_net_new(prom_net **net, const prom_net_options *options, const prom_net_events *events,
                                       prom_error *error);
/* Ends all links, without a callback; NULL is fine. */
void prom_net_free(prom_net *net);

/* Listens at an address, at PROM_NET_LISTENERS_MAX at most. PROM_CATEGORY_BAD_INPUT when it is neither an IP address
 * nor a path, or somebody listens there. */
PROM_MUST_USE prom_result prom_net_listen(prom_net *net, const prom_address *address, prom_error *error);

/* Returns a link to the address, when one is up; else 0, and from now on one is tried. `node` is the key of who must be
 * there: whoever else answers is left, and a link that this node has opened to us is as good; NULL: anybody. An address
 * that options->anywhere does not allow is never tried. */
uint64_t prom_net_link_to(prom_net *net, const prom_address *address, const prom_bytes32 *node);
/* The same for an address that the node's owner gave: it may lead anywhere. */
uint64_t prom_net_link_to_own(prom_net *net, const prom_address *address, const prom_bytes32 *node);
/* Returns a link that is up to the node of that key, whoever opened it; 0 where there is none. */
uint64_t prom_net_link_of(prom_net *net, const prom_bytes32 *node);
/* Has an address that was asked for tried now, where it waits for its turn after a failure. */
void prom_net_hurry(prom_net *net, const prom_address *address, const prom_bytes32 *node);
/* Returns how often it was tried in vain, since it has its place among those that are tried; `why`, where it was: the
 * reason of the last time, until the next turn. */
uint32_t prom_net_failures(prom_net *net, const prom_address *address, const prom_bytes32 *node, const char **why);
/* Tries that address for that node no more, until it is asked for again; a link that is up stays. */
void prom_net_give_up(prom_net *net, const prom_address *address, const prom_bytes32 *node);
/* Returns the key of the node at the other end of a link that is up; NULL where there is no such link. */
const prom_bytes32 *prom_net_node_of(prom_net *net, uint64_t id);
/* Returns where the other end of a link is: of one that we opened (`ours`) the address that it was asked for by, of
 * another the address that its socket, or its proxy's, has, of length 0 on a unix socket. NULL: there is no such link.
 */
const prom_address *prom_net_address_of(prom_net *net, uint64_t id, bool *ours);
/* Sends an envelope. False when the link is not up, or too much waits already (events->room comes then). */
PROM_MUST_USE bool prom_net_send(prom_net *net, uint64_t link, const prom_envelope *envelope);
/* Asks the node at the other end for a party. False as of prom_net_send. */
PROM_MUST_USE bool prom_net_begin(prom_net *net, uint64_t link, const prom_begin *begin);
/* Sends a packet of those that events->packet is for. False as of prom_net_send; nothing tells when there is room. */
PROM_MUST_USE bool prom_net_put(prom_net *net, uint64_t link, const prom_packet *packet);
/* Has every hello from now on say that these features are here too, of PROM_FEATURE_DISCOVERY and its like. */
void prom_net_add_features(prom_net *net, uint64_t features);
/* Returns the features that the other side's hello says; 0 of a link that there is not. */
uint64_t prom_net_features(prom_net *net, uint64_t id);
/* Returns whether the other side has said that it may send what this version does not know. */
bool prom_net_is_lenient(prom_net *net, uint64_t id);
/* Marks a link as one of somebody we have a contract with: others make room first. So often as it was kept it must be
 * let go of, to be a stranger's again; a link that is gone is fine. */
void prom_net_keep(prom_net *net, uint64_t id);
void prom_net_unkeep(prom_net *net, uint64_t id);
/* Returns whether a link is kept. */
bool prom_net_is_kept(prom_net *net, uint64_t id);
void prom_net_end(prom_net *net, uint64_t id, const char *reason);

/* Begins to fetch from the node at the other end of a link. PROM_CATEGORY_MISUSE when it is not up, or the same body is
 * being fetched for the same channel: another channel's may have its hash, and is another one. */
#define PROM_NET_FETCHES_MAX 64U
PROM_MUST_USE prom_result prom_net_fetch(prom_net *net, uint64_t id, const prom_net_order *order, prom_error *error);
/* Has a fetch ask the node at the other end of this link, too. What it does so already, what is not fetched, and more
 * than PROM_NET_SOURCES_MAX are fine, and nothing happens. */
#define PROM_NET_SOURCES_MAX 8U
void prom_net_fetch_also(prom_net *net, uint64_t id, const prom_bytes32 *channel, prom_body_kind what,
                         const prom_bytes32 *hash);
/* Gives a fetch up, without a callback; what came of it is kept. */
void prom_net_fetch_stop(prom_net *net, const prom_bytes32 *channel, prom_body_kind what, const prom_bytes32 *hash);

/* Waits for at most so many milliseconds, then does what can be done. */
PROM_MUST_USE prom_result prom_net_poll(prom_net *net, int timeout_ms, prom_error *error);
/* Returns the descriptor that can be read when prom_net_poll has something to do; and in how many milliseconds it has
 * at the latest. */
int prom_net_descriptor(const prom_net *net);
int prom_net_due(const prom_net *net);
/* Returns how many bytes wait in all buffers, and how many links there are. */
size_t prom_net_memory(const prom_net *net);
size_t prom_net_link_count(const prom_net *net);

/* Bytes on sockets, TLS and all. */
typedef struct prom_net_traffic {
    uint64_t received;
    uint64_t sent;
} prom_net_traffic;
/* Returns what all links have moved since the start; and what those that are up with a node have, one for bodies
 * among them. */
prom_net_traffic prom_net_traffic_of_all(const prom_net *net);
prom_net_traffic prom_net_traffic_with(const prom_net *net, const prom_bytes32 *node);

#endif
