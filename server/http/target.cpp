#include "server/http/target.hpp"

#include <optional>

namespace http {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Nothing on a broken escape, or where the outcome has control characters: none of our names or values do.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '%') {
      if (text.size() - at < 3) return std::nullopt;
      const int high = hex_digit(text[at + 1]);
      const int low = hex_digit(text[at + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      at += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
    out.push_back(c);
  }
  return out;
}

// The path and query of "http://host/path?query"; origin form stays as it is.
std::string_view without_authority(std::string_view text) noexcept {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    const auto path = text.find('/', scheme.size());
    return path == std::string_view::npos ? std::string_view("/") : text.substr(path);
  }
  return text;
}

// Calls `take` with each part of `text` between separators; false as soon as `take` says so.
template <class Take>
bool for_each_part(std::string_view text, char separator, Take&& take) {
  for (;;) {
    const auto end = text.find(separator);
    if (!take(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

std::unexpected<base::Error> bad_encoding() {
  return base::fail(base::Errc::invalid,
                    "The address of the request holds control characters or a percent sign without two hexadecimal "
                    "digits behind it.");
}

}  // namespace

base::Result<Target> parse_target(std::string_view text) {
  text = without_authority(text);
  if (!text.starts_with('/')) return base::fail(base::Errc::invalid, "The address of a request begins with a slash.");
  text = text.substr(0, text.find('#'));
  const auto question = text.find('?');

  Target target;
  const std::string_view path = text.substr(1, question == std::string_view::npos ? question : question - 1);
  const auto take_segment = [&target](std::string_view part) {
    auto decoded = percent_decoded(part);
    if (decoded) target.segments.push_back(std::move(*decoded));
    return decoded.has_value();
  };
  if (!path.empty() && !for_each_part(path, '/', take_segment)) return bad_encoding();

  if (question == std::string_view::npos) return target;
  const auto take_pair = [&target](std::string_view part) {
    if (part.empty()) return true;
    const auto equals = part.find('=');
    auto name = percent_decoded(part.substr(0, equals));
    auto value = percent_decoded(equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1));
    if (name && value) target.query.emplace_back(std::move(*name), std::move(*value));
    return name.has_value() && value.has_value();
  };
  if (!for_each_part(text.substr(question + 1), '&', take_pair)) return bad_encoding();
  return target;
}

}  // namespace http
