#include "rpc/offer_methods.h"

#include "node/money.h"
#include "node/own.h"
#include "node/survey.h"
#include "rpc/values.h"
#include "rpc/wallet_methods.h"

#define MEMORY ((size_t)256 << 20)

prom_result prom_rpc_offer_make(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_offer_wish wish = {.retainer = prom_amount_of(prom_rpc_number(params, "retainer", 0)),
                            .how = prom_rpc_pay_options(params)};
    prom_node_paid paid;
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(prom_rpc_read_txid(&wish.p_txid, params, "contract", error));
    PROM_TRY(prom_node_make_offer(host->node, &arena, &paid, &wish, error));
    *result = prom_rpc_paid_json(&paid);
    return prom_ok();
}

static json_t *offer_json(const prom_own_offer *offer, uint32_t tip)
{
    const prom_announcement *announced = &offer->announcement;
    const bool spent = offer->on_chain && offer->fate != PROM_OFFER_UNSPENT;
    char key[PROM_HEX32];
    return json_pack("{s:o, s:o, s:o, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:b, s:b}", "txid",
                     prom_rpc_txid(&announced->offer.txid), "contract", prom_rpc_txid(&announced->p_txid), "retainer",
                     prom_rpc_sat(announced->retainer), "key", prom_hex32(key, &announced->Q), "address",
                     json_stringn((const char *)announced->address.data, announced->address.length), "fate",
                     offer->on_chain ? prom_offer_fate_name(offer->fate)
                     : offer->waits  ? "waits"
                                     : "missing",
                     "sat", offer->on_chain ? prom_rpc_sat(offer->value) : json_null(), "height",
                     prom_rpc_height(offer->height), "age",
                     prom_rpc_height(offer->on_chain ? tip - offer->height + 1 : 0), "spent_by",
                     spent ? prom_rpc_txid(&offer->spent_by) : json_null(), "in_setup", (int)offer->engaged, "leaving",
                     (int)offer->leaving);
}

prom_result prom_rpc_offer_list(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_own_offer *offers = NULL;
    size_t count = 0;
    (void)params;
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(prom_node_check_read(host->node, error));
    PROM_TRY(prom_node_list_offers(host->node, &arena, &offers, &count, error));
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, offer_json(&offers[i], prom_node_tip(host->node)));
    }
    *result = json_pack("{s:o}", "offers", list);
    return prom_ok();
}

static prom_result read_offer(prom_outpoint *offer, const json_t *params, prom_error *error)
{
    offer->index = 0;
    return prom_rpc_read_txid(&offer->txid, params, "offer", error);
}

/* What is left out stays as it is announced. */
static prom_result read_renewal(const prom_rpc_host *host, prom_arena *arena, prom_offer_wish *wish,
                                const prom_outpoint *offer, const json_t *params, prom_error *error)
{
    const json_t *contract = json_object_get(params, "contract");
    const json_t *retainer = json_object_get(params, "retainer");
    prom_own_offer *offers = NULL;
    size_t count = 0;
    size_t at = 0;
    PROM_TRY(prom_node_list_offers(host->node, arena, &offers, &count, error));
    while (at < count && !prom_outpoint_equal(&offers[at].announcement.offer, offer)) {
        at++;
    }
    if (at == count) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "that is no offer of ours: offer.list lists them");
    }
    *wish = (prom_offer_wish){.p_txid = offers[at].announcement.p_txid, .retainer = offers[at].announcement.retainer};
    PROM_TRY(contract == NULL ? prom_ok() : prom_rpc_read_txid(&wish->p_txid, params, "contract", error));
    wish->retainer = retainer == NULL ? wish->retainer : prom_amount_of(prom_rpc_number(params, "retainer", 0));
    wish->how = prom_rpc_pay_options(params);
    return prom_ok();
}

prom_result prom_rpc_offer_renew(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_offer_wish wish;
    prom_outpoint offer;
    prom_node_paid paid;
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(read_offer(&offer, params, error));
    PROM_TRY(read_renewal(host, &arena, &wish, &offer, params, error));
    PROM_TRY(prom_node_renew_offer(host->node, &arena, &paid, &offer, &wish, error));
    *result = prom_rpc_paid_json(&paid);
    return prom_ok();
}

prom_result prom_rpc_offer_withdraw(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_pay_options options = prom_rpc_pay_options(params);
    prom_outpoint offer;
    prom_node_paid paid;
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(read_offer(&offer, params, error));
    PROM_TRY(prom_node_withdraw_offer(host->node, &arena, &paid, &offer, &options, error));
    *result = prom_rpc_paid_json(&paid);
    return prom_ok();
}

/* -- The table's parts -- */

#define RETAINER(LEFT_OUT)                                                                                             \
    {                                                                                                                  \
        .name = "retainer", .type = PROM_RPC_NUMBER, .max = PROM_AMOUNT_MAX,                                           \
        .text = "The least that the offer asks for in a contract, in sat. Left out: " LEFT_OUT                         \
    }
#define OFFER                                                                                                          \
    {                                                                                                                  \
        .name = "offer", .type = PROM_RPC_TEXT, .required = true, .text = "The transaction that made the offer."       \
    }

const prom_rpc_parameter prom_rpc_offer_make_parameters[] = {
    {.name = "contract", .type = PROM_RPC_TEXT, .required = true, .text = "The transaction that published P."},
    RETAINER("0."),
    PROM_RPC_PAY_PARAMETERS,
    PROM_RPC_DRY_RUN_PARAMETER,
    {.name = NULL},
};
const prom_rpc_parameter prom_rpc_offer_renew_parameters[] = {
    OFFER,
    {.name = "contract",
     .type = PROM_RPC_TEXT,
     .text = "The transaction that published the P of the new one. Left out: that of the old one."},
    RETAINER("that of the old one."),
    PROM_RPC_PAY_PARAMETERS,
    PROM_RPC_DRY_RUN_PARAMETER,
    {.name = NULL},
};
const prom_rpc_parameter prom_rpc_offer_withdraw_parameters[] = {
    OFFER, PROM_RPC_PAY_PARAMETERS, PROM_RPC_DRY_RUN_PARAMETER, {.name = NULL}};

const prom_rpc_field prom_rpc_offer_list_result[] = {
    {"offers", "of our own: txid, contract (the transaction that published P), retainer, key, address, fate (\"waits\" "
               "for a block, \"missing\" where neither a block nor a payment that is sent has it, \"unspent\", "
               "\"engaged\" or \"withdrawn\"), sat, height, age (confirmations) and spent_by "
               "(or null), in_setup (whether a channel of ours takes part with it), leaving (whether a transaction of "
               "ours that spends it waits for a block)"},
    {NULL, NULL},
};
