/* Contracts that a client's node proposes to a worker's, over a link, with a real program: what the worker's answerer
 * does not take ends before the worker's part is given, and the client is told why. */
#include "trade/pair.h"

#include "market/preflight.h"
#include "node/asked.h"
#include "scheme/job.h"
#include "system/file.h"
#include "trade/answerer.h"

enum { OFFERS = 3, COINS = 16, TURNS_MAX = 20000 };

struct scene {
    struct pair pair;
    struct job job;
    prom_terms terms;
    prom_work work;
    prom_selling selling;
    prom_answerer *answerer;
    char program[PATH_MAX];
    char input[PATH_MAX];
};

static const prom_tx *an_offer(struct host *host, const prom_bytes32 *p_txid, uint32_t number)
{
    fixture *test = host->test;
    const prom_key key = named_key(test, "offer", number);
    prom_tx *tx = NULL;
    assert_ok(prom_tx_new(&test->arena, &tx, 1, PROM_OFFER_OUTPUTS, &test->error), &test->error);
    tx->inputs[0].outpoint = (prom_outpoint){named("offer's coin", number), 0};
    assert_ok(prom_offer_outputs(test->curve, &test->arena, tx->outputs, p_txid, &host->world->session.terms.P,
                                 &key.public_key, &test->error),
              &test->error);
    return tx;
}

/* Both nodes have the same chain, with P and offers for it, and coins of their own. */
static void make_chain(struct scene *scene, struct host *host)
{
    const struct asked published = asked_publish_p(host);
    const prom_tx *offers[OFFERS];
    for (uint32_t i = 0; i < OFFERS; i++) {
        offers[i] = an_offer(host, &published.terms.p_txid, i);
    }
    host_block(host, offers, OFFERS);
    (void)host_pay(host, COINS);
    host_mine_to(host, VALID_TIP);
    host->node->config.any_pool = true;
    host->node->config.aborted_max = 100;
    scene->terms = published.terms;
}

static void write_body(char path[PATH_MAX], const struct host *host, const char *name, prom_span bytes)
{
    (void)snprintf(path, PATH_MAX, "%s/%s", host->folder, name);
    assert_ok(prom_file_write(path, bytes, &host->test->error), &host->test->error);
}

static void make_scene(fixture *test, struct scene *scene)
{
    *scene = (struct scene){.pair = pair_new(test, PROM_ROLE_WORKER), .job = make_job_by(test, "sumcheck")};
    make_chain(scene, scene->pair.asking);
    make_chain(scene, scene->pair.asked);
    scene->terms.job = scene->job.terms.job;
    assert_ok(
        prom_work_of(&test->arena, &scene->work, scene->job.program, PROM_SCHEME_SUMCHECK, JOB_ITEMS, &test->error),
        &test->error);
    write_body(scene->program, scene->pair.asking, "program", scene->job.bytes.program);
    write_body(scene->input, scene->pair.asking, "input", scene->job.bytes.input);
    scene->selling = (prom_selling){.quote_blocks = 1,
                                    .machine = {.macs_per_second = 1000000000,
                                                .effort_per_second = 10000000,
                                                .steps_per_second = 10000000,
                                                .bytes_per_second = 10000000,
                                                .memory = UINT64_C(4) << 30}};
    assert_ok(prom_answerer_open(&scene->answerer, scene->pair.asked->node, &scene->selling, &test->error),
              &test->error);
}

static void end_scene(struct scene *scene)
{
    pair_free(&scene->pair);
    prom_answerer_close(scene->answerer);
}

/* All of a node's turn but for the chain. */
static void turn(prom_node *node)
{
    prom_node_mail_turn(node);
    prom_node_go_on_beginning(node);
    prom_node_look_at_wants(node);
    (void)prom_node_sign(node);
    (void)prom_node_take_jobs(node);
    prom_node_guests_turn(node);
}

/* Proposes the job, with the client's own node as verifier, until the worker has given its part or the setup is over.
 * Returns the client's channel. */
static const prom_channel *propose(struct scene *scene, const char *name)
{
    fixture *test = scene->pair.test;
    prom_node *client = scene->pair.asking->node;
    const prom_node *worker = scene->pair.asked->node;
    prom_node_proposal proposal = {
        .name = name, .what = {.proposal = &scene->terms}, .program = scene->program, .input = scene->input};
    uint64_t number = 0;
    proposal.what.peers[PROM_PARTY_W] = *pair_key(scene->pair.asked);
    proposal.what.addresses[PROM_PARTY_W] = scene->pair.asked->options.config.address;
    proposal.what.peers[PROM_PARTY_V] = *pair_key(scene->pair.asking);
    proposal.what.addresses[PROM_PARTY_V] = scene->pair.asking->options.config.address;
    assert_ok(prom_node_propose(client, &proposal, &number, &test->error), &test->error);
    for (unsigned i = 0; i < TURNS_MAX; i++) {
        const prom_channel *channel = prom_node_channel_of(client, number)->channel;
        const prom_node_channel *latest =
            worker->channel_count > 0 ? worker->channels[worker->channel_count - 1] : NULL;
        if (channel->facts.setup.phase == PROM_SETUP_OVER ||
            (latest != NULL && latest->channel->facts.setup.accepting)) {
            return channel;
        }
        turn(client);
        turn(scene->pair.asked->node);
        (void)usleep(200);
    }
    fail_msg("neither given nor over; the worker says: %s", scene->pair.asked->last[PROM_REPORT_REFUSED]);
    return NULL;
}

static void assert_told(struct scene *scene, const char *name, const char *why)
{
    assert_ok(prom_answerer_set(scene->answerer, &scene->selling, &scene->pair.test->error), &scene->pair.test->error);
    const prom_channel *channel = propose(scene, name);
    assert_int_equal(channel->facts.setup.phase, PROM_SETUP_OVER);
    if (strstr(channel->facts.setup.reason, why) == NULL) {
        fail_msg("the client is told: %s", channel->facts.setup.reason);
    }
    assert_int_equal(scene->pair.asked->node->reserved_count, 0); /* nothing of the worker's is tied up */
}

static void what_does_not_fit_is_refused_and_told(void **state)
{
    struct scene scene;
    char why[128];
    make_scene(*state, &scene);
    const prom_selling fits = scene.selling;
    scene.selling.machine.effort_per_second = 1;
    (void)snprintf(why, sizeof why, " > %u blocks", (unsigned)scene.terms.P.t1);
    assert_told(&scene, "too slow", "the job is not taken: deadline ");
    assert_told(&scene, "still too slow", why);
    scene.selling = fits;
    scene.selling.machine.memory = 1000;
    (void)snprintf(why, sizeof why, "memory_to_prove %llu > 1000 bytes", (unsigned long long)scene.work.prove_memory);
    assert_told(&scene, "too small", why);
    scene.selling = fits;
    scene.selling.rates[PROM_ROLE_WORKER].least = prom_amount_of(1000001);
    assert_ok(prom_answerer_set(scene.answerer, &scene.selling, &scene.pair.test->error), &scene.pair.test->error);
    host_mine_to(scene.pair.asking, VALID_TIP + 2); /* what was told before is no longer good */
    host_mine_to(scene.pair.asked, VALID_TIP + 2);
    assert_told(&scene, "too cheap", "reward_min 1000001 > ");
    end_scene(&scene);
}

static void what_fits_is_taken(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    scene.selling.standing.peer = scene.terms.P.w; /* its stake, and no more */
    assert_ok(prom_answerer_set(scene.answerer, &scene.selling, &scene.pair.test->error), &scene.pair.test->error);
    assert_true(propose(&scene, "as it is")->facts.setup.phase < PROM_SETUP_OVER);
    end_scene(&scene);
}

/* Of setups that began at once each has a channel when its job is judged: all are counted, before a part is given. */
static void stakes_are_judged_with_the_job(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    (void)propose(&scene, "the first");
    prom_error *error = &scene.pair.test->error;
    prom_node *worker = scene.pair.asked->node;
    const prom_work *work = &scene.work;
    prom_node_channel beside = *worker->channels[0];
    scene.selling.standing.peer = prom_amount_multiply(scene.terms.P.w, 2);
    assert_ok(prom_answerer_set(scene.answerer, &scene.selling, error), error);
    worker->channels[worker->channel_count++] = &beside;
    assert_ok(prom_node_judge_job(worker, &beside, work, error), error);
    scene.selling.standing.peer = prom_amount_subtract(scene.selling.standing.peer, prom_amount_of(1));
    assert_ok(prom_answerer_set(scene.answerer, &scene.selling, error), error);
    assert_fails(prom_node_judge_job(worker, &beside, work, error), PROM_CATEGORY_PEER, error, "cap_peer 2000000 > ");
    worker->channel_count--;
    end_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_does_not_fit_is_refused_and_told),
        FIXTURE_TEST(what_fits_is_taken),
        FIXTURE_TEST(stakes_are_judged_with_the_job),
    };
    return cmocka_run_group_tests_name("trade/answerer_proposed", tests, NULL, NULL);
}
