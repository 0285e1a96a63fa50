#include "tools/replay/offline_command.hpp"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <iostream>

#include "server/base/json.hpp"
#include "tools/replay/offline.hpp"
#include "tools/replay/stepper.hpp"
#include "tools/sim/interrupt.hpp"

namespace replay {

namespace {
using sim::CatchInterrupt;

// One run's actions, each as a hash: enough to tell where two runs part.
using Prints = std::vector<std::uint64_t>;

struct Runs {
  unsigned done = 0;
  std::optional<std::string> difference;  // the first action that was not as before
};

std::uint64_t print_of(const ActionLine& line) {
  const std::string text = as_text(line);
  return XXH3_64bits(text.data(), text.size());
}

void run_again(const Chosen& chosen, const Prints& first, Runs& runs) {
  std::size_t at = 0;
  const LineSink compare = [&](const ActionLine& line) {
    if (at >= first.size() || first[at] != print_of(line)) {
      runs.difference = fmt::format("run {}, action {}: {}", runs.done + 1, at + 1, as_text(line));
      return false;
    }
    ++at;
    return !CatchInterrupt::caught();
  };
  replay_offline(chosen.capture, chosen.files, chosen.conversations, compare);
  if (CatchInterrupt::caught()) return;
  ++runs.done;
  if (!runs.difference && at != first.size())
    runs.difference = fmt::format("run {} ends behind action {} of {}", runs.done, at, first.size());
}

bool is_good(const std::vector<OfflineResult>& results, const Runs& runs) {
  return !runs.difference && std::ranges::any_of(results, &OfflineResult::replayed) &&
         std::ranges::all_of(results, &OfflineResult::complete);
}

void print_text(const std::vector<OfflineResult>& results, const Runs& runs, unsigned wanted) {
  for (const OfflineResult& each : results) {
    if (!each.replayed) {
      fmt::print("Conversation {}: not replayed: {}.\n", each.conversation, each.reason);
      continue;
    }
    fmt::print("Conversation {}: {} actions, {} files and {} records stored; {}.\n", each.conversation, each.actions,
               each.stored_files, each.stored_records, each.ending);
    if (!each.complete) fmt::print("Conversation {}: incomplete: {}.\n", each.conversation, each.reason);
  }
  if (wanted == 1) return;
  if (runs.difference)
    fmt::print("Not identical: {}\n", *runs.difference);
  else
    fmt::print("{} runs, all with identical actions.\n", runs.done);
}

void write_results(base::JsonWriter& json, const std::vector<OfflineResult>& results) {
  json.begin_array();
  for (const OfflineResult& each : results) {
    json.begin_object();
    json.member("number", each.conversation);
    json.member("replayed", each.replayed);
    json.member("complete", each.complete);
    json.member("reason", base::unless_empty(each.reason));
    json.member("ending", base::unless_empty(each.ending));
    json.member("actions", each.actions);
    json.member("stored_files", each.stored_files);
    json.member("stored_records", each.stored_records);
    json.end_object();
  }
  json.end_array();
}

void print_json_end(const std::vector<OfflineResult>& results, const Runs& runs) {
  base::JsonWriter json;
  write_results(json, results);
  fmt::print("],\n\"conversations\":{},\n\"runs\":{},\n\"identical\":{}}}\n", std::move(json).take(), runs.done,
             !runs.difference.has_value());
}

Outcome run_steps(const Chosen& chosen, const OfflineOptions& options) {
  Stepper stepper(std::cin, std::cout);
  std::vector<OfflineResult> results;
  do {
    results = replay_offline(chosen.capture, chosen.files, chosen.conversations, [&](const ActionLine& line) {
      const bool shown = (!options.from || line.at >= *options.from) && (!options.until || line.at <= *options.until);
      return !shown || stepper(line);
    });
  } while (stepper.begin_again());
  return is_good(results, {}) ? Outcome::good : Outcome::different;
}
}  // namespace

Outcome run_offline(const Chosen& chosen, const OfflineOptions& options) {
  if (options.step) return run_steps(chosen, options);
  const bool list = options.runs == 1 && !options.quiet;
  if (options.json) fmt::print("{{\"actions\":[");
  Prints prints;
  bool follows = false;
  const LineSink first = [&](const ActionLine& line) {
    if (options.runs > 1) prints.push_back(print_of(line));
    const bool shown = (!options.from || line.at >= *options.from) && (!options.until || line.at <= *options.until);
    if (list && shown) {
      if (options.json)
        fmt::print("{}\n{}", std::exchange(follows, true) ? "," : "", as_json(line));
      else
        fmt::print("{}\n", as_text(line));
    }
    return !CatchInterrupt::caught();
  };
  const auto results = replay_offline(chosen.capture, chosen.files, chosen.conversations, first);
  Runs runs{.done = 1, .difference = {}};
  while (runs.done < options.runs && !runs.difference && !CatchInterrupt::caught()) run_again(chosen, prints, runs);
  if (options.json)
    print_json_end(results, runs);
  else
    print_text(results, runs, options.runs);
  if (CatchInterrupt::caught()) fmt::print(stderr, "dualcam replay: interrupted after {} runs.\n", runs.done);
  return is_good(results, runs) && !CatchInterrupt::caught() ? Outcome::good : Outcome::different;
}

}  // namespace replay
