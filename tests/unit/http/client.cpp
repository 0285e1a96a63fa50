#include "tests/unit/http/client.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace http::testing {
namespace {

constexpr int patience_ms = 10'000;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

void parse_head(std::string_view head, Answer& answer) {
  answer.status = std::stoi(std::string(head.substr(9, 3)));
  for (auto at = head.find("\r\n"); at != std::string_view::npos && at + 2 < head.size(); at = head.find("\r\n", at)) {
    at += 2;
    const auto line = head.substr(at, head.find("\r\n", at) - at);
    const auto colon = line.find(": ");
    if (colon != std::string_view::npos) {
      answer.headers[lower(std::string(line.substr(0, colon)))] = line.substr(colon + 2);
    }
  }
}

}  // namespace

Connection::Connection(std::uint16_t port, int receive_buffer) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer != 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd_ >= 0 && ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

Connection::~Connection() {
  if (fd_ >= 0) ::close(fd_);
}

bool Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Connection::send_get(std::string_view target, std::string_view extra_headers) {
  send(fmt::format("GET {} HTTP/1.1\r\nHost: test\r\n{}\r\n", target, extra_headers));
}

void Connection::shut_sending() {
  ::shutdown(fd_, SHUT_WR);
}

void Connection::reset() {
  const linger at_once{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(fd_);
  fd_ = -1;
}

std::string Connection::read_some(std::size_t most) {
  if (!buffered_.empty()) {
    auto taken = buffered_.substr(0, most);
    buffered_.erase(0, taken.size());
    return taken;
  }
  pollfd waiting{fd_, POLLIN, 0};
  if (::poll(&waiting, 1, patience_ms) <= 0) return {};
  std::string bytes(std::min<std::size_t>(most, 256 * 1024), '\0');
  const auto got = ::recv(fd_, bytes.data(), bytes.size(), 0);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

bool Connection::fill() {
  auto before = std::move(buffered_);
  buffered_.clear();
  const auto more = read_some(64 * 1024);
  buffered_ = std::move(before) + more;
  return !more.empty();
}

bool Connection::ended() {
  pollfd waiting{fd_, POLLIN, 0};
  if (::poll(&waiting, 1, patience_ms) <= 0) return false;
  char byte = 0;
  return ::recv(fd_, &byte, 1, MSG_PEEK) <= 0;
}

std::optional<Answer> Connection::read_head() {
  auto end = buffered_.find("\r\n\r\n");
  while (end == std::string::npos) {
    if (!fill()) return std::nullopt;
    end = buffered_.find("\r\n\r\n");
  }
  Answer answer;
  parse_head(std::string_view(buffered_).substr(0, end + 2), answer);
  buffered_.erase(0, end + 4);
  return answer;
}

std::optional<std::string> Connection::read_exactly(std::size_t size) {
  while (buffered_.size() < size) {
    if (!fill()) return std::nullopt;
  }
  auto taken = buffered_.substr(0, size);
  buffered_.erase(0, size);
  return taken;
}

std::optional<std::string> Connection::read_chunk() {
  while (!buffered_.contains("\r\n")) {
    if (!fill()) return std::nullopt;
  }
  const auto line = read_exactly(buffered_.find("\r\n") + 2);
  std::size_t digits = 0;
  const auto size = std::stoul(*line, &digits, 16);
  if (digits + 2 != line->size()) return std::nullopt;  // no chunk
  auto chunk = read_exactly(size + 2);
  if (!chunk || !chunk->ends_with("\r\n")) return std::nullopt;
  chunk->resize(size);
  return chunk;
}

std::optional<Answer> Connection::read_answer(bool to_head) {
  auto read = read_head();
  if (!read) return std::nullopt;
  Answer& answer = *read;
  const auto length = answer.headers.contains("content-length") ? std::stoull(answer.header("content-length")) : 0;
  const std::size_t expected = to_head || answer.status == 304 ? 0 : length;
  while (answer.body.size() < expected) {
    const auto piece = read_some(expected - answer.body.size());
    if (piece.empty()) break;
    answer.body += piece;
  }
  answer.whole = answer.body.size() == expected;
  return read;
}

Answer request(std::uint16_t port, std::string_view method, std::string_view target, std::string_view extra_headers,
               std::string_view body) {
  Connection connection(port);
  connection.send(fmt::format("{} {} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{}{}\r\n{}", method, target,
                              extra_headers,
                              body.empty() ? std::string() : fmt::format("Content-Length: {}\r\n", body.size()), body));
  return connection.read_answer(method == "HEAD").value_or(Answer{});
}

Answer get(std::uint16_t port, std::string_view target, std::string_view extra_headers) {
  return request(port, "GET", target, extra_headers);
}

}  // namespace http::testing
