#include "node/owner.h"

#include <stdio.h>
#include <string.h>

#include "node/state.h"

void prom_node_set_policy(prom_node *node, const prom_channel_config *policy,
                          const prom_node_policy policies[PROM_ROLES], uint32_t channels_max, uint64_t disk_max)
{
    prom_channel_config next = *policy;
    next.genesis = node->config.genesis;
    next.signet_challenge = node->config.signet_challenge;
    next.address = node->config.address;
    next.announcement = node->config.announcement;
    node->config = next;
    memcpy(node->policies, policies, sizeof node->policies);
    node->disk_max = disk_max;
    node->channels_max = channels_max == 0 ? PROM_NODE_CHANNELS_MAX : channels_max;
}

const char *prom_roles_text(char text[PROM_ROLES_TEXT], unsigned roles)
{
    size_t length = 0;
    text[0] = '\0';
    for (prom_role role = PROM_ROLE_CLIENT; role < PROM_ROLES; role++) {
        if ((roles & PROM_ROLE_BIT(role)) != 0) {
            length += (size_t)snprintf(text + length, PROM_ROLES_TEXT - length, "%s%s", length > 0 ? " " : "",
                                       prom_role_name(role));
        }
    }
    return text;
}

bool prom_node_may_begin(const prom_node *node, prom_error *why)
{
    const bool ready = prom_is_ok(prom_node_check_ready(node, why));
    if (node->disk_short) {
        (void)snprintf(why->sentence, sizeof why->sentence, "the disk takes no more: make room");
    } else if (ready && node->backup_fails) {
        (void)snprintf(why->sentence, sizeof why->sentence,
                       "the node begins no contract before the backup can be written to the file that `backup` in "
                       "prom.conf names");
    }
    return ready && !node->disk_short && !node->backup_fails;
}

void prom_node_tell(const prom_node *node, prom_node_told *told)
{
    *told = (prom_node_told){
        .key = node->key.public_key,
        .network = node->network,
        .roles = node->roles,
        .tip = node->best_tip,
        .own_tip = node->own_tip,
        .chain_foreign = node->health.trouble == PROM_CHAIN_FOREIGN,
        .chain = node->health.told,
        .disk_short = node->disk_short,
        .disk_max = node->disk_max,
        .disk_free = node->disk_free,
        .body_bytes = node->body_bytes,
        .channels = node->channel_count,
        .channels_max = node->channels_max,
        .links = prom_net_link_count(node->net),
        .link_bytes = prom_net_memory(node->net),
        .traffic = prom_net_traffic_of_all(node->net),
    };
    for (prom_role role = PROM_ROLE_CLIENT; role < PROM_ROLES; role++) {
        prom_node_room_of(node, role, &told->room[role]);
    }
    told->ready = prom_node_may_begin(node, &told->waiting);
}

bool prom_node_contract_id(prom_node *node, prom_bytes32 *id, uint64_t channel)
{
    const prom_node_channel *found = prom_node_channel_of(node, channel);
    if (found == NULL || found->channel == NULL || found->channel->tree == NULL) {
        return false;
    }
    *id = found->channel->tree->contract_id;
    return true;
}

void prom_node_peer_each(const prom_node *node, void (*visit)(void *context, const prom_node_peer *peer), void *context)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_node_channel *channel = node->channels[i];
        for (size_t j = 0; j < channel->peer_count && channel->channel != NULL; j++) {
            const prom_correspondent *it = &channel->peers[j];
            const prom_bytes32 *its = it->link == 0 ? NULL : prom_net_node_of(node->net, it->link);
            const prom_node_peer peer = {
                .channel = channel->record.number,
                .key = it->key,
                .address = prom_channel_address_of(channel->channel, &it->key),
                .linked = it->link != 0,
                .traffic = its == NULL ? (prom_net_traffic){0} : prom_net_traffic_with(node->net, its),
            };
            visit(context, &peer);
        }
    }
}
