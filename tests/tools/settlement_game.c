/* Builds settlement games for tests/functional/test_game_model.py: reads one request in JSON from each line of standard
 * input, writes one line of JSON for each.
 *
 * {"measure": NETWORK, "n": N}: the sizes of the example's transactions, [what C, W and V pay of Tx0], [weight of each
 * branch], weight of a payout.
 *
 * Any other is a question, with all names of include/prometheus/game/question.h, "tx0", "branch" and "payout" for the
 * sizes, "m", "whole" where H may choose, and "groups", bits of prom_game_player. The answer has "error", the sentence,
 * or the game and what is known of it; players are in the order C, W, V, A, H, F.
 *
 * nodes: of each its player, "" of a chance or an ending; the child that the rules take; the chance with which it is
 * reached; its action; where its children begin and how many there are, or which ending it is.
 *
 * endings: of each its scheme, utilities and money.
 *
 * honest: what each player may expect when all keep the rules.
 *
 * groups: of each the most that it may expect, the scheme of the likeliest ending by that, and the least money that it
 * can bring each player to expect.
 *
 * lapses: of each its player and gain. */
#include "support.h"

#include "outlook/example.h"
#include "prometheus/base/amount.h"
#include "prometheus/equilibrium/tree.h"
#include "prometheus/game/settlement.h"

static const char players[] = "CWVAHF"; /* by prom_game_player */

static uint64_t number(const json_t *request, const char *name)
{
    const json_t *value = json_object_get(request, name);
    assert_true(json_is_integer(value) || json_is_boolean(value));
    return json_is_boolean(value) ? (uint64_t)json_boolean_value(value) : (uint64_t)json_integer_value(value);
}

static const prom_chain_parameters *network_of(const json_t *request, const char *name)
{
    const prom_chain_parameters *network =
        prom_chain_parameters_by_name(json_string_value(json_object_get(request, name)));
    assert_non_null(network);
    return network;
}

static void read_amounts(prom_game_question *question, const json_t *request)
{
    const struct {
        const char *name;
        prom_amount *field;
    } fields[] = {
        {"w", &question->P.w},
        {"v", &question->P.v},
        {"a", &question->P.a},
        {"c", &question->c},
        {"retainer", &question->retainer},
        {"z", &question->setting.z},
        {"y", &question->setting.y},
        {"arbitration", &question->setting.arbitration},
        {"check", &question->setting.check},
        {"benefit", &question->setting.benefit},
    };
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        *fields[i].field = prom_amount_of(number(request, fields[i].name));
    }
}

static void read_parameters(prom_parameters *P, const json_t *request)
{
    const struct {
        const char *name;
        uint16_t *field;
    } fields[] = {
        {"alpha", &P->alpha},     {"beta", &P->beta}, {"gamma", &P->gamma}, {"delta", &P->delta},
        {"epsilon", &P->epsilon}, {"mu", &P->mu},     {"sigma", &P->sigma}, {"varsigma", &P->varsigma},
        {"t1", &P->t1},           {"t2", &P->t2},     {"t3", &P->t3},       {"t4", &P->t4},
    };
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        *fields[i].field = (uint16_t)number(request, fields[i].name);
    }
    P->n = (uint8_t)number(request, "n");
}

static void read_numbers(prom_game_question *question, const json_t *request)
{
    prom_game_setting *setting = &question->setting;
    const struct {
        const char *name;
        uint32_t *field;
    } fields[] = {
        {"interest", &setting->interest}, {"q", &setting->q},           {"known", &setting->known},
        {"rolls", &setting->rolls},       {"audit", &setting->audit},   {"compute", &setting->compute},
        {"verify", &setting->verify},     {"future", &setting->future}, {"feerate", &question->feerate},
        {"items", &question->items},
    };
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        *fields[i].field = (uint32_t)number(request, fields[i].name);
    }
}

static void read_sizes(prom_game_sizes *sizes, const json_t *request)
{
    const json_t *tx0 = json_object_get(request, "tx0");
    const json_t *branch = json_object_get(request, "branch");
    assert_int_equal(json_array_size(tx0), PROM_PARTIES);
    assert_int_equal(json_array_size(branch), PROM_BRANCHES);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        sizes->tx0[i] = (uint32_t)json_integer_value(json_array_get(tx0, i));
    }
    for (size_t i = 0; i < PROM_BRANCHES; i++) {
        sizes->branch[i] = (uint32_t)json_integer_value(json_array_get(branch, i));
    }
    sizes->payout = (uint32_t)number(request, "payout");
}

static prom_game_question question_of(const json_t *request)
{
    prom_game_question question = {.rules = (prom_game_rules_id)number(request, "rules"),
                                   .network = network_of(request, "network"),
                                   .fund_is_nobodys = true,
                                   .samples = number(request, "samples") != 0,
                                   .setting = {.price = 1}};
    read_parameters(&question.P, request);
    read_amounts(&question, request);
    read_numbers(&question, request);
    read_sizes(&question.sizes, request);
    return question;
}

static json_t *nodes_json(const prom_game *game)
{
    json_t *nodes = json_array();
    for (size_t i = 0; i < game->tree.node_count; i++) {
        const prom_game_node *node = &game->tree.nodes[i];
        const bool decision = node->kind == PROM_GAME_DECISION;
        const bool ending = node->kind == PROM_GAME_ENDING;
        char action[128];
        (void)snprintf(action, sizeof action, "%s %s", node->action == NULL ? "" : node->action,
                       node->object == NULL ? "" : node->object);
        json_t *row = json_pack("[s#ifsii]", &players[node->player], decision ? 1 : 0, (int)node->honest, node->chance,
                                action, (int)(ending ? node->ending : node->first_child), (int)node->child_count);
        assert_non_null(row);
        assert_int_equal(json_array_append_new(nodes, row), 0);
    }
    return nodes;
}

static json_t *numbers_json(const double *numbers)
{
    json_t *list = json_array();
    for (size_t i = 0; i < PROM_GAME_PLAYERS; i++) {
        assert_int_equal(json_array_append_new(list, json_real(numbers[i])), 0);
    }
    return list;
}

static json_t *endings_json(const prom_game *game)
{
    json_t *endings = json_array();
    for (size_t i = 0; i < game->tree.ending_count; i++) {
        json_t *row =
            json_pack("[ioo]", (int)game->outcomes[i].scheme, numbers_json(&game->tree.values[i * PROM_GAME_PLAYERS]),
                      numbers_json(&game->money[i * PROM_GAME_PLAYERS]));
        assert_non_null(row);
        assert_int_equal(json_array_append_new(endings, row), 0);
    }
    return endings;
}

static json_t *honest_json(const prom_game *game)
{
    double expected[PROM_GAME_PLAYERS_MAX];
    prom_game_honest(&game->tree, 0, expected);
    return numbers_json(expected);
}

/* What is needed to look for an optimum. */
struct search {
    const prom_game *game;
    prom_game_choice *choices; /* [node] */
    double *scratch;           /* [node] */
    double *weights;           /* [ending] */
};

static json_t *group_json(struct search *search, unsigned group)
{
    const prom_game *game = search->game;
    const double most = prom_game_optimum(&game->tree, group, NULL, false, search->choices, search->scratch);
    const uint32_t end = prom_game_follow(&game->tree, 0, group, search->choices);
    double worst[PROM_GAME_PLAYERS];
    for (size_t player = 0; player < PROM_GAME_PLAYERS; player++) {
        for (size_t i = 0; i < game->tree.ending_count; i++) {
            search->weights[i] = game->money[i * PROM_GAME_PLAYERS + player];
        }
        worst[player] = prom_game_optimum(&game->tree, group, search->weights, true, NULL, search->scratch);
    }
    return json_pack("[fio]", most, (int)game->outcomes[game->tree.nodes[end].ending].scheme, numbers_json(worst));
}

static json_t *groups_json(const prom_game *game, const json_t *groups)
{
    struct search search = {.game = game,
                            .choices = calloc(game->tree.node_count, sizeof *search.choices),
                            .scratch = calloc(game->tree.node_count, sizeof *search.scratch),
                            .weights = calloc(game->tree.ending_count, sizeof *search.weights)};
    assert_true(search.choices != NULL && search.scratch != NULL && search.weights != NULL);
    json_t *list = json_array();
    size_t index;
    const json_t *group;
    json_array_foreach(groups, index, group)
    {
        json_t *row = group_json(&search, (unsigned)json_integer_value(group));
        assert_int_equal(json_array_append_new(list, row), 0);
    }
    free(search.choices);
    free(search.scratch);
    free(search.weights);
    return list;
}

static json_t *lapses_json(const prom_game *game)
{
    const size_t room = game->tree.node_count;
    prom_game_lapse *lapses = calloc(room, sizeof *lapses);
    double *scratch = calloc(room * PROM_GAME_PLAYERS_MAX, sizeof *scratch);
    assert_true(lapses != NULL && scratch != NULL);
    const size_t count = prom_game_lapses(&game->tree, NULL, lapses, room, scratch);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *row = json_pack("[s#f]", &players[game->tree.nodes[lapses[i].node].player], 1, lapses[i].gain);
        assert_int_equal(json_array_append_new(list, row), 0);
    }
    free(lapses);
    free(scratch);
    return list;
}

static json_t *game_json(const prom_game *game, const json_t *request)
{
    json_t *answer = json_pack("{sosososo}", "nodes", nodes_json(game), "endings", endings_json(game), "honest",
                               honest_json(game), "lapses", lapses_json(game));
    assert_int_equal(json_object_set_new(answer, "groups", groups_json(game, json_object_get(request, "groups"))), 0);
    return answer;
}

static json_t *answer_of(const json_t *request)
{
    prom_arena arena;
    prom_arena_init(&arena, (size_t)1 << 28);
    prom_error error = {0};
    const prom_game_question question = question_of(request);
    prom_game *game = NULL;
    const bool whole = json_is_true(json_object_get(request, "whole"));
    prom_result done = prom_game_question_check(&question, &error);
    if (prom_is_ok(done)) {
        done = (whole ? prom_game_build_whole : prom_game_build)(&arena, &game, &question,
                                                                 (uint32_t)number(request, "m"), &error);
    }
    json_t *answer = prom_is_ok(done) ? game_json(game, request) : json_pack("{ss}", "error", error.sentence);
    prom_arena_free(&arena);
    return answer;
}

static json_t *measure(const json_t *request)
{
    fixture *test = NULL;
    assert_int_equal(fixture_make((void **)&test), 0);
    static prom_terms terms;
    const prom_chain_parameters *network = network_of(request, "measure");
    assert_ok(
        prom_contract_example_parameters(test->curve, &terms, network, (uint8_t)number(request, "n"), &test->error),
        &test->error);
    assert_ok(prom_contract_example_fill(test->curve, &terms, &test->error), &test->error);
    prom_tree *tree = NULL;
    assert_ok(prom_tree_build(test->curve, &test->arena, &tree, &terms, &test->error), &test->error);
    prom_game_sizes sizes;
    prom_game_sizes_of(&sizes, tree, &terms);
    json_t *branch = json_array();
    for (size_t i = 0; i < PROM_BRANCHES; i++) {
        assert_int_equal(json_array_append_new(branch, json_integer(sizes.branch[i])), 0);
    }
    json_t *answer =
        json_pack("[[iii]oi]", (int)sizes.tx0[0], (int)sizes.tx0[1], (int)sizes.tx0[2], branch, (int)sizes.payout);
    void *state = test;
    assert_int_equal(fixture_free(&state), 0);
    return answer;
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        json_error_t error;
        json_t *request = json_loads(line, 0, &error);
        assert_non_null(request);
        json_t *answer = json_object_get(request, "measure") == NULL ? answer_of(request) : measure(request);
        assert_non_null(answer);
        assert_int_equal(json_dumpf(answer, stdout, JSON_COMPACT | JSON_ENCODE_ANY), 0);
        (void)putchar('\n');
        (void)fflush(stdout);
        json_decref(answer);
        json_decref(request);
    }
    free(line);
    return 0;
}
