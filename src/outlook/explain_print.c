#include "outlook/explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/sentence.h"
#include "base/units.h"
#include "outlook/own_verifier.h"
#include "outlook/paragraph.h"
#include "outlook/prospects.h"
#include "outlook/words.h"
#include "prometheus/contract/draw.h"

static const char *const LOSER_NAMES[PROM_LOSERS] = {"client", "worker", "verifier", "arbiter"};

/* As wide as the largest amount of the contract. */
static int amount_width(const prom_contract_outlook *outlook)
{
    char text[PROM_AMOUNT_GROUPED];
    return (int)strlen(prom_amount_grouped(text, prom_amount_add(outlook->tree->deposit, outlook->tree->reserve)));
}

static prom_result print_worst(const prom_contract_outlook *outlook, prom_error *error)
{
    static const char *const when[PROM_LOSERS] = {
        "it pays reward and retainers. The result it gets is garbage when worker and verifier are one person",
        "k arbiters decide against it, or are its enemies",
        "k arbiters decide against it, or are its enemies",
        "k others decide without it",
    };
    (void)printf("The worst for each, sat, before fees\n\n");
    for (prom_contract_loser loser = PROM_LOSER_C; loser < PROM_LOSERS; loser++) {
        prom_contract_loss losses[PROM_CONTRACT_STEPS];
        size_t count = 0;
        char loses[PROM_AMOUNT_GROUPED];
        char deposit[PROM_AMOUNT_GROUPED];
        PROM_TRY(prom_contract_losses(outlook, loser, losses, &count, error));
        const unsigned scheme = losses[0].step->tx->scheme; /* #5 takes from everybody: there always is one */
        prom_paragraph(13, "  %-9s  loses %s of the %s that it locks, by #%u: %s", LOSER_NAMES[loser],
                       prom_amount_grouped(loses, losses[0].loses),
                       prom_amount_grouped(deposit, prom_contract_deposit(outlook->terms, loser)), scheme,
                       scheme == 5 ? "the arbiters do not decide" : when[loser]);
    }
    (void)printf("\n");
    return prom_ok();
}

/* What is left to the worker where client and verifier are one person. */
static prom_result add_own_verifier(prom_sentence *text, const prom_game_solution *solution, prom_error *error)
{
    prom_own_verifier it;
    char promised[PROM_UNITS];
    char ends[PROM_UNITS];
    PROM_TRY(prom_own_verifier_of(&it, solution, error));
    const prom_own_verifier_play *last = &it.play[it.count - 1]; /* who have arbiters can do all that others can */
    (void)prom_units_number(promised, (uint64_t)(it.promised + 0.5));
    if (prom_own_verifier_keeps(&it, last)) {
        prom_sentence_add(
            text, "and the worker ends with the %s sat of its stake and its share at least, whatever both", promised);
    } else {
        prom_sentence_add(text, "and of the %s sat that the worker is promised it may end with %s, by what both",
                          promised, prom_units_number(ends, (uint64_t)(last->worker + 0.5)));
    }
    if (last->arbiters > 0) {
        prom_sentence_add(text, " and %" PRIu32 " arbiter%s", last->arbiters, last->arbiters == 1 ? "" : "s");
    }
    prom_sentence_add(text, " do");
    return prom_ok();
}

static prom_result print_verifier(const prom_terms *terms, const prom_game_solution *solution, prom_error *error)
{
    char alone[PROM_AMOUNT_GROUPED];
    prom_sentence worker = {.length = 0};
    const prom_amount both = prom_amount_add(prom_contract_deposit(terms, PROM_LOSER_C), terms->P.v);
    PROM_TRY(add_own_verifier(&worker, solution, error));
    prom_paragraph(0,
                   "Who is the verifier? By default the client itself, by a second key: it then locks %s in all, its "
                   "share of the reward stays at home, %s. Somebody else is for a client that is offline or too weak, "
                   "and must come from another source than the worker: while there is no audit window (t5 = 0), worker "
                   "and verifier that are one person take the reward for garbage, and nobody else looks at the result "
                   "in time.\n",
                   prom_amount_grouped(alone, both), worker.text);
    return prom_ok();
}

static void print_retainer(const prom_terms *terms)
{
    char each[PROM_AMOUNT_GROUPED];
    char all[PROM_AMOUNT_GROUPED];
    if (prom_amount_is_zero(terms->retainer)) {
        prom_paragraph(0,
                       "The arbiters get no retainer: they earn nothing but in a dispute, and few will come to lock "
                       "%s each for that.\n",
                       prom_amount_grouped(each, terms->P.a));
        return;
    }
    prom_paragraph(
        0,
        "The client pays each arbiter a retainer of %s, %s together, in every ending but #5, where they go to "
        "the common fund. An arbiter that others outvote loses it with its stake.\n",
        prom_amount_grouped(each, terms->retainer), prom_amount_grouped(all, prom_contract_retainers(terms)));
}

static prom_result print_fund(const prom_contract_outlook *outlook, prom_error *error)
{
    const prom_parameters *P = &outlook->terms->P;
    prom_bytes32 nobodys;
    char hex[PROM_HEX32];
    PROM_TRY(prom_parameters_fund(outlook->curve, &nobodys, P, error));
    if (prom_bytes32_equal(&nobodys, &P->F)) {
        prom_paragraph(0, "The common fund F is the key that nobody has: what goes there is gone for all.\n");
        return prom_ok();
    }
    prom_paragraph(0,
                   "The common fund F is not the key that nobody has. Whoever holds it is one more party, and gains "
                   "from every failure: #1, #4, #5, #6 and #7. Nodes refuse such a contract unless their owner says "
                   "otherwise. The key that nobody has is, for this P, %s.\n",
                   prom_hex32(hex, &nobodys));
    return prom_ok();
}

static void print_chances(const prom_parameters *P)
{
    double chances[PROM_CONTRACT_SHARES];
    for (size_t i = 0; i < PROM_CONTRACT_SHARES; i++) {
        const double share = (double)prom_contract_shares[i] / 100;
        chances[i] = 100 * prom_pool_chance_of_share(P->n, prom_parameters_quorum(P), share);
    }
    prom_paragraph(0,
                   "Arbiters are drawn from all offers. Who owns %u, %u or %u~%% of them owns k seats, and so every "
                   "decision, with a chance of %.2g, %.2g or %.2g~%%.\n",
                   prom_contract_shares[0], prom_contract_shares[1], prom_contract_shares[2], chances[0], chances[1],
                   chances[2]);
}

static prom_result print_beginning(const prom_contract_outlook *outlook, const prom_contract_verdict *verdict,
                                   prom_error *error)
{
    const prom_terms *terms = outlook->terms;
    char encoding[PROM_CONTRACT_ENCODING];
    PROM_TRY(prom_contract_encoding(encoding, &terms->P, error));
    (void)printf("A contract on %s with n = %u arbiters, of whom k = %" PRIu32 " decide\n\n",
                 prom_contract_network(prom_terms_network(terms)), (unsigned)terms->P.n,
                 prom_parameters_quorum(&terms->P));
    prom_contract_verdict_print(verdict);
    PROM_TRY(print_worst(outlook, error));
    PROM_TRY(print_verifier(terms, verdict->solution, error));
    print_retainer(terms);
    PROM_TRY(print_fund(outlook, error));
    print_chances(&terms->P);
    prom_paragraph(0, "Stakes, fractions and times are those of P, a transaction on the chain that many contracts "
                      "share. Its OP_RETURN holds\n");
    (void)printf("  %.78s\n  %s\n\n", encoding, encoding + PROM_PARAMETERS_BYTES);
    return prom_ok();
}

static void print_deposits(const prom_contract_outlook *outlook, int width)
{
    const prom_terms *terms = outlook->terms;
    const prom_amount *parts = outlook->tree->tx0_fee;
    const prom_amount most = prom_contract_client_fees(outlook);
    char text[4][PROM_AMOUNT_GROUPED];
    (void)printf("What each locks, sat\n\n");
    for (prom_contract_loser loser = PROM_LOSER_C; loser < PROM_LOSERS; loser++) {
        (void)printf("  %-9s%*s%s\n", LOSER_NAMES[loser], width + 2,
                     prom_amount_grouped(text[0], prom_contract_deposit(terms, loser)),
                     loser == PROM_LOSER_C   ? "  the reward and all retainers"
                     : loser == PROM_LOSER_A ? "  each"
                                             : "");
    }
    prom_paragraph(2, "\n  Of the reward of %s, %s are for the worker and %s for the verifier.",
                   prom_amount_grouped(text[0], terms->c),
                   prom_amount_grouped(text[1], prom_share_of_worker(&terms->P, terms->c)),
                   prom_amount_grouped(text[2], prom_share_of_verifier(&terms->P, terms->c)));
    prom_paragraph(2,
                   "  The client pays fees of at most %s: %s for Tx0 and its anchor, and the reserve of %s, of which "
                   "comes back what the path taken does not use.",
                   prom_amount_grouped(text[0], most),
                   prom_amount_grouped(text[1], prom_amount_subtract(most, outlook->tree->reserve)),
                   prom_amount_grouped(text[2], outlook->tree->reserve));
    prom_paragraph(2, "  For their own coins in Tx0 the worker pays %s and the verifier %s.\n",
                   prom_amount_grouped(text[0], parts[PROM_PARTY_W]),
                   prom_amount_grouped(text[1], parts[PROM_PARTY_V]));
}

static const struct {
    prom_payee payee;
    const char *name;
} PAYEES[PROM_PAYEES] = {
    {PROM_PAYEE_C, "client"},  {PROM_PAYEE_W, "worker"},   {PROM_PAYEE_V, "verifier"},
    {PROM_PAYEE_A_PLUS, "A+"}, {PROM_PAYEE_A_MINUS, "A-"}, {PROM_PAYEE_F, "fund"},
};

enum { ENDING_LABEL = 34 }; /* columns: "  #4 worker accused, no appeal m=2" */

/* As many columns as the page has room for, side by side. */
static void print_payouts(const prom_contract_ending *endings, size_t count, int width)
{
    const int wide = (width > 8 ? width : 8) + 2;
    const size_t together = (size_t)(PROM_PARAGRAPH_WIDTH - ENDING_LABEL) / (size_t)wide;
    char text[PROM_AMOUNT_GROUPED];
    (void)printf("Who gets what, sat, before fees\n");
    for (size_t first = 0; first < PROM_PAYEES; first += together) {
        (void)printf("\n%*s", ENDING_LABEL, "");
        for (size_t j = first; j < first + together && j < PROM_PAYEES; j++) {
            (void)printf("%*s", wide, PAYEES[j].name);
        }
        for (size_t i = 0; i < count; i++) {
            char m[PROM_CONTRACT_M];
            (void)printf("\n  #%u %-25s %3s", endings[i].scheme, prom_contract_scheme_name(endings[i].scheme),
                         prom_contract_m_text(m, endings[i].m));
            for (size_t j = first; j < first + together && j < PROM_PAYEES; j++) {
                (void)printf("%*s", wide, prom_amount_grouped(text, endings[i].payouts.to[PAYEES[j].payee]));
            }
        }
        (void)printf("\n");
    }
    prom_paragraph(2, "\n  A+: each of the m arbiters that signed the decision; A-: each of the others. Without a "
                      "decision they are alike. What is left of the reserve goes to the client besides.\n");
}

/* Appends "TxV0 (V), Tx5 (anybody, without W)". */
static void add_steps(prom_sentence *text, const prom_contract_path *path)
{
    for (size_t i = 1; i < path->count; i++) {
        const prom_contract_step *step = path->steps[i];
        char by[PROM_CONTRACT_SIGNERS];
        char without[PROM_CONTRACT_SIGNERS];
        prom_sentence_add(text, "%s%s (%s%s%s)", i == 1 ? "" : ", ", step->name,
                          prom_contract_signers_text(by, prom_contract_completed_by(step->tx), "anybody"),
                          step->without == 0 ? "" : ", without ",
                          prom_contract_signers_text(without, step->without, ""));
    }
}

static prom_result print_losses(const prom_contract_outlook *outlook, int width, prom_error *error)
{
    (void)printf("What each can lose, sat, before fees: the worst first, and through whom\n");
    for (prom_contract_loser loser = PROM_LOSER_C; loser < PROM_LOSERS; loser++) {
        prom_contract_loss losses[PROM_CONTRACT_STEPS];
        size_t count = 0;
        char text[PROM_AMOUNT_GROUPED];
        PROM_TRY(prom_contract_losses(outlook, loser, losses, &count, error));
        (void)printf("\n  %s, who locks %s\n", LOSER_NAMES[loser],
                     prom_amount_grouped(text, prom_contract_deposit(outlook->terms, loser)));
        for (size_t i = 0; i < count; i++) {
            const prom_contract_path path = prom_contract_path_to(losses[i].step);
            const char *shows = prom_contract_shows(losses[i].step->tx);
            prom_sentence steps = {.length = 0};
            add_steps(&steps, &path);
            prom_paragraph(width + 10, "  %*s  #%u  %s%s", width + 2, prom_amount_grouped(text, losses[i].loses),
                           losses[i].step->tx->scheme, steps.text, shows == NULL ? "" : "; shows~h_p");
        }
    }
    prom_paragraph(2,
                   "\n  Who stands behind a transaction brings in what it waits for; \"without\" names those of whom "
                   "each could have gone another way before. h_p is the key to the result: a transaction that shows "
                   "it gives the client the result. Y: k of the arbiters together.\n");
    return prom_ok();
}

static void print_signature(const prom_contract_step *step)
{
    char by[PROM_CONTRACT_SIGNERS];
    char time[PROM_CONTRACT_HOURS];
    char name[PROM_TREE_NAME + 16];
    const char *shows = prom_contract_shows(step->tx);
    (void)snprintf(name, sizeof name, step->m == 0 ? "%s" : "%s, m=%" PRIu32, step->name, step->m);
    (void)printf("  %-9s  %-9s  ", name,
                 prom_contract_signers_text(by, prom_contract_completed_by(step->tx), "anybody"));
    if (step->lock == 0) {
        (void)printf("%-36s", step->parent == NULL ? "" : "at once");
    } else {
        char when[2 * PROM_TREE_NAME + PROM_CONTRACT_HOURS];
        (void)snprintf(when, sizeof when, "%" PRIu32 " blocks (%s) after %s", step->lock,
                       prom_contract_hours_text(time, step->lock), step->parent->name);
        (void)printf("%-36s", when);
    }
    (void)printf("  %s\n", shows == NULL ? "" : shows);
}

static void print_signatures(const prom_contract_outlook *outlook)
{
    (void)printf("Who completes what, and when\n\n  %-9s  %-9s  %-36s  shows\n", "", "by", "not before");
    for (size_t i = 0; i < outlook->step_count; i++) {
        print_signature(&outlook->steps[i]);
    }
    prom_paragraph(2, "\n  Everybody (C, W, V and each arbiter) has signed all but Tx0 beforehand, once and for all. "
                      "Then all sign Tx0, C last: it locks the money. V brings in its signature, W one of its secrets "
                      "h_p and k_p, Y the signature of k arbiters. Nobody else is needed for anything.\n");
}

/* Appends "  #6 m=2  Tx0 TxV0 TxA Tx7". */
static void add_path(prom_sentence *text, const prom_contract_path *path)
{
    const prom_contract_step *last = path->steps[path->count - 1];
    char m[PROM_CONTRACT_M];
    prom_sentence_add(text, "  #%u %-3s ", last->tx->scheme, prom_contract_m_text(m, last->m));
    for (size_t i = 0; i < path->count; i++) {
        prom_sentence_add(text, " %s", path->steps[i]->name);
    }
}

static void print_wait(uint32_t blocks)
{
    char text[PROM_CONTRACT_HOURS];
    (void)snprintf(text, sizeof text, "%" PRIu32 " (%.0f h)", blocks, prom_contract_hours(blocks));
    (void)printf("  %16s", text);
}

static void print_paths(const prom_contract_outlook *outlook)
{
    (void)printf("The paths: sizes, fees in sat at %" PRIu32 " sat/vB, and how many blocks they take\n\n"
                 "  %-24s%6s%12s  %16s  %16s\n",
                 outlook->terms->feerate, "", "vB", "fees", "at least", "at most");
    for (size_t i = 1; i < outlook->step_count; i++) {
        const prom_contract_path path = prom_contract_path_to(&outlook->steps[i]);
        char fee[PROM_AMOUNT_GROUPED];
        prom_sentence text = {.length = 0};
        if (outlook->steps[i].tx->scheme != 0) {
            add_path(&text, &path);
            (void)printf("%-26s%6zu%12s", text.text, path.vsize, prom_amount_grouped(fee, path.fee));
            print_wait(path.earliest);
            print_wait(path.latest);
            (void)printf("\n");
        }
    }
    prom_paragraph(2,
                   "\n  Blocks are counted from the confirmation of Tx0, at ten minutes each, and without those that "
                   "the transactions take to confirm. \"At most\" holds when somebody publishes what anybody can. "
                   "Each transaction has an anchor of 240 sat besides, by which anybody can add to its fee.\n");
}

/* At which feerates an ending is dearer than all that it moves. */
static prom_result print_costs(const prom_contract_outlook *outlook, prom_error *error)
{
    (void)printf("What each ending moves, and what its path costs at these feerates, sat\n\n  %-6s%18s", "", "moves");
    for (size_t i = 0; i < PROM_CONTRACT_FEERATES; i++) {
        char label[24];
        (void)snprintf(label, sizeof label, "%" PRIu32 "/vB", prom_contract_feerates[i]);
        (void)printf("%12s ", label);
    }
    (void)printf("\n");
    for (size_t i = 1; i < outlook->step_count; i++) {
        const prom_contract_step *step = &outlook->steps[i];
        const prom_contract_path path = prom_contract_path_to(step);
        prom_amount moves = prom_amount_zero();
        char text[PROM_AMOUNT_GROUPED];
        if (step->tx->scheme == 0) {
            continue;
        }
        char m[PROM_CONTRACT_M];
        PROM_TRY(prom_contract_moves(&moves, outlook, step, error));
        (void)printf("  #%u %-3s%18s", step->tx->scheme, prom_contract_m_text(m, step->m),
                     prom_amount_grouped(text, moves));
        for (size_t j = 0; j < PROM_CONTRACT_FEERATES; j++) {
            const prom_amount cost = prom_contract_cost(&path, prom_contract_feerates[j]);
            (void)printf("%12s%s", prom_amount_grouped(text, cost), prom_amount_above(cost, moves) ? "*" : " ");
        }
        (void)printf("\n");
    }
    prom_paragraph(2, "\n  Moves: what C, W, V and the arbiters lose by the ending, together. *: the path costs more "
                      "than that. Then whoever would gain by it does better to let it be, and a threat with it is "
                      "empty.\n");
    return prom_ok();
}

prom_result prom_contract_explain_print(const prom_contract_outlook *outlook, const prom_contract_verdict *verdict,
                                        prom_error *error)
{
    prom_contract_ending endings[PROM_CONTRACT_ENDINGS];
    size_t count = 0;
    const int width = amount_width(outlook);
    PROM_TRY(prom_contract_endings(endings, &count, outlook, error));
    PROM_TRY(print_beginning(outlook, verdict, error));
    print_deposits(outlook, width);
    print_payouts(endings, count, width);
    PROM_TRY(print_losses(outlook, width, error));
    print_signatures(outlook);
    print_paths(outlook);
    PROM_TRY(print_costs(outlook, error));
    prom_contract_print_work(outlook->terms);
    return prom_ok();
}
