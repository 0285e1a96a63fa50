#include "transcode/media/source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "transcode/media/picture_parser.hpp"
#include "transcode/media/source_parts.hpp"

namespace transcode {

void note_damage(storage::MediaProbe& probe, const StreamDamage& damage) {
  probe.damaged_records = damage.damaged_records;
  probe.skipped_bytes = damage.skipped_bytes;
  probe.missing_pictures = damage.missing_pictures;
  probe.missing_sounds = damage.missing_sounds;
}

base::Result<RawVideo> describe_video(VideoCodec codec, base::ByteView key_picture) {
  const base::Bytes sets = parameter_sets(codec, key_picture);
  PictureParser parser(codec);
  const auto order_count = parser.read(key_picture);
  if (!order_count || sets.empty() || parser.width() <= 0 || parser.height() <= 0)
    return base::fail(base::Errc::corrupt, "The parameter sets of the first key picture cannot be read.");
  RawVideo video{.parameters = new_parameters(), .frame_rate = parser.frame_rate()};
  video.parameters->codec_type = AVMEDIA_TYPE_VIDEO;
  video.parameters->codec_id = codec_id(codec);
  video.parameters->width = parser.width();
  video.parameters->height = parser.height();
  video.parameters->format = parser.pixel_format();
  video.parameters->profile = parser.profile();
  set_extradata(*video.parameters, sets);
  return video;
}

namespace {

// A-law: a byte is a sample. Elsewhere a packet lasts until the next one, and there are no gaps to speak of.
std::int64_t sound_ticks(const SoundTrack& track) {
  const auto& sounds = track.sounds;
  if (sounds.empty()) return 0;
  if (track.parameters->codec_id == AV_CODEC_ID_PCM_ALAW) {
    std::int64_t samples = 0;
    for (const Sound& sound : sounds) samples += static_cast<std::int64_t>(sound.bytes.size());
    return samples * ticks_per_second / std::max(track.parameters->sample_rate, 1);
  }
  const std::int64_t span = sounds.back().heard_at - sounds.front().heard_at;
  const auto steps = static_cast<std::int64_t>(sounds.size()) - 1;
  return steps > 0 ? span + span / steps : ticks_per_second / 50;
}

std::int64_t sound_end(const SoundTrack& track) {
  if (track.sounds.empty()) return 0;
  if (track.parameters->codec_id == AV_CODEC_ID_PCM_ALAW) {
    const Sound& last = track.sounds.back();
    return last.heard_at +
           static_cast<std::int64_t>(last.bytes.size()) * ticks_per_second / std::max(track.parameters->sample_rate, 1);
  }
  return track.sounds.front().heard_at + sound_ticks(track);
}

std::uint32_t milli(double rate) {
  constexpr double most = 1e9;  // a damaged file may put all its pictures into one moment
  return static_cast<std::uint32_t>(std::llround(std::min(rate * 1000, most)));
}

// The rate that was declared, where the pictures keep to it; else what they show.
std::uint32_t frame_rate_milli(std::size_t shown, std::int64_t span_ticks, std::int64_t usual_ticks) {
  constexpr double kept = 0.05;  // of the rate: cameras waver, and a short clip shows it
  const double declared = static_cast<double>(ticks_per_second) / static_cast<double>(usual_ticks);
  if (shown < 2 || span_ticks <= 0) return milli(declared);
  const double measured =
      static_cast<double>(shown - 1) * static_cast<double>(ticks_per_second) / static_cast<double>(span_ticks);
  const bool keeps = measured > declared * (1 - kept) && measured < declared * (1 + kept);
  return milli(keeps ? declared : measured);
}

struct Span {
  std::size_t shown = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;
};

Span span_of(const std::vector<Picture>& pictures) {
  Span span;
  for (const Picture& picture : pictures) {
    if (picture.hidden) continue;
    if (span.shown++ == 0) span.first = span.last = picture.shown_at;
    span.first = std::min(span.first, picture.shown_at);
    span.last = std::max(span.last, picture.shown_at);
  }
  return span;
}

void move_by(Source& source, std::int64_t ticks) {
  if (source.video)
    for (Picture& picture : source.video->pictures) picture.shown_at += ticks, picture.decoded_at += ticks;
  if (source.sound)
    for (Sound& sound : source.sound->sounds) sound.heard_at += ticks;
}

// Pictures are decoded in the order they stand in, at times that rise and never come after the picture is shown.
void set_decoding_times(std::vector<Picture>& pictures) {
  std::vector<std::int64_t> times;
  times.reserve(pictures.size());
  for (const Picture& picture : pictures) times.push_back(picture.shown_at);
  std::ranges::sort(times);
  std::int64_t delay = 0;
  for (std::size_t n = 0; n < times.size(); ++n) delay = std::max(delay, times[n] - pictures[n].shown_at);
  for (std::size_t n = 0; n < times.size(); ++n) pictures[n].decoded_at = times[n] - delay;
}

base::Result<> describe(Source& source) {
  storage::MediaProbe& probe = source.probe;
  std::int64_t end = 0;
  if (source.video) {
    VideoTrack& video = *source.video;
    const Span span = span_of(video.pictures);
    probe.frames = static_cast<std::uint32_t>(span.shown);
    probe.video_codec = avcodec_get_name(video.parameters->codec_id);
    probe.width = static_cast<std::uint32_t>(video.parameters->width);
    probe.height = static_cast<std::uint32_t>(video.parameters->height);
    probe.frame_rate_milli = frame_rate_milli(span.shown, span.last - span.first, video.usual_ticks);
    end = span.last + video.usual_ticks;
  }
  if (source.sound) {
    const SoundTrack& sound = *source.sound;
    probe.sound_codec = avcodec_get_name(sound.parameters->codec_id);
    probe.sample_rate = static_cast<std::uint32_t>(sound.parameters->sample_rate);
    probe.channels = static_cast<std::uint32_t>(sound.parameters->ch_layout.nb_channels);
    probe.sound_us = static_cast<std::uint64_t>(std::max<std::int64_t>(to_us(sound_ticks(sound)), 0));
    end = std::max(end, sound_end(sound));
  }
  if (to_us(end) > max_duration_us)
    return base::fail(base::Errc::corrupt, fmt::format("The file says that it is {} hours long; at most {} are taken.",
                                                       to_us(end) / 3'600'000'000, max_duration_us / 3'600'000'000));
  probe.duration_us = static_cast<std::uint64_t>(std::max<std::int64_t>(to_us(end), 0));
  return {};
}

}  // namespace

base::Result<> settle(Source& source) {
  if (source.video && source.video->pictures.empty()) source.video.reset();
  if (source.sound && source.sound->sounds.empty()) source.sound.reset();
  if (!source.video && !source.sound)
    return base::fail(base::Errc::corrupt, "Neither a picture that can be shown nor sound is in the file.");
  std::int64_t origin = source.video ? span_of(source.video->pictures).first : source.sound->sounds.front().heard_at;
  move_by(source, -origin);
  if (source.video) set_decoding_times(source.video->pictures);
  return describe(source);
}

base::Result<Source> open_source(storage::Format format, base::ByteView file, std::uint32_t frame_rate) {
  const std::int64_t usual_ticks = assumed_ticks(frame_rate);
  switch (format) {
    case storage::Format::ptmf: return open_ptmf(file, usual_ticks);
    case storage::Format::annexb: return open_annexb(file, usual_ticks);
    case storage::Format::jpeg: return open_jpeg(file);
    case storage::Format::mp4:
    case storage::Format::mpegts: return open_container(format, file, usual_ticks);
    case storage::Format::json:
    case storage::Format::unknown: break;
  }
  return base::fail(base::Errc::invalid, fmt::format("There is no way to make a picture of a file of this format ({}).",
                                                     storage::to_string(format)));
}

}  // namespace transcode
