// Files that somebody has asked cameras for. A request is what a person wished; its parts are the commands that bring
// it, each of which a device can carry out: at most 30 s of video. A part goes its way on its own:
//
//   queued → sent → accepted → connecting → transferring → stored
//                 ↘ refused                              ↘ expired, failed, cancelled
//
// Final states are stored, refused, expired, failed, cancelled. A file that comes late makes an expired or failed part
// stored all the same: what is said is what is true. Nothing on the wire ties a file to a command: which file belongs
// to which part is inferred from device, camera, kind, trigger and time, in the transaction that stores the file, and
// no file ever belongs to two parts. A file that is deleted stays named, and its part stays stored. Every change of a
// part is an outbox event, "capture.changed", in the same transaction. Every call blocks: not for I/O threads.
// Thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/ids.hpp"
#include "server/base/imei.hpp"
#include "server/base/media.hpp"
#include "server/base/result.hpp"

namespace storage {

// Of one part: what one command can ask for.
constexpr std::uint32_t longest_part_s = 30;

enum class CaptureState : std::uint8_t {
  queued,        // for the tracker to be reachable, or for its turn
  sent,          // to the tracker (or handed out to the webhook): no answer yet
  accepted,      // by the device
  connecting,    // the camera is here, the file not yet
  transferring,  // percent
  stored,
  refused,    // by the device: `reason` has its words
  expired,    // the deadline passed
  failed,     // `reason` says what
  cancelled,  // by whoever asked
};
bool is_final(CaptureState state) noexcept;
inline constexpr std::array final_states{CaptureState::stored, CaptureState::refused, CaptureState::expired,
                                         CaptureState::failed, CaptureState::cancelled};
std::string_view to_string(CaptureState state) noexcept;
std::optional<CaptureState> parse_capture_state(std::string_view text) noexcept;

// The way a command takes to the device.
enum class CaptureChannel : std::uint8_t { avl, webhook, sms };
std::string_view to_string(CaptureChannel channel) noexcept;
std::optional<CaptureChannel> parse_capture_channel(std::string_view text) noexcept;

struct CaptureFile {
  base::Camera camera = base::Camera::unknown;
  base::Uuid media_id;  // nil: not yet
  bool operator==(const CaptureFile&) const = default;
};

struct CapturePart {
  base::Uuid id;
  base::Uuid request_id;
  std::uint32_t number = 0;  // within the request, from 0
  base::Imei imei;
  base::MediaKind kind = base::MediaKind::photo;
  std::vector<CaptureFile> files;     // one for each camera that is asked, at least one
  std::optional<base::UtcTime> from;  // a video's begin
  std::uint32_t duration_s = 0;       // a video's
  std::string command;                // its text
  CaptureState state = CaptureState::queued;
  std::uint32_t attempts = 0;               // sent so often
  std::uint32_t percent = 0;                // of transferring
  std::string reply;                        // the device's last words
  std::string reason;                       // a sentence, for every state that is not plain success; else empty
  std::string node;                         // that sent it last
  std::optional<base::UtcTime> sent_at;     // the last time
  std::optional<base::UtcTime> replied_at;  // to that
  // When what is waited for is given up: queued: not to be sent before; sent: the answer; accepted and later: the file,
  // or progress of it.
  std::optional<base::UtcTime> due_at;
  base::UtcTime updated_at;
};

struct CaptureRequest {
  base::Uuid id;
  base::Imei imei;
  base::MediaKind kind = base::MediaKind::photo;
  std::optional<base::UtcTime> from;
  std::uint32_t duration_s = 0;  // of all parts
  CaptureChannel channel = CaptureChannel::avl;
  std::string origin;                  // who asked: "api", "rule sos"
  std::optional<base::Uuid> event_id;  // the device event it is about
  base::UtcTime created_at;
  base::UtcTime deadline;  // what is not stored by then is expired
  // Of all parts together: the one that is furthest behind, while any is not final; else stored when all are, else that
  // of the first one that is not.
  CaptureState state = CaptureState::queued;
  std::string reason;
  base::UtcTime updated_at;
  std::vector<CapturePart> parts;  // by number
};

struct CaptureQuery {
  std::optional<base::Imei> imei;
  std::optional<CaptureState> state;
  std::uint32_t limit = 50;  // 1..500
  std::string cursor;
};
struct CapturePage {
  std::vector<CaptureRequest> items;  // newest first: by id, descending
  std::string next_cursor;
};

struct AddedCapture {
  CaptureRequest request;
  bool existed = false;
};

// One whose files have all come now.
struct AnsweredRequest {
  CaptureChannel channel = CaptureChannel::avl;
  base::MediaKind kind = base::MediaKind::photo;
  base::UtcTime created_at;
  base::UtcTime stored_at;
};

// A file that a camera offers, as far as is known before it has come.
struct OfferedFile {
  base::Imei imei;
  base::Camera camera = base::Camera::unknown;
  base::MediaKind kind = base::MediaKind::other;
  std::string trigger;  // as Media has it: "server_request", or empty where the camera does not say
  std::optional<base::UtcTime> captured_at;
  std::optional<std::uint32_t> duration_s;
  base::UtcTime seen_at;  // by our clock
};

struct CaptureCount {
  CaptureState state = CaptureState::queued;
  std::uint64_t parts = 0;
  std::optional<base::UtcTime> oldest;  // of their requests
};

// How long is waited for what, and how often it is tried: of the server's settings.
struct CapturePatience {
  std::chrono::milliseconds reply = std::chrono::seconds{60};
  std::chrono::milliseconds file = std::chrono::minutes{10};  // from the answer to the file, and between its progress
  std::chrono::milliseconds rest = std::chrono::seconds{30};  // before it is sent again
  std::uint32_t attempts = 3;
};

class CaptureCatalog {
 public:
  virtual ~CaptureCatalog() = default;

  // ---- For people
  // With all its parts and the device's row where it never came. A request with this id is left as it is and answered;
  // so is one for the same videos (device, cameras, begin, length) that is not final, or stored with its files still
  // there: the same clip is not asked for twice.
  virtual base::Result<AddedCapture> add_capture(const CaptureRequest& request) = 0;
  virtual base::Result<std::optional<CaptureRequest>> find_capture(const base::Uuid& id) = 0;
  virtual base::Result<CapturePage> list_captures(const CaptureQuery& query) = 0;
  // Every part that is not final. Nothing: there is no such request. The device cannot be told: a file that comes all
  // the same is stored, as any other, and belongs to the request, which stays cancelled.
  virtual base::Result<std::optional<CaptureRequest>> cancel_capture(const base::Uuid& id, base::UtcTime now) = 0;
  virtual base::Result<std::vector<CaptureCount>> count_captures() = 0;  // without those that are final

  // ---- For those who send. Takes at most `limit` parts that are queued and due, of requests of the channel avl to
  // trackers whose link `node` has, at most one for each device, none for a device that has a part in `sent`, and no
  // photo of a camera that another photo part still waits for, since the two could not be told apart. They are `sent`,
  // with an attempt more, when this returns: after a crash nothing is sent twice in haste.
  virtual base::Result<std::vector<CapturePart>> take_captures(std::string_view node, std::uint32_t limit,
                                                               const CapturePatience& patience, base::UtcTime now) = 0;
  // The same of another channel, on any node; with the whole request's id and device a gateway knows what it is about.
  virtual base::Result<std::vector<CapturePart>> take_captures(CaptureChannel channel, std::string_view node,
                                                               std::uint32_t limit, const CapturePatience& patience,
                                                               base::UtcTime now) = 0;
  // It could not be sent after all: queued again, the attempt does not count. Not before `rest` has passed.
  virtual base::Result<bool> give_back_capture(const base::Uuid& part_id, std::string_view reason,
                                               std::chrono::milliseconds rest, base::UtcTime now) = 0;
  // The device's answer. Each changes a part in `sent` only, or one that was queued again because the answer came late;
  // false: it is in another state.
  virtual base::Result<bool> capture_accepted(const base::Uuid& part_id, std::string_view reply,
                                              const CapturePatience& patience, base::UtcTime now) = 0;
  virtual base::Result<bool> capture_refused(const base::Uuid& part_id, std::string_view reply, base::UtcTime now) = 0;
  // Parts of the device an answer that came by `channel` may belong to: sent ones first, then those queued again; the
  // latest sent first.
  virtual base::Result<std::vector<CapturePart>> awaiting_reply(const base::Imei& imei, CaptureChannel channel) = 0;

  // ---- For the cameras' side. A camera of this device has connected: what is accepted is connecting.
  virtual base::Result<> camera_connected(const base::Imei& imei, const CapturePatience& patience,
                                          base::UtcTime now) = 0;
  // A file begins: the part it belongs to, if any, is transferring; its id, also where it was given up already.
  virtual base::Result<std::optional<base::Uuid>> capture_begins(const OfferedFile& file,
                                                                 const CapturePatience& patience,
                                                                 base::UtcTime now) = 0;
  virtual base::Result<> capture_progress(const base::Uuid& part_id, std::uint32_t percent,
                                          const CapturePatience& patience, base::UtcTime now) = 0;
  // It broke off: accepted again, until the camera comes back.
  virtual base::Result<> capture_interrupted(const base::Uuid& part_id, std::string_view reason,
                                             const CapturePatience& patience, base::UtcTime now) = 0;
  // (The end is commit_media()'s: it gives the file the request's id and the part the file.)

  // ---- Time. Whatever is overdue goes on: a command without an answer, or without a file, is queued again after a
  // rest, or failed when it was the last attempt; what is past its request's deadline is expired. In small
  // transactions; how many parts changed. Any node, any number of times.
  virtual base::Result<std::uint32_t> settle_captures(const CapturePatience& patience, base::UtcTime now,
                                                      std::uint32_t limit) = 0;

  // ---- Retention. Requests that were made and came to their end before `before`, the oldest ones first of each state,
  // with all their parts; never one that is not final. At most `limit`, in one transaction for each device among them;
  // how many. Their files stay, and still name them.
  virtual base::Result<std::uint32_t> forget_captures(base::UtcTime before, std::uint32_t limit) = 0;

  // ---- Device profiles: which commands its cameras take.
  virtual base::Result<> set_capture_profile(const base::Imei& imei, std::string_view profile) = 0;
  virtual base::Result<std::string> capture_profile(const base::Imei& imei) = 0;  // empty: the default
};

}  // namespace storage
