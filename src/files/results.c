#include "files/results.h"

prom_result prom_files_gather(prom_arena *arena, prom_span *result, const prom_node_result *nodes, uint32_t count,
                              const prom_gathering *what, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    for (uint32_t i = what->folds ? count - 1 : 0; i < count; i++) {
        prom_write_span(&writer, nodes[i].bytes);
        if (!what->folds && what->lines) {
            prom_write_u8(&writer, '\n');
        }
    }
    return prom_writer_finish(&writer, result, error);
}
