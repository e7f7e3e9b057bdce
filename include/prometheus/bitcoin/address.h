/* What people write for an output script: segwit addresses (BIP 173, BIP 350), written and read, and the older ones in
 * base 58, which are read to pay to them. (prom_address is something else: where a node can be reached.) */
#ifndef PROMETHEUS_BITCOIN_ADDRESS_H
#define PROMETHEUS_BITCOIN_ADDRESS_H

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"

PROM_DECLARATIONS_BEGIN

#define PROM_ADDRESS_TEXT 91
/* Writes the address of a witness program (BIP 173, BIP 350) with a human-readable part such as "bc" or "bcrt".
 * PROM_CATEGORY_BAD_INPUT when the script is none, or the prefix is longer than 10. */
PROM_MUST_USE prom_result prom_script_address(char text[PROM_ADDRESS_TEXT], prom_span script, const char *prefix,
                                              prom_error *error);

/* Makes the output script that an address stands for, on the network whose segwit addresses have this human-readable
 * part: a witness program of any version (BIP 350 asks that later ones can be paid to), P2PKH or P2SH.
 * PROM_CATEGORY_BAD_INPUT, with what is wrong, when it is an address of another network or none at all. */
PROM_MUST_USE prom_result prom_payment_address_script(prom_arena *arena, prom_span *script, const char *text,
                                                      const char *prefix, prom_error *error);

PROM_DECLARATIONS_END

#endif
