/* What guests are told, and what they are asked. */
#include "node/guest.h"

#include "node/beginning.h"
#include "node/room.h"
#include "system/random.h"

prom_result prom_node_add_guest(prom_node *node, const prom_node_guest *guest, prom_error *error)
{
    if (node->guest_count == PROM_NODE_GUESTS_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a node has %u guests at most", PROM_NODE_GUESTS_MAX);
    }
    node->guests[node->guest_count++] = *guest;
    prom_net_add_features(node->net, guest->features);
    return prom_ok();
}

prom_net *prom_node_net(prom_node *node)
{
    return node->net;
}

const prom_curve *prom_node_curve(const prom_node *node)
{
    return node->curve;
}

const prom_bytes32 *prom_node_key(const prom_node *node)
{
    return &node->key.public_key;
}

unsigned prom_node_roles(const prom_node *node)
{
    return node->roles;
}

const prom_runner *prom_node_runner(const prom_node *node)
{
    return node->runner;
}

const prom_channel_config *prom_node_config(const prom_node *node)
{
    return &node->config;
}

prom_result prom_node_sign_as_itself(const prom_node *node, prom_signature *signature, const prom_bytes32 *hash,
                                     prom_error *error)
{
    const prom_bytes32 auxiliary = prom_random_bytes32();
    return prom_sign(node->curve, signature, hash, &node->key, &auxiliary, error);
}

/* -- The judge -- */

void prom_node_set_judge(prom_node *node, const prom_node_judge *judge)
{
    node->judge = *judge;
}

bool prom_node_is_judged(const prom_node *node, prom_role role)
{
    return node->judge.job != NULL && (role == PROM_ROLE_WORKER || role == PROM_ROLE_VERIFIER);
}

prom_result prom_node_judge_begin(prom_node *node, uint64_t link, prom_role role, const prom_terms *terms,
                                  prom_quote_reason *why, prom_error *error)
{
    const prom_bytes32 *peer = prom_net_node_of(node->net, link);
    const prom_node_asked asked = {
        .role = role, .peer = peer, .terms = terms, .work_ahead = prom_node_work_ahead(node, NULL)};
    return node->judge.begin == NULL || peer == NULL ? prom_ok()
                                                     : node->judge.begin(node->judge.context, &asked, why, error);
}

prom_result prom_node_judge_job(prom_node *node, const prom_node_channel *channel, const prom_work *work,
                                prom_error *error)
{
    const prom_facts *facts = &channel->channel->facts;
    const prom_bytes32 *client = &facts->nodes[PROM_PARTY_C].key;
    const prom_node_asked asked = {.role = facts->role,
                                   .peer = client,
                                   .terms = &channel->channel->terms,
                                   .own = prom_bytes32_equal(client, &node->key.public_key),
                                   .work_ahead = prom_node_work_ahead(node, channel)};
    PROM_TRY(prom_node_check_taken(node, channel, error));
    return node->judge.job(node->judge.context, &asked, work, error);
}

/* -- What guests are told -- */

void prom_node_guests_up(prom_node *node, uint64_t link, const prom_hello *hello)
{
    for (size_t i = 0; i < node->guest_count; i++) {
        if (node->guests[i].up != NULL) {
            node->guests[i].up(node->guests[i].context, link, hello);
        }
    }
}

void prom_node_guests_down(prom_node *node, uint64_t link)
{
    for (size_t i = 0; i < node->guest_count; i++) {
        if (node->guests[i].down != NULL) {
            node->guests[i].down(node->guests[i].context, link);
        }
    }
}

void prom_node_guests_unreached(prom_node *node, const prom_address *address, const prom_bytes32 *key)
{
    for (size_t i = 0; i < node->guest_count; i++) {
        if (node->guests[i].unreached != NULL) {
            node->guests[i].unreached(node->guests[i].context, address, key);
        }
    }
}

void prom_node_guests_take(void *context, uint64_t link, const prom_packet *packet)
{
    const prom_node *node = context;
    for (size_t i = 0; i < node->guest_count; i++) {
        if (node->guests[i].packet != NULL) {
            node->guests[i].packet(node->guests[i].context, link, packet);
        }
    }
}

void prom_node_guests_turn(prom_node *node)
{
    for (size_t i = 0; i < node->guest_count; i++) {
        if (node->guests[i].turn != NULL) {
            node->guests[i].turn(node->guests[i].context);
        }
    }
}
