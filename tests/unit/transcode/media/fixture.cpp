#include "tests/unit/transcode/media/fixture.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>
#include <sstream>

#include "tools/sim/ffmpeg.hpp"

namespace transcode::test {

namespace {

std::vector<PtmfRecord> make_clip() {
  const auto clips = sim::make_ffmpeg_clips(clip_seconds);
  if (!clips) throw std::runtime_error(clips.error().message);
  std::vector<PtmfRecord> records;
  for (const sim::ClipRecord& record : clips->front()->records())
    records.push_back({.header = {.type = record.type,
                                  .frames_per_second = sim::clip_frame_rate,
                                  .width = 1280,
                                  .height = 720,
                                  .sequence = record.sequence + 7,
                                  .timestamp_us = 86'400'000'000 + record.timestamp_us},
                       .payload = record.payload});
  return records;
}

std::uint8_t to_alaw(double value) {
  int sample = static_cast<int>(value * 32767) >> 3;
  const int sign = sample >= 0 ? 0x80 : 0;
  if (sample < 0) sample = -sample - 1;
  int exponent = 0;
  while (exponent < 7 && sample >= 32 << exponent) ++exponent;
  const int mantissa = exponent == 0 ? sample >> 1 : sample >> exponent;
  return static_cast<std::uint8_t>((sign | exponent << 4 | (mantissa & 15)) ^ 0x55);
}

double number(const nlohmann::json& json, const char* key) {
  if (!json.contains(key)) return 0;
  return json[key].is_string() ? std::stod(json[key].get<std::string>()) : json[key].get<double>();
}

Stream stream_of(const nlohmann::json& json) {
  return {.codec = json.value("codec_name", ""),
          .tag = json.value("codec_tag_string", ""),
          .profile = json.value("profile", ""),
          .pixel_format = json.value("pix_fmt", ""),
          .color_range = json.value("color_range", ""),
          .width = json.value("width", 0),
          .height = json.value("height", 0),
          .sample_rate = static_cast<int>(number(json, "sample_rate")),
          .channels = json.value("channels", 0),
          .start = number(json, "start_time"),
          .duration = number(json, "duration")};
}

}  // namespace

const std::vector<PtmfRecord>& clip_records() {
  static const std::vector<PtmfRecord> records = make_clip();
  return records;
}

Bytes to_file(const std::vector<PtmfRecord>& records) {
  Bytes file;
  for (const PtmfRecord& record : records) storage::append_ptmf_record(file, record.header, record.payload);
  return file;
}

std::vector<PtmfRecord> with_tone_from(std::int64_t at_us) {
  constexpr double rate = 8000, tone_hz = 1000, loudness = 0.5;
  auto records = clip_records();
  const auto begin_us = records.front().header.timestamp_us;
  for (PtmfRecord& record : records) {
    if (record.header.type != 'A') continue;
    for (std::size_t n = 4; n < record.payload.size(); ++n) {
      const double at =
          static_cast<double>(record.header.timestamp_us - begin_us) / 1e6 + static_cast<double>(n - 4) / rate;
      const bool loud = at >= static_cast<double>(at_us) / 1e6;
      record.payload[n] = to_alaw(loud ? loudness * std::sin(2 * std::numbers::pi * tone_hz * at) : 0);
    }
  }
  return records;
}

CommandResult shell(const std::string& command) {
  FILE* pipe = popen(("exec 2>&1; " + command).c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("no shell");
  CommandResult result;
  std::array<char, 4096> block{};
  for (std::size_t size = 0; (size = fread(block.data(), 1, block.size(), pipe)) > 0;)
    result.output.append(block.data(), size);
  const int status = pclose(pipe);
  result.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

Bytes made_by_ffmpeg(const std::string& arguments, const std::string& extension) {
  const tests::TempFolder folder;
  const auto file = folder / ("made." + extension);
  const auto made =
      shell(fmt::format("ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=320x240:rate=25:duration=2 -f lavfi -i "
                        "sine=500:duration=2 {} {}",
                        arguments, file.string()));
  EXPECT_EQ(made.exit, 0) << made.output;
  return read_file(file);
}

Encoding quick_encoding() {
  return {.max_height = 720, .crf = 30, .preset = "ultrafast", .threads = 2, .thumbnail_width = 320};
}

Result run(const tests::TempFolder& folder, Format format, ByteView file, const std::vector<Derived>& wanted,
           const Encoding& encoding, std::uint32_t frame_rate) {
  Result result;
  Order order{.format = format, .frame_rate = frame_rate, .outputs = {}, .encoding = encoding};
  for (const Derived derived : wanted) {
    const auto path = folder / fmt::format("{}.{}", to_string(derived), extension(derived));
    result.files[derived] = path;
    order.outputs.push_back(
        {.derived = derived, .descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)});
  }
  result.report = process(order, file, [&](unsigned percent) { result.progress.push_back(percent); });
  for (const Output& output : order.outputs) close(output.descriptor);
  return result;
}

Movie probe(const std::filesystem::path& file) {
  const auto said = shell("ffprobe -v error -of json -show_format -show_streams -show_packets " + file.string());
  EXPECT_EQ(said.exit, 0) << said.output;
  const auto json = nlohmann::json::parse(said.output);
  Movie movie{.duration = number(json["format"], "duration")};
  std::map<int, Stream> streams;
  for (const auto& entry : json["streams"]) streams[entry["index"]] = stream_of(entry);
  for (const auto& packet : json["packets"]) {
    Stream& stream = streams[packet["stream_index"]];
    stream.times.push_back(number(packet, "pts_time"));
    if (packet["flags"].get<std::string>()[0] == 'K') stream.keys.push_back(stream.times.back());
  }
  for (auto& [index, stream] : streams) {
    std::ranges::sort(stream.times);
    (stream.width > 0 ? movie.video : movie.sound).push_back(stream);
  }
  return movie;
}

std::string complaints_of_ffmpeg(const std::filesystem::path& file) {
  const auto said = shell("ffmpeg -nostdin -v warning -xerror -i " + file.string() + " -f null -");
  return said.exit == 0 ? said.output : fmt::format("exit {}: {}", said.exit, said.output);
}

std::vector<std::string> boxes(const std::filesystem::path& file) {
  const Bytes bytes = read_file(file);
  std::vector<std::string> types;
  for (std::size_t at = 0; at + 8 <= bytes.size();) {
    types.emplace_back(base::as_text(ByteView(bytes).subspan(at + 4, 4)));
    const auto size = base::load_be<std::uint32_t>(bytes.data() + at);
    if (size < 8) break;
    at += size;
  }
  return types;
}

std::vector<float> samples_of(const std::filesystem::path& file) {
  const auto raw = file.string() + ".f32";
  const auto said =
      shell(fmt::format("ffmpeg -nostdin -v error -y -i {} -map 0:a -ac 1 -ar 48000 -f f32le {}", file.string(), raw));
  EXPECT_EQ(said.exit, 0) << said.output;
  const Bytes bytes = read_file(raw);
  std::vector<float> samples(bytes.size() / sizeof(float));
  std::memcpy(samples.data(), bytes.data(), samples.size() * sizeof(float));
  return samples;
}

double loud_from(const std::vector<float>& samples) {
  constexpr float whisper = 0.1F;
  for (std::size_t n = 0; n < samples.size(); ++n)
    if (std::abs(samples[n]) > whisper) return static_cast<double>(n) / 48'000;
  return -1;
}

Gray gray_of(const std::filesystem::path& file) {
  const auto pgm = file.string() + ".pgm";
  const auto said =
      shell(fmt::format("ffmpeg -nostdin -v warning -xerror -y -i {} -pix_fmt gray {}", file.string(), pgm));
  EXPECT_EQ(said.exit, 0) << said.output;
  std::ifstream in(pgm, std::ios::binary);
  Gray gray;
  std::string magic;
  int most = 0;
  in >> magic >> gray.width >> gray.height >> most;
  in.get();
  gray.pixels.assign(std::istreambuf_iterator<char>(in), {});
  return gray;
}

Bytes read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace transcode::test
