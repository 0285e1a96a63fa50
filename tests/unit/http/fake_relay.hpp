// A relay and its log in memory.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/http/relay.hpp"
#include "storage/catalog/relay_catalog.hpp"

namespace http::testing {

// Answers with `failure` where there is one, else with what it holds; keeps what it was asked last.
class FakeRelay final : public Relay {
 public:
  std::vector<RelayCamera> held_cameras;
  RelayRuleSet held_rules;
  std::vector<hub::ArmState> held_arms;
  RelayRehearsal rehearsal;
  base::Uuid row = base::Uuid::parse("019aa5f0-2222-7000-8000-000000000001").value();
  std::optional<base::Error> failure;

  struct Asked {
    std::string target;
    std::string verb;
    hub::Fields parameters;
    std::string rules;
    RelayEvent event;
    std::optional<RelayDatagram> datagram;
    std::optional<hub::ArmState> arm;
    int calls = 0;  // that change something
  } asked;

  std::vector<RelayCamera> cameras() override { return held_cameras; }
  base::Result<base::Uuid> command(std::string_view target, std::string_view verb, hub::Fields parameters) override {
    asked.target = target;
    asked.verb = verb;
    asked.parameters = std::move(parameters);
    return changed(row);
  }
  base::Result<RelayRuleSet> rules() override { return held_rules; }
  base::Result<RelayRuleSet> set_rules(std::string_view text, std::uint64_t expected) override {
    if (expected != held_rules.version) return base::fail(base::Errc::conflict, "Somebody was faster.");
    if (failure) return std::unexpected(*failure);
    asked.rules = text;
    ++asked.calls;
    held_rules.rules = text;
    ++held_rules.version;
    return held_rules;
  }
  base::Result<RelayRehearsal> rehearse(const RelayEvent& event) override {
    asked.event = event;
    if (failure) return std::unexpected(*failure);
    return rehearsal;
  }
  base::Result<RelayRehearsal> rehearse(const RelayDatagram& datagram) override {
    asked.datagram = datagram;
    if (failure) return std::unexpected(*failure);
    return rehearsal;
  }
  base::Result<std::string> definition(std::string_view camera) override {
    if (camera != "front") return base::fail(base::Errc::not_found, "There is no such camera.");
    return std::string("<mavlinkcamera/>");
  }
  std::vector<hub::ArmState> arms() override { return held_arms; }
  base::Result<> arm(const hub::ArmState& state) override {
    asked.arm = state;
    if (failure) return std::unexpected(*failure);
    return {};
  }
  base::Result<base::Uuid> trigger(const RelayEvent& event) override {
    asked.event = event;
    return changed(row);
  }

 private:
  base::Result<base::Uuid> changed(const base::Uuid& id) {
    if (failure) return std::unexpected(*failure);
    ++asked.calls;
    return id;
  }
};

// Holds what it is given and filters nothing; keeps the last question.
class FakeRelayCatalog final : public storage::RelayCatalog {
 public:
  std::vector<storage::Trigger> triggers;
  std::vector<storage::RelayTake> takes;
  std::string next_cursor;
  std::optional<base::Error> failure;
  storage::TriggerQuery asked;

  base::Result<storage::TriggerPage> list_triggers(const storage::TriggerQuery& query) override {
    asked = query;
    if (failure) return std::unexpected(*failure);
    return storage::TriggerPage{triggers, next_cursor};
  }
  base::Result<std::optional<storage::Trigger>> find_trigger(const base::Uuid& id) override {
    if (failure) return std::unexpected(*failure);
    for (const auto& each : triggers)
      if (each.id == id) return each;
    return std::nullopt;
  }
  base::Result<storage::RelayTakePage> list_takes(std::uint32_t limit, std::string_view cursor) override {
    asked.limit = limit;
    asked.cursor = cursor;
    if (failure) return std::unexpected(*failure);
    return storage::RelayTakePage{takes, next_cursor};
  }
  base::Result<std::optional<storage::RelayTake>> find_take(const base::Uuid& id) override {
    if (failure) return std::unexpected(*failure);
    for (const auto& each : takes)
      if (each.id == id) return each;
    return std::nullopt;
  }

  base::Result<> note(const storage::RelayNotes&) override { return {}; }
  base::Result<std::uint64_t> last_take_number() override { return 0; }
  base::Result<std::vector<storage::PendingCommand>> pending(std::string_view) override { return {}; }
  base::Result<storage::RelayRules> rules() override { return {}; }
  base::Result<storage::RelayRules> set_rules(std::string_view, std::uint64_t, base::UtcTime) override { return {}; }
  base::Result<std::vector<storage::RelayArm>> arms() override { return {}; }
  base::Result<> set_arm(const storage::RelayArm&) override { return {}; }
  base::Result<std::vector<storage::RelayLatency>> latencies() override { return {}; }
  base::Result<> set_latency(const storage::RelayLatency&) override { return {}; }
  base::Result<> end_left_open(std::string_view, std::string_view) override { return {}; }
  base::Result<std::uint32_t> forget_triggers(base::UtcTime, std::uint32_t) override { return 0; }
};

}  // namespace http::testing
