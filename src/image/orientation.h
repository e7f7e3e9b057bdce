/* How a camera was held: EXIF's orientation, and what is done about it. */
#ifndef IMAGE_ORIENTATION_H
#define IMAGE_ORIENTATION_H

#include "image/decode.h"

/* Returns the orientation, 1 to 8, that an EXIF block says (a TIFF header and what follows it); 1, upright, where it
 * says none, or is damaged. */
unsigned prom_image_orientation(prom_span exif);

/* Turns and mirrors the picture so that it stands upright; new pixels go to the arena. */
PROM_MUST_USE prom_result prom_image_turn(prom_arena *arena, prom_picture *picture, unsigned orientation,
                                          prom_error *error);

#endif
