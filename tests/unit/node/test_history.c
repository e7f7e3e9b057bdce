#include "node/host.h"

#include "node/history.h"
#include "node/own.h"

struct book {
    struct host *host;
    const prom_history_row *rows;
    size_t count;
};

static struct book read_book(struct host *host)
{
    struct book book = {.host = host};
    assert_ok(prom_node_history(host->node, &host->test->arena, &book.rows, &book.count, &host->test->error),
              &host->test->error);
    return book;
}

static uint64_t sat(prom_amount amount)
{
    uint64_t number = 0;
    assert_true(prom_amount_get(amount, &number));
    return number;
}

static void row_is(const struct book *book, size_t place, prom_history_kind kind, int64_t change, uint64_t balance)
{
    assert_true(place < book->count);
    const prom_history_row *row = &book->rows[place];
    assert_string_equal(prom_history_kind_name(row->kind), prom_history_kind_name(kind));
    assert_int_equal(row->loss, change < 0);
    assert_int_equal(sat(row->amount), change < 0 ? -change : change);
    assert_int_equal(sat(row->balance), balance);
}

static prom_span output_script(struct host *host, uint64_t channel, prom_wallet_output output)
{
    prom_key key;
    prom_span script;
    assert_ok(prom_wallet_output_key(&host->node->wallet, &key, channel, output, &host->test->error),
              &host->test->error);
    assert_ok(prom_script_p2tr(&host->test->arena, &script, &key.public_key, &host->test->error), &host->test->error);
    return script;
}

static void mine(struct host *host, const prom_tx *tx)
{
    host_block(host, &tx, 1);
}

static void every_kind_has_a_name(void **state)
{
    static const char *const names[] = {"received",     "mined", "payment", "P",      "offer", "withdrawal",
                                        "cancellation", "split", "deposit", "payout", "fees",  "spent"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_string_equal(prom_history_kind_name((prom_history_kind)i), names[i]);
    }
}

/* What came, what a contract took and paid, what fees cost, and what somebody else spent. */
static void rows_follow_from_coins(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_store_channel channel = {.role = 1, .name = "digits"};
    prom_error *error = &host->test->error;
    assert_ok(prom_store_begin(host->node->store, error), error);
    assert_ok(prom_store_channel_add(host->node->store, &channel, error), error);
    assert_ok(prom_store_commit(host->node->store, error), error);
    prom_tx *first = host_payment(host, 0, 1000);
    mine(host, first);
    prom_tx *coinbase = host_payment(host, 1, 500);
    coinbase->inputs[0].outpoint = (prom_outpoint){.index = UINT32_MAX};
    mine(host, coinbase);
    prom_tx *tx0 = host_payment(host, 0, 300); /* the change of a deposit of 700 */
    tx0->inputs[0].outpoint = host_outpoint(host, first);
    tx0->outputs[0].script = output_script(host, channel.number, PROM_WALLET_CHANGE);
    mine(host, tx0);
    prom_tx *payout = host_payment(host, 0, 900);
    payout->outputs[0].script = output_script(host, channel.number, PROM_WALLET_PAYOUT);
    mine(host, payout);
    prom_tx *child = host_payment(host, 1, 450); /* back to the key of the coin that it spends */
    child->inputs[0].outpoint = host_outpoint(host, coinbase);
    mine(host, child);
    prom_tx *other = host_payment(host, 7, 250);
    other->inputs[0].outpoint = host_outpoint(host, child);
    mine(host, other);
    const struct book book = read_book(host);
    assert_int_equal(book.count, 6);
    row_is(&book, 0, PROM_HISTORY_RECEIVED, 1000, 1000);
    row_is(&book, 1, PROM_HISTORY_MINED, 500, 1500);
    row_is(&book, 2, PROM_HISTORY_DEPOSIT, -700, 800);
    row_is(&book, 3, PROM_HISTORY_PAYOUT, 900, 1700);
    row_is(&book, 4, PROM_HISTORY_FEES, -50, 1650);
    row_is(&book, 5, PROM_HISTORY_SPENT, -200, 1450);
    assert_string_equal(book.rows[2].contract, "digits");
    assert_string_equal(book.rows[3].contract, "digits");
    assert_string_equal(book.rows[0].contract, "");
    assert_int_equal(book.rows[0].height + 5, book.rows[5].height);
    host_free(host);
}

/* A payment is a row before a block has it, and the same one after; its fee is told. */
static void payments_are_rows(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_error *error = &host->test->error;
    const prom_node_payee payee = {"bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", prom_amount_of(400000)};
    const prom_node_withdrawal wanted = {
        .payees = &payee,
        .payee_count = 1,
        .how = {.feerate = 1000, .fee_max = prom_amount_of(1000), .mode = PROM_PAY_SEND}};
    prom_node_paid paid;
    mine(host, host_payment(host, 0, 1000000));
    assert_ok(prom_node_withdraw(host->node, &host->test->arena, &paid, &wanted, error), error);
    const uint64_t fee = sat(paid.fee);
    for (size_t round = 0; round < 2; round++) {
        const struct book book = read_book(host);
        assert_int_equal(book.count, 2);
        row_is(&book, 0, PROM_HISTORY_RECEIVED, 1000000, 1000000);
        row_is(&book, 1, PROM_HISTORY_PAYMENT, -(int64_t)(400000 + fee), 600000 - fee);
        assert_true(prom_amount_equal(book.rows[1].fee, paid.fee));
        assert_int_equal(book.rows[1].height, round == 0 ? 0 : host->node->best_tip);
        const prom_tx *tx = host->node->payments[0].tx;
        mine(host, tx);
    }
    host_free(host);
}

/* A coin that comes and goes in one block, in whatever order the ids put it. */
static void no_balance_is_below_zero(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    for (uint32_t i = 0; i < 16; i++) {
        prom_tx *coming = host_payment(host, i, 1000 + i);
        prom_tx *going = host_payment(host, i, 1);
        going->inputs[0].outpoint = host_outpoint(host, coming);
        going->outputs[0].script = span_of_hex(host->test, "51024e73");
        const prom_tx *txs[] = {coming, going};
        host_block(host, txs, 2);
    }
    const struct book book = read_book(host);
    assert_int_equal(book.count, 32);
    for (size_t i = 0; i < book.count; i++) {
        assert_true(prom_amount_is_valid(book.rows[i].balance));
    }
    assert_true(prom_amount_is_zero(book.rows[31].balance));
    host_free(host);
}

static void csv_is_as_rfc_4180_says(void **state)
{
    fixture *test = *state;
    static const prom_bytes32 txid = {{0xab}};
    const prom_history_row rows[] = {
        {7, txid, PROM_HISTORY_RECEIVED, false, prom_amount_of(10), prom_amount_invalid(), prom_amount_of(10), ""},
        {0, txid, PROM_HISTORY_PAYMENT, true, prom_amount_of(4), prom_amount_of(1), prom_amount_of(6), "a \"b\", c"},
        {9, txid, PROM_HISTORY_PAYOUT, false, prom_amount_zero(), prom_amount_invalid(), prom_amount_of(6),
         "=HYPERLINK(\"x\")"},
        {9, txid, PROM_HISTORY_PAYOUT, false, prom_amount_zero(), prom_amount_invalid(), prom_amount_of(6), "@x"},
    };
#define TXID "00000000000000000000000000000000000000000000000000000000000000ab"
    static const char expected[] = "height,txid,what,amount,fee,balance,contract\r\n"
                                   "7," TXID ",received,10,,10,\"\"\r\n"
                                   "," TXID ",payment,-4,1,6,\"a \"\"b\"\", c\"\r\n"
                                   "9," TXID ",payout,0,,6,\"'=HYPERLINK(\"\"x\"\")\"\r\n"
                                   "9," TXID ",payout,0,,6,\"'@x\"\r\n";
    prom_span csv;
    assert_ok(prom_history_csv(&test->arena, &csv, rows, COUNT_OF(rows), &test->error), &test->error);
    assert_int_equal(csv.length, sizeof expected - 1);
    assert_memory_equal(csv.data, expected, csv.length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_a_name), FIXTURE_TEST(rows_follow_from_coins),  FIXTURE_TEST(payments_are_rows),
        FIXTURE_TEST(no_balance_is_below_zero),  FIXTURE_TEST(csv_is_as_rfc_4180_says),
    };
    return cmocka_run_group_tests_name("node/history", tests, NULL, NULL);
}
