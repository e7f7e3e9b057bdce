#include "support.h"

#include "store/faulty_vfs.h"
#include "store/record.h"
#include "wallet/signer.h"

static const char path[] = "/disk/party.sqlite";
static const prom_bytes32 genesis = {{1}};

static bool is_zero(const prom_signature *signature)
{
    static const prom_signature zero;
    return memcmp(signature, &zero, sizeof zero) == 0;
}

static uint64_t make_channel(fixture *test, prom_store *store)
{
    prom_store_channel channel = {.role = 1, .name = "one"};
    assert_ok(prom_store_begin(store, &test->error), &test->error);
    assert_ok(prom_store_channel_add(store, &channel, &test->error), &test->error);
    assert_ok(prom_store_commit(store, &test->error), &test->error);
    return channel.number;
}

/* Signs one verdict while operation number `at` of the disk fails; the machine is switched off then, and whoever starts
 * it wants the other verdict. There is never a signature of both. Whether the fault came. */
static bool sign_with_fault(fixture *test, const prom_wallet *wallet, enum faulty_kind kind, uint64_t at)
{
    prom_store *store = NULL;
    prom_signer_request request = {.purpose = PROM_PURPOSE_VERDICT, .hash = {{1}}};
    faulty_reset(FAULTY_NONE, at);
    assert_ok(prom_store_open(&store, path, &genesis, &test->error), &test->error);
    request.channel = make_channel(test, store);
    faulty.kind = kind;
    prom_wallet_signer signer = {wallet, store};
    const prom_result first = prom_signer_sign(&signer, &request, &test->error);
    const bool left = !is_zero(&request.signature);
    assert_int_equal(left, prom_is_ok(first));
    assert_true(left || first.category == PROM_CATEGORY_IO);
    assert_int_equal(prom_store_is_full(store), !left && kind == FAULTY_FULL);
    if (!left && kind == FAULTY_FULL) { /* it goes on when there is room */
        faulty.without_room = false;
        assert_ok(prom_signer_sign(&signer, &request, &test->error), &test->error);
    }
    const bool out = left || kind == FAULTY_FULL;
    const bool struck = faulty.struck;
    faulty.dead = true;
    prom_store_close(store);
    faulty_restart((enum faulty_rest)(at % FAULTY_RESTS));
    assert_ok(prom_store_open(&store, path, &genesis, &test->error), &test->error);
    signer.store = store;
    request.hash.bytes[0] = 2;
    const prom_result other = prom_signer_sign(&signer, &request, &test->error);
    assert_false(out && prom_is_ok(other));
    assert_true(prom_is_ok(other) || other.category == PROM_CATEGORY_BROKEN);
    prom_store_close(store);
    return struck;
}

static void no_fault_gives_two_verdicts(void **state)
{
    fixture *test = *state;
    prom_wallet wallet = {.curve = test->curve, .coin_type = 1};
    memset(wallet.seed.bytes, 7, sizeof wallet.seed.bytes);
    for (enum faulty_kind kind = FAULTY_FAILS; kind < FAULTY_KINDS; kind++) {
        uint64_t at = 1;
        while (sign_with_fault(test, &wallet, kind, at)) {
            at++;
        }
        assert_true(at > 2); /* the journal is written */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(no_fault_gives_two_verdicts)};
    faulty_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
