#include "tests/support/haproxy.hpp"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>

#include "tests/support/client_socket.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/ports.hpp"

namespace tests {

namespace {
constexpr const char* program = "/usr/sbin/haproxy";  // not in everybody's PATH
}  // namespace

Haproxy::Haproxy(const std::vector<Node>& nodes) : port_(lasting_port(static_cast<std::uint64_t>(getpid()))) {
  if (access(program, X_OK) != 0)
    throw std::runtime_error(fmt::format(
        "{} is missing: tests of several nodes need it. Install it with: apt-get install -y haproxy", program));
  write_configuration(nodes);
  const auto log = folder_ / "log";
  process_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{program, "-db", "-f", (folder_ / "haproxy.cfg").string()}, log);
  if (eventually([&] { return !process_->running() || ClientSocket(port_).connected(); }) && process_->running())
    return;
  std::ifstream in(log);
  throw std::runtime_error("haproxy does not start: " + std::string{std::istreambuf_iterator<char>(in), {}});
}

// Health is looked at often, because nodes come and go within seconds here.
void Haproxy::write_configuration(const std::vector<Node>& nodes) const {
  std::ofstream out(folder_ / "haproxy.cfg");
  out << fmt::format(R"(global
  maxconn 4000
defaults
  mode tcp
  timeout connect 2s
  timeout client 2m
  timeout server 2m
  timeout check 3s
frontend cameras
  bind 127.0.0.1:{}
  default_backend dualcamd
backend dualcamd
  balance leastconn
  option httpchk GET /readyz
  option redispatch 1
  default-server check inter 300ms fall 1 rise 1 send-proxy-v2
)",
                     port_);
  for (std::size_t n = 0; n < nodes.size(); ++n)
    out << fmt::format("  server n{} 127.0.0.1:{} port {}\n", n, nodes[n].cameras, nodes[n].http);
}

}  // namespace tests
