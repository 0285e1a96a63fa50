#include "tools/explain/input.hpp"

#include <fmt/format.h>

#include <cctype>
#include <string>

namespace explain {

namespace {
bool is_hex(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}

// A dump's line without its offset and its text column; any other line as it is.
std::string_view strip_dump(std::string_view line) {
  constexpr std::size_t shortest_offset = 4;
  std::size_t digits = 0;
  while (digits < line.size() && is_hex(line[digits])) ++digits;
  const bool offset = digits >= shortest_offset && digits + 1 < line.size() &&
                      (line.substr(digits).starts_with(": ") || line.substr(digits).starts_with("  "));
  if (!offset) return line;
  line.remove_prefix(digits + 1);
  const std::size_t bar = line.find('|');  // hexdump -C
  if (bar != std::string_view::npos) return line.substr(0, bar);
  const std::size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return line.substr(0, line.find("  ", begin));  // xxd: two spaces before the text
}

base::Result<> append_digits(std::string_view line, std::string& digits) {
  for (std::size_t n = 0; n < line.size(); ++n) {
    const char c = line[n];
    const bool prefix = c == '0' && n + 1 < line.size() && (line[n + 1] == 'x' || line[n + 1] == 'X');
    if (prefix) {
      ++n;
    } else if (is_hex(c)) {
      digits += c;
    } else if (std::isspace(static_cast<unsigned char>(c)) == 0 && c != ':' && c != ',' && c != '-') {
      return base::fail(base::Errc::invalid,
                        fmt::format("\"{}\" is no hexadecimal digit.", base::printable(base::as_bytes({&c, 1}))));
    }
  }
  return {};
}
}  // namespace

base::Result<base::Bytes> parse_hex(std::string_view text) {
  std::string digits;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end).substr(0, text.substr(0, end).find('#'));
    if (auto done = append_digits(strip_dump(line), digits); !done) return std::unexpected(done.error());
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (digits.empty()) return base::fail(base::Errc::invalid, "There are no hexadecimal digits in the input.");
  if (digits.size() % 2 != 0)
    return base::fail(base::Errc::invalid,
                      fmt::format("There are {} hexadecimal digits; bytes need an even number.", digits.size()));
  return *base::from_hex(digits);
}

base::Bytes parse_input(std::string_view content) {
  if (auto bytes = parse_hex(content)) return *std::move(bytes);
  const base::ByteView view = base::as_bytes(content);
  return {view.begin(), view.end()};
}

}  // namespace explain
