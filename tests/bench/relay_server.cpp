#include "tests/bench/relay_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/support/ports.hpp"

namespace bench {

namespace {
constexpr const char* group = "239.255.77.1";
constexpr std::uint64_t port_seed = 77;

// As many firings as come: the limit is there for mistakes, and not what is measured.
std::string configuration(std::uint16_t port, const std::vector<std::uint16_t>& targets) {
  std::string text = fmt::format(
      "[relay]\nmax_firings_per_second = 100000\n"
      "[[edgertronic]]\nname = \"field\"\naddress = \"{}\"\nport = {}\ninterfaces = [\"lo\"]\n",
      group, port);
  std::string steps;
  for (std::size_t n = 0; n < targets.size(); ++n) {
    text += fmt::format(
        "[[shogun]]\nname = \"stage{0}\"\nlisten = false\naddress = \"127.0.0.1\"\nport = 0\nto = "
        "[\"127.0.0.1:{1}\"]\nconfirm = \"0s\"\ndatabase_path = \"D:/Takes\"\n",
        n, targets[n]);
    steps += fmt::format("{}{{ target = \"stage{}\", verb = \"start\", name = \"{{name}}\" }}", n == 0 ? "" : ", ", n);
  }
  return text +
         fmt::format("[[rule]]\nname = \"all\"\nwhen = {{ source = \"field\", kind = \"trigger\" }}\ndo = [{}]\n",
                     steps);
}

tests::ServerStart settings(const std::filesystem::path& folder, std::uint16_t port,
                            const std::vector<std::uint16_t>& targets) {
  const std::filesystem::path file = folder / "relay.toml";
  std::ofstream(file) << configuration(port, targets);
  return {.data_dir = folder / "data", .flags = {"--relay", file.string()}, .log_file = folder / "server.log"};
}
}  // namespace

RelayServer::RelayServer(const std::vector<std::uint16_t>& targets)
    : input_{.sin_family = AF_INET,
             .sin_port = htons(tests::lasting_port(port_seed)),
             .sin_addr = {.s_addr = inet_addr(group)},
             .sin_zero = {}},
      server_(settings(folder_.path(), ntohs(input_.sin_port), targets)) {
  if (!server_.wait_ready()) throw std::runtime_error(fmt::format("dualcamd did not start: {}", server_.log()));
}

}  // namespace bench
