// Decoding of JPEG, PNG and WebP with the system's libraries, whose errors are jumps that Swift cannot take.
//
// Every function reads from memory, never beyond `count`, prints nothing, and gives everything back when it fails.
#ifndef CIMAGES_H
#define CIMAGES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The formats, told by the first bytes.
enum zi_format {
    ZI_UNKNOWN = 0,
    ZI_JPEG = 1,
    ZI_PNG = 2,
    ZI_WEBP = 3,
};

/// Why a function failed.
enum zi_failure {
    ZI_OK = 0,
    ZI_DAMAGED = 1,    // the data break a rule of the format
    ZI_TRUNCATED = 2,  // the data end too early
    ZI_LIMIT = 3,      // a limit of the caller was met
    ZI_MEMORY = 4,
};

/// A failure in words, for the library's name of it.
typedef struct {
    char text[200];
} zi_message;

/// What the header of an image tells.
typedef struct {
    int format;
    uint32_t width;
    uint32_t height;
    uint64_t working;  // the bytes that zi_decode takes at most besides the pixels it writes, but for what is small
} zi_info;

/// The format that the first bytes show.
int zi_format_of(const uint8_t *data, size_t count);

/// Reads the header.
int zi_probe(const uint8_t *data, size_t count, zi_info *info, zi_message *message);

/// Decodes the first frame as RGB, 3 bytes a pixel, rows one after the other, into width * height * 3 bytes. Grey and palettes become RGB,
/// 16 bits a channel become 8, CMYK is converted as Adobe's programs mean it, transparency is laid over white.
///
/// - scan_limit: the largest number of scans of a progressive JPEG.
/// - lacks_end: becomes 1 when all pixels of a PNG are there, but the chunk that ends it is not.
int zi_decode(const uint8_t *data, size_t count, const zi_info *info, int scan_limit, uint8_t *pixels, int *lacks_end, zi_message *message);

/// Unpacks a zlib stream, as of a PNG's text; returns the number of bytes, 0 when it is damaged or more than `capacity`.
size_t zi_inflate(const uint8_t *data, size_t count, uint8_t *target, size_t capacity);

/// Encodes RGB pixels as PNG; the result is released with zi_free.
int zi_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t **result, size_t *count, zi_message *message);
void zi_free(uint8_t *result);

#ifdef __cplusplus
}
#endif
#endif
