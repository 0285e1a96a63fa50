// A camera that answers whatever a server asks from the files that a capture knows. SANS-IO.
#pragma once

#include <optional>
#include <vector>

#include "server/dualcam/wire.hpp"
#include "tools/capture/camera_files.hpp"

namespace replay {

class AdaptiveCamera {
 public:
  // `files`: borrowed, in the order in which they begin.
  AdaptiveCamera(std::vector<const captures::CameraFile*> files, std::uint64_t imei, std::uint16_t protocol,
                 std::uint32_t settings);

  // What of its files the device has at present: those whose number is in it, and that are neither acknowledged nor
  // given up.
  void offer(std::vector<std::size_t> files);
  bool has_files() const;

  void connected();  // begins with INIT
  // One frame of the server. `answer` false: the answer comes from elsewhere, only what it means is taken in.
  void take(base::ByteView frame, bool answer);
  // Appends what is to be sent, up to `most` bytes of DATA; false: there is nothing.
  bool send(base::Bytes& out, std::size_t most);
  bool wants_close() const noexcept { return closing_; }
  bool acknowledged(std::size_t file) const { return states_[file] == State::acknowledged; }
  bool given_up(std::size_t file) const { return states_[file] == State::given_up; }
  std::uint32_t acknowledgements() const noexcept { return acknowledgements_; }
  std::uint64_t answered() const noexcept { return answered_; }

 private:
  enum class State : std::uint8_t { waiting, acknowledged, given_up };
  std::optional<std::size_t> first_of(dualcam::FileClass file_class) const;
  std::optional<std::size_t> named(base::ByteView name) const;
  std::uint32_t waiting_bits() const;
  void say(base::ByteView bytes);
  void say_init();
  void give_up(std::uint32_t status);
  void on_meta_request(base::ByteView name);
  void on_path_request();
  void on_file_request(base::ByteView name);
  void on_resume(std::uint32_t position);
  void on_acknowledgement();
  void send_packet(base::Bytes& out);

  std::vector<const captures::CameraFile*> files_;
  std::vector<State> states_;
  std::vector<std::size_t> offered_;
  std::uint64_t imei_;
  std::uint16_t protocol_;
  std::uint32_t settings_;
  std::optional<std::size_t> current_;
  std::optional<std::uint64_t> position_;  // of the next DATA; nothing: none is due
  std::uint16_t crc_ = 0;
  base::Bytes out_;
  bool answering_ = true;
  bool closing_ = false;
  std::uint32_t acknowledgements_ = 0;
  std::uint64_t answered_ = 0;
};

}  // namespace replay
