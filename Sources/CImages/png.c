// PNG with libpng: all colour types and depths, interlaced or not. Of the ancillary chunks only the transparent colour is read.
#include "internal.h"

#include <png.h>
#include <setjmp.h>

typedef struct {
    const uint8_t *data;
    size_t count;
    size_t place;         // where the next chunk begins
    const uint8_t *next;  // what libpng gets next
    size_t left;          // bytes of the chunk at `next`
    int has_pixels;       // a chunk of pixels was there
    int lacks_end;        // the last chunk, which says no more than that it is the last, is missing
    zi_message *message;
    int failure;
} reader;

static void on_error(png_structp png, png_const_charp text) {
    reader *state = png_get_error_ptr(png);
    if (state->failure == ZI_OK) {
        // Without the last chunk, what is wrong is that the pixels before it are too few.
        zi_say(state->message, state->lacks_end ? "the data end too early" : text);
        state->failure = state->lacks_end ? ZI_TRUNCATED : ZI_DAMAGED;
    }
    png_longjmp(png, 1);
}
static void on_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static png_voidp take_memory(png_structp png, png_alloc_size_t count) {
    reader *state = png_get_mem_ptr(png);
    png_voidp result = malloc(count);
    if (!result && state->failure == ZI_OK) {
        state->failure = ZI_MEMORY;
        zi_say(state->message, "not enough memory");
    }
    return result;
}
static void give_memory(png_structp png, png_voidp pointer) {
    (void)png;
    free(pointer);
}

static uint32_t big(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/// Steps to the next chunk that libpng needs: texts, profiles and the like of any size are passed over, never decompressed or checked.
static void find_chunk(png_structp png, reader *state) {
    static const uint8_t end[12] = {0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82};
    for (;;) {
        size_t left = state->count - state->place;
        const uint8_t *chunk = state->data + state->place;
        int is_pixels = left >= 8 && memcmp(chunk + 4, "IDAT", 4) == 0;
        if (left < 12 || big(chunk) > left - 12) {
            if (state->has_pixels && !is_pixels) {
                state->lacks_end = 1;
                state->place = state->count;
                state->next = end;
                state->left = sizeof end;
                return;
            }
            state->failure = ZI_TRUNCATED;
            zi_say(state->message, "the data end too early");
            png_error(png, "truncated");
        }
        size_t size = 12 + (size_t)big(chunk);
        state->place += size;
        int is_ancillary = (chunk[4] & 0x20) != 0;
        if (is_ancillary && memcmp(chunk + 4, "tRNS", 4) != 0) continue;
        state->has_pixels |= is_pixels;
        state->next = chunk;
        state->left = size;
        return;
    }
}

static void read_bytes(png_structp png, png_bytep target, size_t count) {
    reader *state = png_get_io_ptr(png);
    while (count > 0) {
        if (state->left == 0) find_chunk(png, state);
        size_t part = count < state->left ? count : state->left;
        memcpy(target, state->next, part);
        target += part;
        count -= part;
        state->next += part;
        state->left -= part;
    }
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
    info->width = big(data + 16);
    info->height = big(data + 20);
    if (info->width == 0 || info->height == 0) {
        zi_say(message, "the width or the height is 0");
        return ZI_DAMAGED;
    }
    // A few rows of up to 8 bytes a pixel; all of an interlaced image that may be transparent.
    info->working = 64 * (uint64_t)info->width + (data[28] ? 4 * (uint64_t)info->width * info->height : 0);
    return ZI_OK;
}

static void blend_row(const uint8_t *row, uint8_t *pixels, uint32_t width) {
    for (uint32_t x = 0; x < width; x++)
        for (int c = 0; c < 3; c++) pixels[3 * x + c] = zi_over_white(row[4 * x + c], row[4 * x + 3]);
}

int zi_png_decode(const uint8_t *data, size_t count, const zi_info *info, uint8_t *pixels, int *lacks_end, zi_message *message) {
    // The signature counts as a chunk.
    reader state = {.data = data, .count = count, .place = 8, .next = data, .left = 8, .message = message, .failure = ZI_OK};
    png_infop header = NULL;
    uint8_t *volatile buffer = NULL;
    png_structp png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &state, on_error, on_warning, &state, take_memory, give_memory);
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
    *lacks_end = state.lacks_end;
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
