#include "node/find_parameters.h"

#include "chain/chain.h"
#include "prometheus/contract/index.h"

enum { BLOCK_MEMORY = 1 << 28 };

prom_result prom_find_parameters(prom_rpc *rpc, const prom_curve *curve, const prom_chain_parameters *network,
                                 prom_parameters *P, const prom_published *published, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, BLOCK_MEMORY);
    prom_index_block block;
    prom_index *index = NULL;
    prom_bytes32 hash;
    prom_span bytes;
    char text[PROM_HEX32];
    *P = (prom_parameters){.n = 0};
    PROM_TRY(prom_chain_block_hash(rpc, &hash, published->height, error));
    PROM_TRY(prom_chain_block(rpc, &arena, &bytes, &hash, error));
    PROM_TRY(prom_index_block_read(&arena, &block, bytes, published->height, error));
    PROM_TRY(prom_index_new(&arena, &index, curve, network, published->height, error)); /* of this block alone */
    PROM_TRY(prom_index_connect(index, &block, error));
    const prom_index_record *found = prom_index_find(index, PROM_INDEX_P, &published->txid);
    if (found == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "block %u holds no transaction %s that publishes a valid P",
                         published->height, prom_hex32_reversed(text, &published->txid));
    }
    *P = found->P;
    return prom_ok();
}
