#include "server/relay/mavlink/station/inquiries.hpp"

#include <algorithm>
#include <utility>

#include "server/relay/mavlink/wire/enums.hpp"
#include "server/relay/mavlink/wire/messages_camera.hpp"
#include "server/relay/mavlink/wire/messages_video.hpp"

namespace mavlink::station {
namespace {

constexpr int new_way_first = 3;   // attempts, before ways alternate
constexpr int quick_attempts = 4;  // each has waited for its answer already
constexpr int max_attempts = 8;    // of a topic but information, which is asked for as long as the camera is there

struct Ways {
  std::uint32_t message;
  std::uint16_t old_command;
};
constexpr std::array<Ways, topics> ways{{
    {CameraInformation::info.id, command::request_camera_information},
    {CameraSettings::info.id, command::request_camera_settings},
    {StorageInformation::info.id, command::request_storage_information},
    {CameraCaptureStatus::info.id, command::request_camera_capture_status},
    {VideoStreamInformation::info.id, command::request_video_stream_information},
}};

constexpr bool is_indexed(Topic topic) {
  return topic == Topic::storage || topic == Topic::streams;
}
constexpr std::size_t most(Topic topic) {
  return topic == Topic::storage ? max_storages : max_streams;
}

}  // namespace

CommandLong command_of(const Question& question, const Key& key) {
  const auto& way = ways.at(static_cast<std::size_t>(question.topic));
  const auto index = static_cast<float>(question.index);
  CommandLong command{.param1 = 0, .param2 = 0, .param3 = 0, .param4 = 0, .param5 = 0, .param6 = 0, .param7 = 0};
  command.command = question.old_way ? way.old_command : std::uint16_t{command::request_message};
  command.target_system = key.address.system;
  command.target_component = key.address.component;
  if (!question.old_way) {
    command.param1 = static_cast<float>(way.message);
    if (is_indexed(question.topic)) command.param2 = index;
  } else if (question.topic == Topic::streams) {
    command.param1 = index;
    command.param2 = index;  // where a known camera manager looks for it
  } else if (question.topic == Topic::storage) {
    command.param1 = index;
    command.param2 = 1;
  } else {
    command.param1 = 1;
  }
  return command;
}

CommandId Inquiries::begin(base::SteadyTime now) {
  const auto left = stop();
  want(Topic::information, now);
  return left;
}

CommandId Inquiries::stop() {
  states_ = {};
  phase_ = Phase::none;
  rest_wanted_ = streams_wanted_ = false;
  return std::exchange(id_, 0);
}

void Inquiries::has_streams(base::SteadyTime now) {
  if (!std::exchange(streams_wanted_, true)) want(Topic::streams, now);
}

void Inquiries::want(Topic topic, base::SteadyTime at) {
  auto& state = this->state(topic);
  const bool under_way = phase_ != Phase::none && topic_ == topic;
  if (under_way || (state.refused_new && state.refused_old && topic != Topic::information)) return;
  if (state.due && *state.due <= at) return;
  if (!state.due) {
    state.attempt = 0;
    state.count = 0;
    state.have.reset();
  }
  state.due = at;
}

void Inquiries::want_the_rest(base::SteadyTime now) {
  if (rest_wanted_) return;
  rest_wanted_ = true;
  for (const auto topic : {Topic::settings, Topic::storage, Topic::status}) want(topic, now);
  for (auto& state : states_) state.old_first = states_.front().old_first;
}

bool Inquiries::old_way(const State& state) {
  if (state.refused_new != state.refused_old) return state.refused_new;
  const bool alternate = state.attempt >= new_way_first && (state.attempt - new_way_first) % 2 == 0;
  return alternate != state.old_first;
}

// All at first; then those that did not come. Some know no question for all, so the first one in turns.
std::uint8_t Inquiries::index_of(const State& state, Topic topic) {
  if (!is_indexed(topic)) return 0;
  if (state.have.none()) return state.attempt % 2 == 0 ? 0 : 1;
  for (std::size_t index = 1; index <= std::min<std::size_t>(state.count, most(topic)); index++)
    if (!state.have.test(index)) return static_cast<std::uint8_t>(index);
  return 0;
}

bool Inquiries::complete(const State& state, Topic topic) {
  return !is_indexed(topic) || state.have.count() >= std::min<std::size_t>(state.count, most(topic));
}

std::optional<Question> Inquiries::next(base::SteadyTime now) {
  if (phase_ == Phase::listening && deadline_ <= now) try_again(now, Reply::accepted);
  if (phase_ != Phase::none) return std::nullopt;
  for (std::size_t i = 0; i < topics; i++) {
    const auto& state = states_.at(i);
    if (!state.due || *state.due > now) continue;
    topic_ = static_cast<Topic>(i);
    asked_old_ = old_way(state);
    phase_ = Phase::asking;
    return Question{topic_, asked_old_, index_of(state, topic_)};
  }
  return std::nullopt;
}

void Inquiries::asked(CommandId id) {
  id_ = id;
}

void Inquiries::put_off(base::SteadyTime now) {
  phase_ = Phase::none;
  state(topic_).due = now + timing_.message_after_ack;
}

void Inquiries::replied(CommandId id, Reply reply, base::SteadyTime now) {
  if (phase_ != Phase::asking || id != id_) return;
  id_ = 0;
  if (reply == Reply::accepted) {
    phase_ = Phase::listening;
    deadline_ = now + timing_.message_after_ack;
    return;
  }
  if (reply == Reply::unknown) (asked_old_ ? state(topic_).refused_old : state(topic_).refused_new) = true;
  try_again(now, reply);
}

std::chrono::milliseconds Inquiries::pause(int attempt) const {
  if (attempt < quick_attempts) return std::chrono::milliseconds(0);
  const int doublings = std::min(attempt - quick_attempts, 5);
  return std::min(timing_.message_after_ack * (1 << doublings), timing_.longest_back_off);
}

void Inquiries::try_again(base::SteadyTime now, Reply reply) {
  auto& state = this->state(topic_);
  phase_ = Phase::none;
  id_ = 0;
  state.attempt++;
  auto wait = pause(state.attempt);
  const bool no_way = state.refused_new && state.refused_old;
  // An answer in the negative comes at once: without this pause the next question would follow at once too.
  if (reply == Reply::failed) wait = std::max(wait, timing_.message_after_ack);
  if (no_way) wait = std::max(wait, pause(state.attempt + quick_attempts));
  if (topic_ == Topic::information) {
    if (state.attempt >= quick_attempts || no_way) want_the_rest(now);
  } else if (no_way || state.attempt >= max_attempts) {
    state.due.reset();
    return;
  }
  state.due = now + wait;
}

CommandId Inquiries::heard(Topic topic, std::uint8_t index, std::uint8_t count, base::SteadyTime now) {
  auto& state = this->state(topic);
  const bool under_way = phase_ != Phase::none && topic_ == topic;
  if (is_indexed(topic)) {
    state.count = count;
    if (!state.have.test(index)) state.attempt = 0;
    state.have.set(index);
  }
  if (!complete(state, topic)) {
    if (under_way && phase_ == Phase::listening) deadline_ = now + timing_.message_after_ack;
    return 0;
  }
  state.due.reset();
  state.attempt = 0;
  if (under_way) state.old_first = asked_old_;
  if (topic == Topic::information) want_the_rest(now);
  if (!under_way) return 0;
  phase_ = Phase::none;
  return std::exchange(id_, 0);
}

std::optional<base::SteadyTime> Inquiries::next_wake() const {
  if (phase_ == Phase::listening) return deadline_;
  if (phase_ == Phase::asking) return std::nullopt;
  std::optional<base::SteadyTime> next;
  for (const auto& state : states_)
    if (state.due && (!next || *state.due < *next)) next = state.due;
  return next;
}

}  // namespace mavlink::station
