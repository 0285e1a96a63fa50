// JSON text, written from front to back. Text may hold any bytes: what is not UTF-8 becomes U+FFFD.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"

namespace base {

// Members and elements come out in the order of the calls; the caller closes what it opens.
class JsonWriter {
 public:
  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  void key(std::string_view name);  // before each value of an object

  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(double number);  // JSON knows no NaN and no infinity: null
  void value(UtcTime time) { value(to_iso8601(time)); }
  void value(std::nullopt_t) { raw("null"); }
  void value(std::same_as<bool> auto flag) { raw(flag ? "true" : "false"); }
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  void value(T number) {
    raw(std::to_string(number));
  }
  template <class T>
  void value(const std::optional<T>& known) {
    if (known)
      value(*known);
    else
      value(std::nullopt);
  }

  // What is JSON already.
  void written(std::string_view json) { raw(json); }

  template <class T>
  void member(std::string_view name, const T& content) {
    key(name);
    value(content);
  }

  std::string take() && { return std::move(text_); }

 private:
  void open(char bracket);
  void close(char bracket);
  void raw(std::string_view text);
  void separate();

  std::string text_;
  bool follows_ = false;  // a value stands before: a comma comes first
};

// Empty text is "not known" all over; for JSON, where that is null.
inline std::optional<std::string_view> unless_empty(std::string_view text) noexcept {
  return text.empty() ? std::nullopt : std::optional(text);
}

// Quoted and escaped.
void append_json_string(std::string& out, std::string_view text);

}  // namespace base
