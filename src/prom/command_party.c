/* prom party */
#include "cli/tell.h"
#include "demo/party.h"
#include "prom/root.h"

typedef struct arguments {
    bool json;
    const char *folder;
} arguments;

static prom_result run_party(void *values, prom_exit *code, prom_error *error)
{
    const arguments *given = values;
    (void)code;
    PROM_TRY(prom_demo_party_run(given->folder, error));
    return prom_tell(given->json, json_pack("{s:s}", "dir", given->folder), error, "The party in %s was told to end.\n",
                     given->folder);
}

static const prom_parameter PARAMETERS[] = {
    {.option = "--dir",
     .value = "DIR",
     PROM_TO_TEXT(folder),
     .files = "/",
     .required = true,
     .help = "Run the party whose folder DIR is."},
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text DESCRIPTION[] = {
    {NULL, "Runs one party of a demo: its node, until SIGTERM or SIGINT. 'prom demo --story' starts one for each "
           "party, with a "
           "folder that holds its seed, its database, the bodies that it keeps, and the file party.json, which says "
           "which role it has, where its bitcoind is and whom it knows. With the same folder it goes on where it was, "
           "however it ended."},
    {NULL, "Where party.json has \"backup\", the absolute path of a file, on another disk as a rule, the party keeps a "
           "backup of its database there, encrypted, for 'prom restore'; \"passphrase\" is that of its seed."},
    {NULL, "What happens is written to DIR/log, a JSON object in each line: seconds, kind, channel, text."},
    {0},
};

static const prom_text JSON[] = {{"dir", "the party's folder"}, {0}};

static const char *const EXAMPLES[] = {"prom party --dir ~/demo/parties/W", NULL};

const prom_command prom_command_party = {
    .name = "party",
    .summary = "run one party of a demo",
    .description = DESCRIPTION,
    .parameters = PARAMETERS,
    .exits = {[PROM_EXIT_USAGE] = "the command line or the folder cannot be used"},
    .json = JSON,
    .examples = EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_party,
};
