// Shared by the decoders of this target.
#ifndef ZI_INTERNAL_H
#define ZI_INTERNAL_H

#include "CImages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void zi_say(zi_message *message, const char *text) { snprintf(message->text, sizeof message->text, "%s", text); }

/// A colour with opacity over white.
static inline uint8_t zi_over_white(unsigned colour, unsigned opacity) {
    unsigned sum = colour * opacity + 255u * (255u - opacity) + 128u;
    return (uint8_t)((sum + (sum >> 8)) >> 8);
}

int zi_jpeg_probe(const uint8_t *data, size_t count, zi_info *info, zi_message *message);
int zi_jpeg_decode(const uint8_t *data, size_t count, const zi_info *info, int scan_limit, uint8_t *pixels, zi_message *message);
int zi_png_probe(const uint8_t *data, size_t count, zi_info *info, zi_message *message);
int zi_png_decode(const uint8_t *data, size_t count, const zi_info *info, uint8_t *pixels, int *lacks_end, zi_message *message);
int zi_webp_probe(const uint8_t *data, size_t count, zi_info *info, zi_message *message);
int zi_webp_decode(const uint8_t *data, size_t count, const zi_info *info, uint8_t *pixels, zi_message *message);

#endif
