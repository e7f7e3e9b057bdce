#include "prometheus/program/batch.h"

prom_result prom_batch_write(prom_arena *arena, prom_span *bytes, const prom_batch *batch, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_write_u32(&writer, batch->items);
    prom_write_u32(&writer, batch->values);
    prom_write_span(&writer, prom_span_of(batch->data, (size_t)batch->items * batch->values));
    return prom_writer_finish(&writer, bytes, error);
}

prom_result prom_batch_read(prom_batch *batch, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    batch->items = prom_read_u32(&reader);
    batch->values = prom_read_u32(&reader);
    const uint64_t length = (uint64_t)batch->items * batch->values;
    const prom_span data = prom_read_span(&reader, length <= SIZE_MAX ? (size_t)length : SIZE_MAX);
    if (length == 0 || !prom_reader_done(&reader)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "these bytes are not a batch of items");
    }
    batch->data = data.data;
    return prom_ok();
}

prom_span prom_batch_item(const prom_batch *batch, size_t item)
{
    return prom_span_of(batch->data + item * batch->values, batch->values);
}
