#include "tools/replay/plans.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/replay/tracker_device.hpp"

namespace replay {

using captures::Conversation;
using captures::Protocol;
using captures::Transport;

namespace {
bool is_relay(const Conversation& conversation) {
  return conversation.protocol == Protocol::mavlink || conversation.protocol == Protocol::edgertronic ||
         conversation.protocol == Protocol::shogun;
}

// Why no device can be made of it; empty: one can.
std::string objection(const Conversation& conversation) {
  if (conversation.events.empty()) return "the capture holds nothing of it";
  if (is_relay(conversation))
    return conversation.transport == Transport::udp ? "" : "of the relay's protocols only datagrams are replayed";
  if (conversation.protocol == Protocol::unknown) return "it speaks nothing that is known here";
  if (!conversation.imei) return "nothing in it says whose it is: the INIT or login is missing";
  return "";
}

DevicePlan& plan_of(const Conversation& conversation, std::vector<DevicePlan>& plans) {
  const auto same = [&](const DevicePlan& plan) {
    if (is_relay(conversation)) return !plan.imei;
    return plan.imei == conversation.imei && plan.protocol == conversation.protocol &&
           plan.transport == conversation.transport;
  };
  if (const auto found = std::ranges::find_if(plans, same); found != plans.end()) return *found;
  plans.push_back({.imei = is_relay(conversation) ? std::nullopt : conversation.imei,
                   .protocol = conversation.protocol,
                   .transport = conversation.transport});
  return plans.back();
}

bool has_gaps(const Conversation& conversation) {
  return conversation.damage.no_beginning || std::ranges::any_of(conversation.events, [](const captures::Event& each) {
           return each.kind == captures::Event::Kind::missing;
         });
}
}  // namespace

Plans make_plans(const captures::Capture& capture, const std::vector<captures::CameraFile>& files,
                 const std::vector<std::size_t>& conversations) {
  Plans plans;
  for (const std::size_t index : conversations) {
    const Conversation& conversation = capture.conversations[index];
    std::string why = objection(conversation);
    if (!why.empty()) {
      plans.unplayable.push_back(fmt::format("conversation {}: {}", index + 1, why));
      continue;
    }
    DevicePlan& plan = plan_of(conversation, plans.devices);
    const Conversation* played = &conversation;
    const bool link = conversation.protocol == Protocol::tracker && conversation.transport == Transport::tcp;
    if (link && has_gaps(conversation)) {
      auto made = whole_frames(conversation);
      if (!made) {
        plans.unplayable.push_back(fmt::format("conversation {}: the capture has no whole frame of it", index + 1));
        continue;
      }
      played = &plan.made.emplace_back(*std::move(made));
    }
    plan.numbers.push_back(index);
    plan.conversations.push_back(played);
  }
  std::erase_if(plans.devices, [](const DevicePlan& plan) { return plan.conversations.empty(); });
  for (DevicePlan& plan : plans.devices) {
    if (plan.protocol != Protocol::camera) continue;
    for (const captures::CameraFile& file : files) {
      const bool chosen = std::ranges::any_of(file.conversations, [&](std::size_t each) {
        return std::ranges::find(plan.numbers, each) != plan.numbers.end();
      });
      if (plan.imei == file.imei && chosen) plan.files.push_back(&file);
    }
  }
  for (const DevicePlan& plan : plans.devices) {
    const captures::Time first = plan.conversations.front()->events.front().time;
    if (plans.begun == captures::Time{} || first < plans.begun) plans.begun = first;
  }
  return plans;
}

}  // namespace replay
