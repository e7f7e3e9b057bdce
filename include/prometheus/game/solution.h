/* What the game says of a contract: whether honest players are safe, whether honesty pays, who would have to act
 * together, and how far all of that is from being otherwise. */
#ifndef PROMETHEUS_GAME_SOLUTION_H
#define PROMETHEUS_GAME_SOLUTION_H

#include "prometheus/base/declarations.h"
#include "prometheus/equilibrium/mixed.h"
#include "prometheus/game/settlement.h"

PROM_DECLARATIONS_BEGIN

/* What can be wrong with a contract. Each has a name of its own, by which its owner may take it all the same. */
typedef enum prom_game_risk {
    PROM_RISK_BOUND,         /* a bound of P, c or rho is broken; it is never lifted */
    PROM_RISK_WORKER_ROBBED, /* within the assumption: at most n - k arbiters in the group */
    PROM_RISK_VERIFIER_ROBBED,
    PROM_RISK_CLIENT_ROBBED,
    PROM_RISK_ARBITER_ROBBED,
    PROM_RISK_LOCKED,             /* somewhere one player alone can leave everybody's coins locked for ever (E18) */
    PROM_RISK_FUND_OWNED,         /* F's owner gains from failures (E26) */
    PROM_RISK_COALITION_GAINS,    /* a group within the assumption gains, and somebody outside is robbed, or the client
                                     pays for nothing */
    PROM_RISK_STALLING_PAYS,      /* with n - k + 1 arbiters of its own somebody gains from #5 (E28) */
    PROM_RISK_ARBITERS_LEFT_OUT,  /* k arbiters gain by leaving the others out (E27) */
    PROM_RISK_SEATS_CHEAP,        /* a fifth of the pool costs less than 10 w, or what the owner of `owned` offers may
                                     expect of its seats is more than they cost */
    PROM_RISK_LAZY_VERIFIER,      /* a verifier that signs blindly does better (E17) */
    PROM_RISK_LAZY_CLIENT,        /* so does a client that means to check, and does not */
    PROM_RISK_WORKER_IS_VERIFIER, /* one person as both takes the reward for garbage (E25) */
    PROM_RISK_SLOW_ACCUSER,       /* to accuse pays a verifier less than to accept what it found bad */
    PROM_RISK_LAZY_ARBITER,       /* so does an arbiter that votes unseen, where all others verify */
    PROM_RISK_DEFAULT_PAYS,       /* a group within the assumption gains by not doing its part, and nobody is robbed */
    PROM_RISK_WORKER_UNPAID,      /* who keeps the rules does worse than by staying away */
    PROM_RISK_VERIFIER_UNPAID,
    PROM_RISK_CLIENT_UNPAID,
    PROM_RISK_ARBITER_UNPAID,
    PROM_RISKS,
} prom_game_risk;

typedef enum prom_game_severity {
    PROM_SEVERITY_BOUND,   /* refused, always */
    PROM_SEVERITY_REFUSED, /* honest players can be robbed: refused unless taken by name */
    PROM_SEVERITY_WARNING, /* laziness pays, or somebody would not come */
} prom_game_severity;

/* Returns the name, "lazy-verifier", the severity, and one sentence of what it means. */
const char *prom_game_risk_name(prom_game_risk risk);
prom_game_severity prom_game_risk_severity(prom_game_risk risk);
const char *prom_game_risk_meaning(prom_game_risk risk);
/* Returns the risk of that name, or PROM_RISKS. */
prom_game_risk prom_game_risk_find(const char *name);

/* Somebody who acts as one person: some of C, W, V and F, and m arbiters. */
typedef struct prom_game_group {
    unsigned players; /* bits of prom_game_player; A's is set where m > 0 */
    uint32_t m;
} prom_game_group;

/* The best that a group can do, or the worst that it can do to somebody, when all others keep the rules. */
typedef struct prom_game_attack {
    prom_game_group group;
    double gain;             /* of the group together, against keeping the rules, sat; what it costs where below 0 */
    prom_game_player victim; /* who loses most, of those outside who are paid less or have no result; PROM_GAME_PLAYERS:
                                nobody does. In a grief also who only waits or pays more fees */
    double loss;             /* the victim's, against what it is promised (money) where it is robbed, else against what
                                it gets when all keep the rules (utility), sat */
    const prom_game *game;   /* in which it happens */
    uint32_t ending;         /* node: the likeliest ending of it in which rules are broken */
} prom_game_attack;

typedef struct prom_game_finding {
    prom_game_risk risk;
    bool has_attack;
    prom_game_attack attack;
    double amount; /* sat: what is gained, lost or missing; 0 where there is nothing to count */
} prom_game_finding;

#define PROM_GAME_GROUPS 16 /* of C, W, V and F's owner */

/* What the seats are worth to an owner of m of them. */
typedef struct prom_game_seats {
    uint32_t m;
    prom_game_attack best; /* of all groups that have m arbiters the one that gains most by them */
    double worth;          /* what it gains beyond what it gains without arbiters, sat */
    double chance;         /* to be drawn for at least m of n seats with `owned` of `pool`; below 0: unknown */
    double bribe_each;     /* what m arbiters ask who are bought after the draw, each, at least, sat */
    double bribe_promised; /* P + epsilon: what must be promised to all, if it is paid only when the attack fails */
} prom_game_seats;

/* What the verdict asks of a number that players choose. Below 0: no value does. */
typedef struct prom_game_least {
    double w;        /* stake for which all bounds hold and no group with the worker, and without the verifier, gains at
                        others' cost, sat. v and a are as they are; where w is above v, v is w, and a is raised by the
                        same factor as v, at least to 1 sat above it */
    double q;        /* chance of the client's own check for which computing pays for sure, though the verifier signs
                        blindly, of 1; needs an audit window */
    double varsigma; /* sample for which no such group gains, bp */
    double retainer; /* for which arbiters come, sat */
    double share_w;  /* for which a worker comes, sat */
    double share_v;  /* for which a verifier comes, sat */
    double c;        /* for which both come, sat */
    double benefit;  /* for which a client comes, sat */
} prom_game_least;

#define PROM_GAME_EQUILIBRIA 8
#define PROM_GAME_GRIEFS 16

/* What one can spend to hurt another. */
typedef struct prom_game_grief {
    prom_game_attack attack; /* loss of the victim; gain below 0: cost */
    double factor;           /* loss / cost; infinite where it costs nothing or gains */
} prom_game_grief;

typedef struct prom_game_solution {
    const prom_game_question *question;
    const prom_game *games[PROM_ARBITERS_MAX + 1]; /* by m; NULL but for 0, 1, n - k, n - k + 1 and k, and,
                                                      where offers are `owned`, all above n - k */
    prom_error bound;                              /* the bound that is broken; an empty message: none */
    double honest[PROM_GAME_PLAYERS];   /* utility when all keep the rules; A: of one arbiter, H: of all; F: what it
                                           gets */
    double promised[PROM_GAME_PLAYERS]; /* money, less the deposit: what each is promised at least, as above
                                           (docs/protocol.md); C: the most that it can be asked to pay */
    bool nash;                          /* nobody gains alone, one arbiter included */
    bool subgame_perfect;               /* nor off the path, where one has kept the rules: no lapses */
    bool coalition_proof;               /* nor any group of C, W, V and at most n - k arbiters */
    bool immune;                        /* and no such group brings an honest player below what it is promised */
    prom_game_attack gains[PROM_GAME_GROUPS][PROM_ARBITERS_MAX + 1]; /* by players (C 1, W 2, V 4, F 8) and m; of a
                                                                        group that is not looked at `game` is NULL */
    prom_game_finding findings[PROM_RISKS]; /* in the order of severity, and of what victims lose; at most one of each
                                               risk: of the smallest groups the worst */
    size_t finding_count;
    prom_game_seats seats[2]; /* of n - k + 1, who can keep a decision from being made, and of k, who make it */
    double seats_expected;   /* what the owner of `owned` offers may expect of them in a contract in which it is a party
                                as well, sat: the chance of each number of seats times what they are worth */
    double seats_cost;       /* what these offers cost in that time: interest, sat */
    prom_mixed_game choices; /* W: what it delivers, as at the root, computing first; V: verifies and says what it saw,
                                signs blindly, accuses blindly, is silent; C: does not check, checks (where it may come
                                to that). Afterwards the worker does its best, and all others keep the rules */
    prom_mixed_equilibrium equilibria[PROM_GAME_EQUILIBRIA];
    size_t equilibrium_count;
    uint32_t equilibrium_ending;              /* where there is an equilibrium: the ending, a node of games[0], to which
                                                 equilibria[0]              leads, when each takes its likeliest action, and
                                                 afterwards goes on as              in `choices`;              at chances the
                                                 likelier. The way to              it is an equilibrium path */
    prom_game_grief griefs[PROM_GAME_GRIEFS]; /* the worst for each scheme that an attack ends in, the worst first */
    size_t grief_count;
} prom_game_solution;

/* Solves the game. A broken bound is a finding, and all else is computed all the same where it can be. Fails when the
 * question is none (prom_game_question_check), or memory is short. */
PROM_MUST_USE prom_result prom_game_solve(prom_arena *arena, prom_game_solution **solution, const prom_curve *curve,
                                          const prom_game_question *question, prom_error *error);

/* Does the same, but for `choices`, the equilibria and `griefs`: all that a verdict takes, for who asks many questions.
 */
PROM_MUST_USE prom_result prom_game_judge(prom_arena *arena, prom_game_solution **solution, const prom_curve *curve,
                                          const prom_game_question *question, prom_error *error);

/* Returns the worst finding, or NULL: the weakest point. */
const prom_game_finding *prom_game_weakest(const prom_game_solution *solution);
/* Returns the finding of that risk, or NULL. */
const prom_game_finding *prom_game_finding_of(const prom_game_solution *solution, prom_game_risk risk);
/* Returns the first finding that refuses the contract, other than those in `accepted` (1 << risk), or NULL. */
const prom_game_finding *prom_game_refusal(const prom_game_solution *solution, uint32_t accepted);

/* Computes the least values. Solves the game some hundred times. */
PROM_MUST_USE prom_result prom_game_least_of(prom_arena *arena, prom_game_least *least, const prom_curve *curve,
                                             const prom_game_question *question, prom_error *error);

/* How far one number of the question may change before a verdict flips: a finding comes or goes. */
typedef struct prom_game_margin {
    size_t parameter;    /* index */
    double change;       /* relative, the one nearest to 0: -0.25 is a quarter less; not finite: none was found, from a
                            tenth, rounded down, to tenfold. Of what is 0 none is looked for */
    double value;        /* the whole number there; one nearer to what the question has flips nothing */
    prom_game_risk risk; /* that comes or goes */
    bool comes;
} prom_game_margin;

/* Computes the margin of each parameter, [prom_game_parameter_count()], the smallest first. Some fifteen numbers are
 * tried each way: what flips between two of them, and back, is not seen. */
PROM_MUST_USE prom_result prom_game_margins(prom_arena *arena, prom_game_margin *margins, const prom_curve *curve,
                                            const prom_game_question *question, prom_error *error);

/* Checks margins, whoever found them, by solving the game at the number of each, where the verdict has to flip as it
 * says, and one nearer, where nothing may. Where there is to be none it looks at half and at twice the number.
 * PROM_CATEGORY_BAD_INPUT names the first that is not so. */
PROM_MUST_USE prom_result prom_game_margins_check(prom_arena *arena, const prom_game_margin *margins,
                                                  const prom_curve *curve, const prom_game_question *question,
                                                  prom_error *error);

/* A verdict as a condition: the claim holds if and only if all forms of it are at least 0, whatever the numbers are. Of
 * a form that is `local` that is so at the question's numbers. At others the claim holds if all forms are at least 0,
 * but it may hold as well where a local one is not. */
typedef enum prom_game_claim {
    PROM_CLAIM_WORKER_COMES, /* keeping the rules is better than staying away */
    PROM_CLAIM_VERIFIER_COMES,
    PROM_CLAIM_CLIENT_COMES,
    PROM_CLAIM_ARBITER_COMES,
    PROM_CLAIM_WORKER_HONEST, /* alone, the others honest, it cannot do better */
    PROM_CLAIM_VERIFIER_HONEST,
    PROM_CLAIM_CLIENT_HONEST,
    PROM_CLAIM_ARBITER_HONEST,
    PROM_CLAIM_CLIENT_VERIFIER, /* together they cannot do better */
    PROM_CLAIM_CLIENT_WORKER,
    PROM_CLAIM_WORKER_VERIFIER,
    PROM_CLAIM_STALLING, /* nor can any of them with n - k + 1 arbiters, by #5 */
    PROM_CLAIM_APPEAL,   /* a worker in the right appeals, one at fault does not */
    PROM_CLAIMS,
} prom_game_claim;

typedef struct prom_game_condition {
    prom_game_claim claim;
    prom_game_form form; /* at least 0 */
    double value;        /* sat: how far it is from 0 */
    bool local;          /* it measures against the best of several ways to keep the rules, at the question's numbers */
    prom_game_attack attack; /* what it rules out */
} prom_game_condition;

/* Lists the conditions of all claims, up to `room`: of each claim those that no other one of it implies, and that do
 * not hold anyway (all symbols are at least 0, gamma < epsilon <= 1, the other fractions at most 1, w <= v < a).
 * Returns how many there are. */
PROM_MUST_USE prom_result prom_game_conditions(prom_arena *arena, prom_game_condition *conditions, size_t room,
                                               size_t *count, const prom_game_solution *solution, prom_error *error);
/* Returns the claim in words: "a worker comes". */
const char *prom_game_claim_text(prom_game_claim claim);

PROM_DECLARATIONS_END

#endif
