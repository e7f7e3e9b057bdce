/* prom game draw | certificate | verify */
#include <stdio.h>
#include <string.h>

#include "advice/advice.h"
#include "certificate/certificate.h"
#include "certificate/draw.h"
#include "cli/tell.h"
#include "prom/root.h"
#include "prometheus/base/version.h"

typedef struct arguments {
    bool json;
    bool svg;
    bool paper;
    const char *certificate;
    const char *file;
} arguments;

static prom_result open_file(prom_advice *advice, const arguments *given, prom_error *error)
{
    const prom_advice_options options = {.file = given->file, .paper = given->paper};
    return prom_advice_open(advice, &options, error);
}

static prom_result run_draw(void *values, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(prom_advice_free) prom_advice advice = {.accepted = 0};
    const arguments *given = values;
    prom_game_solution *solution = NULL;
    prom_game_picture *picture = NULL;
    (void)code;
    PROM_TRY(open_file(&advice, given, error));
    PROM_TRY(prom_game_solve(&advice.arena, &solution, advice.curve, &advice.question, error));
    PROM_TRY(prom_game_picture_make(&advice.arena, &picture, solution, NULL, error));
    if (given->json) {
        return prom_tell_json(prom_game_picture_json(picture), error);
    }
    prom_game_picture_print(stdout, picture);
    return prom_ok();
}

/* A contract that is refused is a failure, though its certificate says all. */
static prom_result run_certificate(void *values, prom_exit *code, prom_error *error)
{
    const arguments *given = values;
    PROM_SCOPED(prom_advice_free) prom_advice advice = {.accepted = 0};
    PROM_SCOPED(prom_certificate_free) prom_certificate certificate = {.root = NULL};
    prom_game_margin *margins = NULL;
    PROM_TRY(open_file(&advice, given, error));
    PROM_TRY_NEW(margins, &advice.arena, prom_game_parameter_count(), error);
    PROM_TRY(prom_game_margins(&advice.arena, margins, advice.curve, &advice.question, error));
    PROM_TRY(prom_certificate_make(&certificate, &advice.arena, advice.curve, &advice.question, margins, PROM_VERSION,
                                   error));
    *code = certificate.refused ? PROM_EXIT_FAILURE : PROM_EXIT_OK;
    if (given->json) {
        return prom_tell_json(json_incref(certificate.root), error);
    }
    if (given->svg) {
        prom_certificate_page(stdout, &certificate);
    } else {
        prom_certificate_print(&certificate);
    }
    return prom_ok();
}

static prom_result run_verify(void *values, prom_exit *code, prom_error *error)
{
    const arguments *given = values;
    PROM_SCOPED(prom_advice_free) prom_advice advice = {.accepted = 0};
    const prom_game_question *question = NULL;
    prom_certificate_state state = PROM_CERTIFICATE_UNREADABLE;
    prom_error wrong = {{0}};
    if (given->file != NULL) {
        PROM_TRY(open_file(&advice, given, error));
        question = &advice.question;
    } else {
        PROM_TRY(prom_advice_begin(&advice, error));
    }
    PROM_TRY(prom_certificate_verify(&state, &advice.arena, advice.curve, given->certificate, question, &wrong));
    switch (state) {
    case PROM_CERTIFICATE_VALID:
    case PROM_CERTIFICATE_OF_DANGER:
        break;
    case PROM_CERTIFICATE_WRONG:
        *code = PROM_EXIT_FAILURE;
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the certificate is not valid: %s", wrong.sentence);
    case PROM_CERTIFICATE_UNREADABLE:
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s", wrong.sentence);
    }
    const bool danger = state == PROM_CERTIFICATE_OF_DANGER;
    return prom_tell(given->json, json_pack("{s:b, s:b}", "valid", 1, "safe", !danger), error,
                     "The certificate is valid: all that it says follows from its inputs%s.\n%s",
                     question == NULL ? "" : ", which are FILE's",
                     danger ? "It says that the contract is NOT safe.\n" : "");
}

/* -- The table -- */

#define PARAMETER_FILE                                                                                                 \
    {                                                                                                                  \
        .value = "FILE", .noun = "file of terms", .required = true, PROM_TO_TEXT(file), .files = "json",               \
        .stream = PROM_STREAM_INPUT, .help = "The terms, a JSON object: 'prom help contract' says what is in it."      \
    }
#define USAGE [PROM_EXIT_USAGE] = "the command line or FILE cannot be used"

static const prom_parameter DRAW_PARAMETERS[] = {
    PARAMETER_FILE,
    {.option = "--paper", PROM_TO_FLAG(paper), .help = "Draw the game of the paper, as it is written."},
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text DRAW_DESCRIPTION[] = {
    {NULL,
     "Prints a picture in SVG: who can do what, how it ends, what each then has against not taking part. The way that "
     "the rules prescribe is thick and green, what players do who each look after themselves is blue (an equilibrium: "
     "nobody does better by doing something else alone), what pays more than the rules is said, and who cannot tell "
     "two places apart has "
     "them joined by a dashed line. The game has hundreds of endings: shown are those in which all keep the rules, at "
     "least one of each sort, and what matters most to anybody. Arbiters act as one."},
    {0},
};

static const prom_text DRAW_JSON[] = {
    {"svg", "the picture"},
    {"endings",
     "that it shows, from top to bottom: scheme (0: the coins are locked for ever), result, blocks, by_rules; "
     "equilibrium, whether players who each look after themselves come to it; worth, what each ends with against not "
     "taking part, and money, the coins alone, of C, W, V and H, one "
     "arbiter, sat"},
    {"of", "all endings of the game"},
    {0},
};

static const char *const DRAW_EXAMPLES[] = {
    "prom game draw examples/contracts/small.json > game.svg",
    NULL,
};

const prom_command prom_command_game_draw = {
    .name = "draw",
    .summary = "draw the game: who can do what, and what it is worth to whom",
    .description = DRAW_DESCRIPTION,
    .parameters = DRAW_PARAMETERS,
    .json = DRAW_JSON,
    .exits = {USAGE},
    .examples = DRAW_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_draw,
};

static const prom_parameter CERTIFICATE_PARAMETERS[] = {
    PARAMETER_FILE,
    PROM_PARAMETER_JSON(json),
    {.option = "--svg",
     PROM_TO_FLAG(svg),
     .excludes = "--json",
     .help = "Print one page in SVG, with the game's picture, and the JSON as its metadata."},
    {0},
};

static const prom_text CERTIFICATE_DESCRIPTION[] = {
    {NULL, "Says on one page what the contract can do to those who sign it: what each can lose, the cheapest attack, "
           "who would have to collude, as long as what all of this is true, what is not covered; and tells the attack "
           "block by block. 'prom game verify' computes it again."},
    {0},
};

static const prom_text CERTIFICATE_JSON[] = {
    {"certificate", "the number of this form, 1"},
    {"program", "the version that made it"},
    {"inputs_hash", "of all inputs: docs/game.md, section 9"},
    {"inputs", "rules, network, P, c, retainer, feerate, items, samples, setting (the object 'game'), sizes of the "
               "transactions: of Tx0 in vB, of the others in weight units without payouts"},
    {"verdict, meaning", "safe, warning, refused or bound, and what that means"},
    {"bound", "the bound that is broken, or null"},
    {"findings", "as of 'prom contract explain'"},
    {"losses", "for C, C+V (the client as its own verifier; not under an audit window), W, V, A: deposit; "
               "keeping_the_rules and worst, what is lost of it while at most n - k arbiters break the rules, and when "
               "all others do; without_a_right_result, whether a client loses as much where it has none; fees; sat"},
    {"attack", "the cheapest: who, gain, victim, loss, scheme, locks (sat), blocks, deviations; or null"},
    {"seats", "for n - k + 1 and k seats: gain, worth, chance, bribe_each, bribe_promised"},
    {"margins", "for each number: now; value, at which a finding comes or goes, change, risk, comes; null for none"},
    {"lines", "lose, attack, collude, true_as_long_as, not_covered: each a list of sentences"},
    {"story", "the attack: height and text"},
    {0},
};

static const char *const CERTIFICATE_EXAMPLES[] = {
    "prom game certificate examples/contracts/small.json",
    "prom game certificate examples/contracts/small.json --svg > small.svg",
    NULL,
};

const prom_command prom_command_game_certificate = {
    .name = "certificate",
    .summary = "say on one page what the contract can do to you",
    .description = CERTIFICATE_DESCRIPTION,
    .parameters = CERTIFICATE_PARAMETERS,
    .json = CERTIFICATE_JSON,
    .exits = {[PROM_EXIT_FAILURE] = "the contract is refused: the certificate says why", USAGE},
    .examples = CERTIFICATE_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_certificate,
};

static const prom_parameter VERIFY_PARAMETERS[] = {
    {.value = "CERTIFICATE",
     .noun = "certificate",
     .required = true,
     PROM_TO_TEXT(certificate),
     .files = "json svg",
     .stream = PROM_STREAM_INPUT,
     .help = "The certificate: JSON or a page in SVG, of at most 1 MiB."},
    {.value = "FILE",
     .noun = "file of terms",
     PROM_TO_TEXT(file),
     .files = "json",
     .stream = PROM_STREAM_INPUT,
     .help = "The terms that it is to be about."},
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text VERIFY_DESCRIPTION[] = {
    {NULL, "Computes the certificate again from its inputs, and compares all that it says; of a page, also how it "
           "looks. The margins are checked by solving the game at each, and one number nearer. With FILE, the inputs "
           "have to be FILE's."},
    {0},
};

static const prom_text VERIFY_JSON[] = {
    {"valid", "true"},
    {"safe", "false: the certificate says that the contract is refused"},
    {0},
};

static const char *const VERIFY_EXAMPLES[] = {
    "prom game verify small.svg",
    "prom game verify small.svg examples/contracts/small.json",
    NULL,
};

const prom_command prom_command_game_verify = {
    .name = "verify",
    .summary = "check a certificate",
    .description = VERIFY_DESCRIPTION,
    .parameters = VERIFY_PARAMETERS,
    .json = VERIFY_JSON,
    .exits = {[PROM_EXIT_FAILURE] = "the certificate says something that is not so",
              [PROM_EXIT_USAGE] = "the command line, CERTIFICATE or FILE cannot be used"},
    .examples = VERIFY_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_verify,
};
