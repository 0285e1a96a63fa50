#include "tools/request/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace request {

namespace {
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> words{{
    {"queued", "waiting for the tracker"},
    {"sent", "sent, waiting for the tracker's answer"},
    {"accepted", "accepted, waiting for the camera"},
    {"connecting", "the camera is here, waiting for the file"},
    {"transferring", "the camera is sending"},
    {"stored", "stored"},
    {"refused", "refused by the device"},
    {"expired", "expired: the deadline passed"},
    {"failed", "failed"},
    {"cancelled", "cancelled"},
}};

// Without milliseconds: cameras think in seconds.
std::string seconds_of(const base::UtcTime& time) {
  return base::to_iso8601(time).substr(0, 19) + "Z";
}

std::string length_of(std::uint32_t duration_s, const std::optional<base::UtcTime>& from) {
  return from ? fmt::format("{} s from {}", duration_s, seconds_of(*from)) : std::string("photo");
}

std::string files_of(const Part& part) {
  std::string text;
  for (const File& file : part.files)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", file.camera,
                        file.media_id.empty() ? std::string_view("-") : std::string_view(file.media_id));
  return text;
}

std::string line_of(const Part& part) {
  std::string text = fmt::format("  part {}  {}  {}", part.number, length_of(part.duration_s, part.from), part.state);
  if (part.state == "transferring") text += fmt::format(" {}%", part.percent);
  if (part.attempts > 1) text += fmt::format(" (attempt {})", part.attempts);
  text += fmt::format("  {}", files_of(part));
  if (!part.reason.empty()) text += fmt::format("\n          {}", part.reason);
  return text + "\n";
}
}  // namespace

std::string_view words_for(std::string_view state) {
  const auto found = std::ranges::find(words, state, [](const auto& each) { return each.first; });
  return found == words.end() ? state : found->second;
}

std::string situation(const Request& request) {
  if (request.parts.size() < 2) return std::string(words_for(request.state));
  const auto done = std::ranges::count_if(request.parts, [](const Part& part) { return part.state == "stored"; });
  // What moves says more than what is furthest behind.
  const auto moves = std::ranges::find(request.parts, "transferring", &Part::state);
  const std::string_view state = moves == request.parts.end() ? std::string_view(request.state) : "transferring";
  return fmt::format("{} of {} stored, {}", done, request.parts.size(), words_for(state));
}

std::string title(const Request& request) {
  const std::string what =
      request.kind == "video" ? "video, " + length_of(request.duration_s, request.from) : request.kind;
  return fmt::format("request {}  {}  {}, by {}", request.id, request.imei, what, request.channel);
}

std::string describe(const Request& request) {
  std::string text = fmt::format("{}\n{}", title(request), words_for(request.state));
  if (!request.reason.empty()) text += fmt::format(": {}", request.reason);
  text += '\n';
  for (const Part& part : request.parts) text += line_of(part);
  return text;
}

std::string as_table(const std::vector<Request>& requests) {
  std::string text = fmt::format("{:36}  {:15}  {:12}  {:>3}  {:5}  {}\n", "ID", "IMEI", "STATE", "%", "KIND", "FROM");
  for (const Request& request : requests)
    text +=
        fmt::format("{:36}  {:15}  {:12}  {:>3}  {:5}  {}\n", request.id, request.imei, request.state, request.percent,
                    request.kind, request.kind == "video" ? length_of(request.duration_s, request.from) : "-");
  return text;
}

}  // namespace request
