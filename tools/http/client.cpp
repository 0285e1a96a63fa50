#include "tools/http/client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

namespace http {

namespace {
constexpr long connect_timeout_s = 5;
constexpr long transfer_timeout_s = 60;
constexpr std::size_t largest_body = 1UL << 30;  // as the largest file a camera is given
constexpr long status_ok = 200;

template <class Body>
std::size_t append(char* data, std::size_t size, std::size_t count, void* user) {
  auto& body = *static_cast<Body*>(user);
  const std::size_t bytes = size * count;
  if (body.size() + bytes > largest_body) return 0;
  body.insert(body.end(), data, data + bytes);
  return bytes;
}

std::string_view to_string(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::post: return "POST";
    case Method::del: return "DELETE";
  }
  return "";
}

struct Global {
  Global() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  ~Global() { curl_global_cleanup(); }
};

using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;
}  // namespace

struct Client::State {
  // The status. A body that is too long ends it as an answer that broke off.
  template <class Body>
  base::Result<long> perform(Method method, const std::string& path, std::string_view json, Body& body);

  std::string base_url;
  CURL* curl = nullptr;
  Headers headers{nullptr, &curl_slist_free_all};
  Headers headers_with_json{nullptr, &curl_slist_free_all};
};

template <class Body>
base::Result<long> Client::State::perform(Method method, const std::string& path, std::string_view json, Body& body) {
  const std::string url = base_url + path;
  curl_easy_reset(curl);  // the connection is kept
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // the server that is named is meant, whatever the environment says
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, connect_timeout_s);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, transfer_timeout_s);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, method == Method::post ? headers_with_json.get() : headers.get());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &append<Body>);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  if (method == Method::post) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json.size()));
    curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, json.data());
  }
  if (method == Method::del) curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "DELETE");
  const CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK)
    return base::fail(base::Errc::unavailable,
                      fmt::format("{} {} failed: {}.", to_string(method), url, curl_easy_strerror(code)));
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

Client::Client(std::string base_url, const std::string& token) : state_(std::make_unique<State>()) {
  static const Global global;
  state_->base_url = std::move(base_url);
  state_->curl = curl_easy_init();
  const auto with_token = [&](curl_slist* list) {
    return token.empty() ? list : curl_slist_append(list, fmt::format("Authorization: Bearer {}", token).c_str());
  };
  state_->headers.reset(with_token(nullptr));
  state_->headers_with_json.reset(with_token(curl_slist_append(nullptr, "Content-Type: application/json")));
}

Client::~Client() {
  curl_easy_cleanup(state_->curl);
}

base::Result<base::Bytes> Client::get(const std::string& path) {
  base::Bytes body;
  const auto status = state_->perform(Method::get, path, {}, body);
  if (!status) return std::unexpected(status.error());
  if (*status != status_ok)
    return base::fail(base::Errc::unavailable,
                      fmt::format("GET {}{} answered {} instead of 200.", state_->base_url, path, *status));
  return body;
}

base::Result<Answer> Client::ask(Method method, const std::string& path, std::string_view json) {
  Answer answer;
  const auto status = state_->perform(method, path, json, answer.body);
  if (!status) return std::unexpected(status.error());
  answer.status = *status;
  return answer;
}

std::string Client::escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace http
