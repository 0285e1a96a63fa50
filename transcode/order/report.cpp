// The report's side of order.hpp: lines out of a process that may have been taken over.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>
#include <variant>

#include "transcode/order/numbers.hpp"
#include "transcode/order/order.hpp"

namespace transcode {

namespace {
using storage::MediaProbe;

constexpr std::size_t longest_line = 512;    // a reason is the longest
constexpr std::size_t longest_reason = 300;  // characters
constexpr std::size_t longest_name = 32;     // of a codec, of a container

using Field = std::variant<std::string MediaProbe::*, std::uint32_t MediaProbe::*, std::uint64_t MediaProbe::*>;
struct Row {
  std::string_view name;
  Field field;
};
constexpr std::array<Row, 16> rows{{{"container", &MediaProbe::container},
                                    {"video-codec", &MediaProbe::video_codec},
                                    {"width", &MediaProbe::width},
                                    {"height", &MediaProbe::height},
                                    {"frames", &MediaProbe::frames},
                                    {"duration-us", &MediaProbe::duration_us},
                                    {"frame-rate-milli", &MediaProbe::frame_rate_milli},
                                    {"sound-codec", &MediaProbe::sound_codec},
                                    {"sample-rate", &MediaProbe::sample_rate},
                                    {"channels", &MediaProbe::channels},
                                    {"sound-us", &MediaProbe::sound_us},
                                    {"damaged-records", &MediaProbe::damaged_records},
                                    {"skipped-bytes", &MediaProbe::skipped_bytes},
                                    {"missing-pictures", &MediaProbe::missing_pictures},
                                    {"missing-sounds", &MediaProbe::missing_sounds},
                                    {"decode-errors", &MediaProbe::decode_errors}}};

constexpr std::array<std::pair<Playable, std::string_view>, 4> playables{{{Playable::no, "no"},
                                                                          {Playable::as_it_is, "as-it-is"},
                                                                          {Playable::as_remux, "as-remux"},
                                                                          {Playable::as_encoded, "as-encoded"}}};
// Bits of `seen_`: a row's own, then these. A report is done when it had all of them but `made`.
constexpr std::uint32_t playable_bit = 1U << rows.size();
constexpr std::uint32_t complete = (playable_bit << 1) - 1;
constexpr std::uint32_t made_bit(base::Derived derived) noexcept {
  return playable_bit << (1 + static_cast<unsigned>(derived));
}

bool is_name_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

// One line of ASCII: what else there is becomes a question mark. Text that is such a line already stays as it is.
std::string plain(std::string_view text, std::size_t limit) {
  std::string out(text.substr(0, limit));
  std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

std::string name(std::string_view text) {
  std::string out(text.substr(0, longest_name));
  std::ranges::replace_if(out, [](char c) { return !is_name_character(c); }, '_');
  return out;
}

bool put(MediaProbe& probe, std::string MediaProbe::* field, std::string_view value) {
  if (value.size() > longest_name || !std::ranges::all_of(value, is_name_character)) return false;
  probe.*field = value;
  return true;
}

template <std::unsigned_integral T>
bool put(MediaProbe& probe, T MediaProbe::* field, std::string_view value) {
  const auto number = parse_number<T>(value);
  if (number) probe.*field = *number;
  return number.has_value();
}

std::unexpected<base::Error> refuse(std::string_view line) {
  constexpr std::size_t shown = 60;
  return base::fail(base::Errc::corrupt, fmt::format("The worker's report has a line that makes no sense: {}",
                                                     base::printable(base::as_bytes(line), shown)));
}
}  // namespace

std::string percent_line(unsigned percent) {
  return fmt::format("percent {}\n", std::min(percent, 100U));
}

std::string to_lines(const Report& report) {
  std::string lines;
  const auto text = [&](auto field) {
    if constexpr (std::is_same_v<decltype(field), std::string MediaProbe::*>)
      return name(report.probe.*field);
    else
      return std::to_string(report.probe.*field);
  };
  for (const Row& row : rows) lines += fmt::format("{} {}\n", row.name, std::visit(text, row.field));
  for (const auto& [playable, word] : playables)
    if (playable == report.playable) lines += fmt::format("playable {}\n", word);
  for (const base::Derived derived : report.made) lines += fmt::format("made {}\n", to_string(derived));
  return lines + "done\n";
}

std::string failed_line(std::string_view reason) {
  return fmt::format("failed {}\n", plain(reason, longest_reason));
}

base::Result<> ReportReader::feed(std::string_view piece) {
  if (piece.size() > max_report_bytes - taken_) {
    taken_ = max_report_bytes;
    return base::fail(base::Errc::corrupt,
                      fmt::format("The worker's report is longer than {} KiB.", max_report_bytes / 1024));
  }
  taken_ += piece.size();
  while (!piece.empty()) {
    if (state_ != State::working) return refuse(piece);
    const std::size_t end = piece.find('\n');
    line_ += piece.substr(0, end);
    if (line_.size() > longest_line) return refuse(line_);
    if (end == std::string_view::npos) break;
    piece.remove_prefix(end + 1);
    if (auto taken = take(line_); !taken) return taken;
    line_.clear();
  }
  return {};
}

base::Result<> ReportReader::take(std::string_view line) {
  const std::size_t space = line.find(' ');
  const std::string_view key = line.substr(0, space);
  if (space == std::string_view::npos) {
    if (key != "done" || (seen_ & complete) != complete) return refuse(line);
    state_ = State::done;
    return {};
  }
  const std::string_view value = line.substr(space + 1);
  if (key == "failed") {
    reason_ = value.empty() ? "The worker gave no reason." : plain(value, longest_reason);
    state_ = State::failed;
    return {};
  }
  if (key == "percent") {
    const auto percent = parse_number<unsigned>(value);
    if (!percent || *percent > 100 || *percent < percent_) return refuse(line);
    percent_ = *percent;
    return {};
  }
  return take_row(key, value) ? base::Result<>{} : refuse(line);
}

bool ReportReader::take_row(std::string_view key, std::string_view value) {
  std::uint32_t bit = 0;
  if (const auto* const row = std::ranges::find(rows, key, &Row::name); row != rows.end()) {
    bit = 1U << (row - rows.begin());
    if (!std::visit([&](auto field) { return put(report_.probe, field, value); }, row->field)) return false;
  } else if (key == "playable") {
    const auto* const found = std::ranges::find(playables, value, [](const auto& entry) { return entry.second; });
    if (found == playables.end()) return false;
    bit = playable_bit;
    report_.playable = found->first;
  } else if (const auto derived = key == "made" ? base::parse_derived(value) : std::nullopt) {
    bit = made_bit(*derived);
    report_.made.push_back(*derived);
  }
  const bool fresh = bit != 0 && (seen_ & bit) == 0;
  seen_ |= bit;
  return fresh;
}

}  // namespace transcode
