#include "tests/support/scripted_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace tests {

namespace {
constexpr int look_for_end_ms = 20;
}  // namespace

ScriptedServer::Connection::~Connection() {
  ::close(descriptor_);
}

bool ScriptedServer::Connection::wait(short events) {
  while (!stop_) {
    pollfd wanted{.fd = descriptor_, .events = events, .revents = 0};
    if (::poll(&wanted, 1, look_for_end_ms) > 0) return true;
  }
  return false;
}

std::string ScriptedServer::Connection::read_head() {
  constexpr std::string_view end = "\r\n\r\n";
  std::array<char, 4096> some;
  while (!unread_.contains(end)) {
    const ssize_t got = wait(POLLIN) ? ::recv(descriptor_, some.data(), some.size(), 0) : 0;
    if (got <= 0) return {};
    unread_.append(some.data(), static_cast<std::size_t>(got));
  }
  const std::size_t size = unread_.find(end) + end.size();
  std::string head = unread_.substr(0, size);
  unread_.erase(0, size);
  return head;
}

std::string ScriptedServer::Connection::read_exactly(std::size_t count) {
  std::array<char, 4096> some;
  while (unread_.size() < count) {
    const ssize_t got = wait(POLLIN) ? ::recv(descriptor_, some.data(), some.size(), 0) : 0;
    if (got <= 0) break;
    unread_.append(some.data(), static_cast<std::size_t>(got));
  }
  std::string bytes = unread_.substr(0, count);
  unread_.erase(0, bytes.size());
  return bytes;
}

bool ScriptedServer::Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    if (sent < 0 && (errno != EAGAIN || !wait(POLLOUT))) return false;
  }
  return true;
}

void ScriptedServer::Connection::pause(std::chrono::milliseconds time) {
  eventually([this] { return stop_.load(); }, time);
}

void ScriptedServer::Connection::wait_for_client_to_leave() {
  std::array<char, 4096> some;
  while (wait(POLLIN) && ::recv(descriptor_, some.data(), some.size(), 0) > 0) {
  }
}

void ScriptedServer::Connection::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

ScriptedServer::ScriptedServer(Script script)
    : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  constexpr int backlog = 256;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size);
  ::listen(listener_, backlog);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  stop_ = true;
  accepting_.join();
  for (Worker& each : workers_) each.thread.join();
  ::close(listener_);
}

std::string ScriptedServer::url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

void ScriptedServer::accept_all() {
  while (!stop_) {
    std::erase_if(workers_, [](Worker& each) {
      if (each.done) each.thread.join();
      return each.done.load();
    });
    pollfd wanted{.fd = listener_, .events = POLLIN, .revents = 0};
    if (::poll(&wanted, 1, look_for_end_ms) <= 0) continue;
    const int made = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (made < 0) continue;
    const int on = 1;
    ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ++connections_;
    Worker& worker = workers_.emplace_back();
    worker.thread = std::thread([this, made, &worker] {
      {
        Connection connection(made, stop_);
        script_(connection);
      }
      worker.done = true;
    });
  }
}

}  // namespace tests
