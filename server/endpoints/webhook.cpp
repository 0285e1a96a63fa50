#include "server/endpoints/webhook.hpp"

#include <fmt/format.h>

#include <utility>

#include "server/base/json.hpp"
#include "server/capture/gateway_message.hpp"
#include "server/endpoints/infos.hpp"
#include "server/endpoints/parameters.hpp"

namespace endpoints {

namespace {
constexpr std::size_t most_answer = 16 * 1024;  // it is read for its status only

std::string body_of(const hub::Command& command) {
  base::JsonWriter json;
  json.begin_object();
  json.member("id", command.id.str());
  json.member("rule", command.rule);
  json.member("source", command.source);
  json.member("event", command.event.str());
  json.member("event_at", command.event_at);
  if (!command.take.is_nil()) json.member("take", command.take.str());
  json.member("hops", command.hops);
  json.key("parameters");
  json.begin_object();
  for (const hub::Field& field : command.parameters) json.member(field.name, field.value);
  json.end_object();
  json.end_object();
  return std::move(json).take();
}
}  // namespace

Webhook::Webhook(const WebhookConfig& config, Host& host)
    : info_(info_of(config)), url_(config.url), secret_(config.secret), host_(host), health_(config.name, host) {}

void Webhook::run(const hub::Command& command, Done done) {
  done = health_.noting(command.verb, std::move(done));
  net::relay::HttpRequest request{.method = "POST", .url = url_, .body = body_of(command), .has_body = true};
  request.most_body = most_answer;
  request.headers = {{"Content-Type", "application/json"},
                     {"Idempotency-Key", command.id.str()},
                     {"X-Dualcam-Hops", std::to_string(command.hops)}};
  if (!secret_.empty()) {
    const auto signature = capture::signature_of(request.body, secret_);
    if (!signature) return done(failed("It could not be signed: memory is short."));
    request.headers.emplace_back("X-Dualcam-Signature", "sha256=" + *signature);
  }
  host_.http().ask(std::move(request), [this, done = std::move(done)](const auto& answer) { answered(answer, done); });
}

void Webhook::answered(const base::Result<net::relay::HttpAnswer>& answer, const Done& done) {
  using State = Health::State;
  hub::Hub::Result result{.outcome = hub::Outcome::confirmed};
  if (!answer)
    result = {.outcome = hub::Outcome::unconfirmed, .reason = answer.error().message};
  else if (answer->status < 200 || answer->status > 299)
    result = failed(fmt::format("It answered with status {}.", answer->status));
  health_.set(answer ? State::online : State::offline, answer ? std::string() : answer.error().message);
  done(std::move(result));
}

}  // namespace endpoints
