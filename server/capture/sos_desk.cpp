#include "server/capture/sos_desk.hpp"

#include <openssl/sha.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>

#include "server/base/bytes.hpp"
#include "server/base/log.hpp"
#include "server/capture/replies.hpp"
#include "server/capture/wish.hpp"

namespace capture {

namespace {
using base::MediaKind;
using storage::DeviceEvent;

constexpr const char* server_request = "server_request";
}  // namespace

// UUID version 8 (RFC 9562): the event's first six bytes, which are a time, then of a hash.
base::Uuid sos_request_id(const base::Uuid& event_id, MediaKind kind) {
  const std::string event = event_id.str();
  const std::string hashed = "sos " + std::string(to_string(kind)) + " " + event;
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(base::as_bytes(hashed).data(), hashed.size(), digest.data());
  digest[0] = static_cast<std::uint8_t>((digest[0] & 0x0f) | 0x80);  // the version
  digest[2] = static_cast<std::uint8_t>((digest[2] & 0x3f) | 0x80);  // the variant
  const std::string hex = base::to_hex(base::ByteView(digest).first(10));
  return base::Uuid::parse(event.substr(0, 14) + hex.substr(0, 4) + "-" + hex.substr(4, 4) + "-" + hex.substr(8))
      .value();
}

SosDesk::SosDesk(const SosOptions& options, storage::TrackingCatalog& tracking, storage::CaptureCatalog& captures,
                 const std::function<void()>& added, prometheus::Registry& registry)
    : options_(options),
      tracking_(tracking),
      captures_(captures),
      added_(added),
      events_(prometheus::BuildCounter()
                  .Name("dualcamd_rule_events_total")
                  .Help("Device events the SOS rule looked at, by what became of them.")
                  .Register(registry)) {}

NextRound SosDesk::round(base::UtcTime utc, base::SteadyTime now) {
  const auto more = work(utc);
  if (!more) {
    if (!back_off_.resting())
      base::log::error("device events have to wait for the SOS rule; trying again", {{"reason", more.error().message}});
    return {.at = now + back_off_.again(), .resting = true};
  }
  back_off_.reset();
  return {.at = *more ? now : now + options_.look_interval};
}

base::Result<bool> SosDesk::work(base::UtcTime utc) {
  const auto events = tracking_.unhandled_events(batch);
  if (!events) return std::unexpected(events.error());
  bool asked = false;
  for (const DeviceEvent& event : *events) {
    if (wanted(event, utc)) {
      for (const auto& [wish, kind] : {std::pair{options_.video, MediaKind::video}, {options_.photo, MediaKind::photo}})
        if (wish)
          if (const auto done = ask(event, kind, utc); !done) return std::unexpected(done.error());
      asked = true;
    }
    if (const auto marked = tracking_.mark_handled(event.id); !marked) return std::unexpected(marked.error());
  }
  if (asked) added_();
  return events->size() >= batch;
}

bool SosDesk::wanted(const DeviceEvent& event, base::UtcTime utc) {
  if (event.kind != storage::DeviceEventKind::sos) return false;
  const auto& triggers = options_.triggers;
  if (event.name == server_request ||
      (!triggers.empty() && std::ranges::find(triggers, event.name) == triggers.end())) {
    count("not_asked_for");
    return false;
  }
  if (utc - event.at <= options_.max_age) return true;
  count("too_old");
  base::log::info("an SOS is too old for the rule to ask for its clip",
                  {{"imei", event.imei.str()}, {"event", event.id.str()}, {"at", base::to_iso8601(event.at)}});
  return false;
}

base::Result<> SosDesk::ask(const DeviceEvent& event, MediaKind kind, base::UtcTime utc) {
  const auto text = captures_.capture_profile(event.imei);
  if (!text) return std::unexpected(text.error());
  Wish wish{.imei = event.imei,
            .kind = kind,
            .front = options_.front,
            .rear = options_.rear,
            .channel = options_.channel,
            .origin = "rule sos",
            .event_id = event.id,
            .patience = options_.patience};
  if (kind == MediaKind::video) around(wish, event.at, options_.before, options_.after);
  const auto request = plan(wish, parse_profile(*text).value_or(Profile{}), sos_request_id(event.id, kind), utc);
  const auto added = request ? captures_.add_capture(*request) : std::unexpected(request.error());
  if (!added && is_passing(added.error())) return std::unexpected(added.error());
  count(added ? (added->existed ? "asked_before" : "asked") : "impossible");
  if (added)
    base::log::info("an SOS came; its clip is asked for", {{"imei", event.imei.str()},
                                                           {"event", event.id.str()},
                                                           {"trigger", event.name},
                                                           {"request", added->request.id.str()}});
  else
    base::log::warning("the SOS rule cannot ask for a clip",
                       {{"imei", event.imei.str()}, {"event", event.id.str()}, {"reason", added.error().message}});
  return {};
}

void SosDesk::count(const char* outcome) {
  events_.Add({{"outcome", outcome}}).Increment();
}

}  // namespace capture
