// The state of a walk through a session; internal to tools/explain (session.cpp, walker_frames.cpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/dualcam/metadata.hpp"
#include "server/dualcam/wire.hpp"
#include "tools/explain/fields.hpp"
#include "tools/explain/report.hpp"

namespace explain {

class Walker {
 public:
  Walker(Report& report, From from) : report_(report), bytes_(report.bytes), from_(from) {}
  void walk();

 private:
  // session.cpp: what is where.
  std::size_t left() const noexcept { return bytes_.size() - at_; }
  std::uint16_t u16(std::size_t at) const { return base::load_be<std::uint16_t>(bytes_.data() + at); }
  bool plausible_init(std::size_t at) const;
  bool plausible_frame(std::size_t at) const;
  From sender_of(std::uint16_t command) const;
  void take_zero();  // INIT or CLOSE
  void take_frame();
  void take_incomplete(std::uint16_t command, std::size_t size);
  void skip_lost();
  std::optional<std::size_t> find_repetition(std::size_t end) const;
  Item& add(std::size_t size, From from, std::string title);

  // walker_frames.cpp: one function for each body.
  void explain_init();
  void explain_body(dualcam::Command command, std::size_t length);
  void explain_start(Item& item, FieldReader& reader);
  void explain_sync(Item& item, FieldReader& reader);
  void explain_resume(Item& item, FieldReader& reader);
  void explain_meta(Item& item, FieldReader& reader);
  void explain_path(Item& item, FieldReader& reader);
  void explain_request(Item& item, FieldReader& reader);
  void explain_data(Item& item, FieldReader& reader, bool enhanced);
  void check_crc(Item& item, std::uint16_t got, base::ByteView data, bool enhanced);
  void take_truncated(std::size_t repetition);
  void take_stray_byte(std::size_t length);
  std::string position_in_words(std::uint64_t position) const;
  bool in_packets() const noexcept { return !path_ && !(protocol_ >= dualcam::first_enhanced_protocol); }

  Report& report_;
  base::ByteView bytes_;
  From from_;
  std::size_t at_ = 0;

  std::uint16_t protocol_ = 0;  // of the last INIT, 0 when there was none
  bool path_ = false;           // the file is asked for by a path
  std::string path_text_;
  std::optional<std::uint16_t> crc_;  // of everything since the last SYNC; nothing before the first one
  std::uint64_t offset_ = 0;          // bytes of the file before the next DATA
  std::uint64_t size_ = 0;            // START's number
  unsigned frames_ = 0, data_frames_ = 0, bad_crcs_ = 0, truncated_ = 0;
  std::uint64_t file_bytes_ = 0, lost_bytes_ = 0;
};

}  // namespace explain
