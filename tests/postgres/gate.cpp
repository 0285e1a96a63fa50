#include "tests/postgres/gate.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace tests {

namespace {
constexpr int poll_interval_ms = 5;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int new_socket() {
  return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

// What is there to read; empty at the end.
std::string receive(int from) {
  std::array<char, 65536> buffer{};
  const ssize_t got = recv(from, buffer.data(), buffer.size(), 0);
  return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
}

bool forward(int to, const std::string& bytes) {
  return send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

void close_socket(int& socket) {
  if (socket >= 0) ::close(std::exchange(socket, -1));
}
}  // namespace

struct Gate::Pair {
  int client = -1;
  int server = -1;
  std::string held;  // for the server, when released
  ~Pair() {
    close_socket(client);
    close_socket(server);
  }
};

Gate::Gate(std::uint16_t server_port) : server_port_(server_port), listener_(new_socket()), port_(0) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 16) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no gate");
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Gate::~Gate() {
  thread_.request_stop();
  thread_.join();
  ::close(listener_);
}

void Gate::arm(Fault fault, std::string word) {
  released_ = false;
  word_ = std::move(word);
  fault_ = fault;
}

void Gate::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::vector<pollfd> wanted{{.fd = listener_, .events = POLLIN, .revents = 0}};
    for (const auto& pair : pairs_)
      for (const int each : {pair->client, pair->server})
        wanted.push_back({.fd = each, .events = POLLIN, .revents = 0});
    poll(wanted.data(), wanted.size(), poll_interval_ms);
    std::size_t at = 1;
    for (auto& pair : pairs_) {
      const bool asks = wanted[at++].revents != 0;
      const bool answers = wanted[at++].revents != 0;
      bool alive = !asks || pass_request(*pair);
      if (alive && answers) {
        const auto answer = receive(pair->server);
        // A client that is gone hears nothing, but its server's connection stays as long as the server wants.
        alive = !answer.empty() && (pair->client < 0 || forward(pair->client, answer));
      }
      if (released_ && !pair->held.empty()) forward(pair->server, std::exchange(pair->held, {}));
      if (!alive) pair.reset();
    }
    std::erase(pairs_, nullptr);
    if (wanted[0].revents != 0) accept_one();
  }
}

void Gate::accept_one() {
  auto pair = std::make_unique<Pair>();
  pair->client = accept(listener_, nullptr, nullptr);
  pair->server = new_socket();
  const sockaddr_in address = loopback(server_port_);
  if (connect(pair->server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0)
    pairs_.push_back(std::move(pair));
}

bool Gate::pass_request(Pair& pair) {
  const auto request = receive(pair.client);
  if (request.empty()) return false;
  if (fault_ != Fault::none && request.find(word_) != std::string::npos) return strike(pair, request);
  return forward(pair.server, request);
}

bool Gate::strike(Pair& pair, const std::string& request) {
  const Fault fault = fault_.exchange(Fault::none);
  if (fault == Fault::lose_request) return false;
  if (fault == Fault::hold_request) pair.held = request;
  close_socket(pair.client);
  return fault == Fault::hold_request || forward(pair.server, request);
}

}  // namespace tests
