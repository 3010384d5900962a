// PNG with libpng: all colour types and depths, interlaced or not. Of the ancillary chunks only the transparent colour is read.
#include "internal.h"

#include <png.h>
#include <setjmp.h>

typedef struct {
    const uint8_t *next;
    size_t left;
    zi_message *message;
    int failure;
} reader;

static void on_error(png_structp png, png_const_charp text) {
    reader *state = png_get_error_ptr(png);
    if (state->failure == ZI_OK) {
        zi_say(state->message, text);
        state->failure = ZI_DAMAGED;
    }
    png_longjmp(png, 1);
}
static void on_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void read_bytes(png_structp png, png_bytep target, size_t count) {
    reader *state = png_get_io_ptr(png);
    if (count > state->left) {
        state->failure = ZI_TRUNCATED;
        zi_say(state->message, "the data end too early");
        png_error(png, "truncated");
    }
    memcpy(target, state->next, count);
    state->next += count;
    state->left -= count;
}

/// Texts, profiles and the like are skipped, never decompressed.
static void skip_ancillary(png_structp png) {
    static const png_byte names[] = "cHRM\0gAMA\0iCCP\0sBIT\0sRGB\0tEXt\0zTXt\0iTXt\0bKGD\0hIST\0pHYs\0sPLT\0tIME\0oFFs\0pCAL\0sCAL\0sTER\0eXIf";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, names, (int)(sizeof names / 5));
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
}

int zi_png_probe(const uint8_t *data, size_t count, zi_info *info, zi_message *message) {
    if (count < 33) {
        zi_say(message, "the data end too early");
        return ZI_TRUNCATED;
    }
    if (memcmp(data + 8, "\0\0\0\rIHDR", 8) != 0) {
        zi_say(message, "the first chunk is not IHDR");
        return ZI_DAMAGED;
    }
    info->width = (uint32_t)data[16] << 24 | (uint32_t)data[17] << 16 | (uint32_t)data[18] << 8 | data[19];
    info->height = (uint32_t)data[20] << 24 | (uint32_t)data[21] << 16 | (uint32_t)data[22] << 8 | data[23];
    if (info->width == 0 || info->height == 0) {
        zi_say(message, "the width or the height is 0");
        return ZI_DAMAGED;
    }
    return ZI_OK;
}

static void blend_row(const uint8_t *row, uint8_t *pixels, uint32_t width) {
    for (uint32_t x = 0; x < width; x++)
        for (int c = 0; c < 3; c++) pixels[3 * x + c] = zi_over_white(row[4 * x + c], row[4 * x + 3]);
}

int zi_png_decode(const uint8_t *data, size_t count, const zi_info *info, size_t chunk_limit, uint8_t *pixels, zi_message *message) {
    reader state = {.next = data, .left = count, .message = message, .failure = ZI_OK};
    png_infop header = NULL;
    uint8_t *volatile buffer = NULL;
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, on_error, on_warning);
    if (png) header = png_create_info_struct(png);
    if (!header) {
        png_destroy_read_struct(&png, NULL, NULL);
        zi_say(message, "not enough memory");
        return ZI_MEMORY;
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &header, NULL);
        free(buffer);
        return state.failure;
    }
    png_set_read_fn(png, &state, read_bytes);
    png_set_user_limits(png, info->width, info->height);
    png_set_chunk_malloc_max(png, chunk_limit);
    png_set_chunk_cache_max(png, 100);
    skip_ancillary(png);
    png_read_info(png, header);
    if (png_get_image_width(png, header) != info->width || png_get_image_height(png, header) != info->height)
        png_error(png, "the size differs from the header's");
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_gray_to_rgb(png);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, header);
    int channels = png_get_channels(png, header);
    if ((channels != 3 && channels != 4) || png_get_bit_depth(png, header) != 8) png_error(png, "an unknown kind of pixels");

    size_t stride = (size_t)channels * info->width;
    if (channels == 3) {
        for (int pass = 0; pass < passes; pass++)
            for (uint32_t y = 0; y < info->height; y++) png_read_row(png, pixels + y * stride, NULL);
    } else {
        size_t rows = passes > 1 ? info->height : 1;
        buffer = malloc(stride * rows);
        if (!buffer) {
            state.failure = ZI_MEMORY;
            zi_say(message, "not enough memory");
            png_longjmp(png, 1);
        }
        for (int pass = 0; pass < passes; pass++) {
            for (uint32_t y = 0; y < info->height; y++) {
                uint8_t *row = buffer + (passes > 1 ? y * stride : 0);
                png_read_row(png, row, NULL);
                if (pass == passes - 1) blend_row(row, pixels + 3 * (size_t)info->width * y, info->width);
            }
        }
    }
    // What follows the last row is read too, so that a file that is cut off shows.
    png_read_end(png, NULL);
    png_destroy_read_struct(&png, &header, NULL);
    free(buffer);
    return ZI_OK;
}

int zi_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t **result, size_t *count, zi_message *message) {
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.width = width;
    image.height = height;
    image.format = PNG_FORMAT_RGB;
    png_alloc_size_t size = 0;
    *result = NULL;
    if (png_image_write_to_memory(&image, NULL, &size, 0, pixels, 0, NULL)) {
        *result = malloc(size);
        if (*result && png_image_write_to_memory(&image, *result, &size, 0, pixels, 0, NULL)) {
            *count = size;
            return ZI_OK;
        }
    }
    zi_say(message, image.message[0] ? image.message : "not enough memory");
    free(*result);
    *result = NULL;
    return ZI_DAMAGED;
}
