/* Addresses that others pay us to: the first key that was never given nor paid to. */
#include "prometheus/bitcoin/address.h"
#include "node/beginning.h"
#include "node/money.h"
#include "prometheus/bitcoin/script.h"

prom_result prom_node_check_read(const prom_node *node, prom_error *error)
{
    const uint32_t left = node->behind != NULL ? node->reader.left : node->follower.left;
    if (node->best_tip == 0 && !prom_node_is_ready(node)) { /* a chain that has just begun has its block 0 alone */
        const char *told = node->health.told.sentence;
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the node does not know yet what its wallet has: it has read no block of the chain%s%s",
                         told[0] != '\0' ? "; " : "", told);
    }
    return node->caught_up && node->behind == NULL && left == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "the node does not know yet what its wallet has: %u blocks of the chain are left to be read",
                           (unsigned)left);
}

static prom_result write_given(prom_node *node, void *context, prom_error *error)
{
    return prom_store_used_raise(node->store, context, error);
}

prom_result prom_node_new_address(prom_node *node, char address[PROM_ADDRESS_TEXT], prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    prom_span script;
    address[0] = '\0';
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    PROM_TRY(prom_node_check_read(node, error));
    const uint32_t number = node->used.addresses;
    const uint32_t unpaid = number - prom_coins_seen(node->fold->coins).addresses;
    prom_coins_used given = {.addresses = number + 1};
    if (unpaid >= PROM_NODE_ADDRESSES_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%u addresses were given that nobody has paid to: take one of those, as a wallet that is made "
                         "anew of the words looks no further",
                         PROM_NODE_ADDRESSES_MAX);
    }
    PROM_TRY(prom_fold_watch(node, given, error));
    node->used.addresses = number; /* until the disk has it */
    PROM_TRY(prom_node_transact(node, write_given, &given, error));
    node->used.addresses = given.addresses;
    prom_node_backup_due(node);
    PROM_TRY(prom_wallet_coin_key(&node->wallet, &key, number, error));
    PROM_TRY(prom_script_p2tr(&arena, &script, &key.public_key, error));
    return prom_script_address(address, script, node->network->address_prefix, error);
}
