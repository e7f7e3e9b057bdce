/* The fold on the disk is the one that is folded from scratch: over a random chain with reorganisations, whatever
 * moment the node is killed at. */
#include "node/host.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { EVENTS = 180, DEPTH_MAX = 12, TXS_MAX = 4, KEYS = 3 };

/* A block of the story, and on which one it stands (-1: on none). */
struct told {
    prom_index_block block;
    int parent;
};

/* One thing that the chain tells: block `block` comes; or below 0, the top one goes. After it `top` is the top. */
struct happening {
    int block;
    int top;
};

struct story {
    struct host *host;
    uint64_t random;
    struct told blocks[EVENTS];
    int block_count;
    struct happening events[EVENTS];
    prom_outpoint coins[EVENTS * TXS_MAX];
    size_t coin_count;
    prom_bytes32 offers[EVENTS * TXS_MAX];
    size_t offer_count;
    prom_bytes32 ps[EVENTS * TXS_MAX];
    size_t p_count;
};

static size_t draw(struct story *story, size_t below)
{
    story->random = story->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(story->random >> 33) % below;
}

/* -- Transactions: what they spend may be on another branch, or spent -- */

static prom_tx *make_tx(struct story *story, size_t outputs)
{
    fixture *test = story->host->test;
    prom_tx *tx = NULL;
    assert_ok(prom_tx_new(&test->arena, &tx, 2, outputs, &test->error), &test->error);
    tx->inputs[0].outpoint = (prom_outpoint){named("random input", story->host->paid++), 0};
    tx->inputs[1].outpoint = (prom_outpoint){named("random input", story->host->paid++), 0};
    if (story->coin_count > 0 && draw(story, 2) == 0) {
        tx->inputs[0].outpoint = story->coins[draw(story, story->coin_count)];
    }
    if (story->offer_count > 0 && draw(story, 2) == 0) {
        tx->inputs[1].outpoint = (prom_outpoint){story->offers[draw(story, story->offer_count)], 0};
    }
    return tx;
}

static prom_span own_script(struct story *story)
{
    fixture *test = story->host->test;
    const prom_wallet wallet = {test->curve, story->host->options.seed, 1};
    prom_span script;
    prom_key key;
    assert_ok(prom_wallet_coin_key(&wallet, &key, (uint32_t)draw(story, KEYS), &test->error), &test->error);
    assert_ok(prom_script_p2tr(&test->arena, &script, &key.public_key, &test->error), &test->error);
    return script;
}

static const prom_tx *random_tx(struct story *story)
{
    fixture *test = story->host->test;
    const size_t kind = draw(story, 4);
    prom_tx *tx = make_tx(story, 2);
    const prom_bytes32 p_txid = story->p_count > 0 ? story->ps[draw(story, story->p_count)] : named("no P", 0);
    tx->outputs[0] = (prom_tx_output){prom_amount_of(1000 + draw(story, 100000)), own_script(story)};
    tx->outputs[1] = tx->outputs[0];
    if (kind == 0) {
        assert_ok(prom_parameters_script(&test->arena, &tx->outputs[1].script, &story->host->world->session.terms.P,
                                         &test->error),
                  &test->error);
    } else if (kind == 1) {
        assert_ok(prom_offer_mark(&test->arena, &tx->outputs[1].script, &p_txid, &test->error), &test->error);
    } else if (kind == 2) {
        assert_ok(prom_contract_mark(&test->arena, &tx->outputs[1].script, &p_txid, &test->error), &test->error);
    }
    const prom_outpoint outpoint = host_outpoint(story->host, tx);
    story->coins[story->coin_count++] = outpoint;
    if (kind == 0) {
        story->ps[story->p_count++] = outpoint.txid;
    } else if (kind == 1) {
        story->offers[story->offer_count++] = outpoint.txid;
    }
    return tx;
}

/* -- The story -- */

static int add_block(struct story *story, int parent)
{
    fixture *test = story->host->test;
    const int number = story->block_count++;
    struct told *told = &story->blocks[number];
    const prom_tx **txs = NULL;
    const size_t count = draw(story, TXS_MAX);
    assert_ok(prom_arena_alloc(&test->arena, (void **)&txs, count + 1, sizeof(const prom_tx *), &test->error),
              &test->error);
    for (size_t i = 0; i < count; i++) {
        txs[i] = random_tx(story);
    }
    told->parent = parent;
    told->block = (prom_index_block){
        .height = parent < 0 ? WORLD_FIRST : story->blocks[parent].block.height + 1,
        .hash = named("random block", (size_t)number),
        .previous = parent < 0 ? named("before", 0) : story->blocks[parent].block.hash,
        .txs = txs,
        .tx_count = count,
    };
    return number;
}

static void tell_story(struct story *story)
{
    int top = -1;
    size_t undo = 0;
    for (size_t i = 0; i < EVENTS; i++) {
        undo = undo == 0 && draw(story, 6) == 0 ? 1 + draw(story, DEPTH_MAX) : undo;
        if (undo > 0 && top >= 0) {
            undo--;
            top = story->blocks[top].parent;
            story->events[i] = (struct happening){-1, top};
        } else {
            undo = 0;
            top = add_block(story, top);
            story->events[i] = (struct happening){top, top};
        }
    }
}

/* -- Living through it, and dying -- */

/* What the two processes share. */
struct life {
    volatile size_t lived;
};

static prom_result live(struct story *story, struct life *life, prom_error *error)
{
    for (size_t i = life->lived; i < EVENTS; i++) {
        const struct happening *event = &story->events[i];
        PROM_TRY(event->block >= 0 ? prom_node_connected(story->host->node, &story->blocks[event->block].block, error)
                                   : prom_node_disconnected(story->host->node, story->host->node->best_tip, error));
        life->lived = i + 1;
    }
    return prom_ok();
}

/* A process of its own is killed when it likes least. */
static size_t live_and_die(struct story *story, size_t from, size_t until)
{
    struct life *life = mmap(NULL, sizeof *life, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status = 0;
    assert_true(life != MAP_FAILED);
    *life = (struct life){from};
    const pid_t child = fork();
    if (child == 0) {
        prom_error error;
        host_open(story->host);
        _exit(prom_is_ok(live(story, life, &error)) ? 0 : 1);
    }
    pid_t gone = 0;
    while (life->lived < until && gone == 0) {
        (void)usleep(200);
        gone = waitpid(child, &status, WNOHANG);
    }
    if (gone == 0) {
        (void)usleep((useconds_t)draw(story, 3000));
        (void)kill(child, SIGKILL);
        gone = waitpid(child, &status, 0);
    }
    assert_int_equal(gone, child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    const size_t done = life->lived;
    (void)munmap(life, sizeof *life);
    return done;
}

/* -- What is there -- */

static void connect_all(struct story *story, prom_fold *fold, int top)
{
    if (top >= 0) {
        connect_all(story, fold, story->blocks[top].parent);
        assert_ok(prom_fold_connect(fold, &story->blocks[top].block, &story->host->test->error),
                  &story->host->test->error);
    }
}

static void assert_same_index(const struct story *story, const prom_fold *fold, const prom_fold *fresh)
{
    prom_error *error = &story->host->test->error;
    prom_bytes32 digests[2];
    assert_ok(prom_index_digest(fold->index, &digests[0], error), error);
    assert_ok(prom_index_digest(fresh->index, &digests[1], error), error);
    assert_true(prom_bytes32_equal(&digests[0], &digests[1]));
    for (uint32_t height = WORLD_FIRST; height <= prom_fold_tip(fresh); height++) {
        prom_bytes32 hash;
        assert_true(prom_index_block_hash(fresh->index, &hash, height) && prom_fold_has(fold, height, &hash));
    }
}

static void assert_same_coins(const prom_fold *fold, const prom_fold *fresh)
{
    size_t count = 0;
    size_t wanted = 0;
    const prom_wallet_coin *is = prom_coins_list(fold->coins, &count);
    const prom_wallet_coin *to_be = prom_coins_list(fresh->coins, &wanted);
    assert_int_equal(count, wanted);
    for (size_t i = 0; i < count; i++) {
        assert_true(prom_outpoint_equal(&is[i].coin.outpoint, &to_be[i].coin.outpoint) &&
                    prom_amount_equal(is[i].coin.value, to_be[i].coin.value) &&
                    prom_bytes32_equal(&is[i].coin.key, &to_be[i].coin.key));
        assert_true(is[i].height == to_be[i].height && is[i].spent == to_be[i].spent &&
                    is[i].coinbase == to_be[i].coinbase);
        assert_true(is[i].spent == 0 || prom_bytes32_equal(&is[i].spent_by, &to_be[i].spent_by));
        assert_ptr_equal(prom_coins_any(fold->coins, &is[i].coin.outpoint), &is[i]);
    }
}

/* Whether the fold is that of the blocks up to `top`: by the tip alone. */
static bool is_at(const struct story *story, const prom_fold *fold, int top)
{
    return top < 0 ? prom_fold_tip(fold) == WORLD_FIRST - 1
                   : prom_fold_tip(fold) == story->blocks[top].block.height &&
                         prom_fold_has(fold, story->blocks[top].block.height, &story->blocks[top].block.hash);
}

static int top_after(const struct story *story, size_t lived)
{
    return lived == 0 ? -1 : story->events[lived - 1].top;
}

/* Starts after a death: what was acknowledged is there, or one event more. Returns how many. */
static size_t assert_as_from_scratch(struct story *story, size_t lived)
{
    prom_fold *fresh = NULL;
    host_open(story->host);
    const prom_node *node = story->host->node;
    assert_null(node->behind);
    assert_int_equal(story->host->reports[PROM_REPORT_ALARM], 0);
    if (!is_at(story, node->fold, top_after(story, lived))) {
        assert_true(lived < EVENTS);
        lived++;
    }
    const int top = top_after(story, lived);
    assert_true(is_at(story, node->fold, top));
    assert_ok(prom_fold_new(story->host->node, &fresh, WORLD_FIRST, &story->host->test->error),
              &story->host->test->error);
    connect_all(story, fresh, top);
    assert_same_index(story, node->fold, fresh);
    assert_same_coins(node->fold, fresh);
    prom_fold_free(fresh);
    prom_node_close(story->host->node);
    story->host->node = NULL;
    return lived;
}

static void the_disk_has_what_is_folded_from_scratch(void **state)
{
    static const uint64_t seeds[] = {1, 2};
    for (size_t i = 0; i < COUNT_OF(seeds); i++) {
        struct host *host = host_new(*state, PROM_ROLE_WORKER);
        struct story *story = calloc(1, sizeof *story);
        size_t lived = 0;
        assert_non_null(story);
        *story = (struct story){.host = host, .random = seeds[i]};
        tell_story(story);
        prom_node_close(host->node);
        host->node = NULL;
        for (unsigned lives = 0; lived < EVENTS && lives < 400; lives++) {
            lived = assert_as_from_scratch(story, live_and_die(story, lived, lived + draw(story, 24)));
        }
        assert_int_equal(lived, EVENTS);
        free(story);
        host_free(host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(the_disk_has_what_is_folded_from_scratch),
    };
    return cmocka_run_group_tests_name("node/fold", tests, NULL, NULL);
}
