/* What a metered module counts in: the globals that prom_module_meter adds to it, and whoever runs it sets and reads.
 */
#ifndef MODULE_COUNTERS_H
#define MODULE_COUNTERS_H

/* Names that begin so are ours. */
#define PROM_COUNTER_PREFIX "prom_metering_"
#define PROM_COUNTER_FUEL PROM_COUNTER_PREFIX "fuel"   /* i64 */
#define PROM_COUNTER_DEPTH PROM_COUNTER_PREFIX "depth" /* i32 */
#define PROM_COUNTER_WHY PROM_COUNTER_PREFIX "why"     /* i32: why a call has trapped */

enum { PROM_WHY_ITSELF = 0, PROM_WHY_FUEL = 1, PROM_WHY_DEPTH = 2 };

#endif
