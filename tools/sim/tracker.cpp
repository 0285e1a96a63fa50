#include "tools/sim/tracker.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/avl/framer.hpp"
#include "tools/sim/random.hpp"

namespace sim {

namespace {
constexpr std::size_t most_kept = 10'000;   // records in a tracker's memory; the oldest go first
constexpr std::size_t most_in_frame = 25;   // real ones stop at 1,280 bytes
constexpr std::size_t most_commands = 16;   // waiting for their turn
constexpr Time camera_refresh{20'000'000};  // with ignition on
constexpr Time state_change{300'000'000};   // made-up states change so often
constexpr unsigned camera_states = 5;
constexpr Time longest_split{500'000};  // between the two halves of an answer
constexpr double split_share = 0.25;    // of the answers
constexpr double line_end_share = 0.5;
constexpr std::size_t imei_digits = 15;
}  // namespace

std::string_view to_string(SeenCommand::Fate fate) noexcept {
  switch (fate) {
    case SeenCommand::Fate::waiting: return "waiting";
    case SeenCommand::Fate::accepted: return "accepted";
    case SeenCommand::Fate::late: return "late";
    case SeenCommand::Fate::refused: return "refused";
    case SeenCommand::Fate::silent: return "silent";
    case SeenCommand::Fate::other: return "other";
  }
  return "";
}

Tracker::Tracker(const TrackerOptions& options, TrackerObserver* observer)
    : options_(options),
      observer_(observer),
      random_(options.seed),
      route_(options.seed),
      next_record_at_(options.start_at),
      wake_at_(options.start_at),
      delay_(options.reconnect_delay) {}

// ---- Driving

void Tracker::drive_until(Time now) {
  const Time until = std::min(now, end());
  for (; next_record_at_ <= until; next_record_at_ += options_.record_interval) {
    trigger_sos(next_record_at_);
    add_record(next_record_at_, false);
  }
  trigger_sos(until);
}

void Tracker::trigger_sos(Time now) {
  if (sos_sent_ || now < sos_at()) return;
  sos_sent_ = true;
  add_record(sos_at(), true);
}

Time Tracker::next_event(Time now) const {
  Time next = forever;
  for (const Time at : {next_record_at_, sos_sent_ ? forever : sos_at(), end()})
    if (at > now && at <= end()) next = std::min(next, at);
  return next;
}

void Tracker::add_record(Time at, bool sos) {
  const RoutePoint point = route_.drive(options_.record_interval);
  avl::OutgoingRecord made;
  made.record = {.time = base::UtcTime(std::chrono::milliseconds(unix_ms(at))),
                 .priority = sos ? avl::Priority::high : avl::Priority::low,
                 .longitude_e7 = point.longitude_e7,
                 .latitude_e7 = point.latitude_e7,
                 .altitude_m = point.altitude_m,
                 .angle_deg = point.angle_deg,
                 .satellites = point.satellites,
                 .speed_kmh = point.speed_kmh,
                 .event_id = sos ? avl::io::sos_trigger : std::uint16_t{0}};
  made.elements.push_back(avl::element(avl::io::ignition, 1, 1));
  const Time driven = at - options_.start_at;
  if (driven % camera_refresh < options_.record_interval) {
    const auto period = static_cast<std::uint64_t>(driven / state_change);
    for (const std::uint16_t id : {avl::io::front_camera, avl::io::rear_camera})
      made.elements.push_back(avl::element(id, mix(mix(options_.seed, id), period) % camera_states, 1));
  }
  if (sos) made.elements.push_back(avl::element(avl::io::sos_trigger, 1 + mix(options_.seed, 7) % 3, 1));
  ++statistics_.records;
  urgent_ = urgent_ || sos;
  records_.push_back(std::move(made));
  // What is on its way is kept: its answer counts it.
  if (records_.size() <= most_kept) return;
  records_.erase(records_.begin() + static_cast<std::ptrdiff_t>(in_flight_));
  ++statistics_.lost;
}

// ---- Inputs

void Tracker::connected(Time now) {
  ++statistics_.connects;
  inbox_.clear();
  phase_ = Phase::login;
  deadline_ = now + options_.answer_timeout;
  const std::string imei = fmt::format("{}", options_.imei);
  greeting_ = {0x00, static_cast<std::uint8_t>(imei_digits)};
  greeting_.insert(greeting_.end(), imei.begin(), imei.end());
}

void Tracker::connect_failed(Time now) {
  ++statistics_.failed_connects;
  delay_ = std::min(delay_ * 2, options_.longest_delay);
  go_offline(now, delay_);
}

void Tracker::closed(Time now) {
  if (phase_ != Phase::offline && phase_ != Phase::done) go_offline(now, delay_);
}

void Tracker::received(base::ByteView bytes, Time now) {
  if ((phase_ != Phase::login && phase_ != Phase::open) || closing_) return;
  inbox_.insert(inbox_.end(), bytes.begin(), bytes.end());
  while (!closing_) {
    const std::size_t used = take(now);
    if (used == 0) break;
    inbox_.erase(inbox_.begin(), inbox_.begin() + static_cast<std::ptrdiff_t>(used));
  }
}

std::size_t Tracker::take(Time now) {
  if (inbox_.empty()) return 0;
  if (phase_ == Phase::login) return take_login();
  if (inbox_.size() < 4) return 0;
  const auto word = base::load_be<std::uint32_t>(inbox_.data());
  if (word == 0) return take_frame(now);  // no frame of ours is empty, so no answer is 0
  on_answer(word, now);
  return 4;
}

std::size_t Tracker::take_login() {
  const std::uint8_t answer = inbox_[0];
  if (answer == 1) {
    phase_ = Phase::open;
    delay_ = options_.reconnect_delay;
    return 1;
  }
  if (answer != 0) violated(fmt::format("answered the login with {:02x}", answer));
  ++statistics_.refused_logins;
  delay_ = std::min(delay_ * 2, options_.longest_delay);
  closing_ = true;
  return 1;
}

std::size_t Tracker::take_frame(Time now) {
  const avl::Found found = avl::next_frame(inbox_);
  if (std::holds_alternative<avl::NeedMore>(found.what)) return 0;
  const auto* frame = std::get_if<avl::FrameView>(&found.what);
  const auto message = frame == nullptr
                           ? base::Result<avl::Message>(base::fail(base::Errc::invalid, "a frame that makes no sense"))
                           : avl::decode_message(frame->payload);
  if (message) {
    on_command(*message, now);
  } else {
    violated("sent what is no command: " + message.error().message);
    closing_ = found.size == 0;
  }
  return found.size == 0 ? inbox_.size() : found.size;
}

void Tracker::on_answer(std::uint32_t count, Time now) {
  if (in_flight_ == 0 || count != in_flight_)
    return violated(fmt::format("answered {} records where {} were waiting", count, in_flight_));
  records_.erase(records_.begin(), records_.begin() + static_cast<std::ptrdiff_t>(in_flight_));
  statistics_.answered += count;
  in_flight_ = 0;
  if (observer_ != nullptr) observer_->on_records_answered(count, now - sent_at_);
}

// ---- Commands, one at a time

void Tracker::on_command(const avl::Message& command, Time now) {
  ++statistics_.commands;
  const Command noted{command, note(command, now)};
  if (command.imei && command.imei->number() != options_.imei) {
    ++statistics_.others;
    decide(noted, SeenCommand::Fate::other);
    return say(noted, avl::MessageType::nack, "", now + options_.reply_delay, true);
  }
  if (commands_.size() >= most_commands) return violated("sends commands faster than they are answered");
  commands_.push_back(noted);
  next_command(now);
}

void Tracker::next_command(Time now) {
  while (replies_.empty() && !commands_.empty()) {
    const Command command = std::move(commands_.front());
    commands_.pop_front();
    const bool spaced = options_.seed % 3 != 0;  // firmware differs from device to device
    CommandAnswer made = answer_command(command.message.text, unix_ms(now), spaced);
    Time at = now + options_.reply_delay;
    if (!asks_camera(command.message.text)) {
      ++statistics_.others;
      decide(command, SeenCommand::Fate::other);
      answer(command, std::move(made.words), at);
      continue;
    }
    const double draw = std::uniform_real_distribution<double>(0, 1)(random_);
    if (draw < options_.silent) {
      ++statistics_.silent;
      decide(command, SeenCommand::Fate::silent);
      continue;
    }
    if (!made.order || draw < options_.silent + options_.refuse) {
      ++statistics_.refused;
      decide(command, SeenCommand::Fate::refused);
      answer(command, std::string(refusal_words), at);
      continue;
    }
    const bool late = draw < options_.silent + options_.refuse + options_.late;
    ++(late ? statistics_.late : statistics_.accepted);
    decide(command, late ? SeenCommand::Fate::late : SeenCommand::Fate::accepted);
    if (late) at += options_.late_by;
    answer(command, std::move(made.words), at);
    if (observer_ != nullptr)
      observer_->on_order(*made.order, at + between(options_.camera_delay / 4, options_.camera_delay));
  }
}

// In two frames sometimes, and with a line end.
void Tracker::answer(const Command& command, std::string words, Time at) {
  constexpr auto type = avl::MessageType::reply;
  if (dice(line_end_share)) words += "\r\n";
  if (!dice(split_share)) return say(command, type, words, at, true);
  const std::size_t half = std::uniform_int_distribution<std::size_t>(1, words.size() - 1)(random_);
  say(command, type, std::string_view(words).substr(0, half), at, false);
  say(command, type, std::string_view(words).substr(half), at + between(Time{0}, longest_split), true);
}

void Tracker::say(const Command& command, avl::MessageType type, std::string_view text, Time at, bool complete) {
  const avl::Message& asked = command.message;
  const avl::Message reply{.codec = asked.codec, .type = type, .text = std::string(text), .imei = asked.imei};
  base::Bytes frame;
  avl::append_frame(avl::encode_message(reply).value(), frame);
  replies_.push_back({std::move(frame), at, command.seen, complete});
}

std::size_t Tracker::note(const avl::Message& command, Time now) {
  if (seen_.size() >= most_seen_commands) return most_seen_commands;
  seen_.push_back({.text = command.text, .received_ms = unix_ms(now), .answered_ms = {}, .link_ended_ms = {}});
  return seen_.size() - 1;
}

void Tracker::decide(const Command& command, SeenCommand::Fate fate) {
  if (command.seen < seen_.size()) seen_[command.seen].fate = fate;
}

// ---- Outputs

Step Tracker::poll(Time now, base::Bytes& out) {
  if (phase_ == Phase::done) return {.kind = Step::Kind::done};
  drive_until(now);
  if (phase_ == Phase::connecting) return {};
  if (phase_ != Phase::offline) return poll_online(now, out);
  if (now >= end() && records_.empty()) {
    phase_ = Phase::done;
    return {.kind = Step::Kind::done};
  }
  if (now < wake_at_) return {.until = wake_at_};
  phase_ = Phase::connecting;
  return {.kind = Step::Kind::connect};
}

Step Tracker::poll_online(Time now, base::Bytes& out) {
  if (closing_) return hang_up(now);
  if (!greeting_.empty()) {
    out.insert(out.end(), greeting_.begin(), greeting_.end());
    greeting_.clear();
    return {.kind = Step::Kind::send};
  }
  if (drop_at_ && now >= *drop_at_) {
    ++statistics_.dropped;
    return hang_up(now);
  }
  if (!replies_.empty() && now >= replies_.front().at) {
    const Reply& reply = replies_.front();
    out.insert(out.end(), reply.bytes.begin(), reply.bytes.end());
    if (reply.complete && reply.seen < seen_.size()) seen_[reply.seen].answered_ms = unix_ms(now);
    replies_.pop_front();
    if (phase_ == Phase::open) next_command(now);
    return {.kind = Step::Kind::send};
  }
  const bool owed = phase_ == Phase::login || in_flight_ > 0;
  if (owed && now >= deadline_) {
    ++statistics_.timeouts;
    return hang_up(now);
  }
  if (due_to_send(now)) {
    send_records(now, out);
    return {.kind = Step::Kind::send};
  }
  if (now >= end() && records_.empty() && replies_.empty()) return hang_up(now);
  Time until = owed ? deadline_ : forever;
  if (drop_at_) until = std::min(until, *drop_at_);
  if (!replies_.empty()) until = std::min(until, replies_.front().at);
  return {.until = std::min(until, next_event(now))};
}

bool Tracker::due_to_send(Time now) const {
  if (phase_ != Phase::open || in_flight_ > 0 || records_.empty()) return false;
  return urgent_ || records_.size() >= options_.batch || now >= end();
}

void Tracker::send_records(Time now, base::Bytes& out) {
  in_flight_ = std::min(records_.size(), std::max<std::size_t>(options_.batch, most_in_frame));
  const std::vector<avl::OutgoingRecord> frame(records_.begin(),
                                               records_.begin() + static_cast<std::ptrdiff_t>(in_flight_));
  avl::append_frame(avl::encode_records(avl::Codec::codec8e, frame).value(), out);
  statistics_.sent += in_flight_;
  urgent_ = in_flight_ < records_.size() && urgent_;
  sent_at_ = now;
  deadline_ = now + options_.answer_timeout;
  // Half of them before an answer can come, however near the server is.
  if (dice(options_.drop)) drop_at_ = dice(0.5) ? now : now + between(Time{0}, options_.reply_delay);
}

Step Tracker::hang_up(Time now) {
  go_offline(now, delay_);
  return {.kind = Step::Kind::close};
}

void Tracker::go_offline(Time now, Time delay) {
  phase_ = Phase::offline;
  closing_ = false;
  drop_at_.reset();
  greeting_.clear();
  urgent_ = urgent_ || in_flight_ > 0;  // they are sent again, first of all
  in_flight_ = 0;
  statistics_.unsaid += static_cast<std::uint32_t>(std::ranges::count_if(replies_, &Reply::complete));
  replies_.clear();
  commands_.clear();
  for (; seen_on_link_ < seen_.size(); ++seen_on_link_) seen_[seen_on_link_].link_ended_ms = unix_ms(now);
  wake_at_ = now + between(delay / 2, delay);
}

void Tracker::violated(std::string what) {
  ++statistics_.violations;
  statistics_.violation = "The server " + std::move(what) + ".";
}

bool Tracker::dice(double probability) {
  return probability > 0 && std::uniform_real_distribution<double>(0, 1)(random_) < probability;
}

Time Tracker::between(Time low, Time high) {
  return Time{std::uniform_int_distribution<Time::rep>(low.count(), std::max(low, high).count())(random_)};
}

}  // namespace sim
