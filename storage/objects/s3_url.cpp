#include "storage/objects/s3_url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "storage/objects/object_store.hpp"

namespace storage::s3 {

namespace {
constexpr std::string_view scheme = "s3://";
// Far more than any sensible URL has; the value of a parameter is a path at most.
constexpr std::size_t max_url_length = 8 * 1024;
// RFC 1035, and what S3 takes as the name of a bucket.
constexpr std::size_t max_host_length = 253;
constexpr std::size_t min_bucket_length = 3;
constexpr std::size_t max_bucket_length = 63;

std::unexpected<base::Error> wrong(std::string message) {
  return base::fail(base::Errc::invalid, std::move(message));
}

std::string shown(std::string_view text) {
  return base::printable(base::as_bytes(text));
}

bool is_lower_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_letter_or_digit(char c) noexcept {
  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

bool is_bucket(std::string_view name) noexcept {
  return name.size() >= min_bucket_length && name.size() <= max_bucket_length && is_lower_or_digit(name.front()) &&
         is_lower_or_digit(name.back()) && name.find("..") == std::string_view::npos &&
         std::ranges::all_of(name, [](char c) { return is_lower_or_digit(c) || c == '-' || c == '.'; });
}

bool is_region(std::string_view name) noexcept {
  return !name.empty() && name.size() <= max_bucket_length &&
         std::ranges::all_of(name, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; });
}

bool is_host(std::string_view host) noexcept {
  if (host.empty() || host.size() > max_host_length) return false;
  if (host.starts_with('['))
    return host.size() > 2 && host.ends_with(']') && std::ranges::all_of(host.substr(1, host.size() - 2), [](char c) {
             return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
           });
  return is_letter_or_digit(host.front()) &&
         std::ranges::all_of(host, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_address(std::string_view host) noexcept {
  return host.starts_with('[') || std::ranges::all_of(host, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

// "%2F" → "/". Nothing when an escape is cut short or makes a control byte.
std::optional<std::string> unescape(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '%') {
      const auto byte = base::from_hex(text.substr(at + 1, 2));
      if (!byte || byte->size() != 1) return std::nullopt;
      c = static_cast<char>(byte->front());
      at += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
    plain += c;
  }
  return plain;
}

base::Result<> set_endpoint(Location& location, const std::string& value) {
  std::string_view rest = value;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    location.tls = false;
  } else {
    return wrong("The endpoint of the object store must begin with https:// or http://.");
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find('@') != std::string_view::npos)
    return wrong(
        "The endpoint of the object store holds an '@': credentials do not belong in a URL; set "
        "DUALCAMD_S3_ACCESS_KEY and DUALCAMD_S3_SECRET, or give credentials=FILE.");
  const auto colon = rest.rfind(':');
  if (colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos) {
    const std::string_view digits = rest.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), location.port);
    if (error != std::errc{} || end != digits.data() + digits.size() || location.port == 0)
      return wrong(
          fmt::format("'{}' is no port of an object store's endpoint: it is a number from 1 to 65535.", shown(digits)));
    rest = rest.substr(0, colon);
  }
  if (!is_host(rest))
    return wrong(
        fmt::format("'{}' is no host of an object store's endpoint: give https://HOST or https://HOST:PORT and no "
                    "path behind it.",
                    shown(rest)));
  location.host = rest;
  // A client leaves the usual port out of the Host header, which is signed.
  if (location.port == (location.tls ? 443 : 80)) location.port = 0;
  return {};
}

base::Result<> set_region(Location& location, const std::string& value) {
  if (!is_region(value)) return wrong(fmt::format("'{}' is no region: it is a name like eu-central-1.", shown(value)));
  location.region = value;
  return {};
}

base::Result<> set_style(Location& location, const std::string& value) {
  if (value != "path" && value != "host")
    return wrong(
        fmt::format("'{}' is no style of object store addresses: use style=path for https://HOST/BUCKET/KEY "
                    "or style=host for https://BUCKET.HOST/KEY.",
                    shown(value)));
  location.style = value == "path" ? Style::path : Style::host;
  return {};
}

template <std::string Location::* member>
base::Result<> set_text(Location& location, const std::string& value) {
  location.*member = value;
  return {};
}

struct Parameter {
  std::string_view name;
  base::Result<> (*set)(Location&, const std::string&);
};
constexpr std::array<Parameter, 6> parameters{{{"endpoint", set_endpoint},
                                               {"region", set_region},
                                               {"style", set_style},
                                               {"ca", set_text<&Location::ca_file>},
                                               {"credentials", set_text<&Location::credentials_file>},
                                               {"profile", set_text<&Location::profile>}}};

base::Result<> set_parameter(Location& location, std::string_view name, std::string_view escaped) {
  const auto* known = std::ranges::find(parameters, name, &Parameter::name);
  if (known == parameters.end())  // its value may be a secret in the wrong place
    return wrong(
        fmt::format("The object store URL has a parameter '{}' that this program does not know: it knows "
                    "endpoint, region, style, ca, credentials and profile. Keys are never given in the URL.",
                    shown(name)));
  const auto value = unescape(escaped);
  if (!value || value->empty())
    return wrong(fmt::format("The parameter '{}' of the object store URL has no value that can be read.", name));
  return known->set(location, *value);
}

base::Result<std::set<std::string_view>> set_parameters(Location& location, std::string_view query) {
  std::set<std::string_view> given;
  while (!query.empty()) {
    const std::string_view each = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), each.size() + 1));
    const auto equals = each.find('=');
    const std::string_view name = each.substr(0, equals);
    if (!given.insert(name).second) return wrong(fmt::format("The object store URL gives '{}' twice.", shown(name)));
    const std::string_view value = equals == std::string_view::npos ? "" : each.substr(equals + 1);
    if (auto set = set_parameter(location, name, value); !set) return std::unexpected(set.error());
  }
  return given;
}

base::Result<> set_place(Location& location, std::string_view place) {
  if (place.find('@') != std::string_view::npos)
    return wrong(
        "The object store URL holds an '@': credentials do not belong in a URL; set DUALCAMD_S3_ACCESS_KEY and "
        "DUALCAMD_S3_SECRET, or give credentials=FILE.");
  const auto slash = place.find('/');
  location.bucket = place.substr(0, slash);
  if (!is_bucket(location.bucket))
    return wrong(
        fmt::format("'{}' is no name of a bucket: give s3://BUCKET with 3 to 63 lower-case letters, digits, "
                    "dots and hyphens.",
                    shown(location.bucket)));
  if (slash == std::string_view::npos) return {};
  std::string_view prefix = place.substr(slash + 1);
  if (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (prefix.empty()) return {};
  // Room for our keys behind it: those of files have less than 100 characters.
  if (!is_valid_object_key(prefix) || prefix.size() > 512)
    return wrong(
        fmt::format("'{}' is no prefix of an object store: use '/'-separated names of letters, digits, '.', "
                    "'_' and '-', 512 characters at most.",
                    shown(prefix)));
  location.prefix = fmt::format("{}/", prefix);
  return {};
}

// Without an endpoint it is AWS, which has one host per region and wants the bucket in the host name.
base::Result<> use_aws(Location& location, const std::set<std::string_view>& given) {
  if (!given.contains("region"))
    return wrong(
        "The object store URL needs endpoint=https://HOST:PORT, or for AWS the region of the bucket, as in "
        "s3://BUCKET?region=eu-central-1.");
  location.host = fmt::format("s3.{}.amazonaws.com", location.region);
  // A certificate for *.HOST does not cover a bucket with dots in its name.
  if (!given.contains("style") && location.bucket.find('.') == std::string::npos) location.style = Style::host;
  return {};
}
}  // namespace

std::string Location::authority() const {
  std::string name = style == Style::host ? fmt::format("{}.{}", bucket, host) : host;
  if (port != 0) name += fmt::format(":{}", port);
  return name;
}

std::string Location::endpoint() const {
  return fmt::format("{}://{}{}", tls ? "https" : "http", host, port == 0 ? "" : fmt::format(":{}", port));
}

std::string Location::describe() const {
  return fmt::format("s3://{}/{} at {}", bucket, prefix, endpoint());
}

base::Result<Location> parse_url(std::string_view url) {
  if (!url.starts_with(scheme)) return wrong("The URL of an S3 object store begins with s3://BUCKET.");
  if (url.size() > max_url_length) return wrong("The object store URL is longer than 8 KiB, which none needs to be.");
  url.remove_prefix(scheme.size());
  if (url.find('#') != std::string_view::npos)
    return wrong("The object store URL has a '#': write %23 if it belongs to the name of a file.");
  Location location;
  const auto question = url.find('?');
  if (auto set = set_place(location, url.substr(0, question)); !set) return std::unexpected(set.error());
  const auto given = set_parameters(location, question == std::string_view::npos ? "" : url.substr(question + 1));
  if (!given) return std::unexpected(given.error());
  if (location.host.empty())
    if (auto set = use_aws(location, *given); !set) return std::unexpected(set.error());
  if (location.style == Style::host && is_address(location.host))
    return wrong(fmt::format("style=host puts the bucket before the host name, but {} is an address: use style=path.",
                             location.host));
  if (!location.ca_file.empty() && !location.tls)
    return wrong("The object store URL names a file of certificates (ca=) but its endpoint is http://: use https://.");
  return location;
}

}  // namespace storage::s3
