#include "prom/channel_text.h"

#include <stdio.h>
#include <string.h>

static const char *const PAYEES[PROM_PAYEES] = {"C", "W", "V", "A", "A", "F"};
static const char *const PAYEE_NAMES[PROM_PAYEES] = {"client",       "worker",       "verifier",
                                                     "each arbiter", "each arbiter", "F"};

static const char *state_of(const prom_channel_told *told)
{
    const prom_explanation *it = told->explanation;
    return it == NULL ? "closed" : prom_lambda_name(it->lambda);
}

/* The schemes of a set, "#1, #3". */
#define SCHEMES 40
static const char *schemes_text(char text[SCHEMES], unsigned schemes)
{
    size_t length = 0;
    (void)snprintf(text, SCHEMES, "none");
    for (unsigned scheme = 1; scheme <= PROM_SCHEMES; scheme++) {
        if ((schemes >> scheme & 1) != 0) {
            length += (size_t)snprintf(text + length, SCHEMES - length, "%s#%u", length > 0 ? ", " : "", scheme);
        }
    }
    return text;
}

/* -- For people -- */

void prom_channel_print_line(const prom_channel_told *told)
{
    const prom_explanation *it = told->explanation;
    char id[PROM_HEX32] = "-";
    if (it != NULL && it->has_id) {
        (void)prom_hex32(id, &it->contract_id);
        id[16] = '\0';
    }
    (void)printf("%-20llu  %-16s  %-8s  %-12s  %-12s  %s%s%s\n", (unsigned long long)told->record->number, id,
                 prom_role_name((prom_role)told->record->role), state_of(told), it == NULL ? "-" : it->money,
                 told->record->name, told->record->restored ? "  restored" : "",
                 told->record->closed ? "  closed" : "");
}

static void print_head(const prom_channel_told *told)
{
    const prom_explanation *it = told->explanation;
    char id[PROM_HEX32];
    (void)printf("channel   %llu, %s\n", (unsigned long long)told->record->number, told->record->name);
    if (it->has_id) {
        (void)printf("contract  %s\n", prom_hex32(id, &it->contract_id));
    }
    (void)printf("role      %s\n", prom_role_name(it->role));
    (void)printf("state     %s%s%s\n", prom_lambda_name(it->lambda),
                 it->phase == PROM_SETUP_GIVEN ? "" : ", the setup is ",
                 it->phase == PROM_SETUP_GIVEN ? "" : prom_setup_phase_name(it->phase));
    (void)printf("money     %s%s", it->money, it->scheme != 0 ? ", by scheme " : "\n");
    if (it->scheme != 0) {
        (void)printf("#%u\n", it->scheme);
    }
    (void)printf("tip       %u%s\n", (unsigned)it->tips.best,
                 it->tips.own > it->tips.best ? ", below the highest that was seen" : "");
    if (it->tips.read < it->tips.best) {
        (void)printf("catching up, %u blocks are left: the node begins no contract before it has read them\n",
                     (unsigned)(it->tips.best - it->tips.read));
    }
    for (size_t i = 0; i < it->tx_count; i++) {
        char txid[PROM_HEX32];
        (void)printf("%-9s in block %u, %s\n", it->txs[i].name, (unsigned)it->txs[i].height,
                     prom_hex32_reversed(txid, &it->txs[i].txid));
    }
}

static void print_moves(const prom_explanation *it)
{
    if (it->move_count > 0) {
        (void)puts("\nwhat comes next, when nobody else moves");
    }
    for (size_t i = 0; i < it->move_count; i++) {
        const prom_explained_move *move = &it->moves[i];
        char amount[PROM_AMOUNT_GROUPED];
        if (!move->known) {
            continue;
        }
        (void)printf("  %-12s from tip %lld on%s", move->name, (long long)move->due.first_tip,
                     move->lasts ? ", by anybody" : ", by us");
        if (move->scheme != 0) {
            (void)printf(", settles by #%u", move->scheme);
        }
        if (move->due.lateness == PROM_LATE_COSTS_MONEY) {
            (void)printf("; in a block by %lld, or %s sat may be lost", (long long)move->due.last_block,
                         prom_amount_grouped(amount, move->due.at_risk));
        }
        (void)putchar('\n');
    }
}

static void print_steps(const prom_explanation *it)
{
    if (it->step_count > 0) {
        (void)puts("\nsteps that are open or to come, by tips");
    }
    for (size_t i = 0; i < it->step_count; i++) {
        const prom_explained_step *step = &it->steps[i];
        char latest[24] = "on";
        if (step->window.latest != PROM_WINDOW_OPEN) {
            (void)snprintf(latest, sizeof latest, "to %lld", (long long)step->window.latest);
        }
        (void)printf("  %7lld %-10s %s %s\n", (long long)step->window.earliest, latest, prom_actor_name(step->who),
                     step->what);
    }
}

static void print_stakes(const prom_explanation *it)
{
    char schemes[SCHEMES];
    if (it->stake_count == 0) {
        (void)puts("\nnothing is at stake");
        return;
    }
    (void)printf("\nschemes that can still come: %s; in sat, before fees:\n", schemes_text(schemes, it->schemes));
    (void)printf("  %-13s %14s %14s %14s\n", "", "put in", "at least", "at most");
    for (size_t i = 0; i < it->stake_count; i++) {
        const prom_explained_stake *stake = &it->stakes[i];
        char deposit[PROM_AMOUNT_GROUPED];
        char least[PROM_AMOUNT_GROUPED];
        char most[PROM_AMOUNT_GROUPED];
        (void)printf("  %-13s %14s %14s %14s  worst by #%u\n", PAYEE_NAMES[stake->payee],
                     prom_amount_grouped(deposit, stake->deposit), prom_amount_grouped(least, stake->least),
                     prom_amount_grouped(most, stake->most), stake->worst);
    }
}

void prom_channel_print(const prom_channel_told *told)
{
    if (told->explanation == NULL) {
        (void)printf("channel   %llu, %s\nstate     closed; nothing of it was kept\n",
                     (unsigned long long)told->record->number, told->record->name);
        return;
    }
    print_head(told);
    print_moves(told->explanation);
    print_steps(told->explanation);
    print_stakes(told->explanation);
}

/* What an arbiter has said, in a line. */
static void print_arbiter(size_t index, const prom_explained_arbiter *arbiter)
{
    static const char *const rounds[PROM_ROUNDS] = {"package", "openings", "notice"};
    (void)printf("  arbiter %zu", index + 1);
    for (size_t i = 0; i < PROM_ROUNDS; i++) {
        if (arbiter->receipted[i]) {
            (void)printf("; %s receipted at %u%s", rounds[i], (unsigned)arbiter->height[i],
                         arbiter->counts[i] ? "" : ", which does not count");
        }
    }
    const bool quiet = !arbiter->receipted[PROM_ROUND_A] && !arbiter->receipted[PROM_ROUND_B] &&
                       !arbiter->receipted[PROM_ROUND_NOTICE] && !arbiter->answered && !arbiter->voided;
    (void)printf("%s%s%s\n", quiet ? "; has said nothing yet" : "",
                 arbiter->answered ? "; answered the final question" : "",
                 arbiter->voided ? "; its words are void, they contradict each other" : "");
}

void prom_channel_print_why(const prom_channel_told *told)
{
    const prom_explanation *it = told->explanation;
    if (it == NULL) {
        prom_channel_print(told);
        return;
    }
    (void)printf("%s, of the %s: %s%s%s; the money: %s\n", told->record->name, prom_role_name(it->role),
                 prom_lambda_name(it->lambda), it->phase == PROM_SETUP_GIVEN ? "" : ", the setup is ",
                 it->phase == PROM_SETUP_GIVEN ? "" : prom_setup_phase_name(it->phase), it->money);
    for (size_t i = 0; i < it->reason_count; i++) {
        (void)printf("  %-10s %s\n", it->reasons[i].about, it->reasons[i].text);
    }
    for (size_t i = 0; i < it->arbiter_count; i++) {
        print_arbiter(i, &it->arbiters[i]);
    }
}

/* -- In JSON -- */

static json_t *amount_json(prom_amount amount)
{
    uint64_t sat = 0;
    return prom_amount_get(amount, &sat) ? json_integer((json_int_t)sat) : json_null();
}

static json_t *tip_json(int64_t tip)
{
    return tip == PROM_WINDOW_OPEN ? json_null() : json_integer((json_int_t)tip);
}

static json_t *txs_json(const prom_explanation *it)
{
    json_t *list = json_array();
    for (size_t i = 0; i < it->tx_count; i++) {
        char txid[PROM_HEX32];
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:I}", "name", it->txs[i].name, "txid",
                                                    prom_hex32_reversed(txid, &it->txs[i].txid), "height",
                                                    (json_int_t)it->txs[i].height));
    }
    return list;
}

static json_t *moves_json(const prom_explanation *it)
{
    json_t *list = json_array();
    for (size_t i = 0; i < it->move_count; i++) {
        const prom_explained_move *move = &it->moves[i];
        const bool money = move->due.lateness == PROM_LATE_COSTS_MONEY;
        (void)json_array_append_new(
            list, json_pack("{s:s, s:o, s:b, s:o, s:o, s:s, s:o}", "transaction", move->name, "scheme",
                            move->scheme != 0 ? json_integer(move->scheme) : json_null(), "anybody", (int)move->lasts,
                            "from_tip", move->known ? tip_json(move->due.first_tip) : json_null(), "by_block",
                            move->known ? tip_json(move->due.last_block) : json_null(), "late_costs",
                            money ? "money" : "time", "at_risk", amount_json(move->due.at_risk)));
    }
    return list;
}

static json_t *steps_json(const prom_explanation *it)
{
    json_t *list = json_array();
    for (size_t i = 0; i < it->step_count; i++) {
        const prom_explained_step *step = &it->steps[i];
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o, s:o}", "who", prom_actor_name(step->who),
                                                    "what", step->what, "counted_from", prom_milestone_name(step->from),
                                                    "from_tip", tip_json(step->window.earliest), "to_tip",
                                                    tip_json(step->window.latest)));
    }
    return list;
}

static json_t *stakes_json(const prom_explanation *it)
{
    json_t *object = json_object();
    for (size_t i = 0; i < it->stake_count; i++) {
        const prom_explained_stake *stake = &it->stakes[i];
        (void)json_object_set_new(object, PAYEES[stake->payee],
                                  json_pack("{s:o, s:o, s:o, s:i}", "put_in", amount_json(stake->deposit), "least",
                                            amount_json(stake->least), "most", amount_json(stake->most), "worst",
                                            (int)stake->worst));
    }
    return object;
}

static json_t *schemes_json(unsigned schemes)
{
    json_t *list = json_array();
    for (unsigned scheme = 1; scheme <= PROM_SCHEMES; scheme++) {
        if ((schemes >> scheme & 1) != 0) {
            (void)json_array_append_new(list, json_integer(scheme));
        }
    }
    return list;
}

/* What stands in every answer about a channel. */
static json_t *head_json(const prom_channel_told *told)
{
    const prom_explanation *it = told->explanation;
    const prom_store_channel *record = told->record;
    char id[PROM_HEX32];
    char number[24]; /* as text: programs that read all numbers as floating-point ones would round it */
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)record->number);
    json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:b}", "number", number, "name", record->name, "role",
                               prom_role_name((prom_role)record->role), "state", state_of(told), "closed",
                               (int)record->closed, "restored", (int)record->restored, "kept", it != NULL);
    if (it != NULL) {
        (void)json_object_set_new(object, "contract",
                                  it->has_id ? json_string(prom_hex32(id, &it->contract_id)) : json_null());
        (void)json_object_set_new(object, "phase", json_string(prom_setup_phase_name(it->phase)));
        (void)json_object_set_new(object, "money", json_string(it->money));
        (void)json_object_set_new(object, "scheme", it->scheme != 0 ? json_integer(it->scheme) : json_null());
        (void)json_object_set_new(object, "tip", json_integer(it->tips.best));
        (void)json_object_set_new(object, "own_tip", json_integer(it->tips.own));
        (void)json_object_set_new(object, "read_tip", json_integer(it->tips.read));
    }
    return object;
}

json_t *prom_channel_json(const prom_channel_told *told)
{
    const prom_explanation *it = told->explanation;
    json_t *object = head_json(told);
    if (it != NULL) {
        (void)json_object_set_new(object, "transactions", txs_json(it));
        (void)json_object_set_new(object, "next", moves_json(it));
        (void)json_object_set_new(object, "steps", steps_json(it));
        (void)json_object_set_new(object, "schemes", schemes_json(it->schemes));
        (void)json_object_set_new(object, "stakes", stakes_json(it));
    }
    return object;
}

static json_t *arbiter_json(const prom_explained_arbiter *arbiter)
{
    static const char *const rounds[PROM_ROUNDS] = {"package", "openings", "notice"};
    json_t *receipts = json_object();
    for (size_t i = 0; i < PROM_ROUNDS; i++) {
        if (arbiter->receipted[i]) {
            (void)json_object_set_new(
                receipts, rounds[i],
                json_pack("{s:I, s:b}", "height", (json_int_t)arbiter->height[i], "counts", (int)arbiter->counts[i]));
        }
    }
    return json_pack("{s:o, s:b, s:b}", "receipts", receipts, "answered", (int)arbiter->answered, "void",
                     (int)arbiter->voided);
}

json_t *prom_channel_why_json(const prom_channel_told *told)
{
    const prom_explanation *it = told->explanation;
    json_t *object = head_json(told);
    json_t *reasons = json_array();
    json_t *arbiters = json_array();
    for (size_t i = 0; it != NULL && i < it->reason_count; i++) {
        (void)json_array_append_new(
            reasons, json_pack("{s:s, s:s}", "about", it->reasons[i].about, "text", it->reasons[i].text));
    }
    for (size_t i = 0; it != NULL && i < it->arbiter_count; i++) {
        (void)json_array_append_new(arbiters, arbiter_json(&it->arbiters[i]));
    }
    (void)json_object_set_new(object, "reasons", reasons);
    (void)json_object_set_new(object, "arbiters", arbiters);
    return object;
}
