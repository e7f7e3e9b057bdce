/* What the files of this room share. */
#ifndef NET_PARTS_H
#define NET_PARTS_H

#include "net/address.h"
#include "net/buffer.h"
#include "net/net.h"
#include "net/quota.h"
#include "net/resolve.h"
#include "net/socks.h"
#include "net/tls.h"

/* How far a link is. */
enum stage {
    STAGE_CONNECTS,
    STAGE_PROXY, /* is asked for the way */
    STAGE_TLS,
    STAGE_OPEN, /* packets go both ways; hello first */
};

struct link {
    uint64_t id; /* 0: this one is free */
    int descriptor;
    bool ours; /* we opened it */
    enum stage stage;
    prom_socks *socks; /* owned; NULL: it goes straight, or the way is open */
    prom_tls *tls;     /* owned; NULL before its stage */
    bool wants_write;  /* what is before STAGE_OPEN waits for room in the socket, */
    bool waits_turn;   /* or for its turn among strangers */
    bool expects;      /* a certain node, */
    prom_bytes32 wanted;
    bool up;
    prom_bytes32 node; /* whose it is, proven, once it is up */
    uint64_t source;   /* the network that it came from */
    size_t kept;       /* for so many correspondents */
    bool lenient;
    bool ending;      /* closed after the callback that is under way */
    bool refused;     /* a message, for want of room */
    uint32_t watched; /* epoll's events */
    char reason[160]; /* of its end */
    prom_net_buffer in;
    prom_net_buffer out;
    prom_quota packets;
    prom_quota bytes;
    int64_t heard;       /* when bytes came last */
    int64_t pinged;      /* INT64_MAX: somebody was heard since */
    int64_t waits_since; /* for the next stage, the hello, or the rest of a frame; INT64_MAX: for nothing */
    int64_t stuck_since; /* nothing of `out` was taken since; INT64_MAX: it is empty */
};

struct dial {
    bool used;
    bool tried;
    prom_address address;
    prom_endpoint endpoint;
    bool expects; /* a certain node, */
    prom_bytes32 node;
    uint64_t link;   /* 0: none */
    int64_t asked;   /* for it, last */
    int64_t next;    /* when it is tried */
    int64_t wait;    /* after the next failure */
    uint64_t ticket; /* of the question what its name stands for; 0: it does not ask */
    prom_resolved resolved;
    unsigned turn;  /* of these the next one is tried next */
    char told[160]; /* why it was not reached */
};

struct listener {
    int descriptor;                  /* -1: none */
    char path[PROM_ADDRESS_MAX + 1]; /* of a unix socket; else empty */
};

/* What epoll tells of that is no link; links have numbers above. */
enum { EVENT_LISTENER = 0, EVENT_RESOLVER = PROM_NET_LISTENERS_MAX, EVENTS_OWN };

struct transfer {
    bool used;
    uint64_t link;
    prom_net_order order;
    int file; /* order.part */
    uint64_t have;
    uint64_t hashed; /* of it, by the order's hasher; less than all where it goes on from what came before */
    uint64_t asked;  /* up to here */
    uint64_t total;  /* 0: not known yet */
    int64_t moved;   /* when a piece came last */
    int64_t since;   /* its pace is measured from here, */
    uint64_t then;   /* where it had so much */
};

struct prom_net {
    prom_hello hello; /* ours, to be signed for each link */
    const prom_curve *curve;
    const prom_key *key;
    bool anywhere;
    bool has_proxy;
    bool has_onion_proxy;
    prom_endpoint proxy;
    prom_endpoint onion_proxy;
    prom_bytes32 isolation; /* secret: keeps what goes to one destination apart from what goes to others */
    prom_tls_context *tls;
    prom_resolver *resolver; /* NULL: no name was looked up yet */
    prom_net_limits limits;
    prom_net_events events;
    prom_net_room room;
    prom_quota strangers; /* packets of all links of nobody we know */
    prom_quota shakes;    /* handshakes that others begin */
    uint64_t last_ticket;
    size_t turn; /* of which the next one that is looked at is here in `links` */
    int epoll;
    struct listener listeners[PROM_NET_LISTENERS_MAX];
    uint64_t last_id;
    int64_t due;       /* milliseconds after the last poll */
    size_t links_used; /* behind so many all are free, */
    size_t dials_used; /* and behind so many: nobody looks at them */
    struct link links[PROM_NET_LINKS_MAX];
    struct dial dials[PROM_NET_DIALS_MAX];
    struct transfer transfers[PROM_NET_FETCHES_MAX];
};

/* -- Links (link.c) -- */

struct link_start {
    int descriptor;
    bool ours;
    bool connects;            /* the socket is not connected yet */
    prom_socks *socks;        /* allocated, taken over; NULL: no proxy is between */
    const prom_bytes32 *node; /* who must be there; NULL: anybody */
    uint64_t source;
};

/* Takes a socket over. NULL, and the socket closed, when there is no room. */
struct link *prom_link_new(prom_net *net, const struct link_start *start, int64_t now);
struct link *prom_link_find(prom_net *net, uint64_t id);
/* Marks it to be ended, with the reason for people. */
void prom_link_end(struct link *link, const char *format, ...) PROM_PRINTF(2, 3);
/* Closes it, tells nobody; and tells who waits for it. */
void prom_link_drop(prom_net *net, struct link *link);
void prom_link_close(prom_net *net, struct link *link);
/* Reads and takes what has come; sends what waits. */
void prom_link_read(prom_net *net, struct link *link, int64_t now);
void prom_link_write(prom_net *net, struct link *link, int64_t now);
/* Puts a packet into its buffer, if no more than `most` bytes wait then. */
PROM_MUST_USE bool prom_link_put(prom_net *net, struct link *link, const prom_packet *packet, size_t most);
/* Ends it when it is stuck; tells epoll what it waits for. Returns in how many milliseconds it is looked at again. */
int64_t prom_link_look(prom_net *net, struct link *link, int64_t now);

/* -- Who has a place (place.c) -- */

/* Whether nobody we know is at the other end: it came by itself, and is kept for no one. */
bool prom_link_is_stranger(const struct link *link);
/* Ends the link of nobody we know that holds the most memory, the oldest of several, but not `but`. False when there is
 * none. */
bool prom_link_evict(prom_net *net, const struct link *but, const char *reason);
/* Returns where the next link goes; NULL when there is no place. */
struct link *prom_link_place(prom_net *net, bool ours);
/* Makes room in a buffer of the link: where memory is used up, one of nobody we know gives its own first. */
PROM_MUST_USE bool prom_link_reserve(prom_net *net, struct link *link, prom_net_buffer *buffer, size_t length);
/* Ends the oldest link that a node has opened to us, where it has opened more than it may. */
void prom_link_few_of(prom_net *net, const struct link *newest);

/* -- Until a link is up (greet.c) -- */

/* Begins, or goes on with, what comes before packets. */
void prom_greet_go_on(prom_net *net, struct link *link, int64_t now);
/* Returns which events of the socket it waits for. */
uint32_t prom_greet_events(const struct link *link);
/* Goes on where it was made to wait for its turn. Returns in how many milliseconds that is, if it still is. */
int64_t prom_greet_turn(prom_net *net, struct link *link, int64_t now);
/* Judges the other side's hello. */
void prom_greet_take(prom_net *net, struct link *link, const prom_hello *hello);
/* Returns what did not come in time. */
const char *prom_greet_missing(const struct link *link);

/* -- Addresses (dial.c, listen.c) -- */

PROM_MUST_USE prom_result prom_listen_at(struct listener *listener, const prom_address *address, prom_error *error);
void prom_listen_end(struct listener *listener);
/* Returns the network that a peer's socket is in: of many there, each is a stranger among the others of it. */
uint64_t prom_listen_source(const struct sockaddr_storage *name);
/* Sets what all sockets to other machines have: no delay, and questions of the kernel's whether they are alive. */
void prom_listen_tune(int descriptor);

/* Tries what is due. Returns in how many milliseconds the next is. */
int64_t prom_dial_due(prom_net *net, int64_t now);
/* A link of ours is gone, or came up. `reason`: why it never was up; NULL where it was. */
void prom_dial_lost(prom_net *net, uint64_t link, const char *reason, int64_t now);
/* Names have been looked up. */
void prom_dial_resolved(prom_net *net);
void prom_dial_reached(prom_net *net, uint64_t link);

/* -- Files (transfer.c) -- */

void prom_transfer_serve(prom_net *net, struct link *link, const prom_fetch *fetch);
void prom_transfer_take(prom_net *net, struct link *link, const prom_piece *piece, int64_t now);
void prom_transfer_lost(prom_net *net, uint64_t link);
int64_t prom_transfer_due(prom_net *net, int64_t now);
void prom_transfer_free(prom_net *net);

#endif
