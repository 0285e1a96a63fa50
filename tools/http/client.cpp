#include "tools/http/client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>

namespace http {

namespace {
constexpr long connect_timeout_s = 5;
constexpr long transfer_timeout_s = 60;
constexpr std::size_t largest_body = 1UL << 30;  // as the largest file a camera is given
constexpr long status_ok = 200;
constexpr long longest_silence_s = 60;                // of a stream: a server that is well says something sooner
constexpr std::size_t largest_problem = 64UL * 1024;  // of an answer that is no stream

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
    case Method::put: return "PUT";
    case Method::del: return "DELETE";
  }
  return "";
}

struct Streaming {
  const Client::Stream& wish;
  CURL* curl;
  std::string problem = {};  // the begin of the body of an answer that is no 200
  bool ended = false;        // nothing more of it is wished
};

// "text/html; charset=utf-8" is of text/html.
std::string type_of(CURL* curl) {
  const char* type = nullptr;
  curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
  std::string text = type == nullptr ? "" : type;
  text.resize(std::min(text.size(), text.find_first_of("; ")));
  return text;
}

bool is_foreign(CURL* curl, const Client::Stream& wish) {
  return !wish.content_type.empty() && type_of(curl) != wish.content_type;
}

std::size_t stream_on(char* data, std::size_t size, std::size_t count, void* user) {
  auto& streaming = *static_cast<Streaming*>(user);
  const std::string_view bytes(data, size * count);
  long status = 0;
  curl_easy_getinfo(streaming.curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != status_ok) {
    streaming.problem += bytes.substr(0, largest_problem - streaming.problem.size());
    streaming.ended = streaming.problem.size() == largest_problem;
  } else {
    streaming.ended = is_foreign(streaming.curl, streaming.wish) || !streaming.wish.received(bytes);
  }
  return streaming.ended ? 0 : bytes.size();
}

int look_at_stream(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& streaming = *static_cast<Streaming*>(user);
  streaming.ended = streaming.ended || !streaming.wish.goes_on();
  return streaming.ended ? 1 : 0;
}

struct Global {
  Global() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  ~Global() { curl_global_cleanup(); }
};

using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;
}  // namespace

struct Client::State {
  // A request anew; the connection is kept.
  void begin(const std::string& url, curl_slist* lines) const;
  base::Result<long> status(CURLcode code, Method method, const std::string& url) const;
  Headers with(const Headers& lines, std::string_view name, const std::string& value) const;
  // The status. A body that is too long ends it as an answer that broke off.
  template <class Body>
  base::Result<long> perform(Method method, const std::string& path, std::string_view json, const std::string& if_match,
                             Body& body);

  std::string base_url;
  CURL* curl = nullptr;
  Headers headers{nullptr, &curl_slist_free_all};
  Headers headers_with_json{nullptr, &curl_slist_free_all};
};

template <class Body>
base::Result<long> Client::State::perform(Method method, const std::string& path, std::string_view json,
                                          const std::string& if_match, Body& body) {
  const std::string url = base_url + path;
  const bool has_body = method == Method::post || method == Method::put;
  const Headers lines = with(has_body ? headers_with_json : headers, "If-Match", if_match);
  begin(url, lines.get());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, transfer_timeout_s);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &append<Body>);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  if (has_body) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json.size()));
    curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, json.data());
  }
  if (method == Method::put || method == Method::del)
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, to_string(method).data());
  return status(curl_easy_perform(curl), method, url);
}

void Client::State::begin(const std::string& url, curl_slist* lines) const {
  curl_easy_reset(curl);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // the server that is named is meant, whatever the environment says
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, connect_timeout_s);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines);
}

// Copies `lines`: with the one more, if it has a value.
Headers Client::State::with(const Headers& lines, std::string_view name, const std::string& value) const {
  curl_slist* copy = nullptr;
  for (const curl_slist* line = lines.get(); line != nullptr; line = line->next)
    copy = curl_slist_append(copy, line->data);
  if (!value.empty()) copy = curl_slist_append(copy, fmt::format("{}: {}", name, value).c_str());
  return {copy, &curl_slist_free_all};
}

base::Result<long> Client::State::status(CURLcode code, Method method, const std::string& url) const {
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
  const auto status = state_->perform(Method::get, path, {}, {}, body);
  if (!status) return std::unexpected(status.error());
  if (*status != status_ok)
    return base::fail(base::Errc::unavailable,
                      fmt::format("GET {}{} answered {} instead of 200.", state_->base_url, path, *status));
  return body;
}

base::Result<Answer> Client::ask(Method method, const std::string& path, std::string_view json,
                                 const std::string& if_match) {
  Answer answer;
  const auto status = state_->perform(method, path, json, if_match, answer.body);
  if (!status) return std::unexpected(status.error());
  answer.status = *status;
  curl_header* header = nullptr;
  if (curl_easy_header(state_->curl, "ETag", 0, CURLH_HEADER, -1, &header) == CURLHE_OK) answer.etag = header->value;
  return answer;
}

base::Result<Answer> Client::stream(const Stream& stream) {
  CURL* const curl = state_->curl;
  Streaming streaming{.wish = stream, .curl = curl};
  const std::string url = state_->base_url + stream.path;
  const Headers lines = state_->with(state_->headers, "Last-Event-ID", stream.last_event_id);
  state_->begin(url, lines.get());
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, longest_silence_s);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &stream_on);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &streaming);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &look_at_stream);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &streaming);
  const CURLcode code = curl_easy_perform(curl);
  const auto status = state_->status(streaming.ended ? CURLE_OK : code, Method::get, url);
  if (!status) return std::unexpected(status.error());
  if (*status == status_ok && is_foreign(curl, stream))
    return base::fail(base::Errc::invalid, fmt::format("GET {} answered with \"{}\" instead of {}.", url, type_of(curl),
                                                       stream.content_type));
  return Answer{.status = *status, .body = std::move(streaming.problem), .etag = {}};
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
