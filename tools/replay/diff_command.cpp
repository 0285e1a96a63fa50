#include <fmt/format.h>

#include <algorithm>

#include "server/base/json.hpp"
#include "tools/replay/diff.hpp"
#include "tools/replay/offline_command.hpp"
#include "tools/sim/interrupt.hpp"

namespace replay {

namespace {
std::string_view or_nothing(const std::string& words) {
  return words.empty() ? std::string_view("nothing") : std::string_view(words);
}

void print_differences(std::string_view what, const std::vector<Difference>& differences) {
  for (const Difference& each : differences)
    fmt::print("  {:>14} s  {}  recorded: {}; today: {}\n", seconds_text(each.at), what, or_nothing(each.recorded),
               or_nothing(each.today));
}

void print_text(const OfflineResult& today, const DiffResult& result) {
  if (!today.replayed) return fmt::print("Conversation {}: not compared: {}.\n", today.conversation, today.reason);
  fmt::print("Conversation {}: {} answers are the same, {} differ.\n", result.conversation, result.equal,
             result.differences.size());
  print_differences("differs ", result.differences);
  print_differences("unheard ", result.remarks);
  if (!today.complete) fmt::print("Conversation {}: incomplete: {}.\n", today.conversation, today.reason);
}

void write(base::JsonWriter& json, std::string_view name, const std::vector<Difference>& differences) {
  json.key(name);
  json.begin_array();
  for (const Difference& each : differences) {
    json.begin_object();
    json.member("at_us", each.at.count());
    json.member("recorded", base::unless_empty(each.recorded));
    json.member("today", base::unless_empty(each.today));
    json.end_object();
  }
  json.end_array();
}

void write(base::JsonWriter& json, const OfflineResult& today, const DiffResult& result) {
  json.begin_object();
  json.member("number", today.conversation);
  json.member("compared", today.replayed);
  json.member("complete", today.complete);
  json.member("reason", base::unless_empty(today.reason));
  json.member("equal", result.equal);
  write(json, "differences", result.differences);
  write(json, "unheard", result.remarks);
  json.end_object();
}
}  // namespace

Outcome run_diff(const Chosen& chosen, bool json) {
  const LineSink nothing = [](const ActionLine&) { return !sim::CatchInterrupt::caught(); };
  const auto all = replay_offline(chosen.capture, chosen.files, chosen.conversations, nothing);
  bool good = !sim::CatchInterrupt::caught() && std::ranges::any_of(all, &OfflineResult::replayed);
  base::JsonWriter document;
  document.begin_object();
  document.key("conversations");
  document.begin_array();
  for (const OfflineResult& today : all) {
    const DiffResult result = diff(chosen.capture.conversations[today.conversation - 1], today);
    good = good && today.complete && result.differences.empty();
    if (json)
      write(document, today, result);
    else
      print_text(today, result);
  }
  document.end_array();
  document.member("same", good);
  document.end_object();
  if (json) fmt::print("{}\n", std::move(document).take());
  return good ? Outcome::good : Outcome::different;
}

}  // namespace replay
