#include "tools/request/wish.hpp"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "server/base/ids.hpp"
#include "server/base/json.hpp"
#include "server/base/media.hpp"

namespace request {

namespace {
using base::Errc;
using std::chrono::seconds;

constexpr seconds longest_length = std::chrono::days{30};  // more than any deadline

base::Result<base::UtcTime> parse_time(std::string_view text, base::UtcTime now) {
  if (text == "now") return now;
  if (const auto time = base::parse_iso8601(text)) return *time;
  return base::fail(Errc::invalid,
                    fmt::format("\"{}\" is no time; write 2026-11-21T10:15:00Z, with +02:00 in place of Z for another "
                                "zone, or now.",
                                text));
}

base::Result<> check_kind(const CommandOptions& options) {
  if (options.video == options.photo) return base::fail(Errc::invalid, "Say what is wanted: --video or --photo.");
  if (options.photo && !(options.at.empty() && options.length.empty() && options.around.empty()))
    return base::fail(Errc::invalid,
                      "A photo is taken when the camera is asked for it; --at, --for and --around are of videos.");
  if (options.video && options.resolution) return base::fail(Errc::invalid, "--resolution is of photos only.");
  if (options.around.empty() && !(options.before.empty() && options.after.empty()))
    return base::fail(Errc::invalid, "--before and --after go with --around.");
  if (options.photo) return {};
  if (options.at.empty() == options.around.empty())
    return base::fail(Errc::invalid, "A video needs either --at TIME or --around EVENT or TIME.");
  if (!options.around.empty() && !options.length.empty())
    return base::fail(Errc::invalid, "--around has --before and --after in place of --for.");
  return {};
}

base::Result<std::vector<std::string>> cameras_of(const CommandOptions& options) {
  const int ways = int{options.front} + int{options.rear} + int{options.both} + int{!options.camera.empty()};
  if (ways > 1 && !(ways == 2 && options.front && options.rear))
    return base::fail(Errc::invalid, "Name the camera once: --front, --rear, --both or --camera NAME.");
  if (options.both || (options.front && options.rear)) return std::vector<std::string>{"front", "rear"};
  if (options.rear) return std::vector<std::string>{"rear"};
  if (options.camera.empty()) return std::vector<std::string>{"front"};
  const auto camera = base::parse_camera(options.camera);
  if (!camera || *camera == base::Camera::relay || *camera == base::Camera::unknown)
    return base::fail(
        Errc::invalid,
        fmt::format("There is no camera \"{}\"; there are front, rear, adas, dsm and dash.", options.camera));
  return std::vector<std::string>{options.camera};
}

// Writes the member, unless the option is not there.
base::Result<> write_length(base::JsonWriter& json, std::string_view member, const std::string& text) {
  if (text.empty()) return {};
  const auto length = parse_length(text);
  if (!length) return std::unexpected(length.error());
  json.member(member, length->count());
  return {};
}

base::Result<> write_around(base::JsonWriter& json, const CommandOptions& options, base::UtcTime now) {
  json.key("around");
  json.begin_object();
  if (const auto event = base::Uuid::parse(options.around)) {
    json.member("event", event->str());
  } else {
    const auto time = parse_time(options.around, now);
    if (!time)
      return base::fail(Errc::invalid, fmt::format("\"{}\" is neither the id of a device event nor a time such as "
                                                   "2026-11-21T10:15:00Z.",
                                                   options.around));
    json.member("time", *time);
  }
  json.end_object();
  if (auto good = write_length(json, "before_s", options.before); !good) return good;
  return write_length(json, "after_s", options.after);
}

base::Result<> write_video(base::JsonWriter& json, const CommandOptions& options, base::UtcTime now) {
  if (!options.around.empty()) return write_around(json, options, now);
  const auto at = parse_time(options.at, now);
  if (!at) return std::unexpected(at.error());
  json.member("at", *at);
  return write_length(json, "duration_s",
                      options.length.empty() ? std::to_string(usual_length.count()) : options.length);
}
}  // namespace

base::Result<seconds> parse_length(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const std::int64_t factor = unit.empty() || unit == "s" ? 1
                              : unit == "m"               ? 60
                              : unit == "h"               ? 3600
                              : unit == "d"               ? 86'400
                                                          : 0;
  if (error != std::errc{} || factor == 0 || seconds(number * factor) > longest_length)
    return base::fail(Errc::invalid,
                      fmt::format("\"{}\" is no length of time of 30 days or less; write 10s, 5m, 2h or 7d.", text));
  return seconds(number * factor);
}

base::Result<std::string> request_body(const CommandOptions& options, base::UtcTime now) {
  if (const auto good = check_kind(options); !good) return std::unexpected(good.error());
  const auto cameras = cameras_of(options);
  if (!cameras) return std::unexpected(cameras.error());
  base::JsonWriter json;
  json.begin_object();
  json.member("kind", options.video ? "video" : "photo");
  json.key("cameras");
  json.begin_array();
  for (const std::string& camera : *cameras) json.value(camera);
  json.end_array();
  if (options.video)
    if (const auto good = write_video(json, options, now); !good) return std::unexpected(good.error());
  if (options.resolution) json.member("resolution", *options.resolution);
  if (!options.channel.empty()) json.member("channel", options.channel);
  if (const auto good = write_length(json, "deadline_s", options.deadline); !good) return std::unexpected(good.error());
  json.end_object();
  return std::move(json).take();
}

}  // namespace request
