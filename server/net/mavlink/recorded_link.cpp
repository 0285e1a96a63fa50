#include "server/net/mavlink/recorded_link.hpp"

#include <map>
#include <utility>

#include "server/net/recorded.hpp"

namespace net::mavlink {

namespace {
class RecordedLink final : public Link {
 public:
  RecordedLink(std::unique_ptr<Link> link, std::shared_ptr<recorder::Channel> channel)
      : link_(std::move(link)), channel_(std::move(channel)) {}

  void start(Received received, Changed changed) override {
    link_->start(
        [this, received = std::move(received)](const Chunk& chunk) {
          channel_->received(peers_of(std::string(chunk.address)), chunk.bytes);
          received(chunk);
        },
        [this, changed = std::move(changed)](const PeerChange& change) {
          if (change.here)
            addresses_.insert_or_assign(change.peer, std::string(change.address));
          else
            addresses_.erase(change.peer);
          changed(change);
        });
  }

  base::Result<> send(std::uint32_t peer, base::ByteView bytes) override {
    auto sent = link_->send(peer, bytes);
    const auto known = addresses_.find(peer);
    if (known != addresses_.end())
      channel_->sent(peers_of(known->second), bytes, sent ? std::string() : "not sent: " + sent.error().message);
    return sent;
  }
  std::vector<PeerState> peers() const override { return link_->peers(); }
  LinkFigures figures() const override { return link_->figures(); }
  std::uint16_t port() const override { return link_->port(); }
  std::optional<base::Error> trouble() const override { return link_->trouble(); }

 private:
  // This side has the port alone: its address may be any of this host's.
  pcapng::Peers peers_of(const std::string& address) const {
    return {.device = recorded_endpoint(address), .server = {.port = link_->port()}};
  }

  std::unique_ptr<Link> link_;
  std::shared_ptr<recorder::Channel> channel_;
  std::map<std::uint32_t, std::string> addresses_;  // of the neighbours that are there
};
}  // namespace

std::unique_ptr<Link> record_link(std::unique_ptr<Link> link, std::shared_ptr<recorder::Channel> channel) {
  return std::make_unique<RecordedLink>(std::move(link), std::move(channel));
}

}  // namespace net::mavlink
