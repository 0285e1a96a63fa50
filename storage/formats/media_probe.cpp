#include "storage/formats/media_probe.hpp"

namespace storage {

namespace {
constexpr double microseconds = 1e-6;

void write_video(base::JsonWriter& json, const MediaProbe& probe) {
  json.begin_object();
  json.member("codec", probe.video_codec);
  json.member("width", probe.width);
  json.member("height", probe.height);
  json.member("frames", probe.frames);
  json.member("frame_rate", static_cast<double>(probe.frame_rate_milli) / 1000);
  json.end_object();
}

void write_sound(base::JsonWriter& json, const MediaProbe& probe) {
  json.begin_object();
  json.member("codec", probe.sound_codec);
  json.member("sample_rate", probe.sample_rate);
  json.member("channels", probe.channels);
  json.member("duration_s", static_cast<double>(probe.sound_us) * microseconds);
  json.end_object();
}
}  // namespace

void write(base::JsonWriter& json, const MediaProbe& probe) {
  json.begin_object();
  write_members(json, probe);
  json.end_object();
}

void write_members(base::JsonWriter& json, const MediaProbe& probe) {
  json.member("container", probe.container);
  json.member("duration_s", static_cast<double>(probe.duration_us) * microseconds);
  json.key("video");
  if (probe.has_picture())
    write_video(json, probe);
  else
    json.value(std::nullopt);
  json.key("sound");
  if (probe.has_sound())
    write_sound(json, probe);
  else
    json.value(std::nullopt);
  json.member("whole", probe.is_whole());
  json.member("damaged_records", probe.damaged_records);
  json.member("skipped_bytes", probe.skipped_bytes);
  json.member("missing_pictures", probe.missing_pictures);
  json.member("missing_sounds", probe.missing_sounds);
  json.member("decode_errors", probe.decode_errors);
}

}  // namespace storage
