#include "tools/capture/reassembly.hpp"

#include <algorithm>
#include <iterator>

namespace captures {

using base::ByteView;

namespace {
// How far before the first bytes seen the SYN of the same connection may have been.
constexpr std::int64_t farthest_syn = 1 << 20;
}  // namespace

bool Stream::takes_syn(std::uint32_t number) const noexcept {
  if (!known_) return true;
  const Position first = position(number + 1);
  if (settled_) return first == begin_;
  const Position seen = lowest_.value_or(sent_);
  return first <= seen && seen - first <= farthest_syn;
}

bool Stream::takes_late(std::uint32_t sequence, std::size_t size) const noexcept {
  if (!known_) return true;
  const Position begin = position(sequence);
  const Position end = begin + static_cast<Position>(size);
  const auto window = static_cast<Position>(most_early_bytes);
  const Position lowest = settled_ ? begin_ : lowest_.value_or(sent_) - window;
  return begin >= lowest && end <= (fin_ ? *fin_ : next_ + window);
}

Position Stream::heard(std::uint32_t number, Moment now) {
  if (!known_) {
    known_ = true;
    anchor_number_ = number;
    first_heard_ = now.packet;
  }
  return position(number);
}

void Stream::move_to(Position next) noexcept {
  anchor_number_ += static_cast<std::uint32_t>(next - anchor_);
  anchor_ = next_ = next;
}

void Stream::settle(Position begin) {
  settled_ = true;
  begin_ = begin;
  move_to(begin);
  sent_ = std::max(sent_, begin);
  while (!early_.empty() && early_.begin()->first < begin) {
    auto node = early_.extract(early_.begin());
    const auto before = static_cast<std::size_t>(begin - node.key());
    base::Bytes& held = node.mapped().bytes;
    early_bytes_ -= std::min(before, held.size());
    if (held.size() <= before) continue;
    held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(before));
    node.key() = begin;
    early_.insert(std::move(node));
  }
  deliver();
}

void Stream::syn(std::uint32_t number, Moment now) {
  const Position begin = heard(number + 1, now);
  if (saw_syn_) return;
  saw_syn_ = true;
  // Before anything else of this side, also where bytes that were captured earlier have been told already.
  Told open{.event = {.time = now.time, .kind = Event::Kind::open}, .at = now, .upto = begin};
  if (told.empty()) {
    last_ = now;
  } else {
    open.at = told.front().at;
    open.event.time = open.at.time;
  }
  told.insert(told.begin(), open);
  if (!settled_) settle(begin);
}

void Stream::begin_at(std::uint32_t number, Moment now) {
  const Position begin = heard(number, now);
  if (!settled_) settle(begin);
}

void Stream::segment(std::uint32_t sequence, ByteView payload, std::size_t cut, bool fin, Moment now) {
  const Position begin = heard(sequence, now);
  const Position captured = begin + static_cast<Position>(payload.size());
  const Position end = captured + static_cast<Position>(cut);
  if (end > begin && !settled_) lowest_ = std::min(lowest_.value_or(begin), begin);
  // Below: a keep-alive says a number that was before.
  sent_ = std::max(sent_, end);
  if (fin && !fin_) {
    fin_ = end;
    fin_at_ = now;
  }
  if (fin_ && captured > *fin_) payload = payload.first(static_cast<std::size_t>(std::max<Position>(*fin_ - begin, 0)));
  const bool probe = end - begin <= 1 && settled_ && begin < next_;
  const bool fills = !early_.empty() && settled_ && begin < early_.rbegin()->first;
  if (!payload.empty()) {
    if (keep(begin, payload, now))
      late_segments += fills ? 1U : 0U;
    else if (!probe)
      ++repeated_segments;
  }
  if (settled_) deliver();
}

bool Stream::keep(Position begin, ByteView payload, Moment now) {
  const Position end = begin + static_cast<Position>(payload.size());
  Position at = settled_ ? std::max(begin, next_) : begin;
  bool fresh = false;
  const auto store = [&](Position from, Position upto) {
    const ByteView part =
        payload.subspan(static_cast<std::size_t>(from - begin), static_cast<std::size_t>(upto - from));
    early_.emplace(from, Early{{part.begin(), part.end()}, now});
    early_bytes_ += part.size();
    fresh = true;
  };
  auto it = early_.upper_bound(at);
  if (it != early_.begin()) --it;
  for (; at < end && it != early_.end() && it->first < end; ++it) {
    if (it->first > at) store(at, it->first);
    at = std::max(at, it->first + static_cast<Position>(it->second.bytes.size()));
  }
  if (at < end) store(at, end);
  return fresh;
}

void Stream::deliver() {
  for (;;) {
    while (!early_.empty() && early_.begin()->first == next_) {
      const auto node = early_.extract(early_.begin());
      const base::Bytes& got = node.mapped().bytes;
      early_bytes_ -= got.size();
      tell(Event::Kind::bytes, got.size(), node.mapped().at);
      bytes.insert(bytes.end(), got.begin(), got.end());
      move_to(next_ + static_cast<Position>(got.size()));
    }
    if (early_bytes_ <= most_early_bytes) break;
    give_up(early_.begin()->first, early_.begin()->second.at);
  }
  while (!acknowledged_.empty() && acknowledged_.front().upto <= next_) acknowledged_.pop_front();
  tell_end();
}

void Stream::give_up(Position upto, Moment at) {
  if (upto <= next_) return;
  const auto size = static_cast<std::uint64_t>(upto - next_);
  tell(Event::Kind::missing, size, at);
  missing_bytes += size;
  move_to(upto);
}

void Stream::acknowledged(std::uint32_t number, Moment now) {
  const Position upto = heard(number, now);
  if (!settled_) lowest_ = std::min(lowest_.value_or(upto), upto);
  if (upto <= next_ && settled_) return;
  if (acknowledged_.empty() || acknowledged_.back().upto < upto) acknowledged_.push_back({upto, now});
}

void Stream::tick(Moment now) {
  if (!settled_ && known_ && lowest_ && now.packet >= first_heard_ + most_packets_out_of_order) settle(*lowest_);
  if (!settled_) return;
  while (!acknowledged_.empty()) {
    const Acknowledgement oldest = acknowledged_.front();
    if (now.packet < oldest.at.packet + most_packets_out_of_order) return;
    while (next_ < oldest.upto) {
      const Position upto = fin_ ? std::min(oldest.upto, *fin_) : oldest.upto;
      const bool beyond = early_.empty() || early_.begin()->first >= upto;
      if (beyond && upto <= next_) break;  // the number that FIN takes
      give_up(beyond ? upto : early_.begin()->first, oldest.at);
      deliver();
    }
    if (!acknowledged_.empty() && acknowledged_.front().upto == oldest.upto) acknowledged_.pop_front();
  }
}

void Stream::reset(Moment now) {
  if (was_reset_) return;
  was_reset_ = true;
  fin_at_ = now;
}

void Stream::finish() {
  if (!settled_ && lowest_) settle(*lowest_);
  if (settled_) {
    while (!early_.empty()) {
      const Position upto = early_.begin()->first;
      // Lost since it was acknowledged, else since the first byte behind it was here.
      const auto oldest = std::ranges::find_if(acknowledged_, [&](const auto& ack) { return ack.upto > next_; });
      give_up(upto, oldest != acknowledged_.end() ? oldest->at : early_.begin()->second.at);
      deliver();
    }
    Position end = sent_;
    if (!acknowledged_.empty()) end = std::max(end, acknowledged_.back().upto);
    if (fin_) end = std::min(end, *fin_);
    // One number more without a FIN is that of a FIN which the capture has not.
    if (fin_ || end - next_ > 1) give_up(end, acknowledged_.empty() ? last_ : acknowledged_.front().at);
    tell_end();
  }
  if (was_reset_) tell(Event::Kind::reset, 0, fin_at_);
}

void Stream::tell(Event::Kind kind, std::uint64_t size, Moment at) {
  last_ = {.time = std::max(last_.time, at.time),
           .packet = std::max(last_.packet, at.packet),
           .read = std::max(last_.read, at.read)};
  told.push_back({.event = {.time = last_.time, .kind = kind, .at = bytes.size(), .size = size},
                  .at = last_,
                  .upto = next_ + static_cast<Position>(size)});
}

void Stream::tell_end() {
  if (!fin_ || told_end_ || next_ < *fin_) return;
  told_end_ = true;
  tell(Event::Kind::end, 0, fin_at_);
}

}  // namespace captures
