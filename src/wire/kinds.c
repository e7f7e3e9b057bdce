#include "wire/kinds.h"

#include <string.h>

#include "prometheus/channel/facts.h"
#include "wire/messages.pb-c.h"

/* Nonces, partials, signatures of Tx0, Tx0, a refusal's reason. */
static void walk_span(struct walk *walk, void *body, prom_message *message)
{
    PrometheusWire__Bytes *it = body;
    prom_walk_span(walk, &it->bytes, &message->as.bytes);
}

static void walk_signature(struct walk *walk, void *body, prom_message *message)
{
    PrometheusWire__Signature *it = body;
    prom_walk_signature(walk, &it->signature, &message->as.signature);
}

static void walk_proposal(struct walk *walk, void *body, prom_message *message)
{
    PrometheusWire__Proposal *it = body;
    prom_walk_span(walk, &it->terms, &message->as.proposal.terms);
    prom_walk_address(walk, &it->address, &message->as.proposal.address);
    prom_walk_node(walk, &it->node, &message->as.proposal.node);
}

static void walk_acceptance(struct walk *walk, void *body, prom_message *message)
{
    PrometheusWire__Acceptance *it = body;
    prom_acceptance_message *acceptance = &message->as.acceptance;
    prom_walk_party_terms(walk, &it->part, &acceptance->part);
    prom_walk_bytes32(walk, &it->h, &acceptance->h);
    prom_walk_bytes32(walk, &it->k_h, &acceptance->k_h);
    prom_walk_span(walk, &it->earlier, &acceptance->earlier);
    prom_walk_address(walk, &it->address, &acceptance->address);
    prom_walk_node(walk, &it->node, &acceptance->node);
}

static void walk_announcements(struct walk *walk, void *body, prom_message *message)
{
    PrometheusWire__Announcements *it = body;
    prom_walk_spans(walk, &it->n_announcements, &it->announcements, &message->as.announcements, PROM_CANDIDATES_MAX);
}

static void walk_digest(struct walk *walk, void *body, prom_message *message)
{
    PrometheusWire__Digest *it = body;
    prom_walk_bytes32(walk, &it->contract_id, &message->as.digest.contract_id);
    prom_walk_bytes32(walk, &it->digest, &message->as.digest.digest);
}

static void walk_statement(struct walk *walk, void *body, prom_message *message)
{
    PrometheusWire__Statement *it = body;
    prom_walk_attestation(walk, &it->statement, &message->as.statement);
}

static void walk_keygen(struct walk *walk, void *body, prom_message *message)
{
    PrometheusWire__Keygen *it = body;
    prom_walk_bytes32(walk, &it->seating, &message->as.keygen.seating);
    prom_walk_u8(walk, &it->step, &message->as.keygen.step);
    prom_walk_span(walk, &it->bytes, &message->as.keygen.bytes);
}

/* One of each party, no more and no fewer. */
static bool walk_parties(struct walk *walk, size_t *count, ProtobufCBinaryData **fields)
{
    const bool all = prom_walk_list(walk, count, fields, PROM_PARTIES, PROM_PARTIES) == PROM_PARTIES;
    prom_walk_must(walk, all);
    return all;
}

static void walk_addresses(struct walk *walk, size_t *count, ProtobufCBinaryData **fields, prom_address *addresses)
{
    const bool all = walk_parties(walk, count, fields);
    for (size_t i = 0; i < PROM_PARTIES && all; i++) {
        prom_walk_address(walk, &(*fields)[i], &addresses[i]);
    }
}

static void walk_nodes(struct walk *walk, size_t *count, ProtobufCBinaryData **fields, prom_node_word *nodes)
{
    const bool all = walk_parties(walk, count, fields);
    for (size_t i = 0; i < PROM_PARTIES && all; i++) {
        prom_walk_node(walk, &(*fields)[i], &nodes[i]);
    }
}

static void walk_base_terms(struct walk *walk, void *body, prom_message *message)
{
    PrometheusWire__BaseTerms *it = body;
    prom_base_terms_message *base = &message->as.base_terms;
    prom_walk_span(walk, &it->terms, &base->terms);
    prom_walk_signature(walk, &it->signature, &base->signature);
    walk_addresses(walk, &it->n_addresses, &it->addresses, base->addresses);
    walk_nodes(walk, &it->n_nodes, &it->nodes, base->nodes);
}

static void walk_invitation(struct walk *walk, void *body, prom_message *message)
{
    PrometheusWire__Invitation *it = body;
    prom_walk_span(walk, &it->signed_terms, &message->as.invitation.signed_terms);
    walk_addresses(walk, &it->n_addresses, &it->addresses, message->as.invitation.addresses);
}

static void walk_seat(struct walk *walk, void *body, prom_message *message)
{
    PrometheusWire__Seat *it = body;
    prom_seat *seat = &message->as.seat;
    if (walk->packs) {
        it->yes = seat->yes;
    } else {
        seat->yes = it->yes != 0;
    }
    prom_walk_announcement(walk, &it->announcement, &seat->announcement);
    prom_walk_arbiter_terms(walk, &it->terms, &seat->terms);
    prom_walk_bytes32(walk, &it->host_key, &seat->host_key);
    prom_walk_signature(walk, &it->signature, &seat->signature);
    prom_walk_signature(walk, &it->by_words, &seat->by[PROM_SEAT_WORDS]);
    prom_walk_signature(walk, &it->by_joint, &seat->by[PROM_SEAT_JOINT]);
    prom_walk_signature(walk, &it->by_host, &seat->by[PROM_SEAT_HOST]);
    prom_walk_signature(walk, &it->by_payout, &seat->by[PROM_SEAT_PAYOUT]);
}

static void walk_loss(struct walk *walk, void *body, prom_message *message)
{
    PrometheusWire__Loss *it = body;
    prom_loss *loss = &message->as.loss;
    uint8_t kind = (uint8_t)loss->kind;
    prom_walk_u8(walk, &it->kind, &kind);
    prom_walk_must(walk, kind >= PROM_LOSS_SILENT && kind <= PROM_LOSS_WORDS);
    loss->kind = (prom_loss_kind)kind;
    prom_walk_outpoint(walk, &it->offer, &loss->offer);
    prom_walk_bytes32(walk, &it->seating, &loss->seating);
    prom_walk_u8(walk, &it->place, &loss->place);
    prom_walk_signature(walk, &it->signature, &loss->signature);
    prom_walk_span(walk, &it->proof, &loss->proof);
}

static void walk_question(struct walk *walk, void *body, prom_message *message)
{
    (void)walk;
    (void)body;
    (void)message;
}

static void walk_key(struct walk *walk, void *body, prom_message *message)
{
    PrometheusWire__Key *it = body;
    prom_walk_bytes32(walk, &it->h_p, &message->as.h_p);
}

static void walk_echo(struct walk *walk, void *body, prom_message *message)
{
    PrometheusWire__Echo *it = body;
    prom_echo_message *echo = &message->as.echo;
    if (!walk->packs) {
        echo->of_key = it->h_p.len > 0;
        prom_walk_must(walk, !echo->of_key || it->statement.len == 0);
    }
    if (echo->of_key) {
        prom_walk_bytes32(walk, &it->h_p, &echo->h_p);
    } else {
        prom_walk_attestation(walk, &it->statement, &echo->statement);
    }
    echo->count = (uint8_t)prom_walk_list(walk, &it->n_echoes, &it->echoes, echo->count, PROM_ECHOES_MAX);
    for (size_t i = 0; i < echo->count; i++) {
        prom_walk_attestation(walk, &it->echoes[i], &echo->echoes[i]);
    }
}

static void walk_decision(struct walk *walk, void *body, prom_message *message)
{
    PrometheusWire__Decision *it = body;
    prom_decision_message *decision = &message->as.decision;
    prom_walk_u8(walk, &it->decision, &decision->decision);
    prom_walk_u32(walk, &it->deciders, &decision->deciders);
    prom_walk_u8(walk, &it->coordinator, &decision->coordinator);
    prom_walk_u32(walk, &it->session, &decision->session);
    prom_walk_u8(walk, &it->step, &decision->step);
    prom_walk_span(walk, &it->bytes, &decision->bytes);
}

static prom_walk_kind *const kinds[PROM_MESSAGE_KINDS] = {
    [PROM_MESSAGE_PROPOSAL] = walk_proposal,
    [PROM_MESSAGE_ACCEPTANCE] = walk_acceptance,
    [PROM_MESSAGE_ANNOUNCEMENTS] = walk_announcements,
    [PROM_MESSAGE_DIGEST] = walk_digest,
    [PROM_MESSAGE_NONCES] = walk_span,
    [PROM_MESSAGE_PARTIALS] = walk_span,
    [PROM_MESSAGE_TX0_SIGNATURES] = walk_span,
    [PROM_MESSAGE_STATEMENT] = walk_statement,
    [PROM_MESSAGE_VERDICT] = walk_signature,
    [PROM_MESSAGE_REFUSAL] = walk_span,
    [PROM_MESSAGE_KEYGEN] = walk_keygen,
    [PROM_MESSAGE_TX0] = walk_span,
    [PROM_MESSAGE_BASE_TERMS] = walk_base_terms,
    [PROM_MESSAGE_BASE_SIGNATURE] = walk_signature,
    [PROM_MESSAGE_INVITATION] = walk_invitation,
    [PROM_MESSAGE_SEAT] = walk_seat,
    [PROM_MESSAGE_LOSS] = walk_loss,
    [PROM_MESSAGE_QUESTION] = walk_question,
    [PROM_MESSAGE_KEY] = walk_key,
    [PROM_MESSAGE_ECHO] = walk_echo,
    [PROM_MESSAGE_DECISION] = walk_decision,
};

prom_walk_kind *prom_walk_of_kind(uint32_t kind)
{
    return kind < PROM_MESSAGE_KINDS ? kinds[kind] : NULL;
}
