#include <math.h>
#include <stdio.h>

#include "prometheus/game/settlement.h"

/* As docs/game.md writes them; [ ] rounds down. */
static const char *const NAMES[PROM_SYMBOLS] = {
    [PROM_QUANTITY_C] = "c",
    [PROM_QUANTITY_W] = "w",
    [PROM_QUANTITY_V] = "v",
    [PROM_QUANTITY_A] = "a",
    [PROM_QUANTITY_SHARE_W] = "share_w",
    [PROM_QUANTITY_SHARE_V] = "share_v",
    [PROM_QUANTITY_ALPHA_W] = "[alpha w]",
    [PROM_QUANTITY_BETA_V] = "[beta v]",
    [PROM_QUANTITY_GAMMA_W] = "[gamma w]",
    [PROM_QUANTITY_DELTA_W] = "[delta w]",
    [PROM_QUANTITY_EPSILON_W] = "[epsilon w]",
    [PROM_QUANTITY_EPSILON_V] = "[epsilon v]",
    [PROM_QUANTITY_EPSILON_A] = "[epsilon a]",
    [PROM_QUANTITY_W_OVER_N] = "[w/n]",
    [PROM_QUANTITY_RHO] = "rho",
    [PROM_SYMBOL_Z] = "z",
    [PROM_SYMBOL_Y] = "y",
    [PROM_SYMBOL_ARBITRATION] = "arbitration",
    [PROM_SYMBOL_CHECK] = "check",
    [PROM_SYMBOL_BENEFIT] = "benefit",
    [PROM_SYMBOL_BOND] = "B",
    [PROM_SYMBOL_BOND_OVER_N] = "[B/n]",
    [PROM_SYMBOL_FEERATE] = "feerate",
    [PROM_SYMBOL_SAT] = "",
    [PROM_SYMBOL_INTEREST_C] = "i_C",
    [PROM_SYMBOL_INTEREST_W] = "i_W",
    [PROM_SYMBOL_INTEREST_V] = "i_V",
    [PROM_SYMBOL_INTEREST_A] = "i_A",
    [PROM_SYMBOL_FUTURE_W] = "future_W",
    [PROM_SYMBOL_FUTURE_V] = "future_V",
    [PROM_SYMBOL_FUTURE_A] = "future_A",
    [PROM_SYMBOL_W_OVER_S] = "w/|S|",
};

const char *prom_game_symbol_name(unsigned symbol)
{
    return symbol < PROM_SYMBOLS ? NAMES[symbol] : "";
}

/* Factors are whole, or shares and chances: what is nearer to 0 than this is rounding. */
static const double NOTHING = 1e-12;

/* Writes "2.5"; "1/3" of what is a share among arbiters, and has no end as a decimal. */
static void write_factor(char text[32], double size)
{
    enum { DECIMALS = 10000 };
    const double scaled = size * DECIMALS;
    const bool ends = fabs(scaled - round(scaled)) < DECIMALS * NOTHING;
    for (unsigned parts = 3; parts <= PROM_ARBITERS_MAX && !ends; parts++) {
        const double shares = size * parts;
        if (fabs(shares - round(shares)) < parts * NOTHING) {
            (void)snprintf(text, 32, "%.0f/%u", shares, parts);
            return;
        }
    }
    (void)snprintf(text, 32, "%.12g", size);
}

/* Appends " - 2.5 w". */
static size_t add_term(char text[PROM_GAME_FORM_TEXT], size_t at, double factor, const char *name)
{
    const double size = fabs(factor);
    const char *sign = factor < 0 ? (at == 0 ? "-" : " - ") : at == 0 ? "" : " + ";
    const bool one = fabs(size - 1) < NOTHING && name[0] != '\0';
    char number[32] = "";
    if (!one) {
        write_factor(number, size);
    }
    const int written = snprintf(text + at, PROM_GAME_FORM_TEXT - at, "%s%s%s%s", sign, number,
                                 one || name[0] == '\0' ? "" : " ", name);
    return written > 0 && at + (size_t)written < PROM_GAME_FORM_TEXT ? at + (size_t)written : at;
}

const char *prom_game_form_text(char text[PROM_GAME_FORM_TEXT], const prom_game_form *form)
{
    size_t at = 0;
    text[0] = '\0';
    for (unsigned sign = 0; sign < 2; sign++) { /* what is gained first */
        for (unsigned i = 0; i < PROM_SYMBOLS; i++) {
            const bool shown = sign == 0 ? form->of[i] > NOTHING : form->of[i] < -NOTHING;
            at = shown ? add_term(text, at, form->of[i], NAMES[i]) : at;
        }
    }
    if (at == 0) {
        (void)snprintf(text, PROM_GAME_FORM_TEXT, "0");
    }
    return text;
}

const char *prom_game_player_name(prom_game_player player)
{
    static const char *const names[] = {"client",         "worker", "verifier", "arbiters of the group",
                                        "other arbiters", "fund"};
    return player < PROM_GAME_PLAYERS ? names[player] : "nobody";
}
