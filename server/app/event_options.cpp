// Where events go.
#include <fmt/format.h>

#include <algorithm>

#include "server/app/option_setters.hpp"

namespace app {

namespace {
// Shorter ones are guessed.
constexpr std::size_t shortest_secret = 16;

// A list in the environment is cut at its commas; what has no scheme of its own is the rest of the one before it.
Strings whole_urls(const Strings& values) {
  Strings urls;
  for (const std::string& value : values) {
    if (urls.empty() || value.find("://") != std::string::npos)
      urls.push_back(value);
    else
      urls.back() += "," + value;
  }
  return urls;
}

Result<> set_targets(Settings& settings, const Strings& values) {
  settings.events.targets.clear();
  for (const std::string& url : whole_urls(values)) {
    if (url.empty()) continue;
    auto target = events::parse_target(url);
    if (!target) return std::unexpected(target.error());
    if (std::ranges::find(settings.events.targets, target->name, &events::TargetUrl::name) !=
        settings.events.targets.end())
      return base::fail(base::Errc::invalid, fmt::format("{} is named twice", target->name));
    settings.events.targets.push_back(std::move(*target));
  }
  return {};
}

Result<> set_secret(Settings& settings, const Strings& values) {
  if (!values.front().empty() && values.front().size() < shortest_secret)
    return base::fail(base::Errc::invalid, fmt::format("a secret has {} characters or more", shortest_secret));
  settings.events.secret = values.front();
  return {};
}
}  // namespace

std::vector<Option> event_options() {
  return {
      {"events", "URL",
       "Where events go (docs/events.md): nats://[USER:PASSWORD@]HOST:PORT/PREFIX?stream=NAME, tls:// for TLS, or "
       "https://HOST/PATH, a webhook; empty: nowhere",
       "", true, true, set_targets},
      {"events-secret", "SECRET", "What webhooks are signed with; better in DUALCAMD_EVENTS_SECRET_FILE", "", false,
       true, set_secret, true},
      {"events-ca", "FILE", "Who is trusted with TLS to targets of events, PEM; empty: whom the system trusts", "",
       false, false, text_into([](Settings& s) -> auto& { return s.events.ca_file; })},
      {"keep-events", "TIME",
       "An event that a target does not take is dropped so long after it was made; 0: never, and then a target that is "
       "down for good fills the catalog",
       "7d", false, false, duration_into([](Settings& s) -> auto& { return s.events.keep; })},
  };
}

}  // namespace app
