// The ground station role of this program: finds the cameras of others, asks what they are, tells them what to do and
// follows what they take. Sans-IO: messages and times come in, Actions come out; one thread; holds no resources.
//
// The driver calls hear() with every message from the network (not with those of our own components), wake() at
// next_wake() or earlier, and after each call carries out what is in `actions`. Heartbeats of ours come out of wake().
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "server/base/now.hpp"
#include "server/base/result.hpp"
#include "server/relay/mavlink/station/actions.hpp"
#include "server/relay/mavlink/station/autopilots.hpp"
#include "server/relay/mavlink/station/command_queue.hpp"
#include "server/relay/mavlink/station/orders.hpp"
#include "server/relay/mavlink/station/settings.hpp"
#include "server/relay/mavlink/station/watched.hpp"

namespace mavlink::station {

class Station {
 public:
  // Values outside their bounds are moved to the nearest one within.
  explicit Station(const Settings& settings);

  void hear(const Received& received, base::Now now, Actions& actions);
  void wake(base::Now now, Actions& actions);
  std::optional<base::SteadyTime> next_wake() const;

  // Its end comes in Actions::ended, once, with this id; perhaps in these actions already. Errors: `not_found`, such a
  // camera is not known; `unavailable`, it is lost; `exhausted`, too many commands wait for it; `invalid`, a value
  // makes no sense.
  base::Result<CommandId> tell(const Key& key, const Order& order, base::Now now, Actions& actions);
  // With COMMAND_CANCEL if the camera is at it. Error: `not_found`, it has ended or never was.
  base::Result<> cancel(CommandId id, base::Now now, Actions& actions);

  std::vector<Camera> cameras() const;  // by key
  std::optional<Camera> camera(const Key& key) const;

 private:
  struct Told {
    Order order;
    std::uint32_t sequence = 0;
    base::SteadyTime since;
    bool fell_back = false;  // to DO_DIGICAM_CONTROL
  };
  // How a message reaches those it is about.
  struct Context {
    Address from;
    base::Now now;
    Actions& actions;
  };

  // station.cpp
  Watched* find(const Key& key);
  Watched& meet(const Key& key, const Context& context, std::string_view how);
  void make_room(const Context& context);
  void forget(const Watched& camera, const Context& context);
  void look_for_lost(base::Now now, Actions& actions);
  void act(base::Now now, Actions& actions);
  void ask(base::SteadyTime now);
  void ask_about(Watched& camera, base::SteadyTime now);
  bool enqueue(Purpose purpose, const Key& key, const CommandLong& command, int resends);
  void ended(const EndedJob& job, base::Now now, Actions& actions);

  // station_hear.cpp
  void hear(const Heartbeat& heartbeat, const Context& context);
  void hear(const CommandAck& ack, const Context& context);
  void hear(const CameraInformation& message, const Context& context);
  void hear(const CameraSettings& message, const Context& context);
  void hear(const StorageInformation& message, const Context& context);
  void hear(const CameraCaptureStatus& message, const Context& context);
  void hear(const CameraImageCaptured& message, const Context& context);
  void hear(const VideoStreamInformation& message, const Context& context);
  void hear(const VideoStreamStatus& message, const Context& context);
  void hear(const SystemTime& message, const Context& context);
  template <class M>
  void hear(const M&, const Context&) {}  // not ours
  void sign_of_life(Watched& camera, bool heartbeat, const Context& context);
  void identify_anew(Watched& camera, base::SteadyTime now);
  bool in_order(Watched& camera, std::size_t source, std::uint32_t boot_ms, const Context& context);
  void heard(Watched& camera, Topic topic, std::uint8_t index, std::uint8_t count, const Context& context);
  std::vector<Watched*> at(Address address);
  Watched* of(Address from, std::uint8_t device);
  bool is_ours(Address address) const;
  void note_twin(const Context& context);
  void note_stranger(const CommandAck& ack, const Context& context);

  // station_orders.cpp
  void order_ended(const EndedJob& job, base::Now now, Actions& actions);
  bool try_digicam(const EndedJob& job, Told& told);
  static void follow_up(Watched& camera, const Order& order, const Timing& timing, base::SteadyTime now);
  int resends(const Order& order) const;

  Settings settings_;
  std::map<Key, Watched> cameras_;
  Autopilots autopilots_;
  CommandQueue queue_;
  std::map<CommandId, Told> told_;
  std::vector<EndedJob> ended_;  // not yet dealt with
  CommandId last_id_ = 0;
  std::uint32_t next_sequence_;  // of cameras to be met: above those of cameras that were forgotten
  std::optional<base::SteadyTime> heartbeat_due_, twin_noted_, stranger_noted_;
};

}  // namespace mavlink::station
