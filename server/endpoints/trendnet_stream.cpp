#include "server/endpoints/trendnet_stream.hpp"

#include <algorithm>
#include <utility>

namespace endpoints {

namespace {
constexpr std::chrono::milliseconds shortest_rest{500};
constexpr std::chrono::milliseconds longest_rest{30'000};
constexpr std::chrono::seconds silence{10};  // twice what the camera's own applet waits for a read
}  // namespace

net::relay::HttpRequest http_request(const TrendnetConfig& config, const trendnet::Request& request) {
  net::relay::HttpRequest http{.method = std::string(trendnet::to_string(request.method)),
                               .url = config.url + request.path,
                               .body = request.body,
                               .has_body = request.method == trendnet::Method::post,
                               .http_1_0 = true};
  if (!request.content_type.empty()) http.headers.emplace_back("Content-Type", request.content_type);
  if (!config.user.empty()) http.credentials = {.user = config.user, .password = config.password};
  return http;
}

TrendnetStream::TrendnetStream(const TrendnetConfig& config, Callbacks callbacks, Host& host)
    : config_(config),
      callbacks_(std::move(callbacks)),
      host_(host),
      request_(trendnet::stream_request(true, trendnet::Model{})),
      opening_(host.context()),
      rest_(shortest_rest) {}

TrendnetStream::~TrendnetStream() {
  if (id_) host_.http().cancel(*id_);
}

void TrendnetStream::open() {
  refusal_.reset();
  id_ = host_.http().stream(http_request(config_, request_), silence,
                            {.head = [this](const auto& answer) { head(answer); },
                             .bytes = [this](base::ByteView bytes) { take(bytes); },
                             .ended =
                                 [this](const base::Error& why) {
                                   id_.reset();
                                   end(refusal_.value_or(trendnet::Verdict{trendnet::Outcome::no_answer, why.message}));
                                 }});
}

void TrendnetStream::head(const net::relay::HttpAnswer& answer) {
  const auto verdict = trendnet::judge({.status = static_cast<int>(answer.status), .body = {}}, request_);
  if (verdict.outcome != trendnet::Outcome::done) refusal_ = verdict;
}

void TrendnetStream::take(base::ByteView bytes) {
  if (refusal_) return;  // a page that says no
  while (!bytes.empty()) {
    bytes = bytes.subspan(reader_.push(bytes));
    while (const auto frame = reader_.next()) show(*frame);
  }
  tell_misread();
}

void TrendnetStream::tell_misread() {
  for (const std::uint64_t bad = reader_.counts().bad_in_all(); misread_ < bad; ++misread_) host_.misread("mjpeg");
}

void TrendnetStream::show(const trendnet::MjpegFrame& frame) {
  rest_ = shortest_rest;
  callbacks_.picture({.jpeg = std::make_shared<const base::Bytes>(frame.jpeg.begin(), frame.jpeg.end()),
                      .at = host_.now().utc,
                      .position = frame.position},
                     frame.io);
}

void TrendnetStream::end(const trendnet::Verdict& why) {
  if (const auto frame = reader_.finish()) show(*frame);
  tell_misread();
  callbacks_.ended(why);
  opening_.expires_after(rest_);
  rest_ = std::min(2 * rest_, longest_rest);
  opening_.async_wait([this](const std::error_code& error) {
    if (!error) open();
  });
}

}  // namespace endpoints
