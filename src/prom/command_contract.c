/* prom contract explain | example | tree */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outlook/example.h"
#include "outlook/explain.h"
#include "outlook/file.h"
#include "outlook/svg.h"
#include "outlook/tree.h"
#include "prom/command.h"

#define ARENA_BYTES ((size_t)1 << 28)

enum { OPERANDS_MAX = 2 };

typedef struct arguments {
    bool json;
    bool svg;
    const char *file;
    const char *arbiters;
} arguments;

/* What an action works with. */
struct work {
    prom_arena arena;
    prom_curve *curve;
    prom_terms terms;
    prom_tree *tree;
    prom_contract_outlook outlook;
    bool refused; /* the contract, not the file, is what can not be used */
};

static prom_result read_terms(struct work *work, const char *path, prom_contract_extent extent, prom_error *error)
{
    return prom_contract_file_read(&work->arena, &work->terms, &work->refused, path, extent, error);
}

/* Checks the terms, and builds their tree. */
static prom_result build(struct work *work, prom_error *error)
{
    work->refused = true;
    PROM_TRY(prom_terms_check(work->curve, &work->terms, error));
    PROM_TRY(prom_tree_build(work->curve, &work->arena, &work->tree, &work->terms, error));
    work->refused = false;
    prom_contract_outlook_make(&work->outlook, &work->terms, work->tree);
    return prom_ok();
}

static prom_result run_explain(struct work *work, const arguments *given, prom_error *error)
{
    json_t *answer = NULL;
    PROM_TRY(read_terms(work, given->file, PROM_CONTRACT_PARAMETERS, error));
    PROM_TRY(prom_contract_example_fill(work->curve, &work->arena, &work->terms, error));
    PROM_TRY(build(work, error));
    if (!given->json) {
        return prom_contract_explain_print(&work->arena, &work->outlook, error);
    }
    PROM_TRY(prom_contract_explain_json(&answer, &work->arena, &work->outlook, error));
    return prom_command_tell(true, answer, error, "%s", "");
}

static prom_result run_example(struct work *work, const arguments *given, prom_error *error)
{
    uint32_t arbiters = PROM_ARBITERS_MIN;
    if (given->arbiters != NULL) {
        PROM_TRY(prom_command_number(&arbiters, given->arbiters, PROM_ARBITERS_MIN, PROM_ARBITERS_MAX,
                                     "a number of arbiters", error));
    }
    prom_contract_example_parameters(&work->terms, (uint8_t)arbiters);
    PROM_TRY(prom_contract_example_fill(work->curve, &work->arena, &work->terms, error));
    return prom_command_tell(true, prom_contract_file_json(&work->terms, prom_contract_example_comment), error, "%s",
                             "");
}

static prom_result run_tree(struct work *work, const arguments *given, prom_error *error)
{
    json_t *answer = NULL;
    PROM_TRY(read_terms(work, given->file, PROM_CONTRACT_WHOLE, error));
    PROM_TRY(build(work, error));
    if (given->svg) {
        return prom_contract_svg_print(&work->outlook, error);
    }
    if (!given->json) {
        prom_contract_tree_print(work->tree);
        return prom_ok();
    }
    PROM_TRY(prom_contract_tree_json(&answer, &work->arena, &work->terms, work->tree, error));
    return prom_command_tell(true, answer, error, "%s", "");
}

typedef struct action {
    const char *name;
    prom_result (*run)(struct work *work, const arguments *given, prom_error *error);
    bool reads;   /* takes FILE */
    bool draws;   /* takes --svg */
    bool invents; /* takes --arbiters */
} action;

static const action ACTIONS[] = {
    {"explain", run_explain, true, false, false},
    {"example", run_example, false, false, true},
    {"tree", run_tree, true, true, false},
};

/* Checks the operands and the options against the action. */
static prom_result check(const action **chosen, arguments *given, const char *const *operands, size_t operand_count,
                         prom_error *error)
{
    const char *name = operand_count > 0 ? operands[0] : "";
    *chosen = NULL;
    for (size_t i = 0; i < sizeof ACTIONS / sizeof *ACTIONS; i++) {
        if (strcmp(ACTIONS[i].name, name) == 0) {
            *chosen = &ACTIONS[i];
        }
    }
    if (*chosen == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%s' is none of explain, example, tree", name);
    }
    if (operand_count != ((*chosen)->reads ? 2U : 1U)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s takes %s", name,
                         (*chosen)->reads ? "one argument, the file of the terms" : "no argument");
    }
    given->file = operand_count == 2 ? operands[1] : NULL;
    if (given->arbiters != NULL && !(*chosen)->invents) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--arbiters is an option of example, not of %s", name);
    }
    if (given->svg && !(*chosen)->draws) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--svg is an option of tree, not of %s", name);
    }
    if (given->svg && given->json) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--json and --svg exclude each other");
    }
    return prom_ok();
}

static void end_work(struct work **work)
{
    if (*work != NULL) {
        prom_arena_free(&(*work)->arena);
        free(*work);
    }
}

static prom_result run_action(const action *chosen, const arguments *given, bool *refused, prom_error *error)
{
    PROM_SCOPED(end_work) struct work *work = calloc(1, sizeof *work);
    prom_bytes32 blinding;
    if (work == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "out of memory");
    }
    prom_arena_init(&work->arena, ARENA_BYTES);
    randombytes_buf(blinding.bytes, sizeof blinding.bytes);
    PROM_TRY(prom_curve_new(&work->arena, &work->curve, &blinding, error));
    const prom_result result = chosen->run(work, given, error);
    *refused = work->refused;
    return result;
}

static prom_exit run_contract(int argument_count, char **argument_values)
{
    arguments given = {0};
    const prom_option options[] = {
        {"--json", NULL, &given.json},
        {"--svg", NULL, &given.svg},
        {"--arbiters", &given.arbiters, NULL},
    };
    const char *operands[OPERANDS_MAX];
    size_t operand_count = 0;
    const action *chosen = NULL;
    bool refused = false;
    prom_error error = {{0}};
    const bool json = prom_command_wants_json(argument_count, argument_values);
    prom_result result = prom_command_parse(argument_count, argument_values, options, sizeof options / sizeof *options,
                                            operands, &operand_count, OPERANDS_MAX, &error);
    if (prom_is_ok(result)) {
        result = check(&chosen, &given, operands, operand_count, &error);
    }
    if (!prom_is_ok(result)) {
        prom_error hinted;
        result = prom_fail(&hinted, result.category, "contract: %.400s; see 'prom help contract'", error.sentence);
        return prom_command_finish(json, result, &hinted);
    }
    result = run_action(chosen, &given, &refused, &error);
    const prom_exit code = prom_command_finish(json, result, &error);
    return refused && code == PROM_EXIT_USAGE ? PROM_EXIT_FAILURE : code;
}

static const char HELP[] =
    "prom contract - what a contract means, before anybody signs it\n"
    "\n"
    "usage: prom contract explain FILE [--json]\n"
    "       prom contract example [--arbiters N]\n"
    "       prom contract tree FILE [--json | --svg]\n"
    "\n"
    "  explain FILE  Tells who gets what in each outcome, what each party can lose and through whom, whose signature\n"
    "                is needed when, after how many blocks and hours (ten minutes a block) what becomes possible, and\n"
    "                how large and dear each path is. Transactions are weighed with one Taproot coin of each party.\n"
    "  example       Writes terms to try, always in JSON: a contract on regtest with N arbiters, 3 to 9, 3 by "
    "default.\n"
    "                Its keys are everybody's; its coins do not exist. The same in every run.\n"
    "  tree FILE     Builds all transactions of the contract, unsigned, and lists them; with --svg, draws them.\n"
    "\n"
    "Nothing here needs a node, a key or the network, and nothing is kept.\n"
    "\n"
    "FILE is a JSON object of at most 1 MiB. An unknown field is an error. What explain reads:\n"
    "  network               \"mainnet\" (the default) or \"regtest\"\n"
    "  w, v, a               stakes of the worker, the verifier and each arbiter, sat\n"
    "  n                     number of arbiters\n"
    "  F                     x-only key of the common fund, 64 hex digits\n"
    "  alpha beta gamma delta epsilon mu sigma varsigma\n"
    "                        fractions, in basis points (1/10000)\n"
    "  t1 t2 t3 t4 t5        times, in blocks\n"
    "  c                     the reward, sat\n"
    "  feerate               sat/vB, a whole number\n"
    "  comment               any text; not needed\n"
    "What tree reads besides (explain passes over it):\n"
    "  p_txid                the transaction that published P\n"
    "  h, k_h                SHA-256 of the worker's two secrets\n"
    "  Y                     the arbiters' joint key\n"
    "  snapshot_height, snapshot_hash, setup_deadline\n"
    "                        the block at which offers are counted; the height by which Tx0 must be confirmed\n"
    "  most_package, retention\n"
    "                        bytes of the delivered package at most; blocks that arbiters keep it\n"
    "  job                   scheme, program_digest, program_bytes, input_hash, input_bytes, items\n"
    "  client, worker, verifier\n"
    "                        each: key, payout, change; coins, a list of outpoint (\"txid:index\"), value, script\n"
    "                        (hex) and witness_weight\n"
    "  arbiters              a list of offer (\"txid:index\"), key, x_hash, expiry, payout\n"
    "docs/protocol.md says what each of them means, and what makes a contract valid.\n"
    "\n"
    "The JSON of explain:\n"
    "  encoding              the data of P's OP_RETURN, hex\n"
    "  k                     arbiters that make a decision\n"
    "  schemes               id (1 to 7); m, the arbiters that sign the decision, or null; payouts in sat, before "
    "fees,\n"
    "                        to C, W, V, each A_plus (signed the decision), each A_minus (did not) and F\n"
    "  losses                for C, W, V, A: deposit, worst, and all ways to lose: loses, scheme, transactions; by, "
    "who\n"
    "                        completes them; without, who failed to act before; shows, a secret that becomes public\n"
    "  transactions          name, m, count, scheme, stage of signing (1 to 4), spends, presigned_by, completed_by,\n"
    "                        without, shows, weight, vsize, fee\n"
    "  deadlines             transaction, or \"stake\" for an arbiter's alone; the one after which it waits; blocks; "
    "hours\n"
    "  paths                 scheme, m, transactions, vsize, fee, anchors; earliest and latest in blocks and hours\n"
    "  duties                who, does, after (a transaction); first_tip and last_tip in blocks after it, or null\n"
    "  network, shares (of the reward, to W and V), fees (feerate, tx0, reserve, most)\n"
    "The JSON of tree:\n"
    "  transactions          name (Tx7[1,3] for S = {1, 3}), scheme or null, hex (unsigned), txid, weight and vsize\n"
    "                        (with the full witness), fee, presigned_by, completed_by,\n"
    "                        inputs (outpoint, value, address, descriptor, leaf, sequence; null for a party's own "
    "coin),\n"
    "                        outputs (role, value, address, descriptor)\n"
    "  network, contract (its id), digest (of the tree), reserve\n"
    "Signers are C, W, V, A (each arbiter) and Y (k arbiters by their joint key); completed_by [] means that anybody "
    "who\n"
    "holds the transaction can publish it.\n"
    "\n"
    "Exit codes: 0 done; 1 the contract is not valid: the bound that it breaks is named; 2 the command line or FILE "
    "can\n"
    "not be used.\n"
    "\n"
    "Example:\n"
    "  prom contract example > terms.json\n"
    "  prom contract explain terms.json\n"
    "  prom contract tree terms.json --svg > tree.svg\n";

const prom_command prom_command_contract = {
    .name = "contract",
    .summary = "what a contract means before anybody signs it: explain, example, tree",
    .help = HELP,
    .run = run_contract,
};
