// From a datagram in to the last of its datagrams out, beside a bare epoll program in the same run: the relay's sockets
// alone, and dualcamd as it is installed.
//   relay_bench [--targets N] [--shots N] [--rounds N]
// The relays take turns, so that whatever else the machine does hits all of them; the ratios are medians of those
// within each round.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <stdexcept>

#include "tests/bench/relay_measure.hpp"
#include "tests/bench/relay_programs.hpp"
#include "tests/bench/relay_server.hpp"

namespace {

struct Arguments {
  std::size_t targets = 16;
  std::size_t shots = 500;  // of a round
  std::size_t rounds = 12;
};

Arguments read_arguments(int count, char** values) {
  Arguments arguments;
  for (int n = 1; n < count; n += 2) {
    const std::string_view name = values[n];
    if (n + 1 == count) throw std::runtime_error(fmt::format("{} needs a value.", name));
    const std::string_view value = values[n + 1];
    std::size_t number = 0;
    if (std::from_chars(value.data(), value.data() + value.size(), number).ec != std::errc{} || number == 0)
      throw std::runtime_error(fmt::format("{} is no number for {}.", value, name));
    if (name == "--targets")
      arguments.targets = number;
    else if (name == "--shots")
      arguments.shots = number;
    else if (name == "--rounds")
      arguments.rounds = number;
    else
      throw std::runtime_error(fmt::format("{} is not understood.", name));
  }
  return arguments;
}

struct Relay {
  std::string name;
  sockaddr_in input;
  std::vector<bench::RelayLatencies> rounds;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

bench::RelayLatencies all_of(const Relay& relay) {
  bench::RelayLatencies all;
  for (const auto& round : relay.rounds) {
    all.us.insert(all.us.end(), round.us.begin(), round.us.end());
    all.lost += round.lost;
  }
  std::ranges::sort(all.us);
  return all;
}

double ratio(const Relay& relay, const Relay& bare, double part) {
  std::vector<double> ratios;
  for (std::size_t n = 0; n < relay.rounds.size(); ++n)
    ratios.push_back(relay.rounds[n].percentile(part) / bare.rounds[n].percentile(part));
  return median(std::move(ratios));
}

// The edgertronic's trigger with a name in it, another one each time: a copy is fired once.
base::Bytes trigger(std::uint64_t /*of_round*/) {
  static std::uint64_t shot = 0;
  ++shot;
  base::Bytes bytes{0x05, 0xaa, 0x95, 0x44};
  const std::string name = fmt::format("shot_{}_&T", shot);
  bytes.insert(bytes.end(), name.begin(), name.end());
  bytes.push_back(0);
  return bytes;
}

void compare(const Arguments& arguments) {
  bench::RelayTargets targets(arguments.targets);
  const bench::RelayPlan plan{.shots = arguments.shots};
  const bench::RelayProgram bare(&bench::bare_relay, targets.ports());
  const bench::RelayProgram one(&bench::endpoint_relay, targets.ports());
  const bench::RelayProgram each(&bench::endpoints_relay, targets.ports());
  const bench::RelayServer server(targets.ports());
  std::array<Relay, 4> relays{{{"bare epoll", bare.input(), {}},
                               {"one endpoint", one.input(), {}},
                               {"an endpoint each", each.input(), {}},
                               {"dualcamd", server.input(), {}}}};
  for (Relay& relay : relays) bench::measure_relay(relay.input, targets, {.shots = 50}, trigger);  // to warm up
  for (std::size_t n = 0; n < arguments.rounds; ++n)
    for (Relay& relay : relays) relay.rounds.push_back(bench::measure_relay(relay.input, targets, plan, trigger));

  fmt::print("{} targets, {} rounds of {} triggers\n", arguments.targets, arguments.rounds, arguments.shots);
  fmt::print("{:<18} {:>9} {:>9} {:>9} {:>6} {:>10} {:>10}\n", "relay", "p50 us", "p99 us", "max us", "lost",
             "p50 / bare", "p99 / bare");
  for (const Relay& relay : relays) {
    const auto all = all_of(relay);
    fmt::print("{:<18} {:>9.1f} {:>9.1f} {:>9.1f} {:>6} {:>10.2f} {:>10.2f}\n", relay.name, all.percentile(0.5),
               all.percentile(0.99), all.percentile(1), all.lost, ratio(relay, relays[0], 0.5),
               ratio(relay, relays[0], 0.99));
  }
}

}  // namespace

int main(int count, char** values) {
  try {
    compare(read_arguments(count, values));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "relay_bench: {}\n", error.what());
    return 1;
  }
}
