// Two servers on one catalog: one of them brings events to a target, whichever stored what they are about.
#include <signal.h>

#include "tests/e2e/event_fixture.hpp"

namespace e2e {
namespace {

// A lease has to end first.
constexpr std::chrono::seconds takeover{90};
constexpr const char* brings = "this node brings events to a target";

class TwoPublishers : public EventTest {
 protected:
  TwoPublishers() {
    start(flags_);
    EXPECT_TRUE(server().wait_log(brings));
    std::vector<std::string> all = backend_;
    all.insert(all.end(), flags_.begin(), flags_.end());
    other_ = std::make_unique<tests::ServerProcess>(
        tests::ServerStart{.data_dir = folder_ / "other", .flags = all, .log_file = folder_ / "other.log"});
    EXPECT_TRUE(other_->wait_ready()) << other_->log();
  }
  void upload_at(const tests::ServerProcess& node) {
    EXPECT_TRUE(WireCamera(node, imei(1)).upload(make_file(++number_))) << node.log();
  }
  void upload_at_both(unsigned times) {
    for (unsigned i = 0; i < times; ++i) {
      upload_at(server());
      upload_at(*other_);
    }
  }
  // Of the other node's catalog, which is the same.
  std::vector<std::string> all_files() { return files_at(other_->port("http")); }
  bool all_have_come() {
    const auto all = all_files();
    return tests::eventually([&] { return receiver_.first_times().size() >= all.size(); }, takeover);
  }

  Receiver receiver_;
  const std::vector<std::string> flags_ = with_secret({"--events", receiver_.url()});
  std::unique_ptr<tests::ServerProcess> other_;

 private:
  unsigned number_ = 0;
};

TEST_F(TwoPublishers, OneBringsTheEventsOfBothInOrder) {
  upload_at_both(5);
  ASSERT_TRUE(all_have_come());
  EXPECT_EQ(receiver_.files(), all_files()) << "each once";
  EXPECT_FALSE(other_->log_has(brings));
  EXPECT_EQ(server().terminate(), 0);
  upload_at(*other_);
  ASSERT_TRUE(all_have_come());
  EXPECT_TRUE(other_->log_has(brings)) << "it was let go";
  EXPECT_EQ(receiver_.files(), all_files());
}

TEST_F(TwoPublishers, TheOtherTakesOverFromADeadOne) {
  upload_at_both(3);
  ASSERT_TRUE(receiver_.wait_stored(1));
  server().kill_hard();
  for (int i = 0; i < 3; ++i) upload_at(*other_);
  ASSERT_TRUE(all_have_come()) << other_->log();
  EXPECT_EQ(receiver_.first_times(), all_files()) << "none is missing, none out of order";
  for (const auto& [file, ids] : receiver_.ids_of_files()) EXPECT_EQ(ids.size(), 1U) << file;
}

TEST_F(TwoPublishers, OneThatWasAsleepDoesNotComeBetween) {
  upload_at_both(2);
  ASSERT_TRUE(receiver_.wait_stored(1));
  server().signal(SIGSTOP);
  for (int i = 0; i < 3; ++i) upload_at(*other_);
  ASSERT_TRUE(all_have_come()) << other_->log();
  server().signal(SIGCONT);
  upload_at_both(2);
  ASSERT_TRUE(all_have_come()) << other_->log();
  EXPECT_EQ(receiver_.first_times(), all_files());
}

}  // namespace
}  // namespace e2e
