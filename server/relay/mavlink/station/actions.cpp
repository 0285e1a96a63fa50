#include "server/relay/mavlink/station/actions.hpp"

#include <array>

namespace mavlink::station {
namespace {

template <class E, std::size_t N>
std::string_view word(const std::array<std::string_view, N>& words, E value) noexcept {
  return words.at(static_cast<std::size_t>(value));
}

}  // namespace

std::string_view to_string(Change change) noexcept {
  static constexpr std::array<std::string_view, 11> words{"found",    "identified",   "settings", "storage",
                                                          "status",   "streams",      "lost",     "back",
                                                          "rebooted", "images reset", "forgotten"};
  return word(words, change);
}

std::string_view to_string(Outcome outcome) noexcept {
  static constexpr std::array<std::string_view, 5> words{"accepted", "refused", "no answer", "cancelled",
                                                         "camera gone"};
  return word(words, outcome);
}

std::string_view result_word(std::uint8_t mav_result) noexcept {
  static constexpr std::array<std::string_view, 11> words{"accepted",
                                                          "temporarily rejected",
                                                          "denied",
                                                          "unsupported",
                                                          "failed",
                                                          "in progress",
                                                          "cancelled",
                                                          "takes COMMAND_LONG only",
                                                          "takes COMMAND_INT only",
                                                          "unsupported frame",
                                                          "not in control"};
  return mav_result < words.size() ? words.at(mav_result) : "unknown result";
}

}  // namespace mavlink::station
