// PTMF, Annex-B and JPEG: through readers of our own.
#include <algorithm>

#include "transcode/media/picture_parser.hpp"
#include "transcode/media/source_parts.hpp"
#include "transcode/order/order.hpp"
#include "transcode/streams/annexb_reader.hpp"
#include "transcode/streams/picture_order.hpp"
#include "transcode/streams/ptmf_demuxer.hpp"

namespace transcode {

namespace {

constexpr int alaw_rate = 8000;

CodecParametersPtr alaw_parameters() {
  auto parameters = new_parameters();
  parameters->codec_type = AVMEDIA_TYPE_AUDIO;
  parameters->codec_id = AV_CODEC_ID_PCM_ALAW;
  parameters->sample_rate = alaw_rate;
  parameters->bits_per_coded_sample = 8;
  av_channel_layout_default(&parameters->ch_layout, 1);
  return parameters;
}

base::Result<> too_many() {
  return base::fail(base::Errc::corrupt, "The file has more pictures and sounds than any camera puts into one.");
}

base::Result<> read_ptmf(PtmfDemuxer& demuxer, VideoTrack& video, SoundTrack& sound) {
  while (const auto unit = demuxer.next()) {
    if (video.pictures.size() + sound.sounds.size() >= max_packets) return too_many();
    const std::int64_t at = to_ticks(unit->time_us);
    if (unit->kind == PtmfUnit::Kind::sound) {
      sound.sounds.push_back({.bytes = unit->bytes, .heard_at = at});
      continue;
    }
    if (video.usual_ticks == 0 && unit->frames_per_second > 0)
      video.usual_ticks = ticks_per_second / unit->frames_per_second;
    video.pictures.push_back({.bytes = unit->bytes, .shown_at = at, .key = unit->kind == PtmfUnit::Kind::key_picture});
  }
  return {};
}

// The first key picture with parameter sets that can be read; those before it cannot be shown, and go.
base::Result<RawVideo> begin_with_readable(std::vector<Picture>& pictures, storage::MediaProbe& probe) {
  base::Result<RawVideo> raw = base::fail(base::Errc::corrupt, "No parameter sets are in the video.");
  for (auto at = pictures.begin(); at != pictures.end(); ++at) {
    if (!at->key) continue;
    const auto codec = codec_of(at->bytes);
    if (codec) raw = describe_video(*codec, at->bytes);
    if (!raw) continue;
    probe.missing_pictures += static_cast<std::uint32_t>(at - pictures.begin());
    pictures.erase(pictures.begin(), at);
    return raw;
  }
  return raw;
}

// From one picture in ten seconds on.
bool is_sane(AVRational rate) noexcept {
  constexpr int slowest_s = 10;
  return rate.num > 0 && rate.den > 0 && rate.num / rate.den <= static_cast<int>(highest_frame_rate) &&
         rate.den / rate.num < slowest_s;
}

}  // namespace

base::Result<Source> open_ptmf(base::ByteView file, std::int64_t usual_ticks) {
  Source source{.probe = {.container = "ptmf"}};
  VideoTrack video;
  SoundTrack sound{.parameters = alaw_parameters()};
  PtmfDemuxer demuxer(file);
  if (auto read = read_ptmf(demuxer, video, sound); !read) return std::unexpected(read.error());
  note_damage(source.probe, demuxer.damage());
  if (video.usual_ticks == 0) video.usual_ticks = usual_ticks;
  if (auto raw = begin_with_readable(video.pictures, source.probe)) {
    video.parameters = std::move(raw->parameters);
    source.video = std::move(video);
  } else {
    source.probe.missing_pictures += static_cast<std::uint32_t>(video.pictures.size());
  }
  source.sound = std::move(sound);
  if (auto settled = settle(source); !settled) return std::unexpected(settled.error());
  return source;
}

base::Result<Source> open_annexb(base::ByteView file, std::int64_t usual_ticks) {
  const auto codec = codec_of(file);
  if (!codec) return base::fail(base::Errc::corrupt, "No parameter sets of HEVC or H.264 are in the file.");
  Source source{.probe = {.container = "annexb"}};
  VideoTrack video;
  std::vector<OrderedPicture> order;
  PictureParser parser(*codec);
  AnnexbReader reader(file, *codec);
  while (const auto unit = reader.next()) {
    if (video.pictures.size() >= max_packets) return std::unexpected(too_many().error());
    video.pictures.push_back({.bytes = unit->bytes, .key = unit->key});
    order.push_back({.order_count = parser.read(unit->bytes), .restarts_order = unit->restarts_order});
  }
  note_damage(source.probe, reader.damage());
  const auto all = video.pictures.size();
  auto raw = begin_with_readable(video.pictures, source.probe);
  if (!raw) return std::unexpected(raw.error());
  order.erase(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(all - video.pictures.size()));

  // What the encoder wrote into the stream is about this stream; what the camera named beside it comes after that.
  video.usual_ticks =
      is_sane(raw->frame_rate) ? av_rescale(ticks_per_second, raw->frame_rate.den, raw->frame_rate.num) : usual_ticks;
  const PictureOrder shown = rank_pictures(order);
  source.probe.damaged_records += shown.unordered;  // shown, but perhaps not in their order
  for (std::size_t n = 0; n < video.pictures.size(); ++n)
    video.pictures[n].shown_at = shown.rank[n] * video.usual_ticks;
  video.parameters = std::move(raw->parameters);
  source.video = std::move(video);
  if (auto settled = settle(source); !settled) return std::unexpected(settled.error());
  return source;
}

base::Result<Source> open_jpeg(base::ByteView file) {
  Source source{.probe = {.container = "jpeg"}};
  VideoTrack video{.parameters = new_parameters(), .usual_ticks = 1};
  video.parameters->codec_type = AVMEDIA_TYPE_VIDEO;
  video.parameters->codec_id = AV_CODEC_ID_MJPEG;
  video.pictures.push_back({.bytes = file, .key = true});
  storage::FormatCheck check;
  check.feed(file);
  const auto verdict = check.finish();
  video.parameters->width = static_cast<int>(std::min<std::uint32_t>(verdict.width, UINT16_MAX));
  video.parameters->height = static_cast<int>(std::min<std::uint32_t>(verdict.height, UINT16_MAX));
  source.probe.damaged_records = verdict.defect ? 1 : 0;
  source.video = std::move(video);
  if (auto settled = settle(source); !settled) return std::unexpected(settled.error());
  source.probe.duration_us = 0;
  source.probe.frame_rate_milli = 0;
  return source;
}

}  // namespace transcode
