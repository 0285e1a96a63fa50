#include "tests/unit/tools/avl_tcp_server.hpp"

#include <array>
#include <asio/write.hpp>
#include <utility>

namespace sim {

struct AvlTcpServer::Peer {
  Peer(asio::ip::tcp::socket connected, const avl::SessionOptions& options)
      : socket(std::move(connected)), session(options) {}

  asio::ip::tcp::socket socket;
  avl::Session session;
  avl::Actions actions;
  std::array<std::uint8_t, 8192> buffer;
  base::Bytes inbox;
  bool open = true;
};

AvlTcpServer::AvlTcpServer(std::string command) : command_(std::move(command)) {
  accept();
  thread_ = std::thread([this] { io_.run(); });
}

AvlTcpServer::~AvlTcpServer() {
  stop();
}

std::map<std::uint64_t, SeenTracker> AvlTcpServer::stop() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
  return seen_;
}

void AvlTcpServer::accept() {
  acceptor_.async_accept([this](std::error_code error, asio::ip::tcp::socket socket) {
    if (error) return;
    const auto peer = std::make_shared<Peer>(std::move(socket), options_);
    peer->session.start(peer->actions);
    read(peer);
    accept();
  });
}

void AvlTcpServer::read(const std::shared_ptr<Peer>& peer) {
  peer->socket.async_read_some(asio::buffer(peer->buffer), [this, peer](std::error_code error, std::size_t count) {
    if (error) return;
    peer->inbox.insert(peer->inbox.end(), peer->buffer.begin(),
                       peer->buffer.begin() + static_cast<std::ptrdiff_t>(count));
    while (peer->open) {
      const std::size_t used = peer->session.step(peer->inbox, peer->actions);
      carry_out(*peer);
      peer->inbox.erase(peer->inbox.begin(), peer->inbox.begin() + static_cast<std::ptrdiff_t>(used));
      if (used == 0) break;
    }
    if (peer->open) read(peer);
  });
}

void AvlTcpServer::carry_out(Peer& peer) {
  while (!peer.actions.empty() && peer.open) {
    for (const avl::Action& action : std::exchange(peer.actions, {})) {
      std::error_code ignored;
      if (const auto* send = std::get_if<avl::Send>(&action))
        asio::write(peer.socket, asio::buffer(send->bytes), ignored);
      if (const auto* identify = std::get_if<avl::Identify>(&action)) {
        ++seen_[identify->imei.number()].links;
        peer.session.admit(peer.actions);
      }
      if (const auto* store = std::get_if<avl::Store>(&action)) {
        SeenTracker& seen = seen_[peer.session.imei()->number()];
        seen.records += store->records->all().size();
        peer.session.stored(peer.actions);
        if (!std::exchange(seen.commanded, true)) peer.session.send_command({.text = command_}, peer.actions);
      }
      if (const auto* reply = std::get_if<avl::Reply>(&action))
        seen_[peer.session.imei()->number()].said += reply->message.text;
      if (std::holds_alternative<avl::Close>(action)) {
        peer.open = false;
        peer.socket.close(ignored);
        return;
      }
    }
  }
}

}  // namespace sim
