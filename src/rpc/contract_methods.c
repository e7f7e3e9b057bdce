#include "rpc/contract_methods.h"

#include <string.h>

#include "node/guest.h"
#include "node/money.h"
#include "node/survey.h"
#include "rpc/values.h"
#include "rpc/wallet_methods.h"

#define MEMORY ((size_t)256 << 20)

enum { HEX_DIGITS = 2 * PROM_PARAMETERS_BYTES };

/* -- Publishing -- */

static prom_result read_parameters(prom_parameters *P, const char *hex, prom_error *error)
{
    uint8_t bytes[PROM_PARAMETERS_BYTES];
    if (!prom_hex_parse(bytes, sizeof bytes, hex, strlen(hex))) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "encoding must be %d hex digits, those of the data of P's "
                         "OP_RETURN",
                         HEX_DIGITS);
    }
    prom_reader reader = prom_reader_of(prom_span_of(bytes, sizeof bytes));
    prom_parameters_read(&reader, P);
    return prom_reader_done(&reader)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "encoding does not begin with the mark of a P");
}

prom_result prom_rpc_contract_publish(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_parameters P;
    const prom_pay_options options = prom_rpc_pay_options(params);
    prom_node_paid paid;
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(read_parameters(&P, json_string_value(json_object_get(params, "encoding")), error));
    PROM_TRY(prom_node_publish_parameters(host->node, &arena, &paid, &P, &options, error));
    *result = prom_rpc_paid_json(&paid);
    return prom_ok();
}

/* -- What there is -- */

/* As a file of terms names it (prom help contract). */
static json_t *parameters_json(const prom_parameters *P)
{
    char F[PROM_HEX32];
    return json_pack("{s:o, s:o, s:o, s:i, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", //
                     "w", prom_rpc_sat(P->w), "v", prom_rpc_sat(P->v), "a", prom_rpc_sat(P->a), "n", (int)P->n, "F",
                     prom_hex32(F, &P->F), "alpha", (int)P->alpha, "beta", (int)P->beta, "gamma", (int)P->gamma,
                     "delta", (int)P->delta, "epsilon", (int)P->epsilon, "mu", (int)P->mu, "sigma", (int)P->sigma,
                     "varsigma", (int)P->varsigma, "t1", (int)P->t1, "t2", (int)P->t2, "t3", (int)P->t3, "t4",
                     (int)P->t4, "t5", (int)P->t5);
}

/* By number; the last one says how many ended in no way that the tree has. */
static json_t *endings_json(const prom_survey_endings *endings)
{
    json_t *schemes = json_array();
    for (unsigned scheme = 1; scheme <= PROM_SCHEMES; scheme++) {
        (void)json_array_append_new(schemes, json_integer((json_int_t)endings->schemes[scheme]));
    }
    return json_pack("{s:o, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "schemes", schemes, "other",
                     (json_int_t)endings->schemes[0], "open", (json_int_t)endings->open, "accused",
                     (json_int_t)endings->accused, "appealed", (json_int_t)endings->appealed, "locked",
                     prom_rpc_sat(endings->locked), "deposits", prom_rpc_sat(endings->deposits), "paid",
                     prom_rpc_sat(endings->paid));
}

static json_t *sum_json(const prom_survey_sum *sum)
{
    return json_pack("{s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:o, s:I, s:o, s:o}", "txid", prom_rpc_txid(&sum->txid),
                     "height", prom_rpc_height(sum->height), "P", parameters_json(&sum->P), "counted",
                     (json_int_t)sum->counted, "waiting", (json_int_t)sum->waiting, "engaged", (json_int_t)sum->engaged,
                     "withdrawn", (json_int_t)sum->withdrawn, "locked", prom_rpc_sat(sum->locked), "contracts",
                     (json_int_t)sum->contracts, "last_contract", prom_rpc_height(sum->last_contract), "ends",
                     endings_json(&sum->endings));
}

prom_result prom_rpc_contract_list(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_survey_sum *sums = NULL;
    size_t count = 0;
    bool cut = false;
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(prom_node_check_read(host->node, error));
    PROM_TRY(prom_survey_list(prom_node_index(host->node), &arena,
                              (size_t)prom_rpc_number(params, "limit", PROM_CONTRACTS_PAGE), &sums, &count, &cut,
                              error));
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, sum_json(&sums[i]));
    }
    *result = json_pack("{s:o, s:b}", "contracts", list, "more", (int)cut);
    return prom_ok();
}

static json_t *offer_json(const prom_node *node, const prom_survey_offer *offer, bool owners)
{
    char key[PROM_HEX32];
    char announcer[PROM_HEX32];
    const prom_announcement *announced =
        offer->fate == PROM_OFFER_UNSPENT ? prom_node_announcement_of(node, &offer->txid) : NULL;
    const bool spent = offer->spent_height != 0;
    return json_pack("{s:o, s:s, s:o, s:I, s:o, s:s, s:b, s:o, s:o, s:s?, s:s?, s:o, s:o}", "txid",
                     prom_rpc_txid(&offer->txid), "key", prom_hex32(key, &offer->key), "height",
                     prom_rpc_height(offer->height), "age", (json_int_t)offer->age, "sat", prom_rpc_sat(offer->value),
                     "fate", prom_offer_fate_name(offer->fate), "counts", (int)offer->counts, "spent",
                     prom_rpc_height(offer->spent_height), "spent_by",
                     spent ? prom_rpc_txid(&offer->spent_by) : json_null(), "contract", offer->contract, "node",
                     announced != NULL ? prom_hex32(announcer, &announced->node_key) : NULL, "retainer",
                     announced != NULL ? prom_rpc_sat(announced->retainer) : json_null(), "owner",
                     owners ? json_integer((json_int_t)offer->owner) : json_null());
}

/* NULL when memory ran out. */
static json_t *encoding_json(prom_arena *arena, const prom_parameters *P)
{
    char hex[HEX_DIGITS + 1];
    prom_span bytes;
    prom_writer writer = prom_writer_in(arena);
    prom_parameters_write(&writer, P);
    return prom_is_ok(prom_writer_finish(&writer, &bytes, NULL)) && bytes.length == PROM_PARAMETERS_BYTES
               ? json_string(prom_hex(hex, bytes.data, bytes.length))
               : NULL;
}

static void add_pool(const prom_rpc_host *host, prom_arena *arena, json_t *object, const prom_survey *survey)
{
    const prom_parameters *P = &survey->sum.P;
    json_t *ages = survey->youngest == 0 ? json_null()
                                         : json_pack("{s:I, s:I}", "youngest", (json_int_t)survey->youngest, "oldest",
                                                     (json_int_t)survey->oldest);
    (void)json_object_set_new(object, "tip", prom_rpc_height(survey->tip));
    (void)json_object_set_new(object, "encoding", encoding_json(arena, P));
    (void)json_object_set_new(object, "fund_is_nobodys",
                              json_boolean(prom_parameters_fund_is_nobodys(prom_node_curve(host->node), P)));
    (void)json_object_set_new(object, "ages", ages);
    (void)json_object_set_new(object, "pool_suits", json_boolean(survey->pool_suits));
    (void)json_object_set_new(object, "quorum",
                              json_pack("{s:I, s:I, s:o}", "seats", (json_int_t)prom_parameters_quorum(P), "offers",
                                        (json_int_t)survey->quorum.offers, "stake",
                                        prom_rpc_sat(survey->quorum.stake)));
}

/* What is not known of them is no failure: the rest is. */
static bool add_owners(const prom_rpc_host *host, prom_arena *arena, json_t *object, prom_survey *survey)
{
    prom_error why;
    const bool known = prom_is_ok(prom_node_survey_owners(host->node, arena, survey, &why));
    (void)json_object_set_new(object, "owners",
                              known ? json_pack("{s:I, s:I, s:f}", "count", (json_int_t)survey->owners, "largest",
                                                (json_int_t)survey->largest, "largest_quorum", survey->largest_quorum)
                                    : json_null());
    (void)json_object_set_new(object, "owners_unknown",
                              known ? json_null() : json_stringn_nocheck(why.sentence, strlen(why.sentence)));
    return known;
}

prom_result prom_rpc_contract_show(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_survey survey;
    prom_bytes32 p_txid;
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(prom_rpc_read_txid(&p_txid, params, "contract", error));
    PROM_TRY(prom_node_check_read(host->node, error));
    PROM_TRY(prom_survey_look_at(prom_node_index(host->node), &arena, &survey, &p_txid,
                                 (size_t)prom_rpc_number(params, "limit", PROM_CONTRACT_OFFERS_MAX), error));
    json_t *object = sum_json(&survey.sum);
    add_pool(host, &arena, object, &survey);
    const bool owners = json_is_true(json_object_get(params, "owners")) && add_owners(host, &arena, object, &survey);
    json_t *list = json_array();
    for (size_t i = 0; i < survey.offer_count; i++) {
        (void)json_array_append_new(list, offer_json(host->node, &survey.offers[i], owners));
    }
    (void)json_object_set_new(object, "offers", list);
    (void)json_object_set_new(object, "more", json_boolean(survey.cut));
    *result = object;
    return prom_ok();
}

/* -- The table's parts -- */

const prom_rpc_parameter prom_rpc_contract_publish_parameters[] = {
    {.name = "encoding",
     .type = PROM_RPC_TEXT,
     .required = true,
     .text = "The data of P's OP_RETURN, in hexadecimal digits: 'prom contract explain' prints it."},
    PROM_RPC_PAY_PARAMETERS,
    PROM_RPC_DRY_RUN_PARAMETER,
    {.name = NULL},
};
const prom_rpc_parameter prom_rpc_contract_list_parameters[] = {
    {.name = "limit",
     .type = PROM_RPC_NUMBER,
     .min = 1,
     .max = PROM_CONTRACTS_PAGE,
     .text = "At most so many, the oldest. Left out: 500."},
    {.name = NULL},
};
const prom_rpc_parameter prom_rpc_contract_show_parameters[] = {
    {.name = "contract", .type = PROM_RPC_TEXT, .required = true, .text = "The transaction that published P."},
    {.name = "owners",
     .type = PROM_RPC_FLAG,
     .text = "Whether to find out which offers may be one owner's: bitcoind is asked for their transactions, for five "
             "seconds at most."},
    {.name = "limit",
     .type = PROM_RPC_NUMBER,
     .min = 1,
     .max = PROM_CONTRACT_OFFERS_MAX,
     .text = "At most so many offers, the oldest. Left out: 10000."},
    {.name = NULL},
};

#define SUM_FIELDS                                                                                                     \
    "txid (of the transaction that published it), height (of its block), P (as files of terms have it, see 'prom "     \
    "help "                                                                                                            \
    "contract'), counted (offers that count in a draw now), waiting (those that do not, as they are too young, of "    \
    "another value or of a key that was there before), engaged and withdrawn (offers that are spent: into a "          \
    "contract, "                                                                                                       \
    "or taken back), locked (sat in unspent ones), contracts, last_contract (the height of the last one, or null), "   \
    "ends: schemes (how many contracts ended by #1, #2, ... #7), other (whose deposits were spent in no way that the " \
    "tree has), open, accused and appealed (those of the open ones that are behind TxV0 or TxA), locked (sat in open " \
    "ones), deposits (sat of all, with what was set aside for fees), paid (sat, rewards of those that ended by #3)"
const prom_rpc_field prom_rpc_contract_list_result[] = {
    {"contracts", "of each P, oldest first: " SUM_FIELDS},
    {"more", "whether there are more than were asked for"},
    {NULL, NULL},
};
const prom_rpc_field prom_rpc_contract_show_result[] = {
    {"txid ... ends", "as of contract.list: keys of offers are looked at here, and one that is in several "
                      "offers counts once"},
    {"tip", "height of the block that all this is at"},
    {"encoding", "the data of P's OP_RETURN, in hexadecimal digits"},
    {"fund_is_nobodys", "whether nobody can spend F"},
    {"ages", "of the offers that count: youngest and oldest, confirmations; or null: there are none"},
    {"pool_suits", "whether so many offers count that a fifth of them costs ten times w"},
    {"quorum", "what it takes to have the seats that decide, more often than not: seats, offers beside those that "
               "count, and stake, in sat, that these lock"},
    {"owners",
     "with the parameter owners: count of those of offers that count, largest (offers that may be one "
     "owner's) and largest_quorum (the chance, 0 to 1, that it has the seats that decide); null where that "
     "is not known, and owners_unknown says why. Two offers may be one owner's where they are paid out of one "
     "transaction, or one out of the other's: that proves nothing, either way"},
    {"offers",
     "oldest first: txid, key, height, age, sat, fate (\"unspent\", \"engaged\" or \"withdrawn\"), counts, "
     "spent (height, or null), spent_by (a transaction, or null), contract (of an engaged one, how its contract ended: "
     "\"#1\" to \"#7\", \"other\" or \"open\"; else null), node and retainer (as its announcement, signed by its key, "
     "says; null where none is known here), owner (those with one number may be one "
     "owner's; null where that is not known)"},
    {"more", "whether there are more offers than were asked for"},
    {NULL, NULL},
};
