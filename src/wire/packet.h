/* What a frame holds: the greeting of a link, envelopes of channels, requests for bodies and pieces of them, and
 * what strangers ask each other about who is there. */
#ifndef WIRE_PACKET_H
#define WIRE_PACKET_H

#include "prometheus/channel/facts.h"
#include "prometheus/channel/message.h"
#include "wire/quote.h"

#define PROM_WIRE_VERSION 1U

/* The most bytes of a frame: the largest body, and what is around it. */
#define PROM_FRAME_MAX ((size_t)1 << 20)
/* The most bytes of a chunk of a body (net/chunk.h). */
#define PROM_CHUNK_BYTES (1U << 20)

/* What the first packet of both sides says. */
typedef struct prom_hello {
    uint32_t version_min;
    uint32_t version_max;
    uint64_t features; /* an even bit: who does not know it leaves; an odd one: it may be passed over */
    prom_bytes32 genesis;
    prom_bytes32 node;        /* key */
    prom_signature signature; /* by it, of prom_hello_hash */
} prom_hello;

/* Who of a link's two sides says hello: what one signs is not what the other would. */
typedef enum prom_link_side {
    PROM_LINK_DIALER = 1,
    PROM_LINK_LISTENER = 2,
} prom_link_side;
/* Of who answers what is asked below about pointers and listings; nobody else is asked. */
#define PROM_FEATURE_DISCOVERY (UINT64_C(1) << 1)

/* Of who dials a link for bodies. */
#define PROM_FEATURE_BODIES (UINT64_C(1) << 2)

/* Of who is told when a node that it asks for a party takes no part. */
#define PROM_FEATURE_DECLINED (UINT64_C(1) << 3)

/* Of who runs programs that are modules; nobody else is asked for one. */
#define PROM_FEATURE_MODULES (UINT64_C(1) << 5)

/* What this version knows beside what every node does; which of it a node has on its hello says. */
#define PROM_FEATURES_KNOWN                                                                                            \
    (PROM_FEATURE_DISCOVERY | PROM_FEATURE_BODIES | PROM_FEATURE_DECLINED | PROM_FEATURE_MODULES)

/* Returns the hello of this version, not signed yet. */
prom_hello prom_hello_of(const prom_bytes32 *genesis, const prom_bytes32 *node);
/* Computes the hash that the node of a hello signs, tagged `prometheus/link`, of: version of this layout (u8, 1), side
 * (u8), genesis, node, and the 32 bytes that the link's TLS gives for channel binding (RFC 9266). */
void prom_hello_hash(prom_bytes32 *hash, const prom_hello *hello, prom_link_side side, const prom_bytes32 *binding);
/* Returns whether its node has signed it for this link. */
PROM_MUST_USE bool prom_hello_signed(const prom_curve *curve, const prom_hello *hello, prom_link_side side,
                                     const prom_bytes32 *binding);
/* Judges the other side's hello. `lenient` is whether it may send what we do not know. PROM_CATEGORY_PEER, with the
 * reason, when the two cannot talk. */
PROM_MUST_USE prom_result prom_hello_check(bool *lenient, const prom_hello *theirs, const prom_hello *ours,
                                           prom_error *error);

/* A message of one party of a contract to another. Its sender signs the tagged hash `prometheus/envelope` of: version
 * (u8), channel, sender, receiver, generation (u32), number (u64), acknowledged_generation (u32), acknowledged (u64),
 * SHA-256 of the body. */
typedef struct prom_envelope {
    prom_bytes32 channel; /* the client's own-words key */
    prom_bytes32 sender;
    prom_bytes32 receiver;
    uint32_t generation; /* of the sender's database */
    uint64_t number;     /* from 1; 0: no message, an acknowledgement alone */
    uint32_t acknowledged_generation;
    uint64_t acknowledged; /* all of the receiver's messages up to it are taken */
    prom_span body;        /* prom_body_encode; empty where number is 0 */
    prom_signature signature;
} prom_envelope;

/* Computes the hash that the sender signs. */
void prom_envelope_hash(prom_bytes32 *hash, const prom_envelope *envelope);
/* Returns whether the sender has signed it. */
PROM_MUST_USE bool prom_envelope_signed(const prom_curve *curve, const prom_envelope *envelope);

/* Asks for a chunk of a body: whoever knows a body's hash may have it from who serves it. */
typedef struct prom_fetch {
    prom_bytes32 channel;
    prom_body_kind what;
    prom_bytes32 hash;
    uint32_t back; /* which one, counted from the body's end; below PROM_CHUNKS_MAX */
} prom_fetch;
#define PROM_CHUNKS_MAX ((uint32_t)(PROM_PAYLOAD_MAX / PROM_CHUNK_BYTES) + 1)

/* The answer. The chunk's bytes follow its frame on the link. */
typedef struct prom_piece {
    prom_bytes32 channel;
    prom_body_kind what;
    prom_bytes32 hash;
    uint32_t back;
    uint64_t total;     /* of the whole body; 0: it is not here */
    bool first;         /* the body begins with it */
    prom_bytes32 state; /* of SHA-256 before the chunk; zeros before the first */
    uint32_t length;    /* of the chunk: 1 to PROM_CHUNK_BYTES, 0 where nothing is here */
} prom_piece;

/* Asks a node for a party of a new contract: before there is a channel there is no envelope. */
typedef struct prom_begin {
    prom_bytes32 channel; /* the client's own-words key */
    prom_role role;       /* worker or verifier */
    prom_span terms;      /* base terms, as far as the client knows them; PROM_BEGIN_TERMS_MAX at most */
} prom_begin;
#define PROM_BEGIN_TERMS_MAX 8192U

/* The answer: the key that the party will speak by, and its node's word on it. */
typedef struct prom_begun {
    prom_bytes32 channel;
    prom_role role;
    prom_bytes32 words;
    prom_node_word node;
} prom_begun;

/* The other answer: the node takes no such part. Nobody signs it: it is worth something to who was sent it by the very
 * node that it has asked, on a link that proves this. */
typedef struct prom_declined {
    prom_bytes32 channel;
    prom_role role;
    prom_quote_reason reason; /* the first that was found */
} prom_declined;

/* Asks for pointers (listing/pointer.h) of nodes with this role in contracts on this P: whoever knows some may answer.
 */
typedef struct prom_get_pointers {
    prom_bytes32 p_txid;
    prom_role role; /* worker, verifier or arbiter */
    uint32_t most;  /* PROM_POINTERS_MAX at most */
} prom_get_pointers;
#define PROM_POINTERS_MAX 64U

/* The answer: bytes of pointers, which are not looked at here. */
typedef struct prom_pointers {
    prom_bytes32 p_txid;
    prom_role role;
    prom_span_list pointers; /* PROM_POINTERS_MAX at most, each of PROM_POINTER_CARRIED_MAX bytes at most */
} prom_pointers;
#define PROM_POINTER_CARRIED_MAX 512U

/* Asks a node what it offers itself in contracts on this P. */
typedef struct prom_get_listings {
    prom_bytes32 p_txid;
    prom_role role;
} prom_get_listings;

/* The answer: none, where it offers nothing; its listing (listing/listing.h); or an arbiter's announcements
 * (contract/offer.h). Not looked at here. */
typedef struct prom_listings {
    prom_bytes32 p_txid;
    prom_role role;
    prom_span_list listings; /* PROM_LISTINGS_MAX at most, each of PROM_LISTING_CARRIED_MAX bytes at most */
} prom_listings;
#define PROM_LISTINGS_MAX 64U
#define PROM_LISTING_CARRIED_MAX 16384U
/* Bytes of all listings of one answer, at most. */
#define PROM_LISTINGS_CARRIED_MAX 65536U

typedef enum prom_packet_kind {
    PROM_PACKET_UNKNOWN, /* of a peer that may send what we do not know: passed over */
    PROM_PACKET_HELLO,
    PROM_PACKET_ENVELOPE,
    PROM_PACKET_FETCH,
    PROM_PACKET_PIECE,
    PROM_PACKET_BEGIN,
    PROM_PACKET_BEGUN,
    PROM_PACKET_PING,
    PROM_PACKET_PONG,
    PROM_PACKET_BODIES, /* asks who dialled for a link for bodies */
    PROM_PACKET_DECLINED,
    PROM_PACKET_GET_POINTERS = 16,
    PROM_PACKET_POINTERS,
    PROM_PACKET_GET_LISTINGS,
    PROM_PACKET_LISTINGS,
    PROM_PACKET_ASK,
    PROM_PACKET_QUOTE,
} prom_packet_kind;

typedef struct prom_packet {
    prom_packet_kind kind;
    union {
        prom_hello hello;
        prom_envelope envelope;
        prom_fetch fetch;
        prom_piece piece;
        prom_begin begin;
        prom_begun begun;
        prom_declined declined;
        uint64_t ping; /* its number; of a pong, that of the ping */
        prom_get_pointers get_pointers;
        prom_pointers pointers;
        prom_get_listings get_listings;
        prom_listings listings;
        prom_ask ask;
        prom_quote quote;
    } as;
} prom_packet;

/* Writes a packet. PROM_CATEGORY_BROKEN when it has a value that no peer would read. */
PROM_MUST_USE prom_result prom_packet_encode(prom_arena *arena, prom_span *bytes, const prom_packet *packet,
                                             prom_error *error);
/* Reads a packet; its spans lie in the arena. PROM_CATEGORY_PEER on anything that is none. */
PROM_MUST_USE prom_result prom_packet_decode(prom_arena *arena, prom_packet *packet, prom_span bytes, bool lenient,
                                             prom_error *error);

#endif
