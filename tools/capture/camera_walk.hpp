// One connection of a camera, walked through: what the device sent, frame by frame, with what the server had said
// before each of them. Written apart from dualcam::Session, whose decisions are not what a capture is to be read by.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "server/dualcam/framer.hpp"
#include "tools/capture/file_table.hpp"
#include "tools/capture/server_commands.hpp"

namespace captures {

class CameraWalk {
 public:
  // Borrows all of it. The conversation has an IMEI.
  CameraWalk(const Conversation& conversation, std::size_t index, FileTable& files);
  void run();

 private:
  // Device bytes without a gap in them, as offsets.
  struct Run {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  std::vector<Run> runs() const;
  void walk(Run run);
  // Each returns how many bytes were used; 0: no frame is here that can be believed.
  std::size_t in_step(base::ByteView in);
  std::size_t out_of_step(base::ByteView in);
  std::size_t take_control(const dualcam::FrameView& frame);
  std::size_t take_data(base::ByteView in, const dualcam::FrameView& frame);
  std::size_t take_enhanced(const dualcam::FrameView& frame);
  std::size_t recover(base::ByteView in, std::size_t range) const;
  bool believable_sync(base::ByteView in, const dualcam::FrameView& frame) const;
  bool is_own_init(base::ByteView in) const;

  void on_init(base::ByteView init);
  void on_start(base::ByteView body);
  void on_sync(std::uint32_t position);
  void begin_file(const dualcam::Start& start, bool has_start);
  void store(std::uint64_t offset, base::ByteView bytes);

  // The server's commands up to the event that completed the device's byte before `end`.
  void hear_server(std::size_t end);
  void hear(const ServerCommand& command);
  void forget_request();
  Time time_of(std::size_t end);
  std::optional<std::uint64_t> offset_of(std::uint32_t position) const;
  bool in_packets() const noexcept { return requested_ != dualcam::FileClass::path && !enhanced(); }
  bool enhanced() const noexcept { return protocol_ >= dualcam::first_enhanced_protocol; }
  dualcam::WantedData wanted() const;
  std::size_t offset_in_stream(base::ByteView in) const noexcept;

  const Conversation* conversation_;
  std::size_t index_;
  FileTable* files_;
  std::vector<std::pair<std::size_t, std::size_t>> ends_;  // of the device's byte events: offset, event
  std::size_t at_event_ = 0;                               // in ends_
  std::vector<ServerCommand> commands_;
  std::size_t next_command_ = 0;
  std::optional<dualcam::Command> asked_;  // the server's last command, but for acknowledgements and the like
  std::uint16_t protocol_ = 0;
  Time now_{};

  std::optional<dualcam::FileClass> requested_;
  base::Bytes path_;
  std::optional<base::Bytes> metadata_;
  std::optional<FileTable::Index> file_;
  bool synced_ = false;
  std::optional<std::uint64_t> at_;  // of the next DATA; nothing: SYNC said a place that is not in the file
  std::uint16_t crc_ = 0;
  std::size_t tries_ = 0;  // frames whose CRC was looked at while out of step, in vain
};

}  // namespace captures
