#include "server/endpoints/shogun_stage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "server/endpoints/infos.hpp"
#include "server/endpoints/parameters.hpp"
#include "server/relay/shogun/decode.hpp"
#include "server/relay/shogun/encode.hpp"
#include "server/relay/shogun/identity.hpp"

namespace endpoints {

namespace {
// Packet ids do not come again soon; contents do.
constexpr std::chrono::milliseconds id_window{30'000};
constexpr std::size_t most_remembered = 4096;
constexpr std::size_t most_awaited = 64;

std::string key_of(const shogun::Identity& identity) {
  // A stage that counts anew after its restart uses a number again, for something else: that is no copy.
  return fmt::format("s:{}:{:016x}", identity.packet_id.value_or(0), identity.content);
}

std::chrono::milliseconds window_of(const shogun::Identity& identity) {
  return identity.by_content() ? shogun::content_window : id_window;
}

base::Result<net::relay::UdpOptions> options_of(const ShogunConfig& config) {
  net::relay::UdpOptions options{.name = config.name,
                                 .listens = config.udp.listen,
                                 .address = config.udp.address,
                                 // Who only sends does so from any port: 30 would need a privilege.
                                 .port = config.udp.listen ? config.udp.port : std::uint16_t{0},
                                 .interfaces = config.udp.interfaces,
                                 .allow = config.udp.allow,
                                 .ttl = config.udp.ttl,
                                 .loopback = config.udp.loopback};
  for (const std::string& to : config.udp.to) {
    const auto colon = to.rfind(':');
    std::uint16_t port = 0;
    const char* const end = to.data() + to.size();
    const bool good = colon != std::string::npos && colon != 0 &&
                      std::from_chars(to.data() + colon + 1, end, port).ptr == end && port != 0;
    if (!good)
      return base::fail(base::Errc::invalid, fmt::format("\"{}\" of the stage {} is no HOST:PORT.", to, config.name));
    options.destinations.push_back({.address = to.substr(0, colon), .port = port});
  }
  return options;
}

// The kinds a rule can be for; what is of no use to any has no event.
bool is_event(shogun::Kind kind) {
  return shogun::is_announcement(kind) || kind == shogun::Kind::start || kind == shogun::Kind::stop ||
         kind == shogun::Kind::complete;
}

constexpr std::string_view no_event = "no_event";  // in figures, beside the words of shogun::Refusal

std::string no_event_sentence(shogun::Kind kind) {
  return fmt::format("It is a {}, which is of no use to any rule.", shogun::to_string(kind));
}

std::optional<hub::TakeMark::Phase> phase_of(shogun::TakeEvent event) {
  using enum shogun::TakeEvent;
  switch (event) {
    case started: return hub::TakeMark::Phase::begins;
    case stopped:
    case cancelled:
    case orphan_stop: return hub::TakeMark::Phase::ends;
    case completed:
    case orphan_complete:
    case completed_without_stop: return hub::TakeMark::Phase::complete;
    default: return std::nullopt;
  }
}

std::string orphan_of(shogun::TakeEvent event) {
  using enum shogun::TakeEvent;
  switch (event) {
    case orphan_stop: return "It ends a take whose start was not heard.";
    case orphan_complete: return "It completes a take that was not heard of before.";
    case completed_without_stop: return "Its stop was not heard.";
    default: return {};
  }
}
}  // namespace

base::Result<std::unique_ptr<ShogunStage>> ShogunStage::open(const ShogunConfig& config, Host& host) {
  auto options = options_of(config);
  if (!options) return std::unexpected(options.error());
  options->recording = host.recording(config.name);
  auto socket = net::relay::UdpEndpoint::open(host.context(), std::move(*options));
  if (!socket) return std::unexpected(socket.error());
  return std::make_unique<ShogunStage>(config, std::move(*socket), host);
}

ShogunStage::ShogunStage(const ShogunConfig& config, std::unique_ptr<net::relay::UdpEndpoint> socket, Host& host)
    : config_(config),
      flavour_(shogun::parse_flavour(config.flavour).value_or(shogun::Flavour::vicon)),
      info_(info_of(config)),
      socket_(std::move(socket)),
      host_(host),
      health_(config.name, host),
      ids_(static_cast<std::uint64_t>(host.now().utc.time_since_epoch().count())),
      takes_({.stop_may_rename = flavour_ == shogun::Flavour::manus}),
      copies_(most_remembered) {}

std::string ShogunStage::address() const {
  return fmt::format("udp {}:{} → {}", config_.udp.address, socket_->port(), fmt::join(config_.udp.to, ", "));
}

void ShogunStage::start() {
  if (config_.udp.listen) socket_->start([this](const net::relay::Datagram& datagram) { received(datagram); });
}

hub::Event ShogunStage::event_of(const shogun::Notification& note, hub::Now now) const {
  const shogun::Identity identity = shogun::identity_of(note);
  hub::Event event{.protocol = hub::Protocol::shogun,
                   .source = config_.name,
                   .kind = std::string(shogun::to_string(note.kind)),
                   .received = now,
                   .lead = std::max(note.delay, std::chrono::milliseconds{0}),
                   .key = key_of(identity),
                   .copy_window = window_of(identity)};
  const auto add = [&event](const char* name, std::string value) {
    if (!value.empty()) event.fields.push_back({name, std::move(value)});
  };
  add("name", note.name);
  add("database_path", note.database_path);
  add("notes", note.notes.value_or(std::string()));
  add("description", note.description.value_or(std::string()));
  if (note.delay.count() != 0) add("delay", std::to_string(note.delay.count()));
  if (note.packet_id) add("packet_id", std::to_string(*note.packet_id));
  add("result", std::string(shogun::to_string(note.result)));
  if (note.timecode) add("timecode", shogun::to_words(*note.timecode));
  if (note.duration) add("frames", std::to_string(note.duration->frames));
  add("flavour", std::string(shogun::to_string(note.recognised)));
  add("host_name", note.host_name);
  if (note.process_id) add("process_id", std::to_string(*note.process_id));
  add("session_name", note.session_name);
  return event;
}

base::Result<hub::Event> ShogunStage::what_is(base::ByteView datagram, hub::Now now) const {
  const auto note = shogun::decode(datagram, flavour_);
  if (!note) return base::fail(base::Errc::invalid, std::string(shogun::sentence(note.error())));
  if (!is_event(note->kind)) return base::fail(base::Errc::invalid, no_event_sentence(note->kind));
  return event_of(*note, now);
}

void ShogunStage::refuse(const net::relay::Datagram& datagram, hub::Outcome outcome, std::string code,
                         std::string reason) {
  host_.refused({.outcome = outcome,
                 .protocol = hub::Protocol::shogun,
                 .source = config_.name,
                 .code = std::move(code),
                 .reason = std::move(reason),
                 .peer = std::string(datagram.peer),
                 .raw = {datagram.bytes.begin(), datagram.bytes.end()}});
}

void ShogunStage::received(const net::relay::Datagram& datagram) {
  const auto note = shogun::decode(datagram.bytes, flavour_);
  if (!note)
    return refuse(datagram, hub::Outcome::refused, std::string(shogun::to_string(note.error())),
                  std::string(shogun::sentence(note.error())));
  if (datagram.own || (note->packet_id && ids_.is_own(*note->packet_id)))
    return refuse(datagram, hub::Outcome::echo, "echo", "This server sent it.");
  health_.heard();
  health_.set(Health::State::online, {});
  const bool awaited = confirm(*note, datagram.at);
  if (!is_event(note->kind)) {  // an answer that was waited for is in the row of its command
    if (!awaited) refuse(datagram, hub::Outcome::refused, std::string(no_event), no_event_sentence(note->kind));
    return;
  }
  const hub::Now now = moment_of(datagram.at, host_.now());
  hub::Event event = event_of(*note, now);
  event.id = host_.new_id(now.utc);
  event.peer = datagram.peer;
  event.raw = {datagram.bytes.begin(), datagram.bytes.end()};
  if (copies_.remember(hub::Protocol::shogun, event.key, now.steady + *event.copy_window, now.steady))
    mark(event, *note);
  host_.heard(std::move(event));
}

void ShogunStage::mark(hub::Event& event, const shogun::Notification& note) {
  const base::SteadyTime received = event.received.steady;
  for (const shogun::TakeChange& change : takes_.add(note, received)) {
    // Who asked for a start and the stage that confirms it say the same of one capture: rules fire for the first.
    if (change.event == shogun::TakeEvent::started_again) event.kind = "start_again";
    if (change.event == shogun::TakeEvent::stopped_again) event.kind = "stop_again";
    const auto phase = phase_of(change.event);
    if (!phase) continue;  // of another take, which this one ends; or nothing has happened yet
    event.take = {.phase = *phase,
                  .key = std::to_string(change.take.number),
                  .name = change.take.name,
                  .orphan = orphan_of(change.event),
                  .result = std::string(shogun::to_string(change.take.result))};
  }
  takes_.expire(received);
}

// The stage's own word, or another product's answer, for what it was told.
bool ShogunStage::confirm(const shogun::Notification& note, base::SteadyTime received) {
  using enum shogun::Kind;
  const bool answer = note.kind == start_acknowledged || note.kind == stop_acknowledged;
  const shogun::Kind kind = note.kind == start_acknowledged ? start : note.kind == stop_acknowledged ? stop : note.kind;
  const auto found = std::ranges::find_if(
      awaited_, [&](const Awaited& awaited) { return awaited.kind == kind && (answer || awaited.name == note.name); });
  if (found == awaited_.end()) return false;
  const Awaited awaited = std::move(*found);
  awaited_.erase(found);
  const auto latency = std::chrono::duration_cast<std::chrono::microseconds>(received - awaited.sent);
  hub::Hub::Result result{.outcome = hub::Outcome::confirmed, .latency = latency, .raw = awaited.raw};
  if (answer && note.result == shogun::Result::fail) {
    result.outcome = hub::Outcome::ignored;
    result.reason = fmt::format("The stage says: {}", note.description.value_or("it could not."));
  }
  awaited.done(std::move(result));
  return true;
}

void ShogunStage::await(Awaited awaited) {
  if (awaited_.size() >= most_awaited) {
    awaited.done({.outcome = hub::Outcome::unconfirmed, .reason = "Too many commands wait for the stage."});
    return;
  }
  awaited_.push_back(std::move(awaited));
  const auto waiting = std::prev(awaited_.end());
  waiting->timer.expires_after(config_.confirm);
  waiting->timer.async_wait([this, waiting](const std::error_code& error) {
    if (error) return;
    const Awaited late = std::move(*waiting);
    awaited_.erase(waiting);
    late.done({.outcome = hub::Outcome::unconfirmed,
               .reason = "The stage did not say so: it is away, not armed for remote triggers, or has a take of that "
                         "name already.",
               .raw = late.raw});
  });
}

base::Result<shogun::Notification> ShogunStage::notification_of(const hub::Command& command, shogun::Kind kind) {
  shogun::Notification note;
  note.kind = kind;
  note.name = text_of(command, "name");
  note.database_path = text_of(command, "database_path");
  if (note.database_path.empty()) note.database_path = config_.database_path;
  if (const auto notes = text_of(command, "notes"); !notes.empty()) note.notes = notes;
  if (const auto description = text_of(command, "description"); !description.empty()) note.description = description;
  const auto delay = duration_of(command, "delay");
  if (!delay) return std::unexpected(delay.error());
  // What is left until the event itself, where it is still to come.
  const auto left = std::chrono::round<std::chrono::milliseconds>(command.event_at - host_.now().utc);
  note.delay = delay->value_or(std::max(left, std::chrono::milliseconds{0}));
  if (kind == shogun::Kind::stop) {
    const std::string_view result = text_of(command, "result");
    note.result = result == "FAIL"     ? shogun::Result::fail
                  : result == "CANCEL" ? shogun::Result::cancel
                                       : shogun::Result::success;
  }
  note.packet_id = ids_.next();
  return note;
}

void ShogunStage::run(const hub::Command& command, Done done) {
  done = health_.noting(command.verb, std::move(done));
  const auto kind = shogun::parse_kind(command.verb);
  if (!kind) return done(failed(fmt::format("A stage cannot be told to {}.", command.verb)));
  const auto note = notification_of(command, *kind);
  if (!note) return done(failed(note.error().message));
  auto encoded = shogun::encode(*note, flavour_);
  if (!encoded) return done(failed(encoded.error().message));
  const shogun::Identity identity = shogun::identity_of(*note);
  host_.sent(hub::Protocol::shogun, key_of(identity), window_of(identity));
  const auto sent = socket_->send(*encoded);
  if (!sent) return done(failed(sent.error().message));
  if (config_.confirm.count() == 0 || *kind == shogun::Kind::complete)
    return done({.outcome = hub::Outcome::sent, .raw = std::move(*encoded)});
  await({.kind = *kind,
         .name = note->name,
         .sent = host_.now().steady,
         .raw = std::move(*encoded),
         .done = std::move(done),
         .timer = asio::steady_timer(host_.context())});
}

Health ShogunStage::health() const {
  Health health = health_.get();
  const net::relay::UdpFigures figures = socket_->figures();
  health.figures = {{"received", figures.received}, {"foreign", figures.foreign},
                    {"sent", figures.sent},         {"not_sent", figures.not_sent},
                    {"dropped", figures.dropped},   {"takes_under_way", takes_.under_way()}};
  return health;
}

}  // namespace endpoints
