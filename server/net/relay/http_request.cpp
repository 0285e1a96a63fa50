#include "server/net/relay/http_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "server/base/bytes.hpp"
#include "server/curl/handles.hpp"

namespace net::relay {

namespace {
using base::Errc;

// Where a cloud's machines ask who they are: whoever may name a camera must not learn it.
constexpr std::array metadata_services = {"169.254.169.254", "169.254.170.2", "100.100.100.200", "fd00:ec2::254",
                                          "64:ff9b::a9fe:a9fe"};
// They follow from the body.
constexpr std::array<std::string_view, 3> ours = {"content-length", "transfer-encoding", "expect"};

struct FreeUrl {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

// What stands between the slashes, as written: libcurl forgives more of them, and does not tell an empty name from
// none.
std::string_view authority_of(std::string_view url) {
  const auto begin = url.find("://");
  if (begin == std::string_view::npos) return {};
  const auto rest = url.substr(begin + 3);
  return rest.substr(0, rest.find_first_of("/?#\\"));
}

base::Result<std::string> shown_url(const std::string& text) {
  // It may have a password in it, and is not repeated.
  if (authority_of(text).contains('@'))
    return base::fail(Errc::invalid,
                      "A camera's URL has a name or password in it, where anybody sees it: write them "
                      "where its credentials stand.");
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  if (!url || authority_of(text).empty() || text.contains('\0') ||
      curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
    return base::fail(Errc::invalid, "A camera's URL is none; it looks like http://10.0.0.9/IMAGE.JPG.");
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https")
    return base::fail(Errc::invalid, "A camera's URL begins with http:// or https://, and with nothing else.");
  const std::string port = part_of(url.get(), CURLUPART_PORT);
  const std::string name = fmt::format("{}://{}{}{}", scheme, part_of(url.get(), CURLUPART_HOST),
                                       port.empty() ? "" : ":" + port, part_of(url.get(), CURLUPART_PATH));
  return base::printable(base::as_bytes(name));
}

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || marks.contains(c);
  });
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}
}  // namespace

base::Result<std::string> check_request(const HttpRequest& request) {
  auto url = shown_url(request.url);
  if (!url) return url;
  if (!is_token(request.method)) return base::fail(Errc::invalid, fmt::format("A request to {} has no method.", *url));
  for (const auto& [name, value] : request.headers) {
    const auto lower = curl::split_header(name + ":")->first;
    if (!is_token(name) || has_control(value) || std::ranges::find(ours, lower) != ours.end())
      return base::fail(Errc::invalid, fmt::format("A request to {} has the header {}, which cannot be sent: either it "
                                                   "follows from the body, or there are line ends in it.",
                                                   *url, base::printable(base::as_bytes(name))));
  }
  if (request.credentials) {
    const auto& [user, password] = *request.credentials;
    if (user.empty() || user.contains(':') || has_control(user) || has_control(password))
      return base::fail(Errc::invalid, fmt::format("The credentials for {} cannot be sent: a user's name is not empty "
                                                   "and has no colon, and neither has control characters.",
                                                   *url));
  }
  return fmt::format("{} {}", request.method, *url);
}

base::Result<HttpReach> HttpReach::parse(const std::vector<std::string>& allow) {
  HttpReach reach;
  for (const char* each : metadata_services)
    if (auto network = Network::parse(each)) reach.forbidden_.push_back(*network);
  for (const std::string& text : allow) {
    auto network = Network::parse(text);
    if (!network) return std::unexpected(network.error());
    reach.allowed_.push_back(*network);
  }
  return reach;
}

bool HttpReach::allows(const asio::ip::address& address) const {
  return allowed_.empty() ? !contains(forbidden_, address) : contains(allowed_, address);
}

}  // namespace net::relay
