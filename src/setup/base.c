/* What C, W and V need for base terms: the checks before they are signed, and the three signatures. A setup exists for
 * a party only if it held all three before it knew block g: docs/protocol.md, section 4. */
#include <string.h>

#include "prometheus/contract/payout.h"
#include "prometheus/crypto/hash.h"
#include "prometheus/scheme/scheme.h"
#include "setup/parts.h"
#include "setup/setup.h"

enum { ALL_SIGNED = (1 << PROM_PARTIES) - 1 };

prom_result prom_setup_keep_base(struct step *step, prom_kept_kind kind, const prom_terms *terms)
{
    prom_span bytes;
    PROM_TRY(prom_terms_write_base(step->arena, &bytes, terms, step->error));
    PROM_TRY(prom_keep(step, kind, bytes));
    return prom_terms_read_base(&step->channel->terms, step->facts->kept[kind], step->error);
}

prom_result prom_setup_id(struct step *step, prom_bytes32 *id)
{
    return prom_terms_setup_id(step->arena, id, &step->channel->terms, step->error);
}

prom_party_terms prom_setup_own_part(const prom_own *own)
{
    prom_party_terms part = {.key = own->words,
                             .joint_key = own->joint,
                             .seal_key = own->seal,
                             .payout = own->payout,
                             .change = own->change,
                             .coin_count = own->coin_count};
    memcpy(part.coins, own->coins, sizeof part.coins);
    return part;
}

prom_node_word prom_setup_own_node(const prom_own *own)
{
    return (prom_node_word){own->node_key, own->node_signature};
}

bool prom_node_word_valid(const struct step *step, const prom_node_word *word, const prom_bytes32 *words_key)
{
    prom_bytes32 hash;
    prom_tagged_hash(&hash, "prometheus/node", prom_span_of32(words_key));
    return prom_signature_valid(step->channel->curve, &word->signature, prom_span_of32(&hash), &word->key);
}

prom_terms_view prom_setup_terms_view(const struct step *step, const prom_terms *terms, prom_bytes32 *snapshot)
{
    const prom_index_record *P = prom_index_find(step->view->index, PROM_INDEX_P, &terms->p_txid);
    const bool found = prom_index_block_hash(step->view->index, snapshot, terms->snapshot_height);
    return (prom_terms_view){.tip = step->view->own_tip,
                             .p_height = P == NULL ? UINT32_MAX : P->height,
                             .snapshot = found ? snapshot : NULL};
}

static prom_result same_parameters(struct step *step, bool *same, const prom_parameters *a, const prom_parameters *b)
{
    prom_writer ours = prom_writer_in(step->arena);
    prom_writer theirs = prom_writer_in(step->arena);
    prom_span first;
    prom_span second;
    prom_parameters_write(&ours, a);
    prom_parameters_write(&theirs, b);
    PROM_TRY(prom_writer_finish(&ours, &first, step->error));
    PROM_TRY(prom_writer_finish(&theirs, &second, step->error));
    *same = prom_span_equal(first, second);
    return prom_ok();
}

/* The P of the terms is the one that our chain has under its txid, to the byte: a client could put its own in. */
static prom_result check_parameters(struct step *step, const prom_terms *terms)
{
    const prom_index_record *P = prom_index_find(step->view->index, PROM_INDEX_P, &terms->p_txid);
    bool same = false;
    if (P == NULL) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "the P of the terms is not on our chain");
    }
    PROM_TRY(same_parameters(step, &same, &P->P, &terms->P));
    return same ? prom_ok()
                : prom_fail(step->error, PROM_CATEGORY_PEER, "the terms hold another P than the one on our chain");
}

prom_result prom_setup_check_owner(struct step *step, const prom_terms *terms)
{
    const prom_channel_config *config = step->view->config;
    const prom_stakes stakes = {&terms->P, terms->c, terms->retainer};
    if (!prom_bytes32_equal(&terms->genesis, &config->genesis) ||
        !prom_span_equal(terms->signet_challenge, config->signet_challenge) || prom_terms_network(terms) == NULL) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "the terms are for another chain than ours");
    }
    if (prom_scheme_by_number(terms->job.scheme) == NULL) {
        return prom_fail(step->error, PROM_CATEGORY_PEER,
                         "the terms name the proof scheme number %u, which this program does not have",
                         terms->job.scheme);
    }
    if (terms->job.scheme == PROM_SCHEME_REPLAY_MODULE && !config->limits.modules) {
        return prom_fail(step->error, PROM_CATEGORY_PEER,
                         "the terms' program is a module, and nothing here runs modules");
    }
    PROM_TRY(check_parameters(step, terms));
    PROM_TRY(prom_parameters_check(step->channel->curve, &terms->P, prom_terms_network(terms), step->error));
    PROM_TRY(prom_stakes_check(&stakes, step->error));
    return prom_terms_check_limits(step->channel->curve, terms, &config->limits, step->error);
}

prom_result prom_setup_check_pool(struct step *step, const prom_terms *terms)
{
    const prom_index_record *const *counted = NULL;
    const prom_offer_query query = {&terms->p_txid, terms->snapshot_height, terms->earlier.length > 0};
    size_t count = 0;
    PROM_TRY(prom_index_counted(step->view->index, step->arena, &counted, &count, &query, step->error));
    if (count < terms->P.n) {
        return prom_fail(step->error, PROM_CATEGORY_BAD_INPUT,
                         "%zu offers count for this P at the snapshot, and %u arbiters are wanted", count, terms->P.n);
    }
    return step->view->config->any_pool ? prom_ok() : prom_pool_check(&terms->P, count, step->error);
}

prom_result prom_setup_partner(const prom_channel *channel, prom_arena *arena, prom_draw_partner *partner,
                               const prom_terms *terms, size_t place, prom_error *error)
{
    const prom_party_terms *part = &terms->parties[place];
    prom_outpoint *coins = NULL;
    PROM_TRY_NEW(coins, arena, part->coin_count, error);
    for (size_t i = 0; i < part->coin_count; i++) {
        coins[i] = part->coins[i].outpoint;
    }
    *partner = (prom_draw_partner){
        .node_key = channel->facts.nodes[place].key, .coins = coins, .coin_count = part->coin_count};
    return prom_ok();
}

prom_result prom_setup_partners(const prom_channel *channel, prom_arena *arena,
                                prom_draw_partner partners[PROM_DRAW_PARTNERS], const prom_terms *terms,
                                prom_error *error)
{
    size_t count = 0;
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        if (i != channel->place && count < PROM_DRAW_PARTNERS) {
            PROM_TRY(prom_setup_partner(channel, arena, &partners[count++], terms, i, error));
        }
    }
    return prom_ok();
}

prom_result prom_setup_known_draw(struct step *step, prom_known_draw *known, const prom_terms *terms)
{
    prom_draw_partner partners[PROM_DRAW_PARTNERS] = {0};
    PROM_TRY(prom_setup_partners(step->channel, step->arena, partners, terms, step->error));
    *known = prom_draw_binding(step->view->aborted, step->view->aborted_count, partners, step->view->own_tip);
    return prom_ok();
}

/* The nodes of the two others; zero for one that is our own. */
static void nodes_of_others(const prom_facts *facts, size_t place, prom_bytes32 nodes[PROM_PARTIES - 1])
{
    size_t count = 0;
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        if (i != place && count < PROM_PARTIES - 1) {
            const bool own = prom_bytes32_equal(&facts->nodes[i].key, &facts->own.node_key);
            nodes[count++] = own ? (prom_bytes32){{0}} : facts->nodes[i].key;
        }
    }
}

/* The same terms are no second ones: where C is its own V, its node has both channels. What an arbiter of ours takes
 * part in is signed by others. */
static prom_result check_apart(struct step *step, const prom_terms *terms)
{
    static const prom_outpoint none;
    prom_signed_setup next = {.terms = terms};
    prom_bytes32 id;
    nodes_of_others(step->facts, step->channel->place, next.node_keys);
    PROM_TRY(prom_terms_setup_id(step->arena, &id, terms, step->error));
    for (size_t i = 0; i < step->view->setup_count; i++) {
        const prom_signed_setup *other = &step->view->setups[i];
        prom_bytes32 its;
        PROM_TRY(prom_terms_setup_id(step->arena, &its, other->terms, step->error));
        if (prom_outpoint_equal(&other->offer, &none) && !prom_bytes32_equal(&its, &id)) {
            PROM_TRY(prom_setup_check_apart(other, 1, &next, step->view->own_tip, step->error));
        }
    }
    return prom_ok();
}

prom_result prom_setup_check_signing(struct step *step, const prom_terms *terms)
{
    const prom_channel_view *view = step->view;
    prom_known_draw known;
    prom_bytes32 snapshot;
    const prom_terms_view now = prom_setup_terms_view(step, terms, &snapshot);
    PROM_TRY(prom_terms_check_base(step->channel->curve, terms, step->error));
    PROM_TRY(prom_setup_check_owner(step, terms));
    PROM_TRY(prom_terms_check_fresh(terms, view->seen, view->seen_count, step->error));
    PROM_TRY(prom_terms_check_now(terms, &now, step->error));
    PROM_TRY(prom_setup_check_pool(step, terms));
    PROM_TRY(check_apart(step, terms));
    PROM_TRY(prom_setup_known_draw(step, &known, terms));
    return prom_draw_check_earlier(step->arena, terms, &known, step->error);
}

/* -- The three signatures -- */

static void add_signature(prom_setup_session *setup, size_t place, const prom_signature *signature)
{
    setup->base_signatures.by[place] = *signature;
    setup->base_signed |= (uint8_t)(1U << place);
}

prom_result prom_take_base_signature(struct step *step, const struct received *received, prom_reception *reception)
{
    const prom_signature *signature = &received->message->as.signature;
    prom_bytes32 id;
    PROM_TRY(prom_setup_id(step, &id));
    if (!prom_signature_valid(step->channel->curve, signature, prom_span_of32(&id), received->from)) {
        return prom_refuse(step, reception, "the %s has signed other base terms than ours",
                           prom_party_name((prom_party)received->place));
    }
    add_signature(&step->facts->setup, received->place, signature);
    return prom_ok();
}

static prom_result send_base_terms(struct step *step)
{
    const prom_facts *facts = step->facts;
    prom_message message = {.kind = PROM_MESSAGE_BASE_TERMS,
                            .as.base_terms = {.terms = facts->kept[PROM_KEPT_BASE],
                                              .signature = facts->setup.base_signatures.by[PROM_PARTY_C]}};
    memcpy(message.as.base_terms.addresses, facts->addresses, sizeof message.as.base_terms.addresses);
    memcpy(message.as.base_terms.nodes, facts->nodes, sizeof message.as.base_terms.nodes);
    return prom_send_places(step, ALL_SIGNED, &message);
}

prom_result prom_base_signed(struct step *step, const prom_event *event)
{
    prom_setup_session *setup = &step->facts->setup;
    const size_t place = step->channel->place;
    prom_bytes32 id;
    if (setup->phase != PROM_SETUP_BASE || (setup->base_signed >> place & 1) != 0) {
        return prom_ok();
    }
    PROM_TRY(prom_setup_id(step, &id));
    if (!prom_bytes32_equal(&id, &event->as.signed_.hash)) {
        return prom_ok();
    }
    add_signature(setup, place, &event->as.signed_.signature);
    if (place == PROM_PARTY_C) {
        return send_base_terms(step);
    }
    const prom_message message = {.kind = PROM_MESSAGE_BASE_SIGNATURE, .as.signature = event->as.signed_.signature};
    return prom_send_places(step, ALL_SIGNED, &message);
}

static prom_result keep_signed(struct step *step)
{
    prom_span bytes;
    PROM_TRY(prom_terms_write_signed(step->arena, &bytes, &step->channel->terms, &step->facts->setup.base_signatures,
                                     step->error));
    return prom_keep(step, PROM_KEPT_SIGNED_BASE, bytes);
}

prom_result prom_setup_hold(struct step *step, bool *changed)
{
    prom_setup_session *setup = &step->facts->setup;
    if (!prom_setup_exists(&step->channel->terms, step->view->own_tip)) {
        *changed = true;
        return prom_setup_end(step, "not everybody had signed the base terms when the height of the draw's block came: "
                                    "they are void");
    }
    if (setup->base_signed == ALL_SIGNED) {
        *changed = true;
        setup->held_tip = step->view->own_tip;
        setup->phase = PROM_SETUP_HELD;
        return keep_signed(step);
    }
    return prom_ok();
}

bool prom_channel_signed_setup(const prom_channel *channel, prom_signed_setup *setup)
{
    const prom_facts *facts = &channel->facts;
    const bool arbiter = facts->role == PROM_ROLE_ARBITER;
    *setup = (prom_signed_setup){.terms = &channel->terms,
                                 .ended = facts->setup.phase == PROM_SETUP_OVER || facts->tx0.there};
    if (facts->kept[PROM_KEPT_BASE].length == 0) {
        return false;
    }
    if (arbiter) {
        setup->looks_up = prom_setup_looks_up(channel);
        setup->offer = facts->own.coins[0].outpoint;
    } else {
        nodes_of_others(facts, channel->place, setup->node_keys);
    }
    return true;
}
