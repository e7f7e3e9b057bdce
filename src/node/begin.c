/* How channels of this node begin: by its owner's wish, or by a proposal or an invitation of somebody else. */
#include <stdio.h>
#include <string.h>

#include "node/beginning.h"
#include "prometheus/crypto/hash.h"
#include "system/clock.h"
#include "system/file.h"

void prom_node_sign_word(const prom_node *node, prom_own *own)
{
    static const prom_bytes32 auxiliary;
    prom_bytes32 hash;
    prom_error reason;
    prom_tagged_hash(&hash, "prometheus/node", prom_span_of32(&own->words));
    own->node_key = node->key.public_key;
    if (!prom_is_ok(prom_sign(node->curve, &own->node_signature, &hash, &node->key, &auxiliary, &reason))) {
        memset(&own->node_signature, 0, sizeof own->node_signature); /* others will refuse it */
    }
}

/* Coins for a contract, beside the one for its fees. */
static prom_result fund(const prom_node *node, prom_own *own, const prom_terms *terms, prom_party party,
                        prom_error *error)
{
    static const prom_role roles[PROM_PARTIES] = {
        [PROM_PARTY_C] = PROM_ROLE_CLIENT, [PROM_PARTY_W] = PROM_ROLE_WORKER, [PROM_PARTY_V] = PROM_ROLE_VERIFIER};
    const prom_wallet_coin *for_fees = NULL;
    PROM_TRY(prom_node_find_coin(node, &for_fees, roles[party], terms, error));
    return prom_node_fund(node, own, prom_node_needs(terms, party), terms->feerate, for_fees, error);
}

size_t prom_node_count_asked(const prom_node *node, uint64_t link)
{
    size_t count = 0;
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_channel *channel = node->channels[i]->channel;
        count += channel != NULL && channel->facts.setup.phase < PROM_SETUP_GIVEN &&
                 channel->facts.role != PROM_ROLE_CLIENT && (link == 0 || node->channels[i]->begun_by == link);
    }
    return count;
}

/* Strangers cannot tie up more, whoever they are, and one of them less. */
static prom_result check_room(const prom_node *node, uint64_t link, prom_error *error)
{
    if (prom_node_count_asked(node, 0) >= PROM_ASKED_MAX) {
        return prom_fail(error, PROM_CATEGORY_PEER, "%u setups are under way, and no more are begun for others",
                         (unsigned)PROM_ASKED_MAX);
    }
    return prom_node_count_asked(node, link) < PROM_ASKED_BY_ONE_MAX
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_PEER, "%u setups of one peer are under way, and it gets no more",
                           (unsigned)PROM_ASKED_BY_ONE_MAX);
}

/* An arbiter may have several channels of one contract, of which each has another offer. */
static void name_of(char name[PROM_STORE_NAME_MAX + 1], const prom_facts *facts)
{
    char client[PROM_HEX32];
    char offer[PROM_HEX32];
    (void)prom_hex32(client, &facts->client);
    (void)prom_hex32_reversed(offer, &facts->own.coins[0].outpoint.txid);
    (void)snprintf(name, PROM_STORE_NAME_MAX + 1, facts->role == PROM_ROLE_ARBITER ? "%.16s-%s-%.16s" : "%.16s-%s",
                   client, prom_role_name(facts->role), offer);
}

prom_result prom_node_add_asked(prom_node *node, prom_node_channel **begun, uint64_t link, prom_facts *facts,
                                const prom_terms *terms, prom_error *error)
{
    char name[PROM_STORE_NAME_MAX + 1];
    name_of(name, facts);
    PROM_TRY(prom_node_add_channel(node, begun, name, facts, terms, error));
    (*begun)->begun_by = link;
    return prom_node_back_up(node, true)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_IO, "nothing is begun before the backup can be written");
}

/* -- Asked for a worker or a verifier -- */

static prom_node_channel *find_begun(prom_node *node, const prom_begin *begin)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_channel *channel = node->channels[i]->channel;
        if (channel != NULL && channel->facts.role == begin->role &&
            prom_bytes32_equal(&channel->facts.client, &begin->channel)) {
            return node->channels[i];
        }
    }
    return NULL;
}

/* Nothing is begun for terms that we would refuse when they are proposed. */
static prom_result judge_terms(const prom_node *node, const prom_begin *begin, const prom_terms *terms,
                               prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_newcomer newcomer = {.role = begin->role, .client = &begin->channel};
    prom_channel_view view;
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    PROM_TRY(prom_node_view_new(node, &newcomer, &arena, &view, error));
    return prom_proposal_judge(node->curve, &arena, begin->role, terms, &view, error);
}

/* The client that we are ourselves: no stranger, and needs no role of ours to be switched on. */
static bool is_own_verifier(const prom_node *node, uint64_t link, const prom_begin *begin)
{
    return link == 0 && begin->role == PROM_ROLE_VERIFIER &&
           prom_node_sibling(node, &begin->channel, NULL, PROM_ROLE_BIT(PROM_ROLE_CLIENT)) != NULL;
}

static prom_result begin_party(prom_node *node, prom_node_channel **begun, uint64_t link, const prom_begin *begin,
                               prom_error *error)
{
    prom_facts facts = {.role = begin->role, .client = begin->channel, .batch_count = 1};
    const prom_party party = begin->role == PROM_ROLE_WORKER ? PROM_PARTY_W : PROM_PARTY_V;
    prom_terms terms;
    const bool own = is_own_verifier(node, link, begin);
    if (!own && !prom_node_has_role(node, begin->role)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "this node takes no contract as a %s", prom_role_name(begin->role));
    }
    PROM_TRY(prom_node_check_ready(node, error));
    PROM_TRY(prom_node_check_part(node, &begin->channel, begin->role, error));
    PROM_TRY(prom_node_check_limits(node, begin->role, error));
    PROM_TRY(own ? prom_ok() : check_room(node, link, error));
    PROM_TRY(prom_blame_peer(prom_terms_read_base(&terms, begin->terms, error)));
    PROM_TRY(judge_terms(node, begin, &terms, error));
    PROM_TRY(fund(node, &facts.own, &terms, party, error));
    return prom_node_add_asked(node, begun, link, &facts, &terms, error);
}

static prom_result take_part(prom_node *node, uint64_t link, const prom_begin *begin, prom_begun *begun,
                             prom_error *error)
{
    prom_node_channel *channel = find_begun(node, begin);
    PROM_TRY(channel != NULL ? prom_ok() : begin_party(node, &channel, link, begin, error));
    const prom_own *own = &channel->channel->facts.own;
    *begun = (prom_begun){begin->channel, begin->role, own->words, {own->node_key, own->node_signature}};
    return prom_ok();
}

bool prom_node_begin(void *context, uint64_t link, const prom_begin *begin, prom_begun *begun)
{
    prom_node *node = context;
    prom_error reason;
    const bool takes_part = prom_is_ok(take_part(node, link, begin, begun, &reason));
    if (!takes_part) {
        prom_node_report(node, PROM_REPORT_REFUSED, 0, "%s", reason.sentence);
    }
    return takes_part;
}

/* -- By our own wish -- */

static prom_result keep_payload(prom_node *node, prom_node_channel *channel, prom_body_kind what,
                                const prom_bytes32 *hash, const char *from, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_event event = {.kind = PROM_EVENT_FETCHED, .as.fetched = {.what = what, .body = {.hash = *hash}}};
    prom_node_step step;
    prom_bytes32 found;
    prom_span bytes;
    char path[PATH_MAX];
    prom_arena_init(&arena, PROM_PAYLOAD_MAX + PROM_NODE_STEP_MEMORY);
    PROM_TRY(prom_file_load(&arena, &bytes, from, PROM_PAYLOAD_MAX, error));
    prom_body_hash(&found, what, NULL, bytes);
    if (!prom_bytes32_equal(&found, hash)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.200s is not what the terms name", from);
    }
    PROM_TRY(prom_node_body_path(node, path, channel->record.number, what, hash, error));
    PROM_TRY(prom_file_write(path, bytes, error));
    if (!prom_node_find_body(node, channel->record.number, &event.as.fetched.body, what)) {
        return prom_fail(error, PROM_CATEGORY_IO, "%.200s is gone as soon as it was written", path);
    }
    return prom_node_take_alone(node, channel, &step, &event, error);
}

/* -- Asking for a worker and a verifier -- */

static bool is_peer(const prom_node *node, const prom_pending *pending, const prom_begun *begun)
{
    const prom_party party = begun->role == PROM_ROLE_WORKER ? PROM_PARTY_W : PROM_PARTY_V;
    prom_bytes32 hash;
    prom_tagged_hash(&hash, "prometheus/node", prom_span_of32(&begun->words));
    return prom_bytes32_equal(&begun->node.key, &pending->what.peers[party]) &&
           prom_signature_valid(node->curve, &begun->node.signature, prom_span_of32(&hash), &begun->node.key);
}

void prom_node_begun(void *context, uint64_t link, const prom_begun *begun)
{
    prom_node *node = context;
    prom_pending *pending = &node->pending;
    const prom_node_channel *channel = prom_node_channel_of(node, pending->channel);
    const prom_party party = begun->role == PROM_ROLE_WORKER ? PROM_PARTY_W : PROM_PARTY_V;
    (void)link;
    if (channel == NULL || channel->channel == NULL ||
        !prom_bytes32_equal(&channel->channel->facts.client, &begun->channel) || !is_peer(node, pending, begun)) {
        return; /* nobody was asked so, or another has answered */
    }
    pending->words[party] = begun->words;
    pending->answered |= 1U << party;
}

/* What keeps us from being our own verifier does not change while we ask: the owner is told, and may begin again. */
static void ask_ourselves(prom_node *node, prom_pending *pending, const prom_begin *begin)
{
    prom_begun begun;
    prom_error reason;
    if (prom_is_ok(take_part(node, 0, begin, &begun, &reason))) {
        prom_node_begun(node, 0, &begun);
        return;
    }
    prom_node_report(node, PROM_REPORT_ALARM, pending->channel,
                     "the contract is not begun, as this node cannot be its verifier: %s", reason.sentence);
    pending->channel = 0;
}

static void ask_for(prom_node *node, prom_pending *pending, const prom_node_channel *channel, prom_party party)
{
    const prom_begin begin = {.channel = channel->channel->facts.client,
                              .role = party == PROM_PARTY_W ? PROM_ROLE_WORKER : PROM_ROLE_VERIFIER,
                              .terms = pending->base};
    if (prom_bytes32_equal(&pending->what.peers[party], &node->key.public_key)) {
        ask_ourselves(node, pending, &begin);
        return;
    }
    const uint64_t link = prom_net_link_to_own(node->net, &pending->what.addresses[party], &pending->what.peers[party]);
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
    PROM_TRY(keep_payload(node, channel, PROM_BODY_PROGRAM, &job->program_digest, pending->program, error));
    PROM_TRY(keep_payload(node, channel, PROM_BODY_INPUT, &job->input_hash, pending->input, error));
    return prom_node_take_alone(node, channel, &step, &event, error);
}

enum { ASK_MILLISECONDS = 500, PARTIES_ASKED = 1 << PROM_PARTY_W | 1 << PROM_PARTY_V };

void prom_node_go_on_beginning(prom_node *node)
{
    prom_pending *pending = &node->pending;
    prom_node_channel *channel = pending->channel == 0 ? NULL : prom_node_channel_of(node, pending->channel);
    const int64_t now = prom_clock_milliseconds();
    prom_error reason;
    if (channel == NULL || channel->channel == NULL || channel->channel->facts.setup.phase != PROM_SETUP_NEW) {
        pending->channel = 0;
        return;
    }
    if (pending->answered == PARTIES_ASKED) {
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

struct closed {
    const char *name;
    uint64_t number; /* of the closed channel that has it; 0: none */
};

static prom_result note_closed(void *context, const prom_store_channel *record, prom_error *error)
{
    struct closed *closed = context;
    (void)error;
    if (record->closed && strcmp(record->name, closed->name) == 0) {
        closed->number = record->number;
    }
    return prom_ok();
}

/* The channel of that name, where it was made before and has come no further. */
static prom_result find_or_add(prom_node *node, prom_node_channel **channel, const prom_node_proposal *proposal,
                               prom_error *error)
{
    prom_facts facts = {.role = PROM_ROLE_CLIENT, .batch_count = 1};
    for (size_t i = 0; i < node->channel_count; i++) {
        if (strcmp(node->channels[i]->record.name, proposal->name) == 0) {
            *channel = node->channels[i];
            return prom_ok();
        }
    }
    PROM_TRY(prom_node_check_ready(node, error));
    PROM_TRY(prom_node_check_limits(node, PROM_ROLE_CLIENT, error));
    PROM_TRY(fund(node, &facts.own, proposal->what.proposal, PROM_PARTY_C, error));
    return prom_node_add_channel(node, channel, proposal->name, &facts, proposal->what.proposal, error);
}

/* What is said beside in roles.c. */
static prom_result check_parties(const prom_node *node, const prom_propose_event *what, prom_error *error)
{
    const prom_bytes32 *worker = &what->peers[PROM_PARTY_W];
    if (!prom_node_has_role(node, PROM_ROLE_CLIENT)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "this node is no client: its owner has not switched that role on");
    }
    if (prom_bytes32_equal(worker, &node->key.public_key)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a client is not its own worker: name the node of another");
    }
    return prom_bytes32_equal(worker, &what->peers[PROM_PARTY_V])
               ? prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "worker and verifier are at one node, which would judge itself: name two")
               : prom_ok();
}

prom_result prom_node_propose(prom_node *node, const prom_node_proposal *proposal, uint64_t *number, prom_error *error)
{
    prom_pending *pending = &node->pending;
    prom_node_channel *channel = NULL;
    struct closed closed = {proposal->name, 0};
    if (pending->channel != 0) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "another contract is being begun");
    }
    PROM_TRY(prom_store_channel_each(node->store, note_closed, &closed, error));
    if (closed.number != 0) {
        *number = closed.number;
        return prom_ok(); /* it has begun before a restart, and is over */
    }
    PROM_TRY(check_parties(node, &proposal->what, error));
    PROM_TRY(find_or_add(node, &channel, proposal, error));
    *number = channel->record.number;
    if (channel->channel->facts.setup.phase != PROM_SETUP_NEW) {
        return prom_ok(); /* it has begun before a restart */
    }
    *pending = (prom_pending){.channel = *number, .what = proposal->what, .terms = *proposal->what.proposal};
    (void)snprintf(pending->program, sizeof pending->program, "%s", proposal->program);
    (void)snprintf(pending->input, sizeof pending->input, "%s", proposal->input);
    return prom_terms_write_base(&node->arena, &pending->base, &pending->terms, error);
}
