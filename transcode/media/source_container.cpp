// MP4 and MPEG-TS: through libavformat, with the demuxer given and everything that leads out of the file shut.
#include <fmt/format.h>

#include <algorithm>

#include "transcode/media/byte_io.hpp"
#include "transcode/media/source_parts.hpp"

namespace transcode {

namespace {

constexpr unsigned max_streams = 32;                        // a camera's file has two or three
constexpr std::int64_t probe_bytes = 5'000'000;             // libavformat's own, said here because it bounds the work
constexpr std::int64_t probe_us = 5'000'000;                // of the file's time
constexpr std::int64_t wild_ticks = std::int64_t{1} << 50;  // four hundred years
// Of packets kept in memory, which are copies. A minute of 1080p from a camera has some 60 MB.
constexpr std::size_t max_kept_bytes = 384U << 20;

struct InputFree {
  void operator()(AVFormatContext* context) const noexcept { avformat_close_input(&context); }
};
using InputPtr = std::unique_ptr<AVFormatContext, InputFree>;

int refuse_to_open(AVFormatContext* /*context*/, AVIOContext** /*io*/, const char* /*url*/, int /*flags*/,
                   AVDictionary** /*options*/) {
  return AVERROR(EPERM);
}

base::Result<InputPtr> open_input(storage::Format format, AVIOContext* io) {
  AVFormatContext* context = avformat_alloc_context();
  if (context == nullptr) throw std::bad_alloc();
  context->pb = io;
  context->flags |= AVFMT_FLAG_CUSTOM_IO;
  context->io_open = refuse_to_open;
  context->max_streams = static_cast<int>(max_streams);
  context->probesize = probe_bytes;
  context->max_analyze_duration = probe_us;
  context->protocol_whitelist = av_strdup("");  // none
  const bool mp4 = format == storage::Format::mp4;
  const AVInputFormat* demuxer = av_find_input_format(mp4 ? "mov" : "mpegts");
  AVDictionary* options = nullptr;
  // The defaults, and too important to be left to them: samples that are said to be in another file are not there.
  for (const char* reference : {"enable_drefs", "use_absolute_path"})
    if (mp4) av_dict_set_int(&options, reference, 0, 0);
  const auto what = fmt::format("The {} file cannot be taken apart", storage::to_string(format));
  const int opened = avformat_open_input(&context, nullptr, demuxer, &options);
  av_dict_free(&options);
  if (opened < 0) return fail_av(opened, what);  // and the context is freed
  InputPtr input(context);
  if (const int code = avformat_find_stream_info(input.get(), nullptr); code < 0) return fail_av(code, what);
  return input;
}

const AVStream* first_of(const AVFormatContext& input, AVMediaType type) {
  for (const AVStream* stream : std::span(input.streams, input.nb_streams)) {
    const bool cover = (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    if (stream->codecpar->codec_type == type && stream->codecpar->codec_id != AV_CODEC_ID_NONE && !cover) return stream;
  }
  return nullptr;
}

CodecParametersPtr copy_parameters(const AVStream& stream) {
  auto parameters = new_parameters();
  if (avcodec_parameters_copy(parameters.get(), stream.codecpar) < 0) throw std::bad_alloc();
  parameters->codec_tag = 0;  // of this container, not of the next
  return parameters;
}

std::int64_t usual_ticks_of(const AVStream& stream, std::int64_t assumed) {
  const AVRational rate = stream.avg_frame_rate.num > 0 ? stream.avg_frame_rate : stream.r_frame_rate;
  if (rate.num <= 0 || rate.den <= 0) return assumed;
  // Between a thousand pictures a second and one in ten seconds.
  return std::clamp<std::int64_t>(av_rescale(ticks_per_second, rate.den, rate.num), ticks_per_second / 1000,
                                  ticks_per_second * 10);
}

// A sane time of the packet, or else the one expected.
std::int64_t time_of(const AVPacket& packet, const AVStream& stream, std::int64_t expected) {
  const std::int64_t stamp = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (stamp == AV_NOPTS_VALUE) return expected;
  const std::int64_t ticks = av_rescale_q(stamp, stream.time_base, media_clock);
  return ticks > -wild_ticks && ticks < wild_ticks ? ticks : expected;
}

class ContainerReader {
 public:
  ContainerReader(AVFormatContext& input, Source& source, std::int64_t usual_ticks)
      : input_(input),
        source_(source),
        video_(first_of(input, AVMEDIA_TYPE_VIDEO)),
        sound_(first_of(input, AVMEDIA_TYPE_AUDIO)) {
    if (video_ != nullptr)
      source.video =
          VideoTrack{.parameters = copy_parameters(*video_), .usual_ticks = usual_ticks_of(*video_, usual_ticks)};
    if (sound_ != nullptr) source.sound = SoundTrack{.parameters = copy_parameters(*sound_)};
  }

  base::Result<> read() {
    while (true) {
      auto packet = new_packet();
      const int code = av_read_frame(&input_, packet.get());
      if (code == AVERROR_EOF) return {};
      if (code < 0) return note_broken_end();
      if (packet->size <= 0) continue;
      if ((packet->flags & AV_PKT_FLAG_CORRUPT) != 0) ++source_.probe.damaged_records;
      if (!take(*packet)) continue;
      kept_bytes_ += static_cast<std::size_t>(packet->size);
      source_.owned.push_back(std::move(packet));
      if (kept_bytes_ > max_kept_bytes || source_.owned.size() > max_packets)
        return base::fail(base::Errc::corrupt, "The file has more pictures and sound than any camera puts into one.");
    }
  }

 private:
  bool take(const AVPacket& packet) {
    const base::ByteView bytes(packet.data, static_cast<std::size_t>(packet.size));
    if (video_ != nullptr && packet.stream_index == video_->index) return take_picture(packet, bytes);
    if (sound_ == nullptr || packet.stream_index != sound_->index) return false;
    if ((packet.flags & AV_PKT_FLAG_DISCARD) != 0) return false;
    next_sound_ = time_of(packet, *sound_, next_sound_);
    source_.sound->sounds.push_back({.bytes = bytes, .heard_at = next_sound_});
    return true;
  }

  bool take_picture(const AVPacket& packet, base::ByteView bytes) {
    const bool key = (packet.flags & AV_PKT_FLAG_KEY) != 0;
    key_seen_ = key_seen_ || key;
    if (!key_seen_) {
      ++source_.probe.missing_pictures;
      return false;
    }
    const std::int64_t at = time_of(packet, *video_, next_picture_);
    next_picture_ = at + source_.video->usual_ticks;
    const bool hidden = (packet.flags & AV_PKT_FLAG_DISCARD) != 0;
    source_.video->pictures.push_back({.bytes = bytes, .shown_at = at, .key = key, .hidden = hidden});
    return true;
  }

  base::Result<> note_broken_end() {
    ++source_.probe.damaged_records;
    return {};
  }

  AVFormatContext& input_;
  Source& source_;
  const AVStream* video_;
  const AVStream* sound_;
  std::int64_t next_picture_ = 0;
  std::int64_t next_sound_ = 0;
  bool key_seen_ = false;
  std::size_t kept_bytes_ = 0;
};

// The moov box stands in front of the mdat box.
bool begins_with_index(base::ByteView file) {
  for (std::uint64_t at = 0; at + 16 <= file.size();) {
    const std::uint8_t* box = file.data() + at;
    const auto type = base::as_text(file.subspan(static_cast<std::size_t>(at) + 4, 4));
    if (type == "moov") return true;
    std::uint64_t size = base::load_be<std::uint32_t>(box);
    if (size == 1) size = base::load_be<std::uint64_t>(box + 8);
    if (type == "mdat" || size < 8 || size > file.size() - at) return false;
    at += size;
  }
  return false;
}

}  // namespace

base::Result<Source> open_container(storage::Format format, base::ByteView file, std::int64_t usual_ticks) {
  Source source;
  const bool mp4 = format == storage::Format::mp4;
  source.probe.container = mp4 ? "mp4" : "mpegts";
  source.fast_start = mp4 && begins_with_index(file);
  MemoryInput bytes(file);
  auto input = open_input(format, bytes.io());
  if (!input) return std::unexpected(input.error());
  ContainerReader reader(**input, source, usual_ticks);
  if (auto read = reader.read(); !read) return std::unexpected(read.error());
  if (auto settled = settle(source); !settled) return std::unexpected(settled.error());
  return source;
}

}  // namespace transcode
