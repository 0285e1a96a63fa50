#include "tools/trigger/event_stream.hpp"

#include <charconv>
#include <cstdint>

namespace trigger {

namespace {
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// Digits and nothing else; a time that is longer than a number of 32 bits is none.
std::optional<std::chrono::milliseconds> parse_retry(std::string_view digits) {
  std::uint32_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [behind, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc{} || behind != end) return std::nullopt;
  return std::chrono::milliseconds{number};
}
}  // namespace

bool EventStream::feed(std::string_view bytes) {
  for (const char c : bytes) {
    const bool rest_of_end = std::exchange(after_return_, c == '\r') && c == '\n';
    if (rest_of_end) continue;
    if (c == '\n' || c == '\r') {
      line(line_);
      line_.clear();
      continue;
    }
    line_ += c;
    if (line_.size() + event_.data.size() > longest_event) return false;
  }
  return true;
}

void EventStream::broken() {
  line_.clear();
  first_line_ = true;
  after_return_ = false;
  event_.id = last_id_;
  event_.type.clear();
  event_.data.clear();
  has_data_ = false;
}

void EventStream::line(std::string_view text) {
  if (std::exchange(first_line_, false) && text.starts_with(byte_order_mark))
    text.remove_prefix(byte_order_mark.size());
  if (text.empty()) return dispatch();
  const auto colon = text.find(':');
  if (colon == 0) return;  // a comment
  if (colon == std::string_view::npos) return field(text, {});
  std::string_view value = text.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  field(text.substr(0, colon), value);
}

void EventStream::field(std::string_view name, std::string_view value) {
  if (name == "event") event_.type = value;
  if (name == "id" && value.find('\0') == std::string_view::npos) event_.id = value;
  if (name == "retry")
    if (const auto time = parse_retry(value)) retry_ = time;
  if (name != "data") return;
  if (std::exchange(has_data_, true)) event_.data += '\n';
  event_.data += value;
}

void EventStream::dispatch() {
  last_id_ = event_.id;
  if (has_data_) {
    if (event_.type.empty()) event_.type = "message";
    take_(event_);
  }
  event_.type.clear();
  event_.data.clear();
  has_data_ = false;
}

}  // namespace trigger
