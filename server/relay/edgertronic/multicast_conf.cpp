#include "server/relay/edgertronic/multicast_conf.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "server/base/bytes.hpp"

namespace edgertronic {

namespace {
constexpr std::string_view section_name = "multicast-trigger";
constexpr std::string_view blanks = " \t\r\f\v";

std::unexpected<base::Error> wrong(std::size_t line, std::string_view why) {
  return base::fail(base::Errc::invalid,
                    fmt::format("{}, line {}: {}; the camera would ignore the whole file.", conf_file_name, line, why));
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::string quoted(std::string_view text) {
  return fmt::format("\"{}\"", base::printable(base::as_bytes(text), 60));
}

std::string in_small_letters(std::string_view text) {
  std::string small(text);
  for (char& c : small)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return small;
}

struct Value {
  std::string text;
  std::size_t line = 0;  // 0: not there
};

// The lines of the file, as ConfigParser takes them.
class Lines {
 public:
  base::Result<> take(std::string_view text) {
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      if (auto taken = take_line(text.substr(0, end)); !taken) return taken;
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (!section_seen_) return wrong(line_, fmt::format("there is no section [{}]", section_name));
    return {};
  }

  Value address, port, payload;

 private:
  base::Result<> take_line(std::string_view line) {
    ++line_;
    const std::string_view content = trimmed(line);
    if (content.empty() || line.front() == '#' || line.front() == ';') return {};
    if (blanks.contains(line.front())) return go_on(content);
    if (line.front() == '[') return begin_section(content);
    return take_pair(content);
  }

  // A line that is indented belongs to the value before it, a comment as well.
  base::Result<> go_on(std::string_view content) {
    if (!pair_before_) return wrong(line_, "it is indented, and no value stands before it");
    if (last_ != nullptr) last_->text += fmt::format("\n{}", content);
    return {};
  }

  base::Result<> begin_section(std::string_view content) {
    const auto end = content.find(']');
    if (end == std::string_view::npos || end == 1) return wrong(line_, "a section is written [name]");
    any_section_ = true;
    pair_before_ = false;
    last_ = nullptr;
    const std::string_view name = content.substr(1, end - 1);
    ours_ = name == section_name || name == "DEFAULT";  // what stands in DEFAULT holds in every section
    fallback_ = name == "DEFAULT";
    section_seen_ = section_seen_ || name == section_name;
    return {};
  }

  base::Result<> take_pair(std::string_view content) {
    if (!any_section_) return wrong(line_, fmt::format("it stands before the first section, [{}]", section_name));
    const auto sign = content.find_first_of("=:");
    if (sign == std::string_view::npos || sign == 0)
      return wrong(line_, fmt::format("{} is no \"key = value\"", quoted(content)));
    pair_before_ = true;
    last_ = ours_ ? find(in_small_letters(trimmed(content.substr(0, sign)))) : nullptr;
    if (last_ == nullptr) return {};
    if (fallback_ && last_->line != 0) {
      last_ = nullptr;
      return {};
    }
    *last_ = {std::string(trimmed(without_comment(content.substr(sign + 1)))), line_};
    return {};
  }

  // A comment behind a value begins with a blank and a semicolon.
  static std::string_view without_comment(std::string_view value) noexcept {
    for (std::size_t at = 1; at < value.size(); ++at)
      if (value[at] == ';' && blanks.contains(value[at - 1])) return value.substr(0, at);
    return value;
  }

  Value* find(std::string_view key) noexcept {
    if (key == "address") return &address;
    if (key == "port") return &port;
    if (key == "payload") return &payload;
    return nullptr;
  }

  std::size_t line_ = 0;
  bool any_section_ = false, section_seen_ = false, ours_ = false, fallback_ = false, pair_before_ = false;
  Value* last_ = nullptr;  // the value that an indented line goes on with
};

// As int(text, 0): 600, 0x258, 0o1130, 0b1001011000.
std::optional<std::uint64_t> parse_int(std::string_view text) noexcept {
  if (text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  if (text.size() > 2 && text[0] == '0') switch (text[1]) {
      case 'x':
      case 'X': base = 16; break;
      case 'o':
      case 'O': base = 8; break;
      case 'b':
      case 'B': base = 2; break;
      default: break;
    }
  if (base != 10) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

base::Result<std::uint64_t> number_in(const Value& value, std::string_view key, std::uint64_t lowest,
                                      std::uint64_t highest) {
  const bool zero_first = value.text.size() > 1 && value.text[0] == '0' && value.text[1] >= '0' && value.text[1] <= '9';
  if (zero_first)
    return wrong(value.line, fmt::format("{} {} begins with 0, which some cameras take as octal and some refuse; write "
                                         "it without, or with 0x",
                                         key, quoted(value.text)));
  const auto number = parse_int(value.text);
  if (!number) return wrong(value.line, fmt::format("{} {} is no number", key, quoted(value.text)));
  if (*number < lowest || *number > highest)
    return wrong(value.line, fmt::format("{} {} is not within {} and {}", key, quoted(value.text), lowest, highest));
  return *number;
}
}  // namespace

bool is_multicast_address(std::string_view text) noexcept {
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (!text.starts_with('.')) return false;
      text.remove_prefix(1);
    }
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto size = static_cast<std::size_t>(end - text.data());
    if (error != std::errc{} || number > 255 || (size > 1 && text.front() == '0')) return false;
    if (part == 0 && (number < 224 || number > 239)) return false;
    text.remove_prefix(size);
  }
  return text.empty();
}

base::Result<MulticastSettings> parse_multicast_conf(std::string_view text) {
  if (text.size() > max_conf_size)
    return wrong(1, fmt::format("the file has {} bytes and holds three settings; is it another one?", text.size()));
  if (text.starts_with("\xef\xbb\xbf") || text.starts_with("\xff\xfe"))
    return wrong(1, "it begins with a byte order mark; save it as plain text");
  if (text.contains('\0')) return wrong(1, "there is a NUL byte in the file; save it as plain text");
  Lines lines;
  if (auto taken = lines.take(text); !taken) return std::unexpected(taken.error());
  for (const auto& [value, key] :
       {std::pair{&lines.address, "address"}, {&lines.port, "port"}, {&lines.payload, "payload"}})
    if (value->line == 0)
      return base::fail(base::Errc::invalid, fmt::format("{}: [{}] has no \"{}\"; the camera would ignore the file.",
                                                         conf_file_name, section_name, key));
  if (!is_multicast_address(lines.address.text))
    return wrong(lines.address.line,
                 fmt::format("address {} is not within 224.0.0.0 and 239.255.255.255", quoted(lines.address.text)));
  const auto port = number_in(lines.port, "port", 1, 0xffff);
  if (!port) return std::unexpected(port.error());
  const auto payload = number_in(lines.payload, "payload", 0, 0xffffffff);
  if (!payload) return std::unexpected(payload.error());
  return MulticastSettings{std::move(lines.address.text), static_cast<std::uint16_t>(*port),
                           static_cast<std::uint32_t>(*payload)};
}

base::Result<std::string> format_multicast_conf(const MulticastSettings& settings) {
  if (!is_multicast_address(settings.address))
    return base::fail(
        base::Errc::invalid,
        fmt::format("{} is no IPv4 multicast address (224.0.0.0 to 239.255.255.255).", quoted(settings.address)));
  if (settings.port == 0) return base::fail(base::Errc::invalid, "A trigger's port is 1 to 65535, and not 0.");
  return fmt::format("[{}]\naddress = {}\nport = {}\npayload = 0x{:08X}\n", section_name, settings.address,
                     settings.port, settings.payload);
}

}  // namespace edgertronic
