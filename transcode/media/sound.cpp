#include "transcode/media/sound.hpp"

extern "C" {
#include <libavutil/opt.h>
}

#include <algorithm>
#include <array>
#include <new>

#include "transcode/media/decoder.hpp"
#include "transcode/media/encoder.hpp"
#include "transcode/media/sound_line.hpp"

namespace transcode {

namespace {

constexpr int bits_per_channel = 64'000;  // speech and road noise through a camera's 8 kHz need less
constexpr int max_channels = 2;
constexpr int least_cutoff = 4'000, most_cutoff = 20'000;  // Hz

// `source_rate`: of the sound that goes in. Above half of it there is nothing to encode, and not looking there, with
// the simpler way to choose quantisers, takes a third of the time; at 64 kbit/s nobody hears a difference.
base::Result<Encoder> open_aac(int channels, int source_rate) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
  if (codec == nullptr) return base::fail(base::Errc::unavailable, "This build of FFmpeg has no AAC encoder.");
  auto context = new_context(codec);
  context->sample_fmt = AV_SAMPLE_FMT_FLTP;
  context->sample_rate = sound_rate;
  context->bit_rate = std::int64_t{bits_per_channel} * channels;
  context->time_base = AVRational{1, sound_rate};
  context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
  context->cutoff = std::clamp(source_rate / 2, least_cutoff, most_cutoff);
  av_channel_layout_default(&context->ch_layout, channels);
  av_opt_set(context->priv_data, "aac_coder", "fast", 0);
  if (const int code = avcodec_open2(context.get(), codec, nullptr); code < 0)
    return fail_av(code, "The AAC encoder cannot be opened", base::Errc::unavailable);
  return Encoder(std::move(context));
}

PacketPtr keep(const AVPacket& packet) {
  PacketPtr kept(av_packet_clone(&packet));
  if (!kept) throw std::bad_alloc();
  return kept;
}

SoundToWrite take_over(const SoundTrack& track) {
  SoundToWrite sound{.parameters = new_parameters(), .time_base = media_clock};
  if (avcodec_parameters_copy(sound.parameters.get(), track.parameters.get()) < 0) throw std::bad_alloc();
  auto packet = new_packet();
  std::int64_t last = -1;
  for (const Sound& piece : track.sounds) {
    if (piece.heard_at <= last) continue;  // before the first picture, or out of order
    last = piece.heard_at;
    borrow(*packet, piece.bytes);
    packet->pts = packet->dts = piece.heard_at;
    packet->flags |= AV_PKT_FLAG_KEY;
    sound.packets.push_back(keep(*packet));
  }
  return sound;
}

bool can_be_taken_over(const AVCodecParameters& parameters) noexcept {
  constexpr int most_channels = 8;  // of AAC in MP4
  return parameters.codec_id == AV_CODEC_ID_AAC && parameters.sample_rate > 0 && parameters.ch_layout.nb_channels > 0 &&
         parameters.ch_layout.nb_channels <= most_channels;
}

// Cuts what comes into frames of the encoder's size.
class AacWriter {
 public:
  AacWriter(Encoder encoder, SoundToWrite& out) : encoder_(std::move(encoder)), out_(out) {
    out_.parameters = encoder_.parameters();
    out_.time_base = encoder_.context().time_base;
    pending_.resize(static_cast<std::size_t>(encoder_.context().ch_layout.nb_channels));
  }

  base::Result<> add(const SoundLine::Samples& samples) {
    for (std::size_t n = 0; n < pending_.size(); ++n)
      pending_[n].insert(pending_[n].end(), samples[n].begin(), samples[n].end());
    const auto size = static_cast<std::size_t>(encoder_.context().frame_size);
    while (pending_.front().size() >= size)
      if (auto encoded = encode(size); !encoded) return encoded;
    return {};
  }

  base::Result<> finish() {
    if (!pending_.front().empty())
      if (auto encoded = encode(pending_.front().size()); !encoded) return encoded;
    return encoder_.finish([this](AVPacket& packet) { return take(packet); });
  }

 private:
  base::Result<> encode(std::size_t size) {
    auto frame = new_frame();
    frame->format = AV_SAMPLE_FMT_FLTP;
    frame->sample_rate = sound_rate;
    frame->nb_samples = static_cast<int>(size);
    frame->pts = written_;
    av_channel_layout_copy(&frame->ch_layout, &encoder_.context().ch_layout);
    if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
    for (std::size_t n = 0; n < pending_.size(); ++n) {
      auto& channel = pending_[n];
      std::memcpy(frame->data[n], channel.data(), size * sizeof(float));
      channel.erase(channel.begin(), channel.begin() + static_cast<std::ptrdiff_t>(size));
    }
    written_ += static_cast<std::int64_t>(size);
    return encoder_.encode(*frame, [this](AVPacket& packet) { return take(packet); });
  }

  base::Result<> take(AVPacket& packet) {
    out_.packets.push_back(keep(packet));
    return {};
  }

  Encoder encoder_;
  SoundToWrite& out_;
  std::vector<std::vector<float>> pending_;  // per channel
  std::int64_t written_ = 0;
};

base::Result<std::optional<SoundToWrite>> encode_anew(const SoundTrack& track) {
  auto decoder = Decoder::open(*track.parameters, 1);
  if (!decoder) return std::nullopt;  // the picture is worth having without it
  SoundToWrite sound;
  const int channels = std::clamp(track.parameters->ch_layout.nb_channels, 1, max_channels);
  auto encoder = open_aac(channels, track.parameters->sample_rate);
  if (!encoder) return std::unexpected(encoder.error());
  AacWriter writer(std::move(*encoder), sound);
  SoundLine line(channels, [&](const SoundLine::Samples& samples) { return writer.add(samples); });
  const auto place = [&](AVFrame& frame) { return line.place(frame); };
  for (const Sound& piece : track.sounds)
    if (auto decoded = decoder->decode(piece, place); !decoded) return std::unexpected(decoded.error());
  if (auto rest = decoder->finish(place); !rest) return std::unexpected(rest.error());
  if (!line.begun()) return std::nullopt;
  if (auto added = line.finish(); !added) return std::unexpected(added.error());
  if (auto finished = writer.finish(); !finished) return std::unexpected(finished.error());
  return sound;
}

}  // namespace

base::Result<std::optional<SoundToWrite>> make_sound(const SoundTrack& track) {
  if (!can_be_taken_over(*track.parameters)) return encode_anew(track);
  auto sound = take_over(track);
  if (sound.packets.empty()) return std::nullopt;
  return sound;
}

}  // namespace transcode
