/* The bytes of an integer program, what their parser and their writer have in common. */
#ifndef PROGRAM_PROGRAM_FORMAT_H
#define PROGRAM_PROGRAM_FORMAT_H

#include "prometheus/program/program.h"

#define PROGRAM_MAGIC "PRMI"

/* Parses bytes that lie in the arena already, and that the program keeps. */
PROM_MUST_USE prom_result prom_program_parse_owned(prom_arena *arena, const prom_program **program, prom_span bytes,
                                                   prom_error *error);

#endif
