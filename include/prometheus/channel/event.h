/* What happens to a channel, and what it sees of the world while it does. */
#ifndef PROMETHEUS_CHANNEL_EVENT_H
#define PROMETHEUS_CHANNEL_EVENT_H

#include "prometheus/base/declarations.h"
#include "prometheus/channel/facts.h"
#include "prometheus/channel/message.h"
#include "prometheus/channel/want.h"
#include "prometheus/contract/draw.h"
#include "prometheus/contract/index.h"

PROM_DECLARATIONS_BEGIN

/* What a party's owner takes and can do; the same for all channels of the role. */
typedef struct prom_channel_config {
    prom_bytes32 genesis;       /* of the chain that we are on; other terms are refused */
    prom_span signet_challenge; /* of an own signet, as terms hold it; empty elsewhere */
    prom_terms_limits limits;
    prom_job_time time;             /* W, V, A: what our machine and line do with the largest job that we take */
    prom_amount reward_min;         /* W, V: of the own share */
    prom_amount retainer_max;       /* C: of arbiters whose retainers are looked at, 0: any */
    uint64_t memory_max;            /* W: bytes that proving may take, 0: PROM_DELIVERY_MEMORY_MAX */
    uint32_t answer_seconds;        /* that an asked arbiter has to answer before it counts as silent */
    size_t aborted_max;             /* draws aborted within PROM_DRAW_MEMORY: above it no setup is begun */
    bool any_pool;                  /* the owner overrides prom_pool_check and prom_draw_check_announced */
    prom_address address;           /* of our node */
    prom_announcement announcement; /* A: of its offer, signed */
} prom_channel_config;

/* What the node sees of the chain and of its other channels, at one moment. All of it is the node's; a step reads it.
 */
typedef struct prom_channel_view {
    const prom_channel_config *config;
    const prom_index *index; /* of the best chain; its tip is the best tip */
    bool partial;     /* the index lacks records, though it has the last blocks' hashes: setups end, and do not go on */
    uint32_t own_tip; /* the greatest height ever seen of a best chain's tip, on disk before it is used */
    bool in_step;     /* with the chain: what is dated now is dated truly */
    bool may_begin;   /* new contracts: the chain is followed, the disk has room, a coin for fees is there */
    bool coins_gone;  /* W, V, before our part is given: other contracts have our coins, or the one for fees */
    uint64_t seconds; /* since the node started, on a clock that nobody sets */
    const prom_announcement *announced; /* what the node has heard of offers, checked against the chain */
    size_t announced_count;
    const prom_bytes32 *seen; /* every h, k_h and key of other channels */
    size_t seen_count;
    const prom_aborted_draw *aborted;
    size_t aborted_count;
    const prom_signed_setup *setups; /* whose base terms other channels of ours have signed */
    size_t setup_count;
    uint32_t work_ahead; /* W, V: jobs of others that a thread may have to do before one that begins now */
} prom_channel_view;

typedef enum prom_event_kind {
    PROM_EVENT_PROPOSE, /* C: its owner wants this contract */
    PROM_EVENT_MESSAGE, /* of a party, whose signature of it was checked */
    PROM_EVENT_BLOCK,   /* a block was connected */
    PROM_EVENT_UNBLOCK, /* the tip was disconnected */
    PROM_EVENT_TIME,    /* some time has passed, or the node has started */
    PROM_EVENT_SIGNED,  /* what a want asked the signer for */
    PROM_EVENT_FETCHED, /* a body is on our disk, its hash checked */
    PROM_EVENT_DONE,    /* a job is over */
    PROM_EVENT_OUTPUT,  /* what the chain says of an outpoint */
    PROM_EVENT_TRIED,   /* what our mempool says of Tx0 */
    PROM_EVENT_ABANDON, /* our owner gives the setup up, while it can be given up */
    PROM_EVENTS,
} prom_event_kind;

typedef struct prom_propose_event {
    const prom_terms *proposal; /* base terms but for the parts of the parties, h and k_h, snapshot, g and deadline */
    prom_bytes32 peers[PROM_PARTIES]; /* own-words keys of W and V */
    prom_address addresses[PROM_PARTIES];
} prom_propose_event;

typedef struct prom_message_event {
    const prom_bytes32 *from; /* own-words key of the sender; of the envelope, whose signature was valid */
    const prom_message *message;
} prom_message_event;

/* Of a connected block those of its transactions that spend one of the channel's outpoints (prom_channel_watched) or
 * make one; their witnesses with them. */
typedef struct prom_block_event {
    uint32_t height;
    const prom_tx *const *txs;
    size_t count;
} prom_block_event;

typedef struct prom_signed_event {
    prom_purpose purpose;
    uint16_t batch;
    prom_bytes32 hash; /* what was signed, as the want named it */
    prom_signature signature;
    prom_span bytes; /* nonces, partials, Tx0's signatures; FROST: nonce or share; key: h_p */
} prom_signed_event;

typedef struct prom_fetched_event {
    prom_body_kind what;
    uint16_t batch;
    prom_body body;
} prom_fetched_event;

/* A body that should be on our disk and is not, or was changed there. */
typedef struct prom_lost_body {
    bool is;
    prom_body_kind what;
    prom_bytes32 hash;
} prom_lost_body;

typedef struct prom_done_event {
    prom_job_kind job;
    uint16_t batch;
    prom_bytes32
        subject; /* what the job was about, as the want named it: answers to what is no longer asked are known */
    bool unable; /* it failed by a fault of our own: it will be tried again, and says nothing about anybody */
    prom_lost_body lost;  /* why it was unable, where that is why */
    prom_checked checked; /* check, result, open key (good: `h_p`) */
    prom_bytes32 h_p;
    prom_body body;     /* compute, openings: the package, on our disk */
    prom_span bytes;    /* key generation: what the step gave */
    prom_bytes32 Y;     /* key generation, at its end */
    size_t culprit;     /* key generation: index of the arbiter at fault, or PROM_ARBITERS_MAX */
    const char *reason; /* may be NULL where all is well */
} prom_done_event;

typedef struct prom_output_event {
    prom_outpoint outpoint;
    bool found;
    prom_input_view output;
} prom_output_event;

typedef struct prom_tried_event {
    bool allowed;
    const char *reason;
} prom_tried_event;

typedef struct prom_event {
    prom_event_kind kind;
    union {
        prom_propose_event propose;
        prom_message_event message;
        prom_block_event block;
        uint32_t unblock; /* height of the block that was the tip */
        prom_signed_event signed_;
        prom_fetched_event fetched;
        prom_done_event done;
        prom_output_event output;
        prom_tried_event tried;
    } as; /* time, abandon: nothing */
} prom_event;

/* -- What a step gives, beside new facts -- */

typedef enum prom_output_kind {
    PROM_OUTPUT_SEND,     /* a message, for the outbox */
    PROM_OUTPUT_REMEMBER, /* the setup ended after its draw: it is remembered (prom_aborted_draw, draw.h) */
    PROM_OUTPUT_SEEN,     /* h, k_h and keys of terms that we sign: for good */
    PROM_OUTPUT_ALARM,    /* the owner must know */
    PROM_OUTPUT_NOTE,     /* for the log */
} prom_output_kind;

typedef struct prom_output {
    prom_output_kind kind;
    prom_bytes32 to;      /* send */
    prom_message message; /* send; spans in the step's arena */
    bool answer;          /* send: whoever lacks it asks again, and is given it again */
    char text[256];       /* alarm, note */
} prom_output;

/* A step speaks to every place a few times at most. */
#define PROM_OUTPUTS_MAX 160U

typedef struct prom_outputs {
    prom_output *list; /* in the step's arena */
    size_t count;      /* at most PROM_OUTPUTS_MAX */
    size_t room;
} prom_outputs;

PROM_DECLARATIONS_END

#endif
