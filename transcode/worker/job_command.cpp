#include "transcode/worker/job_command.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>

#include "transcode/order/numbers.hpp"

namespace transcode {

namespace {
constexpr std::uint64_t longest_cpu_s = 3650ULL * 24 * 3600;  // ten years, as long as a setting may be
constexpr std::uint64_t most_nice = 19;

struct Limit {
  std::string_view name;
  std::uint64_t most;
  std::uint64_t (*get)(const JobCommand&);
  void (*set)(JobCommand&, std::uint64_t);
};
constexpr std::array<Limit, 5> limits{{
    {"memory", std::numeric_limits<std::int64_t>::max(), [](const JobCommand& c) { return c.memory_bytes; },
     [](JobCommand& c, std::uint64_t value) { c.memory_bytes = value; }},
    {"cpu", longest_cpu_s, [](const JobCommand& c) { return static_cast<std::uint64_t>(c.cpu.count()); },
     [](JobCommand& c, std::uint64_t value) { c.cpu = std::chrono::seconds(value); }},
    {"output-bytes", std::numeric_limits<std::int64_t>::max(), [](const JobCommand& c) { return c.output_bytes; },
     [](JobCommand& c, std::uint64_t value) { c.output_bytes = value; }},
    {"nice", most_nice, [](const JobCommand& c) { return std::uint64_t{c.niceness}; },
     [](JobCommand& c, std::uint64_t value) { c.niceness = static_cast<unsigned>(value); }},
    {"parent", std::numeric_limits<pid_t>::max(),
     [](const JobCommand& c) { return static_cast<std::uint64_t>(c.parent); },
     [](JobCommand& c, std::uint64_t value) { c.parent = static_cast<pid_t>(value); }},
}};

// Nothing: it is no word of a limit.
const Limit* limit_of(std::string_view word) {
  for (const Limit& limit : limits)
    if (word.size() > limit.name.size() && word[limit.name.size()] == '=' && word.starts_with(limit.name))
      return &limit;
  return nullptr;
}
}  // namespace

std::vector<std::string> to_words(const JobCommand& command) {
  const std::vector<std::string> order = to_words(command.order);
  std::vector<std::string> words;
  words.reserve(limits.size() + order.size());
  for (const Limit& limit : limits) words.push_back(fmt::format("{}={}", limit.name, limit.get(command)));
  words.insert(words.end(), order.begin(), order.end());
  return words;
}

base::Result<JobCommand> parse_job_command(std::span<const std::string> words) {
  JobCommand command;
  std::vector<std::string> order;
  unsigned seen = 0;
  for (const std::string& word : words) {
    const Limit* const limit = limit_of(word);
    if (limit == nullptr) {
      order.push_back(word);
      continue;
    }
    const auto value = parse_number<std::uint64_t>(std::string_view(word).substr(limit->name.size() + 1));
    const unsigned bit = 1U << (limit - limits.data());
    if (!value || *value > limit->most || (seen & bit) != 0)
      return base::fail(base::Errc::invalid,
                        fmt::format("The job's word {} makes no sense.", base::printable(base::as_bytes(word))));
    limit->set(command, *value);
    seen |= bit;
  }
  if (seen != (1U << limits.size()) - 1)
    return base::fail(base::Errc::invalid,
                      "The job does not name each of its limits; it is run_worker that writes them.");
  auto parsed = parse_order(order);
  if (!parsed) return std::unexpected(parsed.error());
  command.order = std::move(*parsed);
  return command;
}

}  // namespace transcode
