#include "tests/unit/avl/driver.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace avl::test {

using base::Bytes;
using base::ByteView;

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

void Driver::leave() {
  session_.on_end("the tracker closed the connection", actions_);
  carry_out();
}

void Driver::admit() {
  session_.admit(actions_);
  carry_out();
  pump();
}

void Driver::refuse() {
  session_.refuse("the tracker is not on the list", actions_);
  carry_out();
}

void Driver::stored() {
  may_answer_ = true;
  session_.stored(actions_);
  carry_out();
  may_answer_ = false;
  pump();
}

void Driver::storage_failed() {
  session_.storage_failed("the disk is full", actions_);
  carry_out();
}

bool Driver::command(const Message& message) {
  const bool sent = session_.send_command(message, actions_);
  carry_out();
  return sent;
}

void Driver::shut_down() {
  session_.shut_down("the server stops", actions_);
  carry_out();
}

void Driver::run_out() {
  constexpr int enough = 3;
  for (int n = 0; n < enough && !closed_; ++n) {
    ASSERT_TRUE(deadline_armed_);
    pass_deadline();
  }
  EXPECT_TRUE(closed_);
  take_lines();
  feed(Bytes(20));
  pass_deadline();
  leave();
  admit();
  refuse();
  stored();
  storage_failed();
  EXPECT_FALSE(command({.text = "getinfo"}));
  shut_down();
  EXPECT_EQ(take_lines(), Lines{}) << "actions behind the last one";
}

void Driver::carry_out() {
  for (const Action& action : actions_) {
    EXPECT_FALSE(closed_) << "an action behind Close";
    std::visit([this](const auto& each) { see(each); }, action);
  }
  actions_.clear();
}

void Driver::see(const Send& action) {
  if (action.bytes.size() == 4 && to_store_ > 0) {
    EXPECT_TRUE(may_answer_) << "answered without stored()";
    EXPECT_EQ(base::load_be<std::uint32_t>(action.bytes.data()), to_store_);
    to_store_ = 0;
  }
  lines_.push_back("send " + base::to_hex(action.bytes));
}

void Driver::see(const Deadline& action) {
  EXPECT_GT(action.after.count(), 0);
  deadline_armed_ = true;
  lines_.push_back(fmt::format("wait {}s", action.after.count() / 1000));
}

void Driver::see(const Identify& action) {
  EXPECT_TRUE(session_.waits_for_driver());
  lines_.push_back("identify " + action.imei.str());
}

void Driver::see(const Store& action) {
  EXPECT_TRUE(session_.waits_for_driver());
  EXPECT_EQ(to_store_, 0u) << "the records before were not answered";
  to_store_ = action.records->all().size();
  EXPECT_GT(to_store_, 0u);
  std::size_t elements = 0, bytes = 0;
  for (const Record& record : action.records->all()) {
    for (const Element& element : action.records->elements(record)) {
      ++elements;
      bytes += element.bytes.size();
      checksum_ = crc16_ibm(element.bytes, checksum_);  // reads each: a sanitizer looks on
    }
  }
  lines_.push_back(
      fmt::format("store {} of {}: {} elements, {} bytes", to_store_, to_string(action.codec), elements, bytes));
}

void Driver::see(const Reply& action) {
  lines_.push_back(fmt::format("{} {:02x} \"{}\"", to_string(action.message.codec),
                               static_cast<unsigned>(action.message.type),
                               base::printable(base::as_bytes(action.message.text))));
}

void Driver::see(const Note& action) {
  EXPECT_FALSE(action.text.empty());
  notes_.push_back(action.text);
}

void Driver::see(const Close& action) {
  EXPECT_FALSE(action.reason.empty());
  closed_ = true;
  close_reason_ = action.reason;
  lines_.push_back("close: " + action.reason);
}

// ---- Scripts.

Step begins() {
  return {{}, &Driver::begin, {"wait 30s"}};
}
Step tracker(Bytes bytes, Lines actions) {
  return {std::move(bytes), {}, std::move(actions)};
}
Step happens(std::function<void(Driver&)> call, Lines actions) {
  return {{}, std::move(call), std::move(actions)};
}
Script operator+(Script front, const Script& back) {
  front.insert(front.end(), back.begin(), back.end());
  return front;
}
Script logged_in() {
  return {
      begins(),
      tracker(base::from_hex("000f333536333037303432343431303133").value(), {"wait 60s", "identify 356307042441013"}),
      happens(&Driver::admit, {"send 01", "wait 900s"})};
}

namespace {
using Feed = std::function<void(Driver&, ByteView)>;

void expect_lines(Lines got, const Lines& expected, std::size_t step) {
  if (!expected.empty() && !got.empty() && expected.back() == "close" && got.back().starts_with("close: "))
    got.back() = "close";
  EXPECT_EQ(got, expected) << "step " << step;
}

std::unique_ptr<Driver> run(const Script& script, std::size_t steps, const Feed& feed) {
  auto driver = std::make_unique<Driver>();
  for (std::size_t n = 0; n < steps; ++n) {
    if (script[n].call)
      script[n].call(*driver);
    else
      feed(*driver, script[n].bytes);
    expect_lines(driver->take_lines(), script[n].actions, n);
  }
  return driver;
}

void feed_whole(Driver& driver, ByteView bytes) {
  driver.feed(bytes);
}
void feed_single(Driver& driver, ByteView bytes) {
  for (const std::uint8_t& byte : bytes) driver.feed({&byte, 1});
}

void end_at_every_step(const Script& script) {
  for (std::size_t steps = 1; steps <= script.size(); ++steps)
    for (const auto end :
         {&Driver::leave, &Driver::pass_deadline, &Driver::shut_down, &Driver::storage_failed, &Driver::refuse}) {
      const auto driver = run(script, steps, feed_whole);
      (driver.get()->*end)();
      driver->run_out();
    }
}

// Cut in two at every byte; and broken off there.
void cut_at_every_byte(const Script& script) {
  for (std::size_t n = 0; n < script.size(); ++n)
    for (std::size_t at = 1; at < script[n].bytes.size(); ++at) {
      run(script, script.size(), [&](Driver& driver, ByteView bytes) {
        const bool here = bytes.data() == script[n].bytes.data();
        driver.feed(bytes.first(here ? at : 0));
        driver.feed(bytes.subspan(here ? at : 0));
      });
      const auto broken = run(script, n, feed_whole);
      broken->feed(ByteView(script[n].bytes).first(at));
      broken->leave();
      broken->run_out();
    }
}
}  // namespace

std::unique_ptr<Driver> play(const Script& script) {
  auto driver = run(script, script.size(), feed_whole);
  run(script, script.size(), feed_whole)->run_out();
  run(script, script.size(), feed_single)->run_out();
  end_at_every_step(script);
  cut_at_every_byte(script);
  return driver;
}

}  // namespace avl::test
