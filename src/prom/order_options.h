/* What rounds and jobs are ordered with: the options of 'prom quote', 'prom run' and 'prom iterate', and how the node
 * is asked. */
#ifndef PROM_ORDER_OPTIONS_H
#define PROM_ORDER_OPTIONS_H

#include "cli/command.h"
#include "prom/job_files.h"
#include "prom/node_call.h"
#include "prometheus/contract/terms.h"

/* As they were given; NULL or 0: not. */
typedef struct prom_order_options {
    const char *contract;
    const char *verifier;
    const char *worker;
    uint32_t parts;
    uint32_t spread;
    const char *reduce;
    uint32_t feerate;
    uint32_t height;
    const char *reward;
    const char *retainer;
    const char *max_price;
    const char *max_day;
    const char *max_peer;
    const char *max_fees;
} prom_order_options;

/* Adds them, and the names of the files, to the parameters of job.quote or job.run. PROM_CATEGORY_BAD_INPUT names the
 * option that cannot be. */
PROM_MUST_USE prom_result prom_order_fill(json_t *params, const prom_order_options *given, const prom_job_files *files,
                                          prom_error *error);

/* Calls one of these methods; consumes `params`. Who has just begun knows nobody yet, and what the node says of others
 * it may say otherwise in some seconds: it is asked again for a minute. PROM_CATEGORY_BAD_INPUT when it still says so,
 * or no node runs. */
PROM_MUST_USE prom_result prom_order_call(const prom_node_place *place, json_t **result, const char *method,
                                          json_t *params, bool quiet, prom_error *error);

#define PROM_ORDER_AMOUNT(OPTION, MEMBER, HELP)                                                                        \
    {                                                                                                                  \
        .option = (OPTION), .value = "SAT", .noun = "amount", PROM_TO_TEXT(MEMBER), .help = (HELP)                     \
    }

/* Of a command whose arguments have prom_order_options named `order`. */
#define PROM_ORDER_PARAMETERS                                                                                          \
    {.option = "--contract",                                                                                           \
     .value = "P",                                                                                                     \
     .noun = "contract",                                                                                               \
     PROM_TO_TEXT(order.contract),                                                                                     \
     .help = "The id of the transaction that published the contract P to use. Default: the only one that suits."},     \
        {.option = "--verifier",                                                                                       \
         .value = "WHO",                                                                                               \
         .noun = "verifier",                                                                                           \
         PROM_TO_TEXT(order.verifier),                                                                                 \
         .help = "Who verifies: self, this node with its own stake; market, whoever is found; or a node, KEY or "      \
                 "KEY@ADDRESS. Default: self."},                                                                       \
        {.option = "--worker",                                                                                         \
         .value = "KEY@ADDRESS",                                                                                       \
         .noun = "worker",                                                                                             \
         PROM_TO_TEXT(order.worker),                                                                                   \
         .help = "Ask this node alone, or several with commas between them. Default: whoever is found."},              \
        {.option = "--parts",                                                                                          \
         .value = "N",                                                                                                 \
         .noun = "number of parts",                                                                                    \
         PROM_TO_NUMBER(order.parts),                                                                                  \
         .min = 1,                                                                                                     \
         .max = 256,                                                                                                   \
         .help = "Split the batch into at least N parts. Default: as few as fit."},                                    \
        {.option = "--spread",                                                                                         \
         .value = "N",                                                                                                 \
         .noun = "number of workers",                                                                                  \
         PROM_TO_NUMBER(order.spread),                                                                                 \
         .min = 1,                                                                                                     \
         .max = 64,                                                                                                    \
         .help = "Spread it over at least N workers, where there are so many. Default: the cheapest may get all."},    \
        {.option = "--reduce",                                                                                         \
         .value = "WHO",                                                                                               \
         .noun = "who joins the parts",                                                                                \
         PROM_TO_TEXT(order.reduce),                                                                                   \
         .words = "own contract",                                                                                      \
         .help =                                                                                                       \
             "Of a module that folds, in parts: who joins what these have folded: own, this node; or contract, a "     \
             "worker, once all parts are done. Default: own, where that takes ten seconds at most, else contract."},   \
        {.option = "--by-height",                                                                                      \
         .value = "HEIGHT",                                                                                            \
         .noun = "height",                                                                                             \
         PROM_TO_NUMBER(order.height),                                                                                 \
         .min = 1,                                                                                                     \
         .max = UINT32_MAX,                                                                                            \
         .help = "Have the result at this height of the chain. Default: whenever."},                                   \
        {.option = "--feerate",                                                                                        \
         .value = "N",                                                                                                 \
         .noun = "feerate",                                                                                            \
         PROM_TO_NUMBER(order.feerate),                                                                                \
         .min = 1,                                                                                                     \
         .max = PROM_FEERATE_MAX,                                                                                      \
         .help = "Pay N sat for a virtual byte of the contracts' transactions. Default: what blocks ask for."},        \
        PROM_ORDER_AMOUNT("--reward", order.reward,                                                                    \
                          "Offer this reward in each contract. Default: the smallest that covers what is asked."),     \
        PROM_ORDER_AMOUNT("--retainer", order.retainer,                                                                \
                          "Pay so much to each arbiter. Default: what nine in ten of those known ask for."),           \
        PROM_ORDER_AMOUNT("--max-price", order.max_price, "Let the job cost no more, fees on the chain counted in."),  \
        PROM_ORDER_AMOUNT("--max-day", order.max_day,                                                                  \
                          "Let all jobs that run, or have ended within 144 blocks, cost no more."),                    \
        PROM_ORDER_AMOUNT("--max-peer", order.max_peer,                                                                \
                          "Let contracts with one worker cost no more, all jobs together."),                           \
        PROM_ORDER_AMOUNT("--max-fees", order.max_fees, "Let the job's fees on the chain be no more.")

#endif
