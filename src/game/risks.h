/* What can be wrong with a contract: of each risk the name and one sentence of what it means, for all who list them. */
#ifndef GAME_RISKS_H
#define GAME_RISKS_H

/* X(what stands behind PROM_RISK_, name, meaning) in the order of prom_game_risk; of those for which a contract is
 * refused unless they are accepted. */
#define GAME_RISKS_REFUSED(X)                                                                                          \
    X(WORKER_ROBBED, "worker-robbed",                                                                                  \
      "A worker that delivered in time can end with less than its stake and its share.")                               \
    X(VERIFIER_ROBBED, "verifier-robbed", "A verifier that keeps the rules can end with less than its stake.")         \
    X(CLIENT_ROBBED, "client-robbed",                                                                                  \
      "The client can pay for what it did not get: the worker's share without the key, or the verifier's without "     \
      "a verdict.")                                                                                                    \
    X(ARBITER_ROBBED, "arbiter-robbed",                                                                                \
      "Arbiters that keep the rules can end with less than their stake and retainer.")                                 \
    X(LOCKED, "locked", "One alone can leave everybody's coins locked for ever.")                                      \
    X(FUND_OWNED, "fund-owned", "Whoever owns the fund gains from a failure, and can bring one about.")                \
    X(COALITION_GAINS, "coalition-gains",                                                                              \
      "Some gain by breaking the rules, and others are robbed by it or pay for nothing.")                              \
    X(STALLING_PAYS, "stalling-pays",                                                                                  \
      "With enough arbiters to keep a decision from being made, somebody loses less by that than by a decision.")      \
    X(ARBITERS_LEFT_OUT, "arbiters-left-out", "Arbiters who can decide by themselves gain by leaving the others out.") \
    X(SEATS_CHEAP, "seats-cheap",                                                                                      \
      "Offers to arbitrate are cheap: a fifth of them costs less than ten stakes of the worker, or an owner may "      \
      "expect more of them than they cost.")

/* The same of those that are warnings. */
#define GAME_RISKS_WARNED(X)                                                                                           \
    X(LAZY_VERIFIER, "lazy-verifier", "A verifier that does not look does better: nobody can punish it.")              \
    X(LAZY_CLIENT, "lazy-client", "A client that means to check does better by not checking: its check is no threat.") \
    X(WORKER_IS_VERIFIER, "worker-is-verifier", "One person as worker and verifier takes the reward for garbage.")     \
    X(SLOW_ACCUSER, "slow-accuser", "To accuse pays a verifier less than to accept what it found bad.")                \
    X(LAZY_ARBITER, "lazy-arbiter", "An arbiter that votes without looking does better, as long as the others look.")  \
    X(DEFAULT_PAYS, "default-pays",                                                                                    \
      "Somebody does better by not doing its part: others keep their coins, and do not get what they came for.")       \
    X(WORKER_UNPAID, "worker-unpaid", "A worker that keeps the rules does worse than by staying away.")                \
    X(VERIFIER_UNPAID, "verifier-unpaid", "A verifier that keeps the rules does worse than by staying away.")          \
    X(CLIENT_UNPAID, "client-unpaid", "The result is worth less to the client than it costs.")                         \
    X(ARBITER_UNPAID, "arbiter-unpaid", "An arbiter that keeps the rules does worse than by staying away.")

/* The names of the risks that can be accepted, as words with one blank between them. */
#define GAME_RISK_WORD(risk, name, meaning) " " name
#define GAME_RISK_WORDS (&GAME_RISKS_REFUSED(GAME_RISK_WORD)[1])

#endif
