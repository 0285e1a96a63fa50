// Where devices have been, how they are, what has happened to them, and which node holds the link of each tracker.
// Every call blocks: not for I/O threads. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/ids.hpp"
#include "server/base/imei.hpp"
#include "server/base/result.hpp"

namespace storage {

// Records of one tracker as they came, one behind the other, without the frame around them. Together they span no
// longer than `longest_track_span`, unless it is a single record: so that those of a time are found by an index.
constexpr std::chrono::milliseconds longest_track_span = std::chrono::hours{1};
struct TrackRecords {
  base::Imei imei;
  base::UtcTime first_at;  // the earliest and the latest time in them, by the tracker's clock
  base::UtcTime last_at;
  std::uint8_t codec = 0x8e;
  std::uint32_t count = 0;
  std::string bytes;
};

struct Place {
  double latitude = 0;
  double longitude = 0;
  std::int32_t altitude_m = 0;
  std::uint32_t angle_deg = 0;
  std::uint32_t satellites = 0;
  std::uint32_t speed_kmh = 0;
  bool operator==(const Place&) const = default;
};

// Something that has a value for a while: since when, as far as is known.
struct Lasting {
  std::uint32_t value = 0;
  base::UtcTime since;
  bool operator==(const Lasting&) const = default;
};

// How a device is, by the latest of its records.
struct DeviceState {
  base::Imei imei;
  base::UtcTime recorded_at;  // of the latest record, by the tracker's clock
  base::UtcTime received_at;
  std::optional<Place> place;  // the last one with a fix
  std::optional<base::UtcTime> place_at;
  std::optional<Lasting> ignition;      // 0 off, 1 on
  std::optional<Lasting> front_camera;  // numbers of avl::CameraState
  std::optional<Lasting> rear_camera;
  bool operator==(const DeviceState&) const = default;
};

enum class DeviceEventKind : std::uint8_t { sos, front_camera, rear_camera };
std::string_view to_string(DeviceEventKind kind) noexcept;
std::optional<DeviceEventKind> parse_device_event_kind(std::string_view text) noexcept;

struct DeviceEvent {
  base::Uuid id;
  base::Imei imei;
  DeviceEventKind kind = DeviceEventKind::sos;
  base::UtcTime at;  // by the tracker's clock
  base::UtcTime received_at;
  std::uint32_t value = 0;
  std::string name;  // of the value: "crash", "no_card"
  std::optional<Place> place;
};

struct DeviceEventQuery {
  std::optional<base::Imei> imei;
  std::optional<DeviceEventKind> kind;
  std::optional<base::UtcTime> from;  // of `at`; inclusive
  std::optional<base::UtcTime> to;    // exclusive
  std::uint32_t limit = 50;           // 1..500
  std::string cursor;
};
struct DeviceEventPage {
  std::vector<DeviceEvent> items;  // latest first: by `at`, then id, both descending
  std::string next_cursor;
};

// A tracker's live link.
struct TrackerLink {
  base::Imei imei;
  std::string node;
  std::string session;  // our name for the connection
  std::string peer;     // address:port
  base::UtcTime since;
};

class TrackingCatalog {
 public:
  virtual ~TrackingCatalog() = default;

  // ---- What arrives. One durable transaction: after success all of it survives kill -9 and power failure. Records
  // that are there already, since an answer to the tracker was lost, are there once. A state replaces an older one (by
  // recorded_at; of the same moment: one that came before), never a newer one; a Lasting whose value is the one that is
  // kept keeps the time it is kept with. What a state does not say keeps what was said before. At most one state for
  // each device in a call; a device that never came before gets its row with it, on its own.
  virtual base::Result<> append_records(std::span<const TrackRecords> records, std::span<const DeviceState> states) = 0;
  // With its outbox event, "device.event", and the device's row where it never came before. False: one with the same
  // device, kind, time and value is there.
  virtual base::Result<bool> add_device_event(const DeviceEvent& event) = 0;

  // ---- What is known
  virtual base::Result<std::optional<DeviceState>> find_device_state(const base::Imei& imei) = 0;
  virtual base::Result<std::vector<DeviceState>> device_states() = 0;  // by IMEI
  // Those that have a part in [from, to], by last_at; at most `limit` of them, the earliest.
  virtual base::Result<std::vector<TrackRecords>> track_records(const base::Imei& imei, base::UtcTime from,
                                                                base::UtcTime to, std::uint32_t limit) = 0;
  virtual base::Result<DeviceEventPage> list_device_events(const DeviceEventQuery& query) = 0;
  virtual base::Result<std::optional<DeviceEvent>> find_device_event(const base::Uuid& id) = 0;

  // ---- Rules: every event is looked at once, also after a crash between looking and acting, which has to be
  // idempotent. In the order in which they came, those that are not handled yet; at most `limit`.
  virtual base::Result<std::vector<DeviceEvent>> unhandled_events(std::uint32_t limit) = 0;
  virtual base::Result<> mark_handled(const base::Uuid& event_id) = 0;

  // ---- Retention. In small transactions: at most `limit` rows whose end is before `before`; how many those were.
  // Device events go with the records of their time.
  virtual base::Result<std::uint64_t> forget_records(base::UtcTime before, std::uint32_t limit) = 0;

  // ---- Links. The newest one of a tracker takes the place of any other; with the device's row where it never came.
  // One that is older than the one that stands, by more than clocks differ, has come late and changes nothing.
  virtual base::Result<> open_link(const TrackerLink& link) = 0;
  // Nothing happens where another link has taken its place.
  virtual base::Result<> close_link(const base::Imei& imei, std::string_view session) = 0;
  virtual base::Result<> close_links_of(std::string_view node) = 0;  // that is over
  virtual base::Result<std::optional<TrackerLink>> find_link(const base::Imei& imei) = 0;
  virtual base::Result<std::vector<TrackerLink>> links_of(std::string_view node) = 0;
};

}  // namespace storage
