#include "server/relay/shogun/notification.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace shogun {

namespace {
struct FlavourFacts {
  std::string_view word, product;
  std::uint16_t port;
};
// In the order of the enum. The port is where a trigger goes to; 0 where the product has no default.
constexpr std::array<FlavourFacts, 7> flavours{{
    {"vicon", "Vicon Shogun, Nexus, Tracker or Blade", default_port},
    {"optitrack", "OptiTrack Motive", 1512},
    {"rokoko", "Rokoko Studio", 14047},
    {"qtm", "Qualisys QTM", 8989},
    {"xsens", "Xsens MVN", 6004},
    {"manus", "Manus Core", 0},
    {"nokov", "NOKOV XINGYING", 7060},
}};

constexpr std::array<std::string_view, kinds> kind_words{
    "start",         "stop", "complete", "timecode_start",     "timecode_stop",
    "duration_stop", "name", "identify", "start_acknowledged", "stop_acknowledged"};

constexpr std::array<std::pair<Tolerated, std::string_view>, 10> tolerated_words{{
    {Tolerated::no_nul, "no NUL at the end"},
    {Tolerated::bytes_behind_nul, "bytes behind the NUL"},
    {Tolerated::leading_blanks, "blanks at the begin"},
    {Tolerated::no_declaration, "no XML declaration"},
    {Tolerated::broken_declaration, "a broken XML declaration"},
    {Tolerated::quotes_in_values, "quotes within values"},
    {Tolerated::bad_delay, "a delay that cannot be used"},
    {Tolerated::bad_packet_id, "a packet id that cannot be used"},
    {Tolerated::bad_timecode, "a time code that cannot be used"},
    {Tolerated::not_utf8, "bytes that are not UTF-8"},
}};
}  // namespace

std::string_view to_string(Flavour flavour) noexcept {
  return flavours[static_cast<std::size_t>(flavour)].word;
}

std::optional<Flavour> parse_flavour(std::string_view text) noexcept {
  const auto found = std::ranges::find(flavours, text, &FlavourFacts::word);
  if (found == flavours.end()) return std::nullopt;
  return static_cast<Flavour>(found - flavours.begin());
}

std::string_view product(Flavour flavour) noexcept {
  return flavours[static_cast<std::size_t>(flavour)].product;
}

std::uint16_t port_of(Flavour flavour) noexcept {
  return flavours[static_cast<std::size_t>(flavour)].port;
}

std::string_view to_string(Kind kind) noexcept {
  return kind_words[static_cast<std::size_t>(kind)];
}

std::optional<Kind> parse_kind(std::string_view text) noexcept {
  const auto found = std::ranges::find(kind_words, text);
  if (found == kind_words.end()) return std::nullopt;
  return static_cast<Kind>(found - kind_words.begin());
}

std::string_view to_string(Result result) noexcept {
  switch (result) {
    case Result::unknown: return "";
    case Result::success: return "SUCCESS";
    case Result::fail: return "FAIL";
    case Result::cancel: return "CANCEL";
  }
  return "";
}

std::optional<double> Duration::seconds() const noexcept {
  if (ticks == 0 || period == 0) return std::nullopt;
  return static_cast<double>(frames) * static_cast<double>(period) / static_cast<double>(ticks);
}

std::optional<double> Duration::frames_per_second() const noexcept {
  if (ticks == 0 || period == 0) return std::nullopt;
  return static_cast<double>(ticks) / static_cast<double>(period);
}

std::string to_words(const Duration& duration) {
  const auto seconds = duration.seconds();
  return seconds ? fmt::format("{} frames, {:.3f} s", duration.frames, *seconds)
                 : fmt::format("{} frames", duration.frames);
}

std::string tolerated_in_words(std::uint16_t tolerated) {
  std::string words;
  for (const auto& [bit, word] : tolerated_words)
    if ((tolerated & static_cast<std::uint16_t>(bit)) != 0) words.append(words.empty() ? "" : ", ").append(word);
  return words;
}

}  // namespace shogun
