#include "server/relay/hub/event.hpp"

#include <algorithm>
#include <array>

#include "server/relay/hub/words.hpp"

namespace hub {

namespace {
constexpr std::array<std::string_view, 7> protocols{"edgertronic", "shogun",  "trendnet", "dualcam",
                                                    "mavlink",     "webhook", "api"};
}  // namespace

std::string_view to_string(Protocol protocol) noexcept {
  return word_of(protocols, protocol);
}

std::optional<Protocol> parse_protocol(std::string_view text) noexcept {
  return value_of<Protocol>(protocols, text);
}

const std::string* find(const Fields& fields, std::string_view name) noexcept {
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? nullptr : &found->value;
}

}  // namespace hub
