/* Several roles in one node: which of them it has, in which contracts it may have two, and what its owner wants of
 * each. A contract is known by its client's key for own words. Two parts of one contract in one hand would be two
 * votes, two seats, or a worker that judges itself: what others have agreed to is that these are different people. A
 * client that is its own verifier is the one exception: it is the client who pays for a wrong verdict. */
#include "node/beginning.h"
#include "system/memory.h"

bool prom_node_has_role(const prom_node *node, prom_role role)
{
    return (node->roles & PROM_ROLE_BIT(role)) != 0;
}

/* -- Two parts in one contract -- */

const prom_node_channel *prom_node_sibling(const prom_node *node, const prom_bytes32 *client,
                                           const prom_node_channel *own, unsigned roles)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_node_channel *other = node->channels[i];
        if (other != own && other->channel != NULL && (roles & PROM_ROLE_BIT(other->channel->facts.role)) != 0 &&
            prom_bytes32_equal(&other->channel->facts.client, client)) {
            return other;
        }
    }
    return NULL;
}

prom_result prom_node_check_part(const prom_node *node, const prom_bytes32 *client, prom_role role, prom_error *error)
{
    const unsigned beside = role == PROM_ROLE_VERIFIER ? PROM_ROLE_BIT(PROM_ROLE_CLIENT) : 0;
    const prom_node_channel *other = prom_node_sibling(node, client, NULL, PROM_ROLES_ALL & ~beside);
    return other == NULL
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_PEER, "this node is the %s of that contract, and no %s of it besides",
                           prom_role_name(other->channel->facts.role), prom_role_name(role));
}

/* -- Limits -- */

size_t prom_node_count_in(const prom_node *node, prom_role role)
{
    size_t count = 0;
    for (size_t i = 0; i < node->channel_count; i++) {
        count += !node->channels[i]->kept && node->channels[i]->record.role == (uint8_t)role;
    }
    return count;
}

size_t prom_node_count_open(const prom_node *node)
{
    size_t count = 0;
    for (prom_role role = PROM_ROLE_CLIENT; role < PROM_ROLES; role++) {
        count += prom_node_count_in(node, role);
    }
    return count;
}

prom_result prom_node_check_counts(const prom_node *node, prom_role role, prom_error *error)
{
    const uint32_t own_max = node->policies[role].channels_max;
    const size_t own = prom_node_count_in(node, role);
    const size_t open = prom_node_count_open(node);
    if (open >= node->channels_max) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "this node has %zu channels, and its owner's limit is %u: no contract is begun before one of "
                         "them is over",
                         open, (unsigned)node->channels_max);
    }
    return own_max == 0 || own < own_max
               ? prom_ok()
               : prom_fail(
                     error, PROM_CATEGORY_BAD_INPUT,
                     "this node has %zu channels as a %s, and its owner's limit for these is %u: no such contract "
                     "is begun before one of them is over",
                     own, prom_role_name(role), (unsigned)own_max);
}

/* What is at stake in one that cannot be read, and with whom, is not known: nothing is added to it. */
static prom_result check_read(const prom_node *node, prom_role role, prom_error *error)
{
    for (size_t i = 0; i < node->channel_count && (PROM_ROLES_PAID & PROM_ROLE_BIT(role)) != 0; i++) {
        const prom_node_channel *channel = node->channels[i];
        if (channel->channel == NULL && (PROM_ROLES_PAID & PROM_ROLE_BIT(channel->record.role)) != 0) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "the contract \"%s\" cannot be read, so it is not known what is staked with whom, and no "
                             "contract is begun as a %s: restore the backup",
                             channel->record.name, prom_role_name(role));
        }
    }
    return prom_ok();
}

/* As its proposal is refused for (setup/propose.c, setup/accept.c): nobody is asked, or told a price, in vain. */
static prom_result check_draws(const prom_node *node, prom_role role, prom_error *error)
{
    const size_t aborted = prom_draw_count_aborted(node->aborted, node->aborted_count, node->own_tip);
    return role == PROM_ROLE_ARBITER || aborted <= node->config.aborted_max
               ? prom_ok()
               : prom_fail(
                     error, PROM_CATEGORY_BAD_INPUT,
                     "%zu setups were given up after their draw within %u blocks, and no contract is begun: wait, "
                     "or raise aborted_max, which is %zu",
                     aborted, (unsigned)PROM_DRAW_MEMORY, node->config.aborted_max);
}

prom_result prom_node_check_means(const prom_node *node, prom_role role, prom_error *error)
{
    const uint64_t left = prom_memory_available();
    const uint64_t needed = node->memory_spare + node->channel_count * PROM_NODE_MEMORY_OF_CHANNEL;
    PROM_TRY(check_read(node, role, error));
    PROM_TRY(check_draws(node, role, error));
    return left >= needed
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "%llu MiB of memory are left, and defending %zu channels may take %llu: no "
                           "contract is begun; stop something else, or add memory",
                           (unsigned long long)(left >> 20), node->channel_count, (unsigned long long)(needed >> 20));
}

prom_result prom_node_check_limits(const prom_node *node, prom_role role, prom_error *error)
{
    PROM_TRY(prom_node_check_counts(node, role, error));
    return prom_node_check_means(node, role, error);
}

/* -- What the owner wants -- */

/* A client that is its own verifier pays itself. */
static prom_amount reward_min(const prom_node *node, const prom_newcomer *newcomer)
{
    const prom_amount of_role = node->policies[newcomer->role].reward_min;
    const prom_amount of_all = node->config.reward_min;
    const bool own = newcomer->role == PROM_ROLE_VERIFIER && newcomer->client != NULL &&
                     prom_node_sibling(node, newcomer->client, NULL, PROM_ROLE_BIT(PROM_ROLE_CLIENT)) != NULL;
    return own ? prom_amount_zero() : prom_amount_above(of_role, of_all) ? of_role : of_all;
}

prom_result prom_node_config_for(const prom_node *node, const prom_newcomer *newcomer, prom_arena *arena,
                                 const prom_channel_config **config, prom_error *error)
{
    prom_channel_config *its = NULL;
    PROM_TRY_NEW(its, arena, 1, error);
    *its = node->config;
    its->reward_min = reward_min(node, newcomer);
    if (prom_node_is_judged(node, newcomer->role)) { /* once the program is here: it tells the time by that */
        its->time.compute_seconds = its->time.verify_seconds = 0;
    }
    its->announcement =
        newcomer->offer != NULL ? *newcomer->offer : (prom_announcement){.retainer = prom_amount_zero()};
    *config = its;
    return prom_ok();
}
