/* The order of messages between two parties of a channel, over links that lose, repeat and reorder: each message is
 * taken exactly once and in order. Pure: what must outlive a crash is the caller's to write down, in the transaction of
 * the step that it belongs to.
 *
 *   sender    outbox on disk: acknowledged | sent, not acknowledged | not sent yet
 *   receiver  on disk: generation and number of the last message taken
 *
 * Numbers go from 1 within a generation of the sender's database. */
#ifndef WIRE_STREAMS_H
#define WIRE_STREAMS_H

#include <stdbool.h>
#include <stdint.h>

/* So many messages are under way to one receiver at a time. */
#define PROM_STREAM_WINDOW 32U

/* How far the messages to one receiver are. */
typedef struct prom_outgoing {
    uint32_t generation;   /* of our database */
    uint64_t last;         /* the number that was given last */
    uint64_t acknowledged; /* all up to it are */
    uint64_t sent;         /* on this link, since it came or since we began again */
} prom_outgoing;

/* Returns how far they are after a start: the outbox holds `first` to `last`, or nothing when `first` is above it. */
prom_outgoing prom_outgoing_loaded(uint32_t generation, uint64_t first, uint64_t last);
/* Gives the next number, to a message that goes to the outbox. */
uint64_t prom_outgoing_add(prom_outgoing *outgoing);
/* Returns the number of the message to send next, or 0: nothing, or nothing before something is acknowledged. */
uint64_t prom_outgoing_next(const prom_outgoing *outgoing);
/* Called when that message was handed to the link. */
void prom_outgoing_sent(prom_outgoing *outgoing);
/* Takes an acknowledgement. Returns whether it is new: then all up to `outgoing->acknowledged` leave the outbox. One of
 * another generation, or of what was never sent, changes nothing. */
bool prom_outgoing_acknowledge(prom_outgoing *outgoing, uint32_t generation, uint64_t number);
/* Begins again after the last acknowledged message: the link is a new one, or too long nothing was acknowledged. */
void prom_outgoing_again(prom_outgoing *outgoing);

/* How far the messages of one sender are taken; zeros: none was. */
typedef struct prom_incoming {
    uint32_t generation;
    uint64_t number;
} prom_incoming;

typedef enum prom_arrival {
    PROM_ARRIVAL_NEXT, /* to be taken; prom_incoming_take when it was */
    PROM_ARRIVAL_OLD,  /* taken already, or of an earlier generation: acknowledged again, and dropped */
    PROM_ARRIVAL_GAP,  /* something is missing before it: it waits for that, or its sender brings it again */
} prom_arrival;

/* Returns what a message is, by its number. */
prom_arrival prom_incoming_judge(const prom_incoming *incoming, uint32_t generation, uint64_t number);
/* Writes down that the message was taken, for good. */
void prom_incoming_take(prom_incoming *incoming, uint32_t generation, uint64_t number);

#endif
