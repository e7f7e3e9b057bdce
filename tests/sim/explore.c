/* Every behaviour of a coalition with at most so many moves: at each block it may make one that changes what it does
 * from there on, or does once what its channels would not. Nothing else is left to chance. A behaviour is a script of
 * moves; while one is played, what could be done besides is noted at each block, and each of that continues it. */
#include "explore.h"

#include <string.h>

#include "prometheus/contract/deadline.h"

enum { ALL = 7 };

/* -- What it says once -- */

/* To everybody that it does not keep things from. */
static void tell(sim_run *run, size_t from, const prom_message *message)
{
    for (size_t to = 0; to < run->world->places; to++) {
        if (to != from && (run->plan.script->muted >> to & 1) == 0) {
            prom_sim_post(run, prom_place_key(&run->world->terms, from), from, to, message);
        }
    }
}

static void state(sim_run *run, prom_attestation statement)
{
    prom_message message = {.kind = PROM_MESSAGE_STATEMENT};
    prom_sim_state(run, &statement);
    message.as.statement = statement;
    tell(run, statement.place, &message);
}

/* The first of its arbiters, for which `legal` has looked. */
static size_t bribed(const sim_run *run)
{
    size_t place = PLACE_A;
    while (place + 1 < run->world->places && run->parties[place].honest) {
        place++;
    }
    return place;
}

static void say_package(sim_run *run, bool good, bool opens)
{
    const sim_made *made = prom_sim_make_package(run, PROM_BODY_PACKAGE_A, good, opens, true);
    if (made != NULL) {
        state(run, (prom_attestation){.kind = PROM_ATTESTATION_PACKAGE,
                                      .place = PLACE_W,
                                      .as.package = {PROM_ROUND_A, made->body.hash}});
    }
}

static void say_good_package(sim_run *run, uint32_t detail)
{
    (void)detail;
    say_package(run, true, true);
}

static void say_bad_package(sim_run *run, uint32_t opens)
{
    say_package(run, false, opens != 0);
}

/* Of the package that was made first, at the last date that counts; or of none, now. */
static void say_receipt(sim_run *run, uint32_t of_package)
{
    const uint32_t latest = run->H0 + run->world->terms.P.t1;
    state(run, (prom_attestation){.kind = PROM_ATTESTATION_RECEIPT,
                                  .place = bribed(run),
                                  .as.receipt = {PROM_ROUND_A,
                                                 of_package != 0 && run->made_count > 0 ? run->made[0].body.hash
                                                                                        : prom_sim_named("nothing", 0),
                                                 of_package != 0 ? latest : run->chain.tip->height}});
}

static void say_answer(sim_run *run, uint32_t detail)
{
    prom_attestation answer = {.kind = PROM_ATTESTATION_ANSWER, .place = bribed(run)};
    (void)detail;
    answer.as.answer.tip = run->H0 + run->world->terms.P.t1 + 1;
    state(run, answer);
}

static void say_notice(sim_run *run, uint32_t ahead)
{
    state(run,
          (prom_attestation){.kind = PROM_ATTESTATION_NOTICE,
                             .place = PLACE_W,
                             .as.notice = {run->made_count > 0 ? run->made[0].body.hash : prom_sim_named("nothing", 0),
                                           run->chain.tip->height + ahead}});
}

static prom_vote vote_for(uint32_t decision)
{
    return (prom_vote){(prom_decision)decision, prom_sim_named("vote", decision)};
}

static void commit(sim_run *run, uint32_t decision)
{
    prom_attestation statement = {.kind = PROM_ATTESTATION_COMMITMENT, .place = bribed(run)};
    const prom_vote vote = vote_for(decision);
    prom_vote_commitment(&statement.as.commitment, &run->world->tree->contract_id, statement.place, &vote);
    state(run, statement);
}

static void reveal(sim_run *run, uint32_t decision)
{
    state(run, (prom_attestation){.kind = PROM_ATTESTATION_VOTE, .place = bribed(run), .as.vote = vote_for(decision)});
}

/* What it has signed last, with its arbiter's echo. */
static void echo(sim_run *run, uint32_t detail)
{
    const sim_adversary *adversary = &run->adversary;
    prom_message message = {.kind = PROM_MESSAGE_ECHO};
    prom_attestation own = {.kind = PROM_ATTESTATION_ECHO, .place = bribed(run)};
    (void)detail;
    message.as.echo.statement = adversary->pool[(adversary->pool_count - 1) % SIM_POOL_MAX];
    prom_attestation_hash(&own.as.echo, &message.as.echo.statement);
    prom_sim_state(run, &own);
    run->adversary.pool_count--; /* the echo itself is nothing to pass on */
    message.as.echo.echoes[message.as.echo.count++] = own;
    tell(run, own.place, &message);
}

static void give_verdict(sim_run *run, uint32_t detail)
{
    prom_message message = {.kind = PROM_MESSAGE_VERDICT};
    (void)detail;
    message.as.signature = prom_sim_sign_branch(run, &run->world->tree->tx[PROM_TX4]);
    tell(run, PLACE_V, &message);
}

static void give_key(sim_run *run, uint32_t detail)
{
    prom_message message = {.kind = PROM_MESSAGE_KEY};
    (void)detail;
    message.as.h_p = run->world->secrets.h_p;
    tell(run, PLACE_W, &message);
}

static void ask(sim_run *run, uint32_t detail)
{
    const prom_message message = {.kind = PROM_MESSAGE_QUESTION};
    (void)detail;
    tell(run, PLACE_V, &message);
}

/* -- Transactions -- */

/* The transaction, or one of the decisions, that it can complete and that may stand in the next block; or NULL. */
static sim_tx *completable(sim_run *run, uint32_t index)
{
    const bool any = index >= PROM_TREE_NAMED;
    const size_t end = any ? run->world->tree->tx_count : (size_t)index + 1;
    for (size_t i = index; i < end; i++) {
        sim_tx *tx = prom_sim_complete(run, (uint32_t)i);
        if (tx != NULL && !tx->pushed && prom_sim_chain_fits(&run->chain, tx)) {
            return tx;
        }
    }
    return NULL;
}

static void push(sim_run *run, uint32_t index)
{
    sim_tx *tx = completable(run, index);
    if (tx != NULL) {
        tx->pushed = true;
        tx->pooled = true;
    }
}

static void spoil(sim_run *run, uint32_t place)
{
    prom_sim_spoil(run, place);
    for (size_t i = 0; i < run->chain.tx_count; i++) {
        run->chain.txs[i].pushed = run->chain.txs[i].pushed || run->chain.txs[i].index == PROM_TREE_OTHER;
    }
}

/* -- What it does from here on -- */

static void turn(sim_run *run, uint32_t bits)
{
    run->plan.never ^= bits;
}

static void mute(sim_run *run, uint32_t place)
{
    run->plan.script->muted ^= UINT32_C(1) << place;
}

/* -- The moves -- */

enum { OF_C = 1 << PLACE_C, OF_W = 1 << PLACE_W, OF_V = 1 << PLACE_V, OF_A = 1 << PLACE_A };

typedef struct sim_choice {
    const char *name;
    void (*make)(sim_run *run, uint32_t detail);
    uint32_t detail;
    uint32_t of; /* one of these places is in the coalition; arbiters are one bit; 0: whichever */
} sim_choice;

static const sim_choice choices[] = {
    {"Tx1", push, PROM_TX1, 0},
    {"Tx3", push, PROM_TX3, 0},
    {"Tx4", push, PROM_TX4, 0},
    {"TxV0", push, PROM_TXV0, 0},
    {"Tx5", push, PROM_TX5, 0},
    {"TxA", push, PROM_TXA, 0},
    {"Tx6", push, PROM_TX6, 0},
    {"a decision", push, PROM_TREE_NAMED, 0},
    {"C's input is spent", spoil, PLACE_C, OF_C},
    {"W's input is spent", spoil, PLACE_W, OF_W},
    {"V's input is spent", spoil, PLACE_V, OF_V},
    {"publishing turned", turn, SIM_NEVER_PUBLISH, 0},
    {"everything turned", turn, UINT32_MAX, 0},
    {"packages turned", turn, SIM_NEVER_SAY(PROM_ATTESTATION_PACKAGE), OF_W},
    {"notices turned", turn, SIM_NEVER_SAY(PROM_ATTESTATION_NOTICE), OF_W},
    {"receipts turned", turn, SIM_NEVER_SAY(PROM_ATTESTATION_RECEIPT), OF_A},
    {"answers turned", turn, SIM_NEVER_SAY(PROM_ATTESTATION_ANSWER), OF_A},
    {"commitments turned", turn, SIM_NEVER_SAY(PROM_ATTESTATION_COMMITMENT), OF_A},
    {"votes turned", turn, SIM_NEVER_SAY(PROM_ATTESTATION_VOTE), OF_A},
    {"nonces turned", turn, SIM_NEVER_SIGN(PROM_PURPOSE_FROST_NONCE), OF_A},
    {"shares turned", turn, SIM_NEVER_SIGN(PROM_PURPOSE_FROST_SHARE), OF_A},
    {"verdicts turned", turn, SIM_NEVER_SIGN(PROM_PURPOSE_VERDICT), OF_V},
    {"h_p turned", turn, SIM_NEVER_SIGN(PROM_PURPOSE_KEY), OF_W},
    {"fetching turned", turn, SIM_NEVER_FETCH, 0},
    {"nothing said to C", mute, PLACE_C, 0},
    {"nothing said to W", mute, PLACE_W, 0},
    {"nothing said to V", mute, PLACE_V, 0},
    {"nothing said to A1", mute, PLACE_A, 0},
    {"nothing said to A2", mute, PLACE_A + 1, 0},
    {"nothing said to A3", mute, PLACE_A + 2, 0},
    {"a good package more", say_good_package, 0, OF_W},
    {"a bad package", say_bad_package, 1, OF_W},
    {"a package that does not open", say_bad_package, 0, OF_W},
    {"a receipt at the last date", say_receipt, 1, OF_A},
    {"a receipt of nothing", say_receipt, 0, OF_A},
    {"an answer without receipts", say_answer, 0, OF_A},
    {"a notice", say_notice, 3, OF_W},
    {"a notice of a block that is there", say_notice, 0, OF_W},
    {"a verdict", give_verdict, 0, OF_V},
    {"h_p", give_key, 0, OF_W},
    {"the question", ask, 0, OF_V},
    {"a commitment, d = 0", commit, 0, OF_A},
    {"a commitment, d = 1", commit, 1, OF_A},
    {"a vote, d = 0", reveal, 0, OF_A},
    {"a vote, d = 1", reveal, 1, OF_A},
    {"an echo", echo, 0, OF_A},
};
_Static_assert(sizeof choices / sizeof choices[0] <= 64, "they are bits of a word");

const char *prom_sim_choice_name(size_t choice)
{
    return choices[choice].name;
}

static bool is_legal(sim_run *run, const sim_choice *choice)
{
    const bool has_arbiter = run->plan.coalition >> PLACE_A != 0;
    const uint32_t has = (run->plan.coalition & ALL) | (has_arbiter ? (uint32_t)OF_A : 0);
    if (choice->of != 0 && (choice->of & has) == 0) {
        return false;
    }
    if (choice->make == push) {
        return completable(run, choice->detail) != NULL;
    }
    if (choice->make == spoil) {
        return run->H0 == 0;
    }
    if (choice->make == mute) {
        return choice->detail < run->world->places && run->parties[choice->detail].honest;
    }
    if (choice->make == echo) {
        return run->adversary.pool_count > 0;
    }
    return choice->make == turn || run->H0 != 0;
}

void prom_sim_explore_at_block(sim_run *run)
{
    sim_script *script = run->plan.script;
    const uint32_t at = script->blocks++;
    bool made = false;
    for (uint32_t i = 0; i < script->count; i++) {
        if (script->moves[i].block == at) {
            const sim_choice *choice = &choices[script->moves[i].choice];
            prom_sim_note(run, PROM_PLACES_MAX, "move", "%s", choice->name);
            choice->make(run, choice->detail);
            made = true;
        }
    }
    const bool open = script->count == 0 || at >= script->moves[script->count - 1].block;
    for (size_t i = 0; i < sizeof choices / sizeof choices[0] && open && at < SIM_SCRIPT_BLOCKS; i++) {
        /* What one block sees is made in the order of the table. */
        const bool behind = !made || i > script->moves[script->count - 1].choice;
        if (behind && is_legal(run, &choices[i])) {
            script->legal[at] |= UINT64_C(1) << i;
        }
    }
}

/* -- All behaviours -- */

static bool play(sim_exploration *it, sim_script *script)
{
    sim_run *run = it->run;
    sim_plan plan = it->plan;
    const uint32_t first = script->count == 0 ? 0 : script->moves[script->count - 1].block;
    plan.script = script;
    plan.never = script->silent ? UINT32_MAX : 0;
    const bool held = prom_sim_play(run, &plan, it->log);
    it->runs++;
    it->states += script->blocks > first ? script->blocks - first : 0;
    it->blocks_max = script->blocks > it->blocks_max ? script->blocks : it->blocks_max;
    it->schemes[prom_sim_scheme(run)]++;
    if (!held) {
        it->failed = *script;
    }
    prom_sim_run_free(run);
    return held;
}

/* Takes the next of the moves that a script, which was played, leaves to be made. */
static bool take_move(sim_script *played, sim_scripted *move)
{
    for (size_t at = 0; at < played->blocks && at < SIM_SCRIPT_BLOCKS; at++) {
        for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
            if ((played->legal[at] >> i & 1) != 0) {
                played->legal[at] &= ~(UINT64_C(1) << i);
                *move = (sim_scripted){(uint16_t)at, (uint16_t)i};
                return true;
            }
        }
    }
    return false;
}

/* A script, then all that begin with it. */
static bool play_all(sim_exploration *it, const sim_script *first)
{
    sim_script scripts[SIM_SCRIPT_MAX + 1] = {*first};
    uint32_t moves = 0;
    sim_scripted move = {0};
    if (!play(it, &scripts[0])) {
        return false;
    }
    for (;;) {
        if (moves < it->depth && take_move(&scripts[moves], &move)) {
            sim_script *next = &scripts[moves + 1];
            *next = (sim_script){.silent = first->silent, .at_once = first->at_once, .count = moves + 1};
            memcpy(next->moves, scripts[moves].moves, sizeof next->moves);
            next->moves[moves++] = move;
            if (!play(it, next)) {
                return false;
            }
        } else if (moves-- == 0) {
            return true;
        }
    }
}

bool prom_sim_explore(sim_exploration *it, size_t set, uint32_t coalition, uint32_t depth)
{
    it->plan = (sim_plan){.seed = 1, .set = set, .coalition = coalition, .blocks_faulty = UINT32_MAX};
    it->depth = depth;
    for (unsigned way = 0; way < 4; way++) {
        const sim_script script = {.silent = (way & 1) != 0, .at_once = (way & 2) != 0};
        if (!play_all(it, &script)) {
            return false;
        }
    }
    return true;
}
