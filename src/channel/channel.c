#include <stdio.h>
#include <string.h>

#include "channel/step.h"

static const struct policy *const policies[PROM_ROLES] = {
    [PROM_ROLE_CLIENT] = &prom_policy_client,
    [PROM_ROLE_WORKER] = &prom_policy_worker,
    [PROM_ROLE_VERIFIER] = &prom_policy_verifier,
    [PROM_ROLE_ARBITER] = &prom_policy_arbiter,
};

static const struct stage {
    const char *name;
    prom_lambda lambda;
} stages[PROM_STAGES] = {
    [PROM_STAGE_NEW] = {"new", PROM_LAMBDA_SETUP},
    [PROM_STAGE_PROPOSED] = {"proposed", PROM_LAMBDA_SETUP},
    [PROM_STAGE_ACCEPTED] = {"accepted", PROM_LAMBDA_SETUP},
    [PROM_STAGE_SEATED] = {"seated", PROM_LAMBDA_SETUP},
    [PROM_STAGE_KEYED] = {"keyed", PROM_LAMBDA_SETUP},
    [PROM_STAGE_AGREED] = {"agreed", PROM_LAMBDA_SETUP},
    [PROM_STAGE_COMPARED] = {"compared", PROM_LAMBDA_SETUP},
    [PROM_STAGE_SIGNED] = {"signed", PROM_LAMBDA_SETUP},
    [PROM_STAGE_LOCKED] = {"locked", PROM_LAMBDA_COMPUTATION},
    [PROM_STAGE_DELIVERED] = {"delivered", PROM_LAMBDA_VERIFICATION},
    [PROM_STAGE_JUDGED] = {"judged", PROM_LAMBDA_VERIFICATION},
    [PROM_STAGE_SETTLED] = {"settled", PROM_LAMBDA_CLOSED},
    [PROM_STAGE_CLOSED] = {"closed", PROM_LAMBDA_CLOSED},
    [PROM_STAGE_FAILED] = {"failed", PROM_LAMBDA_CLOSED},
};

prom_lambda prom_stage_lambda(prom_stage stage)
{
    return stages[stage].lambda;
}

const char *prom_stage_name(prom_stage stage)
{
    return stages[stage].name;
}

const char *prom_role_name(prom_role role)
{
    static const char *const names[PROM_ROLES] = {"client", "worker", "verifier", "arbiter"};
    return names[role];
}

const char *prom_message_name(prom_message_kind kind)
{
    static const char *const names[PROM_MESSAGE_KINDS] = {
        [PROM_MESSAGE_PROPOSAL] = "proposal",
        [PROM_MESSAGE_PAYLOAD] = "payload",
        [PROM_MESSAGE_ACCEPTANCE] = "acceptance",
        [PROM_MESSAGE_ANNOUNCEMENT] = "announcement",
        [PROM_MESSAGE_TERMS] = "terms",
        [PROM_MESSAGE_DIGEST] = "digest",
        [PROM_MESSAGE_NONCES] = "nonces",
        [PROM_MESSAGE_PARTIALS] = "partials",
        [PROM_MESSAGE_TX0_SIGNATURES] = "tx0-signatures",
        [PROM_MESSAGE_PACKAGE] = "package",
        [PROM_MESSAGE_RECEIPT] = "receipt",
        [PROM_MESSAGE_VERDICT] = "verdict",
        [PROM_MESSAGE_REFUSAL] = "refusal",
        [PROM_MESSAGE_KEYGEN] = "keygen",
        [PROM_MESSAGE_TX0] = "tx0",
    };
    const char *name = (unsigned)kind < PROM_MESSAGE_KINDS ? names[kind] : NULL;
    return name == NULL ? "unknown" : name;
}

size_t prom_channel_place_count(const prom_channel *channel)
{
    return PROM_PARTIES + channel->terms.arbiter_count;
}

const prom_bytes32 *prom_channel_place_key(const prom_channel *channel, size_t place)
{
    return prom_place_key(&channel->terms, place);
}

static size_t find_place(const prom_channel *channel, const prom_bytes32 *key)
{
    if (channel->config->role != PROM_ROLE_CLIENT && prom_bytes32_equal(key, &channel->config->peers[PROM_PARTY_C])) {
        return PROM_PARTY_C; /* the terms, which name everybody else, come from there */
    }
    for (size_t i = 0; i < prom_channel_place_count(channel) && channel->stage > PROM_STAGE_NEW; i++) {
        if (prom_bytes32_equal(prom_channel_place_key(channel, i), key)) {
            return i;
        }
    }
    return PROM_NO_PLACE;
}

prom_result prom_channel_act(struct step *step, prom_action action)
{
    if (step->actions->count == PROM_ACTIONS_MAX) {
        return prom_fail(step->error, PROM_CATEGORY_BROKEN, "one step asks for more than %d actions", PROM_ACTIONS_MAX);
    }
    step->actions->list[step->actions->count++] = action;
    return prom_ok();
}

prom_result prom_channel_act_send(struct step *step, const prom_bytes32 *to, prom_message_kind kind, prom_span body)
{
    return prom_channel_act(step, (prom_action){.kind = PROM_ACTION_SEND, .to = *to, .message = {kind, body}});
}

prom_result prom_channel_act_send_all(struct step *step, prom_message_kind kind, prom_span body)
{
    for (size_t i = 0; i < prom_channel_place_count(step->channel); i++) {
        if (i != step->channel->place) {
            PROM_TRY(prom_channel_act_send(step, prom_channel_place_key(step->channel, i), kind, body));
        }
    }
    return prom_ok();
}

prom_result prom_channel_act_store(struct step *step, const char *name, prom_span bytes)
{
    return prom_channel_act(step, (prom_action){.kind = PROM_ACTION_STORE, .name = name, .bytes = bytes});
}

prom_result prom_channel_act_look_up(struct step *step, const prom_outpoint *outpoint)
{
    return prom_channel_act(step, (prom_action){.kind = PROM_ACTION_LOOK_UP, .outpoint = *outpoint});
}

prom_result prom_channel_act_look_up_block(struct step *step, uint32_t height)
{
    return prom_channel_act(step, (prom_action){.kind = PROM_ACTION_LOOK_UP_BLOCK, .height = height});
}

prom_result prom_channel_act_watch(struct step *step, const prom_outpoint *outpoint)
{
    return prom_channel_act(step, (prom_action){.kind = PROM_ACTION_WATCH, .outpoint = *outpoint});
}

prom_result prom_channel_act_publish(struct step *step, const char *name, const prom_tx *tx)
{
    prom_span bytes;
    PROM_TRY(prom_tx_serialize(step->channel->arena, &bytes, tx, true, step->error));
    PROM_TRY(prom_channel_act_store(step, name, bytes));
    return prom_channel_act(step, (prom_action){.kind = PROM_ACTION_BROADCAST, .name = name, .bytes = bytes});
}

prom_result prom_channel_act_close(struct step *step, prom_stage stage, const char *reason)
{
    prom_signing *signing = step->channel->signing;
    if (signing != NULL) {
        prom_signing_wipe(signing); /* secret nonces outlive no setup */
    }
    step->channel->stage = stage;
    return prom_channel_act(step, (prom_action){.kind = PROM_ACTION_CLOSE, .reason = reason});
}

bool prom_channel_buried(const prom_channel *channel, uint32_t height, uint32_t confirmations)
{
    return channel->tip >= height && channel->tip - height + 1 >= confirmations;
}

prom_tip_window prom_channel_window(const prom_channel *channel, prom_deadline_id id)
{
    return prom_deadline_window(id, &channel->terms.P, prom_terms_network(&channel->terms), channel->tx0_height);
}

uint32_t prom_channel_safety_margin(const prom_channel *channel)
{
    return prom_terms_network(&channel->terms)->safety_margin;
}

void prom_channel_init(prom_channel *channel, prom_arena *arena, const prom_curve *curve, const prom_signer *signer,
                       const prom_channel_config *config)
{
    *channel = (prom_channel){.curve = curve, .arena = arena, .signer = *signer, .config = config};
    channel->place = PROM_NO_PLACE;
    channel->culprit = PROM_PLACES_MAX;
    channel->self = config->role == PROM_ROLE_ARBITER ? config->seat.key : config->party.key;
}

static unsigned sender_class(size_t place)
{
    if (place == PROM_NO_PLACE) {
        return FROM_STRANGER;
    }
    return place < PROM_PARTIES ? 1U << place : FROM_ARBITER;
}

static const struct rule *find_rule(const struct policy *policy, prom_message_kind kind)
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        if (policy->rules[i].kind == kind) {
            return &policy->rules[i];
        }
    }
    return NULL;
}

/* A refusal ends the setup for whoever hears it from a party; afterwards nobody can take anything back. */
static prom_result take_refusal(struct step *step, const struct received *message)
{
    const prom_channel *channel = step->channel;
    char name[PROM_PLACE_NAME];
    char text[256] = {0};
    if (channel->stage >= PROM_STAGE_SIGNED || message->place == PROM_NO_PLACE) {
        return prom_ok();
    }
    for (size_t i = 0; i < message->body.length && i + 1 < sizeof text; i++) { /* it is shown on a terminal */
        const uint8_t byte = message->body.data[i];
        text[i] = byte >= ' ' && byte < 0x7f ? (char)byte : '?';
    }
    return prom_fail(step->error, PROM_CATEGORY_PEER, "%s refused: %s", prom_place_name(name, message->place), text);
}

static prom_result take_message(struct step *step, const prom_bytes32 *from, const prom_message *message)
{
    prom_channel *channel = step->channel;
    const struct policy *policy = policies[channel->config->role];
    const struct rule *rule = find_rule(policy, message->kind);
    const struct received received = {from, find_place(channel, from), message->body};
    char text[PROM_PLACE_NAME];
    const char *sender = received.place == PROM_NO_PLACE ? "a stranger" : prom_place_name(text, received.place);
    if (message->kind == PROM_MESSAGE_REFUSAL) {
        return take_refusal(step, &received);
    }
    if (prom_channel_is_repeated(channel, received.place, message)) {
        return prom_ok();
    }
    if (rule == NULL || channel->stage > rule->last) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "the %s does not take a %s from %s in the stage '%s'",
                         prom_role_name(channel->config->role), prom_message_name(message->kind), sender,
                         prom_stage_name(channel->stage));
    }
    const bool early = channel->stage < rule->first;
    if (early && channel->stage < PROM_STAGE_AGREED && received.place == PROM_NO_PLACE) {
        return prom_ok(); /* a party to be, perhaps: then it tells us again */
    }
    if ((rule->from & sender_class(received.place)) == 0) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "%s may not send a %s", sender,
                         prom_message_name(message->kind));
    }
    if (early) {
        return prom_channel_defer(step, from, message);
    }
    PROM_TRY(rule->take(step, &received));
    prom_channel_note_taken(channel, received.place, message);
    return prom_ok();
}

/* The transaction of the tree with that id, or NULL. */
static const prom_tree_tx *find_tree_tx(const prom_tree *tree, const prom_bytes32 *txid)
{
    for (size_t i = 0; i < tree->tx_count; i++) {
        if (prom_bytes32_equal(&tree->tx[i].txid, txid)) {
            return &tree->tx[i];
        }
    }
    return NULL;
}

/* O0 is spent. A verdict on the chain settles nothing. */
static prom_result take_spent(struct step *step, const prom_event *event, const prom_bytes32 *txid,
                              const prom_outpoint *O0)
{
    prom_channel *channel = step->channel;
    const prom_tree_tx *settling = find_tree_tx(channel->tree, txid);
    if (channel->settled_height != 0) {
        return prom_ok();
    }
    if (settling != NULL && settling->scheme == 0) {
        channel->accused = true;
        return prom_fail(step->error, PROM_CATEGORY_PEER,
                         "%s is on the chain: the contract has left the normal path, which is as far as this program "
                         "acts by itself; the signed transactions that follow are in the store",
                         settling->name);
    }
    channel->settled_height = event->height;
    channel->settled_txid = *txid;
    channel->settled_scheme = settling == NULL ? 0 : settling->scheme;
    channel->stage = PROM_STAGE_SETTLED;
    channel->h_p_shown = prom_tree_find_preimage(&channel->h_p, event->tx, O0, &channel->terms.h);
    return prom_ok();
}

/* Tx0 in a block, or O0 spent. */
static prom_result take_confirmed(struct step *step, const prom_event *event)
{
    prom_channel *channel = step->channel;
    prom_bytes32 txid;
    if (channel->tree == NULL) {
        return prom_ok();
    }
    const prom_outpoint O0 = channel->tree->root.outpoint;
    PROM_TRY(prom_tx_id(channel->arena, &txid, event->tx, step->error));
    if (prom_bytes32_equal(&txid, &O0.txid) && channel->stage == PROM_STAGE_SIGNED) {
        channel->tx0_height = event->height;
        channel->stage = PROM_STAGE_LOCKED;
    }
    for (size_t i = 0; i < event->tx->input_count; i++) {
        if (prom_outpoint_equal(&event->tx->inputs[i].outpoint, &O0)) {
            PROM_TRY(take_spent(step, event, &txid, &O0));
        }
    }
    return prom_ok();
}

/* The chain goes on. A setup that is not through by its deadline is over, as long as our inputs are not signed away;
 * and C, which signs last, publishes no Tx0 that could miss it. */
static prom_result take_block(struct step *step, const prom_event *event)
{
    prom_channel *channel = step->channel;
    channel->tip = event->height > channel->tip ? event->height : channel->tip;
    channel->in_step = event->in_step;
    const bool agreed_on = channel->place != PROM_NO_PLACE;
    const uint64_t time = channel->place == PROM_PARTY_C ? prom_channel_safety_margin(channel) : 0;
    if (agreed_on && channel->stage < PROM_STAGE_SIGNED && channel->tip + time > channel->terms.setup_deadline) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "the setup was not through by its deadline, height %u",
                         channel->terms.setup_deadline);
    }
    return prom_ok();
}

static prom_result impossible(struct step *step, const char *event)
{
    return prom_fail(step->error, PROM_CATEGORY_MISUSE, "the %s in the stage '%s' does not take the event '%s'",
                     prom_role_name(step->channel->config->role), prom_stage_name(step->channel->stage), event);
}

static prom_result take_event(struct step *step, const prom_event *event)
{
    const struct policy *policy = policies[step->channel->config->role];
    switch (event->kind) {
    case PROM_EVENT_START:
        return policy->start == NULL ? impossible(step, "start") : policy->start(step);
    case PROM_EVENT_MESSAGE:
        return take_message(step, &event->from, &event->message);
    case PROM_EVENT_BLOCK:
        return take_block(step, event);
    case PROM_EVENT_OUTPUT:
        return policy->output == NULL ? impossible(step, "output") : policy->output(step, event);
    case PROM_EVENT_SNAPSHOT:
        return prom_channel_take_snapshot(step, event);
    case PROM_EVENT_TRIED:
        return policy->tried == NULL ? impossible(step, "tried") : policy->tried(step, event);
    case PROM_EVENT_CONFIRMED:
        return take_confirmed(step, event);
    case PROM_EVENT_KEYGEN:
        return policy->keygen == NULL ? impossible(step, "keygen") : policy->keygen(step, event);
    case PROM_EVENT_COMPUTED:
        return policy->computed == NULL ? impossible(step, "computed") : policy->computed(step, event);
    case PROM_EVENT_VERIFIED:
        return policy->verified == NULL ? impossible(step, "verified") : policy->verified(step, event);
    }
    return prom_fail(step->error, PROM_CATEGORY_MISUSE, "an event of no known kind");
}

/* Whether the failure is what an event deserved, and not our own. */
static bool is_blamed(prom_result result)
{
    return result.category == PROM_CATEGORY_PEER || result.category == PROM_CATEGORY_BAD_INPUT;
}

/* Lets the policy go on, and takes the messages whose stage has come, until nothing moves. */
static prom_result settle_down(struct step *step)
{
    prom_channel *channel = step->channel;
    const struct policy *policy = policies[channel->config->role];
    for (bool advanced = true; advanced;) {
        const prom_stage before = channel->stage;
        PROM_TRY(policy->advance(step));
        advanced = channel->stage != before;
        for (size_t i = 0; i < channel->deferred_count;) {
            const prom_deferred kept = channel->deferred[i];
            const struct rule *rule = find_rule(policy, kept.message.kind);
            if (rule != NULL && channel->stage < rule->first) {
                i++;
                continue;
            }
            memmove(&channel->deferred[i], &channel->deferred[i + 1], (--channel->deferred_count - i) * sizeof kept);
            const prom_result taken = take_message(step, &kept.from, &kept.message);
            if (!is_blamed(taken) || channel->stage < PROM_STAGE_SIGNED) {
                PROM_TRY(taken);
            }
            advanced = true; /* a bad message after the setup does not stop what is under way */
        }
    }
    return prom_ok();
}

static prom_result act_refuse(struct step *step, const prom_bytes32 *to)
{
    prom_span reason;
    const char *sentence = step->error->sentence;
    PROM_TRY(
        prom_span_copy(step->channel->arena, &reason, prom_span_of((const uint8_t *)sentence, strlen(sentence)), NULL));
    return prom_channel_act_send(step, to, PROM_MESSAGE_REFUSAL, reason);
}

/* A setup that cannot go on is over, and the others are told why. */
static prom_result end_setup(struct step *step)
{
    prom_channel *channel = step->channel;
    prom_span reason;
    const char *sentence = step->error->sentence;
    PROM_TRY(
        prom_span_copy(channel->arena, &reason, prom_span_of((const uint8_t *)sentence, strlen(sentence) + 1), NULL));
    const bool client_known = channel->config->role != PROM_ROLE_CLIENT;
    const size_t count = channel->place == PROM_NO_PLACE ? 0 : prom_channel_place_count(channel);
    for (size_t i = 0; i < count; i++) {
        if (i != channel->place && !(client_known && i == PROM_PARTY_C)) {
            PROM_TRY(act_refuse(step, prom_channel_place_key(channel, i)));
        }
    }
    if (client_known) {
        PROM_TRY(act_refuse(step, &channel->config->peers[PROM_PARTY_C]));
    }
    return prom_channel_act_close(step, PROM_STAGE_FAILED, (const char *)reason.data);
}

/* What a failure means while nothing is signed. A stranger can end nothing, and gets no answer. */
static prom_result answer_failure(struct step *step, const prom_event *event)
{
    const bool stranger = event->kind == PROM_EVENT_MESSAGE && find_place(step->channel, &event->from) == PROM_NO_PLACE;
    step->actions->count = 0;
    PROM_TRY(prom_channel_keep_fault(step));
    return stranger ? prom_ok() : end_setup(step);
}

prom_delivery_context prom_channel_delivery_context(const prom_channel *channel)
{
    return (prom_delivery_context){channel->curve, &channel->terms, &channel->tree->contract_id, channel->job};
}

prom_result prom_channel_step(prom_channel *channel, const prom_event *event, prom_actions *actions, prom_error *error)
{
    prom_error own;
    struct step step = {channel, actions, error == NULL ? &own : error};
    actions->count = 0;
    if (channel->stage == PROM_STAGE_CLOSED || channel->stage == PROM_STAGE_FAILED) {
        return prom_ok();
    }
    const prom_stage before = channel->stage;
    prom_result result = take_event(&step, event);
    if (prom_is_ok(result)) {
        result = settle_down(&step);
    }
    if (is_blamed(result)) {
        PROM_TRY(before < PROM_STAGE_SIGNED ? answer_failure(&step, event) : prom_channel_keep_fault(&step));
    }
    return result;
}
