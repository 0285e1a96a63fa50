// What trackers say to a camera request.
#include <cctype>
#include <charconv>

#include "server/avl/camera_request.hpp"
#include "server/avl/command.hpp"

namespace avl {

namespace {
// In small letters and without blanks and line ends, which stand anywhere: firmware leaves a blank out, and an answer
// that comes in pieces is broken where it happens to be.
std::string squeeze(std::string_view text) {
  std::string squeezed;
  for (const char c : text)
    if (c != '\0' && std::isspace(static_cast<unsigned char>(c)) == 0)
      squeezed += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return squeezed;
}

bool take(std::string_view& rest, std::string_view word) {
  if (!rest.starts_with(word)) return false;
  rest.remove_prefix(word.size());
  return true;
}

// One or two digits within [1, highest].
std::optional<std::uint32_t> take_number(std::string_view& rest, std::uint32_t highest) {
  std::uint32_t value = 0;
  const std::string_view digits = rest.substr(0, 2);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || value < 1 || value > highest) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - digits.data()));
  return value;
}

// "2026-11-2110:15:00"
std::optional<base::UtcTime> take_time(std::string_view& rest) {
  constexpr std::size_t date_size = 10, time_size = 8;
  if (rest.size() < date_size + time_size) return std::nullopt;
  const std::string text =
      std::string(rest.substr(0, date_size)) + "T" + std::string(rest.substr(date_size, time_size));
  rest.remove_prefix(date_size + time_size);
  return base::parse_iso8601(text);
}

std::optional<Accepted> take_accepted(std::string_view& rest) {
  Accepted accepted;
  const bool video = rest.starts_with("requestforvideo");
  accepted.kind = video ? base::MediaKind::video : base::MediaKind::photo;
  if (!take(rest, video ? "requestforvideo" : "requestforphoto") || !take(rest, "fromsource")) return std::nullopt;
  const auto source = take_number(rest, 3);
  if (!source || !take(rest, "received")) return std::nullopt;
  accepted.front = (*source & 1U) != 0;
  accepted.rear = (*source & 2U) != 0;
  if (!video) return accepted;
  if (!take(rest, "for")) return std::nullopt;
  accepted.duration_s = take_number(rest, longest_clip_s);
  if (!accepted.duration_s || !take(rest, "seconds") || !take(rest, "since")) return std::nullopt;
  accepted.since = take_time(rest);
  if (!accepted.since) return std::nullopt;
  return accepted;
}

constexpr std::string_view refusal = "invalidargumentincamerarequest";
}  // namespace

Answer read_answer(std::string_view text) {
  const std::string squeezed = squeeze(text);
  Answer answer = Unrecognised{};
  std::string_view rest = squeezed;
  while (!rest.empty()) {
    std::string_view behind = rest;
    if (take(behind, refusal)) {
      take(behind, "cmd");
      take(behind, "!");
      answer = Refused{"Invalid argument in camera request cmd!"};
      rest = behind;
    } else if (auto accepted = take_accepted(behind)) {
      answer = *std::move(accepted);
      rest = behind;
    } else {
      rest.remove_prefix(1);
    }
  }
  return answer;
}

}  // namespace avl
