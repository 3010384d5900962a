// JPEG with libjpeg-turbo: baseline and progressive; grey, RGB, YCbCr, CMYK and YCCK.
#include "internal.h"

#include <jpeglib.h>

#include <jerror.h>
#include <setjmp.h>

typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf target;
    zi_message *message;
    int failure;
} failure_manager;

typedef struct {
    struct jpeg_progress_mgr base;
    int scan_limit;
} scan_monitor;

static void give_up(j_common_ptr common) {
    failure_manager *manager = (failure_manager *)common->err;
    if (manager->failure == ZI_OK) {
        char text[JMSG_LENGTH_MAX];
        manager->base.format_message(common, text);
        zi_say(manager->message, text);
        int code = manager->base.msg_code;
        manager->failure = code == JERR_OUT_OF_MEMORY || code == JERR_NO_BACKING_STORE ? ZI_MEMORY : ZI_DAMAGED;
    }
    longjmp(manager->target, 1);
}

static void say_nothing(j_common_ptr common, int level) {
    (void)common;
    (void)level;
}
static void print_nothing(j_common_ptr common) { (void)common; }

static void truncated(j_common_ptr common) {
    failure_manager *manager = (failure_manager *)common->err;
    manager->failure = ZI_TRUNCATED;
    zi_say(manager->message, "the data end too early");
    longjmp(manager->target, 1);
}

// The whole image is in memory: when the library asks for more, there is none.
static void start_source(j_decompress_ptr decoder) { (void)decoder; }
static boolean fill_source(j_decompress_ptr decoder) {
    truncated((j_common_ptr)decoder);
    return FALSE;
}
static void skip_source(j_decompress_ptr decoder, long count) {
    if (count <= 0) return;
    if ((size_t)count > decoder->src->bytes_in_buffer) truncated((j_common_ptr)decoder);
    decoder->src->next_input_byte += count;
    decoder->src->bytes_in_buffer -= (size_t)count;
}

static void watch_scans(j_common_ptr common) {
    j_decompress_ptr decoder = (j_decompress_ptr)common;
    scan_monitor *monitor = (scan_monitor *)common->progress;
    if (decoder->input_scan_number > monitor->scan_limit) {
        failure_manager *manager = (failure_manager *)common->err;
        manager->failure = ZI_LIMIT;
        snprintf(manager->message->text, sizeof manager->message->text, "the image has more than %d scans", monitor->scan_limit);
        longjmp(manager->target, 1);
    }
}

static void prepare(struct jpeg_decompress_struct *decoder, failure_manager *manager, struct jpeg_source_mgr *source, const uint8_t *data,
                    size_t count, zi_message *message) {
    memset(decoder, 0, sizeof *decoder);
    decoder->err = jpeg_std_error(&manager->base);
    manager->base.error_exit = give_up;
    manager->base.emit_message = say_nothing;
    manager->base.output_message = print_nothing;
    manager->message = message;
    manager->failure = ZI_OK;
    memset(source, 0, sizeof *source);
    source->next_input_byte = data;
    source->bytes_in_buffer = count;
    source->init_source = start_source;
    source->fill_input_buffer = fill_source;
    source->skip_input_data = skip_source;
    source->resync_to_restart = jpeg_resync_to_restart;
    source->term_source = start_source;
}

int zi_jpeg_probe(const uint8_t *data, size_t count, zi_info *info, zi_message *message) {
    struct jpeg_decompress_struct decoder;
    struct jpeg_source_mgr source;
    failure_manager manager;
    prepare(&decoder, &manager, &source, data, count, message);
    if (setjmp(manager.target)) {
        jpeg_destroy_decompress(&decoder);
        return manager.failure;
    }
    jpeg_create_decompress(&decoder);
    decoder.src = &source;
    jpeg_read_header(&decoder, TRUE);
    info->width = decoder.image_width;
    info->height = decoder.image_height;
    // A few rows; of an image in several scans all coefficients are kept, two bytes each.
    info->working = 256 * (uint64_t)info->width;
    if (jpeg_has_multiple_scans(&decoder)) {
        for (int c = 0; c < decoder.num_components; c++) {
            const jpeg_component_info *component = &decoder.comp_info[c];
            uint64_t columns = (uint64_t)component->width_in_blocks + 4, rows = (uint64_t)component->height_in_blocks + 4;
            info->working += columns * rows * DCTSIZE2 * sizeof(JCOEF);
        }
    }
    jpeg_destroy_decompress(&decoder);
    return ZI_OK;
}

/// CMYK with Adobe's inverted values to RGB, in place.
static void cmyk_row(const uint8_t *row, uint8_t *pixels, uint32_t width) {
    for (uint32_t x = 0; x < width; x++) {
        unsigned k = row[4 * x + 3];
        for (int c = 0; c < 3; c++) {
            unsigned product = (255u - row[4 * x + c]) * k + 128u;
            pixels[3 * x + c] = (uint8_t)(k - ((product + (product >> 8)) >> 8));
        }
    }
}

int zi_jpeg_decode(const uint8_t *data, size_t count, const zi_info *info, int scan_limit, uint8_t *pixels, zi_message *message) {
    struct jpeg_decompress_struct decoder;
    struct jpeg_source_mgr source;
    failure_manager manager;
    scan_monitor monitor = {.base = {.progress_monitor = watch_scans}, .scan_limit = scan_limit};
    uint8_t *volatile row = NULL;
    prepare(&decoder, &manager, &source, data, count, message);
    if (setjmp(manager.target)) {
        jpeg_destroy_decompress(&decoder);
        free(row);
        return manager.failure;
    }
    jpeg_create_decompress(&decoder);
    decoder.src = &source;
    decoder.progress = &monitor.base;
    // What the caller has been told, and what the tables take.
    decoder.mem->max_memory_to_use = (long)info->working + (16L << 20);
    jpeg_read_header(&decoder, TRUE);
    int is_cmyk = decoder.jpeg_color_space == JCS_CMYK || decoder.jpeg_color_space == JCS_YCCK;
    decoder.out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&decoder);
    if (decoder.output_width != info->width || decoder.output_height != info->height) {
        zi_say(message, "the size changes within the image");
        manager.failure = ZI_DAMAGED;
        longjmp(manager.target, 1);
    }
    if (is_cmyk) {
        row = malloc(4 * (size_t)info->width);
        if (!row) {
            zi_say(message, "not enough memory");
            manager.failure = ZI_MEMORY;
            longjmp(manager.target, 1);
        }
    }
    size_t stride = 3 * (size_t)info->width;
    while (decoder.output_scanline < decoder.output_height) {
        uint8_t *target = pixels + decoder.output_scanline * stride;
        if (is_cmyk) {
            JSAMPROW rows[1] = {row};
            if (jpeg_read_scanlines(&decoder, rows, 1) == 1) cmyk_row(row, target, info->width);
        } else {
            JSAMPROW rows[8];
            for (int r = 0; r < 8; r++) rows[r] = target + (size_t)r * stride;
            JDIMENSION left = decoder.output_height - decoder.output_scanline;
            jpeg_read_scanlines(&decoder, rows, left < 8 ? left : 8);
        }
    }
    jpeg_destroy_decompress(&decoder);
    free(row);
    return ZI_OK;
}
