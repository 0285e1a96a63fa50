// A link with one stream that is opened again and again: with a pause that grows while it fails, and is short again
// once something came in. Belongs to the thread of its io_context.
#pragma once

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <utility>

#include "server/net/mavlink/link.hpp"
#include "server/net/mavlink/plan.hpp"
#include "server/net/mavlink/stream_pump.hpp"

namespace net::mavlink {

base::Error lost(const LinkOptions& options, std::string_view where, PumpEnd how, int os_error);
base::Error not_connected(const LinkOptions& options, std::string_view where);
base::Error queue_full(const LinkOptions& options, std::string_view where);

template <class Stream>
class OnePeerLink : public Link {
 public:
  ~OnePeerLink() override {
    if (pump_) pump_->close();
  }

  void start(Received received, Changed changed) override {
    received_ = std::move(received);
    changed_ = std::move(changed);
    try_open();
  }
  base::Result<> send(std::uint32_t peer, base::ByteView bytes) override {
    if (!pump_ || peer != peer_) {
      ++figures_.not_sent;
      return std::unexpected(not_connected(plan_.options, where_));
    }
    if (!pump_->send(bytes)) {
      ++figures_.not_sent;
      return std::unexpected(queue_full(plan_.options, where_));
    }
    ++figures_.sent;
    figures_.sent_bytes += bytes.size();
    return {};
  }
  std::vector<PeerState> peers() const override {
    if (!pump_) return {};
    return {{.number = peer_, .address = where_, .heard = heard_}};
  }
  LinkFigures figures() const override { return figures_; }
  std::uint16_t port() const override { return 0; }
  std::optional<base::Error> trouble() const override { return trouble_; }

 protected:
  OnePeerLink(asio::io_context& context, Plan plan, std::string where, std::chrono::milliseconds idle)
      : plan_(std::move(plan)),
        context_(context),
        where_(std::move(where)),
        idle_(idle),
        pause_timer_(context),
        pause_(plan_.options.first_pause) {}

  // Ends, now or later, with opened() or failed().
  virtual void try_open() = 0;

  void opened(Stream stream) {
    trouble_.reset();
    heard_.reset();
    if (peer_++ > 0) ++figures_.reopened;
    pump_ = std::make_shared<StreamPump<Stream>>(
        context_, std::move(stream),
        PumpLimits{.most_queued = plan_.options.most_queued, .idle = idle_, .write = plan_.options.write_timeout},
        [this](base::ByteView bytes) { take(bytes); },
        [this](PumpEnd how, int os_error) {
          pump_.reset();
          changed_({.peer = peer_, .address = where_, .here = false});
          failed(lost(plan_.options, where_, how, os_error));
        });
    changed_({.peer = peer_, .address = where_, .here = true});
    pump_->start();
  }

  void failed(base::Error error) {
    trouble_ = std::move(error);
    pause_timer_.expires_after(pause_);
    pause_ = std::min(2 * pause_, plan_.options.longest_pause);
    pause_timer_.async_wait([this, alive = alive()](const std::error_code& cancelled) {
      if (!cancelled && !alive.expired()) try_open();
    });
  }

  std::weak_ptr<char> alive() const { return alive_; }

  const Plan plan_;
  asio::io_context& context_;
  const std::string where_;

 private:
  void take(base::ByteView bytes) {
    heard_ = base::steady_now();
    pause_ = plan_.options.first_pause;
    ++figures_.received;
    figures_.received_bytes += bytes.size();
    received_({.peer = peer_, .address = where_, .bytes = bytes});
  }

  const std::chrono::milliseconds idle_;
  asio::steady_timer pause_timer_;
  std::chrono::milliseconds pause_;
  std::shared_ptr<StreamPump<Stream>> pump_;
  Received received_;
  Changed changed_;
  LinkFigures figures_;
  std::uint32_t peer_ = 0;
  std::optional<base::SteadyTime> heard_;
  std::optional<base::Error> trouble_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

}  // namespace net::mavlink
