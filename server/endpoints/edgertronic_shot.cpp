#include "server/endpoints/edgertronic_shot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/base/bytes.hpp"

namespace endpoints {

namespace {
// What is known from watching counts so long; see edgertronic::Known.
constexpr std::chrono::seconds fresh{1};

std::string target_of(edgertronic::Request request, const std::optional<std::string>& name) {
  switch (request) {
    case edgertronic::Request::last_file: return std::string(edgertronic::last_file_target);
    case edgertronic::Request::trigger: return edgertronic::trigger_target(name);
    case edgertronic::Request::status:
    case edgertronic::Request::none: break;
  }
  return std::string(edgertronic::status_target);
}

hub::Outcome outcome_of(edgertronic::Outcome outcome) {
  switch (outcome) {
    case edgertronic::Outcome::confirmed: return hub::Outcome::confirmed;
    case edgertronic::Outcome::refused_by_state: return hub::Outcome::ignored;
    case edgertronic::Outcome::failed: return hub::Outcome::failed;
    case edgertronic::Outcome::unconfirmed: break;
  }
  return hub::Outcome::unconfirmed;
}

// The worst of all cameras is what the shot came to.
int badness(hub::Outcome outcome) {
  switch (outcome) {
    case hub::Outcome::confirmed: return 0;
    case hub::Outcome::unconfirmed: return 1;
    case hub::Outcome::ignored: return 2;
    default: return 3;
  }
}
}  // namespace

struct EdgertronicShot::One {
  One(EdgertronicWatch& watch, const edgertronic::VerificationPolicy& policy, asio::io_context& context)
      : camera(watch), verification(policy), timer(context) {}
  EdgertronicWatch& camera;
  edgertronic::Verification verification;
  asio::steady_timer timer;
};

EdgertronicShot::EdgertronicShot(const std::vector<std::unique_ptr<EdgertronicWatch>>& cameras,
                                 std::optional<std::string> name, std::chrono::milliseconds limit, Resend resend,
                                 Done done, Host& host)
    : name_(std::move(name)), resend_(std::move(resend)), done_(std::move(done)), host_(host) {
  edgertronic::VerificationPolicy policy;
  policy.limit = limit;
  policy.send_again = cameras.size() == 1;  // the others may be saving already, and take a second video
  for (const auto& camera : cameras) all_.push_back(std::make_unique<One>(*camera, policy, host.context()));
}

EdgertronicShot::~EdgertronicShot() = default;

void EdgertronicShot::begin() {
  for (const auto& one : all_) {
    edgertronic::Known known;
    const base::SteadyTime now = host_.now().steady;
    if (one->camera.status && now - one->camera.asked_at <= fresh) known.status = one->camera.status;
    carry_out(*one, one->verification.begin(now, std::move(known), true));
  }
}

void EdgertronicShot::carry_out(One& one, const edgertronic::Orders& orders) {
  if (orders.finished) return end();
  if (orders.wake_at) {
    one.timer.expires_at(*orders.wake_at);
    one.timer.async_wait([this, self = shared_from_this(), &one](const std::error_code& error) {
      if (!error) carry_out(one, one.verification.time(host_.now().steady));
    });
  }
  if (orders.request != edgertronic::Request::none) ask(one, orders.request);
  if (!orders.send_datagram) return;
  if (const auto sent = resend_(); !sent)
    carry_out(one, one.verification.send_failed(host_.now().steady, sent.error().message));
}

void EdgertronicShot::ask(One& one, edgertronic::Request request) {
  net::relay::HttpRequest http{.url = one.camera.url + target_of(request, name_),
                               .most_body = edgertronic::max_answer_size,
                               .repeatable = request != edgertronic::Request::trigger};
  host_.http().ask(std::move(http), [this, self = shared_from_this(), &one, request](const auto& answer) {
    answered(one, request, answer);
  });
}

void EdgertronicShot::answered(One& one, edgertronic::Request request,
                               const base::Result<net::relay::HttpAnswer>& answer) {
  const base::SteadyTime now = host_.now().steady;
  edgertronic::Verification& verification = one.verification;
  if (verification.finished()) return;
  if (!answer) return carry_out(one, verification.request_failed(now, answer.error().message));
  if (answer->status != 200)
    return carry_out(one, verification.request_failed(now, fmt::format("It answered with status {}.", answer->status)));
  const std::string_view body = base::as_text(answer->body);
  const auto take = [&]<class Value>(const base::Result<Value>& value, auto then) {
    if (!value) host_.misread(edgertronic_answers);
    carry_out(one, value ? then(*value) : verification.request_failed(now, value.error().message));
  };
  switch (request) {
    case edgertronic::Request::status:
      return take(edgertronic::parse_status(body), [&](const edgertronic::CameraStatus& status) {
        one.camera.status = status;
        one.camera.asked_at = now;
        return verification.status(now, status);
      });
    case edgertronic::Request::last_file:
      return take(edgertronic::parse_last_file(body),
                  [&](const std::string& name) { return verification.last_file(now, name); });
    case edgertronic::Request::trigger:
      return take(edgertronic::parse_call_result(body),
                  [&](edgertronic::CallResult result) { return verification.trigger_result(now, result); });
    case edgertronic::Request::none: break;
  }
}

void EdgertronicShot::end() {
  if (!std::ranges::all_of(all_, [](const auto& one) { return one->verification.finished(); }) || !done_) return;
  hub::Hub::Result result{.outcome = hub::Outcome::confirmed};
  for (const auto& one : all_) {
    const edgertronic::Report& report = *one->verification.report();
    const hub::Outcome outcome = outcome_of(report.outcome);
    if (badness(outcome) > badness(result.outcome)) result.outcome = outcome;
    if (report.latency) result.latency = std::max(result.latency.value_or(*report.latency), *report.latency);
    result.reason += fmt::format("{}{}: {}", result.reason.empty() ? "" : " ", one->camera.name, report.sentence);
    one->timer.cancel();
  }
  std::exchange(done_, nullptr)(std::move(result));
}

}  // namespace endpoints
