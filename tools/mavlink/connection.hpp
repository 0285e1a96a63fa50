// A link with what is needed to speak MAVLink over it: frames found and made, sequence numbers, signatures, and where
// everybody was last heard. Belongs to the thread of its io_context.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "server/net/mavlink/link.hpp"
#include "server/relay/mavlink/wire/frame.hpp"
#include "server/relay/mavlink/wire/signing.hpp"

namespace mavlink::tool {

// Everything in these is valid during the call.
struct Heard {
  const Frame& frame;
  Peer peer;
  std::string_view address;                 // of the peer
  std::optional<SignatureFault> signature;  // nothing: without a key there is nothing to check with
  bool trusted() const noexcept { return signature.value_or(SignatureFault::none) == SignatureFault::none; }
};
struct Refused {
  FrameFault fault;
  base::ByteView bytes;
  std::string_view address;
};

struct Listener {
  std::function<void(const Heard&)> heard;
  std::function<void(const Refused&)> refused;
  std::function<void(const net::mavlink::PeerChange&)> changed;
};

class Connection {
 public:
  static base::Result<std::unique_ptr<Connection>> open(asio::io_context& context,
                                                        const net::mavlink::LinkOptions& options,
                                                        const std::optional<SigningKey>& key);

  // Once. The listener may send, and may not destroy the connection.
  void start(Listener listener);
  // To where the target was heard; to everybody if it was not, or there is none. What cannot be sent is lost, as on any
  // link: trouble() says why there is nobody.
  void send(const Outgoing& outgoing);

  std::string where() const;                                                      // "UDP 127.0.0.1:14550"
  const std::map<Address, Peer>& heard_from() const noexcept { return routes_; }  // with a good signature
  std::uint64_t untrusted() const noexcept { return untrusted_; }                 // frames without
  bool lacks_key() const noexcept { return lacks_key_; }                          // others sign, and there is none here
  std::optional<base::Error> trouble() const { return link_->trouble(); }

 private:
  Connection(net::mavlink::LinkOptions options, std::unique_ptr<net::mavlink::Link> link,
             const std::optional<SigningKey>& key);
  void take(const net::mavlink::Chunk& chunk);
  void take(const Frame& frame, const net::mavlink::Chunk& chunk);
  void change(const net::mavlink::PeerChange& change);

  net::mavlink::LinkOptions options_;
  std::unique_ptr<net::mavlink::Link> link_;
  std::optional<Signer> signer_;
  Listener listener_;
  // Shared: a peer may go while its own bytes are read, as somebody who hears them answers.
  std::map<std::uint32_t, std::shared_ptr<FrameReader>> readers_;
  std::map<Address, Peer> routes_;
  std::map<Address, std::uint8_t> sequences_;
  std::uint64_t untrusted_ = 0;
  bool lacks_key_ = false;
};

}  // namespace mavlink::tool
