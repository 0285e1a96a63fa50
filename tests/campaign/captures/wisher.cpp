#include "tests/campaign/captures/wisher.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "tests/support/eventually.hpp"
#include "tests/unit/http/client.hpp"

namespace tests::captures {

namespace {
using namespace std::chrono_literals;
using nlohmann::json;

constexpr unsigned photo_percent = 40;
constexpr unsigned long_percent = 10;     // of the videos: several commands
constexpr unsigned cancel_percent = 4;    // of the requests
constexpr unsigned cancelled_behind = 3;  // later requests have been made before one is cancelled
constexpr unsigned longest_part_s = 30;
constexpr unsigned longest_s = 90;
constexpr auto between_videos = 60s;
constexpr auto without_server = 30s;  // it is back by then

// Nothing: there is no server at the moment. Status 0: there was one, and it has not answered.
std::optional<http::testing::Answer> send(std::uint16_t port, std::string_view method, const std::string& target,
                                          std::string_view body = {}) {
  http::testing::Connection connection(port);
  if (!connection.connected()) return std::nullopt;
  connection.send(
      fmt::format("{} {} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Type: application/json\r\n"
                  "Content-Length: {}\r\n\r\n{}",
                  method, target, body.size(), body));
  return connection.read_answer().value_or(http::testing::Answer{});
}
}  // namespace

Wisher::Wisher(const Plan& plan, std::uint16_t http_port)
    : plan_(plan),
      port_(http_port),
      random_(plan.seed),
      next_begin_(plan.trackers, std::chrono::floor<std::chrono::seconds>(base::utc_now() - 48h)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Wisher::~Wisher() = default;

void Wisher::run(const std::stop_token& stop) {
  const auto begin = base::steady_now();
  for (unsigned n = 0; n < plan_.requests && !stop.stop_requested(); ++n) {
    std::this_thread::sleep_until(begin + n * std::chrono::microseconds(1'000'000ULL * plan_.seconds / plan_.requests));
    const unsigned tracker = below(plan_.trackers);
    if (!ask(stop, tracker)) problems_.push_back(fmt::format("Request {} could not be made.", n));
    ++asked_;
    if (below(100) >= cancel_percent || promised_.size() <= cancelled_behind) continue;
    const std::string& id = promised_[promised_.size() - 1 - cancelled_behind];
    if (!cancel(stop, id)) problems_.push_back("Request " + id + " could not be cancelled.");
  }
  finished_ = true;
}

json Wisher::wish(unsigned tracker) {
  static const std::vector<json> cameras{{"front"}, {"rear"}, {"front", "rear"}};
  json body{{"cameras", cameras[below(3)]}, {"deadline_s", plan_.deadline_s}};
  if (below(100) < photo_percent) {
    body["kind"] = "photo";
    return body;
  }
  const bool is_long = below(100) < long_percent;
  const unsigned seconds = is_long ? longest_part_s + 1 + below(longest_s - longest_part_s) : 1 + below(longest_part_s);
  body["kind"] = "video";
  body["at"] = base::to_iso8601(next_begin_[tracker]);
  body["duration_s"] = seconds;
  next_begin_[tracker] += std::chrono::seconds(seconds) + between_videos;
  return body;
}

bool Wisher::ask(const std::stop_token& stop, unsigned tracker) {
  const std::string target = fmt::format("/api/v1/devices/{}/capture-requests", imei_of(tracker));
  const std::string body = wish(tracker).dump();
  return eventually(
             [&] {
               const auto answer = send(port_, "POST", target, body);
               if (!answer) return stop.stop_requested();
               const json made = json::parse(answer->body, nullptr, false);
               const bool taken = answer->whole && made.is_object() && (answer->status == 200 || answer->status == 201);
               if (taken)
                 promised_.push_back(made.value("id", ""));
               else
                 ++unanswered_;
               return taken || stop.stop_requested();
             },
             without_server) &&
         !stop.stop_requested();
}

bool Wisher::cancel(const std::stop_token& stop, const std::string& id) {
  const bool done = eventually(
      [&] {
        const auto answer = send(port_, "DELETE", "/api/v1/capture-requests/" + id);
        return (answer && answer->whole && answer->status == 200) || stop.stop_requested();
      },
      without_server);
  if (done) cancelled_.push_back(id);
  return done;
}

}  // namespace tests::captures
