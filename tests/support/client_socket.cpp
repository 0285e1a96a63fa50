#include "tests/support/client_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace tests {

using Clock = std::chrono::steady_clock;

namespace {
sockaddr_in loopback(const std::string& address, std::uint16_t port) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &made.sin_addr);
  return made;
}
}  // namespace

void ClientSocket::SslFree::operator()(ssl_st* ssl) const noexcept {
  SSL_free(ssl);
}

ClientSocket::ClientSocket(std::uint16_t port, const std::string& from) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in local = loopback(from, 0);
  const sockaddr_in remote = loopback("127.0.0.1", port);
  const bool bound = ::bind(made, reinterpret_cast<const sockaddr*>(&local), sizeof local) == 0;
  if (!bound || ::connect(made, reinterpret_cast<const sockaddr*>(&remote), sizeof remote) != 0) {
    if (made >= 0) ::close(made);
    return;
  }
  descriptor_ = made;
}

ClientSocket::ClientSocket(ClientSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), at_end_(other.at_end_), ssl_(std::move(other.ssl_)) {}

ClientSocket::~ClientSocket() {
  close();
}

void ClientSocket::close(bool reset) {
  if (descriptor_ < 0) return;
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  if (reset) ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(std::exchange(descriptor_, -1));
}

void ClientSocket::shut_sending() const {
  ::shutdown(descriptor_, SHUT_WR);
}

bool ClientSocket::wait(short events, Clock::time_point deadline) const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  pollfd wanted{.fd = descriptor_, .events = events, .revents = 0};
  return left > 0 && ::poll(&wanted, 1, static_cast<int>(left)) > 0;
}

bool ClientSocket::start_tls(int highest_version) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  // Old versions, too: the server is to refuse them, not this side.
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  if (highest_version != 0) SSL_CTX_set_max_proto_version(context.get(), highest_version);
  ssl_.reset(SSL_new(context.get()));
  SSL_set_fd(ssl_.get(), descriptor_);
  std::signal(SIGPIPE, SIG_IGN);  // the library writes without MSG_NOSIGNAL
  const timeval limit{.tv_sec = std::chrono::ceil<std::chrono::seconds>(patience).count(), .tv_usec = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return SSL_connect(ssl_.get()) == 1;
}

std::string ClientSocket::peer_name() const {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl_.get()), &X509_free);
  std::array<char, 256> name{};
  if (certificate)
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(),
                              static_cast<int>(name.size()));
  return name.data();
}

bool ClientSocket::send(base::ByteView bytes, std::chrono::milliseconds limit) {
  if (ssl_) return bytes.empty() || SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
  const auto deadline = Clock::now() + limit;
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) bytes = bytes.subspan(static_cast<std::size_t>(sent));
    if (sent < 0 && errno != EAGAIN) return false;
    if (sent < 0 && !wait(POLLOUT, deadline)) return false;
  }
  return true;
}

// As recv() without blocking: EAGAIN when nothing is there yet.
long ClientSocket::try_read(std::uint8_t* into, std::size_t most) {
  if (!ssl_) return ::recv(descriptor_, into, most, MSG_DONTWAIT);
  if (SSL_has_pending(ssl_.get()) == 0) {
    std::uint8_t one = 0;
    if (::recv(descriptor_, &one, 1, MSG_DONTWAIT | MSG_PEEK) < 0) return -1;
  }
  const int got = SSL_read(ssl_.get(), into, static_cast<int>(most));
  if (got > 0) return got;
  errno = EIO;
  return SSL_get_error(ssl_.get(), got) == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

base::Bytes ClientSocket::read_some(std::size_t most, std::chrono::milliseconds limit) {
  base::Bytes bytes(most);
  const auto deadline = Clock::now() + limit;
  while (!at_end_ && connected()) {
    const long got = try_read(bytes.data(), most);
    if (got > 0) {
      bytes.resize(static_cast<std::size_t>(got));
      return bytes;
    }
    at_end_ = got == 0 || errno != EAGAIN;
    if (!at_end_ && !wait(POLLIN, deadline)) break;
  }
  return {};
}

base::Bytes ClientSocket::read_exactly(std::size_t count, std::chrono::milliseconds limit) {
  base::Bytes all;
  const auto deadline = Clock::now() + limit;
  while (all.size() < count) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    const base::Bytes more = read_some(count - all.size(), std::max(left, std::chrono::milliseconds{0}));
    if (more.empty()) break;
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

bool ClientSocket::ended(std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  constexpr std::size_t some = 4096;
  while (!at_end_ && Clock::now() < deadline)
    read_some(some, std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()));
  return at_end_;
}

}  // namespace tests
