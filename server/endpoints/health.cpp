#include "server/endpoints/health_keeper.hpp"

namespace endpoints {

std::string_view to_string(Health::State state) noexcept {
  switch (state) {
    case Health::State::unknown: return "unknown";
    case Health::State::online: return "online";
    case Health::State::degraded: return "degraded";
    case Health::State::offline: return "offline";
  }
  return "unknown";
}

base::Result<hub::Event> Endpoint::what_is(base::ByteView /*datagram*/, hub::Now /*now*/) const {
  return base::fail(base::Errc::invalid, "This endpoint hears no datagrams.");
}

HealthKeeper::HealthKeeper(std::string name, Host& host) : name_(std::move(name)), host_(host) {
  health_.since = host.now().utc;
}

void HealthKeeper::set(Health::State state, std::string reason) {
  if (state == health_.state && reason == health_.reason) return;
  if (state != health_.state) health_.since = host_.now().utc;
  health_.state = state;
  health_.reason = std::move(reason);
  host_.health_changed(name_);
}

Done HealthKeeper::noting(std::string_view verb, Done done) {
  return [this, verb = std::string(verb), done = std::move(done)](hub::Hub::Result result) {
    health_.last_result = {.at = host_.now().utc, .verb = verb, .outcome = result.outcome, .reason = result.reason};
    done(std::move(result));
  };
}

}  // namespace endpoints
