#include "tests/unit/tools/tracker_run.hpp"

#include <algorithm>

namespace sim {

TrackerOptions tracker_of(std::uint64_t seed) {
  return {.imei = 356307042441013, .seed = seed, .start_ms = 1'763'000'000'000};
}

bool TrackerRun::run(Time limit) {
  while (now < limit) {
    base::Bytes out;
    const Step step = tracker.poll(now, out);
    sent.insert(sent.end(), out.begin(), out.end());
    if (session_ && !out.empty()) {
      to_session_.insert(to_session_.end(), out.begin(), out.end());
      while (session_) {
        const std::size_t used = session_->step(to_session_, actions_);
        carry_out();
        to_session_.erase(to_session_.begin(), to_session_.begin() + static_cast<std::ptrdiff_t>(used));
        if (used == 0) break;
      }
    }
    switch (step.kind) {
      case Step::Kind::send: break;
      case Step::Kind::wait: now = std::min(limit, std::max(step.until, now + Time{out.empty() ? 1 : 0})); break;
      case Step::Kind::connect:
        ++links;
        to_session_.clear();
        session_.emplace(options_);
        session_->start(actions_);
        tracker.connected(now);
        carry_out();
        break;
      case Step::Kind::close: session_.reset(); break;
      case Step::Kind::done: return true;
    }
  }
  return false;
}

void TrackerRun::command(const avl::Message& message) {
  session_->send_command(message, actions_);
  carry_out();
}

void TrackerRun::cut() {
  session_.reset();
  tracker.closed(now);
}

std::string TrackerRun::said() const {
  std::string all;
  for (const SeenReply& reply : replies) all += reply.message.text;
  return all;
}

void TrackerRun::carry_out() {
  while (!actions_.empty() && session_) {
    const avl::Actions actions = std::exchange(actions_, {});
    for (const avl::Action& action : actions) {
      if (const auto* send = std::get_if<avl::Send>(&action)) tracker.received(send->bytes, now);
      if (const auto* store = std::get_if<avl::Store>(&action)) see(*store);
      if (const auto* reply = std::get_if<avl::Reply>(&action)) replies.push_back({reply->message, now});
      if (const auto* note = std::get_if<avl::Note>(&action)) complaints.push_back(note->text);
      if (std::holds_alternative<avl::Identify>(action))
        admits ? session_->admit(actions_) : session_->refuse("not on the list", actions_);
      if (std::holds_alternative<avl::Close>(action)) {
        session_.reset();
        tracker.closed(now);
        break;
      }
    }
  }
  actions_.clear();
}

void TrackerRun::see(const avl::Store& store) {
  frames.push_back(store.records->all().size());
  for (const avl::Record& record : store.records->all()) {
    SeenRecord seen{.time_ms = record.time.time_since_epoch().count(),
                    .priority = record.priority,
                    .event_id = record.event_id,
                    .place = {.longitude_e7 = record.longitude_e7,
                              .latitude_e7 = record.latitude_e7,
                              .altitude_m = record.altitude_m,
                              .angle_deg = record.angle_deg,
                              .speed_kmh = record.speed_kmh,
                              .satellites = record.satellites},
                    .elements = {},
                    .stored_at = now};
    for (const avl::Element& element : store.records->elements(record))
      seen.elements.emplace_back(element.id, element.number().value());
    records.push_back(std::move(seen));
  }
  if (stores) session_->stored(actions_);
}

}  // namespace sim
