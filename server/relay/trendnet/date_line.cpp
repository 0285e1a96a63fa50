#include "server/relay/trendnet/date_line.hpp"

#include "server/relay/trendnet/text.hpp"

namespace trendnet {

namespace {

constexpr std::string_view io_mark = "IO_";
constexpr std::string_view position_mark = "_PT_";
constexpr std::size_t position_size = 7;  // 136_046

bool is_position(std::string_view text) noexcept {
  if (text.size() != position_size || text[3] != '_') return false;
  return to_number<int>(text.substr(0, 3)).has_value() && to_number<int>(text.substr(4)).has_value();
}

}  // namespace

DateLine parse_date_line(std::string_view line) noexcept {
  for (auto at = line.find(io_mark); at != std::string_view::npos; at = line.find(io_mark, at + 1)) {
    std::string_view rest = line.substr(at + io_mark.size());
    const auto io = parse_io_digits(rest.substr(0, io_digits));
    if (!io) continue;
    rest.remove_prefix(io_digits);
    if (!rest.starts_with(position_mark)) continue;
    const std::string_view position = rest.substr(position_mark.size(), position_size);
    if (!is_position(position)) continue;
    return {trim(trim(line.substr(0, at)).substr(0, max_time_text)), io, parse_position(position)};
  }
  return {.time = trim(trim(line).substr(0, max_time_text)), .io = {}, .position = {}};
}

}  // namespace trendnet
