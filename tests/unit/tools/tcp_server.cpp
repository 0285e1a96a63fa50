#include "tests/unit/tools/tcp_server.hpp"

#include <array>
#include <asio/post.hpp>
#include <asio/write.hpp>
#include <chrono>

namespace sim {

struct TcpServer::Peer {
  Peer(asio::ip::tcp::socket connected, std::vector<StoredFile>& store) : socket(std::move(connected)), server(store) {}

  // Requests are a few bytes: a blocking write of them never waits.
  void answer(const base::Bytes& bytes, bool open) {
    std::error_code ignored;
    if (!bytes.empty()) asio::write(socket, asio::buffer(bytes), ignored);
    if (!open) socket.close(ignored);
  }

  asio::ip::tcp::socket socket;
  MiniServer server;
  std::array<std::uint8_t, 8192> buffer;
};

TcpServer::TcpServer() {
  accept();
  tick();
  thread_ = std::thread([this] { io_.run(); });
}

TcpServer::~TcpServer() {
  stop();
}

std::vector<StoredFile> TcpServer::stop() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
  return store_;
}

Time TcpServer::now() const {
  return std::chrono::duration_cast<Time>(std::chrono::steady_clock::now().time_since_epoch());
}

void TcpServer::accept() {
  acceptor_.async_accept([this](std::error_code error, asio::ip::tcp::socket socket) {
    if (error) return;
    const auto peer = std::make_shared<Peer>(std::move(socket), store_);
    peers_.push_back(peer);
    read(peer);
    accept();
  });
}

void TcpServer::read(const std::shared_ptr<Peer>& peer) {
  peer->socket.async_read_some(asio::buffer(peer->buffer), [this, peer](std::error_code error, std::size_t count) {
    if (error) return;
    base::Bytes answer;
    const bool open = peer->server.received(base::ByteView(peer->buffer).first(count), now(), answer);
    peer->answer(answer, open);
    if (open) read(peer);
  });
}

void TcpServer::tick() {
  timer_.expires_after(std::chrono::milliseconds(100));
  timer_.async_wait([this](std::error_code) {
    std::erase_if(peers_, [](const auto& peer) { return peer.expired(); });
    for (const auto& weak : peers_)
      if (const auto peer = weak.lock()) {
        base::Bytes answer;
        const bool open = peer->server.timer(now(), answer);
        peer->answer(answer, open);
      }
    tick();
  });
}

}  // namespace sim
