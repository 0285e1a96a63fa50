#include <algorithm>

#include "server/relay/mavlink/camera/camera_state.hpp"
#include "server/relay/mavlink/camera/limits.hpp"

namespace mavlink::camera {

const Parameter* Camera::State::find_parameter(std::string_view id) const noexcept {
  const auto found = std::ranges::find(description.parameters, id, &Parameter::id);
  return found == description.parameters.end() ? nullptr : &*found;
}

// Precondition: there is such a parameter.
ParamExtValue Camera::State::value_message(std::size_t index) const noexcept {
  const auto& parameter = description.parameters[index];
  ParamExtValue out;
  out.param_count = static_cast<std::uint16_t>(description.parameters.size());
  out.param_index = static_cast<std::uint16_t>(index);
  out.param_id.assign(parameter.id);
  out.param_value = encode(parameter.type, values[index]);
  out.param_type = parameter.type;
  return out;
}

// Whoever is being told them already, or comes when too many are, may ask again.
void Camera::State::list_parameters(const Received& received) {
  const bool is_told = std::ranges::any_of(lists, [&](const List& list) { return list.peer == received.peer; });
  if (is_told || lists.size() == limits::most_lists || description.parameters.empty()) return;
  lists.push_back({received.peer});
}

void Camera::State::tell_parameters(Turn turn) {
  if (lists.empty() || (list_not_before && turn.now.steady < *list_not_before)) return;
  auto list = lists.front();
  lists.pop_front();
  send(value_message(list.next++), list.peer, turn);
  list_not_before = turn.now.steady + limits::paced;
  if (list.next < description.parameters.size()) lists.push_back(list);  // behind those of others
}

// By number, or by name where that is -1. There is no answer for what there is not.
void Camera::State::read_parameter(const ParamExtRequestRead& wanted, const Received& received, Turn turn) const {
  auto index = static_cast<std::size_t>(std::max<std::int16_t>(wanted.param_index, 0));
  if (wanted.param_index < 0) {
    const auto* named = find_parameter(wanted.param_id.view());
    if (!named) return;
    index = static_cast<std::size_t>(named - description.parameters.data());
  }
  if (index < description.parameters.size()) send(value_message(index), received.peer, turn);
}

void Camera::State::set_parameter(const ParamExtSet& sent, const Received& received, Turn turn) {
  ParamExtAck answer{.param_id = sent.param_id, .param_value = sent.param_value, .param_type = sent.param_type};
  const auto refuse = [&](std::uint8_t why, std::string_view text) {
    answer.param_result = why;
    send(answer, received.peer, turn);
    turn.out.notes.push_back({Note::Kind::refused, received.from, 0, std::string(text)});
  };
  const auto* parameter = find_parameter(sent.param_id.view());
  if (received.permission == Permission::refused)
    return refuse(param_ack::failed, "A parameter was not set: its sender is not among those who may command.");
  if (received.permission == Permission::too_fast)
    return refuse(param_ack::failed, "A parameter was not set: its sender gives more commands than are taken.");
  if (!parameter || parameter->read_only)
    return refuse(param_ack::failed, "A parameter was not set: there is none of that name that can be.");
  const auto value = decode(sent.param_type, sent.param_value);
  if (sent.param_type != parameter->type || !value || !fits(*parameter, *value))
    return refuse(param_ack::value_unsupported, "A parameter was not set: it cannot have that value.");
  if (!condition.online) return refuse(param_ack::failed, "A parameter was not set: the camera is not connected.");
  const bool is_asked_already = std::ranges::any_of(asks, [&](const auto& entry) {
    const auto* other = std::get_if<SetParameter>(&entry.second.wish);
    return other && other->id == parameter->id && other->value == *value && entry.second.by == received.from;
  });
  if (!is_asked_already && !ask(SetParameter{parameter->id, *value}, received.from, received.peer, turn))
    return refuse(param_ack::failed, "A parameter was not set: the camera has too much to do already.");
  answer.param_result = param_ack::in_progress;
  send(answer, received.peer, turn);
}

// A success is told to all, who may show the parameter as well.
void Camera::State::parameter_settled(const Pending& pending, const SetParameter& wish, const Outcome& outcome,
                                      Turn turn) {
  const auto* parameter = find_parameter(wish.id);
  const auto index = static_cast<std::size_t>(parameter - description.parameters.data());
  if (outcome.ok) values[index] = wish.value;
  ParamExtAck answer;
  answer.param_id.assign(wish.id);
  answer.param_value = encode(parameter->type, values[index]);
  answer.param_type = parameter->type;
  answer.param_result = outcome.ok ? param_ack::accepted : param_ack::failed;
  send(answer, outcome.ok ? std::nullopt : std::optional(pending.peer), turn);
}

void Camera::parameter(std::string_view id, const ParameterValue& value) {
  const auto* known = state_->find_parameter(id);
  if (known && fits(*known, value))
    state_->values[static_cast<std::size_t>(known - state_->description.parameters.data())] = value;
}

}  // namespace mavlink::camera
