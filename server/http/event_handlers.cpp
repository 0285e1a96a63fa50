// GET /api/v1/events: what happens, as it happens.
#include <fmt/format.h>

#include "server/base/bytes.hpp"
#include "server/http/context.hpp"
#include "server/http/feed.hpp"
#include "server/http/parameters.hpp"
#include "server/http/problem.hpp"

namespace http {
namespace {

Topics topics_of(Parameters& given) {
  const auto list = given.text("topics");
  if (!list) return all_topics;
  Topics topics = 0;
  for (std::string_view rest = *list; !rest.empty();) {
    const auto word = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    const auto topic = parse_topic(word);
    if (!topic) {
      given.reject("topics", fmt::format("There is no topic \"{}\"; there are trigger, take, camera, arm, capture and "
                                         "media, separated by commas.",
                                         base::printable(base::as_bytes(word), 60)));
      return all_topics;
    }
    topics |= bit_of(*topic);
  }
  return topics;
}

}  // namespace

// The header is what browsers send when they come again; its word counts, whatever they were first asked to begin
// after.
Response get_events(const Context& context, const Call& call) {
  Parameters given(call.target.query);
  Feed::Wish wish;
  wish.topics = topics_of(given);
  wish.after = given.text("after");
  if (wish.after && !is_event_id(*wish.after))
    given.reject("after", "The parameter after is the id of an event, as its line \"id:\" says.");
  if (auto bad = given.problem()) return std::move(*bad);
  if (auto last = call.request.header("Last-Event-ID"); last && !last->empty()) wish.after = std::move(last);
  if (context.sources.feed == nullptr) return problem(404, "This server tells no events.");

  Response response;
  response.with("Content-Type", "text/event-stream")
      .with("Cache-Control", "no-store")
      .with("X-Accel-Buffering", "no");  // a proxy that gathers would hold events back
  LiveBody body;
  if (!call.request.is_head()) {
    body.slot = context.live_slots->take();
    if (!body.slot) return busy("As many readers of events and pictures as this server takes are here already.");
    body.source = context.sources.feed->read(wish);
  }
  response.body = std::move(body);
  return response;
}

}  // namespace http
