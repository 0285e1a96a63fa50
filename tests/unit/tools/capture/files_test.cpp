// Files of captures: byte orders, precisions, ends in the middle, several at once.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "tests/unit/tools/capture/made.hpp"

namespace captures::test {
namespace {

using base::Bytes;
namespace flag = pcapng::tcp_flag;

std::vector<Raw> conversation() {
  const auto from_device = [](std::uint32_t sequence, std::uint8_t flags, std::string_view payload = {}) {
    return tcp(device, server, {.sequence = sequence, .acknowledged = 501, .flags = flags}, payload);
  };
  return {{from_device(100, flag::syn), 1'000'001},
          {tcp(server, device, {.sequence = 500, .acknowledged = 101, .flags = flag::syn | flag::ack}), 1'000'002},
          {from_device(101, flag::ack, "hello"), 1'000'003},
          {from_device(106, flag::ack, " world"), 2'000'004},
          {from_device(112, flag::ack | flag::fin), 2'000'005}};
}

void expect_conversation(const Capture& capture) {
  ASSERT_EQ(capture.conversations.size(), 1U);
  const Conversation& only = capture.conversations[0];
  EXPECT_EQ(text(only.device_bytes), "hello world");
  EXPECT_EQ(events(only), "device open, server open, device bytes 5, device bytes 6, device end");
  EXPECT_EQ(only.events[3].time, Time{std::chrono::microseconds{2'000'004}});
  EXPECT_EQ(only.damage, Damage{});
}

TEST(CaptureFiles, EveryFormatIsRead) {
  expect_conversation(capture_of(pcapng_file(conversation())));
  for (const bool big_endian : {false, true})
    for (const bool nanoseconds : {false, true})
      expect_conversation(capture_of(pcap(conversation(), {.big_endian = big_endian, .nanoseconds = nanoseconds})));
}

TEST(CaptureFiles, CutAnywhereTheyGiveWhatIsThereAndOneProblem) {
  for (const Bytes& file : {pcap(conversation()), pcapng_file(conversation())}) {
    std::size_t most = 0;
    for (std::size_t size = 0; size < file.size(); ++size) {
      const auto capture = read_bytes(base::ByteView(file).first(size), "cut.pcap");
      if (!capture) {
        EXPECT_EQ(most, 0U) << "it could be opened with less";
        EXPECT_NE(capture.error().message.find("cut.pcap"), std::string::npos);
        continue;
      }
      EXPECT_GE(capture->packets, most);
      EXPECT_LE(capture->packets, most + 1);
      most = capture->packets;
      EXPECT_LE(capture->problems.size(), 1U);
      for (const std::string& problem : capture->problems) EXPECT_TRUE(problem.starts_with("cut.pcap")) << problem;
    }
    EXPECT_EQ(most, 4U);
  }
}

class Folder {
 public:
  Folder() : path_(::testing::TempDir() + "captures-XXXXXX") { EXPECT_NE(::mkdtemp(path_.data()), nullptr); }
  ~Folder() {
    for (const std::string& file : files_) std::remove(file.c_str());
    ::rmdir(path_.c_str());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string write(const std::string& name, const Bytes& bytes) {
    files_.push_back(path_ + "/" + name);
    std::ofstream(files_.back(), std::ios::binary) << base::as_text(bytes);
    return files_.back();
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::vector<std::string> files_;
};

TEST(CaptureFiles, SeveralAreOneCaptureByTime) {
  Folder folder;
  std::vector<Raw> odd, even;
  bool which = false;
  for (const Raw& packet : conversation()) (std::exchange(which, !which) ? odd : even).push_back(packet);
  std::uint64_t told = 0;
  const auto capture = read({folder.write("b.pcap", pcap(odd)), folder.write("a.pcapng", pcapng_file(even))},
                            {.progress = [&](std::uint64_t done, std::uint64_t total) {
                              EXPECT_LE(done, total);
                              told = total;
                            }});
  ASSERT_TRUE(capture.has_value()) << capture.error().message;
  expect_conversation(*capture);
  EXPECT_EQ(capture->conversations[0].file, folder.path() + "/a.pcapng");
  EXPECT_GT(told, 0U);
}

TEST(CaptureFiles, WhatIsNoneIsRefusedWithItsName) {
  Folder folder;
  const std::string text_file = folder.write("notes.txt", bytes_of("no capture at all, and long enough to be one"));
  for (const std::string& name : {text_file, folder.write("empty", {}), folder.path(), folder.path() + "/none"}) {
    const auto capture = read({name});
    ASSERT_FALSE(capture.has_value()) << name;
    EXPECT_NE(capture.error().message.find(name), std::string::npos) << capture.error().message;
  }
  EXPECT_FALSE(read_bytes({}, "nothing").has_value());
}

TEST(CaptureFiles, ReadingEndsAtTheBound) {
  const auto capture = read_bytes(pcap(conversation()), "big", {.most_bytes = 5, .progress = {}});
  ASSERT_TRUE(capture.has_value());
  EXPECT_EQ(text(capture->conversations[0].device_bytes), "hello");
  ASSERT_EQ(capture->problems.size(), 1U);
  EXPECT_NE(capture->problems[0].find("read no further"), std::string::npos);
}

}  // namespace
}  // namespace captures::test
