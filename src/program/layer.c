#include "prometheus/program/layer.h"

const char *prom_layer_kind_name(prom_layer_kind kind)
{
    switch (kind) {
    case PROM_LAYER_DENSE:
        return "dense";
    case PROM_LAYER_CONV:
        return "conv";
    case PROM_LAYER_MAX_POOL:
        return "max pool";
    case PROM_LAYER_AVERAGE_POOL:
        return "average pool";
    case PROM_LAYER_ADD:
        return "add";
    case PROM_LAYER_CONCAT:
        return "concat";
    case PROM_LAYER_RESHAPE:
        return "reshape";
    case PROM_LAYER_TRANSPOSE:
        return "transpose";
    }
    return "unknown";
}

size_t prom_window_places(const prom_window *window)
{
    return (size_t)window->axes[PROM_WINDOW_HEIGHT].kernel * window->axes[PROM_WINDOW_WIDTH].kernel;
}

size_t prom_window_fits(const prom_window_axis *axis, size_t size)
{
    if (axis->kernel == 0 || axis->stride == 0 || axis->dilation == 0 || size > UINT32_MAX) {
        return 0;
    }
    const uint64_t padded = (uint64_t)size + axis->pad_before + axis->pad_after;
    const uint64_t reach = (uint64_t)axis->dilation * (axis->kernel - 1) + 1;
    return padded < reach ? 0 : (size_t)((padded - reach) / axis->stride + 1);
}

void prom_window_inside(const prom_window_axis *axis, size_t size, size_t at, size_t *first, size_t *count)
{
    const int64_t start = (int64_t)(at * axis->stride) - (int64_t)axis->pad_before;
    const int64_t dilation = axis->dilation;
    const int64_t kernel = axis->kernel;
    const int64_t before = start < 0 ? (-start + dilation - 1) / dilation : 0;
    const int64_t left = (int64_t)size - start; /* places from the start to the end of the image */
    const int64_t end = left > 0 ? (left + dilation - 1) / dilation : 0;
    const int64_t last = end < kernel ? end : kernel;
    *first = (size_t)(before < kernel ? before : kernel);
    *count = before < last ? (size_t)(last - before) : 0;
}

bool prom_window_always_inside(const prom_window_axis *axis, size_t size)
{
    const size_t fits = prom_window_fits(axis, size);
    const uint64_t reach = (uint64_t)axis->dilation * (axis->kernel - 1);
    return fits > 0 && axis->pad_before <= reach && axis->dilation <= size &&
           (uint64_t)(fits - 1) * axis->stride < (uint64_t)size + axis->pad_before;
}
