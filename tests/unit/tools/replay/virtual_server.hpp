// The server's core with a spool in memory, and devices against it on a link in memory, in virtual time; what goes over
// the link becomes a capture. Minutes of transfer take milliseconds.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/dualcam/session.hpp"
#include "tools/capture/capture.hpp"
#include "tools/replay/virtual_spool.hpp"
#include "tools/sim/camera.hpp"
#include "tools/sim/plan.hpp"

namespace replay::test {

using sim::Step;
using sim::Time;

class VirtualServer {
 public:
  VirtualServer(VirtualSpool& spool, const dualcam::ClassOrder& order) : spool_(spool), order_(order) {}

  void start(Time now);
  void received(base::ByteView bytes, Time now);
  void time_out(Time now);
  void device_closed(Time now);
  const std::optional<Time>& deadline() const noexcept { return deadline_; }
  bool closed() const noexcept { return closed_; }
  base::Bytes take_output() { return std::exchange(out_, {}); }

 private:
  void carry_out(Time now);
  void perform(const dualcam::Action& action, Time now);

  VirtualSpool& spool_;
  dualcam::ClassOrder order_;
  dualcam::SessionOptions options_;
  dualcam::Session session_{options_};
  dualcam::Actions actions_;
  VirtualSpool::File* file_ = nullptr;
  base::Bytes pending_, out_;
  std::optional<Time> deadline_;
  bool closed_ = false;
};

// What has gone over the link so far. The conversations begin in the year 2027.
class Tape {
 public:
  captures::Capture capture;
  void connected(Time now);
  void said(captures::Side side, base::ByteView bytes, Time now);
  void ended(captures::Side side, bool reset, Time now);
  void identify();  // the conversations' IMEIs, by their INIT

 private:
  void add(Time now, captures::Event::Kind kind, captures::Side side);
};

// Of a device: sim::Camera, or a device of the replay. True when it was done in time. `tape` may be null.
template <class Peer>
bool play(Peer& peer, VirtualSpool& spool, Tape* tape, const dualcam::ClassOrder& order = dualcam::photos_first) {
  std::optional<VirtualServer> server;
  const auto exchange = [&](Time now) {
    if (!server) return;
    if (const base::Bytes said = server->take_output(); !said.empty()) {
      if (tape) tape->said(captures::Side::server, said, now);
      peer.received(said, now);
    }
    if (!server->closed()) return;
    if (tape) tape->ended(captures::Side::server, false, now);
    server.reset();
    peer.closed(now);
  };
  constexpr Time limit{24L * 3600 * 1'000'000};
  for (Time now{0}; now < limit;) {
    base::Bytes out;
    const Step step = peer.poll(now, out);
    if (!out.empty() && server) {
      if (tape) tape->said(captures::Side::device, out, now);
      server->received(out, now);
      exchange(now);
      if (!server) continue;
    }
    switch (step.kind) {
      case Step::Kind::send: break;
      case Step::Kind::done: return true;
      case Step::Kind::connect:
        server.emplace(spool, order);
        if (tape) tape->connected(now);
        server->start(now);
        peer.connected(now);
        break;
      case Step::Kind::close:
        if (!server) break;
        if (tape) tape->ended(captures::Side::device, step.reset, now);
        server->device_closed(now);
        server.reset();
        break;
      case Step::Kind::wait: {
        if (!out.empty()) break;
        const Time next = std::min(step.until, server && server->deadline() ? *server->deadline() : sim::forever);
        if (next == sim::forever) return false;
        now = std::max(next, now);
        if (server && server->deadline() && *server->deadline() <= now) server->time_out(now);
        exchange(now);
        break;
      }
    }
  }
  return false;
}

// A simulated camera's whole life against a server: the capture of it, and what the server has then.
struct Recorded {
  bool done = false;
  captures::Capture capture;
  VirtualSpool spool;
};
struct Recipe {
  sim::Dialect dialect = sim::Dialect::identifiers;
  sim::FaultOptions faults;
  std::uint64_t seed = 1;
  unsigned photos = 3;
  unsigned videos = 0;
  dualcam::ClassOrder order = dualcam::photos_first;
};
std::unique_ptr<Recorded> record(const Recipe& recipe);

// The bytes of every stored file, sorted.
std::vector<base::Bytes> stored_in(const VirtualSpool& spool);
std::vector<std::size_t> all_of(const captures::Capture& capture);

}  // namespace replay::test
