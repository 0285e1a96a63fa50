#include "transcode/media/process.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <new>
#include <optional>

#include "transcode/media/outputs.hpp"
#include "transcode/media/sound.hpp"

namespace transcode {

namespace {

using base::Derived;

// Encoding takes some twenty times as long as anything else.
double weight(Derived derived) noexcept {
  return derived == Derived::playback ? 20 : 1;
}

class Progress {
 public:
  Progress(const std::function<void(unsigned)>& tell, const std::vector<Output>& outputs) : tell_(tell) {
    for (const Output& output : outputs) whole_ += weight(output.derived);
  }
  void part(Derived derived, double fraction) {
    const double done = (done_ + weight(derived) * fraction) / std::max(whole_, 1.0);
    const auto percent = static_cast<unsigned>(std::clamp(done, 0.0, 1.0) * 100);
    if (percent > told_ && tell_) tell_(told_ = percent);
  }
  void finished(Derived derived) {
    part(derived, 1);
    done_ += weight(derived);
  }

 private:
  const std::function<void(unsigned)>& tell_;
  double whole_ = 0;
  double done_ = 0;
  unsigned told_ = 0;
};

bool is_for_browsers(const AVCodecParameters& parameters) noexcept {
  return parameters.codec_id == AV_CODEC_ID_H264 &&
         (parameters.format == AV_PIX_FMT_YUV420P || parameters.format == AV_PIX_FMT_YUVJ420P);
}

Playable playable_of(const Source& source, storage::Format format) noexcept {
  if (!source.video || format == storage::Format::jpeg) return Playable::no;
  if (!is_for_browsers(*source.video->parameters)) return Playable::as_encoded;
  const bool sound_plays = !source.sound || source.sound->parameters->codec_id == AV_CODEC_ID_AAC;
  return source.fast_start && sound_plays ? Playable::as_it_is : Playable::as_remux;
}

class Job {
 public:
  Job(const Order& order, Source source, Progress progress)
      : order_(order), source_(std::move(source)), progress_(progress) {}

  base::Result<Report> run() {
    Report report{.playable = playable_of(source_, order_.format)};
    for (const Output& output : order_.outputs) {
      auto made = make(output);
      if (!made) return std::unexpected(made.error());
      if (*made) report.made.push_back(output.derived);
      progress_.finished(output.derived);
    }
    report.probe = source_.probe;
    return report;
  }

 private:
  base::Result<bool> make(const Output& output) {
    switch (output.derived) {
      case Derived::thumbnail:
        return source_.video ? write_thumbnail(*source_.video, order_.encoding, output.descriptor) : false;
      case Derived::strip:
        return source_.video && !is_photo() ? write_strip(*source_.video, order_.encoding, output.descriptor) : false;
      case Derived::remux:
      case Derived::playback: return is_photo() ? false : make_video(output);
    }
    return false;
  }

  base::Result<bool> make_video(const Output& output) {
    if (auto prepared = prepare_sound(); !prepared) return std::unexpected(prepared.error());
    const SoundToWrite* sound = sound_ ? &*sound_ : nullptr;
    if (output.derived == Derived::remux) return write_remux(source_, sound, output.descriptor);
    auto played = write_playback(source_, sound, order_.encoding, output.descriptor,
                                 [this](double fraction) { progress_.part(Derived::playback, fraction); });
    if (!played) return std::unexpected(played.error());
    source_.probe.decode_errors = played->errors;
    return played->made;
  }

  // Once for all files it goes into.
  base::Result<> prepare_sound() {
    if (!source_.sound || sound_prepared_) return {};
    auto sound = make_sound(*source_.sound);
    if (!sound) return std::unexpected(sound.error());
    sound_ = std::move(*sound);
    sound_prepared_ = true;
    return {};
  }

  bool is_photo() const noexcept { return order_.format == storage::Format::jpeg; }

  const Order& order_;
  Source source_;
  Progress progress_;
  std::optional<SoundToWrite> sound_;
  bool sound_prepared_ = false;
};

}  // namespace

base::Result<Report> process(const Order& order, base::ByteView file, const std::function<void(unsigned)>& progress) {
  count_complaints();
  try {
    auto source = open_source(order.format, file, order.frame_rate);
    if (!source) return std::unexpected(source.error());
    return Job(order, std::move(*source), Progress(progress, order.outputs)).run();
  } catch (const std::bad_alloc&) {
    return base::fail(base::Errc::exhausted, "The worker ran out of memory.");
  }
}

}  // namespace transcode
