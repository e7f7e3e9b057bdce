#include "prom/node_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/tell.h"
#include "daemon/config.h"
#include "rpc/server.h"
#include "store/store.h"

prom_result prom_node_home(char path[PATH_MAX], const char *dir, prom_error *error)
{
    const char *home = getenv("HOME");
    char here[PATH_MAX] = "";
    int length = 0;
    if (dir == NULL && (home == NULL || home[0] != '/')) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "there is no home folder (HOME): give --dir");
    }
    if (dir == NULL) {
        length = snprintf(path, PATH_MAX, "%s/.prometheus", home);
    } else if (dir[0] == '/') {
        length = snprintf(path, PATH_MAX, "%s", dir);
    } else {
        length = getcwd(here, sizeof here) != NULL ? snprintf(path, PATH_MAX, "%s/%s", here, dir) : PATH_MAX;
    }
    return length < PATH_MAX - NAME_MAX
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the folder %.200s has too long a name",
                           dir != NULL ? dir : "HOME");
}

static bool has(const char *folder, const char *name)
{
    char path[PATH_MAX];
    return snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path && access(path, F_OK) == 0;
}

/* The network of a folder's prom.conf, or the default one. */
static prom_result network_of(char network[16], const char *home, prom_error *error)
{
    char path[PATH_MAX];
    prom_config config;
    (void)snprintf(path, sizeof path, "%.4000s/" PROM_CONFIG_FILE, home);
    PROM_TRY(prom_config_load(&config, path, NULL, error));
    (void)snprintf(network, sizeof config.network, "%s", config.network);
    return prom_ok();
}

prom_result prom_node_place_find(prom_node_place *place, const char *dir, const char *network, prom_error *error)
{
    char home[PATH_MAX];
    char named[sizeof((prom_config *)0)->network];
    PROM_TRY(prom_node_home(home, dir, error));
    if (network == NULL && has(home, PROM_STORE_FILE)) {
        (void)snprintf(place->folder, sizeof place->folder, "%s", home);
        return prom_ok();
    }
    if (network == NULL) {
        PROM_TRY(network_of(named, home, error));
        network = named;
        if (dir != NULL && !has(home, PROM_CONFIG_FILE) && !has(home, network)) {
            (void)snprintf(place->folder, sizeof place->folder, "%s", home); /* and what is wrong with it is said */
            return prom_ok();
        }
    }
    (void)snprintf(place->folder, sizeof place->folder, "%.4000s/%.64s", home, network);
    return prom_ok();
}

prom_result prom_node_connect(const prom_node_place *place, prom_rpc_client **client, prom_error *error)
{
    PROM_TRY(prom_rpc_client_open(client, place->folder, error));
    return *client != NULL ? prom_ok()
                           : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                       "no node runs in %.300s: start it by 'prom node', with the same --dir and "
                                       "--network, or name another folder by these",
                                       place->folder);
}

prom_result prom_node_call(const prom_node_place *place, json_t **result, const char *method, json_t *params,
                           prom_error *error)
{
    PROM_SCOPED(prom_rpc_client_close) prom_rpc_client *client = NULL;
    *result = NULL;
    const prom_result connected = prom_node_connect(place, &client, error);
    if (!prom_is_ok(connected)) {
        json_decref(params);
        return connected;
    }
    return prom_rpc_client_call(client, result, method, params, error);
}

prom_result prom_node_explain(const char *method, json_t *params, prom_error *error)
{
    char *text = prom_rpc_client_text(method, params);
    if (text == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory, or the parameters are not UTF-8");
    }
    (void)puts(text);
    free(text);
    return prom_ok();
}

prom_result prom_node_request_call(const prom_node_request *request, json_t **result, const char *method,
                                   json_t *params, prom_error *error)
{
    prom_node_place place;
    *result = NULL;
    if (request->explain) {
        return prom_node_explain(method, params, error);
    }
    const prom_result found = prom_node_place_find(&place, request->folder, request->network, error);
    if (!prom_is_ok(found)) {
        json_decref(params);
        return found;
    }
    return prom_node_call(&place, result, method, params, error);
}

const char *prom_node_told_sat(char text[PROM_UNITS], const json_t *object, const char *name)
{
    return prom_units_number(text, (uint64_t)json_integer_value(json_object_get(object, name)));
}

prom_result prom_node_read_sat(uint64_t *sat, uint64_t min, const char *text, prom_error *error)
{
    char least[PROM_UNITS];
    char most[PROM_UNITS];
    char *end = NULL;
    const unsigned long long wanted = strtoull(text, &end, 10);
    *sat = wanted;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && wanted >= min && wanted <= PROM_AMOUNT_MAX
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%.40s' is no amount: give a number of sat from %s to %s",
                           text, prom_units_number(least, min), prom_units_number(most, PROM_AMOUNT_MAX));
}

void prom_node_add_paying(json_t *params, const prom_node_paying *paying)
{
    if (paying->feerate != 0) {
        (void)json_object_set_new(params, "feerate", json_integer((json_int_t)paying->feerate * 1000));
    }
    if (paying->fee_max != 0) {
        (void)json_object_set_new(params, "fee_max", json_integer((json_int_t)paying->fee_max));
    }
    if (paying->dry) {
        (void)json_object_set_new(params, "dry_run", json_true());
    }
}

prom_result prom_node_tell_paid(bool json, bool dry, json_t *told, prom_error *error)
{
    const char *psbt = prom_told_text(told, "psbt");
    const char *what = json_is_true(json_object_get(told, "before")) ? "it was made before, with this reference:"
                       : dry                                         ? "it would be paid by"
                       : psbt[0] != '\0'                             ? "to be signed elsewhere:"
                                                                     : "it is on the disk, and is sent:";
    char amounts[3][PROM_UNITS];
    char locked[PROM_UNITS + 16] = "";
    if (prom_told_number(told, "locks") != 0) {
        (void)snprintf(locked, sizeof locked, ", locks %s sat", prom_node_told_sat(amounts[0], told, "locks"));
    }
    return prom_tell(json, json_incref(told), error, "%s %s, fee %s sat%s, change %s sat, %lld vB%s%s\n", what,
                     prom_told_text(told, "txid"), prom_node_told_sat(amounts[1], told, "fee"), locked,
                     prom_node_told_sat(amounts[2], told, "change"), prom_told_number(told, "vsize"),
                     psbt[0] != '\0' ? "\n" : "", psbt);
}
