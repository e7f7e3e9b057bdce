/* libprometheus: trained networks as programs over integers, whose results can be proven and verified.
 *
 * This header has all that is stable: prometheus/api/ and what that needs. It changes by what prometheus/base/version.h
 * says. The other headers under prometheus/ are installed for those who build on the parts (the proof system, the
 * contracts, the signatures); they may change in every version, and so may what they export. File formats (programs,
 * proofs) carry a version of their own.
 *
 * What holds of every function:
 *
 * Names. All begin with prom_ or PROM_; a function's name goes on with the type that it works on. Names that end in an
 * underscore, and members that begin with private_, are not for users.
 *
 * Objects. A type whose members no header shows is a handle: a function makes it and writes it to a pointer, which
 * stays or becomes NULL on failure, and the function named _free (or _clear) of the same type frees it and takes NULL.
 * What else a function allocates it says, with what frees it; a prom_buffer goes to prom_buffer_free.
 * Nobody but the caller frees or keeps what the caller gave: it may go as soon as the function has returned, unless the
 * function says otherwise.
 *
 * Arguments stand in this order: the object or context that the function works with; what it writes; what it reads and
 * writes; what it reads; options; the prom_error. The length of an array follows it and counts elements, of void *
 * bytes. A pointer may be NULL only where that is said. Arrays of values lie in row-major order, the items first.
 *
 * Failures. What can fail returns a prom_result, which compilers warn of when it is not looked at. Its category says
 * whose fault it was; the prom_error, which may be NULL, gets one sentence for people: what was wrong, where, what to
 * do. What was to be written is then undefined, but for handles and buffers, which are NULL and empty.
 * PROM_CATEGORY_BROKEN is a bug of the library. Bytes from outside (models, proofs) may be any: they are checked.
 * The caller's own misuse, such as NULL where it is not allowed, is not always noticed.
 *
 * Threads. Functions keep no state between calls and never wait for one another. A const object may be used by any
 * number of threads at a time, one that is not const by one at a time.
 *
 * The library writes nothing to the standard streams, reads no environment variables, opens no files and no sockets,
 * draws no random numbers and never ends the process. */
#ifndef PROMETHEUS_PROMETHEUS_H
#define PROMETHEUS_PROMETHEUS_H

#include "prometheus/api/model.h"
#include "prometheus/base/progress.h"
#include "prometheus/base/result.h"
#include "prometheus/base/version.h"

#endif
