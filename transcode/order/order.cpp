#include "transcode/order/order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "transcode/order/numbers.hpp"

namespace transcode {

namespace {
using storage::Format;

constexpr std::array<std::string_view, 10> presets{"ultrafast", "superfast", "veryfast", "faster",   "fast",
                                                   "medium",    "slow",      "slower",   "veryslow", "placebo"};

constexpr std::uint32_t least_crf = 1;                // 0 is without loss, which is a profile no browser plays
constexpr std::uint32_t largest_crf = 51;             // x264's, of 8 bits
constexpr std::uint32_t longest_edge = 16'384;        // of a picture; H.264 ends there, too
constexpr std::uint32_t most_threads = 1'024;         // a number above is a mistake
constexpr std::uint32_t largest_descriptor = 65'535;  // no process that starts a worker has as many

struct Number {
  std::string_view name;
  std::uint32_t Encoding::* field;
  std::uint32_t least;
  std::uint32_t most;
};
constexpr std::array<Number, 4> numbers{{{"max-height", &Encoding::max_height, 0, longest_edge},
                                         {"crf", &Encoding::crf, least_crf, largest_crf},
                                         {"threads", &Encoding::threads, 0, most_threads},
                                         {"thumbnail-width", &Encoding::thumbnail_width, 1, longest_edge}}};

base::Result<> refuse(std::string_view name, std::string_view value) {
  return base::fail(base::Errc::invalid,
                    fmt::format("The order's word {}={} makes no sense.", base::printable(base::as_bytes(name)),
                                base::printable(base::as_bytes(value))));
}

// By the name of its extension; every format has one of its own.
std::optional<Format> parse_format(std::string_view name) {
  for (unsigned value = 0; value <= static_cast<unsigned>(Format::unknown); ++value)
    if (extension(static_cast<Format>(value)) == name) return static_cast<Format>(value);
  return std::nullopt;
}

base::Result<> take_output(Order& order, base::Derived derived, std::string_view value) {
  const auto descriptor = parse_number<std::uint32_t>(value);
  if (!descriptor || *descriptor > largest_descriptor) return refuse(to_string(derived), value);
  const Output output{derived, static_cast<int>(*descriptor)};
  if (std::ranges::find(order.outputs, output.descriptor, &Output::descriptor) != order.outputs.end())
    return base::fail(base::Errc::invalid, fmt::format("Two outputs share the descriptor {}.", output.descriptor));
  order.outputs.push_back(output);
  return {};
}

base::Result<> take_word(Order& order, std::string_view name, std::string_view value) {
  if (const auto derived = base::parse_derived(name)) return take_output(order, *derived, value);
  if (name == "format") {
    const auto format = parse_format(value);
    if (!format) return refuse(name, value);
    order.format = *format;
    return {};
  }
  if (name == "preset") {
    if (std::ranges::find(presets, value) == presets.end()) return refuse(name, value);
    order.encoding.preset = value;
    return {};
  }
  if (name == "frame-rate") {
    const auto rate = parse_number<std::uint32_t>(value);
    if (!rate || *rate > highest_frame_rate) return refuse(name, value);
    order.frame_rate = *rate;
    return {};
  }
  const auto* const number = std::ranges::find(numbers, name, &Number::name);
  if (number == numbers.end()) return refuse(name, value);
  const auto parsed = parse_number<std::uint32_t>(value);
  if (!parsed || *parsed < number->least || *parsed > number->most) return refuse(name, value);
  order.encoding.*number->field = *parsed;
  return {};
}
}  // namespace

std::vector<std::string> to_words(const Order& order) {
  std::vector<std::string> words{fmt::format("format={}", extension(order.format)),
                                 fmt::format("frame-rate={}", order.frame_rate)};
  for (const Output& output : order.outputs)
    words.push_back(fmt::format("{}={}", to_string(output.derived), output.descriptor));
  for (const Number& number : numbers) words.push_back(fmt::format("{}={}", number.name, order.encoding.*number.field));
  words.push_back(fmt::format("preset={}", order.encoding.preset));
  return words;
}

base::Result<Order> parse_order(std::span<const std::string> words) {
  Order order;
  std::vector<std::string_view> names;
  for (const std::string_view word : words) {
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? "" : word.substr(equals + 1);
    if (std::ranges::find(names, name) != names.end())
      return base::fail(base::Errc::invalid,
                        fmt::format("The order says {} twice.", base::printable(base::as_bytes(name))));
    names.push_back(name);
    if (auto taken = take_word(order, name, value); !taken) return std::unexpected(taken.error());
  }
  if (std::ranges::find(names, "format") == names.end())
    return base::fail(base::Errc::invalid, "The order names no format.");
  return order;
}

}  // namespace transcode
