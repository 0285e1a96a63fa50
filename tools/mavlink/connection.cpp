#include "tools/mavlink/connection.hpp"

#include <utility>

#include "server/relay/mavlink/wire/framing.hpp"
#include "tools/mavlink/words.hpp"

namespace mavlink::tool {

namespace {
constexpr std::uint8_t signing_link = 190;  // of our signatures: any but those that other programs begin with

Address target_of(const Message& message, const FrameBytes& bytes) {
  const base::ByteView view = bytes.view();
  return mavlink::target_of(Frame{.message_id = info_of(message).id,
                                  .payload = view.subspan(framing::header_2, view[framing::length_at]),
                                  .checked = true});
}
}  // namespace

base::Result<std::unique_ptr<Connection>> Connection::open(asio::io_context& context,
                                                           const net::mavlink::LinkOptions& options,
                                                           const std::optional<SigningKey>& key) {
  auto link = net::mavlink::Link::open(context, options);
  if (!link) return std::unexpected(link.error());
  return std::unique_ptr<Connection>(new Connection(options, std::move(*link), key));
}

Connection::Connection(net::mavlink::LinkOptions options, std::unique_ptr<net::mavlink::Link> link,
                       const std::optional<SigningKey>& key)
    : options_(std::move(options)), link_(std::move(link)) {
  // Nothing is kept between two runs: timestamps are of the clock, which is ahead of what a run can use up.
  if (key) signer_.emplace(*key, signing_link, 0);
}

void Connection::start(Listener listener) {
  listener_ = std::move(listener);
  link_->start([this](const net::mavlink::Chunk& chunk) { take(chunk); },
               [this](const net::mavlink::PeerChange& changed) { change(changed); });
}

void Connection::take(const net::mavlink::Chunk& chunk) {
  auto& kept = readers_[chunk.peer];
  if (!kept) kept = std::make_shared<FrameReader>();
  const auto reader = kept;
  const auto found = [&](const Frame& frame) { take(frame, chunk); };
  const auto refused = [&](FrameFault fault, base::ByteView bytes) {
    listener_.refused({.fault = fault, .bytes = bytes, .address = chunk.address});
  };
  reader->feed(chunk.bytes, found, refused);
  if (chunk.datagram) reader->end(found, refused);
}

void Connection::take(const Frame& frame, const net::mavlink::Chunk& chunk) {
  const Peer peer{.link = 0, .number = chunk.peer};
  std::optional<SignatureFault> signature;
  if (signer_)
    signature = signer_->check(frame, base::utc_now());
  else if (frame.is_signed)
    lacks_key_ = true;
  const Heard heard{.frame = frame, .peer = peer, .address = chunk.address, .signature = signature};
  if (!heard.trusted())
    ++untrusted_;
  else if (frame.checked)
    routes_.insert_or_assign(frame.from, peer);
  listener_.heard(heard);
}

void Connection::change(const net::mavlink::PeerChange& change) {
  if (!change.here) {
    readers_.erase(change.peer);
    std::erase_if(routes_, [&](const auto& route) { return route.second.number == change.peer; });
  }
  listener_.changed(change);
}

void Connection::send(const Outgoing& outgoing) {
  FrameBytes bytes = encode(outgoing.message, outgoing.from, sequences_[outgoing.from]++);
  const auto route = routes_.find(target_of(outgoing.message, bytes));
  if (signer_) signer_->sign(bytes, base::utc_now());
  if (outgoing.to)
    std::ignore = link_->send(outgoing.to->number, bytes.view());
  else if (route != routes_.end())
    std::ignore = link_->send(route->second.number, bytes.view());
  else
    for (const auto& peer : link_->peers()) std::ignore = link_->send(peer.number, bytes.view());
}

std::string Connection::where() const {
  return in_words(options_, link_->port());
}

}  // namespace mavlink::tool
