// The driver of one session in memory, as the session's header asks for it; it watches what must always hold:
// files without gaps or bytes written twice, no acknowledgement before stored(), no CLOSE that a device could take for
// one because it may have sent the whole file, one Close as the last action, a deadline in every state, and that a
// session never starves.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/dualcam/session.hpp"

namespace dualcam::test {

using Lines = std::vector<std::string>;

struct Terms {
  SessionOptions options;
  ClassOrder order = photos_first;
  base::IntakeState taken = base::IntakeState::everything;
};

class Driver {
 public:
  explicit Driver(const Terms& terms = {});

  void begin();
  void feed(base::ByteView bytes);
  void pass_deadline();
  void leave(std::string_view how);
  void admit() { admit(terms_.order); }
  void admit(const ClassOrder& order);
  void refuse(std::string_view reason);
  void take(base::IntakeState taken) { session_.take(taken); }
  // Holds the first `kept` bytes of `bytes`, and asks for those from `overlap_offset` on again.
  void open(base::Bytes kept, std::size_t overlap_offset, bool complete);
  void stored();
  void not_whole();
  void storage_failed();
  void shut_down(bool polite);

  // Lets every deadline pass until the session is closed, and checks that it is soon and for good.
  void run_out();

  // Actions since the last call, as text; notes are not among them.
  Lines take_lines() { return std::exchange(lines_, {}); }

  const Session& session() const { return session_; }
  const base::Bytes& file() const { return file_; }
  const Lines& notes() const { return notes_; }
  const std::string& close_reason() const { return close_reason_; }
  bool noted(std::string_view part) const;

 private:
  void pump();
  void carry_out();
  void see(const Send& action);
  void see(const Deadline& action);
  void see(const Identify& action);
  void see(const Decline& action);
  void see(const Open& action);
  void see(const Write& action);
  void see(const StartOver& action);
  void see(const Finish& action);
  void see(const Abandon& action);
  void see(const Note& action);
  void see(const Close& action);

  Terms terms_;
  Session session_{terms_.options};
  Actions actions_;
  base::Bytes carry_;
  base::Bytes kept_;
  base::Bytes file_;
  Lines lines_;
  Lines notes_;
  std::string close_reason_;
  bool open_ = false;
  bool deadline_armed_ = false;
  bool asked_for_ = false;  // RESUME went out for the open file
  bool whole_and_not_stored_ = false;
  bool may_be_all_sent_ = false;  // the file was given up close to its end, and nothing was said to the device since
  bool may_acknowledge_ = false;
  bool closed_ = false;
};

}  // namespace dualcam::test
