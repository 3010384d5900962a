#include "internal.h"

#include <zlib.h>

int zi_format_of(const uint8_t *data, size_t count) {
    static const uint8_t png[8] = {0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a};
    if (count >= 3 && data[0] == 0xff && data[1] == 0xd8 && data[2] == 0xff) return ZI_JPEG;
    if (count >= 8 && memcmp(data, png, 8) == 0) return ZI_PNG;
    if (count >= 12 && memcmp(data, "RIFF", 4) == 0 && memcmp(data + 8, "WEBP", 4) == 0) return ZI_WEBP;
    return ZI_UNKNOWN;
}

int zi_probe(const uint8_t *data, size_t count, zi_info *info, zi_message *message) {
    memset(info, 0, sizeof *info);
    message->text[0] = 0;
    info->format = zi_format_of(data, count);
    switch (info->format) {
    case ZI_JPEG: return zi_jpeg_probe(data, count, info, message);
    case ZI_PNG: return zi_png_probe(data, count, info, message);
    case ZI_WEBP: return zi_webp_probe(data, count, info, message);
    default: zi_say(message, "neither JPEG nor PNG nor WebP"); return ZI_DAMAGED;
    }
}

int zi_decode(const uint8_t *data, size_t count, const zi_info *info, int scan_limit, uint8_t *pixels, int *lacks_end, zi_message *message) {
    message->text[0] = 0;
    *lacks_end = 0;
    switch (info->format) {
    case ZI_JPEG: return zi_jpeg_decode(data, count, info, scan_limit, pixels, message);
    case ZI_PNG: return zi_png_decode(data, count, info, pixels, lacks_end, message);
    case ZI_WEBP: return zi_webp_decode(data, count, info, pixels, message);
    default: zi_say(message, "neither JPEG nor PNG nor WebP"); return ZI_DAMAGED;
    }
}

void zi_free(uint8_t *result) { free(result); }

size_t zi_inflate(const uint8_t *data, size_t count, uint8_t *target, size_t capacity) {
    uLongf size = capacity;
    return uncompress(target, &size, data, count) == Z_OK ? size : 0;
}
