/* What the files of this room share. */
#ifndef NET_PARTS_H
#define NET_PARTS_H

#include <time.h>

#include "net/address.h"
#include "net/buffer.h"
#include "net/chunk.h"
#include "net/net.h"
#include "net/quota.h"
#include "net/resolve.h"
#include "net/socks.h"
#include "net/tls.h"
#include "prometheus/crypto/hash.h"

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
    uint64_t turn;     /* or for its turn among strangers, this one; 0: it does not */
    bool expects;      /* a certain node, */
    prom_bytes32 wanted;
    bool up;
    prom_bytes32 node; /* whose it is, proven, once it is up */
    uint64_t source;   /* the network that it came from */
    prom_address from; /* where its other end is; of length 0: that has no name */
    size_t kept;       /* for so many correspondents */
    bool lenient;
    uint64_t features;     /* of its hello */
    struct bodies *bodies; /* owned, where it is a link for them; else NULL */
    int64_t bodies_tried;  /* when one was last dialled beside it, or asked for */
    bool ending;           /* closed after the callback that is under way */
    bool refused;          /* a message, for want of room */
    uint32_t watched;      /* epoll's events */
    char reason[160];      /* of its end */
    prom_net_buffer in;
    prom_net_buffer out;
    prom_quota packets;
    prom_quota bytes;
    int64_t heard;       /* when bytes came last */
    int64_t pinged;      /* INT64_MAX: somebody was heard since */
    int64_t waits_since; /* for the next stage, the hello, or the rest of a frame; INT64_MAX: for nothing */
    int64_t stuck_since; /* nothing of `out` was taken since; INT64_MAX: it is empty */
};

/* What a link for bodies has besides (serve.c, receive.c). */
struct bodies {
    /* What the other side has asked for, in its order; the first is being sent while head_left or left are not 0. */
    prom_fetch requests[PROM_NET_CHUNKS_WAITING_MAX];
    size_t first;
    size_t count;
    uint8_t head[256]; /* the frame of a piece */
    size_t head_length;
    size_t head_left;
    int file; /* -1: none */
    uint64_t offset;
    size_t left;
    /* What we have asked for. */
    size_t unanswered;
    int64_t owed_since;        /* milliseconds, by which that is measured; while something is owed */
    uint64_t owed_came;        /* bytes, since then */
    size_t coming;             /* bytes of a chunk that are still to come; */
    struct transfer *transfer; /* whose it is; NULL: of a fetch that was given up */
    size_t slot;               /* of its window */
    prom_hasher hasher;
    uint64_t at;  /* where it goes to in the file */
    int64_t used; /* milliseconds, when a chunk was asked for or came last */
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
    unsigned turn;     /* of these the next one is tried next */
    char told[160];    /* why it was not reached */
    uint32_t failures; /* so often, all addresses of its name tried */
};

struct listener {
    int descriptor;                  /* -1: none */
    char path[PROM_ADDRESS_MAX + 1]; /* of a unix socket; else empty */
};

/* What epoll tells of that is no link; links have numbers above. */
enum { EVENT_LISTENER = 0, EVENT_RESOLVER = PROM_NET_LISTENERS_MAX, EVENTS_OWN };

/* A body that is served, and SHA-256's states before its chunks (serve.c). */
struct served {
    bool used;
    char path[PATH_MAX];
    struct timespec changed; /* of the file: another one may have its name by now */
    uint64_t inode;
    struct prom_chunks chunks;
    prom_bytes32 *states; /* owned; before each chunk but the first */
    uint32_t known;       /* so many are */
    prom_hasher hasher;   /* after chunk `known` */
    int64_t asked;        /* when somebody asked for it last */
};
#define SERVED_MAX 64U

/* A chunk that is asked for, or has come and is not proven yet. */
struct slot {
    enum { SLOT_FREE, SLOT_ASKED, SLOT_COME } state;
    bool again; /* another source was asked for it before */
    size_t source;
    int64_t asked;      /* milliseconds */
    prom_bytes32 begin; /* the state before it, as its source says, */
    prom_bytes32 end;   /* and after it, as it was hashed */
};
#define WINDOW 64U

struct source {
    bool used;
    prom_bytes32 node;
    int64_t moved; /* when something of it came last, or it had nothing to bring */
    int64_t since; /* its pace is measured from here: */
    uint64_t came; /* so much came since */
};

struct transfer {
    bool used;
    prom_net_order order;
    int file; /* order.part */
    struct prom_chunks
        chunks;         /* of total 0 before the first piece has come, and not proven before `proven` is above 0 */
    uint32_t proven;    /* so many, from the last on */
    prom_bytes32 state; /* that the next one must lead to: before the first of these; of none, the hash itself */
    bool again;         /* what came before is hashed once more: */
    prom_hasher hasher;
    uint64_t at;                /* from here on */
    struct slot window[WINDOW]; /* of those before the proven ones, by their number modulo WINDOW */
    struct source sources[PROM_NET_SOURCES_MAX];
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
    size_t held;          /* that of it was taken at most since memory was given back, */
    int64_t returned_at;  /* milliseconds */
    prom_quota strangers; /* packets of all links of nobody we know */
    prom_quota shakes;    /* handshakes that others begin */
    uint64_t shaken;      /* whose turn it was last (greet.c) */
    uint64_t last_ticket;
    size_t turn; /* of which the next one that is looked at is here in `links` */
    int epoll;
    struct listener listeners[PROM_NET_LISTENERS_MAX];
    uint64_t last_id;
    int64_t due;           /* milliseconds after the last poll */
    prom_net_traffic past; /* of links that are gone */
    size_t links_used;     /* behind so many all are free, */
    size_t dials_used;     /* and behind so many: nobody looks at them */
    struct link links[PROM_NET_LINKS_MAX];
    struct dial dials[PROM_NET_DIALS_MAX];
    struct transfer transfers[PROM_NET_FETCHES_MAX];
    struct served served[SERVED_MAX];
    size_t body_bytes;      /* that links for bodies may still move in this turn: messages wait for no more */
    uint8_t block[1 << 18]; /* of a file, for as long as a function needs it */
};

/* -- Links (link.c) -- */

struct link_start {
    int descriptor;
    bool ours;
    bool connects;            /* the socket is not connected yet */
    prom_socks *socks;        /* allocated, taken over; NULL: no proxy is between */
    const prom_bytes32 *node; /* who must be there; NULL: anybody */
    uint64_t source;
    prom_address from;
    bool bodies; /* it is for these */
};

/* Takes a socket over. NULL, and the socket closed, when there is no room. */
struct link *prom_link_new(prom_net *net, const struct link_start *start, int64_t now);
struct link *prom_link_find(prom_net *net, uint64_t id);
/* Marks it to be ended, with the reason for people. */
void prom_link_end(struct link *link, const char *format, ...) PROM_PRINTF(2, 3);
/* Adds what it has moved. */
void prom_link_count(prom_net_traffic *traffic, const struct link *link);
/* Closes it, tells nobody; and tells who waits for it. */
void prom_link_drop(prom_net *net, struct link *link);
void prom_link_close(prom_net *net, struct link *link);
/* Reads and takes what has come; sends what waits. */
void prom_link_read(prom_net *net, struct link *link, int64_t now);
/* The parts of it: reads, as far as its quota goes, false when the link ends; takes the first whole frame that has
 * come, false when there is none, or the link ends. */
PROM_MUST_USE bool prom_link_receive(prom_net *net, struct link *link, int64_t now);
PROM_MUST_USE bool prom_link_take_frame(prom_net *net, struct link *link, int64_t now);
/* Why the other side is gone; NULL where it is not. */
const char *prom_link_end_of(const struct link *link, prom_tls_state state);
void prom_link_write(prom_net *net, struct link *link, int64_t now);
/* Puts a packet into its buffer, if no more than `most` bytes wait then. */
PROM_MUST_USE bool prom_link_put(prom_net *net, struct link *link, const prom_packet *packet, size_t most);
/* Ends it when it is stuck; tells epoll what it waits for. Returns in how many milliseconds it is looked at again. */
int64_t prom_link_look(prom_net *net, struct link *link, int64_t now);

/* -- Who has a place (place.c) -- */

/* Whether nobody we know is at the other end: it came by itself, and is kept for no one. One for bodies is what the
 * others of its node are. */
bool prom_link_is_stranger(const prom_net *net, const struct link *link);
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
void prom_greet_take(prom_net *net, struct link *link, const prom_hello *hello, int64_t now);
/* Returns what did not come in time. */
const char *prom_greet_missing(const struct link *link);

/* -- Addresses (dial.c, listen.c) -- */

PROM_MUST_USE prom_result prom_listen_at(struct listener *listener, const prom_address *address, prom_error *error);
void prom_listen_end(struct listener *listener);
/* Returns the network that a peer's socket is in: of many there, each is a stranger among the others of it. */
uint64_t prom_listen_source(const struct sockaddr_storage *name);
/* Writes the address of a peer's socket; of length 0 where it has none. */
void prom_listen_from(prom_address *from, const struct sockaddr_storage *name);
/* Sets what all sockets to other machines have: no delay, and questions of the kernel's whether they are alive. */
void prom_listen_tune(int descriptor);

/* Tries what is due. Returns in how many milliseconds the next is. */
int64_t prom_dial_due(prom_net *net, int64_t now);
/* A link of ours is gone, or came up. `reason`: why it never was up; NULL where it was. */
void prom_dial_lost(prom_net *net, uint64_t link, const char *reason, int64_t now);
/* Names have been looked up. */
void prom_dial_resolved(prom_net *net);
void prom_dial_reached(prom_net *net, uint64_t link);
/* Dials a link for bodies to where that link of ours leads. */
void prom_dial_beside(prom_net *net, const struct link *link, int64_t now);

/* -- Links for bodies (bodies.c) -- */

/* Makes it one for bodies. False when there is no memory. */
PROM_MUST_USE bool prom_bodies_begin(struct link *link);
void prom_bodies_free(struct bodies *bodies);
/* It is up: an older one of its node ends. False, and it ends, where it stands beside no link for messages. */
PROM_MUST_USE bool prom_bodies_up(prom_net *net, struct link *link, int64_t now);
/* Returns the link for bodies with that node, if one is up; else NULL, and from now on one is tried. */
struct link *prom_bodies_with(prom_net *net, const prom_bytes32 *node, int64_t now);
/* The other side asks for one. */
void prom_bodies_wanted(prom_net *net, const struct link *link, int64_t now);
/* A link is gone: so is what stood beside it, or came over it. */
void prom_bodies_lost(prom_net *net, const prom_bytes32 *node, bool bodies);
/* Has the next turn begin with another link, where this one has used up what all may move in one. */
void prom_bodies_turn(prom_net *net, const struct link *link);
/* The file of a piece is sent, or not to be sent. */
void prom_bodies_close_file(struct bodies *bodies);
void prom_bodies_read(prom_net *net, struct link *link, int64_t now);
/* Whether something waits to be sent; and whether it is of any use still. */
bool prom_bodies_waits(const struct link *link);
bool prom_bodies_is_used(const struct link *link, int64_t now);
/* Returns whether the other side has brought of what it was asked for less than the least pace, for the time of a
 * stall.
 */
bool prom_bodies_is_owed(const prom_net *net, struct link *link, int64_t now);

/* -- Serving (serve.c) -- */

void prom_serve_take(prom_net *net, struct link *link, const prom_fetch *fetch, int64_t now);
void prom_bodies_write(prom_net *net, struct link *link, int64_t now);
void prom_serve_free(prom_net *net);

/* -- Fetching (transfer.c, part.c) -- */

/* Takes the head of a piece: link->bodies then says what to do with its bytes. */
void prom_transfer_take(prom_net *net, struct link *link, const prom_piece *piece, int64_t now);
/* Takes some of the chunk's bytes, and judges it when they are all there. */
void prom_transfer_bytes(prom_net *net, struct link *link, prom_span bytes, int64_t now);
/* A link for bodies with that node is gone: what was asked for is asked for again, over another one; or elsewhere,
 * where no link at all leads to it any more. */
void prom_transfer_lost(prom_net *net, const prom_bytes32 *node, bool gone);
int64_t prom_transfer_due(prom_net *net, int64_t now);
void prom_transfer_free(prom_net *net);
/* The fetch goes no further: it is told why; NULL: it is whole. */
void prom_transfer_give_up(prom_net *net, struct transfer *transfer, const char *reason);

/* Opens the file of parts, and reads what it says of itself. */
PROM_MUST_USE prom_result prom_part_open(struct transfer *transfer, prom_error *error);
/* Writes at an offset; false when the disk does not take it. */
PROM_MUST_USE bool prom_part_write(const struct transfer *transfer, uint64_t offset, prom_span bytes);
/* Writes down how far it is. */
PROM_MUST_USE bool prom_part_note(const struct transfer *transfer);
/* Hashes some of what came before; `again` is over when that is done. */
void prom_part_hash_some(prom_net *net, struct transfer *transfer);
/* Gives the whole its name. */
void prom_part_finish(prom_net *net, struct transfer *transfer);

#endif
