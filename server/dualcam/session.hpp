// One camera connection, sans-IO: bytes, time-outs and the driver's answers in, actions out.
// No socket, clock, file or allocation per frame in here; whatever a peer sends, a session answers with actions.
//
// The driver
//   · calls step() with what it has read, again and again, until it consumes nothing; carries out the actions in order
//     before it reuses the buffer (Write and Note may borrow from it);
//   · keeps one deadline: Deadline replaces it, on_deadline() tells that it has passed;
//   · answers Identify with admit() or refuse(), Open with opened() or storage_failed(), Finish with stored(),
//     not_whole() or storage_failed(). step() consumes nothing until then.
// A Session belongs to one thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/imei.hpp"
#include "server/base/intake_state.hpp"
#include "server/base/media.hpp"
#include "server/dualcam/framer.hpp"
#include "server/dualcam/metadata.hpp"
#include "server/dualcam/wire.hpp"

namespace dualcam {

using Duration = std::chrono::milliseconds;
using ClassOrder = std::array<FileClass, all_file_classes.size()>;

// Photos first: they are small and tell most; the path class last, its photos cannot be told from its videos.
constexpr ClassOrder photos_first = all_file_classes;

// Waits seen on devices: INIT→META 0.4–4.6 s, META→START and START→SYNC 0.4 s, 0009→INIT 0.5 s.
struct SessionOptions {
  Duration init_deadline = std::chrono::seconds{60};
  Duration reply_deadline = std::chrono::seconds{15};  // PATH, META, START
  Duration sync_deadline = std::chrono::seconds{10};   // for the first RESUME of a file, repeated at resume_interval
  // Between two DATA frames that bring something.
  Duration data_deadline = std::chrono::seconds{45};
  // Stalls of several seconds are ordinary. A device that is silent for longer may have lost its last packets and wait
  // for the acknowledgement: it is told with a RESUME what is still wanted, within the data deadline and without
  // refusing what goes on. Not below the data deadline: never.
  Duration nudge_after = std::chrono::seconds{15};
  Duration after_ack_deadline = std::chrono::seconds{20};
  Duration linger = std::chrono::seconds{5};           // for the device to close after CLOSE
  Duration store_deadline = std::chrono::seconds{60};  // for the driver's answer to Open and Finish
  Duration resume_interval = std::chrono::seconds{2};
  Duration resume_interval_slow = std::chrono::seconds{4};
  std::uint64_t max_file_bytes = 256ULL << 20;  // a 30 s clip at 1080p is about 15 MiB
};
constexpr int fast_resumes = 10;  // RESUMEs at resume_interval, then as many at the slow one, then the end
constexpr int max_resumes = 20;
constexpr int max_failures_on_packet = 10;
// Going back (an earlier SYNC, or the same again) without getting further. Every RESUME of a resynchronisation may be
// answered, late and all at once, so it is more than those.
constexpr int max_rewinds = max_resumes + max_failures_on_packet;
constexpr int max_start_repeats = 10;
// What a device may have sent beyond the last byte seen of it, still on its way or lost. Four packets were on their way
// in a real session; this is more than three seconds of the fastest link and the longest photo.
constexpr std::uint64_t max_on_the_way = 64ULL << 10;
constexpr int max_fetches = 3;             // of one file that comes complete and not whole
constexpr int max_unexpected_frames = 64;  // in one session; what a device may have in flight, and no endless chatter

enum class SizeUnit : std::uint8_t { packets, bytes };

// A file as the device announced it.
struct FileOffer {
  FileClass file_class = FileClass::path;
  std::string name;  // "%photof", or the path without its NUL
  SizeUnit unit = SizeUnit::packets;
  std::uint32_t declared_size = 0;
  std::uint16_t declared_crc = 0;
  base::Camera camera = base::Camera::unknown;
  base::MediaKind kind = base::MediaKind::other;
  Metadata metadata;  // empty where the device sent none; it may say another class or kind: those above count
  base::Bytes raw_metadata;

  std::uint64_t max_bytes() const noexcept {
    return unit == SizeUnit::packets ? std::uint64_t{declared_size} * packet_size : declared_size;
  }
};

// What the driver has of an offered file.
struct KeptFile {
  std::uint64_t size = 0;            // bytes; 0 starts from the beginning
  std::uint64_t overlap_offset = 0;  // multiple of 1024, below size
  base::ByteView overlap;            // [overlap_offset, size): borrowed until the file ends
  bool complete = false;             // the whole file is here; only its end is asked for, as proof
};

struct FileCounters {
  std::uint32_t packets = 0;  // with a good CRC, repeats included
  std::uint32_t resumes = 0;  // RESUMEs beyond the first of the file
  std::uint32_t bad_crcs = 0;
  std::uint32_t salvaged = 0;  // retransmissions found inside a truncated frame
  std::uint64_t received = 0;  // file bytes with a good CRC, repeats included
};

enum class Severity : std::uint8_t { debug, info, warning };

struct Send {
  Frame frame;
};
struct Deadline {
  Duration after;
};
struct Identify {
  Init init;
  base::Imei imei;
};  // → admit() / refuse()
struct Decline {};  // of offer(): the device keeps it, as nothing of it was asked for
struct Open {};     // of offer() → opened() / storage_failed()
struct Write {
  std::uint64_t offset;
  base::ByteView bytes;
};  // always at the end of what was written before
struct StartOver {
  std::string_view reason;
};  // what is kept cannot be trusted: begin with an empty file
struct Finish {
  std::uint64_t size;
};  // every byte is here → stored() / not_whole() / …
struct Abandon {
  std::string reason;
};  // the file ends here for now; keep what there is of it
struct Note {
  Severity severity;
  std::string text;
};
struct Close {
  std::string reason;
};  // close the connection; the last action of a session

using Action = std::variant<Send, Deadline, Identify, Decline, Open, Write, StartOver, Finish, Abandon, Note, Close>;

// A reusable list: cleared by the driver, filled by the session; grows only in the first steps of a process.
using Actions = std::vector<Action>;

enum class State : std::uint8_t {
  awaiting_init,
  awaiting_admission,
  awaiting_path,
  awaiting_meta,
  awaiting_start,
  opening,
  awaiting_sync,
  receiving,
  resyncing,  // a RESUME is on its way; everything is dropped until a SYNC, or the device gives up or begins again
  finishing,
  closing,  // CLOSE is sent or the device gave up: waiting for its end of the connection
  closed,
};
std::string_view to_string(State state) noexcept;

class Session {
 public:
  // `options` is borrowed and outlives the session.
  explicit Session(const SessionOptions& options) : options_(&options) {}

  void start(Actions& out);
  // Consumes at most one unit from the front of `in`; returns how many bytes. 0: nothing to do without more bytes
  // (or without the driver's answer). Needs never more than max_session_input bytes at once.
  std::size_t step(base::ByteView in, Actions& out);
  // A driver that leaves bytes of the device unread while receiving does not call it: the silence is its own.
  void on_deadline(Actions& out);
  void on_end(std::string_view how, Actions& out);  // the peer closed or the connection broke; leads to Close

  void admit(const ClassOrder& order, Actions& out);
  void refuse(std::string_view reason, Actions& out);
  // What is taken of the device from the next file on; a file under way is not touched. Everything, unless told.
  void take(base::IntakeState taken) noexcept { taken_ = taken; }
  void opened(const KeptFile& kept, Actions& out);
  void stored(Actions& out);
  void not_whole(std::string_view defect, Actions& out);  // the file is to be fetched again, from the beginning
  void storage_failed(std::string_view reason, Actions& out);
  // The driver ends the session: drain, superseded, too slow. `polite` sends CLOSE and lingers, where CLOSE cannot be
  // taken for an acknowledgement; not for a driver that has left bytes of the device unread.
  void shut_down(std::string_view reason, bool polite, Actions& out);

  State state() const noexcept { return state_; }
  bool has_file() const noexcept { return state_ >= State::opening && state_ <= State::finishing; }
  bool waits_for_driver() const noexcept;
  const std::optional<base::Imei>& imei() const noexcept { return imei_; }
  const Init& init() const noexcept { return init_; }
  const FileOffer& offer() const noexcept { return offer_; }
  const FileCounters& counters() const noexcept { return counters_; }
  std::uint64_t have() const noexcept { return have_; }  // bytes of the file we hold
  std::optional<std::uint32_t> last_status() const noexcept { return last_status_; }
  // Also behind Close: with last_status() what the device could not give, better asked for last the next time.
  std::optional<FileClass> current_class() const noexcept { return current_; }

 private:
  // One handler per state for step().
  std::size_t step_init(base::ByteView in, Actions& out);
  std::size_t step_dialogue(base::ByteView in, Actions& out);
  std::size_t step_receiving(base::ByteView in, Actions& out);
  std::size_t step_resyncing(base::ByteView in, Actions& out);
  std::size_t step_restarted(base::ByteView in, Actions& out);
  std::size_t stray_metadata_byte(base::ByteView in, Actions& out);

  void on_init(const Init& init, Actions& out);
  void on_frame(const FrameView& frame, Actions& out);
  void on_path(base::ByteView path, Actions& out);
  void on_meta(base::ByteView meta, Actions& out);
  void compare_with_offer(const Metadata& metadata, Actions& out) const;
  void on_start(const FrameView& frame, Actions& out);
  void on_sync(std::uint32_t position, Actions& out);
  void on_status(std::uint32_t status, Actions& out);
  bool accept_data(const FrameView& frame, Actions& out);  // false: bad, to be recovered from
  void on_data(const DataView& data, Actions& out);
  bool contradicts_kept(const DataView& data, bool last) const noexcept;
  bool contradicts_doubted(const DataView& data) noexcept;
  void doubt_last() noexcept;
  void on_unexpected(const FrameView& frame, Actions& out);

  void next_class(Actions& out);
  void ask_meta(Actions& out);
  void ask_file(Actions& out);
  bool declines(Actions& out);
  std::size_t recover(base::ByteView in, std::size_t bad_size, Actions& out);
  std::size_t drop(std::size_t count) noexcept;
  std::optional<std::uint64_t> place_of_sync(std::uint32_t position) noexcept;
  void resync(std::string_view why, Actions& out);
  void send_resume(Actions& out);
  void repeat_resume(Actions& out);
  void await_data(Actions& out);
  void on_no_sync(Actions& out);
  void on_no_data(Actions& out);
  void on_no_answer_to_resume(Actions& out);
  void restart_file(std::string_view reason, Actions& out);
  void complete(Actions& out);
  void wait_for(State state, Duration deadline, Actions& out);
  bool may_have_sent_all() const noexcept;
  void close_politely(std::string reason, Actions& out);
  void close_now(std::string reason, Actions& out);
  void abandon(std::string_view reason, Actions& out);
  void note(Severity severity, std::string text, Actions& out) const;

  std::uint32_t to_position(std::uint64_t offset) const noexcept;
  std::optional<std::uint64_t> to_offset(std::uint32_t position) const noexcept;
  bool overlap_proven() const noexcept { return proven_ >= kept_.size; }
  std::uint64_t wanted_offset() const noexcept {
    if (doubt_) return doubt_->offset;
    return overlap_proven() ? have_ : kept_.overlap_offset;
  }
  WantedData wanted_data(Command command, std::uint64_t at) const noexcept;
  std::uint64_t sync_limit() const noexcept {
    if (doubt_) return doubt_->offset;
    return overlap_proven() ? have_ : proven_;
  }
  bool is_data_command(Command command) const noexcept;
  base::ByteView request_name() const noexcept;
  void begin_file(const KeptFile& kept) noexcept;
  bool goes_back_too_often(Actions& out);

  const SessionOptions* options_;
  State state_ = State::awaiting_init;
  Init init_;
  std::optional<base::Imei> imei_;
  ClassOrder order_ = photos_first;
  base::IntakeState taken_ = base::IntakeState::everything;
  std::uint32_t tried_ = 0;  // settings bits already asked for since the last INIT
  bool declined_ = false;    // a file, since the last INIT
  std::optional<FileClass> current_;
  base::Bytes path_;  // as received, NUL included
  bool shortened_path_ = false;
  FileOffer offer_;
  FileCounters counters_;
  KeptFile kept_;
  std::uint64_t proven_ = 0;  // end of the part of the overlap that matched
  std::uint64_t have_ = 0;
  std::uint64_t at_ = 0;  // where the next DATA belongs
  // How far the device is at least, as far as its bytes came here, dropped ones included. Only a good DATA proves that
  // it has gone back.
  std::uint64_t device_at_ = 0;
  std::uint16_t crc_ = 0;  // of everything since the last SYNC
  // One DATA, to be told from another.
  struct Print {
    std::uint64_t offset;
    std::uint64_t end;
    std::uint64_t hash;
  };
  std::optional<Print> last_;   // the last good DATA since the last SYNC
  std::optional<Print> doubt_;  // of which it must come again as it was: see doubt_last()
  int failures_ = 0;            // on one packet
  int resumes_ = 0;             // since the last SYNC
  Duration waited_{};           // for the first SYNC of a file
  int rewinds_ = 0;             // without getting further
  int start_repeats_ = 0;
  int fetches_ = 1;              // of this file in this session
  int unexpected_ = 0;           // frames that did not fit the state
  bool nudged_ = false;          // a RESUME went out into the silence
  bool salvaging_ = false;       // waiting for the rest of a retransmission
  bool out_of_step_ = false;     // what is recovered from begins like no frame
  bool stray_possible_ = false;  // META had 13 bytes and nothing came since: see stray_metadata_byte()
  bool acknowledged_one_ = false;
  std::optional<std::uint32_t> last_status_;
  std::string close_reason_;
};

}  // namespace dualcam
