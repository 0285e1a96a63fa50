// The driver of one session in memory, as the session's header asks for it; it watches what must always hold: records
// are answered once and only behind stored(), one Close as the last action, a deadline in every state, and that a
// session never starves.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/avl/session.hpp"

namespace avl::test {

using Lines = std::vector<std::string>;

class Driver {
 public:
  void begin();
  void feed(base::ByteView bytes);
  void pass_deadline();
  void leave();
  void admit();
  void refuse();
  void stored();
  void storage_failed();
  bool command(const Message& message);
  void shut_down();

  // Lets deadlines pass until the session is closed, and checks that nothing wakes it again.
  void run_out();

  Lines take_lines() { return std::exchange(lines_, {}); }  // actions since the last call, as text, without notes
  const Session& session() const { return session_; }
  const Lines& notes() const { return notes_; }
  const std::string& close_reason() const { return close_reason_; }

 private:
  void pump();
  void carry_out();
  void see(const Send& action);
  void see(const Deadline& action);
  void see(const Identify& action);
  void see(const Store& action);
  void see(const Reply& action);
  void see(const Note& action);
  void see(const Close& action);

  SessionOptions options_;
  Session session_{options_};
  Actions actions_;
  base::Bytes carry_;
  Lines lines_;
  Lines notes_;
  std::string close_reason_;
  std::size_t to_store_ = 0;
  std::uint16_t checksum_ = 0;
  bool deadline_armed_ = false;
  bool may_answer_ = false;
  bool closed_ = false;
};

// ---- Conversations as tables.
struct Step {
  base::Bytes bytes;                  // of the tracker
  std::function<void(Driver&)> call;  // or this
  Lines actions;                      // "close" stands for any reason
};
using Script = std::vector<Step>;

Step begins();
Step tracker(base::Bytes bytes, Lines actions);
Step happens(std::function<void(Driver&)> call, Lines actions);
Script operator+(Script front, const Script& back);
// Up to a link that is open.
Script logged_in();

// As it stands; then fed byte by byte, with each read cut in two at every byte, and with every step followed by each
// way a link can end. Returns the driver of the first.
std::unique_ptr<Driver> play(const Script& script);

}  // namespace avl::test
