/* The simulator: plays contracts and says which claim did not hold. tools/sim is how it is called. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "explore.h"
#include "setup.h"
#include "sim.h"

struct options {
    uint64_t seed;
    uint64_t runs;
    bool trace;
    bool minimise;
    bool goals; /* all must be reached */
    bool keep_going;
    const char *story; /* or "all" */
    bool setup;
    bool backups;
    size_t set;
    uint64_t depth; /* of an exploration; 0: none */
    uint64_t coalition;
};

static const char usage[] =
    "usage: prom_sim [--seed N] [--runs N] [--set NAME] [--story NAME] [--setup] [--trace] [--minimise] [--goals]\n"
    "                [--keep-going]\n"
    "       prom_sim --backups [--seed N] [--runs N]\n"
    "       prom_sim --exhaustive DEPTH [--set NAME] [--coalition BITS] [--trace]\n"
    "  --seed N      the first seed (1)\n"
    "  --runs N      so many seeds from it on (1)\n"
    "  --set NAME    contracts of this parameter set alone (tests/sim/world.c)\n"
    "  --story NAME  a story, with --runs seeds; all: every one of them; list: their names\n"
    "  --backups     each party set back to each of its older disks, for --runs seeds\n"
    "  --setup       setups instead of running contracts\n"
    "  --exhaustive N  every behaviour of every coalition with at most N moves, up to 4 (tests/sim/explore.c)\n"
    "  --coalition B of this one alone: 1 for C, 2 for W, 4 for V, 8 for the first arbiter and so on, added up\n"
    "  --trace       a line for each event: seconds, height, who (* of the coalition), what\n"
    "  --minimise    shrinks the first run that fails, and traces it\n"
    "  --goals       fails when one of the goals was never reached\n"
    "  --keep-going  goes on after a failure\n";

static bool read_number(const char *text, uint64_t *number)
{
    char *end = NULL;
    *number = strtoull(text, &end, 10);
    return *text != 0 && *end == 0;
}

static bool read_set(const char *name, size_t *set)
{
    for (*set = 0; *set < prom_sim_set_count; (*set)++) {
        if (strcmp(name, prom_sim_sets[*set].name) == 0) {
            return true;
        }
    }
    return false;
}

static bool read_options(struct options *options, int count, char **arguments)
{
    *options = (struct options){.seed = 1, .runs = 1, .set = SIM_SET_ANY};
    for (int i = 1; i < count; i++) {
        const char *it = arguments[i];
        const bool more = i + 1 < count;
        if (strcmp(it, "--trace") == 0) {
            options->trace = true;
        } else if (strcmp(it, "--minimise") == 0) {
            options->minimise = true;
        } else if (strcmp(it, "--setup") == 0) {
            options->setup = true;
        } else if (strcmp(it, "--backups") == 0) {
            options->backups = true;
        } else if (strcmp(it, "--goals") == 0) {
            options->goals = true;
        } else if (strcmp(it, "--keep-going") == 0) {
            options->keep_going = true;
        } else if (strcmp(it, "--story") == 0 && more) {
            options->story = arguments[++i];
        } else if (strcmp(it, "--set") == 0 && more && read_set(arguments[i + 1], &options->set)) {
            i++;
        } else if (strcmp(it, "--exhaustive") == 0 && more && read_number(arguments[i + 1], &options->depth) &&
                   options->depth >= 1 && options->depth <= SIM_SCRIPT_MAX) {
            i++;
        } else if (strcmp(it, "--coalition") == 0 && more && read_number(arguments[i + 1], &options->coalition)) {
            i++;
        } else if (strcmp(it, "--seed") == 0 && more && read_number(arguments[i + 1], &options->seed)) {
            i++;
        } else if (strcmp(it, "--runs") == 0 && more && read_number(arguments[i + 1], &options->runs)) {
            i++;
        } else {
            return false;
        }
    }
    return true;
}

static void say_plan(const sim_plan *plan)
{
    (void)printf("seed %llu: set %s, coalition", (unsigned long long)plan->seed, prom_sim_sets[plan->set].name);
    for (size_t i = 0; i < PROM_PLACES_MAX; i++) {
        if ((plan->coalition >> i & 1) != 0) {
            if (i < PROM_PARTIES) {
                (void)printf(" %c", "CWV"[i]);
            } else {
                (void)printf(" A%zu", i - PLACE_A + 1);
            }
        }
    }
    (void)printf(", on:");
    for (sim_feature feature = 0; feature < SIM_FEATURES; feature++) {
        if ((plan->features >> feature & 1) != 0) {
            (void)printf(" %s=%u", prom_sim_feature_name(feature), (unsigned)plan->rate[feature]);
        }
    }
    (void)printf("%s; moves %u, faulty blocks %u, message blocks %u%s\n",
                 plan->beyond ? "; more arbiters than are tolerated" : "", (unsigned)plan->moves_max,
                 (unsigned)plan->blocks_faulty, (unsigned)plan->message_blocks, plan->reload ? ", reloads" : "");
}

static bool fails(sim_run *run, const sim_plan *plan)
{
    const bool failed = !prom_sim_play(run, plan, NULL);
    prom_sim_run_free(run);
    return failed;
}

/* Leaves out what the failure does not need: features, parties of the coalition, moves, blocks with faults. */
static void minimise(sim_run *run, sim_plan *plan)
{
    for (sim_feature feature = 0; feature < SIM_FEATURES; feature++) {
        sim_plan less = *plan;
        less.features &= ~(UINT64_C(1) << feature);
        if (less.features != plan->features && fails(run, &less)) {
            *plan = less;
        }
    }
    for (size_t place = 0; place < PROM_PLACES_MAX; place++) {
        sim_plan less = *plan;
        less.coalition &= ~(UINT32_C(1) << place);
        if (less.coalition != plan->coalition && fails(run, &less)) {
            *plan = less;
        }
    }
    for (uint32_t step = 64; step > 0; step /= 2) {
        sim_plan less = *plan;
        less.moves_max = plan->moves_max == UINT32_MAX ? step : plan->moves_max > step ? plan->moves_max - step : 0;
        if (less.moves_max != plan->moves_max && fails(run, &less)) {
            *plan = less;
        }
    }
    for (uint32_t step = 32; step > 0; step /= 2) {
        sim_plan less = *plan;
        less.blocks_faulty = plan->blocks_faulty == UINT32_MAX ? step
                             : plan->blocks_faulty > step      ? plan->blocks_faulty - step
                                                               : 0;
        if (less.blocks_faulty != plan->blocks_faulty && fails(run, &less)) {
            *plan = less;
        }
    }
}

static void say_failure(sim_run *run, const struct options *options, sim_plan plan)
{
    (void)printf("FAILED seed %llu: %s\n", (unsigned long long)plan.seed, run->failure);
    say_plan(&plan);
    if (options->minimise) {
        prom_sim_run_free(run);
        minimise(run, &plan);
        (void)printf("least: ");
        say_plan(&plan);
        (void)prom_sim_play(run, &plan, stdout);
        (void)printf("%s\n", run->failure);
    }
}

/* Every story, or one, with so many seeds. */
static int tell_stories(sim_run *run, const struct options *options)
{
    int code = 0;
    bool found = false;
    const sim_story *story = NULL;
    for (size_t i = 0; (story = prom_sim_story(i)) != NULL; i++) {
        const bool meant = strcmp(options->story, "all") == 0 || strcmp(options->story, story->name) == 0;
        bool held = true;
        bool reached = false;
        found = found || meant;
        for (uint64_t j = 0; meant && held && j < options->runs; j++) {
            held = prom_sim_tell(run, story, options->seed + j, options->trace ? stdout : NULL);
            if (!held) {
                (void)printf("FAILED story %s, seed %llu: %s\n", story->name, (unsigned long long)(options->seed + j),
                             run->failure);
                code = 1;
            }
            reached = reached || prom_sim_scheme(run) == story->must;
            prom_sim_run_free(run);
        }
        if (meant && held && !reached) {
            (void)printf("FAILED story %s: it never ended by #%u\n", story->name, story->must);
            code = 1;
        }
        if (strcmp(options->story, "list") == 0 || (meant && held)) {
            (void)printf("%-24s %s\n", story->name, story->what);
        }
    }
    prom_sim_worlds_free();
    return found || strcmp(options->story, "list") == 0 ? code : 2;
}

static int say_setup_goals(const uint64_t reached[SETUP_GOALS], bool needed)
{
    static const char *const others[] = {"a setup came to a contract", "a setup was ended by a spend of an own input",
                                         "a setup drew, and was ended"};
    unsigned missing = 0;
    for (size_t goal = 0; goal < SETUP_GOALS; goal++) {
        (void)printf("%10llu  %s%s\n", (unsigned long long)reached[goal],
                     goal < PROM_SETUP_PHASES ? "a setup was " : others[goal - PROM_SETUP_PHASES],
                     goal < PROM_SETUP_PHASES ? prom_setup_phase_name((prom_setup_phase)goal) : "");
        missing += reached[goal] == 0;
    }
    if (needed && missing > 0) {
        (void)printf("FAILED: %u goals of setups were never reached\n", missing);
        return 1;
    }
    return 0;
}

/* Setups, from their proposal on. */
static int play_setups(const struct options *options)
{
    static setup_run run;
    uint64_t reached[SETUP_GOALS] = {0};
    uint64_t failed = 0;
    uint64_t steps = 0;
    uint64_t trace = 0;
    uint64_t contracts = 0;
    for (uint64_t i = 0; i < options->runs && (failed == 0 || options->keep_going); i++) {
        if (!prom_sim_setup(&run, options->seed + i, options->trace ? stdout : NULL)) {
            failed++;
            (void)printf("FAILED setup %llu: %s (coalition %x of %zu, crash %u, drop %u, junk %u)\n",
                         (unsigned long long)(options->seed + i), run.failure, (unsigned)run.coalition, run.count,
                         (unsigned)run.crash, (unsigned)run.drop, (unsigned)run.junk);
        }
        steps += run.steps;
        contracts += run.has_contract;
        for (size_t goal = 0; goal < SETUP_GOALS; goal++) {
            reached[goal] += prom_sim_setup_reached(&run, goal);
        }
        trace = trace * 31 + run.trace;
        prom_sim_setup_free(&run);
    }
    const int missing = options->runs > 1 ? say_setup_goals(reached, options->goals) : 0;
    (void)printf("%llu setups, %llu failed, %llu came to a contract, %llu steps, trace %016llx\n",
                 (unsigned long long)options->runs, (unsigned long long)failed, (unsigned long long)contracts,
                 (unsigned long long)steps, (unsigned long long)trace);
    prom_sim_worlds_free();
    return failed > 0 || missing != 0;
}

static void say_script(const sim_script *script)
{
    (void)printf("%s at first, %s:", script->silent ? "silent" : "keeping the rules",
                 script->at_once ? "blocks take all" : "blocks take what is due");
    for (uint32_t i = 0; i < script->count; i++) {
        (void)printf(" block %u: %s;", (unsigned)script->moves[i].block, prom_sim_choice_name(script->moves[i].choice));
    }
    (void)printf("\n");
}

/* Every coalition that a contract tolerates, or one. */
static int explore(sim_run *run, const struct options *options)
{
    const size_t set = options->set == SIM_SET_ANY ? 0 : options->set;
    const sim_world *world = prom_sim_world(set);
    const uint32_t tolerated = prom_parameters_tolerated(&world->terms.P);
    sim_exploration it = {.run = run, .log = options->trace ? stdout : NULL};
    const clock_t begun = clock();
    bool held = true;
    for (uint32_t coalition = 1; coalition < UINT32_C(1) << world->places && held; coalition++) {
        const bool meant = options->coalition == 0 || coalition == options->coalition;
        if (meant && prom_arbiters_count(coalition >> PLACE_A) <= tolerated) {
            held = prom_sim_explore(&it, set, coalition, (uint32_t)options->depth);
        }
    }
    if (!held) {
        (void)printf("FAILED coalition %u: %s\n", (unsigned)it.plan.coalition, run->failure);
        say_script(&it.failed);
    }
    (void)printf("schemes:");
    for (size_t scheme = 0; scheme < sizeof it.schemes / sizeof it.schemes[0]; scheme++) {
        (void)printf(" %zu: %llu", scheme, (unsigned long long)it.schemes[scheme]);
    }
    (void)printf("\n%llu runs, %llu states, %u blocks at most, %.1f s\n", (unsigned long long)it.runs,
                 (unsigned long long)it.states, (unsigned)it.blocks_max, (double)(clock() - begun) / CLOCKS_PER_SEC);
    prom_sim_worlds_free();
    return held ? 0 : 1;
}

/* Every party to every older disk. */
static int set_back(sim_run *run, const struct options *options)
{
    uint64_t runs = 0;
    bool held = true;
    for (uint64_t i = 0; i < options->runs && held; i++) {
        held = prom_sim_backups(run, options->seed + i, &runs, options->trace ? stdout : NULL);
        if (!held) {
            (void)printf("FAILED seed %llu, place %zu set back to its disk %u after its disk %u: %s\n",
                         (unsigned long long)(options->seed + i), run->plan.set_back, (unsigned)run->plan.set_back_to,
                         (unsigned)run->plan.set_back_at, run->failure);
        }
    }
    (void)printf("%llu contracts, a party of them set back %llu times\n", (unsigned long long)options->runs,
                 (unsigned long long)runs);
    prom_sim_worlds_free();
    return held ? 0 : 1;
}

static void add_pairs(sim_pairs *all, const sim_pairs *more)
{
    const bool *from = &more->reached[0][0][0];
    bool *to = &all->reached[0][0][0];
    for (size_t i = 0; i < sizeof all->reached / sizeof all->reached[0][0][0]; i++) {
        to[i] = to[i] || from[i];
    }
}

int main(int count, char **arguments)
{
    static sim_run run;
    static uint64_t reached[SIM_GOALS];
    static sim_pairs pairs;
    struct options options;
    uint64_t failed = 0;
    uint64_t steps = 0;
    uint64_t blocks = 0;
    uint64_t trace = 0;
    if (!read_options(&options, count, arguments)) {
        (void)fputs(usage, stderr);
        return 2;
    }
    prom_sim_keep_memory();
    if (options.setup) {
        return play_setups(&options);
    }
    if (options.backups) {
        return set_back(&run, &options);
    }
    if (options.depth != 0) {
        return explore(&run, &options);
    }
    if (options.story != NULL) {
        return tell_stories(&run, &options);
    }
    const clock_t begun = clock();
    for (uint64_t i = 0; i < options.runs && (failed == 0 || options.keep_going); i++) {
        const sim_plan plan = prom_sim_plan(options.seed + i, options.set);
        if (!prom_sim_play(&run, &plan, options.trace ? stdout : NULL)) {
            failed++;
            say_failure(&run, &options, plan);
        }
        steps += run.steps;
        blocks += run.chain.tip->height - run.world->tip;
        trace = trace * 31 + run.trace;
        for (sim_goal goal = 0; goal < SIM_GOALS; goal++) {
            reached[goal] += run.goals[goal];
        }
        add_pairs(&pairs, &run.pairs);
        prom_sim_run_free(&run);
    }
    const double seconds = (double)(clock() - begun) / CLOCKS_PER_SEC;
    int code = failed > 0;
    if (options.runs > 1) {
        const unsigned missing = prom_sim_say_goals(reached, &pairs, stdout);
        if (options.goals && missing > 0) {
            (void)printf("FAILED: %u goals and pairs were never reached, or were that cannot be\n", missing);
            code = 1;
        }
    }
    (void)printf("%llu runs, %llu failed, %llu steps, %llu blocks, %.1f s, trace %016llx\n",
                 (unsigned long long)options.runs, (unsigned long long)failed, (unsigned long long)steps,
                 (unsigned long long)blocks, seconds, (unsigned long long)trace);
    prom_sim_worlds_free();
    return code;
}
