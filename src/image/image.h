/* Images as inputs of a network: a folder of PNG and JPEG files, or one such file, becomes one tensor.
 *
 * What a file holds is told by its first bytes, not by its name. Its pixels are taken as 8-bit red, green and blue:
 * palettes are looked up, grey is copied to all three, inks (CMYK, as Adobe stores them) become colours, 16-bit samples
 * are rounded to 8 bits, alpha is dropped, the picture is turned as EXIF's orientation says, and gamma and colour
 * profiles are not looked at. For a network of one channel grey is made of them as JPEG does (ITU-R BT.601: 0.299 red +
 * 0.587 green + 0.114 blue, rounded). A value is pixel / 255, so 0 to 1. All of this is what Pillow's convert("RGB") or
 * convert("L"), divided by 255, gives for images of 8 bits a sample, after ImageOps.exif_transpose. */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stdbool.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/result.h"
#include "prometheus/tensor/tensor.h"

typedef struct prom_image_options {
    bool resize; /* images of another size are resized; without it they are refused */
    bool has_normalisation;
    float mean[3]; /* with it, a value becomes (pixel / 255 - mean) / deviation, of its channel */
    float deviation[3];
} prom_image_options;

/* Returns true when `path` is a folder, or a file that begins as PNG or JPEG files do. */
bool prom_images_are(const char *path);

/* Reads the image `path`, or all files of the folder `path`, or of the folders in it, as folder.h lists them. `tensor`
 * becomes float32 of shape N x C x H x W, `item` being C x H x W with C 1 or 3; its data go to the arena. An image is
 * resized by bilinear interpolation, pixel centres aligned ("half_pixel" of ONNX's Resize: output pixel i lies at (i +
 * 1/2) * old size / new size - 1/2), edges repeated, no smoothing before it.
 *
 * PROM_CATEGORY_BAD_INPUT, naming the file, when it is no PNG or JPEG, is damaged or cut off, has a side above 16384,
 * more than 2^26 pixels or, unless options->resize, another size than H x W; when there is no image; when `item` or
 * `options` are not as above. */
PROM_MUST_USE prom_result prom_images_read(prom_arena *arena, prom_tensor *tensor, const char *path,
                                           const prom_shape *item, const prom_image_options *options,
                                           prom_error *error);

#endif
