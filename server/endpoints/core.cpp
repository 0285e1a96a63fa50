#include "server/endpoints/core.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "server/base/log.hpp"
#include "server/endpoints/rows.hpp"
#include "server/endpoints/vocabulary.hpp"

namespace endpoints {

namespace {
// What targets wait for that blocks: capture requests, recordings that are stored, figures that are kept.
constexpr unsigned pool_threads = 2;
constexpr std::size_t pool_queue = 1'000;

prometheus::Family<prometheus::Counter>& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
}  // namespace

Core::Core(const hub::HubOptions& options, Services services, prometheus::Registry& registry)
    : context_(1),
      pool_(std::in_place, "relay-work", pool_threads, pool_queue),
      services_(std::move(services)),
      hub_(options, vocabulary(), [](base::UtcTime at) { return base::Uuid::v7(at); }),
      timer_(context_),
      rows_(counter(registry, "dualcamd_relay_triggers_total", "What the relay heard and did, by outcome.")),
      refused_(counter(registry, "dualcamd_relay_refused_total", "What reached the relay and was no event.")),
      http_errors_(counter(registry, "dualcamd_relay_http_errors_total",
                           "Answers and streams of cameras that came to no good end, by kind.")) {}

Core::~Core() {
  end_work();
}

base::Result<> Core::open(net::relay::HttpClient::Options http) {
  http.failed = [this](base::Errc kind) { misread(base::to_string(kind)); };
  auto client = net::relay::HttpClient::open(context_, std::move(http));
  if (!client) return std::unexpected(client.error());
  http_ = std::move(*client);
  return {};
}

void Core::add(std::unique_ptr<Endpoint> endpoint) {
  by_name_.emplace(endpoint->info().name, endpoint.get());
  endpoints_.push_back(std::move(endpoint));
}

Endpoint* Core::find(std::string_view name) const noexcept {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

EndpointState Core::state_of(const Endpoint& endpoint) const {
  const hub::EndpointInfo& info = endpoint.info();
  bool armed = true;
  for (const hub::ArmState& state : hub_.arms(now()))
    if (state.scope == hub::ArmScope::target && state.name == info.name) armed = state.arm.armed;
  const auto latency = hub_.latency(info.name);
  EndpointState state{.info = info, .address = endpoint.address(), .health = endpoint.health(), .armed = armed};
  state.live = endpoint.pictures() != nullptr;
  if (latency) state.latency = latency->mean;
  return state;
}

void Core::heard(hub::Event event) {
  record(event.source, "event: ", event.kind);
  ask_hub([&](hub::Hub& hub, hub::Now now, hub::Decisions& out) { hub.take(std::move(event), now, out); });
}

void Core::misread(std::string_view what) {
  http_errors_.Add({{"kind", std::string(what)}}).Increment();
}

void Core::sent(hub::Protocol protocol, std::string_view key, std::chrono::milliseconds window) {
  hub_.remember_sent(protocol, key, now(), window);
}

void Core::refused(Refused refused) {
  refused_.Add({{"protocol", std::string(hub::to_string(refused.protocol))}, {"reason", refused.code}}).Increment();
  const base::UtcTime at = now().utc;
  decisions_.notes.push_back({.incoming = true,
                              .id = new_id(at),
                              .protocol = refused.protocol,
                              .endpoint = std::move(refused.source),
                              .kind = std::move(refused.code),
                              .at = at,
                              .outcome = refused.outcome,
                              .reason = std::move(refused.reason),
                              .peer = std::move(refused.peer),
                              .raw = std::move(refused.raw)});
  carry_out();
}

std::shared_ptr<recorder::Channel> Core::recording(const std::string& endpoint) {
  if (services_.recorder == nullptr || services_.recorder->mode() != recorder::Mode::all) return nullptr;
  return recordings_[endpoint] = services_.recorder->channel(recorder::Kind::relay, endpoint);
}

void Core::record(std::string_view endpoint, std::string_view what, std::string_view word) {
  if (recordings_.empty()) return;
  const auto found = recordings_.find(endpoint);
  if (found != recordings_.end()) found->second->say(std::string(what).append(word));
}

void Core::health_changed(const std::string& endpoint) {
  const Endpoint* const changed = find(endpoint);
  if (changed != nullptr && services_.tell) services_.tell(state_of(*changed));
}

// A target that ends its command within run() comes back in here: the outermost call does what it left.
void Core::carry_out() {
  if (working_) return;
  working_ = true;
  while (!decisions_.empty()) {
    std::swap(decisions_, at_work_);
    fire(at_work_.fire);
    settle();
    write_down(at_work_);
    at_work_.clear();
  }
  working_ = false;
  set_timer();
}

// All of them before anything else is done: the last target waits for the first.
void Core::fire(const std::vector<hub::Command>& commands) {
  firing_ = true;
  for (const hub::Command& command : commands) {
    if (stopped_) {
      put_off(command);
      continue;
    }
    Asked asked{.id = command.id, .target = command.target, .last = command.rest.empty()};
    record(command.target, "command: ", command.verb);
    Endpoint* const target = find(command.target);
    if (target == nullptr)
      ended(asked, {.outcome = hub::Outcome::failed, .reason = "There is no such target any more."});
    else
      target->run(command,
                  [this, asked = std::move(asked)](hub::Hub::Result result) { ended(asked, std::move(result)); });
  }
  firing_ = false;
}

// Kept as one that is not fired yet, also where the hub has noted that it is.
void Core::put_off(hub::Command command) {
  command.fired.reset();
  at_work_.schedule.push_back(std::move(command));
}

void Core::ended(const Asked& asked, hub::Hub::Result result) {
  Ended one{.asked = asked, .result = std::move(result)};
  if (firing_)
    ended_.push_back(std::move(one));
  else
    finish(std::move(one));
}

// What ended at once has one row, its last: that it was pending is old before anybody could read it. Where steps are
// behind it, what is kept of it is written in the order in which it changes.
void Core::settle() {
  if (ended_.empty()) return;
  std::vector<hub::Note>& notes = at_work_.notes;
  std::map<base::Uuid, std::size_t> pending;
  for (std::size_t n = 0; n < notes.size(); ++n)
    if (notes[n].outcome == hub::Outcome::pending) pending.emplace(notes[n].id, n);
  std::vector<Ended> all;
  std::swap(all, ended_);
  for (Ended& one : all) {
    if (!one.asked.last || one.result.latency) {
      finish(std::move(one));
      continue;
    }
    const std::size_t before = notes.size();
    hub_.finished(one.asked.id, std::move(one.result), now(), at_work_);
    const auto known = pending.find(one.asked.id);
    if (known == pending.end() || notes.size() != before + 1 || notes.back().id != one.asked.id) continue;
    notes[known->second] = std::move(notes.back());
    notes.pop_back();
  }
}

void Core::finish(Ended one) {
  const bool measured = one.result.latency.has_value();
  record(one.asked.target, "outcome: ", hub::to_string(one.result.outcome));
  ask_hub([&](hub::Hub& hub, hub::Now now, hub::Decisions& out) {
    hub.finished(one.asked.id, std::move(one.result), now, out);
  });
  if (measured) keep_latency(one.asked.target);
}

void Core::keep_latency(const std::string& target) {
  const auto known = hub_.latency(target);
  if (!known) return;
  latencies_[target] = {
      .target = target, .latency_us = known->mean.count(), .measured = known->measured, .measured_at = now().utc};
  write_latencies();
}

// One step under way at most: of a target that is fired often, the newest figure is written. Of one that is not kept,
// the next one is.
void Core::write_latencies() {
  if (writing_latencies_ || latencies_.empty()) return;
  writing_latencies_ = pool_->post([this, rows = std::exchange(latencies_, {})] {
    for (const auto& [target, row] : rows) (void)services_.catalog.set_latency(row);
    asio::post(context_, [this] {
      writing_latencies_ = false;
      write_latencies();
    });
  });
}

bool Core::is_busy() const {
  return writing_latencies_ || pool_->queued() != 0 ||
         std::ranges::any_of(endpoints_, [](const auto& one) { return one->is_busy(); });
}

void Core::write_down(hub::Decisions& decisions) {
  storage::RelayNotes notes;
  notes.triggers.reserve(decisions.notes.size());
  for (hub::Note& note : decisions.notes) {
    count(note);
    notes.triggers.push_back(row_of(std::move(note), services_.node));
    if (services_.tell) services_.tell(notes.triggers.back());
  }
  for (const hub::Take& take : decisions.takes) {
    notes.takes.push_back(row_of(take, services_.node));
    if (services_.tell) services_.tell(notes.takes.back());
  }
  for (const hub::Command& command : decisions.schedule) notes.pending.push_back(row_of(command, services_.node));
  notes.settled = std::move(decisions.settled);
  services_.journal.add(std::move(notes));
}

void Core::count(const hub::Note& note) {
  prometheus::Counter*& counter = counters_[{note.incoming, note.protocol, note.outcome}];
  if (counter == nullptr)
    counter = &rows_.Add({{"direction", note.incoming ? "in" : "out"},
                          {"protocol", std::string(hub::to_string(note.protocol))},
                          {"outcome", std::string(hub::to_string(note.outcome))}});
  counter->Increment();
}

void Core::set_timer() {
  const auto next = stopped_ ? std::nullopt : hub_.next_due();
  if (next == waking_at_) return;
  waking_at_ = next;
  if (!next) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(*next);
  timer_.async_wait([this](const std::error_code& error) {
    if (error || stopped_) return;
    waking_at_.reset();
    ask_hub([](hub::Hub& hub, hub::Now now, hub::Decisions& out) { hub.advance(now, out); });
  });
}

void Core::stop() {
  stopped_ = true;
  timer_.cancel();
}

}  // namespace endpoints
