#include <stdio.h>

#include "base/units.h"
#include "demo/market.h"
#include "demo/words.h"

/* -- Sums -- */

struct sums {
    prom_amount locked;
    prom_amount got;
    size_t contracts; /* in which it had a part */
};

static struct sums sums_of(const prom_demo_market *market, size_t payee)
{
    struct sums sums = {prom_amount_zero(), prom_amount_zero(), 0};
    for (size_t i = 0; i < market->contract_count; i++) {
        const prom_demo_contract *contract = &market->contracts[i];
        sums.locked = prom_amount_add(sums.locked, contract->locked[payee]);
        sums.got = prom_amount_add(sums.got, contract->payouts[payee]);
        sums.contracts += !prom_amount_is_zero(contract->locked[payee]);
    }
    return sums;
}

unsigned prom_demo_market_scheme(const prom_demo_market *market)
{
    unsigned scheme = market->contract_count > 0 ? market->contracts[0].scheme : 0;
    for (size_t i = 0; i < market->contract_count; i++) {
        scheme = market->contracts[i].scheme == scheme ? scheme : 0;
    }
    return scheme;
}

static const char *name_of(const prom_demo_market *market, size_t payee)
{
    return payee < PROM_DEMO_NODES ? market->nodes.list[payee].name : "fund";
}

static const char *letter_of(const prom_demo_market *market, size_t payee)
{
    return payee < PROM_DEMO_NODES ? market->nodes.list[payee].letter : "F";
}

static const char *why_of(const prom_demo_market *market, size_t payee)
{
    static const char *const why[PROM_ROLES] = {
        [PROM_ROLE_CLIENT] = "paid rewards and retainers, and has the result; its stakes as verifier came back",
        [PROM_ROLE_WORKER] = "delivered good packages: stakes, and its share of the rewards",
        [PROM_ROLE_ARBITER] = "was there in case of a dispute: stakes and retainers",
    };
    if (sums_of(market, payee).contracts == 0 && payee < PROM_DEMO_NODES) {
        return "had no part in any contract";
    }
    if (prom_demo_market_scheme(market) != 3) {
        return "not every contract was settled by scheme #3: 'contracts' tells of each";
    }
    return payee < PROM_DEMO_NODES ? why[market->nodes.list[payee].role] : "nobody failed";
}

/* -- For people -- */

static void print_row(const prom_demo_market *market, size_t payee)
{
    char first[PROM_AMOUNT_GROUPED];
    char second[PROM_AMOUNT_GROUPED];
    char third[PROM_DEMO_CHANGE];
    const struct sums sums = sums_of(market, payee);
    (void)printf("  %-10s %9zu %12s %12s %12s  %s\n", name_of(market, payee), sums.contracts,
                 prom_amount_grouped(first, sums.locked), prom_amount_grouped(second, sums.got),
                 prom_demo_words_change(third, sums.locked, sums.got), why_of(market, payee));
}

static void print_contract(const prom_demo_market *market, size_t number)
{
    const prom_demo_contract *contract = &market->contracts[number];
    char text[PROM_HEX32];
    (void)printf("\n  contract %zu: items %u to %u, %s, scheme #%u\n", number + 1, (unsigned)contract->first,
                 (unsigned)(contract->first + contract->items - 1), name_of(market, contract->worker),
                 contract->scheme);
    for (size_t i = 0; i < contract->tx_count; i++) {
        const prom_demo_mined *tx = &contract->txs[i];
        (void)printf("  %-10s %s  %4zu vB, block %u\n", tx->name, prom_hex32_reversed(text, &tx->txid), tx->vsize,
                     (unsigned)tx->height);
    }
    if (contract->shows_key) {
        (void)printf("  %-10s %s\n", "h_p", prom_hex32(text, &contract->h_p));
    }
}

void prom_demo_market_print(const prom_demo_market *market)
{
    const unsigned scheme = prom_demo_market_scheme(market);
    char count[PROM_UNITS];
    (void)prom_units_count(count, market->contract_count, "contract");
    if (scheme != 0) {
        (void)printf("\nSettled by scheme #%u: %s.\n", scheme, count);
    } else {
        (void)printf("\nSettled: %s, not all in the same way.\n", count);
    }
    prom_demo_words_print(scheme == 3);
    (void)printf("\n  %-10s %9s %12s %12s %12s\n", "sat", "contracts", "locked", "got", "change");
    for (size_t i = 0; i < PROM_DEMO_PAYEES; i++) {
        print_row(market, i);
    }
    for (size_t i = 0; i < market->contract_count; i++) {
        print_contract(market, i);
    }
}

/* -- For programs -- */

static json_t *json_amount(prom_amount amount)
{
    uint64_t sat = 0;
    return prom_amount_get(amount, &sat) ? json_integer((json_int_t)sat) : json_null();
}

static json_t *json_txid(const prom_demo_contract *contract, size_t number, bool there)
{
    char text[PROM_HEX32];
    return there ? json_string(prom_hex32_reversed(text, &contract->txs[number].txid)) : json_null();
}

static json_t *json_shown(const prom_bytes32 *value, bool there)
{
    char text[PROM_HEX32];
    return there ? json_string(prom_hex32(text, value)) : json_null();
}

/* Of those who had a part in it, and the fund. */
static json_t *json_payouts(const prom_demo_market *market, const prom_demo_contract *contract)
{
    json_t *object = json_object();
    for (size_t i = 0; i < PROM_DEMO_PAYEES; i++) {
        if (i == PROM_DEMO_NODES || !prom_amount_is_zero(contract->locked[i])) {
            (void)json_object_set_new(object, letter_of(market, i), json_amount(contract->payouts[i]));
        }
    }
    return object;
}

static json_t *json_contract(const prom_demo_market *market, const prom_demo_contract *contract)
{
    const size_t last = contract->tx_count - 1;
    return json_pack("{s:I, s:I, s:s, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "first", (json_int_t)contract->first,
                     "items", (json_int_t)contract->items, "worker", letter_of(market, contract->worker), "reward",
                     json_amount(contract->reward), "scheme", (int)contract->scheme, "tx0",
                     json_txid(contract, 0, true), "tx4", json_txid(contract, last, contract->scheme == 3),
                     "settled_by", json_txid(contract, last, true), "h", json_shown(&contract->h, contract->shows_key),
                     "h_p", json_shown(&contract->h_p, contract->shows_key), "payouts", json_payouts(market, contract));
}

static json_t *json_node(const prom_demo_node *node)
{
    char key[PROM_HEX32];
    char address[32];
    char page[64];
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)node->port);
    (void)snprintf(page, sizeof page, "http://127.0.0.1:%u/", (unsigned)node->page_port);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:I}", "name", node->letter, "role", prom_role_name(node->role),
                     "dir", node->home, "key", prom_hex32(key, &node->key), "address", address, "page",
                     node->page_port != 0 ? page : NULL, "ends", (json_int_t)node->ends);
}

static json_t *json_transactions(const prom_demo_market *market)
{
    json_t *list = json_array();
    for (uint32_t height = market->began; height <= market->height; height++) {
        for (size_t i = 0; i < market->contract_count; i++) {
            const prom_demo_contract *contract = &market->contracts[i];
            for (size_t j = 0; j < contract->tx_count; j++) {
                const prom_demo_mined *tx = &contract->txs[j];
                if (tx->height == height) {
                    (void)json_array_append_new(list, json_pack("{s:s, s:o, s:I, s:I}", "name", tx->name, "txid",
                                                                json_txid(contract, j, true), "vsize",
                                                                (json_int_t)tx->vsize, "height", (json_int_t)height));
                }
            }
        }
    }
    return list;
}

json_t *prom_demo_market_json(const prom_demo_market *market)
{
    json_t *contracts = json_array();
    json_t *nodes = json_array();
    json_t *locked = json_object();
    json_t *payouts = json_object();
    json_t *why = json_object();
    const unsigned scheme = prom_demo_market_scheme(market);
    for (size_t i = 0; i < market->contract_count; i++) {
        (void)json_array_append_new(contracts, json_contract(market, &market->contracts[i]));
    }
    for (size_t i = 0; i < PROM_DEMO_NODES; i++) {
        (void)json_array_append_new(nodes, json_node(&market->nodes.list[i]));
    }
    for (size_t i = 0; i < PROM_DEMO_PAYEES; i++) {
        const struct sums sums = sums_of(market, i);
        (void)json_object_set_new(locked, letter_of(market, i), json_amount(sums.locked));
        (void)json_object_set_new(payouts, letter_of(market, i), json_amount(sums.got));
        (void)json_object_set_new(why, letter_of(market, i), json_string(why_of(market, i)));
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "scheme", scheme != 0 ? json_integer(scheme) : json_null(),
                     "transactions", json_transactions(market), "locked", locked, "payouts", payouts, "why", why,
                     "contracts", contracts, "nodes", nodes);
}
