// Commands to the relay's targets and events by hand, through the server: with its rules' limits, switches and log.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thread>

#include "server/base/clock.hpp"
#include "tools/trigger/api.hpp"
#include "tools/trigger/assignments.hpp"
#include "tools/trigger/model.hpp"
#include "tools/trigger/remote.hpp"

namespace trigger {

namespace {
using base::Errc;
using http::Client;
using http::Method;

base::Result<std::string> command_of(const SendOptions& options) {
  base::JsonWriter json;
  json.begin_object();
  json.member("verb", std::string_view(options.verb));
  json.key("parameters");
  if (auto good = write_assignments(json, options.parameters); !good) return std::unexpected(good.error());
  json.end_object();
  return std::move(json).take();
}

base::Result<std::string> event_of(const EventOptions& options) {
  base::JsonWriter json;
  json.begin_object();
  json.member("kind", std::string_view(options.kind));
  if (!options.key.empty()) json.member("key", std::string_view(options.key));
  json.key("fields");
  if (auto good = write_assignments(json, options.fields); !good) return std::unexpected(good.error());
  json.end_object();
  return std::move(json).take();
}

bool moves_on(std::string_view outcome) {
  return outcome == "pending" || outcome == "sent";
}

bool went_well(std::string_view outcome) {
  static constexpr std::array<std::string_view, 2> good{"sent", "confirmed"};
  return std::ranges::find(good, outcome) != good.end();
}

struct Ending {
  Row row;
  std::string json;
};

// Until the row says how it ended, or the patience does: one that is sent may never be shown.
base::Result<Ending> end_of(Api& api, const std::string& id, const SendOptions& options) {
  const auto end = base::steady_now() + options.patience;
  while (true) {
    auto answer = api.get("/api/v1/triggers/" + id);
    const bool not_yet = !answer && answer.error().code == Errc::refused;  // the log is written a moment later
    if (!answer && (!not_yet || base::steady_now() > end)) return std::unexpected(answer.error());
    if (answer) {
      auto row = read_row(answer->body);
      if (!row) return std::unexpected(row.error());
      if (!moves_on(row->outcome) || base::steady_now() > end)
        return Ending{.row = std::move(*row), .json = std::move(answer->body)};
    }
    std::this_thread::sleep_for(options.poll);
  }
}
}  // namespace

Outcome run_send(const SendOptions& options) {
  const auto body = command_of(options);
  if (!body) return complain(body.error());
  auto api = Api::of(options.server);
  if (!api) return complain(api.error());
  const auto answer =
      api->ask(Method::post, fmt::format("/api/v1/cameras/{}/commands", Client::escape(options.target)), *body);
  if (!answer) return complain(answer.error());
  const auto id = id_in(answer->body);
  if (!id) return complain(id.error());
  if (!options.wait) {
    fmt::print("{}\n", options.server.json ? answer->body : fmt::format("Taken; its row in the log is {}.", *id));
    return Outcome::good;
  }
  const auto end = end_of(*api, *id, options);
  if (!end) return complain(end.error());
  fmt::print("{}\n", options.server.json ? end->json : end->row.line);
  return went_well(end->row.outcome) ? Outcome::good : Outcome::bad;
}

Outcome run_event(const EventOptions& options) {
  const auto body = event_of(options);
  if (!body) return complain(body.error());
  auto api = Api::of(options.server);
  if (!api) return complain(api.error());
  const auto answer = api->ask(Method::post, "/api/v1/triggers", *body);
  if (!answer) return complain(answer.error());
  const auto id = id_in(answer->body);
  if (!id) return complain(id.error());
  fmt::print("{}\n", options.server.json
                         ? answer->body
                         : fmt::format("Taken; dualcam trigger list --cause {} shows what it did.", *id));
  return Outcome::good;
}

}  // namespace trigger
