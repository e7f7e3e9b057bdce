/* What stands around the declarations of every public header: they have C's linkage in C++ too, and they are what the
 * shared library exports. All that no public header declares stays hidden in it. */
#ifndef PROMETHEUS_BASE_DECLARATIONS_H
#define PROMETHEUS_BASE_DECLARATIONS_H

#ifdef __cplusplus
#define PROM_LINKAGE_BEGIN_ extern "C" {
#define PROM_LINKAGE_END_ }
#else
#define PROM_LINKAGE_BEGIN_
#define PROM_LINKAGE_END_
#endif

/* After the includes of a public header, and before its last #endif. */
#define PROM_DECLARATIONS_BEGIN PROM_LINKAGE_BEGIN_ _Pragma("GCC visibility push(default)")
#define PROM_DECLARATIONS_END _Pragma("GCC visibility pop") PROM_LINKAGE_END_

#endif
