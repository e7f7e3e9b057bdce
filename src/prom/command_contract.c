/* prom contract explain | example | tree; publish, list and show are in command_contract_chain.c */
#include <stdio.h>
#include <string.h>

#include "cli/tell.h"
#include "game/risks.h"
#include "outlook/example.h"
#include "outlook/explain.h"
#include "outlook/file.h"
#include "outlook/question.h"
#include "outlook/svg.h"
#include "outlook/tree.h"
#include "prom/root.h"
#include "prometheus/scheme/scheme.h"
#include "system/random.h"

#define ARENA_BYTES ((size_t)1 << 28)

/* Of all actions; each takes some of them. */
typedef struct arguments {
    bool json;
    bool svg;
    uint32_t arbiters;
    const char *network;
    const char *accept;
    const char *file;
} arguments;

/* A contract that nobody has signed yet. */
struct draft {
    prom_arena arena;
    prom_curve *curve;
    prom_contract_file file;
    prom_tree *tree;
    prom_contract_outlook outlook;
    bool refused; /* the contract, not the file, is what cannot be used */
};

/* Whether the job's proof scheme can prove it as P wants. */
static prom_result check_scheme(const prom_terms *terms, prom_error *error)
{
    const prom_scheme *scheme = prom_scheme_by_number(terms->job.scheme);
    if (scheme == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the job is for proof scheme %u, which this program lacks",
                         (unsigned)terms->job.scheme);
    }
    if (scheme->open_sample == NULL && terms->P.varsigma != PROM_BASIS_POINTS_ONE) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "varsigma is %u, and %u is needed: the scheme '%s' proves all of a batch and no sample of it",
                         (unsigned)terms->P.varsigma, PROM_BASIS_POINTS_ONE, scheme->name);
    }
    return prom_ok();
}

/* Reads the file of terms. */
static prom_result read_file(struct draft *draft, const char *path, prom_contract_extent extent, prom_error *error)
{
    const prom_result result = prom_contract_file_read(&draft->arena, &draft->file, path, extent, error);
    draft->refused = draft->file.refused;
    return result;
}

/* Checks the terms, P first, and builds their tree. */
static prom_result build(struct draft *draft, prom_error *error)
{
    const prom_terms *terms = &draft->file.terms;
    draft->refused = true;
    PROM_TRY(prom_terms_check_base(draft->curve, terms, error));
    PROM_TRY(prom_terms_check(draft->curve, terms, error));
    PROM_TRY(check_scheme(terms, error));
    PROM_TRY(prom_tree_build(draft->curve, &draft->arena, &draft->tree, terms, error));
    draft->refused = false;
    prom_contract_outlook_make(&draft->outlook, draft->curve, terms, draft->tree);
    return prom_ok();
}

/* Plays the contract through, and refuses it where somebody can be robbed by a way that `accepted` does not name. */
static prom_result judge(struct draft *draft, prom_contract_verdict *verdict, prom_error *error)
{
    prom_game_solution *solution = NULL;
    prom_game_question *question = NULL;
    PROM_TRY_NEW(question, &draft->arena, 1, error);
    PROM_TRY(prom_contract_question(question, &draft->arena, draft->curve, &draft->file, draft->tree, error));
    PROM_TRY(prom_game_solve(&draft->arena, &solution, draft->curve, question, error));
    verdict->solution = solution;
    draft->refused = true;
    PROM_TRY(prom_contract_verdict_check(verdict, &draft->outlook, error));
    draft->refused = false;
    return prom_ok();
}

static prom_result explain(struct draft *draft, const arguments *given, prom_error *error)
{
    prom_contract_verdict verdict = {.solution = NULL};
    json_t *answer = NULL;
    PROM_TRY(prom_contract_risks_read(&verdict.accepted, given->accept, error));
    PROM_TRY(read_file(draft, given->file, PROM_CONTRACT_ANY, error));
    if (!draft->file.whole) {
        PROM_TRY(prom_contract_example_fill(draft->curve, &draft->file.terms, error));
    }
    PROM_TRY(build(draft, error));
    PROM_TRY(judge(draft, &verdict, error));
    if (!given->json) {
        return prom_contract_explain_print(&draft->outlook, &verdict, error);
    }
    PROM_TRY(prom_contract_explain_json(&answer, &draft->outlook, &verdict, error));
    return prom_tell_json(answer, error);
}

static prom_result example(struct draft *draft, const arguments *given, prom_error *error)
{
    const uint32_t arbiters = given->arbiters != 0 ? given->arbiters : PROM_ARBITERS_MIN;
    const prom_chain_parameters *network =
        prom_chain_parameters_by_name(given->network == NULL                   ? "regtest"
                                      : strcmp(given->network, "mainnet") == 0 ? "main"
                                                                               : given->network);
    PROM_TRY(prom_contract_example_parameters(draft->curve, &draft->file.terms, network, (uint8_t)arbiters, error));
    PROM_TRY(prom_contract_example_fill(draft->curve, &draft->file.terms, error));
    return prom_tell_json(prom_contract_file_json(&draft->file.terms, prom_contract_example_comment), error);
}

static prom_result tree(struct draft *draft, const arguments *given, prom_error *error)
{
    json_t *answer = NULL;
    PROM_TRY(read_file(draft, given->file, PROM_CONTRACT_WHOLE, error));
    PROM_TRY(build(draft, error));
    if (given->svg) {
        return prom_contract_svg_write(stdout, &draft->outlook, NULL, error);
    }
    if (!given->json) {
        prom_contract_tree_print(draft->tree);
        return prom_ok();
    }
    PROM_TRY(prom_contract_tree_json(&answer, &draft->arena, &draft->file.terms, draft->tree, error));
    return prom_tell_json(answer, error);
}

static void end_draft(struct draft *draft)
{
    prom_arena_free(&draft->arena);
}

/* Runs an action on an empty draft. A contract that is refused is a failure, though its file can be read. */
static prom_result run(prom_result (*act)(struct draft *draft, const arguments *given, prom_error *error),
                       const arguments *given, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(end_draft) struct draft draft = {.refused = false};
    prom_arena_init(&draft.arena, ARENA_BYTES);
    const prom_bytes32 blinding = prom_random_bytes32();
    PROM_TRY(prom_curve_new(&draft.arena, &draft.curve, &blinding, error));
    const prom_result result = act(&draft, given, error);
    if (draft.refused && result.category == PROM_CATEGORY_BAD_INPUT) {
        *code = PROM_EXIT_FAILURE;
    }
    return result;
}

static prom_result run_explain(void *values, prom_exit *code, prom_error *error)
{
    return run(explain, values, code, error);
}

static prom_result run_example(void *values, prom_exit *code, prom_error *error)
{
    return run(example, values, code, error);
}

static prom_result run_tree(void *values, prom_exit *code, prom_error *error)
{
    return run(tree, values, code, error);
}

/* -- The table -- */

#define PARAMETER_FILE                                                                                                 \
    {                                                                                                                  \
        .value = "FILE", .noun = "file of terms", .required = true, PROM_TO_TEXT(file), .files = "json",               \
        .stream = PROM_STREAM_INPUT, .help = "The terms, a JSON object: 'prom help contract' says what is in it."      \
    }
#define EXITS_OF(failure)                                                                                              \
    {                                                                                                                  \
        [PROM_EXIT_FAILURE] = (failure), [PROM_EXIT_USAGE] = "the command line or FILE cannot be used"                 \
    }
#define EXITS EXITS_OF("the contract is not valid: the bound that it breaks is named")

static const prom_parameter EXPLAIN_PARAMETERS[] = {
    PARAMETER_FILE,
    {.option = "--accept",
     .value = "NAME",
     .noun = NULL, /* several names are a value too */
     PROM_TO_TEXT(accept),
     .words = GAME_RISK_WORDS,
     .help = "Explain the contract in spite of this risk; names of several have commas between them."},
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text EXPLAIN_DESCRIPTION[] = {
    {NULL,
     "Says first whether the contract is safe, and what its weakest point is: the game that it makes is solved, with "
     "every group of players that may act as one person. Then what is worst for whom, who the verifier should be, what "
     "the arbiters earn and whose the common fund is; who gets what in each outcome, what each party can lose and "
     "through whom, who completes what and when, "
     "how large and dear each path is, also at 1 to 1000 sat/vB, what the job may take, and who does what after how "
     "many blocks. Transactions are weighed with one coin of each party, or with the coins that FILE names. What 'prom "
     "contract tree' refuses, it refuses too."},
    {NULL,
     "A contract by which a player who keeps the rules can be robbed is refused as well. Who takes that risk names "
     "it with --accept. Bounds are never lifted; what merely makes laziness pay, or keeps somebody from coming, is "
     "a warning."},
    {0},
};

#define RISK_TEXT(risk, name, meaning) {name, meaning},

static const prom_text EXPLAIN_RISKS[] = {{NULL, "By these the contract is refused, unless --accept names them:"},
                                          GAME_RISKS_REFUSED(RISK_TEXT){NULL, "And these are warnings:"},
                                          GAME_RISKS_WARNED(RISK_TEXT){0}};

static const prom_section EXPLAIN_SECTIONS[] = {
    {"Risks", EXPLAIN_RISKS},
    {0},
};

static const prom_text EXPLAIN_JSON[] = {
    {"game",
     "verdict, safe or accepted (safe but for what --accept names); accepted, those names; weakest, the name of "
     "the worst finding or null; findings: name, severity (refused or warning), meaning, amount in sat; group, "
     "those who gain: players (C, W, V, F's owner) and a number of arbiters; gain, victim, loss, and the scheme "
     "that it ends in; setting, what was taken for granted, as the object 'game' of FILE has it"},
    {"network", "as bitcoind says it"},
    {"encoding", "the data of P's OP_RETURN, hex"},
    {"k", "arbiters that make a decision"},
    {"shares", "of the reward, to W and V"},
    {"retainer", "to each arbiter, sat"},
    {"client_as_verifier_locks", "what the client locks, but for fees, when it is its own verifier, sat"},
    {"fund_is_nobodys", "false: whoever holds F gains from every failure"},
    {"nobodys_fund", "the F that nobody has, for this P, hex"},
    {"chances", "share of all offers, and the chance of its owner to have k seats"},
    {"fees", "feerate; tx0, all of its fee; reserve; most, that the client pays"},
    {"schemes", "id (1 to 7); m, the arbiters that sign the decision, or null; payouts in sat, before fees and without "
                "the unused reserve, to C, W, V, each A_plus (signed the decision), each A_minus (did not) and F"},
    {"losses", "for C, W, V, A: deposit, worst, and all ways to lose: loses, scheme, transactions; by, who completes "
               "them; without, who failed to act before; shows, a secret that becomes public"},
    {"costs", "scheme, m; moves, what all lose together, sat; at, for each feerate: costs, more_than_it_moves"},
    {"transactions",
     "name, m, count, scheme; stage of signing, 1 for the branches and 2 for Tx0; spends, presigned_by; "
     "waits_for (V, h_p, k_p, Y) and completed_by, who brings that in; without, shows, weight, vsize, "
     "fee"},
    {"deadlines", "transaction; after, the one after which it waits; blocks; hours"},
    {"paths", "scheme, m, transactions, vsize, fee, anchors; earliest and latest in blocks and hours"},
    {"job", "scheme, program_bytes, input_bytes, items, package_bytes, rounds; on a line of bytes_per_second: "
            "compute_seconds that fit t1 and verify_seconds that fit vt, null where margins and transfers leave none"},
    {"duties", "who, does, after (a transaction); first_tip and last_tip in blocks after it, or null"},
    {0},
};

static const char *const EXPLAIN_EXAMPLES[] = {
    "prom contract example > terms.json",
    "prom contract explain terms.json",
    "prom contract explain terms.json --accept fund-owned",
    NULL,
};

static const prom_command EXPLAIN = {
    .name = "explain",
    .summary = "tell who gets what when, and what each party can lose",
    .description = EXPLAIN_DESCRIPTION,
    .parameters = EXPLAIN_PARAMETERS,
    .sections = EXPLAIN_SECTIONS,
    .json = EXPLAIN_JSON,
    .exits = EXITS_OF("the contract is not valid, or not safe: the bound that it breaks, or the risk, is named"),
    .examples = EXPLAIN_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_explain,
};

static const prom_parameter EXAMPLE_PARAMETERS[] = {
    {.option = "--arbiters",
     .value = "N",
     .noun = "number of arbiters",
     PROM_TO_NUMBER(arbiters),
     .min = PROM_ARBITERS_MIN,
     .max = PROM_ARBITERS_MAX,
     .help = "Take N arbiters. Default: 3."},
    {.option = "--network",
     .value = "NAME",
     .noun = "network",
     PROM_TO_TEXT(network),
     .words = "regtest mainnet testnet4 signet",
     .help = "Write terms for this network. Default: regtest."},
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text EXAMPLE_DESCRIPTION[] = {
    {NULL, "Writes the terms of a contract, always in JSON. Its keys are everybody's; its coins do not exist. They are "
           "the same in every run. Outside regtest amounts and times are what a first contract of so many arbiters "
           "might have: small for 3 and 4, medium for 5 to 8, large for 9."},
    {0},
};

static const char *const EXAMPLE_EXAMPLES[] = {
    "prom contract example > terms.json",
    NULL,
};

static const prom_command EXAMPLE = {
    .name = "example",
    .summary = "write terms to try",
    .description = EXAMPLE_DESCRIPTION,
    .parameters = EXAMPLE_PARAMETERS,
    .examples = EXAMPLE_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_example,
};

static const prom_parameter TREE_PARAMETERS[] = {
    PARAMETER_FILE,
    PROM_PARAMETER_JSON(json),
    {.option = "--svg", PROM_TO_FLAG(svg), .excludes = "--json", .help = "Draw them: print a picture in SVG."},
    {0},
};

static const prom_text TREE_DESCRIPTION[] = {
    {NULL, "Builds all transactions of the contract, unsigned, and lists them. Signers are C, W, V, A (each arbiter) "
           "and Y (k arbiters by their joint key); W also completes what waits for one of its secrets."},
    {0},
};

static const prom_text TREE_JSON[] = {
    {"transactions", "name (Tx7[1,3] for S = {1, 3}), scheme or null, hex (unsigned), txid, weight and vsize (with the "
                     "full witness), fee, presigned_by, completed_by, inputs, outputs; completed_by [] means that "
                     "anybody who holds the transaction can publish it"},
    {"inputs", "outpoint, value, address, descriptor, sequence; leaf, null where it is spent by its key"},
    {"outputs", "role, value, address, descriptor"},
    {"network", "as in FILE"},
    {"contract", "its id"},
    {"digest", "of the tree"},
    {"reserve", "what is locked for fees and anchors, beside stakes, reward and retainers, sat"},
    {0},
};

static const char *const TREE_EXAMPLES[] = {
    "prom contract example > terms.json",
    "prom contract tree terms.json --svg > tree.svg",
    NULL,
};

static const prom_command TREE = {
    .name = "tree",
    .summary = "list or draw all transactions of the contract",
    .description = TREE_DESCRIPTION,
    .parameters = TREE_PARAMETERS,
    .json = TREE_JSON,
    .exits = EXITS,
    .examples = TREE_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_tree,
};

static const prom_text DESCRIPTION[] = {
    {NULL,
     "explain, example and tree need no node, no key and no network, and keep nothing. publish, list and show ask "
     "the node that runs here for the chain. docs/protocol.md says what makes a contract valid."},
    {0},
};

static const prom_text TERMS[] = {
    {NULL, "FILE is a JSON object of at most 1 MiB. An unknown field is an error. What explain reads:"},
    {"network", "\"mainnet\" or \"main\" (the default), \"testnet4\", \"signet\" or \"regtest\""},
    {"signet_challenge", "of a signet of one's own, hex; not needed"},
    {"w, v, a", "stakes of the worker, the verifier and each arbiter, sat"},
    {"n", "number of arbiters"},
    {"F", "x-only key of the common fund, 64 hex digits"},
    {"alpha beta gamma delta epsilon mu sigma varsigma", "fractions, in basis points (1/10000)"},
    {"t1 t2 t3 t4 t5", "times, in blocks"},
    {"c", "the reward, sat"},
    {"retainer", "that the client pays to each arbiter, sat; default 0"},
    {"feerate", "sat/vB, a whole number"},
    {"comment", "any text; not needed"},
    {"game", "what the players think, an object; not needed. See below"},
    {NULL, "What tree reads besides. In explain it may be left out, as a whole:"},
    {"p_txid", "the transaction that published P"},
    {"h, k_h", "SHA-256 of the worker's two secrets"},
    {"Y", "the arbiters' joint key"},
    {"snapshot_height, snapshot_hash", "the block at which offers are counted"},
    {"draw_height", "of the block whose hash draws the arbiters; default: the first that is possible"},
    {"earlier", "the signed base terms of an earlier setup whose draw stands, hex; not needed"},
    {"setup_deadline", "the height by which Tx0 must be confirmed"},
    {"most_package", "bytes of the delivered package at most"},
    {"retention", "blocks that it is kept, counted from Tx0"},
    {"frost_revision, dkg_revision, flags", "of the arbiters' signatures and of the terms; default: the program's own"},
    {"job", "scheme, program_digest, program_bytes, input_hash, input_bytes, items"},
    {"client, worker, verifier", "each: key (of its own words), joint_key (its part in ALL), payout, change; coins, a "
                                 "list of outpoint (\"txid:index\"), value and script (of a P2TR output, hex); of the "
                                 "verifier also seal_key"},
    {"arbiters", "a list of offer (\"txid:index\"), offer_key (default: key), key, joint_key, payout"},
    {0},
};

static const prom_text GAME[] = {
    {NULL, "FILE's object 'game' says what the contract does not, for the verdict of explain and for 'prom game'. Each "
           "field may be left out, and is a whole number; fractions are basis points."},
    {"z", "what computing all items and proving them costs the worker, sat; default: half of its share of the reward"},
    {"y", "what verifying costs the verifier, sat; default: a fiftieth of the default of z"},
    {"arbitration", "what verifying and voting cost an arbiter, sat; default: that of y"},
    {"check", "what checking the result by itself costs the client, sat; default: that of y"},
    {"benefit", "what a right result is worth to the client, sat; default: twice the reward"},
    {"price", "of a bitcoin, in any money; costs in sat fall as it rises, so that only its changes matter; default: "
              "100000"},
    {"interest", "a year, on what is locked; default: 500, that is 5 %"},
    {"q", "chance with which the client checks the result by itself; default: 0"},
    {"known", "items whose answer the client knew before and hid in the batch; default: 0"},
    {"rolls", "seeds of a sample that the worker can choose from; default: 1, no choice"},
    {"audit", "an audit window in blocks, which is designed and not built yet; default: 0, none"},
    {"compute", "blocks from Tx0 to the delivery; default: a quarter of t1"},
    {"verify", "blocks from the delivery to the verdict; default: 1"},
    {"pool", "offers of arbiters that count for P; default: 0, unknown"},
    {"owned", "how many of them one person has; default: 0"},
    {"future", "contracts to come, discounted, whose profit a party loses that is publicly at fault, 10000 for one; "
               "default: 0, as among strangers"},
    {"comment", "any text"},
    {0},
};

static const prom_section SECTIONS[] = {
    {"Terms", TERMS},
    {"Game", GAME},
    {0},
};

static const prom_command *const COMMANDS[] = {
    &EXPLAIN, &EXAMPLE, &TREE, &prom_command_contract_publish, &prom_command_contract_list, &prom_command_contract_show,
    NULL};

const prom_command prom_command_contract = {
    .name = "contract",
    .summary = "tell what a contract means, and which are on the chain",
    .description = DESCRIPTION,
    .subcommands = COMMANDS,
    .sections = SECTIONS,
    .exits = EXITS,
};
