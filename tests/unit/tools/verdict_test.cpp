#include "tools/sim/verdict.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <array>
#include <asio/ip/tcp.hpp>
#include <asio/read_until.hpp>
#include <asio/streambuf.hpp>
#include <asio/write.hpp>
#include <atomic>
#include <map>
#include <thread>

#include "tools/sim/plan.hpp"

namespace sim {
namespace {

constexpr std::uint64_t imei = 356307042441013;

std::string sha256(base::ByteView bytes) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256(bytes.data(), bytes.size(), digest.data());
  return base::to_hex(digest);
}

// An API that answers with what the test puts into it, two items a page, one request per connection.
class FakeApi {
 public:
  struct Item {
    base::Bytes bytes;
    std::string sha256;
    bool readable = true;
  };

  FakeApi() {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~FakeApi() {
    io_.stop();
    thread_.join();
  }

  std::string url() const { return fmt::format("http://127.0.0.1:{}", acceptor_.local_endpoint().port()); }
  void put(const std::string& id, base::Bytes bytes) {
    std::string digest = sim::sha256(bytes);
    items_[id] = {std::move(bytes), std::move(digest)};
  }
  Item& operator[](const std::string& id) { return items_[id]; }
  void erase(const std::string& id) { items_.erase(id); }

 private:
  void accept() {
    acceptor_.async_accept([this](std::error_code error, asio::ip::tcp::socket socket) {
      if (error) return;
      serve(std::move(socket));
      accept();
    });
  }
  void serve(asio::ip::tcp::socket socket) {
    asio::streambuf request;
    std::error_code error;
    asio::read_until(socket, request, "\r\n\r\n", error);
    std::istream in(&request);
    std::string method, target;
    in >> method >> target;
    const auto [status, body] = answer(target);
    asio::write(socket,
                asio::buffer(fmt::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", status,
                                         body.size(), body)),
                error);
  }
  std::pair<int, std::string> answer(const std::string& target) {
    constexpr std::string_view content = "/content", media = "/api/v1/media/";
    if (target.ends_with(content)) {
      const auto item = items_.find(target.substr(media.size(), target.size() - media.size() - content.size()));
      if (item == items_.end() || !item->second.readable) return {500, "broken"};
      return {200, std::string(base::as_text(item->second.bytes))};
    }
    if (!target.starts_with(fmt::format("/api/v1/media?imei={}&", imei))) return {404, ""};
    const std::size_t cursor = target.find("cursor=");
    std::string items;
    auto item = cursor == std::string::npos ? items_.begin() : items_.lower_bound(target.substr(cursor + 7));
    for (int n = 0; n < 2 && item != items_.end(); ++n, ++item)
      items += fmt::format(R"({}{{"id":"{}","sha256":"{}","size":{}}})", items.empty() ? "" : ",", item->first,
                           item->second.sha256, item->second.bytes.size());
    const std::string next = item == items_.end() ? "null" : fmt::format("\"{}\"", item->first);
    return {200, fmt::format(R"({{"items":[{}],"next_cursor":{}}})", items, next)};
  }

  std::map<std::string, Item> items_;  // written before the run only
  asio::io_context io_{1};
  asio::ip::tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

class VerdictTest : public ::testing::Test {
 protected:
  VerdictTest() {
    maker_ = *FileMaker::create({.media = FileMaker::Media::synthetic, .video_seconds = 1});
    report_.imei = imei;
    report_.acknowledged = plan_files({.photos = 3, .videos = 1, .seed = 9}, {.imei = imei}, *maker_);
    for (const FileSpec& spec : report_.acknowledged) api_.put("id" + std::to_string(spec.number), bytes(spec));
  }
  base::Bytes bytes(const FileSpec& spec) const { return maker_->open(spec)->all(); }
  Verdict judged(bool content = true) {
    const auto verdict = judge({.api = api_.url(), .content = content, .threads = 1}, known_, *maker_, {report_});
    EXPECT_TRUE(verdict) << verdict.error().message;
    return verdict ? *verdict : Verdict{};
  }
  void expect_one_problem(Problem::Kind kind, std::string_view id, std::uint32_t identical) {
    const Verdict verdict = judged();
    ASSERT_EQ(verdict.problems.size(), 1U);
    EXPECT_EQ(to_string(verdict.problems[0].kind), to_string(kind)) << verdict.problems[0].text;
    EXPECT_EQ(verdict.problems[0].media_id, id);
    EXPECT_EQ(verdict.identical, identical);
  }

  std::shared_ptr<const FileMaker> maker_;
  FakeApi api_;
  CameraReport report_;
  KnownMedia known_;
};

TEST_F(VerdictTest, AllIdentical) {
  for (const bool content : {true, false}) {
    const Verdict verdict = judged(content);
    EXPECT_EQ(verdict.identical, 4U);
    EXPECT_TRUE(verdict.problems.empty());
  }
}

TEST_F(VerdictTest, Missing) {
  api_.erase("id2");
  expect_one_problem(Problem::Kind::missing, "", 3);
}

TEST_F(VerdictTest, OneByteDifferent) {
  base::Bytes changed = bytes(report_.acknowledged[1]);
  changed[20'000] ^= 1;
  api_.put("id1", changed);
  expect_one_problem(Problem::Kind::different, "id1", 3);
  EXPECT_NE(judged().problems[0].text.find("differs from file 1 at byte 20000"), std::string::npos);
}

TEST_F(VerdictTest, StoredBytesThatTheListingLiesAbout) {
  api_["id1"].bytes[20'000] ^= 1;  // the SHA-256 of the listing is still the right one
  const Verdict verdict = judged();
  ASSERT_EQ(verdict.problems.size(), 2U);  // what is there cannot be trusted, and what should be there is missing
  EXPECT_EQ(verdict.problems[0].kind, Problem::Kind::unreadable);
  EXPECT_EQ(verdict.problems[1].kind, Problem::Kind::missing);
}

TEST_F(VerdictTest, Duplicated) {
  api_.put("id9", bytes(report_.acknowledged[0]));
  expect_one_problem(Problem::Kind::duplicated, "id9", 4);
}

TEST_F(VerdictTest, PartialOfAnAbandonedFile) {
  report_.abandoned = {newer_capture(report_.acknowledged[3], 20)};
  base::Bytes half = bytes(report_.abandoned[0]);
  half.resize(half.size() / 2);
  api_.put("id9", half);
  expect_one_problem(Problem::Kind::partial, "id9", 4);
}

TEST_F(VerdictTest, Unexpected) {
  api_.put("id9", {1, 2, 3});
  expect_one_problem(Problem::Kind::unexpected, "id9", 4);
}

TEST_F(VerdictTest, Unreadable) {
  api_["id3"].readable = false;
  expect_one_problem(Problem::Kind::unreadable, "id3", 3);
}

TEST_F(VerdictTest, StoredBeforeTheAcknowledgementArrived) {
  report_.left = {report_.acknowledged.back()};
  report_.acknowledged.pop_back();
  const Verdict verdict = judged();
  EXPECT_EQ(verdict.identical, 3U);
  EXPECT_EQ(verdict.early, 1U);
  EXPECT_TRUE(verdict.problems.empty());
}

TEST_F(VerdictTest, WhatWasThereBeforeIsNobodysFault) {
  api_.put("old", {1, 2, 3});
  known_ = {"old"};
  EXPECT_TRUE(judged().problems.empty());
}

TEST_F(VerdictTest, ListsWhatIsThere) {
  const auto known = list_known({.api = api_.url(), .threads = 1}, {imei});
  ASSERT_TRUE(known);
  EXPECT_EQ(*known, (KnownMedia{"id0", "id1", "id2", "id3"}));
}

TEST_F(VerdictTest, NoApiIsAnError) {
  const auto known = list_known({.api = "http://127.0.0.1:1", .threads = 1}, {imei});
  ASSERT_FALSE(known);
  EXPECT_TRUE(known.error().message.starts_with("GET http://127.0.0.1:1/api/v1/media"));
}

}  // namespace
}  // namespace sim
