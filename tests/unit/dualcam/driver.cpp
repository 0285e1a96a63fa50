#include "tests/unit/dualcam/driver.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "server/dualcam/wire.hpp"
#include "tests/unit/dualcam/device.hpp"

namespace dualcam::test {

using base::Bytes;
using base::ByteView;

// ---- Actions as text.

namespace {
std::string describe(ByteView sent) {
  if (sent.size() == 2) return base::load_be<std::uint16_t>(sent.data()) == 9 ? "INIT REPEAT" : base::to_hex(sent);
  if (sent.size() < header_size) return base::to_hex(sent);
  const auto command = static_cast<Command>(base::load_be<std::uint16_t>(sent.data()));
  const ByteView body = sent.subspan(header_size);
  std::string text(to_string(command));
  if (body.size() != base::load_be<std::uint16_t>(sent.data() + 2)) return text + " with a wrong length";
  if (command == Command::path_request || body.empty()) return text;
  if (command == Command::resume) return fmt::format("{} {}", text, base::load_be<std::uint32_t>(body.data()));
  return fmt::format("{} {}", text, base::printable(body));
}

bool is_close_frame(ByteView sent) {
  return sent.size() == 4 && base::load_be<std::uint32_t>(sent.data()) == 0;
}
}  // namespace

// ---- The driver.

Driver::Driver(const Terms& terms) : terms_(terms) {
  session_.take(terms_.taken);
}

void Driver::begin() {
  session_.start(actions_);
  carry_out();
}

void Driver::feed(ByteView bytes) {
  carry_.insert(carry_.end(), bytes.begin(), bytes.end());
  pump();
}

// The session gets memory that ends where its bytes end, so that a sanitizer sees a read behind them.
void Driver::pump() {
  const std::unique_ptr<std::uint8_t[]> memory(new std::uint8_t[carry_.size()]);
  std::ranges::copy(carry_, memory.get());
  ByteView left(memory.get(), carry_.size());
  while (true) {
    const bool waited = session_.waits_for_driver();
    const std::size_t used = session_.step(left, actions_);
    ASSERT_LE(used, left.size());
    EXPECT_FALSE(waited && used != 0) << "consumed bytes while it waits for the driver";
    carry_out();
    left = left.subspan(used);
    if (used == 0) break;
  }
  EXPECT_TRUE(session_.waits_for_driver() || left.size() < max_session_input) << "would never take another byte";
  carry_.assign(left.begin(), left.end());
}

void Driver::pass_deadline() {
  deadline_armed_ = false;
  session_.on_deadline(actions_);
  carry_out();
}

void Driver::leave(std::string_view how) {
  session_.on_end(how, actions_);
  carry_out();
}

void Driver::admit(const ClassOrder& order) {
  session_.admit(order, actions_);
  carry_out();
  pump();
}

void Driver::refuse(std::string_view reason) {
  session_.refuse(reason, actions_);
  carry_out();
}

void Driver::open(Bytes kept, std::size_t overlap_offset, bool complete) {
  if (session_.state() == State::opening) {
    kept_ = std::move(kept);
    file_ = kept_;
  }
  session_.opened({kept_.size(), overlap_offset, ByteView(kept_).subspan(overlap_offset), complete}, actions_);
  carry_out();
  pump();
}

void Driver::stored() {
  may_acknowledge_ = session_.state() == State::finishing;
  if (may_acknowledge_) open_ = whole_and_not_stored_ = false;
  session_.stored(actions_);
  carry_out();
  may_acknowledge_ = false;
  pump();
}

void Driver::not_whole() {
  if (session_.state() == State::finishing) file_.clear();
  session_.not_whole("the JPEG does not end with EOI", actions_);
  carry_out();
  pump();
}

void Driver::storage_failed() {
  session_.storage_failed("the disk is full", actions_);
  carry_out();
}

void Driver::shut_down(bool polite) {
  session_.shut_down("the server stops", polite, actions_);
  carry_out();
}

void Driver::run_out() {
  // The longest way out: a RESUME repeated to the end, then the lingering.
  constexpr int enough = max_resumes + 5;
  for (int i = 0; i < enough && !closed_; ++i) {
    ASSERT_TRUE(deadline_armed_) << "no deadline while " << to_string(session_.state());
    pass_deadline();
  }
  EXPECT_TRUE(closed_) << "still " << to_string(session_.state());
  take_lines();
  feed(init(photof));
  pass_deadline();
  leave("gone");
  admit();
  open({}, 0, false);
  stored();
  not_whole();
  storage_failed();
  refuse("again");
  shut_down(true);
  shut_down(false);
  EXPECT_EQ(take_lines(), Lines{}) << "actions behind the last one";
}

bool Driver::noted(std::string_view part) const {
  return std::ranges::any_of(notes_, [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

void Driver::carry_out() {
  for (const Action& action : actions_) {
    EXPECT_FALSE(closed_) << "an action behind Close";
    std::visit([this](const auto& each) { see(each); }, action);
  }
  actions_.clear();
  // The device sends again from an earlier place: it is no longer behind its last byte.
  if (session_.state() == State::receiving) whole_and_not_stored_ = false;
  EXPECT_EQ(closed_, session_.state() == State::closed);
}

void Driver::see(const Send& action) {
  const ByteView sent = action.frame.view();
  const std::string text = describe(sent);
  // Unless the device has said meanwhile that it has nothing of this kind any more.
  const bool at_stake = is_close_frame(sent) && session_.init().waiting(session_.offer().file_class);
  EXPECT_FALSE(at_stake && whole_and_not_stored_) << "CLOSE behind a whole file that is not stored";
  EXPECT_FALSE(at_stake && may_be_all_sent_) << "CLOSE where the device may have sent the whole file";
  if (text.starts_with("META REQ") || text.starts_with("PATH REQ")) whole_and_not_stored_ = false;  // it began again
  may_be_all_sent_ = false;
  asked_for_ = asked_for_ || text.starts_with("RESUME");
  EXPECT_TRUE(text != "INIT REPEAT" || may_acknowledge_) << "acknowledged without stored()";
  lines_.push_back("send " + text);
}

void Driver::see(const Deadline& action) {
  EXPECT_GT(action.after.count(), 0);
  deadline_armed_ = true;
  lines_.push_back(action.after.count() % 1000 == 0 ? fmt::format("wait {}s", action.after.count() / 1000)
                                                    : fmt::format("wait {}ms", action.after.count()));
}

void Driver::see(const Identify& action) {
  EXPECT_EQ(action.imei.number(), action.init.imei);
  lines_.emplace_back("identify");
}

void Driver::see(const Decline&) {
  EXPECT_FALSE(open_) << "something of it was asked for";
  lines_.emplace_back("decline");
}

void Driver::see(const Open&) {
  EXPECT_FALSE(open_) << "a file is open already";
  open_ = true;
  asked_for_ = false;
  file_.clear();
  lines_.emplace_back("open");
}

void Driver::see(const Write& action) {
  EXPECT_TRUE(open_);
  EXPECT_EQ(action.offset, file_.size()) << "a gap, or bytes written twice";
  EXPECT_FALSE(action.bytes.empty());
  EXPECT_LE(action.offset + action.bytes.size(), session_.offer().max_bytes());
  file_.insert(file_.end(), action.bytes.begin(), action.bytes.end());
  lines_.push_back(fmt::format("write {}+{}", action.offset, action.bytes.size()));
}

void Driver::see(const StartOver& action) {
  EXPECT_TRUE(open_);
  EXPECT_FALSE(action.reason.empty());
  file_.clear();
  lines_.emplace_back("start over");
}

void Driver::see(const Finish& action) {
  EXPECT_TRUE(open_);
  EXPECT_EQ(action.size, file_.size());
  EXPECT_LE(action.size, session_.offer().max_bytes());
  whole_and_not_stored_ = true;
  lines_.push_back(fmt::format("finish {}", action.size));
}

void Driver::see(const Abandon& action) {
  EXPECT_TRUE(open_) << "nothing is open";
  EXPECT_FALSE(action.reason.empty());
  open_ = false;
  may_be_all_sent_ = asked_for_ && session_.offer().max_bytes() - file_.size() <= max_on_the_way;
  lines_.emplace_back("abandon");
}

void Driver::see(const Note& action) {
  EXPECT_FALSE(action.text.empty());
  notes_.push_back(action.text);
}

void Driver::see(const Close& action) {
  EXPECT_FALSE(open_) << "the file was neither stored nor abandoned";
  EXPECT_FALSE(action.reason.empty());
  closed_ = true;
  close_reason_ = action.reason;
  lines_.push_back("close: " + action.reason);
}

}  // namespace dualcam::test
