/* What the files of this room share: the contacts of a node. */
#ifndef CONTACTS_STATE_H
#define CONTACTS_STATE_H

#include "contacts/contacts.h"
#include "discovery/exchange.h"
#include "node/guest.h"

/* Milliseconds between two questions to a peer that nothing hurries, and as many more by chance. */
#define PROM_CONTACTS_PERIOD_MS INT64_C(120000)
/* Milliseconds until a peer that is new, or asked for something new, is asked about all of it again, as it may hear of
 * it just now; twice as long each time, up to the above. */
#define PROM_CONTACTS_SOON_MS INT64_C(5000)
/* Milliseconds between two looks at what needs no hurry. */
#define PROM_CONTACTS_TICK_MS INT64_C(1000)

/* A P and a role for which somebody is looked for, or for which others are told of us. The directory follows each. */
typedef struct prom_topic {
    bool used;
    bool served;          /* we take this role there */
    bool needed;          /* by what we serve: arbiters, of whom a draw is to be asked */
    int64_t needed_since; /* 0: it is not */
    bool relayed;         /* of a P that we serve: peers may ask us */
    uint32_t wanted;
    bool looked_for; /* by the owner, until: */
    int64_t looked_until;
    prom_bytes32 p_txid;
    prom_role role;
    uint64_t rested;  /* the number of the moment since which nobody needs it */
    uint32_t told_at; /* height at which our pointer was issued; 0: none was */
    bool listened;    /* prom-dht tells of others' pointers */
    bool told_again;  /* since the start: another one replaces what an earlier start has issued at the same height */
} prom_topic;
#define PROM_TOPICS_MAX PROM_DIRECTORY_SHELVES_MAX
_Static_assert(PROM_TOPICS_MAX <= 32, "a set of topics has 32 bits");

/* A node at the other end of a link that is up. */
typedef struct prom_peer {
    uint64_t link; /* 0: none */
    prom_bytes32 node;
    bool ours;              /* we opened the link */
    bool answers;           /* it has PROM_FEATURE_DISCOVERY */
    prom_exchange exchange; /* of pointers */
    prom_exchange enquiry;  /* of what each offers itself */
    uint32_t pointers_due;  /* topics that it is to be asked about: a bit each */
    uint32_t listings_due;  /* the same of what it offers itself */
    bool busy;              /* somebody else asks it, or is asked by it: the link is not ours alone */
    uint32_t offers;        /* topics of which it has said, signed, that it offers them itself */
    size_t turn;            /* of which the next one that is due by time is here */
    int64_t next_at;        /* when that is */
    int64_t wait;           /* after that, until the next */
} prom_peer;

/* txids of P for which we take one role. */
typedef struct prom_served {
    prom_bytes32 list[PROM_CONTACTS_SERVED_MAX];
    size_t count;
} prom_served;

/* Nodes that are linked to because of their pointers: to be asked, and so that there are some links. */
#define PROM_OUTREACH_MAX 8U
typedef struct prom_outreach_slot {
    bool used;
    bool up; /* a link was */
    prom_bytes32 node;
    prom_address address;
    int64_t since; /* it is tried; once it was up, since then */
    bool asked;    /* it has told what there is to ask it */
} prom_outreach_slot;

/* Who was tried lately, and is not to be tried again so soon. */
#define PROM_OUTREACH_TRIED_MAX 512U
typedef struct prom_outreach_try {
    uint64_t mark; /* of the node; 0: none */
    int64_t at;
    uint32_t failures; /* in a row: it was refused, or its link ended before it was asked */
} prom_outreach_try;

typedef struct prom_outreach {
    prom_outreach_slot slots[PROM_OUTREACH_MAX];
    prom_outreach_try tried[PROM_OUTREACH_TRIED_MAX];
    size_t next; /* the place of the next try */
} prom_outreach;

struct prom_contacts {
    prom_contacts_options options;
    prom_contacts_peer statics[PROM_CONTACTS_PEERS_MAX];
    prom_arena arena; /* of the directory */
    prom_directory *directory;
    prom_bytes32 salt; /* of the directory */
    prom_bytes32 self;
    prom_topic topics[PROM_TOPICS_MAX];
    uint64_t moments;                                              /* that were numbered */
    prom_bytes32 accepted[PROM_ROLES][PROM_LISTING_CONTRACTS_MAX]; /* of the policies */
    prom_served served[PROM_ROLES];
    bool served_due;     /* all of it is to be looked at, whatever the height */
    uint32_t served_at;  /* height at which worker's and verifier's were looked at last */
    size_t served_known; /* records of the chain's index then */
    bool crowded;        /* the owner was told that all places are needed */
    uint32_t served_tip; /* height at which ours as arbiters were */
    size_t peers_used;   /* behind so many all are free */
    prom_peer peers[PROM_NET_LINKS_MAX];
    int64_t ticked;
    prom_dht *dht;   /* NULL: without prom-dht */
    bool dht_failed; /* and the owner was told */
    prom_outreach outreach;
    prom_arena kept_arena; /* of what lay on the disk, until the node is ready */
    prom_span kept_directory;
    prom_span kept_announcements;
    bool kept_taken; /* it was; before that nothing is written over it */
    int64_t kept_at; /* when it was written last */
};

void prom_contacts_report(const prom_contacts *contacts, prom_report_kind kind, const char *format, ...)
    PROM_PRINTF(3, 4);
/* Returns bits that nobody can foresee. */
uint64_t prom_contacts_random(void);

/* -- Topics (topics.c) -- */

/* Returns whether somebody is looked for. */
bool prom_topic_is_looked_for(const prom_topic *topic);
/* Returns whether it is looked for, served, or relayed. */
bool prom_topic_is_active(const prom_topic *topic);
/* Returns the topic; NULL: there is none. */
prom_topic *prom_contacts_topic_of(prom_contacts *contacts, const prom_bytes32 *p_txid, prom_role role);
/* Returns the topic, a new one where there was none; NULL, and the owner is told, where all places are needed. */
prom_topic *prom_contacts_topic(prom_contacts *contacts, const prom_bytes32 *p_txid, prom_role role);
/* Ends what the owner looked for long enough. */
void prom_contacts_look_no_more(prom_contacts *contacts, int64_t now);
/* Notes that nobody needs it any more, where that is so. */
void prom_contacts_rest(prom_contacts *contacts, prom_topic *topic);
/* Returns its number as a bit. */
uint32_t prom_topic_bit(const prom_contacts *contacts, const prom_topic *topic);
/* The set of the topics that are active, or only of those for which somebody is looked for. */
uint32_t prom_contacts_active(const prom_contacts *contacts);
uint32_t prom_contacts_looked_for(const prom_contacts *contacts);

/* -- What is served (served.c, told.c) -- */

/* Looks at which P the owner's policy, and our offers, have us serve now, and tells others of it by pointers. */
void prom_contacts_serve(prom_contacts *contacts);
/* Issues our pointer for a topic that is served, where it is time. */
void prom_contacts_tell(prom_contacts *contacts, prom_topic *topic, uint32_t tip);
/* Makes what we say of ourselves when somebody asks: our listing, or the announcements of our offers; an empty list
 * where we serve nothing of that. */
PROM_MUST_USE prom_result prom_contacts_own_listings(const prom_contacts *contacts, prom_arena *arena,
                                                     prom_listings *answer, const prom_get_listings *question,
                                                     prom_error *error);

/* -- What peers offer themselves (enquiry.c) -- */

/* Asks the peer about a topic. False: not now. */
PROM_MUST_USE bool prom_contacts_enquire(prom_contacts *contacts, prom_peer *peer, const prom_topic *topic,
                                         int64_t now);
void prom_contacts_answer_enquiry(const prom_contacts *contacts, prom_peer *peer, const prom_get_listings *question,
                                  int64_t now);
/* Takes an answer: listings that name the peer, and announcements, which the node hears of. */
void prom_contacts_take_listings(prom_contacts *contacts, prom_peer *peer, const prom_listings *answer);

/* -- prom-dht (table.c) -- */

PROM_MUST_USE prom_result prom_contacts_open_table(prom_contacts *contacts, const prom_dht_options *options,
                                                   prom_error *error);
/* Does what it has, and listens for what is looked for. */
void prom_contacts_table_turn(prom_contacts *contacts, int64_t now);
void prom_contacts_table_put(prom_contacts *contacts, const prom_topic *topic, prom_span pointer);
/* Neither puts nor listens for it any more; what is still looked for is listened for again by the next turn. */
void prom_contacts_table_forget(prom_contacts *contacts, prom_topic *topic);

/* -- Links to who is known (outreach.c) -- */

/* Links to nodes that are to be asked, and gives up links that are needed no more. */
void prom_contacts_reach_out(prom_contacts *contacts, int64_t now);
/* Notes that an address of a node is not reached. */
void prom_contacts_reach_failed(prom_contacts *contacts, const prom_address *address, const prom_bytes32 *node);
/* The address at which a node is best tried. */
prom_address prom_contacts_address(const prom_contacts *contacts, const prom_pointer *pointer);

/* -- On the disk (keep.c) -- */

/* Reads what was kept, and makes the directory with it; what is no such file is set aside. */
PROM_MUST_USE prom_result prom_contacts_load(prom_contacts *contacts, prom_error *error);
/* Takes what was read, once the node knows the chain; writes whom we know now and then. `now`: at once. */
void prom_contacts_keep(prom_contacts *contacts, bool now);

/* -- Peers (peers.c) -- */

void prom_contacts_up(void *context, uint64_t link, const prom_hello *hello);
void prom_contacts_down(void *context, uint64_t link);
void prom_contacts_unreached(void *context, const prom_address *address, const prom_bytes32 *node);
void prom_contacts_take(void *context, uint64_t link, const prom_packet *packet);
/* Notes that a node was tried in vain; where no link is up the fault is ours, and nothing is noted. */
void prom_contacts_failed(prom_contacts *contacts, const prom_bytes32 *node);
/* Returns the peer of that link, or NULL. */
prom_peer *prom_contacts_peer_of(prom_contacts *contacts, uint64_t link);
/* Asks peers what is due. */
void prom_contacts_ask(prom_contacts *contacts, int64_t now);
/* Leaves a peer, and tells the owner why. */
void prom_contacts_leave(const prom_contacts *contacts, const prom_peer *peer, const prom_error *reason);
/* Has all peers asked about a topic as soon as they can be. */
void prom_contacts_hurry(prom_contacts *contacts, const prom_topic *topic);

#endif
