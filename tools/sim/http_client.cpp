#include "tools/sim/http_client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

namespace sim {

namespace {
constexpr long connect_timeout_s = 5;
constexpr long transfer_timeout_s = 60;
constexpr std::size_t largest_body = 1UL << 30;  // as the largest file a camera is given
constexpr long status_ok = 200;

std::size_t append(char* data, std::size_t size, std::size_t count, void* user) {
  auto& body = *static_cast<base::Bytes*>(user);
  const std::size_t bytes = size * count;
  if (body.size() + bytes > largest_body) return 0;
  body.insert(body.end(), data, data + bytes);
  return bytes;
}

struct Global {
  Global() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  ~Global() { curl_global_cleanup(); }
};
}  // namespace

struct HttpClient::State {
  std::string base_url;
  CURL* curl = nullptr;
  curl_slist* headers = nullptr;
};

HttpClient::HttpClient(std::string base_url, const std::string& token) : state_(std::make_unique<State>()) {
  static const Global global;
  state_->base_url = std::move(base_url);
  state_->curl = curl_easy_init();
  if (!token.empty())
    state_->headers = curl_slist_append(state_->headers, fmt::format("Authorization: Bearer {}", token).c_str());
}

HttpClient::~HttpClient() {
  curl_slist_free_all(state_->headers);
  curl_easy_cleanup(state_->curl);
}

base::Result<base::Bytes> HttpClient::get(const std::string& path) {
  const std::string url = state_->base_url + path;
  CURL* curl = state_->curl;
  base::Bytes body;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // the server under test is meant, whatever the environment says
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, connect_timeout_s);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, transfer_timeout_s);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, state_->headers);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK)
    return base::fail(base::Errc::unavailable, fmt::format("GET {} failed: {}.", url, curl_easy_strerror(code)));
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != status_ok)
    return base::fail(base::Errc::unavailable, fmt::format("GET {} answered {} instead of 200.", url, status));
  return body;
}

std::string HttpClient::escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace sim
