/* Which process has a database open. */
#ifndef STORE_HOLDER_H
#define STORE_HOLDER_H

#define PROM_HOLDER_TEXT 64

/* Writes who has the file locked, as "prom (process 4711)", or "another process" where the system does not tell.
 * Returns `text`. The file itself is not opened: closing it would free our own locks of it. */
char *prom_holder_name(char text[PROM_HOLDER_TEXT], const char *path);

#endif
