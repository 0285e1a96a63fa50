// What is made of a camera's clip of 20 s at 1280×720, and beside it, in the same run and in turns, the ffmpeg program
// on the same pictures and the same sound with equal settings.
//
//   transcode_bench [ROUNDS]
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <vector>

#include "server/base/clock.hpp"
#include "tests/support/temp_folder.hpp"
#include "tools/sim/ffmpeg.hpp"
#include "transcode/media/process.hpp"

namespace {

using base::Derived;

constexpr unsigned clip_seconds = 20;
constexpr unsigned default_rounds = 5;

struct Material {
  base::Bytes ptmf;
  std::filesystem::path hevc;
  std::filesystem::path wav;
};

void save(const std::filesystem::path& path, base::ByteView bytes) {
  std::ofstream(path, std::ios::binary) << base::as_text(bytes);
}

void shell(const std::string& command) {
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

Material make_material(const tests::TempFolder& folder) {
  const auto clips = sim::make_ffmpeg_clips(clip_seconds);
  if (!clips) throw std::runtime_error(clips.error().message);
  const sim::Clip& clip = *clips->front();
  Material material{.ptmf = base::Bytes(clip.size()), .hevc = folder / "clip.h265", .wav = folder / "clip.wav"};
  clip.read({.seed = 1, .first_sequence = 7, .uptime_us = 86'400'000'000}, 0, material.ptmf);
  base::Bytes hevc, alaw;
  for (const sim::ClipRecord& record : clip.records()) {
    const auto payload = base::ByteView(record.payload).subspan(record.type == 'A' ? sim::sound_header_bytes : 0);
    base::Bytes& stream = record.type == 'A' ? alaw : hevc;
    stream.insert(stream.end(), payload.begin(), payload.end());
  }
  save(material.hevc, hevc);
  save(folder / "clip.al", alaw);
  shell(fmt::format("ffmpeg -nostdin -v error -f alaw -ar 8000 -i {} {}", (folder / "clip.al").string(),
                    material.wav.string()));
  return material;
}

// Of processor time, of this process and of those it waited for.
double processor_seconds() {
  double sum = 0;
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime})
      sum += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  }
  return sum;
}

void make(const tests::TempFolder& folder, const Material& material, const std::vector<Derived>& wanted) {
  transcode::Order order{.format = storage::Format::ptmf, .outputs = {}, .encoding = {}};
  for (const Derived derived : wanted) {
    const auto path = folder / fmt::format("ours-{}", to_string(derived));
    order.outputs.push_back({derived, open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)});
  }
  const auto report = transcode::process(order, material.ptmf, {});
  for (const auto& output : order.outputs) close(output.descriptor);
  if (!report) throw std::runtime_error(report.error().message);
  if (report->made.size() != wanted.size()) throw std::runtime_error("not everything was made");
}

// The settings of transcode::Encoding and of process().
std::string ffmpeg_command(const tests::TempFolder& folder, const Material& material, const std::string& video) {
  return fmt::format(
      "ffmpeg -nostdin -v error -y -f hevc -framerate 20 -i {} -i {} {} -c:a aac -b:a 64k -ar 48000 -ac 1 "
      "-movflags +faststart -f mp4 {}",
      material.hevc.string(), material.wav.string(), video, (folder / "theirs.mp4").string());
}

struct Row {
  std::string name;
  std::function<void()> work;
  std::vector<double> took = {};
  std::vector<double> computed = {};  // on all processors together: says more than time when the machine is busy

  void measure() {
    const double computed_before = processor_seconds();
    const auto begin = base::steady_now();
    work();
    took.push_back(std::chrono::duration<double>(base::steady_now() - begin).count());
    computed.push_back(processor_seconds() - computed_before);
  }
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void print(const Row& row) {
  fmt::print("{:<28} {:>9.1f} {:>9.1f} {:>9.1f} {:>9.1f}\n", row.name, std::ranges::min(row.took) * 1e3,
             median(row.took) * 1e3, std::ranges::max(row.took) * 1e3, median(row.computed) * 1e3);
}

void run(unsigned rounds) {
  const tests::TempFolder folder;
  const Material material = make_material(folder);
  const transcode::Encoding encoding;
  const auto ours = [&](std::vector<Derived> wanted) {
    return [&, wanted = std::move(wanted)] { make(folder, material, wanted); };
  };
  const auto theirs = [&](const std::string& video) {
    return [command = ffmpeg_command(folder, material, video)] { shell(command); };
  };
  std::vector<Row> rows{
      {"remux", ours({Derived::remux})},
      {"remux, ffmpeg", theirs("-c:v copy -tag:v hvc1")},
      {"thumbnail", ours({Derived::thumbnail})},
      {"strip", ours({Derived::strip})},
      {"remux, thumbnail and strip", ours({Derived::remux, Derived::thumbnail, Derived::strip})},
      {"H.264", ours({Derived::playback})},
      {"H.264, ffmpeg",
       theirs(fmt::format("-c:v libx264 -preset {} -crf {} -g 40 -profile:v high -pix_fmt yuvj420p", encoding.preset,
                          encoding.crf)),
       {}},
  };
  for (unsigned round = 0; round < rounds; ++round) {
    for (Row& row : rows) row.measure();
    std::swap(rows[rows.size() - 2], rows[rows.size() - 1]);  // who goes first must not matter
  }
  if (rows.back().name == "H.264") std::swap(rows[rows.size() - 2], rows[rows.size() - 1]);
  fmt::print("A clip of {} s, 1280x720, {} rounds, milliseconds\n{:<28} {:>9} {:>9} {:>9} {:>9}\n", clip_seconds,
             rounds, "", "least", "median", "most", "processor");
  for (const Row& row : rows) print(row);
  const Row& ours_264 = rows[rows.size() - 2];
  const Row& theirs_264 = rows.back();
  fmt::print("H.264, ours / ffmpeg: {:.3f} of the medians, {:.3f} of the least, {:.3f} of the processor's\n",
             median(ours_264.took) / median(theirs_264.took),
             std::ranges::min(ours_264.took) / std::ranges::min(theirs_264.took),
             median(ours_264.computed) / median(theirs_264.computed));
}

}  // namespace

int main(int count, char** values) {
  unsigned rounds = default_rounds;
  if (count > 1) std::from_chars(values[1], values[1] + std::string_view(values[1]).size(), rounds);
  try {
    run(std::max(rounds, 1U));
  } catch (const std::exception& error) {
    fmt::print(stderr, "transcode_bench: {}\n", error.what());
    return 1;
  }
  return 0;
}
