#include "server/events/target_url.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include "server/base/bytes.hpp"

namespace events {

namespace {
using base::Errc;

constexpr std::string_view nats_port = "4222";
constexpr std::size_t longest_name = 255;  // of a stream: nats-server makes a folder of it
constexpr std::uint32_t highest_port = 65'535;

struct FreeUrl {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

// What stands before `mark`, which is taken away with it; all of it where there is none.
std::string_view take_until(std::string_view& rest, char mark) {
  const auto end = rest.find(mark);
  const std::string_view head = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return head;
}

bool is_letter_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::unexpected<base::Error> wrong(std::string why) {
  return base::fail(Errc::invalid, std::move(why));
}

// %40 is an @ in a user or a password.
std::optional<std::string> unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    unsigned byte = 0;
    const char* digits = text.data() + i + 1;
    if (i + 2 >= text.size() || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2 || byte == 0)
      return std::nullopt;
    plain += static_cast<char>(byte);
    i += 2;
  }
  return plain;
}

base::Result<std::string> host_and_port(std::string_view text) {
  const auto bracket = text.starts_with('[') ? text.find(']') : 0;
  const auto colon = bracket == std::string_view::npos ? bracket : text.find(':', bracket);
  const std::string_view host = text.substr(0, colon);
  const std::string_view port = colon == std::string_view::npos ? nats_port : text.substr(colon + 1);
  std::uint32_t number = 0;
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool good_host = !host.empty() && std::ranges::all_of(host, [](char c) {
    return is_letter_or_digit(c) || std::string_view("-._:[]").find(c) != std::string_view::npos;
  });
  if (!good_host || parsed.ec != std::errc() || parsed.ptr != port.data() + port.size() || number == 0 ||
      number > highest_port)
    return wrong(fmt::format("\"{}\" is no HOST:PORT of NATS", base::printable(base::as_bytes(text))));
  return fmt::format("{}:{}", host, number);
}

// Tokens with points between: what NATS takes in a subject and, but for the points, in the name of a stream.
bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= longest_name &&
         std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; });
}

bool is_subject(std::string_view text) {
  while (true) {
    const bool last = text.find('.') == std::string_view::npos;
    if (!is_token(take_until(text, '.'))) return false;
    if (last) return true;
  }
}

base::Result<> read_login(TargetUrl& target, std::string_view login) {
  std::string_view password = login;
  const auto user = unescaped(take_until(password, ':'));
  const auto secret = unescaped(password);
  if (!user || !secret || user->empty() || secret->empty())
    return wrong("in front of the @ stand USER:PASSWORD, with %XX for what is no letter or digit");
  target.user = *user;
  target.password = *secret;
  return {};
}

base::Result<> read_query(TargetUrl& target, std::string_view query) {
  target.stream = target.prefix;
  std::ranges::replace(target.stream, '.', '_');
  if (query.empty()) return {};
  std::string_view value = query;
  if (take_until(value, '=') != "stream" || !is_token(value))
    return wrong("behind the ? of a URL of NATS stands stream=NAME, of letters, digits, - and _, and nothing else");
  target.stream = value;
  target.stream_given = true;
  return {};
}

base::Result<TargetUrl> parse_nats(std::string_view scheme, std::string_view rest) {
  TargetUrl target{.kind = TargetKind::nats, .tls = scheme != "nats"};
  std::string_view query = rest;
  std::string_view path = take_until(query, '?');
  // Up to the last @ in front of the path: what was not escaped must not show in an error.
  if (const auto at = path.rfind('@'); at != std::string_view::npos) {
    if (auto good = read_login(target, path.substr(0, at)); !good) return std::unexpected(good.error());
    path = path.substr(at + 1);
  }
  std::string_view hosts = take_until(path, '/');
  std::string all;
  do {
    const auto host = host_and_port(take_until(hosts, ','));
    if (!host) return std::unexpected(host.error());
    target.servers.push_back("nats://" + *host);
    all += all.empty() ? *host : "," + *host;
  } while (!hosts.empty());
  if (!is_subject(path))
    return wrong("behind the host stands /PREFIX, the beginning of the subjects, of letters, digits, -, _ and points");
  target.prefix = path;
  if (auto good = read_query(target, query); !good) return std::unexpected(good.error());
  target.name = fmt::format("{}://{}/{}", target.tls ? "tls" : "nats", all, target.prefix);
  return target;
}

base::Result<TargetUrl> parse_webhook(std::string_view text) {
  const Url url(curl_url());
  const std::string copy(text);
  if (!url || curl_url_set(url.get(), CURLUPART_URL, copy.c_str(), 0) != CURLUE_OK)
    return wrong("a webhook is an URL with http:// or https://, a host and a path");
  const std::string port = part_of(url.get(), CURLUPART_PORT);
  TargetUrl target{.kind = TargetKind::webhook, .url = copy};
  const std::string name =
      fmt::format("{}://{}{}{}", part_of(url.get(), CURLUPART_SCHEME), part_of(url.get(), CURLUPART_HOST),
                  port.empty() ? "" : ":" + port, part_of(url.get(), CURLUPART_PATH));
  target.name = base::printable(base::as_bytes(name));
  return target;
}
}  // namespace

std::string_view to_string(TargetKind kind) noexcept {
  return kind == TargetKind::nats ? "nats" : "webhook";
}

base::Result<TargetUrl> parse_target(std::string_view text) {
  const auto colon = text.find("://");
  const std::string_view scheme = text.substr(0, std::min(colon, text.size()));
  if (colon != std::string_view::npos && (scheme == "nats" || scheme == "tls" || scheme == "nats+tls"))
    return parse_nats(scheme, text.substr(colon + 3));
  if (scheme == "http" || scheme == "https") return parse_webhook(text);
  return wrong("a target begins with nats://, tls://, https:// or http://");
}

}  // namespace events
