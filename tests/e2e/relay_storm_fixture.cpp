#include "tests/e2e/relay_storm_fixture.hpp"

#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

namespace e2e {

StageSocket::StageSocket() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const int room = 4 << 20;
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("A stage has no socket.");
  port_ = ntohs(address.sin_port);
}

StageSocket::~StageSocket() {
  ::close(socket_);
}

void StageSocket::drain() {
  constexpr std::string_view before = "<Name VALUE=\"";
  std::array<char, 4096> bytes;
  for (;;) {
    const ssize_t size = ::recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size < 0) return;
    const std::string_view text(bytes.data(), static_cast<std::size_t>(size));
    const auto at = text.find(before);
    const std::string_view behind = at == std::string_view::npos ? "" : text.substr(at + before.size());
    ++names_[std::string(behind.substr(0, behind.find('"')))];
  }
}

std::uint64_t StageSocket::lost() const {
  std::array<std::uint32_t, SK_MEMINFO_VARS> figures{};
  socklen_t size = sizeof figures;
  ::getsockopt(socket_, SOL_SOCKET, SO_MEMINFO, figures.data(), &size);
  return figures[SK_MEMINFO_DROPS];
}

void RelayUnderFire::start_relay(const std::string& toml) {
  const auto file = folder_ / "relay.toml";
  std::ofstream(file) << toml;
  start({"--relay", file.string()});
}

std::uint64_t RelayUnderFire::metric(std::string_view name, std::initializer_list<std::string_view> labels) {
  std::istringstream lines(http_body("/metrics"));
  double sum = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name) || line.find_first_of("{ ") != name.size()) continue;
    if (std::ranges::all_of(labels, [&](std::string_view label) { return line.find(label) != std::string::npos; }))
      sum += std::stod(line.substr(line.rfind(' ') + 1));
  }
  return static_cast<std::uint64_t>(sum);
}

std::uint64_t RelayUnderFire::figure(std::string_view name) {
  const auto found = nlohmann::json::parse(http_body("/api/v1/cameras"), nullptr, false);
  std::uint64_t sum = 0;
  // Whatever the answer is wrapped in: every object "figures" with that member.
  const std::function<void(const nlohmann::json&)> add = [&](const nlohmann::json& value) {
    if (value.is_object() && value.contains("figures") && value["figures"].contains(name))
      sum += value["figures"][std::string(name)].get<std::uint64_t>();
    if (value.is_structured())
      for (const auto& each : value) add(each);
  };
  add(found);
  return sum;
}

}  // namespace e2e
