// An endpoint's health as it is kept up to date.
#pragma once

#include <string>
#include <string_view>

#include "server/endpoints/endpoint.hpp"
#include "server/endpoints/host.hpp"

namespace endpoints {

class HealthKeeper {
 public:
  // Of the endpoint `name`. `host` outlives it.
  HealthKeeper(std::string name, Host& host);

  // Tells the host where anything is new. `since` is when the state was another one.
  void set(Health::State state, std::string reason);
  void heard() { health_.last_heard = host_.now().utc; }
  // Notes the result of a command before it goes on to `done`. The keeper outlives the call.
  Done noting(std::string_view verb, Done done);

  const Health& get() const noexcept { return health_; }

 private:
  const std::string name_;
  Host& host_;
  Health health_;
};

}  // namespace endpoints
