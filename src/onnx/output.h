/* Where the network ends: at the graph's output or at another of its values, and before what only makes probabilities
 * or an index of the classes. */
#ifndef ONNX_OUTPUT_H
#define ONNX_OUTPUT_H

#include "onnx/graph.h"

/* Finds the value at which the network ends, and the nodes behind the classes that are left out. */
PROM_MUST_USE prom_result prom_onnx_find_output(prom_onnx_reader *reader, prom_error *error);

/* Checks what was made of that value: that it depends on the input, that it is what the graph declares, where it
 * declares it, and that an ArgMax which was left out looked for the class. */
PROM_MUST_USE prom_result prom_onnx_check_output(prom_onnx_reader *reader, prom_error *error);

#endif
