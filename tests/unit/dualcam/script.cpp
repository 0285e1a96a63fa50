#include "tests/unit/dualcam/script.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>

#include "tests/unit/dualcam/device.hpp"

namespace dualcam::test {

using base::Bytes;
using base::ByteView;

// ---- Steps.

namespace {
Stimulus call(std::function<void(Driver&)> function) {
  return {{}, std::move(function), false};
}
Stimulus answer(std::function<void(Driver&)> function) {
  return {{}, std::move(function), true};
}
}  // namespace

Stimulus begins() {
  return call(&Driver::begin);
}
Stimulus device(Bytes bytes) {
  return {std::move(bytes), {}, false};
}
Stimulus deadline_passes() {
  return call(&Driver::pass_deadline);
}
Stimulus device_leaves() {
  return call([](Driver& driver) { driver.leave("the device closed the connection"); });
}
Stimulus admitted() {
  return answer([](Driver& driver) { driver.admit(); });
}
Stimulus admitted(const ClassOrder& order) {
  return answer([order](Driver& driver) { driver.admit(order); });
}
Stimulus refused() {
  return answer([](Driver& driver) { driver.refuse("the device is not on the list"); });
}
Stimulus opened() {
  return opened({}, 0);
}
Stimulus opened(ByteView kept, std::size_t overlap_offset, bool complete) {
  return answer([bytes = Bytes(kept.begin(), kept.end()), overlap_offset, complete](Driver& driver) {
    driver.open(bytes, overlap_offset, complete);
  });
}
Stimulus stored() {
  return answer(&Driver::stored);
}
Stimulus stored(ByteView expected) {
  return answer([bytes = Bytes(expected.begin(), expected.end())](Driver& driver) {
    EXPECT_TRUE(driver.file() == bytes) << "the file differs from what the device has";
    driver.stored();
  });
}
Stimulus not_whole() {
  return answer(&Driver::not_whole);
}
Stimulus storage_fails() {
  return call(&Driver::storage_failed);
}
Stimulus shut_down(bool polite) {
  return call([polite](Driver& driver) { driver.shut_down(polite); });
}

Script operator+(Script front, const Script& back) {
  front.insert(front.end(), back.begin(), back.end());
  return front;
}

// ---- The ways to play.

namespace {
void perform(Driver& driver, const Stimulus& stimulus) {
  if (stimulus.call)
    stimulus.call(driver);
  else
    driver.feed(stimulus.bytes);
}

void expect_actions(const Lines& actual, const Lines& expected) {
  bool same = actual.size() == expected.size();
  for (std::size_t i = 0; same && i < actual.size(); ++i)
    same = actual[i] == expected[i] || actual[i].starts_with(expected[i] + ":");
  EXPECT_TRUE(same) << "  actions:  " << fmt::format("{}", fmt::join(actual, " | "))
                    << "\n  expected: " << fmt::format("{}", fmt::join(expected, " | "));
}

// What may depend on how reads are cut: the bytes that a reason quotes, and how often a deadline was replaced in one
// go, of which only the last one ever runs.
Lines cut_invariant(Lines lines) {
  for (std::string& line : lines)
    if (line.starts_with("close: unexpected bytes")) line.erase(std::min(line.find(": ", 7), line.size()));
  Lines kept;
  bool last_seen = false;
  for (std::size_t i = lines.size(); i-- > 0;) {
    const bool deadline = lines[i].starts_with("wait ");
    if (!deadline || !last_seen) kept.push_back(lines[i]);
    last_seen = last_seen || deadline;
  }
  std::ranges::reverse(kept);
  return kept;
}

// One line list per step.
using Recording = std::vector<Lines>;

Recording record(const Script& script, const Terms& terms, const std::function<void(Driver&, std::size_t)>& step) {
  Driver driver(terms);
  Recording recording;
  for (std::size_t i = 0; i < script.size(); ++i) {
    step(driver, i);
    recording.push_back(cut_invariant(driver.take_lines()));
  }
  return recording;
}

void play_bytewise(const Script& script, const Terms& terms, const Recording& whole) {
  SCOPED_TRACE("one byte at a time");
  const Recording bytewise = record(script, terms, [&](Driver& driver, std::size_t i) {
    const Stimulus& stimulus = script[i].stimulus;
    if (stimulus.call) return stimulus.call(driver);
    for (const std::uint8_t byte : stimulus.bytes) driver.feed({&byte, 1});
  });
  EXPECT_EQ(bytewise, whole);
}

void play_cut_at(const Script& script, const Terms& terms, const Recording& whole, std::size_t cut_step,
                 std::size_t cut) {
  SCOPED_TRACE(fmt::format("step {} cut behind byte {}", cut_step, cut));
  const Recording parts = record(script, terms, [&](Driver& driver, std::size_t i) {
    const Stimulus& stimulus = script[i].stimulus;
    if (i != cut_step) return perform(driver, stimulus);
    driver.feed(ByteView(stimulus.bytes).first(cut));
    driver.feed(ByteView(stimulus.bytes).subspan(cut));
  });
  EXPECT_EQ(parts, whole);
}

bool is_said_or_answered(const Stimulus& stimulus) {
  return !stimulus.call || stimulus.is_answer;
}

// Everything the device says up to the next passing of time comes in one read; answers follow when they are due.
void play_joined(const Script& script, const Terms& terms, const Recording& whole) {
  SCOPED_TRACE("as few reads as possible");
  Driver driver(terms);
  for (std::size_t begin = 0; begin < script.size();) {
    std::size_t end = begin + 1;
    if (is_said_or_answered(script[begin].stimulus))
      while (end < script.size() && is_said_or_answered(script[end].stimulus)) ++end;
    Bytes bytes;
    Lines expected;
    for (std::size_t i = begin; i < end; ++i) {
      bytes = join({bytes, script[i].stimulus.bytes});
      expected.insert(expected.end(), whole[i].begin(), whole[i].end());
    }
    driver.feed(bytes);
    for (; begin < end; ++begin)
      if (script[begin].stimulus.call) script[begin].stimulus.call(driver);
    EXPECT_EQ(cut_invariant(driver.take_lines()), cut_invariant(expected));
  }
}

struct Failure {
  const char* name;
  std::function<void(Driver&)> happens;
};

const std::vector<Failure>& failures() {
  static const std::vector<Failure> all{
      {"the connection breaks", [](Driver& driver) { driver.leave("the connection broke"); }},
      {"nothing happens any more", [](Driver&) {}},
      {"storage fails", [](Driver& driver) { driver.storage_failed(); }},
      {"the driver refuses", [](Driver& driver) { driver.refuse("superseded"); }},
      {"the server drains", [](Driver& driver) { driver.shut_down(true); }},
      {"the driver drops the connection", [](Driver& driver) { driver.shut_down(false); }},
      {"garbage comes", [](Driver& driver) { driver.feed(Bytes(3000, 0xa5)); }},
      {"zeros come", [](Driver& driver) { driver.feed(Bytes(3000, 0)); }},
      {"the device gives up", [](Driver& driver) { driver.feed(status(4)); }},
      {"the device says that it is done", [](Driver& driver) { driver.feed(status(0)); }},
      {"the device begins again", [](Driver& driver) { driver.feed(init(photof)); }},
      {"another device speaks", [](Driver& driver) { driver.feed(init(photof, 5, other_imei)); }},
      {"an answer comes twice",
       [](Driver& driver) {
         if (driver.session().waits_for_driver()) return;
         driver.take_lines();
         const State before = driver.session().state();
         driver.admit();
         driver.open({}, 0, false);
         driver.stored();
         driver.not_whole();
         EXPECT_EQ(driver.take_lines(), Lines{});
         EXPECT_EQ(driver.session().state(), before);
       }},
  };
  return all;
}

void play_failing_after(const Script& script, const Terms& terms, std::size_t last_step) {
  for (const Failure& failure : failures()) {
    SCOPED_TRACE(fmt::format("behind step {}: {}", last_step, failure.name));
    Driver driver(terms);
    for (std::size_t i = 0; i <= last_step; ++i) perform(driver, script[i].stimulus);
    if (driver.session().state() == State::closed) return;
    failure.happens(driver);
    driver.run_out();
  }
}
}  // namespace

std::unique_ptr<Driver> play_once(const Script& script, const Terms& terms) {
  auto driver = std::make_unique<Driver>(terms);
  for (std::size_t i = 0; i < script.size(); ++i) {
    SCOPED_TRACE(fmt::format("step {}", i));
    perform(*driver, script[i].stimulus);
    expect_actions(driver->take_lines(), script[i].actions);
  }
  return driver;
}

void play_cut(const Script& script, const Terms& terms) {
  play_once(script, terms);
  if (testing::Test::HasFailure()) return;
  const Recording whole =
      record(script, terms, [&](Driver& driver, std::size_t i) { perform(driver, script[i].stimulus); });
  play_bytewise(script, terms, whole);
  play_joined(script, terms, whole);
  for (std::size_t i = 0; i < script.size(); ++i)
    for (std::size_t cut = 1; cut < script[i].stimulus.bytes.size(); ++cut) {
      play_cut_at(script, terms, whole, i, cut);
      if (testing::Test::HasFailure()) return;
    }
}

void play(const Script& script, const Terms& terms) {
  play_cut(script, terms);
  for (std::size_t i = 0; i < script.size() && !testing::Test::HasFailure(); ++i) play_failing_after(script, terms, i);
}

// ---- Openings.

Script photo_announced(std::uint32_t packets) {
  return {{begins(), {"wait 60s"}},
          {device(init(photof)), {"wait 60s", "identify"}},
          {admitted(), {"send META REQ %photof", "wait 15s"}},
          {device(photo_meta()), {"send FILE REQ %photof", "wait 15s"}},
          {device(start(packets)), {"wait 60s", "open"}}};
}

Script photo_in_transfer(std::uint32_t packets) {
  return photo_announced(packets) + Script{{opened(), {"send RESUME 1", "wait 2s"}},  //
                                           {device(sync(1)), {"wait 15s"}}};
}

}  // namespace dualcam::test
