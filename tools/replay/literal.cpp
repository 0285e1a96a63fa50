#include "tools/replay/literal.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace replay {

using captures::Event;
using captures::Side;

namespace {
// For a server to close where the recorded one did, beyond the time that one took. Then the device does.
constexpr Time patience_for_end{2'000'000};
}  // namespace

Literal::Literal(const captures::Conversation& conversation, const Patches& patches, std::vector<ServerFrame> expected,
                 const Pace& pace, Time now)
    : conversation_(conversation),
      patches_(patches),
      expected_(std::move(expected)),
      pace_(pace),
      anchor_(now),
      heard_at_(now) {}

const ServerFrame* Literal::expected() const {
  return heard_ < expected_.size() ? &expected_[heard_] : nullptr;
}

void Literal::heard(Time now) {
  if (heard_ < expected_.size()) ++heard_;
  heard_at_ = now;
}

std::chrono::microseconds Literal::gap() const {
  if (event_ == 0) return {};
  return std::max(std::chrono::microseconds{0}, event().time - conversation_.events[event_ - 1].time);
}

void Literal::next(Time now) {
  anchor_ = now;
  ++event_;
}

Step Literal::await_server(Time now) {
  const Time until = anchor_ + gap() + pace_.wait;
  if (now < until) return {.until = until};
  gave_up_ = fmt::format("the server said nothing for {} s, where the recording has {}",
                         std::chrono::duration_cast<std::chrono::seconds>(until - anchor_).count(),
                         frame_words(conversation_.protocol, expected_[heard_].bytes));
  return {.kind = Step::Kind::close};
}

Step Literal::await_end(Time now) {
  const Time until = anchor_ + gap() + patience_for_end;
  if (now < until) return {.until = until};
  return {.kind = Step::Kind::close};
}

Step Literal::poll(Time now, base::Bytes& out) {
  while (!done()) {
    if (event().kind == Event::Kind::open || event().kind == Event::Kind::missing) {
      ++event_;
      continue;
    }
    const bool awaited = heard_ < expected_.size() && expected_[heard_].event <= event_;
    if (awaited) return await_server(now);
    if (event().from == Side::server) {
      if (event().kind != Event::Kind::bytes) return await_end(now);
      next(std::max(anchor_, heard_at_));
      continue;
    }
    const Time due = anchor_ + pace_.scaled(gap());
    if (now < due) return {.until = due};
    const Event::Kind kind = event().kind;
    if (kind != Event::Kind::bytes) return {.kind = Step::Kind::close, .reset = kind == Event::Kind::reset};
    append_patched(conversation_, event().at, event().size, patches_, out);
    next(pace_.speed ? due : now);
    return {.kind = Step::Kind::send};
  }
  return {.kind = Step::Kind::close};
}

bool Literal::ends_here() const {
  if (expected() != nullptr) return false;
  return std::all_of(conversation_.events.begin() + static_cast<std::ptrdiff_t>(event_), conversation_.events.end(),
                     [](const Event& each) { return each.from == Side::server || each.kind != Event::Kind::bytes; });
}

std::string Literal::next_words() const {
  if (const ServerFrame* const frame = expected())
    return fmt::format("the server says {}", frame_words(conversation_.protocol, frame->bytes));
  return ends_here() ? "the connection ends" : "the device goes on";
}

}  // namespace replay
