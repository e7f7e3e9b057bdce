/* The tables of a party's database, and how an older database gets them. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <stdint.h>

/* Marks the file as ours ("PROM"). Version 1 had no mark. */
#define PROM_SCHEMA_MARK 0x50524f4d

/* The version that this program reads and writes. */
#define PROM_SCHEMA_VERSION 9

/* Number `i` turns a database of version `i` into one of version `i` + 1; an empty one has version 0. What has been
 * released never changes: append only. */
extern const char *const prom_schema_migrations[PROM_SCHEMA_VERSION];

#endif
