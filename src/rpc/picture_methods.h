/* The method that draws a contract. */
#ifndef RPC_PICTURE_METHODS_H
#define RPC_PICTURE_METHODS_H

#include "rpc/method.h"

extern const prom_rpc_field prom_rpc_channel_picture_result[];
/* Draws the tree of a channel's contract with the way that was taken. PROM_CATEGORY_BAD_INPUT when there is no such
 * channel, or its terms are not full. */
PROM_MUST_USE prom_result prom_rpc_channel_picture(prom_rpc_host *host, json_t **result, const json_t *params,
                                                   prom_error *error);

#endif
