// WebP with libwebp: lossy and lossless; of an animation the first frame.
#include "internal.h"

#include <webp/decode.h>
#include <webp/demux.h>

static WebPDemuxer *demuxer(const uint8_t *data, size_t count, zi_message *message, int *failure) {
    WebPData content = {.bytes = data, .size = count};
    WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
    WebPDemuxer *result = WebPDemuxPartial(&content, &state);
    if (result && state == WEBP_DEMUX_DONE) return result;
    *failure = result && state != WEBP_DEMUX_PARSE_ERROR ? ZI_TRUNCATED : ZI_DAMAGED;
    zi_say(message, *failure == ZI_TRUNCATED ? "the data end too early" : "the container is damaged");
    WebPDemuxDelete(result);
    return NULL;
}

/// A few rows; colours with opacity before they are laid over white; all pixels of a lossless frame, or the opacity of another one.
static uint64_t working_bytes(const WebPDemuxer *demux, const zi_info *info) {
    uint64_t result = 256 * (uint64_t)info->width;
    WebPIterator frame;
    memset(&frame, 0, sizeof frame);
    WebPBitstreamFeatures features;
    if (WebPDemuxGetFrame(demux, 1, &frame) && WebPGetFeatures(frame.fragment.bytes, frame.fragment.size, &features) == VP8_STATUS_OK) {
        uint64_t area = (uint64_t)features.width * (uint64_t)features.height;
        int covers = (uint32_t)frame.width == info->width && (uint32_t)frame.height == info->height;
        if (!covers || frame.has_alpha) result += 4 * area;
        if (features.format == 2)
            result += 4 * area;
        else if (features.has_alpha)
            result += 5 * area;
    }
    WebPDemuxReleaseIterator(&frame);
    return result;
}

int zi_webp_probe(const uint8_t *data, size_t count, zi_info *info, zi_message *message) {
    int failure = ZI_OK;
    WebPDemuxer *demux = demuxer(data, count, message, &failure);
    if (!demux) return failure;
    info->width = WebPDemuxGetI(demux, WEBP_FF_CANVAS_WIDTH);
    info->height = WebPDemuxGetI(demux, WEBP_FF_CANVAS_HEIGHT);
    info->working = working_bytes(demux, info);
    WebPDemuxDelete(demux);
    if (info->width == 0 || info->height == 0) {
        zi_say(message, "the width or the height is 0");
        return ZI_DAMAGED;
    }
    return ZI_OK;
}

/// Decodes a frame into `size` bytes, in rows of `stride`.
static int decode_frame(const WebPIterator *frame, WEBP_CSP_MODE mode, uint8_t *target, size_t size, size_t stride, zi_message *message) {
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) {
        zi_say(message, "another version of libwebp was expected");
        return ZI_DAMAGED;
    }
    config.output.colorspace = mode;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = target;
    config.output.u.RGBA.stride = (int)stride;
    config.output.u.RGBA.size = size;
    switch (WebPDecode(frame->fragment.bytes, frame->fragment.size, &config)) {
    case VP8_STATUS_OK: return ZI_OK;
    case VP8_STATUS_OUT_OF_MEMORY: zi_say(message, "not enough memory"); return ZI_MEMORY;
    case VP8_STATUS_NOT_ENOUGH_DATA: zi_say(message, "the data end too early"); return ZI_TRUNCATED;
    default: zi_say(message, "the compressed pixels are damaged"); return ZI_DAMAGED;
    }
}

int zi_webp_decode(const uint8_t *data, size_t count, const zi_info *info, uint8_t *pixels, zi_message *message) {
    int failure = ZI_OK;
    WebPDemuxer *demux = demuxer(data, count, message, &failure);
    if (!demux) return failure;
    WebPIterator frame;
    memset(&frame, 0, sizeof frame);
    uint8_t *buffer = NULL;
    failure = ZI_DAMAGED;
    if (!WebPDemuxGetFrame(demux, 1, &frame) || !frame.complete) {
        zi_say(message, "there is no whole frame");
        goto end;
    }
    size_t width = info->width, height = info->height;
    if (frame.width <= 0 || frame.height <= 0 || frame.x_offset < 0 || frame.y_offset < 0 ||
        (size_t)frame.x_offset + (size_t)frame.width > width || (size_t)frame.y_offset + (size_t)frame.height > height) {
        zi_say(message, "the first frame lies outside of the image");
        goto end;
    }
    int covers = (size_t)frame.width == width && (size_t)frame.height == height;
    if (covers && !frame.has_alpha) {
        failure = decode_frame(&frame, MODE_RGB, pixels, 3 * width * height, 3 * width, message);
        goto end;
    }
    size_t stride = 4 * (size_t)frame.width, size = stride * (size_t)frame.height;
    buffer = malloc(size);
    if (!buffer) {
        failure = ZI_MEMORY;
        zi_say(message, "not enough memory");
        goto end;
    }
    failure = decode_frame(&frame, MODE_RGBA, buffer, size, stride, message);
    if (failure != ZI_OK) goto end;
    if (!covers) memset(pixels, 255, 3 * width * height);
    for (size_t y = 0; y < (size_t)frame.height; y++) {
        uint8_t *target = pixels + 3 * ((y + (size_t)frame.y_offset) * width + (size_t)frame.x_offset);
        const uint8_t *source = buffer + y * stride;
        for (size_t x = 0; x < (size_t)frame.width; x++)
            for (int c = 0; c < 3; c++) target[3 * x + c] = zi_over_white(source[4 * x + c], source[4 * x + 3]);
    }
end:
    free(buffer);
    WebPDemuxReleaseIterator(&frame);
    WebPDemuxDelete(demux);
    return failure;
}
