#include "outlook/explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "prometheus/contract/deadline.h"

#define MINUTES_PER_BLOCK 10U

static const struct {
    unsigned bit;
    const char *name;
} SIGNERS[] = {
    {PROM_SIGNER_C, "C"}, {PROM_SIGNER_W, "W"}, {PROM_SIGNER_V, "V"}, {PROM_SIGNER_A, "A"}, {PROM_SIGNER_Y, "Y"},
};

enum { SIGNER_COUNT = sizeof SIGNERS / sizeof *SIGNERS };

json_t *prom_contract_signers_json(unsigned signers)
{
    json_t *list = json_array();
    for (size_t i = 0; i < SIGNER_COUNT; i++) {
        if ((signers & SIGNERS[i].bit) != 0) {
            (void)json_array_append_new(list, json_string(SIGNERS[i].name));
        }
    }
    return list;
}

const char *prom_contract_signers_text(char text[PROM_CONTRACT_SIGNERS], unsigned signers, const char *none)
{
    int at = snprintf(text, PROM_CONTRACT_SIGNERS, "%s", signers == 0 ? none : "");
    for (size_t i = 0; i < SIGNER_COUNT; i++) {
        if ((signers & SIGNERS[i].bit) != 0) {
            at +=
                snprintf(text + at, (size_t)(PROM_CONTRACT_SIGNERS - at), "%s%s", at == 0 ? "" : ", ", SIGNERS[i].name);
        }
    }
    return text;
}

static double hours(uint32_t blocks)
{
    return (double)blocks * MINUTES_PER_BLOCK / 60;
}

const char *prom_contract_hours_text(char text[PROM_CONTRACT_HOURS], uint32_t blocks)
{
    (void)snprintf(text, PROM_CONTRACT_HOURS, "%.*f h", blocks % (60 / MINUTES_PER_BLOCK) == 0 ? 0 : 1, hours(blocks));
    return text;
}

json_t *prom_contract_amount_json(prom_amount amount)
{
    uint64_t sat = 0;
    return prom_amount_get(amount, &sat) ? json_integer((json_int_t)sat) : json_null();
}

/* The outcomes in the order of the table: each scheme, #6 and #7 for each m. */
struct outcome {
    unsigned scheme;
    uint32_t m;
    prom_payouts payouts;
};

#define OUTCOMES_MAX (PROM_SCHEMES + 2 * PROM_ARBITERS_MAX)

static prom_result find_outcomes(struct outcome outcomes[OUTCOMES_MAX], size_t *count,
                                 const prom_contract_outlook *outlook, prom_error *error)
{
    const prom_parameters *P = &outlook->terms->P;
    *count = 0;
    for (unsigned scheme = 1; scheme <= PROM_SCHEMES; scheme++) {
        const bool decided = scheme >= 6;
        const uint32_t last = decided ? P->n : 0;
        for (uint32_t m = decided ? prom_parameters_quorum(P) : 0; m <= last; m++) {
            struct outcome *outcome = &outcomes[(*count)++];
            *outcome = (struct outcome){.scheme = scheme, .m = m};
            PROM_TRY(prom_payouts_of(&outcome->payouts, P, outlook->terms->c, scheme, m, error));
        }
    }
    return prom_ok();
}

static const char *const LOSERS[PROM_LOSERS] = {"C", "W", "V", "A"};
static const char *const LOSER_NAMES[PROM_LOSERS] = {"client", "worker", "verifier", "arbiter"};

/* What the client pays at most beyond the reward: the reserve, and Tx0's fee and anchor. */
static prom_amount fees_max(const prom_contract_outlook *outlook)
{
    const prom_amount tx0 = prom_amount_add(outlook->steps[0].tx->fee, prom_amount_of(PROM_ANCHOR_SAT));
    return prom_amount_add(outlook->tree->reserve, tx0);
}

/* As wide as the largest amount of the contract. */
static int amount_width(const prom_contract_outlook *outlook)
{
    char text[PROM_AMOUNT_GROUPED];
    const prom_terms *terms = outlook->terms;
    const prom_amount stakes = prom_amount_add(prom_amount_multiply(terms->P.a, terms->P.n), terms->P.w);
    return (int)strlen(prom_amount_grouped(text, prom_amount_add(stakes, terms->P.v)));
}

static void print_deposits(const prom_contract_outlook *outlook, int width)
{
    const prom_terms *terms = outlook->terms;
    char first[PROM_AMOUNT_GROUPED];
    char second[PROM_AMOUNT_GROUPED];
    char third[PROM_AMOUNT_GROUPED];
    (void)printf("What each locks, sat\n\n");
    for (prom_contract_loser loser = PROM_LOSER_C; loser < PROM_LOSERS; loser++) {
        (void)printf("  %-9s%*s%s\n", LOSER_NAMES[loser], width + 2,
                     prom_amount_grouped(first, prom_contract_deposit(terms, loser)),
                     loser == PROM_LOSER_C   ? "  the reward"
                     : loser == PROM_LOSER_A ? "  each"
                                             : "");
    }
    (void)printf("\n  Of the reward, %s are for the worker and %s for the verifier.\n",
                 prom_amount_grouped(first, prom_share_of_worker(&terms->P, terms->c)),
                 prom_amount_grouped(second, prom_share_of_verifier(&terms->P, terms->c)));
    (void)printf("  The client pays all fees, at most %s: %s for Tx0 and its anchor, and the reserve of %s,\n",
                 prom_amount_grouped(first, fees_max(outlook)),
                 prom_amount_grouped(second, prom_amount_subtract(fees_max(outlook), outlook->tree->reserve)),
                 prom_amount_grouped(third, outlook->tree->reserve));
    (void)printf("  of which comes back what the path taken does not use.\n\n");
}

static void print_outcomes(const struct outcome *outcomes, size_t count, int width)
{
    static const struct {
        prom_payee payee;
        const char *name;
    } columns[PROM_PAYEES] = {
        {PROM_PAYEE_C, "client"},  {PROM_PAYEE_W, "worker"},   {PROM_PAYEE_V, "verifier"},
        {PROM_PAYEE_A_PLUS, "A+"}, {PROM_PAYEE_A_MINUS, "A-"}, {PROM_PAYEE_F, "fund"},
    };
    char text[PROM_AMOUNT_GROUPED];
    const int wide = (width > 8 ? width : 8) + 2;
    (void)printf("Who gets what, sat, before fees\n\n  %-33s", "");
    for (size_t j = 0; j < PROM_PAYEES; j++) {
        (void)printf("%*s", wide, columns[j].name);
    }
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(text, sizeof text, "m=%" PRIu32, outcomes[i].m);
        (void)printf("\n  #%u %-25s %-4s", outcomes[i].scheme, prom_contract_scheme_name(outcomes[i].scheme),
                     outcomes[i].m == 0 ? "" : text);
        for (size_t j = 0; j < PROM_PAYEES; j++) {
            (void)printf("%*s", wide, prom_amount_grouped(text, outcomes[i].payouts.to[columns[j].payee]));
        }
    }
    (void)printf(
        "\n\n  A+: each of the m arbiters that signed the decision; A-: each of the others. Without a decision\n"
        "  they are alike.\n\n");
}

/* "TxV0 (V), Tx5 (anybody, without W)" */
static void print_steps(const prom_contract_path *path)
{
    for (size_t i = 1; i < path->count; i++) {
        const prom_contract_step *step = path->steps[i];
        char by[PROM_CONTRACT_SIGNERS];
        char without[PROM_CONTRACT_SIGNERS];
        (void)printf("%s%s (%s%s%s)", i == 1 ? "" : ", ", step->name,
                     prom_contract_signers_text(by, step->tx->completed_by, "anybody"),
                     step->without == 0 ? "" : ", without ", prom_contract_signers_text(without, step->without, ""));
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
            (void)printf("  %*s  #%u  ", width + 2, prom_amount_grouped(text, losses[i].loses),
                         losses[i].step->tx->scheme);
            print_steps(&path);
            (void)printf("%s\n", losses[i].step->shows == NULL ? "" : "; shows h_p");
        }
    }
    (void)printf(
        "\n  Who stands behind a transaction completes it; \"without\" names those of whom each could have gone\n"
        "  another way before. h_p is the key to the result: a transaction that shows it gives the client the\n"
        "  result. Y: %" PRIu32 " of the %u arbiters together.\n\n",
        prom_parameters_quorum(&outlook->terms->P), (unsigned)outlook->terms->P.n);
    return prom_ok();
}

static void print_signature(const prom_contract_step *step)
{
    char before[PROM_CONTRACT_SIGNERS];
    char later[PROM_CONTRACT_SIGNERS];
    char time[PROM_CONTRACT_HOURS];
    char name[PROM_TREE_NAME + 16];
    (void)snprintf(name, sizeof name, step->m == 0 ? "%s" : "%s, m=%" PRIu32, step->name, step->m);
    (void)printf("  %d  %-9s  %-12s  %-12s  ", (int)step->tx->stage + 1, name,
                 prom_contract_signers_text(before, step->tx->presigned_by, ""),
                 prom_contract_signers_text(later, step->tx->completed_by, "anybody"));
    if (step->lock == 0) {
        (void)printf("%-31s", step->parent == NULL ? "" : "at once");
    } else {
        char when[2 * PROM_TREE_NAME + PROM_CONTRACT_HOURS];
        (void)snprintf(when, sizeof when, "%" PRIu32 " blocks (%s) after %s", step->lock,
                       prom_contract_hours_text(time, step->lock), step->parent->name);
        (void)printf("%-31s", when);
    }
    (void)printf("  %s\n", step->shows == NULL ? "" : step->shows);
}

static void print_signatures(const prom_contract_outlook *outlook)
{
    const uint32_t T = prom_parameters_stake_lock(&outlook->terms->P);
    char time[PROM_CONTRACT_HOURS];
    (void)printf("Whose signature is needed, and when\n\n     %-9s  %-12s  %-12s  %-31s  %s\n", "", "beforehand",
                 "later", "not before", "shows");
    for (prom_stage_of_signing stage = PROM_SIGNING_APPEAL; stage < PROM_SIGNING_STAGES; stage++) {
        for (size_t i = 0; i < outlook->step_count; i++) {
            if (outlook->steps[i].tx->stage == stage) {
                print_signature(&outlook->steps[i]);
            }
        }
    }
    (void)printf(
        "\n  Signed beforehand in the order of the numbers, all of one before any of the next; Tx0, the last, locks\n"
        "  the money. A: each arbiter. An arbiter's stake is free by its own signature %" PRIu32
        " blocks (%s) after Tx0.\n\n",
        T, prom_contract_hours_text(time, T));
}

static void print_paths(const prom_contract_outlook *outlook, int width)
{
    (void)printf("The paths: sizes, fees in sat at %" PRIu32 " sat/vB, and how long they take\n\n"
                 "  %8s  %*s  %22s  %22s\n",
                 outlook->terms->feerate, "vB", width, "fees", "at least, blocks", "at most, blocks");
    for (size_t i = 1; i < outlook->step_count; i++) {
        const prom_contract_step *step = &outlook->steps[i];
        const prom_contract_path path = prom_contract_path_to(step);
        char fee[PROM_AMOUNT_GROUPED];
        char earliest[PROM_CONTRACT_HOURS];
        char latest[PROM_CONTRACT_HOURS];
        if (step->tx->scheme == 0) {
            continue;
        }
        (void)printf("  %8zu  %*s  %10" PRIu32 " (%9s)  %10" PRIu32 " (%9s)  #%u ", path.vsize, width,
                     prom_amount_grouped(fee, path.fee), path.earliest,
                     prom_contract_hours_text(earliest, path.earliest), path.latest,
                     prom_contract_hours_text(latest, path.latest), step->tx->scheme);
        for (size_t j = 0; j < path.count; j++) {
            (void)printf(" %s", path.steps[j]->name);
        }
        if (step->m != 0) {
            (void)printf(", m=%" PRIu32, step->m);
        }
        (void)printf("\n");
    }
    (void)printf(
        "\n  Blocks are counted from the confirmation of Tx0, at ten minutes each, and without those that the\n"
        "  transactions take to confirm. \"At most\" holds when somebody publishes what anybody can. Each transaction\n"
        "  has an anchor of %u sat besides.\n",
        PROM_ANCHOR_SAT);
}

static prom_result write_encoding(char text[2 * PROM_PARAMETERS_BYTES + 1], prom_arena *arena,
                                  const prom_parameters *parameters, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_span bytes;
    prom_parameters_write(&writer, parameters);
    PROM_TRY(prom_writer_finish(&writer, &bytes, error));
    (void)prom_hex(text, bytes.data, PROM_PARAMETERS_BYTES);
    return prom_ok();
}

/* The table of deadlines, with this contract's numbers. */
static void print_duties(const prom_terms *terms)
{
    const prom_chain_parameters *network = prom_chain_parameters_by_genesis(&terms->genesis);
    (void)printf("\nWho does what, and when: tips of the chain, in blocks after the transaction named\n\n");
    for (prom_deadline_id id = 0; id < PROM_DEADLINES; id++) {
        const prom_deadline *duty = prom_deadline_of(id);
        const prom_tip_window window = prom_deadline_window(id, &terms->P, network, 0);
        char last[24] = "";
        if (window.latest != PROM_WINDOW_OPEN) {
            (void)snprintf(last, sizeof last, "to %" PRId64, window.latest);
        }
        (void)printf("  %-7s from %4" PRId64 " %-8s %s %s\n", prom_milestone_name(duty->from), window.earliest, last,
                     prom_actor_name(duty->who), duty->what);
    }
}

prom_result prom_contract_explain_print(prom_arena *arena, const prom_contract_outlook *outlook, prom_error *error)
{
    const prom_terms *terms = outlook->terms;
    struct outcome outcomes[OUTCOMES_MAX];
    size_t count = 0;
    char encoding[2 * PROM_PARAMETERS_BYTES + 1];
    const int width = amount_width(outlook);
    PROM_TRY(find_outcomes(outcomes, &count, outlook, error));
    PROM_TRY(write_encoding(encoding, arena, &terms->P, error));
    (void)printf("A contract on %s with %u arbiters, of whom %" PRIu32 " decide\n\nP, as an OP_RETURN holds it\n\n"
                 "  %.78s\n  %s\n\n",
                 prom_chain_parameters_by_genesis(&terms->genesis)->name, (unsigned)terms->P.n,
                 prom_parameters_quorum(&terms->P), encoding, encoding + PROM_PARAMETERS_BYTES);
    print_deposits(outlook, width);
    print_outcomes(outcomes, count, width);
    PROM_TRY(print_losses(outlook, width, error));
    print_signatures(outlook);
    print_paths(outlook, width);
    print_duties(outlook->terms);
    return prom_ok();
}

static json_t *json_m(uint32_t m)
{
    return m == 0 ? json_null() : json_integer(m);
}

static json_t *json_text(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

static json_t *json_outcomes(const struct outcome *outcomes, size_t count)
{
    static const char *const names[PROM_PAYEES] = {"C", "W", "V", "A_plus", "A_minus", "F"};
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *payouts = json_object();
        for (size_t j = 0; j < PROM_PAYEES; j++) {
            (void)json_object_set_new(payouts, names[j], prom_contract_amount_json(outcomes[i].payouts.to[j]));
        }
        (void)json_array_append_new(list, json_pack("{s:i, s:o, s:o}", "id", (int)outcomes[i].scheme, "m",
                                                    json_m(outcomes[i].m), "payouts", payouts));
    }
    return list;
}

static json_t *json_names(const prom_contract_path *path)
{
    json_t *list = json_array();
    for (size_t i = 0; i < path->count; i++) {
        (void)json_array_append_new(list, json_string(path->steps[i]->name));
    }
    return list;
}

static json_t *json_loss(const prom_contract_loss *loss)
{
    const prom_contract_path path = prom_contract_path_to(loss->step);
    return json_pack("{s:o, s:i, s:o, s:o, s:o, s:o}", "loses", prom_contract_amount_json(loss->loses), "scheme",
                     (int)loss->step->tx->scheme, "transactions", json_names(&path), "by",
                     prom_contract_signers_json(path.by), "without", prom_contract_signers_json(path.without), "shows",
                     json_text(loss->step->shows));
}

static prom_result json_losses(json_t **list, const prom_contract_outlook *outlook, prom_error *error)
{
    json_auto_t *all = json_array();
    for (prom_contract_loser loser = PROM_LOSER_C; loser < PROM_LOSERS; loser++) {
        prom_contract_loss losses[PROM_CONTRACT_STEPS];
        size_t count = 0;
        json_t *ways = json_array();
        json_t *party =
            json_pack("{s:s, s:o, s:o}", "party", LOSERS[loser], "deposit",
                      prom_contract_amount_json(prom_contract_deposit(outlook->terms, loser)), "ways", ways);
        (void)json_array_append_new(all, party);
        PROM_TRY(prom_contract_losses(outlook, loser, losses, &count, error));
        for (size_t i = 0; i < count; i++) {
            (void)json_array_append_new(ways, json_loss(&losses[i]));
        }
        (void)json_object_set_new(party, "worst",
                                  prom_contract_amount_json(count > 0 ? losses[0].loses : prom_amount_zero()));
    }
    *list = json_incref(all);
    return prom_ok();
}

static json_t *json_step(const prom_contract_step *step)
{
    return json_pack("{s:s, s:o, s:i, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:o}",                        //
                     "name", step->name,                                                                         //
                     "m", json_m(step->m),                                                                       //
                     "count", (int)step->count,                                                                  //
                     "scheme", step->tx->scheme == 0 ? json_null() : json_integer((json_int_t)step->tx->scheme), //
                     "stage", (int)step->tx->stage + 1,                                                          //
                     "spends", json_text(step->spends),                                                          //
                     "presigned_by", prom_contract_signers_json(step->tx->presigned_by),                         //
                     "completed_by", prom_contract_signers_json(step->tx->completed_by),                         //
                     "without", prom_contract_signers_json(step->without),                                       //
                     "shows", json_text(step->shows),                                                            //
                     "weight", (json_int_t)step->tx->weight,                                                     //
                     "vsize", (json_int_t)prom_vsize(step->tx->weight),                                          //
                     "fee", prom_contract_amount_json(step->tx->fee));
}

/* What each has to do and when, by the table that the channel keeps. Tips are counted from the block of `after`. */
static json_t *json_duties(const prom_terms *terms)
{
    const prom_chain_parameters *network = prom_chain_parameters_by_genesis(&terms->genesis);
    json_t *list = json_array();
    for (prom_deadline_id id = 0; id < PROM_DEADLINES; id++) {
        const prom_deadline *duty = prom_deadline_of(id);
        const prom_tip_window window = prom_deadline_window(id, &terms->P, network, 0);
        json_t *last = window.latest == PROM_WINDOW_OPEN ? json_null() : json_integer(window.latest);
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I, s:o}", "who", prom_actor_name(duty->who),
                                                    "does", duty->what, "after", prom_milestone_name(duty->from),
                                                    "first_tip", (json_int_t)window.earliest, "last_tip", last));
    }
    return list;
}

static json_t *json_deadline(const char *name, const char *after, uint32_t blocks)
{
    return json_pack("{s:s, s:s, s:I, s:f}", "transaction", name, "after", after, "blocks", (json_int_t)blocks, "hours",
                     hours(blocks));
}

static json_t *json_path(const prom_contract_step *step)
{
    const prom_contract_path path = prom_contract_path_to(step);
    return json_pack("{s:i, s:o, s:o, s:I, s:o, s:o, s:I, s:f, s:I, s:f}",                                         //
                     "scheme", (int)step->tx->scheme,                                                              //
                     "m", json_m(step->m),                                                                         //
                     "transactions", json_names(&path),                                                            //
                     "vsize", (json_int_t)path.vsize,                                                              //
                     "fee", prom_contract_amount_json(path.fee),                                                   //
                     "anchors",                                                                                    //
                     prom_contract_amount_json(prom_amount_multiply(prom_amount_of(PROM_ANCHOR_SAT), path.count)), //
                     "earliest_blocks", (json_int_t)path.earliest,                                                 //
                     "earliest_hours", hours(path.earliest),                                                       //
                     "latest_blocks", (json_int_t)path.latest,                                                     //
                     "latest_hours", hours(path.latest));
}

/* Transactions, deadlines and paths of the answer. */
static void add_steps(json_t *answer, const prom_contract_outlook *outlook)
{
    json_t *transactions = json_array();
    json_t *deadlines = json_array();
    json_t *paths = json_array();
    for (size_t i = 0; i < outlook->step_count; i++) {
        const prom_contract_step *step = &outlook->steps[i];
        (void)json_array_append_new(transactions, json_step(step));
        if (step->lock != 0) {
            (void)json_array_append_new(deadlines, json_deadline(step->name, step->parent->name, step->lock));
        }
        if (step->tx->scheme != 0) {
            (void)json_array_append_new(paths, json_path(step));
        }
    }
    (void)json_array_append_new(deadlines,
                                json_deadline("stake", "Tx0", prom_parameters_stake_lock(&outlook->terms->P)));
    (void)json_object_set_new(answer, "transactions", transactions);
    (void)json_object_set_new(answer, "deadlines", deadlines);
    (void)json_object_set_new(answer, "paths", paths);
    (void)json_object_set_new(answer, "duties", json_duties(outlook->terms));
}

prom_result prom_contract_explain_json(json_t **answer, prom_arena *arena, const prom_contract_outlook *outlook,
                                       prom_error *error)
{
    const prom_terms *terms = outlook->terms;
    struct outcome outcomes[OUTCOMES_MAX];
    size_t count = 0;
    char encoding[2 * PROM_PARAMETERS_BYTES + 1];
    json_t *losses = NULL;
    PROM_TRY(find_outcomes(outcomes, &count, outlook, error));
    PROM_TRY(write_encoding(encoding, arena, &terms->P, error));
    PROM_TRY(json_losses(&losses, outlook, error));
    *answer = json_pack("{s:s, s:s, s:i, s:{s:o, s:o}, s:{s:I, s:o, s:o, s:o}, s:o, s:o}",           //
                        "network", prom_chain_parameters_by_genesis(&terms->genesis)->name,          //
                        "encoding", encoding,                                                        //
                        "k", (int)prom_parameters_quorum(&terms->P),                                 //
                        "shares",                                                                    //
                        "W", prom_contract_amount_json(prom_share_of_worker(&terms->P, terms->c)),   //
                        "V", prom_contract_amount_json(prom_share_of_verifier(&terms->P, terms->c)), //
                        "fees",                                                                      //
                        "feerate", (json_int_t)terms->feerate,                                       //
                        "tx0", prom_contract_amount_json(outlook->steps[0].tx->fee),                 //
                        "reserve", prom_contract_amount_json(outlook->tree->reserve),                //
                        "most", prom_contract_amount_json(fees_max(outlook)),                        //
                        "schemes", json_outcomes(outcomes, count),                                   //
                        "losses", losses);
    add_steps(*answer, outlook);
    return prom_ok();
}
