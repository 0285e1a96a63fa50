#include "tools/media/convert.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>

#include "server/base/clock.hpp"
#include "tools/media/output_file.hpp"
#include "tools/media/progress.hpp"

namespace media {

namespace {
using base::Derived;
using transcode::WorkerRun;

volatile sig_atomic_t interrupted = 0;

// While it lives, Ctrl-C and its like only set a mark: the worker is to be ended, and files to be removed.
class Interrupts {
 public:
  Interrupts() {
    interrupted = 0;
    struct sigaction mark{};
    mark.sa_handler = [](int) { interrupted = 1; };
    for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &mark, &before_[i]);
  }
  ~Interrupts() {
    for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &before_[i], nullptr);
  }
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

 private:
  static constexpr std::array<int, 3> signals{SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, 3> before_{};
};

struct Made {
  Derived derived;
  OutputFile file;
};

struct Conversion {
  Source source;
  std::vector<Made> outputs;
  transcode::Report report;
  double seconds = 0;
};

Outcome outcome_of(const base::Error& error) {
  return error.code == base::Errc::invalid || error.code == base::Errc::conflict ? Outcome::unusable
                                                                                 : Outcome::unreadable;
}

Outcome refuse(std::string_view message, Outcome outcome) {
  fmt::print(stderr, "dualcam convert: {}\n", message);
  return outcome;
}

// The name of the video; empty: none is wanted.
base::Result<std::filesystem::path> place_of_video(const ConvertOptions& options) {
  std::filesystem::path out = options.out;
  if (out.empty() && !options.thumbnail.empty()) return out;
  if (out.empty()) out = std::filesystem::path(options.file).replace_extension(".mp4");
  std::error_code ignored;
  if (std::filesystem::equivalent(out, options.file, ignored))
    return base::fail(
        base::Errc::invalid,
        fmt::format("{} would take the place of what it is made of; give OUT another name.", out.string()));
  return out;
}

base::Result<Conversion> prepare(const ConvertOptions& options) {
  Conversion conversion;
  auto source = open_source(options.file);
  if (!source) return std::unexpected(source.error());
  conversion.source = std::move(*source);
  const auto video = place_of_video(options);
  if (!video) return std::unexpected(video.error());
  const auto add = [&](Derived derived, const std::filesystem::path& path) -> base::Result<> {
    if (path.empty()) return {};
    auto file = OutputFile::create(path, options.force);
    if (!file) return std::unexpected(file.error());
    conversion.outputs.push_back({derived, std::move(*file)});
    return {};
  };
  if (auto added = add(options.copy ? Derived::remux : Derived::playback, *video); !added)
    return std::unexpected(added.error());
  if (auto added = add(Derived::thumbnail, options.thumbnail); !added) return std::unexpected(added.error());
  return conversion;
}

WorkerRun work(const ConvertOptions& options, const std::filesystem::path& program, const Conversion& conversion) {
  transcode::Order order{.format = conversion.source.format, .outputs = {}, .encoding = options.encoding};
  for (const Made& made : conversion.outputs) order.outputs.push_back({made.derived, made.file.descriptor()});
  Progress progress(conversion.outputs.front().file.path().filename().string(), !options.json);
  return run_worker(program, order, conversion.source.descriptor.get(), options.bench.limits, {},
                    [&](unsigned percent) {
                      progress.update(percent);
                      return interrupted == 0;
                    });
}

base::Result<> publish(Conversion& conversion) {
  for (const Made& made : conversion.outputs)
    if (std::ranges::find(conversion.report.made, made.derived) == conversion.report.made.end())
      return base::fail(
          base::Errc::corrupt,
          fmt::format("{} has no {}; nothing was made.", conversion.source.path,
                      made.derived == Derived::thumbnail ? "picture" : "moving picture that could be shown"));
  for (Made& made : conversion.outputs)
    if (auto published = made.file.publish(); !published) return published;
  return {};
}

std::string size_text(std::uint64_t bytes) {
  constexpr double kilobyte = 1e3, megabyte = 1e6;
  const auto size = static_cast<double>(bytes);
  return size < megabyte ? fmt::format("{:.1f} kB", size / kilobyte) : fmt::format("{:.1f} MB", size / megabyte);
}

std::string as_text(const Conversion& conversion) {
  const storage::MediaProbe& probe = conversion.report.probe;
  std::string text;
  for (const Made& made : conversion.outputs)
    text +=
        fmt::format("{}: {}, {}\n", made.file.path().string(), to_string(made.derived), size_text(made.file.size()));
  text += fmt::format("{}: {} {}x{}, {} pictures in {:.2f} s, {}; took {:.1f} s\n", conversion.source.path,
                      probe.video_codec, probe.width, probe.height, probe.frames,
                      static_cast<double>(probe.duration_us) / 1e6, probe.has_sound() ? "with sound" : "no sound",
                      conversion.seconds);
  if (condition(probe) != whole) text += fmt::format("It is not whole: {}.\n", condition(probe));
  return text;
}

std::string as_json(const Conversion& conversion) {
  base::JsonWriter json;
  json.begin_object();
  json.member("file", conversion.source.path);
  json.key("made");
  json.begin_array();
  for (const Made& made : conversion.outputs) {
    json.begin_object();
    json.member("kind", to_string(made.derived));
    json.member("file", made.file.path().string());
    json.member("size", made.file.size());
    json.end_object();
  }
  json.end_array();
  json.member("seconds", conversion.seconds);
  json.key("probe");
  storage::write(json, conversion.report.probe);
  json.end_object();
  return std::move(json).take() + '\n';
}
}  // namespace

Outcome run_convert(const ConvertOptions& options) {
  const auto program = program_of(options.bench);
  if (!program) return refuse(program.error().message, Outcome::unusable);
  const Interrupts interrupts;
  auto conversion = prepare(options);
  if (!conversion) return refuse(conversion.error().message, outcome_of(conversion.error()));
  const auto started = base::steady_now();
  WorkerRun run = work(options, *program, *conversion);
  if (run.end == WorkerRun::End::not_begun) return refuse(run.reason, Outcome::unusable);
  if (run.end != WorkerRun::End::done) return refuse(fmt::format("{}: {}", options.file, run.reason), Outcome::bad);
  conversion->seconds = std::chrono::duration<double>(base::steady_now() - started).count();
  conversion->report = std::move(run.report);
  if (auto published = publish(*conversion); !published)
    return refuse(published.error().message,
                  published.error().code == base::Errc::corrupt ? Outcome::bad : outcome_of(published.error()));
  fmt::print("{}", options.json ? as_json(*conversion) : as_text(*conversion));
  return Outcome::good;
}

}  // namespace media
