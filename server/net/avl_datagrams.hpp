// One UDP socket for trackers: each datagram with records is answered by one, once they are durable. Whose records they
// are is what the datagram says; where it comes from proves nothing. Belongs to the thread of its io_context.
#pragma once

#include <asio/ip/udp.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "server/avl/datagram.hpp"
#include "server/base/result.hpp"
#include "server/net/avl_connection.hpp"
#include "server/net/turned_away.hpp"

namespace net {

class AvlDatagrams : public std::enable_shared_from_this<AvlDatagrams> {
 public:
  // Binds at once, receives from start() on. Errors name the address.
  static base::Result<std::shared_ptr<AvlDatagrams>> open(AvlCore& core, AvlShared& shared, TurnedAway& turned_away,
                                                          const std::string& host, std::uint16_t port);
  AvlDatagrams(AvlCore& core, AvlShared& shared, TurnedAway& turned_away);

  std::uint16_t port() const;
  void start();
  void stop_receiving();  // what is under way is still answered
  void close();
  std::size_t under_way() const noexcept { return under_way_; }

 private:
  using Endpoint = asio::ip::udp::endpoint;
  void wait();
  void receive_some();
  void received(base::ByteView bytes, const Endpoint& from);
  void submit(const avl::Datagram& datagram, avl::Codec codec, const Endpoint& from);
  struct Asked {
    base::Imei imei;
    Endpoint from;
    base::SteadyTime came;
  };
  void stored(const base::Result<>& outcome, const base::Bytes& answer, const Asked& asked);
  void bad(const Endpoint& from, const std::string& why);
  // Null where nothing is recorded of the device.
  recorder::Channel* recording(const base::Imei& imei) const;
  pcapng::Peers recorded_peers(const Endpoint& tracker) const;

  AvlCore& core_;
  AvlShared& shared_;
  TurnedAway& turned_away_;
  asio::ip::udp::socket socket_;
  avl::Records records_;
  std::shared_ptr<recorder::Channel> channel_;  // null: nothing is recorded
  std::size_t under_way_ = 0;
  bool receiving_ = false;
};

}  // namespace net
