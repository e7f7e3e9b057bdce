/* What happened, a line for each event in fixed columns, and a hash of all that does not hang on the compiler. */
#include <stdarg.h>
#include <string.h>

#include "sim.h"

void prom_sim_trace(sim_run *run, uint64_t what, uint64_t number)
{
    const uint64_t words[] = {what, number, (uint64_t)run->now};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        run->trace = (run->trace ^ words[i]) * UINT64_C(0x100000001b3);
        run->trace ^= run->trace >> 29;
    }
}

static uint64_t of_text(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text != 0; text++) {
        hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    }
    return hash;
}

void prom_sim_note(sim_run *run, size_t place, const char *what, const char *format, ...)
{
    prom_sim_trace(run, of_text(what), place);
    if (run->log == NULL) {
        return;
    }
    char who[PROM_PLACE_NAME] = "the chain";
    char text[400];
    va_list arguments;
    if (place < PROM_PLACES_MAX) {
        (void)prom_place_name(who, place);
    }
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)fprintf(run->log, "%9lld.%03lld %6u  %-12s%c %-10s %s\n", (long long)(run->now / 1000),
                  (long long)(run->now % 1000), (unsigned)run->chain.tip->height, who,
                  place < run->world->places && (run->plan.coalition >> place & 1) != 0 ? '*' : ' ', what, text);
}

void prom_sim_fail(sim_run *run, const char *format, ...)
{
    va_list arguments;
    if (run->failed) {
        return;
    }
    run->failed = true;
    va_start(arguments, format);
    (void)vsnprintf(run->failure, sizeof run->failure, format, arguments);
    va_end(arguments);
    prom_sim_note(run, PROM_PLACES_MAX, "FAILED", "%s", run->failure);
}

const char *prom_sim_feature_name(sim_feature feature)
{
    static const char *const names[SIM_FEATURES] = {
        "crash",       "disk",           "reorg",     "fast-blocks", "delay",    "lag",   "unable", "signer-away",
        "slow-worker", "restore",        "away",      "stuck",       "stranger", "drop",  "hold",   "lazy",
        "garbage",     "second-package", "receipts",  "answers",     "notices",  "votes", "echoes", "verdicts",
        "keys",        "broadcast",      "decisions", "questions",   "spoil",    "replay"};
    return names[feature];
}
