#include "chain/fake_node.h"
#include "support.h"

#include "net/net.h"
#include "tower/run.h"

enum { FILES = PROM_NET_DIALS_MAX / PROM_ARBITERS_MAX + 1 };

/* Arbiters at addresses of their own, or the same ones in each file. */
static prom_tower_contract *contracts_of(fixture *test, bool same)
{
    void *room = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &room, FILES, sizeof(prom_tower_contract), &test->error), &test->error);
    prom_tower_contract *contracts = room;
    for (size_t i = 0; i < FILES; i++) {
        prom_tower_appeal *appeal = &contracts[i].file.appeal;
        contracts[i].file.first_block = 1;
        appeal->there = true;
        appeal->arbiter_count = PROM_ARBITERS_MAX;
        for (size_t j = 0; j < PROM_ARBITERS_MAX; j++) {
            prom_address *address = &appeal->arbiters[j].address;
            address->length =
                (uint8_t)snprintf((char *)address->bytes, sizeof address->bytes, "/%zu/%zu", same ? 0 : i, j);
        }
    }
    return contracts;
}

/* All that may be accused at the same time must be heard: so many links there are, whatever the number of files. */
static void more_arbiters_than_links_are_refused(void **state)
{
    fixture *test = *state;
    const volatile sig_atomic_t stop = 1;
    prom_tower_options options = {.count = FILES,
                                  .network = prom_chain_parameters_by_name("regtest"),
                                  .url = "http://127.0.0.1:1",
                                  .cookie_file = "/none",
                                  .curve = test->curve,
                                  .stop = &stop};
    options.contracts = contracts_of(test, false);
    assert_fails(prom_tower_run(&options, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, "name 261");
    options.contracts = contracts_of(test, true);
    assert_ok(prom_tower_run(&options, &test->error), &test->error);
    options.count = 0;
    assert_fails(prom_tower_run(&options, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, "1 to 256 files");
}

/* All signets have the first block in common, and the files are for the public one. */
static void another_chain_is_refused(void **state)
{
    fixture *test = *state;
    const volatile sig_atomic_t stop = 1;
    fake_node *node = fake_node_start("signet", NULL, NULL);
    prom_tower_options options = {.count = 1,
                                  .network = prom_chain_parameters_by_name("signet"),
                                  .contracts = contracts_of(test, true),
                                  .url = node->url,
                                  .cookie_file = node->cookie_file,
                                  .curve = test->curve,
                                  .stop = &stop};
    assert_ok(prom_tower_run(&options, &test->error), &test->error);
    node->challenge = "51";
    assert_fails(prom_tower_run(&options, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "this bitcoind is on another signet");
    options.network = prom_chain_parameters_by_name("regtest");
    assert_fails(prom_tower_run(&options, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "this bitcoind is on signet");
    fake_node_stop(node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(more_arbiters_than_links_are_refused),
        FIXTURE_TEST(another_chain_is_refused),
    };
    return cmocka_run_group_tests_name("tower/run", tests, NULL, NULL);
}
