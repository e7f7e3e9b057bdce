/* What the files of this room share. */
#ifndef NET_PARTS_H
#define NET_PARTS_H

#include "net/buffer.h"
#include "net/net.h"
#include "net/quota.h"

struct link {
    uint64_t id; /* 0: this one is free */
    int descriptor;
    bool ours; /* we opened it */
    bool up;
    size_t kept; /* for so many correspondents */
    bool lenient;
    bool ending;      /* closed after the callback that is under way */
    bool refused;     /* a message, for want of room */
    uint32_t watched; /* epoll's events */
    char reason[160]; /* of its end */
    prom_net_buffer in;
    prom_net_buffer out;
    prom_quota packets;
    prom_quota bytes;
    int64_t waits_since; /* for the hello, or the rest of a frame; INT64_MAX: for nothing */
    int64_t stuck_since; /* nothing of `out` was taken since; INT64_MAX: it is empty */
};

struct dial {
    bool used;
    bool tried;
    prom_address address;
    uint64_t link; /* 0: none */
    int64_t asked; /* for it, last */
    int64_t next;  /* when it is tried */
    int64_t wait;  /* after the next failure */
};

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
    prom_hello hello;
    prom_net_limits limits;
    prom_net_events events;
    prom_net_room room;
    prom_quota strangers; /* packets of all links of nobody we know */
    size_t turn;          /* of which the next one that is looked at is here in `links` */
    int epoll;
    int listener; /* -1: none */
    char listener_path[PROM_ADDRESS_MAX + 1];
    uint64_t last_id;
    int64_t due; /* milliseconds after the last poll */
    struct link links[PROM_NET_LINKS_MAX];
    struct dial dials[PROM_NET_DIALS_MAX];
    struct transfer transfers[PROM_NET_FETCHES_MAX];
};

/* -- Links (link.c) -- */

/* Takes a connected socket over, says hello. NULL, and the socket closed, when there is no room. */
struct link *prom_link_new(prom_net *net, int descriptor, bool ours, int64_t now);
struct link *prom_link_find(prom_net *net, uint64_t id);
/* Ends the link of nobody we know that holds the most memory, the oldest of several, but not `but`. False when there is
 * none. */
bool prom_link_evict(prom_net *net, const struct link *but, const char *reason);
/* Marks it to be ended, with the reason for people. */
void prom_link_end(struct link *link, const char *format, ...) PROM_PRINTF(2, 3);
/* Closes it, tells who waits for it. */
void prom_link_close(prom_net *net, struct link *link);
/* Reads and takes what has come; sends what waits. */
void prom_link_read(prom_net *net, struct link *link, int64_t now);
void prom_link_write(prom_net *net, struct link *link, int64_t now);
/* Puts a packet into its buffer, if no more than `most` bytes wait then. */
PROM_MUST_USE bool prom_link_put(prom_net *net, struct link *link, const prom_packet *packet, size_t most);
/* Ends it when it is stuck; tells epoll what it waits for. Returns in how many milliseconds it is looked at again. */
int64_t prom_link_look(prom_net *net, struct link *link, int64_t now);

/* -- Addresses (dial.c) -- */

PROM_MUST_USE prom_result prom_dial_listen(int *descriptor, char path[PROM_ADDRESS_MAX + 1],
                                           const prom_address *address, prom_error *error);
/* Tries what is due. Returns in how many milliseconds the next is. */
int64_t prom_dial_due(prom_net *net, int64_t now);
/* A link of ours is gone, or came up. */
void prom_dial_lost(prom_net *net, uint64_t link, int64_t now);
void prom_dial_reached(prom_net *net, uint64_t link);

/* -- Files (transfer.c) -- */

void prom_transfer_serve(prom_net *net, struct link *link, const prom_fetch *fetch);
void prom_transfer_take(prom_net *net, struct link *link, const prom_piece *piece, int64_t now);
void prom_transfer_lost(prom_net *net, uint64_t link);
int64_t prom_transfer_due(prom_net *net, int64_t now);
void prom_transfer_free(prom_net *net);

#endif
