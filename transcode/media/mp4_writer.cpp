#include "transcode/media/mp4_writer.hpp"

#include <array>
#include <limits>
#include <new>

namespace transcode {

namespace {

constexpr std::string_view writing = "The MP4 file cannot be written";

// What the index needs at most for a sample: stts 8, ctts 8, stsz 4, stss 4, and, should each be a chunk of its own,
// stsc 12 and co64 8. And for all else: headers, parameter sets (which are in the file once), edit lists.
constexpr std::size_t index_bytes_per_sample = 44;
constexpr std::size_t index_bytes_else = 8 * 1024;

// Sound stands beside its pictures in blocks of this: short enough to play while loading, long enough for few chunks.
constexpr std::int64_t block_ticks = ticks_per_second / 2;

std::int64_t index_room(std::size_t pictures, const AVCodecParameters* video, const SoundToWrite* sound) {
  std::size_t room = index_bytes_else + pictures * index_bytes_per_sample;
  if (video != nullptr) room += static_cast<std::size_t>(video->extradata_size);
  if (sound != nullptr) room += sound->packets.size() * index_bytes_per_sample;
  return static_cast<std::int64_t>(room);
}

unsigned tag_of(AVCodecID codec) noexcept {
  return codec == AV_CODEC_ID_HEVC ? MKTAG('h', 'v', 'c', '1') : 0;  // "hev1" is not played by Apple's
}

struct Options {
  AVDictionary* entries = nullptr;
  Options() = default;
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  ~Options() { av_dict_free(&entries); }
};

}  // namespace

base::Result<std::unique_ptr<Mp4Writer>> Mp4Writer::begin(int descriptor, const AVCodecParameters* video,
                                                          std::size_t pictures, const SoundToWrite* sound) {
  std::unique_ptr<Mp4Writer> writer(new Mp4Writer(descriptor));
  AVFormatContext* context = nullptr;
  if (avformat_alloc_output_context2(&context, nullptr, "mp4", nullptr) < 0) throw std::bad_alloc();
  writer->muxer_.reset(context);
  context->pb = writer->output_.io();
  context->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;  // no version, no date: the same file, the same bytes
  if (auto added = writer->add_streams(video, sound); !added) return std::unexpected(added.error());
  Options options;
  av_dict_set_int(&options.entries, "moov_size", index_room(pictures, video, sound), 0);
  av_dict_set_int(&options.entries, "video_track_timescale", ticks_per_second, 0);
  if (const int code = avformat_write_header(context, &options.entries); code < 0)
    return std::unexpected(writer->why(code));
  return writer;
}

base::Result<> Mp4Writer::add_streams(const AVCodecParameters* video, const SoundToWrite* sound) {
  const auto add = [&](const AVCodecParameters& parameters, AVRational time_base, unsigned tag) {
    AVStream* stream = avformat_new_stream(muxer_.get(), nullptr);
    if (stream == nullptr || avcodec_parameters_copy(stream->codecpar, &parameters) < 0) throw std::bad_alloc();
    stream->codecpar->codec_tag = tag;
    stream->time_base = time_base;
    return stream;
  };
  if (video != nullptr) video_ = add(*video, media_clock, tag_of(video->codec_id));
  if (sound == nullptr || sound->packets.empty()) return {};
  sound_to_write_ = sound;
  sound_ = add(*sound->parameters, sound->time_base, 0);
  return {};
}

base::Result<> Mp4Writer::write(AVPacket& packet, AVRational time_base, const AVStream& stream) {
  packet.stream_index = stream.index;
  av_packet_rescale_ts(&packet, time_base, stream.time_base);
  if (const int code = av_write_frame(muxer_.get(), &packet); code < 0) return std::unexpected(why(code));
  return {};
}

// The disk's fault, when it is: that tells more than what the muxer makes of it.
base::Error Mp4Writer::why(int code) {
  if (const auto flushed = output_.flush(); !flushed) return flushed.error();
  return fail_av(code, writing).error();
}

base::Result<> Mp4Writer::write_sound_until(std::int64_t ticks) {
  if (sound_to_write_ == nullptr) return {};
  const auto& packets = sound_to_write_->packets;
  for (; next_sound_ < packets.size(); ++next_sound_) {
    const AVPacket& original = *packets[next_sound_];
    if (av_rescale_q(original.dts, sound_to_write_->time_base, media_clock) >= ticks) break;
    PacketPtr packet(av_packet_clone(&original));  // a reference: the sound may go into another file as well
    if (!packet) throw std::bad_alloc();
    if (auto written = write(*packet, sound_to_write_->time_base, *sound_); !written) return written;
  }
  return {};
}

base::Result<> Mp4Writer::write_picture(AVPacket& packet) {
  if (packet.dts >= sound_until_) {
    sound_until_ = packet.dts + block_ticks;
    if (auto written = write_sound_until(sound_until_); !written) return written;
  }
  return write(packet, media_clock, *video_);
}

base::Result<> Mp4Writer::finish() {
  if (auto written = write_sound_until(std::numeric_limits<std::int64_t>::max()); !written) return written;
  if (const int code = av_write_trailer(muxer_.get()); code < 0) return std::unexpected(why(code));
  return output_.flush();
}

}  // namespace transcode
