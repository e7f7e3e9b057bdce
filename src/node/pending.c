/* Contracts that begin by the owner's wish: their worker and verifier are asked whether they take part, then they are
 * proposed. */
#include <stdio.h>
#include <string.h>

#include "market/reason.h"
#include "node/beginning.h"
#include "node/deal.h"
#include "node/room.h"
#include "prometheus/crypto/hash.h"
#include "system/clock.h"
#include "system/file.h"

/* -- Program and input -- */

static prom_result copy_payload(prom_body_kind what, const prom_bytes32 *hash, const char *from, const char *to,
                                prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_bytes32 found;
    prom_span bytes;
    prom_arena_init(&arena, PROM_PAYLOAD_MAX + PROM_NODE_STEP_MEMORY);
    PROM_TRY(prom_file_load(&arena, &bytes, from, PROM_PAYLOAD_MAX, error));
    prom_body_hash(&found, what, NULL, bytes);
    return prom_bytes32_equal(&found, hash)
               ? prom_file_write(to, bytes, error)
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.200s is not what the terms name", from);
}

/* What was checked gets its second name, where the file system can: whoever uses a body looks at it again (job.c). */
static prom_result keep_payload(prom_node *node, prom_node_channel *channel, prom_body_kind what, bool checked,
                                const prom_bytes32 *hash, const char *from, prom_error *error)
{
    prom_event event = {.kind = PROM_EVENT_FETCHED, .as.fetched = {.what = what, .body = {.hash = *hash}}};
    prom_node_step step;
    char path[PATH_MAX];
    prom_error reason;
    PROM_TRY(prom_node_body_path(node, path, channel->record.number, what, hash, error));
    const bool linked = checked && prom_is_ok(prom_file_link(from, path, &reason));
    if (checked && !linked) {
        prom_node_report(node, PROM_REPORT_NOTE, channel->record.number,
                         "%s; it is copied, and the node does nothing else meanwhile", reason.sentence);
    }
    PROM_TRY(linked ? prom_ok() : copy_payload(what, hash, from, path, error));
    if (!prom_node_find_body(node, channel->record.number, &event.as.fetched.body, what)) {
        return prom_fail(error, PROM_CATEGORY_IO, "%.200s is gone as soon as it was written", path);
    }
    return prom_node_take_alone(node, channel, &step, &event, error);
}

/* -- Asking for a worker and a verifier -- */

prom_pending *prom_node_pending_of(prom_node *node, uint64_t channel)
{
    for (size_t i = 0; i < PROM_PENDING_MAX; i++) {
        if (channel != 0 && node->pending[i].channel == channel) {
            return &node->pending[i];
        }
    }
    return NULL;
}

/* That of the contract which others know by its client's key. */
static prom_pending *find_asked(prom_node *node, const prom_bytes32 *client)
{
    for (size_t i = 0; i < PROM_PENDING_MAX; i++) {
        prom_pending *pending = &node->pending[i];
        const prom_node_channel *channel = pending->channel == 0 ? NULL : prom_node_channel_of(node, pending->channel);
        if (channel != NULL && channel->channel != NULL &&
            prom_bytes32_equal(&channel->channel->facts.client, client)) {
            return pending;
        }
    }
    return NULL;
}

static prom_party party_of(prom_role role)
{
    return role == PROM_ROLE_WORKER ? PROM_PARTY_W : PROM_PARTY_V;
}

/* Whether what comes on that link, 0 for ourselves, is said by the node that was asked for that party. */
static bool is_asked(const prom_node *node, const prom_pending *pending, uint64_t link, prom_party party)
{
    const prom_bytes32 *peer = link == 0 ? &node->key.public_key : prom_net_node_of(node->net, link);
    return peer != NULL && prom_bytes32_equal(peer, &pending->what.peers[party]);
}

/* A word alone is bound to no contract: whoever has got one for another contract could say it here. */
static bool is_peer(const prom_node *node, const prom_pending *pending, uint64_t link, const prom_begun *begun)
{
    const prom_party party = party_of(begun->role);
    prom_bytes32 hash;
    prom_tagged_hash(&hash, "prometheus/node", prom_span_of32(&begun->words));
    return is_asked(node, pending, link, party) && prom_bytes32_equal(&begun->node.key, &pending->what.peers[party]) &&
           prom_signature_valid(node->curve, &begun->node.signature, prom_span_of32(&hash), &begun->node.key);
}

void prom_node_begun(void *context, uint64_t link, const prom_begun *begun)
{
    prom_node *node = context;
    prom_pending *pending = find_asked(node, &begun->channel);
    const prom_party party = party_of(begun->role);
    if (pending == NULL || !is_peer(node, pending, link, begun)) {
        return; /* nobody was asked so, or another has answered */
    }
    pending->words[party] = begun->words;
    pending->answered |= 1U << party;
    pending->declined[party] = (prom_quote_reason){.code = 0};
}

/* What somebody says of its own part, over a link that proves who it is: of others' parts, and of contracts that it was
 * not asked for, it says nothing that counts. */
void prom_node_declined(void *context, uint64_t link, const prom_declined *declined)
{
    prom_node *node = context;
    prom_pending *pending = find_asked(node, &declined->channel);
    const prom_party party = party_of(declined->role);
    char text[PROM_REASON_SENTENCE];
    if (pending == NULL || !is_asked(node, pending, link, party)) {
        return;
    }
    if (pending->declined[party].code != declined->reason.code) {
        prom_node_report(node, PROM_REPORT_NOTE, pending->channel, "the %s takes no part in it, and says: %s",
                         prom_party_name(party), prom_reason_sentence(text, &declined->reason));
    }
    pending->declined[party] = declined->reason;
    pending->answered &= ~(1U << party);
}

/* What keeps us from being our own verifier does not change while we ask: the owner is told, once as an alarm, and may
 * begin again. */
static void ask_ourselves(prom_node *node, prom_pending *pending, prom_node_channel *channel, const prom_begin *begin)
{
    prom_begun begun;
    prom_quote_reason why;
    prom_error reason;
    if (prom_is_ok(prom_node_take_part(node, 0, begin, &begun, &why, &reason))) {
        prom_node_begun(node, 0, &begun);
        return;
    }
    prom_node_report(node, channel->unverified ? PROM_REPORT_NOTE : PROM_REPORT_ALARM, pending->channel,
                     "the contract is not begun, as this node cannot be its verifier: %s", reason.sentence);
    channel->unverified = true;
    pending->channel = 0;
}

static void ask_for(prom_node *node, prom_pending *pending, prom_node_channel *channel, prom_party party)
{
    const prom_begin begin = {.channel = channel->channel->facts.client,
                              .role = party == PROM_PARTY_W ? PROM_ROLE_WORKER : PROM_ROLE_VERIFIER,
                              .terms = prom_span_of(pending->base, pending->base_length)};
    if (prom_bytes32_equal(&pending->what.peers[party], &node->key.public_key)) {
        ask_ourselves(node, pending, channel, &begin);
        return;
    }
    const prom_address *address = &pending->what.addresses[party];
    const prom_bytes32 *its = &pending->what.peers[party];
    const uint64_t link = address->length > 0 ? prom_net_link_to_own(node->net, address, its)
                                              : prom_net_link_of(node->net, its); /* it comes to us */
    if (link != 0 && !prom_net_begin(node->net, link, &begin)) {
        prom_node_report(node, PROM_REPORT_NOTE, pending->channel, "the %s could not be asked yet",
                         prom_party_name(party));
    }
}

static prom_result propose_now(prom_node *node, prom_pending *pending, prom_node_channel *channel, prom_error *error)
{
    prom_event event = {.kind = PROM_EVENT_PROPOSE, .as.propose = pending->what};
    const prom_job *job = &pending->terms.job;
    prom_node_step step;
    event.as.propose.proposal = &pending->terms;
    event.as.propose.peers[PROM_PARTY_W] = pending->words[PROM_PARTY_W];
    event.as.propose.peers[PROM_PARTY_V] = pending->words[PROM_PARTY_V];
    PROM_TRY(keep_payload(node, channel, PROM_BODY_PROGRAM, pending->checked, &job->program_digest, pending->program,
                          error));
    PROM_TRY(keep_payload(node, channel, PROM_BODY_INPUT, pending->checked, &job->input_hash, pending->input, error));
    return prom_node_take_alone(node, channel, &step, &event, error);
}

enum { ASK_MILLISECONDS = 500 };

/* Who is behind Tor, or begins anew, is reached later than others. */
static void note_links(prom_node *node, prom_pending *pending, int64_t now)
{
    for (size_t i = PROM_PARTY_W; i <= PROM_PARTY_V; i++) {
        if (pending->linked[i] == 0 && prom_net_link_of(node->net, &pending->what.peers[i]) != 0) {
            pending->linked[i] = now;
        }
    }
}

static void go_on(prom_node *node, prom_pending *pending)
{
    prom_node_channel *channel = prom_node_channel_of(node, pending->channel);
    const int64_t now = prom_clock_milliseconds();
    prom_error reason;
    if (channel == NULL || channel->channel == NULL || channel->channel->facts.setup.phase != PROM_SETUP_NEW) {
        pending->channel = 0;
        return;
    }
    note_links(node, pending, now);
    if (pending->answered == PROM_PARTIES_ASKED) {
        if (!prom_is_ok(propose_now(node, pending, channel, &reason))) {
            prom_node_report(node, PROM_REPORT_ALARM, pending->channel, "%s", reason.sentence);
        }
        pending->channel = 0;
    } else if (now - pending->asked >= ASK_MILLISECONDS) {
        pending->asked = now;
        for (prom_party party = PROM_PARTY_W; party <= PROM_PARTY_V && pending->channel != 0; party++) {
            ask_for(node, pending, channel, party); /* who has answered is told so that we still mean to */
        }
    }
}

void prom_node_go_on_beginning(prom_node *node)
{
    for (size_t i = 0; i < PROM_PENDING_MAX; i++) {
        if (node->pending[i].channel != 0) {
            go_on(node, &node->pending[i]);
        }
    }
}

/* The channel of that name, where it was made before and has come no further. */
static prom_result find_or_add(prom_node *node, prom_node_channel **channel, const prom_node_proposal *proposal,
                               prom_error *error)
{
    prom_facts facts = {.role = PROM_ROLE_CLIENT, .batch_count = 1};
    *channel = prom_node_channel_named(node, proposal->name);
    if (*channel != NULL) {
        return prom_ok();
    }
    PROM_TRY(prom_node_check_ready(node, error));
    PROM_TRY(prom_node_check_limits(node, PROM_ROLE_CLIENT, error));
    PROM_TRY(prom_node_check_room(node, PROM_ROLE_CLIENT, prom_room_of_terms(proposal->what.proposal), error));
    PROM_TRY(prom_node_fund_contract(node, &facts.own, proposal->what.proposal, PROM_PARTY_C, true, error));
    return prom_node_add_channel(node, channel, proposal->name, &facts, proposal->what.proposal, error);
}

/* What is said beside in roles.c. */
static prom_result check_parties(const prom_node *node, const prom_propose_event *what, prom_error *error)
{
    const prom_bytes32 *worker = &what->peers[PROM_PARTY_W];
    if (!prom_node_has_role(node, PROM_ROLE_CLIENT)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "this node is no client: its owner has not switched that role on (`roles` in prom.conf)");
    }
    if (prom_bytes32_equal(worker, &node->key.public_key)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a client is not its own worker: name the node of another");
    }
    return prom_bytes32_equal(worker, &what->peers[PROM_PARTY_V])
               ? prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "worker and verifier are at one node, which would judge itself: name two")
               : prom_ok();
}

static prom_pending *find_free(prom_node *node)
{
    for (size_t i = 0; i < PROM_PENDING_MAX; i++) {
        if (node->pending[i].channel == 0) {
            return &node->pending[i];
        }
    }
    return NULL;
}

bool prom_node_can_propose(prom_node *node)
{
    return find_free(node) != NULL;
}

static prom_result fill(prom_pending *pending, const prom_node_proposal *proposal, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_span base;
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    *pending = (prom_pending){.what = proposal->what,
                              .terms = *proposal->what.proposal,
                              .checked = proposal->checked,
                              .since = prom_clock_milliseconds()};
    PROM_TRY(prom_terms_write_base(&arena, &base, &pending->terms, error));
    if (base.length > sizeof pending->base) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the base terms have %zu bytes, and nobody can be asked with more than %u", base.length,
                         PROM_BEGIN_TERMS_MAX);
    }
    memcpy(pending->base, base.data, base.length);
    pending->base_length = base.length;
    (void)snprintf(pending->program, sizeof pending->program, "%s", proposal->program);
    (void)snprintf(pending->input, sizeof pending->input, "%s", proposal->input);
    return prom_ok();
}

prom_result prom_node_propose(prom_node *node, const prom_node_proposal *proposal, uint64_t *number, prom_error *error)
{
    prom_pending *pending = find_free(node);
    prom_node_channel *channel = NULL;
    prom_store_channel before;
    bool found = false;
    PROM_TRY(prom_store_channel_named(node->store, &before, &found, proposal->name, error));
    if (found && (before.closed || prom_node_pending_of(node, before.number) != NULL)) {
        *number = before.number;
        return prom_ok(); /* it has begun before a restart, and is over; or it is being begun */
    }
    if (pending == NULL) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%u other contracts are being begun", PROM_PENDING_MAX);
    }
    PROM_TRY(check_parties(node, &proposal->what, error));
    PROM_TRY(find_or_add(node, &channel, proposal, error));
    *number = channel->record.number;
    if (channel->channel->facts.setup.phase != PROM_SETUP_NEW) {
        return prom_ok(); /* it has begun before a restart */
    }
    PROM_TRY(fill(pending, proposal, error));
    pending->channel = *number;
    return prom_ok();
}
