#include "server/base/json.hpp"

#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "server/base/utf8.hpp"

namespace base {

namespace {
constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD
}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto c = static_cast<unsigned char>(text.front());
    if (length == 0)
      out += replacement;
    else if (c == '"' || c == '\\')
      (out += '\\') += text.front();
    else if (c < 0x20 || c == 0x7f)
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    else
      out += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

void JsonWriter::separate() {
  if (follows_) text_ += ',';
  follows_ = true;
}

void JsonWriter::raw(std::string_view text) {
  separate();
  text_ += text;
}

void JsonWriter::open(char bracket) {
  separate();
  text_ += bracket;
  follows_ = false;
}

void JsonWriter::close(char bracket) {
  text_ += bracket;
  follows_ = true;
}

void JsonWriter::key(std::string_view name) {
  value(name);
  text_ += ':';
  follows_ = false;
}

void JsonWriter::value(std::string_view text) {
  separate();
  append_json_string(text_, text);
}

void JsonWriter::value(double number) {
  if (!std::isfinite(number)) return value(std::nullopt);
  raw(fmt::format("{}", number));
}

}  // namespace base
