#include "tools/replay/action_line.hpp"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "server/base/json.hpp"

namespace replay {

std::string seconds_text(std::chrono::microseconds at) {
  constexpr std::int64_t second = 1'000'000;
  return fmt::format("{}.{:06}", at.count() / second, at.count() % second);
}

std::string as_text(const ActionLine& line) {
  std::string text = fmt::format("{:>14}  #{:<3} {:<9}", seconds_text(line.at), line.conversation, line.action);
  for (const auto& [name, value] : line.values) {
    const std::string shown = std::visit([](const auto& each) { return fmt::format("{}", each); }, value);
    text += name.empty() ? fmt::format(" {}", shown) : fmt::format(" {}={}", name, shown);
  }
  return text;
}

std::string as_json(const ActionLine& line) {
  base::JsonWriter json;
  json.begin_object();
  json.member("conversation", line.conversation);
  json.member("at_us", line.at.count());
  json.member("action", line.action);
  for (const auto& [name, value] : line.values) {
    json.key(name.empty() ? std::string_view("words") : name);
    std::visit([&](const auto& each) { json.value(each); }, value);
  }
  json.end_object();
  return std::move(json).take();
}

std::string short_hash(base::ByteView bytes) {
  return fmt::format("{:016x}", XXH3_64bits(bytes.data(), bytes.size()));
}

}  // namespace replay
