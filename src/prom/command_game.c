/* prom game solve | sweep | export */
#include <stdio.h>

#include "advice/checkmate.h"
#include "advice/report.h"
#include "advice/sweep.h"
#include "cli/tell.h"
#include "game/risks.h"
#include "prom/root.h"

/* Of all actions; each takes some of them. */
typedef struct arguments {
    bool json;
    bool paper;
    bool checkmate;
    bool csv;
    uint32_t arbiters;
    const char *accept;
    const char *over;
    const char *file;
} arguments;

static prom_advice_options options_of(const arguments *given)
{
    return (prom_advice_options){.file = given->file, .accept = given->accept, .paper = given->paper};
}

/* A contract that is refused is a failure, though all can be said of it. */
static prom_result run_solve(void *values, prom_exit *code, prom_error *error)
{
    const arguments *given = values;
    const prom_advice_options options = options_of(given);
    PROM_SCOPED(prom_advice_free) prom_advice advice = {.accepted = 0};
    prom_advice_report report;
    PROM_TRY(prom_advice_open(&advice, &options, error));
    PROM_TRY(prom_advice_report_make(&report, &advice, error));
    *code = report.verdict >= PROM_VERDICT_REFUSED ? PROM_EXIT_FAILURE : PROM_EXIT_OK;
    if (given->json) {
        return prom_tell_json(prom_advice_report_json(&report), error);
    }
    prom_advice_report_print(&report);
    return prom_ok();
}

static prom_result run_sweep(void *values, prom_exit *code, prom_error *error)
{
    const arguments *given = values;
    const prom_advice_options options = options_of(given);
    PROM_SCOPED(prom_advice_free) prom_advice advice = {.accepted = 0};
    PROM_SCOPED(prom_sweep_free) prom_sweep sweep = {.set_count = 0};
    (void)code;
    PROM_TRY(prom_advice_open(&advice, &options, error));
    PROM_TRY(prom_sweep_plan(&sweep, &advice, given->over, error));
    PROM_TRY(prom_sweep_run(&sweep, error));
    if (given->json) {
        prom_sweep_print_json(&sweep);
    } else if (given->csv) {
        prom_sweep_print_csv(&sweep);
    } else {
        prom_sweep_print(&sweep);
    }
    return prom_ok();
}

/* What is not in the export is said beside it. */
static void tell_omissions(const prom_checkmate *checkmate)
{
    for (size_t i = 0; i < checkmate->omission_count; i++) {
        const prom_checkmate_omission *it = &checkmate->omissions[i];
        (void)fprintf(stderr, "prom: left out, as a chance follows: %s %s%s%s (%zu time%s)\n", it->player, it->action,
                      it->object[0] == '\0' ? "" : " ", it->object, it->count, it->count == 1 ? "" : "s");
    }
    (void)fprintf(stderr, "prom: utilities are rounded to whole sat\n");
}

static prom_result run_export(void *values, prom_exit *code, prom_error *error)
{
    const arguments *given = values;
    const prom_advice_options options = options_of(given);
    PROM_SCOPED(prom_advice_free) prom_advice advice = {.accepted = 0};
    prom_checkmate checkmate;
    json_t *answer = NULL;
    (void)code;
    PROM_TRY(prom_advice_open(&advice, &options, error));
    PROM_TRY(prom_checkmate_of(&checkmate, &advice, given->arbiters, error));
    PROM_TRY(prom_checkmate_json(&answer, &advice.arena, &checkmate, error));
    if (!given->json) {
        tell_omissions(&checkmate);
    }
    return prom_tell_json(answer, error);
}

/* -- The table -- */

#define PARAMETER_FILE                                                                                                 \
    {                                                                                                                  \
        .value = "FILE", .noun = "file of terms", .required = true, PROM_TO_TEXT(file), .files = "json",               \
        .stream = PROM_STREAM_INPUT, .help = "The terms, a JSON object: 'prom help contract' says what is in it."      \
    }
#define PARAMETER_PAPER                                                                                                \
    {                                                                                                                  \
        .option = "--paper", PROM_TO_FLAG(paper),                                                                      \
        .help = "Play by the rules of the paper as it is written, for comparison."                                     \
    }
#define PARAMETER_ACCEPT                                                                                               \
    {                                                                                                                  \
        .option = "--accept", .value = "NAME", PROM_TO_TEXT(accept), .words = GAME_RISK_WORDS,                         \
        .help = "Do not refuse the contract for this risk; names of several have commas between them."                 \
    }
#define USAGE [PROM_EXIT_USAGE] = "the command line or FILE cannot be used"

static const prom_parameter SOLVE_PARAMETERS[] = {
    PARAMETER_FILE, PARAMETER_ACCEPT, PARAMETER_PAPER, PROM_PARAMETER_JSON(json), {0},
};

static const prom_text SOLVE_DESCRIPTION[] = {
    {NULL, "Solves the game that the contract makes, and says first whether it is safe and what its weakest point is. "
           "Then what is taken for granted beside the contract; what each gets when all keep the rules; what was "
           "found, with who does what to gain what; what groups that act as one person gain; what a worker has to fear "
           "where the client is its own verifier; what seats are worth and cost; what worker, verifier and client do "
           "where they cannot see each other; what one can spend to hurt "
           "another; the least values for which all of it holds; how little a number has to change for a verdict to "
           "flip; and the verdicts as conditions."},
    {NULL, "A contract that breaks a bound is solved as well. Where there is no game without that bound, as when fewer "
           "than half of the arbiters decide, there is nothing but the verdict; in JSON all from honest on is null."},
    {0},
};

static const prom_text SOLVE_JSON[] = {
    {"network", "as bitcoind says it"},
    {"rules", "contract, or paper"},
    {"verdict", "safe, warning, refused or bound"},
    {"accepted", "the risks that --accept names"},
    {"bound", "the bound that is broken, a sentence, or null"},
    {"weakest", "the name of the worst finding, or null"},
    {"findings",
     "name, severity (bound, refused, warning), meaning, amount in sat; group: players and a number of arbiters; gain, "
     "victim, loss, scheme that it ends in (0: locked for ever); deviations, what the group does against the rules: "
     "player, action, object. Where there is no attack all from group on are null"},
    {"assumptions", "for each number of the question: value, unit, what it is; of_setting, it stands in the object "
                    "'game' of FILE; default, a file that says nothing has the same"},
    {"honest",
     "for C, W, V and A, one arbiter, when all keep the rules, sat: paid (beyond the deposit), benefit, work, "
     "fees, interest, result, the sum of these; promised, what it is paid at least"},
    {"properties", "nash, subgame_perfect, coalition_proof, immune: of keeping the rules"},
    {"groups", "for each group: players (F: the owner of the fund), arbiters; gain by breaking the rules, sat; victim, "
               "loss, scheme, deviations"},
    {"client_as_verifier",
     "C and V in one hand, as by default: locked; honest, what both get when all keep the rules; promised, stake and "
     "share of the worker; against, with no arbiter and with n - k: as groups, and worker, the least that it ends "
     "with, sat"},
    {"seats",
     "block, of n - k + 1 arbiters who can keep a decision from being made, and decide, of k who make it: "
     "arbiters; best, the group that gains most by them; worth, what they add, sat; chance to be drawn for "
     "them, or null; chances by share of the pool; bribe_each, bribe_promised (paid only if the attack fails), "
     "sat. What the owner of 'owned' offers may expect of its seats, and their cost, sat, or null"},
    {"choices", "what each of W, V and C (in this order) gets, sat, by what they do unseen"},
    {"equilibria", "of these, 8 at most: pure; for W, V and C the chance of each action; expected, sat"},
    {"griefs", "as groups, gain below 0 being what it costs; factor, loss by cost, or null where it costs nothing"},
    {"least", "values of w, varsigma, retainer, share_w, share_v, c, benefit, and q (of 1), for which the verdict is "
              "good, or null where none is"},
    {"margins",
     "parameter; now, its value; value, the nearest whole one that flips a verdict; change, relative; risk that "
     "comes or goes; comes. Null where none does"},
    {"conditions", "claim; form and its factors, by symbol; value, sat: the claim holds if and only if all its forms "
                   "are at least 0; local: with other numbers this one may be more than is needed"},
    {"symbols", "their values, sat"},
    {"checkmate", "weak_immunity, collusion_resilience, practicality of the game that 'prom game export' writes; null "
                  "where there is none"},
    {0},
};

static const char *const SOLVE_EXAMPLES[] = {
    "prom contract example > terms.json",
    "prom game solve terms.json",
    "prom game solve terms.json --paper",
    NULL,
};

static const prom_command SOLVE = {
    .name = "solve",
    .summary = "tell whether the contract is safe, and how far",
    .description = SOLVE_DESCRIPTION,
    .parameters = SOLVE_PARAMETERS,
    .json = SOLVE_JSON,
    .exits = {[PROM_EXIT_FAILURE] = "the contract is refused: all is told all the same", USAGE},
    .examples = SOLVE_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_solve,
};

static const prom_parameter SWEEP_PARAMETERS[] = {
    PARAMETER_FILE,
    {.option = "--over",
     .value = "LIST",
     .required = true,
     PROM_TO_TEXT(over),
     .help =
         "Vary these numbers: NAME, NAME=FROM:TO or NAME=FROM:TO:STEPS, with commas between them. A name alone takes "
         "five values, from a quarter to four times of FILE's; a range has five unless it says how many, or as many "
         "as there are whole numbers in it."},
    PARAMETER_ACCEPT,
    PARAMETER_PAPER,
    {.option = "--csv", PROM_TO_FLAG(csv), .excludes = "--json", .help = "Print comma-separated values (RFC 4180)."},
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text SWEEP_DESCRIPTION[] = {
    {NULL,
     "Solves the game for every set of the values, a million at most, and prints a row for each. A bound that is "
     "broken is a verdict, 'bound'; so are numbers that make no question, 'impossible', as more offers owned than "
     "there are. All other numbers are FILE's, what it leaves to defaults too: these do not move with the "
     "numbers that they were computed from. For each n the transactions are measured anew."},
    {NULL, "Where FILE's F is nobody's it is taken to stay so: it depends on P, so in a FILE "
           "with one of these sets F is another one, and with F as it is 'prom game solve' finds it owned."},
    {NULL, "All is printed at the end; a progress bar is on standard error where that is a terminal."},
    {0},
};

static const prom_text SWEEP_NUMBERS[] = {
    {"w, v, a", "stakes, sat"},
    {"n", "arbiters"},
    {"alpha, beta, gamma, delta, epsilon, mu, sigma, varsigma", "fractions of P, basis points"},
    {"t1, t2, t3, t4", "times of P, blocks"},
    {"c, retainer", "the reward, and what each arbiter gets, sat"},
    {"feerate", "sat/vB"},
    {"items", "in the batch"},
    {"z, y, arbitration, check, benefit", "costs, and what a right result is worth, sat"},
    {"price",
     "of a bitcoin, at least 1: z, y, arbitration, check and benefit move the other way, unless they are varied too"},
    {"interest, q, known, rolls, audit, compute, verify, pool, owned, future", "as in the object 'game' of FILE"},
    {0},
};

static const prom_section SWEEP_SECTIONS[] = {
    {"Numbers", SWEEP_NUMBERS},
    {0},
};

static const prom_text SWEEP_COLUMNS[] = {
    {"over", "for each number that is varied: name, unit, values"},
    {"sets", "how many"},
    {"rows",
     "values, by name; verdict; bound, a sentence: which one is broken, or why the numbers are impossible, else null; "
     "findings, the names of all; worst, the name of the worst finding, or null, and its amount, sat; group of at "
     "most n - k arbiters that gains most by breaking the rules ('W+V+1A'), and its gain, sat; for C, W, V and "
     "A, one arbiter: honest, what it gets when all keep the rules, sat; pays, whether keeping them is the best "
     "that it can do alone, and better than staying away. --csv has the same but findings in columns, honest_C to "
     "pays_A last. Of impossible numbers all behind bound is null, or empty"},
    {0},
};

static const char *const SWEEP_EXAMPLES[] = {
    "prom contract example > terms.json",
    "prom game sweep terms.json --over w,sigma=5000:9500:10",
    "prom game sweep terms.json --over z=100000:1000000:19 --csv > sweep.csv",
    NULL,
};

static const prom_command SWEEP = {
    .name = "sweep",
    .summary = "vary numbers of the contract, and see where it is safe",
    .description = SWEEP_DESCRIPTION,
    .parameters = SWEEP_PARAMETERS,
    .sections = SWEEP_SECTIONS,
    .json = SWEEP_COLUMNS,
    .exits = {USAGE},
    .examples = SWEEP_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_sweep,
};

static const prom_parameter EXPORT_PARAMETERS[] = {
    PARAMETER_FILE,
    {.option = "--checkmate", .required = true, PROM_TO_FLAG(checkmate), .help = "Write the input of CheckMate."},
    {.option = "--arbiters",
     .value = "M",
     .noun = "number of arbiters",
     PROM_TO_NUMBER(arbiters),
     .min = 1,
     .max = PROM_ARBITERS_MAX,
     .help =
         "Take M arbiters for bloc A, who act as one. Default: n - k + 1, who can keep a decision from being made."},
    PARAMETER_PAPER,
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text EXPORT_DESCRIPTION[] = {
    {NULL,
     "Writes the game for another solver, always in JSON: --checkmate for CheckMate "
     "(github.com/apre-group/checkmate), which needs Z3. The players are C, W, V and two blocs of arbiters, A and "
     "H, of whom each acts as one."},
    {NULL,
     "CheckMate knows neither chances nor players who do not see what the others did. So all is seen; and an "
     "option is left out where a chance follows, which is said on standard error unless --json is given, as that "
     "utilities are rounded to whole sat. 'prom game solve --json' has what our own solver says of the same tree, "
     "with bloc A by default."},
    {0},
};

static const char *const EXPORT_EXAMPLES[] = {
    "prom game export terms.json --checkmate > game.json",
    NULL,
};

static const prom_command EXPORT = {
    .name = "export",
    .summary = "write the game for another solver",
    .description = EXPORT_DESCRIPTION,
    .parameters = EXPORT_PARAMETERS,
    .exits = {USAGE},
    .examples = EXPORT_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_export,
};

static const prom_text DESCRIPTION[] = {
    {NULL,
     "Who signs a contract plays a game: with what the rules make everybody lose or gain, with costs that stand in "
     "no contract, and with others who may act as one person. These commands solve it, for any numbers. Nothing "
     "here needs a node, a key or the network. docs/game.md explains the model."},
    {0},
};

static const prom_command *const COMMANDS[] = {
    &SOLVE, &SWEEP, &prom_command_game_draw, &EXPORT, &prom_command_game_certificate, &prom_command_game_verify, NULL};

const prom_command prom_command_game = {
    .name = "game",
    .summary = "tell whether a contract is safe, for any parameters",
    .description = DESCRIPTION,
    .subcommands = COMMANDS,
    .exits = {USAGE},
};
