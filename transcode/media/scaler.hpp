// Raw pictures of any kind and size into 8-bit 4:2:0 of one size.
#pragma once

#include "transcode/media/libav.hpp"

namespace transcode {

struct PictureForm {
  int width = 0;  // both even
  int height = 0;
  bool full_range = true;  // 0..255, as cameras and JPEG have it; else 16..235

  AVPixelFormat pixel_format() const noexcept { return full_range ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P; }
};

bool is_full_range(const AVFrame& frame) noexcept;
bool has_form(const AVFrame& frame, const PictureForm& form) noexcept;

// Empty: a picture whose memory is its own.
base::Result<FramePtr> allocate(const PictureForm& form);

class Scaler {
 public:
  explicit Scaler(const PictureForm& form) : form_(form) {}
  // Pictures may change their size and kind from one to the next.
  base::Result<FramePtr> scale(const AVFrame& frame);
  // Into a part of a larger picture: planes of the form's size with the given strides.
  base::Result<> scale_into(const AVFrame& frame, std::uint8_t* const planes[4], const int strides[4]);

 private:
  struct Input {
    int width = 0;
    int height = 0;
    AVPixelFormat format = AV_PIX_FMT_NONE;
    bool full_range = false;
    bool operator==(const Input&) const = default;
  };
  base::Result<> prepare(const Input& input);

  PictureForm form_;
  Input input_;
  SwsPtr context_;
};

}  // namespace transcode
