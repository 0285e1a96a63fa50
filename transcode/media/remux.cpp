#include "transcode/media/outputs.hpp"
#include "transcode/streams/nal.hpp"

namespace transcode {

namespace {

// Parameter sets in the extradata stand behind start codes: so do the units of the pictures.
bool is_annexb(const AVCodecParameters& parameters) noexcept {
  const base::ByteView extradata(parameters.extradata, static_cast<std::size_t>(parameters.extradata_size));
  return extradata.size() > 4 && extradata[0] == 0 && extradata[1] == 0 && extradata[2] <= 1;
}

base::Result<> copy_pictures(const VideoTrack& video, Mp4Writer& writer) {
  const AVCodecParameters& parameters = *video.parameters;
  const base::ByteView sets(parameters.extradata, static_cast<std::size_t>(parameters.extradata_size));
  const auto codec = parameters.codec_id == AV_CODEC_ID_HEVC ? VideoCodec::hevc : VideoCodec::h264;
  const bool annexb = is_annexb(parameters);
  auto packet = new_packet();
  base::Bytes stripped;
  for (const Picture& picture : video.pictures) {
    // "hvc1" says that no parameter set stands among the pictures.
    const bool strip = annexb && picture.key;
    borrow(*packet, strip ? without_parameter_sets(codec, picture.bytes, sets, stripped) : picture.bytes);
    packet->pts = picture.shown_at;
    packet->dts = picture.decoded_at;
    packet->duration = video.usual_ticks;
    if (picture.key) packet->flags |= AV_PKT_FLAG_KEY;
    if (auto written = writer.write_picture(*packet); !written) return written;
  }
  return {};
}

}  // namespace

base::Result<bool> write_remux(const Source& source, const SoundToWrite* sound, int descriptor) {
  const VideoTrack* video = source.video ? &*source.video : nullptr;
  if (video != nullptr && video->parameters->codec_id != AV_CODEC_ID_HEVC &&
      video->parameters->codec_id != AV_CODEC_ID_H264)
    return false;
  if (video == nullptr && sound == nullptr) return false;
  auto writer = Mp4Writer::begin(descriptor, video != nullptr ? video->parameters.get() : nullptr,
                                 video != nullptr ? video->pictures.size() : 0, sound);
  if (!writer) return std::unexpected(writer.error());
  if (video != nullptr)
    if (auto copied = copy_pictures(*video, **writer); !copied) return std::unexpected(copied.error());
  if (auto finished = (*writer)->finish(); !finished) return std::unexpected(finished.error());
  return true;
}

}  // namespace transcode
