#include "transcode/media/scaler.hpp"

extern "C" {
#include <libavutil/opt.h>
}

#include <new>

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

// The ranges must be known when the context is set up: a context for equal sizes copies planes as they are otherwise.
base::Result<> Scaler::prepare(const Input& input) {
  if (context_ && input == input_) return {};
  context_.reset(sws_alloc_context());
  if (!context_) throw std::bad_alloc();
  const auto set = [&](const char* name, std::int64_t value) { av_opt_set_int(context_.get(), name, value, 0); };
  set("srcw", input.width);
  set("srch", input.height);
  set("src_format", input.format);
  set("src_range", input.full_range ? 1 : 0);
  set("dstw", form_.width);
  set("dsth", form_.height);
  set("dst_format", AV_PIX_FMT_YUV420P);
  set("dst_range", form_.full_range ? 1 : 0);
  set("sws_flags", SWS_AREA);
  if (sws_init_context(context_.get(), nullptr, nullptr) < 0) {
    context_.reset();
    return base::fail(base::Errc::corrupt, "A picture has a form that cannot be converted.");
  }
  input_ = input;
  return {};
}

base::Result<> Scaler::scale_into(const AVFrame& frame, std::uint8_t* const planes[4], const int strides[4]) {
  const Input input{.width = frame.width,
                    .height = frame.height,
                    .format = plain(static_cast<AVPixelFormat>(frame.format)),
                    .full_range = is_full_range(frame)};
  if (auto prepared = prepare(input); !prepared) return prepared;
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
