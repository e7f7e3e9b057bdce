#include "rpc/picture_methods.h"

#include <stdlib.h>

#include "node/look.h"
#include "outlook/svg.h"

struct drawing {
    const prom_curve *curve;
    json_t *result;
};

static void add_taken(prom_contract_taken *list, size_t *count, const prom_spend *spend)
{
    if (spend->there) {
        list[(*count)++] = (prom_contract_taken){spend->txid, spend->height};
    }
}

static prom_result draw(FILE *to, const prom_channel *channel, const prom_curve *curve, prom_error *error)
{
    prom_contract_taken list[PROM_TREE_OUTPUTS + 1];
    prom_contract_way way = {list, 0};
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_contract_outlook *outlook = NULL;
    add_taken(list, &way.count, &channel->facts.tx0);
    for (size_t i = 0; i < PROM_TREE_OUTPUTS; i++) {
        add_taken(list, &way.count, &channel->facts.batches[0].money.spent[i]);
    }
    prom_arena_init(&arena, sizeof *outlook + 64);
    PROM_TRY_NEW(outlook, &arena, 1, error);
    prom_contract_outlook_make(outlook, curve, &channel->terms, channel->tree);
    return prom_contract_svg_write(to, outlook, &way, error);
}

static prom_result take_picture(void *context, const prom_channel *channel, prom_error *error)
{
    struct drawing *drawing = context;
    char *svg = NULL;
    size_t length = 0;
    if (channel == NULL || channel->tree == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         channel == NULL ? "the parts of this channel were dropped, as those of an ended one are"
                                         : "this contract has no tree yet: its terms are not full");
    }
    FILE *to = open_memstream(&svg, &length);
    const prom_result drawn =
        to == NULL ? prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory") : draw(to, channel, drawing->curve, error);
    const bool whole = to != NULL && fclose(to) == 0;
    if (prom_is_ok(drawn) && whole) {
        drawing->result = json_pack("{s:s%}", "svg", svg, length);
    }
    free(svg);
    return drawn;
}

prom_result prom_rpc_channel_picture(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_SCOPED(prom_look_close) prom_look *look = NULL;
    prom_store_channel record;
    PROM_TRY(prom_look_at(&look, host->node, error));
    PROM_TRY(prom_look_find(look, &record, json_string_value(json_object_get(params, "id")), error));
    struct drawing drawing = {.curve = prom_look_curve(look)};
    PROM_TRY(prom_look_with(look, &record, take_picture, &drawing, error));
    *result = drawing.result;
    return prom_ok();
}

const prom_rpc_field prom_rpc_channel_picture_result[] = {
    {"svg", "the picture, an SVG document: every transaction of the contract, with those in blocks marked"},
    {NULL, NULL},
};
