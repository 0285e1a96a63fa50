// An HTTP server of few words for what a real store never does on request: each request is answered by a function of
// the test, byte for byte. A thread per connection; everything ends with the object.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tests {

class S3FakeServer {
 public:
  struct Request {
    std::string head;  // request line and headers as they came
    std::string body;
    bool is(std::string_view beginning) const { return head.starts_with(beginning); }
    bool has(std::string_view text) const { return head.find(text) != std::string::npos; }
  };
  // What to send. Empty: nothing, for ever. A text that ends with `hang_up` closes the connection behind it.
  using Answer = std::function<std::string(const Request&)>;
  static constexpr char hang_up = '\x04';

  // `one_at_a_time`: the function is not called by two connections at once.
  explicit S3FakeServer(Answer answer, bool one_at_a_time = true)
      : answer_(std::move(answer)), one_at_a_time_(one_at_a_time) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof address;
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_, 64);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    threads_.emplace_back([this] { accept_all(); });
  }
  S3FakeServer(const S3FakeServer&) = delete;
  S3FakeServer& operator=(const S3FakeServer&) = delete;
  ~S3FakeServer() {
    stop_ = true;
    threads_.front().join();  // the one that makes others
    threads_.clear();
    close(listener_);
  }

  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }
  std::uint64_t sent() const { return sent_; }
  std::vector<std::string> request_lines() {
    const std::scoped_lock lock(lock_);
    return lines_;
  }

  static std::string ok(const std::string& headers = {}, const std::string& body = {}) {
    return with_status("200 OK", headers, body);
  }
  static std::string with_status(const std::string& status, const std::string& headers = {},
                                 const std::string& body = {}) {
    return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
  }

 private:
  bool readable(int descriptor) {
    while (!stop_) {
      pollfd wanted{.fd = descriptor, .events = POLLIN, .revents = 0};
      if (poll(&wanted, 1, 20) > 0) return true;
    }
    return false;
  }

  void accept_all() {
    while (readable(listener_)) {
      const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) continue;
      ++connections_;
      threads_.emplace_back([this, connection] {
        serve(connection);
        close(connection);
      });
    }
  }

  bool read_more(int connection, std::string& into) {
    char some[16384];
    if (!readable(connection)) return false;
    const ssize_t got = recv(connection, some, sizeof some, 0);
    if (got <= 0) return false;
    into.append(some, static_cast<std::size_t>(got));
    return true;
  }

  bool send_all(int connection, std::string_view bytes) {
    while (!bytes.empty() && !stop_) {
      pollfd wanted{.fd = connection, .events = POLLOUT, .revents = 0};
      if (poll(&wanted, 1, 20) <= 0) continue;
      const ssize_t put = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (put <= 0) return false;
      sent_ += static_cast<std::uint64_t>(put);
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return !stop_;
  }

  std::string answer_to(const Request& request) {
    std::unique_lock lock(answering_, std::defer_lock);
    if (one_at_a_time_) lock.lock();
    return answer_(request);
  }

  void serve(int connection) {
    std::string input;
    for (;;) {
      std::size_t end = 0;
      while ((end = input.find("\r\n\r\n")) == std::string::npos)
        if (!read_more(connection, input)) return;
      Request request{.head = input.substr(0, end + 2), .body = {}};
      input.erase(0, end + 4);
      if (request.has("Expect: 100") && !send_all(connection, "HTTP/1.1 100 Continue\r\n\r\n")) return;
      const auto length = request.head.find("Content-Length: ");
      const std::size_t size = length == std::string::npos ? 0 : std::stoul(request.head.substr(length + 16));
      while (input.size() < size)
        if (!read_more(connection, input)) return;
      request.body = input.substr(0, size);
      input.erase(0, size);
      {
        const std::scoped_lock lock(lock_);
        lines_.push_back(request.head.substr(0, request.head.find(" HTTP/")));
      }
      std::string text = answer_to(request);
      const bool closes = text.ends_with(hang_up);
      if (closes) text.pop_back();
      if (!send_all(connection, text) || closes) return;
    }
  }

  Answer answer_;
  const bool one_at_a_time_;
  std::mutex answering_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<int> connections_ = 0;
  std::atomic<std::uint64_t> sent_ = 0;
  std::mutex lock_;
  std::vector<std::string> lines_;
  std::list<std::jthread> threads_;
};

}  // namespace tests
