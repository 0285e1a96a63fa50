#include "transcode/media/scaler.hpp"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace transcode {

namespace {
constexpr std::string_view scaling = "A picture cannot be scaled";

// The old names of formats that are full range by definition.
AVPixelFormat plain(AVPixelFormat format) noexcept {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P: return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P: return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P: return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P: return AV_PIX_FMT_YUV440P;
    default: return format;
  }
}
}  // namespace

bool is_full_range(const AVFrame& frame) noexcept {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  return frame.color_range == AVCOL_RANGE_JPEG || plain(format) != format;
}

bool has_form(const AVFrame& frame, const PictureForm& form) noexcept {
  return frame.width == form.width && frame.height == form.height &&
         plain(static_cast<AVPixelFormat>(frame.format)) == AV_PIX_FMT_YUV420P &&
         is_full_range(frame) == form.full_range;
}

base::Result<FramePtr> allocate(const PictureForm& form) {
  auto frame = new_frame();
  frame->width = form.width;
  frame->height = form.height;
  frame->format = form.pixel_format();
  frame->color_range = form.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  if (const int code = av_frame_get_buffer(frame.get(), 0); code < 0)
    return fail_av(code, scaling, base::Errc::exhausted);
  return frame;
}

base::Result<> Scaler::scale_into(const AVFrame& frame, std::uint8_t* const planes[4], const int strides[4]) {
  const auto format = plain(static_cast<AVPixelFormat>(frame.format));
  context_.reset(sws_getCachedContext(context_.release(), frame.width, frame.height, format, form_.width, form_.height,
                                      AV_PIX_FMT_YUV420P, SWS_AREA, nullptr, nullptr, nullptr));
  if (!context_) return base::fail(base::Errc::corrupt, "A picture has a form that cannot be converted.");
  const int* matrix = sws_getCoefficients(SWS_CS_DEFAULT);
  constexpr int unchanged = 1 << 16;  // contrast and saturation, 16.16
  sws_setColorspaceDetails(context_.get(), matrix, is_full_range(frame) ? 1 : 0, matrix, form_.full_range ? 1 : 0, 0,
                           unchanged, unchanged);
  const int code = sws_scale(context_.get(), frame.data, frame.linesize, 0, frame.height, planes, strides);
  if (code < 0) return fail_av(code, scaling);
  return {};
}

base::Result<FramePtr> Scaler::scale(const AVFrame& frame) {
  auto scaled = allocate(form_);
  if (!scaled) return scaled;
  if (auto done = scale_into(frame, (*scaled)->data, (*scaled)->linesize); !done) return std::unexpected(done.error());
  (*scaled)->pts = frame.pts;
  return scaled;
}

}  // namespace transcode
