#include "tower/courier.h"

#include <stdlib.h>
#include <string.h>

#include "net/net.h"
#include "prometheus/contract/deadline.h"
#include "system/clock.h"
#include "system/random.h"
#include "wire/body.h"

enum {
    AGAIN_MILLISECONDS = 500, /* what was not acknowledged; twice as long after each time */
    AGAIN_MILLISECONDS_MAX = 16000,
    /* Whoever crowds an arbiter's node with links of his own ends ours again and again, and not for long. */
    REACHED_MILLISECONDS = 10 * 60 * 1000,
    MESSAGES_MAX = PROM_EVIDENCE_MAX + 1,
};
#define MESSAGE_MEMORY ((size_t)1 << 20)

/* What one arbiter of one contract is brought: message 0 is h_p, the others are the statements. */
struct errand {
    bool acknowledged[MESSAGES_MAX];
    size_t left;
    uint64_t link; /* over which it went last */
    int64_t went;
    int64_t wait; /* before it goes again */
    bool reached;
    int64_t reached_at; /* last */
};

/* Several files may be of one contract, of owners who do not trust each other: what was acknowledged of one is not of
 * the others. An acknowledgement names the generation of what it is of. */
static uint32_t generation_of(size_t contract)
{
    return (uint32_t)contract + 1;
}

struct prom_tower_courier {
    prom_tower_courier_options options;
    prom_net *net;
    prom_key key;
    struct errand (*errands)[PROM_ARBITERS_MAX]; /* of each contract */
};

static size_t message_count(const prom_tower_contract *contract)
{
    return contract->file.appeal.evidence.count + 1;
}

static const prom_tower_appeal *appeal_of(const prom_tower_courier *courier, size_t contract)
{
    return &courier->options.contracts[contract].file.appeal;
}

size_t prom_tower_courier_needed(const prom_tower_contract *contract)
{
    return (size_t)contract->file.appeal.arbiter_count - contract->file.appeal.quorum + 1;
}

/* -- What is said -- */

static prom_message message_of(const prom_tower_appeal *appeal, size_t which)
{
    prom_message message = {.kind = which == 0 ? PROM_MESSAGE_KEY : PROM_MESSAGE_STATEMENT};
    if (which == 0) {
        message.as.h_p = appeal->h_p;
    } else {
        message.as.statement = appeal->evidence.list[which - 1];
    }
    return message;
}

static bool send_message(prom_tower_courier *courier, uint64_t link, size_t contract, const prom_tower_arbiter *arbiter,
                         size_t which)
{
    const prom_tower_appeal *appeal = appeal_of(courier, contract);
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_bytes32 auxiliary = prom_random_bytes32();
    const prom_message message = message_of(appeal, which);
    prom_envelope envelope = {.channel = appeal->client,
                              .sender = courier->key.public_key,
                              .receiver = arbiter->words,
                              .generation = generation_of(contract),
                              .number = which + 1};
    prom_bytes32 hash;
    prom_error reason;
    prom_arena_init(&arena, MESSAGE_MEMORY);
    if (!prom_is_ok(prom_body_encode(&arena, &envelope.body, &message, &reason))) {
        return false;
    }
    prom_envelope_hash(&hash, &envelope);
    return prom_is_ok(
               prom_sign(courier->options.curve, &envelope.signature, &hash, &courier->key, &auxiliary, &reason)) &&
           prom_net_send(courier->net, link, &envelope);
}

/* Nothing before TxA is in a block: until then h_p is the worker's alone. Nothing after D_0: it would not count. */
static bool may_show(const prom_tower_courier *courier, const prom_tower_contract *contract, uint32_t tip)
{
    static const prom_parameters nothing;
    uint32_t height = 0;
    return prom_tower_state_of(contract, &height) == PROM_TOWER_APPEALED &&
           tip <= prom_deadline_window(PROM_DEADLINE_SHOW_KEY, &nothing, courier->options.network, height).latest;
}

/* A link to an arbiter; 0 where there is none now. */
static uint64_t reach(prom_tower_courier *courier, size_t contract, size_t arbiter)
{
    struct errand *errand = &courier->errands[contract][arbiter];
    const prom_address *address = &appeal_of(courier, contract)->arbiters[arbiter].address;
    const uint64_t link = address->length == 0 ? 0 : prom_net_link_to(courier->net, address, NULL);
    if (link != 0) {
        errand->reached = true;
        errand->reached_at = prom_clock_milliseconds();
    }
    return link;
}

static void go(prom_tower_courier *courier, size_t contract, size_t arbiter, bool show)
{
    const prom_tower_appeal *appeal = appeal_of(courier, contract);
    struct errand *errand = &courier->errands[contract][arbiter];
    const prom_tower_arbiter *to = &appeal->arbiters[arbiter];
    const int64_t now = prom_clock_milliseconds();
    const uint64_t link = errand->left == 0 ? 0 : reach(courier, contract, arbiter);
    if (link == 0 || !show || (link == errand->link && now - errand->went < errand->wait)) {
        return;
    }
    errand->wait = link != errand->link ? AGAIN_MILLISECONDS : 2 * errand->wait;
    errand->wait = errand->wait > AGAIN_MILLISECONDS_MAX ? AGAIN_MILLISECONDS_MAX : errand->wait;
    errand->link = link;
    errand->went = now;
    for (size_t i = 0; i < message_count(&courier->options.contracts[contract]); i++) {
        if (!errand->acknowledged[i] && !send_message(courier, link, contract, to, i)) {
            return; /* at the next turn */
        }
    }
}

static void look(prom_tower_courier *courier, uint32_t tip)
{
    for (size_t i = 0; i < courier->options.count; i++) {
        const prom_tower_contract *contract = &courier->options.contracts[i];
        const prom_tower_state state = prom_tower_state_of(contract, NULL);
        const bool show = may_show(courier, contract, tip);
        if (contract->file.appeal.there && (state == PROM_TOWER_ACCUSED || show)) {
            for (size_t j = 0; j < contract->file.appeal.arbiter_count; j++) {
                go(courier, i, j, show);
            }
        }
    }
}

size_t prom_tower_courier_reached(prom_tower_courier *courier, size_t contract)
{
    const prom_tower_appeal *appeal = appeal_of(courier, contract);
    size_t reached = 0;
    const int64_t now = prom_clock_milliseconds();
    for (size_t i = 0; i < appeal->arbiter_count; i++) {
        const struct errand *errand = &courier->errands[contract][i];
        (void)reach(courier, contract, i);
        reached += errand->reached && now - errand->reached_at < REACHED_MILLISECONDS ? 1 : 0;
    }
    return reached;
}

/* -- What comes -- */

static void acknowledged(prom_tower_courier *courier, size_t contract, const prom_envelope *envelope)
{
    const prom_tower_appeal *appeal = appeal_of(courier, contract);
    const uint64_t number = envelope->acknowledged;
    if (!appeal->there || !prom_bytes32_equal(&envelope->channel, &appeal->client) || number == 0 ||
        number > message_count(&courier->options.contracts[contract])) {
        return;
    }
    for (size_t i = 0; i < appeal->arbiter_count; i++) {
        struct errand *errand = &courier->errands[contract][i];
        if (!prom_bytes32_equal(&envelope->sender, &appeal->arbiters[i].words) || errand->acknowledged[number - 1]) {
            continue;
        }
        errand->acknowledged[number - 1] = true;
        if (--errand->left == 0) {
            courier->options.brought(courier->options.context, contract, i);
        }
    }
}

static void take_envelope(void *context, uint64_t link, const prom_envelope *envelope)
{
    prom_tower_courier *courier = context;
    (void)link;
    if (!prom_bytes32_equal(&envelope->receiver, &courier->key.public_key) ||
        !prom_envelope_signed(courier->options.curve, envelope)) {
        return;
    }
    for (size_t i = 0; i < courier->options.count; i++) {
        if (envelope->acknowledged_generation == generation_of(i)) {
            acknowledged(courier, i, envelope);
        }
    }
}

static void link_up(void *context, uint64_t link, const prom_hello *hello)
{
    (void)context; /* the next turn sends what is due */
    (void)link;
    (void)hello;
}

static void link_down(void *context, uint64_t link, const char *reason)
{
    (void)context; /* a new one is tried */
    (void)link;
    (void)reason;
}

static void not_reached(void *context, const prom_address *address, const prom_bytes32 *node, const char *reason)
{
    (void)context; /* its owner is told how many are reached */
    (void)address;
    (void)node;
    (void)reason;
}

/* A tower takes part in nothing, and has nothing to give. */
static bool refuse_begin(void *context, uint64_t link, const prom_begin *begin, prom_begun *begun,
                         prom_quote_reason *why)
{
    (void)context;
    (void)link;
    (void)begin;
    (void)begun;
    (void)why;
    return false;
}

static void pass_begun(void *context, uint64_t link, const prom_begun *begun)
{
    (void)context;
    (void)link;
    (void)begun;
}

static void room_again(void *context, uint64_t link)
{
    (void)context;
    (void)link;
}

static bool refuse_fetch(void *context, const prom_bytes32 *node, const prom_fetch *fetch, prom_net_served *served)
{
    (void)context;
    (void)node;
    (void)fetch;
    (void)served;
    return false;
}

/* -- Making it -- */

prom_result prom_tower_courier_new(prom_tower_courier **courier, const prom_tower_courier_options *options,
                                   prom_error *error)
{
    prom_tower_courier *made = calloc(1, sizeof *made);
    *courier = NULL;
    if (made == NULL || (made->errands = calloc(options->count, sizeof *made->errands)) == NULL) {
        free(made);
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    made->options = *options;
    for (size_t i = 0; i < options->count; i++) {
        for (size_t j = 0; j < PROM_ARBITERS_MAX; j++) {
            made->errands[i][j].left = message_count(&options->contracts[i]);
        }
    }
    PROM_SCOPED(prom_wipe32) prom_bytes32 secret = prom_random_bytes32();
    prom_result result = prom_key_from_secret(options->curve, &made->key, &secret, error);
    const prom_net_options links = {.curve = options->curve,
                                    .key = &made->key,
                                    .genesis = options->network->genesis,
                                    .limits = prom_net_limits_usual(),
                                    .anywhere = strcmp(options->network->name, "regtest") == 0};
    const prom_net_events events = {.context = made,
                                    .up = link_up,
                                    .down = link_down,
                                    .unreached = not_reached,
                                    .envelope = take_envelope,
                                    .begin = refuse_begin,
                                    .begun = pass_begun,
                                    .room = room_again,
                                    .serve = refuse_fetch};
    result = prom_is_ok(result) ? prom_net_new(&made->net, &links, &events, error) : result;
    if (!prom_is_ok(result)) {
        prom_tower_courier_free(made);
        return result;
    }
    *courier = made;
    return prom_ok();
}

void prom_tower_courier_free(prom_tower_courier *courier)
{
    if (courier != NULL) {
        prom_net_free(courier->net);
        prom_key_wipe(&courier->key);
        free(courier->errands);
        free(courier);
    }
}

prom_result prom_tower_courier_turn(prom_tower_courier *courier, uint32_t tip, int milliseconds, prom_error *error)
{
    look(courier, tip);
    return prom_net_poll(courier->net, milliseconds, error);
}
