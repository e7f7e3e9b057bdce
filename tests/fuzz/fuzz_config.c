/* Any bytes as prom.conf: refused with a sentence, or settings that are what the table allows. */
#include "fuzz.h"

#include <string.h>

#include "daemon/config.h"

static void check_list(const prom_config_list *list)
{
    must(list->count <= PROM_CONFIG_ITEMS_MAX);
    for (size_t i = 0; i < list->count; i++) {
        must(memchr(list->items[i], '\0', sizeof list->items[i]) != NULL);
    }
}

static void check_setting(const prom_config *config, const prom_setting *setting)
{
    const char *at = (const char *)config + setting->target;
    uint64_t number = 0;
    switch (setting->kind) {
    case PROM_SETTING_TEXT:
    case PROM_SETTING_WORD:
        must(strnlen(at, setting->max + 1) <= setting->max);
        return;
    case PROM_SETTING_PATH:
        must(at[0] == '/' || at[0] == '\0');
        must(strnlen(at, setting->max + 1) <= setting->max);
        return;
    case PROM_SETTING_NUMBER:
        memcpy(&number, at, sizeof number);
        must(number >= setting->min && number <= setting->max);
        return;
    case PROM_SETTING_ROLES:
        memcpy(&number, at, sizeof number);
        must(number > 0 && number < UINT64_C(1) << PROM_ROLES);
        return;
    case PROM_SETTING_FLAG:
        must(*at == 0 || *at == 1);
        return;
    case PROM_SETTING_LIST:
        check_list((const prom_config_list *)(const void *)at);
        return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    static prom_config config;
    prom_error error = {{0}};
    const prom_result read = prom_config_parse(&config, "prom.conf", prom_span_of(data, length), NULL, &error);
    if (!prom_is_ok(read)) {
        must_be_refusal(read, &error);
        return 0;
    }
    for (const prom_setting *at = prom_settings; at->name != NULL; at++) {
        check_setting(&config, at);
    }
    must(prom_config_network(&config) != NULL);
    return 0;
}
