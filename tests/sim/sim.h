/* One run of the simulator: a signed contract, its parties, a chain, links between them, and chance. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdio.h>

#include "chain.h"
#include "channel/step.h"

/* -- What is drawn for each seed -- */

/* Kinds of faults and of moves of the adversary: each seed draws which are on, and how often. */
typedef enum sim_feature {
    SIM_CRASH, /* a party stops at a persist, with the old or the new disk */
    SIM_DISK,  /* a commit fails: the step is undone, and tried again later */
    SIM_REORG,
    SIM_FAST_BLOCKS, /* blocks within seconds of each other */
    SIM_DELAY,       /* messages take minutes */
    SIM_LAG,         /* a party sees blocks later */
    SIM_UNABLE,      /* jobs fail by a fault of the machine, and are tried again */
    SIM_SIGNER_AWAY, /* a signature is not to be had for a while */
    SIM_SLOW_WORKER, /* the honest worker takes long */
    SIM_RESTORE,     /* a party comes back from an old backup */
    SIM_AWAY,        /* a party's node is off for a while */
    SIM_STUCK,       /* the verifier's machine cannot check the package at all */
    SIM_STRANGER,    /* messages of people that are no party */
    SIM_FEATURE_FAULTS,
    /* Of the coalition. */
    SIM_DROP = SIM_FEATURE_FAULTS, /* its parties' own messages are lost */
    SIM_HOLD,                      /* or late */
    SIM_LAZY,                      /* its parties leave undone what the rules want */
    SIM_GARBAGE,                   /* its worker computes garbage; its verifier and arbiters find the opposite */
    SIM_SECOND_PACKAGE,
    SIM_RECEIPTS, /* any date, any package, to some */
    SIM_ANSWERS,  /* void ones, to some */
    SIM_NOTICES,
    SIM_VOTES,     /* commitments and votes, twice, to some */
    SIM_ECHOES,    /* of anything, to one */
    SIM_VERDICTS,  /* V's signature of Tx4 to W */
    SIM_KEYS,      /* h_p, right or wrong, to some */
    SIM_BROADCAST, /* any transaction that it can complete */
    SIM_DECISIONS, /* FROST sessions for any S */
    SIM_QUESTIONS,
    SIM_SPOIL,  /* an input of Tx0 spent elsewhere */
    SIM_REPLAY, /* statements of anybody, to anybody */
    SIM_FEATURES,
} sim_feature;

const char *prom_sim_feature_name(sim_feature feature);

struct sim_story;
typedef struct sim_script sim_script;
typedef struct sim_run sim_run;

/* Who makes blocks when it is not chance: chooses what stands in the next one. Nothing is wished for then, and payouts
 * are not looked at. */
typedef struct sim_miner {
    size_t (*choose)(sim_run *run, sim_tx **chosen);
    void *context;
    const sim_world *world; /* instead of the plan's set */
    uint32_t blocks_max;
} sim_miner;

/* What a run is made from. All but the seed can be narrowed, to make a failing one short. */
typedef struct sim_plan {
    uint64_t seed;
    size_t set;
    uint32_t coalition;            /* bits of places */
    bool beyond;                   /* more arbiters are in it than the contract tolerates: few claims are left */
    uint64_t features;             /* bits of sim_feature */
    uint32_t rate[SIM_FEATURES];   /* per mille of the occasions */
    const struct sim_story *story; /* NULL: none */
    sim_script *script;            /* NULL: moves of the coalition are drawn (explore.h) */
    uint32_t moves_max;            /* of the coalition */
    uint32_t stops_max;            /* crashes and failed commits, of all parties together */
    uint32_t never;                /* what its channels never do: bits, as never_bit (wants.c) has them */
    uint32_t blocks_faulty;        /* blocks after Tx0 until faults stop */
    uint32_t message_blocks;       /* within which messages between honest parties come: 0: before the next block */
    const sim_miner *miner;        /* NULL: chance */
    size_t set_back;               /* this party is set back, */
    uint32_t set_back_to;          /* to the disk that it had after so many commits; 0: none is, but by chance */
    uint32_t set_back_at;          /* at the first block after so many of them */
    bool reload;                   /* facts are written, read and compared after every step */
} sim_plan;

/* Bits of `never`, and of the wants that a story's coalition leaves undone. */
#define SIM_NEVER_JOB(job) (UINT32_C(1) << (job))
#define SIM_NEVER_PUBLISH (UINT32_C(1) << 7)
#define SIM_NEVER_SAY(kind) (UINT32_C(1) << (8 + (kind)))
#define SIM_NEVER_SIGN(purpose) (UINT32_C(1) << (16 + ((purpose)&15)))
#define SIM_NEVER_FETCH (UINT32_C(1) << 31) /* nor serve */
_Static_assert(PROM_JOBS <= 7, "jobs and the other bits do not overlap");

/* A run with a plot: an attack that a finding of PROTOCOL.md is about, and what must come of it. */
typedef struct sim_story {
    const char *name;
    const char *what;
    size_t set;
    uint32_t coalition;
    uint32_t never;
    uint32_t silent_to;             /* bits of places that the coalition says nothing to */
    uint64_t features;              /* always on */
    void (*at_block)(sim_run *run); /* what the coalition does beside; NULL: nothing */
    unsigned must;                  /* how it ends for some seeds at least: scheme, 0 for no contract at all */
    unsigned schemes; /* bits 1 << scheme: how else it may end, when the attack comes too late or is not tried */
    bool (*holds)(const sim_run *run); /* NULL: nothing else is asked */
} sim_story;

/* -- Parties -- */

enum {
    SIM_WAYS_MAX = 64,
    SIM_SAID_MAX = 64,
    SIM_NONCES_MAX = 32,
    SIM_BODIES_MAX = 24,
    SIM_WISHED_MAX = 4,
    SIM_SIGNED_MAX = 256,
    SIM_POOL_MAX = 64,
};

/* What is on a party's disk. */
typedef struct sim_disk {
    prom_facts facts;
    uint32_t own_tip;
    sim_block *tip;              /* that the facts are of */
    prom_span bytes[PROM_PARTS]; /* of a plan that reloads: what the facts were read from; empty when they are others */
} sim_disk;

/* A want that is under way. */
typedef struct sim_way {
    prom_want want;
    int64_t ready;   /* milliseconds */
    uint32_t latest; /* height of the tip before whose next block it is over, for honest parties */
} sim_way;

/* What a signer has signed: of one purpose and detail one hash, ever. */
typedef struct sim_said {
    prom_purpose purpose;
    uint16_t batch;
    prom_bytes32 detail;
    prom_bytes32 hash;
} sim_said;

typedef struct sim_secret_nonce {
    prom_bytes32 name; /* SHA-256 of the public one */
    prom_frost_secret_nonce secret;
} sim_secret_nonce;

typedef struct sim_party {
    size_t place;
    bool honest;
    bool restored;
    bool was_away;    /* its node was off: what it is promised holds no more */
    uint32_t away;    /* and is, until this height; 0: it is not */
    prom_arena arena; /* of its channel */
    prom_arena step;
    prom_channel *channel;
    prom_channel_config config;
    prom_index *index;
    prom_arena index_arena;
    sim_block *tip; /* of its best chain, as the index has it */
    uint32_t own_tip;
    int64_t started; /* milliseconds */
    int64_t sync_at; /* when it looks for blocks; INT64_MAX: it is up to date */
    int64_t tick_at;
    uint32_t lag; /* blocks that it stays behind */
    sim_disk disk;
    sim_disk *backup; /* an older disk; NULL: none */
    uint32_t persists;
    sim_way ways[SIM_WAYS_MAX];
    size_t way_count;
    sim_said said[SIM_SAID_MAX]; /* the journal */
    size_t said_count;
    sim_secret_nonce nonces[SIM_NONCES_MAX];
    size_t nonce_count;
    uint32_t wished[SIM_WISHED_MAX]; /* transactions of the tree that it wants mined */
    size_t wished_count;
    prom_bytes32 job_subject; /* of the job that was not possible last */
    uint32_t job_latest;      /* and when it must be over */
    bool unable;
    uint32_t session; /* of the decision that it has begun last; 0: none */
} sim_party;

/* -- Links -- */

typedef struct sim_letter {
    struct sim_letter *next;
    prom_message message;
    prom_bytes32 from;
    int64_t ready;
    uint32_t latest;
} sim_letter;

typedef struct sim_link {
    sim_letter *first;
    sim_letter *last;
    bool early; /* the first was brought too early: it waits for the receiver's next step */
} sim_link;

/* A package that somebody made. */
typedef struct sim_made {
    prom_body body;
    prom_body_kind kind;
    bool good;
    bool opens; /* E_V does */
    bool of_coalition;
} sim_made;

/* -- The run -- */

enum { SIM_REASONS_MAX = PROM_REASON_NOT_CHECKED + 1 };

/* What a soak must have reached. */
typedef enum sim_goal {
    SIM_GOAL_SCHEME, /* the first of seven */
    SIM_GOAL_TX1 = SIM_GOAL_SCHEME + 7,
    SIM_GOAL_TX3,
    SIM_GOAL_TX4,
    SIM_GOAL_TXV0,
    SIM_GOAL_TX5,
    SIM_GOAL_TXA,
    SIM_GOAL_TX6,
    SIM_GOAL_TX7,
    SIM_GOAL_TX8,
    SIM_GOAL_DELIVERED,
    SIM_GOAL_ACCUSED,
    SIM_GOAL_ACCEPTED,
    SIM_GOAL_TX4_BY_V,
    SIM_GOAL_TX3_BY_W,
    SIM_GOAL_APPEALED,
    SIM_GOAL_APPEAL_WON,
    SIM_GOAL_APPEAL_LOST,
    SIM_GOAL_SHOWN_THEN_ACCUSED,
    SIM_GOAL_VOIDED,
    SIM_GOAL_TWO_PACKAGES,
    SIM_GOAL_TWO_NOTICES,
    SIM_GOAL_ECHOES,
    SIM_GOAL_TWO_VOTES,
    SIM_GOAL_S_ALL,
    SIM_GOAL_S_QUORUM,
    SIM_GOAL_BESIDE,
    SIM_GOAL_TX0_UNDONE,
    SIM_GOAL_TXV0_UNDONE,
    SIM_GOAL_TXA_UNDONE,
    SIM_GOAL_SETTLEMENT_UNDONE,
    SIM_GOAL_OTHER_SETTLEMENT,
    SIM_GOAL_OLD_DISK,
    SIM_GOAL_NEW_DISK,
    SIM_GOAL_FAILED_COMMIT,
    SIM_GOAL_RESTORED,
    SIM_GOAL_UNABLE,
    SIM_GOAL_RESULT,
    SIM_GOAL_BAD_RESULT,
    SIM_GOAL_SPOILT,
    SIM_GOAL_AWAY,
    SIM_GOAL_UNRECEIPTED,
    SIM_GOAL_QUESTIONED,
    SIM_GOAL_ANSWERED,
    SIM_GOAL_TWO_ANSWERS,
    SIM_GOAL_UNLISTED,
    SIM_GOAL_DEFAULT_WITH_KEY,
    SIM_GOAL_DEFAULT_WITHOUT_KEY,
    SIM_GOAL_TOO_LATE,
    SIM_GOAL_AGAINST_POOLED,
    SIM_GOAL_NOT_APPEALED,
    SIM_GOAL_KEY_SHOWN,
    SIM_GOAL_RESULT_TX3,
    SIM_GOAL_RESULT_TX4,
    SIM_GOAL_RESULT_TX8,
    SIM_GOAL_LEFT_TX1,
    SIM_GOAL_LEFT_TX5,
    SIM_GOAL_TWO_COMMITMENTS,
    SIM_GOAL_LATE_VOTE,
    SIM_GOAL_S_GREW,
    SIM_GOAL_SESSION_AGAIN,
    SIM_GOAL_NEXT_COORDINATOR,
    SIM_GOAL_ACCUSED_FOR,                                        /* + prom_reason: of an honest verifier's r = 0 */
    SIM_GOAL_VOTED_FOR = SIM_GOAL_ACCUSED_FOR + SIM_REASONS_MAX, /* + prom_reason: of an honest arbiter's vote */
    SIM_GOALS = SIM_GOAL_VOTED_FOR + SIM_REASONS_MAX,
} sim_goal;

/* What a channel may be given in whatever state its money is in: each kind of message, and the chain's and the clock's
 * events behind them. */
enum {
    SIM_STATES = PROM_MONEY_SETTLED + 1,
    SIM_GIVEN_BLOCK = PROM_MESSAGE_KINDS,
    SIM_GIVEN_UNBLOCK,
    SIM_GIVEN_TIME,
    SIM_GIVEN,
};

/* Of each role and state of the money what was given. */
typedef struct sim_pairs {
    bool reached[PROM_ROLES][SIM_STATES][SIM_GIVEN];
} sim_pairs;

/* What an honest party has signed. */
typedef struct sim_signed {
    size_t place;
    sim_said said;
} sim_signed;

typedef struct sim_adversary {
    sim_dice dice;
    uint32_t moves;
    int64_t next;
    prom_attestation pool[SIM_POOL_MAX]; /* what it has signed itself */
    size_t pool_count;
} sim_adversary;

struct sim_run {
    sim_plan plan;
    const sim_world *world;
    prom_arena arena;
    sim_chain chain;
    sim_party parties[PROM_PLACES_MAX];
    sim_link links[PROM_PLACES_MAX][PROM_PLACES_MAX]; /* from, to */
    sim_made made[SIM_BODIES_MAX];
    size_t made_count;
    sim_adversary adversary;
    sim_dice dice; /* of faults and delays */
    sim_dice mining;
    int64_t now; /* milliseconds */
    int64_t next_block;
    uint32_t H0;        /* of the first Tx0 that was mined */
    uint32_t given_tip; /* when the honest worker's package was on its way to all arbiters; 0: not yet */
    bool quiet;         /* faults have stopped */
    uint64_t steps;
    uint32_t stops;
    unsigned fast;  /* blocks within seconds, lately */
    uint64_t trace; /* hash of all that happened */
    FILE *log;      /* NULL: silent */
    bool failed;
    char failure[320];
    bool goals[SIM_GOALS]; /* what was reached */
    sim_pairs pairs;
    sim_signed signed_by[SIM_SIGNED_MAX]; /* by honest parties, ever */
    size_t signed_count;
};

/* run.c */
/* Draws what the seed plays; the set too, when it is given as SIM_SET_ANY. */
#define SIM_SET_ANY SIZE_MAX
sim_plan prom_sim_plan(uint64_t seed, size_t set);
/* Plays to the end. Returns whether every claim held; else `failure` says which did not. */
bool prom_sim_play(sim_run *run, const sim_plan *plan, FILE *log);
/* tell.c: the stories, from 0 on; NULL behind the last */
const sim_story *prom_sim_story(size_t index);
/* Plays a story with the delays and blocks of a seed. */
bool prom_sim_tell(sim_run *run, const sim_story *story, uint64_t seed, FILE *log);
/* How a run has ended: the scheme, or 0. */
unsigned prom_sim_scheme(const sim_run *run);
/* S, where a decision has settled it, or 0. */
uint32_t prom_sim_deciders(const sim_run *run);
void prom_sim_run_free(sim_run *run);
bool prom_sim_is_on(sim_run *run, sim_feature feature, sim_dice *dice);

/* trace.c */
void prom_sim_note(sim_run *run, size_t place, const char *what, const char *format, ...) PROM_PRINTF(4, 5);
void prom_sim_fail(sim_run *run, const char *format, ...) PROM_PRINTF(2, 3);
void prom_sim_trace(sim_run *run, uint64_t what, uint64_t number);

/* party.c */
void prom_sim_party_begin(sim_run *run, size_t place);
void prom_sim_party_end(sim_party *party);
prom_channel_view prom_sim_view(const sim_run *run, const sim_party *party);
/* Gives an event to the party's channel. Returns whether it was taken and is on disk. */
bool prom_sim_party_step(sim_run *run, sim_party *party, const prom_event *event, prom_reception *reception);
void prom_sim_party_restart(sim_run *run, sim_party *party);
/* Keeps the disk as it is now, which the party is set back to later. */
void prom_sim_party_back_up(sim_party *party);
void prom_sim_party_restore(sim_run *run, sim_party *party);
/* Takes a party's node away until a height, and brings it back, with the own tip first, then the blocks between. */
void prom_sim_party_leave(sim_run *run, sim_party *party, uint32_t height);
void prom_sim_party_return(sim_run *run, sim_party *party);
/* Connects and disconnects blocks until it stands where it may. Returns whether anything was done. */
bool prom_sim_party_sync(sim_run *run, sim_party *party);
void prom_sim_party_tick(sim_run *run, sim_party *party);

/* wants.c */
void prom_sim_wants(sim_run *run, sim_party *party);
/* Ends what is under way at `index`. */
void prom_sim_way_end(sim_run *run, sim_party *party, size_t index);

/* signer.c */
void prom_sim_sign(sim_run *run, sim_party *party, const prom_want *want);

/* jobs.c */
/* Whether a job is of a kind that the party's machine cannot do in this run. */
bool prom_sim_is_stuck(const sim_run *run, const sim_party *party, prom_job_kind job);
void prom_sim_job(sim_run *run, sim_party *party, const prom_want *want);
void prom_sim_fetch(sim_run *run, sim_party *party, const prom_want *want);
sim_made *prom_sim_make_package(sim_run *run, prom_body_kind kind, bool good, bool opens, bool of_coalition);
const sim_made *prom_sim_find_made(const sim_run *run, const prom_bytes32 *hash);

/* links.c */
void prom_sim_send(sim_run *run, size_t from, const prom_bytes32 *to, const prom_message *message);
void prom_sim_post(sim_run *run, const prom_bytes32 *key, size_t from, size_t to, const prom_message *message);
bool prom_sim_deliver(sim_run *run, size_t from, size_t to);

/* adversary.c */
void prom_sim_adversary_begin(sim_run *run);
/* Broadcasts a transaction of the tree, when the coalition can complete it; an own input of Tx0 spent elsewhere. */
void prom_sim_broadcast(sim_run *run, uint32_t index);
/* The same before it is broadcast, or NULL. */
sim_tx *prom_sim_complete(sim_run *run, uint32_t index);
/* The verifier's signature of Tx4 or TxV0, by its own key. */
prom_signature prom_sim_sign_branch(sim_run *run, const prom_tree_tx *tx);
void prom_sim_spoil(sim_run *run, size_t place);
void prom_sim_adversary_move(sim_run *run);
/* A place of the coalition, or PROM_NO_PLACE; of its arbiters. */
size_t prom_sim_accomplice(sim_run *run);
size_t prom_sim_bribed(sim_run *run);
/* Says a message to each place of a random set that may hold one, several or all. */
void prom_sim_say(sim_run *run, size_t from, const prom_message *message);
/* Makes a statement signed by its place, and remembers it. */
void prom_sim_state(sim_run *run, prom_attestation *statement);
/* One that the coalition has signed or was told. False: there is none. */
bool prom_sim_any_statement(sim_run *run, prom_attestation *statement);

/* explore.c: what a script has for a block */
void prom_sim_explore_at_block(sim_run *run);

/* lies.c: the moves */
typedef void sim_move(sim_run *run);
sim_move prom_sim_lie_package;
sim_move prom_sim_lie_receipt;
sim_move prom_sim_lie_answer;
sim_move prom_sim_lie_notice;
sim_move prom_sim_lie_vote;
sim_move prom_sim_lie_echo;
sim_move prom_sim_lie_verdict;
sim_move prom_sim_lie_key;
sim_move prom_sim_lie_decision;
sim_move prom_sim_lie_question;
sim_move prom_sim_lie_replay;
sim_move prom_sim_lie_stranger;

/* backups.c: sets each party back to each of its disks, one run for each. Returns whether every claim held. */
bool prom_sim_backups(sim_run *run, uint64_t seed, uint64_t *runs, FILE *log);

/* claims.c */
void prom_sim_claims(sim_run *run, bool end);
void prom_sim_claim_signed(sim_run *run, sim_party *party, const prom_want *want);

/* goals.c */
void prom_sim_goal(sim_run *run, sim_goal goal);
void prom_sim_goals_of(sim_run *run, const sim_tx *settled);
void prom_sim_goals_of_undone(sim_run *run, const sim_block *block);
/* Of what an honest party says and publishes; what it was given, and what came of that, before it is on the disk. */
void prom_sim_goals_of_sent(sim_run *run, sim_party *party, size_t to, const prom_message *message);
void prom_sim_goals_of_published(sim_run *run, const sim_party *party, uint32_t index);
void prom_sim_goals_of_step(sim_run *run, const sim_party *party, const prom_event *event);
void prom_sim_goals_of_given(sim_run *run, const sim_party *party, const prom_event *event);
/* Prints how many runs reached each goal, and the pairs that none did. Returns how many are missing. */
unsigned prom_sim_say_goals(const uint64_t reached[SIM_GOALS], const sim_pairs *pairs, FILE *out);

#endif
